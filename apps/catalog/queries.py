"""Every read of the room. Published definitions are public; drafts and history belong to the catalogue office."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.directory import queries as directory
from apps.directory.models import Department, Region, Zone
from apps.journal.actor import Actor, PostFacts
from apps.journal.models import Event
from apps.kit.errors import NotYours
from apps.kit.pinyin import pinyin
from apps.kit.time import today

from . import policy, standards
from .loading.known import Known, RegionFacts
from .models import Batch, Definition, DefinitionVersion, Element, Kind, MaterialType, Standard
from .plan import in_force
from .questions import Entry
from .shelf import Shelf, shelf
from .ways import SHARED, bundle_ways, lasting
from .workflow import DefinitionState, VersionState

# --- what is in force -------------------------------------------------------------------------------------------


def holding(day: date | None = None) -> QuerySet[DefinitionVersion]:
    """Versions of definitions in use that hold on the day (today)."""
    day = day or today()
    return DefinitionVersion.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        Q(definition__state=DefinitionState.PUBLISHED) | Q(definition__withdrawn_on__gt=day),
        state=VersionState.PUBLISHED,
        valid_from__lte=day,
    ).select_related("definition", "definition__department", "definition__region")


def matching(rows: QuerySet, words: str) -> QuerySet:
    """Every word is found in name, pinyin, initials, code or implementation code."""
    for word in words.lower().split()[:8]:
        rows = rows.filter(search__contains=word)
    return rows


CLOSE = 0.55  # of 1: how much of the words' sound must be found in a row of letters of the name's


def resembling(q: str, *, day: date | None = None, limit: int = 8) -> list[DefinitionVersion]:
    """What somebody may have meant whose words are found nowhere: the nearest by sound, so that a wrong character of the same
    sound costs nothing and a wrong letter little. Best first; empty where nothing is near."""
    wanted = pinyin("".join(q.split()))[:100]
    if len(wanted) < 3:
        return []
    near = TrigramWordSimilarity(wanted, "pinyin")
    rows = holding(day).defer("content").annotate(near=near).filter(near__gte=CLOSE)
    return list(rows.order_by("-near", "pinyin", "id")[:limit])


def search_definitions(
    q: str = "",
    *,
    region: str | None = None,
    audience: str | None = None,
    theme: str | None = None,
    kind: str | None = None,
    department: str | None = None,
    way: str | None = None,
    day: date | None = None,
) -> QuerySet[DefinitionVersion]:
    """Published versions that hold on the day, by sound: page them with keyset_page(order=("pinyin", "id")).

    `region`: a node (with what lies below it). Content is left out; ask `guide` for it.
    """
    rows = matching(holding(day), q).defer("content")
    if region:
        rows = rows.filter(definition__region__node_code=region)
    if audience:
        rows = rows.filter(audience__contains=[audience])
    if theme:
        rows = rows.filter(themes__contains=[theme])
    if kind:
        rows = rows.filter(definition__kind=kind)
    if department:
        rows = rows.filter(definition__department=department)
    if way:
        rows = rows.filter(_going(way, day))
    return rows.order_by("pinyin", "id")


def _going(way: str, day: date | None) -> Q:
    """Items and one-things with one of the eight ways (ways.py): by their own content, or a one-thing by its items'."""
    own = Q(ways__contains=[way])
    if way not in SHARED:
        return own
    bundles = holding(day).filter(definition__kind=Kind.BUNDLE).values_list("definition_id", "content__members")
    asked = {code: lasting(members) for code, members in bundles}
    items = {item for members in asked.values() for item in members}
    fit = set(holding(day).filter(own, definition__in=items).values_list("definition_id", flat=True))
    return own | Q(definition__in=[code for code, members in asked.items() if fit.issuperset(members)])


def ways_of(rows: Iterable[DefinitionVersion], day: date | None = None) -> dict[int, list[str]]:
    """{version: which of the eight ways it has}, in their order; two statements where one-things are among them."""
    rows = list(rows)
    bundles = [row.pk for row in rows if row.definition.kind == Kind.BUNDLE]
    asked = {}
    if bundles:
        found = DefinitionVersion.objects.filter(pk__in=bundles).values_list("pk", "content__members")
        asked = {pk: lasting(members) for pk, members in found}
    items = {item for members in asked.values() for item in members}
    of_items = dict(holding(day).filter(definition__in=items).values_list("definition_id", "ways")) if items else {}
    return {
        row.pk: bundle_ways(row.ways, [of_items.get(item, ()) for item in asked[row.pk]]) if row.pk in asked else row.ways
        for row in rows
    }


