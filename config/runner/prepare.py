"""What a database needs before the platform can work on it: migrations, regions, calendars, document templates; for the
demonstration also the catalogue, its sector standards and its people.

What was done is remembered in the database itself, as a digest of the files it was done from, so a prepared database costs one
statement, and an outside database that was emptied is prepared again."""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from time import sleep
from urllib.parse import urlsplit

import psycopg2

from config.runner.faults import Fault
from config.runner.places import PROJECT
from config.standing import seldom

FIXTURES = PROJECT / "fixtures"
CATALOGUE = [FIXTURES / "catalog" / name for name in ("cixi-2017.yaml", "city-2017.yaml")]
# A house of another city stands on its own places alone: what has once been read stays.
OWN_PLACES = os.environ.get("REGIONS_FILE")
REGIONS = PROJECT / (OWN_PLACES or FIXTURES / "regions.yaml")
LOCK_NUMBER = 0x79696368  # any number, the same for everybody who prepares

# Each step: what is said, the command and its arguments.
BASE = [
    ("数据库结构 / migrations", ["migrate", "--no-input", "--verbosity", "0"]),
    ("区划 / regions", ["load_regions", str(REGIONS)]),
    ("日历 / calendars", ["load_calendars", str(FIXTURES / "calendar.yaml")]),
    ("文书模板 / document templates", ["load_templates", str(FIXTURES / "templates.yaml")]),
]
DEMO = [
    ("事项目录 / catalogue", ["load_catalog", *map(str, CATALOGUE)]),
    ("行业标准 / sector standards", ["load_standards", str(FIXTURES / "standards.yaml")]),
    ("演示人员 / demo people", ["load_demo"]),
]


# What an outside database wants, by the number of its refusal.
CURES = {
    "42501": "DATABASE_URL 里的用户没有建表的权限：请让它成为这个数据库的所有者（ALTER DATABASE … OWNER TO …）",
    "3F000": "DATABASE_URL 的数据库里没有可以建表的 schema：请检查 search_path",
    "25006": "数据库现在只能读不能写：备库还没有升为主库，或被设为只读",
    "53100": "数据库的磁盘已满，请腾出空间后再试",
}


def is_prepared(url: str, demo: bool) -> bool:
    """Two small reads; no Django."""
    connection = _reached(url)
    try:
        with connection.cursor() as cursor:
            _demand_places(cursor)
            return _done(cursor, "base") == _base_digest() and (not demo or _done(cursor, "demo") == _demo_digest())
    finally:
        connection.close()


def _reached(url: str):
    """Of a password with a bare @ or / the driver takes a part for the host or the port, and repeats it in its refusal."""
    try:
        if not _plain(url):
            raise psycopg2.ProgrammingError
        return psycopg2.connect(url, connect_timeout=10)
    except psycopg2.ProgrammingError:  # no address: what is said of it would repeat it, and the password in it
        raise Fault(
            "环境变量 DATABASE_URL 应是以 postgres:// 开头的地址，用户名和密码里的 @ / ? # % 写作 %40 %2F %3F %23 %25",
            "DATABASE_URL must be an address that begins with postgres://, with @ / ? # % in user and password written as above",
        ) from None
    except psycopg2.Error as error:  # no server there
        raise Fault("连接不上数据库，请检查 DATABASE_URL", f"the database does not answer: {error}") from None


def _plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (parts.port or 1) > 0 and parts.netloc.count("@") < 2 and "@" not in parts.path + parts.fragment
    except ValueError:  # what stands where the port should is no number
        return False


def has_cases(url: str) -> bool:
    connection = _reached(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM applications_application)")
            return cursor.fetchone()[0]
    finally:
        connection.close()


def prepare(url: str, demo: bool) -> None:
    """Runs inside Django. Of several at once one works, the others wait and find it done."""
    from django.core.management import call_command
    from django.db import DatabaseError

    seldom()
    connection, holder = _reached(url), _reached(url)
    connection.autocommit = True
    cursor = connection.cursor()
    try:
        # Of a transaction that stays open, not of the session: a pooler would keep that, and the lock, when we are gone.
        _hold(holder)
        _demand_unicode(cursor)
        _begin(cursor)
        for what, digest, steps in (("base", _base_digest(), BASE), ("demo", _demo_digest(), DEMO if demo else [])):
            if not steps or _done(cursor, what) == digest:
                continue
            for said, (command, *arguments) in steps:
                print(f"准备 / preparing: {said} …", file=sys.stderr, flush=True)
                if command == "migrate":
                    _demand_no_half()
                call_command(command, *arguments, stdout=sys.stderr)
            cursor.execute(
                "INSERT INTO runner_prepared SELECT %s, %s, (" + _MIGRATIONS + ") "
                "ON CONFLICT (what) DO UPDATE SET digest = excluded.digest, migrations = excluded.migrations",
                [what, digest],
            )
    except (psycopg2.Error, DatabaseError) as error:
        if not (cure := CURES.get(getattr(error, "pgcode", None) or getattr(error.__cause__, "pgcode", ""))):
            raise
        raise Fault(cure, f"the database refuses: {str(error).splitlines()[0]}") from error
    finally:
        connection.close()
        holder.close()


