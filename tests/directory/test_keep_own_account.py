"""One's own account: the ways to be told, a copy of all data, who looked, other sessions, and leaving."""

import json
import re
from datetime import date
from unittest.mock import Mock

import pytest
from django.core.cache import cache
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.applications import actions as applications
from apps.applications.models import Application
from apps.directory import actions, passwords, queries
from apps.directory.models import Party, User
from apps.directory.queries import actor_for
from apps.feedback import actions as feedback
from apps.gateway.models import Outbound
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refused, WrongState
from apps.web.account.identities import HandlerForm
from tests import make
from tests.people import nothing_written

from .registering import NAME, NUMBER, PASSWORD, PHONE, code_sent, number_of


def test_a_mailbox_is_kept_when_its_code_comes_back_and_goes_when_asked(person, client, twins):
    client.force_login(person)
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
    assert "现在用的就是这个邮箱" in client.post(page, {"email": "Fan@EXAMPLE.cn", "code": code}, follow=True).text  # pressed twice
    assert "Fan@example.cn" in client.get("/account/notices/").text
    told = client.patch("/api/account/", {"wants_sms": False}, content_type="application/json").json()
    assert told == {
        "username": PHONE, "name": NAME, "mobile": PHONE, "email": "Fan@example.cn",
        "wants_sms": False, "wants_mail": True,
    }  # fmt: skip
    assert client.post("/account/notices/", {"wants_sms": "on"}).status_code == 302
    told = client.get("/api/account/").json()
    assert (told["wants_sms"], told["wants_mail"]) == (True, False)
    assert not Outbound.objects.filter(key__startswith="former:").exists()  # there was none before
    assert client.post(page, {"remove": "1"}).status_code == 302
    former = Outbound.objects.get(key__startswith="former:")
    assert (former.to, former.service, former.subject) == ("Fan@example.cn", "mail", "一窗账号的邮箱已更换") and NAME not in former.text
    assert client.get("/api/account/").json()["email"] == ""
    used = client.post("/api/account/email/", {"email": "Fan@example.cn", "code": code}, content_type="application/json")
    assert used.status_code == 422
    twins.behave("mail", "down")
    cache.clear()
    answer = client.post("/api/account/email/code/", {"email": "Fan@example.cn"}, content_type="application/json")
    assert answer.status_code == 503
    told = Event.objects.filter(chain=person.chain, name__in=["user.change_email", "user.choose_channels"]).order_by("seq")
    assert [event.facts for event in told] == [  # what was done, and no address
        {"removed": False}, {"wants_sms": False}, {"wants_sms": True, "wants_mail": False}, {"removed": True}
    ]  # fmt: skip


