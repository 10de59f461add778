"""整改: a bad rating or a complaint is a letter with its day, called back, set right, appealed against, checked from outside."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from apps.applications import queries_clocks
from apps.deadlines.actions import set_exception, sweep
from apps.deadlines.models import Clock
from apps.deadlines.queries_clocks import clocks_of
from apps.directory.models import Message, Post
from apps.feedback import actions, queries
from apps.feedback.handlers import clock_changed
from apps.feedback.models import Rating, Rectification, Score
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import now, today
from tests import make
from tests.days import Days, deliver
from tests.people import nothing_written
from tests.web.conftest import client_of

ROWS = (Rating, Rectification, Score)
BAD = {"step": "intake", "level": 5, "tags": ["again"], "text": "跑了三趟"}


def rate(case, by="enterprise", **given):
    return actions.rate(by=make.actor(by), application=case.pk, **(BAD | given))


def bad(case, **given) -> Rectification:
    return rate(case, **given).rectification


def test_a_bad_result_goes_to_its_department_is_called_set_right_and_checked(world):
    member = make.collected()
    row = bad(member.application, step="result")
    assert (row.state, row.department, row.due_on) == ("sent", "scjg", row.due_on)
    kinds = {clock.kind: clock.due_on for clock in Clock.objects.filter(subject_type="rectification")}
    assert kinds["rectify"] == row.due_on >= today() + timedelta(days=15)
    assert Message.objects.filter(link=f"/feedback/{row.pk}/", user=make.user("scjg-head")).exists()
    head, reviewer, watcher = (make.actor(name) for name in ("scjg-head", "scjg-reviewer", "cixi-supervisor"))
    with nothing_written(*ROWS), pytest.raises(NotYours):
        actions.call_back(by=reviewer, rectification=row.pk, note="已经打过电话")
    with nothing_written(*ROWS), pytest.raises(WrongState):  # first the call
        actions.reply(by=head, rectification=row.pk, measures="已经培训", answer="向您致歉")
    for by, refusal in ((watcher, Forbidden), (reviewer, NotYours)):  # only the unit speaks for itself
        with nothing_written(*ROWS), pytest.raises(refusal):
            actions.appeal(by=by, rectification=row.pk, reason="当事人评的是别的单位")
    with nothing_written(*ROWS), pytest.raises(WrongState):  # not yet set right
        actions.rate_again(by=make.actor("enterprise"), rating=row.rating_id, level=1)
    actions.call_back(by=head, rectification=row.pk, note="15日上午已电话致歉")
    assert Clock.objects.get(kind="callback").state == "stopped"
    for by, measures, answer, refusal in (
        (watcher, "已经培训", "向您致歉", Forbidden), (head, " 已培训 ", "歉", Refused), (head, "已经培训", "歉" * 1001, Refused)
    ):
        with nothing_written(*ROWS), pytest.raises(refusal):
            actions.reply(by=by, rectification=row.pk, measures=measures, answer=answer)
    actions.reply(by=head, rectification=row.pk, measures="已经培训窗口人员", answer="向您致歉，已整改")
    with nothing_written(*ROWS), pytest.raises(Forbidden):  # not by the unit itself
        actions.judge(by=head, rectification=row.pk, settled=True, words="已核查属实")
    actions.judge(by=watcher, rectification=row.pk, settled=False, words="答复没有说明原因")
    again = Clock.objects.get(kind="rectify", state="running")
    assert again.due_on == row.due_on  # the same day
    assert f"{row.due_on:%Y年%-m月%-d日} 前" in told(row, "退回重办")["scjg-head"]
    actions.reply(by=head, rectification=row.pk, measures="已经培训窗口人员", answer="因系统故障，向您致歉。" * 60)
    row = actions.judge(by=watcher, rectification=row.pk, settled=True, words="已核查属实")
    assert row.state == "closed"
    heard = Message.objects.get(party=member.application.applicant_id, kind="feedback")
    assert heard.text.startswith("您可以再评价一次。答复：因系统故障") and heard.text.endswith("……（全文点开看）")
    for by, level, refusal in (("citizen", 2, NotYours), ("scjg-head", 2, Forbidden), ("enterprise", 6, Refused)):
        with nothing_written(*ROWS), pytest.raises(refusal):
            actions.rate_again(by=make.actor(by), rating=row.rating_id, level=level)
    rated = actions.rate_again(by=make.actor("enterprise"), rating=row.rating_id, level=2)
    assert (rated.level, rated.again) == (5, 2)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.rate_again(by=make.actor("enterprise"), rating=row.rating_id, level=1)


def test_the_hall_of_a_county_is_checked_by_the_city(case):
    row = bad(case)
    hall = make.actor("cixi-supervisor")
    actions.call_back(by=hall, rectification=row.pk, note="已电话了解情况")
    actions.reply(by=hall, rectification=row.pk, measures="已经培训窗口", answer="向您致歉，已整改")
    with nothing_written(*ROWS), pytest.raises(Forbidden, match="核查"):
        actions.judge(by=hall, rectification=row.pk, settled=True, words="已核查属实")
    city = make.actor("city-supervisor")
    assert actions.judge(by=city, rectification=row.pk, settled=True, words="已核查属实").state == "closed"


def test_an_appeal_that_is_right_leaves_the_rating_and_takes_it_out_of_the_score(world):
    row = bad(make.collected().application, step="result", level=4)
    actions.appeal(by=make.actor("scjg-head"), rectification=row.pk, reason="当事人评的是别的单位")
    watcher = make.actor("cixi-supervisor")
    row = actions.decide_appeal(by=watcher, rectification=row.pk, right=True, reason="核实确属评错单位")
    assert row.state == "dismissed"
    assert Rating.objects.get().level == 4 and not Rating.objects.get().counts
    assert not row.wants_call
    with nothing_written(*ROWS), pytest.raises(WrongState):  # nothing is asked of the unit any more
        actions.call_back(by=make.actor("scjg-head"), rectification=row.pk, note="已经打过电话")
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:  # nor is anything set right after which it could be rated again
        rate(row.application, step=row.rating.step)
    assert told.value.message == "这个环节已经评价过。"
    assert queries.scores(today(), today())[0].total == 0
    assert not [found for found in patrol()[1] if found["invariant"].startswith("feedback")]


def test_nobody_judges_his_own_appeal(case):
    """At the city the supervisor speaks for the hall and watches too: another one judges."""
    row = bad(case)
    Rating.objects.update(node="330200")
    Rectification.objects.update(node="330200")
    city = make.actor("city-supervisor")
    actions.appeal(by=city, rectification=row.pk, reason="窗口录像显示没有多跑")
    with nothing_written(*ROWS), pytest.raises(Forbidden, match="不能是答复人本人"):
        actions.decide_appeal(by=city, rectification=row.pk, right=True, reason="录像属实，申诉成立")
    other = replace(city, id=make.user("cixi-supervisor").pk)
    assert actions.decide_appeal(by=other, rectification=row.pk, right=False, reason="录像只有一天的").state == "sent"


def told(letter: Rectification, title: str) -> dict[str, str]:
    """{account: text} of the messages to desks about this letter."""
    found = Message.objects.filter(link=f"/feedback/{letter.pk}/", title__startswith=title)
    return {message.user.username: message.text for message in found}


def test_each_side_of_a_letter_is_told_when_it_is_its_turn(world):
    row = bad(make.collected().application, step="result")
    head, watcher = make.actor("scjg-head"), make.actor("cixi-supervisor")
    actions.appeal(by=head, rectification=row.pk, reason="当事人评的是别的单位")
    assert told(row, "申诉待核实").keys() == {"cixi-supervisor"} and "别的单位" in told(row, "申诉待核实")["cixi-supervisor"]
    actions.decide_appeal(by=watcher, rectification=row.pk, right=False, reason="录音证明属实")
    verdict = told(row, "申诉不成立")
    assert verdict.keys() == {"scjg-head"} and "录音证明属实" in verdict["scjg-head"]
    assert f"{row.due_on:%Y年%-m月%-d日} 前" in verdict["scjg-head"]
    assert not Message.objects.filter(party__isnull=False, kind="feedback").exists()  # the citizen waits for an answer as before
    with nothing_written(*ROWS), pytest.raises(WrongState, match="申诉过一次"):
        actions.appeal(by=head, rectification=row.pk, reason="当事人评的还是别的单位")
    actions.call_back(by=head, rectification=row.pk, note="已电话致歉")
    for _ in range(2):
        actions.reply(by=head, rectification=row.pk, measures="已经培训窗口人员", answer="向您致歉，已整改")
        actions.judge(by=watcher, rectification=row.pk, settled=False, words="答复没有说明原因")
    assert Message.objects.filter(title__startswith="整改答复待核查", user__username="cixi-supervisor").count() == 2


def test_the_hall_and_the_city_are_told_of_the_halls_own_letter(case):
    row = bad(case)
    actions.appeal(by=make.actor("cixi-supervisor"), rectification=row.pk, reason="窗口录像显示没有多跑")
    assert "city-supervisor" in told(row, "申诉待核实") and "cixi-supervisor" not in told(row, "申诉待核实")
    actions.decide_appeal(by=make.actor("city-supervisor"), rectification=row.pk, right=True, reason="录像属实，申诉成立")
    assert told(row, "申诉成立").keys() == {"cixi-supervisor"}
    assert "录像属实" in Message.objects.get(party=case.applicant_id, kind="feedback").text


def test_the_days_that_pass_are_told_to_node_and_city_once(case, time_machine):
    days = Days(time_machine)
    days.at(today(), 9)
    row = bad(case)
    called = Clock.objects.get(kind="callback").due_on
    days.after(called)
    for _ in range(2):
        sweep()
        deliver()
    row = Rectification.objects.get()
    assert row.overdue and row.state == "sent"
    told = Message.objects.filter(key__startswith=f"rectification:{row.pk}:overdue:callback")
    assert {message.user.username for message in told} >= {"cixi-supervisor", "city-supervisor"}
    days.after(row.due_on)
    sweep()
    deliver()
    assert Message.objects.filter(key__startswith=f"rectification:{row.pk}:overdue:rectify").exists()
    assert [step["title"] for step in queries.steps_of(row)] == ["发出函告", "回访逾期", "整改答复逾期"]
    assert not {"rectify", "callback"} & {clock.kind for clock in clocks_of(case.pk)}


def test_a_reply_after_its_day_is_late_before_anybody_sweeps(case, time_machine):
    row = actions.complain(by=make.actor("enterprise"), application=case.pk, text="窗口让我回去换一张照片，来回跑")
    days, named = Days(time_machine), bad(case)
    days.after(row.due_on)
    named = actions.call_back(by=make.actor("cixi-supervisor"), rectification=named.pk, note="打通了，已经说明。")
    assert named.overdue and [step["title"] for step in queries.steps_of(named)] == ["发出函告", "回访逾期", "回访"]
    row = actions.reply(by=make.actor("scjg-head"), rectification=row.pk, measures="当场向办事人道歉", answer="照片可以在窗口拍。")
    assert row.overdue and [step["title"] for step in queries.steps_of(row)] == ["发出函告", "整改答复逾期", "整改答复"]
    actions.judge(by=make.actor("cixi-supervisor"), rectification=row.pk, settled=False, words="没有说明怎么改")
    days.after(today())
    sweep()
    deliver()  # sent back, and late once more: the page says that they were reminded
    assert Message.objects.filter(user__username="cixi-supervisor", title__startswith="整改答复逾期", link=f"/feedback/{row.pk}/").count() == 2
    actions.pass_on_letter(by=make.actor("cixi-supervisor"), rectification=row.pk, unit="", reason="反映的是窗口的服务")
    assert not actions.mark_overdue(rectification=row.pk, kind="rectify")  # the first unit's day, told late: this one has until tonight
    # An answer may be late twice, be the letter marked as late already.
    hall, city = make.actor("cixi-supervisor"), make.actor("city-supervisor")
    for settled in (False, True):
        named = actions.reply(by=hall, rectification=named.pk, measures="已经培训窗口", answer="向您致歉，已整改")
        actions.judge(by=city, rectification=named.pk, settled=settled, words="已经核查情况")
        days.after(today())
    late = ["发出函告", "回访逾期", "回访", *["整改答复逾期", "整改答复"], "退回重办", *["整改答复逾期", "整改答复"], "核查通过"]
    assert [step["title"] for step in queries.steps_of(named)] == late


def test_a_unit_whose_appeal_waits_is_not_late_and_gets_no_day_that_is_over(case, time_machine):
    row = actions.complain(by=make.actor("enterprise"), application=case.pk, text="窗口让我回去换一张照片，来回跑")
    head, watcher = make.actor("scjg-head"), make.actor("cixi-supervisor")
    actions.appeal(by=head, rectification=row.pk, reason="照片不合规定")
    days = Days(time_machine)
    days.after(row.due_on)
    assert not Rectification.objects.get(pk=row.pk).waits_past_its_day  # nobody was told that it is
    row = actions.pass_on_letter(by=watcher, rectification=row.pk, unit="", reason="反映的是窗口的服务")
    said = f"{today():%Y年%-m月%-d日} 前（含当日）"
    assert Rectification.objects.get(pk=row.pk).due_on == today() and said in told(row, "转办")["cixi-supervisor"]
    assert said in Message.objects.get(party=case.applicant_id, kind="feedback").text
    actions.pass_on_letter(by=make.actor("city-supervisor"), rectification=row.pk, unit="scjg", reason="照片由审批部门退回")
    actions.appeal(by=head, rectification=row.pk, reason="照片不合规定")
    days.after(today())
    sweep()
    deliver()
    row = actions.decide_appeal(by=watcher, rectification=row.pk, right=False, reason="照片合乎规定")
    assert not row.overdue and f"{today():%Y年%-m月%-d日} 前" in told(row, "申诉不成立")["scjg-head"]
    assert Rectification.objects.get(pk=row.pk).due_on == today()  # as its page says
    assert not actions.reply(by=head, rectification=row.pk, measures="当场向办事人道歉", answer="照片可以在窗口拍。").overdue


def test_a_changed_calendar_tells_the_unit_its_new_day_once(case, time_machine):
    days = Days(time_machine)
    deliver()
    row = bad(case, anonymous=True)  # nobody is to be called
    clock = Clock.objects.get(kind="rectify")
    set_exception(by=make.actor("cixi-admin"), region="330282", day=row.due_on, working=False, reason="台风停业")
    deliver()
    moved = Rectification.objects.get()
    assert moved.due_on == Clock.objects.get(kind="rectify").due_on > row.due_on
    told = Message.objects.filter(key__endswith=f":{clock.pk}", key__startswith="recount:")
    assert {message.user.username for message in told} == {"cixi-supervisor"}  # the hall's own letter
    assert "台风停业" in told[0].text and f"{moved.due_on.day}日" in told[0].text
    event = Event.objects.filter(name="clock.recompute", chain=clock.chain).get()
    with nothing_written(Message, Rectification):
        clock_changed(event)
        # Read before it waited for the letter: what the clock says now counts.
        actions.redate(clock=clock, old=row.due_on, new=row.due_on, facts=event.facts)
    days.after(row.due_on)
    sweep()
    deliver()
    assert not Message.objects.filter(key__startswith=f"rectification:{row.pk}:overdue:rectify").exists()
    days.after(moved.due_on)
    sweep()
    deliver()
    assert Rectification.objects.get().overdue
    # The hall was closed on that day, which is registered only now: late it was by the calendar of then alone.
    set_exception(by=make.actor("cixi-admin"), region="330282", day=moved.due_on, working=False, reason="台风停业")
    deliver()
    row = Rectification.objects.get()
    assert row.due_on >= today() and not row.overdue


def test_a_call_that_is_late_again_on_its_new_day_is_told_again(case, time_machine):
    """The hall was closed on its day, which was registered when the supervisors had been told; that the next day passed too was kept from them."""
    days = Days(time_machine)
    row = bad(case)
    for closed in (True, False):
        last = Clock.objects.get(kind="callback").due_on
        days.pass_over(last)
        assert Rectification.objects.get().overdue
        if closed:
            set_exception(by=make.actor("cixi-admin"), region="330282", day=last, working=False, reason="台风停业")
            deliver()
            assert Clock.objects.get(kind="callback").due_on > last and not Rectification.objects.get().overdue
    assert Message.objects.filter(user__username="city-supervisor", title__startswith="回访逾期", link=f"/feedback/{row.pk}/").count() == 2


def test_the_clock_of_an_anonymous_letter_is_nobodys_by_its_number(case):
    bad(case, anonymous=True)
    clock = Clock.objects.get(kind="rectify")
    for name in ("cixi-clerk", "scjg-reviewer", "scjg-head", "enterprise"):
        with pytest.raises(NotYours):
            queries_clocks.clock(make.actor(name), clock.pk)


def test_a_complaint_goes_the_same_way_without_a_call(case):
    row = actions.complain(by=make.actor("enterprise"), application=case.pk, text="窗口让我回去换一张照片，来回跑")
    assert (row.source, row.department, row.state, row.wants_call) == ("complaint", "scjg", "sent", False)
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.complain(by=make.actor("enterprise"), application=case.pk, text="不好")
    with nothing_written(*ROWS), pytest.raises(Refused, match="投诉的单位"):
        actions.complain(by=make.actor("enterprise"), application=case.pk, text="窗口让我回去换一张照片", unit="wsjs")
    bad(case)  # a letter too, and no complaint
    other = {"by": make.actor("enterprise"), "application": make.accepted().pk, "text": "窗口让我回去换一张照片"}
    assert actions.complain(**other).state == "sent"  # nor one of this case
    given = {"by": make.actor("enterprise"), "application": case.pk, "text": "窗口让我回去换一张照片", "unit": ""}
    assert [actions.complain(**given).department for _ in range(2)] == ["", ""]
    with nothing_written(*ROWS), pytest.raises(WrongState, match="三件"):
        actions.complain(**given)
    actions.appeal(by=make.actor("scjg-head"), rectification=row.pk, reason="照片不合规定")
    actions.decide_appeal(by=make.actor("cixi-supervisor"), rectification=row.pk, right=True, reason="经查照片不合规定")
    assert actions.complain(**given).state == "sent"


def test_a_complaint_goes_on_to_the_right_unit_and_the_citizen_is_told(case):
    row = actions.complain(by=make.actor("enterprise"), application=case.pk, text="窗口让我回去换一张照片，来回跑")
    due, head, watcher, city = row.due_on, *map(make.actor, ("scjg-head", "cixi-supervisor", "city-supervisor"))
    reason = "反映的是收件窗口的服务"
    on = {"rectification": row.pk, "unit": "", "reason": reason}
    for by, given, refusal in (
        (head, on, Forbidden),  # a unit gives away nothing that was said of it
        (make.actor("cixi-clerk"), on, NotYours),
        (watcher, on | {"reason": "不"}, Refused),
        (watcher, on | {"unit": "scjg"}, Refused),
        (watcher, on | {"unit": "wsjs"}, Refused),  # which has nothing to do with the case
    ):
        with nothing_written(*ROWS), pytest.raises(refusal):
            actions.pass_on_letter(by=by, **given)
    actions.appeal(by=head, rectification=row.pk, reason="是窗口的事，不是我局的")
    row = actions.pass_on_letter(by=watcher, **on)  # straight from the appeal: neither verdict would be true of it
    assert (row.department, row.state, row.due_on, row.appealed_in_vain) == ("", "sent", due, False)
    assert [step["title"] for step in queries.steps_of(row)] == ["发出函告", "申诉", "转办给办事大厅"]
    assert {clock.department for clock in Clock.objects.filter(subject_type="rectification").exclude(state="stopped")} == {""}
    assert reason in Message.objects.get(party=case.applicant_id, kind="feedback").text
    assert told(row, "转办").keys() == {"cixi-supervisor"}
    gone = Message.objects.get(title__startswith="已转办")  # the letter is out of his sight: he reads why, without a way to it
    assert (gone.user.username, gone.link) == ("scjg-head", "") and "办事大厅" in gone.text and reason in gone.text
    with pytest.raises(NotYours):
        queries.rectification(head, row.pk)
    with nothing_written(*ROWS), pytest.raises(Forbidden):  # now it is the hall's own, and the city watches
        actions.pass_on_letter(by=watcher, **on | {"unit": "scjg"})
    assert actions.pass_on_letter(by=city, **on | {"unit": "scjg"}).department == "scjg"
    assert queries.rectification(head, row.pk) == row
    actions.reply(by=head, rectification=row.pk, measures="已经整改到位", answer="向您致歉，已整改")
    with nothing_written(*ROWS), pytest.raises(WrongState, match="退回重办"):
        actions.pass_on_letter(by=watcher, **on)
    actions.judge(by=watcher, rectification=row.pk, settled=False, words="没有说明怎么改")
    assert actions.pass_on_letter(by=watcher, **on).state == "sent"  # nobody has sent the hall anything back
    assert actions.appeal(by=make.actor("cixi-supervisor"), rectification=row.pk, reason="照片由审批部门退回").state == "appealed"
    assert patrol()[1] == []


def test_a_calendar_that_changes_while_an_appeal_waits_counts_when_the_unit_goes_on(long_ago, days):
    """Nobody counts a stopped clock again: the hall was given a day on which it is closed, and no later change moved it."""
    days.at(date(2017, 9, 4))
    hall, city = make.actor("cixi-supervisor"), make.actor("city-supervisor")
    row = bad(make.accepted(), anonymous=True)
    assert row.due_on == date(2017, 9, 19)
    actions.appeal(by=hall, rectification=row.pk, reason="窗口录像显示没有多跑")
    set_exception(by=make.actor("cixi-admin"), region="330282", day=row.due_on, working=False, reason="台风停业")
    deliver()
    row = actions.decide_appeal(by=city, rectification=row.pk, right=False, reason="录像只有一天的")
    assert row.due_on == date(2017, 9, 20) and "2017年9月20日 前" in told(row, "申诉不成立")["cixi-supervisor"]
    set_exception(by=make.actor("cixi-admin"), region="330282", day=row.due_on, working=False, reason="台风停业")
    deliver()
    assert Rectification.objects.get().due_on == Clock.objects.get(kind="rectify", state="running").due_on == date(2017, 9, 21)
    days.at(date(2017, 9, 21))
    assert not actions.reply(by=hall, rectification=row.pk, measures="已经培训窗口", answer="向您致歉，已整改").overdue
    days.after(today())
    row = actions.judge(by=city, rectification=row.pk, settled=False, words="没有说明怎么改")
    days.work()
    assert row.due_on == today() and not [found for found in patrol()[1] if found["invariant"].startswith("deadlines")]


def test_what_nobody_can_answer_any_more_goes_on_to_who_took_the_work_over(world):
    """A letter of a department that was merged away stayed open: nobody spoke for it, and who took over has no part in the case."""
    case = make.collected().application
    given, said = bad(case, step="result"), actions.complain(by=make.actor("enterprise"), application=case.pk, text="证照上的地址写错了一个字")
    watcher, on = make.actor("cixi-supervisor"), {"unit": "wsjs", "reason": "市场监管并入卫生计生"}
    for row, refusal in ((given, WrongState), (said, Refused)):
        with nothing_written(*ROWS), pytest.raises(refusal):
            actions.pass_on_letter(by=watcher, rectification=row.pk, **on)
    Post.objects.filter(role="head", department="scjg").update(ended_at=now())
    page = client_of("cixi-supervisor").get(f"/feedback/{given.pk}/pass-on/").text
    assert 'value="wsjs"' in page and 'value="scjg"' not in page and 'value="-"' not in page
    for row in (given, said):
        with nothing_written(*ROWS), pytest.raises(Refused):
            actions.pass_on_letter(by=watcher, rectification=row.pk, **on | {"unit": "nb-scjg"})
        row = actions.pass_on_letter(by=watcher, rectification=row.pk, **on)
        assert (row.department, row.state) == ("wsjs", "sent")
        assert queries.rectification(make.actor("wsjs-head"), row.pk) == row
    assert Rating.objects.get(pk=given.rating_id).department == "scjg"  # whom it was given of
    titles = Message.objects.filter(party=case.applicant_id, kind="feedback").values_list("title", flat=True)
    assert {title.partition("：")[0] for title in titles} >= {"评价已转办", "投诉已转办"}
