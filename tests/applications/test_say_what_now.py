"""What the applicant is told to do now, where a case is between two of its ends."""

from datetime import date, timedelta

import pytest

from apps.applications import actions, next_step, queries_clocks, tracking
from apps.applications.models import Application, Commitment, Member, Parcel
from apps.deadlines.engine.telling import full
from apps.deadlines.models import Clock
from apps.deadlines.queries_past import explain_clock
from apps.deadlines.queries_why import why
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.issuance.paper import to_html
from apps.kit.time import today
from tests import inspection_make as sites
from tests import make

from .test_run_bundle import SUCCESSORS, decide, restaurant


def sealed(case: Application, code: str) -> None:
    make.filed(case.pk)
    member = case.members.get(code=code)
    keeper = "scjg-seal" if member.department_id == "scjg" else f"{member.department_id}-head"
    actions.register_seal(by=make.actor(keeper), member=member.pk, seal_number="3302821000001")


def told(case: Application) -> tuple[str, str, str]:
    """The same for the applicant's page and for whoever knows number and phone."""
    row = Application.objects.get(pk=case.pk)
    said = tracking.track(row.number, row.contact_mobile).now
    assert make.case("cixi-clerk", row).now == said
    return said


@pytest.mark.parametrize(
    ("issue", "what_to_do"),
    [("together", "等全部办好后一次领取"), ("as_ready", "可以先领取已经办好的：")],
)
def test_nobody_is_called_while_a_decided_one_is_still_at_the_seal(world, issue, what_to_do):
    case = restaurant()
    Application.objects.filter(pk=case.pk).update(issue=issue)
    codes = ["enterprise-registration", *SUCCESSORS]
    for code in codes:
        case = decide(case, code, "refuse" if code == "fire-check" else "grant")
    for code in codes[:-1]:
        sealed(case, code)
    assert case.state == "done"
    what, holder, todo = told(case)
    assert (what, holder) == ("有的结果已办好，其他的正在制证、登记用印。", "审批部门")
    assert what_to_do in todo
    sealed(case, codes[-1])
    assert told(case)[:2] == ("结果已办好。", "出件窗口")


def test_one_duty_does_not_hide_another(world):
    """A promised paper and one that the department asks for: both last days are told."""
    asked = make.asked_in_review(gaps=["floor_plan"])
    member = Member.objects.get(pk=asked.member_id)
    what, _, todo = told(asked.application)
    assert "需要您补正材料" in what and "承诺后补的材料未交" in what
    for day in (member.supplement_by, member.gap_cure_by):
        assert f"请在 {full(day)}前（含当日）" in todo


def test_what_may_be_fetched_is_told_while_a_sister_is_in_a_special_procedure(world, monkeypatch):
    case = restaurant()
    Application.objects.filter(pk=case.pk).update(issue="as_ready")
    case = decide(case, "enterprise-registration")
    sealed(case, "enterprise-registration")
    job = case.jobs.get(member__code="food-licence")
    actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
    case.members.filter(code="fire-check").update(due_on=today() - timedelta(days=1))
    what, _, todo = told(case)
    assert what.startswith("部门正在审查；其中“食品经营许可”正在特别程序中")  # the sisters do not stand still
    assert f"的办理期限 {today() - timedelta(days=1):%Y年%-m月%-d日} 已过" in what
    assert "请按特别程序告知书配合" in todo and "可以先领取已经办好的：企业设立登记。" in todo and "请先问好" not in todo
    monkeypatch.setattr(next_step, "came_back", lambda events: Parcel.State.LOST.label)  # and he chose the counter then
    assert "请先问好出件窗口再来。可以先领取已经办好的：企业设立登记。" in told(case)[2]


def explained(case: Application, kind: str = "decision") -> list[str]:
    """The last line of the clock, the same on every page and in the interface."""
    row = Clock.objects.with_intervals().get(root_id=case.pk, kind=kind)
    of_the_page, _ = queries_clocks.clock(make.actor("cixi-clerk"), row.pk)
    tracked = next(one for one in tracking.track(case.number, make.MOBILE).clocks if one.pk == row.pk)
    lines = why(of_the_page).lines
    assert explain_clock(tracked) == explain_clock(of_the_page) == list(lines)
    return lines


def test_what_was_not_decided_is_not_told_as_decided_in_time(office):
    """Withdrawn, terminated, revoked for a gap: the clock stopped, and nobody decided."""
    withdrawn = make.accepted()
    actions.withdraw(by=make.actor("cixi-clerk"), application=withdrawn.pk, reason="不再开店")
    terminated = make.accepted()
    actions.terminate(by=make.actor("cixi-supervisor"), application=terminated.pk, reason="企业已经注销登记")
    revoked = make.accepted(gaps=["floor_plan"])
    office.pass_over(make.member_of(revoked).gap_cure_by)
    for case, word in ((withdrawn, "已撤回"), (terminated, "已终止"), (revoked, "已撤销受理")):
        lines = explained(case)
        assert f"停止计时：{word}，没有作出决定。" in lines[-1]
        assert not any("作出决定：" in line for line in lines)
    assert "终止" in told(terminated)[0] and "撤销受理决定书" in told(revoked)[0]
    assert "重新申请" in told(revoked)[2] and "行政复议" in told(revoked)[2]  # it said that nothing need be done
    granted = make.decided()
    assert explained(granted.application)[-1].endswith("作出决定：按时。")