def acceptable_by(actor: Actor, q: str = "", *, day: date | None = None) -> QuerySet[DefinitionVersion]:
    """Items and one-things that the actor's counter posts may accept today, one-things first, then by sound; none for
    anybody else.

    Place: `none` = at the item's own region, `county` = at any window of its node, `city` = at any node of the city.
    Competence: the item's zone, a zone of the same name (an item of another node), or a generalist.
    A one-thing stands where the items that it always holds may be accepted; of another node's, where all of them may.
    """
    rows = matching(holding(day), q).defer("content")
    allowed = Q(pk__in=[])
    for post in actor.posts:
        if post.role != "clerk":
            continue
        place = (
            Q(city_wide="none", definition__region=post.region)
            | Q(city_wide="county", definition__region__node_code=post.node)
            | Q(city_wide="city", definition__region__node_code__startswith=post.node[:4])
        )
        if not post.generalist:
            names = Zone.objects.filter(code__in=post.zones).values("name")
            place &= (
                Q(zone="") | Q(zone__in=post.zones) | Q(zone__in=Zone.objects.filter(name__in=names).values("code"))
            )
        allowed |= place
    items = Q(definition__kind=Kind.ITEM, accepting=True) & allowed
    offered = items | Q(definition__in=_bundles_of(actor, rows, holding(day).filter(items)))
    return rows.filter(offered).order_by("definition__kind", "pinyin", "id")  # "bundle" comes before "item"


def _bundles_of(actor: Actor, rows: QuerySet, items: QuerySet) -> list[str]:
    """Codes of the one-things among `rows` that the actor's counter may take in; `items` = what it may accept singly."""
    nodes = {post.node for post in actor.posts if post.role == "clerk"}
    if not nodes:
        return []
    city = Q(pk__in=[])
    for node in nodes:
        city |= Q(definition__region__node_code__startswith=node[:4])
    found = list(
        rows.filter(city, definition__kind=Kind.BUNDLE).values_list(
            "definition_id", "definition__region__node_code", "content__members"
        )
    )
    codes = {member["item"] for _, _, members in found for member in members}
    fit = set(items.filter(definition__in=codes).values_list("definition_id", flat=True)) if codes else set()

    def offered(node: str, members: list[dict]) -> bool:
        here = node in nodes
        return all(member["item"] in fit for member in members if not (here and member.get("when")))

    return [code for code, node, members in found if offered(node, members)]


def may_accept(actor: Actor, code: str, *, day: date | None = None, known: Shelf | None = None) -> bool:
    """Does it stand among `acceptable_by`? From the process's memory: no statement, but for an item of another hall's zone."""
    day, known = day or today(), known or shelf()
    posts = [post for post in actor.posts if post.role == "clerk"]
    held = known.on(code, day)
    if held is None:
        return False
    if held.entry.kind == Kind.ITEM:
        return _fits(posts, [code], day, known)
    node, nodes = directory.node_of(known.get(code).region), {post.node for post in posts}
    if not any(node.startswith(own[:4]) for own in nodes):
        return False
    members = [row["item"] for row in held.entry.content["members"] if not (node in nodes and row.get("when"))]
    known.fetch(members)
    return _fits(posts, members, day, known)


def _fits(posts: list[PostFacts], codes: list[str], day: date, known: Shelf) -> bool:
    """May each of these items be accepted singly by one of the counter posts?"""
    namesakes = cache(_namesakes)

    def competent(post: PostFacts, zone: str) -> bool:
        return post.generalist or not zone or zone in post.zones or zone in namesakes(post.zones)

    for code in codes:
        held = known.on(code, day)
        if held is None or held.entry.kind != Kind.ITEM or not held.entry.content.get("accepting", True):
            return False
        region, zone = known.get(code).region, held.entry.content.get("zone", "")
        reach = held.entry.content.get("city_wide", "none")
        if not any(_reached(post, region, reach) and competent(post, zone) for post in posts):
            return False
    return True


def _reached(post: PostFacts, region: str, reach: str) -> bool:
    """An item's region from a counter post: at its own, at any window of its node, at any node of the city."""
    if reach == "none":
        return region == post.region
    node = directory.node_of(region)
    return node == post.node if reach == "county" else node.startswith(post.node[:4])


def _namesakes(zones: frozenset[str]) -> set[str]:
    names = Zone.objects.filter(code__in=zones).values("name")
    return set(Zone.objects.filter(name__in=names).values_list("code", flat=True))


def situations(code: str, as_of: date | None = None) -> list[dict]:
    """The questions to ask before any answer is given. Raises NotYours."""
    from .plan import compile_plan

    return compile_plan(code, {}, as_of or today())["situations"]


