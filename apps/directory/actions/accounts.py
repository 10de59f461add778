"""Accounts: invitation, lock, passwords and the second factor. A lock or a reset cuts every open session at once."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.ids import check_mobile, plain_name
from apps.kit.pinyin import initials, pinyin
from apps.kit.time import now

from .. import passwords, queries
from ..models import Party, Region, User
from ..signing import forgive, prove
from ..versioning import draw_number
from .messages import tell
from .posts import checked_reason

TEMPORARY_DAYS = 7
RECOVERY_CODES = 8
# Read aloud and typed from paper: no 0/o, 1/l/i.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
# A phone, or what is left of a closed account. Such a name for staff kept the phone's owner from registering, and that it is taken told
# an administrator who has an account.
_CITIZENS = re.compile(r"1[3-9]\d{9}|closed-\d+", re.ASCII)


def invite_staff(
    *,
    by: Actor,
    username: str,
    name: str,
    region: Region | str,
    mobile: str = "",
    encoded: str | None = None,
) -> tuple[User, str]:
    """A new staff account at a node and its temporary password (shown once, holds seven days, must be changed).

    The account can do nothing until it is given a post. Only the system (demo, tests) may say a lasting password, already `encoded`.
    Raises Refusals naming the fields.
    """
    user, errors = _invited(username, name, queries.get_region(region if isinstance(region, str) else region.pk), mobile)
    password = ""
    if encoded is not None and by.is_system:
        user.password = encoded
    else:
        password = _temporary(user)
    with action(by) as act:
        act.allow("invite", user)
        if all(error.field != "username" for error in errors) and User.objects.filter(username=user.username).exists():
            errors.append(_taken(user.username))
        raise_all(errors)
        try:
            with transaction.atomic():
                act.create(user)
        except IntegrityError:  # two administrators at once
            raise _taken(user.username) from None
        act.record(user, "invite", username=user.username, region=user.home_id)
    return user, password


def _invited(username: str, name: str, place: Region, mobile: str) -> tuple[User, list[Refused]]:
    """The account as it would be, and what is wrong with what was typed."""
    errors: list[Refused] = []
    if not place.is_node:
        errors.append(Refused("user.region", "工作人员应归属市、区县或园区节点。", "region"))
    title = plain_name(name)
    if not 1 <= len(title) <= 60:
        errors.append(Refused("user.name", "请填写姓名，不超过 60 个字。", "name"))
    phone = ""
    if (mobile or "").strip():
        try:
            phone = check_mobile(mobile, "mobile")
        except Refused as error:
            errors.append(error)
    account = (username or "").strip().lower()
    try:
        User._meta.get_field("username").run_validators(account)
    except ValidationError:
        errors.append(
            Refused("user.username", "账号用小写字母、数字、点、横线，至少 3 位，以字母或数字开头。", "username")
        )
    if _CITIZENS.fullmatch(account) and settings.OIDC_CLAIM != "phone_number":
        errors.append(Refused("user.username", "手机号留给办事人的账号用，请用姓名拼音或者工号。", "username"))
    user = User(
        username=account,
        name=title,
        mobile=phone,
        kind=User.Kind.STAFF,
        home=place,
        pinyin=f"{pinyin(title)} {initials(title)}"[:200],
    )
    return user, errors


def open_citizen_account(*, by: Actor, username: str, party: Party, encoded: str) -> User:
    """An account for a citizen or an enterprise that the directory knows; the password comes encoded (make_password)."""
    user = User(
        username=username,
        name=party.name[:60],
        mobile=party.mobile,
        kind=User.Kind.CITIZEN,
        party=party,
        pinyin=party.pinyin[:200],
        password=encoded,
    )
    with action(by) as act:
        act.allow("open", user)
        if User.objects.filter(username=username).exists():
            raise _taken(username)
        act.create(user)
        act.record(user, "open", party=party.pk)
    return user


def _taken(account: str) -> Refused:
    return Refused("user.username", f"账号“{account}”已经有人使用，请换一个。", "username")


def _temporary(user: User) -> str:
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    user.set_password(password)
    user.must_change_password = True
    user.temporary_until = now() + timedelta(days=TEMPORARY_DAYS)
    return password


def locked(act: Action, user: User) -> User:
    """The account, as it is when nobody else writes it. Raises WrongState for who acts on his own and was signed out while he waited: what
    let him in, and the password that he has proved, were read before. Who takes his account back wins over who uses it."""
    row = act.lock(User, user.pk)
    if act.by.id == row.pk and (not row.is_active or row.get_session_auth_hash() != user.get_session_auth_hash()):
        raise WrongState("这个账号刚刚改了密码、被锁定或者退出了登录，没有办成；请重新登录后再办。")
    return row


def _another(act: Action, user: User, verb: str) -> User:
    """The locked account, which the actor may do this to: nobody seizes that of his own auditor, or of a post elsewhere."""
    row = locked(act, user)
    row.city_given = queries.city_given(row)
    act.allow(verb, row)
    return row


def lock_user(*, by: Actor, user: User, reason: str) -> User:
    """Nobody signs in with this account and its open sessions end with their next request; posts stay as they are.
    Raises WrongState where it is locked."""
    why = checked_reason(reason)
    with action(by) as act:
        row = _another(act, user, "lock")
        if not row.is_active:
            raise WrongState("这个账号已经锁定。")
        row.is_active, row.locked_at = False, now()
        act.save(row, "is_active", "locked_at")
        cut_sessions(act, row)
        act.record(row, "lock", reason=why)
        draw_number(act)
    return row


def unlock_user(*, by: Actor, user: User, reason: str) -> User:
    """He may sign in again; wrong passwords of before are forgiven. Raises Refused without a reason, WrongState where it is not locked."""
    why = checked_reason(reason)
    with action(by) as act:
        row = _another(act, user, "unlock")
        if row.is_active:
            raise WrongState("这个账号没有锁定。")
        row.is_active, row.locked_at = True, None
        act.save(row, "is_active", "locked_at")
        forgive(row.username)
        act.record(row, "unlock", reason=why)
        draw_number(act)
    return row


def reset_password(*, by: Actor, user: User, reason: str) -> str:
    """A new temporary password, shown once; open sessions end."""
    why = checked_reason(reason)
    with action(by) as act:
        row = _another(act, user, "reset_password")
        password = _temporary(row)
        act.save(row, "password", "must_change_password", "temporary_until")
        cut_sessions(act, row)
        forgive(row.username)
        act.record(row, "reset_password", reason=why)
    return password


def cut_sessions(act: Action, user: User) -> None:
    """Sessions and API tokens carry the session hash, which the epoch is part of."""
    user.session_epoch += 1
    act.save(user, "session_epoch")


def change_password(*, by: Actor, user: User, old: str, new: str, again: str) -> User:
    """The person's own change. Raises Refusals naming the fields; other sessions and API tokens of the account end."""
    prove(user, old, "old", "password.old", "原密码不对。")
    same = [Refused("password.same", "新密码不能与原密码相同。", "new")] if new == old else []
    raise_all(same + passwords.faults(user, new, again, field="new"))
    with action(by) as act:
        row = locked(act, user)
        act.allow("change_password", row)
        row.set_password(new)
        row.must_change_password, row.temporary_until = False, None
        act.save(row, "password", "must_change_password", "temporary_until")
        act.record(row, "change_password")
    return row


