from datetime import date, timedelta

import pytest

from apps.applications import actions, gap
from apps.applications.models import Application, Job, Member, Notice
from apps.deadlines.models import Clock
from apps.deadlines.patrol import sweep_keeps_up
from apps.issuance.models import Document
from apps.issuance.paper import to_html
from apps.issuance.queries import verify
from apps.journal.models import Delivery, Event
from apps.kit.errors import Refusals, Refused, WrongState
from apps.kit.time import now, today
from tests import make
from tests.deadlines.conftest import CALENDAR
from tests.people import nothing_written

ROWS = (Member, Job, Notice, Clock, Document)


def accept(case, by="cixi-clerk", **given):
    return actions.accept(by=make.actor(by), application=case.pk, **given)


def end_of(case):
    return Application.objects.get(pk=case.pk)


def test_complete_is_accepted_at_once(world):
    case = accept(make.received())
    member, job = make.member_of(case), make.job_of(case)
    assert (case.state, case.accepted_on, case.deemed) == ("in_progress", today(), False)
    assert (member.state, member.number, member.gap_open) == ("accepted", f"{case.number}-01", False)
    assert (job.state, job.department_id) == ("assigned", "scjg")
    clocks = {clock.kind: clock for clock in Clock.objects.filter(root_id=case.pk)}
    assert clocks["notice"].state == "stopped"
    assert clocks["decision"].started_on == today()
    assert clocks["decision"].due_on == member.due_on == job.due_on == case.due_on
    assert clocks["decision"].promised_due <= clocks["decision"].legal_due
    names = [e.name for e in Event.objects.filter(chain=case.chain).order_by("seq")]
    assert names[-2:] == ["application.accept", "member.accept"]
    assert Document.objects.filter(root_id=case.pk, kind="acceptance").count() == 1


def test_a_main_material_is_never_tolerated(world):
    case = make.received(without=("premises_proof", "floor_plan"))
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        accept(case, promised=["premises_proof", "floor_plan"])
    assert [e.code for e in told.value.errors] == ["accept.main_missing"]


def test_a_gap_needs_the_applicants_promise(world):
    case = make.received(without=("floor_plan", "health_certificate"))
    with nothing_written(*ROWS), pytest.raises(Refusals) as told:
        accept(case)
    assert {e.field for e in told.value.errors} == {"promised.floor_plan", "promised.health_certificate"}
    with nothing_written(*ROWS), pytest.raises(Refused):
        accept(case, promised=["floor_plan"])


def test_a_promise_ticked_on_the_checklist_is_a_promise(world):
    case = make.draft(without=("floor_plan", "health_certificate"))
    ticked = {"floor_plan": {"promised": True}, "health_certificate": {"promised": True}}
    actions.save_draft(by=make.actor("cixi-clerk"), application=case.pk, materials=ticked)
    actions.receive(by=make.actor("cixi-clerk"), application=case.pk)
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        accept(case, materials={"floor_plan": {"promised": False}})
    assert [e.field for e in told.value.errors] == ["promised.floor_plan"]
    assert accept(case).state == "in_progress"
    (notice,) = Notice.objects.filter(application=case)
    assert [gap["material"] for gap in notice.gaps] == ["floor_plan", "health_certificate"]


def test_a_promise_ticked_in_a_filing_is_a_promise(world):
    plan = make.draft().plan
    lines = {line["material"]: {"state": "supplied"} for line in plan["materials"]}
    given = {"code": make.FOOD, "applicant": make.APPLICANT, "contact_mobile": make.MOBILE}
    for_later = {"state": "missing", "promised": True}
    answers, clerk = make.answers_for(plan), make.actor("cixi-clerk")
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.file(by=clerk, **given, answers=answers, materials={**lines, "premises_proof": for_later})
    case = actions.file(by=clerk, **given, answers=answers, materials={**lines, "floor_plan": for_later})
    (notice,) = Notice.objects.filter(application=case)
    assert [gap["material"] for gap in notice.gaps] == ["floor_plan"]


