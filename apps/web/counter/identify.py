"""New intake, first page: who comes (number, checksum told at once), who acts for him, and which item. The next client's
page begins empty: nothing of the one before is kept in the browser or the session."""

from __future__ import annotations

from dataclasses import dataclass, field

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.applications import actions, queries, queries_counter
from apps.applications.models import Application, Channel
from apps.catalog import queries as catalog
from apps.catalog import self_check
from apps.catalog.forms_schema import clean_answers
from apps.directory import queries as directory
from apps.directory import queries_mandates
from apps.directory.actions import grant_mandate
from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.forms import CodeField
from apps.kit.ids import check_mobile
from apps.web.known import known_answers
from apps.web.numbers import PERSON, party_number
from apps.web.once import OnceForm

from .filling import BY_MAIL
from .frame import clerk, side

SHOWN = 12  # items of one search
PARTY = ("name", "mobile", "legal_rep_name", "legal_rep_id", "address")


def _text(label: str, *, most: int = 60, required: bool = False, css: str = "", **more) -> forms.CharField:
    box = forms.TextInput(attrs={"autocomplete": "off", "class": css, **more.pop("attrs", {})})
    return forms.CharField(label=label, max_length=most, required=required, widget=box, **more)


class IdentifyForm(OnceForm):
    """Fields are named as the rooms name them in refusals: applicant.id_number, agent.name, evidence, code."""

    applicant__id_number = CodeField(
        label="申请人证件号码", help_text="身份证号或统一社会信用代码，18 位。", max_length=40
    )
    applicant__name = _text("姓名或名称", most=120)
    applicant__mobile = _text("电话", most=30, attrs={"inputmode": "tel"})
    applicant__legal_rep_name = _text("法定代表人（负责人）")
    applicant__legal_rep_id = CodeField(label="法定代表人身份证号", required=False, max_length=40)
    applicant__address = _text("住址（住所）", most=200, css="w-full")
    applicant__filled_for = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    agent__id_number = CodeField(
        label="代理人身份证号", required=False, max_length=40, help_text="本人、法定代表人亲自办理的不填。"
    )
    agent__name = _text("代理人姓名", most=120)
    agent__mobile = _text("代理人手机", most=30, attrs={"inputmode": "tel"})
    agent__filled_for = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    evidence = _text("委托依据", most=200, css="w-full", help_text="授权委托书的编号或日期；已有有效委托的不用再填。")
    q = _text("事项名称中的字、拼音首字母（如 spjyxk）或编码")
    code = forms.CharField(label="事项", required=False, max_length=64)
    check = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)  # number of a self-check
    by_mail = forms.BooleanField(label=BY_MAIL, required=False)

    def clean(self):
        data = super().clean()
        if not data.get("code") and "code" not in self.errors:
            self.add_error("code", "请选择要办的事项。")
        return data

    def party(self, who: str) -> dict | None:
        """What `save_draft` takes, or None for an agent who is not there."""
        number = self.cleaned_data.get(f"{who}__id_number") or ""
        given = {name: self.cleaned_data.get(f"{who}__{name}") or "" for name in PARTY}
        if who == "agent" and not number and not given["name"]:
            return None
        kind, checked = party_number(number, f"{who}.id_number")
        if kind == PERSON:
            given |= {"legal_rep_name": "", "legal_rep_id": ""}
        if who == "agent" and kind != PERSON:
            raise Refused("agent.person", "代理人应为个人，请输入代理人的身份证号。", "agent.id_number")
        return {"kind": kind, "id_number": checked, **given}


