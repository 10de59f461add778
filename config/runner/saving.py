"""script/backup and script/restore, for the embedded servers. A back-up directory (BACKUP_DIR) holds

    base/2026-11-26T013000Z/   the whole database as it stood, checked when it was made; one directory for each night
    wal/                       what the database has written since, handed over as it goes and at the latest after a minute
    files/                     uploads and documents; named by their content, so a file is copied once
    secret                     the key this installation made for itself
    house                      whose it is: the one data directory that writes here

and is enough, without the old data directory, to stand at its end or at any moment since its first base. Valkey is not saved:
it is the doorbell, and the deliveries it would ring for are rows of the database."""

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from config.runner.archiving import LACKING, NAME, bases, made, usable
from config.runner.faults import Fault, copied, no_room, room
from config.runner.managing import ready
from config.runner.places import PROJECT, data_dir
from config.runner.postgres import Postgres
from config.runner.services import Services

WHOLE = re.compile(r"[0-9a-f]{64}(\.\w+)?$")  # a stored file; what is being written has another name (apps/kit/files.py)
BEIJING = timezone(timedelta(hours=8))


def back_up(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="script/backup", description="备份数据库和文件 / saves database and files into BACKUP_DIR")
    asked.add_argument("--keep", type=_count, default=14, help="保留最近几次整库备份 / how many bases stay (14)")
    keep = asked.parse_args(arguments).keep
    place = backup_dir()
    if place is None:
        raise Fault("请用环境变量 BACKUP_DIR 指定备份目录，最好在另一块磁盘上", "set BACKUP_DIR, best on another disk")
    services = Services(data_dir())
    postgres = _embedded(services)
    with services, _alone(place):
        base = postgres.save(place / "base" / datetime.now(UTC).strftime(NAME), place / "wal")
        refused: list[str] = []
        try:
            new = _copy_files(services.data / "files", place / "files", refused)
            with _gathered(refused):
                _copy_secret(services.data, place)
        except (Fault, OSError):  # no room: the log, which goes on, wants what there is
            shutil.rmtree(base)
            raise
        # The database is whole, whatever is lacking of the files, which stand beside all bases: one more each night would fill the disk.
        postgres.forget_before(bases(place)[-keep:][0], place / "wal")
        for old in bases(place)[:-keep]:
            shutil.rmtree(old)
        with usable(place):
            _note(place / LACKING, refused)
    if refused:
        raise Fault(
            f"数据库已备份到 {base}，但有 {len(refused)} 个文件没有复制：\n" + "\n".join(refused[:5]),
            "the database is saved, but these files were not copied",
        )
    print(f"已备份并校验 / saved and verified: {base}\n新增文件 / new files: {new}")
    return 0


@contextmanager
def _gathered(refused: list[str] | None):
    """What cannot be copied is told at the end, and keeps nothing beside it from being copied; without room nothing could. Without a list
    it is raised."""
    try:
        yield
    except (Fault, OSError) as error:
        if refused is None or no_room(error.__cause__ or error):
            raise
        told = f"{error.filename}：{room(error) or error.strerror}" if isinstance(error, OSError) else str(error)
        refused.append(told.partition("\n")[0])


def _note(file: Path, refused: list[str]) -> None:
    """For /readyz, and for whom the words of a night's command do not reach."""
    if refused:
        file.write_text("\n".join(refused))
    else:
        file.unlink(missing_ok=True)


