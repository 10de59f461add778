"""A citizen's own account: the phone by its code, the person by the identity service, and the same words to everybody."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from time import sleep
from unittest import mock

import pytest
from django.core.cache import cache
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.applications import actions as applications
from apps.directory import actions, codes, queries
from apps.directory.codes import TooOften
from apps.directory.models import Mandate, Message, Party, User
from apps.directory.queries import actor_for
from apps.feedback import actions as feedback
from apps.journal.models import Event
from apps.kit.errors import DomainError, Forbidden, Refused, Unavailable
from apps.kit.time import now, today
from tests import make
from tests.people import nothing_written

PHONE, NUMBER, NAME = "13905749999", "330282199003070018", "赵一凡"
PASSWORD = "long-enough-2017"
COMPANY = "91330282MA2A00001K"


def number_of(birth: date, serial: int = 1) -> str:
    from stdnum.cn.ric import calc_check_digit

    stem = f"330282{birth:%Y%m%d}{serial:03d}"
    return stem + calc_check_digit(stem + "0")


NUMBER = number_of(date(1990, 3, 7))


def code_sent(twins, phone=PHONE) -> str:
    return re.search(r"\d{6}", [row for row in twins.sent["sms"] if row["to"] == phone][-1]["text"])[0]


def ask(purpose="register", phone=PHONE) -> None:
    actions.ask_code(purpose=purpose, mobile=phone, ip="203.0.113.7")


def register(twins, phone=PHONE, name=NAME, number=NUMBER, code=None, **more) -> User:
    given = {"password": PASSWORD, "again": PASSWORD, **more}
    return actions.register_person(
        mobile=phone, code=code or code_sent(twins, phone), name=name, id_number=number, **given
    )


@pytest.fixture
def person(world, twins):
    ask()
    return register(twins)


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
    client.post(link, {"mobile": PHONE, "agreed": "on"})
    assert link.partition("?")[2] in client.get("/account/register/finish/").content.decode()  # another code is asked for the same way
    given = {"code": code_sent(twins), "name": NAME, "id_number": NUMBER, "password": PASSWORD, "again": PASSWORD}
    assert client.post("/account/register/finish/", given)["Location"] == wanted


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


def test_a_silent_identity_service_writes_nothing(world, twins):
    ask()
    twins.behave("identity", "down")
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


def test_a_code_is_not_sent_twice_in_a_minute(world, twins):
    ask()
    with pytest.raises(TooOften):
        ask()
    assert len(twins.sent["sms"]) == 1


def test_a_silent_carrier_is_said_at_once(world, twins):
    twins.behave("sms", "down")
    with pytest.raises(Unavailable):
        ask()
    twins.behave("sms", "")
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
    client.force_login(person, backend="apps.directory.backends.PasswordBackend")
    assert client.get("/account/password/").status_code == 200
    ask("reset")
    actions.reset_own_password(mobile=PHONE, code=code_sent(twins), password="quite-new-2018", again="quite-new-2018")
    assert client.get("/account/password/").status_code == 302
    assert User.objects.get(pk=person.pk).check_password("quite-new-2018")


def test_a_new_password_opens_no_account_with_an_authenticator(person, twins, client):
    TOTPDevice.objects.create(user=person, confirmed=True)
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


# —— acting for others ——


def test_a_legal_representative_authorises_a_handler_with_dates(person, twins):
    me = actor_for(person)
    twins.tie(COMPANY, NUMBER)
    twins.know(COMPANY, "慈溪市一味餐饮有限公司")
    mandate = actions.represent_enterprise(by=me, uscc=COMPANY, name="慈溪市一味餐饮有限公司")
    assert mandate.kind == "legal_rep"
    me = actor_for(User.objects.get(pk=person.pk))
    assert mandate.principal_id in me.party_ids
    given = {"principal": mandate.principal_id, "name": "钱二", "id_number": number_of(date(1980, 5, 5))}
    for valid_to in (None, today() - timedelta(days=1), today() + timedelta(days=800)):
        with nothing_written(Mandate), pytest.raises(Refused):
            actions.authorise_handler(by=me, valid_to=valid_to, **given)
    handler = actions.authorise_handler(by=me, valid_to=today() + timedelta(days=30), scope=["food-licence"], **given)
    assert (handler.agent.name, handler.scope) == ("钱二", ["food-licence"])
    assert Message.objects.filter(party=handler.agent).count() == 1
    # A handler passes nothing on.
    ask(phone="13905746666")
    other = register(twins, phone="13905746666", name="钱二", number=number_of(date(1980, 5, 5)))
    with nothing_written(Mandate), pytest.raises(Forbidden):
        actions.authorise_handler(
            by=actor_for(other),
            valid_to=today(),
            principal=mandate.principal_id,
            name=NAME,
            id_number=NUMBER,
        )
    assert actor_for(other).scoped == ((mandate.principal_id, "food-licence"),)
    actions.revoke_mandate(by=me, mandate=handler, reason="离职")
    assert actor_for(User.objects.get(pk=other.pk)).scoped == ()


def test_a_mandate_that_has_run_out_is_told_so_and_not_taken_back(person, client, twins, time_machine):
    number = number_of(date(1980, 5, 5))
    twins.know(number, "钱二")
    given = {"principal": person.party_id, "name": "钱二", "id_number": number, "valid_to": today()}
    actions.authorise_handler(by=actor_for(person), **given)
    client.force_login(person, backend="apps.directory.backends.PasswordBackend")
    assert "/end/" in client.get("/account/identities/").text
    time_machine.move_to(now() + timedelta(days=1))
    client.force_login(person, backend="apps.directory.backends.PasswordBackend")
    page = client.get("/account/identities/").text
    assert "到期（含当日）" in page and "/end/" not in page


def test_a_new_representative_ends_the_former_ones_right_and_the_journal_says_so(person, twins):
    twins.know(COMPANY, "慈溪市一味餐饮有限公司")
    twins.tie(COMPANY, NUMBER)
    former = actions.represent_enterprise(by=actor_for(person), uscc=COMPANY, name="慈溪市一味餐饮有限公司")
    number = number_of(date(1980, 5, 5))
    ask(phone="13905746666")
    other = register(twins, phone="13905746666", name="钱二", number=number)
    twins.tie(COMPANY, number)
    Party.objects.filter(id_number=COMPANY).update(legal_rep_id=number)  # as the counter had entered it when that ended nobody's right
    actions.represent_enterprise(by=actor_for(other), uscc=COMPANY, name="慈溪市一味餐饮有限公司")
    assert actor_for(User.objects.get(pk=person.pk)).party_ids == (person.party_id,)
    assert Message.objects.filter(party=person.party, title__startswith="您不再代表").count() == 1
    told = Event.objects.get(name="mandate.revoke", subject_id=str(former.pk))
    assert told.facts["reason"] == "登记机关的法定代表人已变更"
    actions.close_account(by=actor_for(other), user=other, password=PASSWORD, erase_contact=False)
    last = Event.objects.filter(name="mandate.revoke").order_by("pk").last()
    assert last.facts["reason"] == "账号已注销"
    assert not Mandate.objects.filter(agent=other.party_id, revoked_at__isnull=True).exists()


def test_another_representative_entered_at_the_counter_ends_the_former_ones_right(person, twins):
    """The firm shows its new licence at the window; its new head may never open an account. Who is still the head binds it again."""
    twins.know(COMPANY, "慈溪市一味餐饮有限公司")
    twins.tie(COMPANY, NUMBER)
    given = {"uscc": COMPANY, "name": "慈溪市一味餐饮有限公司"}
    mandate = actions.represent_enterprise(by=actor_for(person), **given)
    firm = {"by": make.actor("cixi-clerk"), "kind": "enterprise", "name": given["name"], "id_number": COMPANY}
    actions.save_party(**firm, mobile="0574-63001112", legal_rep_name=NAME, legal_rep_id=NUMBER)
    assert mandate.principal_id in actor_for(User.objects.get(pk=person.pk)).party_ids
    actions.save_party(**firm, legal_rep_name="钱二", legal_rep_id=number_of(date(1980, 5, 5)))
    assert actor_for(User.objects.get(pk=person.pk)).party_ids == (person.party_id,)
    told = Event.objects.get(name="mandate.revoke", subject_id=str(mandate.pk))
    assert told.facts["reason"] == "窗口登记的法定代表人已变更"
    assert "重新绑定" in Message.objects.get(party=person.party, title__startswith="您不再代表").text
    again = actions.represent_enterprise(by=actor_for(person), **given)
    assert again.pk != mandate.pk and again.principal_id in actor_for(User.objects.get(pk=person.pk)).party_ids


def test_who_is_not_the_representative_is_refused(person, twins):
    twins.tie(COMPANY, "330203199001010014")
    with nothing_written(Mandate), pytest.raises(Refused) as told:
        actions.represent_enterprise(by=actor_for(person), uscc=COMPANY, name="慈溪市一味餐饮有限公司")
    assert told.value.field == "uscc"


def test_a_parent_acts_for_a_child_until_the_day_before_it_is_eighteen(person, twins):
    born = today().replace(year=today().year - 10, day=1)
    mandate = actions.guard_child(by=actor_for(person), name="赵小凡", id_number=number_of(born))
    assert mandate.valid_to == born.replace(year=born.year + 18) - timedelta(days=1)
    grown = number_of(date(today().year - 19, 1, 1), 5)
    with nothing_written(Mandate), pytest.raises(Refused):
        actions.guard_child(by=actor_for(person), name="赵大凡", id_number=grown)


# —— how one is told ——


def test_a_mailbox_is_kept_when_its_code_comes_back_and_goes_when_asked(person, client, twins):
    client.force_login(person, backend="apps.directory.backends.PasswordBackend")
    page = "/account/notices/email/"
    for faulty in ("", "nobody", "a@b", "a b@example.cn", "a@example.cn\r\nBcc: x@example.cn"):
        assert client.post(page, {"email": faulty, "send": "1"}).status_code == 422
    assert client.post(page, {"email": " Fan@Example.CN ", "send": "1"}).status_code == 200
    assert client.post(page, {"email": "Fan@example.cn", "send": "1"}).status_code == 429  # a minute apart
    sent = twins.sent["mail"][-1]
    code = re.search(r"\d{6}", sent["text"])[0]
    assert sent["to"] == "Fan@example.cn" and NAME not in sent["text"]
    with nothing_written(User):
        wrong = "000000" if code != "000000" else "000001"
        assert client.post(page, {"email": "Fan@example.cn", "code": wrong}).status_code == 422
        assert client.post(page, {"email": "other@example.cn", "code": code}).status_code == 422
    assert client.post(page, {"email": "Fan@example.cn", "code": code}).status_code == 302
    assert "Fan@example.cn" in client.get("/account/notices/").text
    told = client.patch("/api/account/", {"wants_sms": False}, content_type="application/json").json()
    assert told == {
        "username": PHONE, "name": NAME, "mobile": PHONE, "email": "Fan@example.cn",
        "wants_sms": False, "wants_mail": True,
    }  # fmt: skip
    assert client.post("/account/notices/", {"wants_sms": "on"}).status_code == 302
    told = client.get("/api/account/").json()
    assert (told["wants_sms"], told["wants_mail"]) == (True, False)
    assert client.post(page, {"remove": "1"}).status_code == 302
    assert client.get("/api/account/").json()["email"] == ""
    used = client.post("/api/account/email/", {"email": "Fan@example.cn", "code": code}, content_type="application/json")
    assert used.status_code == 422
    twins.behave("mail", "down")
    cache.clear()
    answer = client.post("/api/account/email/code/", {"email": "Fan@example.cn"}, content_type="application/json")
    assert answer.status_code == 503


# —— one's own data ——


def test_a_copy_of_everything_and_leaving(person, client, twins):
    mine = make.received(applicant={"kind": "person", "name": NAME, "id_number": NUMBER}, code="residence-permit")
    others = make.accepted()
    me = actor_for(person)
    applications.open_draft(by=me, code="residence-permit", channel="online")
    feedback.rate(by=me, application=mine.pk, step="intake", level=4, tags=["again"], anonymous=True)
    feedback.complain(by=me, application=mine.pk, text="窗口让我回去换一张照片，来回跑")
    feedback.ask(by=me, question="居住证到期前多久可以签注？")
    feedback.rate(by=make.actor("enterprise"), application=others.pk, step="intake", level=1, tags=[])
    client.force_login(person, backend="apps.directory.backends.PasswordBackend")
    told = json.loads(client.post("/account/data/export/").content)
    assert told["person"]["id_number"] == NUMBER and [row["number"] for row in told["applications"]] == [mine.number, None]
    assert [(row["number"], row["anonymous"]) for row in told["ratings"]] == [(mine.number, True)]
    assert "换一张照片" in told["complaints"][0]["text"] and "签注" in told["questions"][0]["question"]
    assert others.number not in json.dumps(told)
    assert Event.objects.filter(name="user.export").count() == 1
    wrong = client.post("/account/data/close/", {"password": "no"})
    assert wrong.status_code == 422 and User.objects.get(pk=person.pk).is_active
    assert client.post("/account/data/close/", {"password": PASSWORD}).status_code == 302
    gone = User.objects.get(pk=person.pk)
    assert (gone.is_active, gone.mobile, gone.username) == (False, "", f"closed-{gone.pk}")
    assert client.get("/account/data/").status_code == 302
    assert Party.objects.get(pk=person.party_id).name == NAME  # what was filed stays


def test_a_new_phone_says_which_cases_still_name_the_old_one(person, client, twins):
    """The case's own phone is told on and asks for its number: who gives his up must know, or another reads of it."""
    applicant = {"kind": "person", "name": NAME, "id_number": NUMBER}
    for mobile in (PHONE, make.MOBILE):
        make.received(applicant=applicant, code="residence-permit", mobile=mobile)
    client.force_login(person, backend="apps.directory.backends.PasswordBackend")
    new = "13905747777"
    client.post("/account/mobile/", {"mobile": new, "send": "1"})
    answer = client.post("/account/mobile/", {"mobile": new, "code": code_sent(twins, new), "password": PASSWORD}, follow=True)
    assert "以后用新手机号登录" in answer.text and "您有 1 件正在办的" in answer.text and "更改联系手机" in answer.text and PHONE not in answer.text
    assert User.objects.get(pk=person.pk).username == new


