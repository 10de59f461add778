"""What the interface does not know it refuses: nothing that was sent is lost in silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.applications.models import Application, Attachment
from apps.directory.models import Region
from apps.kit.time import today
from tests import make
from tests.people import nothing_written


def refused(answer, status: int = 422) -> tuple[str, str | None, str]:
    assert answer.status_code == status, answer.content.decode()
    told = answer.json()
    return told["code"], told["errors"][0]["field"] if told["errors"] else None, told["detail"]


def test_a_filter_named_twice_is_refused_as_only_the_last_would_hold(call):
    make.received()
    clerk = call("cixi-clerk")
    code, field, words = refused(clerk.raw("get", "applications/?state=received&state=draft"))
    assert (code, field) == ("input.repeated", "state") and "state=draft,submitted" in words
    assert refused(clerk.raw("get", "applications/?q=a&q=b"))[:2] == ("input.repeated", "q")
    assert len(clerk.get("applications/?state=received,draft")["results"]) == 1


@pytest.mark.parametrize("typed", [make.PERSON_ID, "330203 19900101 0014", "33020319900101００１４", "330203199001010015", "33020319900101001x", "王小明 330203199001010014", "王小明330203199001010014"])
def test_a_persons_number_stands_in_no_address(call, typed):
    """Whether it is somebody's or mistyped: an address ends in the logs. An enterprise's is public."""
    row, clerk = make.received(), call("cixi-clerk")
    code, field, words = refused(clerk.raw("get", f"applications/?q={typed}"))
    assert (code, field) == ("input.citizen_number", "q") and "访问日志" in words and typed not in words
    assert [one["number"] for one in clerk.get(f"applications/?q={make.APPLICANT['id_number']}")["results"]] == [row.number]


def test_an_enterprise_whose_code_is_of_digits_only_is_found_by_it(call):
    code = "914403001922038216"
    row = make.received(applicant={**make.APPLICANT, "id_number": code})
    assert [one["number"] for one in call("cixi-clerk").get(f"applications/?q={code}")["results"]] == [row.number]


def test_a_write_takes_no_query_that_it_does_not_name(call):
    row, clerk = make.received(), call("cixi-clerk")
    with nothing_written(Application):
        for path in (f"applications/{row.pk}/accept/?promised=floor_plan", "applications/?code=food-licence"):
            assert refused(clerk.raw("post", path, {}))[0] == "input.unknown"
        assert refused(clerk.raw("delete", f"applications/{row.pk}/?force=1"))[0] == "input.unknown"


def test_what_is_unknown_in_a_body_is_named_as_it_was_sent(call):
    """Also where a room calls a property so that the body names otherwise: the answers of a plan are its situations."""
    row, clerk = make.received(), call("cixi-clerk")
    asked = (
        ("items/food-licence/plan/", {"situations": {"by_agent": True}}, "situations"),
        (f"applications/{row.pk}/ask_supplement/", {"fields": []}, "fields"),
        (f"applications/{row.pk}/choose_handout/", {"way": "counter", "handout": {}}, "handout"),
    )
    for path, body, field in asked:
        assert refused(clerk.raw("post", path, body))[:2] == ("input.unknown", field)
    faulty = {"answers": {"nobody_asked": True}}  # and what the room itself refuses, as the body names it
    assert refused(clerk.raw("post", "items/food-licence/plan/", faulty))[:2] == ("situation.unknown", "answers.nobody_asked")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("cards/?form=blue", "form"), ("cards/?state=nope", "state"), ("cards/?light=green", "light"), ("cards/?sort=name", "sort"),
        ("cards/?department=nope", "department"), ("items/?department=nope", "department"),
        ("applications/?department=nope", "department"), ("applications/?code=nope", "code"),
        ("cards/?node=nope", "node"), ("items/?region=330282001", "region"), ("items/?region=nope", "region"),
        ("board/?since=2099-01-01", "since"), ("board/savings/?since=2099-01-01", "since"),
    ],
)  # fmt: skip
def test_an_impossible_value_is_no_empty_list(call, path, field):
    assert refused(call("cixi-supervisor").raw("get", path))[1] == field


def test_nodes_and_cards_are_still_found(call):
    card = make.carded(make.accepted())
    sees = call("cixi-supervisor")
    assert [one["id"] for one in sees.get("cards/?form=red&state=open&light=red&node=330282&sort=due")["results"]] == [card.pk]
    assert all(one["region"] == "330282" for one in sees.get("items/?region=330282")["results"])


def test_a_node_that_is_no_more_is_no_unknown_one(call):
    """The board lists it: its own numbers and cards could not be asked for."""
    card, sees = make.carded(make.accepted()), call("city-supervisor")
    Region.objects.filter(pk="330282").update(valid_to=today() - timedelta(days=1))
    assert [one["id"] for one in sees.get("cards/?node=330282")["results"]] == [card.pk]
    assert sees.get("board/?node=330282")["cards"] and sees.get("board/savings/?node=330282")
    assert refused(sees.raw("get", "items/?region=330282"))[:2] == ("node.unknown", "region")  # nothing is handed in there
    Region.objects.filter(pk="330282").update(valid_from=today() + timedelta(days=1), valid_to=None)
    assert refused(sees.raw("get", "board/?node=330282"))[:2] == ("node.unknown", "node")


def test_a_part_of_an_upload_is_never_lost_in_silence(call):
    row, clerk = make.received(), call("cixi-clerk")
    files = [SimpleUploadedFile(name, b"%PDF-1.4 x") for name in ("one.pdf", "two.pdf")]

    def send(**given):
        sent = {"material": "floor_plan", "file": files[0], **given}
        [file.seek(0) for file in files]
        return clerk.client.post(f"/api/applications/{row.pk}/attachments/", sent, **clerk.auth)

    with nothing_written(Attachment):
        code, field, words = refused(send(file=files))
        assert (code, field) == ("input.repeated", "file") and "分次上传" in words
        assert refused(send(materials="premises_proof"))[:2] == ("input.unknown", "materials")
        nothing = clerk.client.generic("POST", f"/api/applications/{row.pk}/attachments/", b"", "multipart/form-data; boundary=x", **clerk.auth)
        assert nothing.status_code == 422 and "file" in nothing.text
    assert send().status_code == 201


def test_a_clerk_names_the_applicant_and_no_principal(call):
    """For whom a citizen files was taken from a clerk too, and lost: the draft stood without an applicant."""
    own = make.user("enterprise").party_id
    with nothing_written(Application):
        answer = call("cixi-clerk").raw("post", "applications/", {"code": make.FOOD, "principal": own})
    assert refused(answer)[1] == "principal"
    assert call("enterprise").post("applications/", {"code": make.FOOD, "principal": own}, expect=201)["applicant_name"]


def test_the_applicant_has_no_hand_in_what_the_clerk_is_typing(call):
    """He could throw it away, or receive it himself with the clerk's ticks for papers that nobody had seen."""
    row, own = make.draft(), call("enterprise")
    with nothing_written(Application):
        for verb, body in (("save", {"contact_mobile": "13900000000"}), ("submit", {}), ("receive", {}), ("choose_handout", {"way": "counter"})):
            assert "窗口还在录入" in own.post(f"applications/{row.pk}/{verb}/", body, expect=403)["detail"], verb
        assert own.raw("delete", f"applications/{row.pk}/").status_code == 403
    assert call("cixi-clerk").post(f"applications/{row.pk}/receive/")["number"]
