"""Accounts: invitation, lock, password reset, and who may."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.directory import actions
from apps.directory.models import Absence, Role, User
from apps.directory.queries import actor_for
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import now, today
from tests import people
from tests.people import nothing_written

pytestmark = pytest.mark.usefixtures("places")
WHY = "离岗审查"


def test_an_invited_person_may_do_nothing_yet():
    admin = people.actor("node_admin")
    user, password = actions.invite_staff(
        by=admin, username=" Wang.Fang ", name="王  芳", region=people.CIXI, mobile="138 0574 0001"
    )
    user.refresh_from_db()
    assert (user.username, user.name, user.mobile, user.pinyin) == (
        "wang.fang",
        "王 芳",
        "13805740001",
        "wang fang w f",
    )
    assert user.check_password(password) and user.must_change_password
    assert timedelta(days=6) < user.temporary_until - now() <= timedelta(days=7)
    assert not actor_for(user).posts
    event = Event.objects.latest("id")
    assert event.name == "user.invite" and password not in str(event.facts)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"username": "ab"}, ["username"]),
        ({"username": "王芳"}, ["username"]),
        ({"username": "taken"}, ["username"]),
        ({"username": "TAKEN"}, ["username"]),
        ({"username": "13805740001"}, ["username"]),  # a citizen's: whether he has an account is not told, and his stays his
        ({"username": "closed-7"}, ["username"]),
        ({"name": "王" * 61}, ["name"]),
        ({"mobile": "123"}, ["mobile"]),
        ({"region": "330282004"}, ["region"]),
        ({"region": "999999"}, ["region"]),
        ({"name": "", "mobile": "1", "username": "!"}, ["name", "mobile", "username"]),
    ],
)
def test_invitations_refused(given, fields):
    people.account(username="taken")
    admin = people.actor("node_admin", node=people.CITY)
    wanted = {"username": "wangfang", "name": "王芳", "region": people.CIXI, **given}
    with nothing_written(User), pytest.raises(Refused) as refusal:
        actions.invite_staff(by=admin, **wanted)
    assert [error.field for error in refusal.value.errors] == fields


def test_only_the_system_says_a_lasting_password():
    user, password = actions.invite_staff(
        by=people.actor("node_admin"), username="wangfang", name="王芳", region=people.CIXI, encoded="x"
    )
    assert user.must_change_password and user.check_password(password)


def test_lock_and_unlock():
    admin, user = people.actor("node_admin"), people.staff("clerk")
    before = user.get_session_auth_hash()
    actions.lock_user(by=admin, user=user, reason=WHY)
    user.refresh_from_db()
    assert not user.is_active and user.locked_at and user.get_session_auth_hash() != before
    assert not actor_for(user).posts
    assert Event.objects.latest("id").facts == {"reason": WHY}
    with nothing_written(), pytest.raises(WrongState):
        actions.lock_user(by=admin, user=user, reason=WHY)
    actions.unlock_user(by=admin, user=user, reason="审查结束")
    user.refresh_from_db()
    assert user.is_active and user.locked_at is None
    assert actor_for(user).has("clerk")
    told = Event.objects.latest("id")
    assert (told.name, told.facts) == ("user.unlock", {"reason": "审查结束"})
    with nothing_written(), pytest.raises(WrongState):
        actions.unlock_user(by=admin, user=user, reason="审查结束")


def test_the_database_knows_no_locked_active_account_and_no_staff_without_a_node():
    user = people.account()
    for change in ({"locked_at": now()}, {"home": None}, {"kind": "citizen"}, {"party": people.party()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=user.pk).update(**change)


VERBS = {
    "lock": lambda by, user: actions.lock_user(by=by, user=user, reason=WHY),
    "reset_password": lambda by, user: actions.reset_password(by=by, user=user, reason=WHY),
    "reset_second_factor": lambda by, user: actions.reset_second_factor(by=by, user=user, reason=WHY),
}
WHO = [
    *((role, people.CIXI, Forbidden) for role in Role.values if role != "node_admin"),
    ("node_admin", "330211", NotYours),
    ("node_admin", "330200-Z1", NotYours),
]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("role", "node", "refusal"), WHO)
def test_who_may_not(verb, role, node, refusal):
    department = {"department": "scjg"} if role in ("reviewer", "head", "seal_keeper") else {}
    by, user = people.actor(role, node=node, **department), people.account()
    with nothing_written(User), pytest.raises(refusal):
        VERBS[verb](by, user)
    assert User.objects.get(pk=user.pk).password == user.password


@pytest.mark.parametrize("verb", ["lock", "reset_password"])
@pytest.mark.parametrize("node", [people.CIXI, people.CITY])
def test_who_may(verb, node):
    user = people.account()
    VERBS[verb](people.actor("node_admin", node=node), user)
    assert Event.objects.latest("id").subject_id == str(user.pk)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", ["auditor", "node_admin"])
@pytest.mark.parametrize("later", [0, 5])
def test_nobody_seizes_the_account_of_his_own_auditor(verb, role, later):
    """With a new password he would be the auditor whom only the city appoints."""
    user = people.staff(role, valid_from=today() + timedelta(later))
    TOTPDevice.objects.create(user=user, name="验证器", confirmed=True)
    neighbour = people.actor("node_admin")
    with nothing_written(User), pytest.raises(Forbidden):
        VERBS[verb](neighbour, user)
    kept = User.objects.get(pk=user.pk)
    assert (kept.password, kept.is_active, kept.session_epoch) == (user.password, True, 0)
    VERBS[verb](people.actor("node_admin", node=people.CITY), user)
    assert Event.objects.latest("id").subject_id == str(user.pk)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("how", ["the city's supervisor", "a clerk next door", "stands in at the city"])
def test_nobody_seizes_a_post_that_is_not_his_to_give(verb, how):
    """An account of this node, with a post elsewhere: with its password the administrator would hold that post."""
    user = people.account()
    if how == "a clerk next door":
        people.staff("clerk", node="330211", user=user)
    elif how == "the city's supervisor":
        people.staff("supervisor", node=people.CITY, user=user)
    else:
        lent, week = people.staff("supervisor", node=people.CITY).posts.get(), timedelta(7)
        people.staff("supervisor", user=user)
        Absence.objects.create(post=lent, holder=lent.user, substitute=user, starts_on=today(), ends_on=today() + week, reason="年休假")
    TOTPDevice.objects.create(user=user, name="验证器", confirmed=True)
    neighbour = people.actor("node_admin")
    with nothing_written(User), pytest.raises(Forbidden, match="市级节点管理员"):
        VERBS[verb](neighbour, user)
    kept = User.objects.get(pk=user.pk)
    assert (kept.password, kept.is_active, kept.session_epoch) == (user.password, True, 0)
    VERBS[verb](people.actor("node_admin", node=people.CITY), user)
    assert Event.objects.latest("id").subject_id == str(user.pk)


@pytest.mark.parametrize("verb", ["lock", "reset_password"])
def test_not_to_oneself(verb):
    admin = people.staff("node_admin")
    with nothing_written(), pytest.raises(Forbidden):
        VERBS[verb](actor_for(admin), admin)


def test_citizens_are_nobodys_staff():
    citizen = people.citizen()
    by = people.actor("node_admin", node=people.CITY)
    with nothing_written(), pytest.raises(NotYours):
        actions.lock_user(by=by, user=citizen, reason=WHY)


def test_who_invites():
    for role, node, refusal in WHO:
        department = {"department": "scjg"} if role in ("reviewer", "head", "seal_keeper") else {}
        by = people.actor(role, node=node, **department)
        with nothing_written(User), pytest.raises(refusal):
            actions.invite_staff(by=by, username="wangfang", name="王芳", region=people.CIXI)


def test_a_reset_password_is_temporary():
    user = people.staff("clerk")
    password = actions.reset_password(by=people.actor("node_admin"), user=user, reason="忘记密码")
    user.refresh_from_db()
    assert user.check_password(password) and user.must_change_password
    assert not set(password) & set("0o1li")
    told = Event.objects.latest("id")
    assert (told.name, told.facts) == ("user.reset_password", {"reason": "忘记密码"})


def test_a_lost_authenticator_is_taken_off():
    user, admin = people.staff("clerk"), people.actor("node_admin")
    with nothing_written(), pytest.raises(WrongState):
        actions.reset_second_factor(by=admin, user=user, reason="手机丢失")
    device = actions.propose_second_factor(by=actor_for(user), user=user)
    device.confirmed = True
    device.save()
    actions.reset_second_factor(by=admin, user=user, reason="手机丢失")
    assert Event.objects.latest("id").name == "user.reset_second_factor"


def test_nobody_sets_an_authenticator_or_a_password_for_another():
    user = people.staff("clerk")
    for by in (people.actor("node_admin"), people.actor("clerk"), SYSTEM):
        with nothing_written(TOTPDevice), pytest.raises(Forbidden):
            actions.propose_second_factor(by=by, user=user)
        with nothing_written(), pytest.raises(Forbidden):
            actions.change_password(by=by, user=user, old=people.PASSWORD, new="Neues-Wort-33", again="Neues-Wort-33")


def test_the_system_may_open_a_citizens_account_and_an_administrator_may_not():
    party, admin = people.party(), people.actor("node_admin", node=people.CITY)
    with nothing_written(User), pytest.raises(NotYours):
        actions.open_citizen_account(by=admin, username="citizen", party=party, encoded="x")
    user = actions.open_citizen_account(by=SYSTEM, username="citizen", party=party, encoded="x")
    with nothing_written(User), pytest.raises(Refused):
        actions.open_citizen_account(by=SYSTEM, username="citizen", party=party, encoded="x")
    assert actor_for(user).party_ids == (party.pk,)
