from datetime import date, datetime, time, timedelta

import pytest

from apps.deadlines.actions import recount, sweep
from apps.directory.models import Post
from apps.journal.delivering import deliver_one
from apps.journal.models import Delivery
from apps.kit.time import BEIJING
from tests import make


def deliver(queue: str = "default") -> int:
    """Deliver what waits on a queue, also what that brings about; printing (queue pdf) is slow and has tests of its own."""
    done = 0
    while due := list(
        Delivery.objects.filter(state="pending", queue=queue).order_by("pk").values_list("pk", flat=True)
    ):
        for pk in due:
            deliver_one(pk)
        done += len(due)
        recount()
    return done


class Days:
    """Time passes as it does in the office: clocks are swept, the law's consequences are delivered."""

    def __init__(self, machine):
        self.machine = machine

    def at(self, day: date, hour: int = 10) -> None:
        """Only the time: nobody has swept yet."""
        self.machine.move_to(datetime.combine(day, time(hour), BEIJING))

    def after(self, day: date, hour: int = 10) -> None:
        self.at(day + timedelta(days=1), hour)

    def pass_to(self, day: date) -> None:
        self.at(day)
        self.work()

    def pass_over(self, day: date) -> None:
        self.after(day)
        self.work()

    def work(self) -> None:
        sweep()
        deliver()


@pytest.fixture
def long_ago(world):
    """The demo people held their posts, and stood for each other, long before today: stories of other years can be told."""
    from apps.directory.models import Mandate, Post

    Post.objects.update(valid_from=date(2010, 1, 1))
    Mandate.objects.update(valid_from=date(2010, 1, 1))


@pytest.fixture
def days(time_machine):
    return Days(time_machine)


@pytest.fixture
def office(world, days):
    """The demo city with posts that were always held: a story may be set in any year of the published calendar."""
    Post.objects.update(valid_from=date(2015, 1, 1))
    return days


@pytest.fixture
def old(long_ago, days):
    """食品经营许可 granted for five years, until 2022-09-11."""
    days.at(date(2017, 9, 11))
    member = make.decided()
    assert member.valid_to == date(2022, 9, 11)
    days.work()
    return member
