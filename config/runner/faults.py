"""What a person at the terminal is told when something cannot go on: one Chinese sentence, then the English detail."""

import errno
import shutil
from pathlib import Path

FREE_BYTES = 200 * 1024 * 1024  # with less on the disk of the data script/server does not start, and /readyz answers 503


class Fault(Exception):
    def __init__(self, chinese: str, english: str):
        super().__init__(f"{chinese}\n{english}")


def no_room(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def room(error: OSError) -> str | None:
    """What to do about what the system refused; of anything else nothing is known."""
    if no_room(error):
        return "磁盘或配额已满，请腾出空间后再试"
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return "没有权限，请换用有权限的用户，或另选目录"
        case errno.EROFS:
            return "该处只能读不能写，请另选目录"
        case errno.EIO:
            return "磁盘读写出错，请检查磁盘"
    return None


def last_words(log: Path) -> str:
    """The last eight lines of what a server that does not go on wrote."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    except OSError:
        return "(no log)"


def directory(place: Path, mode: int = 0o777) -> None:
    try:
        place.mkdir(mode, parents=True, exist_ok=True)
    except FileExistsError:
        raise Fault(
            f"{place} 不是目录，或者是一个链接而它指向的 {place.resolve()} 不在：请放回原来的目录，或另选 DATA_DIR",
            "that is no directory, or a link that leads nowhere: bring back what was there, or choose another DATA_DIR",
        ) from None


def short_of_room(data: Path) -> str | None:
    """Of the data directory, or of a part of it that stands on a disk of its own."""
    for part in (data, *(data / name for name in ("postgres", "valkey", "files"))):
        if part.exists() and (free := shutil.disk_usage(part).free) < FREE_BYTES:
            return f"磁盘{'' if part == data else f'（{part.name}）'}剩余 {free // 1024 // 1024} MB"
    return None


def copied(source: str, target: str) -> str:
    """A Fault, unlike an error of the system, ends the copying of a tree at once."""
    try:
        return shutil.copy2(source, target)
    except OSError as error:
        raise Fault(
            f"不能把 {source} 复制到 {target}：{room(error) or '请检查该处'}", f"cannot copy it there: {error.strerror or error}"
        ) from error
