"""Loading: everything or nothing, the same file twice changes nothing, changed content becomes a new version."""

import io
import json
import os
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.catalog.actions import cancel_definition, load_catalogue, suspend_definition
from apps.catalog.exporting import catalogue_file
from apps.catalog.loading.source import read
from apps.catalog.models import Definition, DefinitionVersion, Element
from apps.catalog.plan import compile_plan
from apps.directory.models import Department, Region
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours
from tests import people

from .conftest import DATA, REAL, codes, document, footprint, item, load

pytestmark = pytest.mark.django_db


def bundle(code="thing", *members, **changes):
    return {
        "code": code,
        "name": "一件事",
        "lead": {"department": "office", "criterion": "general_intake"},
        "members": [{"item": member} for member in members or ("one",)],
    } | changes


def test_the_number_of_statements_does_not_grow_with_the_catalogue(regions):
    def statements(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert not load(document(items=[item(f"i{count}-{number}") for number in range(count)])).problems
        return len(captured)

    statements(1)
    assert statements(60) <= statements(2) + 2


def test_one_problem_and_nothing_is_written(regions):
    before = footprint()
    report = load(document(items=[item(), item("two", zone="nowhere")]))
    assert codes(report) == ["unknown_code"]
    assert report.counts == {}
    assert footprint() == before


def test_faulty_and_good_files_together_write_nothing(regions):
    before = footprint()
    paths = [*REAL, DATA / "faults.yaml"]
    report = load_catalogue(by=SYSTEM, sources=[read(str(path)) for path in paths])
    assert {problem.file for problem in report.problems} == {str(DATA / "faults.yaml")}
    assert footprint() == before


def test_check_only_counts_and_writes_nothing(regions):
    before = footprint()
    report = load(document(items=[item()], bundles=[bundle()]), check_only=True)
    assert report.counts["items"] == {"created": 1, "new_version": 0, "unchanged": 0}
    after = footprint()
    assert after | {"Revision": []} == before | {"Revision": []}
    load(document(items=[item()]))
    checked = load(document(items=[item(name="改名")]), check_only=True)
    assert checked.counts["items"]["new_version"] == 1
    assert Definition.objects.get().name == "测试事项"


def test_changed_content_is_a_new_version_from_the_file_s_day(regions):
    load(document("2017-08-31", items=[item()]))
    report = load(document("2018-03-01", items=[item(name="改名")]))
    assert report.counts["items"] == {"created": 0, "new_version": 1, "unchanged": 0}
    first, second = DefinitionVersion.objects.order_by("number")
    assert (first.valid_from, first.valid_to) == (date(2017, 8, 31), date(2018, 2, 28))
    assert (second.valid_from, second.valid_to) == (date(2018, 3, 1), None)
    assert compile_plan("one", {}, date(2018, 2, 28))["name"] == "测试事项"
    assert compile_plan("one", {}, date(2018, 3, 1))["name"] == "改名"
    assert Definition.objects.get().name == "改名"


def test_an_earlier_version_loaded_later_holds_before_the_other(regions):
    load(document("2018-03-01", items=[item(name="新")]))
    report = load(document("2017-08-31", items=[item(name="旧")]))
    assert report.counts["items"]["new_version"] == 1
    assert compile_plan("one", {}, date(2018, 2, 28))["name"] == "旧"
    assert compile_plan("one", {}, date(2018, 3, 1))["name"] == "新"
    assert Definition.objects.get().name == "新"


def test_own_dates_count_before_the_file_s_day(regions):
    load(document("2017-08-31", items=[item(valid_from="2017-01-01", valid_to="2017-12-31")]))
    assert compile_plan("one", {}, date(2017, 1, 1))["code"] == "one"
    for day in (date(2016, 12, 31), date(2018, 1, 1)):
        with pytest.raises(NotYours):
            compile_plan("one", {}, day)


def test_two_versions_of_an_item_in_one_load(regions):
    report = load(document("2017-01-01", items=[item()]), document("2018-01-01", items=[item(name="二")]))
    assert report.counts["items"] == {"created": 1, "new_version": 1, "unchanged": 0}
    assert compile_plan("one", {}, date(2017, 6, 1))["name"] == "测试事项"


def test_a_correction_of_the_same_day_replaces_and_keeps_the_history(regions):
    load(document(items=[item()]))
    load(document(items=[item(name="更正")]))
    assert list(DefinitionVersion.objects.order_by("number").values_list("state", "name")) == [
        ("replaced", "测试事项"),
        ("published", "更正"),
    ]
    names = list(Event.objects.filter(chain="definition:one").order_by("seq").values_list("name", flat=True))
    assert names == ["definition.publish", "definitionversion.replace", "definition.publish"]


def test_dates_and_key_order_alone_are_no_change(regions):
    load(document(items=[item()]))
    row = dict(reversed(item().items()))
    assert load(document(items=[row | {"valid_to": None}])).counts["items"]["unchanged"] == 1
    assert load(document("2019-01-01", items=[row])).counts["items"]["unchanged"] == 1


def test_large_numbers_loaded_again_are_no_change(regions):
    """The database gives a whole number back as such, however it was written."""
    element = {"code": "e", "name": "注册资本", "type": "money", "minimum": 0.01, "maximum": 1e300}
    load(document(elements=[element]))
    before = footprint()
    load(document(elements=[element]))
    assert footprint() == before


def test_elements_and_materials_are_updated_in_a_later_load(regions):
    first = {"elements": [{"code": "e", "name": "甲", "type": "text"}]}
    load(document(**first))
    load(document(elements=[{"code": "e", "name": "乙", "type": "text"}]))
    assert Element.objects.get().content["name"] == "乙"


def test_a_withdrawn_item_stays_withdrawn_until_its_content_changes(regions):
    load(document(items=[item()]))
    cancel_definition(by=SYSTEM, code="one", reason="取消", on=date(2018, 1, 1))
    assert load(document(items=[item()])).counts["items"]["unchanged"] == 1
    assert Definition.objects.get().state == "cancelled"
    with pytest.raises(NotYours):
        compile_plan("one", {}, date(2018, 1, 1))
    assert compile_plan("one", {}, date(2017, 12, 31))["code"] == "one"
    load(document("2018-06-01", items=[item(name="恢复")]))
    assert Definition.objects.get().state == "published"
    assert compile_plan("one", {}, date(2018, 6, 1))["name"] == "恢复"


def test_a_suspended_item_is_in_use_again_when_loaded_with_other_content(regions):
    load(document(items=[item()]))
    suspend_definition(by=SYSTEM, code="one", reason="系统升级")
    load(document(items=[item(name="新")]))
    assert Definition.objects.get().state == "published"


def test_items_and_bundles_share_one_set_of_codes(regions):
    load(document(items=[item()]))
    assert codes(load(document(items=[item("two")], bundles=[bundle("one", "two")]))) == ["duplicate_code"]


def test_a_file_without_node_belongs_to_the_city(regions):
    part = document(items=[item()])
    del part["node"]
    assert load(part).problems == []
    assert Definition.objects.get().region_id == "330200"


def test_what_is_only_being_written_is_ground_for_drafts_alone(regions):
    """A one-thing could be published on a question that nobody was asked yet, and its member stayed away for everybody; and one could
    not be, as long as somebody thought of asking it no more."""
    ask = {"code": "guests", "question": "几位客人？", "type": "integer"}
    bundle = {"code": "thing", "name": "一件事", "lead": {"department": "office", "criterion": "general_intake"}}
    bundle |= {"members": [{"item": "one"}, {"item": "two", "when": [{"situation": "guests", "over": 5}]}]}
    load(document(items=[item(), item("two")]))
    load(document("2018-01-01", items=[item(situations=[ask])]), as_draft=True)
    assert codes(load(document("2018-01-01", bundles=[bundle]))) == ["unknown_code"]
    assert not load(document("2018-01-01", bundles=[bundle]), as_draft=True).problems
    load(document("2018-01-01", items=[item(situations=[ask])]))
    load(document("2018-02-01", items=[item()]), as_draft=True)
    assert not load(document("2018-01-01", bundles=[bundle])).problems


def test_draft_load_publishes_nothing(regions):
    report = load(document(items=[item()]), as_draft=True)
    assert report.counts["items"]["created"] == 1
    assert DefinitionVersion.objects.get().state == "draft"
    with pytest.raises(NotYours):
        compile_plan("one", {}, date(2018, 1, 1))
    load(document(items=[item(name="二稿")]), as_draft=True)
    assert sorted(DefinitionVersion.objects.values_list("state", "name")) == [
        ("discarded", "测试事项"),
        ("draft", "二稿"),
    ]
    before = footprint()
    load(document(items=[item(name="二稿")]), as_draft=True)
    assert footprint() == before


@pytest.mark.parametrize(
    ("kind", "row", "ours"),
    [
        ("departments", {"code": "theirs", "name": "余姚的部门"}, {"code": "theirs", "name": "变成我们的"}),
        ("zones", {"code": "theirs", "name": "余姚的板块"}, {"code": "theirs", "name": "变成我们的"}),
        ("items", item("theirs"), item("theirs", name="变成我们的")),
        ("bundles", bundle("theirs"), bundle("theirs", name="变成我们的")),
    ],
)
@pytest.mark.parametrize("as_draft", [True, False])
def test_an_office_takes_nothing_over_from_another_node(regions, kind, row, ours, as_draft):
    theirs = {"format": "yichuang-catalog/1", "as_of": "2017-08-31", "node": "330281", kind: [row]}
    load(document(items=[item()]), theirs)
    cixi = people.actor("catalogue")
    before = footprint()
    with pytest.raises(Forbidden):
        load(document(**{"departments": [], kind: [ours]}), by=cixi, as_draft=as_draft)
    assert footprint() == before
    assert load(document(items=[item(name="自己的")]), by=cixi, as_draft=as_draft).counts["items"]["new_version"] == 1


def test_an_office_loads_its_own_file_again_that_names_the_city_s_department_and_zone(regions):
    """Exported by the county, refused to the county: the file names whose item it is, and says nothing new of them."""
    city = {
        "format": "yichuang-catalog/1",
        "as_of": "2017-08-31",
        "departments": [{"code": "fund", "name": "公积金中心", "kind": "institution", "phone": "0574-87001000"}],
        "zones": [{"code": "fund-hall", "name": "公积金", "hall": "市中心", "windows": ["B2", "B10"]}],
    }
    load(city, document(items=[item(department="fund", zone="fund-hall")]))
    file, cixi, before = catalogue_file(DefinitionVersion.objects.all(), date(2018, 1, 1)), people.actor("catalogue"), footprint()
    assert load(file, by=cixi).counts["items"]["unchanged"] == 1
    assert footprint() == before
    for kind, changed in (("departments", {"phone": "0574-87001001"}), ("zones", {"windows": ["B2"]})):
        with pytest.raises(Forbidden, match=f"“{file[kind][0]['code']}”不属于您所在的节点"):
            load({**file, kind: [file[kind][0] | changed]}, by=cixi)
    assert footprint() == before


# --- the command ------------------------------------------------------------------------------------------------


def run(*args) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("load_catalog", *map(str, args), stdout=out, stderr=err)
    except SystemExit as exit_:
        return exit_.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_command_answers_one_json_document(regions):
    status, out, err = run(*REAL, "--json")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert answer["items"] == {"created": 106, "new_version": 0, "unchanged": 0}
    assert set(answer) >= {"departments", "zones", "elements", "materials", "items", "bundles"}


def test_command_refuses_with_every_problem(regions):
    status, out, err = run(DATA / "faults.yaml", "--json", "--check")
    problems = json.loads(out)["errors"]
    assert status == 1
    assert len(problems) > 90
    assert set(problems[0]) == {"file", "line", "path", "code", "message"}
    assert "330204" in out  # Chinese and codes as they are
    assert "江东区" in out
    for problem in problems:
        assert f"{problem['file']}:{problem['line']}" in err
    status, out, err = run(DATA / "faults.yaml")
    assert (status, out) == (1, "")
    assert "330204" in err


def test_a_file_whose_name_is_no_utf8_is_loaded_and_named(regions, tmp_path):
    """事项.yaml, packed where names are GBK: a good file was not loaded, and what was wrong with a faulty one was not told."""
    file = tmp_path / os.fsdecode("事项.yaml".encode("gbk"))
    for content, told in ((document(items=[]), 0), ({"format": 1}, 1)):
        file.write_text(json.dumps(content), "utf-8")
        status, out, _ = run(file, "--json")
        assert status == told and json.loads(out).get("departments", 1) == 1
    assert all(problem["file"].endswith(".yaml") for problem in json.loads(out)["errors"])
    out.encode()
    assert Event.objects.get(name="revision.load").facts["files"] == ["\\udcca\\udcc2\\udccf\\udcee.yaml"]


def test_command_tells_in_words(regions, tmp_path):
    status, out, _ = run(REAL[0], "--check")
    assert status == 0
    assert "没有写入" in out
    assert not Definition.objects.exists()


def test_where_several_cities_are_known_a_file_says_which_one_it_means(regions):
    """Written for one of them it went to whichever the database told last."""
    Region.objects.create(code="510100", name="成都市", level="city", node_code="510100")
    placeless = document(items=[item()])
    del placeless["node"]
    report = load(placeless)
    assert codes(report) == ["region"] and "请在文件开头写明 node" in report.problems[0].message
    assert report.problems[0].path == "departments[0].region"
    assert not load(placeless | {"node": "510100"}).problems
    assert Department.objects.get(pk="office").region_id == "510100"


def test_a_department_or_zone_does_not_leave_the_node_where_people_stand_for_it(regions):
    """The load went through, and then their posts stood where no post can be."""
    people.staff("clerk", generalist=False, zones=[people.ZONES[0]["code"]])
    people.staff("reviewer")
    before = footprint()
    away = {"departments": [people.DEPARTMENTS[0] | {"region": "330281"}], "zones": [{"code": "shangshi", "name": "商事", "region": "330281"}]}
    for check_only in (True, False):
        report = load(document(**away), check_only=check_only)
        assert codes(report) == ["region", "region"] and footprint() == before
    assert [problem.path for problem in report.problems] == ["departments[0].region", "zones[0].region"]
    assert "scjg 属于节点 330282" in report.problems[0].message and "请先结束" in report.problems[0].message
    assert not load(document(departments=[people.DEPARTMENTS[1] | {"region": "330281"}])).problems  # nobody stands there


def test_a_one_thing_that_its_changed_item_leaves_behind_is_told(regions, tmp_path):
    """An item loaded alone asked the shared question in another way, or no more: what hung on it was gone from the one-thing without a word."""

    def said(**changes) -> str:
        path, err = tmp_path / "two.json", io.StringIO()
        path.write_text(json.dumps(document(**{"as_of": "2017-08-31"} | changes)))
        call_command("load_catalog", str(path), "--json", stdout=(out := io.StringIO()), stderr=err)
        assert "created" in json.loads(out.getvalue())["items"]
        return err.getvalue()

    def asking(kind: str, **changes) -> list[dict]:
        return [item("two", situations=[{"code": "seats", "question": "几座？", "type": kind}], **changes)]

    asked = {"code": "seats", "question": "几座？", "type": "integer"}
    members = [{"item": "one"}, {"item": "two", "when": [{"situation": "seats", "over": 9}]}]
    assert said(items=[item(situations=[asked]), *asking("integer")], bundles=[bundle(members=members)]) == ""
    assert said(items=asking("boolean"), as_of="2017-01-01") == ""  # an old version, over before it was loaded
    assert "一件事“一件事”和改过的事项对不上：情形 seats 在成员 two 里类型不同（integer、boolean）" in said(items=asking("boolean"))
    assert said(items=asking("boolean")) == ""  # told once
    assert said(items=asking("integer"), bundles=[bundle(members=members)]) == ""
    assert said(items=[item("two")]) == ""  # the other member still asks it
    assert "没有编码为 seats 的情形" in said(items=[item()])
