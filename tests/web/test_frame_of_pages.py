"""The frame: navigation follows the posts, the look follows the cookies, and neither asks the database."""

import re

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.urls import reverse

from apps.directory.models.people import Role
from apps.journal.actor import PUBLIC, Actor, PostFacts
from apps.web import keys, labels, shell
from tests import make


def staff(*roles: str) -> Actor:
    posts = tuple(PostFacts(id=n, role=role, region="330282", node="330282") for n, role in enumerate(roles))
    return Actor("staff", 7, "周敏", posts=posts)


def request_of(actor: Actor, path: str = "/", **cookies):
    request = RequestFactory().get(path)
    request.actor = actor
    request.COOKIES = cookies
    return request


class TestNavigation:
    @pytest.mark.parametrize("role", Role.values)
    def test_every_role_has_a_word_and_exactly_one_desk(self, role):
        assert labels.word("role", role)
        assert len([text for text, _, roles in shell.DESKS if role in roles]) == 1

    def test_nobody_sees_the_desk_of_another(self):
        shown = {link["text"] for link in shell.desks_of(staff("clerk"))}
        assert not shown & {text for text, _, roles in shell.DESKS if "clerk" not in roles}

    def test_public_has_public_pages(self):
        frame = shell.frame(request_of(PUBLIC))["shell"]
        assert not frame["signed_in"] and not frame["desk"] and frame["sign_in"]

    def test_name_and_posts_of_the_signed_in(self):
        frame = shell.frame(request_of(staff("reviewer", "head")))["shell"]
        assert frame["signed_in"] and frame["name"] == "周敏" and frame["post"] == "审批人员、部门负责人"
        assert shell.frame(request_of(staff("clerk", "reviewer", "auditor")))["shell"]["post"].endswith("等3岗")

    @pytest.mark.parametrize(
        ("role", "path", "at"),
        [
            ("supervisor", "/cards/7/", "/oversight/"), ("head", "/cards/", "/review/"), ("supervisor", "/review/router/7/", "/oversight/"),
            ("reviewer", "/review/7/", "/review/"), ("clerk", "/cards/", None),
        ],
    )  # fmt: skip
    def test_where_one_stands_is_marked_also_on_pages_of_several_desks(self, role, path, at):
        nav = shell.frame(request_of(staff(role), path))["shell"]["nav"]
        assert [link["href"] for link in nav if link["current"]] == [at] * (at is not None)

    def test_the_foot_leads_to_the_keys_where_keys_work(self):
        links = [[link["href"] for link in shell.frame(request_of(who))["shell"]["foot"]] for who in (staff("clerk"), staff("head"), staff("auditor"), PUBLIC)]
        assert ["/keys/" in shown for shown in links] == [True, True, False, False]


@pytest.mark.parametrize("room", keys.KEYS)
def test_the_page_of_keys_tells_those_of_the_templates(room):
    pages = (settings.BASE_DIR / "templates" / room).glob("*.html")
    assert {key for page in pages for key in re.findall(r'data-key="([^"]+)"', page.read_text())} == {key for key, _, _ in keys.KEYS[room][1]}


class TestDesk:
    def test_stranger_is_asked_to_sign_in(self, client, settings):
        answer = client.get("/desk/")
        assert answer.status_code == 302 and answer["Location"].startswith(settings.LOGIN_URL)

    def test_one_post_leads_to_its_desk(self):
        assert shell.desk(request_of(staff("clerk")))["Location"] == "/counter/"
        assert shell.desk(request_of(staff("head")))["Location"] == "/review/countersign/"
        assert shell.desk(request_of(staff("head", "reviewer")))["Location"] == "/review/"

    def test_several_posts_choose(self):
        answer = shell.desk(request_of(staff("clerk", "auditor")))
        assert answer.status_code == 200 and 'href="/counter/"' in answer.text and 'href="/audit/"' in answer.text

    def test_no_post_says_whom_to_ask(self):
        assert "您还没有岗位" in shell.desk(request_of(staff())).text


class TestLook:
    def test_standard_unless_asked(self, client):
        assert 'data-theme="auto" data-view="standard"' in client.get("/nowhere/").text

    def test_choice_is_remembered(self, client):
        answer = client.post(reverse("preferences"), {"view": "elder", "next": "/desk/?a=1"})
        assert answer["Location"] == "/desk/?a=1" and answer.cookies["view"]["httponly"]
        client.post(reverse("preferences"), {"theme": "dark"})
        assert 'data-theme="dark" data-view="elder"' in client.get("/nowhere/").text

    def test_unknown_look_is_ignored(self, client):
        assert not client.post(reverse("preferences"), {"view": "x", "theme": '"><b>'}).cookies
        client.cookies["theme"] = "neon"
        assert 'data-theme="auto"' in client.get("/nowhere/").text

    def test_goes_back_to_our_pages_only(self, client):
        for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
            assert client.post(reverse("preferences"), {"view": "elder", "next": target})["Location"] == "/"

    def test_only_by_post(self, client):
        assert client.get(reverse("preferences")).status_code == 405


@pytest.mark.usefixtures("world")  # whether a day lies in a year without a calendar is looked up
class TestShowcase:
    def test_hidden_from_the_public(self, client, settings):
        settings.DEBUG = False
        assert client.get("/styleguide/").status_code == 404

    def test_shows_everything(self, client, settings):
        settings.DEBUG = True
        answer = client.get("/styleguide/")
        assert answer.status_code == 200 and "特别程序中" in answer.text and "<title>错误：" in answer.text


def test_frame_asks_the_database_nothing(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/nowhere/")


def test_policy_of_content_allows_only_our_own(client):
    policy = client.get("/nowhere/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_rooms_of_a_desk_are_a_closed_menu_on_a_phone_and_stand_beside_the_page_elsewhere(world, page, phone, signed_in, axe):
    """Twelve rooms stood before the title: who held a phone scrolled past them on every page."""
    title = "document.querySelector('h1').getBoundingClientRect().top"
    signed_in(phone, "cixi-supervisor").goto("/oversight/")
    menu, room = phone.locator(".side-nav summary"), phone.locator(".side-nav a", has_text="查办件")
    assert phone.evaluate(title) < 400 and not room.is_visible()
    assert menu.inner_text() == "监督：监督看板" and menu.bounding_box()["height"] >= 44
    axe(phone, contrast=True)
    menu.focus()
    phone.keyboard.press("Enter")
    assert room.is_visible()
    axe(phone)
    signed_in(page, "cixi-supervisor").goto("/oversight/")
    assert page.locator(".side-nav a", has_text="查办件").is_visible() and not page.locator(".side-nav summary").is_visible()
    axe(page)
    opened = "document.querySelector('.side-nav__menu').open"
    for older in (page, phone):  # a browser that knows no `::details-content` has it open beside the page, by its script
        older.add_init_script("CSS.supports = () => false")
        older.goto("/oversight/")
    assert page.evaluate(opened) and not phone.evaluate(opened)


def test_what_is_printed_at_a_desk_says_when_and_by_whom(at):
    """A list lay on the desk, and nobody knew of which day it was. What the public prints names nobody."""
    for who, path in (("cixi-clerk", "/counter/cases/"), ("scjg-reviewer", "/review/"), ("cixi-supervisor", "/oversight/cases/")):
        (head,) = re.findall(r'<div class="print-header.*?</div>', at(who).get(path).text)
        assert "打印时间：" in head and f"打印人：{make.actor(who).name}" in head
    assert "打印人" not in at("enterprise").get("/my/").text
