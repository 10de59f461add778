"""What the embedded PostgreSQL hands over into a back-up directory (config/runner/saving.py): its log, and bases."""

import os
import re
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from config.runner.faults import Fault, room
from config.runner.places import reachable_by_socket
from config.runner.playback import quoted

NAME = "%Y-%m-%dT%H%M%SZ"
LACKING = "lacking"  # beside the bases, while the last back-up could not copy every file: a line for each


class Archiving:
    """Of Postgres, which has the rest."""

    # Where the log went at the last start. A base does not carry it into a restored house; and not in the home, where the database's
    # user writes: root gives that user the directory that is named here.
    noted = property(lambda self: self.data / "backup_dir")

    def demand_not_lost(self) -> None:
        """Where its disk is not mounted, a house that has a back-up would begin as an empty one, and nobody could sign in."""
        chosen = os.environ.get("BACKUP_DIR")
        if not (chosen and self.durable) or (self.cluster / "PG_VERSION").exists():
            return
        place = Path(chosen).absolute()
        if _text(place / "house") == str(self.data.resolve()) and bases(place):
            raise Fault(
                f"{self.data} 里没有数据库，备份目录 {place} 里却有它的备份：请检查它的磁盘是否已挂载；数据丢了的，用 script/restore {place} 恢复；"
                "确实要从空的开始，请另选 BACKUP_DIR",
                "no database stands there, yet its back-up does: is the disk mounted? What is lost comes back with script/restore; "
                "to begin anew, choose another BACKUP_DIR",
            )

    # -- the log

    def log_goes_to(self) -> Path | None:
        """Where this command says, else where the last start said, as long as that is our house's: what is written by a command that
        forgot it (script/manage while the platform stands) would be missing from the middle of the log, and nothing after it restored."""
        begun = False
        if chosen := os.environ.get("BACKUP_DIR"):
            place = Path(chosen).absolute()
            begun = self._only_house_of(place)
        elif (place := self._last()) is None or _text(place / "house") != str(self.data.resolve()):
            self.noted.unlink(missing_ok=True)
            return None
        if begun or self._last() != place:  # its date tells from when on the log is there without a gap
            self.noted.write_text(str(place))
        return place

    def handing_over(self, place: Path) -> dict[str, str]:
        """Of the server's settings."""
        try:
            self._lend(place / "wal")
        except Fault as fault:
            if os.environ.get("BACKUP_DIR"):
                raise
            raise Fault(
                f"没有设置 BACKUP_DIR，日志仍交到上次的 {place}，那里现在用不了：请先修好，或者用 BACKUP_DIR 另选目录",
                f"without BACKUP_DIR the log goes where it went before: mend that, or choose another BACKUP_DIR\n{fault}",
            ) from None
        return {"archive_mode": "on", "archive_timeout": "60", "archive_command": _hand_over(place / "wal")}

    def said_of_back_up(self) -> list[str]:
        """For whoever starts the platform: what would be missing after a restore, and a back-up that he did not ask for."""
        chosen, place, said = os.environ.get("BACKUP_DIR"), self._last(), []
        if not chosen and not place and os.environ.get("YICHUANG_ENV", "").strip() == "production":
            return [
                "没有设置 BACKUP_DIR，数据库没有备份：磁盘损坏时全部办件无法恢复。请设置后重新启动 script/server\n"
                "BACKUP_DIR is not set, so there is no back-up of the database: set it and start script/server again"
            ]
        if chosen and self._ask("SHOW archive_command") != _hand_over(Path(chosen).absolute() / "wal"):
            return [
                f"数据库已由另一条命令启动，写入的没有交到 {chosen}：请等那条命令结束，停止后重新启动 script/server\n"
                "the database was started by another command and hands nothing over to BACKUP_DIR: start script/server again"
            ]
        if place and not chosen:
            said.append(
                f"没有设置 BACKUP_DIR，日志仍交到上次的 {place}；不再备份的，停止后删除 {place / 'house'}\n"
                "without BACKUP_DIR the log goes where it went before; to end that, stop and delete the file house there"
            )
        if place and last_base(self.noted) is None:
            said.append(
                f"{place} 里还没有可以恢复现在这些数据的整库备份：请现在执行 script/backup\n"
                "no base there is from after the log began or was interrupted: run script/backup now"
            )
        return said

    def _last(self) -> Path | None:
        return Path(said) if (said := _text(self.noted)) else None

    def _only_house_of(self, place: Path) -> bool:
        """Whether the log begins anew there (also: the disk was not mounted). A copy that is only looked at would write a timeline of
        its own, and the next restore to the end follow that one."""
        name, ours = place / "house", str(self.data.resolve())
        with usable(place):
            place.mkdir(parents=True, exist_ok=True)
            other = name.read_text().strip() if name.exists() else ""  # empty: its disk was full when it was written
        if other == ours:  # written once: on a full disk it would be lost, and with it the next start
            return False
        if other:
            raise Fault(
                f"备份目录 {place} 是数据目录 {other} 的：请另选 BACKUP_DIR，或不设置它；由这里接替 {other} 的，请先删除 {name}",
                f"that back-up is of another DATA_DIR: choose another BACKUP_DIR or none; to take its place, delete {name} first",
            )
        with usable(place):
            name.write_text(ours)
        return True

    # -- bases

    def save(self, target: Path, wal: Path) -> Path:
        """The whole running database as a directory that can be started, and checked against its own list of digests."""
        if self._ask("SHOW archive_mode") != "on":
            raise Fault(
                "数据库启动时没有设置 BACKUP_DIR：请设置后重新启动 script/server", "restart script/server with BACKUP_DIR set"
            )
        if self._ask("SHOW archive_command") != _hand_over(wal):
            raise Fault(
                f"数据库启动时的 BACKUP_DIR 是另一个目录，日志不交到 {wal}：请用同一个 BACKUP_DIR，或改后重新启动 script/server",
                "the server was started with another BACKUP_DIR: what is written after this base would not come here",
            )
        self._lend(target.parent)
        for broken_off in target.parent.glob("*.part"):
            shutil.rmtree(broken_off, ignore_errors=True)
        part = target.with_name(target.name + ".part")
        where = ["-h", reachable_by_socket(self.sockets), "-U", "postgres"]
        for program, *rest in (
            ["pg_basebackup", *where, "-D", part, "-X", "stream", "-c", "fast", "--manifest-checksums=SHA256", "--no-password"],
            ["pg_verifybackup", "-q", part],
        ):
            if (done := self._call(program, *rest)).returncode:
                raise Fault("备份失败", f"{program} failed: {done.stderr.strip()}")
        part.rename(target)
        self._ask("SELECT pg_switch_wal()")  # what was written meanwhile is handed over now
        return target

    def forget_before(self, base: Path, wal: Path) -> None:
        """The WAL that only bases older than this one needed."""
        first = re.search(r"\(file (\w+)\)", (base / "backup_label").read_text())[1]
        if (done := self._call("pg_archivecleanup", "-x", ".gz", wal, first)).returncode:
            raise Fault("旧日志清理失败", f"pg_archivecleanup failed: {done.stderr.strip()}")

    def _lend(self, place: Path) -> None:
        """A directory outside the data that the server writes into and reads from, and nobody else."""
        with usable(place):
            place.mkdir(parents=True, exist_ok=True)
            place.chmod(0o700)
            for part in (place, *place.iterdir()) if self.user else ():  # who writes there may have laid a link to what is not his
                os.chown(part, self.user.pw_uid, self.user.pw_gid, follow_symlinks=part == place)
        if self._as(self.user, ["/bin/sh", "-c", 'cd "$0" && : > .probe && rm .probe', place]).returncode:
            raise Fault(
                f"数据库以用户 {self.user.pw_name if self.user else '本人'} 运行，不能写入 {place}：请另选备份目录",
                "the user that the database runs as cannot write there: choose another back-up directory",
            )


