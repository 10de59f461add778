import pytest
import redis
from django.conf import settings
from django.db import connection

from apps.journal import ringing
from tests.second_servers import upon_copies

from .worker import Worker


@pytest.fixture
def workers(transactional_db, world, tmp_path):
    """Starts workers; whatever still lives at the end is killed."""
    rung().flushdb()
    started: list[Worker] = []

    def start() -> Worker:
        started.append(Worker(tmp_path))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
    end_other_sessions()
    broker().flushdb()


@pytest.fixture
def on_a_copy(transactional_db, world):
    with upon_copies() as turn:
        yield turn


def broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)


def rung() -> redis.Redis:
    """The broker, when it has heard all that this process had to ring."""
    if ringer := ringing._ringer:
        ringer.join()
    return broker()


def end_other_sessions() -> int:
    """What a restart of the database does to everybody else: every connection ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]
