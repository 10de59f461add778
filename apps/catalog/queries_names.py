"""What a code is called, and what is called so."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from apps.kit.ids import DOTS

from .models import Definition
from .shelf import shelf
from .workflow import DefinitionState

_ONE_DOT = str.maketrans(dict.fromkeys(DOTS, "·"))


def coded_names(codes: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """{code: name} of the elements, and of the materials, that are called so."""
    known, wanted = shelf(), set(codes)
    return tuple({code: sort[code]["name"] for code in wanted & sort.keys()} for sort in (known.elements, known.materials))


def elements_called(codes: Iterable[str]) -> dict[str, dict]:
    """{code: the element that is called so}, with its type and its choices."""
    known = shelf().elements
    return {code: known[code] for code in set(codes) & known.keys()}


def questions_called(codes: Iterable[str]) -> dict[str, tuple[str, dict[str, str]]]:
    """{code: (the question, {value: its words})}. Several items may call different questions so: what they do not say alike is left out."""
    known, found = shelf().questions, {}
    for code in set(codes) & known.keys():
        words = {one["question"] for one in known[code]}
        values: dict[str, set[str]] = {}
        for choice in (choice for one in known[code] for choice in one.get("choices") or ()):
            values.setdefault(str(choice["value"]), set()).add(choice["label"])
        told = {value: labels.pop() for value, labels in values.items() if len(labels) == 1}
        found[code] = words.pop() if len(words) == 1 else "", told
    return found


def codes_named(words: Iterable[str]) -> dict[str, list[str]]:
    """{word: codes} of the items and bundles that people call so: the one of this code, else all of exactly this name, for the city and
    its counties offer many under one name. What nobody knows is left out, and what was never published."""
    wanted = set(words)
    rows = Definition.objects.filter(Q(code__in=wanted) | Q(name__in=wanted)).exclude(state=DefinitionState.DRAFT)
    rows = rows.order_by("code").values_list("code", "name")
    found: dict[str, list[str]] = {}
    for code, name in rows:
        if name in wanted:
            found.setdefault(name, []).append(code)
    return found | {code: [code] for code, _ in rows if code in wanted}


def codes_called(words: str) -> list[str]:
    """Items and bundles that have these words in a name that they have or had, whatever the words' case; with a dot among them whatever dot."""
    wanted = _one_dot(words).upper()
    return list(dict.fromkeys(code for code, name in shelf().names if wanted in _one_dot(name)))


def _one_dot(text: str) -> str:
    return text.translate(_ONE_DOT)


def definition_names(codes: Iterable[str]) -> dict[str, str]:
    """{code: name}."""
    return dict(Definition.objects.filter(code__in=set(codes)).values_list("code", "name"))


def offered_names(codes: Iterable[str]) -> dict[str, str]:
    """{code: name} of what was ever published: it may be told to anybody."""
    return dict(Definition.objects.filter(code__in=set(codes)).exclude(state=DefinitionState.DRAFT).values_list("code", "name"))
