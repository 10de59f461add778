"""One attack after another against every door at once: the resolver names the doors, so that a new page cannot be forgotten."""

from __future__ import annotations

import pickle
import re
from unittest import mock

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver

from apps.api import tokens
from apps.applications.models import Application
from apps.gateway.client import Client as Outside
from apps.kit.errors import Later
from config.runner.places import PROJECT
from tests import make, people
from tests.people import nothing_written
from tests.web.visitors import Visitor, described, quick, sample

FILLED = {"pk": "1", "code": "food-licence", "number": "1", "rest": "x", "name": "received"}
EVIL = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "\t//evil.example",
    "https://testserver@evil.example/",
    "/\n/evil.example",
    "/\t/evil.example",
    "////evil.example",
    "%0a//evil.example",
    "data:text/html,evil",
    "desk.evil",
    "citizen:mine",  # the name of a page, and of one that wants a key
]


# What a proxy might believe, and a request that wants to be another one or to have come to another house.
FORGED = dict.fromkeys(("X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-Forwarded-Prefix", "X-Original-Host"), "evil.example")
FORGED |= {"Forwarded": "host=evil.example;proto=https", "X-Original-URL": "/audit/", "X-Rewrite-URL": "/audit/", "X-Forwarded-Proto": "https"}
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


def doors():
    """(path, view) of every address, keys filled in with what need not be there."""

    def walk(resolver, before=""):
        for entry in resolver.url_patterns:
            here = before + str(entry.pattern).lstrip("^").rstrip("$")
            if hasattr(entry, "url_patterns"):
                yield from walk(entry, here)
            else:
                here = re.sub(r"\(\?P<(\w+)>(?:\[[^]]*\][^)]*)*\)", lambda found: FILLED.get(found[1], "1"), here)
                yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: FILLED.get(found[1], "1"), here), entry.callback

    return list(walk(get_resolver()))


PAGES = [(path, view) for path, view in doors() if not path.startswith("/api/")]
ENDPOINTS = [(path, view) for path, view in doors() if path.startswith("/api/") and hasattr(view, "cls")]


def signed_in(username: str, **more) -> Client:
    client = Client(**more)
    client.force_login(make.user(username))
    return client


# —— another site's form, frame and script ——


def test_no_page_takes_a_form_of_another_site(db):
    stranger = Client(enforce_csrf_checks=True, raise_request_exception=False)
    taken = [path for path, view in PAGES if getattr(view, "csrf_exempt", False) or stranger.post(path).status_code != 403]
    assert len(PAGES) > 150 and not taken


def test_no_endpoint_takes_a_session_without_its_token(world):
    clerk = signed_in("cixi-clerk", enforce_csrf_checks=True, raise_request_exception=False)
    with nothing_written():
        told = {path: clerk.post(path, {}, content_type="application/json").status_code for path, view in ENDPOINTS if hasattr(view.cls, "post")}
    open_to_all = {"/api/token/", "/api/track/"}  # they look at no session
    assert len(told) > 50 and {path for path, status in told.items() if status != 403} - open_to_all == set()


def test_every_answer_carries_the_policy(db):
    """No inline script or style, no frame around us, no guessing of types, no address told to others, no other house's script let in;
    TRACE tells nobody what was sent; no address and no other header in our name is taken from what a request says of its way."""
    stranger, wrong = Client(raise_request_exception=False, headers=FORGED), []
    for path, view in PAGES + ENDPOINTS:
        answer = stranger.get(path)
        head = answer.headers
        policy = head.get("Content-Security-Policy", "")
        rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
        if not (
            rules["default-src"] in ("'self'", "'none'")
            and "unsafe" not in policy
            and rules["frame-ancestors"] == rules["object-src"] == rules["base-uri"] == "'none'"
            and rules["form-action"] == "'self'"
            and head["X-Frame-Options"] == "DENY"
            and ("no-store" in head.get("Cache-Control", "") or not getattr(getattr(view, "cls", None), "counts_itself", False))
            and not [name for name in head if name.lower().startswith("access-control-")]
            and b"evil.example" not in answer.serialize()
            and b"zzyzx" not in stranger.generic("TRACE", path, headers={"X-Sent": "zzyzx"}).content
            and head["X-Content-Type-Options"] == "nosniff"
            and head["Referrer-Policy"] == head["Cross-Origin-Opener-Policy"] == "same-origin"
        ):
            wrong.append(path)
    assert not wrong


