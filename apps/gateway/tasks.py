from celery import shared_task

from . import actions


@shared_task(name="gateway.send", ignore_result=True)
def send(ids: list[int]) -> None:
    for pk in ids:
        actions.send_one(pk)


@shared_task(name="gateway.sweep", ignore_result=True)
def sweep() -> None:
    actions.sweep()
