"""One heading of the form from home. What was changed on this page is saved; what another tab or device changed meanwhile stays."""

from __future__ import annotations

from django import forms

from apps.applications import actions
from apps.applications.models import Application
from apps.catalog.forms_schema import clean_answers
from apps.journal.actor import Actor
from apps.kit.errors import Refused
from apps.kit.ids import check_mobile
from apps.web.answering import Typed, answer_field, condition, places_for, shown
from apps.web.stood import StandingForm, read

OTHER = "其他"
MOBILE = "contact_mobile"
PREFIX = "answers__"


class GroupForm(StandingForm):
    """The fields under one heading; contact data stand under the first. The page of a plan that is another one by now (`moved`)
    keeps its own fields, as far as they are still asked. `known`: {element: answer} of the applicant's file, shown under a heading
    of which nothing is saved yet: what he takes out there does not come back."""

    def __init__(self, row: Application, place: int, data=None, known: dict | None = None):
        super().__init__(data)
        self.row = row
        self.title, self.elements = groups_of(row)[place]
        stood = read(data) if data is not None else {}
        names = [PREFIX + element["element"] for element in self.elements] + ([MOBILE] if place == 0 else [])
        self.moved = bool(stood) and stood.keys() != set(names)
        if self.moved:
            self.elements = [element for element in row.plan["elements"] if PREFIX + element["element"] in stood]
        begun = any(element["element"] in row.answers for element in self.elements)
        known = known if known and not begun else {}
        places = places_for(self.elements, row.plan["region"])
        if MOBILE in (stood if self.moved else names):
            self.fields[MOBILE] = Typed(
                label="联系手机",
                required=True,
                help_text="用于通知和凭编号查询进度；没有手机的，填家人的。",
                widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "class": "w-m"}),
            )
            self.initial[MOBILE] = row.contact_mobile
        for element in self.elements:
            name = PREFIX + element["element"]
            self.fields[name] = answer_field(element, places, required=bool(element.get("required")))
            self.initial[name] = shown(row.answers.get(element["element"], known.get(element["element"])))
        self.filled_in = any(element["element"] in known for element in self.elements)
        self.stand([*self.fields])

    @property
    def lines(self) -> list[dict]:
        rows = [{"field": self[name], "when": ""} for name in self.fields if name == MOBILE]
        return rows + [{"field": self[PREFIX + e["element"]], "when": condition(e.get("when"))} for e in self.elements]

    def keep(self, by: Actor) -> tuple[list[Refused], str]:
        """Save what was changed here and is right; (what is wrong, the page's new `stood`). Saved with nothing changed it is kept from
        today on as well: so the warning before its end says."""
        row, codes = self.row, [element["element"] for element in self.elements]
        typed = {code: self.cleaned_data.get(PREFIX + code) for code in codes}
        clean, faults = clean_answers(
            row.plan["elements"], {**row.answers, **typed}, partial=True, situations=row.plan["answers"]
        )
        wrong = {(fault.field or "").removeprefix("answers.") for fault in faults}
        faults = [fault for fault in faults if (fault.field or "").removeprefix("answers.") in codes]
        right = {code: clean.get(code, "") for code in codes if code not in wrong}
        changed = {code: answer for code, answer in right.items() if answer != row.answers.get(code, "")}
        given: dict = {"answers": changed} if changed else {}
        if MOBILE in self.fields:
            try:
                mobile = self.cleaned_data.get(MOBILE) or ""
                mobile = check_mobile(mobile, MOBILE) if mobile else ""
                given |= {MOBILE: mobile} if mobile != row.contact_mobile else {}
            except Refused as fault:
                faults.append(fault)
        actions.save_draft(by=by, application=row.pk, **given)
        return faults, self.go_on(faults)


def groups_of(row: Application) -> list[tuple[str, list[dict]]]:
    """The fields of the form by their headings, in the order of the plan; the contact is asked also where there is no field."""
    found: dict[str, list[dict]] = {}
    for element in row.plan["elements"]:
        found.setdefault(element.get("group") or OTHER, []).append(element)
    return list(found.items()) or [("联系方式", [])]
