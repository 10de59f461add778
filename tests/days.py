"""Time passes in a test as it does in the office."""

from datetime import date, datetime, time, timedelta

from apps.deadlines.actions import recount, sweep
from apps.journal.delivering import deliver_one
from apps.journal.models import Delivery
from apps.kit.time import BEIJING


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
    """Days go by: clocks are swept, the law's consequences are delivered."""

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
