"""Files in and out of the catalogue office: every problem by its line, loaded on the second press, exported as it can be taken in again."""

import io
from datetime import timedelta

import pytest
import yaml
from django.core.cache.backends.redis import RedisCache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from apps.catalog import actions
from apps.catalog.loading.source import read
from apps.catalog.models import Definition, DefinitionVersion
from apps.journal.actor import SYSTEM
from apps.kit.time import today
from apps.web import sheets
from apps.web.catalogue import importing
from tests import people
from tests.catalog.conftest import DATA, document, item, load

from .conftest import THING
from .test_keep_catalogue import text

pytestmark = pytest.mark.django_db


def uploaded(*documents):
    files = [
        SimpleUploadedFile(f"{number}.yaml", yaml.safe_dump(part, allow_unicode=True).encode())
        for number, part in enumerate(documents)
    ]
    return {"files": files}


def test_import_tells_every_problem_by_line(office):
    people.places()
    with (DATA / "faults.yaml").open("rb") as file, people.nothing_written(Definition, DefinitionVersion):
        answer = office.post(reverse("catalogue:import"), {"files": file})
    page = text(answer)
    for words in ("什么都没有写入", "330204", "items[1].department", "faults.yaml", "指南质量"):
        assert words in page


def test_import_checks_first_and_loads_on_the_second_press(office, monkeypatch):
    people.places()
    url = reverse("catalogue:import")
    with people.nothing_written(Definition, DefinitionVersion):
        page = office.post(url, uploaded(document(items=[item()])))
    assert "检查通过，还没有写入" in text(page) and "作废" not in text(page)
    token = page.context["load"].initial["kept"]
    for mode, state in (("no", "draft"), ("yes", "published")):
        given = {"kept": token, "publish": mode, "once": mode}
        assert office.post(url, given, follow=True).status_code == 200
        assert DefinitionVersion.objects.order_by("-number").first().state == state
        if mode == "no":  # whose work it is may be somebody else's
            assert "作废" not in text(office.post(url, uploaded(document(items=[item()]))))
            monkeypatch.setattr(importing, "SHOWN", 1)  # of a whole catalogue what is put away stands on top, in however long a list
            page = text(office.post(url, uploaded(document(items=[item("another", name="另一项"), item(name="改了")]))))
            assert "会作废现在的第 1 版草稿" in page and "会变动的 2 项，其中 1 项有没公布的草稿" in page and "只列前 1 项" in page
    for given, told in (({"publish": "yes", "once": "no"}, "已经提交过，内容和上次不同"), ({}, "请选择“怎样载入”")):
        refused = office.post(url, {"kept": token, **given})
        assert "<title>错误：" in text(refused) and told in text(refused).partition("<h1")[0]  # in the summary: it may be no field's
    assert "超过半小时" in text(office.post(url, {"kept": "forged", "publish": "yes"}, follow=True))


def test_import_tells_of_a_one_thing_that_still_asks_what_the_files_drop(office, asking):
    """Published by a file, an item silently kept its member from everybody; where the files mend the one-thing too, nothing is to be told."""
    dropped = document("2018-01-01", items=[item()])
    told = "一件事“一件事”和这些文件里改过的事项对不上：没有编码为 guests 的情形"
    with people.nothing_written(Definition, DefinitionVersion):
        assert told in text(office.post(reverse("catalogue:import"), uploaded(dropped)))
        still = document("2018-01-01", items=[item("two", name="改了")])
        page = text(office.post(reverse("catalogue:import"), uploaded(still)))
        assert "检查通过" in page and "不再有的" not in page
        mended = THING | {"members": [{"item": "one"}, {"item": "two"}]}
        page = text(office.post(reverse("catalogue:import"), uploaded(document("2018-01-01", items=[item()], bundles=[mended]))))
        assert "检查通过" in page and "不再有的" not in page


