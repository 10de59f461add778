"""Whom I act for and who acts for me: an enterprise, a child, handlers with dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import wraps

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.catalog.queries_names import codes_named, definition_names
from apps.directory import actions, queries, queries_mandates
from apps.kit.errors import Forbidden
from apps.kit.forms import BaseForm, CodeField, DateInput
from apps.kit.masking import mask_id, mask_name
from apps.web import kept
from apps.web.access import to_sign_in
from apps.web.once import OnceForm, sent_before

MARKS = (r"\n", r"[,，;；]", r"[、\s]")  # between names; the name of an item may hold all but the first itself


def citizens_only(view):
    """A stranger signs in first and comes back; what he sent waits for him where it may (apps/web/kept.py)."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.actor.id is None:
            return to_sign_in(request)
        if request.actor.kind != "person":
            raise Forbidden("这张页面给办事人使用；工作人员的岗位由节点管理员安排。")
        kept.sent(request)
        return view(request, *args, **kwargs)

    return guarded


class EnterpriseForm(OnceForm):
    name = forms.CharField(label="企业名称", max_length=120, help_text="与营业执照一致。")
    uscc = CodeField(label="统一社会信用代码", max_length=24, widget=forms.TextInput(attrs={"class": "w-m"}))


class ChildForm(OnceForm):
    name = forms.CharField(label="孩子的姓名", max_length=60, widget=forms.TextInput(attrs={"class": "w-m"}))
    id_number = CodeField(label="孩子的身份证号", max_length=24, widget=forms.TextInput(attrs={"class": "w-m"}))


class HandlerForm(OnceForm):
    principal = forms.TypedChoiceField(label="替谁办", coerce=int)
    name = forms.CharField(label="经办人姓名", max_length=60, widget=forms.TextInput(attrs={"class": "w-m"}))
    id_number = CodeField(label="经办人身份证号", max_length=24, widget=forms.TextInput(attrs={"class": "w-m"}))
    valid_to = forms.DateField(
        label="授权到哪一天", help_text="含当日，最长两年；到期自动失效。", widget=DateInput(attrs={"class": "w-s"})
    )
    scope = forms.CharField(
        label="只授权办理这些事项",
        required=False,
        max_length=600,
        help_text="写事项名称或编码，用逗号或换行分开；不写就是全部事项。",
        widget=forms.Textarea(attrs={"rows": "3"}),
    )

    def __init__(self, *args, principals, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["principal"].choices = [(party.pk, party.name) for party in principals]

    def clean_scope(self) -> list[str]:
        text = self.cleaned_data["scope"]
        divided = (re.split("|".join(MARKS[:most]), text) for most in range(1, len(MARKS) + 1))
        known = codes_named({part.strip() for parts in divided for part in parts})
        words = list(_named(text, known, MARKS))
        if lacking := [word for word in words if word not in known]:
            raise forms.ValidationError(f"没有叫“{'”“'.join(lacking[:5])}”的事项，请从办事事项里抄写名称或编码。")
        return sorted({code for word in words for code in known[word]})


def _named(text: str, known: dict, marks: tuple[str, ...]) -> Iterator[str]:
    """What stands between the strongest marks, if it is a name; else what stands between the next."""
    for part in filter(None, map(str.strip, re.split(marks[0], text))):
        if part in known or not marks[1:]:
            yield part
        else:
            yield from _named(part, known, marks[1:])


class RevokeForm(OnceForm):
    reason = forms.CharField(label="原因", max_length=200, required=False)


@citizens_only
@require_GET
def identities(request: HttpRequest) -> HttpResponse:
    actor = request.actor
    given = queries_mandates.mandates_given(actor)
    held = queries_mandates.mandates_held(actor)
    names = definition_names(code for row in (*given, *held) for code in row.scope)
    for row in (*given, *held):
        row.items = "、".join(dict.fromkeys(names.get(code, code) for code in row.scope)) or "全部事项"
    own = queries.party(actor.party_ids[0])
    told = {"own": own, "held": held, "given": given, "ended": queries_mandates.mandates_ended(own.pk)}
    return render(request, "account/identities.html", told)


def _form_page(request: HttpRequest, form: BaseForm, do, said: str, template: str, **context) -> HttpResponse:
    if request.method == "POST" and form.act(request.actor, do):
        messages.success(request, said)
        return redirect("identities")
    return render(request, template, {"form": form, **context}, status=form.status)


@citizens_only
@require_http_methods(["GET", "POST"])
def enterprise(request: HttpRequest) -> HttpResponse:
    form = EnterpriseForm(request.POST or None)

    def do() -> int:
        given = form.cleaned_data
        return actions.represent_enterprise(by=request.actor, uscc=given["uscc"], name=given["name"]).pk

    return _form_page(request, form, do, "已核验，您可以用企业的名义办事了。", "account/identity_enterprise.html")


@citizens_only
@require_http_methods(["GET", "POST"])
def child(request: HttpRequest) -> HttpResponse:
    form = ChildForm(request.POST or None)

    def do() -> int:
        given = form.cleaned_data
        return actions.guard_child(by=request.actor, name=given["name"], id_number=given["id_number"]).pk

    return _form_page(request, form, do, "已核验，您可以替孩子办事了。", "account/identity_child.html")


@citizens_only
@require_http_methods(["GET", "POST"])
def handler(request: HttpRequest) -> HttpResponse:
    form = HandlerForm(request.POST or None, principals=queries_mandates.principals_of(request.actor))

    def do() -> int:
        return actions.authorise_handler(by=request.actor, **form.given).pk

    said = "已授权。经办人用自己的账号登录后就能办理。"
    return _form_page(request, form, do, said, "account/identity_handler.html")


@citizens_only
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    if sent_before(request):
        return redirect("identities")
    mandate = queries_mandates.mandate_for(request.actor, pk)
    form = RevokeForm(request.POST or None)
    if mandate.over and not form.is_bound:
        messages.warning(request, f"这项授权已于{mandate.ended}。")
        return redirect("identities")

    def do() -> int:
        return actions.revoke_mandate(by=request.actor, mandate=mandate, reason=form.cleaned_data["reason"]).pk

    held = mandate.agent_id == request.actor.party_ids[0]
    principal = mandate.principal
    facts = [
        ("委托人", principal.name),
        ("经办人", f"{mask_name(mandate.agent.name)}（{mask_id(mandate.agent.id_number)}）"),
        ("类别", mandate.get_kind_display()),
    ]
    return _form_page(
        request,
        form,
        do,
        "已结束。",
        "web/confirm.html",
        question="不再代为办理？" if held else "收回这项授权？",
        consequence="从下一次打开页面起，经办人不能再看到和办理这些办件；已经提交的不受影响。",
        facts=facts,
        action="不再代办" if held else "收回授权",
        back_url="/account/identities/",
    )