@pytest.mark.parametrize("file", ["css/base.css", "drf_spectacular_sidecar/swagger-ui-dist/oauth2-redirect.html"])
def test_what_lies_still_carries_the_policy_too(file):
    """A package brings pages with a script in them: served under our name, they are framed by nobody and run nothing."""
    head = Client().get(f"/static/{file}").headers
    assert head["Content-Type"].startswith("text/") and "unsafe" not in head["Content-Security-Policy"]
    assert "default-src 'self'" in head["Content-Security-Policy"] and head["X-Frame-Options"] == "DENY"
    assert head["X-Content-Type-Options"] == "nosniff"


def test_no_cache_keeps_a_page_of_refusal(world):
    """Each names who is signed in and shows again what was typed; a cache on the way keeps a 404 by itself."""
    clerk = signed_in("cixi-clerk", raise_request_exception=False)
    answers = {
        404: clerk.get("/counter/cases/987654/"),
        403: clerk.get("/audit/"),
        405: clerk.get("/preferences/"),
        422: clerk.get("/counter/cases/?page=x"),
    }
    for status, answer in answers.items():
        assert (answer.status_code, "no-store" in answer.get("Cache-Control", "")) == (status, True), status


def test_a_right_token_from_another_house_is_refused(db):
    browser = Client(enforce_csrf_checks=True)
    browser.get("/track/")
    sent = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, "number": "1", "phone": "13805740001"}
    for origin in ("https://evil.example", "null", "http://testserver.evil.example", "https://testserver"):
        assert browser.post("/track/", sent, headers=FORGED | {"Origin": origin}).status_code == 403, origin
    for referer in ({}, {"Referer": "https://evil.example/track/"}, {"Referer": "http://testserver/track/"}):
        assert browser.post("/track/", sent, secure=True, headers=FORGED | referer).status_code == 403, referer
    assert browser.post("/track/", sent, headers={"Origin": "http://testserver"}).status_code == 422


@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver@evil.example", "testserver:80@evil.example", "testserver,evil.example", "", "testserver.evil.example",
     "testserver/evil", "[::1", "testserver:80:80", "testserver\tevil.example"],
)  # fmt: skip
def test_a_house_of_another_name_is_none_of_ours(db, host):
    for path in ("/track/", "/account/", "/api/me/"):
        assert Client(raise_request_exception=False).get(path, headers={"Host": host}).status_code == 400


def test_no_request_pretends_to_be_another(world):
    """By a header, a field, two tokens, or a name that is said twice: what was checked is what is done."""
    case, clerk = make.received(), signed_in("cixi-clerk")
    token = f"Bearer {tokens.issue(make.user('cixi-clerk'))}"
    program = Client(headers={"Authorization": token})
    with nothing_written(Application):
        for name in OVERRIDES:
            assert clerk.get("/account/out/", headers={name: "POST"}).status_code == 405
            assert program.get(f"/api/applications/{case.pk}/accept/", headers={name: "POST"}).status_code == 405
        assert clerk.get("/account/out/?_method=POST").status_code == 405
        assert program.get(f"/api/applications/{case.pk}/accept/?_method=POST&method=POST&format=api").status_code in (404, 405, 422)
        twice = Client().get("/api/me/", headers={"Authorization": f"{token},{token}"})
        assert (twice.status_code, twice["Content-Type"]) == (401, "application/problem+json")
        body = '{"text": "已电话核实", "text": 5, "text": ["x"]}'
        assert program.post(f"/api/applications/{case.pk}/note/", body, content_type="application/json").status_code == 422
    assert clerk.get("/account/password/").status_code == 200
    assert clerk.post("/account/out/")["Clear-Site-Data"] == '"cache", "storage"'


# —— led away ——


