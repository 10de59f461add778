"""Nobody swept for a while (beat stood still, the web did not): what ended late hides no lateness, and the law's end comes before a card."""

from datetime import date, timedelta

import pytest

from apps.applications import actions, queries_inspection
from apps.applications.models import InspectionPart, Job, Member
from apps.deadlines.actions import set_exception, sweep
from apps.deadlines.models import Clock, Pause
from apps.deadlines.queries import calendar
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.delivering import deliver_one
from apps.journal.models import Delivery, Event
from apps.kit.errors import WrongState
from apps.kit.time import beijing_date, today
from apps.supervision.models import Card
from tests import inspection_make as im
from tests import make
from tests.applications.test_amend_situation import amend
from tests.applications.test_run_bundle import BIG
from tests.people import nothing_written

RECORD = "主持人林国栋，申请人与周边居民代表参加，未提异议。"


def _checked(days) -> Clock:
    granted = make.committed()
    days.after(granted.inspect_by, 0)
    actions.confirm_commitment(by=make.actor("scjg-reviewer"), commitment=granted.pk, findings="现场核查，与承诺一致。")
    return Clock.objects.get(root_id=granted.application_id, kind="commitment")


def _concluded(days) -> Clock:
    visit = im.held(days)
    part = visit.parts.get(department="wsjs")
    days.after(part.due_on, 0)
    im.conclude(visit, "wsjs")
    return Clock.objects.get(root_id=visit.application_id, kind="inspection", subject_id=part.pk)


def _heard(days) -> Clock:
    hearing = make.told_hearing()
    hearing = actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="applicant")
    days.at(hearing.hold_by)
    hearing = make.call_hearing(make.job_of(hearing.application))
    day = beijing_date(hearing.at)
    days.at(day, 17)
    actions.record_hearing(by=make.actor("scjg-reviewer"), job=make.job_of(hearing.application).pk, held_on=day, record=RECORD)
    return Clock.objects.get(root_id=hearing.application_id, kind="hearing_hold")


def _withdrawn(days) -> Clock:
    case = make.accepted()
    clock = Clock.objects.get(root_id=case.pk, kind="decision")
    days.after(clock.due_on, 0)
    actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="不办了")
    return Clock.objects.get(pk=clock.pk)


def _asked_no_more(days) -> Clock:
    hearing, clock = _owed(days)
    actions.withdraw_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, reason="不再需要听证了")
    return Clock.objects.get(pk=clock.pk)


def _ended_unheard(days) -> Clock:
    hearing, clock = _owed(days)
    actions.withdraw(by=make.actor("cixi-clerk"), application=hearing.application_id, reason="不办了")
    return Clock.objects.get(pk=clock.pk)


def _owed(days):
    """A hearing that was asked for and not held by its day."""
    hearing = make.told_hearing()
    hearing = actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="applicant")
    days.after(hearing.hold_by, 0)
    return hearing, Clock.objects.get(root_id=hearing.application_id, kind="hearing_hold")


def _ended_unconcluded(days) -> Clock:
    visit = im.held(days)
    part = visit.parts.get(department="wsjs")
    days.after(part.due_on, 0)
    actions.withdraw(by=make.actor("cixi-clerk"), application=visit.application_id, reason="不办了")
    return Clock.objects.get(root_id=visit.application_id, kind="inspection", subject_id=part.pk)


def _renewed_by_law(days) -> Clock:
    old = Member.objects.get(pk=make.collected().pk)
    days.at(old.valid_to - timedelta(days=40))
    case = make.renewing(old)
    days.after(old.valid_to, 0)
    assert actions.renewal_at_expiry(application=case.pk)
    return Clock.objects.get(root_id=case.pk, kind="decision")


