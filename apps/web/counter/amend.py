"""A situation answer of an accepted case proves wrong: the right answers first, what follows from them shown, then what it asks
for taken in with the same act."""

from __future__ import annotations

import json

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.applications import actions, queries, queries_vault
from apps.applications.actions.amending import Change, changes, replanned
from apps.applications.models import Application, MaterialEntry, Notice
from apps.catalog.compiler import as_answered
from apps.catalog.conditions import holds
from apps.catalog.forms_schema import shown as is_asked
from apps.kit.errors import Refusals, Refused, WrongState
from apps.kit.time import today
from apps.web.answering import YES_NO, answer_field, places_for, plain_digits, shown
from apps.web.once import OnceForm, sent_before
from apps.web.situations import in_words

from .filling import by_mail
from .frame import clerk, side

QUESTION, ANSWER, MATERIAL, PROMISE, WAIVE = "situations__", "answers__", "materials__", "promised__", "waived__"


class AmendForm(OnceForm):
    """Questions of the plan by the answers given so far; beside them what the amended plan (`plan`) asks for anew."""

    def __init__(self, row: Application, plan: dict, data=None):
        super().__init__(data)
        self.row, self.plan = row, plan
        for question in plan["situations"]:
            self.fields[QUESTION + question["code"]] = _question(question)
            self.initial[QUESTION + question["code"]] = shown(plan["answers"].get(question["code"]))
        fresh = _to_answer(row, plan)
        self.lines = _to_bring(row, plan, {element["element"] for element in fresh})
        places = places_for(fresh, row.region_id)
        for element in fresh:
            required = element.get("required", False) and not element.get("when")
            self.fields[ANSWER + element["element"]] = answer_field(element, places, required=required)
        self.held = queries_vault.on_record(row, [MaterialEntry(code=line["material"]) for line in self.lines], plan)
        for line in self.lines:
            self.fields[MATERIAL + line["material"]] = forms.BooleanField(label=f"收到“{line['name']}”", required=False)
            if held := self.held.get(line["material"]):  # not asked for, so that nobody can promise it either
                words = f"“{line['name']}”免交：已有{held.origin}"
                self.fields[WAIVE + line["material"]] = forms.BooleanField(label=words, required=False)
            elif line["necessity"] == "tolerable":
                words = f"“{line['name']}”申请人已书面承诺后补"
                self.fields[PROMISE + line["material"]] = forms.BooleanField(label=words, required=False)
        if self.lines:
            self.fields["by_mail"] = by_mail(row)
        self.fields["reason"] = forms.CharField(
            label="更正的原因", max_length=500, help_text="写进变更告知书。", widget=forms.Textarea(attrs={"rows": 2})
        )

    def _of(self, prefix: str) -> dict:
        return {name.removeprefix(prefix): v for name, v in self.cleaned_data.items() if name.startswith(prefix)}

    def given(self) -> dict:
        """What `amend_situation` takes."""
        ticked, waived = self._of(MATERIAL), self._of(WAIVE)
        came = {
            line["material"]: {
                "state": "confirmed",
                "originals": line["originals"] or (0 if line["copies"] else 1),
                "copies": line["copies"],
            }
            for line in self.lines
            if ticked.get(line["material"])
        }
        spared = {code: {"state": "waived", "remark": self.held[code].origin} for code, yes in waived.items() if yes}
        return {
            "situations": {code: plain_digits(v) for code, v in self._of(QUESTION).items() if v not in ("", None)},
            "reason": self.cleaned_data["reason"],
            "answers": {code: value for code, value in self._of(ANSWER).items() if value not in ("", None, [])},
            "materials": spared | came,
            "promised": [code for code, ticked_too in self._of(PROMISE).items() if ticked_too],
        } | ({"by_mail": self.cleaned_data["by_mail"]} if self.lines else {})

    def parts(self) -> list[tuple[str, list]]:
        """Fields by what they are: [(title, fields)]."""
        named = [("更正后的情形", QUESTION), ("新要填写的", ANSWER), ("新要的材料", (MATERIAL, PROMISE, WAIVE))]
        found = [(title, [self[name] for name in self.fields if name.startswith(prefix)]) for title, prefix in named]
        return [(title, fields) for title, fields in found if fields]


def _to_answer(row: Application, plan: dict) -> list[dict]:
    """What the amended plan asks and nobody has answered: new questions, and those of the old form that only now are put, or must be."""
    known, found, codes = {element["element"] for element in row.plan["elements"]}, [], set()
    for element in plan["elements"]:
        code = element["element"]
        put = is_asked(element, row.answers, plan["answers"])
        new = put and (element.get("required") or not is_asked(element, row.answers, row.plan["answers"]))
        lines = [line for part in element.get("when") or () for line in (part if isinstance(part, list) else [part])]
        follows = not codes.isdisjoint(line.get("element") for line in lines)
        if plan is not row.plan and (code not in known or (code not in row.answers and (new or follows))):
            found.append(element)
            codes.add(code)
    return found


