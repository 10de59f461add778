"""Red and yellow cards and reminders: once for a clock and light, however often it is told; answered, withdrawn, lapsed."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django_fsm import can_proceed

from apps.applications import tracking
from apps.applications.actions import accept, decide, extend, pause, resume, return_to_router, serve_pause, withdraw
from apps.applications.models import Application
from apps.applications.queries_clocks import concerned
from apps.deadlines.actions import set_exception, withdraw_exception
from apps.deadlines.models import CardRule, Clock, LocalException
from apps.deadlines.queries import calendar, shelf
from apps.directory.models import Message, Post
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import now, today
from apps.supervision import actions, handlers, queries_cards
from apps.supervision.models import Card
from apps.supervision.policy import CARD_VERBS
from tests import make
from tests.applications.cast import cast
from tests.applications.test_run_bundle import BIG
from tests.people import nothing_written
from tests.threads import together

LIFE = {
    "give": ("due lapsed", "given"),
    "announce": ("due lapsed", "announced"),
    "answer": ("given", "answered"),
    "withdraw": ("given answered", "withdrawn"),
    "lapse": ("given announced answered", "lapsed"),
}
HANDS = {"give": "", "announce": "", "lapse": "", "answer": "head", "withdraw": "supervisor city_supervisor"}
EYES = "reviewer reviewer2 head supervisor city_supervisor"


def told(username: str) -> list[str]:
    """The titles of what was said of cards, without the number of the case."""
    rows = Message.objects.filter(user=make.user(username), kind="card").order_by("pk")
    return [row.title.rpartition("：")[0] for row in rows]


def decision_clock(case) -> Clock:
    return Clock.objects.get(root_id=case.pk, kind="decision")


def test_each_light_brings_one_card_and_those_concerned_are_told(world, days):
    case = make.claimed().application
    clock = decision_clock(case)
    for day, light, form in (
        (clock.yellow_on, "yellow", "yellow"),
        (clock.red_on, "red", "red"),
        (clock.due_on + timedelta(days=1), "overdue", "red"),
    ):
        days.pass_to(day)
        days.work()
        event = Event.objects.filter(chain=clock.chain).latest("pk")
        with nothing_written(Card, Message):
            handlers.light_turned(event)  # delivered once more
        card = Card.objects.get(clock=clock, light=light)
        assert (card.form, card.state, card.department_id, card.due_on) == (form, "given", "scjg", clock.due_on)
    assert Card.objects.filter(kind="decision").count() == 3
    assert Event.objects.filter(name="card.give").count() == 3
    for username in ("scjg-head", "scjg-reviewer", "cixi-supervisor"):
        assert [title for title in told(username) if title != "提醒"] == ["黄牌", "红牌", "红牌"], username
    assert told("scjg-reviewer2") == told("wsjs-head") == told("city-supervisor") == []
    message = Message.objects.filter(user=make.user("scjg-head"), title__startswith="黄牌").get()
    assert "审批期限临期" in message.text and message.link == f"/cards/{Card.objects.order_by('pk')[0].pk}/"
    assert verify() == Event.objects.count()


def test_a_late_event_and_a_kind_without_a_rule_bring_nothing(world, days):
    case = make.accepted()
    clock = decision_clock(case)
    with nothing_written(Card, Message):
        given = {"clock": clock.pk, "due_on": clock.due_on}
        assert actions.give_card(light="red", **given) is None  # it is green by now
        Clock.objects.filter(pk=clock.pk).update(light="red", kind="rectify")
        assert actions.give_card(light="red", **given) is None
    Clock.objects.filter(pk=clock.pk).update(light="overdue", kind="decision")
    assert actions.give_card(light="red", **given).state == "given"  # it was red before, and somebody has to say why
    rule = shelf().card_rule("decision", "red", today())
    assert (rule.gives, rule.source[:2]) == ("red", "中心")
    assert shelf().card_rule("decision", "red", rule.valid_from - timedelta(days=1)) is None
    assert CardRule.objects.filter(valid_to=None).count() == CardRule.objects.count()


def test_what_was_handed_back_is_told_to_who_sends_it_on_and_to_who_answers_for_it(world):
    case = make.accepted()
    return_to_router(by=make.actor("scjg-reviewer"), job=make.job_of(case).pk, reason="不属市场监管局职责")
    make.carded(case)
    assert told("scjg-head") == told("cixi-supervisor") == ["红牌"] and told("scjg-reviewer") == []
    word = Message.objects.get(user=make.user("cixi-supervisor"), kind="card")
    assert word.text.endswith("部门已经退回，请监督人员尽快重新分办。请部门负责人写明原因。")


def test_what_lies_at_the_counter_is_told_to_its_clerk_and_to_all_where_he_is_away(world):
    case, clerks = make.received(), [make.user(name).pk for name in ("cixi-clerk", "cixi-clerk2")]
    assert concerned(case, None) == [case.clerk_id] == clerks[:1]
    case.clerk_id = None  # handed in from home
    assert concerned(case, None) == clerks
    case.clerk_id = clerks[0]
    Post.objects.filter(user=clerks[0]).update(ended_at=now())
    assert concerned(case, None) == clerks[1:]


def test_steps_and_notices_are_only_announced(world, days):
    silent = make.received()
    notice = Clock.objects.get(root_id=silent.pk, kind="notice")
    days.pass_to(notice.red_on)
    card = Card.objects.get(clock=notice)
    assert (card.form, card.light, card.state, card.department) == ("alert", "red", "announced", None)
    assert told("cixi-clerk") == told("cixi-supervisor") == ["提醒"]
    message = Message.objects.get(user=make.user("cixi-clerk"), kind="card")
    assert (message.root_id, message.link) == (silent.pk, "")  # a card of no department is not the clerk's to open
    days.pass_over(notice.due_on)
    assert Application.objects.get(pk=silent.pk).deemed
    assert told("cixi-supervisor") == ["提醒", "提醒"]
    step = Clock.objects.filter(root_id=silent.pk, kind="step").first()
    if step is None or step.due_on <= today():
        step = Clock.objects.get(root_id=make.claimed().application_id, kind="step")
    days.pass_over(step.due_on)
    days.work()
    alert = Card.objects.get(clock=step)
    assert (alert.form, alert.light, alert.state) == ("alert", "overdue", "announced")
    assert "提醒" in told("scjg-head")
    with nothing_written(Card), pytest.raises(WrongState):
        actions.answer_card(by=make.actor("scjg-head"), card=alert.pk, reason="正在抓紧办理")


def test_a_result_that_is_not_served_in_time_is_told_to_the_desk_where_it_lies(world, days):
    """The department's heads and the supervisor heard of it, and nobody who could hand it out."""
    member = make.sealed()
    clock = Clock.objects.get(root_id=member.application_id, kind="delivery")
    days.pass_over(clock.due_on)
    card = Card.objects.get(clock=clock)
    assert (card.form, card.light) == ("alert", "overdue")
    assert "提醒" in told("scjg-head") and told("cixi-issue") == ["提醒"]
    message = Message.objects.get(user=make.user("cixi-issue"), kind="card")
    assert "领取" in message.text and (message.root_id, message.link) == (member.application_id, "")
    handlers.light_turned(Event.objects.filter(name="clock.lapse", facts__kind="delivery").latest("id"))
    assert told("cixi-issue") == ["提醒"]