def _amended(days) -> Clock:
    """With another item the promise of the whole counts anew."""
    case = make.accepted("open-restaurant", situations={**BIG, "dining_area": 200})
    clock = Clock.objects.get(root_id=case.pk, kind="bundle")
    days.after(clock.due_on, 0)
    amend(case, {"dining_area": "600"})
    return Clock.objects.get(pk=clock.pk)


ENDED = [(_checked, "red"), (_concluded, "yellow"), (_heard, "red"), (_withdrawn, "red"), (_amended, "red")]
ENDED += [(_asked_no_more, "red"), (_ended_unheard, "red"), (_ended_unconcluded, "yellow"), (_renewed_by_law, "red")]


@pytest.mark.parametrize(("ended", "form"), ENDED)
def test_what_ends_late_before_the_next_sweep_brings_the_card_of_its_day(world, days, ended, form):
    clock = ended(days)
    days.work()
    assert (clock.state, clock.light) == ("stopped", "overdue") and clock.outcome.startswith("overdue")
    assert (Card.objects.get(clock=clock).light, Card.objects.get(clock=clock).form) == ("overdue", form)
    days.work()
    assert Event.objects.filter(chain=clock.chain, name="clock.lapse").count() == 1
    assert verify() == Event.objects.count()


def _asked_for(days) -> Clock:
    hearing = make.told_hearing(gaps=["floor_plan"])
    hearing = actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="applicant")
    return Clock.objects.get(root_id=hearing.application_id, kind="hearing_hold")


def _visited(days) -> Clock:
    """Looked at on the last day of the promise: the conclusion is due after it."""
    case = make.claimed(gaps=["floor_plan"]).application
    visit, last = im.answered(case), make.member_of(case).gap_cure_by
    slot = next(one for one in queries_inspection.visit(im.organiser(visit), visit.pk).common if one.startswith(last.isoformat()))
    visit = actions.confirm_visit(by=im.organiser(visit), inspection=visit.pk, slot=slot, place=im.PLACE)
    days.at(visit.visit_on)
    actions.record_findings(by=im.reviewer("scjg"), inspection=visit.pk, findings=im.FINDINGS)
    actions.hold_visit(by=im.organiser(visit), inspection=visit.pk, present=["scjg"], signature="李一味")
    return Clock.objects.get(root_id=case.pk, kind="inspection")


@pytest.mark.parametrize("begun", [_asked_for, _visited])
def test_nobody_explains_what_was_not_done_when_the_law_had_ended_the_item(world, days, begun):
    """The house stood still over both days, and the card was told before the end of the promise that was not kept."""
    clock = begun(days)
    member = Member.objects.get(application=clock.root_id)
    assert member.gap_cure_by < clock.due_on
    days.at(clock.due_on + timedelta(days=2))
    sweep()
    for pk in Delivery.objects.filter(listener="supervision.card", event__chain=clock.chain).values_list("pk", flat=True):
        assert deliver_one(pk)
    days.work()
    member = Member.objects.get(pk=member.pk)
    assert (member.state, Card.objects.filter(clock=clock).exists()) == ("acceptance_revoked", False)


@pytest.mark.parametrize("first", ["supervision.card", "applications.lapsed"])
def test_nor_does_a_light_of_the_day_after_the_law_has_ended_it(office, first):
    """Of ten days the yellow light is on the sixth, and what was promised for within five ends the item on the night before."""
    office.at(date(2026, 11, 2))
    case = make.claimed(gaps=["floor_plan"]).application
    clock = Clock.objects.get(root_id=case.pk, kind="decision")
    assert make.member_of(case).gap_cure_by + timedelta(days=1) == clock.yellow_on
    office.at(clock.yellow_on)
    sweep()
    for pk in Delivery.objects.filter(listener=first, state="pending").order_by("pk").values_list("pk", flat=True):
        deliver_one(pk)
    office.work()
    clock = Clock.objects.get(pk=clock.pk)
    assert (make.member_of(case).state, clock.light, clock.outcome) == ("acceptance_revoked", "yellow", "on_time")
    assert not Card.objects.filter(clock=clock).exists()