def _to_bring(row: Application, plan: dict, asked_here: set[str]) -> list[dict]:
    """What the amended plan asks of the applicant and is not there: new lines, what an item would have produced that is taken out, and
    lines of the old list that only now are asked, or must be, or may have to be by what is answered here (`asked_here`: elements)."""
    stood = {entry.code: entry for entry in row.materials.all()}
    notice = row.notices.filter(kind=Notice.Kind.GAP).first()
    late = notice is not None and today() > notice.cure_by  # another item is not accepted by a promise whose day is over

    def lacks(line: dict) -> bool:
        entry = stood.get(line["material"])
        if line["supplied_by"] or entry is None or entry.state == MaterialEntry.State.EXPECTED:
            return not line["supplied_by"]
        asked = as_answered(line, plan["answers"], row.answers)
        strict = {asked["necessity"]} if holds(line.get("when"), plan["answers"], row.answers) is True else set()
        strict |= {use["necessity"] for use in line.get("uses", ()) if not asked_here.isdisjoint(part["element"] for part in use.get("when") or ())}
        must = bool(strict - {"optional"})
        return must and not entry.in_hand and (late or not entry.promised or "required" in strict)

    return [line for line in plan["materials"] if lacks(line)] if plan is not row.plan else []


def _question(question: dict) -> forms.Field:
    if question["type"] in ("boolean", "choice"):
        choices = YES_NO if question["type"] == "boolean" else [(c["value"], c["label"]) for c in question["choices"]]
        return forms.ChoiceField(label=question["question"], choices=choices, required=False, widget=forms.RadioSelect)
    box = forms.TextInput(attrs={"class": "w-s", "inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=question["question"], required=False, max_length=20, widget=box)


@clerk
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `do=look` says what would follow and asks for what is new; `do=amend` does it. Raises WrongState before acceptance."""
    row = queries.get(request.actor, pk)
    row.policy(request.actor, "amend", row)
    again = request.POST.get("do") == "amend" and sent_before(request)
    if again and row.state in Application.ENDED:  # by its own first click
        return redirect("counter:case", pk)
    if row.state not in Application.ACCEPTED or not row.plan["situations"]:
        raise WrongState("只有办理中、有情形问题的办件可以更正情形；受理以前请用“更正录入”。")
    if request.method == "GET":
        return _page(request, row, AmendForm(row, row.plan))
    told = {name.removeprefix(QUESTION): value for name, value in request.POST.items() if name.startswith(QUESTION)}
    told = {name: plain_digits(value) for name, value in told.items() if value}
    try:
        plan = replanned(row, told)
        change = _follows(row, plan)
    except Refused as fault:
        if again and fault.code == "amend.same":  # pressed twice; another answer is another intent, and is looked at first
            return redirect("counter:case", pk)
        form = AmendForm(row, row.plan, request.POST)
        form.is_valid()
        form.add_refusal(Refusals([Refused(error.code, in_words(error), error.field) for error in fault.errors]))
        return _page(request, row, form)
    # What was answered on the page before stands; only the act itself judges the rest.
    looked = request.POST.get("looked") == _mark(row, plan)
    form = AmendForm(row, plan, request.POST if looked else None)
    if not looked or request.POST.get("do") != "amend":
        form.initial["reason"] = request.POST.get("reason", "")
        return _page(request, row, form, change)
    if form.act(
        request.actor,
        lambda: actions.amend_situation(by=request.actor, application=pk, **form.given()).pk,
        application=pk,
    ):
        messages.success(request, "情形已更正，变更告知书正在生成。")
        return redirect("counter:case", pk)
    return _page(request, row, form, change)


def _mark(row: Application, plan: dict) -> str:
    """Which answers were looked at, and in place of which: others are looked at anew before they are carried out, and so are the same
    where a colleague has amended the case meanwhile, since something else follows from them."""
    return json.dumps([row.plan["answers"], plan["answers"]], sort_keys=True, ensure_ascii=False, default=str)


def _follows(row: Application, plan: dict) -> Change:
    """What the amended plan does to the members; the case itself keeps its own. Raises Refused for what cannot be undone."""
    old, row.plan = row.plan, plan
    try:
        return changes(row, old, list(row.members.all()))
    finally:
        row.plan = old


def _page(request: HttpRequest, row: Application, form: AmendForm, change: Change | None = None) -> HttpResponse:
    looked = _mark(row, form.plan) if change else ""
    context = {"row": row, "form": form, "change": change, "looked": looked, "side": side(request)}
    return render(request, "counter/amend.html", context, status=form.status)