def test_import_of_a_poor_guide_stops_at_a_draft(office):
    people.places()
    url = reverse("catalogue:import")
    page = office.post(url, uploaded(document(items=[item(online_depth="IV", max_visits=1)])))
    assert "可以先存为草稿" in text(page)
    token = page.context["load"].initial["kept"]
    assert "立即公布" not in text(page)
    with people.nothing_written(DefinitionVersion):
        refused = office.post(url, {"kept": token, "publish": "yes", "once": "a"})
    assert refused.status_code == 422
    assert "全程网办" in text(refused)
    office.post(url, {"kept": token, "publish": "no", "once": "b"})
    assert DefinitionVersion.objects.get().state == "draft"
    assert "先改好这 2 处" in text(office.get(reverse("catalogue:definition", args=["one"])))


def test_import_of_what_is_not_ours_is_refused_on_the_page(county):
    people.places()
    with people.nothing_written(Definition):
        answer = county.post(
            reverse("catalogue:import"), uploaded(document(node="330225", departments=[{"code": "o2", "name": "别处"}]))
        )
    assert answer.status_code == 403
    assert "不属于您所在的节点" in text(answer)


def test_a_county_takes_its_own_file_in_again_with_the_batch_that_it_names(county):
    """What all share may be stated again as it stands: that is what the export writes."""
    people.places()
    first = {"code": "b1", "name": "第一批", "published_on": "2017-02-27", "level": "4"}
    load(document(items=[item(batch="b1")], batches=[first]))
    url = reverse("catalogue:import")
    again = document(items=[item(batch="b1", name="改过的名称")], batches=[first])
    assert "检查通过，还没有写入" in text(county.post(url, uploaded(again)))
    exported = county.get(reverse("catalogue:definition_file", args=["one"])).content
    assert "检查通过" in text(county.post(url, {"files": [SimpleUploadedFile("own.yaml", exported)]}))
    other = document(items=[item(batch="b1")], batches=[first | {"name": "另一批"}])
    with people.nothing_written(Definition, DefinitionVersion):
        refused = county.post(url, uploaded(other))
    assert refused.status_code == 403 and "全市共用" in text(refused)


def test_import_tells_whose_conditions_a_changed_element_leaves_behind(office):
    """The material that was asked for by it would be asked of nobody any more, without a word."""
    people.places()
    before = {"code": "use", "name": "用途", "type": "choice", "choices": [{"value": "shop", "label": "店铺"}, {"value": "inn", "label": "旅馆"}]}
    now = before | {"choices": before["choices"][:1]}
    when = {"when": [{"element": "use", "is": "inn"}]}
    asks = item(fields=[{"element": "use"}], materials=[{"material": "plan", "necessity": "required", **when}])
    load(document(elements=[before], materials=[{"code": "plan", "name": "平面图", "kind": "other"}], items=[asks, item("two", name="另一项")]))
    told = "“测试事项”的条件和改过的数据元对不上：数据元 use 没有值为 inn 的选项（有：shop）"
    mended = item(fields=[{"element": "use"}])
    for parts, said in (([now], True), ([now | {"type": "text"}], False), ([before | {"name": "做什么用"}], False)):
        page = text(office.post(reverse("catalogue:import"), uploaded(document(elements=parts))))
        assert "检查通过" in page and (told in page) == said
    page = text(office.post(reverse("catalogue:import"), uploaded(document("2018-01-01", elements=[now], items=[mended]))))
    assert "检查通过" in page and "的条件和改过" not in page  # restated beside it
    assert load(document(elements=[now])).at_odds == {"测试事项": ["数据元 use 没有值为 inn 的选项（有：shop）"]}
    assert load(document(elements=[now])).at_odds == {}  # told once, not at every load


