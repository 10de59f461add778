"""A certificate's renewal: begun from the old case, marked after receipt, shown to everybody; at the counter, from home, by API."""

from dataclasses import replace
from datetime import date, timedelta
from unittest.mock import Mock, call, patch

import pytest

from apps.applications import actions
from apps.applications.models import Application, Commitment, Member, Renewal
from apps.deadlines.engine.telling import full
from apps.deadlines.models import Clock
from apps.kit.days import day_cn
from apps.kit.errors import WrongState
from apps.kit.time import today
from tests import make
from tests.api.client import Caller
from tests.days import Days
from tests.people import nothing_written
from tests.web.conftest import client_of

ROWS = (Application, Renewal, Clock, Member)


@pytest.fixture
def old(world) -> Member:
    return make.decided()


def test_from_the_old_case_to_a_marked_renewal(desk, old):
    assert "为这里的证照申请延续" in desk.get(f"/counter/{old.application_id}/").content.decode()
    assert "收件时登记为这份证照的延续申请" in desk.get(f"/counter/{old.application_id}/renew/").text
    answer = desk.post(f"/counter/{old.application_id}/renew/", {"member": old.pk})
    draft = Application.objects.latest("pk")
    assert answer.url == f"/counter/{draft.pk}/work/"
    assert (draft.applicant_id, draft.answers) == (old.application.applicant_id, old.application.answers)
    assert f" {make.certificate_of(old)}。" in desk.get(answer.url).text
    other = make.actor("cixi-clerk2")
    lent = replace(other, posts=tuple(replace(post, acting_for=draft.clerk_id) for post in other.posts))
    assert actions.open_renewal(by=lent, member=old.pk).pk == draft.pk  # who stands in for the clerk goes on with it
    client, another = make.APPLICANT, {"kind": "person", "name": "王小明", "id_number": make.PERSON_ID}
    for applicant, asked, told in ((another, False, "申请人不是原来那份证照的持证人"), (client, True, "持证人已经申请注销"), (client, False, "收件时登记为")):
        actions.save_draft(by=make.actor("cixi-clerk"), application=draft.pk, applicant=applicant)
        with patch("apps.applications.queries_afterwards.open_request", return_value=asked or None):
            assert told in desk.get(answer.url).text  # its receipt does no more than is said
    row = make.accepted()
    number = make.certificate_of(old)
    assert "登记为延续申请" in desk.get(f"/counter/{row.pk}/").content.decode()
    with patch("apps.applications.queries_afterwards.rule", return_value=Mock(value=45)) as asked:  # of the law of its receipt, once
        told = desk.get(f"/counter/{row.pk}/renewal/").text
    assert f"{number}，有效期至{day_cn(old.valid_to)}，最晚{day_cn(old.valid_to - timedelta(days=45))}收件算按时" in told
    assert asked.call_args_list == [call("renewal", row.receipt_date)]
    with nothing_written(*ROWS):
        assert desk.post(f"/counter/{row.pk}/renewal/", {"certificate": "别的"}).status_code == 422
    assert desk.post(f"/counter/{row.pk}/renewal/", {"certificate": number}).status_code == 302
    shown = desk.get(f"/counter/{row.pk}/").content.decode()
    assert "延续审查中" in shown and "视为准予延续" in shown
    assert f"/counter/{row.pk}/renewal/" not in shown
    with nothing_written(*ROWS):  # one is enough
        assert desk.post(f"/counter/{row.pk}/renewal/", {"certificate": number}).status_code in (409, 422)
        assert "为这里的证照申请延续" not in desk.get(f"/counter/{old.application_id}/").content.decode()
        assert desk.get(f"/counter/{old.application_id}/renew/").status_code == 409
        with pytest.raises(WrongState, match="已有一件延续申请在办理"):  # a page that was open before
            actions.open_renewal(by=other, member=old.pk)


def test_nothing_to_renew(desk):
    row = make.accepted()
    assert "延续" not in desk.get(f"/counter/{row.pk}/").content.decode()
    with nothing_written(*ROWS):
        assert desk.get(f"/counter/{row.pk}/renewal/").status_code == 409
        assert desk.post(f"/counter/{row.pk}/renew/", {}).status_code == 409


