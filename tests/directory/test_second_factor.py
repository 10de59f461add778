"""The second factor: bound on the page, asked at every way in, recovered, taken off."""

from datetime import timedelta
from time import sleep
from unittest import mock

import pytest
from django.test import Client
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.directory import actions, queries_people, signing
from apps.directory.models import Message, Party, User
from apps.directory.queries import actor_for
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, WrongState
from tests import people
from tests.people import PASSWORD
from tests.threads import lost, together

from .test_sign_in import DESK, NOON, code_of, enrol, enter, signed_in

pytestmark = pytest.mark.usefixtures("places")


def test_enrolling_an_authenticator_on_the_page(client):
    user = people.staff("supervisor")
    enter(client, user)
    page = client.get("/account/second-factor/").content.decode()
    assert "<svg" in page and "密钥" in page and "style=" not in page
    secret = TOTPDevice.objects.get(user=user).key
    client.get("/account/second-factor/")
    assert TOTPDevice.objects.get(user=user).key == secret  # asking again keeps it
    assert client.post("/account/second-factor/", {"password": PASSWORD, "code": "000000"}).status_code == 422
    TOTPDevice.objects.filter(user=user).update(throttling_failure_count=0)
    stranger = client.post("/account/second-factor/", {"password": "wrong", "code": code_of(user)})
    assert stranger.status_code == 422 and "密码不对" in stranger.text
    assert not TOTPDevice.objects.filter(user=user, confirmed=True).exists() and not StaticToken.objects.exists()
    done = client.post("/account/second-factor/", {"password": PASSWORD, "code": code_of(user)}).content.decode()
    codes = list(StaticToken.objects.values_list("token", flat=True))
    assert len(codes) == 8 and all(code in done for code in codes)
    assert Event.objects.latest("id").name == "user.set_second_factor"


def test_the_code_is_asked_once_enrolled(client):
    user = people.staff("supervisor")
    enrol(user)
    planted = client.session.session_key
    assert enter(client, user, next="/styleguide/")["Location"] == "/account/code/"
    assert not signed_in(client) and client.session.session_key != planted  # who planted it stands not before the code
    assert client.post("/account/code/", {"code": "000000"}).status_code == 422
    TOTPDevice.objects.filter(user=user).update(throttling_failure_count=0)
    assert client.post("/account/code/", {"code": code_of(user)})["Location"] == "/styleguide/"
    assert signed_in(client)


def test_a_recovery_code_works_once(client):
    user = people.staff("supervisor")
    codes = enrol(user)
    enter(client, user)
    assert client.post("/account/code/", {"code": f" {codes[0].upper()} "}).status_code == 302
    client.post("/account/out/")
    enter(client, user)
    assert client.post("/account/code/", {"code": codes[0]}).status_code == 422


@pytest.mark.parametrize("spare", [False, True])
def test_codes_cannot_be_tried_without_end(client, spare):
    """Who comes too soon reads how long he has to wait: that a right recovery code is wrong sent him to the administrator."""
    user = people.staff("supervisor")
    codes = enrol(user)
    enter(client, user)
    client.post("/account/code/", {"code": "aaaaaaaaaa" if spare else "000000"})
    tried = (StaticDevice if spare else TOTPDevice).objects.filter(user=user)
    assert tried.get().throttling_failure_count == 1
    for wrong, least, most in ((7, 1, 65), (30, 3600, 4100)):  # of a patient guesser the owner waits an hour, not seventeen years
        tried.update(throttling_failure_count=wrong)
        page = client.post("/account/code/", {"code": codes[0] if spare else code_of(user)})
        assert page.status_code == 429 and least <= int(page["Retry-After"]) <= most and "后再试" in page.content.decode()
    assert client.post("/account/code/", {"code": code_of(user) if spare else codes[0]}).status_code == 302  # the other kind is not kept out


