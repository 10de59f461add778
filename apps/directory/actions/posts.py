"""Posts and substitutes. Every change is on the post's own chain and draws a new directory version, so that it holds
from the next request on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import now, today

from .. import policy, queries, queries_people
from ..models import Absence, Department, Post, Region, Role, User, Window, Zone
from ..versioning import draw_number


def checked_reason(reason: str, least: int = 4) -> str:
    text = " ".join((reason or "").split())
    if len(text) < least:
        raise Refused("reason.short", f"请写明原因，至少 {least} 个字。", "reason")
    if len(text) > 200:
        raise Refused("reason.long", "原因不超过 200 个字。", "reason")
    return text


def give_post(
    *,
    by: Actor,
    user: User,
    role: str,
    region: Region | str | None = None,
    department: Department | str | None = None,
    zones: Iterable[Zone | str] = (),
    generalist: bool = False,
    window: Window | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Post:
    """A role at a place from `valid_from` (today) through `valid_to` (open). Without a region: the department's own.

    Raises Refused naming the field, Forbidden, NotYours.
    """
    place, office = _place(region, department)
    post = Post(
        user_id=user.pk,
        role=role,
        region=place,
        department=office,
        generalist=generalist,
        window=window,
        valid_from=valid_from or today(),
        valid_to=valid_to,
    )
    with action(by) as act:
        holder = act.lock(User, user.pk)
        act.allow("give", post)
        found = _checked_zones(zones, place, role)
        errors = [*_faults(post, found), *_conflicts(post, holder)]
        raise_all(errors)
        act.create(post)
        post.zones.set(found)
        act.record(
            post,
            "give",
            user=holder.pk,
            role=role,
            region=place.pk,
            department=office.pk if office else None,
            zones=sorted(zone.pk for zone in found),
            generalist=generalist,
            valid_from=post.valid_from,
            valid_to=valid_to,
        )
        draw_number(act)
    return post


def end_post(*, by: Actor, post: Post, reason: str, on: date | None = None) -> Post:
    """End at once, or with the last day `on` (today or later). Raises Refused, WrongState when it is over already."""
    why = checked_reason(reason)
    with action(by) as act:
        row = act.lock(Post, post.pk)
        act.allow("end", row)
        day = today()
        if row.ended_at or (row.valid_to and row.valid_to < day):
            raise WrongState("这个岗位已经结束。")
        if on is None:
            row.ended_at = now()
            on = max(row.valid_from, day)
        elif on < max(day, row.valid_from) or (row.valid_to and on > row.valid_to):
            raise Refused("post.end", "最后一日应是今天或以后，不早于任职的开始日，不晚于原定的最后一日。", "on")
        row.valid_to = on
        act.save(row, "valid_to", "ended_at")
        act.record(row, "end", on=on, at_once=row.ended_at is not None, reason=why)
        draw_number(act)
    return row


def set_competence(
    *,
    by: Actor,
    post: Post,
    zones: Iterable[Zone | str] = (),
    generalist: bool = False,
    window: Window | None = None,
    seen: str = "",
) -> Post:
    """Which zones a clerk may accept for (全科: every zone of the node), and the window where he sits.

    `seen` = `competence_of` the post as the administrator had it before him: raises WrongState where it is another by now.
    """
    with action(by) as act:
        row = act.lock(Post, post.pk)
        act.allow("set_competence", row)
        if row.ended_at or (row.valid_to and row.valid_to < today()):
            raise WrongState("这个岗位已经结束，不能再改受理范围。")
        if seen and seen != competence_of(row):
            raise WrongState("这个岗位的受理范围在您打开这一页以后被别的管理员改过，没有保存。请重新打开这一页，看过现在的范围再改。")
        found = _checked_zones(zones, row.region, row.role)
        row.generalist, row.window = generalist, window
        raise_all(_faults(row, found))
        row.zones.set(found)
        act.save(row, "generalist", "window")
        act.record(
            row,
            "set_competence",
            zones=sorted(zone.pk for zone in found),
            generalist=generalist,
            window=window.pk if window else None,
        )
        draw_number(act)
    return row


def competence_of(post: Post) -> str:
    """A mark of what the post may accept and where it sits."""
    held = [post.generalist, post.window_id, *sorted(zone.pk for zone in post.zones.all())]
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()


def set_absence(*, by: Actor, post: Post, substitute: User, starts_on: date, ends_on: date, reason: str) -> Absence:
    """Lend the post to a colleague from `starts_on` through `ends_on` (AB岗). One substitute a day."""
    why = checked_reason(reason, 2)
    with action(by) as act:
        row = act.lock(Post, post.pk)
        act.allow("set_absence", row)
        for person in sorted({row.user_id, substitute.pk}):
            act.lock(User, person)  # two administrators at once: the second one sees what the first one has arranged, or given
        raise_all(_absence_faults(by, row, substitute, starts_on, ends_on))
        absence = act.create(
            Absence(
                post=row,
                holder_id=row.user_id,
                substitute=substitute,
                starts_on=starts_on,
                ends_on=ends_on,
                reason=why,
            )
        )
        act.record(absence, "set", substitute=substitute.pk, starts_on=starts_on, ends_on=ends_on, reason=why)
        draw_number(act)
    return absence


def cancel_absence(*, by: Actor, absence: Absence) -> Absence:
    """The holder is back: his post is his own again from the next request on. Raises WrongState where it is over or cancelled."""
    with action(by) as act:
        row = act.lock(Absence, absence.pk)
        act.allow("cancel_absence", row)
        if row.cancelled_at or row.ends_on < today():
            raise WrongState("这次代理已经结束或取消。")
        row.cancelled_at = now()
        act.save(row, "cancelled_at")
        act.record(row, "cancel")
        draw_number(act)
    return row


def _place(region, department) -> tuple[Region, Department | None]:
    office = queries.department(department) if isinstance(department, str) and department else department or None
    if not region:
        if office is None:
            raise Refused("post.region", "请选择地区或部门。", "region")
        region = office.region_id
    place = queries.get_region(region if isinstance(region, str) else region.pk)
    if office is not None and office.region.node_code != place.node_code:
        raise Refused("post.department", f"“{office.name}”不在{place.name}，请选本节点的部门。", "department")
    return place, office


def _checked_zones(zones: Iterable[Zone | str], place: Region, role: str) -> list[Zone]:
    codes = {zone if isinstance(zone, str) else zone.pk for zone in zones}
    if not codes:
        return []
    if role not in policy.COUNTER_ROLES:
        raise Refused("post.zones", "只有综合窗口受理员和出件员才分板块。", "zones")
    found = list(Zone.objects.filter(pk__in=codes).select_related("region").order_by("pk"))
    missing = sorted(codes - {zone.pk for zone in found})
    if missing:
        raise Refused("post.zones", f"没有这些板块：{'、'.join(missing)}。", "zones")
    foreign = [zone.name for zone in found if zone.region.node_code != place.node_code]
    if foreign:
        raise Refused("post.zones", f"这些板块不在本节点：{'、'.join(foreign)}。", "zones")
    return found


def _faults(post: Post, zones: list[Zone]) -> list[Refused]:
    faults = []
    if post.role not in Role.values:
        return [Refused("post.role", "请选择一个岗位。", "role")]
    if post.role in policy.DEPARTMENT_ROLES and post.department_id is None:
        faults.append(Refused("post.department", f"“{Role(post.role).label}”必须属于一个部门。", "department"))
    if post.role in policy.OVERSIGHT_ROLES and post.region_id != post.region.node_code:
        # Whatever such a post looks at and does is the whole node's, not a township's.
        told = f"“{Role(post.role).label}”管的是整个节点，不能只设在{post.region.name}；请选本节点的市、区县（市）或者开发区。"
        faults.append(Refused("post.region", told, "region"))
    if post.role == Role.CLERK and not zones and not post.generalist:
        faults.append(Refused("post.zones", "请至少勾选一个可受理的板块，或勾选“全科”。", "zones"))
    if post.generalist and post.role not in policy.COUNTER_ROLES:
        faults.append(Refused("post.generalist", "只有综合窗口受理员和出件员才有“全科”。", "generalist"))
    if post.generalist and zones:
        faults.append(Refused("post.zones", "“全科”已包括全部板块，请不要再逐个勾选。", "zones"))
    if post.window is not None and (post.window.closed or post.window.zone.region.node_code != post.region.node_code):
        faults.append(Refused("post.window", "这个窗口已停用或不在本节点。", "window"))
    if post.valid_to and post.valid_to < post.valid_from:
        faults.append(Refused("post.valid_to", "最后一日不能早于开始日。", "valid_to"))
    elif post.pk is None and post.valid_to and post.valid_to < today():
        faults.append(Refused("post.valid_to", "最后一日已经过去。", "valid_to"))
    return faults


def _conflicts(post: Post, holder: User) -> list[Refused]:
    """With the person's other posts and with what he holds as a substitute."""
    if holder.kind != User.Kind.STAFF or not holder.is_active:
        return [Refused("post.user", "这个账号已锁定或不是工作人员，不能任职。", "user")]
    if post.role not in Role.values:
        return []
    overlap = Q(ended_at__isnull=True) & (Q(valid_to__isnull=True) | Q(valid_to__gte=post.valid_from))
    if post.valid_to:
        overlap &= Q(valid_from__lte=post.valid_to)
    others = list(Post.objects.filter(overlap, user=holder))
    for other in others:
        if (other.role, other.region_id, other.department_id) == (
            post.role,
            post.region_id,
            post.department_id,
        ):
            return [Refused("post.twice", "这个人在这段时间已经有同样的岗位。", "role")]
    meanwhile = Q(ends_on__gte=post.valid_from) & (Q(starts_on__lte=post.valid_to) if post.valid_to else Q())
    lent = Absence.objects.filter(meanwhile, substitute=holder, cancelled_at__isnull=True).values_list("post__role", flat=True)
    for role in [*(other.role for other in others), *lent]:
        if policy.incompatible(post.role, role):
            return [
                Refused(
                    "post.incompatible",
                    f"“{Role(post.role).label}”与已有的“{Role(role).label}”不能由同一人担任（办理与监督分离）。",
                    "role",
                )
            ]
    return []


