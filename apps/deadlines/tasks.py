from celery import shared_task

from . import actions


@shared_task(name="deadlines.sweep", ignore_result=True)
def sweep() -> None:
    actions.sweep()
