"""The catalogue office's desk: who opens it, what it lists, the way of a draft to publication."""

from datetime import date, timedelta

import pytest
import yaml
from django.urls import reverse

from apps.catalog import actions, composing
from apps.catalog.models import Definition, DefinitionVersion
from apps.journal.actor import SYSTEM
from apps.kit.templatetags.kit import date_cn
from apps.kit.time import today
from tests import people
from tests.catalog.conftest import document, item, load
from tests.catalog.test_design_bundle import composed

from .conftest import GUESTS

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


def pages(version: int) -> dict[str, str]:
    return {
        "list": reverse("catalogue:list"),
        "export_file": reverse("catalogue:export_file"),
        "export_sheet": reverse("catalogue:export_sheet"),
        "import": reverse("catalogue:import"),
        "batches": reverse("catalogue:batches"),
        "definition": reverse("catalogue:definition", args=["one"]),
        "definition_file": reverse("catalogue:definition_file", args=["one"]),
        "differences": reverse("catalogue:differences", args=["one"]) + "?old=1&new=2",
        "suspend": reverse("catalogue:suspend", args=["one"]),
        "cancel": reverse("catalogue:cancel", args=["one"]),
        "publish": reverse("catalogue:publish", args=[version]),
        "send_back": reverse("catalogue:send_back", args=[version]),
    }


@pytest.fixture
def two_versions(db):
    people.places()
    load(document("2017-08-31", items=[item()]))
    load(document("2018-01-01", items=[item(name="改了名", max_visits=1, visit_reason="核对原件")]), as_draft=True)
    return DefinitionVersion.objects.get(state="draft")


@pytest.mark.parametrize(("role", "status"), [("catalogue", 200), ("supervisor", 403), ("clerk", 403), ("head", 403)])
def test_only_the_catalogue_office_opens_the_pages(client, two_versions, role, status):
    client.force_login(people.staff(role))
    answers = {name: client.get(url).status_code for name, url in pages(two_versions.pk).items()}
    assert set(answers.values()) == {status}, answers


def test_strangers_are_asked_to_sign_in(client, two_versions):
    for url in pages(two_versions.pk).values():
        assert client.get(url).status_code == 302


def test_another_node_s_draft_does_not_exist_here(client, two_versions):
    client.force_login(people.staff("catalogue", node="330225"))
    assert client.get(reverse("catalogue:list")).status_code == 200
    load(document(items=[item("secret")]), as_draft=True)
    assert client.get(reverse("catalogue:definition", args=["secret"])).status_code == 404
    page = text(client.get(reverse("catalogue:definition", args=["one"])))  # public, but not what is only written of it
    assert "第 1 版" in page and not [words for words in ("第 2 版", "改了名", "存为草稿", "暂停") if words in page]
    for address in (pages(two_versions.pk)["differences"], pages(two_versions.pk)["publish"], reverse("catalogue:version_file", args=[two_versions.pk])):
        assert client.get(address).status_code == 404, address
    with people.nothing_written(Definition):
        answer = client.post(reverse("catalogue:suspend", args=["one"]), {"reason": "停", "on": "2018-01-01"})
    assert answer.status_code == 403


def test_list_searches_filters_and_pages(office, real_like):
    url = reverse("catalogue:list")
    assert "一号事项" in text(office.get(url, {"q": "yhsx"}))
    assert "没有符合条件的事项" in text(office.get(url, {"q": "没有的"}))
    assert "二号事项" not in text(office.get(url, {"state": "suspended"}))
    assert office.get(url, {"state": "nonsense", "node": "x"}).status_code == 200
    first = office.get(url)
    assert "下一页" in text(first)
    assert office.get(url, {"page": "forged"}).status_code == 422


@pytest.fixture
def real_like(db):
    people.places()
    rows = [item(f"n{number}", name=f"第{number}号") for number in range(55)]
    load(document(items=[*rows, item("a", name="一号事项"), item("b", name="二号事项")]))
    actions.suspend_definition(by=SYSTEM, code="a", reason="停")


