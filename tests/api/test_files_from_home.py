"""Files of an application from home over the API: put there, taken off again, and what was promised brought later."""

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.applications import actions
from apps.applications.models import Attachment
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

PDF = b"%PDF-1.4 x"


def attach(caller: Caller, row, material: str, expect: int = 201) -> dict:
    sent = {"material": material, "file": SimpleUploadedFile("a.pdf", PDF)}
    answer = caller.client.post(f"/api/applications/{row.pk}/attachments/", sent, **caller.auth)
    assert answer.status_code == expect, answer.content.decode()
    return answer.json()


def test_a_wrong_file_is_taken_off_until_it_is_handed_in(world):
    row, me = make.from_home(submit=False), Caller("enterprise")
    wrong, right = (attach(me, row, "premises_proof")["id"] for _ in range(2))
    with nothing_written(Attachment):
        for other in ("citizen", "scjg-reviewer", "cixi-clerk"):
            assert Caller(other).raw("delete", f"attachments/{wrong}/").status_code == 404, other
        assert me.raw("delete", "attachments/987654321/").status_code == 404
    assert me.raw("delete", f"attachments/{wrong}/").json() == {"removed": wrong}
    assert me.raw("delete", f"attachments/{wrong}/").status_code == 404
    assert row.materials.get(code="premises_proof").state == "supplied"
    actions.receive(by=make.actor("enterprise"), application=row.pk)
    with nothing_written(Attachment):
        assert me.raw("delete", f"attachments/{right}/").status_code == 409


def test_what_was_promised_is_brought_and_closes_the_gap(world):
    row, me = make.from_home(submit=False), Caller("enterprise")
    for entry in row.materials.exclude(code="floor_plan"):
        attach(me, row, entry.code)
    me.post(f"applications/{row.pk}/save/", {"materials": {"floor_plan": {"promised": True}}})
    me.post(f"applications/{row.pk}/receive/")
    actions.accept(by=make.actor("cixi-clerk"), application=row.pk)
    with nothing_written(Attachment):
        assert "没有要补" in attach(me, row, "premises_proof", expect=409)["detail"]
    attach(me, row, "floor_plan")
    (member,) = me.get(f"applications/{row.pk}/")["members"]
    assert member["gap_open"] is False