def test_a_copy_of_everything_and_leaving(person, client, twins, monkeypatch):
    mine = make.received(applicant={"kind": "person", "name": NAME, "id_number": NUMBER}, code="residence-permit")
    others = make.accepted()
    actions.grant_mandate(by=SYSTEM, principal=others.applicant, agent=person.party, evidence="授权委托书")  # he acts for it: it is not his own
    me = actor_for(person)
    applications.open_draft(by=me, code="residence-permit", channel="online")
    of_the_firm = applications.open_draft(by=me, code=make.FOOD, channel="online", principal=others.applicant_id)
    child = actions.guard_child(by=me, name="赵小凡", id_number=number_of(date(2020, 1, 1))).principal
    of_the_child = make.received(applicant={"kind": "person", "name": child.name, "id_number": child.id_number}, code="residence-permit")
    for case, why in ((mine, "电话核对身份"), (of_the_child, "核对监护关系"), (others, "核对经办人")):
        actions.reveal(by=make.actor("cixi-clerk"), subject=case, field="contact_mobile", reason=why)
    feedback.rate(by=me, application=mine.pk, step="intake", level=4, tags=["again"], anonymous=True)
    feedback.complain(by=me, application=mine.pk, text="窗口让我回去换一张照片，来回跑")
    feedback.ask(by=me, question="居住证到期前多久可以签注？")
    feedback.rate(by=make.actor("enterprise"), application=others.pk, step="intake", level=1, tags=[])
    client.force_login(person)
    told = json.loads(client.post("/account/data/export/").content)
    assert told["person"]["id_number"] == NUMBER and [row["number"] for row in told["applications"]] == [mine.number, None]
    assert [(row["number"], row["anonymous"]) for row in told["ratings"]] == [(mine.number, True)]
    assert "换一张照片" in told["complaints"][0]["text"] and "签注" in told["questions"][0]["question"]
    assert [(one["person"]["id_number"], [row["number"] for row in one["applications"]]) for one in told["children"]] == [
        (child.id_number, [of_the_child.number])  # it asks for nothing itself
    ]
    assert [[look["reason"] for look in one["seen_in_full"]] for one in (told, *told["children"])] == [["电话核对身份"], ["核对监护关系"]]
    assert others.number not in json.dumps(told)
    moments = [told["exported_at"], told["account"]["created_at"], told["applications"][0]["received_at"], *(one["at"] for one in told["messages"])]
    assert {at[-6:] for at in moments} == {"+08:00"}  # a night's receipt stood under the day before the one on its voucher
    assert Event.objects.filter(name="user.export").count() == 1
    wrong = client.post("/account/data/close/", {"password": "no"})
    assert wrong.status_code == 422 and User.objects.get(pk=person.pk).is_active
    with monkeypatch.context() as breaking, pytest.raises(OSError):  # one act: a draft that stayed could be thrown away by nobody
        breaking.setattr("apps.applications.actions.discarding.empty", Mock(side_effect=OSError))
        client.post("/account/data/close/", {"password": PASSWORD})
    assert User.objects.get(pk=person.pk).is_active
    assert client.post("/account/data/close/", {"password": PASSWORD}).status_code == 302
    gone = User.objects.get(pk=person.pk)
    assert (gone.is_active, gone.mobile, gone.username) == (False, "", f"closed-{gone.pk}")
    assert client.get("/account/data/").status_code == 302
    assert Event.objects.filter(chain=person.chain).latest("seq").name == "user.close"
    left = Party.objects.get(pk=person.party_id)
    assert (left.name, left.mobile) == (NAME, PHONE)  # what was filed stays, and who is told of it
    assert not Application.objects.filter(applicant=left, number__isnull=True, discarded_at__isnull=True).exists()
    assert Application.objects.get(pk=of_the_firm.pk).discarded_at is None  # the firm goes on with it