class ApplicantForm(IdentifyForm):
    """The same, for a draft whose item is known: the applicant was mistaken."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("q", "code", "check", "by_mail"):
            del self.fields[name]

    def clean(self):
        return super(IdentifyForm, self).clean()


@dataclass
class Lookup:
    """What the number says: told at once, before anything is saved."""

    told: str = ""
    wrong: bool = False
    kind: str = ""
    cases: list[Application] = field(default_factory=list)  # of a known applicant, still running


def look_up(by: Actor, data, who: str) -> Lookup:
    """Check the number in `data` (a mutable QueryDict) and fill in what is on file for exactly this number.

    What an earlier number had filled in is taken out again, so that one person's data never stands beside another's number.
    """
    number = data.get(f"{who}__id_number", "")
    filled_for = data.get(f"{who}__filled_for", "")
    if filled_for and filled_for != number:
        for name in PARTY:
            data[f"{who}__{name}"] = ""
        data[f"{who}__filled_for"] = ""
    if not number.strip():
        return Lookup()
    try:
        kind, checked = party_number(number, f"{who}.id_number")
        party = directory.find_party(by, kind, checked)
    except Refused as fault:
        return Lookup(fault.message, wrong=True)
    word = "身份证号" if kind == PERSON else "统一社会信用代码"
    if party is None:
        return Lookup(f"{word}校验通过，系统里还没有登记，请照证件填写。", kind=kind)
    if filled_for != number:
        for name in PARTY:
            data[f"{who}__{name}"] = getattr(party, name)
        data[f"{who}__filled_for"] = number
    cases = queries_counter.open_cases(by, party.pk) if who == "applicant" else []
    return Lookup(f"{word}校验通过，已带出登记的信息，请与证件核对。", kind=kind, cases=cases)


def tell_left_over(by: Actor, form: IdentifyForm) -> None:
    """The number was changed and its own file not asked yet (no line, no script, or quicker than the answer): what the former number
    brought along is nobody's but that person's. The page that comes back has taken it out."""
    for who in ("applicant", "agent"):
        number, filled_for = (form.data.get(f"{who}__{name}", "") for name in ("id_number", "filled_for"))
        if not filled_for or filled_for == number:
            continue
        try:
            former = directory.find_party(by, *party_number(filled_for, f"{who}.id_number"))
        except Refused:
            continue
        if former and any(getattr(former, name) and getattr(former, name) == form.data.get(f"{who}__{name}") for name in PARTY):
            form.add_error(f"{who}__id_number", "号码改过了，原来那个号码带出的信息已经去掉。请核对这个号码和下面的信息，再继续。")


def items_for(by: Actor, q: str, code: str = "") -> list:
    """Items that the clerk may accept: the search's, the chosen one, or without words what he accepted lately."""
    q, code = q.replace("\x00", " ").strip(), code.replace("\x00", "")
    if not q:
        wanted = [code] if code else queries_counter.recent_codes(by)
        found = {row.definition_id: row for row in catalog.acceptable_by(by).filter(definition__in=wanted)[:SHOWN]}
        return [found[one] for one in wanted if one in found]
    rows = list(catalog.acceptable_by(by, q[:60])[:SHOWN])
    exact = [row for row in rows if row.definition_id == q]
    return exact or rows


def offered(by: Actor, q: str, code: str = "") -> dict:
    """The list of items with what is chosen in it; where nothing has these words, what may be meant, of which nothing is chosen."""
    items = items_for(by, q, code)
    near = [] if items else catalog.resembling(q, among=catalog.acceptable_by(by))
    return {"items": items or near, "near": bool(near), "chosen": code or (items[0].definition_id if len(items) == 1 else "")}


@clerk
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """GET begins empty (`?code=` chooses the item); POST `do=look` checks and searches, `do=open` opens the draft."""
    actor = request.actor
    if request.method == "GET":
        return page(request, {"code": request.GET.get("code", "")[:64], "q": ""})
    if request.POST.get("do") != "open":
        return page(request, request.POST)
    form = IdentifyForm(request.POST)
    tell_left_over(actor, form)
    if form.act(actor, lambda: begin(actor, form)):
        return redirect("counter:work", form.result)
    return page(request, request.POST, form)


def page(request: HttpRequest, data, form: IdentifyForm | None = None) -> HttpResponse:
    """The page with `data` filled in and the numbers in it looked up; `form` brings its errors."""
    filled = data.copy()
    lookups = {who: look_up(request.actor, filled, who) for who in ("applicant", "agent")}
    items = offered(request.actor, filled.get("q", ""), filled.get("code", ""))
    filled["code"] = items["chosen"]
    if form is None:
        form = IdentifyForm(initial={name: filled.get(name, "") for name in IdentifyForm.base_fields if name != "once"})
    else:
        form.data = filled
    context = {
        "form": form,
        "lookups": lookups,
        "begins": {"item" if filled.get("applicant__name") and not form.errors else "number": True},  # past whom the file knows
        "side": side(request),
        **items,
    }
    return render(request, "counter/new.html", context, status=form.status)


def begin(by: Actor, form: IdentifyForm) -> int:
    """Open the draft with its applicant, agent, mandate and what is known of them; one transaction. The draft's id."""
    code = form.cleaned_data["code"]
    applicant, agent = form.party("applicant"), form.party("agent")
    if not catalog.acceptable_by(by).filter(definition=code).exists():
        raise Refused("item.not_here", "这个事项不在您的受理范围内，请重新选择。", "code")
    with action(by):
        asked = {question["code"]: question["type"] for question in catalog.situations(code)}
        known = _checked_at_home(form.cleaned_data.get("check", ""), code, asked)
        if asked.get("by_agent") == "boolean":
            known["by_agent"] = agent is not None
        channel = Channel.MAIL if form.cleaned_data["by_mail"] else Channel.COUNTER  # nobody ran for what was sent
        row = actions.open_draft(by=by, code=code, situations=known, channel=channel)
        identify(by, row, applicant, agent, form.cleaned_data.get("evidence", ""))
        return row.pk