def test_who_looked_is_told_in_words(person, client):
    case = make.received(applicant={"kind": "person", "name": NAME, "id_number": NUMBER}, code="residence-permit")
    for field in ("applicant.id_number", "contact_mobile"):
        actions.reveal(by=make.actor("cixi-clerk"), subject=case, field=field, reason="电话核对身份")
    client.force_login(person, backend="apps.directory.backends.PasswordBackend")
    page = client.get("/account/data/").text
    assert "慈溪市工作人员查看了申请人的证件号码，理由：电话核对身份" in page and "查看了联系手机" in page
    assert "applicant." not in page and "contact_mobile" not in page


def test_every_page_of_the_account_opens(person, client):
    client.force_login(person, backend="apps.directory.backends.PasswordBackend")
    for page in ("identities", "identities/enterprise", "identities/child", "identities/handler", "sessions", "mobile",
                 "data", "data/close", "notices", "notices/email"):  # fmt: skip
        assert client.get(f"/account/{page}/").status_code == 200, page
    staff = make.user("cixi-clerk")
    client.force_login(staff, backend="apps.directory.backends.PasswordBackend")
    assert client.get("/account/sessions/").status_code == 200
    assert client.get("/account/identities/").status_code == 403


def test_one_ends_another_session_but_never_a_strangers(person, client, twins):
    from django.test import Client

    other = Client()
    for browser in (client, other):
        browser.post("/account/", {"username": PHONE, "password": PASSWORD}, headers={"User-Agent": "Chrome Windows"})
    _newest, oldest = queries.sessions_of(person)
    clerk = Client()
    clerk.force_login(make.user("cixi-clerk"), backend="apps.directory.backends.PasswordBackend")
    assert clerk.post(f"/account/sessions/{oldest.pk}/end/").status_code == 404
    assert other.post(f"/account/sessions/{oldest.pk}/end/").status_code == 302
    assert client.get("/account/sessions/").status_code == 302
    assert other.get("/account/sessions/").status_code == 200