def propose_second_factor(*, by: Actor, user: User) -> TOTPDevice:
    """An authenticator that counts only once its first code is confirmed; asking again keeps the same secret.
    Raises WrongState where one stands."""
    with action(by) as act:
        row = locked(act, user)
        act.allow("set_second_factor", row)
        if TOTPDevice.objects.filter(user=row, confirmed=True).exists():
            raise WrongState("您已经绑定验证器。要更换，请先解除绑定。")
        device, _ = TOTPDevice.objects.get_or_create(user=row, confirmed=False, defaults={"name": "验证器"})
    return device


def confirm_second_factor(*, by: Actor, user: User, password: str, code: str) -> list[str]:
    """Turns the proposed authenticator on and gives recovery codes, each good for one sign-in, shown only now. The password once more:
    who only finds the page open would keep its owner out with an authenticator of his own.
    Raises Refused for a wrong code, WrongState where none was proposed."""
    prove(user, password)
    with action(by) as act:
        row = locked(act, user)
        act.allow("set_second_factor", row)
        device = TOTPDevice.objects.select_for_update().filter(user=row, confirmed=False).first()
        if device is None:
            raise WrongState("没有等待确认的验证器，请重新打开绑定页面。")
        if not device.verify_token("".join(code.split())):
            raise Refused("second_factor.code", "验证码不对。请用验证器里最新的 6 位数字，并核对手机时间。", "code")
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        codes = _recovery_codes(row)
        act.record(row, "set_second_factor")
        draw_number(act)
    return codes


def new_recovery_codes(*, by: Actor, user: User) -> list[str]:
    """Eight fresh recovery codes; the old ones stop working. Raises WrongState without an authenticator."""
    with action(by) as act:
        row = locked(act, user)
        act.allow("set_second_factor", row)
        if not TOTPDevice.objects.filter(user=row, confirmed=True).exists():
            raise WrongState("还没有绑定验证器。")
        codes = _recovery_codes(row)
        act.record(row, "new_recovery_codes")
    return codes


def _recovery_codes(user: User) -> list[str]:
    device, _ = StaticDevice.objects.get_or_create(user=user, defaults={"name": "备用码"})
    device.token_set.all().delete()
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return codes


def reset_second_factor(*, by: Actor, user: User, reason: str) -> User:
    """The phone is lost: an administrator (or the person himself) takes the authenticator off; open sessions end. A citizen for whom
    it is done is told.
    Raises WrongState where there is none."""
    why = checked_reason(reason)
    with action(by) as act:
        row = _another(act, user, "set_second_factor" if by.id == user.pk else "reset_second_factor")
        gone, _ = TOTPDevice.objects.filter(user=row).delete()
        StaticDevice.objects.filter(user=row).delete()
        if not gone:
            raise WrongState("这个账号没有绑定验证器。")
        cut_sessions(act, row)
        act.record(row, "reset_second_factor", reason=why)
        if row.kind == User.Kind.CITIZEN and by.id != row.pk:
            told = "节点管理员核对身份证件后解除了验证器，备用码作废，已登录的地方全部退出；现在凭密码登录，可以重新绑定。"
            told += "不是您本人去办的，请立即修改密码，并拨打 12345。"
            key = f"second_factor:{row.pk}:{row.session_epoch}"
            tell(act, users=[row.pk], kind="account", title="您账号的验证器已解除", text=told, key=key)
        draw_number(act)
    return row
