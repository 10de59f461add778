"""The first step on a machine: packages, environment, and what is said where neither root nor sudo helps."""

import json
import os
import re
import subprocess
import sys

import pytest

from config.runner import bootstrap
from config.runner.places import PROJECT

START = PROJECT / "config" / "runner" / "start.sh"


def test_the_shell_part_names_the_same_packages():
    named = re.search(r"^packages='(.*)'$", START.read_text(), re.M)[1]
    assert named.split() == list(bootstrap.PACKAGES)


def test_without_root_one_line_for_the_administrator_and_on(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(bootstrap, "as_root", lambda: None)
    bootstrap.install_packages(["chromium", "fonts-noto-cjk"], tmp_path)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "请管理员执行 / ask the administrator to run: apt-get update && apt-get install -y chromium fonts-noto-cjk\n"
    )


def test_packages_that_cannot_be_had_are_not_waited_for_twice(monkeypatch, capsys, tmp_path):
    (tmp_path / "logs").mkdir()
    calls = tmp_path / "calls"
    fake = tmp_path / "env"
    fake.write_text(f"#!/bin/sh\necho called >> {calls}\nexit 100\n")
    fake.chmod(0o755)
    monkeypatch.setattr(bootstrap, "as_root", lambda: [])
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(tmp_path))
    for _ in range(2):
        bootstrap.install_packages(["chromium"], tmp_path)
    assert calls.read_text().count("called") == 2, "update and install, once"
    assert capsys.readouterr().err.count("请管理员执行") == 2


def test_a_distribution_without_the_headless_shell_gets_the_whole_browser(monkeypatch, capsys, tmp_path):
    (tmp_path / "logs").mkdir()
    calls, fake = tmp_path / "calls", tmp_path / "env"
    fake.write_text(f'#!/bin/sh\necho "$*" >> {calls}\ncase "$*" in *headless*) exit 100;; esac\n')
    fake.chmod(0o755)
    monkeypatch.setattr(bootstrap, "as_root", lambda: [])
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(tmp_path))
    bootstrap.install_packages(["fonts-noto-cjk", "chromium-headless-shell"], tmp_path)
    assert [line.split(" install ")[-1] for line in calls.read_text().splitlines()[1:]] == [
        "fonts-noto-cjk chromium-headless-shell",
        "fonts-noto-cjk chromium",
    ]
    assert "请管理员" not in capsys.readouterr().err


def test_a_machine_that_lacks_nothing_is_told_nothing(capsys, tmp_path):
    bootstrap.install_packages([], tmp_path)
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def environment(tmp_path):
    home = tmp_path / ".venv"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").touch()
    locks = {lock: bootstrap.digest(lock) for lock in ("requirements.txt", "requirements-dev.txt")}
    (home / "stamp.json").write_text(json.dumps({"home": str(home), "locks": locks}))
    return home


def test_an_environment_made_from_this_lock_is_taken_as_it_is(environment):
    assert bootstrap.current(environment, "requirements.txt")
    assert bootstrap.current(environment, "requirements-dev.txt")


def test_an_environment_that_was_moved_or_made_from_another_lock_is_not(environment, tmp_path):
    moved = environment.rename(tmp_path / "elsewhere")
    assert not bootstrap.current(moved, "requirements.txt")
    (moved / "stamp.json").write_text(json.dumps({"home": str(moved), "locks": {"requirements.txt": "old"}}))
    assert not bootstrap.current(moved, "requirements.txt")
    (moved / "stamp.json").write_text("{ torn")
    assert not bootstrap.current(moved, "requirements.txt")


def test_an_empty_environment_is_made_good(monkeypatch, tmp_path):
    for name in ("HOME", "LANG", "PYTHONUTF8"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    made = bootstrap.environ(tmp_path)
    assert made["HOME"] and made["LANG"] == "C.UTF-8" and made["PYTHONUTF8"] == "1"
    assert made["DATA_DIR"] == str(tmp_path) and "PYTHONPATH" not in made


def test_a_data_directory_that_is_a_link_to_nowhere_is_told_as_one(monkeypatch, capsys, tmp_path):
    """It was told to choose another directory, "File exists": what was meant was the disk that was not mounted."""
    (tmp_path / "data").symlink_to(tmp_path / "away")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(SystemExit):
        bootstrap.main("manage", [])
    assert f"它指向的 {tmp_path / 'away'} 不在：请检查磁盘是否已挂载" in capsys.readouterr().err


def test_an_environment_of_another_project_is_not_heard(monkeypatch, tmp_path):
    """With another server's PGPORT in his shell, who only asked something stopped the database of a running house."""
    own = {"DJANGO_SETTINGS_MODULE": "other.settings", "PYTHONHOME": "/nowhere", "PYTHONWARNINGS": "error"}
    monkeypatch.setattr(os, "environ", own | {"PGPORT": "5433", "PGOPTIONS": "-c search_path=other"})
    made = bootstrap.environ(tmp_path)
    assert made["DJANGO_SETTINGS_MODULE"] == "config.settings" and not {"PGPORT", "PGOPTIONS", "PYTHONHOME", "PYTHONWARNINGS"} & {*made}
    os.environ["DATABASE_URL"] = "postgres://db.example/yichuang"
    assert bootstrap.environ(tmp_path)["PGPORT"] == "5433"  # an outside one may be reached by what they say


def test_the_first_step_needs_nothing_but_a_bare_python():
    """-I and -S: no environment, no site-packages."""
    code = f"import sys; sys.path.insert(0, {str(START.parent)!r}); import bootstrap; print(len(bootstrap.PACKAGES))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(len(bootstrap.PACKAGES))