def test_a_commitment_signed_at_the_counter(desk):
    row = make.accepted(make.SNACK)
    assert "登记告知承诺书" in desk.get(f"/counter/{row.pk}/").content.decode()
    asked = desk.get(f"/counter/{row.pk}/commitment/")
    assert "健康证明" in asked.content.decode()
    given = {"member": make.member_of(row).pk, "signed_by": "李一味", "text": "承诺已符合条件。"}
    assert desk.post(f"/counter/{row.pk}/commitment/", given).status_code == 302
    assert Commitment.objects.get().state == "signed"
    with nothing_written(*ROWS, Commitment):
        assert desk.get(f"/counter/{row.pk}/commitment/").status_code == 409


def test_who_broke_an_earlier_word_is_told_so_before_anything_is_typed(office):
    office.at(date(2018, 3, 1))
    broken = make.committed()
    actions.rectify_commitment(by=make.actor("scjg-reviewer"), commitment=broken.pk, findings="冷藏设备未到位。", days=5)
    office.pass_over(Commitment.objects.get().rectify_by)
    actions.revoke_commitment(by=make.actor("scjg-head"), commitment=broken.pk, reason="逾期未整改，不符合承诺的条件。")
    row, desk = make.accepted(make.SNACK), client_of("cixi-clerk")
    told = desk.get(f"/counter/{row.pk}/commitment/")
    assert told.status_code == 409 and "信用修复以前不再适用告知承诺" in told.text and "signed_by" not in told.text
    actions.repair_commitment(by=make.actor("scjg-head"), commitment=broken.pk, reason="信用修复告知书已经收到。")
    assert desk.get(f"/counter/{row.pk}/commitment/").status_code == 200


def test_from_home(enter, old):
    mine = enter("enterprise")
    last = full(old.valid_to - timedelta(days=30))
    assert "申请延续" in (page := mine.get(f"/my/{old.application_id}/").content.decode()) and f"最晚 {last}正式提交" in page
    answer = mine.post(f"/my/{old.application_id}/renew/", {"member": old.pk})
    draft = Application.objects.latest("pk")
    assert answer.url == f"/my/{draft.pk}/" and "由窗口收件时，登记为这份证照的延续申请" in mine.get(answer.url).text
    assert (draft.channel, draft.answers) == ("online", old.application.answers)
    assert mine.post(f"/my/{draft.pk}/check/", {"declared": "on"}).url == f"/my/{draft.pk}/"
    begun = Renewal.objects.get(application=draft)  # handed in for good it is marked: who began it so is not asked once more
    assert (begun.of_id, begun.timely) == (old.pk, True)
    actions.withdraw(by=make.actor("enterprise"), application=draft.pk, reason="重新申请")
    mine.post(f"/my/{old.application_id}/renew/", {"member": old.pk})
    seen, clerk = Application.objects.latest("pk"), make.actor("cixi-clerk")
    mine.post(f"/my/{seen.pk}/check/", {"declared": "on", "pre_check": "1"})
    for look in (actions.begin_pre_check, actions.pass_pre_check):
        look(by=clerk, application=seen.pk)
    assert mine.post(f"/my/{seen.pk}/for-good/").url == f"/my/{seen.pk}/"
    assert Renewal.objects.get(application=seen).of_id == old.pk
    actions.withdraw(by=make.actor("enterprise"), application=seen.pk, reason="重新申请")
    mine.post(f"/my/{old.application_id}/renew/", {"member": old.pk})
    brought = Application.objects.latest("pk")
    mine.post(f"/my/{brought.pk}/check/", {"declared": "on", "pre_check": "1"})
    for look in (actions.begin_pre_check, actions.pass_pre_check, actions.receive):  # he came to the window after all
        look(by=clerk, application=brought.pk)
    assert Renewal.objects.get(application=brought).of_id == old.pk
    actions.withdraw(by=make.actor("enterprise"), application=brought.pk, reason="重新申请")
    mine.post(f"/my/{old.application_id}/renew/", {"member": old.pk})
    late = Application.objects.latest("pk")
    assert "收件时登记为延续申请" in mine.get(f"/my/{late.pk}/").text
    Member.objects.filter(pk=old.pk).update(valid_to=today() - timedelta(days=1))  # it ended while the draft lay there
    assert "按新办办理，不登记为延续申请" in mine.get(f"/my/{late.pk}/").text
    assert mine.post(f"/my/{late.pk}/check/", {"declared": "on"}).url == f"/my/{late.pk}/"
    assert Application.objects.get(pk=late.pk).number and not Renewal.objects.filter(application=late).exists()  # as a new one
    Member.objects.filter(pk=old.pk).update(valid_to=old.valid_to)
    row = make.received()
    assert "选原来的证照" in mine.get(f"/my/{row.pk}/").content.decode()
    assert mine.post(f"/my/{row.pk}/renewal/", {"certificate": make.certificate_of(old)}).status_code == 302
    assert "按时申请" in mine.get(f"/my/{row.pk}/").content.decode()
    assert "延续审查中" in mine.get(f"/my/{row.pk}/").content.decode()
    assert "到期，延续申请正在办理。" in (page := mine.get(f"/my/{old.application_id}/").content.decode()) and "申请延续<" not in page


