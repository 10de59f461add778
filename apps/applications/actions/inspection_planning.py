"""A joint site inspection from the call for free times to the written notice (ZJR 18, XKF 34)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time

from apps.deadlines.queries import calendar, shelf_held
from apps.issuance.actions import queue_documents, void_document
from apps.issuance.models import Document
from apps.issuance.queries import current
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.time import today

from .. import papers_inspection as papers
from .. import policy_verbs, sight, visiting
from ..models import Application, Inspection, InspectionPart, Member, RectificationLine
from ..queries_inspection import arranged, taking_part
from .holding import demand_printable, demand_reason
from .inspection_clock import call_off, rest_for_visit
from .inspection_telling import awaited, tell_organiser_who_joins, tell_others, tell_who_fixes_the_day
from .waiting import demand_visit_in_time

State = Inspection.State
BADGE = re.compile(r"[A-Za-z0-9\u4e00-\u9fff()（）〔〕\[\]-]{4,30}")
MOST_OFFICERS = 8
SECOND_LOOK_STAYS = "已经提出整改内容，复查不能取消；时间有变化的，请改期。"


def plan_inspection(*, by: Actor, application: int) -> Inspection:
    """Call for one visit of every running member that still needs one; each department is asked for its free times. What the bundle joins
    and begins while the visit of the others is only arranged goes along on it (ZJR 18). Raises NotYours, WrongState."""
    with action(by) as act:
        row = act.lock(Application, application)
        if not sight.sees(by, row):
            raise NotYours
        members = list(row.members.filter(state__in=Member.UNDECIDED))
        for member in members:
            member.application = row
        visited = taking_part(row.pk)
        needed = visiting.visits(row.plan, [one for one in members if (one.pk, one.department_id) not in visited])
        mine = {post.department for post in by.posts if post.role in policy_verbs.INSPECTION_VERBS["plan"]}
        organiser, chosen = next(
            (visit for visit in needed if visit[0] in mine),
            needed[0] if needed else (min(mine, default=row.plan["lead_department"]), []),
        )
        on = today()
        inspection = Inspection(
            application=row,
            organiser_id=organiser,
            departments=sorted({member.department_id for member in chosen}),
            reply_by=_reply_by(act, row),
        )
        act.allow("plan", inspection)
        if not chosen:
            raise WrongState("没有需要安排的踏勘：事项不要求现场踏勘，或者已经安排。")
        if (going := arranged(row, chosen)) is not None:
            _go_along(act, going, chosen, mine)
            return going
        act.create(inspection)
        parts = _ask(inspection, {d: [m.pk for m in chosen if m.department_id == d] for d in inspection.departments})
        act.record(inspection, "plan", departments=inspection.departments, on=on, reply_by=inspection.reply_by)
        tell_others(act, inspection, parts, "请报踏勘时间", f"{_times_by(inspection)}；")
    return inspection


def _go_along(act: Action, going: Inspection, members: list[Member], mine: set[str]) -> None:
    """These members take part in a visit that others have arranged. Where its day is fixed it stays: whoever cannot come asks the organiser
    to put it off; where the applicant knows it, he reads who else comes when the officers are named."""
    known = {part.department_id: part for part in going.parts.filter(round=going.round)}
    pks = {department: [m.pk for m in members if m.department_id == department] for department in sorted({m.department_id for m in members})}
    parts = _ask(going, {department: asked for department, asked in pks.items() if department not in known})
    for part in (known[department] for department in pks if department in known):
        part.inspection, part.application = going, going.application
        part.members = [*([] if part.left else part.members), *pks[part.department_id]]
        part.left = False
        act.save(part, "members", "left")
        parts.append(part)
    going.departments = sorted({*going.departments, *pks})
    act.save(going, "departments")
    if going.state != State.NOTIFIED:
        going.reply_by = _reply_by(act, going.application)
        act.save(going, "reply_by")
    act.record(going, "join", departments=list(pks), items=[member.name for member in members], on=today())
    if going.organiser_id not in mine:
        tell_organiser_who_joins(act, going, known.values(), members)
    asked = _times_by(going) if going.state == State.PLANNED else f"{going.when}，请登记两名以上踏勘人员"
    tell_others(act, going, [part for part in parts if part.department_id not in mine], "请参加已经安排的踏勘", f"{asked}；")
    if going.state == State.NOTIFIED and (ready := [part for part in parts if part.officers]):
        rest_for_visit(act, going, ready)


def _reply_by(act: Action, row: Application) -> date:
    found = shelf_held(act)
    days = found.rule("inspection_times", today()).value
    return found.calendar(row.node_id).add_working_days(today(), days).due


def _times_by(row: Inspection) -> str:
    return f"请在 {row.reply_by:%Y年%-m月%-d日} 前（含当日）报可以去的时间和踏勘人员，逾期按其他部门的时间确定"


def _ask(
    inspection: Inspection, members: dict[str, list[int]], officers: dict[str, list[dict]] | None = None
) -> list[InspectionPart]:
    return InspectionPart.objects.bulk_create(
        InspectionPart(
            application=inspection.application,
            inspection=inspection,
            round=inspection.round,
            department_id=department,
            members=pks,
            officers=(officers or {}).get(department, []),
        )
        for department, pks in members.items()
    )


def parts_of(inspection: Inspection, *, round: int | None = None) -> list[InspectionPart]:
    """Each department's newest part (or its part of that round), members that ended left out; holding the same locked rows."""
    rows = inspection.parts.filter(left=False).select_related("department").order_by("round", "pk")
    if round is not None:
        rows = rows.filter(round=round)
    newest = {part.department_id: part for part in rows}
    for part in newest.values():
        part.inspection, part.application = inspection, inspection.application
    return list(newest.values())