def guide(code: str, as_of: date | None = None) -> dict:
    """The public guide: the content in force with the names behind its codes.

    {"code", "kind", "content", "version_id", "department", "region", "zone": {…} or None, "elements", "materials",
    "main_item", "sub_items", "members": [{"code", "name", "after", "when"}]}. Raises NotYours.
    """
    day = as_of or today()
    entry, known = in_force(code, day)
    content = entry.content
    department = Department.objects.get(pk=_owner(entry))
    zone = Zone.objects.select_related("hall").filter(pk=content.get("zone", "")).first()
    members = content.get("members", [])
    known.fetch([row["item"] for row in members])
    library = known.library(day)
    return {
        "code": code,
        "kind": entry.kind,
        "version_id": entry.version_id,
        "content": content,
        "department": department,
        "region": Region.objects.get(pk=content["region"]),
        "zone": zone,
        "elements": [{**known.elements.get(row["element"], {}), **row} for row in content.get("fields", [])],
        "materials": [{**known.materials.get(row["material"], {}), **row} for row in content.get("materials", [])],
        "members": [{**row, "name": _name(library.item(row["item"]), row["item"])} for row in members],
        "main_item": _name(library.item(content["main_item"]), "") if content.get("main_item") else "",
        "sub_items": list(
            holding(day).filter(content__main_item=code).order_by("pinyin").values("definition_id", "name")
        ),
    }


def _owner(entry: Entry) -> str:
    return entry.content["lead"]["department"] if entry.kind == Kind.BUNDLE else entry.content["department"]


def _name(entry: Entry | None, otherwise: str) -> str:
    return entry.content["name"] if entry else otherwise


UNPUBLISHED = [VersionState.DRAFT, VersionState.CHECKED, VersionState.APPROVED]

# --- the catalogue office ---------------------------------------------------------------------------------------


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
    policy.allow_definition(actor, "view", row.definition)
    return row


def versions_of(definition: Definition) -> list[DefinitionVersion]:
    """Newest first; content left out."""
    return list(definition.versions.select_related("batch").defer("content").order_by("-number"))


def history_of(actor: Actor, definition: Definition, limit: int = 30) -> list[Event]:
    """What happened to a definition and its versions, newest first."""
    policy.allow_definition(actor, "view", definition)
    return list(Event.objects.filter(chain=definition.chain).order_by("-seq")[:limit])


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


