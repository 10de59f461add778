"""The questions of an item or one-thing as a form in the address: answered by anybody, stored nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django import forms

from apps.kit.errors import DomainError
from apps.kit.forms import BaseForm

from .answering import YES_NO, plain_digits

PREFIX = "s_"  # of the questions' parameters in the address
_CODE = re.compile(r"（[a-z0-9][a-z0-9_.-]*）", re.ASCII)
MANY_CHOICES = 7  # from here on a list to open instead of radios


class SituationForm(BaseForm):
    """The questions in plain words; whatever is left open keeps nothing that depends on it."""

    def __init__(self, questions: list[dict], data=None, **kwargs):
        super().__init__(data, **kwargs)
        for question in questions:
            self.fields[PREFIX + question["code"]] = _field(question)
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("id", f"id_{name}")

    def refuse(self, refusal: DomainError) -> None:
        """The first fault of each question at its field."""
        for error in refusal.errors:
            name = PREFIX + (error.field or "").removeprefix("situations.")
            self.add_error(name if name in self.fields and name not in self.errors else None, in_words(error))


def given(parameters: Mapping) -> dict[str, str]:
    found = {name.removeprefix(PREFIX): value for name, value in parameters.items() if name.startswith(PREFIX)}
    return {name: plain_digits(value) for name, value in found.items()}


def in_words(error: DomainError) -> str:
    """Without the code of the question, or of the item that is withdrawn, which says nothing to a person."""
    if error.code == "plan.member":
        return _CODE.sub("", error.message, count=1)
    code = (error.field or "").removeprefix("situations.")
    return error.message.replace(f"（{code}）", "", 1)


def _field(question: dict) -> forms.Field:
    common = {"label": question["question"], "required": False}
    if question["type"] == "boolean":
        return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **common)
    if question["type"] == "choice":
        choices = [(choice["value"], choice["label"]) for choice in question["choices"]]
        if len(choices) >= MANY_CHOICES:
            return forms.ChoiceField(choices=[("", "请选择"), *choices], **common)
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    number = forms.TextInput(attrs={"class": "w-s", "inputmode": "decimal"})
    return forms.CharField(widget=number, max_length=20, **common)
