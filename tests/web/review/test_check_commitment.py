"""告知承诺 on the review desk and over the API: signed, listed by its day, checked, put right, revoked, repaired."""

from datetime import timedelta

import pytest

from apps.applications.models import Commitment, Member
from apps.deadlines.models import Clock
from apps.issuance.models import Document
from apps.kit.time import today
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

ROWS = (Commitment, Member, Clock, Document)
FOUND = "2026年11月26日现场核查，两名从业人员没有健康证明"
WHY = "整改期限届满，复查时两名从业人员仍没有健康证明。"


@pytest.fixture
def reviewer(at):
    return at("scjg-reviewer")


def job_of(commitment):
    return make.job_of(commitment.application)


def again(commitment) -> Commitment:
    return Commitment.objects.get(pk=commitment.pk)


def test_signed_before_the_department(reviewer):
    job = make.claimed(code=make.SNACK)
    assert f"/review/{job.pk}/commitment/" in reviewer.get(f"/review/{job.pk}/").content.decode()
    asked = reviewer.get(f"/review/{job.pk}/commitment/").content.decode()
    assert "从业人员持健康证明" in asked and "准予后 60 个工作日内核查" in asked
    with nothing_written(*ROWS):
        assert reviewer.post(f"/review/{job.pk}/commitment/", {"text": "承诺"}).status_code == 422
        short = reviewer.post(f"/review/{job.pk}/commitment/", {"signed_by": "李一味", "text": "好"})
        assert short.status_code == 422 and "写明承诺内容" in short.text
    given = {"signed_by": "李一味", "text": "承诺已符合条件。"}
    assert reviewer.post(f"/review/{job.pk}/commitment/", given).status_code == 302
    assert Commitment.objects.get().text == "承诺已符合条件。"
    assert "已签署承诺" in reviewer.get(f"/review/{job.pk}/").content.decode()


def test_an_item_without_this_way_shows_no_door(reviewer):
    job = make.claimed()
    assert "/commitment/" not in reviewer.get(f"/review/{job.pk}/").content.decode()
    with nothing_written(*ROWS):
        answer = reviewer.post(f"/review/{job.pk}/commitment/", {"signed_by": "李一味", "text": "承诺"})
    assert answer.status_code == 422 and "没有开通告知承诺" in answer.content.decode()
    told = reviewer.get(f"/review/{job.pk}/commitment/")
    assert told.status_code == 409 and "没有开通告知承诺" in told.text and "<textarea" not in told.text


def test_checked_put_right_and_revoked(reviewer, at, time_machine):
    row = make.committed()
    place = f"/review/{job_of(row).pk}/"
    listed = reviewer.get("/review/commitments/").content.decode()
    assert row.application.number in listed and place in listed
    with nothing_written(*ROWS):
        assert reviewer.post(f"{place}commitment/check/", {"result": "rectify", "findings": ""}).status_code == 422
        crossed = reviewer.post(f"{place}commitment/check/", {"result": "confirm", "findings": FOUND, "days": "10"})
        assert crossed.status_code == 422 and "要整改的请改选" in crossed.text
    given = {"result": "rectify", "findings": FOUND, "days": "5"}
    assert reviewer.post(f"{place}commitment/check/", given).status_code == 302
    row = again(row)
    assert row.state == "rectifying"
    with nothing_written(*ROWS):  # from a page that was open before
        stale = reviewer.post(f"{place}commitment/check/", {**given, "findings": f"{FOUND}。再看"})
    assert stale.status_code == 422 and "已经要求限期整改" in stale.text and "再看" in stale.text
    head = at("scjg-head")
    shown = head.get(place).content.decode()
    assert "登记复查" in shown and "commitment/revoke" not in shown
    with nothing_written(*ROWS):
        assert head.post(f"{place}commitment/revoke/", {"reason": WHY}).status_code == 409
    early = head.get(f"{place}commitment/revoke/")
    assert early.status_code == 409 and "还没有届满" in early.text and 'name="reason"' not in early.text
    time_machine.move_to(f"{row.rectify_by + timedelta(days=1)}T09:00+08:00")
    head, reviewer = at("scjg-head"), at("scjg-reviewer")
    assert "已过" in reviewer.get("/review/commitments/").content.decode()
    assert "commitment/revoke" in head.get(place).content.decode()
    for desk, step in ((reviewer, "check"), (head, "revoke")):  # what to look at again, and what the revocation rests on
        asked = desk.get(f"{place}commitment/{step}/").text
        assert FOUND in asked and f"{row.rectify_by:%Y年%-m月%-d日}" in asked, step
    with nothing_written(*ROWS):
        assert reviewer.post(f"{place}commitment/revoke/", {"reason": WHY}).status_code == 403
    assert head.post(f"{place}commitment/revoke/", {"reason": WHY}).status_code == 302
    assert again(row).state == "revoked"
    assert revoked_everywhere(row, at("scjg-reviewer"))
    decided = make.member_of(row.application).decided_on
    assert f"{decided:%Y年%-m月%-d日}决定，{again(row).revoked_on:%Y年%-m月%-d日}撤销" in head.get(place).text
    for desk, step in ((head, "revoke"), (at("scjg-reviewer"), "check"), (at("scjg-reviewer"), "")):  # it is over: nothing is asked for
        over = desk.get(f"{place}commitment/{f'{step}/' if step else ''}")
        assert over.status_code == 409 and "<textarea" not in over.text, step
    assert head.post(f"{place}commitment/repair/", {"reason": "宁波市信用办第3号信用修复告知书"}).status_code == 302
    assert again(row).repaired_on == today()
    assert revoked_everywhere(row, at("scjg-reviewer"))  # the holder's credit is repaired, not the decision
    assert "登记信用修复" in head.get(place).content.decode()
    assert row.application.number not in head.get("/review/commitments/").content.decode()


def revoked_everywhere(row, reviewer) -> bool:
    """Also where a list or a program sees the item alone, without its commitment."""
    listed = reviewer.get("/review/done/").text
    line = listed[listed.index(row.application.number) :].partition("</tr>")[0]
    assert "已撤销" in line and "准予" not in line
    member = Caller("enterprise").get(f"applications/{row.application_id}/")["members"][0]
    assert (member["state"], member["state_label"], member["revoked_on"]) == ("granted", "已撤销", f"{again(row).revoked_on}")
    return True


def test_over_the_api(world):
    reviewer, clerk = Caller("scjg-reviewer"), Caller("cixi-clerk")
    case = make.accepted(make.SNACK)
    member = make.member_of(case)
    signed = clerk.post(f"members/{member.pk}/sign_commitment/", {"signed_by": "李一味"})
    assert signed["state"] == "signed" and "健康证明" in signed["text"]
    make.grant(case)
    assert Caller("enterprise").get(f"applications/{case.pk}/")["members"][0]["revoked_on"] is None
    place = f"commitments/{signed['id']}"
    with nothing_written(*ROWS):
        reviewer.post(f"{place}/rectify/", {"findings": FOUND, "days": 61}, expect=422)
        reviewer.post(f"{place}/revoke/", {"reason": WHY}, expect=403)
        Caller("wsjs-reviewer").post(f"{place}/confirm/", {"findings": FOUND}, expect=404)
    assert reviewer.post(f"{place}/confirm/", {"findings": "现场核查，与承诺一致。"})["state"] == "passed"
    whole = reviewer.get(f"applications/{case.pk}/")
    assert [one["state_label"] for one in whole["commitments"]] == ["核查通过"] and whole["renewal"] is None
