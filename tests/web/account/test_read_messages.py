"""The page of one's own messages, the number in the bar, and the same over the API."""

import pytest
from django.test import Client

from apps.directory.actions import tell
from apps.directory.models import Message
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from tests import people

LIST = "/account/messages/"


@pytest.fixture
def clerk(db):
    return people.staff("clerk")


@pytest.fixture
def at(client, clerk):
    client.force_login(clerk)
    return client


def told(user, *keys, link="/track/?number=1"):
    with action(SYSTEM) as act:
        for key in keys:
            tell(act, users=[user.pk], kind="deadline", title=f"期限变动 {key}", text="改期。", link=link, key=key)


def test_nobody_is_asked_to_sign_in(client, db):
    assert client.get(LIST)["Location"].startswith("/account/?next=")


def test_the_bar_says_how_many_at_no_statement_more(at, clerk, django_assert_num_queries):
    at.get(LIST)
    with django_assert_num_queries(3):  # session, account, list
        assert "还没有消息" in at.get(LIST).text
    told(clerk, *map(str, range(120)))
    with django_assert_num_queries(3):
        page = at.get(LIST).text
    assert "99+" in page and page.count("message--unread") == 30
    assert at.get(LIST, {"page": "x"}).status_code == 422


def test_read_open_and_filter(at, clerk):
    told(clerk, "a", "b", "c")
    a, b, c = Message.objects.order_by("pk")
    assert at.post(f"{LIST}{a.pk}/")["Location"] == "/track/?number=1"
    assert at.post(f"{LIST}{b.pk}/", {"stay": "1", "show": "unread"})["Location"] == f"{LIST}?show=unread"
    page = at.get(LIST, {"show": "unread"}).text
    assert "期限变动 c" in page and "期限变动 a" not in page
    told(clerk, "d")
    at.post(f"{LIST}read/", {"until": c.pk})
    assert list(Message.objects.filter(read_at=None).values_list("key", flat=True)) == ["d"]
    assert at.post(f"{LIST}read/", {"until": "x"}).status_code == 302
    at.post(f"{LIST}read/", {"until": "9" * 30})
    assert "没有未读的消息" in at.get(LIST, {"show": "unread"}).text


def test_anothers_message_is_not_there(at, clerk):
    told(people.staff("clerk"), "a")
    row = Message.objects.get()
    assert at.post(f"{LIST}{row.pk}/").status_code == 404
    assert at.post(f"/api/messages/{row.pk}/read/").status_code in (403, 404)
    assert Message.objects.get().read_at is None and "期限变动 a" not in at.get(LIST).text


def test_over_the_api(db, clerk):
    from apps.api import tokens

    caller = Client(headers={"Authorization": f"Bearer {tokens.issue(clerk)}"})
    told(clerk, "a", "b")
    first = caller.get("/api/messages/?unread=true").json()["results"]
    assert [row["title"] for row in first] == ["期限变动 b", "期限变动 a"]
    assert caller.post(f"/api/messages/{first[1]['id']}/read/").json()["read_at"]
    sent = {"until": first[0]["id"]}
    again = {"Idempotency-Key": "k"}
    for _ in range(2):
        answer = caller.post("/api/messages/read/", sent, content_type="application/json", headers=again)
        assert answer.json() == {"read": 1}
    assert caller.get("/api/messages/?unread=true").json()["results"] == []