def restore(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="script/restore", description="从备份目录恢复到空的 DATA_DIR / restores into an empty DATA_DIR")
    asked.add_argument("source", type=Path, metavar="BACKUP_DIR")
    asked.add_argument("--until", type=_moment, help="恢复到这一时刻，未写时区按北京时间 / a moment; Beijing time unless it says otherwise")
    asked.add_argument("--to-gap", action="store_true", help="日志有缺失时，恢复到缺失之前为止 / stop before a missing piece of the log")
    given = asked.parse_args(arguments)
    os.environ.pop("BACKUP_DIR", None)  # what is restored hands nothing over to anybody yet
    source = given.source.absolute()
    found = [one for one in bases(source) if given.until is None or made(one) <= given.until]
    if not found:
        raise Fault(
            f"{source} 里没有{'该时刻之前的' if given.until else ''}整库备份", "there is no base to begin from in that directory"
        )
    services = Services(data_dir())
    postgres = _embedded(services)
    if postgres.cluster.exists():
        raise Fault(f"{services.data} 里已有数据库：请用 DATA_DIR 另选一个空目录", "a database stands there: choose an empty DATA_DIR")
    services.data.mkdir(parents=True, exist_ok=True)
    if _key(services.data) not in (None, _key(source)):
        raise Fault(
            f"{services.data} 里有另一套平台的密钥 secret：请用 DATA_DIR 另选一个空目录",
            "the key of another installation is kept there: choose an empty DATA_DIR",
        )
    # The database last: where it stands, a restore was whole, and one that broke off can be repeated.
    _copy_files(source / "files", services.data / "files")
    _copy_secret(source, services.data)
    gap = postgres.stand_again(found[-1], source / "wal", given.until, given.to_gap)
    with services:
        environment = os.environ | services.environment
        ready(environment, demo=False)  # saved by an older version: what checks it reads tables as they are now
        faults = [
            command
            for command in ("verify_journal", "patrol")
            if subprocess.run(
                [sys.executable, "manage.py", command], cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, check=False
            ).returncode
        ]
    if faults:
        raise Fault("已恢复，但检查没有通过：见上", f"restored, but the checks found faults: {', '.join(faults)}")
    if gap:
        print(f"日志缺少 {gap}.gz，其后的没有恢复 / nothing after that piece of the log was restored")
    print(f"已恢复 / restored: {services.data}")
    return 0


def backup_dir() -> Path | None:
    chosen = os.environ.get("BACKUP_DIR")
    return Path(chosen).absolute() if chosen else None


def _embedded(services: Services) -> Postgres:
    if "DATABASE_URL" in services.given:
        raise Fault(
            "DATABASE_URL 指向外部数据库：请用该服务器自己的备份（pg_basebackup 或 WAL 归档），文件目录另行复制",
            "the database is an outside server: use its own back-up, and copy the files beside it",
        )
    return next(server for server in services.servers if isinstance(server, Postgres))


def _copy_files(source: Path, target: Path, refused: list[str] | None = None) -> int:
    """How many were new. A name is its content's, so what stands there already is the same. `refused`: takes what could not be copied,
    which else is raised."""
    new = 0
    with _gathered(refused):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)

    def closed(error: OSError) -> None:
        with _gathered(refused):
            raise Fault(f"不能读取 {error.filename}：{room(error) or '请检查该处'}", f"cannot look there: {error.strerror}") from error

    for folder, _, names in os.walk(source, onerror=closed) if source.exists() else ():
        for name in filter(WHOLE.match, names):
            file = Path(folder) / name
            there = target / file.relative_to(source)
            with _gathered(refused):
                if there.exists():
                    continue
                there.parent.mkdir(parents=True, exist_ok=True)
                part = there.with_name(f"{name}.part")
                try:
                    copied(file, part)
                except Fault:
                    if not os.path.lexists(file):  # of a draft that was discarded meanwhile
                        continue
                    raise
                part.replace(there)
                new += 1
    return new


def _copy_secret(source: Path, target: Path) -> None:
    """The key that an installation made for itself (config/settings.py): who was signed in stays so, what it sealed opens."""
    if key := _key(source):  # an empty one, left by a crash, would go over the good one
        handle = os.open(target / "secret.part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(key)
        (target / "secret.part").replace(target / "secret")


def _key(place: Path) -> bytes | None:
    return ((place / "secret").read_bytes() or None) if (place / "secret").exists() else None


@contextmanager
def _alone(place: Path):
    with usable(place):
        place.mkdir(parents=True, exist_ok=True)
        door = open(place / "lock", "w")  # noqa: SIM115  (held below)
    with door:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Fault(f"另一次备份正在写入 {place}：请等它结束", "another back-up is at work there: wait for it") from None
        yield


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("应是不小于 1 的整数 / a whole number from 1")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("应写作 2026-11-26T09:00:00 / write it like that") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
