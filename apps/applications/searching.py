"""Words in names, found by an index: a name is kept as its pairs of neighbouring characters, and who looks for a word asks for the
pairs of the word. A trigram index (pg_trgm) is of no use here: most words that are looked for, and most names, have two
characters. The pairs only narrow the search; that the word stands there in one piece is asked besides.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, QuerySet, TextField, Value
from django.db.models.functions import Greatest, StrIndex, Upper

from apps.kit.ids import plain_name


class Pairs(Func):
    """The SQL function of migration 0019, over which the index is built."""

    function = "applications_pairs"
    arity = 2
    output_field = ArrayField(TextField())


EVERYWHERE = "有限公司"  # of these pairs the index would read long lists, only to narrow nothing


def _has_pair(text: str) -> bool:
    return any(len(part) > 1 for part in text.split(" "))


def with_words(rows: QuerySet, words: str) -> QuerySet:
    """Cases whose applicant's or item's name has these words in it, whatever their case. One character alone has no pair:
    it stands in so many names that the newest are soon found."""
    words = plain_name(words)
    telling = next((text for text in (words.replace(EVERYWHERE, " "), words) if _has_pair(text)), None)
    if telling:
        rows = rows.alias(pairs=Pairs("applicant_name", "name")).filter(pairs__contains=Pairs(Value(telling), Value("")))
    # Not LIKE: PostgreSQL takes what it knows nothing of for very rare, and would gather and sort all that have a common word.
    places = [StrIndex(Upper(name), Upper(Value(words))) for name in ("applicant_name", "name")]
    return rows.alias(place=Greatest(*places)).filter(place__gt=0)
