"""script/manage: prepares, passes everything through, leaves the servers as found."""

import json
import os
import signal
import subprocess
import time

import pytest

from config.runner.services import Services
from tests.ops.running import MAIN, alive, environment, manage, stop_all


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Prepared by the first command that two give at the same time."""
    place = tmp_path_factory.mktemp("manage") / "data"
    place.mkdir()
    both = [
        subprocess.Popen(
            [*MAIN, "manage", "verify_journal", "--json"],
            env=environment(place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    place_said = [process.communicate(timeout=300) for process in both]
    for process, (out, err) in zip(both, place_said, strict=True):
        assert process.returncode == 0, err
        assert json.loads(out)["ok"] is True
    assert sum("区划 / regions" in err for _, err in place_said) == 1, "one prepared, the other waited"
    assert alive(place) == [False, False]
    yield place
    stop_all(place)


def test_stdin_stdout_directory_and_exit_code_are_the_command_s_own(data, tmp_path):
    question = json.dumps({"op": "is_working_day", "input": {"date": "2026-02-14"}})
    done = manage(data, "explain_deadline", "--json", stdin=None, input=question)
    assert done.returncode == 0 and json.loads(done.stdout) == {"working_day": True}

    (tmp_path / "broken.yaml").write_text("nothing: [here\n")
    refused = manage(data, "load_catalog", "broken.yaml", "--check", "--json", cwd=tmp_path)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["errors"][0]["file"] == "broken.yaml"

    assert manage(data, "no_such_command").returncode == 1
    assert alive(data) == [False, False]


def test_a_prepared_directory_costs_little_and_says_nothing(data):
    began = time.monotonic()
    done = manage(data, "shell", "--no-startup", "-c", "print(1)")
    assert done.stdout.strip().endswith("1") and "准备" not in done.stderr
    assert time.monotonic() - began < 40  # a crowded machine; about 4 s on an idle one


def test_servers_that_run_are_used_and_left(data):
    with Services(data, outside=False):
        assert manage(data, "verify_journal").returncode == 0
        assert alive(data) == [True, True]


def test_a_migration_taken_back_is_done_again(data):
    assert manage(data, "migrate", "sessions", "zero").returncode == 0
    done = manage(data, "showmigrations", "sessions")
    assert "准备" in done.stderr and "[X] 0001_initial" in done.stdout


def test_a_signal_reaches_the_command_and_the_servers_stop(data):
    running = subprocess.Popen(
        [*MAIN, "manage", "shell", "--no-startup", "-c", "import time; print('here', flush=True); time.sleep(60)"],
        env=environment(data), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while "here" not in (line := running.stdout.readline()):
        assert line, "the command ended early"
    os.kill(running.pid, signal.SIGTERM)
    assert running.wait(30) == 128 + signal.SIGTERM
    assert alive(data) == [False, False]
