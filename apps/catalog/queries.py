"""What is published: what holds on a day, found by words and sound, what a counter may accept, guides, batches. Public.

Drafts and history belong to the catalogue office (queries_office.py); standards: queries_standards.py.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, reduce
from operator import or_

from django.contrib.postgres.aggregates import BoolAnd, BoolOr
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Replace

from apps.directory import queries as directory
from apps.directory.models import Department, Region, Zone
from apps.journal.actor import Actor, PostFacts
from apps.kit.ids import plain
from apps.kit.pinyin import pinyin
from apps.kit.places import stem_of
from apps.kit.time import today

from . import everyday
from .models import Batch, Definition, DefinitionVersion, Kind
from .plan import compile_plan, in_force
from .questions import Entry
from .shelf import Shelf, shelf
from .ways import SHARED, bundle_ways, lasting
from .workflow import DefinitionState, VersionState


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
    """Every word is found in name, pinyin, initials, code or implementation code, however wide the input method set its letters, digits
    and brackets."""
    for word in words.lower().split()[:8]:
        narrow = plain(word).lower()
        written = {word, narrow, narrow.translate(_BRACKETS)} - {""}
        rows = rows.filter(reduce(or_, (Q(search__contains=one) for one in sorted(written))))
    return rows


_BRACKETS = str.maketrans("()", "（）")  # as names mostly have them


CLOSE = 0.55  # of 1: how much of the words' sound must be found in a row of letters of the name's
NEAREST = 8  # so many are shown, at most


# What Ningbo's ear does not tell apart, folded in the words and in the name alike: 渔船 is found by yucuan, 审批 by senpi.
ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


def _folded(sound, replace: Callable):
    for full, short in ALIKE:
        sound = replace(sound, full, short)
    return sound


def resembling(q: str, *, among: QuerySet | None = None) -> list[DefinitionVersion]:
    """What somebody may have meant whose words are found nowhere, best first: what his everyday words stand for, else the nearest
    by sound, so that a wrong character of the same sound costs nothing and a wrong letter little. Empty where nothing is near.

    `among`: versions to choose from, instead of all that hold today.
    """
    q, rows = plain("".join(q.split()))[:60], (holding() if among is None else among).defer("content")
    meant = everyday.meanings(q)
    if meant:
        terms = {term for _, terms in meant for term in terms}
        holds = reduce(or_, (Q(name__contains=term) for term in terms))
        told = [(everyday.explained(row.name, meant), row) for row in rows.filter(holds).order_by("definition__kind", "pinyin", "id")]
        best = max((letters for letters, _ in told), default=0)
        if best and 3 * best >= len(q):
            return [row for letters, row in told if letters == best][:NEAREST]
    wanted = _folded(pinyin(q)[:100], str.replace)
    if len(wanted) < 3:
        return []
    near = TrigramWordSimilarity(wanted, _folded(F("pinyin"), lambda *of: Replace(of[0], *map(Value, of[1:]))))
    return list(rows.annotate(near=near).filter(near__gte=CLOSE).order_by("-near", "pinyin", "id")[:NEAREST])


def search_definitions(
    q: str = "",
    *,
    region: str | None = None,
    audience: str | None = None,
    theme: str | None = None,
    kind: str | None = None,
    department: str | None = None,
    way: str | None = None,
    visits: int | None = None,
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
    if visits is not None:
        rows = rows.filter(_asking(visits, day))
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


def _asking(visits: int, day: date | None) -> Q:
    """Items that ask for so many visits at most, and one-things of which each item does, whatever is answered: as their guide says."""
    few = Q(content__max_visits__lte=visits)
    bundles = holding(day).filter(definition__kind=Kind.BUNDLE).values_list("definition_id", "content__members")
    asked = {code: {member["item"] for member in members} for code, members in bundles}
    fit = set(holding(day).filter(few, definition__in=set().union(*asked.values())).values_list("definition_id", flat=True))
    return few | Q(definition__in=[code for code, items in asked.items() if items and items <= fit])


def ways_of(rows: Iterable[DefinitionVersion], day: date | None = None) -> dict[int, list[str]]:
    """{version: which of the eight ways it has}, in their order; two statements where one-things are among them."""
    return {pk: ways for pk, (ways, _) in told_of(rows, day).items()}


def told_of(rows: Iterable[DefinitionVersion], day: date | None = None) -> dict[int, tuple[list[str], int | None]]:
    """{version: (its ways, of a one-thing the most visits that any of its items asks for)}; as many statements."""
    rows = list(rows)
    bundles = [row.pk for row in rows if row.definition.kind == Kind.BUNDLE]
    asked = {}
    if bundles:
        found = DefinitionVersion.objects.filter(pk__in=bundles).values_list("pk", "content__members")
        asked = dict(found)
    items = {member["item"] for members in asked.values() for member in members}
    facts = holding(day).filter(definition__in=items).values_list("definition_id", "ways", "content__max_visits") if items else ()
    of_items = {code: (ways, visits) for code, ways, visits in facts}
    told: dict[int, tuple[list[str], int | None]] = {}
    for row in rows:
        if (members := asked.get(row.pk)) is None:
            told[row.pk] = row.ways, None
            continue
        visits = [of_items[member["item"]][1] for member in members if member["item"] in of_items]
        ways = bundle_ways(row.ways, [of_items.get(item, ((), 0))[0] for item in lasting(members)])
        told[row.pk] = ways, max((n for n in visits if n is not None), default=None)
    return told


def holding_items(codes: Container[str]) -> set[str]:
    """Codes of the one-things that may hold one of these items today."""
    bundles = holding().filter(definition__kind=Kind.BUNDLE).values_list("definition_id", "content__members")
    return {bundle for bundle, members in bundles if any(member["item"] in codes for member in members)}


def acceptable_by(actor: Actor, q: str = "", *, day: date | None = None) -> QuerySet[DefinitionVersion]:
    """Items and one-things that the actor's counter posts may accept today, one-things first, then by sound; none for
    anybody else.

    Place: `none` = at the item's own region, `county` = at any window of its node, `city` = at any node of the city.
    Competence: the item's zone, a zone of the same name (an item of another node), or a generalist.
    A one-thing stands where the items that it always holds may be accepted; of another node's, where all of them may.
    """
    # By the region of the version that holds: that of the definition is its newest one's, which may be for a day to come.
    held = holding(day).annotate(own_region=KT("content__region"))
    rows = matching(held, q).defer("content")
    allowed = Q(pk__in=[])
    for post in actor.posts:
        if post.role != "clerk":
            continue
        place = (
            Q(city_wide="none", own_region=post.region)
            | Q(city_wide="county", own_region__in=_regions(node_code=post.node))
            | Q(city_wide="city", own_region__in=_regions(node_code__startswith=stem_of(post.node)))
        )
        if not post.generalist:
            names = Zone.objects.filter(code__in=post.zones).values("name")
            place &= (
                Q(zone="") | Q(zone__in=post.zones) | Q(zone__in=Zone.objects.filter(name__in=names).values("code"))
            )
        allowed |= place
    items = Q(definition__kind=Kind.ITEM, accepting=True) & allowed
    offered = items | Q(definition__in=_bundles_of(actor, rows, held.filter(items)))
    return rows.filter(offered).order_by("definition__kind", "pinyin", "id")  # "bundle" comes before "item"


def _regions(**about: str) -> QuerySet:
    return Region.objects.filter(**about).values("code")


def _bundles_of(actor: Actor, rows: QuerySet, items: QuerySet) -> list[str]:
    """Codes of the one-things among `rows` that the actor's counter may take in; `items` = what it may accept singly."""
    nodes = {post.node for post in actor.posts if post.role == "clerk"}
    if not nodes:
        return []
    city = Q(pk__in=[])
    for node in nodes:
        city |= Q(own_region__in=_regions(node_code__startswith=stem_of(node)))
    bundles = rows.filter(city, definition__kind=Kind.BUNDLE).values_list("definition_id", "own_region", "content__members")
    found = [(code, directory.node_of(region), members) for code, region, members in bundles]
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
    node, nodes = directory.node_of(held.entry.content["region"]), {post.node for post in posts}
    if not any(node.startswith(stem_of(own)) for own in nodes):
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
        region, zone = held.entry.content["region"], held.entry.content.get("zone", "")
        reach = held.entry.content.get("city_wide", "none")
        if not any(_reached(post, region, reach) and competent(post, zone) for post in posts):
            return False
    return True


