from celery import shared_task

from .rollup import rollup as count


@shared_task(name="supervision.rollup", ignore_result=True)
def rollup() -> None:
    count()