def test_a_code_of_two_requests_at_one_moment_proves_once(transactional_db):
    user, gone = people.staff("supervisor"), StaticToken.delete
    codes = enrol(user)

    def slow(token):
        sleep(0.1)
        return gone(token)

    with mock.patch.object(StaticToken, "delete", slow):
        found = together(*[lambda: signing.check_code(user, codes[0])] * 2)
    assert found.count(None) == 1 and [error.code for error in lost(found)] == ["second_factor.wrong"]
    assert StaticDevice.objects.get(user=user).throttling_failure_count == 1


def test_the_second_step_waits_five_minutes(client, time_machine):
    time_machine.move_to(NOON)
    user = people.staff("supervisor")
    enrol(user)
    enter(client, user, next="/styleguide/")
    time_machine.shift(timedelta(minutes=6))
    late = client.post("/account/code/", {"code": code_of(user)}, follow=True)
    assert late.redirect_chain == [("/account/?next=%2Fstyleguide%2F", 302)]
    assert "没有在 5 分钟内完成" in late.text and "autofocus" not in late.text and not signed_in(client)  # it is read first


def test_the_second_step_alone_is_nothing(client):
    assert client.get("/account/code/")["Location"] == "/account/"


def test_a_new_password_ends_the_first_step_too(client):
    user = people.staff("supervisor")
    enrol(user)
    enter(client, user)
    actions.reset_password(by=SYSTEM, user=user, reason="密码外泄，重新设置")
    ended = client.post("/account/code/", {"code": code_of(user)}, follow=True)
    assert ended.redirect_chain == [("/account/", 302)]
    assert "刚刚改动过" in ended.text and "分钟内" not in ended.text  # he was not too late
    assert not signed_in(client)


def test_a_locked_account_does_not_pass_the_second_step(client):
    user = people.staff("supervisor")
    enrol(user)
    enter(client, user)
    actions.lock_user(by=SYSTEM, user=user, reason="离岗审查")
    assert client.post("/account/code/", {"code": code_of(user)})["Location"] == "/account/"
    assert not signed_in(client)


def test_roles_may_be_told_to_enrol(client, settings):
    settings.SECOND_FACTOR_ROLES = ["node_admin"]
    admin, clerk = people.staff("node_admin"), people.staff("clerk")
    enter(client, clerk)
    assert signed_in(client)
    client.post("/account/out/")
    enter(client, admin)
    assert client.get(DESK)["Location"] == "/account/second-factor/"
    client.get("/account/second-factor/")
    client.post("/account/second-factor/", {"password": PASSWORD, "code": code_of(admin)})
    assert signed_in(client)


@pytest.mark.parametrize("spare", [False, True])
def test_taking_the_authenticator_off_needs_the_password_and_a_code(client, spare):
    user = people.staff("supervisor")
    enter(client, user)
    codes = enrol(user)
    assert "请节点管理员解除绑定" in client.get("/account/second-factor/").text  # who has neither phone nor codes is told the way out
    off = {"password": PASSWORD, "what": "remove", "code": codes[0] if spare else code_of(user)}
    for wrong in ({"password": "wrong"}, {"code": ""}, {"code": "000000"}, {"code": "aaaaaaaaaa"}):
        for what in ("remove", "codes"):  # fresh recovery codes would take it off as well
            for device in (TOTPDevice, StaticDevice):
                device.objects.filter(user=user).update(throttling_failure_count=0)
            assert client.post("/account/second-factor/", off | wrong | {"what": what}).status_code == 422
    assert TOTPDevice.objects.filter(user=user).exists()
    assert set(StaticToken.objects.values_list("token", flat=True)) == set(codes)  # nor is a code used up by a wrong password
    for device in (TOTPDevice, StaticDevice):
        device.objects.filter(user=user).update(throttling_failure_count=0)
    client.post("/account/second-factor/", off)
    assert not TOTPDevice.objects.filter(user=user).exists()
    assert signed_in(client)


