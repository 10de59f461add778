import os
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection

from apps.journal import ringing
from config.runner.postgres import Postgres
from tests.second_servers import Standby

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
    """The test goes on upon a copy of the tests' server, of the kind it asks for."""
    running: list[Standby] = []
    before = connection.settings_dict["HOST"]

    def turn(kind: type[Standby]) -> Standby:
        primary = Postgres(Path(os.environ["DATA_DIR"]), durable=False)
        primary._settle()
        if not primary.alive():
            pytest.skip("the tests' database is a server from outside")
        copy = kind(primary)
        running.append(copy)
        copy.branch_off()
        connection.close()
        connection.settings_dict["HOST"] = str(copy.place)
        return copy

    yield turn
    connection.close()
    connection.settings_dict["HOST"] = before
    for copy in running:
        if copy.runs():
            copy.stop()
        copy.remove()


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
