"""What each field of a page held when it was shown, or last saved from it: of two pages of one form, open on two tabs or devices,
each saves what was changed on it and takes nothing of the other's away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from django import forms
from django.http import QueryDict


def mark(value: object) -> str:
    """A digest of what a field holds; nothing, "" and an empty list are the same."""
    several = value if isinstance(value, (list, tuple)) else [value if value is not None else ""]
    words = "\x1f".join(sorted(str(one).replace("\r\n", "\n").strip() for one in several))
    return sha256(words.encode()).hexdigest()[:12]


def written(marks: Mapping[str, str]) -> str:
    return json.dumps(marks)


def read(text: str | None) -> dict[str, str]:
    """Of a page without it every field counts as changed."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def typed(form: forms.BaseForm, data: QueryDict, name: str) -> object:
    field = form.fields[name]
    return field.to_python(field.widget.value_from_datadict(data, {}, name))


def brought_up(form: forms.BaseForm, stood: Mapping[str, str], names: Iterable[str]) -> QueryDict:
    """What was sent; for the fields that nobody changed on this page, what is stored by now (`form.initial`). Where nothing is
    stored any more (a field that was asked no more for a while), what stood on the page remains."""
    data = form.data.copy()
    for name in names if stood else ():
        here, now = typed(form, form.data, name), form.initial.get(name)
        untouched = stood[name] == mark(here) if name in stood else name not in form.data
        if untouched and (now not in (None, "", []) or not here):
            values = now if isinstance(now, (list, tuple)) else [now]
            data.setlist(name, [str(one) for one in values if one not in (None, False, "")])
    return data
