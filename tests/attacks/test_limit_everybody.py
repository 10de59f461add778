"""How often anybody may do what (config/limits.py): refused with 429 that says when, per account and per address, what was typed kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.test import Client, RequestFactory
from django.urls import ResolverMatch

from apps.api import tokens
from apps.directory.actions import reset_password
from apps.directory.addresses import counted_address
from apps.directory.limiting import demand
from apps.journal.actor import SYSTEM, Actor
from apps.kit import limits
from apps.kit.errors import TooMany
from apps.kit.limits import neighbourhood
from apps.kit.time import now
from config.limits import DOORS, LIMITS
from tests import people
from tests.people import PASSWORD, nothing_written
from tests.web.test_every_url_for_every_role import addresses

CITIZEN, CLERK, STRANGER = Actor("person", 7, ip="10.0.0.1"), Actor("staff", 8, ip="10.0.0.1"), Actor("public", ip="10.0.0.1")


@pytest.fixture
def places(db):
    people.places()


@pytest.fixture
def rate(settings):
    """rate("search", 2): this line of the table allows so many."""

    def allow(name: str, times: int):
        settings.LIMITS = settings.LIMITS | {name: settings.LIMITS[name]._replace(times=times)}

    return allow


def asked(method: str, view: str = "", path: str = "/"):
    request = RequestFactory().generic(method, path)
    request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name=view)
    return request


# —— the table ——


def test_every_door_is_an_address_and_every_line_is_used_and_told():
    names = {name for name, _ in addresses()}
    assert [door for door in DOORS if door[0] not in ("read", "write") or door[1] not in names] == []
    sources = "".join(file.read_text() for file in (project.BASE_DIR / "apps").rglob("*.py"))
    made = {f"{door}.{way}.{who}" for door in ("page", "api") for way in ("read", "write") for who in ("stranger", "citizen", "staff")}
    used = made | {*DOORS.values()} - {"upload"} | {"upload.citizen", "upload.staff"}
    assert [name for name in LIMITS if name not in used and f'Limit("{name}")' not in sources] == []
    readme = Path(project.BASE_DIR / "README.md").read_text()
    assert [name for name in LIMITS if f"`{name.split('.')[0]}" not in readme] == []


@pytest.mark.parametrize(("way", "view"), DOORS, ids=lambda value: value)
def test_each_costly_door_has_an_end(way, view, rate):
    name = DOORS[way, view]
    rate("upload.citizen" if name == "upload" else name, 2)
    method = "GET" if way == "read" else "POST"
    for _ in range(2):
        demand(asked(method, view), CITIZEN, "page", view)
    with pytest.raises(TooMany):
        demand(asked(method, view), CITIZEN, "page", view)
    demand(asked(method, view), Actor("person", 9, ip="10.0.0.1"), "page", view)  # nobody else waits


def test_the_sheet_of_a_list_has_an_end_as_every_other_sheet(rate):
    """The counter's and the auditor's stand under the names of their lists, and were made as often as a list is read."""
    rate("export", 1)
    sheet = asked("GET", "counter:cases", "/counter/cases/?export=xlsx")
    demand(sheet, CLERK, "page", "counter:cases")
    with pytest.raises(TooMany):
        demand(sheet, CLERK, "page", "counter:cases")
    demand(asked("GET", "counter:cases", "/counter/cases/?export="), CLERK, "page", "counter:cases")


@pytest.mark.parametrize("actor", [CITIZEN, CLERK, STRANGER], ids=lambda actor: actor.kind)
@pytest.mark.parametrize(("door", "method"), [("page", "GET"), ("page", "POST"), ("api", "GET"), ("api", "POST")])
def test_everything_has_an_end(actor, door, method, rate):
    who = {"person": "citizen", "staff": "staff", "public": "stranger"}[actor.kind]
    rate(f"{door}.{'read' if method == 'GET' else 'write'}.{who}", 1)
    demand(asked(method), actor, door)
    with pytest.raises(TooMany) as refusal:
        demand(asked(method), actor, door)
    assert 0 < refusal.value.seconds <= 60 and "后再试" in refusal.value.message


def test_an_address_has_an_end_whoever_asks(rate, settings):
    rate("all", 2)
    demand(asked("GET"), CITIZEN, "api")
    demand(asked("GET"), CLERK, "page")
    with pytest.raises(TooMany):
        demand(asked("GET"), STRANGER, "page")
    settings.LIMITS_FACTOR = 100  # load simulations
    demand(asked("GET"), STRANGER, "page")


@pytest.mark.parametrize(
    ("given", "counted"),
    [("10.0.0.1", "10.0.0.1"), ("2001:db8:1:2:3::9", "2001:db8:1:2::"), ("::ffff:10.0.0.1", "10.0.0.1"), ("nonsense", ""), ("", "")],
)
def test_what_counts_as_one_address(given, counted):
    assert neighbourhood(given) == counted


def test_behind_a_proxy_the_client_is_counted_and_not_what_he_claims(settings):
    settings.TRUSTED_PROXIES = 1
    request = RequestFactory().get("/", REMOTE_ADDR="10.9.9.9", HTTP_X_FORWARDED_FOR="1.2.3.4, 60.190.1.1")
    assert counted_address(request) == "60.190.1.1"
    for told, counted in [("60.190.1.1:4711", "60.190.1.1"), ("[2001:db8::1]:443", "2001:db8::"), ("unknown", "")]:
        assert counted_address(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=told)) == counted
    settings.TRUSTED_PROXIES = 0
    assert counted_address(request) == "10.9.9.9"


# —— what is said ——


@pytest.mark.usefixtures("places")
def test_a_refused_page_keeps_what_was_typed_and_sends_it_again(client, rate):
    rate("page.write.stranger", 0)
    sent = {"number": "330282<1>", "phone": "13805740001", "password": "geheim"}
    page = client.post("/track/", sent)
    assert page.status_code == 429 and 0 < int(page["Retry-After"]) <= 60 and "后再试" in page.text
    form = page.text.split('<form method="post" action="/track/"')[1].split("</form>")[0]
    assert 'value="330282&lt;1&gt;"' in form and 'value="13805740001"' in form and "geheim" not in page.text


@pytest.mark.usefixtures("places")
def test_the_interface_says_it_as_a_problem(client, rate):
    user = people.staff("clerk")
    signed = {"Authorization": f"Bearer {tokens.issue(user)}"}
    rate("api.read.staff", 1)
    assert client.get("/api/me/", headers=signed).status_code == 200
    answer = client.get("/api/me/", headers=signed)
    assert answer.status_code == 429 and answer["Content-Type"] == "application/problem+json"
    assert 0 < int(answer["Retry-After"]) <= 60
    assert (answer.json()["code"], answer.json()["title"]) == ("too_many", "请求太多，请稍后再试") and "后再试" in answer.json()["detail"]
    rate("api.read.stranger", 1)
    assert [client.get("/api/me/", headers={"Authorization": "Bearer x"}).status_code for _ in range(2)] == [401, 429]
    rate("page.read.stranger", 0)  # what is counted as a page there, too
    answer = client.get("/api/nowhere/")
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (429, "application/problem+json", "too_many")
    assert 0 < int(answer["Retry-After"]) <= 60


@pytest.mark.usefixtures("places")
def test_the_password_once_more_is_not_guessed_without_end(client, rate):
    user = people.staff("clerk")
    client.force_login(user)
    rate("password.again", 2)
    tried = {"old": "wrong", "new": "Neues-Wort-33", "again": "Neues-Wort-33"}
    with nothing_written():
        assert [client.post("/account/password/", tried).status_code for _ in range(3)] == [422, 422, 429]
        page = client.post("/account/password/", tried | {"old": PASSWORD})
    assert page.status_code == 429 and int(page["Retry-After"]) > 0 and "后再试" in page.text


# —— signing in ——


def enter(client, name, password="wrong-password", **more):
    return client.post("/account/", {"username": name, "password": password}, **more)


@pytest.mark.usefixtures("places")
class TestSignIn:
    def test_many_names_from_one_address_wait(self, rate, time_machine):
        time_machine.move_to(now())
        rate("signin.address", 3)
        user = people.staff("clerk")
        assert [enter(Client(), f"nobody{n}").status_code for n in range(4)] == [422, 422, 422, 429]
        page = enter(Client(), user.username, PASSWORD)
        assert page.status_code == 429 and 0 < int(page["Retry-After"]) <= 900 and f'value="{user.username}"' in page.text
        token = Client().post("/api/token/", {"username": user.username, "password": PASSWORD}, content_type="application/json")
        assert token.status_code == 429 and 0 < int(token["Retry-After"]) <= 900
        assert enter(Client(), user.username, PASSWORD, REMOTE_ADDR="10.1.1.9").status_code == 302
        time_machine.shift(timedelta(minutes=16))
        assert enter(Client(), user.username, PASSWORD).status_code == 302  # nobody waits for good

    def test_one_name_from_many_addresses_waits_known_or_not(self, rate):
        rate("signin.name", 3)
        for name in (people.staff("clerk").username, "nobody-here"):
            told = [enter(Client(), f" {name.upper() if n % 2 else name}", REMOTE_ADDR=f"10.1.1.{n}") for n in range(4)]
            assert [page.status_code for page in told] == [422, 422, 422, 429]

    def test_nobody_locks_a_clerk_out_of_his_own_window(self, rate):
        """From the hall's own network: his name, and many names. The browser that he works at goes on; a guesser's does not."""
        rate("signin.address", 8)
        user, window, other = people.staff("clerk"), Client(), Client()
        assert enter(window, user.username, PASSWORD).status_code == 302
        window.post("/account/out/")
        assert {enter(other, user.username).status_code for _ in range(6)} == {422, 429}
        assert {enter(other, f"nobody{n}").status_code for n in range(6)} == {422, 429}
        assert enter(other, user.username, PASSWORD).status_code == 429
        assert enter(window, user.username, PASSWORD).status_code == 302
        window.post("/account/out/")
        assert [enter(window, user.username).status_code for _ in range(6)][-1] == 429  # whoever sits down at it has five tries
        assert enter(window, user.username, PASSWORD).status_code == 429
        fresh = reset_password(by=SYSTEM, user=user, reason="忘记密码")
        assert enter(window, user.username, fresh).status_code == 302  # who was helped to another does not wait for the old one

    def test_the_note_of_a_browser_carried_to_many_addresses_waits_too(self, rate):
        """Who copied it from the window guesses on from elsewhere: five tries at each address, and not as many addresses as he has."""
        rate("signin.name", 3)
        user, window = people.staff("clerk"), Client()
        enter(window, user.username, PASSWORD)
        window.post("/account/out/")
        told = [enter(window, user.username, REMOTE_ADDR=f"10.1.1.{n}").status_code for n in range(5)]
        assert told == [422, 422, 422, 429, 429]
        assert enter(Client(), user.username, PASSWORD, REMOTE_ADDR="10.1.1.9").status_code == 302

    def test_the_note_of_a_browser_opens_no_other_account(self, time_machine):
        time_machine.move_to(now())
        user, colleague, window = people.staff("clerk"), people.staff("clerk"), Client()
        enter(window, user.username, PASSWORD)
        window.post("/account/out/")
        for _ in range(6):
            enter(Client(), colleague.username)
        assert enter(window, colleague.username, PASSWORD).status_code == 429
        forged = Client()
        forged.cookies["device"] = window.cookies["device"].value[:-3] + "abc"
        for _ in range(6):
            enter(Client(), user.username)
        assert enter(forged, user.username, PASSWORD).status_code == 429
        time_machine.shift(timedelta(days=181))  # longer than a browser keeps it: a copy
        for _ in range(6):
            enter(Client(), user.username)
        assert enter(window, user.username, PASSWORD).status_code == 429


# —— without the counter ——


@pytest.fixture
def no_counter(settings, monkeypatch):
    monkeypatch.setattr(limits, "_silent_until", 0.0)
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    yield
    limits._silent_until = 0.0


@pytest.mark.usefixtures("places", "no_counter")
def test_without_the_counter_one_reads_and_signs_in_but_sends_no_codes(client):
    user = people.staff("clerk")
    assert client.get("/track/").status_code == 200
    assert [enter(client, user.username).status_code for _ in range(6)][-1] == 429  # counted by the database
    assert enter(client, user.username, PASSWORD, REMOTE_ADDR="10.1.1.9").status_code == 302
    with nothing_written():
        page = Client().post("/account/register/", {"mobile": "13805740009", "agreed": "on"})
        assert page.status_code == 503 and "暂时不能办理" in page.text and "13805740009" in page.text
