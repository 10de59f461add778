"""The desk: one box to begin with, what is begun, what waits and until when; and the lists behind it."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.applications import queries, queries_clocks, queries_counter
from apps.applications.models import Application, Member
from apps.catalog import self_check
from apps.directory import queries as directory
from apps.kit.days import day_cn
from apps.kit.errors import NotYours, Refused
from apps.kit.forms import BaseForm, DateInput
from apps.kit.ids import names_a_citizen, plain_name
from apps.kit.masking import mask_name
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.kit.time import today
from apps.web import labels, sheets
from apps.web.numbers import CASE, CHECK, ENTERPRISE, IN_THE_ADDRESS, PART, PERSON, SCANNED, WORDS, guess

from . import identify
from .frame import applicant_of, clerk, side

SHORT = 6  # rows of a panel on the desk
SIZE = 30

STATES = [
    ("", "全部状态"),
    ("received,checking", "待核对"),
    ("awaiting_supplement", "待补正"),
    ("in_progress,partly_done", "办理中"),
    ("done", "已办结"),
    ("not_accepted,not_handled", "不予受理、无需办理"),
    ("withdrawn,lapsed", "已撤回、视为撤回"),
    ("voided", "录入作废"),
]
LIGHTS = [("", "全部时限"), *((light, labels.LIGHTS[light].text) for light in ("green", "yellow", "red", "overdue"))]


class StartForm(BaseForm):
    q = forms.CharField(
        label="申请人证件号码或姓名、办件编号、自查清单编号，或事项名称、拼音首字母、编码",
        max_length=SCANNED,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": "", "data-shortcut": "Q"}),
        error_messages={"required": "请输入证件号码、姓名、办件编号或事项名称。"},
    )


class FilterForm(BaseForm):
    q = forms.CharField(label="编号、姓名（名称）、事项", required=False, max_length=SCANNED)
    state = forms.ChoiceField(label="状态", required=False, choices=STATES)
    light = forms.ChoiceField(label="时限", required=False, choices=LIGHTS)
    since = forms.DateField(label="收件日从", required=False, widget=DateInput)
    until = forms.DateField(label="到", required=False, widget=DateInput)
    mine = forms.BooleanField(label="只看我收的", required=False)
    party = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)

    def clean(self) -> dict:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "“到”不能早于“收件日从”。")
        return self.cleaned_data


@clerk
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return desk(request, StartForm())


def desk(request: HttpRequest, form: StartForm) -> HttpResponse:
    """Five reads, whatever lies on the desk; the sixth brings the clocks of what waits."""
    actor = request.actor
    checking = list(queries_counter.under_check(actor).order_by("turn", "notice_due", "pk")[: SHORT + 1])
    waiting = list(queries_counter.awaiting(actor).order_by("cure_key", "pk")[: SHORT + 1])
    gaps = list(queries_counter.gap_cures(actor).order_by("gap_cure_by", "pk")[: SHORT + 1])
    ids = {row.pk for row in [*checking, *waiting]} | {member.application_id for member in gaps}
    clocks = queries_counter.running_clocks(ids, "notice", "cure", "gap")
    context = {
        "form": form,
        "drafts": queries_counter.drafts(actor).order_by("-pk")[:SHORT],
        "panels": [
            panel("待核对", "收件后要在告知期限前一次说清", "checking", checking, clocks, "notice"),
            panel("待补正", "等申请人补交；到期视为撤回", "awaiting", waiting, clocks, "cure"),
            gaps_panel(gaps, clocks),
        ],
        "today": tally(queries_counter.acts_of_day(actor, today())),
        "side": side(request),
    }
    return render(request, "counter/home.html", context, status=form.status)


def panel(title: str, hint: str, name: str, rows: list, clocks: dict, kind: str) -> dict:
    """The first few of a queue; `name`: the address of all of it, `kind`: of the clock that is shown, as `clocks` has it by (case, kind)."""
    return {
        "title": title,
        "hint": hint,
        "href": reverse(f"counter:{name}"),
        "more": len(rows) > SHORT,
        "rows": lined(rows[:SHORT], clocks, kind),
    }


def gaps_panel(members: list[Member], clocks: dict) -> dict:
    """An item that waits for its predecessor has no clock yet, but the day that was promised."""
    told = panel("容缺待补", "承诺后补；逾期撤销受理", "gaps", [one.application for one in members], clocks, "gap")
    for line, member in zip(told["rows"], members, strict=False):  # the panel is shorter
        line["member"] = member
    return told


def lined(rows: list[Application], clocks: dict, kind: str) -> list[dict]:
    return [{"row": row, "who": applicant_of(row), "clock": clocks.get((row.pk, kind))} for row in rows]


def tally(events: list) -> list[tuple[str, int]]:
    """What the clerk did today, in the words of the window."""
    count = lambda *names: sum(event.name in names for event in events)  # noqa: E731
    return [
        ("收件", count("application.receive")),
        ("受理", count("application.accept")),
        ("告知补正", count("application.ask_supplement")),
        ("不予受理、无需办理", count("application.not_accept", "application.not_handle")),
    ]


@clerk
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """The big box. By POST: a person's number stands in no address and no log."""
    form = StartForm(request.POST)
    if not form.is_valid():
        return desk(request, form)
    try:
        kind, value = guess(form.cleaned_data["q"])
    except Refused as fault:
        form.add_refusal(fault)
        return desk(request, form)
    if kind == CASE:
        row = queries.applications_for(request.actor).filter(number=value).first()
        if row is not None:
            return redirect("counter:case", row.pk)
        form.add_refusal(Refused("case.unknown", "没有找到这个编号的办件，或不在您的范围内。", "q"))
        return desk(request, form)
    if kind == PART or queries.scanned(value):
        return redirect(f"{reverse('counter:cases')}?{urlencode({'q': value})}")
    if kind == CHECK:
        try:
            begun = QueryDict(mutable=True)
            begun["check"], begun["code"] = value, self_check.find(value).code
        except NotYours as none:
            form.add_refusal(Refused("check.unknown", none.message, "q"))
            return desk(request, form)
        return identify.page(request, begun)
    if kind == WORDS and not identify.items_for(request.actor, value):
        if queries.find_named(request.actor, value).exists():  # somebody's name: where is my case?
            return redirect(f"{reverse('counter:cases')}?{urlencode({'q': value})}")
        if not identify.offered(request.actor, value)["near"]:
            told = f"没有您能受理的事项匹配“{value}”，也没有这个姓名或名称的办件。"
            form.add_refusal(Refused("item.none", told, "q"))
            return desk(request, form)
    begun = QueryDict(mutable=True)
    begun["q" if kind == WORDS else "applicant__id_number"] = value
    return identify.page(request, begun)


