"""What the workers do for this room: authorisations that end soon."""

from celery import shared_task

from . import actions


@shared_task(name="directory.mind_mandates", ignore_result=True)
def mind_mandates() -> None:
    actions.tell_mandates_ending()
