"""What the watch writes: cards and reminders, the yearly alarm; and what a supervisor may mend."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q

from apps.applications import whole
from apps.applications.models import Application, Member
from apps.applications.queries_clocks import concerned, member_of, routing
from apps.deadlines.models import CardRule, Clock
from apps.deadlines.queries import missing_notice, shelf
from apps.deadlines.queries_why import recounted
from apps.directory.actions import tell
from apps.directory.queries import clerks_at, holders, manned, nodes, overseers
from apps.directory.queries_people import unmanned
from apps.journal.actor import SYSTEM, Actor
from apps.journal.delivering import retry_stuck
from apps.journal.door import Action, action
from apps.kit.days import day_cn
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.time import beijing_date, now, today

from . import queries
from .models import Card

ANEW = ("due_on", "department", "form", "basis")  # of a card that is given again
SHORTEST_REASON = 4
ONE_DAY = timedelta(days=1)


def give_card(*, clock: int, light: str, due_on: date) -> Card | None:
    """What the rule of the day on which a clock's light turned wants, whenever that is told; None: nothing, or no more.

    Once for a clock and light, under the case's lock and the clock's, in the order of every act on a case: told again it
    changes nothing. A card that lapsed is given anew when its light has turned anew.
    """
    with action(SYSTEM) as act:
        kind, root, yellow_on, red_on = Clock.objects.values_list("kind", "root_id", "yellow_on", "red_on").get(pk=clock)
        turned = {"yellow": yellow_on, "red": red_on, "overdue": due_on + ONE_DAY}[light]
        rule = shelf().card_rule(kind, light, turned or today())
        if rule is None:
            return None
        case = act.lock(Application, root)
        row = act.lock(Clock, clock)
        if not _holds(light, row) or (row.stopped_on and turned and row.stopped_on < turned):  # the law had ended it before that day
            return None
        card, wanted = Card.objects.filter(clock=row, light=light).first(), _card(case, row, light, due_on, rule)
        if card is None:
            card = act.create(wanted)
        else:
            card = act.lock(Card, card.pk)
            if card.state != Card.State.LAPSED:
                return None
            for field in ANEW:  # the work may be another department's by now
                setattr(card, field, getattr(wanted, field))
            act.save(card, *ANEW)
        wants_reason = card.form != Card.Form.ALERT
        facts = {"light": light, "form": card.form, "due_on": due_on, "root": row.root_id}
        act.move(card, "give" if wants_reason else "announce", at=now(), facts=facts)
        cure = "请部门负责人写明原因。" if wants_reason else "请尽快办理。"
        if routing(row):
            cure = f"部门已经退回，请监督人员尽快重新分办。{cure if wants_reason else ''}"
        _tell(act, card, f"{card.get_form_display()}：", f"{day_cn(due_on)}到期。{cure}", desks=True, supervisors=True)
        if kind == Clock.Kind.DELIVERY and (member := member_of(row)).state not in whole.NOT_YET_AT_THE_DESK:
            _tell_desk(act, card, due_on, on_its_way=member.state == Member.State.DISPATCHED)
    return card


def _card(application: Application, clock: Clock, light: str, due_on: date, rule: CardRule) -> Card:
    member = member_of(clock)
    department = clock.department or (member.department_id if member else application.lead) or None
    return Card(
        clock=clock,
        light=light,
        form=rule.gives if department else Card.Form.ALERT,  # nobody could answer
        kind=clock.kind,
        application=application,
        name=member.name if member else application.name,
        node_id=application.node_id,
        department_id=department,
        due_on=due_on,
        basis=rule.source,
    )


def _holds(light: str, clock: Clock) -> bool:
    if light == Clock.Light.OVERDUE and clock.outcome == "on_time":
        return False  # it had ended by its last day
    order = Clock.RISING
    return order.index(clock.light) >= order.index(light)


def lapse_cards(*, clock: int, why: str) -> int:
    """The clock's days were counted again: cards whose light it shows no more lapse, the others tell the new day. Returns how many lapsed.
    One that was called for by the new calendar, too, stands: that its light went out later (an extension) is no doing of the calendar."""
    standing = Card.objects.filter(clock=clock, state__in=Card.STANDING).order_by("pk").values_list("pk", flat=True)
    pks = list(standing)
    if not pks:
        return 0
    with action(SYSTEM) as act:
        row = act.lock(Clock, clock)
        locked = [act.lock(Card, pk) for pk in pks]
        known = {card: recounted(row, beijing_date(card.given_at)) for card in locked if card.state in Card.STANDING}
        cards = [card for card, then in known.items() if not _holds(card.light, row) and not _holds(card.light, then)]
        for card in cards:
            act.move(card, "lapse", why=why[:500], at=now())
            day = f"期限改为{day_cn(row.due_on)}" if row.due_on else "期限已经改变"
            _tell(act, card, f"{card.get_form_display()}已失效：", f"{day}，不用再说明。", desks=True, supervisors=True)
        for card, then in known.items():
            last = then.due_on or then.ran_out_on
            if card not in cards and last not in (None, card.due_on):
                card.due_on = last
                act.save(card, "due_on")
    return len(cards)


def answer_card(*, by: Actor, card: int, reason: str) -> Card:
    """The head of the department says why. Raises NotYours, Forbidden, WrongState, Refused."""
    with action(by) as act:
        known = Card.objects.select_related("clock").filter(pk=card).first()
        case = act.lock(Application, known.application_id) if known and told_to_applicant(known) else None  # before the card, as always
        row = act.lock(Card, card)
        act.allow("answer", row)
        act.move(row, "answer", reason=_reason(reason, "请写明原因"), who=by.name, at=now())
        if case is not None:
            act.record(case, "explain_overrun", item=row.name, due_on=row.due_on, reason=row.reason)
        _tell(act, row, f"{row.get_form_display()}已说明：", "请看部门的说明。", supervisors=True)
    return row


def hand_on_cards(*, application: int, left: str, member: int, leads: bool) -> int:
    """What `left` was reminded of for this item, and for the whole where it `leads` no more, goes to who has that now, as long as its time
    runs. So do the reasons that it owes where nobody is left there: otherwise nobody could give one. Who goes on answers for what was late
    with it, be its head still to come. Returns how many."""
    states = [Card.State.ANNOUNCED, *([] if manned(left) else [Card.State.GIVEN])]
    rows = Card.objects.filter(application=application, department=left, state__in=states)
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    if not pks:
        return 0
    done = 0
    with action(SYSTEM) as act:
        case = act.lock(Application, application)
        for card in [act.lock(Card, pk) for pk in pks]:
            of, owed = member_of(card.clock), card.state == Card.State.GIVEN
            mine = leads if of is None else of.pk == member
            taker = case.lead if of is None else of.department_id  # told late, it may have gone on from there
            over = not owed and card.clock.state == Clock.State.STOPPED
            if card.state not in states or card.department_id != left or not mine or over or taker in ("", left):
                continue
            card.department_id = taker
            act.save(card, "department")
            act.record(card, "hand_on", before=left, department=taker)
            then = "原承办部门已经没有人在岗，请接办部门的负责人写明原因。" if owed else f"{day_cn(card.due_on)}到期。请尽快办理。"
            _tell(act, card, f"{card.get_form_display()}：", then, desks=True, supervisors=owed)
            done += 1
    return done


def hand_on_owed() -> int:
    """Who was still left there when the work went on may have gone since. Returns how many."""
    gone = unmanned("head").filter(pk__in=unmanned("reviewer").values("pk"))
    elsewhere = Member.objects.filter(pk=OuterRef("clock__subject_id")).exclude(department=OuterRef("department"))
    item = Q(clock__subject_type="member") & Exists(elsewhere)
    whole = Q(kind=Clock.Kind.BUNDLE) & ~Q(application__lead=F("department"))
    done = 0
    for card in Card.objects.filter(item | whole, state=Card.State.GIVEN, department__in=gone).select_related("clock").order_by("pk"):
        of = member_of(card.clock)
        about = {"member": of.pk if of else 0, "leads": of is None}
        done += hand_on_cards(application=card.application_id, left=card.department_id, **about)
    return done


def told_to_applicant(card: Card) -> bool:
    """The overrun of a published time is publicly explained (优化营商环境条例第四十三条): the head's words stand in the case's story too."""
    return card.light == Clock.Light.OVERDUE and card.kind in (Clock.Kind.DECISION, Clock.Kind.BUNDLE)


def withdraw_card(*, by: Actor, card: int, reason: str) -> Card:
    """The supervisor takes a card back. Raises NotYours, Forbidden, WrongState, Refused."""
    with action(by) as act:
        row = act.lock(Card, card)
        act.allow("withdraw", row)
        act.move(row, "withdraw", reason=_reason(reason, "请写明为什么撤销"), at=now())
        _tell(act, row, f"{row.get_form_display()}已撤销：", "不用再说明。", desks=True)
    return row


def _reason(text: str, wanted: str) -> str:
    """Raises Refused."""
    text = text.strip()
    if not SHORTEST_REASON <= len(text) <= 500:
        raise Refused("card.reason", f"{wanted}（{SHORTEST_REASON} 至 500 个字）。", "reason")
    return text


def _tell(act: Action, card: Card, title: str, then: str, *, desks: bool = False, supervisors: bool = False) -> None:
    """Once for each of the card's moves, to those whom it concerns."""
    users: list[int | None] = []
    if desks:
        users += concerned(card.application, member_of(card.clock), card.department_id or "")
    if supervisors:
        users += overseers(card.node_id, card.department_id)
    tell(
        act,
        users=users,
        kind="card",
        title=f"{title}{card.application.number}",
        text=f"“{card.name}”的{card.step}，{then}",
        key=f"card:{card.pk}:{card.chain_seq}",
        link=f"/cards/{card.pk}/" if card.department_id else "",
        root_id=card.application_id,
    )