def test_list_costs_few_statements(office, real_like, django_assert_max_num_queries):
    office.get(reverse("catalogue:list"))
    with django_assert_max_num_queries(8):  # two of them authentication
        office.get(reverse("catalogue:list"))


def test_definition_tells_versions_differences_and_quality(office, two_versions):
    page = text(office.get(reverse("catalogue:definition", args=["one"])))
    for words in ("测试事项", "待公布的第 2 版", "处不同", "没有写明依据", "第 1 版"):
        assert words in page
    told = text(office.get(reverse("catalogue:differences", args=["one"]) + "?old=1&new=2"))
    for words in ("名称", "改了名", "到现场次数", "核对原件", "第 1 版自2017年8月31日起"):
        assert words in told
    for query in ("", "?old=1&new=9", "?old=x&new=1", "?old=" + "9" * 30 + "&new=1"):
        assert office.get(reverse("catalogue:differences", args=["one"]) + query).status_code == 404
    assert office.get(reverse("catalogue:definition", args=["nothing"])).status_code == 404


def test_a_draft_is_checked_approved_and_published(county, two_versions):
    pk = two_versions.pk
    for move, words in (("check", "检查通过"), ("approve", "已核准")):
        answer = county.post(reverse(f"catalogue:{move}", args=[pk]), {"once": move}, follow=True)
        assert words in text(answer)
    url = reverse("catalogue:publish", args=[pk])
    assert "公布“改了名”" in text(county.get(url))
    assert county.post(url, {"valid_from": "", "once": "p0"}).status_code == 422
    answer = county.post(url, {"valid_from": "2018-05-01", "once": "p1"}, follow=True)
    assert "已公布" in text(answer)
    old, new = DefinitionVersion.objects.order_by("number")
    assert (old.valid_to, new.valid_from, new.state) == (date(2018, 4, 30), date(2018, 5, 1), "published")


@pytest.mark.parametrize(("first", "told"), [("2016-05-01", True), ("2018-05-01", False)])
def test_who_publishes_for_days_gone_by_is_told_that_nothing_changes_today(county, two_versions, first, told):
    """“已公布” alone let the office believe that everybody applies by it from now on."""
    for move in (actions.check_version, actions.approve_version):
        move(by=SYSTEM, version=two_versions.pk)
    asked = {"valid_from": first, "seen": two_versions.digest, "once": "x"}
    page = text(county.post(reverse("catalogue:publish", args=[two_versions.pk]), asked, follow=True))
    assert "第 2 版已公布" in page and ("第 2 版只管到2017年8月30日，今天不按它受理" in page) == told


def test_what_was_revised_since_the_page_was_opened_is_neither_approved_nor_thrown_away(county):
    """Sent back, revised and checked again by a colleague: the button of the page that showed what it said before."""
    people.places()
    load(document(items=[item("a"), item("b")]))
    content = composed("a", "b")
    version = actions.start_bundle(by=SYSTEM, content=content)
    actions.check_version(by=SYSTEM, version=version.pk)
    page = reverse("catalogue:definition", args=["thing"])
    (shown,) = county.get(page).context["drafts"]
    actions.send_back_version(by=SYSTEM, version=version.pk, reason="名称再改一下")
    revised = actions.revise_bundle(by=SYSTEM, version=version.pk, seen=version.digest, content=content | {"name": "改过的一件事"})
    actions.check_version(by=SYSTEM, version=version.pk)
    sent = {"once": shown["form"]["once"].value(), "seen": shown["form"]["seen"].value()}
    with people.nothing_written(Definition, DefinitionVersion):
        for move in ("approve", "discard"):
            answer = county.post(reverse(f"catalogue:{move}", args=[version.pk]), sent)
            assert answer.status_code == 409 and "打开这一页以后改过" in text(answer) and "改过的一件事" in text(answer)
    (shown,) = answer.context["drafts"]
    assert shown["form"]["seen"].value() == revised.digest
    assert county.post(reverse("catalogue:approve", args=[version.pk]), {"once": "again", "seen": revised.digest}).status_code == 302
    asked = {"once": "p", "seen": sent["seen"], "valid_from": today().isoformat()}
    assert county.post(reverse("catalogue:publish", args=[version.pk]), asked).status_code == 409
    assert county.get(reverse("catalogue:publish", args=[version.pk])).context["form"]["seen"].value() == revised.digest


