"""The configuration of the whole: settings, addresses, background work, the switchboard, and the runner behind script/."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
