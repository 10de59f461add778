"""Who is turned away at once need not fill in a form that nobody will use (XKF 32(1)(2)), over the interface as on the clerk's page."""

from __future__ import annotations

import pytest

from apps.applications.models import Application
from apps.issuance.models import Document
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

WAYS = {
    "not_handle": {"reason": "自用的，依法不需要办理许可", "basis": "食品经营许可管理办法第二条"},
    "not_accept": {"ground": "not_our_power", "reason": "属于其他机关的职权", "competent_agency": "慈溪市水利局"},
}


@pytest.mark.parametrize("verb", WAYS)
def test_from_a_draft_at_once(world, verb):
    clerk = Caller("cixi-clerk")
    pk = clerk.post("applications/", {"code": make.FOOD}, expect=201)["id"]
    way = f"applications/{pk}/{verb}/"
    with nothing_written(Application, Document):
        (missing, phone) = clerk.post(way, WAYS[verb], expect=422)["errors"]
        assert (missing["field"], phone["field"]) == ("applicant.id_number", "contact_mobile")
    clerk.post(f"applications/{pk}/save/", {"applicant": make.APPLICANT, "contact_mobile": make.MOBILE})
    with nothing_written(Application, Document):
        assert clerk.post(way, {**WAYS[verb], "reason": "不"}, expect=422)["errors"][0]["field"] == "reason"
        for other in ("cixi-clerk2", "cixi-supervisor", "scjg-reviewer", "city-clerk"):
            for body in (WAYS[verb], {**WAYS[verb], "reason": "不"}):  # what is wrong with it is told to nobody else
                Caller(other).post(way, body, expect=404)
        assert Caller("enterprise").raw("post", way, WAYS[verb]).status_code == 403
    told = clerk.post(way, WAYS[verb])
    assert told["state"] == {"not_handle": "not_handled", "not_accept": "not_accepted"}[verb] and told["number"]
    assert [paper["kind"] for paper in clerk.get(f"applications/{pk}/")["documents"]] == ["non_acceptance"]
    clerk.post(way, WAYS[verb], expect=409)
