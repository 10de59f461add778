"""A citizen's own account: by phone and real name; a forgotten password by phone. Pages say the same to everybody."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.directory import actions
from apps.directory.addresses import client_address
from apps.kit.forms import BaseForm, CodeField
from apps.web.errors import own_path

from .own import password_field
from .signin import finish

PENDING = "phone_asked"  # in the session: {"purpose", "mobile", "next"}


def mobile_field(label: str = "手机号") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "class": "w-m"}),
    )


def code_field() -> forms.CharField:
    return forms.CharField(
        label="短信验证码",
        max_length=10,
        help_text="6 位数字，10 分钟内有效。",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "w-s"}),
    )


class PhoneForm(BaseForm):
    mobile = mobile_field()


class RegisterPhoneForm(PhoneForm):
    agreed = forms.BooleanField(
        label="我同意用姓名、身份证号和手机号核验本人身份、办理和通知我的办件；这些信息不作他用，我可以随时导出或者注销。",
        error_messages={"required": "请勾选“我同意”，再获取验证码。"},
    )


class RegisterForm(BaseForm):
    code = code_field()
    name = forms.CharField(
        label="姓名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name", "class": "w-m"})
    )
    id_number = CodeField(label="身份证号", max_length=24, widget=forms.TextInput(attrs={"class": "w-m"}))
    password = password_field("密码", "至少 10 个字符，不要全是数字，不要与姓名、手机号相近。")
    again = password_field("再输一次密码")


class ResetForm(BaseForm):
    code = code_field()
    password = password_field("新密码", "至少 10 个字符，不要全是数字，不要与姓名、手机号相近。")
    again = password_field("再输一次新密码")


def _ask(request: HttpRequest, purpose: str, form: PhoneForm, then: str, template: str) -> HttpResponse:
    """The first page: send the code and go on, whoever the phone belongs to."""

    wanted = own_path(request, request.GET.get("next", ""))

    def send() -> str:
        return actions.ask_code(purpose=purpose, mobile=form.cleaned_data["mobile"], ip=client_address(request))

    if request.method == "POST" and form.is_valid() and form.attempt(send):
        request.session[PENDING] = {"purpose": purpose, "mobile": form.result, "next": wanted}
        return redirect(then)
    return render(request, template, {"form": form, "next": wanted}, status=form.status)


def _answer(
    request: HttpRequest, purpose: str, form: BaseForm, do: Callable[[str, dict], object], first: str, template: str
) -> HttpResponse | None:
    """The second page; None when it is done."""
    asked = request.session.get(PENDING) or {}
    if asked.get("purpose") != purpose:
        if request.method == "POST":
            messages.warning(request, "这一步等得太久，或者在另一张页面上换了手机号，没有提交。请重新获取验证码。")
        return redirect(first)
    if request.method == "POST" and form.is_valid() and form.attempt(lambda: do(asked["mobile"], form.cleaned_data)):
        request.session.pop(PENDING, None)
        return None
    mobile = asked["mobile"]
    context = {"form": form, "mobile": f"{mobile[:3]}****{mobile[-4:]}", "next": asked.get("next")}
    return render(request, template, context, status=form.status)


@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("desk")
    form = RegisterPhoneForm(request.POST or None)
    return _ask(request, "register", form, "register_finish", "account/register.html")


@never_cache
@sensitive_post_parameters("password", "again", "code")
@require_http_methods(["GET", "POST"])
def register_finish(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:  # pressed twice: the first click has made the account and signed him in
        return redirect("desk")
    form = RegisterForm(request.POST or None)

    def do(mobile: str, given: dict):
        return actions.register_person(mobile=mobile, ip=client_address(request), **given)

    wanted = (request.session.get(PENDING) or {}).get("next")
    again = _answer(request, "register", form, do, "register", "account/register_finish.html")
    if again is not None:
        return again
    messages.success(request, "账号已经建好，以后用手机号登录。")
    return finish(request, form.result, wanted or "/")


@never_cache
@require_http_methods(["GET", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    return _ask(request, "reset", PhoneForm(request.POST or None), "forgot_finish", "account/forgot.html")


@never_cache
@sensitive_post_parameters("password", "again", "code")
@require_http_methods(["GET", "POST"])
def forgot_finish(request: HttpRequest) -> HttpResponse:
    form = ResetForm(request.POST or None)

    def do(mobile: str, given: dict):
        return actions.reset_own_password(mobile=mobile, **given)

    wanted = (request.session.get(PENDING) or {}).get("next")
    again = _answer(request, "reset", form, do, "forgot", "account/forgot_finish.html")
    if again is not None:
        return again
    messages.success(request, "密码已经改好，请用新密码登录。")
    return redirect(reverse("signin") + (f"?{urlencode({'next': wanted})}" if wanted else ""))
