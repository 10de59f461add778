"""The main job over the API: accept with one tolerated gap, review, decide, seal, hand out, track, verify."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.applications.models import Application, Attachment, Job, MaterialEntry, Notice
from apps.catalog import shelf
from apps.catalog.actions import lifecycle
from apps.deadlines.models import Clock
from apps.directory.models import Party
from apps.gateway.twins import EICAR
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.invariants import patrol
from apps.journal.models import Delivery, Event, Receipt
from tests import make, people, wide
from tests.people import nothing_written

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def test_the_main_job(call):
    clerk, reviewer, head = call("cixi-clerk"), call("scjg-reviewer"), call("scjg-head")
    opened = clerk.post("applications/", {"code": "food-licence"}, expect=201)
    pk = opened["id"]
    form = clerk.get(f"applications/{pk}/form/")
    materials = {m["material"]: {"state": "supplied", "originals": 1} for m in form["materials"]}
    materials["floor_plan"] = {"state": "missing"}
    clerk.post(
        f"applications/{pk}/save/",
        {
            "applicant": make.APPLICANT,
            "contact_mobile": make.MOBILE,
            "answers": make.answers_for(form),
            "materials": materials,
        },
    )
    assert "先收件" in clerk.post(f"applications/{pk}/accept/", expect=409)["detail"]  # before any word of what is missing
    received = clerk.post(f"applications/{pk}/receive/")
    assert received["state"] == "received" and len(received["number"]) == 20
    refused = clerk.post(f"applications/{pk}/accept/", expect=422)
    assert refused["errors"] == [
        {"code": "accept.not_promised", "message": refused["detail"], "field": "promised.floor_plan"}
    ]
    misspelt = clerk.post(f"applications/{pk}/accept/", {"promised": ["floor_plan", "flor_plan"]}, expect=422)
    assert [one["field"] for one in misspelt["errors"]] == ["promised.flor_plan"]
    accepted = clerk.post(f"applications/{pk}/accept/", {"promised": ["floor_plan"]})
    assert "现在是“办理中”" in clerk.post(f"applications/{pk}/begin_check/", expect=409)["detail"]
    assert accepted["state"] == "in_progress"

    job = reviewer.get("jobs/")["results"][0]
    assert job["application"] == pk
    reviewer.post(f"jobs/{job['id']}/claim/")
    reviewer.post(f"jobs/{job['id']}/conclude/", {"recommendation": "grant", "opinion": "符合条件，建议准予。"})
    gap = head.post(f"jobs/{job['id']}/decide/", {"decision": "grant"}, expect=409)
    assert "容缺" in gap["detail"]
    clerk.post(f"applications/{pk}/supply_gap/", {"materials": {"floor_plan": {"state": "supplied", "originals": 1}}})
    member = head.post(f"jobs/{job['id']}/decide/", {"decision": "grant"})
    assert member["state"] == "granted" and member["valid_to"]

    make.printed(pk)
    call("scjg-seal").post(f"members/{member['id']}/seal/", {"seal_number": "3302821000001"})
    issue = call("cixi-issue")
    assert [m["id"] for m in issue.get("members/?queue=issue")["results"]] == [member["id"]]
    issue.post(
        f"applications/{pk}/hand_over/",
        {
            "members": [member["id"]],
            "method": "direct",
            "location": "出件窗口",
            "collector_name": "李一味",
            "relation": "legal_rep",
            "id_kind": "citizen_id",
            "id_number": make.PERSON_ID,
            "signature": "李一味",
        },
    )
    make.printed(pk)
    case = clerk.get(f"applications/{pk}/")
    assert case["application"]["state"] == "done" and case["application"]["outcome"] == "granted"
    certificate = next(d for d in case["documents"] if d["kind"] == "certificate")
    pdf = clerk.raw("get", f"documents/{certificate['id']}/")
    assert pdf.content[:5] == b"%PDF-" and pdf["X-Content-Type-Options"] == "nosniff"
    tracked = call(None).post("track/", {"number": received["number"], "phone": make.MOBILE})
    assert tracked["members"][0]["state"] == "collected"
    assert [entry["title"] for entry in tracked["story"]][-1] == "结果已领取"
    verified = call(None).get(f"verify/{certificate['verify_code']}/")
    assert verified["number"] == certificate["number"]
    told_at = [verified["seal"]["at"], case["story"][-1]["at"]]
    assert {at[-6:] for at in told_at} == {"+08:00"}  # one clock: the day stands in the first ten characters
    assert verify() > 0
    assert patrol()[1] == []


def told(application: Application) -> tuple:
    """What a case is, whichever way it came to be: its events, papers, clocks, jobs, and what waits to be delivered."""
    events = Event.objects.filter(chain=application.chain).order_by("seq")
    of_it = {"root_id": application.pk}
    return (
        [(event.name, event.from_state, event.to_state) for event in events],
        list(Document.objects.filter(**of_it).order_by("pk").values_list("kind", "state", "department")),
        sorted(Clock.objects.filter(**of_it).exclude(kind="notice").values_list("kind", "state", "due_on")),
        list(Job.objects.filter(application=application).values_list("state", "department", "due_on")),
        list(application.members.values_list("number", "state", "due_on", "gap_cure_by")),
        list(application.materials.values_list("code", "state", "originals", "promised")),
        sorted(Delivery.objects.filter(event__in=events).values_list("event__name", "listener")),
        [getattr(application, name) for name in ("state", "due_on", "notice_due", "departments", "lead", "acceptor_id")],
    )


def test_filed_and_accepted_in_one_request(call):
    """The same case as by open, save, receive and accept, with a promised gap; the same key again files nothing."""
    clerk, body = call("cixi-clerk"), wide.filing("food-licence", without=("floor_plan",), promised=["floor_plan"])
    answers = [clerk.raw("post", "applications/file/", body, headers={"Idempotency-Key": "f1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json() and answers[1]["Idempotent-Replayed"] == "true"
    row = Application.objects.get()
    assert answers[0].json()["number"] == row.number and row.state == "in_progress"
    slow = Application.objects.get(pk=make.accepted(gaps=["floor_plan"]).pk)
    numbered = json.loads(json.dumps(told(row), default=str).replace(row.number, slow.number))
    assert numbered == json.loads(json.dumps(told(slow), default=str))
    assert (Notice.objects.get(application=row).gaps, row.applicant) == (Notice.objects.get(application=slow).gaps, slow.applicant)
    assert not Clock.objects.filter(root_id=row.pk, kind="notice").exists()  # nothing is left to be told
    assert verify() > 0
    assert patrol()[1] == []


def test_what_is_faulty_in_a_filing_is_told_at_once_and_nothing_is_left(call):
    whole = wide.filing("food-licence")
    faulty = wide.filing("food-licence", without=("premises_proof", "floor_plan"), contact_mobile="1380", issue="together")
    faulty["applicant"] = {**make.APPLICANT, "id_number": "91330282MA2A00001X"}
    faulty["answers"].pop(next(iter(faulty["answers"])))
    faulty["materials"]["id_card"] = {"state": "rejected"}
    faulty["materials"]["nothing"] = {"state": "supplied"}
    fields = {
        "applicant.id_number", "contact_mobile", "answers." + next(iter(whole["answers"])), "issue",
        "materials.id_card", "materials.nothing", "materials.premises_proof", "promised.floor_plan",
    }  # fmt: skip
    untrained, elsewhere = people.staff("clerk", zones=["minsheng"]), people.staff("clerk", node="330281")
    others = (("scjg-reviewer", 403), ("enterprise", 403), (untrained.username, 403), (elsewhere.username, 422))
    with nothing_written(Application, MaterialEntry, Party, Clock, Document, Receipt):
        answer = call("cixi-clerk").raw("post", "applications/file/", faulty, headers={"Idempotency-Key": "f2"})
        assert answer.status_code == 422
        assert {error["field"] for error in answer.json()["errors"]} == fields
        # What is faulty and what is not said at all: one answer.
        both = wide.filing("food-licence", contact_mobile="1380", answers={}, materials={})
        fields = {error["field"] for error in call("cixi-clerk").post("applications/file/", both, expect=422)["errors"]}
        assert "contact_mobile" in fields and {name.partition(".")[0] for name in fields} >= {"answers", "materials"}
        bare = {**whole, "materials": {}}
        assert "materials.premises_proof" in {e["field"] for e in call("cixi-clerk").post("applications/file/", bare, expect=422)["errors"]}
        for name, status in others:
            call(name).post("applications/file/", whole, expect=status)


def test_a_filing_goes_by_the_catalogue_of_this_moment(call, monkeypatch):
    """What another process published or suspended since this one looked holds, though it is only asked for with the numbers."""
    clerk = call("cixi-clerk")
    old = shelf.shelf()
    old.fetch(["newborn"])  # remembered as unknown
    body = wide.filing(wide.thing("newborn", departments=1, materials=1))
    monkeypatch.setattr(shelf, "_shelf", old)
    assert clerk.raw("post", "applications/file/", body).status_code == 201
    old = shelf.shelf()
    assert old.get("newborn").state == "published"
    broad = wide.filing(wide.thing("broad", departments=3, materials=2))  # so it is out of date, though not for this one
    monkeypatch.setattr(shelf, "_shelf", old)
    newcomer = {**body, "applicant": {"kind": "person", "name": "钱新来", "id_number": "330282198506070013", "mobile": make.MOBILE}}
    assert clerk.raw("post", "applications/file/", newcomer).status_code == 201
    party = Party.objects.get(name="钱新来")  # drafted twice, registered once
    assert list(Event.objects.filter(chain=party.chain).values_list("name", flat=True)) == ["party.register"]
    assert clerk.raw("post", "applications/file/", broad).status_code == 201
    assert verify() > 0
    lifecycle.suspend_definition(by=SYSTEM, code="newborn", reason="依据修订，暂停办理")
    monkeypatch.setattr(shelf, "_shelf", old)
    with nothing_written(Application, MaterialEntry, Clock, Document, Receipt):
        assert clerk.raw("post", "applications/file/", body).status_code == 404


def test_who_has_the_same_item_open_is_told_at_intake(call):
    first, clerk = make.received(), call("cixi-clerk")
    draft = make.draft()
    [twin] = clerk.get(f"applications/{draft.pk}/form/")["duplicates"]
    assert (twin["id"], twin["number"], twin["state"]) == (first.pk, first.number, "received")
    clerk.post(f"applications/{first.pk}/withdraw/", {"reason": "重新申请"})
    assert clerk.get(f"applications/{draft.pk}/form/")["duplicates"] == []


def test_the_same_request_twice_is_done_once(call):
    clerk = call("cixi-clerk")
    body = {"code": "food-licence"}
    first = clerk.raw("post", "applications/", body, headers={"Idempotency-Key": "k1"})
    again = clerk.raw("post", "applications/", body, headers={"Idempotency-Key": "k1"})
    assert first.json() == again.json() and again["Idempotent-Replayed"] == "true"
    assert Application.objects.count() == 1
    other = clerk.raw("post", "applications/", {"code": "tobacco-retail-licence"}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422 and other.json()["code"] == "idempotency.reused"


def test_the_same_upload_twice_is_kept_once(call):
    row, clerk = make.received(), call("cixi-clerk")

    def send(content: bytes, key: str):
        file = SimpleUploadedFile("a.pdf", content, "application/pdf")
        given = {"material": "floor_plan", "file": file}
        path = f"/api/applications/{row.pk}/attachments/"
        return clerk.client.post(path, given, **clerk.auth, headers={"Idempotency-Key": key})

    answers = [send(PDF, "u1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json() and answers[1]["Idempotent-Replayed"] == "true"
    assert Attachment.objects.get().scan == "clean"
    with nothing_written(Attachment):
        assert send(PDF + b"\n%other", "u1").json()["code"] == "idempotency.reused"
    for _ in range(2):
        assert send(PDF + EICAR, "u2").json()["code"] == "attach.infected"
    assert Attachment.objects.filter(removed_at__isnull=True).count() == 1


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("accept", {"materials": {"floor_plan": {"stat": "supplied"}}}, "materials.floor_plan.stat"),
        ("correct", {"reason": "录入有误", "applicant": {**make.APPLICANT, "mobil": "1"}}, "applicant.mobil"),
        ("ask_supplement", {"gaps": [{"material": "floor_plan", "requirment": "原件"}]}, "gaps.0.requirment"),
    ],
)
def test_a_misspelt_property_is_refused_however_deep(call, verb, body, field):
    row = make.received()
    with nothing_written(Application, Notice):
        told = call("cixi-clerk").post(f"applications/{row.pk}/{verb}/", body, expect=422)
    assert (told["code"], told["errors"][0]["field"]) == ("input.unknown", field)


@pytest.mark.parametrize(
    ("verb", "body", "fields"),
    [
        ("accept", {"materials": {"floor_plan": {"remark": "正\u202e反"}}}, ["materials.floor_plan.remark"]),
        ("note", {"text": "一\x1b[31m"}, ["text"]),
        ("ask_supplement", {"gaps": [{"material": "floor_plan", "how": "a\x07\x9f", "requirement": "\U0002ffff"}]}, ["gaps.0.how", "gaps.0.requirement"]),
    ],
)
def test_what_cannot_be_printed_is_refused_where_it_was_sent(call, verb, body, fields):
    row = make.received()
    with nothing_written(Application, Notice):
        told = call("cixi-clerk").post(f"applications/{row.pk}/{verb}/", body, expect=422)
    assert [error["field"] for error in told["errors"]] == fields


def test_a_refusal_names_the_property_that_was_sent(call):
    row = make.received()
    wrong = {"fields_wrong": [{"element": "no-such-field", "problem": "填得不对"}]}
    with nothing_written(Application, Notice):
        told = call("cixi-clerk").post(f"applications/{row.pk}/ask_supplement/", wrong, expect=422)
    assert [error["field"] for error in told["errors"]] == ["fields_wrong"]
    wrong = {"fields_wrong": [{"element": "premises_area", "problem": "错"}]}
    with nothing_written(Application, Notice):
        told = call("cixi-clerk").post(f"applications/{row.pk}/ask_supplement/", wrong, expect=422)
    assert [error["field"] for error in told["errors"]] == ["fields_wrong.premises_area"]
    for answers, field in (({"by_agent": "也许"}, "answers.by_agent"), ({"no-such-question": 1}, "answers.no-such-question")):
        told = call(None).post(f"items/{make.FOOD}/plan/", {"answers": answers}, expect=422)
        assert [error["field"] for error in told["errors"]] == [field]
    filed, sent = wide.filing(make.FOOD), {"way": "courier", "recipient": "1", "phone": "x"}
    with nothing_written(Application):
        told = call("cixi-clerk").post(f"applications/{row.pk}/choose_handout/", sent, expect=422)
        assert [error["field"] for error in told["errors"]] == ["recipient", "phone", "address"]
        for body, field in (({"answers": {**filed["answers"], "delivery_way": "owl"}}, "answers.delivery_way"), ({"handout": {"phone": "x"}}, "handout.phone")):
            told = call("cixi-clerk").post("applications/file/", {**filed, **body}, expect=422)
            assert [error["field"] for error in told["errors"]] == [field]


def test_a_null_character_in_a_body_is_called_by_its_name(call):
    row = make.received()
    with nothing_written(Application):
        told = call("cixi-clerk").post(f"applications/{row.pk}/note/", {"text": "一\x00"}, expect=422)
    assert told["detail"] == "text：含有不能使用的空字符，请删去后重试。"


def test_an_upload_that_cannot_be_read_is_not_called_json(call):
    row, clerk = make.received(), call("cixi-clerk")
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        with nothing_written(Attachment):
            answer = clerk.client.post(f"/api/applications/{row.pk}/attachments/", b"zzz", content_type=kind, **clerk.auth)
        assert answer.status_code in (400, 422) and "JSON" not in answer.json()["detail"]


def test_a_reason_pasted_from_a_table_is_taken(call):
    row = make.received()
    call("cixi-clerk").post(f"applications/{row.pk}/withdraw/", {"reason": "申请人\t另行安排\n以后再办"}, expect=200)


def test_a_replayed_move_answers_as_the_first(call):
    row = make.received()
    clerk = call("cixi-clerk")
    answers = [
        clerk.raw("post", f"applications/{row.pk}/accept/", {}, headers={"Idempotency-Key": "k2"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    other = clerk.raw("post", f"applications/{make.received().pk}/accept/", {}, headers={"Idempotency-Key": "k2"})
    assert other.status_code == 422 and other.json()["code"] == "idempotency.reused"  # the same words about another case


def test_what_is_asked_under_a_key_is_told_whole(call):
    """The rows are written with the key, after the answer is made."""
    job, asker = make.claimed(), call("scjg-reviewer")
    body = {"departments": ["wsjs", "gongan"], "question": make.QUESTION}
    asked = asker.raw("post", f"members/{job.member_id}/consult/", body, headers={"Idempotency-Key": "c1"}).json()
    assert {one["department"] for one in asked["opinions"]} == {"wsjs", "gongan"}
    recall = f"consultations/{asked['id']}/recall/"
    recalled = asker.raw("post", recall, {"reason": "方案已经调整"}, headers={"Idempotency-Key": "c2"}).json()
    assert {one["state"] for one in recalled["opinions"]} == {"closed"}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ("{", 400, None),
        ("[]", 422, None),
        ('{"code": 5, "situations": []}', 422, "situations"),
        ('{"kode": "food-licence"}', 422, "kode"),
        ('{"code": "no-such-item"}', 404, "code"),
        ('{"code": "\\u0000"}', 422, "code"),
    ],
)
def test_bad_input_names_the_field(call, body, status, field):
    answer = call("cixi-clerk").client.post(
        "/api/applications/", body, content_type="application/json", **call("cixi-clerk").auth
    )
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["detail"]
    if field:
        assert field in [error["field"] for error in told["errors"]]


def test_who_acts_for_another_files_for_him_and_names_no_counter(call):
    """What he may do for whom is told by /me/; a citizen's filing never counts as the counter's, which keeps it for the agent."""
    agent, nobody = call("agent"), call("citizen")
    firm = agent.get("me/")["acts_for"][0]
    assert firm["name"] == make.APPLICANT["name"] and nobody.get("me/")["acts_for"] == []
    code = (firm["items"] or [make.FOOD])[0]
    opened = agent.post("applications/", {"code": code, "principal": firm["party"], "channel": "agent"}, expect=201)
    assert (opened["applicant_name"], opened["channel"]) == (make.APPLICANT["name"], "agent")
    assert call("enterprise").get(f"applications/{opened['id']}/")["now"]["holder"] == "您"
    with nothing_written(Application):
        nobody.post("applications/", {"code": code, "principal": firm["party"]}, expect=403)
        for caller, channel in ((agent, "counter"), (agent, "mail"), (call("cixi-clerk"), "online")):
            told = caller.post("applications/", {"code": code, "channel": channel}, expect=422)
            assert told["errors"][0]["field"] == "channel"


def test_json_nested_too_deep_is_a_faulty_body(call):
    for body in ("[" * 100_000 + "]" * 100_000, '{"number": ' + "[" * 100_000 + "]" * 100_000 + "}"):
        answer = call(None).client.post("/api/track/", body, content_type="application/json")
        assert answer.status_code == 400 and answer.json()["code"] == "json.syntax"


def test_without_a_token(call):
    answer = call(None).raw("get", "applications/")
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"
    for address in ("no/such/address/", ""):
        assert call(None).raw("get", address).json()["code"] == "address.unknown"


def test_sign_in_for_a_token(call):
    nobody = call(None)
    wrong = nobody.raw("post", "token/", {"username": "cixi-clerk", "password": "nope"})
    assert wrong.status_code == 422 and "password" not in json.dumps(wrong.json())
    token = nobody.post("token/", {"username": "cixi-clerk", "password": "Yichuang-2017"})["token"]
    me = nobody.raw("get", "me/", headers={"Authorization": f"Bearer {token}"}).json()
    assert me["posts"][0]["role"] == "clerk"


def test_a_locked_account_loses_its_token(call):
    from apps.directory.actions import lock_user
    from apps.journal.actor import SYSTEM

    clerk = call("cixi-clerk")
    assert clerk.raw("get", "me/").status_code == 200
    lock_user(by=SYSTEM, user=make.user("cixi-clerk"), reason="离岗交接")
    assert clerk.raw("get", "me/").status_code == 401
