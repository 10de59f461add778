"""Single sign-on against a real provider: the whole code flow over loopback, and everything that must not let in."""

from contextlib import nullcontext
from time import time
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.directory import actions, oidc
from apps.directory.models import User
from apps.gateway import twins as stand_ins
from apps.journal.actor import SYSTEM
from apps.kit.outside import Answer
from tests import people
from tests.directory import oidc_provider
from tests.people import nothing_written

CALLBACK = "http://testserver/account/sso/callback/"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    running = oidc_provider.start(tmp_path_factory.mktemp("provider"), CALLBACK)
    yield running
    running.stop()


@pytest.fixture
def sso(provider, settings, places):
    base = f"{provider.url}/identity/o"
    settings.OIDC_ON = True
    settings.OIDC_TIMEOUT = 60  # the provider's first answer waits for all that it loads
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = oidc_provider.CLIENT, oidc_provider.SECRET
    settings.OIDC_OP_ISSUER = provider.url
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{base}/authorize"
    settings.OIDC_OP_TOKEN_ENDPOINT = f"{base}/api/token"
    settings.OIDC_OP_USER_ENDPOINT = f"{base}/api/userinfo"
    settings.OIDC_OP_JWKS_ENDPOINT = f"{provider.url}/.well-known/jwks.json"
    return provider


def agree(client, name: str, **start) -> str:
    """From our button through the provider's own sign-in form; the address it sends the browser back to."""
    there = client.get("/account/sso/", start)["Location"]
    browser = requests.Session()
    page = browser.get(there)
    form = {"login": name, "password": oidc_provider.PASSWORD}
    form["csrfmiddlewaretoken"] = browser.cookies.get("csrftoken", "")
    answer = browser.post(page.url, form, headers={"Referer": page.url}, allow_redirects=False)
    while not answer.headers["Location"].startswith(CALLBACK):
        answer = browser.get(requests.compat.urljoin(page.url, answer.headers["Location"]), allow_redirects=False)
    return answer.headers["Location"].removeprefix("http://testserver")


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_off_unless_the_installation_says_so(client, db):
    assert "sso" not in client.get("/account/").content.decode()
    assert client.get("/account/sso/").status_code == 404
    assert client.get("/account/sso/callback/?code=1&state=2").status_code == 404


def test_the_whole_flow(client, sso):
    user = people.staff("clerk", user=people.account(username="cixi-person"))
    assert "统一身份认证登录" in client.get("/account/").content.decode()
    asked = parse_qs(urlsplit(client.get("/account/sso/")["Location"]).query)
    assert asked["redirect_uri"] == [CALLBACK] and asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    before, planted = User.objects.count(), client.session.session_key
    response = client.get(agree(client, "cixi-person", next="/styleguide/"))
    assert (response.status_code, response["Location"]) == (302, "/styleguide/")
    assert client.session["_auth_user_id"] == str(user.pk) and client.session.session_key not in ("", None, planted)
    assert client.get("/account/password/").wsgi_request.actor.has("clerk")
    assert User.objects.count() == before


def test_the_second_factor_is_asked_here_too(client, sso):
    user = people.staff("clerk", user=people.account(username="cixi-person"))
    TOTPDevice.objects.create(user=user, confirmed=True)
    assert client.get(agree(client, "cixi-person"))["Location"] == "/account/code/"
    assert not signed_in(client)


def test_a_citizens_account_comes_in_too(client, sso):
    people.citizen(username="cixi-person")
    assert client.get(agree(client, "cixi-person")).status_code == 302
    assert signed_in(client)


def test_an_unknown_person_gets_no_account(client, sso):
    back = agree(client, "stranger")
    with nothing_written(User):
        page = client.get(back)
    assert page.status_code == 403 and "还没有与本平台的账号对应" in page.content.decode()
    assert not signed_in(client)


def test_a_locked_account_stays_out(client, sso):
    user = people.staff("clerk", user=people.account(username="cixi-person"))
    back = agree(client, "cixi-person")
    actions.lock_user(by=SYSTEM, user=user, reason="离岗审查")
    assert client.get(back).status_code == 403
    assert not signed_in(client)