def test_a_new_phone_says_which_cases_still_name_the_old_one(person, client, twins):
    """The case's own phone is told on and asks for its number: who gives his up must know, or another reads of it."""
    applicant = {"kind": "person", "name": NAME, "id_number": NUMBER}
    for mobile in (PHONE, make.MOBILE):
        make.received(applicant=applicant, code="residence-permit", mobile=mobile)
    client.force_login(person)
    new = "13905747777"
    page = client.post("/account/mobile/", {"mobile": new, "send": "1"}).text
    assert "新手机号" in page and 'href="/account/second-factor/"' in client.get("/account/password/").text
    assert "name=" not in page.partition("novalidate>")[2].partition("<button ")[2].partition(">")[0]  # and Enter then brings it
    given = {"mobile": new, "code": code_sent(twins, new), "password": PASSWORD}
    with nothing_written():
        for wrong in ({"code": "000000" if given["code"] != "000000" else "000001"}, {"password": "wrong"}):
            assert client.post("/account/mobile/", given | wrong).status_code == 422
        for left, said in (("code", "请填写“短信验证码”。"), ("password", "请填写“登录密码”。")):
            assert said in client.post("/account/mobile/", given | {left: ""}).text
        assert client.post("/account/mobile/", {"mobile": new, "code": "", "password": ""}).status_code == 429  # Enter: a code is asked for
        with pytest.raises(Forbidden):
            actions.change_mobile(by=make.actor("citizen"), user=person, **given)
    answer = client.post("/account/mobile/", given, follow=True)
    assert "以后用新手机号登录" in answer.text and "您有 1 件正在办的" in answer.text and "更改联系手机" in answer.text and PHONE not in answer.text
    assert User.objects.get(pk=person.pk).username == new and Party.objects.get(pk=person.party_id).mobile == new
    assert Event.objects.get(name="user.change_mobile").facts == {}
    former = Outbound.objects.get(key__startswith="former:")  # one, for the one change: what was refused told nobody
    assert (former.to, former.service) == (PHONE, "sms") and "不是您本人换的" in former.text and new not in former.text
    with nothing_written(User), pytest.raises(Refused):
        fresh = User.objects.get(pk=person.pk)
        actions.change_mobile(by=actor_for(fresh), user=fresh, **given)  # a code proves once
    sent = len(twins.sent["sms"])
    for again in (given, {"mobile": new, "send": "1"}):  # pressed twice, or his own phone typed
        assert "现在用的就是这个手机号" in client.post("/account/mobile/", again, follow=True).text
    assert len(twins.sent["sms"]) == sent
    named, other = make.user("citizen"), "13905747778"
    actions.ask_code(purpose="mobile", mobile=other, ip="")
    actions.change_mobile(by=actor_for(named), user=named, mobile=other, code=code_sent(twins, other), password="Yichuang-2017")
    assert User.objects.get(pk=named.pk).username == "citizen"  # who signs in by another name keeps it


def test_what_is_ones_own_nobody_does_for_another(person):
    of_his = {"by": make.actor("citizen"), "user": person}
    new = {"new": "quite-new-2018", "again": "quite-new-2018"}
    for act in (
        lambda: actions.end_session(session=0, **of_his),
        lambda: actions.ask_email_code(email="a@example.cn", ip="", **of_his),
        lambda: actions.change_email(email="", **of_his),
        lambda: actions.choose_channels(wants_sms=False, **of_his),
        lambda: actions.propose_second_factor(**of_his),
        lambda: actions.confirm_second_factor(password=PASSWORD, code="000000", **of_his),
        lambda: actions.new_recovery_codes(**of_his),
        lambda: actions.record_export(**of_his),
        lambda: actions.change_password(old=PASSWORD, **new, **of_his),
        lambda: actions.close_account(password=PASSWORD, erase_contact=False, **of_his),
    ):
        with nothing_written(), pytest.raises(Forbidden):
            act()
    with pytest.raises(WrongState):  # without an authenticator there is nothing to recover
        actions.new_recovery_codes(by=actor_for(person), user=person)


def test_who_takes_the_account_back_wins_over_who_is_using_it(person, twins):
    """Both asked at one moment: what the second one had proved, before he waited for the first, counts no more."""
    phone, new = "13905747777", {"new": "quite-new-2018", "again": "quite-new-2018"}
    actions.ask_code(purpose="mobile", mobile=phone, ip="")
    his = {"by": actor_for(person), "user": person}
    acts = (
        lambda: actions.change_password(old=PASSWORD, **new, **his),
        lambda: actions.change_mobile(mobile=phone, code=code_sent(twins, phone), password=PASSWORD, **his),
        lambda: actions.change_email(email="", **his),
        lambda: actions.confirm_second_factor(password=PASSWORD, code="000000", **his),
        lambda: actions.reset_second_factor(reason="本人解除绑定", **his),
        lambda: actions.end_session(session=0, **his),
        lambda: actions.close_account(password=PASSWORD, erase_contact=False, **his),
    )
    for faster in (actions.reset_password, actions.lock_user):  # `person` stays as the request had read him
        faster(by=SYSTEM, user=User.objects.get(pk=person.pk), reason="手机丢失")
        for act in acts:
            with nothing_written(User), pytest.raises(WrongState) as told:
                act()
            assert "请重新登录" in told.value.message


