"""The whole way in: password and lock-out, time limits, second factor, temporary passwords, sign-out."""

from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.directory import actions
from apps.directory.models import User
from apps.directory.queries import actor_for, sessions_of
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.time import BEIJING
from tests import people
from tests.people import PASSWORD

pytestmark = pytest.mark.usefixtures("places")
NOON = datetime(2026, 11, 23, 12, tzinfo=BEIJING)
DESK = "/desk/"


def enter(client, user, password=PASSWORD, **more):
    name = user if isinstance(user, str) else user.username
    return client.post("/account/", {"username": name, "password": password, **more})


def signed_in(client) -> bool:
    return client.get(DESK).wsgi_request.user.is_authenticated


def code_of(user) -> str:
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = datetime.now().timestamp()
    return f"{totp.token():06d}"


def enrol(user, password=PASSWORD) -> list[str]:
    actor = actor_for(user)
    actions.propose_second_factor(by=actor, user=user)
    codes = actions.confirm_second_factor(by=actor, user=user, password=password, code=code_of(user))
    TOTPDevice.objects.filter(user=user).update(
        last_t=-1
    )  # the code of this half minute is used up: not what is tested
    return codes


def test_in_by_name_and_password_and_out_by_post(client):
    user = people.staff("clerk")
    before = client.session.session_key
    response = enter(client, user.username.upper())
    assert (response.status_code, response["Location"]) == (302, DESK)
    assert client.session.session_key != before
    assert signed_in(client)
    assert client.get("/account/out/").status_code == 405
    assert signed_in(client)
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert client.post("/account/out/")["Location"] == "/account/"
    assert not signed_in(client) and not signed_in(thief)


def test_a_citizen_comes_in_too(client):
    assert enter(client, people.citizen()).status_code == 302
    assert client.get(DESK).wsgi_request.actor.kind == "person"


@pytest.mark.parametrize(
    ("next_page", "target"),
    [("/styleguide/", "/styleguide/"), ("https://evil.example/", DESK), ("//evil.example", DESK), ("", DESK)],
)
def test_only_our_own_pages_come_next(client, next_page, target):
    assert enter(client, people.staff("clerk"), next=next_page)["Location"] == target


def test_every_wrong_way_gets_the_same_answer(client):
    user, locked, expired = people.staff("clerk"), people.staff("clerk"), people.account()
    actions.lock_user(by=SYSTEM, user=locked, reason="离岗审查")
    temporary = actions.reset_password(by=SYSTEM, user=expired, reason="忘记密码")
    User.objects.filter(pk=expired.pk).update(temporary_until=NOON - timedelta(days=30))
    answers = {
        enter(client, name, password).content.decode().split("<h2", 1)[1].split("</ul>", 1)[0]
        for name, password in [
            (user, "wrong-password"),
            ("nobody-here", PASSWORD),
            (locked, PASSWORD),
            (expired, temporary),
        ]
    }
    assert len(answers) == 1
    assert "账号或密码不对" in answers.pop()
    assert not signed_in(client)


def test_an_unknown_name_costs_a_hash_too(client):
    with mock.patch("django.contrib.auth.hashers.MD5PasswordHasher.encode", return_value="md5$x$y") as encode:
        enter(client, "nobody-here", PASSWORD)
    assert encode.called


def test_empty_fields_are_named(client):
    assert 'name="username"' in client.get("/account/").text.partition(" autofocus")[0].rpartition("<input")[2]  # no nine Tabs away
    page = client.post("/account/", {"username": "", "password": ""})
    assert page.status_code == 422
    text = page.content.decode()
    assert "error-summary" in text.partition(" autofocus")[0].rpartition("<")[2]  # the first one in the page has the focus
    assert "请填写“账号”。" in text and "请填写“密码”。" in text and "<title>错误：登录" in text


def test_locked_out_after_five_for_fifteen_minutes(client, time_machine):
    time_machine.move_to(NOON)
    user = people.staff("clerk")
    for _ in range(5):
        last = enter(client, user, "wrong-password")
    assert last.status_code in (422, 429)
    page = enter(client, user)
    assert page.status_code == 429
    assert "请在 15 分钟后再试" in page.content.decode()
    assert not signed_in(client)
    time_machine.shift(timedelta(minutes=10))
    assert "请在 5 分钟后再试" in enter(client, user).content.decode()
    assert enter(client, people.staff("clerk")).status_code == 302  # nobody else is locked out
    client.post("/account/out/")
    time_machine.shift(timedelta(minutes=6))
    assert enter(client, user).status_code == 302


