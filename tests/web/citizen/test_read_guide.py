"""The guide says all that the law asks of it (XKF 30), and narrows to one's own checklist by plain questions."""

import re
from datetime import timedelta

import pytest
import yaml

from apps.catalog.actions import load_catalogue, suspend_definition
from apps.catalog.loading.source import read
from apps.catalog.models import Definition
from apps.catalog.plan import compile_plan
from apps.directory.models import Party
from apps.journal.actor import SYSTEM
from apps.kit.time import now, today
from tests import make
from tests.web.conftest import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def test_item_guide_tells_everything(client):
    text = client.get("/items/food-licence/").text
    for said in (
        "食品经营许可证", "20 个工作日", "10 个工作日", "最多 1 次", "核对材料原件并签字", "不收费", "取得营业执照",
        "食品安全法第三十五条", "健康证明没办齐能受理吗？", "0574-63001003", "0574-63008000", "37号窗口", "现场核查",
        "可容缺", "暂时没有的，可以承诺后补", "窗口办理", "第 1 版", "2017年1月1日起", "检验", "全县通办",
    ):  # fmt: skip
        assert said in text, said
    assert "现场核查</p><p class=\"timeline__meta\">慈溪市市场监督管理局 · 4 个工作日内" in text
    assert "15 个自然日内" in client.get("/items/work-injury/").text  # its steps count as its promise does


def test_a_hearing_that_must_be_held_is_told_beforehand(client):
    assert "依法要举行听证" in client.get("/items/entertainment-licence/").text
    assert "依法要举行听证" not in client.get("/items/food-licence/").text


def test_every_published_definition_has_a_guide(client):
    for code in Definition.objects.values_list("code", flat=True):
        answer = client.get(f"/items/{code}/")
        assert answer.status_code == 200, code


def test_who_works_here_is_shown_no_door_that_is_shut_to_him(client):
    doors = ('href="/apply/food-licence/"', "/my/questions/ask/?item=food-licence")
    assert all(door in client.get("/items/food-licence/").text for door in doors)
    for name in ("cixi-clerk", "scjg-head", "cixi-supervisor"):
        text = client_of(name).get("/items/food-licence/").text
        assert not [door for door in doors if door in text] and "0574-63001003" in text


def test_what_stops_is_told_before_its_day_on_it_and_in_the_drafts(client, time_machine):
    mine, desk = make.from_home(submit=False), make.draft()
    suspend_definition(by=SYSTEM, code=make.FOOD, reason="系统升级", on=today() + timedelta(days=2))
    assert "只受理到" in client.get("/items/food-licence/").text
    assert client.get("/api/items/food-licence/").json()["last_day"] == (today() + timedelta(days=1)).isoformat()
    assert client.get("/api/items/open-restaurant/").json()["last_day"] is None
    time_machine.move_to(now() + timedelta(days=2))
    gone = client.get("/items/food-licence/")
    assert gone.status_code == 404 and "“食品经营许可”" in gone.text and "起暂停受理" in gone.text
    assert "这一项现在不受理" in gone.text and "没有找到" not in gone.text and "（food-licence）" not in gone.text
    assert "没有找到" in client.get("/items/nothing/").text
    told = client.get("/items/open-restaurant/").text
    assert "食品经营许可<span" in told and "现在不受理" in told and "/items/food-licence/" not in told
    for username, address in (("enterprise", f"/my/{mine.pk}/"), ("cixi-clerk", f"/counter/{desk.pk}/work/")):
        assert "起暂停受理" in client_of(username).get(address).text, address


def test_a_one_thing_without_an_item_that_it_always_holds_is_not_taken_in(client, time_machine):
    """Its guide told the reader to mend what he had written, and named the item by its code."""
    suspend_definition(by=SYSTEM, code="fire-check", reason="系统升级", on=today() + timedelta(days=2))
    assert "只受理到" in client.get("/items/open-ktv/").text and "只受理到" not in client.get("/items/open-pharmacy/").text
    time_machine.move_to(now() + timedelta(days=2))
    gone = client.get("/items/open-ktv/")
    assert gone.status_code == 404 and "这一项现在不受理" in gone.text and "起暂停受理" in gone.text
    begun = client_of("enterprise").post("/apply/open-ktv/", {"principal": Party.objects.get(id_number="91330282MA2A00001K").pk})
    assert begun.status_code == 422 and "起暂停受理" in begun.text
    for page in (gone, begun):
        assert "（fire-check）" not in page.text and "改好以后再提交" not in page.text


def test_what_the_law_has_done_on_the_spot_is_not_told_to_be_extended(client):
    section = re.search(r'id="time">(.*?)</section>', client.get("/items/marriage-registration/").text, re.S)[1]
    assert "受理后<strong>当场办结</strong>。" in section and "延长" not in section and "最长时限" not in section


def test_unknown_definition(client):
    assert client.get("/items/no-such-item/").status_code == 404


