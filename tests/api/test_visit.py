"""联合踏勘 over the API: the same acts, refused alike; who takes no part finds nothing."""

from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.applications.models import Inspection, InspectionPart, InspectionPhoto
from apps.issuance.models import Document
from tests import inspection_make as im
from tests.days import Days
from tests.people import nothing_written

from .client import Caller

pytestmark = pytest.mark.django_db
ROWS = (Inspection, InspectionPart, InspectionPhoto, Document)


def test_from_the_call_to_the_end(world, time_machine):
    case = im.homestay()
    callers = {name: Caller(f"{name}-reviewer") for name in im.DEPARTMENTS}
    lead = callers["gongan"]
    with nothing_written(*ROWS):
        callers["scjg"].post(f"applications/{case.pk}/plan_inspection/", expect=403)
    visit = lead.post(f"applications/{case.pk}/plan_inspection/")["id"]
    slots = lead.get(f"inspections/{visit}/")["slots"]
    for name, caller in callers.items():
        with nothing_written(*ROWS):
            one = {"times": slots[:2], "officers": im.officers(name, 1)}
            assert caller.post(f"inspections/{visit}/offer/", one, expect=422)["code"] == "inspection.officers"
        caller.post(f"inspections/{visit}/offer/", {"times": slots[:2], "officers": im.officers(name)})
    proposed = lead.get(f"inspections/{visit}/")["common"][0]
    fixed = {"slot": proposed, "place": im.PLACE}
    with nothing_written(*ROWS):
        callers["wsjs"].post(f"inspections/{visit}/confirm/", fixed, expect=403)
        for elsewhere in ("09:30Z", "15:30:00-04:00"):  # its hands were taken, as if it were Beijing's
            assert "北京时间" in lead.post(f"inspections/{visit}/confirm/", {**fixed, "visit_time": elsewhere}, expect=422)["detail"]
    hour = {"am": "10:15", "pm": "15:15"}[proposed[-2:]]
    told = lead.post(f"inspections/{visit}/confirm/", {**fixed, "visit_time": f"{hour}+08:00"})
    assert (told["state"], told["place"], told["half"], told["visit_time"]) == ("notified", im.PLACE, proposed[-2:], f"{hour}:00")
    with nothing_written(*ROWS):
        lead.post(f"inspections/{visit}/hold/", {"present": ["gongan"], "signature": "陈大民"}, expect=409)

    Days(time_machine).at(Inspection.objects.get(pk=visit).visit_on)
    callers = {name: Caller(f"{name}-reviewer") for name in im.DEPARTMENTS}
    lead = callers["gongan"]
    # The applicant reads what the story and the papers tell him, not what departments write for each other.
    assert Caller("enterprise").raw("get", f"inspections/{visit}/").status_code == 404
    for caller in callers.values():
        caller.post(f"inspections/{visit}/record/", {"findings": im.FINDINGS})
    sent = lead.client.post(
        f"/api/inspections/{visit}/photos/", {"file": SimpleUploadedFile("a.png", im.PNG)}, **lead.auth
    )
    assert (sent.status_code, sent.json()["scan"]) == (201, "clean")
    assert lead.raw("get", f"photos/{sent.json()['id']}/").content == im.PNG
    assert Caller("yancao-reviewer").raw("get", f"photos/{sent.json()['id']}/").status_code == 404
    signed = {"present": list(im.DEPARTMENTS), "signature": "陈大民"}
    with nothing_written(*ROWS):
        lead.post(f"inspections/{visit}/hold/", {**signed, "signature_image": "no picture"}, expect=422)
    assert lead.post(f"inspections/{visit}/hold/", signed)["state"] == "held"
    for caller in callers.values():
        caller.post(f"inspections/{visit}/conclude/", {"result": "pass", "words": "符合规定的条件。"})
    assert lead.get(f"inspections/{visit}/")["inspection"]["state"] == "closed"
    assert [row["id"] for row in lead.get("inspections/?over=1")["results"]] == [visit]


def test_a_photo_that_is_too_large_is_not_even_read(world, settings):
    settings.UPLOAD_LIMIT, lead = len(im.PNG) - 1, Caller("gongan-reviewer")
    with mock.patch("apps.api.inspections.actions.add_photo") as add:
        sent = lead.client.post("/api/inspections/1/photos/", {"file": SimpleUploadedFile("a.png", im.PNG)}, **lead.auth)
    assert (sent.status_code, sent.json()["errors"][0]["field"], add.call_count) == (422, "file", 0)
