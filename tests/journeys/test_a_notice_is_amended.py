"""The Labour Day of 2019: the amended notice is loaded late, an open case's due date moves earlier, and everybody who reckons with
it is told; then the county closes for a day and the date moves back."""

from datetime import date

import pytest
from django.test import Client

from apps.applications.models import Application, Job, Member
from apps.deadlines import publishing
from apps.deadlines.actions import new_edition, set_exception
from apps.deadlines.models import CalendarVersion, Clock
from apps.directory.models import Message, Post
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refusals, Refused
from tests import make
from tests.api.client import Caller
from tests.days import deliver
from tests.people import nothing_written

AMENDED = date(2019, 3, 22)


@pytest.fixture
def notice(world):
    """The amended notice, which nobody has loaded yet."""
    row = CalendarVersion.objects.get(year=2019, known_from=AMENDED)
    given = {name: getattr(row, name) for name in ("year", "notice", "known_from", "sources", "days_off", "make_up")}
    row.delete()
    Post.objects.update(valid_from=date(2017, 4, 1))  # the demo people stand at their posts in 2019 too
    with action(SYSTEM) as act:
        new_edition(act)
    deliver()  # what loading the world has told
    return given


def seen_by(username: str, address: str) -> str:
    client = Client()
    client.force_login(make.user(username))
    return client.get(address).text


def told(username: str) -> list[Message]:
    """What was said to this account of moved dates (of the case's other news it hears too)."""
    user = make.user(username)
    mine = Message.objects.filter(**({"party": user.party_id} if user.party_id else {"user": user.pk}))
    return list(mine.filter(title__startswith="期限").order_by("pk"))


def test_the_due_date_moves_earlier_and_back(notice, time_machine):
    time_machine.move_to("2019-04-17T02:00:00Z")
    job = make.claimed()
    case, member = job.application, job.member
    clock = Clock.objects.get(kind="decision", root_id=case.pk)
    assert clock.due_on == date(2019, 5, 2)

    admin = make.actor("city-admin")
    version = publishing.checked(notice)
    seen = publishing.preview(by=admin, version=version)
    assert (seen.moved, seen.earlier, seen.at_least) == (1, 1, False)
    assert [change.day.day for change in seen.changes] == [28, 2, 3, 5]
    publishing.publish(by=admin, given=notice)
    deliver()

    for row in (Clock.objects.get(pk=clock.pk), Job.objects.get(), Member.objects.get(), Application.objects.get()):
        assert row.due_on == date(2019, 4, 30), row
    assert CalendarVersion.objects.get(year=2019, known_from=date(2018, 12, 6)).superseded_on == AMENDED
    why = "2019年放假安排有变更（国办发明电〔2018〕15号; 〔2019〕3号）"
    line = f"审批期限由 2019年5月2日 改为 2019年4月30日。原因：{why}。"
    for username, address in (
        ("scjg-reviewer", f"/review/{job.pk}/"),
        ("cixi-clerk", f"/counter/{case.pk}/"),
        ("cixi-supervisor", f"/oversight/cases/{case.pk}/"),
    ):
        page = seen_by(username, address)
        assert line in page and "2019年4月30日" in page, address
    board = seen_by("cixi-supervisor", "/oversight/rows/open/")
    assert case.number in board and "2019年4月30日" in board and "（推定）" not in board
    assert "4月28日（周日）调休上班" in seen_by("scjg-reviewer", f"/why/{clock.pk}/")
    api = Caller("enterprise").get(f"applications/{case.pk}/")
    assert [c["due_on"] for c in api["clocks"] if c["kind"] == "decision"] == ["2019-04-30"]
    assert line in [entry["detail"] for entry in api["story"]]
    tracked = Caller(None).post("track/", {"number": case.number, "phone": make.MOBILE})
    assert line in [entry["detail"] for entry in tracked["story"]]

    for username in ("enterprise", "scjg-reviewer", "scjg-head"):
        (message,) = told(username)
        assert message.title == f"期限提前：{case.number}" and message.root_id == case.pk
        assert message.text == f"“{member.name}”的审批期限由2019年5月2日改为2019年4月30日。原因：{why}。"
    assert told("cixi-supervisor") == []

    # The county closes on the 29th: its clocks only, told again, and copies follow.
    set_exception(by=make.actor("cixi-admin"), region="330282", day=date(2019, 4, 29), working=False, reason="暴雨停电。")
    deliver()
    assert Member.objects.get().due_on == date(2019, 5, 5)
    assert [m.title[:4] for m in told("enterprise")] == ["期限提前", "期限推后"]
    assert told("scjg-reviewer")[1].text.endswith("原因：2019年4月29日本地停业：暴雨停电。")
    deliver()
    assert Event.objects.filter(name="application.redate").count() == 2
    assert Event.objects.get(name="edition.publish").by_name == admin.name
    verify()