def _reached(post: PostFacts, region: str, reach: str) -> bool:
    """An item's region from a counter post: at its own, at any window of its node, at any node of the city."""
    if reach == "none":
        return region == post.region
    node = directory.node_of(region)
    return node == post.node if reach == "county" else node.startswith(stem_of(post.node))


def _namesakes(zones: frozenset[str]) -> set[str]:
    names = Zone.objects.filter(code__in=zones).values("name")
    return set(Zone.objects.filter(name__in=names).values_list("code", flat=True))


def situations(code: str, as_of: date | None = None) -> list[dict]:
    """The questions to ask before any answer is given. Raises NotYours."""
    return compile_plan(code, {}, as_of or today())["situations"]


def guide(code: str, as_of: date | None = None) -> dict:
    """The public guide: the content in force with the names behind its codes.

    {"code", "kind", "content", "version_id", "department", "region", "zone": {…} or None, "elements", "materials",
    "main_item", "sub_items", "members": [{"item", "name", "after", "when", "absent", "max_visits"}], "last_day"}. Raises NotYours.
    """
    day = as_of or today()
    entry, known = in_force(code, day)
    content = entry.content
    department = Department.objects.get(pk=_owner(entry))
    zone = Zone.objects.select_related("hall").filter(pk=content.get("zone", "")).first()
    members = content.get("members", [])
    known.fetch([row["item"] for row in members])
    library = known.library(day)
    # A one-thing is to be had as long as the items that it always holds.
    always = [row["item"] for row in members if not row.get("when")]
    ends = [shelved.last_day() for part in (code, *always) if (shelved := known.get(part))]
    return {
        "code": code,
        "kind": entry.kind,
        "version_id": entry.version_id,
        "last_day": min(filter(None, ends), default=None),
        "content": content,
        "department": department,
        "region": Region.objects.get(pk=content["region"]),
        "zone": zone,
        "elements": [{**known.elements.get(row["element"], {}), **row} for row in content.get("fields", [])],
        "materials": [{**known.materials.get(row["material"], {}), **row} for row in content.get("materials", [])],
        "members": [{**row, **_told_of(row["item"], library.item(row["item"]), known)} for row in members],
        "main_item": _name(library.item(content["main_item"]), "") if content.get("main_item") else "",
        "sub_items": list(
            holding(day).filter(content__main_item=code).order_by("pinyin").values("definition_id", "name")
        ),
    }


