"""The embedded PostgreSQL stood up again from a back-up (config/runner/saving.py): a base, and the WAL after it."""

import os
import re
import shlex
import shutil
import time
from datetime import datetime
from pathlib import Path

from config.runner.faults import Fault, copied, last_words

# A piece of WAL is named by its timeline and its place in it (16 MB each, 256 to the second number).
_KEPT = re.compile(r"[0-9A-F]{24}\.gz|[0-9A-F]{8}\.history\.gz")


class Playback:
    """Of Postgres, which has the rest."""

    def stand_again(self, base: Path, wal: Path, until: datetime | None, over_a_gap: bool) -> str | None:
        """From a base and the WAL after it to the end, or to a moment; then the server stands stopped, ready to be used. Returns the
        piece of WAL for whose want it ended early, where that is allowed."""
        self._move_in()
        if not self._reads(wal):  # a medium that only gives is enough
            self._lend(wal)
        self.noted.unlink(missing_ok=True)  # what is restored hands nothing over yet
        fresh = self.cluster.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            shutil.copytree(base, fresh, copy_function=copied)
            self._give(fresh)
            # As it was when it was saved: a disk forgets too.
            if (checked := self._call("pg_verifybackup", "-q", fresh)).returncode:
                raise Fault(f"整库备份 {base} 已经损坏，没有恢复", f"that base is broken:\n{checked.stderr.strip()}")
            wanted = {
                # What was played back is noted: only so the end of the WAL can be told from a gap in it.
                "restore_command": f"gzip -dc {quoted(wal)}/%f.gz > %p && echo %f >> played",
                "recovery_target_timeline": "latest",
            }
            if until:
                wanted |= {"recovery_target_time": until.isoformat(), "recovery_target_action": "promote"}
            self._write(fresh / "postgresql.auto.conf", "".join(setting(*one) for one in wanted.items()))
            self._write(fresh / "recovery.signal", "")
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        fresh.rename(self.cluster)
        try:
            self._write_settings()
            self._give(self.cluster)
            self.cluster.chmod(0o700)
            # Played back as fast as the disk allows, which for a night may be long.
            started = self._call("pg_ctl", "start", "-s", "-w", "-t", "86400", "-D", self.cluster, "-l", self.log)
            reached = started.returncode == 0 and self._promoted()
            gap = None if until and reached else self._gap(base, wal)
            if gap and not (over_a_gap and reached):
                raise Fault(
                    f"备份的日志缺少 {gap}.gz 或者它已损坏，没有恢复：请找回这个文件；找不回的，改用 --to-gap（不用 --until）恢复到它之前为止",
                    f"a piece of the WAL is missing or broken: {gap}.gz; bring it back, or restore what lies before it with --to-gap",
                )
            if not reached:
                raise Fault(
                    f"没有恢复到 {until or '末尾'}：{'该时刻可能晚于已归档的日志' if until else '原因如下'}",
                    f"the WAL does not reach there:\n{last_words(self.log)}",
                )
        except BaseException:
            self.stop()
            shutil.rmtree(self.cluster, ignore_errors=True)
            raise
        self._write(self.cluster / "postgresql.auto.conf", "")
        (self.cluster / "played").unlink(missing_ok=True)
        self.stop()
        return gap

    def _reads(self, wal: Path) -> bool:
        tried = ["/bin/sh", "-c", 'cd "$0" && for one in *; do [ -r "$one" ] || exit 1; done', wal]
        return self._as(self.user, tried).returncode == 0

    def _give(self, place: Path) -> None:
        for part in (place, *place.rglob("*")) if self.user else ():
            os.chown(part, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)

    def _gap(self, base: Path, wal: Path) -> str | None:
        """The piece that was not there or could not be read, if the archive goes on after it. Its newest timeline is followed."""
        names = sorted(one.name.split(".")[0] for one in wal.glob("*.gz") if _KEPT.fullmatch(one.name))
        newest = max((name[:8] for name in names), default="")
        begins = re.search(r"\(file (\w+)\)", (base / "backup_label").read_text())[1]
        wanted = [name for name in names if name[:8] == newest and len(name) == 24 and _place(name) >= _place(begins)]
        noted = self.cluster / "played"
        played = [name for name in noted.read_text().split() if len(name) == 24] if noted.exists() else []
        if not wanted or wanted[-1] in played:
            return None
        first = max(map(_place, played)) + 1 if played else _place(begins)
        return f"{newest}{first // 256:08X}{first % 256:08X}"

    def _promoted(self) -> bool:
        while self.alive():
            if self.answers() and self._ask("SELECT pg_is_in_recovery()") is False:
                return True
            time.sleep(0.2)
        return False


def _place(piece: str) -> int:
    return int(piece[8:16], 16) * 256 + int(piece[16:], 16)


def setting(name: str, value) -> str:
    value = str(value).replace("'", "''")
    return f"{name} = '{value}'\n"


def quoted(place: Path) -> str:
    return shlex.quote(str(place)).replace("%", "%%")
