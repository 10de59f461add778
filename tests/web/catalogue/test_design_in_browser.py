"""The designer in a real browser, wide and on a phone: a one-thing from nothing to publication, without a line of script."""

import re

import pytest
from django.urls import reverse

from apps.catalog.models import DefinitionVersion
from apps.catalog.plan import compile_plan
from apps.kit.time import today
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in(world, transactional_db):
    def come_in(page, username: str):
        page.goto("/account/")
        page.locator("input[name=username]").fill(username)
        page.locator("input[name=password]").fill("Yichuang-2017")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/account/" not in url)
        return page

    return come_in


def add(page, words: str) -> None:
    page.get_by_role("link", name="加成员").click()
    page.locator("#q").fill(words)
    page.get_by_role("button", name="查找").click()
    page.get_by_role("button", name=re.compile(rf"加入\s*{words}$")).click()


def test_compose_try_and_publish(page, phone, signed_in, axe):
    signed_in(page, "cixi-catalogue").goto(reverse("catalogue:design_new"))
    page.get_by_label("编码").fill("open-tea-house")
    page.get_by_label("名称").fill("开茶馆")
    page.get_by_label("牵头部门").select_option("scjg")
    axe(page)
    page.get_by_role("button", name="开始设计").click()
    for name in ("个体工商户登记", "食品经营许可", "公共场所卫生许可"):
        add(page, name)
    page.get_by_role("link", name="加问题").click()
    page.get_by_label("编码").fill("cooks")
    page.get_by_label("问题").fill("现场做吃的吗？")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name=re.compile(r"先后和条件\s*：食品经营许可")).click()
    page.get_by_label("个体工商户登记").check()
    page.get_by_label("参加联合踏勘（一次上门）").check()
    page.locator("#id_question0").select_option("cooks")
    page.locator("#id_value0").fill("是")
    axe(page)
    page.get_by_role("button", name="保存").click()
    page.get_by_text("只在：“现场做吃的吗？”答“是”").wait_for()
    page.get_by_role("link", name=re.compile(r"修改\s*名称、牵头和期限")).click()
    page.get_by_label("整件事承诺多少天").fill("8")
    page.get_by_label("改革前要多少天").fill("30")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("超过整件事承诺的 8 个工作日").wait_for()
    axe(page)
    draft = DefinitionVersion.objects.get(definition="open-tea-house")
    assert draft.content["members"][1]["when"] == [{"situation": "cooks", "is": True}]

    signed_in(phone, "cixi-catalogue").goto(reverse("catalogue:design", args=[draft.pk]))
    axe(phone)
    phone.get_by_role("link", name="试办").first.click()
    phone.locator("#id_s_cooks_0").check()
    phone.get_by_role("button", name="试办").click()
    phone.get_by_text("成员依次用足时间，会超过整件事的承诺").wait_for()
    axe(phone)

    for button in ("检查", "核准"):
        page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("link", name="公布").click()
    page.get_by_role("button", name="公布").click()
    page.get_by_text("第 1 版已公布").wait_for()
    plan = compile_plan("open-tea-house", {"cooks": True}, today())
    assert plan["stages"] == [["individual-registration", "public-place-health-licence"], ["food-licence"]]
    page.get_by_role("button", name="改这件事（另写一版草稿）").click()
    page.get_by_role("button", name=re.compile(r"移出\s*公共场所卫生许可")).click()
    assert "已移出“公共场所卫生许可”" in page.evaluate("document.activeElement.innerText")
    page.get_by_role("button", name=re.compile(r"下移\s*个体工商户登记")).click()
    page.wait_for_url("**/#member-individual-registration")
    assert page.evaluate("document.activeElement.id") == "member-individual-registration"
    page.get_by_role("link", name="与现行版比较").click()
    page.get_by_text("成员 › 公共场所卫生许可").wait_for()
    axe(page)
    assert page.faults == phone.faults == []


def test_the_forms_refuse_in_words(client, world):
    client.force_login(make.user("cixi-catalogue"))
    home = client.post(reverse("catalogue:design_edit", args=["open-homestay"]), {"once": "1"})
    draft = DefinitionVersion.objects.get(definition="open-homestay", state="draft")
    assert home["Location"] == reverse("catalogue:design", args=[draft.pk])
    member = reverse("catalogue:design_member", args=[draft.pk, "food-licence"])
    sent = {"seen": draft.digest, "once": "2", "question0": "serves_meals", "operator0": "is", "value0": "也许"}
    refused = client.post(member, sent)
    assert refused.status_code == 422
    assert "只能写 是 或 否" in refused.content.decode()
    act = reverse("catalogue:design_act", args=[draft.pk])
    stale = client.post(act, {"seen": "x" * 64, "once": "3", "do": "drop food-licence"})
    assert (stale.status_code, "刚被别人改过" in stale.content.decode()) == (409, True)
    beyond = client.get(reverse("catalogue:design_try", args=[draft.pk]), {"day": "9999-12-31"})
    assert beyond.status_code == 422 and "2000 至 2100 年" in beyond.content.decode()
    used = client.post(act, {"seen": draft.digest, "once": "4", "do": "drop_situation serves_meals"})
    assert "有 1 个成员的条件还在用它" in used.content.decode()
    assert client.post(act, {"seen": draft.digest, "once": "5", "do": "burn all"}).status_code == 404
    item = DefinitionVersion.objects.filter(definition=make.FOOD).first()
    assert client.get(reverse("catalogue:design", args=[item.pk])).status_code == 404
    draft.refresh_from_db()
    assert draft.content == DefinitionVersion.objects.get(definition="open-homestay", state="published").content
