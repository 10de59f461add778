"""红黄牌: the supervisor's list and the department's, one card with its story, the head's reason and the supervisor's way to
take it back."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from apps.applications import sight
from apps.directory import queries as directory
from apps.kit.forms import BaseForm
from apps.kit.paging import keyset_page
from apps.kit.time import beijing_date, now, today
from apps.supervision import actions, queries_cards
from apps.supervision.models import Card
from apps.supervision.queries import places

from . import labels, sheets
from .access import staff
from .once import OnceForm
from .oversight import frame as oversight
from .review import frame as review

STATES = [
    ("", "全部"),
    (queries_cards.OPEN, "待办理"),
    *((s, labels.label("card", s).text) for s in Card.State if s != "due"),
]
FORMS = [("", "全部"), *Card.Form.choices]
SORTS = [(name, words) for name, (words, _) in queries_cards.SORTS.items()]


class Filters(BaseForm):
    """What is not understood is left out: a bookmark of last year still opens the list."""

    number = forms.CharField(label="办件编号", required=False, max_length=20)
    form = forms.ChoiceField(label="类别", required=False, choices=FORMS)
    state = forms.ChoiceField(label="状态", required=False, choices=STATES)
    node = forms.ChoiceField(label="节点", required=False)
    department = forms.CharField(label="部门", required=False, max_length=64, widget=forms.HiddenInput)
    sort = forms.ChoiceField(label="顺序", required=False, choices=SORTS)

    def __init__(self, data, actor):
        super().__init__(data, auto_id="filter_%s")
        on = today()
        nodes = [(node.code, node.told_on(on)) for node in (places(actor) if actor.has("supervisor") else directory.nodes())]
        self.fields["node"].choices = [("", "全部"), *nodes]
        self.is_valid()
        self.many_nodes = actor.has("supervisor") and len(nodes) > 1

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


def _asked(request: HttpRequest):
    filters = Filters(request.GET, request.actor)
    chosen = dict(filters.chosen)
    order = queries_cards.order(chosen.pop("sort", ""))
    return filters, queries_cards.cards(request.actor, **chosen), order


def _side(request: HttpRequest) -> dict:
    """The rooms of the desk that these cards come from stay beside them."""
    if request.actor.roles & set(review.DESK_ROLES):
        return {"side": review.side(request), "rooms": "部门审批"}
    return {"side": oversight.side(request), "rooms": "监督"}


@staff(*queries_cards.ROLES)
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    filters, found, order = _asked(request)
    context = {
        "filters": filters,
        "page": keyset_page(found, order, request.GET.get("page")),
        **_side(request),
        "department": _words(filters, "department"),
    }
    return render(request, "web/cards.html", context)


HEAD = [
    "类别",
    "办件编号",
    "事项",
    "期限",
    "到期日",
    "节点",
    "部门",
    "状态",
    "给出日",
    "依据",
    "部门的说明",
    "说明人",
    "撤销或者失效的原因",
]


@staff(*queries_cards.ROLES)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    filters, found, order = _asked(request)

    def lines():
        for card in found.order_by(*order)[: sheets.LIMIT + 1]:
            yield [
                card.get_form_display(),
                card.application.number,
                card.name,
                card.step,
                card.due_on,
                card.node.name,
                card.department.name if card.department else "",
                labels.label("card", card.state).text,
                beijing_date(card.given_at),
                card.basis,
                card.reason,
                card.answered_by,
                card.end_reason,
            ]

    asked = "；".join(f"{field.label}：{words}" for field in filters if (words := _words(filters, field.name)))
    return sheets.workbook("红黄牌", HEAD, lines(), [f"截至 {sheets.minute(now())}；筛选：{asked or '全部'}"])


def _words(filters: Filters, name: str) -> str:
    value = filters.chosen.get(name, "")
    if name == "department" and value:
        return directory.department_names([value]).get(value, value)
    return value and dict(getattr(filters.fields[name], "choices", ())).get(value, value)


@staff(*queries_cards.ROLES)
@require_GET
def card(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries_cards.card(request.actor, pk)
    return _page(request, row, None)


class AnswerForm(OnceForm):
    reason = forms.CharField(
        label="原因和措施",
        max_length=500,
        widget=forms.Textarea,
        help_text="至少 4 个字。监督人员会看到，也会写进事件簿。",
    )


class WithdrawForm(OnceForm):
    reason = forms.CharField(
        label="撤销的理由", max_length=500, widget=forms.Textarea, help_text="至少 4 个字。部门会看到，也会写进事件簿。"
    )


ACTS = {
    "answer": (AnswerForm, actions.answer_card, "说明原因", "提交说明"),
    "withdraw": (WithdrawForm, actions.withdraw_card, "撤销这张牌", "撤销"),
}


@staff(*queries_cards.ROLES)
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    row = queries_cards.card(request.actor, pk)
    row.policy(request.actor, verb, row)
    if request.method == "GET":
        return _page(request, row, None)
    form, do, _, _ = ACTS[verb]
    sent = form(request.POST, auto_id=f"{verb}_%s")
    if sent.act(request.actor, lambda: do(by=request.actor, card=pk, reason=sent.cleaned_data["reason"]).pk, card=pk):
        messages.success(request, {"answer": "说明已提交，监督人员会看到。", "withdraw": "已撤销，部门会收到消息。"}[verb])
        return redirect("card", pk)
    return _page(request, row, sent)


def _page(request: HttpRequest, row: Card, sent: OnceForm | None) -> HttpResponse:
    """The card, and beside it what may be done with it now."""
    acts = []
    for verb, (form, _, title, button) in ACTS.items():
        if queries_cards.may(request.actor, verb, row):
            shown = sent if type(sent) is form else form(auto_id=f"{verb}_%s")
            if verb == "answer" and actions.told_to_applicant(row):
                shown["reason"].help_text = "至少 4 个字。监督人员会看到；申请人和凭编号查询的人也会看到，请写得明白，不写他人的信息。"
            href = reverse(f"card_{verb}", args=[row.pk])
            acts.append({"verb": verb, "form": shown, "title": title, "button": button, "href": href})
    # A department answers for what was late with it, though the case lies with another since.
    context = {"card": row, "given_to": queries_cards.given_to(row), "sees": sight.sees(request.actor, row.application), "acts": acts, "form": sent, **_side(request)}
    return render(request, "web/card.html", context, status=sent.status if sent else 200)
