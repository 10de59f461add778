"""One's own account: the password, and the authenticator with its recovery codes."""

from __future__ import annotations

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.directory import actions, signing
from apps.directory.models import User
from apps.kit.forms import BaseForm


def password_field(label: str, hint: str = "", complete: str = "new-password") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": complete, "class": "w-m"})
    return forms.CharField(label=label, help_text=hint, max_length=200, strip=False, widget=widget)


class PasswordForm(BaseForm):
    old = password_field("原密码", complete="current-password")
    new = password_field("新密码", "至少 10 个字符，不要全是数字，不要与账号、姓名相近。")
    again = password_field("再输一次新密码")


class OwnPasswordForm(BaseForm):
    password = password_field("密码", "为了安全，请再输一次密码。", complete="current-password")


class EnrolForm(OwnPasswordForm):
    code = forms.CharField(
        label="验证器里的 6 位数字",
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "w-s"}),
    )


class BothForm(OwnPasswordForm):
    """Both factors once more: who has only the password, or only finds the page open, takes nothing off."""

    code = forms.CharField(
        label="验证码",
        max_length=30,
        help_text="验证器里最新的 6 位数字，登录时用过的要等下一个；手机不在身边，可填一个没用过的备用码。",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", "class": "w-s"}),
    )


def proof_form(request: HttpRequest) -> OwnPasswordForm:
    """Both factors of an account that has two."""
    form = BothForm if signing.second_factor_wanted(request.user) else OwnPasswordForm
    return form(request.POST or None)


def _go_on(request: HttpRequest, user: User) -> None:
    """Every sign-in of the account has ended but this one, which gets a new key."""
    old = request.session.session_key
    update_session_auth_hash(request, user)
    actions.follow_session(old=old, new=request.session.session_key)


@never_cache
@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    user, first = request.user, request.user.must_change_password
    form = PasswordForm(request.POST or None)

    def change():
        return actions.change_password(by=request.actor, user=user, **form.cleaned_data)

    if request.method == "POST" and form.is_valid() and form.attempt(change):
        _go_on(request, form.result)
        messages.success(request, "密码已修改。其他地方的登录都已退出。")
        return redirect("desk" if first else "password")
    return render(request, "account/password.html", {"form": form, "first": first}, status=form.status)


@never_cache
@login_required
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Enrol with a QR code and a first code; where one is enrolled: renew the recovery codes or take it off."""
    if signing.second_factor_wanted(request.user):
        return _enrolled(request)
    device = actions.propose_second_factor(by=request.actor, user=request.user)
    form = EnrolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.attempt(lambda: actions.confirm_second_factor(by=request.actor, user=request.user, **given)):
            return render(request, "account/recovery_codes.html", {"codes": form.result})
    qr = segno.make(device.config_url, error="l").svg_inline(
        scale=4, border=3, light="#fff", svgclass=None, lineclass=None
    )
    secret = signing.readable_secret(device)
    return render(request, "account/second_factor.html", {"form": form, "qr": qr, "secret": secret}, status=form.status)


def _enrolled(request: HttpRequest) -> HttpResponse:
    form = BothForm(request.POST or None)

    def prove():
        signing.prove(request.user, form.cleaned_data["password"])
        signing.check_code(request.user, form.cleaned_data["code"])

    if request.method == "POST" and form.is_valid() and form.attempt(prove):
        if request.POST.get("what") == "remove":
            row = actions.reset_second_factor(by=request.actor, user=request.user, reason="本人解除绑定")
            _go_on(request, row)
            messages.success(request, "验证器已解除绑定。")
            return redirect("second_factor")
        codes = actions.new_recovery_codes(by=request.actor, user=request.user)
        return render(request, "account/recovery_codes.html", {"codes": codes})
    return render(request, "account/second_factor_on.html", {"form": form}, status=form.status)
