"""script/backup and the files: what cannot be copied is told, and costs nothing beside it."""

import errno
import shutil
from unittest.mock import MagicMock

import pytest

from config.runner import saving
from config.runner.archiving import bases, lacking
from config.runner.faults import Fault


@pytest.fixture
def house(tmp_path, monkeypatch):
    """(data, back-up) of one whose database saves itself."""
    kept, data = tmp_path / "kept", tmp_path / "data"
    for letters in ("ab", "cd"):
        file = data / "files" / letters / (letters * 32)
        file.parent.mkdir(parents=True)
        file.write_text("scan")
    monkeypatch.setenv("BACKUP_DIR", str(kept))
    monkeypatch.setenv("DATA_DIR", str(data))
    server, services = MagicMock(), MagicMock(data=data)
    server.save = lambda base, wal: base.mkdir(parents=True) or base
    monkeypatch.setattr(saving, "Services", lambda data: services)
    monkeypatch.setattr(saving, "_embedded", lambda services: server)
    return data, kept, server


def test_a_back_up_without_room_for_the_files_takes_none_from_the_log(house, monkeypatch):
    """Its base stood there to the last byte of the disk, night after night another: no piece of the log found room any more."""
    _, kept, server = house
    monkeypatch.setattr(shutil, "copy2", MagicMock(side_effect=OSError(errno.ENOSPC, "refused")))
    with pytest.raises(Fault, match="不能把"):
        saving.back_up([])
    assert len(bases(kept)) == 0 and not server.forget_before.called


def test_a_file_that_cannot_be_copied_is_told_and_costs_neither_the_others_nor_a_base_a_night(house, monkeypatch):
    """What came after it was never copied, one base more stayed each night until the disk was full, and /readyz said that all was well."""
    data, kept, server = house
    (data / "backup_dir").write_text(str(kept))
    copy, nights = shutil.copy2, iter(f"2026-11-{day}T010000Z" for day in range(10, 30))

    def refuse(source, target):
        if "/ab/" in str(source):
            raise OSError(errno.EIO, "Input/output error")
        return copy(source, target)

    monkeypatch.setattr(saving, "datetime", MagicMock(now=lambda zone: MagicMock(strftime=lambda form: next(nights))))
    monkeypatch.setattr(shutil, "copy2", refuse)
    for _ in range(4):
        with pytest.raises(Fault, match=r"有 1 个文件没有复制：\n不能把 \S+/ab/"):
            saving.back_up(["--keep", "2"])
    assert [one.name[8:10] for one in bases(kept)] == ["12", "13"] and server.forget_before.call_count == 4
    assert (kept / "files" / "cd" / ("cd" * 32)).read_text() == "scan" and lacking(data / "backup_dir") == 1
    monkeypatch.setattr(shutil, "copy2", copy)
    assert saving.back_up([]) == 0 and lacking(data / "backup_dir") == 0
