"""Words in names, found by an index: an applicant's name is kept as its pairs of neighbouring characters, and who looks for a word
asks for the pairs of the word. A trigram index (pg_trgm) is of no use here: most words that are looked for, and most names, have
two characters. The pairs only narrow the search; that the word stands there in one piece is asked besides.

Items have few names, which the catalogue remembers: their cases are found by code, in the order of the list. As pairs of characters
they filled the index, and thousands of cases were gathered for one page.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from django.contrib.postgres.fields import ArrayField
from django.db.models import Expression, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import StrIndex, Upper

from apps.kit.ids import DOTS, plain_name


class Pairs(Func):
    """The SQL function of the migrations, over which the index is built. Of two names; the second is empty since items are found by code."""

    function = "applications_pairs"
    arity = 2
    output_field = ArrayField(TextField())


_ONE = "·" * len(DOTS)


class OneDot(Func):
    """With the one dot of names for all that are like it."""

    function = "translate"
    template = f"%(function)s(%(expressions)s, '{DOTS}', '{_ONE}')"
    arity = 1
    output_field = TextField()


EVERYWHERE = "有限公司"  # of these pairs the index would read long lists, only to narrow nothing


def _has_pair(text: str) -> bool:
    return any(len(part) > 1 for part in text.split(" "))


def with_words(rows: QuerySet, words: str, codes: Collection[str] = ()) -> QuerySet:
    """Cases whose applicant's name has these words in it, whatever their case, or whose own name has, if it is one of these items
    (`codes_called`). One character alone has no pair: it stands in so many names that the newest are soon found."""
    words = plain_name(words)
    # Not LIKE: PostgreSQL takes what it knows nothing of for very rare, and would gather and sort all that have a common word.
    applied = Q(applied__gt=0)
    names: dict[str, Expression] = {"applied": place("applicant_name", words)}
    bare = re.sub(f"[{DOTS}]", " ", words)
    telling = next((text for text in (bare.replace(EVERYWHERE, " "), bare) if _has_pair(text)), None)
    if telling:
        names["pairs"] = Pairs("applicant_name", Value(""))
        applied &= Q(pairs__contains=Pairs(Value(telling), Value("")))  # last: a row that is walked has its pairs made anew
    if not codes:
        return rows.alias(**names).filter(applied)
    called = Q(code__in=codes) & Q(called__gt=0)  # in this order
    # Most items' words are in nobody's name: the cases of a code stand in the order of the list, an OR would have to be sorted.
    nobody = telling and not rows.model.objects.alias(**names).filter(applied).exists()
    return rows.alias(**names, called=place("name", words)).filter(called if nobody else called | applied)


def place(name: str, words: str) -> StrIndex:
    """Where the words stand in what is so named, whatever their case; 0: nowhere. With a dot among them, whatever dot: what was written
    before names had one only has the dot of its keyboard still, and an item's name has its own."""
    words = plain_name(words)
    same = OneDot if not set(DOTS).isdisjoint(words) else (lambda told: told)
    return StrIndex(same(Upper(name)), same(Upper(Value(words))))