def test_only_the_city_publishes_and_every_fault_is_told(notice, time_machine):
    time_machine.move_to("2019-04-24T02:00:00Z")
    admin = make.actor("city-admin")
    with pytest.raises(Forbidden, match="市本级"), nothing_written(CalendarVersion):
        publishing.publish(by=make.actor("cixi-admin"), given=notice)
    faulty = {**notice, "make_up": [date(2019, 4, 29), date(2018, 12, 29)], "known_from": date(2019, 4, 25)}
    with pytest.raises(Refusals) as refused, nothing_written(CalendarVersion):
        publishing.publish(by=admin, given=faulty)
    assert {error.field for error in refused.value.errors} == {"make_up"}
    assert "2018-12-29 不在 2019 年内" in " ".join(error.message for error in refused.value.errors)
    for change, field in (
        ({"known_from": date(2019, 4, 25)}, "known_from"),
        ({"known_from": date(2018, 12, 6)}, "known_from"),
        ({"notice": ""}, "notice"),
        ({"sources": []}, "sources"),
    ):
        with pytest.raises(Refused) as refused, nothing_written(CalendarVersion):
            publishing.publish(by=admin, given={**notice, **change})
        assert refused.value.field == field
    publishing.publish(by=admin, given=notice)
    with pytest.raises(Refused, match="完全相同"):
        publishing.publish(by=admin, given={**notice, "known_from": date(2019, 4, 23)})


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2027-02-06", [(2, 6)]),
        ("2月6日至8日、10月1日（周五）", [(2, 6), (2, 7), (2, 8), (10, 1)]),
        ("2027-02-27 至 2027-03-01\n2027/5/1", [(2, 27), (2, 28), (3, 1), (5, 1)]),
        ("2月6日（星期六）至8日（星期一）放假调休，共3天。", [(2, 6), (2, 7), (2, 8)]),
        ("1月1日（周五）放假，与周末连休", None),
        ("2月14日（周日）上班", None),  # a day to be worked, in the box of the days off
        ("", []),
    ],
)
def test_days_are_read_as_notices_write_them(text, days):
    if days is None:
        with pytest.raises(Refused):
            publishing.read_days(text, 2027, "days_off")
        return
    assert publishing.read_days(text, 2027, "days_off") == [date(2027, *day) for day in days]


def test_days_to_be_worked_are_read_as_notices_write_them():
    found = publishing.read_days("2月14日（周日）、2月27日（周六）上班。", 2027, "make_up")
    assert found == [date(2027, 2, 14), date(2027, 2, 27)]


@pytest.mark.parametrize("text", ["2027-02-30", "二月六日", "2月8日至2月6日", "13月1日", "2月6日至2099-01-01"])
def test_what_is_no_day_is_named(text):
    with pytest.raises(Refused) as refused:
        publishing.read_days(text, 2027, "make_up")
    assert refused.value.field == "make_up" and "不是日期" in refused.value.message