def _checked_at_home(number: str, code: str, asked: dict) -> dict:
    """The answers of the self-check that was named, as far as the same questions are still asked."""
    if not number:
        return {}
    try:
        row = self_check.find(number)
    except NotYours:
        return {}
    return {name: value for name, value in row.answers.items() if name in asked} if row.code == code else {}


def identify(by: Actor, row: Application, applicant: dict, agent: dict | None, evidence: str) -> None:
    """Put the parties on the draft, record the mandate once, fill in the blanks that their files answer. Inside an action."""
    mobile = _mobile(agent) or _mobile(applicant)
    before = known_answers(row) if row.applicant_id else {}
    contact, former = row.contact_mobile, [one for one in (row.agent, row.applicant) if one and one.mobile]
    own, here = [one.mobile for one in former], {one["id_number"] for one in (applicant, agent) if one}
    # A phone that was typed stays; one that came with the former party would tell a stranger of this case.
    if contact in own[:1] or (contact in own and contact not in (_mobile(agent), _mobile(applicant))):
        contact = mobile or (contact if any(one.mobile == contact and one.id_number in here for one in former) else "")
    answers, was = row.plan["answers"], row.agent is not None
    follows = row.applicant_id and answers.get("by_agent") is was  # as this page had answered it
    row = actions.save_draft(
        by=by,
        application=row.pk,
        applicant=applicant,
        agent=agent or {},
        contact_mobile=contact or mobile,
        situations={**answers, "by_agent": agent is not None} if follows else None,
    )
    if row.agent_id and not queries_mandates.standing_mandate(row.applicant_id, row.agent_id, row.code):
        grant_mandate(by=by, principal=row.applicant, agent=row.agent, evidence=evidence, scope=[row.code])
    now = known_answers(row)
    # What came from the file of somebody else goes; what was typed stays.
    foreign = {code: "" for code, value in before.items() if row.answers.get(code) == value and now.get(code) != value}
    blanks = {code: value for code, value in now.items() if code in foreign or code not in row.answers}
    clean, _ = clean_answers(row.plan["elements"], blanks, partial=True, situations=row.plan["answers"])
    if clean or foreign:
        actions.save_draft(by=by, application=row.pk, answers=foreign | clean)


def _mobile(party: dict | None) -> str:
    try:
        return check_mobile(party["mobile"]) if party else ""
    except Refused:
        return ""


@clerk
@require_POST
def party(request: HttpRequest) -> HttpResponse:
    """The fields beside a number, filled from its file; by POST, so that no number stands in an address or a log."""
    who = "agent" if request.POST.get("who") == "agent" else "applicant"
    filled = request.POST.copy()
    lookup = look_up(request.actor, filled, who)
    form = IdentifyForm(initial={name: filled.get(name, "") for name in IdentifyForm.base_fields if name != "once"})
    return render(request, f"counter/_{who}.html", {"form": form, "lookup": lookup})


@clerk
@require_GET
def items(request: HttpRequest) -> HttpResponse:
    """The list of items for the words typed so far."""
    q = request.GET.get("q", "")
    return render(request, "counter/_items.html", {"q": q, **offered(request.actor, q)})


@clerk
@require_http_methods(["GET", "POST"])
def applicant(request: HttpRequest, pk: int) -> HttpResponse:
    """Another applicant or agent for a draft. Raises NotYours, and WrongState when it is received already."""
    row = queries.get(request.actor, pk)
    if row.state not in Application.BEFORE_RECEIPT:
        raise WrongState("已收件的办件请用“更正录入”。")
    data = request.POST.copy() if request.method == "POST" else _of(row)
    if request.method == "POST" and request.POST.get("do") == "open":
        form = ApplicantForm(data)
        tell_left_over(request.actor, form)

        def change() -> int:
            given = form.party("applicant"), form.party("agent"), form.cleaned_data.get("evidence", "")
            with action(request.actor):
                identify(request.actor, row, *given)
            return pk

        if form.act(request.actor, change, draft=pk):
            return redirect("counter:work", pk)
        lookups = {who: look_up(request.actor, data, who) for who in ("applicant", "agent")}
        form.data = data
    else:
        lookups = {who: look_up(request.actor, data, who) for who in ("applicant", "agent")}
        form = ApplicantForm(initial={name: data.get(name, "") for name in IdentifyForm.base_fields if name != "once"})
    context = {"form": form, "lookups": lookups, "row": row, "side": side(request)}
    return render(request, "counter/applicant.html", context, status=form.status)


def _of(row: Application) -> dict:
    found = {}
    for who, known in (("applicant", row.applicant), ("agent", row.agent)):
        if known is not None:
            found |= {f"{who}__{name}": getattr(known, name) for name in ("id_number", *PARTY)}
            found[f"{who}__filled_for"] = known.id_number
    return found
