"""A line of the checklist as it is entered, and which lines are asked, missing or to be brought: rule by rule, without a database."""

from types import SimpleNamespace

import pytest

from apps.applications.actions import checklist
from apps.applications.models import Application, MaterialEntry
from apps.kit.errors import Refused

S = MaterialEntry.State


def entry(code="plan", state=S.MISSING, **more) -> MaterialEntry:
    return MaterialEntry(**{"code": code, "name": "平面图", "state": state, "necessity": "main"} | more)


class Act:
    def __init__(self):
        self.saved = []

    def save(self, row, *_):
        self.saved.append(row.code)


@pytest.mark.parametrize(
    ("stood", "given", "stands"),
    [
        ({}, {"state": "supplied", "originals": "1", "copies": 2}, ("supplied", 1, 2, "", False)),
        ({}, {"state": "waived", "remark": " 证照库已有 "}, ("waived", 0, 0, "证照库已有", False)),
        ({"state": S.REJECTED, "remark": "缺章"}, {"originals": 999}, ("rejected", 999, 0, "缺章", False)),
        ({"state": S.SUPPLIED, "originals": 1}, {"state": "missing", "originals": None, "remark": None}, ("missing", 0, 0, "", False)),
        ({}, {"promised": True, "remark": "字" * 300}, ("missing", 0, 0, "字" * 300, True)),
        ({"state": S.EXPECTED}, {"state": "expected", "promised": False}, ("expected", 0, 0, "", False)),
    ],
)
def test_what_came_is_written_down(stood, given, stands):
    row, act = entry(**stood), Act()
    before = (row.state, row.originals, row.copies, row.remark, row.promised)
    assert checklist.enter(act, [row], {"plan": given}) == ([row] if before != stands else [])
    assert (row.state, row.originals, row.copies, row.remark, row.promised) == stands
    assert act.saved == (["plan"] if before != stands else [])


@pytest.mark.parametrize(
    ("stood", "given", "words"),
    [
        ({}, {"state": "supplemented"}, "不能登记为"),
        ({}, {"state": "expected"}, "不能登记为"),
        ({}, {"state": "gone"}, "不能登记为"),
        ({"state": S.EXPECTED}, {"state": "supplied"}, "由前一个事项办出"),  # another item makes it
        ({}, {"state": "rejected", "remark": "  "}, "不合格的原因"),
        ({}, {"state": "waived"}, "免交的依据"),
        ({}, {"remark": "字" * 301}, "最多 300 字"),
        ({}, {"remark": "缺公章✘"}, "印不出来的符号：✘"),
        ({}, {"originals": 1000}, "0 到 999"),
        ({}, {"copies": -1}, "0 到 999"),
        ({}, {"copies": "两份"}, "0 到 999"),
        ({}, ["supplied"], "不完整"),
    ],
)
def test_what_cannot_be_is_refused_at_its_line_and_nothing_is_kept(stood, given, words):
    act, other = Act(), entry("card")
    with pytest.raises(Refused, match=words) as told:
        checklist.enter(act, [entry(**stood), other], {"card": {"state": "supplied"}, "plan": given})
    assert told.value.field == "materials.plan" and act.saved == []
    with pytest.raises(Refused, match="清单里没有材料") as told:
        checklist.enter(act, [other], {"plan": {}}, field="promised")
    assert told.value.field == "promised.plan"


def test_of_what_is_handed_in_later_no_word_is_cut_off():
    given = {"originals": "1", "copies": None, "remark": f" {'字' * 300} "}
    assert checklist.handed(entry(), given, "materials.plan") == {"originals": 1, "copies": 0, "remark": "字" * 300}
    with pytest.raises(Refused, match="最多 300 字") as told:
        checklist.handed(entry(), {"remark": "字" * 301}, "materials.plan")
    assert told.value.field == "materials.plan"


def test_which_lines_are_asked_and_which_are_missing():
    when = [{"element": "area", "at_least": 100}]
    rows = [entry("plan"), entry("card"), entry("large"), entry("result"), entry("more", necessity="optional")]
    lines = [{"material": row.code, "necessity": row.necessity, "when": when if row.code == "large" else None} for row in rows]
    case = Application(plan={"materials": lines, "answers": {}}, answers={"area": "99"})
    plan_, card, large, result, more, former = (
        entry("plan"), entry("card", S.REJECTED), entry("large"), entry("result", S.EXPECTED), entry("more", necessity="optional"), entry("former"),
    )  # fmt: skip
    lines = [plan_, card, large, result, more, former]
    assert checklist.asked(case, lines) == [plan_, card, more] and checklist.missing(case, lines) == [plan_, card]
    case.answers, plan_.state = {"area": "100"}, S.SUPPLEMENTED
    assert checklist.asked(case, lines) == [plan_, card, large, more] and checklist.missing(case, lines) == [card, large]


def test_from_home_one_only_promises():
    checklist.demand_promises_only({"plan": {"promised": True}, "card": {}})
    with pytest.raises(Refused) as told:
        checklist.demand_promises_only({"plan": {"promised": True, "state": "supplied"}})
    assert told.value.field == "materials.plan"
    checklist.demand_listed([entry()], ["plan"])
    with pytest.raises(Refused) as told:
        checklist.demand_listed([entry()], ["plan", "plam"])
    assert told.value.field == "promised.plam"
    assert checklist.promised_lines([entry(promised=True), entry("card")], ["photo"]) == ["photo", "plan"]
    home, counter = (SimpleNamespace(channel=channel) for channel in ("online", "counter"))
    papers = [entry(copies=1), entry("card", originals=1), entry("photo")]
    assert checklist.brought(home, papers, {"plan"}) == {"brought": ["plan", "card"]}
    came = [entry(S.SUPPLIED), entry("card", S.CONFIRMED), entry("photo", S.WAIVED), entry("letter", S.REJECTED)]
    assert checklist.brought(counter, came, {"plan"}) == {"brought": ["card"]}
    assert checklist.brought(counter, [entry(copies=1)], set()) == checklist.brought(home, [entry()], set()) == {}
