"""Two reviewers take the same job in the same moment: one has it, the other is told, and there is one event."""

import re
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.urls import reverse

from apps.applications.models import Job
from apps.journal.models import Event
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def both(*calls):
    """Run at the same moment, each on a connection of its own; the answers in order."""
    start, answers = Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        try:
            start.wait()
            answers[number] = call()
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_reviewers_one_job(at):
    for _ in range(3):
        job = make.job_of(make.accepted())
        address = reverse("review:claim", args=[job.pk])
        clients = [at("scjg-reviewer"), at("scjg-reviewer2")]
        answers = both(*(lambda client=client, address=address: client.post(address) for client in clients))
        assert sorted(answer.status_code for answer in answers) == [302, 409]
        winner = ["scjg-reviewer", "scjg-reviewer2"][0 if answers[0].status_code == 302 else 1]
        assert Job.objects.get(pk=job.pk).assignee == make.user(winner)
        assert Event.objects.filter(name="job.claim", chain=f"application:{job.application_id}").count() == 1


def test_the_same_click_twice_at_once(at):
    job = make.concluded()
    address = reverse("review:decide", args=[job.pk])
    sent = {"once": "the-same", "decision": "grant"}
    clients = [at("scjg-head"), at("scjg-head")]
    answers = both(*(lambda client=client: client.post(address, sent) for client in clients))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Event.objects.filter(name="member.grant").count() == 1


def test_two_bulk_claims_share_the_work(at):
    jobs = [make.job_of(make.accepted()).pk for _ in range(4)]
    address = reverse("review:claim_many")
    clients = [at("scjg-reviewer"), at("scjg-reviewer2")]
    answers = both(*(lambda client=client: client.post(address, {"jobs": jobs}) for client in clients))
    assert [answer.status_code for answer in answers] == [200, 200]
    told = [re.search(r"已领办 (\d+) 件", answer.text) for answer in answers]
    assert sum(int(found[1]) for found in told if found) == 4
    assert Event.objects.filter(name="job.claim").count() == 4