def test_a_reminder_is_open_as_long_as_its_clock_runs(world, days):
    """It owes no reason: else the board's number of them only ever grew. The list without a filter keeps it."""
    supervisor = make.actor("cixi-supervisor")

    def open_ones():
        listed = queries_cards.cards(supervisor, state="open", form="alert").count()
        assert queries_cards.waiting(supervisor)["alert"] == listed
        return listed

    case = make.received()
    notice = Clock.objects.get(root_id=case.pk, kind="notice")
    days.pass_to(notice.red_on)
    assert open_ones() == 1
    slow = make.concluded()
    accepted = accept(by=make.actor("cixi-clerk"), application=case.pk)
    assert open_ones() == 0 and accepted.state == "in_progress"
    step = Clock.objects.filter(root_id=slow.application_id, kind="step").latest("pk")
    days.pass_over(step.due_on)
    mine = queries_cards.cards(supervisor, state="open", form="alert").filter(application=slow.application_id)
    assert open_ones() >= mine.count() == 1
    decide(by=make.actor("scjg-head"), job=slow.pk, decision="grant")
    assert not mine.exists()
    assert queries_cards.cards(supervisor, form="alert").filter(application=slow.application_id).count() == 1
    owed = queries_cards.cards(supervisor, state="open").filter(application=slow.application_id)
    assert {card.form for card in owed} <= {"yellow", "red"}  # a decision ends no card


