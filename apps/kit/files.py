"""Stored bytes: content-addressed files under FILES_DIR, written once, never served by a static address."""

import errno
import hashlib
import logging
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from django.conf import settings

from .errors import Unavailable

log = logging.getLogger(__name__)
REST = 2 * 3600  # seconds; no transaction lasts as long
DRAFTS = "drafts"  # where bytes stand until all of them are written


@dataclass(frozen=True, slots=True)
class StoredFile:
    path: str  # relative to FILES_DIR
    sha256: str  # hex
    size: int  # bytes


def full(error: OSError) -> bool:
    """Whether it passes by itself once there is room: a disk, a quota, a limit. Full everywhere, no place to write at is found at all."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "No usable temporary directory" in str(error)


class NoRoom(Unavailable):
    """The disk is full or cannot be written."""

    def __init__(self):
        super().__init__("文件暂时存不下，这一步没有办成；请稍后再试，仍不行请联系系统管理员。", "files.no_room", "file")


def store(content: bytes, suffix: str = "") -> StoredFile:
    """Write the bytes durably (fsync, atomic rename, fsync of the folder) and return where they lie. The same bytes lie once. Raises NoRoom."""
    digest = hashlib.sha256(content).hexdigest()
    relative = f"{digest[:2]}/{digest[2:4]}/{digest}{suffix}"
    target = Path(settings.FILES_DIR) / relative
    try:
        _use(target) or _write(content, target)
    except OSError as error:
        log.error("file %s is not stored: %s", relative, error)
        raise NoRoom from error
    return StoredFile(relative, digest, len(content))


def stands(path: str, size: int) -> bool:
    """Is it there, in its whole length?"""
    target = Path(settings.FILES_DIR) / path
    return target.exists() and target.stat().st_size == size


def put_back(content: bytes, path: str) -> None:
    """Write lost or mangled bytes anew where a row says that they lie. Raises NoRoom."""
    try:
        _write(content, Path(settings.FILES_DIR) / path)
    except OSError as error:
        log.error("file %s is not stored: %s", path, error)
        raise NoRoom from error


def _use(target: Path) -> bool:
    """Is it there? Then it is marked as used now: `remove` leaves it, though the row that will name it is not committed yet."""
    try:
        os.utime(target)
    except FileNotFoundError:
        return False
    return True


def remove(path: str) -> bool:
    """Take bytes that no row names off the disk; True when they are gone. False while they were stored, or stored again, less than
    REST ago: somebody's transaction may be about to name them. Raises NoRoom."""
    target = Path(settings.FILES_DIR) / path
    aside = target.with_name(f"{target.name}.gone")
    try:
        if target.exists():
            if _fresh(target):
                return False
            os.replace(target, aside)  # from here on whoever stores the same writes it anew
        elif not aside.exists():  # as a killed round left it
            return True
        if _fresh(aside):  # he was quicker
            os.replace(aside, target)
            return False
        os.unlink(aside)
    except OSError as error:
        log.error("file %s is not removed: %s", path, error)
        raise NoRoom from error
    return True


def tidy() -> int:
    """What a killed process has left half written, and no row will ever name, off the disk; how many."""
    left = 0
    for draft in (Path(settings.FILES_DIR) / DRAFTS).glob("*"):
        with suppress(FileNotFoundError):  # it was being written, and is whole now
            if not _fresh(draft):
                draft.unlink()
                left += 1
    return left


def _fresh(file: Path) -> bool:
    return time.time() - file.stat().st_mtime < REST


def _write(content: bytes, target: Path) -> None:
    fresh = list(takewhile(lambda folder: not folder.exists(), target.parents))
    drafts = Path(settings.FILES_DIR) / DRAFTS
    for folder in (target.parent, drafts):
        folder.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=drafts)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            _to_disk(out.fileno())
        os.replace(draft, target)
    except BaseException:
        os.unlink(draft)
        raise
    # The name stands in the folder, and the folder's in the one above: when the power fails the bytes alone are found by nobody.
    for folder in {target.parent, *(one.parent for one in fresh)}:
        handle = os.open(folder, os.O_RDONLY)
        try:
            _to_disk(handle)
        except OSError as error:
            if error.errno != errno.EINVAL:  # a file system that does not do this for folders
                raise
        finally:
            os.close(handle)


def _to_disk(handle: int) -> None:
    os.fsync(handle)


def read(path: str) -> bytes:
    """The stored bytes. Raises FileNotFoundError when they are gone."""
    root = Path(settings.FILES_DIR).resolve()
    target = (root / path).resolve()
    if not target.is_relative_to(root):
        raise FileNotFoundError(path)
    return target.read_bytes()
