"""公告送达: what could be served in no other way, registered when the days of its public notice are over."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import actions, queries
from apps.applications.actions.public_notice import noticeable
from apps.deadlines.queries import rule
from apps.kit.forms import DateInput
from apps.web.access import staff
from apps.web.anywhere import from_the_counter
from apps.web.once import OnceForm

from .forms import MembersField
from .frame import side


class NoticeForm(OnceForm):
    members = MembersField(label="公告送达的结果", widget=forms.CheckboxSelectMultiple)
    published_on = forms.DateField(label="公告登出的日期", widget=DateInput())
    place = forms.CharField(
        label="公告登在哪里", max_length=200, help_text="报纸、网站或者公告栏，写到版面、网址。", widget=forms.TextInput(attrs={"class": "w-full"})
    )
    reason = forms.CharField(
        label="为什么公告", max_length=300, help_text="受送达人下落不明，或者试过哪些方式都送不到；至少 10 个字。", widget=forms.Textarea(attrs={"rows": 3})
    )


@require_http_methods(["GET", "POST"])
@staff("issue_clerk")
@from_the_counter
def serve(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.get(request.actor, pk)
    members = noticeable(list(row.members.select_related("commitment")))
    form = NoticeForm(request.POST or None)
    form.fields["members"].widget.choices = [(one.pk, one.name) for one in members]
    form.initial["members"] = [one.pk for one in members]

    def do() -> int:
        given = {name: form.cleaned_data[name] for name in ("members", "published_on", "place", "reason")}
        return actions.serve_by_notice(by=request.actor, application=pk, **given).pk

    if request.method == "POST" and form.act(request.actor, do, application=pk):
        messages.success(request, "公告送达已登记。")
        return redirect("issue:handed", form.result)
    days = rule("public_notice")
    told = {
        "question": "登记公告送达",
        "consequence": f"直接、留置、邮寄都送不到的，才可以公告。现在登出的公告，经过 {days.value} 日视为送达（{days.source}）；"
        "期满以后在这里登记，期满的那天就是送达日，生成送达回证。",
        "facts": [("办件编号", row.number), ("事项", row.name), ("申请人", row.applicant_shown)],
        "form": form,
        "refused": "" if members or request.method == "POST" else "这个办件现在没有可以送达的结果。",
        "action": "登记公告送达",
        "back_url": reverse("issue:hand_over", args=[pk]),
        "side": side(request),
        "desk": "统一出件",
    }
    return render(request, "web/confirm_beside.html", told, status=form.status)
