"""What the workers do for this room: the count of what happened, and the yearly alarm."""

from celery import shared_task

from . import actions
from .rollup import rollup as count


@shared_task(name="supervision.rollup", ignore_result=True)
def rollup() -> None:
    count()


@shared_task(name="supervision.notice_alarm", ignore_result=True)
def notice_alarm() -> None:
    actions.warn_of_missing_notice()