def test_what_was_withdrawn_before_acceptance_was_not_told_in_time(world):
    case = make.received()
    assert "受理或者告知" in explained(make.accepted(), "notice")[-1]
    actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="不再开店")
    assert explained(case, "notice")[-1].endswith("停止计时：已撤回，没有再受理或者告知。")


def test_what_was_sent_from_home_is_not_said_to_lie_there_to_be_fetched(world):
    """Its notice says that no original goes back; he was told to fetch his materials."""
    enterprise = make.actor("enterprise")
    case = actions.receive(by=enterprise, application=make.from_home(submit=False).pk)
    actions.withdraw(by=enterprise, application=case.pk, reason="不再开店")
    make.deliver_all()
    said = Message.objects.filter(title__startswith="已撤回：").values_list("text", flat=True)
    assert {told(case)[0], *said} == {"已按您的申请撤回；交过材料原件的，可以取回。", "申请已经撤回；交过材料原件的，可以取回。"}


def test_a_special_procedure_of_one_day_leaves_no_day_out(world):
    job = make.paused()
    actions.resume(by=make.actor("scjg-head"), job=job.pk)
    lines = explained(job.application)
    assert any(line.endswith("当天开始、当天结束，没有不计入的日子。") for line in lines)
    assert not any(f"次日至{today().month}月{today().day}日" in line for line in lines)


def test_a_day_that_has_passed_is_not_asked_for(office):
    """What the department asked for, what a visit and what a check of a promise found: late is told as late."""
    asked = make.asked_in_review()
    by = make.member_of(asked.application).supplement_by
    assert f"请在 {full(by)}前（含当日）补交" in told(asked.application)[2]
    office.pass_over(by)
    todo = told(asked.application)[2]
    assert f"补交期限已于 {by:%Y年%-m月%-d日} 届满" in todo and "请在" not in todo
    promised = make.committed()
    actions.rectify_commitment(by=make.actor("scjg-reviewer"), commitment=promised.pk, findings="油烟设施没有安装。")
    by = Commitment.objects.get(pk=promised.pk).rectify_by
    assert f"请在 {full(by)}前（含当日）按限期整改" in told(promised.application)[2]
    office.pass_over(by)
    todo = told(promised.application)[2]
    assert f"整改期限已于 {by:%Y年%-m月%-d日} 届满；仍不符合的，撤销决定。" in todo and "请在" not in todo
    visit = sites.concluded(office, gongan="rectify")
    assert f"请在 {full(visit.rectify_by)}前（含当日）按整改通知书整改" in told(visit.application)[2]
    office.after(visit.rectify_by)
    assert f"整改期限已于 {visit.rectify_by:%Y年%-m月%-d日} 届满" in told(visit.application)[2]


def test_what_the_law_renewed_nobody_decided(office):
    old = make.collected()
    office.at(old.valid_to - timedelta(days=30))
    case = make.renewing(old)
    Application.objects.filter(pk=case.pk).update(due_on=old.valid_to + timedelta(days=9))  # accepted late
    assert f"最迟 {full(old.valid_to)}办结" in (what := told(case)[0]) and "届满前没有作出决定的，视为准予延续" in what
    office.pass_over(old.valid_to)
    lines = explained(case)
    assert lines[-1].endswith("停止计时：没有作出决定，依法视为准予延续。")
    assert not any("作出决定：" in line for line in lines)


def test_a_refusal_is_not_told_as_a_certificate_on_its_way(world):
    what, _, todo = told(make.decided(decision="refuse").application)
    assert what == "已作出不予的决定，决定书正在制作、登记用印。" and "救济途径" in todo
    assert told(make.decided().application)[0] == "已作出决定，正在制证、登记用印。"


def test_who_has_it_sent_is_not_told_to_wait_until_he_may_fetch_it(world):
    case = make.decided().application
    assert told(case)[2] == "不用做什么，可以领取时这里会显示。"
    Application.objects.filter(pk=case.pk).update(handout="courier", recipient_address="慈溪市白沙路街道三北大街1号")
    assert told(case)[2] == "不用做什么，交给快递时这里会显示。"


def test_what_is_examined_says_until_when(world, time_machine):
    """On a phone the clocks stand far below: the day is part of the first sentence, and at the counter of what is said aloud."""
    case = make.accepted()
    due_on = Application.objects.get(pk=case.pk).due_on
    assert f"最迟 {full(due_on)}" in told(case)[0]
    time_machine.move_to(due_on + timedelta(days=1))
    assert f"{due_on:%Y年%-m月%-d日} 已过" in told(case)[0]


def test_a_day_that_a_notice_of_holidays_may_still_move_is_told_as_that(office):
    """On the page and in the papers that name one: the receipt's and the decision's last days lie in 2027."""
    office.at(date(2026, 12, 29))
    case = make.received()
    assert "最迟 2027年1月6日（周三）（推定）会一次性告知" in told(case)[2]
    decided = make.decided()
    for root, kind in ((case.pk, "receipt"), (decided.application_id, "grant")):
        assert "按推定日历计算" in to_html(Document.objects.get(root_id=root, kind=kind))


def test_what_stops_all_of_a_one_thing_is_said_once(world):
    """A visit stops four items on the same day: on a phone nobody reads four times who organises it since when."""
    case = sites.notified().application
    what, _, todo = told(case)
    assert what.count("检验（现场核查）由慈溪市公安局组织") == 1 and "现场踏勘，请派人到场" in todo
    assert all(f"“{member.name}”" in what for member in case.members.all())
    assert what.count("承诺期限还剩 10 个工作日，法定期限还剩 20 个工作日") == 1 and "承诺期限还剩 7 个工作日，法定期限还剩 10 个工作日。" in what