def test_a_tolerated_gap_has_one_notice_and_its_own_clock(world):
    case = make.accepted(gaps=["floor_plan"])
    member = make.member_of(case)
    notice = Notice.objects.get(application=case)
    assert (member.state, member.gap_open, member.gap_cure_by) == ("accepted_with_gap", True, notice.cure_by)
    assert (notice.kind, [gap["material"] for gap in notice.gaps]) == ("gap", ["floor_plan"])
    clock = Clock.objects.get(root_id=case.pk, kind="gap")
    assert clock.due_on == notice.cure_by
    told = Event.objects.get(chain=case.chain, name="application.accept").facts["cure_by"]
    assert told == notice.cure_by.isoformat()  # said in the message: with that day the acceptance ends
    assert notice.cure_by <= Clock.objects.get(root_id=case.pk, kind="decision").promised_due
    assert Document.objects.filter(root_id=case.pk, kind="acceptance_with_gap").count() == 1


def test_the_cure_is_not_longer_than_the_promise(world):
    case = make.received(without=("floor_plan",))
    promise = case.plan["members"][0]["promised_limit"]["days"]
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        accept(case, promised=["floor_plan"], cure_days=promise + 1)
    assert told.value.code == "accept.cure_too_long"
    assert accept(case, promised=["floor_plan"], cure_days=promise).state == "in_progress"


def test_the_days_to_close_a_gap_end_with_the_promise_of_who_needs_it():
    def member(code, days, unit="working"):
        return {"code": code, "legal_limit": None, "promised_limit": {"days": days, "unit": unit}}

    plan = {
        "members": [member("快", 1), member("慢", 10), member("日", 5, "calendar"), member("即", 0)],
        "materials": [
            {"material": code, "needed_by": needed}
            for code, needed in (("图", ["慢"]), ("证", ["日", "慢"]), ("照", ["即"]))
        ],
    }
    thursday = date(2018, 3, 8)

    def span(*materials, told_on=None, **running):
        found = gap.span(plan, materials, thursday, CALENDAR, 5, told_on=told_on, running=running)
        return found.standard, found.most, found.last

    assert span("图") == (5, 10, date(2018, 3, 22))  # neither the quick item nor the instant one needs it
    assert span("图", "证") == (3, 3, date(2018, 3, 13))  # five plain days from Thursday are three of work
    assert span("照") == (5, None, None)
    # Told later than the day to which the acceptance is dated back: what is left of the promise, in the end nothing.
    assert span("图", told_on=date(2018, 3, 20)) == (2, 2, date(2018, 3, 22))
    assert span("图", told_on=date(2018, 3, 23)) == (0, 0, date(2018, 3, 22))
    # Asked of an item under review: what is left of its own days; nothing binds where it stands still or is late.
    assert span("图", 慢=date(2018, 3, 12)) == (2, 2, date(2018, 3, 12))
    assert span("图", 慢=None) == span("图", 慢=date(2018, 3, 7)) == (5, None, None)


def test_nor_later_than_the_law_where_that_ends_first():
    """Seven plain days across a holiday end before five of work: brought on the last of those, the material came too late to decide by law."""
    limits = {"legal_limit": {"days": 7, "unit": "calendar"}, "promised_limit": {"days": 5, "unit": "working"}}
    plan = {"members": [{"code": "a", **limits}], "materials": [{"material": "图", "needed_by": ["a"]}]}
    found = gap.span(plan, ["图"], date(2019, 9, 27), CALENDAR, 5)
    assert (found.standard, found.most, found.last) == (3, 3, date(2019, 10, 8))


def test_accepting_twice_is_refused(world):
    case = make.accepted()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        accept(case, by="cixi-clerk2")


def test_the_gap_is_cured_in_time(world):
    case = make.accepted(gaps=["floor_plan", "health_certificate"])
    clerk = make.actor("cixi-clerk2")
    actions.supply_gap(by=clerk, application=case.pk, materials={"floor_plan": {"state": "supplied", "originals": 1}})
    assert make.member_of(case).gap_open
    actions.supply_gap(by=clerk, application=case.pk, materials={"health_certificate": {"state": "supplied"}})
    member = make.member_of(case)
    assert (member.gap_open, member.state) == (False, "accepted_with_gap")
    assert Clock.objects.get(root_id=case.pk, kind="gap").state == "stopped"
    names = list(Event.objects.filter(chain=case.chain).values_list("name", flat=True))
    assert (names.count("application.supply_gap"), names.count("member.cure_gap")) == (2, 1)


