"""The Celery application. The tables are the truth and Redis is the doorbell: a lost message is delivered by a sweep."""

import os
import time
import warnings
from contextlib import suppress

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import heartbeat_sent, worker_process_init
from django.core.cache import cache
from django.core.management import call_command
from kombu.transport import redis as transport
from kombu.transport import virtual
from redis.exceptions import RedisError

from apps.kit import hanging
from config.standing import stands

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HEARTBEAT = "ops.heartbeat"
AT_WORK = "ops.at_work."  # and a queue
TIDY = "ops.tidy"

# Said at every start as root, about pickled messages; ours are JSON and nothing else is accepted.
warnings.filterwarnings("ignore", category=SecurityWarning)



class InHand(transport.QoS):
    """What the worker has taken and not yet told the broker that it is done. A broker that dies in that moment is told nothing: the message
    counted as in hand for good, a worker that takes one at a time took none again, and looked for no connection, so it never heard
    that the old one was gone. Whatever is told, it is out of the hand; what the broker still knows comes once more and finds nothing to do."""

    def ack(self, delivery_tag) -> None:
        try:
            super().ack(delivery_tag)
        except RedisError:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        except RedisError:
            virtual.QoS.ack(self, delivery_tag)
            raise


transport.Channel.QoS = InHand

app = Celery("yichuang")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _settle(**_) -> None:
    stands()
    hanging.watch()  # in each process that works; the one above them asks the database nothing


@heartbeat_sent.connect
def _at_work(**_) -> None:
    """Said every two seconds by the process above those that do the tasks, also while all of them are busy: for /readyz."""
    with suppress(RedisError):
        cache.set_many({f"{AT_WORK}{queue}": 1 for queue in app.amqp.queues.consume_from}, timeout=60)


def _every(seconds: int, task: str, queue: str = "default") -> dict:
    # A tick that no worker took before the next one comes is worthless: it expires instead of piling up.
    return {"task": task, "schedule": seconds, "options": {"expires": seconds, "queue": queue}}


app.conf.beat_schedule = {
    "deliver what a lost message missed": _every(5, "journal.sweep"),
    "move clocks whose moment has passed": _every(60, "deadlines.sweep"),
    "count clocks again after a changed calendar": _every(60, "deadlines.recount"),
    "seal new events into the global chain": _every(60, "journal.anchor"),
    "put done deliveries into their year, forget old keys": _every(60, "journal.age"),
    "send what is still waiting to leave the building": _every(15, "gateway.sweep", "notify"),
    "ask the scanner again about files in quarantine": _every(15, "applications.examine", "notify"),
    "warn of drafts that end soon, empty those that have ended": _every(3600, "applications.mind_drafts"),
    "tell of work that somebody's last day has left behind": _every(3600, "applications.mind_terms"),
    "tell of authorisations that end soon": _every(3600, "directory.mind_mandates"),
    "take the files of discarded drafts off the disk": _every(4 * 3600, "applications.shred"),
    "tell of questions whose day has passed unanswered": _every(3600, "feedback.mind_questions"),
    "warn that a year's holiday notice is missing": _every(3600, "supervision.notice_alarm"),
    "hand on the reasons that nobody is left to give": _every(3600, "supervision.mind_owed"),
    "count what happened": _every(1, "supervision.rollup"),
    "forget sessions that have ended": _every(3600, TIDY),
    "show that beat and a worker live": _every(5, HEARTBEAT),
}


@app.task(name=HEARTBEAT)
def heartbeat() -> None:
    """Sent by beat and done by a worker, so that its age on /readyz speaks for both."""
    cache.set(HEARTBEAT, time.time(), timeout=None)


@app.task(name=TIDY)
def tidy() -> None:
    from apps.directory.actions import forget_ended_sessions

    call_command("clearsessions")
    forget_ended_sessions()
