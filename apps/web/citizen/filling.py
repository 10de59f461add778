"""One heading of the form from home. What was changed on this page is saved; what another tab or device changed meanwhile stays."""

from __future__ import annotations

from django import forms

from apps.applications import actions
from apps.applications.models import Application
from apps.catalog.forms_schema import clean_answers
from apps.journal.actor import Actor
from apps.kit.errors import Refused
from apps.kit.forms import BaseForm
from apps.kit.ids import check_mobile
from apps.web.answering import NUMBERS, Typed, condition, shown, townships, widget_for
from apps.web.stood import mark, read, written

OTHER = "其他"
MOBILE = "contact_mobile"
PREFIX = "answers__"


class GroupForm(BaseForm):
    """The fields under one heading; contact data stand under the first.

    `stood` = a digest of what each field held when the page was shown, or last saved from it. The page of a plan that is
    another one by now keeps its own fields, as far as they are still asked (`moved`).
    """

    stood = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, row: Application, place: int, data=None):
        if data is not None:
            data = data.copy()
            data.setdefault("stood", "")
        super().__init__(data)
        self.row = row
        self.title, self.elements = groups_of(row)[place]
        self._stood = read(data["stood"]) if data is not None else {}
        names = [PREFIX + element["element"] for element in self.elements] + ([MOBILE] if place == 0 else [])
        self.moved = bool(self._stood) and self._stood.keys() != set(names)
        if self.moved:
            self.elements = [element for element in row.plan["elements"] if PREFIX + element["element"] in self._stood]
        regions = townships(row.plan["region"]) if any(e["type"] == "region" for e in self.elements) else []
        if MOBILE in (self._stood if self.moved else names):
            self.fields[MOBILE] = Typed(
                label="联系手机",
                required=True,
                help_text="用于通知和凭编号查询进度。",
                widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "class": "w-m"}),
            )
            self.initial[MOBILE] = row.contact_mobile
        for element in self.elements:
            name = PREFIX + element["element"]
            self.fields[name] = Typed(
                label=element["name"],
                help_text=element.get("hint") or "",
                required=bool(element.get("required")),
                several=element["type"] == "multichoice",
                number=element["type"] in NUMBERS,
                widget=widget_for(element, regions),
            )
            self.initial[name] = shown(row.answers.get(element["element"]))
        self.initial["stood"] = written({name: mark(self.initial[name]) for name in self.fields if name != "stood"})

    @property
    def lines(self) -> list[dict]:
        rows = [{"field": self[name], "when": ""} for name in self.fields if name == MOBILE]
        return rows + [{"field": self[PREFIX + e["element"]], "when": condition(e.get("when"))} for e in self.elements]

    def keep(self, by: Actor) -> list[Refused]:
        """Save what was changed here and is right; what is wrong comes back."""
        row, codes = self.row, [element["element"] for element in self.elements]
        changed = [code for code in codes if self._changed(PREFIX + code, row.answers.get(code))]
        typed = {code: self.cleaned_data.get(PREFIX + code) for code in changed}
        clean, faults = clean_answers(
            row.plan["elements"], {**row.answers, **typed}, partial=True, situations=row.plan["answers"]
        )
        wrong = {(fault.field or "").removeprefix("answers.") for fault in faults}
        faults = [fault for fault in faults if (fault.field or "").removeprefix("answers.") in codes]
        given: dict = {"answers": {code: clean.get(code, "") for code in changed if code not in wrong}}
        if MOBILE in self.fields and self._changed(MOBILE, row.contact_mobile):
            try:
                mobile = self.cleaned_data.get(MOBILE) or ""
                given[MOBILE] = check_mobile(mobile, MOBILE) if mobile else ""
            except Refused as fault:
                faults.append(fault)
        if given["answers"] != {code: row.answers.get(code, "") for code in given["answers"]} or (
            given.get(MOBILE, row.contact_mobile) != row.contact_mobile
        ):
            actions.save_draft(by=by, application=row.pk, **given)
        self._go_on([*(PREFIX + code for code in given["answers"]), *given.keys() & {MOBILE}])
        return faults

    def _changed(self, name: str, there: object) -> bool:
        """Typed here; or there is nothing that it could take the place of (a field that was asked no more for a while)."""
        typed = self.cleaned_data.get(name)
        return self._stood.get(name) != mark(typed) or (bool(typed) and there in (None, "", []))

    def _go_on(self, saved: list[str]) -> None:
        """From here on the page is compared with what it has just saved; what was wrong is still to be saved."""
        if self._stood:
            self._stood |= {name: mark(self.cleaned_data.get(name)) for name in saved}
            self.data["stood"] = written(self._stood)


def groups_of(row: Application) -> list[tuple[str, list[dict]]]:
    found: dict[str, list[dict]] = {}
    for element in row.plan["elements"]:
        found.setdefault(element.get("group") or OTHER, []).append(element)
    return list(found.items()) or [("联系方式", [])]