def test_a_gap_scanned_first_is_cured_all_the_same(world):
    case = make.accepted(gaps=["floor_plan"])
    clerk = make.actor("cixi-clerk")
    actions.attach(by=clerk, application=case.pk, material="floor_plan", name="a.pdf", content=b"%PDF-1.4 x")
    assert make.member_of(case).gap_open  # a scan alone is no supply: the clerk says that it is the paper
    actions.supply_gap(by=clerk, application=case.pk, materials={"floor_plan": {"state": "supplied"}})
    assert not make.member_of(case).gap_open


def test_a_gap_whose_file_nobody_registered_revokes_nothing(world, days):
    """It came in time: the law's consequence is for what did not come."""
    case = make.accepted(gaps=["floor_plan"])
    actions.attach(by=make.actor("cixi-clerk"), application=case.pk, material="floor_plan", name="a.pdf", content=b"%PDF-1.4 x")
    days.after(make.member_of(case).gap_cure_by)
    days.work()
    days.work()
    member = make.member_of(case)
    assert (member.state, member.gap_open) == ("accepted_with_gap", False)
    assert not Delivery.objects.filter(state="stuck").exists()


@pytest.mark.parametrize("given", [{}, {"id_card": {"state": "supplied"}}, {"floor_plan": {"state": "missing"}}])
def test_what_was_not_promised_cures_nothing(world, given):
    case = make.accepted(gaps=["floor_plan"])
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.supply_gap(by=make.actor("cixi-clerk"), application=case.pk, materials=given)


def test_no_gap_no_supply(world):
    for case in (make.accepted(), make.received()):
        with nothing_written(*ROWS), pytest.raises(WrongState):
            actions.supply_gap(
                by=make.actor("cixi-clerk"), application=case.pk, materials={"floor_plan": {"state": "supplied"}}
            )


def test_an_open_gap_is_never_granted(world):
    """K10: the opinion may say so, the head may not."""
    job = make.concluded(gaps=["floor_plan"])
    head = make.actor("scjg-head")
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.decide(by=head, job=job.pk, decision="grant")
    assert "容缺" in told.value.message
    actions.supply_gap(
        by=make.actor("cixi-clerk"), application=job.application_id, materials={"floor_plan": {"state": "supplied"}}
    )
    assert actions.decide(by=head, job=job.pk, decision="grant").state == "granted"


def test_a_gap_may_be_refused(world):
    job = make.concluded(gaps=["floor_plan"], recommendation="refuse")
    member = actions.decide(
        by=make.actor("scjg-head"), job=job.pk, decision="refuse", reason="场所不符合规定的条件和标准"
    )
    assert (member.state, member.gap_open) == ("refused", False)
    assert not Clock.objects.filter(root_id=job.application_id, kind="gap", stopped_on__isnull=True).exists()
    make.filed(job.application_id)
    assert (
        actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001").state
        == "ready_for_issue"
    )


@pytest.mark.parametrize("review", ["untouched", "in review", "concluded"])
def test_an_uncured_gap_revokes_the_acceptance(world, days, review):
    """The second end of ZJR 11, in writing, with reasons; counted apart from lapse and non-acceptance."""
    if review == "untouched":
        case = make.accepted(gaps=["floor_plan"])
    else:
        case = (make.claimed if review == "in review" else make.concluded)(gaps=["floor_plan"]).application
    cure_by = make.member_of(case).gap_cure_by
    days.after(cure_by)
    with nothing_written(*ROWS), pytest.raises(WrongState):  # the sweep has not come yet, the law has
        actions.supply_gap(
            by=make.actor("cixi-clerk"), application=case.pk, materials={"floor_plan": {"state": "supplied"}}
        )
    days.work()
    days.work()
    member, row = make.member_of(case), end_of(case)
    assert (member.state, member.decision, row.state, row.outcome) == ("acceptance_revoked", "", "done", "revoked")
    assert make.job_of(case).state == "closed"
    told = to_html(Document.objects.get(root_id=case.pk, kind="acceptance_revoked"))
    notice = Document.objects.get(root_id=case.pk, kind="acceptance_with_gap")
    by = f"{cure_by:%Y年%-m月%-d日} 前（含当日）补交"
    assert f"承诺在 {by}：场所平面布置图" in notice.payload["promise"]["text"] and f"承诺于 {by}场所平面布置图" in told
    assert notice.number in told and verify(notice.verify_code)["status"] == "void"  # what is revoked
    assert told.count("改革规定》第十一条") == 1 and "改革规定第十一条" not in told  # its law, once
    assert not Document.objects.filter(root_id=case.pk, kind__in=["non_acceptance", "withdrawal", "grant"]).exists()
    assert not Clock.objects.filter(root_id=case.pk, stopped_on__isnull=True).exists()
    assert Event.objects.filter(chain=case.chain, name="member.revoke_acceptance").count() == 1