def seen(act: Action, inspection: int) -> Inspection:
    """The locked visit, if its case exists for the actor: whoever does not see it is told so before its parts are read. Raises NotYours."""
    row = act.lock(Inspection, inspection)
    if not sight.sees(act.by, row.application):
        raise NotYours
    return row


def own_part(act: Action, inspection: Inspection, parts: Iterable[InspectionPart], verb: str) -> InspectionPart:
    """The part that the actor's department answers for. Raises NotYours, Forbidden."""
    parts = list(parts)
    mine = {post.department for post in act.by.posts if post.role in policy_verbs.INSPECTION_PART_VERBS[verb]}
    part = next((part for part in parts if part.department_id in mine), parts[0] if parts else None)
    if part is None:
        act.allow("hold", inspection)
        raise WrongState("参加踏勘的事项都已终止。")
    act.allow(verb, part)
    return part


def offer_times(*, by: Actor, inspection: int, times: list[str], officers: list[dict] | None = None) -> InspectionPart:
    """A department's free half days, and who will come. Given again it replaces what was given. Raises Refused, WrongState."""
    with action(by) as act:
        row = seen(act, inspection)
        parts = parts_of(row, round=row.round)
        part = own_part(act, row, parts, "offer")
        if row.state in Inspection.OVER:
            raise WrongState(f"踏勘{row.get_state_display()}，不用再报空闲时间。")
        if row.state != State.PLANNED:
            raise WrongState("踏勘时间已经定下，不能再报空闲时间。")
        allowed = visiting.slots(calendar(region=row.application.node_id, act=act), today())
        wrong = sorted(set(times) - set(allowed))
        if not times or wrong:
            raise Refused(
                "inspection.times",
                f"“{wrong[0][:20]}”不在可选的时间里，请从明天起的工作日中选择。"
                if wrong
                else "请至少选择一个可以踏勘的半天。",
                "times",
            )
        last = part.answered_on is None and all(one.answered_on for one in parts if one is not part)
        part.times, part.answered_on = sorted(set(times)), today()
        act.save(part, "times", "answered_on")
        if officers is not None:
            part.officers = checked_officers(officers)
            act.save(part, "officers")
        act.record(part, "offer", department=part.department_id, times=part.times, officers=len(part.officers))
        if last and part.department_id != row.organiser_id:
            tell_who_fixes_the_day(act, row, parts)
    return part


def name_officers(*, by: Actor, inspection: int, officers: list[dict]) -> InspectionPart:
    """At least two officers with their badge numbers (XKF 34); the last department to name them releases the notice. Raises WrongState."""
    named = checked_officers(officers)
    with action(by) as act:
        row = seen(act, inspection)
        part = own_part(act, row, parts_of(row), "name_officers")
        if row.state in Inspection.OVER or part.result:
            raise WrongState("踏勘已经结束，不能再改踏勘人员。")
        first, part.officers = not part.officers, named
        act.save(part, "officers")
        act.record(part, "name_officers", department=part.department_id, officers=named)
        if row.state == State.CONFIRMED_BY_ALL:
            _tell_when_ready(act, row, parts_of(row, round=row.round), part)
        elif first and row.state == State.NOTIFIED and part.round == row.round and today() < row.visit_on:
            _tell_who_else(act.as_system(), row, part, by)
    return part


