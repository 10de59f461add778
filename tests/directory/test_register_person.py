"""A citizen's own account: the phone by its code, the person by the identity service, and the same words to everybody."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from time import sleep
from unittest import mock

import pytest
from django.core.cache import cache
from django.db.models import QuerySet
from django_otp.plugins.otp_totp.models import TOTPDevice
from redis.exceptions import RedisError

from apps.directory import actions, codes, queries
from apps.directory.codes import TooOften
from apps.directory.models import Message, Party, User
from apps.directory.queries import actor_for
from apps.gateway.actions import change_mobile
from apps.journal.models import Event
from apps.kit.errors import DomainError, Later, Refused, TooMany, Unavailable
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

from .registering import COMPANY, NAME, NUMBER, PASSWORD, PHONE, ask, code_sent, number_of, register


def test_the_phone_signs_in_and_the_party_is_the_person(world, twins, client):
    ask()
    user = register(twins)
    assert (user.username, user.party.id_number, user.party.kind) == (PHONE, NUMBER, "person")
    assert actor_for(user).party_ids == (user.party_id,)
    assert Event.objects.filter(name="user.register", subject_id=str(user.pk)).exists()
    answer = client.post("/account/", {"username": PHONE, "password": PASSWORD})
    assert answer.status_code == 302
    assert [row.device for row in queries.sessions_of(user)] == ["未知设备"]


def test_who_registers_on_the_way_to_an_application_goes_on_there(world, twins, client):
    wanted = "/apply/residence-permit/?s_place=near&s_child=true"
    asked = client.get("/account/", {"next": wanted}).content.decode()
    link = re.search(r'href="(/account/register/[^"]*)"', asked)[1]
    assert "请勾选“我同意”，再获取验证码。" in client.post(link, {"mobile": PHONE}).text
    client.post(link, {"mobile": PHONE, "agreed": "on"})
    assert link.partition("?")[2] in client.get("/account/register/finish/").content.decode()  # another code is asked for the same way
    given = {"code": code_sent(twins), "name": NAME, "id_number": NUMBER, "password": PASSWORD, "again": PASSWORD}
    assert client.post("/account/register/finish/", given)["Location"] == wanted
    assert client.post("/account/register/finish/", given)["Location"] == "/desk/"  # pressed twice he is told nothing of a failure
    assert "没有提交" not in client.get("/desk/", follow=True).text


def test_a_forgotten_password_keeps_the_way_but_none_out_of_the_house(person, client, twins):
    for wanted, then in (("/my/", "/account/?next=%2Fmy%2F"), ("https://evil.example/", "/account/")):
        client.post(f"/account/forgot/?next={wanted}", {"mobile": PHONE})
        new = f"long-enough-{len(wanted)}"
        given = {"code": code_sent(twins), "password": new, "again": new}
        assert client.post("/account/forgot/finish/", given)["Location"] == then
        cache.clear()


def test_what_the_counter_filed_before_belongs_to_the_account(world, twins):
    applicant = {"kind": "person", "name": NAME, "id_number": NUMBER}
    case = make.received("residence-permit", applicant=applicant)
    ask()
    user = register(twins)
    assert case.applicant_id == user.party_id


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": "000000"}, "code"),
        ({"number": "330282199003070011"}, "id_number"),
        ({"password": "short", "again": "short"}, "password"),
        ({"again": "another-one-2017"}, "again"),
    ],
)
def test_a_faulty_form_names_its_field_and_writes_nothing(world, twins, given, field):
    ask()
    with nothing_written(User, Party), pytest.raises(Refused) as told:
        register(twins, **given)
    assert told.value.errors[0].field == field


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("k7-mV", ["密码至少 10 个字符，现在有 5 个。"]),
        ("20171123", ["密码至少 10 个字符，现在有 8 个。", "密码不能全是数字，请加上字母或符号。"]),
        ("1234567890", ["这个密码太常见，容易被猜到，请换一个。", "密码不能全是数字，请加上字母或符号。"]),
        ("Zhaoyifan1", ["密码与账号、姓名或手机号太相近，请换一个。"]),
        ("a" + PHONE, ["密码与账号、姓名或手机号太相近，请换一个。"]),
    ],
)
def test_a_weak_password_is_told_in_chinese_with_all_that_is_wrong(world, twins, password, told):
    ask()
    with nothing_written(User, Party), pytest.raises(DomainError) as refusal:
        register(twins, number=NUMBER[:-1] + "1", password=password, again=password + "?")
    said = {(error.field, error.message) for error in refusal.value.errors}
    assert {("password", text) for text in told} | {("again", "两次输入的密码不一样。")} <= said
    assert {field for field, _ in said} == {"id_number", "password", "again"} and len(said) == len(told) + 2


def test_a_name_that_does_not_fit_and_a_number_that_is_taken_get_the_same_words(person, twins):
    twins.know(number_of(date(1991, 1, 1)), "真名")
    told = []
    for phone, name, number in (("13905748881", "假名", number_of(date(1991, 1, 1))), ("13905748882", NAME, NUMBER)):
        ask(phone=phone)
        with pytest.raises(Refused) as refusal:
            register(twins, phone=phone, name=name, number=number)
        told.append((refusal.value.code, refusal.value.message, refusal.value.field))
    assert told[0] == told[1]
    assert User.objects.filter(party__id_number=NUMBER).count() == 1
    assert Message.objects.filter(user=person, kind="account").count() == 1  # the owner is warned
    assert Party.objects.get(id_number=NUMBER).mobile == PHONE  # the next case from home is told to the owner, not to that phone


def test_two_who_take_a_phone_at_the_same_moment(person, twins):
    """Both have looked whether it is free: one gets it, the other is told, whether he registers or moves."""
    number, phone = number_of(date(1991, 1, 1)), "13905748883"
    twins.know(number, "钱一帆")
    with mock.patch.object(QuerySet, "exists", return_value=False):
        cache.clear()
        ask()
        with nothing_written(User, Party), pytest.raises(Refused) as told:
            register(twins, name="钱一帆", number=number)
        assert told.value.code == "register.identity"
        ask(phone=phone)
        other = register(twins, phone, "钱一帆", number)
        ask("mobile")
        given = {"mobile": PHONE, "code": code_sent(twins), "password": PASSWORD}
        with nothing_written(), pytest.raises(Refused) as told:
            change_mobile(by=actor_for(other), user=other, **given)
    assert told.value.code == "code.wrong" and User.objects.get(pk=other.pk).username == phone


def test_a_silent_identity_service_writes_nothing(world, twins, settings):
    ask()
    twins.behave("identity", "down")
    for _ in range(settings.LIMITS["identity.number"].times):  # a question without an answer is none of the day's few
        with nothing_written(User, Party), pytest.raises(Unavailable):
            register(twins)
    twins.behave("identity", "")
    assert register(twins).pk  # the same code is still good


def test_a_code_is_guessed_five_times_at_most(world, twins):
    ask()
    right = code_sent(twins)
    for _ in range(5):
        with pytest.raises(Refused):
            register(twins, code="000000" if right != "000000" else "000001")
    with pytest.raises(Refused):
        register(twins, code=right)


def test_guesses_at_the_same_moment_are_counted_each_and_win_no_time(twins):
    codes.send("register", PHONE, "203.0.113.7")
    cached = cache._cache.get_client(None, write=True)
    right, keys = code_sent(twins), cached.keys(":1:code*")
    assert all(0 < cached.ttl(key) <= codes.SECONDS for key in keys)
    for purpose, phone in (("reset", PHONE), ("register", "13905740000")):  # it proves nothing else
        with pytest.raises(Refused):
            codes.check(purpose, phone, right)
    for key in keys:
        cached.expire(key, 50)
    assert len(keys) == 3 and PHONE not in str(cached.keys())

    def guess(_):
        with pytest.raises(Refused):
            codes.check("register", PHONE, "no code")

    def slow(*_):
        sleep(0.1)
        return False

    with mock.patch.object(codes.hmac, "compare_digest", side_effect=slow) as compared, ThreadPoolExecutor(12) as at_once:
        list(at_once.map(guess, range(12)))
    assert compared.call_count == codes.TRIES and all(cached.ttl(key) <= 50 for key in keys)


def test_a_code_outlives_mistakes_in_the_rest_of_the_form_and_is_used_once(world, twins):
    ask()
    code = code_sent(twins)
    for _ in range(7):  # he knows it: that is no guess
        codes.check("register", PHONE, f" {code} ")
    register(twins, code=code)
    with pytest.raises(Refused) as told:
        codes.check("register", PHONE, code)
    assert told.value.code == "code.wrong"


def test_a_code_is_not_sent_twice_in_a_minute(world, twins):
    ask()
    with pytest.raises(TooOften):
        ask()
    assert len(twins.sent["sms"]) == 1


def test_messages_and_questions_to_the_registers_have_an_end(person, twins, settings):
    """They cost somebody's money, reach people, or answer about everybody. What the fixture did has been counted."""
    me, spare, company, table = actor_for(person), "13905748884", "慈溪市一味餐饮有限公司", settings.LIMITS
    ask(phone=spare)
    asks = [
        lambda: actions.represent_enterprise(by=me, uscc=COMPANY, name=company),
        lambda: actions.guard_child(by=me, name="赵小凡", id_number=number_of(date(2020, 1, 1))),
        lambda: actions.authorise_handler(
            by=me, principal=me.party_ids[0], name="钱二", id_number=number_of(date(1980, 5, 5)), valid_to=today()
        ),
    ]
    spent = {
        "code.phone": (1, [lambda: codes.send("reset", PHONE, "198.51.100.1")]),
        "code.address": (2, [lambda: ask(phone="13905748885")]),
        "identity.number": (1, [lambda: register(twins, spare)]),
        "identity.address": (1, [lambda: register(twins, spare, number=number_of(date(1991, 1, 1)))]),
        "identity.account": (0, asks),
    }
    for name, (times, tries) in spent.items():
        settings.LIMITS = table | {name: table[name]._replace(times=times)}
        for one in tries:
            with nothing_written(User, Party), pytest.raises(TooMany) as told:
                one()
            assert "后再试" in told.value.message and told.value.field, name
    settings.LIMITS = table | {"identity.number": table["identity.number"]._replace(times=0)}
    for one in asks:
        with pytest.raises(TooMany):
            one()