class TestOneThing:
    CODE = "open-restaurant"

    def questions(self):
        return compile_plan(self.CODE, {}, today())["situations"]

    def answers(self):
        """Until nothing is left to ask: an answer may bring in a member with questions of its own."""
        given = {}
        while row := next(
            (r for r in compile_plan(self.CODE, given, today())["situations"] if r["code"] not in given), None
        ):
            given[row["code"]] = _some(row)
        return given

    def test_asks_first_and_promises_nothing_yet(self, client):
        text = client.get(f"/items/{self.CODE}/").text
        assert "慈溪市综合窗口" in text  # no zone or address of its own says where
        assert "先回答几个问题" in text and "可能包含的事项" in text and "看您的情形" in text
        assert f"还有 {len(self.questions())} 个问题没有回答" in text
        # Once no answer can bring another item the steps are told, whatever is still to ask of the items themselves.
        settled = {"s_subject_kind": "enterprise", "s_small_shop": "false", "s_dining_area": "600"}
        text = client.get(f"/items/{self.CODE}/", settled).text
        assert "还有 1 个问题没有回答" in text and "可能包含的事项" not in text and "第 2 步，同时办" in text

    def test_answers_give_the_checklist_of_the_plan(self, client):
        answers = self.answers()
        plan = compile_plan(self.CODE, answers, today())
        answer = client.get(f"/items/{self.CODE}/", {f"s_{code}": value for code, value in answers.items()})
        assert [row["material"] for row in answer.context["asked"]] == [
            row["material"] for row in plan["materials"] if not row["supplied_by"]
        ]
        assert f"{plan['materials_after']} 份" in answer.text and f"少交 {plan['saving_percent']}%" in answer.text
        for member in plan["members"]:
            assert member["name"] in answer.text and member["department_name"] in answer.text
        assert "牵头" in answer.text and "您要准备的材料" in answer.text

    def test_what_another_member_supplies_is_not_asked(self, client):
        answers = self.answers()
        answer = client.get(f"/items/{self.CODE}/", {f"s_{code}": value for code, value in answers.items()})
        supplied = answer.context["supplied"]
        assert supplied and all(row["supplied_by_name"] in answer.text for row in supplied)
        assert not {row["material"] for row in supplied} & {row["material"] for row in answer.context["asked"]}

    @pytest.mark.parametrize("value", ["很大", "-1", "1e9", "١٢", "9" * 40])
    def test_impossible_number_is_told_and_kept(self, client, value):
        number = next(row for row in self.questions() if row["type"] in ("integer", "decimal"))
        answer = client.get(f"/items/{self.CODE}/", {f"s_{number['code']}": value})
        assert answer.status_code == 422 and "有几处需要改一改" in answer.text and value in answer.text

    def test_unknown_question_is_told(self, client):
        answer = client.get(f"/items/{self.CODE}/", {"s_no-such-question": "true"})
        assert answer.status_code == 422 and "没有编码为" in answer.text


def _some(row: dict) -> str:
    if row["type"] == "boolean":
        return "false"
    return row["choices"][0]["value"] if row["choices"] else "300"


MAYBE = {
    "code": "maybe-repair",
    "name": "也许修屋顶",
    "lead": {"department": "zhujian", "criterion": "sector_regulator"},
    "situations": [{"code": "leaks", "question": "屋顶漏水吗？", "type": "boolean"}],
    "members": [{"item": "roof-repair", "when": [{"situation": "leaks", "is": True}]}],
}
ROOF = {
    "code": "roof-repair",
    "name": "屋顶修缮登记",
    "type": "10",
    "department": "zhujian",
    "handling": "promised",
    "legal_limit": None,
    "promised_limit": {"days": 3, "unit": "calendar"},
    "max_visits": 1,
    "visit_reason": "核对原件",
    "result": {"kind": "none"},
}


@pytest.mark.parametrize(
    ("limit", "given", "promised", "visits", "time"),
    [
        (None, "", "看您的情形", "最多 1 次", "回答上面的问题后算出"),
        (None, "?s_leaks=true", "3 个自然日", "最多 1 次", "3 个自然日"),
        (None, "?s_leaks=false", "不用办", "不用跑", "没有需要办理的事项"),
        ({"days": 8, "unit": "working"}, "", "8 个工作日", "最多 1 次", "8 个工作日"),
    ],
)
def test_a_one_thing_promises_nothing_that_an_answer_may_change(client, limit, given, promised, visits, time):
    bundle = MAYBE | ({"promised_limit": limit} if limit else {})
    file = {"format": "yichuang-catalog/1", "as_of": "2017-08-31", "node": "330282", "items": [ROOF], "bundles": [bundle]}
    report = load_catalogue(by=SYSTEM, sources=[read("roof.yaml", yaml.safe_dump(file, allow_unicode=True).encode())])
    assert not report.problems, report.problems
    text = client.get(f"/items/maybe-repair/{given}").text
    facts = dict(re.findall(r"<dt>(承诺办结|跑动次数)</dt><dd>(.*?)</dd>", text))
    assert facts == {"承诺办结": promised, "跑动次数": visits}
    section = re.search(r'id="time">(.*?)</section>', text, re.S)[1]
    assert time in section and "当场办结" not in text
    assert ("不用交材料" in text) == bool(given)
