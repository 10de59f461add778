"""What the workers do for this room: deliveries, anchors, old years, old keys."""

from celery import shared_task

from . import ageing, anchoring, delivering, once, years


@shared_task(name="journal.deliver", ignore_result=True)
def deliver(ids: list[int]) -> None:
    for delivery_id in ids:
        delivering.deliver_one(delivery_id)


@shared_task(name="journal.sweep", ignore_result=True)
def sweep() -> None:
    delivering.sweep()


@shared_task(name="journal.age", ignore_result=True)
def age() -> None:
    years.keep_ahead()
    ageing.age()
    once.forget()


@shared_task(name="journal.anchor", ignore_result=True)
def anchor() -> None:
    anchoring.seal()