def test_a_silent_carrier_is_said_at_once(world, twins, settings):
    twins.behave("sms", "down")
    for _ in range(settings.LIMITS["code.phone"].times):  # nothing was sent: when it is back nobody has to wait for an hour
        with pytest.raises(Unavailable):
            ask()
    twins.behave("sms", "")
    ask()
    cache.clear()
    settings.LIMITS = settings.LIMITS | {"code.phone": settings.LIMITS["code.phone"]._replace(times=1)}
    with mock.patch("apps.gateway.adapters.HttpSms.send", side_effect=Later("sms: Timeout")):  # this one may have gone out
        for refusal in (Unavailable, TooOften):
            with pytest.raises(refusal):
                ask()


def test_whoever_asks_gets_the_same_page_and_the_owner_another_message(person, client, twins):
    cache.clear()  # a minute has passed
    for phone in (PHONE, "13905747777"):
        answer = client.post("/account/register/", {"mobile": phone, "agreed": "on"})
        assert answer.status_code == 302 and answer["Location"] == "/account/register/finish/"
        client.session.flush()
    assert "已经有账号" in twins.sent["sms"][-2]["text"] and "验证码" in twins.sent["sms"][-1]["text"]


# —— a forgotten password ——


def test_a_new_password_ends_every_session(person, twins, client):
    client.force_login(person)
    assert client.get("/account/password/").status_code == 200
    ask("reset")
    given = {"mobile": PHONE, "password": "quite-new-2018", "again": "quite-new-2018"}
    code = code_sent(twins)

    def refused(typed):
        with nothing_written(), pytest.raises(Refused) as told:
            actions.reset_own_password(code=typed, **given)
        assert told.value.code == "code.wrong"

    given_late = client.__class__().post("/account/forgot/finish/", given | {"code": code}, follow=True)
    assert given_late.redirect_chain == [("/account/forgot/", 302)] and "没有提交" in given_late.text
    refused("000000" if code != "000000" else "000001")
    with mock.patch.object(cache, "delete", side_effect=RedisError), nothing_written(), pytest.raises(Unavailable):
        actions.reset_own_password(code=code, **given)
    actions.reset_own_password(code=code, **given)
    assert client.get("/account/password/").status_code == 302
    assert User.objects.get(pk=person.pk).check_password("quite-new-2018")
    assert Event.objects.filter(chain=person.chain).latest("seq").name == "user.reset_own_password"
    with mock.patch.object(codes, "check"):  # it proves once, and to one of two who have come at a moment
        refused(code)
    refused(code)
    cache.clear()
    ask("reset")
    User.objects.filter(pk=person.pk).update(is_active=False)
    refused(code_sent(twins))


def test_a_new_password_opens_no_account_with_an_authenticator(person, twins, client):
    TOTPDevice.objects.create(user=person, confirmed=True)
    for _ in range(6):  # he has tried until he was told to wait: what he guessed at is no more
        assert client.post("/account/", {"username": PHONE, "password": "what-was-it"}).status_code in (422, 429)
    assert client.post("/account/forgot/", {"mobile": PHONE}).status_code == 302
    given = {"code": code_sent(twins), "password": "quite-new-2018", "again": "quite-new-2018"}
    assert client.post("/account/forgot/finish/", given)["Location"] == "/account/"  # nobody is signed in by it
    assert client.get("/account/password/").status_code == 302
    again = client.post("/account/", {"username": PHONE, "password": "quite-new-2018"})
    assert again["Location"] == "/account/code/" and TOTPDevice.objects.filter(user=person, confirmed=True).exists()


def test_a_strange_phone_resets_nothing(world, twins):
    ask("reset")
    assert "还没有账号" in twins.sent["sms"][-1]["text"]
    with nothing_written(User), pytest.raises(Refused):
        actions.reset_own_password(mobile=PHONE, code="123456", password=PASSWORD, again=PASSWORD)