def _told_of(code: str, item: Entry | None, known: Shelf) -> dict:
    return {"name": known.name(code), "absent": item is None, "max_visits": item.content["max_visits"] if item else 0}


def _owner(entry: Entry) -> str:
    return entry.content["lead"]["department"] if entry.kind == Kind.BUNDLE else entry.content["department"]


def _name(entry: Entry | None, otherwise: str) -> str:
    return entry.content["name"] if entry else otherwise


@dataclass(frozen=True)
class Licence:
    code: str
    name: str
    department: str
    department_name: str
    always: bool  # in every version: else the plan of each case says whether it was a licence then


def licences() -> list[Licence]:
    """Items that are or were licences (行政许可), also such as are offered no more: what was granted on them stays public."""
    published = [VersionState.PUBLISHED, VersionState.REPLACED]
    licence = Q(versions__content__type="01")
    rows = Definition.objects.filter(kind=Kind.ITEM, versions__state__in=published).annotate(ever=BoolOr(licence), always=BoolAnd(licence))
    return [Licence(*row) for row in rows.filter(ever=True).values_list("code", "name", "department", "department__name", "always")]


def batches(as_of: date | None = None, *, region: str | None = None) -> list[dict]:
    """Publication batches up to the day with the distinct items announced, in this batch and so far.

    [{"batch", "items", "new", "cumulative", "withdrawn"}]: `new` = items of the batch that no earlier batch announced;
    `withdrawn` = of the cumulative ones, those no longer in use on the day, withdrawn or past their last day (they stay
    counted: history is kept).
    """
    day = as_of or today()
    ended = _ended(day)
    rows = DefinitionVersion.objects.filter(
        batch__published_on__lte=day, state__in=[VersionState.PUBLISHED, VersionState.REPLACED]
    )
    if region:
        rows = rows.filter(definition__region__node_code=region)
    pairs = rows.values_list("batch", "definition", "definition__state", "definition__withdrawn_on").distinct()
    by_batch: dict[str, dict[str, bool]] = {}
    for batch, code, state, withdrawn_on in pairs:
        gone = state != DefinitionState.PUBLISHED and (withdrawn_on is None or withdrawn_on <= day)
        by_batch.setdefault(batch, {})[code] = gone or code in ended
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


def _ended(day: date) -> set[str]:
    """What held before the day and does not hold on it."""
    lasting = DefinitionVersion.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        definition=OuterRef("definition"),
        state=VersionState.PUBLISHED,
        valid_from__lte=day,
    )
    rows = DefinitionVersion.objects.filter(~Exists(lasting), state=VersionState.PUBLISHED, valid_to__lt=day)
    return set(rows.values_list("definition", flat=True))