@clerk
@require_http_methods(["GET", "POST"])
@may_be_late
def cases(request: HttpRequest) -> HttpResponse:
    """Every case of the clerk's desk that the filters leave, newest first; `?export=xlsx` the same as a sheet.

    The search comes by POST and goes on by GET, with an applicant's number replaced by his file's: no person's number
    stands in an address.
    """
    form = FilterForm(request.GET if request.method == "GET" else request.POST)
    if request.method == "POST" and form.is_valid():
        answer = _search(request, form)
        if answer is not None:
            return answer
    if request.method == "GET" and form.is_valid() and names_a_citizen(form.cleaned_data["q"]):
        form.add_refusal(Refused("q.citizen_number", IN_THE_ADDRESS, "q"))
    given = form.cleaned_data if form.is_valid() else {}
    every, order = queries.find(request.actor, given.get("q", "")), queries.order(given.get("q", ""))
    passed = _passed(every, given) if not request.GET.get("page") else []
    rows = every.filter(number__isnull=False)
    if form.errors:
        rows = rows.none()  # what was not understood finds nothing: passed over, it would find everything
    rows = queries.filtered(
        rows.select_related("applicant"),
        state=given.get("state", ""),
        light=given.get("light", ""),
        since=given.get("since"),
        until=given.get("until"),
    )
    if given.get("mine"):
        rows = rows.filter(clerk=request.actor.id)
    if given.get("party") is not None:
        rows = rows.filter(applicant=given["party"])
    if request.GET.get("export") == "xlsx" and not form.errors:  # refused as the list is, never an empty or an unnarrowed sheet
        return export(rows.order_by(*order), given)
    rows = rows.annotate(provisional=queries_clocks.provisional_of_case())
    context = {
        "form": form,
        "page": keyset_page(rows, order, request.GET.get("page"), SIZE),
        "passed": [{"row": row, "who": applicant_of(row)} for row in passed],
        "searched": bool(form.errors) or any(value not in ("", None, False) for value in given.values()),
        "one_party": given.get("party") is not None,
        "export": "" if form.errors else _with(request, export="xlsx"),
        "side": side(request),
    }
    context["rows"] = [{"row": row, "who": applicant_of(row)} for row in context["page"].rows]
    return render(request, "counter/cases.html", context, status=form.status)


def _passed(rows, given: dict) -> list[Application]:
    """Of what was searched for, what passed a pre-check and waits for its originals: above the list, for it has no number yet."""
    if not given.get("q") and given.get("party") is None:
        return []
    rows = rows.filter(state=Application.State.PRE_PASSED).select_related("applicant")
    if given.get("party") is not None:
        rows = rows.filter(applicant=given["party"])
    return list(rows.order_by("-pre_passed_on", "-pk")[:SHORT])


