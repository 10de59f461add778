"""Signing in, for pages and the API alike: password with lock-out, then the second factor where one is enrolled.

A wrong name, a wrong password, a locked and an expired account all get the same answer in the same time.
"""

from __future__ import annotations

from base64 import b32encode

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.db.models import Max
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.kit.errors import DomainError, Refused
from apps.kit.time import now

from .models import User
from .queries import client_address

WRONG = "账号或密码不对。连续输错 {limit} 次将暂停登录 {minutes} 分钟。"


class LockedOut(DomainError):
    """Too many failures for this name from this address: 429, `minutes` until the next try."""

    status = 429

    def __init__(self, minutes: int):
        super().__init__("signin.locked_out", f"连续输错次数过多，已暂停登录，请在 {minutes} 分钟后再试。", "username")
        self.minutes = minutes


def check_password(request, username: str, password: str) -> User:
    """The account, if name and password fit. Raises Refused or LockedOut; failures are counted per name and address."""
    name = (username or "").strip().lower()[:150]
    if not name or not password:
        raise Refused("signin.empty", "请填写账号和密码。", "username" if not name else "password")
    user = authenticate(request, username=name, password=password)
    if getattr(request, "axes_locked_out", False):
        raise LockedOut(_minutes_left(request, name))
    if user is None:
        minutes = int(settings.AXES_COOLOFF_TIME * 60)
        raise Refused("signin.wrong", WRONG.format(limit=settings.AXES_FAILURE_LIMIT, minutes=minutes), "username")
    return user


def second_factor_wanted(user: User) -> bool:
    """A confirmed authenticator stands on the account: a code is needed besides the password."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def check_code(user: User, code: str) -> None:
    """The current 6 digits of the authenticator, or one recovery code (used up). Raises Refused; tries are throttled."""
    text = "".join((code or "").split()).lower()
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    if device is None:
        return
    allowed, facts = device.verify_is_allowed()
    if not allowed:
        wait = max(1, int((facts["locked_until"] - now()).total_seconds()) + 1)
        raise Refused("second_factor.wait", f"验证码输错次数过多，请 {wait} 秒后再试。", "code")
    if text.isdigit() and len(text) == 6:
        if device.verify_token(text):
            return
    else:
        spare = StaticDevice.objects.filter(user=user).first()
        if spare is not None and spare.verify_token(text):
            return
    raise Refused("second_factor.wrong", "验证码不对，请用验证器里最新的 6 位数字，或一个没用过的备用码。", "code")


def _minutes_left(request, username: str) -> int:
    last = AccessAttempt.objects.filter(username=username, ip_address=client_address(request)).aggregate(
        last=Max("attempt_time")
    )["last"]
    cool_off = settings.AXES_COOLOFF_TIME * 3600
    left = cool_off - (now() - last).total_seconds() if last else cool_off
    return max(1, -(-int(left) // 60))


def locked_out(request, response, credentials):
    """django-axes would answer with its own page; ours has said it already, with the form and the minutes."""
    return response


def readable_secret(device: TOTPDevice) -> str:
    """The authenticator's secret in groups of four letters, for typing where no camera is at hand."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
