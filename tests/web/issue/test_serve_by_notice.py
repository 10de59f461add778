"""公告送达: what can be served in no other way is served by the days of a public notice, by the law of the day of its publication."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Application, Member
from apps.deadlines.actions import set_exception
from apps.deadlines.engine.counting import plain_days
from apps.deadlines.models import Clock
from apps.deadlines.queries import calendar, rule
from apps.directory.models import Message
from apps.issuance.models import Document, HandOver
from apps.issuance.paper import to_html
from apps.journal.actor import SYSTEM
from apps.journal.invariants import patrol
from apps.kit.errors import Refused, WrongState
from apps.kit.time import beijing_date, now, today
from tests import make
from tests.people import nothing_written
from tests.settled import count_all

from .test_hand_over_results import address

pytestmark = pytest.mark.django_db
WHY = "住所已经拆迁，电话停机，邮寄退回两次。"


def test_when_the_days_of_the_notice_are_over_it_is_served_on_their_last(at, time_machine):
    member, begun = make.sealed(), today()
    desk, page = at("cixi-issue"), reverse("issue:public_notice", args=[member.application_id])
    assert page in desk.get(address(member)).text and f"经过 {rule('public_notice').value} 日" in desk.get(page).text
    assert 'aria-label="统一出件"' in desk.get(page).text  # the rooms of the desk beside it
    given = {"members": [member.pk], "published_on": begun.isoformat(), "place": "慈溪日报第四版", "reason": WHY}
    with nothing_written(Member, HandOver, Document, Clock):
        early = desk.post(page, given)
        assert early.status_code == 409 and "届满以后才视为送达" in early.text and WHY in early.text
        short = desk.post(page, given | {"reason": "找不到", "place": ""})
        assert short.status_code == 422
        assert desk.post(page, given | {"published_on": (begun - timedelta(days=400)).isoformat()}).status_code == 422
        assert at("cixi-clerk").post(page, given).status_code == 403
    time_machine.move_to(now() + timedelta(days=45))
    desk = at("cixi-issue")
    line = HandOver.objects.get(pk=int(desk.post(page, given)["Location"].rstrip("/").rpartition("/")[2]))
    served = Member.objects.get(pk=member.pk)
    assert (served.state, line.method, beijing_date(line.at)) == ("collected", "notice", served.served_on)
    assert timedelta(days=30) <= served.served_on - begun <= timedelta(days=40)  # a rest day rolls
    assert not Clock.objects.filter(subject_id=member.pk, kind="delivery", stopped_on__isnull=True).exists()
    assert "公告期满" in desk.get(reverse("issue:handed", args=[line.pk])).text and "已公告送达" in desk.get(address(member)).text
    receipt, handed = to_html(line.receipt), desk.get(reverse("issue:handed", args=[line.pk])).text
    register = f"{reverse('issue:register')}?day={served.served_on:%Y-%m-%d}"
    assert register in handed and "公告送达" in desk.get(register).text
    for told in (receipt, handed, desk.get(register).text):  # nobody took it or signed
        assert not any(word in told for word in ("法定代表人", "收件人签名", "12:00", "12时")), told
    fetched = make.collected()
    finished = {row["job"].member_id: row["job"].member.otherwise for row in at("scjg-reviewer").get(reverse("review:done")).context["rows"]}
    assert finished == {member.pk: "已公告送达", fetched.pk: ""}
    story = make.case("enterprise", member.application).story
    asked = {"number": member.application.number, "phone": make.MOBILE}
    assert desk.post("/api/track/", asked, "application/json").json()["members"][0]["state_label"] == "已公告送达"
    assert f"{served.served_on:%Y年%-m月%-d日}" in next(one.detail for one in story if one.title == "公告期满，视为送达")


def test_no_notice_tells_of_a_decision_before_it_was_sealed(world, time_machine):
    member, begun = make.decided(), today()
    make.filed(member.application_id)
    time_machine.move_to(now() + timedelta(days=20))
    actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")
    sealed = today()
    time_machine.move_to(now() + timedelta(days=45))
    given = {"by": make.actor("cixi-issue"), "application": member.application_id, "members": [member.pk], "place": "慈溪日报第四版", "reason": WHY}
    with nothing_written(Member, HandOver, Document, Clock), pytest.raises(Refused, match="登记用印的那天"):
        actions.serve_by_notice(**given, published_on=begun)
    last = plain_days(calendar(), sealed, rule("public_notice").value).due
    set_exception(by=SYSTEM, region="330282", day=last, working=False, reason="台风停业")  # moves no period before other bodies
    actions.serve_by_notice(**given, published_on=sealed)
    assert Member.objects.get(pk=member.pk).served_on == last


def test_what_was_entered_at_the_wrong_case_is_taken_back_on_the_day_of_its_entry(world, time_machine):
    """The day on which the notice served lies weeks before."""
    member, desk = make.sealed(), make.actor("cixi-issue")
    given = {"application": member.application_id, "members": [member.pk], "published_on": today(), "place": "慈溪日报第四版", "reason": WHY}
    time_machine.move_to(now() + timedelta(days=45))
    line = actions.serve_by_notice(by=desk, **given)
    count_all()
    actions.take_back(by=desk, hand_over=line.pk, reason="应登记在另一个办件")
    assert (Member.objects.get(pk=member.pk).state, Member.objects.get(pk=member.pk).served_on) == ("ready_for_issue", None)
    make.deliver_all()
    told = Message.objects.get(title__startswith="公告送达登记已撤销：").text  # nobody had fetched it, and the day is not that of the entry
    assert f"{beijing_date(line.at):%Y年%-m月%-d日}期满" in told and "领取" not in told
    assert make.case("enterprise", member.application).story[-1].title == "公告送达登记已撤销，结果仍在出件窗口"
    count_all()
    assert [one for one in patrol()[1] if one["invariant"].startswith(("supervision", "applications"))] == []
    line = actions.serve_by_notice(by=desk, **given)
    time_machine.move_to(now() + timedelta(days=1))
    with nothing_written(Member, HandOver, Document, Clock), pytest.raises(WrongState, match="只能在当天撤销"):
        actions.take_back(by=desk, hand_over=line.pk, reason="应登记在另一个办件")


def test_what_is_made_anew_afterwards_is_not_served_again_and_is_told_of_as_fetched(at, time_machine):
    member = make.sealed()
    case = {"pk": member.application_id}
    Application.objects.filter(**case).update(applicant_name="慈溪市" + "壹" * 112)  # longer than who fetches may be named
    time_machine.move_to(now() + timedelta(days=45))
    given = {"application": member.application_id, "members": [member.pk], "published_on": today() - timedelta(days=45), "place": "慈溪日报第四版", "reason": WHY}
    actions.serve_by_notice(by=make.actor("cixi-issue"), **given)
    with pytest.raises(WrongState, match="已经交付"):  # sent twice: nothing was made anew
        actions.serve_by_notice(by=make.actor("cixi-issue"), **given)
    actions.reissue(by=make.actor("cixi-issue"), member=member.pk, reason="申请人来了，书面说明证照遗失")
    make.filed(member.application_id)
    actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")
    with nothing_written(Member, HandOver, Document, Clock), pytest.raises(WrongState, match="已经送达过"):
        actions.serve_by_notice(by=make.actor("cixi-issue"), **given)
    assert "现在没有可以送达的结果" in at("cixi-issue").get(reverse("issue:public_notice", args=[member.application_id])).text
    actions.hand_over(by=make.actor("cixi-issue"), application=member.application_id, members=[member.pk], collection=make.collection())
    page = at("cixi-issue").get(address(member)).text
    assert "已公告送达" not in page and "已领取" in page


def test_the_days_are_those_of_the_law_when_it_was_published(world):
    assert (rule("public_notice", date(2021, 12, 31)).value, rule("public_notice", date(2022, 1, 1)).value) == (60, 30)
