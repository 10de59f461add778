"""What becomes of a part that dies: of a fault of its own the house ends, of a full disk it waits for room."""

import errno
import os
import signal
import sys
from io import StringIO

import pytest

from config.runner.faults import Fault
from config.runner.processes import Process
from config.runner.supervisor import Stopped, Supervisor, say


@pytest.fixture
def supervisor(monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    made = Supervisor()
    yield made
    made.stop()


def test_what_died_for_want_of_room_goes_on_when_there_is_some(supervisor, tmp_path, capsys):
    """On a full disk the broker refuses, a worker ends, the database gives up; all of it ended the house, which then stayed away."""
    room, mended, looked = tmp_path / "room", [], []
    wanting = f"import time; open({str(room)!r}); time.sleep(60)"
    supervisor.start(Process("part", ("timeit", "-n1", "-r1", wanting)), dict(os.environ))

    def short() -> str | None:
        looked.append(supervisor.parts[0].death())
        if [one for one in looked if one][2:]:  # three looks after it died
            room.touch()
        return None if room.exists() else "the disk is full"

    def lives() -> None:
        if mended and supervisor.parts[0].death() is None:
            raise Stopped

    with pytest.raises(Stopped):
        supervisor.watch(lives, short, lambda: mended.append("servers"))
    assert mended == ["servers"]
    said = capsys.readouterr().out
    assert said.index("“part”意外退出") < said.index("the disk is full") < said.index("starting again: part")
    assert said.count("意外退出") == 1
    supervisor.parts[0].signal(signal.SIGKILL)
    supervisor.parts[0].child.wait()
    with pytest.raises(Fault, match="意外退出"):
        supervisor.watch(lambda: None, short, lambda: mended.append("again"))
    assert mended == ["servers"]


def test_room_that_is_gone_again_before_all_stands_is_waited_for_once_more(supervisor):
    """Something else wrote on: the database found no room for its lock file, and the house ended after all."""
    looks, mended = [True, False, True, False, True, False], []
    refused = [Fault("没有地方", "no room"), OSError(errno.ENOSPC, "No space left on device")]

    def lives() -> None:
        if len(mended) == 3:
            raise Stopped

    def mend() -> None:
        mended.append(1)
        if refused:
            raise refused.pop()

    def short() -> str | None:
        return "the disk is full" if looks.pop(0) else None

    with pytest.raises(Stopped):
        supervisor.watch(lives, short, mend)
    assert not looks


def test_a_line_that_cannot_be_kept_is_lost_and_nothing_else(monkeypatch):
    """The reader of a part's lines ended with the first one that the full disk of the log refused, and the part stood still behind it."""

    class Full(StringIO):
        def flush(self):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stdout", full := Full())
    say("one")
    say("two")
    assert sys.stdout is full  # with room the next one is kept