def test_blockers_are_all_told_on_the_page(county, two_versions):
    broken = two_versions.content | {"online_depth": "IV", "visit_reason": "", "faq": [{"q": "几天？", "a": " "}]}
    DefinitionVersion.objects.filter(pk=two_versions.pk).update(content=broken)
    page = text(county.get(reverse("catalogue:definition", args=["one"])))
    assert "先改好这 3 处" in page and "常见问题（第 1 项） › 回答" in page  # faq[0]
    answer = county.post(reverse("catalogue:check", args=[two_versions.pk]), {"once": "c"})
    assert answer.status_code == 422
    assert "全程网办" in text(answer)
    assert DefinitionVersion.objects.get(pk=two_versions.pk).state == "draft"


def test_withdraw_and_resume(county, two_versions):
    url = reverse("catalogue:suspend", args=["one"])
    assert county.post(url, {"reason": "", "on": "2018-01-01", "once": "a"}).status_code == 422
    assert "已暂停" in text(county.post(url, {"reason": "系统升级", "on": "2018-01-01", "once": "b"}, follow=True))
    assert county.post(url, {"reason": "再停", "on": "2018-01-01", "once": "c"}).status_code == 409
    assert "已恢复" in text(county.post(reverse("catalogue:resume", args=["one"]), {"once": "d"}, follow=True))
    cancel = reverse("catalogue:cancel", args=["one"])
    assert "已取消" in text(county.post(cancel, {"reason": "废止", "on": today().isoformat(), "once": "e"}, follow=True))
    assert Definition.objects.get(pk="one").state == "cancelled"
    county.post(reverse("catalogue:discard", args=[two_versions.pk]), {"once": "f"})
    file = county.get(reverse("catalogue:definition_file", args=["one"]))  # what the page shows, and not what was thrown away
    assert yaml.safe_load(file.content)["items"][0]["name"] == "测试事项"


def test_a_withdrawal_for_a_day_to_come_says_from_when(county, two_versions):
    day = today() + timedelta(days=3)
    given = {"reason": "系统升级", "on": day.isoformat(), "once": "a"}
    page = text(county.post(reverse("catalogue:suspend", args=["one"]), given, follow=True))
    assert f"从{date_cn(day)}起不再受理，到那天之前照常受理" in page and "已暂停" not in page
    assert f"{date_cn(day)}起不再受理。" in page and "系统升级" in page
    later = {"reason": "废止", "on": (day + timedelta(days=5)).isoformat(), "once": "b"}  # it is suspended by then: said was the later day
    page = text(county.post(reverse("catalogue:cancel", args=["one"]), later, follow=True))
    assert f"从{date_cn(day)}起不再受理" in page and date_cn(day + timedelta(days=5)) not in page


def test_the_designer_keeps_a_lead_of_another_node(county):
    """Its name stood in no list, and the browser chose the first department of the county in its place."""
    people.places()
    bundle = {
        "code": "thing",
        "name": "一件事",
        "lead": {"department": "nb-scjg", "criterion": "general_intake"},
        "members": [{"item": "one", "when": [{"element": "chain", "is": True}]}],
    }
    asked = [{"code": "chain", "name": "是否连锁", "type": "boolean"}]
    load(document(items=[item()], bundles=[bundle], elements=asked))
    county.post(reverse("catalogue:design_edit", args=["thing"]), {"once": "a"})
    draft = DefinitionVersion.objects.get(definition="thing", state="draft")
    page = text(county.get(reverse("catalogue:design_facts", args=[draft.pk])))
    assert '<option value="nb-scjg" selected>' in page
    assert "“是否连锁”答“是”" in text(county.get(reverse("catalogue:design", args=[draft.pk])))


