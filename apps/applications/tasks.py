from celery import shared_task

from . import actions


@shared_task(name="applications.examine", ignore_result=True)
def examine() -> None:
    actions.examine_waiting()
