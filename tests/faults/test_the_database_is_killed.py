"""PostgreSQL is killed in the middle of its work and started again: what was answered stands, what was not is asked again under its
key and done once. It happens to a copy of the tests' server; the others that work on that one notice nothing."""

import threading
from itertools import count

import pytest
from django.db import connection

from apps.applications.models import Application
from apps.journal.anchoring import verify
from apps.journal.invariants import patrol
from apps.journal.models import Delivery, Event
from apps.journal.once import once
from apps.kit.errors import database_away
from tests import make
from tests.faults.worker import until
from tests.full import full
from tests.second_servers import Standby
from tests.threads import lost, together

HANDS, EACH = 3, full(4, 60)


@pytest.fixture
def copy(on_a_copy):
    return on_a_copy(Standby)


def test_killed_and_started_again_under_load(copy):
    clerk = make.actor("cixi-clerk")
    enough, over, failed = threading.Event(), threading.Event(), []

    def asked(key: str) -> int:
        """As a program does that got no answer."""

        def ask():
            try:
                return once(clerk, key, key, lambda: make.accepted().pk)[0]
            except Exception as error:
                assert database_away(error), repr(error)
                connection.close()
                failed.append(key)

        return until(ask, every=0.2)

    def hand(name: int):
        def work() -> list[int]:
            found = []
            for n in count():
                found.append(asked(f"{name}-{n}"))
                if n:
                    enough.set()
                if n + 1 >= EACH and (failed or over.is_set()):  # who is quick does not end before the kill, and nobody goes on without one
                    return found

        return work

    def kill() -> None:
        try:
            for _ in range(full(1, 5)):
                enough.wait(60)
                enough.clear()
                copy.kill()
                until(copy.start_again, every=0.2)
        finally:
            over.set()

    *told, _ = answers = together(*[hand(n) for n in range(HANDS)], kill)
    assert lost(answers) == [] and failed
    connection.close()  # this hand's session died with the others
    cases = [pk for found in told for pk in found]
    assert len(set(cases)) == len(cases) >= HANDS * EACH
    standing = Application.objects.filter(state="in_progress", number__isnull=False)
    assert set(standing.values_list("pk", flat=True)) == set(cases)
    accepted = Event.objects.filter(name="application.accept")
    assert accepted.count() == len(cases) == accepted.values("chain").distinct().count()
    assert Delivery.objects.filter(event__in=accepted).exists()
    verify()
    assert patrol()[1] == []
