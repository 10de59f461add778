"""What the workers do for this room: questions whose day has passed."""

from celery import shared_task

from . import actions


@shared_task(name="feedback.mind_questions", ignore_result=True)
def mind_questions() -> None:
    actions.remind_enquiries()