def test_a_changed_element_is_told_of_every_version_that_it_leaves_behind(office):
    """It counts at once: as long as what was mended beside it is a draft, or begins another day, the version in use lacks what hung on it;
    so does one that begins later, or is suspended. Each county has an item of the same name."""
    people.places()
    before = {"code": "use", "name": "用途", "type": "choice", "choices": [{"value": "shop", "label": "店铺"}, {"value": "inn", "label": "旅馆"}]}
    now, later = before | {"choices": before["choices"][:1]}, (today() + timedelta(days=1)).isoformat()
    asks = {"fields": [{"element": "use"}], "materials": [{"material": "plan", "necessity": "required", "when": [{"element": "use", "is": "inn"}]}]}
    load(document(elements=[before], materials=[{"code": "plan", "name": "平面图", "kind": "other"}], items=[item(**asks)]))
    mended, told = item(fields=[{"element": "use"}]), ["数据元 use 没有值为 inn 的选项（有：shop）"]
    for day, here, drafted in (("2018-01-01", False, True), (later, True, False)):
        page = text(office.post(reverse("catalogue:import"), uploaded(document(day, elements=[now], items=[mended]))))
        found = [f"“测试事项”{words}和改过的数据元对不上：{told[0]}" in page for words in ("的条件", "现在公布的版本的条件就")]
        assert "检查通过" in page and found == [here, drafted]
    load(document(later, items=[item("two", **asks)]), document(items=[item("three", **asks)]))
    actions.suspend_definition(by=SYSTEM, code="three", reason="系统升级")
    report = load(document(elements=[now], items=[mended]), as_draft=True)
    assert report.at_odds == {f"测试事项（{code}）": told for code in ("one", "three", "two")}


def test_import_asks_for_files(office):
    assert office.post(reverse("catalogue:import"), {}).status_code == 422
    empty = SimpleUploadedFile("a.yaml", b"")
    assert office.post(reverse("catalogue:import"), {"files": empty}).status_code == 422
    big = SimpleUploadedFile("a.yaml", b"#" * (5 * 1024 * 1024 + 1))
    assert "5 MB" in text(office.post(reverse("catalogue:import"), {"files": big}))


def test_exports(office, monkeypatch):
    people.places()
    load(document(items=[item("one", name="=1+1"), item("two", name="@SUM(A1)")]))
    sheet = office.get(reverse("catalogue:export_sheet"), {"kind": "item"})
    rows = list(load_workbook(io.BytesIO(sheet.content)).active.iter_rows())
    assert rows[0][0].value.endswith("；筛选：类别：事项")
    names = [row[1] for row in rows if row[0].value in ("one", "two")]
    assert {cell.value for cell in names} == {"=1+1", "@SUM(A1)"}
    assert {cell.data_type for cell in names} == {"s"}
    file = office.get(reverse("catalogue:export_file"), {"q": "one"})
    assert [row["code"] for row in yaml.safe_load(file.content)["items"]] == ["one"]
    monkeypatch.setattr(sheets, "LIMIT", 1)  # what is cut off is told, and the file is read again all the same
    sheet, file = (office.get(reverse(f"catalogue:export_{kind}")).content for kind in ("sheet", "file"))
    assert list(load_workbook(io.BytesIO(sheet)).active.values)[-1][0].startswith("只导出前 1 行")
    assert file.decode().startswith("# 只导出前 1 项") and len(yaml.safe_load(file)["items"]) == 1
    one = office.get(reverse("catalogue:definition_file", args=["two"]))
    again = actions.load_catalogue(by=SYSTEM, sources=[read("again.yaml", one.content)])
    assert again.counts["items"] == {"created": 0, "new_version": 0, "unchanged": 1}


def test_an_import_while_the_cache_is_away_says_when_to_come_back(office, monkeypatch):
    """The files wait in the cache between the two presses; without it nothing is loaded, and that is said."""
    monkeypatch.setattr(importing, "cache", RedisCache("redis://127.0.0.1:1", {}))
    for given in (uploaded(document(items=[item()])), {"kept": "x", "publish": "no"}):
        with people.nothing_written(Definition):
            answer = office.post(reverse("catalogue:import"), given)
        assert answer.status_code == 503 and "请几分钟后再试" in text(answer)
