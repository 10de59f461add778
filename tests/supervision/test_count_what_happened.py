"""The kept counters: every number of the board equals the rows that it lists, after any story; each event counts once."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.applications import actions
from apps.applications.models import Application, Job, Member
from apps.issuance.models import HandOver
from apps.journal.invariants import patrol
from apps.kit.errors import DomainError, Forbidden, Refused
from apps.kit.time import now, today
from apps.supervision import rollup as rolling
from apps.supervision.metrics import METRICS, rows
from apps.supervision.metrics import kept as counts_of
from apps.supervision.models import FROM, DayCount, Gauge, OpenMember, Progress, ResultRuns
from apps.supervision.queries import GAUGE_NAMES, PRE_CHECK_NAMES, board
from apps.supervision.recounting import KEPT
from tests import make
from tests.applications.test_amend_situation import amend
from tests.applications.test_run_bundle import BIG
from tests.full import full
from tests.settled import count_all
from tests.threads import lost, together

from .comparing import DAY_NAMES, SINCE, compare, compare_days, kept

pytestmark = pytest.mark.usefixtures("transactional_db", "world")


def random_life(rng, end: str = "") -> None:
    """One case, from somewhere, to somewhere (or there)."""
    clerk, code = rng.choice(["cixi-clerk", "cixi-clerk2"]), rng.choice([make.FOOD, "retire", "open-ktv"])
    given = {"retire": {"has_fund": True}, "open-ktv": {"already_registered": True}}.get(code, {})
    end = end or rng.choice(
        ["received", "awaiting", "void", "turned_away", "withdrawn", "accepted", "gap", "rerouted", "decided"]
    )
    by = make.actor("cixi-clerk" if code != make.FOOD else clerk)
    if end in ("awaiting", "gap") and code != make.FOOD:
        end = "accepted"
    if end == "gap":
        case = make.accepted(gaps=["floor_plan"])
        return
    if end == "awaiting":
        make.awaiting()
        return
    case = make.received(code, by="cixi-clerk", situations=given)
    if end == "void":
        actions.void(by=make.actor("cixi-supervisor"), application=case.pk, reason="录入错误作废")
    elif end == "turned_away":
        actions.not_accept(by=by, application=case.pk, ground="other", reason="不符合条件")
    elif end == "withdrawn":
        actions.withdraw(by=by, application=case.pk, reason="不办了")
    elif end in ("accepted", "rerouted", "decided"):
        actions.accept(by=make.actor("cixi-clerk"), application=case.pk)
        for job in Job.objects.filter(application=case).order_by("pk"):
            work(rng, job, reroute=end == "rerouted", decide=end == "decided")


def work(rng, job, *, reroute, decide) -> None:
    def at(role):
        return make.actor(f"{job.department_id}-{role}")

    if reroute:
        actions.return_to_router(by=at("reviewer"), job=job.pk, reason="不属本部门职责")
        target = rng.choice(["wsjs", "huanbao", job.department_id])
        job = actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department=target, reason="属于该部门职责")
        decide = rng.random() < 0.5
    if decide:
        decision = rng.choice(["grant", "refuse"])
        try:
            actions.claim(by=at("reviewer"), job=job.pk)
            actions.conclude(by=at("reviewer"), job=job.pk, recommendation=decision, opinion="审查意见如上。")
        except DomainError:
            return  # needs a hearing
        reason = "" if decision == "grant" else "不符合规定的条件和标准"
        actions.decide(by=at("head"), job=job.pk, decision=decision, reason=reason)


def test_every_number_has_its_list():
    assert set(DAY_NAMES) | set(GAUGE_NAMES) | set(PRE_CHECK_NAMES) <= set(METRICS)


@pytest.mark.parametrize("seed", range(full(1, 12)))
def test_every_number_equals_its_rows(world, days, seed):
    """After each step of a random story, whenever the rollup happened to run."""
    rng = random.Random(seed)
    for _ in range(full(16, 60)):
        random_life(rng)
        if rng.random() < 0.4:
            count_all()
        if rng.random() < 0.25:
            days.pass_to(today() + timedelta(days=rng.choice([1, 3, 8])))
    days.work()
    count_all()
    assert compare() == []
    days.pass_to(today() + timedelta(days=40))  # everything lapses, turns overdue, is revoked
    count_all()
    assert compare() == []
    assert compare_days() == []
    assert astray() == set()
    right = contents()
    DayCount.objects.filter(name="accepted", department="").update(value=77)
    Gauge.objects.all().delete()
    assert astray() == {"supervision.days_agree", "supervision.open_gauge_agrees", "supervision.lights_agree"}
    call_command("recount")
    assert contents() == right, "every number is made again from the journal"
    gone = DayCount.objects.create(day=date(2016, 5, 3), node="330282", department="", name="received", value=1)
    with pytest.raises(CommandError, match="没有2016年5月3日的事件，那时的数算不出来。请把取下的年份挂回来"):
        call_command("recount")
    gone.delete()
    assert contents() == right, "nothing is emptied where it could not be filled again"


def astray() -> set[str]:
    return {name for name in (found["invariant"] for found in patrol()[1]) if name.startswith(("applications.", "supervision."))}


def contents() -> dict[str, set[tuple]]:
    """What every counter says that is not nought."""
    found = {}
    for model in KEPT:
        said = [field.attname for field in model._meta.fields if field.name != "id"]
        rows = model.objects.exclude(value=0) if "value" in said and model is not ResultRuns else model.objects.all()
        found[model.__name__] = set(rows.values_list(*said))
    return found


@pytest.mark.parametrize("late", [False, True], ids=["counted at once", "counted later"])
def test_a_case_that_comes_to_other_departments_is_counted_there(world, late):
    """A situation corrected before acceptance, or amended after it, brings other departments in and takes some out."""
    def look():
        if not late:
            count_all()
            assert compare() == []

    clerk = make.actor("cixi-clerk")
    case = make.received("open-ktv", situations={"already_registered": True})
    look()
    before = set(case.departments)
    row = actions.correct(by=clerk, application=case.pk, reason="情形录错了", situations={"already_registered": False})
    assert set(row.departments) != before
    look()
    row = actions.correct(by=clerk, application=case.pk, reason="又录错了", situations={"already_registered": True})
    assert set(row.departments) == before
    look()
    lines = {entry.code: {"state": "confirmed"} for entry in row.materials.all() if entry.state == "missing"}
    actions.accept(by=clerk, application=case.pk, materials=lines)
    look()
    small = make.accepted("open-restaurant", situations={**BIG, "dining_area": 200})
    look()
    before = set(small.departments)
    row = amend(small, {"dining_area": "600"})
    assert set(row.departments) > before
    count_all()
    assert compare() == []
    actions.withdraw(by=clerk, application=small.pk, reason="不办了")
    count_all()
    assert compare() == []


@pytest.mark.parametrize("seen", [False, True], ids=["the places do not show it yet", "the places show it"])
def test_a_case_that_moves_while_it_is_counted_is_counted_once_where_it_came_to(world, monkeypatch, seen):
    case, look = make.received("open-ktv", situations={"already_registered": True}), rolling._places

    def correct() -> None:
        actions.correct(by=make.actor("cixi-clerk"), application=case.pk, reason="情形录错了", situations={"already_registered": False})

    def meanwhile(events):
        monkeypatch.setattr(rolling, "_places", look)
        if seen:
            assert lost(together(correct)) == []
        places = look(events)
        if not seen:
            assert lost(together(correct)) == []
        return places

    monkeypatch.setattr(rolling, "_places", meanwhile)
    count_all()
    count_all()
    assert compare() == compare_days() == []


def accepted_after_a_weekend(days) -> None:
    """What was asked for came in from home on a Friday, the clerk accepts on Monday as of Friday (XKF 32(5))."""
    case, home = make.awaiting(), make.actor("enterprise")
    actions.attach(by=home, application=case.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 new")
    actions.resubmit(by=home, application=case.pk)
    days.at(today() + timedelta(days=3))
    case = actions.accept(by=make.actor("cixi-clerk"), application=case.pk)
    assert case.accepted_on < today()


def served_before_it_is_told(days) -> None:
    """The slip of the courier says that it was signed for the day before."""
    member, issue = make.sealed(), make.actor("cixi-issue")
    place = {"way": "courier", "address": "慈溪市白沙路街道三北大街2299号"}
    actions.choose_handout(by=make.actor("enterprise"), application=member.application_id, **place)
    parcel = actions.dispatch(by=issue, application=member.application_id, members=[member.pk])
    actions.take_waybill(parcel=parcel.pk, waybill="SF1000000001")
    signed = now()
    days.at(today() + timedelta(days=2))
    actions.enter_status(by=issue, parcel=parcel.pk, status="signed", at=signed)
    assert Member.objects.get(pk=member.pk).served_on < today()


def renewed_by_law_before_it_is_swept(days) -> None:
    """Nobody decided by the day on which the certificate ended; the sweep comes ten days later."""
    old = Member.objects.get(pk=make.collected().pk)
    days.at(old.valid_to - timedelta(days=40))
    make.renewing(old)
    days.pass_to(old.valid_to + timedelta(days=10))
    assert Member.objects.get(decision="granted", decided_on=old.valid_to).pk != old.pk


@pytest.mark.parametrize("story", [accepted_after_a_weekend, served_before_it_is_told, renewed_by_law_before_it_is_swept])
def test_a_number_stands_on_the_day_on_which_its_list_has_it(world, office, story):
    """Also where the law or the slip dates it back: else the last days of a month are counted in the next one."""
    story(office)
    count_all()
    assert compare_days() == []


def test_what_was_ended_and_how_it_came_in_is_counted_also_from_before_it_was_kept(world):
    """Accepted, and neither decided, withdrawn nor revoked: without it a month does not add up."""
    case = make.accepted("retire", situations={"has_fund": True})
    actions.terminate(by=make.actor("cixi-supervisor"), application=case.pk, reason="申请人已经去世")
    make.accepted()
    moved = make.received("open-ktv", situations={"already_registered": True})
    count_all()
    ended = case.members.count()
    assert kept(board(make.actor("city-supervisor")).total, "terminated") == ended > 1
    assert compare() == compare_days() == []
    # An installation that did not keep it: counted once, at the first rollup, and what comes then as usual.
    # One that was put back to before that, and came forward again, has numbers of its first time.
    DayCount.objects.filter(name__in=[*FROM.values()]).delete()
    Progress.objects.update(terminated=False, channels=False, runs=False, instant=False, pre_checks=False, bundles=False)
    other = make.accepted()
    actions.terminate(by=make.actor("cixi-supervisor"), application=other.pk, reason="事项已经取消")
    actions.correct(by=make.actor("cixi-clerk"), application=moved.pk, reason="情形录错了", situations={"already_registered": False})
    actions.receive(by=make.actor("enterprise"), application=make.from_home(submit=False).pk)
    count_all()
    count_all()
    total = board(make.actor("city-supervisor")).total
    assert kept(total, "terminated") == ended + 1
    assert (kept(total, "from_counter"), kept(total, "from_online")) == (4, 1)
    assert compare() == compare_days() == []


def told_of_counters() -> list[tuple]:
    """What the patrol says of them: the words, and where."""
    found = [found for found in patrol()[1] if found["invariant"].startswith("supervision.")]
    return [(one["what"].partition("与")[0], one["where"], one["kept"], one["counted"]) for one in found]


def test_the_patrol_finds_a_counter_that_drifted(world):
    make.accepted(), make.received()
    count_all()
    assert told_of_counters() == []
    for name, what in (("open", "在办数"), ("checking", "待受理数")):
        row = Gauge.objects.filter(name=name, department="")
        row.update(value=7)
        assert told_of_counters() == [(what, "330282", 7, 1)]
        row.update(value=1)
    Gauge.objects.filter(name="open", department="").delete()
    assert told_of_counters() == [("在办数", "330282", 0, 1)]
    Gauge.objects.create(name="open", node="330282", value=1)
    for light in ("yellow", "red", "overdue"):
        OpenMember.objects.update(light=light)
        assert told_of_counters() == [("亮灯数", f"330282/{light}", 0, 1)]
        Gauge.objects.update_or_create(name=light, node="330282", department="", defaults={"value": 1})
        OpenMember.objects.update(light="green")
        assert told_of_counters() == [("亮灯数", f"330282/{light}", 1, 0)]
        Gauge.objects.filter(name=light).delete()
    Gauge.objects.filter(name="open").update(value=7)
    make.received()  # what has happened is not counted yet: then nothing is compared
    assert told_of_counters() == []


def test_the_board_costs_the_same_for_any_number_of_cases(world):
    from tests.applications.test_statements import cost

    actor = make.actor("city-supervisor")

    def price():
        count_all()
        return cost(lambda: board(actor, since=today() - SINCE))

    make.accepted()
    price()
    few = price()
    for _ in range(5):
        make.accepted()
    make.accepted("tobacco-retail-licence", by="city-clerk")
    assert price() == few <= 6


def test_a_supervisor_sees_his_nodes(world):
    make.accepted()
    make.accepted("tobacco-retail-licence", by="city-clerk")
    count_all()
    own, city = board(make.actor("cixi-supervisor")), board(make.actor("city-supervisor"))
    assert (kept(own.total, "received"), [line.code for line in own.nodes]) == (1, ["330282"])
    assert (kept(city.total, "received"), {line.code for line in city.nodes}) == (2, {"330282", "330200"})
    assert compare("cixi-supervisor") == []
    for name in ("cixi-clerk", "scjg-head", "cixi-admin", "cixi-auditor", "citizen"):
        with pytest.raises(Forbidden):
            board(make.actor(name))
        with pytest.raises(Forbidden):
            rows(make.actor(name), "received", since=today(), until=today())
    with pytest.raises(Forbidden):
        board(make.actor("cixi-supervisor"), node="330200")
    with pytest.raises(Forbidden):
        rows(make.actor("cixi-supervisor"), "received", node="330200", since=today(), until=today())
    with pytest.raises(Refused):
        rows(make.actor("cixi-supervisor"), "magic", since=today(), until=today())


def test_on_time_and_late(world, days):
    on_time, late, moved = make.concluded(), make.concluded(), make.job_of(make.accepted())
    head, due = make.actor("scjg-head"), Member.objects.get(pk=late.member_id).due_on
    days.at(due)
    actions.decide(by=head, job=on_time.pk, decision="grant")  # on the last day
    days.pass_over(due)
    count_all()
    city = make.actor("city-supervisor")
    assert kept(board(city).total, "overdue") == 2
    actions.decide(by=head, job=late.pk, decision="grant")
    actions.return_to_router(by=make.actor("scjg-reviewer"), job=moved.pk, reason="不属本部门职责")  # its light goes along
    actions.reroute(by=make.actor("cixi-supervisor"), job=moved.pk, department="wsjs", reason="属于该部门职责")
    count_all()
    line = board(city, since=today() - SINCE).total
    assert (kept(line, "on_time"), kept(line, "late"), kept(line, "overdue"), kept(line, "open")) == (1, 1, 1, 1)
    assert line.on_time_percent == "50.0%"
    assert compare() == []
    assert Application.objects.filter(state="done").count() == 2
    assert connection.in_atomic_block is False


def test_a_township_s_counter_counts_what_its_list_shows_and_the_node_s_the_whole(django_assert_num_queries):
    make.accepted()
    make.received()
    count_all()
    clerk = make.actor("cixi-clerk")
    whole = {"checking": 1, "open": 1, "yellow": 0, "red": 0, "overdue": 0}
    assert counts_of(clerk) == whole
    township = replace(clerk, posts=tuple(replace(post, region="330282004") for post in clerk.posts))
    assert not any(counts_of(township).values())
    Application.objects.filter(state="received").update(region="330282004")
    with django_assert_num_queries(2):
        assert counts_of(township) == {**whole, "open": 0}
    assert counts_of(replace(clerk, posts=clerk.posts + township.posts)) == whole
    reviewer = make.actor("scjg-reviewer")
    assert counts_of(reviewer) == {**whole, "checking": 0}, "of what is not accepted yet it is shown no case"
    for counter in (clerk, township):  # who holds both posts has each case once
        both = replace(counter, posts=counter.posts + reviewer.posts)
        assert counts_of(both) == whole


def test_a_hand_over_that_was_taken_back_is_not_counted():
    member = make.collected()
    count_all()
    line = HandOver.objects.get()
    actions.take_back(by=make.actor("cixi-issue"), hand_over=line.pk, reason="交给了同名的人")
    count_all()
    assert kept(board(make.actor("city-supervisor")).total, "collected") == 0
    assert compare() == [] and compare_days() == [] and member.pk == line.members[0]
