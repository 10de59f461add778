import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from apps.deadlines.engine.ask import Book, ask
from apps.deadlines.engine.calendar import Arrangement, Calendar
from apps.deadlines.loading import load

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
EXAMPLES = json.loads((Path(__file__).parents[1] / "data" / "deadline_examples.json").read_text())["cases"]
LAW = {
    "extension_cap": 10,
    "delivery": 10,
    "reconsideration": 60,
    "litigation": 6,
    "renewal": 30,
    "commitment_check": 60,
}


def _arrangements():
    document = yaml.safe_load((FIXTURES / "calendar.yaml").read_text())
    for row in document["years"] + document["superseded"]:
        days_off, make_up = (frozenset(map(date.fromisoformat, row[key])) for key in ("days_off", "make_up"))
        known_from = date.fromisoformat(row["known_from"])
        yield Arrangement(row["year"], known_from, days_off, make_up, row.get("notice", ""))


VERSIONS = tuple(_arrangements())
BOOK = Book(VERSIONS, lambda code, on: LAW[code])
CALENDAR = Calendar.known_on(VERSIONS)


def answer(op, /, **given):
    return ask({"op": op, "input": given}, BOOK)


def pause(start, end, **more):
    return {"start": start, "end": end, "type": "hearing", **more}


def load_fixtures():
    load(FIXTURES / "calendar.yaml", FIXTURES / "statute.yaml", FIXTURES / "lights.yaml")


@pytest.fixture
def calendars(db):
    """Calendars, statute book and light rules, loaded from the fixtures."""
    load_fixtures()


@pytest.fixture
def calendars_for_threads(transactional_db):
    """The same, committed, for tests in which several connections meet."""
    load_fixtures()
