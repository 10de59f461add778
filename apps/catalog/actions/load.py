"""Catalogue files into the database: judged as a whole, then written as a whole, in one transaction.

1. Lock the catalogue's revision, so that loads follow each other.
2. Judge all files; one problem anywhere and nothing is written.
3. Take every item and bundle into its timeline, in memory; this counts what is created, new or unchanged.
4. Write in bulk what differs, one event per definition and one for the load. Nothing differs: no event, no new revision.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from apps.directory.actions import upsert_departments, upsert_zones
from apps.directory.models import Department, Region, Zone
from apps.directory.queries_people import open_posts
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.time import today

from .. import policy, queries_office
from ..content import digest, kept
from ..exporting import standing
from ..loading.checking import check
from ..loading.known import KINDS, Known
from ..loading.problems import Problem, in_order
from ..loading.source import Source
from ..models import Batch, Definition, DefinitionVersion, Element, Kind, MaterialType
from ..timeline import UNCHANGED, Slot, Timeline
from ..workflow import DefinitionState, VersionState
from .lifecycle import at_odds_after, unasked_after
from .writing import (
    day_or_none,
    draw_number,
    fresh_version,
    name_after_newest,
    next_numbers,
    open_revision,
    publish,
    settle,
    timelines,
    told,
)

OUTCOMES = ("created", "new_version", "unchanged")


@dataclass
class Report:
    """Problems (then nothing has changed), or the counts of what the files state and the items and bundles that change.

    A load of drafts may have both: faults of guide quality keep a draft from being published, not from being kept.
    `changes`: [{"code", "kind", "name", "outcome", "replaces"}], outcome "created" or "new_version", replaces the number of the draft
    that a load of drafts discards, or None. `unasked`, of items that are published or merely checked: see `unasked_after`. `at_odds`: see
    `at_odds_after`; of a mere check once the items and bundles are published, and `if_drafted` what else is as long as they are drafts.
    """

    problems: list[Problem] = field(default_factory=list)
    counts: dict = field(default_factory=dict)
    changes: list[dict] = field(default_factory=list)
    unasked: dict[str, list[str]] = field(default_factory=dict)
    at_odds: dict[str, list[str]] = field(default_factory=dict)
    if_drafted: dict[str, list[str]] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return not self.counts


@dataclass
class Stated:
    """One entry of a file that becomes a version."""

    code: str
    kind: str
    slot: Slot
    outcome: str = UNCHANGED


def load_catalogue(*, by: Actor, sources: list[Source], check_only: bool = False, as_draft: bool = False) -> Report:
    """Load files in the order given, as one transaction. `as_draft` leaves items and bundles as drafts to be published.

    Raises Forbidden when the actor may not write what the files contain.
    """
    with action(by) as act:
        policy.allow_office(by)
        revision = open_revision(act)
        ground = queries_office.known(drafts=as_draft)
        problems = check(sources, ground)
        if [found for found in problems if not (as_draft and found.code.startswith("guide."))]:
            return Report(problems)
        if moved := _moved_from_under_people(sources, ground):
            return Report(moved)
        _allow(by, sources, ground)
        stated = _stated(sources, ground)
        lines = timelines({one.code for one in stated})
        for one in stated:
            one.outcome = lines[one.code].state(one.slot)
        counts = _counts(sources, stated)
        replaced = _drafts_to_go(stated) if as_draft else {}
        elements = {row["code"]: row for source in sources for row in source.data.get("elements", [])}
        drafted = at_odds_after(elements, ground) if as_draft else {}
        at_odds = drafted if as_draft and not check_only else at_odds_after(elements, ground, over=_over(lines))
        unasked = _unasked(stated, lines, ground) if check_only or not as_draft else {}
        if not check_only:
            vocabulary = _write_vocabulary(act, sources, ground)
            versions = _write_drafts(act, stated) if as_draft else _write_published(act, stated, lines)
            if vocabulary or versions:
                draw_number(act, revision)
                files = [source.name.rsplit("/", 1)[-1] for source in sources]
                act.record(revision, "load", files=files, counts=counts, changed=vocabulary, draft=as_draft)
    changes = [
        {"code": one.code, "kind": one.kind, "name": one.slot.content["name"], "outcome": one.outcome, "replaces": replaced.get(one.code)}
        for one in stated
        if one.outcome != UNCHANGED
    ]
    if_drafted = {name: told for name, told in drafted.items() if name not in at_odds}
    return Report(problems, counts, changes, unasked, at_odds, if_drafted)


def _over(lines: dict[str, Timeline]) -> set[int]:
    """The versions, by key, that hold on no day from today on once these timelines are written."""
    ended = [slot for line in lines.values() for slot in line.slots if slot.row and (last := line.last_day(slot)) and last < today()]
    return {slot.row.pk for slot in ended} | {slot.row.pk for line in lines.values() for slot in line.replaced}


def _unasked(stated: list[Stated], lines: dict[str, Timeline], ground: Known) -> dict[str, list[str]]:
    """Of the items that say something new for a day to come; those whose days are over leave nothing behind."""
    items = {
        one.code: one.slot.content
        for one in stated
        if one.kind == Kind.ITEM and one.outcome != UNCHANGED and ((last := lines[one.code].last_day(one.slot)) is None or last >= today())
    }
    return unasked_after(items, [one.code for one in stated if one.kind == Kind.BUNDLE], ground)


def _allow(by: Actor, sources: list[Source], ground: Known) -> None:
    """An office below the city writes only its own node, takes nothing over from another, and changes nothing that all share."""
    if policy.nodes_of(by) is None:
        return
    node_of = dict(Region.objects.values_list("code", "node_code"))
    for source in sources:
        data = source.data or {}
        for kind, model in (("departments", Department), ("zones", Zone), ("items", Definition), ("bundles", Definition)):
            stated = _changing(kind, {row["code"]: row | {"region": _region(row, source, ground)} for row in data.get(kind, [])})
            known = model.objects.filter(pk__in=stated).values_list("pk", "region__node_code")
            for code, node in [*((code, node_of.get(row["region"])) for code, row in stated.items()), *known]:
                policy.allow_node(by, node, f"{KINDS[kind]}“{code}”")
        for kind in ("elements", "materials", "batches"):
            for row in data.get(kind, []):
                if not _same(ground.of(kind).get(row["code"]), row):
                    policy.allow_shared(by, row["code"])


def _moved_from_under_people(sources: list[Source], ground: Known) -> list[Problem]:
    """A department or zone that would go to another node while somebody holds a post there: it would be a post without its place."""
    node_of = dict(Region.objects.values_list("code", "node_code"))
    for kind, model, held in (("departments", Department, "department"), ("zones", Zone, "zones")):
        stated = [(source, place, row) for source in sources for place, row in enumerate((source.data or {}).get(kind, []))]
        stands = dict(model.objects.filter(pk__in={row["code"] for _, _, row in stated}).values_list("pk", "region__node_code"))
        moving = [one for one in stated if stands.get(one[2]["code"]) not in (None, node_of[_region(one[2], one[0], ground)])]
        codes = {row["code"] for _, _, row in moving}
        staffed = set(open_posts().filter(**{f"{held}__in": codes}).values_list(held, flat=True)) if codes else set()
        for source, place, row in moving:
            if (code := row["code"]) in staffed:
                told = f"{KINDS[kind]} {code} 属于节点 {stands[code]}，那里还有在岗人员，不能改到 {_region(row, source, ground)}：请先结束他们在这里的岗位"
                source.problem((kind, place, "region"), "region", told)
    return in_order((found for source in sources for found in source.problems if found.code == "region"), [source.name for source in sources])


def _changing(kind: str, stated: dict[str, dict]) -> dict[str, dict]:
    """Without the departments and zones that are restated as they stand: an exported file names those of other nodes that it needs."""
    if kind not in ("departments", "zones"):
        return stated
    known, usual = standing(kind, stated), {"kind": "department"} if kind == "departments" else {}

    def whole(row: dict) -> dict:
        filled = usual | {key: value for key, value in row.items() if value not in ("", [])}
        return filled | {"windows": sorted(filled["windows"])} if "windows" in filled else filled

    return {code: row for code, row in stated.items() if known.get(code) != whole(row)}


def _same(known: dict | None, row: dict) -> bool:
    return known is not None and known == row


def _region(row: dict, source: Source, ground: Known) -> str:
    return row.get("region") or (source.data or {}).get("node") or ground.default_region


def _stated(sources: list[Source], ground: Known) -> list[Stated]:
    found = []
    for source in sources:
        as_of = date.fromisoformat(source.data["as_of"])
        for key, kind in (("items", Kind.ITEM), ("bundles", Kind.BUNDLE)):
            for row in source.data.get(key, []):
                start, end = day_or_none(row.get("valid_from")) or as_of, day_or_none(row.get("valid_to"))
                content = kept(row, _region(row, source, ground))
                found.append(Stated(row["code"], kind, Slot(start, end, digest(content, end), content)))
    return found


def _counts(sources: list[Source], stated: list[Stated]) -> dict:
    """What the files state: distinct codes, and what becomes of each item and bundle."""

    def codes(kind: str) -> int:
        return len({row["code"] for source in sources for row in source.data.get(kind, [])})

    counts: dict = {kind: codes(kind) for kind in ("departments", "zones", "elements", "materials", "batches")}
    for key, kind in (("items", Kind.ITEM), ("bundles", Kind.BUNDLE)):
        of_kind = [one.outcome for one in stated if one.kind == kind]
        counts[key] = {outcome: of_kind.count(outcome) for outcome in OUTCOMES}
    return counts


def _write_vocabulary(act: Action, sources: list[Source], ground: Known) -> dict[str, list[str]]:
    """Departments, zones, elements, materials, batches; codes of what changed, by kind (empty when nothing did)."""

    def rows(kind: str) -> dict[str, dict]:
        """The last statement of each code; departments and zones with their region."""
        return {
            row["code"]: {**row, "region": _region(row, source, ground)} if kind in ("departments", "zones") else row
            for source in sources
            for row in source.data.get(kind, [])
        }

    changed: dict[str, list[str]] = {}
    for kind, write in (("departments", upsert_departments), ("zones", upsert_zones)):
        stated = rows(kind)
        if stated and any(write(act.by, list(stated.values())).values()):
            changed[kind] = sorted(stated)
    for kind, model in (("elements", Element), ("materials", MaterialType)):
        differing = [
            model(code=code, content=row) for code, row in rows(kind).items() if ground.of(kind).get(code) != row
        ]
        if differing:
            model.objects.bulk_create(
                differing, update_conflicts=True, unique_fields=["code"], update_fields=["content"]
            )
            changed[kind] = [row.code for row in differing]
    batches = {
        code: Batch(code=code, name=row["name"], published_on=day_or_none(row["published_on"]), level=row["level"])
        for code, row in rows("batches").items()
    }
    known = Batch.objects.in_bulk(list(batches))
    fields = ["name", "published_on", "level"]
    fresh = [
        batch
        for code, batch in batches.items()
        if code not in known or any(getattr(known[code], name) != getattr(batch, name) for name in fields)
    ]
    if fresh:
        Batch.objects.bulk_create(fresh, update_conflicts=True, unique_fields=["code"], update_fields=fields)
        changed["batches"] = [batch.code for batch in fresh]
    return changed


def _write_published(act: Action, stated: list[Stated], lines: dict[str, Timeline]) -> int:
    """New versions in force; the number of definitions that changed."""
    touched = {code: line for code, line in lines.items() if line.added or line.replaced or line.restated}
    if not touched:
        return 0
    definitions = _lock_or_create(act, [one for one in stated if one.code in touched])
    settle(act, definitions, touched, next_numbers(touched))
    for code, line in touched.items():
        definition = definitions[code]
        before = _named(definition)
        name_after_newest(definition, line)
        if line.added:
            publish(act, definition, line, line.added)
        _save_named(act, definition, before)
    return len(touched)


_NAMED = ("name", "pinyin", "search", "region_id", "department_id")


def _named(definition: Definition) -> dict:
    return {name: getattr(definition, name) for name in _NAMED}


def _save_named(act: Action, definition: Definition, before: dict) -> None:
    if changed := [name for name, value in _named(definition).items() if value != before[name]]:
        act.save(definition, *changed)


def _lock_or_create(act: Action, stated: list[Stated]) -> dict[str, Definition]:
    """The definitions, locked in this transaction; those that are new are inserted."""
    kinds = {one.code: one for one in stated}
    found = {
        row.code: act.adopt(row)
        for row in Definition.objects.select_for_update(of=("self",))
        .select_related("region")
        .filter(code__in=kinds)
        .order_by("code")
    }
    fresh = []
    for code, one in kinds.items():
        if code not in found:
            definition = Definition(code=code, kind=one.kind)
            definition.call(one.slot.content)
            fresh.append(definition)
    Definition.objects.bulk_create(fresh)
    found |= {definition.code: act.adopt(definition) for definition in fresh}
    return found


def _drafts_to_go(stated: list[Stated]) -> dict[str, int]:
    """{code: number} of the drafts, somebody's work perhaps, that these would take the place of."""
    written = {one.code: (one.slot.digest, one.slot.start) for one in stated if one.outcome != UNCHANGED}
    rows = DefinitionVersion.objects.filter(definition__in=written, state__in=queries_office.UNPUBLISHED)
    open_drafts = rows.values_list("definition", "number", "digest", "valid_from")
    return {code: number for code, number, *said in open_drafts if tuple(said) != written[code]}


def _write_drafts(act: Action, stated: list[Stated]) -> int:
    """Changed items and bundles as drafts; an earlier unpublished draft of the same definition is discarded."""
    changed = [one for one in stated if one.outcome != UNCHANGED]
    definitions = _lock_or_create(act, changed) if changed else {}
    drafts = {
        row.definition_id: row
        for row in DefinitionVersion.objects.filter(definition__in=definitions, state__in=queries_office.UNPUBLISHED)
    }
    numbers = next_numbers(definitions)
    written = 0
    for one in changed:
        definition, draft = definitions[one.code], drafts.get(one.code)
        if draft and (draft.digest, draft.valid_from) == (one.slot.digest, one.slot.start):
            continue
        if draft:
            draft.definition = definition
            act.move(draft, "discard")
        version = fresh_version(definition, one.slot, numbers[one.code], VersionState.DRAFT)
        numbers[one.code] += 1
        drafts[one.code] = act.create(version)
        if definition.state == DefinitionState.DRAFT:  # called after its last draft, as long as nothing of it was published
            before = _named(definition)
            definition.call(one.slot.content)
            _save_named(act, definition, before)
        act.record(definition, "draft", version=version.number, **told(one.slot))
        written += 1
    return written