def test_silence_is_acceptance_from_the_day_of_receipt(world, days):
    """XKF 32(4): nobody spoke within five working days, so it is accepted as of receipt, whatever is missing."""
    case = make.received(without=("premises_proof",))
    receipt, due = case.receipt_date, case.notice_due
    days.pass_to(due)
    assert end_of(case).state == "received"
    days.after(due)
    clerk = make.actor("cixi-clerk")
    for late in [
        lambda: actions.ask_supplement(by=clerk, application=case.pk, gaps=[{"material": "premises_proof"}]),
        lambda: actions.not_accept(by=clerk, application=case.pk, ground="other", reason="材料不齐全"),
        lambda: actions.not_handle(by=clerk, application=case.pk, reason="不需要办理"),
        lambda: actions.accept(by=clerk, application=case.pk),
        lambda: actions.begin_check(by=clerk, application=case.pk),
        lambda: actions.void(by=make.actor("cixi-supervisor"), application=case.pk, reason="录入错误作废"),
        lambda: actions.correct(by=clerk, application=case.pk, reason="手机录错", contact_mobile="13805740009"),
    ]:
        with nothing_written(*ROWS), pytest.raises(WrongState):
            late()
    days.work()
    days.work()
    row, member = end_of(case), make.member_of(case)
    assert (row.state, row.deemed, row.accepted_on, row.acceptor_id) == ("in_progress", True, receipt, None)
    assert (member.accepted_on, member.state) == (receipt, "accepted")
    clock = Clock.objects.get(root_id=case.pk, kind="decision")
    assert clock.started_on == receipt
    event = Event.objects.get(chain=case.chain, name="application.deem_accept")
    assert (event.by_kind, event.facts["on"]) == ("system", receipt.isoformat())
    paper = Document.objects.get(root_id=case.pk, kind="acceptance").payload
    assert (paper["accepted_on"], paper["date"]) == (receipt.isoformat(), today().isoformat())  # made out today, not then


def test_a_late_silence_starts_days_that_are_over_and_that_is_no_standstill_yet(world, days):
    case = make.received()
    days.after(case.notice_due + timedelta(days=90))
    assert actions.deem_accepted(application=case.pk)
    assert Clock.objects.filter(root_id=case.pk, next_change_at__lt=now() - timedelta(hours=1)).exists()
    assert list(sweep_keeps_up()) == []
    days.at(today(), hour=12)  # two hours after, nobody has swept
    assert list(sweep_keeps_up()) != []


def test_a_receipt_tells_of_no_days_where_the_notice_is_due_on_the_spot(world):
    """Real estate leaves no five working days."""
    told = to_html(Document.objects.get(root_id=make.received("title-transfer").pk, kind="receipt"))
    assert "本机关当场一次性告知" in told and "五个工作日" not in told


def test_what_was_answered_in_time_is_not_deemed(world, days):
    asked = make.awaiting()
    accepted = make.accepted()
    due = max(asked.notice_due, accepted.notice_due)
    days.pass_over(due)
    assert not end_of(asked).deemed
    assert not end_of(accepted).deemed
    assert not actions.deem_accepted(application=accepted.pk)
    assert not actions.lapse(application=accepted.pk)
    assert not Event.objects.filter(name="application.deem_accept").exists()


def test_a_plan_is_frozen(world):
    """A later publication never disturbs a running case."""
    from apps.catalog.models import DefinitionVersion

    case = make.accepted()
    before = end_of(case).plan
    version = DefinitionVersion.objects.get(pk=case.plan["members"][0]["version_id"])
    assert before["members"][0]["version_id"] == version.pk
    job = make.claimed()
    assert end_of(case).plan == before
    assert job.application.plan["code"] == make.FOOD
