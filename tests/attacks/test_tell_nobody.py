"""No page or endpoint tells a stranger whether a person, a number or a case exists: what exists and what does not get the same status,
the same words, as many statements and as many password hashes. (By the keys of rows: tests/web/test_every_url_for_every_role.py.)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from stdnum.iso7064 import mod_37_36

from apps.api import tokens
from apps.directory.actions import lock_user
from apps.directory.models import Party, User
from apps.directory.queries import actor_for
from apps.journal.actor import SYSTEM
from apps.kit.time import now
from tests import make, people
from tests.people import nothing_written

OTHERS_ID, NOBODYS_ID, NOBODYS_USCC = people.OTHER_ID, "330282199003070016", "91330282MA2A00009C"


class Knows:
    """Outside services: the carrier carries, the identity service says no."""

    def send(self, to, text, *, key, subject=""):
        return key

    def matches(self, name, id_number):
        return False

    def represents(self, **asked):
        return False

    guards = represents


@pytest.fixture(autouse=True)
def ports(settings):
    ours = dict.fromkeys(("sms", "identity"), f"{__name__}.Knows")
    settings.PORTS = {**settings.PORTS, **ours}


@dataclass
class Town:
    """What exists in it, and a citizen who asks."""

    case: object
    phone: str
    asks: Client
    token: dict
    person: Party


@pytest.fixture
def town(world):
    case, citizen = make.received(), make.user("citizen")
    asks = Client()
    asks.force_login(citizen)
    owner = people.citizen(people.party(id_number=OTHERS_ID, name="李秀兰"), username="13805740077")
    return Town(case, owner.username, asks, {"Authorization": f"Bearer {tokens.issue(citizen)}"}, owner.party)


def unused_number(number: str) -> str:
    """A well-formed number of no case."""
    body = number[:-6] + "ZZZZZ"
    return body + mod_37_36.calc_check_digit(body)


def posted(path: str, **given):
    """A page's form, or a program's body."""
    kind = {"content_type": "application/json"} if path.startswith("/api/") else {}
    return lambda client, value: client.post(path, {name: value if one is ... else one for name, one in given.items()}, **kind)


def finished(first: str, **given):
    """Both pages of a form: the phone, then a wrong code."""

    def send(client, phone):
        client.post(first, {"mobile": phone, "agreed": "on"})
        return client.post(f"{first}finish/", {"code": "000000", **given})

    return send


def signed(path: str, **given):
    def send(client, value):
        town, client = client
        body = {name: value if one is ... else one for name, one in given.items()}
        if body:
            return client.post(path, body, content_type="application/json", headers=town.token)
        return client.get(path.format(value), headers=town.token)

    return send


NEW = {"password": "Neues-Wort-33", "again": "Neues-Wort-33"}
PHONE, CASE, PERSON = lambda town: (town.phone, "13805740078"), lambda town: (town.case.number, unused_number(town.case.number)), (
    lambda town: (OTHERS_ID, NOBODYS_ID)
)
STRANGER = {
    "sign in": (posted("/account/", username=..., password="wrong-password"), PHONE),
    "sign in over the API": (posted("/api/token/", username=..., password="wrong-password"), PHONE),
    "register": (posted("/account/register/", mobile=..., agreed="on"), PHONE),
    "register with a wrong code": (finished("/account/register/", name="王小明", id_number=OTHERS_ID, **NEW), PHONE),
    "forgot": (posted("/account/forgot/", mobile=...), PHONE),
    "forgot with a wrong code": (finished("/account/forgot/", **NEW), PHONE),
    "forgot with a wrong code and a weak password": (finished("/account/forgot/", password="13805740", again="13805740"), PHONE),
    "track": (posted("/track/", number=..., phone="13905740009"), CASE),
    "track over the API": (posted("/api/track/", number=..., phone="13905740009"), CASE),
}
CITIZEN = {
    "an enterprise that is not his": (
        posted("/account/identities/enterprise/", name="慈溪市一味餐饮有限公司", uscc=...),
        lambda town: (Party.objects.filter(kind="enterprise").first().id_number, NOBODYS_USCC),
    ),
    "a child that is not his": (posted("/account/identities/child/", name="王小明", id_number=...), PERSON),
    "a handler whose name does not fit": (
        posted("/account/identities/handler/", principal="", name="假名字", id_number=..., valid_to="2027-01-01"),
        PERSON,
    ),
    "a new phone": (posted("/account/mobile/", mobile=..., send="1"), PHONE),
    "a case by its number": (signed("/api/applications/?q={}"), CASE),
    "cases of a person by his number": (signed("/api/applications/?q={}"), PERSON),
    "a draft for somebody": (signed("/api/applications/", code=make.FOOD, principal=...), lambda town: (town.person.pk, 987654)),
}


def told(send, client, value) -> tuple:
    """What can be learnt: status, where it sends, words without what was typed, statements and hashes."""
    hashing = mock.patch.object(MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode)
    with transaction.atomic(), CaptureQueriesContext(connection) as ran, hashing as hashed:
        response = send(client, value)
        transaction.set_rollback(True)
    body = re.sub(r'value="[\w-]{24,}"|"X-CSRFToken": ?"\w+"', "", response.text)  # tokens
    for typed in (str(value), str(value)[-4:]):
        body = body.replace(typed, "…")
    return response.status_code, response.headers.get("Location", ""), len(ran), hashed.call_count, body


@pytest.mark.parametrize("what", STRANGER)
def test_a_stranger_learns_nothing(town, what):
    send, values = STRANGER[what]
    there, none = (told(send, Client(), value) for value in values(town))
    alike(there, none)
    assert there[0] in (200, 302, 404, 422), "it was asked at all"


@pytest.mark.parametrize("door", ["/account/", "/api/token/"])
def test_why_somebody_is_not_let_in_is_not_told(town, door):
    """The right password of an account that is locked, run out or closed, an account without one, a wrong one, no account."""
    locked, late, bare, closed, open_one = (people.staff("clerk") for _ in range(5))
    lock_user(by=SYSTEM, user=locked, reason="离岗审查")
    User.objects.filter(pk=late.pk).update(temporary_until=now() - timedelta(days=1))
    User.objects.filter(pk=bare.pk).update(password="!")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    right = posted(door, username=..., password=people.PASSWORD)
    none = told(right, Client(), "nobody-here")
    assert none[0] == 422 and none[3] == 1
    for user in (locked, late, bare, closed):
        alike(told(right, Client(), user.username), none)
    alike(told(posted(door, username=..., password="wrong"), Client(), open_one.username), none)
    assert told(right, Client(), open_one.username)[0] in (200, 302)


def alike(there: tuple, none: tuple) -> None:
    assert there[:4] == none[:4]
    assert there[4].splitlines() == none[4].splitlines()


@pytest.mark.parametrize("what", CITIZEN)
def test_a_citizen_learns_nothing_of_others(town, what):
    send, values = CITIZEN[what]
    client = (town, Client()) if what in ("a case by its number", "cases of a person by his number", "a draft for somebody") else town.asks
    town.asks.get("/account/messages/")  # what a process remembers of a person is remembered
    with nothing_written(Party):
        there, none = (told(send, client, value) for value in values(town))
    alike(there, none)


def test_the_finder_of_cases_finds_ones_own(town):
    """The search that says nothing of others is not deaf: the clerk's finds the case."""
    mine = {"Authorization": f"Bearer {tokens.issue(make.user('cixi-clerk'))}"}
    assert actor_for(make.user("cixi-clerk")).has("clerk")
    assert len(Client().get(f"/api/applications/?q={town.case.number}", headers=mine).json()["results"]) == 1
