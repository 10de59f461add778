"""Fields of a form that a Plan describes: one for each data element, as the counter and the citizen both see it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from django import forms

from apps.directory import queries as directory
from apps.directory.models import Region
from apps.kit.forms import DateInput

FEW = 4  # up to so many choices stand side by side
NUMERIC = {"integer": "numeric", "decimal": "decimal", "money": "decimal", "mobile": "tel", "phone": "tel"}
WIDTHS = {"integer": "w-s", "decimal": "w-s", "money": "w-s", "textarea": "w-full", "address": "w-full"}
CODES = {"citizen_id", "uscc"}
YES_NO = [("true", "是"), ("false", "否")]


NUMBERS = ("integer", "decimal", "money")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－", "0123456789.-")
_NUMBER = re.compile(r"\s*[-－]?[0-9０-９][0-9０-９,，]*([.．][0-9０-９]+)?\s*")


def plain_digits(text: str) -> str:
    """A number that was typed in Chinese letters' width, or with a space behind it, as everybody writes it; anything else as it
    is (a choice may be called １０－５０)."""
    return text.translate(_FULL_WIDTH).strip() if _NUMBER.fullmatch(text) else text


class Typed(forms.Field):
    """Takes what was typed as it is; the star of a required field is shown, its absence is judged by the room."""

    def __init__(self, *, required: bool = False, several: bool = False, number: bool = False, **kwargs):
        self.several, self.number = several, number
        super().__init__(required=required, **kwargs)

    def to_python(self, value):
        if self.several:
            return [part for part in value or [] if part]
        if not isinstance(value, str):
            return "" if value is None else value
        text = value.replace("\x00", "")
        return plain_digits(text) if self.number else text

    def validate(self, value):
        pass


def widget_for(element: dict, regions: list[tuple[str, str]]) -> forms.Widget:
    kind = element["type"]
    attrs = {"autocomplete": "off"}
    if css := WIDTHS.get(kind):
        attrs["class"] = css
    choices = [(choice["value"], choice["label"]) for choice in element.get("choices") or ()]
    if kind == "boolean":
        return forms.RadioSelect(choices=YES_NO)
    if kind == "multichoice":
        return forms.CheckboxSelectMultiple(choices=choices)
    if kind == "choice" and len(choices) <= FEW:
        return forms.RadioSelect(choices=choices)
    if kind in ("choice", "region"):
        return forms.Select(choices=[("", "请选择"), *(regions if kind == "region" else choices)], attrs=attrs)
    if kind == "date":
        return DateInput(attrs={"autocomplete": "off"})
    if kind == "textarea":
        return forms.Textarea(attrs={**attrs, "rows": 2})
    if kind in NUMERIC:
        attrs["inputmode"] = NUMERIC[kind]
    if kind in CODES:
        attrs |= {"data-code": "", "spellcheck": "false"}
    return forms.TextInput(attrs=attrs)


def townships(region: str) -> list[tuple[str, str]]:
    """Places to choose from for an item of this region: the townships of its node, or everything for an item of the city."""
    rows = directory.regions()
    home = next((row for row in rows if row.code == region), None)
    node = home.node_code if home else region
    below = [
        row for row in rows if row.node_code == node and row.level in (Region.Level.TOWNSHIP, Region.Level.VILLAGE)
    ]
    if not below:
        below = [row for row in rows if row.level != Region.Level.CITY]
    return [(row.code, row.name) for row in below]


def places_for(elements: Iterable[dict], region: str) -> list[tuple[str, str]]:
    """`townships`, where one of the elements is a place; nothing is read where none is."""
    return townships(region) if any(element["type"] == "region" for element in elements) else []


def answer_field(element: dict, places: list[tuple[str, str]], *, required: bool, more: str = "") -> Typed:
    """The field in which this data element is answered, wherever it is asked; `places`: `places_for`. `more` stands behind its hint."""
    return Typed(
        label=element["name"],
        help_text=f"{element.get('hint') or ''}{more}",
        required=required,
        several=element["type"] == "multichoice",
        number=element["type"] in NUMBERS,
        widget=widget_for(element, places),
    )


def is_long(element: dict) -> bool:
    """Choices that stand side by side only across the whole width."""
    labels = [choice["label"] for choice in element.get("choices") or ()]
    return element["type"] == "choice" and 2 < len(labels) <= FEW and len("".join(labels)) > 6


def shown(value):
    """A stored answer as the widget takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def condition(when) -> str:
    """`when` for the script as alternatives of lines; "" when it is always asked."""
    if not when:
        return ""
    alternatives = when if isinstance(when[0], list) else [when]
    return json.dumps(alternatives, ensure_ascii=False)


def add_answers(form: forms.Form, row, asked: Sequence[dict]) -> None:
    """A field for each answer that was asked to be put right ([{"element", "problem"}]), with what stands there now."""
    wanted = {one["element"] for one in asked}
    elements = [element for element in row.plan["elements"] if element["element"] in wanted]
    places = places_for(elements, row.plan["region"])
    for element in elements:
        name = f"answers__{element['element']}"
        form.fields[name] = answer_field(element, places, required=True)
        form.initial[name] = shown(row.answers.get(element["element"]))
