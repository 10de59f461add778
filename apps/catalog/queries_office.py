"""What the catalogue office reads: definitions with drafts and history, what differs between versions, the ground on which
files are judged. By actor."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Case, Exists, F, Func, JSONField, OuterRef, Q, QuerySet, When

from apps.directory.models import Department, Region, Zone
from apps.journal.actor import Actor
from apps.journal.models import Event
from apps.kit.errors import NotYours
from apps.kit.time import today

from . import policy
from .loading.known import Known, RegionFacts
from .models import Batch, Definition, DefinitionVersion, Element, Kind, MaterialType
from .queries import holding, matching
from .workflow import DefinitionState, VersionState

UNPUBLISHED = [VersionState.DRAFT, VersionState.CHECKED, VersionState.APPROVED]
PUBLIC = [VersionState.PUBLISHED, VersionState.REPLACED]
PUBLISHING = [f"definition.{verb}" for verb in ("publish", "suspend", "resume", "cancel")]


def office_definitions(
    actor: Actor,
    q: str = "",
    *,
    node: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    department: str | None = None,
) -> QuerySet[Definition]:
    """Definitions of the nodes whose catalogue the actor keeps, drafts too, by sound; `has_draft` = a version is being
    written (state "writing" asks for these). Raises Forbidden."""
    policy.allow_office(actor)
    nodes = policy.nodes_of(actor)
    rows = matching(Definition.objects.select_related("region", "department"), q)
    if nodes is not None:
        rows = rows.filter(region__node_code__in=nodes)
    writing = DefinitionVersion.objects.filter(definition=OuterRef("pk"), state__in=UNPUBLISHED)
    rows = rows.annotate(has_draft=Exists(writing))
    if state == "writing":
        rows, state = rows.filter(has_draft=True), None
    for name, value in {"region__node_code": node, "kind": kind, "state": state, "department": department}.items():
        if value:
            rows = rows.filter(**{name: value})
    return rows.order_by("pinyin", "code")


def office_definition(actor: Actor, code: str) -> Definition:
    """One of them. Raises NotYours or Forbidden."""
    row = Definition.objects.select_related("region", "department").filter(pk=code).first()
    policy.allow_office(actor)
    if row is None:
        raise NotYours
    policy.allow_definition(actor, "view", row)
    return row


def office_version(actor: Actor, pk: int) -> DefinitionVersion:
    """One version, with its definition. Raises NotYours or Forbidden."""
    rows = DefinitionVersion.objects.select_related("definition__region", "definition__department")
    row = rows.filter(pk=pk).first()
    policy.allow_office(actor)
    if row is None:
        raise NotYours
    policy.allow_definition(actor, "view" if row.state in PUBLIC else "draft", row.definition)
    return row


def shown_versions(actor: Actor, definition: Definition) -> QuerySet[DefinitionVersion]:
    """All, newest first; of another node's definition what is or was public."""
    rows = definition.versions.select_related("definition").order_by("-number")
    return rows if policy.keeps(actor, definition) else rows.filter(state__in=PUBLIC)


def versions_of(actor: Actor, definition: Definition) -> list[DefinitionVersion]:
    """These, content left out."""
    return list(shown_versions(actor, definition).select_related("batch").defer("content"))


def told_by(definition: Definition) -> DefinitionVersion:
    """The version that says what it is: the one that holds, else the last that was published, else the newest."""
    versions = definition.versions.select_related("definition")
    published = versions.filter(state=VersionState.PUBLISHED).order_by("-valid_from")
    return holding().filter(definition=definition).first() or published.first() or versions.order_by("-number").first()


def history_of(actor: Actor, definition: Definition, limit: int = 30) -> list[Event]:
    """What happened to a definition and its versions, newest first; to another node's what everybody saw."""
    policy.allow_definition(actor, "view", definition)
    told = Event.objects.filter(chain=definition.chain).order_by("-seq")
    if not policy.keeps(actor, definition):
        told = told.filter(name__in=PUBLISHING)
    return list(told[:limit])


def names_of(*contents: dict) -> dict[str, dict[str, str]]:
    """{"materials", "fields", "members", "departments": {code: name}} of what these contents list."""
    listed = {
        key: {row[name] for content in contents for row in content.get(key, [])}
        for key, name in (("materials", "material"), ("fields", "element"), ("members", "item"))
    }
    elements = Element.objects.filter(code__in=listed["fields"]).values_list("code", "content__name")
    materials = MaterialType.objects.filter(code__in=listed["materials"]).values_list("code", "content__name")
    items = Definition.objects.filter(code__in=listed["members"]).values_list("code", "name")
    offices = {content.get("department") or content["lead"]["department"] for content in contents}
    departments = Department.objects.filter(code__in=offices).values_list("code", "name")
    return {
        "fields": dict(elements),
        "materials": dict(materials),
        "members": dict(items),
        "departments": dict(departments),
    }