def test_what_the_law_decided_is_told_on_every_page(enter, old, time_machine):
    """Undecided at the end, nobody swept: the reviewer's page has no acts left and says why; after the sweep it is decided."""
    days, end = Days(time_machine), old.valid_to
    days.at(end - timedelta(days=60))
    row = make.renewing(old)
    job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(row).pk)
    Application.objects.filter(pk=row.pk).update(due_on=end + timedelta(days=9))  # accepted late
    assert f"{end:%Y年%-m月%-d日}前办结" in enter("enterprise").get("/my/").text
    days.after(end)
    desk = enter("scjg-reviewer")
    assert "依法视为准予延续" in desk.get(f"/review/{job.pk}/").content.decode()
    with nothing_written(*ROWS):
        answer = desk.post(f"/review/{job.pk}/opinion/", {"recommendation": "grant", "opinion": "材料齐全，符合条件。"})
    assert answer.status_code == 409 and "第五十条" in answer.content.decode()
    taken_back = f"/counter/{row.pk}/withdraw/"
    for whose, place in (("cixi-clerk", taken_back), ("cixi-clerk", f"{taken_back}{job.member_id}/"), ("enterprise", f"/my/{row.pk}/withdraw/")):
        page = enter(whose).get(place).text  # its state alone says nothing
        assert "第五十条" in page and "现在是“" not in page and 'name="reason"' not in page, place
    days.work()
    days.work()
    shown = enter("scjg-reviewer").get(f"/review/{job.pk}/").content.decode()
    assert "视为准予延续" in shown and "依法视为" in shown
    assert "延续至" in enter("enterprise").get(f"/my/{row.pk}/").content.decode()
    assert "视为准予延续" in enter("cixi-clerk").get(f"/counter/{row.pk}/").content.decode()


def test_over_the_api(old):
    clerk = Caller("cixi-clerk")
    assert clerk.post(f"members/{old.pk}/open_renewal/")["state"] == "draft"
    row = make.accepted()
    place = f"applications/{row.pk}/mark_renewal/"
    with nothing_written(*ROWS):
        told = clerk.post(place, {"certificate": "没有这个编号"}, expect=422)
    assert told["code"] == "renewal.certificate"
    told = clerk.post(place, {"certificate": make.certificate_of(old)})
    assert (told["state"], told["timely"]) == ("pending", True)
    assert clerk.get(f"applications/{row.pk}/")["renewal"]["valid_to"] == str(old.valid_to)


def test_asked_for_twice_it_is_the_draft_that_is_begun(desk, old):
    mine, place = client_of("enterprise"), f"/my/{old.application_id}/renew/"
    first = mine.post(place, {"member": old.pk}).url
    actions.open_draft(by=make.actor("enterprise"), code=old.code, channel="online")  # of its own
    with nothing_written(*ROWS):
        assert mine.post(place, {"member": old.pk}).url == first
        assert mine.post(place, {"member": old.pk}, follow=True).redirect_chain[-1][0] == first
    at_the_desk = desk.post(f"/counter/{old.application_id}/renew/", {"member": old.pk}).url
    assert at_the_desk.split("/")[2] != first.split("/")[2]  # what is typed at the counter is the counter's
    with nothing_written(*ROWS):
        assert desk.post(f"/counter/{old.application_id}/renew/", {"member": old.pk}).url == at_the_desk
    actions.discard(by=make.actor("enterprise"), application=int(first.split("/")[2]))
    assert mine.post(place, {"member": old.pk}).url != first