def test_fresh_recovery_codes_replace_the_old(client):
    user = people.staff("supervisor")
    old = enrol(user)
    for again in (actions.propose_second_factor, lambda **by: actions.confirm_second_factor(password=PASSWORD, code=code_of(user), **by)):
        with people.nothing_written(), pytest.raises(WrongState):  # the one that is bound is asked for its own code, and the password
            again(by=actor_for(user), user=user)
    client.force_login(user)
    asked = {"password": PASSWORD, "code": code_of(user), "what": "codes"}
    page = client.post("/account/second-factor/", asked).content.decode()
    fresh = set(StaticToken.objects.values_list("token", flat=True))
    assert not fresh & set(old) and all(code in page for code in fresh)
    assert Event.objects.latest("id").name == "user.new_recovery_codes"


def test_an_account_with_two_factors_is_closed_with_both(client):
    user = people.citizen()
    client.force_login(user)
    assert "验证码" not in client.get("/account/data/close/").content.decode()
    enrol(user)
    assert "验证码" in client.get("/account/data/close/").content.decode()
    given = {"password": PASSWORD, "code": code_of(user)}
    for wrong in ({"code": ""}, {"code": "000000"}, {"password": "wrong"}):
        with people.nothing_written():
            assert client.post("/account/data/close/", given | wrong).status_code == 422
        TOTPDevice.objects.filter(user=user).update(throttling_failure_count=0)
    assert client.post("/account/data/close/", given).status_code == 302
    assert not User.objects.get(pk=user.pk).is_active


RESET = "/people/citizen/authenticator/"


def test_a_citizen_who_lost_phone_and_codes_comes_with_his_identity_document(client):
    closed, admin = people.citizen(), people.staff("node_admin")
    enrol(closed)
    User.objects.filter(pk=closed.pk).update(is_active=False)  # he left, and came back
    user = people.citizen(closed.party)
    enter(client, user)
    enrol(user)
    assert "节点管理员核对" in client.get("/account/second-factor/").text
    desk = Client()
    enter(desk, admin)
    assert RESET in desk.get("/people/").text and desk.get(RESET).status_code == 200
    given = {"name": user.party.name, "number": people.PERSON_ID, "checked": "on", "reason": "手机丢失，备用码也没有"}
    for wrong in ({"name": "王大明"}, {"number": people.OTHER_ID}, {"checked": ""}, {"reason": ""}):
        with people.nothing_written(Message):
            assert desk.post(RESET, given | wrong).status_code == 422
    assert TOTPDevice.objects.filter(user=user).exists() and signed_in(client)
    Party.objects.filter(pk=user.party_id).update(name="\ufeff阿依努尔·买买提")  # whichever dot the keyboard has, and what was pasted along
    answer = desk.post(RESET, given | {"name": "阿依努尔•买买提"})
    assert answer.status_code == 302 and answer["Location"] == "/people/"
    event, told = Event.objects.latest("id"), Message.objects.get(user=user)
    assert (event.name, event.facts) == ("user.reset_second_factor", {"reason": given["reason"]})
    assert "验证器已解除" in told.title and "12345" in told.text
    mine = {"user": user}
    assert not TOTPDevice.objects.filter(**mine).exists() and not StaticDevice.objects.filter(**mine).exists() and not signed_in(client)
    enter(client, user)  # by the password alone
    assert signed_in(client)
    with people.nothing_written(Message):
        assert desk.post(RESET, given).status_code == 422  # nothing is bound any more


def test_nobody_but_an_administrator_takes_off_a_citizens_authenticator(client):
    user = people.citizen()
    enrol(user)
    given = {"name": user.party.name, "number": people.PERSON_ID, "checked": "on", "reason": "手机丢失，备用码也没有"}
    other = people.citizen(people.party(name="李四", id_number=people.OTHER_ID))
    for who in (people.staff("clerk"), people.staff("supervisor"), other):
        enter(client, who)
        with people.nothing_written(Message):
            assert client.post(RESET, given).status_code == 403
            with pytest.raises(NotYours):
                actions.reset_second_factor(by=actor_for(who), user=user, reason=given["reason"])
            if who is not other:
                with pytest.raises(Forbidden):
                    queries_people.citizens_account(actor_for(who), number=people.PERSON_ID, name=user.party.name)
        client.post("/account/out/")
    assert TOTPDevice.objects.filter(user=user).exists()
