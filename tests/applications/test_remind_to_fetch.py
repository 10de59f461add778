"""A result that nobody fetches: the ten days for serving it (行政许可法第四十四条) are told to those who wait and to those who serve."""

from datetime import date, timedelta

import pytest

from apps.applications import actions, handlers
from apps.applications.handout import HandOut
from apps.applications.models import Application, Job, Member
from apps.deadlines.models import Clock
from apps.directory.models import Message
from apps.journal.models import Event
from apps.supervision.models import Card
from tests import make
from tests.applications.test_run_bundle import decide, restaurant

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)


def served_by(member: Member) -> Clock:
    return Clock.objects.get(subject_type="member", subject_id=member.pk, kind="delivery")


def courier(plan: dict) -> dict:
    return plan | {"members": [one | {"courier": True} for one in plan["members"]]}


def reminders(member: Member) -> list[str]:
    rows = Message.objects.filter(root_id=member.application_id, key__startswith="fetch:").order_by("pk")
    return [row.title.partition("：")[0] for row in rows]


def test_before_and_after_the_last_day_who_has_not_come_is_told_once(office):
    office.at(date(2026, 11, 2))
    member = make.sealed()
    clock = served_by(member)
    assert clock.due_on == date(2026, 11, 16)
    for day in (clock.yellow_on - ONE_DAY, clock.yellow_on, clock.red_on, clock.due_on):
        office.pass_to(day)
    assert reminders(member) == ["请来领取结果"]
    assert "2026年11月16日" in Message.objects.filter(key__startswith="fetch:").first().text
    office.pass_over(clock.due_on)
    assert reminders(member) == ["请来领取结果", "结果还没有领取"]
    for event in Event.objects.filter(chain=clock.chain, name__startswith="clock."):
        handlers.light_changed(event)  # delivered once more
    assert len(reminders(member)) == 2
    card = Card.objects.get(clock=clock)
    assert (card.form, card.light, card.department_id) == ("alert", "overdue", "scjg") and "第四十四条" in card.basis


def test_where_the_house_stood_still_on_the_yellow_day_he_is_told_on_the_next(office):
    """Only the lateness was told, when the time for serving it was over."""
    office.at(date(2026, 11, 2))
    member = make.sealed()
    clock = served_by(member)
    office.pass_to(clock.red_on)
    assert served_by(member).light == "red" and reminders(member) == ["请来领取结果"]


def test_who_has_come_or_is_sent_for_or_waits_for_the_rest_is_not_told(office):
    office.at(date(2026, 11, 2))
    fetched, sent, plain = make.collected(), make.sealed(), make.sealed()
    case = sent.application
    Application.objects.filter(pk=case.pk).update(handout=HandOut.COURIER, plan=courier(case.plan))
    whole = restaurant()
    Application.objects.filter(pk=whole.pk).update(issue="together")
    first = Job.objects.get(application=whole).member
    decide(whole, first.code)
    make.filed(whole.pk)
    waiting = Member.objects.get(pk=first.pk)
    actions.register_seal(by=make.actor(f"{first.department_id}-seal"), member=waiting.pk, seal_number="3302821000001")
    office.pass_to(served_by(plain).yellow_on)
    assert {served_by(one).light for one in (sent, waiting, plain)} == {"yellow"}
    assert [len(reminders(one)) for one in (fetched, sent, waiting, plain)] == [0, 0, 0, 1]
