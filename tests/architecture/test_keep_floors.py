"""Who may import whom: the contracts stand in pyproject.toml."""

import tomllib
from graphlib import CycleError, TopologicalSorter

import grimp
from importlinter.cli import lint_imports

from config.runner.places import PROJECT

ROOMS = {file.parent.name for file in (PROJECT / "apps").glob("*/__init__.py")}
CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def test_every_contract_is_kept(capsys, monkeypatch):
    monkeypatch.chdir(PROJECT)
    code = lint_imports(no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_every_room_stands_on_a_floor():
    floors = next(contract for contract in CONTRACTS if contract["type"] == "layers" and "containers" not in contract)
    named = {room.strip() for floor in floors["layers"] for room in floor.split("|")}
    assert named == {f"apps.{room}" for room in ROOMS}


def test_every_room_with_files_of_its_own_keeps_their_order():
    inside = next(contract for contract in CONTRACTS if "containers" in contract)
    doors_and_tools = {"apps.web", "apps.api", "apps.kit"}
    assert set(inside["containers"]) == {f"apps.{room}" for room in ROOMS} - doors_and_tools


def test_all_audiences_are_kept_apart():
    apart = next(contract for contract in CONTRACTS if contract["type"] == "independence")
    audiences = sorted(file.parent.name for file in (PROJECT / "apps/web").glob("*/urls.py"))
    assert apart["modules"] == [f"apps.web.{name}" for name in audiences]


def test_no_files_import_each_other_in_a_circle():
    """Not in a function either: seventeen files of acts hung together by one such line, and none could be read before the others."""
    graph = grimp.build_graph("apps", "config", exclude_type_checking_imports=True, cache_dir=None)
    asked = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(asked).prepare()
    except CycleError as circle:
        raise AssertionError(" → ".join(circle.args[1])) from None