def comparing(elements: Collection[str]) -> list[DefinitionVersion]:
    """What is published for today or for days to come with a condition on one of these data elements; also what is suspended, which may be
    taken up again as it stands."""
    lines = Func(F("content"), template="jsonb_path_query_array(%(expressions)s, '$.*[*].when[*].element')", output_field=JSONField())
    day = today()
    public = DefinitionVersion.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day), ~Q(definition__state=DefinitionState.CANCELLED) | Q(definition__withdrawn_on__gt=day), state=VersionState.PUBLISHED
    ).select_related("definition")
    named = public.annotate(compared=lines).exclude(compared=[]).order_by("pinyin", "definition_id", "valid_from")
    return [row for row in named if not set(elements).isdisjoint(row.compared)]


def batch_names(codes: Collection[str]) -> dict[str, str]:
    return dict(Batch.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}


def choices_of(codes: Collection[str]) -> dict[str, dict[str, str]]:
    """{element: {value: label}} of those that are chosen from a list."""
    rows = Element.objects.filter(code__in=codes).values_list("code", "content__choices") if codes else []
    return {code: {choice["value"]: choice["label"] for choice in choices or []} for code, choices in rows}


def differences(old: dict, new: dict, path: tuple[str, ...] = ()) -> list[dict]:
    """What differs between two contents: [{"path", "old", "new"}], in the order of the contents.

    Lists of coded entries (materials, fields, members …) are compared by code, other lists as a whole. A code may have dots, as the
    name of a fee may: the path stays in its parts. A limit is one value: its days say nothing without their unit.
    """
    found: list[dict] = []
    for key in [*old, *(key for key in new if key not in old)]:
        place = (*path, key)
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict) and "unit" not in before:
            found += differences(before, after, place)
        elif coded(before) and coded(after):
            found += differences(by_code(before), by_code(after), place)
            if list(by_code(before)) != list(by_code(after)) and not _added_or_gone(before, after):
                found.append({"path": (*path, f"{key}{ORDER}"), "old": list(by_code(before)), "new": list(by_code(after))})
        else:
            found.append({"path": place, "old": before, "new": after})
    return found


ORDER = "（顺序）"  # after the path of a list whose entries only changed places
_NAMES = ("code", "item", "material", "element", "value", "name", "q")


def coded(rows) -> bool:
    if not isinstance(rows, list) or not rows:
        return False
    named = all(isinstance(row, dict) and any(name in row for name in _NAMES) for row in rows)
    return named and len(by_code(rows)) == len(rows)


def by_code(rows: list[dict]) -> dict[str, dict]:
    return {next(str(row[name]) for name in _NAMES if name in row): row for row in rows}


def _added_or_gone(before: list, after: list) -> bool:
    return set(by_code(before)) != set(by_code(after))


def known(*, drafts: bool = False) -> Known:
    """What the database defines: the ground on which files and versions are judged. Of what is public its public words: what somebody
    is only writing is no ground to publish on. With `drafts` what they ask counts too."""
    facts = Known(
        departments={code: {} for code in Department.objects.values_list("code", flat=True)},
        zones={code: {} for code in Zone.objects.values_list("code", flat=True)},
        elements=dict(Element.objects.values_list("code", "content")),
        materials=dict(MaterialType.objects.values_list("code", "content")),
        batches={
            row["code"]: {**row, "published_on": row["published_on"].isoformat()}
            for row in Batch.objects.values("code", "name", "published_on", "level")
        },
    )
    cities = []
    for code, name, level, start, end in Region.objects.values_list("code", "name", "level", "valid_from", "valid_to"):
        facts.regions[code] = RegionFacts(name, start, end)
        cities += [code] if level == Region.Level.CITY else []
    if cities:
        facts.default_region = cities[0] if len(cities) == 1 else ""
    standing = (
        DefinitionVersion.objects.exclude(state__in=[VersionState.DISCARDED, VersionState.REPLACED])
        .order_by("definition", Case(When(state=VersionState.PUBLISHED, then=1), default=0), "valid_from", "number")  # the last counts
        .values_list("definition", "definition__kind", "state", "content__situations", "content__members", "content__main_item")
    )
    written: dict[str, tuple[list, list]] = {}
    for code, kind, state, asked, members, main_item in standing:
        asked, members = asked or [], members or []
        if drafts and state != VersionState.PUBLISHED:
            written[code] = (asked, members)
        elif code in written:
            asked, members = [*asked, *_beside(asked, written[code][0], "code")], [*members, *_beside(members, written[code][1], "item")]
        if kind == Kind.BUNDLE:
            facts.bundles[code] = {"code": code, "situations": asked, "members": members}
        else:
            facts.items[code] = {"code": code, "situations": asked, "main_item": main_item}
    return facts


def _beside(rows: list[dict], more: list[dict], key: str) -> list[dict]:
    taken = {row[key] for row in rows}
    return [row for row in more if row[key] not in taken]
