"""What the law wants kept is kept by the database itself, whoever writes."""

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.issuance import workflow
from apps.issuance.actions import hand_over, register_seal
from apps.issuance.loading import load_templates
from apps.issuance.models import Document, DocumentTemplate
from apps.journal.door import action

from .samples import filed, queued, spec, staff
from .test_hand_over import LEFT

pytestmark = pytest.mark.django_db


def refuses(sql: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def handed() -> Document:
    document = filed("grant")
    with action(staff("seal_keeper")) as act:
        register_seal(act, document.pk, seal_number="3302820000123")
    with action(staff("issue_clerk")) as act:
        hand_over(act, 1, [document.pk], LEFT)
    return document


@pytest.mark.parametrize("table", ["issuance_sealrecord", "issuance_handover"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET at = now()"])
def test_registers_are_append_only(handed, table, change):
    refuses(change.format(table))


@pytest.mark.parametrize(
    "change",
    [
        "payload = '{}'",
        "number = 'x'",
        "title = 'x'",
        "verify_code = 'x'",
        "root_id = 9",
        "day = '2020-01-01'",
        "kind = 'refusal'",
        "department = 'x'",
        "sha256 = repeat('0', 64)",
        "path = 'other.pdf'",
        "pages = 9",
        "state = 'queued'",
        "state = 'stuck'",
        "sha256 = ''",
    ],
)
def test_a_printed_document_stays_as_it_is(handed, change):
    refuses(f"UPDATE issuance_document SET {change} WHERE id = {handed.pk}")


def test_a_document_is_never_deleted():
    queued(spec("receipt"))
    refuses("DELETE FROM issuance_document")


def test_a_queued_document_cannot_be_given_other_words():
    queued(spec("receipt"))
    refuses("UPDATE issuance_document SET payload = '{}'")


def test_a_rendered_document_has_a_file():
    queued(spec("receipt"))
    refuses("UPDATE issuance_document SET state = 'rendered'")


def test_a_void_document_says_why():
    queued(spec("receipt"))
    refuses("UPDATE issuance_document SET state = 'void'")


def test_templates_are_not_rewritten_only_ended():
    load_templates()
    refuses("UPDATE issuance_documenttemplate SET remedies = ''")
    refuses("DELETE FROM issuance_documenttemplate")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE issuance_documenttemplate SET valid_to = '2030-01-01' WHERE valid_to IS NULL")


def test_one_template_a_day():
    load_templates()
    row = DocumentTemplate.objects.get(kind="grant", version=1)
    row.pk, row.version = None, 99
    with pytest.raises(IntegrityError, match="one_template_a_day"):
        row.save()


def test_the_trigger_and_the_machine_know_the_same_moves():
    machine = {
        (source, transition.target)
        for transition in Document().get_all_state_transitions()
        for source in [transition.source]
    }
    assert machine == set(workflow.MOVES)
    trigger = next(t for t in Document._meta.triggers if t.name == "document_life")
    assert isinstance(trigger, pgtrigger.FSM)
    assert set(trigger.transitions) == set(workflow.MOVES)


@pytest.mark.parametrize("verb", ["render", "stick", "fail", "requeue", "void"])
@pytest.mark.parametrize("state", [state for state, _ in workflow.STATES])
def test_every_state_and_move(state, verb):
    """Document(state) may do the verb exactly when the table names it."""
    from django_fsm import can_proceed

    target = {"render": "rendered", "stick": "stuck", "fail": "failed", "requeue": "queued", "void": "void"}[verb]
    document = Document(state=state)
    assert can_proceed(getattr(document, verb)) == ((state, target) in workflow.MOVES)