def test_the_designer_tells_an_answer_by_its_words(county):
    """One with a comma in it stood there as its code, as it is typed: “yes”."""
    people.places()
    question = {"code": "far", "question": "是否跨区？", "type": "choice", "choices": [{"value": "yes", "label": "是，跨区"}]}
    member = {"item": "one", "when": [{"situation": "far", "is": "yes"}]}
    bundle = {"code": "thing", "name": "一件事", "lead": {"department": "office", "criterion": "general_intake"}, "members": [member]}
    load(document(items=[item()], bundles=[bundle | {"situations": [question]}]))
    county.post(reverse("catalogue:design_edit", args=["thing"]), {"once": "a"})
    draft = DefinitionVersion.objects.get(definition="thing", state="draft")
    assert "“是否跨区？”答“是，跨区”" in text(county.get(reverse("catalogue:design", args=[draft.pk])))


def test_a_one_thing_for_a_day_to_come_takes_what_is_in_use_then(county):
    """The designer offered what was in use today: an item of the same day could join only after it had begun."""
    people.places()
    day = today() + timedelta(days=5)
    load(document(items=[item(valid_to=(day - timedelta(days=1)).isoformat()), item("two", valid_from=day.isoformat())]))
    content = composing.blank(code="thing", name="一件事", region="330282", department="office", criterion="general_intake")
    draft = actions.start_bundle(by=SYSTEM, content=content, valid_from=day)
    add = reverse("catalogue:design_add", args=[draft.pk])
    page = text(county.get(add, {"q": "测试"}))
    assert 'value="two"' in page and 'value="one"' not in page and f"生效日（{date_cn(day)}）" in page
    assert county.post(add, {"item": "two", "seen": draft.digest, "once": "a"}).status_code == 302
    assert DefinitionVersion.objects.get(pk=draft.pk).content["members"] == [{"item": "two"}]


def test_facts_from_an_old_page_do_not_put_back_the_first_day_that_a_colleague_has_changed(county):
    people.places()
    content = composing.blank(code="thing", name="一件事", region="330282", department="office", criterion="general_intake")
    load(document(items=[item()]))
    draft = actions.start_bundle(by=SYSTEM, content=content)
    address = reverse("catalogue:design_facts", args=[draft.pk])
    form = county.get(address).context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value()}
    day = today() + timedelta(days=9)
    actions.revise_bundle(by=SYSTEM, version=draft.pk, seen=draft.digest, content=content, valid_from=day)
    with people.nothing_written(DefinitionVersion):
        refused = county.post(address, sent | {"name": "改了名", "once": "a"})
    assert refused.status_code == 409 and "刚被别人改过" in text(refused)
    form = county.get(address).context["form"]
    again = sent | {"name": "改了名", "valid_from": day, "seen_from": form["seen_from"].value(), "once": "b"}
    assert "已保存。" in text(county.post(address, again, follow=True))
    draft.refresh_from_db()
    assert (draft.name, draft.valid_from) == ("改了名", day)


def test_one_thing_with_a_withdrawn_member_says_so(county):
    people.places()
    bundle = {
        "code": "thing",
        "name": "一件事",
        "lead": {"department": "office", "criterion": "general_intake"},
        "members": [{"item": "one"}, {"item": "two", "when": [{"situation": "more", "is": True}]}],
        "situations": [{"code": "more", "question": "还办二号吗？", "type": "boolean"}],
    }
    load(document(items=[item(), item("two")], bundles=[bundle]))
    address = reverse("catalogue:definition", args=["thing"])
    assert "今天不能申请" not in text(county.get(address))
    for move in ("suspend", "cancel"):  # and before it is done
        assert "它是一件事“一件事”的成员" in text(county.get(reverse(f"catalogue:{move}", args=["two"])))
        assert "请注意" not in text(county.get(reverse(f"catalogue:{move}", args=["thing"])))
    actions.cancel_definition(by=SYSTEM, code="two", reason="废止")
    assert "有的情形今天不能申请这件事" in text(county.get(address))  # who answers yes is refused
    actions.cancel_definition(by=SYSTEM, code="one", reason="废止")
    assert "这件事今天不能申请" in text(county.get(address))