@pytest.mark.parametrize("name", ["late", "stray", "impostor", "forger"])
def test_a_token_that_does_not_hold(client, sso, name):
    """Expired; for another client; user information of somebody else; of another issuer."""
    people.staff("clerk", user=people.account(username="cixi-person"))
    people.staff("clerk", user=people.account(username=name))
    page = client.get(agree(client, name))
    assert page.status_code == 502 and "没有通过验证" in page.content.decode()
    assert not signed_in(client)


@pytest.mark.parametrize("lacking", ["exp", "iat", "aud", "sub", "alg"])
def test_a_token_that_lacks_something(settings, lacking):
    """Without an end it would hold for good; signed another way it is not the provider's."""
    backend, hour = oidc.SingleSignOn(), 3600
    backend.OIDC_RP_SIGN_ALGO, backend.OIDC_RP_CLIENT_ID, key = "HS256", "we", "k" * 64
    facts = {"exp": time() + hour, "iat": time(), "aud": backend.OIDC_RP_CLIENT_ID, "sub": "1", "iss": settings.OIDC_OP_ISSUER}
    assert backend._verify_jws(jwt.encode(facts, key, "HS256"), key)["sub"] == "1"
    ahead = facts | {"iat": time() + 30, "nbf": time() + 30}
    assert backend._verify_jws(jwt.encode(ahead, key, "HS256"), key)["sub"] == "1"  # the provider's clock is not ours
    facts.pop(lacking, None)
    signed = jwt.encode(facts, key, "HS384" if lacking == "alg" else "HS256")
    with pytest.raises(jwt.PyJWTError):
        backend._verify_jws(signed, key)
    backend.OIDC_RP_CLIENT_SECRET = key
    about = Answer(200, "application/jwt", signed.encode())  # a person's signed facts end at no time, where the provider does not say one
    refused = nullcontext() if lacking in ("exp", "iat") else pytest.raises(jwt.PyJWTError)
    with mock.patch.object(backend, "_ask", return_value=about), refused:
        assert backend.get_userinfo("a", "", {})["sub"] == "1"


def found_by(**told) -> User | None:
    with mock.patch.object(oidc.SingleSignOn, "get_userinfo", return_value={"sub": "1", **told}):
        return oidc.SingleSignOn().get_or_create_user("a", {}, {"sub": "1"})


@pytest.mark.parametrize(
    ("claim", "told", "name"),
    [("email", "Lin@example.cn", "lin@example.cn"), ("phone_number", "+86 138 0574-0001", "13805740001")],
)
def test_a_mailbox_or_phone_that_the_provider_has_not_proved(settings, places, claim, told, name):
    settings.OIDC_CLAIM = claim
    user = people.account(username=name)
    for proof in ({}, {f"{claim}_verified": False}, {f"{claim}_verified": "false"}, {f"{claim}_verified": True}):
        assert found_by(**{claim: told}, **proof) == (user if proof.get(f"{claim}_verified") is True else None)


def test_a_name_that_only_looks_like_an_accounts_is_not_its(places):
    """With the provider these are other people's: a sign for Kelvin, blanks around it, what is no text."""
    user = people.account(username="cixi-kin")
    told = ["cixi-\u212ain", "cixi-kin\u2003", " cixi-kin", "cixi-kin\x00", "cixi-kin\ud800", ["cixi-kin"], True, None, ""]
    assert [found_by(preferred_username=name) for name in (*told, "Cixi-Kin")] == [*[None] * len(told), user]


def test_a_wrong_state_a_missing_one_and_a_used_one(client, sso):
    people.staff("clerk", user=people.account(username="cixi-person"))
    back = agree(client, "cixi-person")
    code = parse_qs(urlsplit(back).query)["code"][0]
    for address in (f"/account/sso/callback/?code={code}&state=made-up", f"/account/sso/callback/?code={code}"):
        page = client.get(address)
        assert page.status_code == 400 and "已经过期" in page.content.decode()
    assert not signed_in(client)
    assert client.get(back).status_code == 302
    client.post("/account/out/")
    assert client.get(back).status_code == 400
    assert not signed_in(client)


