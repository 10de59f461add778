"""PgBouncer between the house and its database, in transaction mode: a session is lent for one transaction and then belongs to
another. Where PgBouncer is installed, whole lives go through two sessions; everywhere, no code relies on a session."""

import re

import pytest
from django.db import connection

from apps.applications.models import Application
from apps.journal.anchoring import seal, verify
from apps.journal.invariants import patrol
from config.runner.places import PROJECT
from tests import make
from tests.full import full
from tests.second_servers import PGBOUNCER, pooling
from tests.threads import lost, together

SESSIONS = 2
# What outlives its transaction. A lock, a setting or a table of the transaction is another matter.
OF_A_SESSION = re.compile(
    r"""pg_(try_)?advisory_lock|set_config\(|WITH HOLD|["'](UN)?LISTEN |["']PREPARE |["']DISCARD |(["']|; ?)SET (?!LOCAL |TRANSACTION )"""
)
# Files that may, because they ask settings.DATABASE_POOLED first.
ASKING = {"apps/kit/prepared.py"}


def test_no_code_leaves_anything_in_a_session():
    found = {}
    for file in [*(PROJECT / "apps").rglob("*.py"), *(PROJECT / "config").rglob("*.py")]:
        for line in file.read_text().splitlines():
            if OF_A_SESSION.search(line):
                found[str(file.relative_to(PROJECT))] = line.strip()
    assert found.keys() == ASKING, found


@pytest.fixture
def pooled(transactional_db, world, tmp_path):
    """Every connection of this test leads through the pooler; the tables are put back past it."""
    if PGBOUNCER is None:
        pytest.skip("PgBouncer is not installed")
    given = connection.settings_dict
    before = {name: given[name] for name in ("HOST", "PORT", "DISABLE_SERVER_SIDE_CURSORS")}
    with pooling(given, tmp_path, SESSIONS) as port:
        connection.close()
        given.update(HOST="127.0.0.1", PORT=str(port), DISABLE_SERVER_SIDE_CURSORS=True)
        try:
            yield
        finally:
            connection.close()
            given.update(before)


def life() -> int:
    """One case as far as its decision, by a hand that has a connection of its own."""
    return make.decided().application_id


def test_whole_lives_through_two_sessions(pooled):
    hands = full(4, 12)
    cases = together(*[life] * hands)
    assert lost(cases) == [] and len(set(cases)) == hands
    assert set(Application.objects.filter(pk__in=cases).values_list("state", flat=True)) == {"done"}
    seal()
    assert verify() > 0 and patrol()[1] == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'")
        assert cursor.fetchone()[0] <= SESSIONS
