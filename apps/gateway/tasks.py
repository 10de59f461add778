"""What the workers do for this room: what is to leave the building."""

from celery import shared_task

from . import actions


@shared_task(name="gateway.send", ignore_result=True)
def send(ids: list[int]) -> None:
    actions.send_rung(ids)


@shared_task(name="gateway.sweep", ignore_result=True)
def sweep() -> None:
    actions.sweep()
