"""All that a version says stands on its page in words, a draft that was never published too: who approves it reads it there."""

import pytest
from django.urls import reverse

from apps.catalog import queries_office
from apps.catalog.actions import load_catalogue
from apps.catalog.models import Definition, DefinitionVersion
from apps.journal.actor import SYSTEM
from apps.web.catalogue.definition import FACTS
from apps.web.catalogue.telling import path_text
from apps.web.catalogue.whole import told_whole
from tests import people
from tests.catalog.conftest import REAL, document, item, load, read

pytestmark = pytest.mark.django_db
QUESTION = {
    "code": "size",
    "question": "摊位多大？",
    "type": "choice",
    "choices": [{"value": "s", "label": "小摊"}, {"value": "l", "label": "大摊"}],
}
PARTS = {
    "elements": [
        {"code": "stall.no", "name": "摊位编号", "type": "text"},
        {"code": "mode", "name": "经营方式", "type": "choice", "choices": [{"value": "w", "label": "批发"}]},
    ],
    "materials": [{"code": "plan", "name": "摊位图", "kind": "other"}],
    "batches": [{"code": "b1", "name": "第一批", "published_on": "2017-02-27", "level": "4"}],
    "items": [
        item(
            "stall-licence",
            notice_days=3,
            batch="b1",
            inspection="joint",
            hearing_required=True,
            situations=[QUESTION],
            fields=[{"element": "mode", "required": True}, {"element": "stall.no", "when": [{"element": "mode", "is": "w"}]}],
            materials=[{"material": "plan", "necessity": "tolerable", "when": [{"situation": "size", "in": ["s", "l"]}]}],
        )
    ],
}


@pytest.fixture
def draft(db) -> DefinitionVersion:
    people.places()
    report = load(document("2017-08-31", **PARTS), as_draft=True)
    assert not report.problems
    return DefinitionVersion.objects.get(definition="stall-licence")


def test_each_line_in_words(draft):
    told = dict(told_whole(draft.content, shown=FACTS))
    assert told["一次告知期限"] == "3" and told["必须听证"] == "是" and told["现场核查"] == "可以联合踏勘"
    assert told["表单 › 经营方式"] == "必填：是" and told["表单 › 摊位编号"] == "条件：“经营方式”：批发"
    assert "条件：“摊位多大？”：小摊、大摊" in told["材料 › 摊位图"] and "必要性：可容缺" in told["材料 › 摊位图"]
    assert told["情形 › 摊位多大？"] == "回答方式：选一项；选项：小摊、大摊"
    assert not {"名称", "承诺期限", "数据出处"} & set(told)  # above it, or of no use


def test_the_page_folds_it_away(client, draft, django_assert_max_num_queries):
    client.force_login(people.staff("catalogue", node=people.CITY))
    with django_assert_max_num_queries(30):
        page = client.get(reverse("catalogue:definition", args=["stall-licence"])).text
    assert "第一批" in page and "全部内容" in page and "“摊位多大？”：小摊、大摊" in page


def test_what_came_and_what_went_is_told_in_words(client, draft):
    """A condition stood there as “条件：是：是；情形：size”, an item by its code."""
    changed = PARTS["items"][0] | {"situations": [QUESTION | {"type": "boolean", "choices": []}, {**QUESTION, "code": "more"}]}
    changed |= {"batch": "", "fields": changed["fields"][:1], "materials": [], "inspection": "none"}
    changed = {key: value for key, value in changed.items() if value not in ([], "")}
    changed["situations"][0].pop("choices")
    changed["promised_limit"] = {"days": 3, "unit": "calendar"}
    load(document("2018-01-01", **PARTS | {"items": [changed]}), as_draft=True)
    client.force_login(people.staff("catalogue", node=people.CITY))
    page = client.get(reverse("catalogue:differences", args=["stall-licence"]) + "?old=1&new=2")
    told = {row["path"]: (row["old"], row["new"]) for row in page.context["rows"]}
    assert told["表单 › 摊位编号"] == ("条件：“经营方式”：批发", "（无）")
    assert told["承诺期限"] == ("5 个工作日", "3 个自然日")  # 单位：working, calendar
    assert told["材料"] == ("条件：“摊位多大？”：小摊、大摊；材料：摊位图；必要性：可容缺", "（无）")
    assert told["情形 › 摊位多大？ › 回答方式"] == ("选一项", "答是或否")
    assert told["情形 › 摊位多大？ › 选项"] == ("小摊、大摊", "（无）")
    assert (told["现场核查"], told["公布批次"]) == (("可以联合踏勘", "不踏勘"), ("第一批", "（无）"))
    swapped = [{"situations": [QUESTION | {"choices": choices}]} for choices in (QUESTION["choices"], QUESTION["choices"][::-1])]
    (row,) = queries_office.differences(*swapped)
    assert path_text(row["path"], {"situations": {"size": "摊位多大？"}}) == "情形 › 摊位多大？ › 选项（顺序）"


def test_of_every_real_definition(client):
    """Nothing is told in braces, and no page breaks."""
    people.places()
    load_catalogue(by=SYSTEM, sources=[read(str(path)) for path in REAL])
    versions = DefinitionVersion.objects.filter(definition__in=Definition.objects.all())
    assert versions.count() > 30
    for version in versions:
        told = told_whole(version.content)
        assert told and not [row for row in told if set("{}[]") & set(row[0] + row[1])]