def _absence_faults(by: Actor, post: Post, substitute: User, starts_on: date, ends_on: date) -> list[Refused]:
    if post.ended_at or (post.valid_to and post.valid_to < starts_on):
        return [Refused("absence.post", "这个岗位在这段时间已经结束。", "starts_on")]
    if ends_on < starts_on:
        return [Refused("absence.dates", "最后一日不能早于开始日。", "ends_on")]
    if ends_on < today():
        return [Refused("absence.past", "最后一日已经过去。", "ends_on")]
    if substitute.pk not in {person.pk for person in queries_people.substitutes_for(by, post)}:
        where = "同部门" if post.department_id else "同节点"
        return [Refused("absence.substitute", f"代理人应是{where}在岗的另一名工作人员。", "substitute")]
    if by.kind != "system" and by.id == substitute.pk:
        return [Refused("absence.self", "不能把别人的岗位交给自己代理，请由另一名管理员办理。", "substitute")]
    days = {"cancelled_at__isnull": True, "starts_on__lte": ends_on, "ends_on__gte": starts_on}
    if Absence.objects.filter(post=post, **days).exists():
        return [Refused("absence.overlap", "这段时间里已经安排了代理人，请先取消原来的安排。", "starts_on")]
    if Absence.objects.filter(holder=substitute, **days).exists():
        return [Refused("absence.also_absent", f"{substitute.name}在这段时间也不在岗，请换一位。", "substitute")]
    if Absence.objects.filter(substitute=post.user_id, **days).exists():
        return [Refused("absence.standing_in", "这个人这段时间正在代理别人的岗位，请先改派那边的代理人。", "starts_on")]
    for role, word in _held_meanwhile(substitute, starts_on, ends_on):
        if policy.incompatible(post.role, role):
            text = f"{substitute.name}{word}“{Role(role).label}”，不能代理“{Role(post.role).label}”。"
            return [Refused("absence.incompatible", text, "substitute")]
    return []


def _held_meanwhile(user: User, first: date, last: date) -> list[tuple[str, str]]:
    """Roles that he holds or stands in for on any of these days, and how it is said."""
    own = Post.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=first), ended_at__isnull=True, valid_from__lte=last)
    lent = Absence.objects.filter(substitute=user, cancelled_at__isnull=True, starts_on__lte=last, ends_on__gte=first)
    return [
        *((role, "已任") for role in own.filter(user=user).values_list("role", flat=True)),
        *((role, "这段时间在代理") for role in lent.values_list("post__role", flat=True)),
    ]
