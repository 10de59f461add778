"""What the workers do for this room: clocks whose moment has come, and those of a changed calendar."""

from celery import shared_task

from . import actions


@shared_task(name="deadlines.sweep", ignore_result=True)
def sweep() -> None:
    actions.sweep()


@shared_task(name="deadlines.recount", ignore_result=True)
def recount() -> None:
    actions.recount()