def test_a_recount_that_moves_the_day_takes_the_card_back_and_gives_it_again(world, days):
    case = make.claimed().application
    clock = decision_clock(case)
    days.pass_to(clock.yellow_on)
    head = make.actor("scjg-head")
    card = Card.objects.get()
    actions.answer_card(by=head, card=card.pk, reason="等待检测报告")
    with nothing_written(Card, Message):
        assert actions.lapse_cards(clock=clock.pk, why="重新计算") == 0  # the light is what it was
    closed = set_exception(by=make.actor("cixi-admin"), region="330282", day=today(), working=False, reason="台风停业")
    days.work()
    moved = decision_clock(case)
    assert moved.due_on > clock.due_on and moved.light == "green"
    card = Card.objects.get()
    assert card.state == "lapsed" and "台风停业" in card.end_reason
    Card.objects.update(due_on=moved.due_on)
    assert told("scjg-head") == ["黄牌", "黄牌已失效"]
    withdraw_exception(by=make.actor("cixi-admin"), exception=closed.pk, reason="台风转向")
    days.work()
    days.work()
    card = Card.objects.get()
    assert (card.state, card.reason, card.answered_at, card.due_on) == ("given", "", None, clock.due_on)
    assert Card.objects.count() == 1 and told("scjg-head") == ["黄牌", "黄牌已失效", "黄牌"]
    assert told("cixi-supervisor") == ["黄牌", "黄牌已说明", "黄牌已失效", "黄牌"]
    days.pass_to(working_day_after(today()))
    set_exception(by=SYSTEM, region="330282", day=working_day_after(today()), working=False, reason="又停业")
    days.work()
    last = decision_clock(case).due_on
    assert decision_clock(case).light == "yellow" and Card.objects.get().due_on == last > clock.due_on
    extend(by=head, job=make.job_of(case).pk, days=10, reason="需要现场核查")
    withdraw_exception(by=SYSTEM, exception=LocalException.objects.latest("pk").pk, reason="照常上班")
    days.work()
    standing = Card.objects.get()  # called for all the same, before there were more days
    assert decision_clock(case).light == "green" and (standing.state, standing.due_on) == ("given", clock.due_on)


def working_day_after(day):
    return calendar(region="330282").add_working_days(day, 1).due


def test_an_end_recorded_late_brings_the_card_that_its_day_called_for(world, days):
    """The procedure ended long ago: its clock is over the day at once, and no sweep would find it any more."""
    job = make.claimed()
    head, begun = make.actor("scjg-head"), today()
    pause(by=head, job=job.pk, **make.TESTING)
    assert not Event.objects.filter(name__startswith="clock.turn").exists()
    days.pass_to(begun + timedelta(days=60))
    resume(by=head, job=job.pk, on=begun + timedelta(days=1))
    clock = decision_clock(job.application)
    assert clock.due_on < today()
    days.work()
    card = Card.objects.get(clock=clock)
    assert (card.light, card.form, card.state, card.due_on) == ("overdue", "red", "given", clock.due_on)
    assert told("scjg-head") == ["红牌", "提醒"]  # the reviewer's step is over as well
    days.pass_over(today())
    assert Card.objects.filter(clock=clock).count() == Event.objects.filter(chain=clock.chain).count() == 1
    assert verify() == Event.objects.count()


