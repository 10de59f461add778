"""Signing in, for pages and the API alike: password with lock-out, then the second factor where one is enrolled.

A wrong name, a wrong password, a locked and an expired account all get the same answer in the same time. Failures are counted in
the database: for a name at an address, for a name at all addresses, for an address over all names. A browser that has signed the
account in before carries a signed note of it and is counted by itself, so that nobody else's failures lock its owner out.
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.core import signing
from django.db import transaction
from django.db.models import Max, Q, Sum
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.kit.errors import Refused, TooMany
from apps.kit.limits import Limit
from apps.kit.time import now

from .addresses import counted_address
from .models import User

PAIR, BY_NAME, BY_ADDRESS = Limit("signin.pair"), Limit("signin.name"), Limit("signin.address")
AGAIN = Limit("password.again")
DEVICE = "device"  # the cookie: a number of this browser and the accounts that have signed in on it
DEVICE_SECONDS = 180 * 86400
DEVICE_ACCOUNTS = 12  # a window has several clerks
DOUBLED = 13  # wrong codes in a row that each double the wait: who goes on guessing makes the owner wait about an hour, and not for years
WRONG = "账号或密码不对。连续输错 {limit} 次将暂停登录 {minutes} 分钟。"


class LockedOut(TooMany):
    """Too many failures for this name here, for this name anywhere, or from this address: the same words for all three."""

    def __init__(self, seconds: int):
        super().__init__(seconds, "连续输错次数过多，已暂停登录，请在 {wait}后再试。", "signin.locked_out", "username")


def check_password(request, username: str, password: str) -> User:
    """The account, if name and password fit. Raises Refused or LockedOut; failures are counted per name and address."""
    name = (username or "").strip().lower()[:150]
    if not name or not password:
        raise Refused("signin.empty", "请填写账号和密码。", "username" if not name else "password")
    _demand_patience(request, name)
    user = authenticate(request, username=name, password=password)
    if getattr(request, "axes_locked_out", False):
        mine = Q(username=counted_name(request, {"username": name}), ip_address=counted_address(request) or None)
        last = AccessAttempt.objects.filter(mine).aggregate(last=Max("attempt_time"))["last"]
        raise LockedOut(_left(last))
    if user is None:
        said = WRONG.format(limit=settings.AXES_FAILURE_LIMIT, minutes=PAIR.seconds // 60)
        raise Refused("signin.wrong", said, "username")
    return user


def _demand_patience(request, name: str) -> None:
    """One name tried from everywhere, or many names from one address, wait; a browser known to this account does not: it waits for
    its own tries alone, from wherever its note was carried to."""
    here, named = Q(ip_address=counted_address(request) or None), Q(username=name)
    if _device(request, name):
        here = named = Q(username=counted_name(request, {"username": name}))
    since = now() - timedelta(seconds=PAIR.seconds)
    failed = AccessAttempt.objects.filter(here | named, attempt_time__gte=since).aggregate(
        here=Sum("failures_since_start", filter=here), named=Sum("failures_since_start", filter=named), last=Max("attempt_time")
    )
    if (failed["here"] or 0) >= BY_ADDRESS.times or (failed["named"] or 0) >= BY_NAME.times:
        raise LockedOut(_left(failed["last"]))


def _left(last) -> int:
    return int(PAIR.seconds - (now() - last).total_seconds()) if last else PAIR.seconds


def counted_name(request, credentials: dict | None) -> str:
    """For django-axes: under which name a failure is counted."""
    name = str((credentials or request.POST).get("username") or "").strip().lower()
    device = _device(request, name)
    return f"{name} @{device}" if device else name


def forgive(name: str) -> None:
    """The failures counted for this name, in every browser: they were tries at a password that is no more, and who was just helped to a
    new one would not get in with it."""
    AccessAttempt.objects.filter(Q(username=name) | Q(username__startswith=f"{name} @")).delete()


def know_device(request, response, user: User):
    """Note on this browser that the account has signed in on it."""
    number, marks = _noted(request)
    mark = _mark(user.username)
    note = [number or secrets.token_hex(8), [mark, *(one for one in marks if one != mark)][:DEVICE_ACCOUNTS]]
    response.set_cookie(
        DEVICE,
        signing.dumps(note, salt=DEVICE),
        max_age=DEVICE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
        path=settings.LOGIN_URL,
    )
    return response


def _device(request, name: str) -> str:
    """The number of this browser, if the account of this name has signed in on it before."""
    number, marks = _noted(request)
    return number if name and _mark(name) in marks else ""


def _noted(request) -> tuple[str, list[str]]:
    try:
        number, marks = signing.loads(request.COOKIES.get(DEVICE, ""), salt=DEVICE, max_age=DEVICE_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return number, marks


def _mark(name: str) -> str:
    return salted_hmac(DEVICE, name).hexdigest()[:16]


def prove(user: User, password: str, field: str = "password", code: str = "password.wrong", said: str = "密码不对。") -> None:
    """The password once more, before something that cannot be taken back. Wrong ones are counted per account."""
    AGAIN.demand(user.pk, field)
    if not user.check_password(password):
        AGAIN.count(user.pk)
        raise Refused(code, said, field)


def second_factor_wanted(user: User) -> bool:
    """A confirmed authenticator stands on the account: a code is needed besides the password."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def check_code(user: User, code: str) -> None:
    """The current 6 digits of the authenticator, or one recovery code (used up). Raises Refused; tries are throttled."""
    text = "".join((code or "").split()).lower()
    by_device = text.isdigit() and len(text) == 6
    with transaction.atomic():  # one after the other: of several at a moment each is counted, and a code proves once
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        if device is None:
            return
        if not text:
            raise Refused("second_factor.needed", "这个账号绑定了验证器，请填写验证码。", "code")
        # Each kind waits for its own wrong ones: who guesses at the six digits does not keep a recovery code out.
        asked = device if by_device else StaticDevice.objects.filter(user=user).first()
        if asked is not None:
            asked.throttling_failure_count = min(asked.throttling_failure_count, DOUBLED)
            allowed, facts = asked.verify_is_allowed()
            if not allowed:
                wait = max(1, int((facts["locked_until"] - now()).total_seconds()) + 1)
                raise TooMany(wait, "验证码输错次数过多，请 {wait}后再试。", "second_factor.wait", "code")
            if asked.verify_token(text):
                return
    raise Refused("second_factor.wrong", "验证码不对，请用验证器里最新的 6 位数字，或一个没用过的备用码。", "code")


def locked_out(request, response, credentials):
    """django-axes would answer with its own page; ours has said it already, with the form and the minutes."""
    return response


def readable_secret(device: TOTPDevice) -> str:
    """The authenticator's secret in groups of four letters, for typing where no camera is at hand."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