def coded_names(codes: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """{code: name} of the elements, and of the materials, that are called so."""
    known, wanted = shelf(), set(codes)
    return tuple({code: sort[code]["name"] for code in wanted & sort.keys()} for sort in (known.elements, known.materials))


def codes_named(words: Iterable[str]) -> dict[str, str]:
    """{word: code} of the items and bundles that people call so: by code or by exact name; what nobody knows is left out."""
    wanted = set(words)
    rows = Definition.objects.filter(Q(code__in=wanted) | Q(name__in=wanted)).values_list("code", "name")
    found = {name: code for code, name in rows if name in wanted}
    return found | {code: code for code, _ in rows if code in wanted}


def definition_names(codes: Iterable[str]) -> dict[str, str]:
    """{code: name}."""
    return dict(Definition.objects.filter(code__in=set(codes)).values_list("code", "name"))


def differences(old: dict, new: dict, path: str = "") -> list[dict]:
    """What differs between two contents: [{"path", "old", "new"}], in the order of the contents.

    Lists of coded entries (materials, fields, members …) are compared by code, other lists as a whole.
    """
    found: list[dict] = []
    for key in [*old, *(key for key in new if key not in old)]:
        place = f"{path}.{key}" if path else key
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            found += differences(before, after, place)
        elif _coded(before) and _coded(after):
            found += differences(_by_code(before), _by_code(after), place)
            if list(_by_code(before)) != list(_by_code(after)) and not _added_or_gone(before, after):
                found.append({"path": f"{place}（顺序）", "old": list(_by_code(before)), "new": list(_by_code(after))})
        else:
            found.append({"path": place, "old": before, "new": after})
    return found


_NAMES = ("code", "item", "material", "element", "value", "name", "q")


def _coded(rows) -> bool:
    if not isinstance(rows, list) or not rows:
        return False
    named = all(isinstance(row, dict) and any(name in row for name in _NAMES) for row in rows)
    return named and len(_by_code(rows)) == len(rows)


def _by_code(rows: list[dict]) -> dict[str, dict]:
    return {next(str(row[name]) for name in _NAMES if name in row): row for row in rows}


def _added_or_gone(before: list, after: list) -> bool:
    return set(_by_code(before)) != set(_by_code(after))


def batches(as_of: date | None = None, *, region: str | None = None) -> list[dict]:
    """Publication batches up to the day with the distinct items announced, in this batch and so far.

    [{"batch", "items", "new", "cumulative", "withdrawn"}]: `new` = items of the batch that no earlier batch announced;
    `withdrawn` = of the cumulative ones, those no longer in use on the day (they stay counted: history is kept).
    """
    day = as_of or today()
    rows = DefinitionVersion.objects.filter(
        batch__published_on__lte=day, state__in=[VersionState.PUBLISHED, VersionState.REPLACED]
    )
    if region:
        rows = rows.filter(definition__region__node_code=region)
    pairs = rows.values_list("batch", "definition", "definition__state", "definition__withdrawn_on").distinct()
    by_batch: dict[str, dict[str, bool]] = {}
    for batch, code, state, withdrawn_on in pairs:
        gone = state != DefinitionState.PUBLISHED and (withdrawn_on is None or withdrawn_on <= day)
        by_batch.setdefault(batch, {})[code] = gone
    seen: dict[str, bool] = {}
    told = []
    for batch in Batch.objects.filter(published_on__lte=day).order_by("published_on", "code"):
        items = by_batch.get(batch.code, {})
        fresh = {code: gone for code, gone in items.items() if code not in seen}
        seen |= fresh
        told.append(
            {
                "batch": batch,
                "items": len(items),
                "new": len(fresh),
                "cumulative": len(seen),
                "withdrawn": sum(seen.values()),
            }
        )
    return told


def in_use(day: date | None = None, *, region: str | None = None) -> Counter:
    """Items in use on the day: {"items", "at_most_once", "zero_visits"…}; drafts and withdrawn ones do not count."""
    rows = holding(day).filter(definition__kind=Kind.ITEM)
    if region:
        rows = rows.filter(definition__region__node_code=region)
    counts: Counter = Counter()
    for flagged, visits in rows.values_list("at_most_once", F("content__max_visits")):
        counts["items"] += 1
        counts["at_most_once"] += bool(flagged)
        counts["zero_visits"] += visits == 0
    return counts


# --- sector standards -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StandardVersion:
    """A version with its last day, which the next version may set, and whether it holds on the day asked."""

    row: Standard
    last_day: date | None
    holds: bool


def standard_versions(code: str | None = None, day: date | None = None) -> list[StandardVersion]:
    """Every version of all standards (or of one), newest first within each; they are public."""
    rows = list(Standard.objects.filter(**({"code": code} if code else {})).order_by("code", "-version"))
    held = {row.pk for row in standards.holding(rows, day or today())}
    return [StandardVersion(row, standards.last_day(row, rows), row.pk in held) for row in rows]


def standard_of(code: str, day: date | None = None) -> Standard | None:
    """The standard that holds for a bundle or item on the day."""
    return next(
        (row for row in standards.holding(Standard.objects.all(), day or today()) if code in row.applies_to), None
    )


def standard_names(*rows: Standard) -> dict[str, str]:
    """Names of the bundles, items and departments that standards mention: {code: name}."""
    codes = {code for row in rows for code in row.applies_to}
    codes |= {code for row in rows for point in row.points for code in point.get("items", [])}
    offices = {code for row in rows for code in row.departments}
    offices |= {point["department"] for row in rows for point in row.points if "department" in point}
    return dict(Department.objects.filter(code__in=offices).values_list("code", "name")) | dict(
        Definition.objects.filter(code__in=codes).values_list("code", "name")
    )


# --- for judging files ------------------------------------------------------------------------------------------


def known() -> Known:
    """What the database defines: the ground on which files are judged."""
    facts = Known(
        departments={code: {} for code in Department.objects.values_list("code", flat=True)},
        zones={code: {} for code in Zone.objects.values_list("code", flat=True)},
        elements=dict(Element.objects.values_list("code", "content")),
        materials=dict(MaterialType.objects.values_list("code", "content")),
        batches={code: {} for code in Batch.objects.values_list("code", flat=True)},
    )
    for code, name, level, start, end in Region.objects.values_list("code", "name", "level", "valid_from", "valid_to"):
        facts.regions[code] = RegionFacts(name, start, end)
        if level == Region.Level.CITY:
            facts.default_region = code
    newest = (
        DefinitionVersion.objects.exclude(state__in=[VersionState.DISCARDED, VersionState.REPLACED])
        .order_by("definition", "valid_from", "number")
        .values_list("definition", "definition__kind", "content__situations", "content__members", "content__main_item")
    )
    for code, kind, asked, members, main_item in newest:
        if kind == Kind.BUNDLE:
            facts.bundles[code] = {"code": code, "situations": asked or [], "members": members or []}
        else:
            facts.items[code] = {"code": code, "situations": asked or [], "main_item": main_item}
    return facts