def _search(request: HttpRequest, form: FilterForm) -> HttpResponse | None:
    query = {name: request.POST.get(name, "") for name in form.fields if request.POST.get(name)}
    if "q" in query:
        query.pop("party", None)  # somebody else, or other words, than those of the list that is narrowed
    try:
        kind, value = guess(query.get("q", ""))
        if kind in (PERSON, ENTERPRISE):
            found = directory.find_party(request.actor, kind, value)
            del query["q"]
            query["party"] = found.pk if found else 0
    except Refused as fault:
        form.add_refusal(fault)
        return None
    return redirect(f"{reverse('counter:cases')}?{urlencode(query)}")


def _with(request: HttpRequest, **more: str) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    query.update(more)
    return "?" + query.urlencode()


HEAD = ["办件编号", "事项", "申请人", "状态", "收件日", "受理日", "办结期限", "时限", "结果"]


def export(rows, given: dict) -> HttpResponse:
    lines = (
        [
            row.number,
            row.name,
            applicant_of(row),
            labels.label("application", row.state).text,
            row.receipt_date,
            row.accepted_on,
            row.due_on,
            labels.LIGHTS[row.light].text if row.state in Application.ACCEPTED and (row.due_on or row.light != "green") else "",
            Application.OUTCOMES.get(row.outcome, ""),
        ]
        for row in rows[: sheets.LIMIT + 1].iterator(chunk_size=500)
    )
    sought = plain_name(given.get("q"))
    if sought and rows.filter(applicant_kind="person", applicant_name__contains=sought).exists():
        sought = mask_name(sought)  # who was looked for is named above the rows as in them
    told = {
        "q": sought,
        "state": given.get("state") and dict(STATES)[given["state"]],
        "light": given.get("light") and dict(LIGHTS)[given["light"]],
        "since": given.get("since") and f"收件日从 {day_cn(given['since'])}",
        "until": given.get("until") and f"到 {day_cn(given['until'])}",
        "mine": given.get("mine") and "只看我收的",
        "party": given.get("party") is not None and "一位申请人",
    }
    kept = "、".join(filter(None, told.values())) or "无"
    return sheets.workbook("窗口办件", HEAD, lines, [f"截至 {day_cn(today())}；筛选：{kept}；个人姓名已掩码"])


WAITING = {
    "checking": (
        queries_counter.under_check,
        ("turn", "notice_due", "id"),
        "notice",
        "待核对",
        "收件后、受理前；告知期限一过依法视为受理。预审通过的排在前面。",
    ),
    "awaiting": (queries_counter.awaiting, ("cure_key", "id"), "cure", "待补正", "已一次性告知；到期没有补交的依法视为撤回。"),
}


def _waiting(request: HttpRequest, which: str) -> HttpResponse:
    read, order, kind, title, hint = WAITING[which]
    found = keyset_page(read(request.actor), order, request.GET.get("page"), SIZE)
    clocks = queries_counter.running_clocks([row.pk for row in found.rows], kind)
    context = {
        "title": title,
        "hint": hint,
        "page": found,
        "rows": lined(found.rows, clocks, kind),
        "column": labels.CLOCKS[kind],
        "side": side(request),
    }
    return render(request, "counter/waiting.html", context)


@clerk
@require_GET
def checking(request: HttpRequest) -> HttpResponse:
    return _waiting(request, "checking")


@clerk
@require_GET
def awaiting(request: HttpRequest) -> HttpResponse:
    return _waiting(request, "awaiting")


@clerk
@require_GET
def gaps(request: HttpRequest) -> HttpResponse:
    """What was promised and did not come yet, the earliest due first, with each material and its day."""
    found = keyset_page(queries_counter.gap_cures(request.actor), ("gap_cure_by", "id"), request.GET.get("page"), SIZE)
    clocks = queries_counter.running_clocks([member.application_id for member in found.rows], "gap")
    owed = queries_counter.owed(found.rows)
    rows = lined([member.application for member in found.rows], clocks, "gap")
    context = {
        "title": "容缺待补",
        "hint": "受理时承诺后补的材料；逾期没有补齐的依法撤销受理。",
        "page": found,
        "rows": [
            line | {"member": member, "owed": owed[member.pk]} for line, member in zip(rows, found.rows, strict=True)
        ],
        "owing": True,
        "column": labels.CLOCKS["gap"],
        "side": side(request),
    }
    return render(request, "counter/waiting.html", context)


def a_day(text: str) -> date:
    """A day out of the address; nonsense and the future are today."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today()
    return day if date(2000, 1, 1) < day <= today() else today()


def around(day: date) -> tuple[date, date | None]:
    """The day before and the day after, None where that is to come."""
    return day - timedelta(days=1), day + timedelta(days=1) if day < today() else None
