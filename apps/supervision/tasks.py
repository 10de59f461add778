"""What the workers do for this room: the count of what happened, the yearly alarm, and reasons that nobody is left to give."""

from celery import shared_task

from . import actions
from .rollup import rollup as count


@shared_task(name="supervision.rollup", ignore_result=True)
def rollup() -> None:
    count()


@shared_task(name="supervision.notice_alarm", ignore_result=True)
def notice_alarm() -> None:
    actions.warn_of_missing_notice()


@shared_task(name="supervision.mind_owed", ignore_result=True)
def mind_owed() -> None:
    actions.hand_on_owed()
