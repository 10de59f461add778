"""函告和整改: what came in, what is to be done by when, and the acts of the unit and of who watches it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from apps.applications import sight
from apps.deadlines.queries_past import explain_clock
from apps.directory import queries as directory
from apps.feedback import actions, queries, scale
from apps.feedback.models import Rectification
from apps.kit.days import day_cn
from apps.kit.errors import Forbidden
from apps.kit.forms import BaseForm
from apps.kit.paging import keyset_page
from apps.kit.time import BEIJING, today
from apps.web import sheets
from apps.web.access import staff
from apps.web.once import OnceForm, SeenForm, sent_before
from apps.web.templatetags.web import state_text

from .frame import LETTER_ROLES, ask, may, nodes_of, side

# First what an address without a state, or with one that there is not, lists.
STATES = [("", "全部"), ("open", "未办结"), *[pair for pair in Rectification.State.choices if pair[0] != "opened"]]
ACTS = {
    "call": ("call_back", "登记回访"), "reply": ("reply", "答复"), "appeal": ("appeal", "申诉"),
    "decide": ("uphold", "核实申诉"), "judge": ("verify", "核查"), "pass_on": ("pass_on", "转办"),
}  # fmt: skip
HALL = "-"  # in a form, where a blank choice is none
desk = staff(*LETTER_ROLES)


class Filters(BaseForm):
    state = forms.ChoiceField(label="状态", required=False, choices=STATES)
    source = forms.ChoiceField(label="来源", required=False, choices=[("", "全部"), *Rectification.Source.choices])
    node = forms.ChoiceField(label="节点", required=False)
    overdue = forms.BooleanField(label="只看逾期", required=False)

    def __init__(self, data, actor):
        asked = data if set(data) & set(self.base_fields) else {"state": "open"}  # a page of the list as it opens names only itself
        super().__init__(asked, auto_id="filter_%s")
        if nodes := nodes_of(actor):
            self.fields["node"].choices = [("", "全部"), *nodes]
        else:
            del self.fields["node"]
        self.is_valid()


def _words(label: str, most: int = 500, **more) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": 3}), **more)


class CallForm(OnceForm):
    note = _words("回访记录", help_text="什么时候通的话、对方怎么说；打不通的也写明。")


class ReplyForm(OnceForm):
    measures = _words("整改措施", 1000, help_text="做了什么、今后怎样避免；监督人员会核查。")
    answer = _words("对办事人的答复", 1000, help_text="核查通过后原样告诉办事人。")


class AppealForm(OnceForm):
    reason = _words("申诉理由", help_text="反映的问题为什么不属实，或者为什么不是本单位的事；由部门以外的监督人员核实，投诉错了单位的由他转办。")


class DecideForm(SeenForm):
    right = forms.ChoiceField(
        label="结论",
        choices=[("yes", "申诉成立，不计入得分"), ("no", "申诉不成立，继续整改")],
        widget=forms.RadioSelect,
    )
    reason = _words("核查的结论和理由", help_text="会告诉提出申诉的单位；申诉成立的，也告诉办事人。")

    def __init__(self, row: Rectification, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if row.source == Rectification.Source.COMPLAINT:  # it has no score to leave
            self.fields["right"].choices = [("yes", "申诉成立，不用整改"), ("no", "申诉不成立，继续整改")]


class JudgeForm(SeenForm):
    settled = forms.ChoiceField(
        label="核查结果",
        choices=[("yes", "已经整改，答复办事人"), ("no", "没有整改到位，退回重办")],
        widget=forms.RadioSelect,
    )
    words = _words("核查情况")


class PassForm(OnceForm):
    unit = forms.ChoiceField(label="转给", widget=forms.RadioSelect)
    reason = _words("转办原因", help_text="原样告诉办事人和接办的单位。")

    def __init__(self, row: Rectification, *args, **kwargs):
        super().__init__(*args, **kwargs)
        units, field, own = queries.units_to_pass(row), self.fields["unit"], row.department or HALL
        field.choices = [(own, ""), *((code or HALL, name) for code, name in units.items())]
        field.widget.choices = field.choices[1:]  # there it is already: refused in words from a page that stood open


def _rows(request: HttpRequest, filters: Filters):
    asked = filters.cleaned_data
    given = {name: asked.get(name, "") for name in ("state", "source", "node")}
    return queries.rectifications_for(request.actor, overdue=asked.get("overdue", False), **given)


@desk
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    filters = Filters(request.GET, request.actor)
    page = keyset_page(_rows(request, filters), ("due_on", "id"), request.GET.get("page"))
    queries.name_units(page.rows)
    narrowed = filters.cleaned_data.get("state") not in ("open", "") or any(filters.cleaned_data.get(name) for name in ("source", "node", "overdue"))
    context = {"page": page, "filters": filters, "narrowed": narrowed, "side": side(request)}
    return render(request, "feedback/letters.html", context)


@desk
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    filters = Filters(request.GET, request.actor)
    rows = list(_rows(request, filters).order_by("due_on", "pk")[: sheets.LIMIT + 1])
    queries.name_units(rows)
    head = (
        "来源",
        "事项",
        "办件编号",
        "责任单位",
        "反映的问题",
        "登记日",
        "答复期限",
        "状态",
        "逾期",
        "整改措施",
        "答复",
        "核查意见",
    )
    lines = (
        (
            row.get_source_display(),
            row.name,
            "匿名" if row.anonymous else row.application.number,
            row.unit,
            row.facts,
            row.opened_on,
            row.due_on,
            state_text(row.state, "rectification"),
            "是" if row.overdue else "",
            row.measures,
            row.answer,
            row.verdict,
        )
        for row in rows
    )
    asked = filters.cleaned_data
    shown = [
        f"状态：{dict(STATES).get(asked.get('state', ''), '全部')}",
        f"来源：{dict(filters.fields['source'].choices).get(asked.get('source', ''), '全部')}",
        *([f"节点：{directory.region_name(asked['node'])}"] if asked.get("node") else []),
        *(["只看逾期"] if asked.get("overdue") else []),
    ]
    return sheets.workbook("函告和整改", head, lines, [f"截至 {day_cn(today())}；筛选：{'，'.join(shown)}"])


@desk
@require_GET
def ratings(request: HttpRequest) -> HttpResponse:
    """Read only (DOMAIN.md row 15)."""
    bad = request.GET.get("bad") == "1"
    page = keyset_page(queries.ratings_for(request.actor, bad=bad), ("-id",), request.GET.get("page"))
    queries.name_units(page.rows)
    context = {"page": page, "shown": [(row, *_in_words(row)) for row in page.rows], "bad": bad, "side": side(request)}
    return render(request, "feedback/ratings.html", context)


def _in_words(row) -> tuple[str, str, list[str]]:
    """(level, the level after it was set right or "", reasons)"""
    levels = scale.levels()
    return levels[row.level].name, levels[row.again].name if row.again else "", scale.tag_names(row.tags)


@desk
@require_GET
def export_ratings(request: HttpRequest) -> HttpResponse:
    """As on the page: who stays anonymous is told by no case and no hour."""
    bad = request.GET.get("bad") == "1"
    rows = list(queries.ratings_for(request.actor, bad=bad).order_by("-pk")[: sheets.LIMIT + 1])
    queries.name_units(rows)
    head = ("日期", "事项", "办件编号", "单位", "评价的环节", "等级", "整改后再评", "原因", "说明", "计入得分")

    def line(row):
        level, again, tags = _in_words(row)
        number = "匿名" if row.anonymous else row.application.number
        day = row.at.astimezone(BEIJING).date()
        counts = "是" if row.counts else "否"
        return (day, row.name, number, row.unit, row.label, level, again, "、".join(tags), row.text, counts)

    shown = "只看差评" if bad else "全部"
    return sheets.workbook("评价", head, map(line, rows), [f"截至 {day_cn(today())}；筛选：{shown}"])


@desk
@require_GET
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.rectification(request.actor, pk)
    fits = _fits(row)
    acts = [
        {"text": text, "href": reverse(f"feedback:{name}", args=[pk]), "first": name not in ("appeal", "pass_on")}
        for name, (verb, text) in ACTS.items()
        if fits[verb] and may(request.actor, verb, row)
    ]
    rating = row.rating
    queries.name_units([row])
    context = {
        "row": row,
        "sees": sight.sees(request.actor, row.application),  # it may lie with another department since
        "level": scale.levels()[rating.level].name if rating else "",
        "again": scale.levels()[rating.again].name if rating and rating.again else "",
        "acts": acts,
        "clocks": [(clock, explain_clock(clock)) for clock in queries.clocks_of(row)],
        "steps": queries.steps_of(row),
        "side": side(request),
    }
    return render(request, "feedback/letter.html", context)


def _fits(row: Rectification) -> dict[str, bool]:
    """{verb: whether it is its time}, for showing a button and its page; the action asks again."""
    S = Rectification.State
    return {
        "call_back": row.wants_call,
        "reply": row.state in Rectification.WITH_UNIT and not row.wants_call,
        "appeal": row.state == S.SENT and not row.appealed_in_vain,
        "uphold": row.state == S.APPEALED,
        "verify": row.state == S.REPLIED,
        "pass_on": row.state in Rectification.TO_PASS_ON and bool(queries.units_to_pass(row)),
    }


def _act(request: HttpRequest, pk: int, form: OnceForm, verb: str, do, **told) -> HttpResponse:
    row = queries.rectification(request.actor, pk)
    try:
        row.policy(request.actor, verb, row)
    except Forbidden:  # the first click may have given it into another's hands
        if not sent_before(request):
            raise
    if not form.is_bound and not _fits(row)[verb]:
        messages.warning(request, f"这一件现在是“{state_text(row.state, 'rectification')}”，这一步已经办过，或者还不能办。")
        return redirect("feedback:letter", pk)
    facts = [("事项", row.name), ("反映的问题", row.facts), ("答复期限", f"{row.due_on:%Y年%-m月%-d日}")]
    if row.measures:
        facts += [("整改措施", row.measures), ("答复", row.answer)]
    if row.appeal_reason:
        facts.append(("申诉理由", row.appeal_reason))
    if row.verdict:
        facts.append(("核查意见", row.verdict))  # what the next reply has to answer
    return ask(request, form, do, back=reverse("feedback:letter", args=[pk]), facts=facts, **told)


@desk
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, pk: int) -> HttpResponse:
    form = CallForm(request.POST or None)

    def do():
        return actions.call_back(by=request.actor, rectification=pk, note=form.cleaned_data["note"]).pk

    told = {"question": "登记回访", "consequence": "实名差评都要回访，期限见函告。", "action": "登记"}
    return _act(request, pk, form, "call_back", do, said="回访已登记。", **told)


@desk
@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReplyForm(request.POST or None)

    def do():
        given = {name: form.cleaned_data[name] for name in ("measures", "answer")}
        return actions.reply(by=request.actor, rectification=pk, **given).pk

    told = {"question": "整改答复", "consequence": "答复后由部门以外的监督人员核查。", "action": "提交答复"}
    return _act(request, pk, form, "reply", do, said="答复已提交，等待核查。", **told)


@desk
@require_http_methods(["GET", "POST"])
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    form = AppealForm(request.POST or None)

    def do():
        return actions.appeal(by=request.actor, rectification=pk, reason=form.cleaned_data["reason"]).pk

    told = {
        "question": "对这件函告申诉？",
        "consequence": "由监督人员核实，核实期间不算逾期；不成立的，仍按原来的期限答复，已经过了的当天答复。",
        "action": "提交申诉",
    }
    return _act(request, pk, form, "appeal", do, said="申诉已提交。", **told)


@desk
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.rectification(request.actor, pk)
    form = DecideForm(row, request.POST or None).show(row.said)

    def do():
        asked = form.cleaned_data
        return actions.decide_appeal(
            by=request.actor, rectification=pk, right=asked["right"] == "yes", reason=asked["reason"], seen=form.held
        ).pk

    follows = "成立的，评价仍然公开，但不计入得分。"
    if row.source == Rectification.Source.COMPLAINT:
        follows = "成立的，投诉到此办结。只是投诉错了单位的，不要在这里下结论，请返回点“转办”，由该管的单位答复。"
    told = {"question": "核实申诉", "consequence": follows, "action": "作出结论"}
    return _act(request, pk, form, "uphold", do, said="申诉已核实。", **told)


@desk
@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    form = JudgeForm(request.POST or None).show(queries.rectification(request.actor, pk).said)

    def do():
        asked = form.cleaned_data
        return actions.judge(
            by=request.actor, rectification=pk, settled=asked["settled"] == "yes", words=asked["words"], seen=form.held
        ).pk

    told = {"question": "核查整改", "consequence": "核查通过后，答复原样告诉办事人。", "action": "确认核查"}
    return _act(request, pk, form, "verify", do, said="核查已登记。", **told)


@desk
@require_http_methods(["GET", "POST"])
def pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    form = PassForm(queries.rectification(request.actor, pk), request.POST or None)

    def do():
        unit, reason = form.cleaned_data["unit"], form.cleaned_data["reason"]
        return actions.pass_on_letter(by=request.actor, rectification=pk, unit="" if unit == HALL else unit, reason=reason).pk

    told = {"question": "转办给别的单位", "consequence": "答复期限不变，已经过了的到今天为止；办事人会收到转给谁、为什么。", "action": "转办"}
    return _act(request, pk, form, "pass_on", do, said="已转办，办事人会收到消息。", **told)