def test_a_phone_that_is_given_up_at_this_moment_sets_no_password(person, twins, monkeypatch):
    def meanwhile(*_, **__):
        User.objects.filter(pk=person.pk).update(username="13905747777")
        return []

    actions.ask_code(purpose="reset", mobile=PHONE, ip="")
    given = {"mobile": PHONE, "code": code_sent(twins, PHONE), "password": "quite-new-2018", "again": "quite-new-2018"}
    monkeypatch.setattr(passwords, "faults", meanwhile)
    with pytest.raises(Refused) as told:
        actions.reset_own_password(**given)
    assert told.value.code == "code.wrong" and User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_who_looked_is_told_in_words(person, client, monkeypatch):
    case = make.received(applicant={"kind": "person", "name": NAME, "id_number": NUMBER}, code="residence-permit")
    for field in ("applicant.id_number", "contact_mobile"):
        actions.reveal(by=make.actor("cixi-clerk"), subject=case, field=field, reason="电话核对身份")
    client.force_login(person)
    page = client.get("/account/data/").text
    assert "慈溪市工作人员查看了申请人的证件号码，理由：电话核对身份" in page and "查看了联系手机" in page
    assert "applicant." not in page and "contact_mobile" not in page and "只列最近" not in page
    monkeypatch.setattr("apps.web.account.data.LOOKS", 1)
    page = client.get("/account/data/").text
    assert "查看了申请人的证件号码" not in page and "只列最近的 1 次" in page


def test_every_page_of_the_account_opens(person, client):
    client.force_login(person)
    for page in ("identities", "identities/enterprise", "identities/child", "identities/handler", "sessions", "mobile",
                 "data", "data/close", "notices", "notices/email"):  # fmt: skip
        assert client.get(f"/account/{page}/").status_code == 200, page
    staff = make.user("cixi-clerk")
    client.force_login(staff)
    assert client.get("/account/sessions/").status_code == 200
    assert client.get("/account/identities/").status_code == 403


def test_a_handler_for_an_item_by_its_name_has_it_wherever_it_is_offered(world):
    """Of the city's item and the county's, which have one name, he got whichever came last, and was refused the other."""
    form = HandlerForm({"scope": "企业设立登记、food-licence"}, principals=[])
    assert not form.is_valid() and "scope" not in form.errors
    assert form.cleaned_data["scope"] == ["enterprise-registration", "food-licence", "nb-enterprise-registration"]


def test_one_ends_another_session_but_never_a_strangers(person, client, twins):
    from django.test import Client

    other = Client()
    for browser in (client, other):
        browser.post("/account/", {"username": PHONE, "password": PASSWORD}, headers={"User-Agent": "Chrome Windows"})
    _newest, oldest = queries.sessions_of(person)
    kept = other.session.session_key
    TOTPDevice.objects.create(user=make.user("scjg-head"), confirmed=True)
    for name, word in ((PHONE, PASSWORD), ("scjg-head", "Yichuang-2017")):  # from the sign-in page that stood open in another tab
        assert other.post("/account/", {"username": name, "password": word}).status_code == 302
        assert other.session.session_key in {row.session_key for row in queries.sessions_of(person)} - {kept}
        kept = other.session.session_key
    clerk = Client()
    clerk.force_login(make.user("cixi-clerk"))
    assert clerk.post(f"/account/sessions/{oldest.pk}/end/").status_code == 404
    form = re.search(rf'sessions/{oldest.pk}/end/.*?name="once" value="([^"]+)"', other.get("/account/sessions/").text, re.S)
    for _ in range(2):  # pressed twice it told that there was no such page
        assert other.post(f"/account/sessions/{oldest.pk}/end/", {"once": form[1]}).status_code == 302
    assert other.post(f"/account/sessions/{oldest.pk}/end/").status_code == 404
    assert Event.objects.get(name="user.end_session").facts == {"device": oldest.device}
    assert client.get("/account/sessions/").status_code == 302
    assert other.get("/account/sessions/").status_code == 200