def checked_officers(given: list[dict]) -> list[dict]:
    """[{"name", "badge"}], at least two people. Raises Refused naming line and cure."""
    asked = [{key: str(row.get(key) or "").strip() for key in ("name", "badge")} for row in given]
    rows = [row for row in asked if row["name"] or row["badge"]]
    for place, row in enumerate(asked):
        if row not in rows:
            continue  # left blank; the lines below it keep their number
        if not 1 <= len(row["name"]) <= 30:  # some people's whole name is one character
            raise Refused("inspection.officer", f"第 {place + 1} 名踏勘人员请填写姓名。", f"officers.{place}.name")
        if not BADGE.fullmatch(row["badge"]):
            raise Refused(
                "inspection.badge", f"请填写{row['name']}的执法证号（4 至 30 位）。", f"officers.{place}.badge"
            )
    people, badges = {row["name"] for row in rows}, {row["badge"] for row in rows}
    if len(people) < visiting.LEAST_OFFICERS or len(badges) < len(rows):
        raise Refused(
            "inspection.officers",
            "现场核查应当指派两名以上工作人员，执法证号不能相同（行政许可法第三十四条）。",
            "officers",
        )
    if len(rows) > MOST_OFFICERS:
        raise Refused("inspection.officers", f"踏勘人员最多 {MOST_OFFICERS} 名。", "officers")
    return rows


def confirm_visit(*, by: Actor, inspection: int, slot: str, place: str, visit_time: time | None = None) -> Inspection:
    """The organiser fixes one visit out of the free times of everybody who answered. A department that did not answer in
    time holds nobody up; its silence stands in the event. When all officers are named the notice goes out at once."""
    if not 4 <= len(place.strip()) <= 200:
        raise Refused("inspection.place", "请写明踏勘地点（4 至 200 字）。", "place")
    demand_printable(place, "place")
    with action(by) as act:
        row = act.lock(Inspection, inspection)
        act.allow("confirm", row)
        parts = parts_of(row, round=row.round)
        if row.state == State.PLANNED:
            silent = [part for part in parts if part.answered_on is None]
            if silent and today() <= row.reply_by:
                names = "、".join(part.department.label for part in silent)
                raise WrongState(f"{names}还没有报空闲时间（截止 {row.reply_by:%Y年%-m月%-d日}），请催办后再定。")
            shared = visiting.common([part.times for part in parts if part.answered_on], today())
            if slot not in shared:
                raise Refused("inspection.slot", "请从各部门都有空的时间里选择；没有共同时间的，请重新征集。", "slot")
        on, half = checked_slot(slot)
        act.move(
            row,
            "confirm",
            visit_on=on,
            half=half,
            visit_time=checked_time(visit_time, half),
            place=place.strip(),
            facts={"silent": [part.department_id for part in parts if part.answered_on is None]},
        )
        tell_others(act, row, parts, "踏勘时间已定", f"{row.when}；还没有登记踏勘人员的，请登记两名以上，")
        _tell_when_ready(act, row, parts)
    return row


def checked_slot(slot: str) -> tuple[date, str]:
    """"2026-11-30/am" → (day, "am"). Raises Refused."""
    try:
        return visiting.parse(slot)
    except ValueError:
        raise Refused("inspection.slot", "请选择踏勘的日期和上下午。", "slot") from None


def checked_time(given: time | None, half: str) -> time:
    """The time that was named, else the usual one of that half day. Raises Refused for one of the other half."""
    if given is None:
        return visiting.USUAL[half]
    if (given < visiting.NOON) != (half == "am"):
        raise Refused("inspection.time", "时间与所选的上午、下午不一致。", "visit_time")
    return given


def _tell_when_ready(act: Action, row: Inspection, parts: list[InspectionPart], newest: InspectionPart | None = None) -> None:
    parts = [newest if newest is not None and part.pk == newest.pk else part for part in parts]
    if all(part.officers for part in parts):
        tell_applicant(act.as_system(), row, parts, act.by)


def notify_applicant(*, by: Actor, inspection: int) -> Inspection:
    """The written notice, also without a department that has let the day for naming its officers pass."""
    with action(by) as act:
        row = act.lock(Inspection, inspection)
        act.allow("notify", row)
        parts = parts_of(row, round=row.round)
        lacking = [part for part in parts if not part.officers]
        if row.state == State.CONFIRMED_BY_ALL and (
            len(lacking) == len(parts) or (lacking and today() <= row.reply_by)
        ):
            names = "、".join(part.department.label for part in lacking)
            raise WrongState(f"{names}还没有确定两名以上踏勘人员（行政许可法第三十四条），请催办。")
        tell_applicant(act, row, parts, by)
    return row


def tell_applicant(act: Action, row: Inspection, parts: list[InspectionPart], by: Actor) -> None:
    """Notified: day and place, by document and in the story."""
    demand_visit_in_time(parts)
    lacking = [part.department_id for part in parts if not part.officers]
    act.move(row, "notify", facts={"when": row.when, "place": row.place, "lacking": lacking, "round": row.round})
    queue_documents(act, [papers.notice(row, parts, by, rest_for_visit(act, row, parts))])


