"""The database has no room left, neither for rows nor for its log: what cannot be kept is refused in plain words, nothing is left half
written, and with room made it goes on. It happens to a copy of the tests' server."""

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from apps.applications.models import Application
from apps.journal.anchoring import verify
from apps.journal.invariants import patrol
from apps.journal.models import Delivery, Event, Receipt
from tests import make
from tests.faults.worker import until
from tests.full import full
from tests.second_servers import Limited, Small, may_mount

CASES = full(16, 100)


@pytest.fixture(params=full(["disk"], ["disk", "limit"]))
def narrow(request, on_a_copy):
    return on_a_copy(Small if request.param == "disk" and may_mount() else Limited)


def asked(question: str) -> bool:
    """Whether the database could do it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
    except DatabaseError:
        connection.close()
        return False
    return True


def test_no_room_is_told_and_nothing_is_lost(narrow):
    cases = [make.received().pk for _ in range(CASES)]
    client = Client(raise_request_exception=False)
    client.force_login(make.user("cixi-clerk"))

    def accept(pk: int) -> int:
        answer = client.post(f"/api/applications/{pk}/accept/", {}, "application/json", headers={"Idempotency-Key": f"{pk}"})
        if answer.status_code == 503:
            told = answer.json()
            assert "什么都没有写入" in told["detail"] and told["code"] == "unavailable" and answer["Retry-After"]
            connection.close()
        return answer.status_code

    def accepted() -> set[int]:
        """Each whole: the state, its event and the key that it was asked under."""
        found = set(Application.objects.filter(state="in_progress").values_list("pk", flat=True))
        assert Event.objects.filter(name="application.accept").count() == Receipt.objects.count() == len(found)
        return found

    narrow.take_room()
    *most, last = cases
    told = {pk: accept(pk) for pk in most}
    done = {pk for pk, status in told.items() if status == 200}
    assert set(told.values()) <= {200, 503}
    try:
        still = accepted()
    except DatabaseError:  # it may have given up already, at whatever moment
        connection.close()
    else:  # no room for rows; now none for the log either, and it gives up
        assert still == done
        until(lambda: not asked("SELECT pg_switch_wal(), pg_logical_emit_message(false, '', repeat('-', 1000))"))
    assert accept(last) == 503
    narrow.make_room()
    if not asked("SELECT pg_logical_emit_message(true, '', '-')"):
        narrow.start_afresh()
    assert accepted() >= done
    assert {accept(pk) for pk in cases} == {200}
    assert accepted() == set(cases)
    assert Delivery.objects.filter(event__name="application.accept").exists()
    verify()
    assert patrol()[1] == []
