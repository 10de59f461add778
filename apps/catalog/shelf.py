"""The process's memory of the catalogue, checked by one number: one statement says whether it still holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, partial

from django.db import connection

from apps.directory.models import Department
from apps.kit.days import day_cn
from apps.kit.prepared import execute

from .compiler import Library
from .models import Definition, DefinitionVersion, Element, MaterialType, Revision, Standard
from .questions import Entry
from .standards import holding
from .workflow import DefinitionState, VersionState

MOST_REMEMBERED = 20_000  # definitions held by one process
MOST_PLANS = 500  # of some 10 kB


@dataclass(frozen=True)
class Held:
    """A published version on the shelf."""

    entry: Entry
    number: int
    valid_from: date
    valid_to: date | None


@dataclass
class Shelved:
    kind: str
    state: str
    withdrawn_on: date | None
    versions: list[Held] = field(default_factory=list)

    def on(self, day: date) -> Held | None:
        """The version in force; none from the day of withdrawal on."""
        if self.state != DefinitionState.PUBLISHED and (self.withdrawn_on is None or day >= self.withdrawn_on):
            return None
        for held in self.versions:
            if held.valid_from <= day and (held.valid_to is None or day <= held.valid_to):
                return held
        return None

    def had_on(self, day: date, *, taken: int | None) -> Held | None:
        """What could be applied for on the morning of the day: a withdrawal on the day itself came after it. `taken`: the version that was
        applied for then, whatever was said later of that day."""
        begun = [held for held in self.versions if held.valid_from <= day]
        last = max(begun, key=lambda held: held.valid_from, default=None)
        if taken is not None:
            return next((held for held in self.versions if held.entry.version_id == taken), last)
        ends = (last.valid_to, None if self.state == DefinitionState.PUBLISHED else self.withdrawn_on) if last else ()
        return last if all(end is None or day <= end for end in ends) else None

    def last_day(self) -> date | None:
        """After which nothing of it is taken in, where that is known."""
        ends = [held.valid_to or date.max for held in self.versions]
        if self.state != DefinitionState.PUBLISHED and self.withdrawn_on:
            ends = [min(max(ends), self.withdrawn_on - timedelta(days=1))]
        return None if date.max in ends else max(ends, default=None)

    def name(self, otherwise: str = "") -> str:
        """By its newest version, also where none is in force."""
        newest = max(self.versions, key=lambda held: held.valid_from, default=None)
        return newest.entry.content["name"] if newest else otherwise

    def why_not(self, code: str, day: date, *, coded: bool = True) -> str:
        """What is told where no version is in force on the day; its code beside its name only to who works with codes."""
        named = f"“{self.name(code)}”" + (f"（{code}）" if coded and self.versions else "")
        since = None if self.state == DefinitionState.PUBLISHED else self.withdrawn_on
        if since and since <= day:
            word = "暂停" if self.state == DefinitionState.SUSPENDED else "停止"
            return f"{named}自{day_cn(since)}起{word}受理。"
        later = [held.valid_from for held in self.versions if held.valid_from > day]
        if later:
            return f"{named}自{day_cn(min(later))}起受理，{day_cn(day)}还没有有效的版本。"
        return f"{named}在{day_cn(day)}没有有效的版本。"


class Shelf:
    def __init__(self, number: int):
        self.number = number
        self.definitions: dict[str, Shelved | None] = {}
        self.elements = dict(Element.objects.values_list("code", "content"))
        self.materials = dict(MaterialType.objects.values_list("code", "content"))
        self.departments = dict(Department.objects.values_list("code", "name"))
        self.standards = list(Standard.objects.all())
        self.plans: dict[tuple, bytes | str] = {}  # compiled for these answers on this day, as JSON

    @cached_property
    def names(self) -> list[tuple[str, str]]:
        """(code, name in capitals) of everything that was ever offered, under each of its names."""
        offered = DefinitionVersion.objects.exclude(state=VersionState.DRAFT).order_by("definition_id")
        return sorted({(code, name.upper()) for code, name in offered.values_list("definition_id", "content__name")})

    @cached_property
    def questions(self) -> dict[str, list[dict]]:
        """{code: every question of what is published that is called so}."""
        found: dict[str, list[dict]] = {}
        published = DefinitionVersion.objects.filter(state=VersionState.PUBLISHED, content__has_key="situations").order_by("pk")
        for asked in published.values_list("content__situations", flat=True):
            for question in asked or ():
                found.setdefault(question["code"], []).append(question)
        return found

    def remember(self, asked: tuple, plan: bytes | str) -> None:
        while len(self.plans) >= MOST_PLANS:
            self.plans.pop(next(iter(self.plans)), None)
        self.plans[asked] = plan

    def fetch(self, codes: Iterable[str]) -> None:
        """Two statements for all that is not yet here; an unknown code is remembered as unknown."""
        wanted = [code for code in dict.fromkeys(codes) if code not in self.definitions]
        if not wanted:
            return
        # Shown to other threads when it is whole: half read, a definition would seem to have no version.
        fresh: dict[str, Shelved | None] = dict.fromkeys(wanted)
        for row in Definition.objects.filter(code__in=wanted):
            fresh[row.code] = Shelved(row.kind, row.state, row.withdrawn_on)
        published = DefinitionVersion.objects.filter(definition__in=wanted, state=VersionState.PUBLISHED)
        for row in published.only("definition_id", "number", "valid_from", "valid_to", "content"):
            shelved = fresh[row.definition_id]
            if shelved is not None:
                entry = Entry(row.definition_id, shelved.kind, row.content, row.pk)
                shelved.versions.append(Held(entry, row.number, row.valid_from, row.valid_to))
        full = len(self.definitions) + len(fresh) > MOST_REMEMBERED
        self.definitions = fresh if full else {**self.definitions, **fresh}

    def get(self, code: str) -> Shelved | None:
        self.fetch([code])
        return self.definitions.get(code)

    def on(self, code: str, day: date) -> Held | None:
        """The version of the definition that is in force; None for an unknown code too."""
        shelved = self.get(code)
        return shelved.on(day) if shelved else None

    def standard(self, code: str, day: date) -> Standard | None:
        """The standard that holds on the day for this bundle or item; a load lets no two of them meet."""
        return next((row for row in holding(self.standards, day) if code in row.applies_to), None)

    def library(self, day: date) -> Library:
        def item(code: str) -> Entry | None:
            shelved = self.get(code)
            held = shelved.on(day) if shelved and shelved.kind == "item" else None
            return held.entry if held else None

        return Library(item, self.elements, self.materials, self.departments, partial(self.why_not, day=day))

    def why_not(self, code: str, day: date, *, coded: bool = True) -> str:
        """Why none of it is in force on the day."""
        shelved = self.get(code)
        return shelved.why_not(code, day, coded=coded) if shelved else f"“{code}”没有有效的版本。"

    def name(self, code: str) -> str:
        shelved = self.get(code)
        return shelved.name(code) if shelved else code


_shelf: Shelf | None = None
REVISION = f"SELECT number FROM {Revision._meta.db_table} ORDER BY id LIMIT 1"  # noqa: S608  (a name only)


def shelf() -> Shelf:
    """The shelf of the catalogue as it stands now."""
    global _shelf
    with connection.cursor() as cursor:
        execute(cursor, "revision of the catalogue", REVISION, [])
        (number,) = cursor.fetchone() or (0,)
    if _shelf is None or _shelf.number != number:
        _shelf = Shelf(number)
    return _shelf


def remembered() -> Shelf:
    """The shelf as this process last saw it: for who asks for the `REVISION` together with something else, and begins anew
    where it is another one than the shelf's `number`."""
    return _shelf or shelf()
