"""What a process has loaded stands outside the garbage collector's sight."""

import gc
import subprocess
import sys

import pytest

from config import standing
from config.celery import app as celery
from config.runner.prepare import prepare

SAID = "import gc, sys; print(gc.get_freeze_count(), len(gc.get_objects()), 'apps.api.verbs' in sys.modules)"


def said(code: str) -> list[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_the_web_loads_its_addresses_before_the_first_request_and_looks_at_nothing_of_it_again():
    kept, seen, loaded = said(f"import config.wsgi; {SAID}")
    assert int(kept) > 100_000 and int(seen) < int(kept) / 100 and loaded == "True"


@pytest.mark.parametrize("told", [True, False])
def test_a_worker_says_so_in_each_of_its_processes(told):
    send = "signals.worker_process_init.send(None)" if told else "pass"
    kept, *_ = said(f"import config.celery; from celery import signals; {send}; {SAID}")
    assert (int(kept) > 10_000) is told


def test_a_worker_lets_its_processes_say_so_on_a_busy_machine():
    assert celery.conf.worker_proc_alive_timeout >= 60


def test_who_loads_much_looks_seldom(monkeypatch):
    """Before: half of the time in which the tests were gathered, a fifth of a migration from nothing."""
    assert gc.get_threshold()[0] == standing.YOUNG, "from the first plugin of the tests on"
    monkeypatch.setattr("config.runner.prepare._reached", lambda url: looks.append(gc.get_threshold()[0]))
    looks, before = [], gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)
        with pytest.raises(AttributeError):  # no connection to go on with
            prepare("postgres:///none", demo=False)
    finally:
        gc.set_threshold(*before)
    assert set(looks) == {standing.YOUNG}