def test_a_decision_before_the_next_sweep_hides_no_lateness(world, days):
    job = make.concluded()
    clock = decision_clock(job.application)
    days.after(clock.due_on, 0)  # just after midnight: nobody has swept
    decide(by=make.actor("scjg-head"), job=job.pk, decision="grant", reason="材料齐全，同意审查意见。")
    days.work()
    clock = decision_clock(job.application)
    assert (clock.state, clock.outcome, clock.light) == ("stopped", "overdue_promised", "overdue")
    card = Card.objects.get(clock=clock)
    assert (card.light, card.form, card.state) == ("overdue", "red", "given")
    days.work()
    assert Event.objects.filter(chain=clock.chain).count() == 1


def test_nor_does_the_end_of_a_one_thing(world, days):
    case = make.accepted("open-restaurant", situations=BIG)
    promise = Clock.objects.get(root_id=case.pk, kind="bundle")
    days.after(promise.due_on, 0)
    withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="不办了")
    days.work()
    card = Card.objects.get(clock=promise)
    assert (card.light, card.form, card.state, card.department_id) == ("overdue", "red", "given", case.lead)
    assert Application.objects.get(pk=case.pk).light == "green"


def test_a_light_that_comes_back_after_a_pause_brings_no_second_card(world, days):
    job = make.claimed()
    head, clock = make.actor("scjg-head"), decision_clock(job.application)
    days.pass_to(clock.red_on)
    pause(by=head, job=job.pk, **make.TESTING)
    days.pass_to(today() + timedelta(days=20))
    resume(by=head, job=job.pk)
    days.work()
    assert decision_clock(job.application).light == "red"
    assert list(Card.objects.filter(kind="decision").values_list("light", flat=True)) == ["red"]
    assert told("scjg-head").count("红牌") == 1


@pytest.mark.parametrize(("days_before", "state"), [(1, "lapsed"), (0, "given")])
def test_a_notice_served_before_takes_back_what_was_given_until_somebody_recorded_it(world, days, days_before, state):
    """By law the time stood still: that day was never near."""
    job = make.claimed()
    clock = decision_clock(job.application)
    pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING, service="later")
    days.pass_to(clock.yellow_on)
    on = clock.yellow_on - timedelta(days=days_before)
    days.after(today())
    serve_pause(by=make.actor("scjg-reviewer"), job=job.pk, method="mail", on=on)
    days.work()
    card = Card.objects.get(clock=clock)
    assert (card.light, card.state, "送达" in card.end_reason) == ("yellow", state, state == "lapsed")


def test_answered_by_the_head_withdrawn_by_the_supervisor(world):
    case = make.claimed().application
    card = make.carded(case)
    head, supervisor = make.actor("scjg-head"), make.actor("cixi-supervisor")
    for reason in ("", "  忙 ", "长" * 501):
        with nothing_written(Card), pytest.raises(Refused) as refused:
            actions.answer_card(by=head, card=card.pk, reason=reason)
        assert refused.value.field == "reason" and "4 至 500" in refused.value.message
    row = actions.answer_card(by=head, card=card.pk, reason="等待检测报告，下周一前办结")
    assert (row.state, row.answered_by) == ("answered", head.name)
    assert told("cixi-supervisor") == ["红牌", "红牌已说明"]
    with nothing_written(Card), pytest.raises(WrongState):
        actions.answer_card(by=head, card=card.pk, reason="再说明一次")
    with nothing_written(Card), pytest.raises(Refused):
        actions.withdraw_card(by=supervisor, card=card.pk, reason="可")
    row = actions.withdraw_card(by=supervisor, card=card.pk, reason="检测机构原因，予以撤销")
    assert (row.state, row.reason[:4], row.end_reason[:4]) == ("withdrawn", "等待检测", "检测机构")
    assert told("scjg-head") == told("scjg-reviewer") == ["红牌", "红牌已撤销"]
    assert queries_cards.waiting(supervisor) == {"yellow": 0, "red": 0, "alert": 0}
    # Withdrawn is withdrawn: the light told again brings nothing.
    with nothing_written(Card, Message):
        actions.give_card(clock=card.clock_id, light="red", due_on=card.due_on)


