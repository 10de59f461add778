"""script/manage: prepares, passes everything through, leaves the servers as found."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from config.runner import managing, prepare
from config.runner.faults import Fault
from config.runner.places import PROJECT
from config.runner.services import Services
from tests.full import full
from tests.ops.running import MAIN, alive, environment, manage, stop_all


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Prepared by the first command that two give at the same time."""
    place = tmp_path_factory.mktemp("manage") / "data"
    place.mkdir()
    both = [
        subprocess.Popen(
            [*MAIN, "manage", "verify_journal", "--json"],
            env=environment(place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    place_said = [process.communicate(timeout=300) for process in both]
    for process, (out, err) in zip(both, place_said, strict=True):
        assert process.returncode == 0, err
        assert json.loads(out)["ok"] is True
    assert sum("区划 / regions" in err for _, err in place_said) == 1, "one prepared, the other waited"
    assert alive(place) == [False, False]
    yield place
    stop_all(place)


def test_a_house_of_another_city_is_prepared_with_its_own_places(tmp_path):
    """And prepared again once they change."""

    def prepared(file) -> list[str]:
        script = "from config.runner import prepare as p; print(p._base_digest(), p.BASE[1][1][1])"
        given = os.environ | {"REGIONS_FILE": str(file)}
        done = subprocess.run([sys.executable, "-c", script], env=given, cwd=PROJECT, capture_output=True, text=True, check=False)
        return done.stdout.split() or [done.stderr]

    own = tmp_path / "regions.yaml"
    own.write_text("regions: []")
    ours, theirs = prepared(""), prepared(own)
    assert theirs[1] == str(own) and ours[1].endswith("fixtures/regions.yaml") and ours[0] != theirs[0]
    own.write_text("regions: [ ]")
    assert prepared(own)[0] not in {ours[0], theirs[0]}
    assert "REGIONS_FILE 应是一个读得到的文件" in prepared(tmp_path)[0]


@pytest.mark.django_db
def test_a_house_on_places_of_its_own_is_given_no_others(monkeypatch):
    """A start that forgot the variable read Ningbo's into it for good, and brought the demo's people."""
    with connection.cursor() as cursor:
        for own in (None, "regions.yaml"):
            monkeypatch.setattr(prepare, "OWN_PLACES", own)
            prepare._demand_places(cursor)
            prepare._begin(cursor)
        monkeypatch.setattr(prepare, "OWN_PLACES", None)
        for door in (prepare._demand_places, prepare._begin):
            with pytest.raises(Fault, match="REGIONS_FILE"):
                door(cursor)


@pytest.mark.django_db
def test_an_outside_database_that_will_not_do_is_told_in_plain_words():
    """As postgres creates one for a role since PostgreSQL 15, or a container without a locale: both ended in a trace of pages. A faulty
    address was repeated, with its password."""
    for address in ("mysql://u:geheim@h/house", *(f"postgres://u:x{sign}geheim@localhost/house" for sign in "@/?#%"), "postgres://u:1/geheim@h/house"):
        for door in (prepare.is_prepared, prepare.prepare):
            with pytest.raises(Fault, match=r"应是以 postgres:// 开头的地址.*写作 %40") as told:
                door(address, False)
            assert "geheim" not in str(told.value)
    given = connection.get_connection_params()
    at = {"host": given["host"], "dbname": "postgres"}
    line = psycopg2.connect(user=given["user"], **at)
    line.autocommit = True
    cursor = line.cursor()
    name = f"visitor_{os.getpid()}"
    try:
        cursor.execute(f"CREATE ROLE {name} LOGIN")
        cursor.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
        for database, said in (("postgres", "没有建表的权限"), (name, "编码是 SQL_ASCII，应是 UTF8")):
            with pytest.raises(Fault, match=said):
                prepare.prepare(psycopg2.extensions.make_dsn(user=name, **at | {"dbname": database}), demo=False)
    finally:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"DROP ROLE IF EXISTS {name}")
        line.close()


def test_stdin_stdout_directory_and_exit_code_are_the_command_s_own(data, tmp_path):
    question = json.dumps({"op": "is_working_day", "input": {"date": "2026-02-14"}})
    done = manage(data, "explain_deadline", "--json", stdin=None, input=question)
    assert done.returncode == 0 and json.loads(done.stdout) == {"working_day": True}

    (tmp_path / "broken.yaml").write_text("nothing: [here\n")
    refused = manage(data, "load_catalog", "broken.yaml", "--check", "--json", cwd=tmp_path)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["errors"][0]["file"] == "broken.yaml"

    assert manage(data, "no_such_command").returncode == 2, "wrong usage, which a script tells from a refusal"
    assert alive(data) == [False, False]


def test_help_and_a_mistyped_name_prepare_nothing(tmp_path):
    """Who first asked what a command does waited for a database, its migrations and its regions."""
    for asked in (["help", "recount"], ["load_catalog", "--help"], []):
        done = manage(tmp_path, *asked)
        assert done.returncode == 0 and done.stdout and not (tmp_path / "postgres").exists(), done.stderr
    done = manage(tmp_path, "verify_jurnal")
    stop_all(tmp_path)
    assert done.returncode == 2 and "verify_jurnal" in done.stderr and "准备" not in done.stderr


def test_a_prepared_directory_costs_little_and_says_nothing(data):
    began = time.monotonic()
    done = manage(data, "shell", "--no-startup", "-c", "print(1)")
    assert done.stdout.strip().endswith("1") and "准备" not in done.stderr
    assert time.monotonic() - began < 90  # a crowded machine; about 4 s on an idle one


def test_servers_that_run_are_used_and_left(data):
    with Services(data, outside=False):
        assert manage(data, "verify_journal").returncode == 0
        assert alive(data) == [True, True]


def test_a_migration_taken_back_is_done_again(data):
    assert manage(data, "migrate", "sessions", "zero").returncode == 0
    done = manage(data, "showmigrations", "sessions")
    assert "准备" in done.stderr and "[X] 0001_initial" in done.stdout


def test_a_signal_reaches_the_command_and_the_servers_stop(data):
    running = subprocess.Popen(
        [*MAIN, "manage", "shell", "--no-startup", "-c", "import time; print('here', flush=True); time.sleep(60)"],
        env=environment(data), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while "here" not in (line := running.stdout.readline()):
        assert line, "the command ended early"
    os.kill(running.pid, signal.SIGTERM)
    assert running.wait(180) == 128 + signal.SIGTERM
    assert alive(data) == [False, False]


def test_ctrl_c_while_all_is_still_loaded_prints_no_trace(tmp_path):
    """It stood in the first imports, of ours or of the command: pages of what nobody had asked, or nothing, and the command went on."""
    ended = []
    for wait in (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1):
        running = subprocess.Popen(
            [*MAIN, "manage", "help", "recount"], env=environment(tmp_path), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        time.sleep(wait)
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGINT)  # as a terminal does
        said = running.communicate(timeout=60)[1]
        ended.append(running.returncode)
        assert said.strip() in ("", "已中断 / interrupted") and ended[-1] in (0, 128 + signal.SIGINT, -signal.SIGINT), said
    assert set(ended) != {0}


WRITE = """
from datetime import date
from apps.deadlines.actions import set_exception
from apps.journal.actor import SYSTEM
from apps.kit import files
set_exception(by=SYSTEM, region="", day=date(2026, 3, 2), working=False, reason="台风")
files.store("一页".encode(), ".txt")
"""


def contents(data) -> dict[str, str]:
    """Every table's rows as one digest."""
    with connected(data) as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        digests = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
            digests[table] = cursor.fetchone()[0]
    return digests


@contextmanager
def connected(data):
    with Services(data, outside=False) as services, psycopg2.connect(services.environment["DATABASE_URL"]) as line:
        yield line.cursor()


def run(data, *command: str, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*MAIN, *command], env=environment(data, **more), capture_output=True, text=True, check=False, timeout=300,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def kept(monkeypatch):
    """A back-up directory where also the server's own user comes; pytest's directories are closed to it."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        monkeypatch.setenv("BACKUP_DIR", f"{place}/kept")
        yield Path(place) / "kept"


def test_last_night_s_back_up_and_what_came_after_stand_again(data, tmp_path, kept, monkeypatch):
    """A base, then writing on; restored to a moment, and (in the full run) to the end. Equal row for row."""
    assert "BACKUP_DIR" in run(data, "backup").stderr
    with Services(data, outside=False):  # they run meanwhile, as they would at night
        chosen = {"BACKUP_DIR": str(kept)}
        assert run(data, "manage", "shell", "--no-startup", "-c", WRITE, **chosen).returncode == 0
        saved = run(data, "backup", "--keep", "1", **chosen)
        assert saved.returncode == 0, saved.stderr
        elsewhere = run(data, "backup", BACKUP_DIR=f"{kept}-2")
        assert elsewhere.returncode == 1 and "BACKUP_DIR 是另一个目录" in elsewhere.stderr
        with connected(data) as cursor:
            cursor.execute("INSERT INTO django_session VALUES ('between', '', now())")
        middle, moment = contents(data), datetime.now(UTC)
        with connected(data) as cursor:
            cursor.execute("INSERT INTO django_session VALUES ('after', '', now())")
            cursor.execute("SELECT pg_switch_wal()")
        anew = {"django_migrations", "runner_prepared"}
        for older in full([], ["0001"]):  # a version that is older than what restores it
            assert run(data, "manage", "migrate", "issuance", older, **chosen).returncode == 0
            with connected(data) as cursor:
                cursor.execute("SELECT pg_switch_wal()")
        end = contents(data)
    assert middle != end
    with pytest.raises(Fault, match="是数据目录"), Services(tmp_path / "copy", outside=False):
        pass  # a second house in one back-up would be the one that is restored
    stop_all(tmp_path / "copy")
    monkeypatch.delenv("BACKUP_DIR")
    written = {one.name: one.stat().st_mtime_ns for one in (kept / "wal").iterdir()}
    for name, asked, rows in (("middle", ["--until", moment.isoformat()], middle), *full([], [("end", [], end)])):
        place = tmp_path / name
        try:
            done = run(place, "restore", str(kept), *asked, BACKUP_DIR=str(kept))
            assert written == {one.name: one.stat().st_mtime_ns for one in (kept / "wal").iterdir()}
            assert done.returncode == 0, done.stderr + done.stdout
            stood = contents(place)
            cluster = Services(place, outside=False).servers[0].cluster
            assert len({part.lstat().st_uid for part in (cluster, *cluster.rglob("*"))}) == 1, "all is the server's own"
            assert {name for name in stood.keys() | rows.keys() if stood.get(name) != rows.get(name)} <= (
                anew if rows is end else set()
            )
            assert [file.read_text() for file in (place / "files").rglob("*.txt")] == ["一页"]
            assert "空目录" in run(place, "restore", str(kept)).stderr, "nothing is ever written over"
        finally:
            stop_all(place)
    # A piece of the log is gone, or the base is not what it was: told, and nothing stands that looks whole.
    pieces = sorted((kept / "wal").glob("*[0-9A-F].gz"))
    content = pieces[-2].read_bytes()
    pieces[-2].write_bytes(content[:100])
    place = tmp_path / "gap"
    gap = run(place, "restore", str(kept))
    assert gap.returncode == 1 and f"缺少 {pieces[-2].name}" in gap.stderr and not (place / "postgres" / "data").exists(), gap.stderr
    for _ in full([], ["to the gap"]):
        try:
            assert f"缺少 {pieces[-2].name}，其后的没有恢复" in run(place, "restore", str(kept), "--to-gap").stdout
        finally:
            stop_all(place)
    pieces[-2].write_bytes(content)
    (base,) = (kept / "base").iterdir()
    (base / "PG_VERSION").write_text("11\n")
    place = tmp_path / "broken"
    broken = run(place, "restore", str(kept))
    assert broken.returncode == 1 and f"整库备份 {base} 已经损坏" in broken.stderr
    assert not (place / "postgres" / "data").exists() and not (place / "postgres" / "data.new").exists()
    (place / "secret").write_text("of another house")
    assert "另一套平台的密钥" in run(place, "restore", str(kept)).stderr
    (kept / "base" / "oldZ").mkdir()  # laid there by somebody: no base
    early = run(tmp_path / "early", "restore", str(kept), "--until", "2001-01-01T00:00:00")
    assert early.returncode == 1 and "没有该时刻之前的整库备份" in early.stderr
    wrong = run(tmp_path / "wrong", "restore", str(kept), "--until", "gestern")
    assert wrong.returncode == 2 and "2026-11-26T09:00:00" in wrong.stderr


@pytest.mark.parametrize(("outside", "free", "told"), [("", "磁盘剩余 3 MB", True), ("", None, False), ("postgres://other/x", "磁盘剩余 3 MB", False)])
def test_preparing_that_fails_on_a_full_disk_says_so(monkeypatch, capfd, tmp_path, outside, free, told):
    """What the database says as it falls is that it recovers."""
    monkeypatch.setenv("DATABASE_URL", outside)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(managing, "is_prepared", lambda *_: False)
    monkeypatch.setattr(managing, "short_of_room", lambda _: free, raising=False)
    monkeypatch.setattr(managing, "RUNNER", [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(SystemExit) as ended:
        managing.ready({"DATABASE_URL": "postgres:///none"}, demo=False)
    assert ended.value.code == 1
    assert ("请腾出空间后再试" in capfd.readouterr().err) is told