TO_MEND = [{"material": "premises_proof", "problem": "租赁期限已届满"}]
ACTS = {
    "extend": lambda job: actions.extend(by=make.actor("scjg-head"), job=job, days=5, reason="情况复杂，需要核实"),
    "pause": lambda job: actions.pause(by=make.actor("scjg-head"), job=job, **make.TESTING),
    "tell": lambda job: actions.tell_hearing(by=make.actor("scjg-reviewer"), job=job, **make.INTEREST),
    "ask": lambda job: actions.ask_in_review(by=make.actor("scjg-reviewer"), job=job, gaps=TO_MEND),
}


@pytest.mark.parametrize("act", ACTS)
def test_nobody_is_told_of_days_of_an_item_that_the_law_has_ended(world, days, act):
    """The promise was not kept, and nobody had swept: more days, a standstill, a hearing, a supplement were told, and then the end."""
    job = make.claimed(gaps=["floor_plan"])
    days.after(job.member.gap_cure_by)
    with nothing_written(Clock, Document, Message), pytest.raises(WrongState, match=r"容缺补齐期限.*已过"):
        ACTS[act](job.pk)
    days.work()
    assert make.member_of(job.application).state == "acceptance_revoked"


def test_who_let_the_day_of_his_conclusion_pass_enters_no_later_end_of_the_standstill(world, days):
    """Before the sweep came he gained the days since, with the applicant's decision put off as long."""
    visit = im.held(days)
    part = visit.parts.get(department="wsjs")
    job = Job.objects.get(member=part.members[0])
    days.after(part.due_on)
    with nothing_written(Clock, Document, Message), pytest.raises(WrongState, match="踏勘结论的最后一日"):
        actions.resume(by=im.reviewer("wsjs"), job=job.pk, result="踏勘已经完成")
    days.work()
    assert Pause.objects.get(root_id=visit.application_id, subject_id=job.member_id).ended_on == part.due_on


def test_nor_of_a_visit_to_it_and_where_another_item_is_visited_no_time_of_it_stands_still(world, days):
    case = make.claimed(gaps=["floor_plan"]).application
    visit = im.answered(case)
    last = date.fromisoformat(queries_inspection.visit(im.organiser(visit), visit.pk).common[-1][:10])
    Member.objects.filter(application=case).update(gap_cure_by=last - timedelta(days=2))
    days.at(last - timedelta(days=1))
    member, part = make.member_of(case), visit.parts.get()
    slot = {"by": im.organiser(visit), "inspection": visit.pk, "slot": f"{last}/pm", "place": im.PLACE}
    with nothing_written(Clock, Document, Message, Pause), pytest.raises(WrongState, match=r"容缺补齐期限.*已过"):
        actions.confirm_visit(**slot)
    InspectionPart.objects.filter(pk=part.pk).update(members=[member.pk, make.member_of(make.accepted()).pk])
    assert actions.confirm_visit(**slot).state == "notified" and not Pause.objects.exists()


def test_a_day_given_back_shows_the_card_that_the_outage_passed_over(world, days):
    """The sweep came when all was over and no card of the last day was given; that day was given back, and its light was on without one."""
    clock = Clock.objects.get(root_id=make.claimed().application_id, kind="decision")
    days.at(calendar(region="330282").add_working_days(clock.due_on, 1).due)
    days.work()
    days.work()
    assert [card.light for card in Card.objects.filter(clock=clock)] == ["overdue"]
    set_exception(by=SYSTEM, region="330282", day=clock.due_on, working=False, reason="台风停业")
    days.work()
    days.work()
    again = Clock.objects.get(pk=clock.pk)
    assert (again.light, again.due_on) == ("red", today())
    assert {(card.light, card.state, card.due_on) for card in Card.objects.filter(clock=clock)} == {("overdue", "lapsed", clock.due_on), ("red", "given", today())}
