"""Whoever accepts, concludes, prints or sends is killed before and after each of its statements and its commit.

After each kill either everything of it stands or nothing does; done once more, it is done once."""

import asyncio
import os

import pytest
from django.db import connection
from django.test import Client

from apps.applications.models import Application, Job
from apps.gateway import actions as gateway
from apps.gateway.models import Outbound
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.delivering import deliver_one
from apps.journal.door import action
from apps.journal.invariants import patrol
from apps.journal.models import Delivery, Event
from apps.kit import files
from apps.kit.time import now
from tests import make
from tests.faults.killing import ended, run_and_die, start_to_die
from tests.full import full

pytestmark = pytest.mark.django_db(transaction=True)
STEP = full(3, 1)  # short: every third boundary


def kill_everywhere(work, standing):
    """`standing()` is what the work writes; it may only ever be what it was, or whole. Returns what it is in the end."""
    before, at, seen = standing(), 1, set()
    while not run_and_die(work, at):
        seen.add(standing())
        at += STEP
    after = standing()
    assert at > 3 and after != before
    assert seen <= {before, after}, "a half was left behind"
    verify()
    assert patrol()[1] == []
    return after


def trace(case: Application) -> tuple:
    """The case's states, and how much was told of it."""
    case = Application.objects.get(pk=case.pk)
    members = tuple(case.members.order_by("pk").values_list("state", flat=True))
    jobs = tuple(Job.objects.filter(member__application=case).order_by("pk").values_list("state", flat=True))
    names = tuple(Event.objects.filter(chain=case.chain).order_by("seq").values_list("name", flat=True))
    return case.state, members, jobs, names, Delivery.objects.filter(event__chain=case.chain).count()


def once(work):
    """As a browser does that got no answer: asked again, the second time there may be nothing left to do."""

    def asked():
        answer = work()
        assert answer.status_code in (200, 201, 409), answer.content

    return asked


def post(username: str, address: str, **data):
    def send():
        client = Client()
        client.force_login(make.user(username))
        client.get("/healthz")
        return client.post(address, data=data, content_type="application/json", headers={"Idempotency-Key": "one"})

    return once(send)


def test_accepting(world):
    case = make.received()
    state, *_, names, _ = kill_everywhere(
        post("cixi-clerk", f"/api/applications/{case.pk}/accept/"), lambda: trace(case)
    )
    assert state == "in_progress" and names.count("application.accept") == 1


def test_concluding(world):
    job = make.claimed()
    case = Application.objects.get(members__jobs=job)
    given = {"recommendation": "grant", "opinion": "符合条件，建议准予许可。"}
    work = post("scjg-reviewer", f"/api/jobs/{job.pk}/conclude/", **given)
    *_, names, _ = kill_everywhere(work, lambda: trace(case))
    assert names.count("job.conclude") == 1


@pytest.mark.pdf
def test_printing(world):
    case = make.received()
    delivery = Delivery.objects.get(event__chain=case.chain, listener="issuance.render")

    def standing() -> tuple:
        documents = Document.objects.filter(root_id=case.pk).order_by("pk")
        for document in documents.exclude(path=""):
            assert files.read(document.path).startswith(b"%PDF")
        printed = Event.objects.filter(name="document.render").count()
        return tuple(documents.values_list("state", flat=True)), printed, Delivery.objects.get(pk=delivery.pk).state

    states, printed, delivered = kill_everywhere(lambda: deliver_one(delivery.pk), standing)
    assert set(states) == {"rendered"} and printed == len(states) and delivered == "done"


def test_sending(transactional_db, twins):
    with action(SYSTEM) as act:
        gateway.post(
            act, [Outbound(service="sms", key="one", to=make.MOBILE, text="您的办件已受理。", region="330282")]
        )
    row = Outbound.objects.get(key="one")

    def standing() -> str:
        Outbound.objects.filter(pk=row.pk).update(next_try_at=now())  # the lease of who was killed is over
        return Outbound.objects.get(pk=row.pk).state

    state = kill_everywhere(lambda: gateway.send_one(row.pk), standing)
    assert state == "sent"
    assert len(twins.sent["sms"]) == 1, "the key makes a repeated request the same request"


def test_each_copy_has_a_session_of_its_own(transactional_db):
    """Also where a browser was started after the first session: its loop keeps the connections of this thread apart, and a copy has no
    loop. Two copies at one session wait for each other's answers for ever."""
    reading, writing = os.pipe()

    def tell() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            os.write(writing, f"{cursor.fetchone()[0]} ".encode())

    before = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        tell()
        asyncio._set_running_loop(asyncio.new_event_loop())
        tell()
        assert all(ended(start_to_die(tell, at=0)) for _ in range(2))
        asyncio._set_running_loop(None)
        connection.close()
    finally:
        asyncio._set_running_loop(before)
    assert len(set(os.read(reading, 200).split())) == 4
    os.close(reading), os.close(writing)
