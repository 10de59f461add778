"""Whatever is broken in a file, the check answers with problems; it never fails itself, and repeats no problem."""

import copy
import random

import yaml

from apps.catalog.loading import checking
from apps.catalog.loading.schema import validator
from apps.catalog.loading.source import read
from tests.full import full

from .conftest import REAL, source
from .test_check_files import known

VALUES = [
    None,
    True,
    0,
    -1,
    3.5,
    "",
    "x",
    "330204",
    "2017-02-30",
    [],
    ["x"],
    [None],
    {},
    {"days": 1},
    {"code": "x"},
    [[1]],
]


def small() -> dict:
    """Some of everything of the real file."""
    data = yaml.load(REAL[0].read_text("utf-8"), Loader=yaml.CSafeLoader)
    bundles = [row for row in data["bundles"] if row["code"] in ("open-restaurant", "second-hand-house")]
    needed = {member["item"] for row in bundles for member in row["members"]} | {"fund-withdrawal", "food-licence"}
    items = [row for row in data["items"] if row["code"] in needed]
    return data | {"items": items, "bundles": bundles}


def places(node, path=()):
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else []
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def spoil(data: dict, chance: random.Random) -> None:
    every = list(places(data))
    path = chance.choice(every)
    node = data
    for part in path[:-1]:
        node = node[part]
    last, kind = path[-1], chance.random()
    if kind < 0.2:
        del node[last]
    elif kind < 0.3 and isinstance(node, list):
        node.append(copy.deepcopy(node[last]))
    elif kind < 0.4 and isinstance(node, dict):
        node[f"{last}x"] = node.pop(last)
    else:
        node[last] = copy.deepcopy(chance.choice(VALUES))


def test_spoilt_files_are_answered_with_problems():
    whole = small()
    facts = known()
    assert checking.check([source(whole)], facts) == []
    for seed in range(full(25, 800)):
        chance = random.Random(seed)
        data = copy.deepcopy(whole)
        for _ in range(chance.randint(1, 4)):
            spoil(data, chance)
        problems = checking.check([source(data)], facts)
        if not validator().is_valid(data):
            assert any(one.code in ("schema", "syntax") for one in problems), seed
        assert len(problems) == len({(one.line, one.path, one.code, one.message) for one in problems}), seed
        assert all(one.line >= 1 and one.message for one in problems), seed


def test_cut_and_garbled_text_is_answered_with_problems():
    text = yaml.safe_dump(small(), allow_unicode=True).encode()
    for seed in range(full(25, 500)):
        chance = random.Random(seed)
        at = chance.randrange(len(text))
        junk = bytes(chance.randrange(256) for _ in range(chance.randint(0, 4)))
        broken = text[:at] + junk + (text[at + chance.randint(1, 9) :] if chance.random() < 0.7 else b"")
        problems = checking.check([read("broken.yaml", broken)], known())
        assert all(one.line >= 1 for one in problems), seed


def test_what_should_be_a_list_and_is_none_is_answered_with_problems():
    """No rule that reads its lines is asked about it."""
    whole, facts = small(), known()
    for name in ("steps", "fees", "faq", "materials", "fields"):
        for value in ({"x": 1}, "x", 7, None):
            data = copy.deepcopy(whole)
            for item in data["items"]:
                item[name] = value
            problems = checking.check([source(data)], facts)
            assert {("schema", name)} <= {(one.code, one.path.split(".")[-1]) for one in problems}, (name, value)
