"""States that should be impossible. Each room names its own in `patrol.py`; the patrol runs them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.utils.module_loading import autodiscover_modules

from .anchoring import one_moment

_checks: dict[str, Callable[[], Iterable[dict]]] = {}


def invariant(name: str):
    """Register a function that yields one dict (what, where) per violation."""

    def keep(check):
        _checks[name] = check
        return check

    return keep


def told(rows, what: str) -> Iterator[dict]:
    """One violation for each of the first 200 rows that should not be there."""
    for row in rows[:200]:
        yield {"what": what, "where": f"{row._meta.model_name}:{row.pk}"}


def patrol() -> tuple[list[str], list[dict]]:
    """(names checked, violations found). All as it stood in one moment: a case that moves between two counts is no fault."""
    autodiscover_modules("patrol")
    with one_moment():
        found = [{"invariant": name, **violation} for name in sorted(_checks) for violation in _checks[name]()]
    return sorted(_checks), found