def test_no_next_leads_to_another_house(world):
    clerk = signed_in("cixi-clerk")
    for where in EVIL:
        sign_in = {"username": "cixi-clerk", "password": "Yichuang-2017", "next": where}
        with mock.patch("apps.web.files.actions.print_again"):
            led = [
                clerk.get("/account/", {"next": where}),
                clerk.post("/preferences/", {"next": where, "view": "elder"}),
                clerk.post("/files/document/1/print/", {"next": where}),
                Client().post("/account/", sign_in),
            ]
        assert {(answer.status_code, answer["Location"]) for answer in led} <= {(302, "/desk/"), (302, "/")}, where
        asked = [Client(headers={"Referer": where.strip()}).post("/counter/start/"), Client().get("/counter/", headers={"Referer": where.strip()})]
        assert not [answer["Location"] for answer in asked if "evil" in answer["Location"]], where


# —— more than was asked ——


def test_a_program_sets_no_field_that_it_was_not_asked_for(world):
    """Shapes name every field; the body is read in one place, which refuses what it does not know."""
    readers = [file.name for file in (PROJECT / "apps/api").glob("*.py") if "request.data" in file.read_text()]
    assert readers == ["base.py"]
    case, head = make.received(), {"Authorization": f"Bearer {tokens.issue(make.user('cixi-clerk'))}"}
    before = Application.objects.values().get(pk=case.pk)
    for name, value in [("state", "accepted"), ("applicant_id", 1), ("department", "scjg"), ("number", "X"), ("by", 1), ("id", 7)]:
        for path, body in [
            (f"/api/applications/{case.pk}/accept/", {}),
            (f"/api/applications/{case.pk}/note/", {"text": "已电话核实"}),
            ("/api/applications/", {"code": make.FOOD}),
        ]:
            with nothing_written(Application):
                answer = Client().post(path, {**body, name: value}, content_type="application/json", headers=head)
                told = answer.json()
            assert (answer.status_code, told["code"], told["errors"][0]["field"]) == (422, "input.unknown", name), (path, name)
    assert Application.objects.values().get(pk=case.pk) == before


@pytest.mark.parametrize("name", ["state", "id", "by_id"])
def test_no_endpoint_takes_a_field_that_its_shape_does_not_name(world, name):
    """Every body of the description with one field more. (The courier's door asks for a signature first.)"""
    taken = []
    with quick(), nothing_written(Application):
        clerk, citizen = Visitor(make.user("cixi-clerk")), Visitor(make.user("citizen"))
        for path, methods in described().items():
            shapes = {method: shape for method, shape in methods.items() if shape.get("type") == "object" and name not in shape["properties"]}
            for method, shape in shapes.items():
                answer = (citizen if path.startswith("/api/account/") else clerk).ask(method, re.sub("{}", "1", path), {**sample(shape), name: "1"})
                if "input.unknown" not in answer.body and "courier" not in path:
                    taken.append((method, path, answer.status))
    assert not taken


def test_a_form_sets_no_field_that_it_does_not_show(world):
    case = make.received()
    before = Application.objects.values().get(pk=case.pk)
    signed_in("cixi-clerk").post(f"/counter/{case.pk}/notes/", {"text": "已电话核实", "state": "accepted", "applicant_id": "1", "clerk_id": "1"})
    after = Application.objects.values().get(pk=case.pk)
    assert {name for name in after if after[name] != before[name]} <= {"chain_seq", "chain_head", "updated_at"}


def test_what_waits_in_the_cache_runs_nothing():
    """Whoever writes into it makes us read something else; a pickle would be run."""
    cache.set("kept", {"tries": 3, "words": "材料"})
    raw = cache._cache.get_client(None, write=True)
    raw.set(cache.make_key("planted"), pickle.dumps({"tries": 0}))
    assert cache.get("kept") == {"tries": 3, "words": "材料"} and cache.get("planted") is None


# —— files ——