def _tell_desk(act: Action, card: Card, due_on: date, *, on_its_way: bool) -> None:
    """What has to be served lies at the issue desk, to which a department's card is not open, or a courier has it, whom only the desk asks."""
    case = card.application
    cure = "已经交寄，还没有签收：请向快递公司核实，并登记签收或者退回。" if on_its_way else "请尽快通知办事人领取，或者寄出、送达。"
    tell(
        act,
        users=clerks_at(case.node_id, case.region_id, "issue_clerk"),
        kind="card",
        title=f"{card.get_form_display()}：{case.number}",
        text=f"“{card.name}”的{card.step}，{day_cn(due_on)}到期。{cure}",
        key=f"card:{card.pk}:{card.chain_seq}:desk",
        root_id=case.pk,
    )


def warn_of_missing_notice() -> int | None:
    """The year whose holiday notice is missing; the city's node administrators are told once for that year."""
    year = missing_notice()
    if year is not None:
        cities = [node.code for node in nodes() if node.code.endswith("00")]
        with action(SYSTEM) as act:
            tell(
                act,
                users=[pk for city in cities for pk in holders("node_admin", node=city)],
                kind="calendar",
                title=f"{year} 年的放假通知还没有载入",
                text="跨入该年的期限都是推定的。通知公布后请发布，办理中的期限会自动重算。",
                key=f"missing_notice:{year}",
                link="/calendar/publish/",
            )
    return year


def examine_again(*, by: Actor) -> int:
    """The scanner is back: what waits for its verdict is asked about now and not when its turn comes. How many. Raises Forbidden."""
    return sum(rows.update(next_scan_at=now()) for rows in queries.silent_files(by).values())


def retry(*, by: Actor, delivery: int) -> None:
    """Put a stuck delivery back in line, after its cause was mended. Raises NotYours, Forbidden; WrongState where a colleague was quicker."""
    if not queries.deliveries(by).filter(pk=delivery).exists():
        raise NotYours
    retry_stuck(delivery, by=by)


def retry_all(*, by: Actor, most: int = 500) -> int:
    """The oldest of them, when their cause is mended: a disk that was full over a night leaves a paper of each case. Returns how many.
    Raises Forbidden."""
    done = 0
    for pk in list(queries.stuck(by).values_list("pk", flat=True)[:most]):
        with suppress(NotYours, WrongState):  # another supervisor was quicker
            retry(by=by, delivery=pk)
            done += 1
    return done