def _tell_who_else(act: Action, row: Inspection, part: InspectionPart, by: Actor) -> None:
    """Named when the applicant had been told already: he reads who else comes on the same day."""
    old = void_notice(act, row, row.when, "来踏勘的部门、人员有补充，以新的通知书为准")
    act.record(row, "notify_also", when=row.when, place=row.place, departments=[part.department_id], round=row.round)
    parts = [part if one.pk == part.pk else one for one in parts_of(row, round=row.round)]
    excluded = [*(old.payload["excluded"] if old else ()), *rest_for_visit(act, row, [part])]
    queue_documents(act, [papers.notice(row, parts, by, dict.fromkeys(excluded))])


def replan_visit(*, by: Actor, inspection: int, reason: str, seen: str = "") -> Inspection:
    """The day cannot be kept (a typhoon, the applicant is away): free times are asked for again; the story says why. `seen` = the day as
    the page showed it (Inspection.stands): raises WrongState where another was fixed, or it was told, since."""
    demand_reason(reason)
    with action(by) as act:
        row = act.lock(Inspection, inspection)
        act.allow("replan", row)
        _demand_same(row, seen)
        told, when = row.state == State.NOTIFIED, row.when
        act.move(row, "replan", reason=reason.strip(), facts={"told": told})
        row.reply_by = _reply_by(act, row.application)
        act.save(row, "reply_by")
        parts = parts_of(row, round=row.round)
        for part in parts:
            part.times, part.answered_on = [], None
            act.save(part, "times", "answered_on")
        tell_others(act, row, parts, "踏勘改期", f"{when}不去了。{_times_by(row)}；")
        if told:
            void_notice(act, row, when, "踏勘改期，新的时间另行通知")
        call_off(act, row, parts_of(row), result="踏勘改期")
    return row


def _demand_same(row: Inspection, seen: str) -> None:
    if seen and seen != row.stands and row.state in Inspection.BEFORE_VISIT:
        now = " ".join(filter(None, (row.get_state_display(), row.when)))
        raise WrongState(f"您打开页面以后，这次踏勘有变化，现在是“{now}”，您的操作没有登记。请看过现在的安排，再提交。")


def void_notice(act: Action, row: Inspection, when: str, reason: str) -> Document | None:
    """The notice that calls the applicant to a day on which nobody comes is in force no longer; that of another visit is."""
    if notice := current(row.application_id, "inspection_notice", by=row.organiser_id, when=when, where=row.place):
        void_document(act.as_system(), notice.pk, reason=reason)
    return notice


def reinspect(*, by: Actor, inspection: int, slot: str, visit_time: time | None = None) -> Inspection:
    """A visit for the open lines only, by the departments that asked for them; the applicant is told in writing."""
    on, half = checked_slot(slot)
    with action(by) as act:
        row = act.lock(Inspection, inspection)
        act.allow("reinspect", row)
        if slot not in visiting.slots(calendar(region=row.application.node_id, act=act), today()):
            raise Refused("inspection.slot", "请从明天起的工作日中选择复查时间。", "slot")
        known = {part.department_id: part for part in parts_of(row)}
        asking = sorted(
            set(
                RectificationLine.objects.filter(
                    part__inspection=row, part__left=False, state=RectificationLine.State.OPEN
                ).values_list("part__department", flat=True)
            )
        )
        act.move(
            row, "reinspect", visit_on=on, half=half, visit_time=checked_time(visit_time, half), facts={"again": asking}
        )
        parts = _ask(
            row,
            {department: known[department].members for department in asking},
            {department: known[department].officers for department in asking},
        )
        for part in parts:
            part.department = known[part.department_id].department
        act.record(row, "notify_again", when=row.when, place=row.place, round=row.round)
        tell_others(act, row, parts, "复查时间已定", f"{row.when}，只看没有改好的；")
        queue_documents(act, [papers.notice(row, parts, by, rest_for_visit(act, row, parts))])
    return row


def cancel_inspection(*, by: Actor, inspection: int, reason: str, seen: str = "") -> Inspection:
    """Called off before it was held: the members may be decided without it, and it may be planned again. `seen` as in `replan_visit`."""
    demand_reason(reason)
    with action(by) as act:
        row = act.lock(Inspection, inspection)
        act.allow("cancel", row)  # before anything is read beside it
        _demand_same(row, seen)
        if row.round > 1:  # the list of the first visit would bind nobody any longer
            raise WrongState(SECOND_LOOK_STAYS)
        told, parts = row.state == State.NOTIFIED, parts_of(row)
        act.move(row, "cancel", reason=reason.strip(), facts={"told": awaited(row)})
        tell_others(act, row, parts, "踏勘取消", f"{row.when or '这次踏勘'}不去了；")
        if told:
            void_notice(act, row, row.when, "踏勘取消")
        call_off(act, row, parts, result="踏勘取消")
    return row
