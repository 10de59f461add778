"""在线咨询 at the desk: what waits for an answer, the answer, passing it on, and what is published for everybody."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from apps.directory import queries as directory
from apps.feedback import actions, queries
from apps.feedback.models import Enquiry
from apps.kit.days import day_cn
from apps.kit.errors import NotYours
from apps.kit.paging import keyset_page
from apps.kit.places import city_of
from apps.kit.time import today
from apps.web import sheets
from apps.web.access import staff
from apps.web.once import OnceForm, sent_before
from apps.web.templatetags.web import state_text

from .frame import QUESTION_ROLES, ask, may, nodes_of, side

VIEWS = [("asked", "待答复"), ("overdue", "已超期"), ("answered", "已答复"), ("published", "已公开"), ("", "全部")]
desk = staff(*QUESTION_ROLES)


class AnswerForm(OnceForm):
    answer = forms.CharField(label="答复", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


class PassForm(OnceForm):
    department = forms.ChoiceField(label="转给")
    reason = forms.CharField(label="为什么", max_length=300)

    def __init__(self, *args, node: str, department: str, **kwargs):
        """Its own node first, and the city's, where a question may belong too; the city gives to every node. Where it is, is nothing to
        choose; from a page that stood open it is refused in words, or known again."""
        super().__init__(*args, **kwargs)
        places = {node: [], city_of(node): []}
        for row in directory.departments_with_nodes():
            at = row.region.node_code
            if at in places or node.endswith("00"):
                places.setdefault(at, []).append((row.pk, row.name))
        groups = [(directory.region_name(at), rows) for at, rows in places.items() if rows]
        field = self.fields["department"]
        field.choices = [("", "请选择"), *groups]
        others = [(at, [one for one in rows if one[0] != department]) for at, rows in groups]
        field.widget.choices = [("", "请选择"), *[(at, rows) for at, rows in others if rows]]


class PublishForm(OnceForm):
    question = forms.CharField(
        label="公开的问题",
        max_length=300,
        help_text="删去姓名、电话、地址等个人情况。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    answer = forms.CharField(label="公开的答复", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


class UnpublishForm(OnceForm):
    reason = forms.CharField(label="为什么不再公开", max_length=300)


@desk
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    view, node, rows = _asked(request)
    page = keyset_page(rows, ("reply_by", "id"), request.GET.get("page"))
    at = f"&node={node}" if node else ""
    tabs = [{"text": text, "href": f"?view={name}{at}", "current": name == view} for name, text in VIEWS]
    place = directory.region_name(node) if node else ""
    context = {"page": page, "view": view, "tabs": tabs, "place": place, "side": side(request)}
    return render(request, "feedback/questions.html", context)


def _asked(request: HttpRequest) -> tuple[str, str, QuerySet[Enquiry]]:
    """(view, node or "", the questions that these leave)"""
    view = request.GET.get("view", "asked")
    view = view if view in dict(VIEWS) else "asked"
    node = request.GET.get("node", "")
    node = node if node in dict(nodes_of(request.actor)) else ""
    late = today() if view == "overdue" else None
    rows = queries.enquiries_for(request.actor, state="" if late else view, overdue_on=late, node=node)
    return view, node, rows


@desk
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    view, node, found = _asked(request)
    rows = list(found.order_by("reply_by", "pk")[: sheets.LIMIT + 1])
    names = directory.department_names({row.department for row in rows if row.department})
    head = ("问题", "事项", "答复单位", "提问日", "答复期限", "状态", "已超期", "答复", "答复日", "已公开")
    lines = (
        (
            row.question,
            row.name or "综合问题",
            names.get(row.department) or f"{directory.region_name(row.node)}办事大厅",
            row.asked_at,
            row.reply_by,
            state_text(row.state, "enquiry"),
            "是" if row.waits_past_its_day else "",
            row.answer,
            row.answered_at,
            "是" if row.published_on else "",
        )
        for row in rows
    )
    place = f"；节点：{directory.region_name(node)}" if node else ""
    return sheets.workbook("在线咨询", head, lines, [f"截至 {day_cn(today())}；筛选：{dict(VIEWS)[view]}{place}"])


@desk
@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.enquiry(request.actor, pk)
    form = AnswerForm(request.POST or None)

    def do():
        return actions.reply_enquiry(by=request.actor, enquiry=pk, answer=form.cleaned_data["answer"]).pk

    if request.method == "POST" and form.act(request.actor, do, enquiry=pk):
        messages.success(request, "已答复，咨询人会收到消息。")
        return redirect("feedback:question", pk)
    context = {
        "row": row,
        "form": form,
        "may_publish": may(request.actor, "publish", row),
        "unit": directory.department_names([row.department]).get(row.department) or f"{directory.region_name(row.node)}办事大厅",
        "steps": queries.steps_of(row),
        "side": side(request),
    }
    return render(request, "feedback/question.html", context, status=form.status)


def _act(request: HttpRequest, row: Enquiry, fits: bool, form: OnceForm, do, *, said: str, back: str, **told) -> HttpResponse:
    """`fits`: whether it is its time; the action asks again."""
    if not form.is_bound and not fits:
        messages.warning(request, "这一步已经办过，或者还不能办。")
        return redirect("feedback:question", row.pk)
    facts = [("问题", row.question), *([("答复", row.answer)] if row.answer else [])]
    return ask(request, form, do, said=said, back=back, facts=facts, **told)


@desk
@require_http_methods(["GET", "POST"])
def pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        row = queries.enquiry(request.actor, pk)
    except NotYours:
        if sent_before(request):
            return redirect("feedback:questions")
        raise
    form = PassForm(request.POST or None, node=row.node, department=row.department)

    def do():
        given = {name: form.cleaned_data[name] for name in ("department", "reason")}
        return actions.pass_on_enquiry(by=request.actor, enquiry=pk, **given).pk

    told = {"question": "转给别的部门", "consequence": "答复期限不变。", "action": "转出"}
    fits = row.state == Enquiry.State.ASKED
    return _act(request, row, fits, form, do, said="已转出。", back=reverse("feedback:questions"), **told)


@desk
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.enquiry(request.actor, pk)
    row.policy(request.actor, "publish", row)
    form = PublishForm(request.POST or None, initial={"question": row.public_question or row.question, "answer": row.public_answer or row.answer})

    def do():
        given = {name: form.cleaned_data[name] for name in ("question", "answer")}
        return actions.publish(by=request.actor, enquiry=pk, **given).pk

    told = {"question": "公开到常见问题", "consequence": "任何人都能看到，也显示在办事指南里。", "action": "公开"}
    fits = row.state == Enquiry.State.ANSWERED and row.published_on is None
    return _act(request, row, fits, form, do, said="已公开。", back=reverse("feedback:question", args=[pk]), **told)


@desk
@require_http_methods(["GET", "POST"])
def unpublish(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.enquiry(request.actor, pk)
    row.policy(request.actor, "unpublish", row)
    form = UnpublishForm(request.POST or None)

    def do():
        return actions.unpublish(by=request.actor, enquiry=pk, reason=form.cleaned_data["reason"]).pk

    told = {"question": "不再公开？", "consequence": "从常见问题和办事指南里撤下。", "action": "撤下", "plain": False}
    fits = row.published_on is not None
    return _act(request, row, fits, form, do, said="已撤下。", back=reverse("feedback:question", args=[pk]), **told)
