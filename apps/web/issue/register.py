"""出件登记: what was handed over on a day, each line with its service receipt to print again."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from apps.applications import actions, queries_issue
from apps.applications.models import Application, Member
from apps.issuance.models import HandOver
from apps.kit.days import day_cn
from apps.kit.masking import mask_name
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.kit.time import beijing_date, today
from apps.web import sheets
from apps.web.access import staff
from apps.web.once import OnceForm

from .forms import DayForm
from .frame import side


def _day(request: HttpRequest) -> tuple[DayForm, date]:
    """The day asked for, or today; what is not a day is today."""
    form = DayForm(request.GET or None, auto_id="register_%s")
    if form.is_bound and form.is_valid() and form.cleaned_data["day"]:
        return form, form.cleaned_data["day"]
    return DayForm(initial={"day": today()}, auto_id="register_%s"), today()


def _collector(line: HandOver) -> str:
    """A person masked; the unit itself, in whose name a parcel was signed for, by its public name."""
    holder = line.receipt.payload["applicant"]
    itself = holder["kind"] != "person" and holder["name"] == line.collector_name
    return line.collector_name if itself else mask_name(line.collector_name)


@require_GET
@staff("issue_clerk")
@may_be_late
def register(request: HttpRequest) -> HttpResponse:
    form, day = _day(request)
    page = keyset_page(queries_issue.issue_register(request.actor, day), ("-at", "-id"), request.GET.get("page"))
    told = {
        "filters": form,
        "day": day,
        "page": page,
        "rows": [{"line": line, "collector": _collector(line)} for line in page.rows],
        "side": side(request),
    }
    return render(request, "issue/register.html", told)


@require_GET
@staff("issue_clerk")
def export(request: HttpRequest) -> HttpResponse:
    """The day's register as XLSX, collectors masked."""
    _form, day = _day(request)
    lines = queries_issue.issue_register(request.actor, day).order_by("at", "id")[: sheets.LIMIT + 1]
    head = [
        "时间",
        "文书",
        "文号",
        "所属事项",
        "领取人",
        "与受送达人的关系",
        "证件号码",
        "送达方式",
        "经办人",
        "送达回证",
    ]
    rows = (
        [
            beijing_date(line.at) if line.by_the_day else line.at,
            paper["title"],
            paper["number"],
            paper["item"],
            _collector(line),
            "" if line.method == HandOver.Method.NOTICE else line.get_relation_display(),  # nobody took it
            line.collector_masked,
            line.get_method_display() + ("（已撤销）" if line.taken_back else ""),
            line.clerk_name,
            line.receipt.number,
        ]
        for line in lines
        for paper in line.documents
    )
    return sheets.workbook(f"出件登记-{day}", head, rows, notes=[f"{day_cn(day)} 出件登记；领取人姓名和证件号码已掩码。"])


@require_GET
@staff("issue_clerk")
def handed(request: HttpRequest, pk: int) -> HttpResponse:
    """The result: what was handed to whom, and the service receipt."""
    line, application = queries_issue.hand_over(request.actor, pk)
    mine = line.clerk_id == request.actor.id and not actions.why_not_taken_back(line, _handed(line, application))
    told = {"line": line, "application": application, "may_take_back": mine, "again": queries_issue.given_before(line), "side": side(request)}
    return render(request, "issue/handed.html", told)


def _handed(line: HandOver, application: Application) -> list[Member]:
    return list(application.members.filter(pk__in=line.members))


class TakeBackForm(OnceForm):
    reason = forms.CharField(
        label="为什么撤销",
        max_length=200,
        help_text="至少 4 个字，申请人会看到；例如“领取人取错了同名人的文书，已当场收回”。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_http_methods(["GET", "POST"])
@staff("issue_clerk")
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Handed to the wrong person: on the same day who did it takes it back."""
    actor, form = request.actor, TakeBackForm(request.POST or None)
    line, application = queries_issue.hand_over(actor, pk)

    def do() -> int:
        return actions.take_back(by=actor, hand_over=pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(actor, do, hand_over=pk):
        messages.success(request, "交付已撤销，结果回到待领取；送达回证作废。请确认文书已经收回。")
        return redirect("issue:hand_over", application.pk)
    refused = "" if request.method == "POST" else actions.why_not_taken_back(line, _handed(line, application))
    told = {
        "question": "撤销这次交付？",
        "consequence": "用于交错了人：文书收回以后再撤销。送达回证作废，送达日不算，申请人会收到消息；登记的这一行保留。",
        "facts": [
            ("办件编号", application.number),
            ("领取人", f"{line.collector_name}（{line.get_relation_display()}）"),
            ("文书", "、".join(f"{paper['title']} {paper['number']}" for paper in line.documents)),
        ],
        "form": form,
        "refused": refused,
        "action": "确认撤销交付",
        "back_url": reverse("issue:handed", args=[pk]),
        "side": side(request),
        "desk": "统一出件",
    }
    return render(request, "web/confirm_beside.html", told, status=form.status)
