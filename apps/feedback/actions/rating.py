"""Rating an event of a case, rating again after it was set right, complaining: all by the citizen himself."""

from __future__ import annotations

from dataclasses import replace

from django.db import connection

from apps.applications.models import Application
from apps.applications.sight import sees
from apps.deadlines.actions import by_law, start_clocks
from apps.directory import queries as directory
from apps.directory.actions import tell
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState, raise_all
from apps.kit.time import beijing_date, today

from .. import policy, scale
from ..models import Rating, Rectification
from ..queries import occasions, unit_of, units_of

ANONYMOUS = "匿名"
SHORTEST, LONGEST, COMPLAINTS_AT_ONCE = 4, 500, 3  # letters


def rate(
    *, by: Actor, application: int, step: str, level: int, tags: list[str], text: str = "", anonymous: bool = False
) -> Rating:
    """One rating of one event (浙江 2019: one case one rating, voluntary). A bad one becomes a letter to the unit, with its day.

    `step`: "intake", "result", or of a visit "visit-<inspection>-<round>" (queries.occasions).
    `level` 1 (very satisfied) … 5; `tags` in force today and of the level's side. Raises Refused, WrongState for an event that
    has not come or is rated already, NotYours, Forbidden for staff.
    """
    errors = []
    if level not in scale.levels():
        errors.append(Refused("rating.level", "请从五个等级里选一个。", "level"))
    elif unfit := set(tags) - scale.tags(today(), good=not scale.is_bad(level), step=step.partition("-")[0]).keys():
        named = "、".join(scale.tag_names(sorted(unfit)))
        errors.append(Refused("rating.tags", f"“{named}”和所选的等级对不上，请重新勾选原因。", "tags"))
    if len(text.strip()) > LONGEST:
        errors.append(Refused("rating.text", f"说明最多 {LONGEST} 字。", "text"))
    if not errors and scale.is_bad(level) and not tags and len(text.strip()) < SHORTEST:
        errors.append(Refused("rating.reason", f"不满意的，请勾选原因，或者写清楚为什么（至少 {SHORTEST} 个字），方便整改。", "tags"))
    raise_all(errors)
    me = _citizen(by)
    with action(_shown(by, anonymous)) as act:
        case = _case(act, by, application)
        event = next((one for one in occasions(case) if one.name == step), None)
        if event is None:
            raise WrongState("这个环节还没有办到，暂时不能评价。")
        about = {"step": event.step, "inspection_id": event.inspection, "round": event.round}
        if given := Rating.objects.filter(application=case, **about).first():
            again = "；整改以后可以再评一次" if scale.is_bad(given.level) and given.counts and given.again is None and given.party_id == me else ""
            raise WrongState(f"这个环节已经评价过{again}。")
        row = Rating(
            application=case,
            **about,
            party_id=me,
            anonymous=anonymous,
            level=level,
            tags=list(dict.fromkeys(tags)),
            text=text.strip(),
            node=case.node_id,
            department=event.unit,
            code=case.code,
            name=case.name,
            channel=case.channel,
        )
        act.allow("rate", row)
        act.create(row)
        act.record(row, "rate", step=step, level=level, tags=row.tags)
        count(row, 1)
        if scale.is_bad(level):
            words = "；".join([*scale.tag_names(row.tags), *([row.text] if row.text else [])])
            _open(act, case, row, Rectification.Source.RATING, words, row.department)
    return row


def rate_again(*, by: Actor, rating: int, level: int) -> Rating:
    """The follow-up rating, once, after what was bad was set right or explained.
    Raises Refused for an unknown level, WrongState before it was set right and the second time."""
    if level not in scale.levels():
        raise Refused("rating.level", "请从五个等级里选一个。", "level")
    _citizen(by)
    anonymous = Rating.objects.filter(pk=rating, anonymous=True).exists()
    with action(_shown(by, anonymous)) as act:
        row = act.lock(Rating, rating)
        act.allow("rate_again", row)
        if row.again is not None:
            raise WrongState("已经再评过一次。")
        if not row.may_follow:
            raise WrongState("整改办结以后才能再评一次。")
        row.again = level
        act.save(row, "again")
        act.record(row, "rate_again", level=level)
    return row