def _demand_no_half() -> None:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    from apps.kit.migrating import half_squashed

    if rooms := ", ".join(half_squashed(MigrationLoader(connection))):
        raise Fault(
            f"这个数据库是迁移合并以前的版本留下的（{rooms}）：请先用还带着 apps/applications/migrations/0037_lit_members.py 的最后一个版本"
            "准备一次（script/manage migrate），再用本版本",
            "the database is of a version older than what its migrations were squashed from: prepare it once with the last version that "
            "still holds apps/applications/migrations/0037_lit_members.py (script/manage migrate), then with this one",
        )


def _hold(connection) -> None:
    """Asked for again and again: a statement that waits keeps its snapshot, and an index that is built while others work
    (CREATE INDEX CONCURRENTLY, by the one who has the lock) would wait for that, for ever."""
    cursor = connection.cursor()
    while True:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_NUMBER])
        if cursor.fetchone()[0]:
            return
        connection.rollback()
        sleep(0.2)


# A migration taken back or put in by hand shows here, whatever the files say.
_MIGRATIONS = "SELECT coalesce(md5(string_agg(app || '.' || name, ',' ORDER BY app, name)), '') FROM django_migrations"


def _done(cursor, what: str) -> str | None:
    cursor.execute("SELECT to_regclass('runner_prepared') IS NOT NULL AND to_regclass('django_migrations') IS NOT NULL")
    if not cursor.fetchone()[0]:
        return None
    cursor.execute(f"SELECT digest FROM runner_prepared WHERE what = %s AND migrations = ({_MIGRATIONS})", [what])  # noqa: S608
    row = cursor.fetchone()
    return row and row[0]


def _demand_unicode(cursor) -> None:
    cursor.execute("SHOW server_encoding")
    if (found := cursor.fetchone()[0]) != "UTF8":
        raise Fault(
            f"DATABASE_URL 的数据库编码是 {found}，应是 UTF8：请另建一个（CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0）",
            "the encoding of that database must be UTF8: create another one",
        )


def _begin(cursor) -> None:
    cursor.execute("CREATE TABLE IF NOT EXISTS runner_prepared (what text PRIMARY KEY, digest text NOT NULL, migrations text NOT NULL)")
    _demand_places(cursor)
    if OWN_PLACES:
        cursor.execute("INSERT INTO runner_prepared VALUES ('places', 'own', '') ON CONFLICT DO NOTHING")


def _demand_places(cursor) -> None:
    """A house that began on places of its own is given Ningbo's by no start or restore that forgot them, nor the demo's people, whose
    password everybody knows."""
    cursor.execute("SELECT to_regclass('runner_prepared') IS NOT NULL")
    if OWN_PLACES or not cursor.fetchone()[0]:
        return
    cursor.execute("SELECT FROM runner_prepared WHERE what = 'places'")
    if cursor.fetchone() is not None:
        raise Fault(
            "这个平台建立时用的是自己的区划：请和第一次启动时一样给出 REGIONS_FILE",
            "this house stands on places of its own: set REGIONS_FILE as at its first start",
        )


def _base_digest() -> str:
    if not (REGIONS.is_file() and os.access(REGIONS, os.R_OK)):
        raise Fault("REGIONS_FILE 应是一个读得到的文件", f"REGIONS_FILE must be a file that can be read: {REGIONS}")
    own = [PROJECT / "requirements.txt", REGIONS, *FIXTURES.glob("*.yaml"), *(PROJECT / "apps").glob("*/migrations/*.py")]
    return _digest(own)


def _demo_digest() -> str:
    return _digest(
        [*CATALOGUE, FIXTURES / "standards.yaml", *(PROJECT / "apps").glob("*/management/commands/load_demo.py")]
    )


def _digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in sorted(set(files)):
        total.update(f"{os.path.relpath(file, PROJECT)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
