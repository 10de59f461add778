"""事项比对 (DOMAIN.md row 5): items of several nodes by their national code, and in what they are said differently."""

from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest

from apps.catalog.alignment import Offered, compare
from tests import people

from .conftest import document, item, load


def long_code(node: str, main: str = "000131006", sub: str = "000") -> str:
    return {"330200": "11330200MB0F03002E3", "330282": "11330282MB0F0100784"}[node] + main + sub


ONE = Offered("a", "取水许可", "330200", long_code("330200"), frozenset("mn"), frozenset("f"), (20, "working"), 1)
OTHER = replace(ONE, code="b", node="330282", implementation_code=long_code("330282"))


@pytest.mark.parametrize(
    ("changed", "apart"),
    [
        ({}, []),
        ({"name": "取水的许可"}, ["name"]),
        ({"materials": frozenset("m")}, ["materials"]),
        ({"form": frozenset("fg"), "visits": 2}, ["form", "visits"]),
        ({"promise": (20, "calendar")}, ["promise"]),
    ],
)
def test_what_is_said_differently(changed, apart):
    (row,) = compare([replace(OTHER, **changed), ONE])
    assert ([one.node for one in row.offered], row.apart) == (["330200", "330282"], apart)


def test_what_one_lacks_is_what_the_others_ask_for():
    (row,) = compare([ONE, replace(OTHER, materials=frozenset("mk"))])
    assert [row.lacking(one, "materials") for one in row.offered] == [{"k"}, {"n"}]


def test_a_main_item_that_is_split_otherwise():
    parts = [replace(OTHER, code=sub, implementation_code=long_code("330282", sub=sub)) for sub in ("000", "001")]
    (row,) = compare([ONE, *parts])
    assert (row.apart, row.split) == (["split"], {"330200": {"000"}, "330282": {"000", "001"}})


def test_without_the_national_code_nothing_is_compared():
    assert compare([ONE, replace(OTHER, implementation_code="330282-old"), replace(ONE, code="c")]) == []


@pytest.mark.django_db
def test_the_office_reads_and_exports_what_differs(client, regions):
    people.places()
    plan = [{"code": "plan", "name": "平面图", "kind": "other"}]
    own = item(implementation_code=long_code("330282"), name="第三类医疗器械经营许可", materials=[{"material": "plan", "necessity": "required"}])
    load(document(materials=plan, items=[own]))
    offices = [{"code": "city-office", "name": "市测试部门"}]
    theirs = item("two", implementation_code=long_code("330200"), name="三类医疗器械经营许可", department="city-office")
    load(document(node="330200", departments=offices, items=[theirs]))
    client.force_login(people.staff("catalogue", node=people.CIXI))
    page = client.get("/catalogue/alignment/").text
    assert "几个节点都有的事项 1 项，写法不一致的 1 项" in page and "三类医疗器械经营许可" in page
    assert "没有：平面图" in page and "都有" in page and "到现场次数</th>" not in page
    visits = client.get("/catalogue/alignment/?facet=visits").text
    assert "到现场次数不一致的 0 项" in visits and "到现场次数都一样" in visits and "名称、拆分" not in visits  # of what was asked only
    assert "没有可以比对的事项" in client.get("/catalogue/alignment/?node=330281").text
    faulty = client.get("/catalogue/alignment/?node=330281&facet=x")  # all of them, as it says, not what its other half leaves
    assert faulty.status_code == 422 and "几个节点都有的事项 1 项" in faulty.text
    sheet = openpyxl.load_workbook(BytesIO(client.get("/catalogue/alignment/export/?facet=name").content)).active
    assert "名称不一致的 1 项" in "".join(str(cell.value) for line in sheet.iter_rows() for cell in line)
    names = [[cell.value for cell in line][-1] for line in sheet.iter_rows() if line[1].value == "名称"]
    assert names == ["三类医疗器械经营许可", "第三类医疗器械经营许可"]