def complain(*, by: Actor, application: int, text: str, unit: str | None = None) -> Rectification:
    """A complaint about a case goes the way of a bad rating: letter, reply with its day, check. Raises Refused and NotYours.

    `unit` of queries.units_of: whom it is about; None = who answers for the result.
    """
    text = text.strip()
    if not 10 <= len(text) <= 1000:
        raise Refused("complaint.text", "请把情况写清楚：时间、地点、什么事（10 至 1000 字）。", "text")
    _citizen(by)
    with action(by) as act:
        case = _case(act, by, application)
        open_ones = Rectification.objects.filter(
            application=case, source=Rectification.Source.COMPLAINT, state__in=Rectification.OPEN
        )
        if open_ones.count() >= COMPLAINTS_AT_ONCE:
            raise WrongState("这个办件已有三件投诉在处理，请等答复后再提。")
        if unit is not None and unit not in units_of(case):
            raise Refused("complaint.unit", "请选择投诉的单位。", "unit")
        about = unit_of(case) if unit is None else unit
        return _open(act, case, None, Rectification.Source.COMPLAINT, text, about)


def _citizen(by: Actor) -> int:
    """His own party. Raises Forbidden for staff and strangers."""
    if by.kind != "person" or not by.party_ids:
        raise Forbidden(policy.CITIZENS_ONLY)
    return by.party_ids[0]


def _shown(by: Actor, anonymous: bool) -> Actor:
    """Who stands in the journal: of an anonymous rating nobody's name."""
    return replace(by, kind="public", id=None, name=ANONYMOUS) if anonymous else by


def _case(act: Action, by: Actor, pk: int) -> Application:
    row = act.lock(Application, pk)
    if not sees(by, row) or row.number is None:
        raise NotYours
    return row


def _open(act: Action, case: Application, rating: Rating | None, source: str, words: str, unit: str) -> Rectification:
    on = today()
    row = Rectification(
        source=source,
        rating=rating,
        application=case,
        party_id=act.by.party_ids[0],
        anonymous=bool(rating and rating.anonymous),
        node=case.node_id,
        department=unit,
        name=case.name,
        facts=words[:1000],
        opened_on=on,
        due_on=on,
    )
    if rating is None:
        act.allow("complain", row)
    act.create(row)
    about = {"subject": row, "root_id": case.pk, "region": case.node_id, "department": row.department}
    specs = [by_law(act, "rating_rectification", on=on, kind="rectify", **about)]
    if row.wants_call:
        specs.append(by_law(act, "rating_callback", on=on, kind="callback", **about))
    row.due_on = start_clocks(act, specs)[0].due_on
    act.save(row, "due_on")
    system = act.as_system()
    system.move(row, "send", facts={"source": source, "due_on": row.due_on})
    heads = directory.holders("head", department=row.department) if row.department else []
    tell(
        system,
        users=[*heads, *directory.overseers(row.node, row.department)],
        kind="feedback",
        title=f"满意度函告：{row.name}",
        text=f"收到{row.get_source_display()}，请在 {row.due_on:%Y年%-m月%-d日} 前（含当日）整改并答复。反映的问题：{words}",
        link=f"/feedback/{row.pk}/",
        key=f"rectification:{row.pk}",
    )
    return row


def count(row: Rating, by: int) -> None:
    """The kept counter of the unit's month; the caller's transaction holds the rating."""
    month = beijing_date(row.at).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO feedback_score (node, department, month, level, value) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT ON CONSTRAINT score_once DO UPDATE SET value = feedback_score.value + excluded.value
            """,
            [row.node, row.department, month, row.level, by],
        )
