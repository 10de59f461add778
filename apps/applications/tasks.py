"""What the workers do for this room: files in quarantine, drafts that end, work left behind by a last day that passed."""

from celery import shared_task

from . import actions


@shared_task(name="applications.examine", ignore_result=True)
def examine() -> None:
    actions.examine_waiting()


@shared_task(name="applications.mind_drafts", ignore_result=True)
def mind_drafts() -> None:
    actions.mind_drafts()


@shared_task(name="applications.mind_terms", ignore_result=True)
def mind_terms() -> None:
    actions.tell_terms_over()


@shared_task(name="applications.shred", ignore_result=True)
def shred() -> None:
    actions.shred()