BESIDE = ["../manage.py", "%2e%2e/manage.py", "..%2fmanage.py", "%252e%252e/manage.py", "..;/manage.py", "..%5cmanage.py", "%c0%ae%c0%ae/manage.py",
          "/etc/passwd", "....//manage.py", "..%00/manage.py", "app.css%00.html", "app.css/.", "%uff0e%uff0e/manage.py", "..%ef%bc%8fmanage.py"]  # fmt: skip
OF_FILES = ["1%00", "1;x", "1.", "1%20", "%2e%2e", "../1", "1%2f..", "01x", "-1", "１", "1/../1", "1.pdf"]


@pytest.mark.parametrize("path", ["/files/", "/files/attachment/", "/static/../config/settings.py", "/media/", "/files/ab/cd"])
def test_no_file_stands_at_an_address_of_its_own(db, path):
    assert Client(raise_request_exception=False).get(path).status_code == 404


def test_no_way_of_writing_an_address_leads_to_another_file(world):
    clerk = signed_in("cixi-clerk", raise_request_exception=False)
    for path in [f"/static/{way}" for way in BESIDE] + [f"/files/{kind}/{key}/" for kind in ("attachment", "document", "photo") for key in OF_FILES]:
        answer = clerk.get(path)
        assert answer.status_code in (400, 404) and not answer.streaming, path


# —— our own programs sent elsewhere ——


def test_addresses_of_services_come_from_the_settings_alone(settings):
    """One place speaks to other houses, for single sign-on too; documents fetch nothing (tests/issuance)."""
    speaks = re.compile(r"^\s*(?:import|from) (?:requests|urllib\.request|urllib3|httpx|http\.client|socket)\b", re.M)
    found = [str(file.relative_to(PROJECT)) for file in (PROJECT / "apps").rglob("*.py") if speaks.search(file.read_text())]
    assert sorted(found) == ["apps/kit/hanging.py", "apps/kit/outside.py"]  # the first ends lines to the database, and makes none
    assert not re.search(r"socket\.create_connection|\.connect\(\(", (PROJECT / "apps/kit/hanging.py").read_text())
    paths = re.findall(r"Client\(\"\w+\"\)\.post\(([^,]+),", (PROJECT / "apps/gateway/adapters.py").read_text())
    assert [path for path in paths if not re.fullmatch(r'"/[a-z_/]+"', path)] == ["path"]  # one of the identity service's three
    settings.SERVICES = {}
    with pytest.raises(Later):
        Outside("sms").post("/send", {"to": "http://169.254.169.254/"})


# —— a session that was planted ——


def test_a_planted_session_is_left_behind(world):
    user = people.staff("supervisor")
    attacker = Client()
    planted = attacker.session
    planted["mine"] = "planted"
    planted.save()
    victim = Client()
    victim.cookies["sessionid"] = attacker.cookies["sessionid"] = planted.session_key
    answer = victim.post("/account/", {"username": user.username, "password": people.PASSWORD})
    cookie = answer.cookies["sessionid"]
    assert answer.status_code == 302 and cookie.value != planted.session_key
    look = victim.post("/preferences/", {"view": "elder", "theme": "dark"}).cookies
    ours = {name: one for name, one in {**answer.cookies, **look}.items() if name != "csrftoken"}  # the script sends that one
    assert ours.keys() == {"sessionid", "device", "seat", "view", "theme"}
    assert {(one["httponly"], one["samesite"]) for one in ours.values()} == {(True, "Lax")}
    assert attacker.get("/desk/")["Location"].startswith("/account/")
    changed = victim.post("/account/password/", {"old": people.PASSWORD, "new": "Neues-Wort-33", "again": "Neues-Wort-33"})
    assert changed.status_code == 302 and changed.cookies["sessionid"].value != cookie.value
    thief = Client()
    thief.cookies["sessionid"] = cookie.value  # stolen before
    assert thief.get("/people/")["Location"].startswith("/account/") and victim.get("/account/password/").status_code == 200
    unknown = Client()
    unknown.cookies["sessionid"] = "a" * 32  # one that never was
    answer = unknown.post("/account/", {"username": user.username, "password": "Neues-Wort-33"})
    assert answer.cookies["sessionid"].value != "a" * 32
