"""One's own data: where the account is signed in, a copy of everything, and leaving (PIPL 45, 47)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.applications import queries as applications
from apps.applications.actions import discard_drafts
from apps.directory import actions, queries, queries_mandates, queries_reveals
from apps.directory.addresses import client_address
from apps.directory.models import Party
from apps.feedback import queries as feedback
from apps.gateway.actions import change_email, change_mobile
from apps.journal.actor import Actor
from apps.kit.forms import BaseForm
from apps.kit.ids import check_email, check_mobile
from apps.kit.masking import mask_mobile, mask_name
from apps.kit.time import BEIJING, now
from apps.web.once import OnceForm
from apps.web.revealed import in_words

from .identities import citizens_only
from .own import password_field, proof_form
from .register import code_field, mobile_field

LOOKS = 20  # on the page, the newest; the copy of one's data has them all


class ChannelsForm(OnceForm):
    wants_sms = forms.BooleanField(label="收短信", required=False)
    wants_mail = forms.BooleanField(label="收电子邮件", required=False)


class CodeFirstForm(BaseForm):
    """One page, two steps: 获取验证码 (or Enter where nothing else is typed yet) asks for the code, the other button brings it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rest = [name for name in ("code", "password") if name in self.fields]
        self.asks = "send" in self.data or not any(self.data.get(name) for name in rest)
        for name in rest:
            self.fields[name].required = self.is_bound and not self.asks


class EmailForm(CodeFirstForm):
    email = forms.CharField(
        label="邮箱",
        max_length=200,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "class": "w-l"}),
    )
    code = code_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "邮件里的验证码"


class MobileForm(CodeFirstForm):
    mobile = mobile_field("新手机号")
    code = code_field()
    password = password_field("登录密码", complete="current-password")