def test_every_role_and_every_verb(world):
    """404 for whom the card does not exist, 403 for whom it is not his; a denied act leaves nothing."""
    assert set(CARD_VERBS) == set(HANDS)
    card = make.carded(make.claimed().application)
    acts = {"answer": actions.answer_card, "withdraw": actions.withdraw_card}
    for name, actor in cast().items():
        seen = name in EYES.split() or name == "system"
        listed = Card.objects.filter(queries_cards.scope_cards(actor)).exists()
        assert listed == seen, name
        for verb, hands in HANDS.items():
            answer = "yes"
            try:
                card.policy(actor, verb, card)
            except NotYours:
                answer = "404"
            except Forbidden:
                answer = "403"
            if name == "system":
                assert answer == ("yes" if "system" in CARD_VERBS[verb] else "403"), verb
            else:
                assert answer == ("404" if not seen else "yes" if name in hands.split() else "403"), (name, verb)
            if answer != "yes" and verb in acts:
                with nothing_written(Card), pytest.raises((NotYours, Forbidden)):
                    acts[verb](by=actor, card=card.pk, reason="写明的理由")


def test_every_state_and_every_move(world):
    states = list(Card.State.values)
    lawful = {(source, target) for sources, target in LIFE.values() for source in sources.split()}
    for verb, (sources, _) in LIFE.items():
        for state in states:
            assert can_proceed(getattr(Card(state=state), verb), check_conditions=False) == (state in sources.split())
    card = make.carded(make.claimed().application)
    Card.objects.filter(pk=card.pk).update(reason="原因", end_reason="原因")
    for source, target in (("given", "announced"), ("given", "due")):
        assert (source, target) not in lawful
        with pytest.raises(DatabaseError), transaction.atomic():
            Card.objects.filter(pk=card.pk).update(state=target)


@pytest.mark.usefixtures("transactional_db")
def test_told_by_two_workers_at_once_it_is_given_once(world):
    case = make.claimed().application
    clock = decision_clock(case)
    Clock.objects.filter(pk=clock.pk).update(light="yellow")
    given = {"clock": clock.pk, "light": "yellow", "due_on": clock.due_on}
    found = together(*[lambda: actions.give_card(**given)] * 4)
    assert not [answer for answer in found if isinstance(answer, Exception)]
    assert sum(answer is not None for answer in found) == Card.objects.count() == 1
    assert told("scjg-head") == ["黄牌"]


@pytest.mark.parametrize(("moment", "titles"), [("2026-09-30", 0), ("2026-10-01", 1)])
def test_the_city_is_told_once_that_next_years_notice_is_missing(world, time_machine, moment, titles):
    time_machine.move_to(f"{moment}T04:00:00Z")
    Post.objects.update(valid_from="2017-04-01")
    for _ in range(3):
        actions.warn_of_missing_notice()
    rows = Message.objects.filter(kind="calendar")
    assert rows.count() == titles
    for row in rows:
        assert row.user == make.user("city-admin") and row.link == "/calendar/publish/" and "2027" in row.title


@pytest.mark.parametrize("light", ["red", "overdue"])
def test_why_a_published_time_was_overrun_is_told_to_everybody_who_may_follow_the_case(world, light):
    """优化营商环境条例第四十三条; what the head says before it is overrun stays between him and the supervisor."""
    card = make.carded(make.claimed().application, light)
    actions.answer_card(by=make.actor("scjg-head"), card=card.pk, reason="检测机构的报告晚到，下周一前办结")
    story = tracking.track(card.application.number, make.MOBILE).story
    told = [one.detail for one in story if one.title == "超期的原因"]
    assert [("晚到" in words, f"{card.due_on:%Y年%-m月%-d日}" in words) for words in told] == [(True, True)] * (light == "overdue")


def test_what_the_law_ended_on_its_last_day_was_not_late(world, days):
    """Five days for both, as the centre's standard gives them: nothing was left that the head could have decided in time."""
    case = make.accepted("construction-permit", gaps=["capital_proof"])
    clock = Clock.objects.get(root_id=case.pk, kind="decision")
    assert make.member_of(case).gap_cure_by == clock.due_on
    days.pass_over(clock.due_on)
    clock.refresh_from_db(from_queryset=Clock.objects)
    assert (make.member_of(case).state, clock.outcome) == ("acceptance_revoked", "on_time")
    assert not Card.objects.filter(light="overdue").exists()