@contextmanager
def usable(place: Path):
    try:
        yield
    except OSError as error:
        raise Fault(
            f"不能使用备份目录 {place}：请检查 BACKUP_DIR 和它所在的磁盘" + (f"（{cure}）" if (cure := room(error)) else ""),
            f"that back-up directory cannot be used, look at BACKUP_DIR and its disk: {error.strerror or error}",
        ) from error


def bases(place: Path) -> list[Path]:
    """Whole ones, oldest first: one that broke off keeps its name of a part, and what somebody laid beside them is none."""
    return sorted(one for one in (place / "base").glob("????-??-??T??????Z") if one.is_dir())


def last_base(noted: Path) -> datetime | None:
    """When the newest base was made from which the data as they are now can be restored: none is from before the log began where it
    goes now, or was interrupted."""
    found = [made(one) for one in bases(Path(_text(noted)))]
    return max((at for at in found if at.timestamp() >= int(noted.stat().st_mtime)), default=None)


def lacking(noted: Path) -> int:
    """How many files the last back-up could not copy."""
    return len(_text(Path(_text(noted)) / LACKING).splitlines())


def made(base: Path) -> datetime:
    return datetime.strptime(base.name, NAME).replace(tzinfo=UTC)


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def _hand_over(wal: Path) -> str:
    """A piece of WAL into the back-up, whole or not at all; never over another of its name (two servers, one directory)."""
    there = f"{quoted(wal)}/%f.gz"
    return (
        f"if [ -e {there} ]; then gzip -dc {there} | cmp -s - %p; "
        f"else gzip -1c %p > {there}.part && sync {there}.part && mv {there}.part {there}; fi"
    )