def test_an_unknown_name_is_locked_out_alike(client):
    for _ in range(6):
        page = enter(client, "nobody-here", "wrong-password")
    assert page.status_code == 429


def test_four_failures_are_forgotten_by_a_success(client):
    user = people.staff("clerk")
    for _ in range(2):
        for _ in range(4):
            enter(client, user, "wrong-password")
        assert enter(client, user).status_code == 302
        client.post("/account/out/")


def test_idle_half_an_hour_ends_it(client, time_machine):
    time_machine.move_to(NOON)
    user = people.staff("supervisor")
    enter(client, user)
    for _ in range(3):
        time_machine.shift(timedelta(minutes=29))
        assert signed_in(client) and len(sessions_of(user)) == 1
    time_machine.shift(timedelta(minutes=32))
    assert sessions_of(user) == [] and Session.objects.exists()  # to its owner it is over before its browser comes again
    response = client.get(DESK)
    assert response["Location"].startswith("/account/?next=/desk/&timeout=1")
    page = client.get(response["Location"]).text
    assert "登录已失效" in page and "data-said" in page and "autofocus" not in page  # read first: the next Tab leads to the name
    assert not Session.objects.exists()


def test_twelve_hours_end_it_whatever_one_does(client, time_machine):
    time_machine.move_to(NOON)
    enter(client, people.staff("supervisor"))
    for _ in range(28):
        time_machine.shift(timedelta(minutes=25))
        assert signed_in(client)
    time_machine.shift(timedelta(minutes=25))
    assert not signed_in(client)


def test_a_click_costs_no_write_within_a_minute(client, django_assert_num_queries):
    client.force_login(people.staff("supervisor"))
    client.get("/account/password/")
    with django_assert_num_queries(2):  # the session; the person with the directory's version
        assert client.get("/account/password/").status_code == 200


def test_signed_out_elsewhere_while_a_page_is_made_it_is_still_shown(client, time_machine):
    """It was told to be a request that nobody understands, though what was pressed was done."""
    time_machine.move_to(NOON)
    client.force_login(people.staff("supervisor"))
    time_machine.shift(timedelta(minutes=2))  # so that the session is written at the end
    with mock.patch("apps.directory.middleware.pending_step", lambda user: Session.objects.all().delete() and None):
        assert client.get("/account/password/").status_code == 200
    assert not Session.objects.exists() and not signed_in(client)


def test_lock_cuts_the_session_and_unlock_does_not_bring_it_back(client):
    user, admin = people.staff("clerk"), people.actor("node_admin")
    enter(client, user)
    assert signed_in(client)
    actions.lock_user(by=admin, user=user, reason="离岗审查")
    assert not signed_in(client)
    actions.unlock_user(by=admin, user=user, reason="审查结束")
    assert not signed_in(client)
    assert enter(client, user).status_code == 302


def test_an_ended_post_is_gone_with_the_next_request(client):
    user = people.staff("clerk")
    enter(client, user)
    assert client.get("/account/password/").wsgi_request.actor.has("clerk")
    actions.end_post(by=SYSTEM, post=user.posts.get(), reason="调离窗口")
    assert not client.get("/account/password/").wsgi_request.actor.posts


def test_a_temporary_password_must_be_changed_first(client):
    user, temporary = actions.invite_staff(by=SYSTEM, username="newcomer", name="新同志", region=people.CIXI)
    people.staff("clerk", user=user)
    assert enter(client, user, temporary)["Location"] == DESK
    for path in (DESK, "/styleguide/", "/"):
        assert client.get(path)["Location"] == "/account/password/"
    page = client.get("/account/password/")
    assert "您正在使用临时密码" in page.content.decode()
    wrong = {"old": temporary, "new": "12345", "again": "54321"}
    refused = client.post("/account/password/", wrong)
    assert refused.status_code == 422
    for told in ("密码至少 10 个字符，现在有 5 个。", "密码不能全是数字", "两次输入的密码不一样。"):
        assert told in refused.content.decode()
    right = {"old": temporary, "new": "Neues-Wort-33", "again": "Neues-Wort-33"}
    assert client.post("/account/password/", right)["Location"] == DESK
    assert signed_in(client)
    user.refresh_from_db()
    assert not user.must_change_password and user.temporary_until is None
    assert Event.objects.latest("id").name == "user.change_password"


