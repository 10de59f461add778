"""The patrol finds what should be impossible, and nothing in a sound house."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.issuance import patrol
from apps.issuance.actions import register_seal
from apps.issuance.models import Document
from apps.issuance.policy import ROLES, allow
from apps.issuance.queries import stored_paths
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.kit.errors import Forbidden
from apps.kit.time import now

from .samples import filed, queued, spec, staff

pytestmark = pytest.mark.django_db
CHECKS = [patrol.files_are_there, patrol.nothing_waits, patrol.seals_agree]


def test_a_sound_house_has_no_violation():
    document = filed("grant")
    queued(spec("receipt"))
    with action(staff("seal_keeper")) as act:
        register_seal(act, document.pk, seal_number="3302820000123")
    assert [list(check()) for check in CHECKS] == [[], [], []]


def test_a_lost_a_longer_and_another_file_than_the_one_that_was_sealed_are_found():
    document = filed("grant")
    with action(staff("seal_keeper")) as act:
        register_seal(act, document.pk, seal_number="3302820000123")
    file = Path(settings.FILES_DIR) / document.path
    file.write_bytes(file.read_bytes() + b" ")
    assert [found["document"] for found in patrol.files_are_there()] == [document.pk]
    file.unlink()
    (found,) = patrol.files_are_there()
    assert found["document"] == document.pk and "requeue_documents" in found["what"]  # the cure with the fault
    assert not list(patrol.seals_agree())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger says that what was printed stays
    Document.objects.update(sha256="0" * 64)
    assert [found["document"] for found in patrol.seals_agree()] == [document.pk]


def test_which_files_are_named_by_papers_is_not_asked_of_every_paper():
    """Of what is thrown away before it was received, every four hours."""
    document = filed("grant")
    queued(spec("receipt"))
    with CaptureQueriesContext(connection) as asked:
        assert stored_paths([document.path, "00/00/none.pdf", ""]) == {document.path}
    (papers,) = [one["sql"] for one in asked if 'FROM "issuance_document"' in one["sql"]]
    assert '"sha256" IN' in papers and "NOT" in papers  # the index of what is printed


def test_a_document_forgotten_for_hours_is_found():
    document = queued(spec("receipt"))[0]
    with time_machine.travel(now() + timedelta(minutes=119)):
        assert not list(patrol.nothing_waits())
    with time_machine.travel(now() + timedelta(minutes=121)):
        assert [found["document"] for found in patrol.nothing_waits()] == [document.pk]


@pytest.mark.parametrize("verb", ROLES)
@pytest.mark.parametrize(
    "role",
    ["clerk", "issue_clerk", "reviewer", "head", "seal_keeper", "supervisor", "catalogue", "node_admin", "auditor"],
)
def test_every_role_and_verb(role, verb):
    document = queued(spec("receipt"))[0]
    allow(SYSTEM, verb, document)
    if role in ROLES[verb]:
        allow(staff(role), verb, document)
    else:
        with pytest.raises(Forbidden):
            allow(staff(role), verb, document)
