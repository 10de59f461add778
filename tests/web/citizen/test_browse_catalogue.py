"""The public catalogue: found by words, pinyin, initials and code; narrowed by filters; paged by key."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
ITEMS = "/items/"


def names(client, **query) -> list[str]:
    answer = client.get(ITEMS, query)
    assert answer.status_code == 200
    return [row.name for row in answer.context["page"].rows]


@pytest.mark.usefixtures("world")
class TestSearch:
    @pytest.mark.parametrize("words", ["食品经营", "spjyxk", "shipinjingying", "food-licence", " 食品  许可 "])
    def test_by_words_pinyin_initials_code(self, client, words):
        assert "食品经营许可" in names(client, q=words)

    def test_nothing_found_says_what_to_do(self, client):
        answer = client.get(ITEMS, {"q": "登月许可"})
        assert not answer.context["page"].rows and "换个说法试试" in answer.text

    @pytest.mark.parametrize("words", ["'; DROP TABLE x; --", "%", "\\", "<script>", "　", "x" * 200])
    def test_strange_words_are_just_words(self, client, words):
        answer = client.get(ITEMS, {"q": words})
        assert answer.status_code in (200, 422) and "<script>alert" not in answer.text

    def test_nul_is_told_not_crashed(self, client):
        assert client.get(ITEMS, {"q": "a\x00b"}).status_code == 422


@pytest.mark.usefixtures("world")
class TestFilters:
    def test_zero_visits(self, client):
        answer = client.get(ITEMS, {"visits": "0"})
        assert answer.context["page"].rows and all(row.visits == 0 for row in answer.context["page"].rows)
        few, one = (names(client, visits=visits, kind="bundle") for visits in ("0", "1"))  # as their guides say
        assert few == ["退休"] and "新生儿出生" in one and "办民办学校" not in one

    def test_instant(self, client):
        answer = client.get(ITEMS, {"instant": "on"})
        assert answer.context["page"].rows and all(row.handling == "instant" for row in answer.context["page"].rows)

    def test_kind_theme_audience_department_node_together(self, client):
        assert "开餐饮店" in names(client, kind="bundle", theme="准营准办", audience="person", node="330282")
        assert "食品经营许可" in names(client, department="scjg", node="330282", q="食品")
        assert "食品经营许可" not in names(client, node="330200", q="食品经营许可")

    def test_unknown_value_is_told(self, client):
        answer = client.get(ITEMS, {"kind": "perhaps", "node": "999999"})
        assert answer.status_code == 422 and "不在可选范围内" in answer.text


@pytest.mark.usefixtures("world")
class TestPages:
    def test_every_row_once_forward_and_back(self, client):
        seen, url = [], ITEMS
        while url:
            answer = client.get(url)
            page = answer.context["page"]
            seen.append([row.pk for row in page.rows])
            url = f"{ITEMS}?page={page.next}" if page.next else None
        every = [pk for rows in seen for pk in rows]
        assert len(every) == len(set(every)) > 100 and len(seen) > 3
        back = client.get(f"{ITEMS}?page={page.previous}").context["page"]
        assert [row.pk for row in back.rows] == seen[-2]

    def test_foreign_token_is_told(self, client):
        answer = client.get(ITEMS, {"page": "made-up", "q": "许可"})
        assert answer.status_code == 422 and "翻页标记" in answer.text
        assert f'href="{ITEMS}?q=%E8%AE%B8%E5%8F%AF">回到第一页</a>' in answer.text and "改好以后" not in answer.text

    def test_statements_do_not_grow_with_the_list(self, client, django_assert_num_queries):
        with django_assert_num_queries(5):  # two for the ways of the one-things
            client.get(ITEMS)

    def test_one_things_first_and_the_eight_ways(self, client):
        page = client.get(ITEMS).context["page"]
        assert page.rows[0].definition.kind == "bundle"
        answer = client.get(ITEMS, {"way": "online", "q": "餐饮"})
        assert "开餐饮店" in names(client, way="online") and "网上办" in answer.text and "联合办" in answer.text
        assert "不在可选范围内" in client.get(ITEMS, {"way": "quick"}).text
        assert "简化办" in client.get(f"{ITEMS}open-restaurant/").text

    def test_only_rows_for_htmx(self, client):
        answer = client.get(ITEMS, {"q": "食品"}, headers={"HX-Request": "true"})
        assert "<html" not in answer.text and 'id="results"' in answer.text
        told = f"共 {len(answer.context['page'].rows)} 项。"
        assert f'<p id="found" hx-swap-oob="innerHTML">{told}' in answer.text
        assert "<title>“食品”的搜索结果 - 一窗政务服务</title>" in answer.text  # the address changes, and what it is called with it
        page = client.get(ITEMS, {"q": "食品"}).text
        assert page.count('id="found"') == 1 and told in page and 'aria-live' not in page


def test_empty_catalogue_says_so(client):
    answer = client.get(ITEMS)
    assert answer.status_code == 200 and "还没有公布的事项" in answer.text


@pytest.mark.usefixtures("world")
class TestHome:
    def test_leads_everywhere(self, client):
        answer = client.get("/")
        for target in ("/items/?kind=bundle", "/items/?visits=0", "/items/?instant=on", "/items/?theme=", reverse("citizen:track")):
            assert target in answer.text
        assert "开餐饮店" in answer.text and "婚姻登记" in answer.text and "设立变更" in answer.text
        assert "/items/?way=nearby" in answer.text and answer.text.index("生育收养") < answer.text.index("交通出行")

    def test_elder_mode_offers_fewer_choices(self, client):
        client.cookies["view"] = "elder"
        answer = client.get("/")
        assert "企业办事" not in answer.text and "我的办件到哪了" in answer.text