@never_cache
@login_required
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    rows = queries.sessions_of(request.user)
    for row in rows:
        row.here = row.session_key == request.session.session_key
        row.form = OnceForm(auto_id=f"end_{row.pk}_%s")
    return render(request, "account/sessions.html", {"rows": rows})


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Pressed twice it is ended once."""
    form = OnceForm(request.POST)
    if form.act(request.actor, lambda: actions.end_session(by=request.actor, user=request.user, session=pk), session=pk):
        messages.success(request, "已退出那处登录。")
    else:
        messages.warning(request, "没有退出那处登录，请再按一次。")
    return redirect("sessions")


@citizens_only
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def mobile(request: HttpRequest) -> HttpResponse:
    """One page: the button 获取验证码 sends the code to the new phone, the other one changes it."""
    form, old = MobileForm(request.POST or None), request.user.mobile
    own = applications.own_applications(request.actor, running=True)
    if request.method == "POST" and form.is_valid() and form.attempt(lambda: check_mobile(form.cleaned_data["mobile"], "mobile")):
        given = form.cleaned_data
        if form.result == old:  # pressed twice, or his own typed: to that one no code is sent
            messages.info(request, "现在用的就是这个手机号。")
            return redirect("own_data")
        if form.asks:
            ip = client_address(request)
            if form.attempt(lambda: actions.ask_code(purpose="mobile", mobile=given["mobile"], ip=ip)):
                messages.info(request, "验证码已发到新手机，请在 10 分钟内填写。")
        elif form.attempt(lambda: change_mobile(by=request.actor, user=request.user, **given)):
            messages.success(request, "手机号已更换，以后用新手机号登录。")
            if left := own.filter(contact_mobile=old).count():
                what = f"您有 {left} 件正在办的，联系手机还是原来的 {mask_mobile(old)}，短信和凭编号查询仍用它；要改的，请打开那件的页面，选“更改联系手机”。"
                messages.warning(request, what)
            return redirect("own_data")
    return render(request, "account/mobile.html", {"form": form}, status=form.status)


@citizens_only
@require_http_methods(["GET", "POST"])
def channels(request: HttpRequest) -> HttpResponse:
    """Which ways to be told by, beside the messages in the house."""
    user = request.user
    standing = {"wants_sms": user.wants_sms, "wants_mail": user.wants_mail}
    form = ChannelsForm(request.POST or None, initial=standing)

    def do() -> int:
        given = {name: form.cleaned_data[name] for name in standing}
        return actions.choose_channels(by=request.actor, user=user, **given).pk

    if request.method == "POST" and form.act(request.actor, do):
        messages.success(request, "已保存。")
        return redirect("own_channels")
    return render(request, "account/channels.html", {"form": form}, status=form.status)


@citizens_only
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """One page: 获取验证码 sends the code to the mailbox, the other button keeps it; or it is taken away."""
    user = request.user
    if request.method == "POST" and "remove" in request.POST:
        change_email(by=request.actor, user=user, email="")
        messages.success(request, "邮箱已删除，不再发电子邮件。")
        return redirect("own_channels")
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and form.attempt(lambda: check_email(form.cleaned_data["email"], "email")):
        given = {"by": request.actor, "user": user, "email": form.result}
        if form.result == user.email:
            messages.info(request, "现在用的就是这个邮箱。")
            return redirect("own_channels")
        if form.asks:
            if form.attempt(lambda: actions.ask_email_code(ip=client_address(request), **given)):
                messages.info(request, "验证码已发到这个邮箱，请在 10 分钟内填写。")
        elif form.attempt(lambda: change_email(code=form.cleaned_data["code"], **given)):
            messages.success(request, "邮箱已确认，以后有进展会发到这里。")
            return redirect("own_channels")
    return render(request, "account/email.html", {"form": form}, status=form.status)


@citizens_only
@require_GET
def own_data(request: HttpRequest) -> HttpResponse:
    own = queries.party(request.actor.party_ids[0])
    looks = list(queries_reveals.reveals_of(request.actor, applications.own_applications(request.actor)).order_by("-at")[: LOOKS + 1])
    older, looks = len(looks) > LOOKS, looks[:LOOKS]
    words, nodes = in_words(look.field for look in looks), queries_reveals.places_of(looks)
    told = [{"at": look.at, "where": nodes.get(look.node_code, ""), "field": words[look.field], "reason": look.reason} for look in looks]
    return render(request, "account/data.html", {"own": own, "looks": told, "older": older})


class _AtBeijing(DjangoJSONEncoder):
    """The day before the T is the one that his papers tell."""

    def default(self, o: Any) -> Any:
        return super().default(o.astimezone(BEIJING) if isinstance(o, datetime) else o)


@citizens_only
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Everything that is kept about the person, and about the children he stands for, as one JSON file."""
    actor = request.actor
    own = queries.party(actor.party_ids[0])
    told = {
        "exported_at": now(),
        "person": _kept_of(own),
        "account": {
            name: getattr(request.user, name)
            for name in ("username", "created_at", "mobile", "email", "wants_sms", "wants_mail")
        },
        "mandates": [
            {
                "kind": row.kind,
                "principal": row.principal.name,
                "agent": mask_name(row.agent.name),
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
                "scope": row.scope,
            }
            for row in (*queries_mandates.mandates_held(actor), *queries_mandates.mandates_given(actor))
        ],
        "applications": applications.export_own(actor),
        "children": [
            {"person": _kept_of(child), "applications": applications.export_own(actor, child.pk), "seen_in_full": _looks(actor, child.pk)}
            for child in queries_mandates.principals_of(actor)[1:]
            if child.kind == child.Kind.PERSON
        ],
        **feedback.export_own(actor),
        "signed_in_at": list(request.user.open_sessions.order_by("pk").values("started_at", "address", "device")),
        "messages": list(queries.messages_for(actor).order_by("pk").values("at", "kind", "title", "text", "read_at")),
        "seen_in_full": _looks(actor),
    }
    actions.record_export(by=actor, user=request.user)
    answer = JsonResponse(told, _AtBeijing, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
    answer["Cache-Control"] = "no-store"
    return answer


def _looks(actor: Actor, child: int | None = None) -> list[dict]:
    found = queries_reveals.reveals_of(actor, applications.own_applications(actor, child=child), child=child).order_by("at")
    return list(found.values("at", "field", "reason", "node_code"))


def _kept_of(party: Party) -> dict:
    return {name: getattr(party, name) for name in ("kind", *Party.FACTS)}


@citizens_only
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    form = proof_form(request)
    filed = applications.own_applications(request.actor).exists()

    def do():
        return actions.close_account(
            by=request.actor,
            user=request.user,
            password=form.cleaned_data["password"],
            code=form.cleaned_data.get("code", ""),
            erase_contact=not filed,
            also=lambda: discard_drafts(by=request.actor),
        )

    if request.method == "POST" and form.is_valid() and form.attempt(do):
        logout(request)
        messages.success(request, "账号已注销。")
        return redirect("citizen:home")
    running = applications.own_applications(request.actor, running=True).count()
    return render(request, "account/close.html", {"form": form, "filed": filed, "running": running}, status=form.status)
