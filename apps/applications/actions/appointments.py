"""A changed calendar: hearings and visits that were fixed for a day which it has closed, nobody but the department can move; the day by
which free times for a visit are answered counts anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from apps.deadlines.queries import lineage, shelf, shelf_held
from apps.directory.actions import tell
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.time import BEIJING, beijing_date, now, today

from ..models import Application, Hearing, Inspection, Job, Member
from ..queries_clocks import concerned

SATURDAY = 5
# (case, its member or None, department or "", day, what is fixed, where to move it)
Fixed = tuple[Application, Member | None, str, date, str, str]


def tell_of_closed_days(*, event: Event) -> None:
    """edition.load, edition.publish: whole years; localexception.register, .withdraw: one day at one node. Told twice it stands once.

    Of whole years the weekdays alone, and what was a make-up day: who has fixed another Saturday knew that it is one.
    """
    facts = event.facts
    one_day = date.fromisoformat(facts["day"]) if "day" in facts else None
    if one_day is None and not facts["years"]:
        return
    first, last = _span(event)
    found = shelf()
    with action(SYSTEM) as act:
        for row, member, department, day, what, link in (*_hearings(first, last), *_visits(first, last)):
            arranged = day.weekday() < SATURDAY or any(day in version.make_up for version in found.versions)
            concerns = facts["region"] in lineage(row.node_id) if one_day else arranged
            if not concerns or found.calendar(row.node_id).is_working_day(day):
                continue
            when = f"{day:%Y年%-m月%-d日}"
            tell(
                act,
                users=concerned(row, member, department),
                kind="deadline",
                title=f"{what}定在了不上班的日子：{row.number}"[:100],
                text=f"“{member.name if member else row.name}”的{what}定在{when}，日历变更以后这一天不上班"
                f"{'：' + facts['reason'] if facts.get('reason') else ''}。要改期的，请重新通知；照常进行的，不用处理。",
                link=link,
                root_id=row.pk,
                key=f"closed:{event.pk if one_day else day}:{link}",  # a year's notice may be amended again and again
            )


def _span(event: Event) -> tuple[date, date]:
    facts = event.facts
    if "day" in facts:
        return date.fromisoformat(facts["day"]), date.fromisoformat(facts["day"])
    return date(min(facts["years"]), 1, 1), date(max(facts["years"]), 12, 31)


def redate_replies(*, event: Event) -> None:
    """The working days in which departments answer to a planned visit, of which no clock runs."""
    if not event.facts.get("years", ["day"]):
        return
    first, _ = _span(event)
    waiting = (Inspection.State.PLANNED, Inspection.State.CONFIRMED_BY_ALL)
    asked = Inspection.objects.filter(state__in=waiting, reply_by__gte=first)
    for pk in asked.order_by("pk").values_list("pk", flat=True):
        with action(SYSTEM) as act:
            row = act.lock(Inspection, pk)
            if row.state not in waiting or row.reply_by < first:  # meanwhile it was notified, called off or planned anew
                continue
            about = {"subject_type": "inspection", "subject_id": str(pk), "name__in": ("inspection.plan", "inspection.replan", "inspection.join")}
            since = beijing_date(Event.objects.filter(chain=row.application.chain, **about).latest("seq").at)
            found, old = shelf_held(act), row.reply_by
            days = found.rule("inspection_times", since).value
            row.reply_by = found.calendar(row.application.node_id).add_working_days(since, days).due
            if row.reply_by != old:
                act.save(row, "reply_by")
                act.record(row, "redate", old=old, new=row.reply_by)


def _hearings(first: date, last: date) -> Iterator[Fixed]:
    since = max(datetime.combine(first, time(), BEIJING), now())
    until = datetime.combine(last + timedelta(days=1), time(), BEIJING)
    called = Hearing.objects.filter(state=Hearing.State.CALLED, at__gte=since, at__lt=until)
    rows = called.filter(member__state__in=Member.UNDECIDED).select_related("application", "member").order_by("pk")
    for row in rows:
        job = Job.objects.filter(member=row.member_id).exclude(state=Job.State.CLOSED).values_list("pk", flat=True).first()
        if job:
            yield row.application, row.member, "", beijing_date(row.at), "听证", f"/review/{job}/"


def _visits(first: date, last: date) -> Iterator[Fixed]:
    fixed = Inspection.objects.filter(
        state__in=(Inspection.State.CONFIRMED_BY_ALL, Inspection.State.NOTIFIED),
        visit_on__range=(max(first, today()), last),
    )
    for row in fixed.select_related("application").order_by("pk"):
        yield row.application, None, row.organiser_id, row.visit_on, "踏勘", f"/review/inspections/{row.pk}/"
