"""A mis-keyed intake mended before acceptance: the same fields again, a reason, and a new voucher for the old one."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.applications import actions, display, queries_counter
from apps.applications.actions.correcting import demand_under_check
from apps.applications.models import Application
from apps.directory.queries import region_name
from apps.kit.errors import Refused
from apps.kit.ids import plain_name
from apps.kit.masking import mask_mobile
from apps.web.answering import Typed
from apps.web.known import known_answers
from apps.web.numbers import PERSON, party_number

from .filling import WorkForm
from .frame import applicant_of, clerk, number_of, side


class CorrectForm(WorkForm):
    """The intake's fields of a received case, without its acts; the applicant's number and name may be mistaken too.

    Personal data is not laid open by opening this page: such a field begins empty beside its mask, and empty means unchanged.
    """

    def __init__(self, row: Application, entries, data=None):
        super().__init__(row, entries, data, do="correct", editable=True)
        self.kept: set[str] = set()
        for question in row.plan["situations"]:  # another situation is another checklist: that is a new intake
            del self.fields[f"situations__{question['code']}"]
        box = {"autocomplete": "off"}
        number = forms.TextInput(attrs={**box, "data-code": ""})
        self.fields["applicant__id_number"] = Typed(label="申请人证件号码", required=True, widget=number)
        self.fields["applicant__name"] = Typed(label="姓名或名称", required=True, widget=forms.TextInput(attrs=box))
        self.fields["reason"] = Typed(
            label="更正的原因",
            required=True,
            help_text="例如：证件号码录错一位。会记入办件经过。",
            widget=forms.TextInput(attrs={**box, "class": "w-full", "maxlength": 200}),
        )
        self.initial |= {"applicant__id_number": row.applicant.id_number, "applicant__name": row.applicant.name}
        self._cover()
        for element in row.plan["elements"]:
            place = row.answers.get(element["element"]) if element["type"] == "region" else None
            widget = self.fields[f"answers__{element['element']}"].widget
            if place and place not in dict(widget.choices):  # ended since the receipt: in no list, and not lost for that
                widget.choices = [*widget.choices, (place, region_name(place))]
        self.stand_open()

    def _cover(self) -> None:
        masks = {f"answers__{one.code}": one.text for one in display.answers(self.row) if one.masked}
        masks["contact_mobile"] = mask_mobile(self.row.contact_mobile)
        if self.row.applicant.kind == PERSON:
            masks |= {"applicant__id_number": number_of(self.row.applicant), "applicant__name": applicant_of(self.row)}
        for name, mask in masks.items():
            field = self.fields[name]
            field.help_text, field.required = f"现在是 {mask}；不改就留空。", False
            self.initial[name] = ""
        self.fields["contact_mobile"].help_text = f"现在是 {masks['contact_mobile']}；不改就留空，换了申请人的请核对。"
        self.kept = set(masks)

    def _add_acts(self) -> None:
        pass

    def _add_handout(self) -> None:
        """Changed on a page of its own, also later (counter:handout)."""

    def typed(self, name: str) -> str | None:
        """What was typed, or None where empty means unchanged."""
        value = self.cleaned_data[name]
        return None if name in self.kept and value in ("", []) else value

    def raw_answers(self) -> dict:
        typed = {code: self.typed(f"answers__{code}") for code in super().raw_answers()}
        given = {code: value for code, value in typed.items() if value is not None}
        return given | {code: value for code, value in self._follows().items() if typed.get(code) in (None, self.row.answers[code])}

    def _follows(self) -> dict:
        """What the form holds of the applicant's name and number as they were mis-keyed, put right with them."""
        former, right = self.row.applicant, self.applicant()
        if right is None:
            return {}
        put = {former.id_number: right["id_number"], former.name: right["name"]}
        known = known_answers(self.row).items()
        return {code: put[value] for code, value in known if value in put and self.row.answers.get(code) == value}

    def applicant(self) -> dict | None:
        """What `correct` takes, or None when nothing about the applicant changed."""
        known = self.row.applicant
        number, name = self.typed("applicant__id_number"), self.typed("applicant__name")
        number = known.id_number if number is None else number
        name = known.name if name is None else plain_name(name)
        if (number, name) == (known.id_number, known.name):
            return None
        kind, checked = party_number(number, "applicant.id_number")
        return {"kind": kind, "id_number": checked, "name": name}


@clerk
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Raises WrongState for a case that is not under check."""
    row, entries = queries_counter.with_checklist(request.actor, pk)
    if request.method == "GET":
        demand_under_check(row)
    form = CorrectForm(row, entries, request.POST if request.method == "POST" else None)

    def do() -> int:
        if len(form.cleaned_data["reason"]) > 200:
            raise Refused("correct.reason", "更正的原因最多 200 字。", "reason")
        return actions.correct(
            by=request.actor,
            application=pk,
            reason=form.cleaned_data["reason"],
            applicant=form.applicant(),
            contact_mobile=form.typed("contact_mobile"),
            answers=form.raw_answers(),
            materials=form.raw_materials(),
        ).pk

    if request.method == "POST" and form.act(request.actor, do, case=pk):
        messages.success(request, "录入已更正，新的收件凭证正在生成，旧凭证已作废。")
        return redirect("counter:done", pk)
    queries_counter.add_scans(entries)
    context = {
        "row": row,
        "form": form,
        "who": applicant_of(row),
        "number": number_of(row.applicant),
        "side": side(request),
    }
    return render(request, "counter/correct.html", context, status=form.status)
