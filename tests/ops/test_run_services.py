"""PostgreSQL and Valkey of one data directory: shared, found again, and back after every kind of kill."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import MagicMock

import psycopg2
import pytest
import redis

from config.runner.faults import Fault
from config.runner.places import PROJECT, database_url, reachable_by_socket, redis_url
from config.runner.postgres import Postgres
from config.runner.services import Services
from config.runner.valkey import Valkey
from tests.full import full
from tests.ops.running import alive, stop_all


def _services(data: Path, durable: bool = False) -> Services:
    return Services(data, durable, outside=False)


@pytest.fixture
def data(tmp_path):
    """A long path with blanks and Chinese letters below a closed directory: sockets, quoting and the other user all matter."""
    place = tmp_path / "一个 closed place" / ("long-" * 22)
    place.mkdir(parents=True)
    (tmp_path / "一个 closed place").chmod(0o700)
    yield place
    stop_all(place)


def _sql(data: Path, statement: str):
    connection = psycopg2.connect(database_url(data))
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(statement)
    rows = cursor.fetchall() if cursor.description else None
    connection.close()
    return rows


def _redis(data: Path) -> redis.Redis:
    return redis.Redis.from_url(redis_url(data))


def test_data_survive_a_stop_and_a_kill_of_everything(data):
    with _services(data, durable=True):
        _sql(data, "CREATE TABLE kept AS SELECT '慈溪'::text AS name")
        _redis(data).set("kept", "慈溪")
        with pytest.raises(psycopg2.Error):
            _sql(data, "CREATE UNIQUE INDEX one ON kept (name); INSERT INTO kept VALUES ('慈溪')")
        written = _services(data).servers[0].log.read_text()
        assert '"one"' in written and "慈溪" not in written, "the server's own log repeats no row"
    assert alive(data) == [False, False]
    services = _services(data, durable=True)
    with services:
        assert _sql(data, "SELECT name FROM kept") == [("慈溪",)]
        postgres, valkey = services.servers
        for server in (postgres, valkey):
            os.kill(server._pid(), signal.SIGKILL)
        services.acquire()
        assert _sql(data, "SELECT name FROM kept") == [("慈溪",)]
        assert _redis(data).get("kept").decode() == "慈溪"


def test_the_last_to_leave_stops_the_servers(data):
    first, second = _services(data), _services(data)
    first.acquire()
    second.acquire()
    first.release()
    assert alive(data) == [True, True]
    second.release()
    assert alive(data) == [False, False]


def test_two_that_start_at_once_share_one_pair_of_servers(data):
    both = [_services(data) for _ in range(2)]
    threads = [threading.Thread(target=services.acquire) for services in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {services.servers[0]._pid() for services in both} == {both[0].servers[0]._pid()}
    for services in both:
        services.release()
    assert alive(data) == [False, False]


def test_servers_found_running_are_left_running_and_adopted_by_the_next_server(data):
    script = f"import sys, time; sys.path.insert(0, {str(PROJECT)!r})\n" + (
        "from pathlib import Path; from config.runner.services import Services\n"
        f"Services(Path({str(data)!r}), outside=False).acquire(); print('up', flush=True); time.sleep(60)"
    )
    killed = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert killed.stdout.readline() == "up\n"
    killed.kill()
    killed.wait()
    assert alive(data) == [True, True]
    with _services(data):
        pass
    assert alive(data) == [True, True], "script/manage leaves what it found"
    adopting = _services(data)
    adopting.acquire(adopt=True)
    adopting.release()
    assert alive(data) == [False, False], "script/server stops what a killed one left"


def test_a_cleaned_tmp_costs_nothing():
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o711)
    data = parent / ("long path " * 11)
    try:
        with _services(data) as services:
            for directory in (services.servers[0].sockets, services.servers[1].home):
                short = reachable_by_socket(directory)
                assert short != directory and len(str(short)) < 60
                shutil.rmtree(short.parent)
            assert _sql(data, "SELECT 1") == [(1,)]
            assert _redis(data).ping()
    finally:
        stop_all(data)
        shutil.rmtree(parent)


def test_a_removed_socket_is_put_back(data):
    services = _services(data)
    with services:
        (services.servers[0].sockets / ".s.PGSQL.5432").unlink()
        Path(services.servers[1].address).unlink()
        services.acquire()
        assert _sql(data, "SELECT 1") == [(1,)]
        assert _redis(data).ping()


@pytest.mark.parametrize(
    ("refusal", "told", "ago", "ended"),
    [
        ("the database system is starting up", "LOG:  redo in progress, elapsed time: 40.00 s, current LSN: 0/2000028", 9, 0),
        ("the database system is starting up", "LOG:  redo starts at 0/2000028", 9, 0),
        ("the database system is starting up", "LOG:  redo in progress, elapsed time: 40.00 s, current LSN: 0/2000028", 60, 5),
        ("the database system is not yet accepting connections", "LOG:  checkpoint starting: end-of-recovery immediate wait", 60, 0),
        ("sorry, too many clients already", "ERROR:  canceling statement", 60, 0),
        ("timeout expired", "LOG:  checkpoint starting: time", 9, 5),
    ],
)
def test_a_server_that_recovers_or_is_full_of_visitors_is_not_ended(tmp_path, monkeypatch, refusal, told, ago, ended):
    """A recovery that took longer than half a minute was broken off, and began anew at the next start, for ever."""
    server, looks, stopped = Postgres(tmp_path), iter([False] * 5), []
    server.log.parent.mkdir()
    lines = [(told, ago)] + [(f"FATAL:  {refusal}", 0)] * 5  # each look of ours stands in the log as well
    stamped = [f"{datetime.now(UTC) - timedelta(seconds=back):%Y-%m-%d %H:%M:%S}.123 UTC [77] {line}\n" for line, back in lines]
    server.log.write_text("".join(stamped))
    connection = MagicMock()
    answers = {"answers": lambda: next(looks, True), "_wait_for_answer": lambda seconds: time.sleep(seconds / 100)}
    for name, instead in (answers | {"_settle": lambda: None, "alive": lambda: True, "_connect": lambda _: connection}).items():
        monkeypatch.setattr(server, name, instead)
    monkeypatch.setattr(server, "stop", lambda: stopped.append(1))
    monkeypatch.setattr("config.runner.postgres.START_SECONDS", 60 if ended or "many" in refusal else 0.05)
    server.refusal = refusal if "expired" in refusal else f"FATAL:  {refusal}"
    server.start()
    assert len(stopped) == ended


def test_a_copied_directory_does_not_believe_the_pid_of_the_original(data, tmp_path):
    copy = tmp_path / "copy"
    with _services(data) as original:
        copy.mkdir()
        shutil.copytree(
            original.servers[0].home.resolve(), copy / "postgres", ignore=shutil.ignore_patterns("run", "programs-*")
        )
        shutil.copytree(original.servers[1].home, copy / "valkey", ignore=shutil.ignore_patterns("*.sock"))
        assert alive(copy) == [False, False]
        try:
            with _services(copy) as copied:
                assert copied.servers[0]._pid() != original.servers[0]._pid()
                assert _sql(copy, "SELECT 1") == [(1,)]
        finally:
            stop_all(copy)


def test_servers_from_outside_are_used_and_not_touched(data, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    with Services(data) as services:
        assert services.environment == {"DATABASE_URL": "postgres://elsewhere/db", "REDIS_URL": "redis://elsewhere/0"}
        assert not services.servers and not list(data.iterdir())


def test_a_command_that_forgot_the_back_up_hands_over_where_the_last_start_did(tmp_path, monkeypatch):
    """script/manage while the platform stood wrote into a hole of the log: no moment after it could be restored, and nobody knew."""
    kept = tmp_path / "kept"
    server = Postgres(tmp_path / "data")
    server.home.mkdir(parents=True)
    assert server.log_goes_to() is None and server.said_of_back_up() == []
    monkeypatch.setenv("YICHUANG_ENV", "production")  # where losing everything is no game any more
    assert "没有设置 BACKUP_DIR，数据库没有备份" in server.said_of_back_up()[0]
    monkeypatch.delenv("YICHUANG_ENV")
    monkeypatch.setenv("BACKUP_DIR", "/proc/none")
    with pytest.raises(Fault, match="不能使用备份目录 /proc/none：请检查 BACKUP_DIR"):
        server.log_goes_to()
    monkeypatch.setenv("BACKUP_DIR", str(kept))
    assert server.log_goes_to() == kept
    assert [one.name for one in server.home.iterdir()] == []  # root follows no word that the database's user may have written
    monkeypatch.delenv("BACKUP_DIR")
    assert server.log_goes_to() == kept
    (kept / "wal").touch()
    with pytest.raises(Fault, match=f"没有设置 BACKUP_DIR，日志仍交到上次的 {kept}，.*\n.*\n不能使用备份目录 {kept}/wal"):
        server.handing_over(kept)
    (kept / "wal").unlink()
    goes_on, no_base = server.said_of_back_up()
    assert f"仍交到上次的 {kept}" in goes_on and "请现在执行 script/backup" in no_base
    (kept / "base" / "2099-01-01T000000Z").mkdir(parents=True)
    assert server.said_of_back_up() == [goes_on]
    house = kept / "house"
    house.unlink()
    assert server.log_goes_to() is None and server.said_of_back_up() == []
    monkeypatch.setenv("BACKUP_DIR", str(kept))
    house.write_text("")  # its disk was full when it was written: nobody's, not another's
    assert server.log_goes_to() == kept and house.read_text() == str(server.data.resolve())
    for file in (house, server.noted):
        os.utime(file, (1, 1))
    assert server.log_goes_to() == kept
    assert house.stat().st_mtime == server.noted.stat().st_mtime == 1  # neither is written again
    house.unlink()  # as where its disk was away for a while: the log there has a hole, which wants a base after it
    assert server.log_goes_to() == kept and server.noted.stat().st_mtime > 1
    if os.geteuid() == 0:
        server.user, wal, ours = pwd.getpwnam("nobody"), kept / "wal", tmp_path / "ours"
        wal.mkdir()
        ours.touch()
        (wal / "link").symlink_to(ours)
        with suppress(Fault):  # that user does not reach the tests' directory
            server._lend(wal)
        assert (wal.stat().st_uid, ours.stat().st_uid) == (server.user.pw_uid, 0)  # a link that the user laid gives it nothing


def test_a_house_whose_disk_is_away_does_not_begin_as_an_empty_one(tmp_path, monkeypatch):
    """Its directory was empty, so a new database was made in it and served; its log would have gone among that of the old one."""
    data, kept = tmp_path / "data", tmp_path / "kept"
    monkeypatch.setenv("BACKUP_DIR", str(kept))
    services = Services(data, outside=False)
    services.demand_not_lost()  # the first start
    (kept / "base" / "2026-11-26T013000Z").mkdir(parents=True)
    (kept / "house").write_text(str(data.resolve()))
    for door in (services.demand_not_lost, services.acquire):
        with pytest.raises(Fault, match=f"没有数据库，备份目录 {kept} 里却有它的备份：请检查它的磁盘是否已挂载"):
            door()
    assert not (data / "postgres").exists()
    (data / "postgres" / "data").mkdir(parents=True)
    (data / "postgres" / "data" / "PG_VERSION").touch()
    services.demand_not_lost()
    (data / "postgres" / "data" / "PG_VERSION").unlink()
    monkeypatch.delenv("BACKUP_DIR")
    services.demand_not_lost()


def test_data_of_another_major_are_refused_with_what_to_do(data):
    with _services(data) as services:
        cluster = services.servers[0].cluster
    (cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(Fault, match="PostgreSQL 15 的数据"):
        _services(data).acquire()


def test_the_database_never_runs_as_root_and_opens_no_directory(data):
    closed = data.parent
    with _services(data) as services:
        owner = Path(f"/proc/{services.servers[0]._pid()}").stat().st_uid
        assert owner != 0
        assert owner == os.geteuid() or os.geteuid() == 0
        assert (closed.stat().st_mode & 0o777) == 0o700
        assert (services.servers[0].home.resolve().stat().st_mode & 0o077) == 0


def test_there_is_never_a_second_valkey(data):
    for _ in range(full(2, 5)):
        with _services(data) as services:
            home = os.path.realpath(services.servers[1].home)
            found = [
                pid for pid in filter(str.isdigit, os.listdir("/proc")) if _cwd(pid) == home and b"valkey" in _command(pid)
            ]
            assert len(found) == 1


@pytest.mark.parametrize(
    ("broken", "how"),
    [
        ("1.incr.aof", lambda whole: b"x" * 40 + whole[40:]),
        ("1.incr.aof", lambda whole: whole.replace(b"SET", b"SXT")),
        ("manifest", lambda whole: b"x" * 40 + whole[40:]),
        ("1.base.rdb", lambda whole: None),
        ("1.base.rdb", lambda whole: whole[:40]),
        ("1.base.rdb", lambda whole: whole[:-3] + b"xxx"),
    ],
)
def test_a_doorbell_whose_file_cannot_be_read_begins_empty(data, capfd, broken, how):
    """After a power cut nothing started any more, for want of what holds no truth."""
    server = Valkey(data)
    server.start()
    _redis(data).set("kept", "慈溪" * 100)
    server.stop()
    file = server.home / "appendonlydir" / f"appendonly.aof.{broken}"
    left = how(file.read_bytes())
    file.unlink() if left is None else file.write_bytes(left)
    server.start()
    try:
        assert _redis(data).get("kept") is None and "从空的开始" in capfd.readouterr().err
        assert (server.home / "appendonlydir.unreadable").is_dir()
    finally:
        server.stop()


def test_of_two_servers_none_is_left_where_one_does_not_start(data):
    """A command that was refused for the broker's sake left a database running, with nobody to stop it."""
    (data / "valkey").symlink_to("/nowhere/else")
    with pytest.raises(Fault), _services(data):
        pass
    assert alive(data) == [False, False]


def _cwd(pid: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_place_that_is_no_directory_is_told(tmp_path):
    """A disk that was not mounted: the link to it leads nowhere."""
    for server, name in ((Postgres, "postgres"), (Valkey, "valkey")):
        (tmp_path / name).symlink_to("/nowhere/else")
        with pytest.raises(Fault, match=f"{name} 不是目录，或者是一个链接而它指向的 /nowhere/else 不在"):
            server(tmp_path).start()
