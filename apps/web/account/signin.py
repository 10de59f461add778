"""Sign in with name and password, then the code of the authenticator where one is enrolled; sign out by POST."""

from __future__ import annotations

from datetime import UTC, datetime

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.directory import signing
from apps.directory.actions import follow_session, remember_session
from apps.directory.addresses import client_address
from apps.directory.models import User
from apps.kit.forms import BaseForm
from apps.kit.time import now
from apps.web import kept
from apps.web.errors import own_path

BACKEND = "apps.directory.backends.PasswordBackend"
HALF = "half_signed"  # in the session: the password was right, the code is awaited
HALF_SECONDS = 300


class SignInForm(BaseForm):
    username = forms.CharField(
        label="账号",
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "class": "w-m"}
        ),
    )
    password = forms.CharField(
        label="密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "w-m"}),
    )


class CodeForm(BaseForm):
    code = forms.CharField(
        label="验证码",
        max_length=30,
        help_text="打开手机上的验证器，填最新的 6 位数字；手机不在身边，可填一个备用码。",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", "class": "w-s", "autofocus": True}),
    )


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def signin(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.method == "GET":
        return redirect(_target(request, request.GET.get("next", "")))
    form = SignInForm(request.POST or None)
    wanted, timed_out = request.POST.get("next") or request.GET.get("next", ""), request.GET.get("timeout") == "1"
    waits = kept.waits(request)
    if not timed_out and not waits and not len(messages.get_messages(request)):  # else what is said above is read first
        form.fields["username"].widget.attrs["autofocus"] = True

    def check() -> User:
        return signing.check_password(request, form.cleaned_data["username"], form.cleaned_data["password"])

    if request.method == "POST" and form.is_valid() and form.attempt(check):
        return proceed(request, form.result, wanted)
    return render(
        request,
        "account/signin.html",
        {
            "form": form,
            "next": wanted,
            "timed_out": timed_out,
            "waits": waits,
            "idle_minutes": settings.SESSION_IDLE_SECONDS // 60,
            "single_sign_on": settings.OIDC_ON and settings.OIDC_LABEL,
        },
        status=form.status,
    )


def proceed(request: HttpRequest, user: User, wanted: str = "") -> HttpResponse:
    """The first proof is given: ask for the code where an authenticator is enrolled, else sign in."""
    if signing.second_factor_wanted(user):
        former = request.session.session_key
        request.session.cycle_key()
        if request.user.is_authenticated:  # as another, or the same: that sign-in goes on, and its owner still finds and ends it
            follow_session(old=former, new=request.session.session_key)
        request.session[HALF] = {"user": user.pk, "seal": user.get_session_auth_hash(), "at": now().timestamp(), "next": wanted}
        return redirect("signin_code")
    return finish(request, user, wanted)


def finish(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    request.session.pop(HALF, None)
    request.session.restart()
    former = request.session.session_key
    login(request, user, backend=BACKEND)  # a fresh session key
    if former and request.session.session_key == former:
        request.session.cycle_key()  # signed in on another tab before: Django keeps the key, under which that sign-in is remembered
    request.session.save()
    remember_session(
        user=user,
        session_key=request.session.session_key,
        address=client_address(request),
        agent=request.headers.get("User-Agent", ""),
    )
    target = reverse("resume") if kept.of(request) else _target(request, wanted)
    return signing.know_device(request, kept.seat(redirect(target), user, secure=request.is_secure()), user)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """What could not be saved because the session had ended, page by page: sent now, or (POST `path`) thrown away."""
    found = kept.of(request)
    if not found:
        return redirect("desk")
    if request.method == "POST":
        gone = found.get(request.POST.get("path", ""))
        if gone is None:
            return redirect("resume")
        kept.forget(request, gone["path"])
        back = gone["page"] if not gone["told"] or len(found) == 1 else reverse("resume")
        return redirect(_target(request, back))
    rows = [entry | {"at": datetime.fromtimestamp(entry["at"], UTC)} for entry in found.values()]
    return render(request, "account/resume.html", {"rows": rows, "lost": any(row["told"] for row in rows)})


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    half = request.session.get(HALF) or {}
    late = now().timestamp() - half.get("at", 0) > HALF_SECONDS
    user = None if late else User.objects.filter(pk=half.get("user"), is_active=True).first()
    # A password that was changed meanwhile, or an account whose sessions were cut, begins anew.
    if user is None or not constant_time_compare(half.get("seal", ""), user.get_session_auth_hash()):
        if request.session.pop(HALF, None):
            why = f"两步验证没有在 {HALF_SECONDS // 60} 分钟内完成" if late else "密码或者账号刚刚改动过"
            messages.warning(request, f"{why}，请重新登录。")
        wanted = half.get("next", "")
        return redirect(reverse("signin") + (f"?{urlencode({'next': wanted})}" if wanted else ""))
    form = CodeForm(request.POST or None)

    def check():
        signing.check_code(user, form.cleaned_data["code"])

    if request.method == "POST" and form.is_valid() and form.attempt(check):
        return finish(request, user, half.get("next", ""))
    return render(request, "account/code.html", {"form": form}, status=form.status)


@never_cache
@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    logout(request)
    answer = redirect("signin")
    answer["Clear-Site-Data"] = '"cache", "storage"'  # the cookie of the browser stays: it keeps others from locking its owner out
    return answer


def _target(request: HttpRequest, wanted: str) -> str:
    """Only a path of our own; otherwise the desk."""
    return own_path(request, wanted) or reverse("desk")
