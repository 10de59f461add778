"""The contact phone of a case that was handed in, changed at the counter or from home."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.applications import actions, queries
from apps.applications.actions.handout import on_its_way
from apps.directory import queries as directory
from apps.kit.errors import WrongState
from apps.kit.masking import mask_mobile

from .answering import Typed
from .once import OnceForm

USED = "短信提醒和凭编号查询进度都用新的号码。"


class OwnForm(OnceForm):
    """From home there is one phone to choose: the account's own."""


class ContactForm(OnceForm):
    contact_mobile = Typed(
        label="新的联系手机",
        required=True,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "class": "w-m"}),
    )


def change(request: HttpRequest, pk: int, *, back: str, page: str = "web/confirm.html", **told) -> HttpResponse:
    """Raises WrongState where nothing is to come any more. `told`: what stands beside the page."""
    row = queries.get(request.actor, pk)
    members = list(row.members.select_related("commitment"))
    if not actions.changeable(row, members):
        raise WrongState(on_its_way(members) or actions.NOTHING_TO_COME)
    home = request.actor.kind == "person"
    own = directory.own_mobile(request.actor) if home else ""
    form = (OwnForm if home else ContactForm)(request.POST if request.method == "POST" else None)

    def do() -> int:
        typed = form.cleaned_data.get("contact_mobile", "")
        return actions.change_contact(by=request.actor, application=pk, contact_mobile=typed).pk

    if request.method == "POST" and form.act(request.actor, do, application=pk):
        messages.success(request, "联系手机已更改。")
        return redirect(back)
    told |= {
        "row": row,
        "question": "更改联系手机",
        "consequence": USED if not home else f"改成您登录用的手机号。{USED}要用别的号码，先在“我的账户”更换手机。",
        "facts": [("办件编号", row.number), ("事项", row.name), ("现在的联系手机", mask_mobile(row.contact_mobile))],
        "form": form,
        "action": "确认更改",
        "back_url": back,
    }
    if home:
        told["facts"].append(("改成", mask_mobile(own) or "账户没有手机号"))
        if own == row.contact_mobile:
            told["refused"] = "联系手机已经是您登录用的手机号。要用别的号码，请先在“我的账户”更换手机。"
        elif not own:
            told["refused"] = "您的账户没有手机号，请先在“我的账户”绑定手机。"
    return render(request, page, told, status=form.status)
