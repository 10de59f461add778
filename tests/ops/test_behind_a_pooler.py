"""PgBouncer between the house and its database, in transaction mode: a session is lent for one transaction and then belongs to
another. Where PgBouncer is installed, whole lives go through two sessions; everywhere, no code relies on a session."""

import os
import re
import shutil
import subprocess

import pytest
from django.db import OperationalError, connection

from apps.applications.models import Application
from apps.journal.anchoring import seal, verify
from apps.journal.invariants import patrol
from config.runner.places import PROJECT
from tests import make
from tests.faults.worker import until
from tests.full import full
from tests.ops.running import free_port
from tests.threads import lost, together

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SESSIONS = 2
# What outlives its transaction. A lock, a setting or a table of the transaction is another matter.
OF_A_SESSION = re.compile(
    r"pg_(try_)?advisory_lock|set_config\([^)]*false\)|\b(UN)?LISTEN |\bDISCARD |WITH HOLD"
    r"|\bSET (?!LOCAL |TRANSACTION |NULL|NOT |DEFAULT|[a-z_]+ = %|\{)(SESSION |[a-z_.]+ (=|TO) )",
    re.ASCII,
)
# Each with why it may.
KNOWN: dict[str, str] = {}


def test_no_code_leaves_anything_in_a_session():
    found = {}
    for file in [*(PROJECT / "apps").rglob("*.py"), *(PROJECT / "config").rglob("*.py")]:
        for line in file.read_text().splitlines():
            if OF_A_SESSION.search(line):
                found[str(file.relative_to(PROJECT))] = line.strip()
    assert found.keys() == KNOWN.keys(), found


@pytest.fixture
def pooled(transactional_db, world, tmp_path):
    """Every connection of this test leads through the pooler; the tables are put back past it."""
    if PGBOUNCER is None:
        pytest.skip("PgBouncer is not installed")
    given, port = connection.settings_dict, free_port()
    place = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"]}
    server = " ".join(f"{name}={value}" for name, value in place.items() if value)
    settings = {
        "listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "auth_type": "any", "pool_mode": "transaction",
        "default_pool_size": SESSIONS, "max_client_conn": 200, "ignore_startup_parameters": "options,extra_float_digits",
    }  # fmt: skip
    if os.geteuid() == 0:
        settings["user"] = "nobody"  # as root it refuses
    file = tmp_path / "pgbouncer.ini"
    lines = [f"{name} = {value}" for name, value in settings.items()]
    file.write_text("\n".join(["[databases]", f"* = {server}", "[pgbouncer]", *lines]))
    running = subprocess.Popen([PGBOUNCER, "-q", file], stderr=subprocess.DEVNULL)
    before = {name: given[name] for name in ("HOST", "PORT", "DISABLE_SERVER_SIDE_CURSORS")}
    connection.close()
    given.update(HOST="127.0.0.1", PORT=str(port), DISABLE_SERVER_SIDE_CURSORS=True)
    try:
        until(_answers, seconds=10)
        yield
    finally:
        connection.close()
        given.update(before)
        running.kill()
        running.wait(10)


def _answers() -> bool:
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


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
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert cursor.fetchone()[0] <= SESSIONS