def test_a_one_thing_whose_condition_names_a_question_that_an_item_dropped_says_so(county, asking):
    """Its member silently stayed away for everybody."""
    address = reverse("catalogue:definition", args=["thing"])
    load(document("2018-01-01", items=[item()]), as_draft=True)  # as long as somebody only writes so, it is asked
    assert "现行的一版还在用它" not in text(county.get(address))
    dropping = DefinitionVersion.objects.get(definition="one", state="draft")
    page = text(county.get(reverse("catalogue:publish", args=[dropping.pk])))  # who publishes it is told before
    assert "一件事“一件事”和这一版对不上：没有编码为 guests 的情形" in page
    DefinitionVersion.objects.filter(pk=dropping.pk).update(content=dropping.content | {"situations": [GUESTS]})
    assert "请注意" not in text(county.get(reverse("catalogue:publish", args=[dropping.pk])))
    load(document("2018-01-01", items=[item()]))
    page = text(county.get(address))
    assert "没有编码为 guests 的情形" in page and "现行的一版还在用它" in page
    county.post(reverse("catalogue:design_edit", args=["thing"]), {"once": "a"})
    draft = DefinitionVersion.objects.get(definition="thing", state="draft")
    member = reverse("catalogue:design_member", args=[draft.pk, "two"])
    assert '<option value="guests" selected>' in text(county.get(member))
    sent = {"seen": draft.digest, "question0": "guests", "operator0": "over", "value0": "5", "after": "one"}
    refused = county.post(member, sent | {"once": "b"})  # saved for another reason, it lost its condition and came to everybody
    assert refused.status_code == 422 and "请另选一个" in text(refused)
    assert "的先后、条件和踏勘已保存。" in text(county.post(member, sent | {"question0": "", "once": "c"}, follow=True))


def test_an_item_whose_condition_names_a_choice_that_is_no_more_says_so(county):
    """Its material was asked of nobody any more, since another office's file had written the shared question anew."""
    people.places()
    ways = {"code": "way", "name": "方式", "type": "choice", "choices": [{"value": "own", "label": "自营"}, {"value": "rent", "label": "租赁"}]}
    lease = {"material": "lease", "necessity": "required", "when": [{"element": "way", "is": "rent"}]}
    paper = {"code": "lease", "name": "租约", "kind": "other"}
    load(document(elements=[ways], materials=[paper], items=[item(fields=[{"element": "way"}], materials=[lease])]))
    address = reverse("catalogue:definition", args=["one"])
    assert "现行的一版还在用它" not in text(county.get(address))
    load(document("2018-01-01", elements=[ways | {"choices": ways["choices"][:1]}]))
    page = text(county.get(address))
    assert "没有值为 rent 的选项" in page and "现行的一版还在用它" in page


def test_send_back_and_discard(county, two_versions):
    pk = two_versions.pk
    county.post(reverse("catalogue:check", args=[pk]), {"once": "1"})
    back = reverse("catalogue:send_back", args=[pk])
    assert "退回为草稿" in text(county.post(back, {"reason": "名称不对", "once": "2"}, follow=True))
    assert "已作废" in text(county.post(reverse("catalogue:discard", args=[pk]), {"once": "3"}, follow=True))


def test_batches_with_their_cumulative_counts(office):
    people.places()
    batches = [{"code": "b1", "name": "第一批", "published_on": "2017-02-27", "level": "4"}]
    load(document("2017-01-01", batches=batches, items=[item(batch="b1"), item("two", batch="b1")]))
    page = text(office.get(reverse("catalogue:batches")))
    assert "第一批" in page
    assert "县级" in page
    assert "还没有公布批次" in text(office.get(reverse("catalogue:batches"), {"day": "2017-02-26"}))
    assert office.get(reverse("catalogue:batches"), {"day": "x"}).status_code == 422
