"""Any value in any field of the counter's pages is answered in words."""

from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.applications import actions
from apps.applications.models import Application
from tests import make, people
from tests.full import full

from .conftest import again, sent, with_gap
from .test_handle_case import PAGES, POSTS

HOSTILE = [
    "",
    "\x00",
    "x" * 5000,
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "-1",
    "99999999999999999999",
    "１２",
    "²",
    "on",
    "null",
]
VALUES = full(HOSTILE[:6], HOSTILE)

FORMS = [
    ("work", make.draft, ("save", "accept", "accept_gap", "supplement", "not_accept", "not_handle", "remove:x")),
    ("work", make.received, ("accept", "accept_gap", "supplement", "not_accept", "not_handle", "nonsense")),
    ("applicant", make.draft, ("open", "look")),
    ("correct", make.received, ("",)),
    ("supplement", make.awaiting, ("",)),
    ("not-accept", make.awaiting, ("",)),
    ("gap", with_gap, ("",)),
    ("withdraw", make.received, ("",)),
]


class TestHostile:
    @pytest.mark.parametrize(("page", "build", "acts"), FORMS)
    def test_any_value_in_any_field_is_answered_in_words(self, desk, page, build, acts):
        """Every field of a form filled with nonsense: a refusal or a redirect, never a crash, never executed. Short: each value by two
        of the form's acts."""
        row = build()
        state = row.state
        names = set(sent(desk.get(f"/counter/{row.pk}/{page}/"))) - {"once", "draft"}
        for value in VALUES:
            for do in full(Random(value).sample(acts, min(2, len(acts))), acts):
                data = dict.fromkeys(names, value) | {"do": do, "draft": "1" if state == "draft" else ""}
                answer = desk.post(f"/counter/{row.pk}/{page}/", data)
                assert answer.status_code in (200, 302, 404, 409, 422), (do, value, answer.status_code)
                assert b"<script>alert" not in answer.content
                if again(row).state != state:  # nonsense of enough characters is a reason
                    row = build()

    @pytest.mark.parametrize("value", HOSTILE)
    def test_nonsense_begins_no_intake(self, desk, value):
        with people.nothing_written(Application):
            for do in ("look", "open", value[:50]):
                data = {"do": do, "q": value, "code": value, "applicant__id_number": value, "agent__id_number": value}
                assert desk.post("/counter/new/", data).status_code in (200, 422)
            assert desk.get("/counter/items/", {"q": value}).status_code == 200
            for who in ("applicant", "agent", value):
                data = {"who": who, "applicant__id_number": value, "agent__id_number": value}
                assert desk.post("/counter/party/", data).status_code == 200

    @pytest.mark.parametrize("pk", ["0", "999999", "99999999999999999999"])
    def test_unknown_case_is_not_found(self, desk, pk):
        for page in PAGES:
            assert desk.get(f"/counter/{pk}/{page}").status_code in (404, 403), page
        for page in POSTS:
            assert desk.post(f"/counter/{pk}/{page}", {}).status_code in (404, 403), page

    def test_upload_of_nonsense(self, desk):
        row = make.draft()
        for material, content in (
            ("id_card", b""),
            ("nope", b"x"),
            ("id_card", b"%PDF-1.4 /Encrypt"),
            ("id_card", b"\xff" * 999),
        ):
            files = {"material": material, "file": SimpleUploadedFile("x.pdf", content)}
            assert desk.post(f"/counter/{row.pk}/files/", files).status_code == 422

    def test_text_of_people_is_text(self, desk):
        row = make.received(applicant={**make.APPLICANT, "name": "<b>味</b>有限公司"})
        actions.add_note(by=make.actor("cixi-clerk"), application=row.pk, text="<script>alert(1)</script>")
        page = desk.get(f"/counter/{row.pk}/").text
        assert "<b>味" not in page and "<script>alert" not in page and "&lt;b&gt;味" in page