def test_the_state_of_another_browser(client, sso):
    people.staff("clerk", user=people.account(username="cixi-person"))
    back = agree(client, "cixi-person")
    victim = client.__class__()
    assert victim.get(back).status_code == 400
    assert "sessionid" not in victim.cookies  # each who comes with nothing would leave a session in the database
    assert not signed_in(victim)


@pytest.mark.parametrize("kept", ["nonce", "code_verifier"])
def test_the_answer_to_another_question(client, sso, kept):
    """The state is ours and unused, but the token or the code was asked for by somebody else."""
    people.staff("clerk", user=people.account(username="cixi-person"))
    back, session = agree(client, "cixi-person"), client.session
    for one in session["oidc_states"].values():
        one[kept] = one[kept][::-1]
    session.save()
    assert client.get(back).status_code == 502
    assert not signed_in(client)


def test_a_made_up_code(client, sso):
    state = parse_qs(urlsplit(client.get("/account/sso/")["Location"]).query)["state"][0]
    assert client.get(f"/account/sso/callback/?code=made-up&state={state}").status_code == 502
    state = parse_qs(urlsplit(client.get("/account/sso/")["Location"]).query)["state"][0]
    assert "已经过期" in client.get(f"/account/sso/callback/?state={state}").content.decode()
    assert not signed_in(client)


def test_the_person_declines(client, sso):
    state = parse_qs(urlsplit(client.get("/account/sso/")["Location"]).query)["state"][0]
    page = client.get(f"/account/sso/callback/?error=access_denied&state={state}")
    assert page.status_code == 403 and "取消" in page.content.decode()


def test_the_provider_is_not_there(client, sso, settings):
    back = agree(client, "cixi-person")
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:9/token"
    assert client.get(back).status_code == 502


@pytest.mark.parametrize("door", ["/api/token", "/api/userinfo", "jwks.json"])
@pytest.mark.parametrize(
    "said",
    [
        Answer(307, "", b""),
        Answer(200, "application/json", b"[]"),
        Answer(200, "application/json", b"[" * 200_000),
        Answer(200, "application/json", b'{"id_token": 5, "keys": ["x"], "sub": {}}'),
        Answer(200, "application/json", b'{"keys": {"a": 1}}'),
        Answer(200, "application/jwt", b"\xff"),
    ],
    ids=["led away", "list", "deep", "wrong types", "wrong keys", "no text"],
)
def test_whatever_the_provider_answers_nobody_comes_in_by_it(client, sso, door, said):
    ask = oidc.outside.ask
    token = Answer(200, "application/json", b'{"id_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.eA", "access_token": "a"}')

    def answer(method, url, **sent):
        if url.endswith(door):
            return said
        return token if url.endswith("/api/token") else ask(method, url, **sent)

    state = parse_qs(urlsplit(client.get("/account/sso/")["Location"]).query)["state"][0]
    verified = mock.patch.object(oidc.SingleSignOn, "verify_token", return_value={"sub": "1"})
    with mock.patch.object(oidc.outside, "ask", answer), verified if door == "/api/userinfo" else mock.MagicMock():
        page = client.get(f"/account/sso/callback/?code=made-up&state={state}")
    assert page.status_code == 502 and not signed_in(client)


def test_no_answer_of_the_provider_leads_our_secret_elsewhere(client, sso, settings, twins, monkeypatch):
    def led_away(handler):
        twins.calls[handler.path] = 1
        handler.send_response(307)
        handler.send_header("Location", "/there")
        handler.end_headers()

    monkeypatch.setattr(stand_ins._Handler, "do_POST", led_away)
    settings.OIDC_OP_TOKEN_ENDPOINT = settings.SERVICES["sms"]["url"]
    state = parse_qs(urlsplit(client.get("/account/sso/")["Location"]).query)["state"][0]
    assert client.get(f"/account/sso/callback/?code=x&state={state}").status_code == 502
    assert twins.calls == {"/sms": 1}