def test_the_api_says_that_a_step_is_missing(client):
    user, temporary = actions.invite_staff(by=SYSTEM, username="newcomer", name="新同志", region=people.CIXI)
    enter(client, user, temporary)
    response = client.get("/api/me/")
    assert response.status_code == 403 and response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == response.json()["errors"][0]["code"] == "account.password"


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("wrong", "Neues-Wort-33", "Neues-Wort-33", "old"),
        (PASSWORD, "Neues-Wort-33", "Neues-Wort-34", "again"),
        (PASSWORD, PASSWORD, PASSWORD, "new"),
        (PASSWORD, "kurz", "kurz", "new"),
        (PASSWORD, "password123", "password123", "new"),
        (PASSWORD, "20171123456", "20171123456", "new"),
    ],
)
def test_passwords_refused(client, old, new, again, field):
    user = people.staff("clerk")
    enter(client, user)
    with people.nothing_written():
        page = client.post("/account/password/", {"old": old, "new": new, "again": again})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_a_changed_password_ends_the_other_sessions(client, django_user_model):
    user = people.staff("supervisor")
    other = client.__class__()
    enter(client, user)
    enter(other, user)
    assert client.get("/account/sessions/").text.count('class="panel"') == 2
    client.post("/account/password/", {"old": PASSWORD, "new": "Neues-Wort-33", "again": "Neues-Wort-33"})
    page = client.get("/account/sessions/").text  # before the other one's next request, too
    assert page.count('class="panel"') == 1 and "就是这里" in page
    assert signed_in(client)
    assert not signed_in(other)


def test_nobody_asks_for_pages_of_an_account_without_one(client):
    for path in ("/account/password/", "/account/second-factor/"):
        assert client.get(path)["Location"] == f"/account/?next={path}"


class TestToken:
    """For programs: the same proofs, twelve hours, and no longer than the sessions."""

    @staticmethod
    def ask(user, password=PASSWORD, **more):
        given = {"username": user.username, "password": password, **more}
        return Client().post("/api/token/", given, content_type="application/json")

    @staticmethod
    def opens(token: str) -> bool:
        return Client().get("/api/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 200

    def test_it_asks_for_the_code_and_takes_the_password_as_it_was_typed(self):
        user, password = people.staff("clerk"), "  Zwei Worte 27 "
        user.set_password(password)
        user.save()
        assert self.ask(user, password).status_code == 200 and self.ask(user, password.strip()).status_code == 422
        enrol(user, password)
        without = self.ask(user, password)
        assert (without.status_code, without.json()["code"], without.json()["errors"][0]["field"]) == (422, "second_factor.needed", "code")
        assert self.ask(user, password, code=code_of(user)).status_code == 200

    def test_it_ends_after_twelve_hours_and_with_the_sessions(self, time_machine):
        time_machine.move_to(NOON, tick=False)
        user = people.staff("clerk")
        token = self.ask(user).json()["token"]
        time_machine.move_to(NOON + timedelta(hours=12), tick=False)
        assert self.opens(token) and not self.opens(token[:-1] + ("A" if token[-1] != "A" else "B"))
        assert not self.opens("") and not self.opens(f"{token} {token}")
        time_machine.move_to(NOON + timedelta(hours=12, seconds=1), tick=False)
        assert not self.opens(token)
        token = self.ask(user).json()["token"]
        actions.change_password(by=actor_for(user), user=user, old=PASSWORD, new="Neues-Wort-33", again="Neues-Wort-33")
        assert not self.opens(token)

    def test_it_has_the_posts_of_the_moment_and_ends_with_the_account(self):
        user = people.staff("clerk")
        token = self.ask(user).json()["token"]
        posts = lambda: Client().get("/api/me/", headers={"Authorization": f"Bearer {token}"}).json()["posts"]  # noqa: E731
        assert [post["role"] for post in posts()] == ["clerk"]
        actions.end_post(by=SYSTEM, post=user.posts.get(), reason="调离窗口")
        assert posts() == []
        actions.lock_user(by=SYSTEM, user=user, reason="离岗审查")
        assert not self.opens(token)
        actions.unlock_user(by=SYSTEM, user=user, reason="审查结束")
        assert not self.opens(token)
