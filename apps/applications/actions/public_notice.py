"""Service by public notice (公告送达): when nobody can be reached otherwise, the days of a published notice serve the decision."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import Min

from apps.deadlines.engine.counting import Limit, due
from apps.deadlines.queries import shelf_held
from apps.issuance.handing import Collection
from apps.issuance.models import HandOver, SealRecord
from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import NotYours, Refused, WrongState, raise_all
from apps.kit.time import BEIJING, beijing_date, today

from ..models import Application, Member
from ..sight import sees
from .closing import hand_over

SERVED = "的决定已经送达过，更正补发的留在窗口等人来领，不用公告。"
LONGEST = HandOver._meta.get_field("collector_name").max_length


def serve_by_notice(
    *, by: Actor, application: int, members: list[int], published_on: date, place: str, reason: str
) -> HandOver:
    """Registered once the notice's days are over: their last day is the day of service (CPL, by analogy). The days are those of
    the law in force when it was published. Raises Refused naming every faulty field, WrongState while the days still run.
    """
    errors = []
    if len(place.strip()) < 4:
        errors.append(Refused("notice.place", "请写明公告登在哪里（报纸、网站、公告栏），至少 4 个字。", "place"))
    if len(reason.strip()) < 10:
        told = "请写明为什么公告：受送达人下落不明，或者试过哪些方式都送不到（至少 10 个字）。"
        errors.append(Refused("notice.reason", told, "reason"))
    raise_all(errors)
    with action(by) as act:
        row = act.lock(Application, application)
        if not sees(by, row):
            raise NotYours
        for member in row.members.select_related("commitment"):
            member.application = row
            act.allow("collect", member)
            if member.pk in members and member.served_on and member.state == Member.State.READY_FOR_ISSUE:
                raise WrongState(f"“{member.name}”{SERVED}")
        seals = SealRecord.objects.filter(document__root_id=row.pk, document__member_id__in=members)
        sealed = seals.values("document__member_id").annotate(first=Min("at")).values_list("first", flat=True)
        if published_on > today() or any(published_on < beijing_date(first) for first in sealed):
            raise Refused("notice.day", "公告日不早于决定登记用印的那天，也不晚于今天。", "published_on")
        found = shelf_held(act)
        rule = found.rule("public_notice", published_on)
        # A hall that is closed puts off no service: the days before other bodies, which begin with it, would be told too late.
        last = due(found.calendar().national, published_on, Limit(rule.value, rule.unit)).due
        if today() <= last:
            raise WrongState(
                f"公告期 {rule.value} 日（{rule.source}），到{last:%Y年%-m月%-d日}届满；届满以后才视为送达，请那以后再登记。"
            )
        person = row.applicant_kind == "person"
        collection = Collection(
            method=HandOver.Method.NOTICE,
            location=place.strip()[:200],
            collector_name=row.applicant_name[:LONGEST],  # who took nothing: the whole name stands with the applicant
            relation=HandOver.Relation.SELF if person else HandOver.Relation.LEGAL_REP,
            remark=f"{published_on:%Y年%-m月%-d日}公告，{last:%Y年%-m月%-d日}期满。{reason.strip()}"[:500],
            at=datetime.combine(last, time(12), BEIJING),
        )
        return hand_over(by=by, application=application, members=members, collection=collection)


def noticeable(members: list[Member]) -> list[Member]:
    """Results that lie at the desk, are in force and were never served."""
    waiting = (member for member in members if member.state == Member.State.READY_FOR_ISSUE and not member.revoked_on)
    return [member for member in waiting if member.served_on is None]
