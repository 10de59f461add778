"""岗位齐备: what each node still lacks to take in, decide and hand out what its catalogue offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog.queries_in_use import items_in_use
from apps.directory import queries, queries_people
from apps.directory.models import Post, Role, Window, Zone
from apps.directory.policy import DEPARTMENT_ROLES
from apps.kit.time import today
from apps.web import labels

from .people import administrator, own_nodes

ORDER = ("waiting", "done", "ended")  # what wants somebody's hand first


@dataclass
class Offer:
    """What a node's catalogue offers: how many items, of which departments, in which zones."""

    items: int = 0
    departments: set[str] = field(default_factory=set)
    zones: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Row:
    code: str
    name: str
    items: int
    people: int
    lacks: list[str]

    @property
    def state(self) -> tuple[str, str]:
        """The tag's kind and its word."""
        if not self.items or not self.people:
            return "ended", "没有开办"
        return ("waiting", f"还缺 {len(self.lacks)} 处") if self.lacks else ("done", "齐备")


@administrator
@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    nodes = own_nodes(request.actor)
    offers = _offers([node.pk for node in nodes])
    posts: dict[str, list[Post]] = defaultdict(list)
    for post in queries_people.posts_at(request.actor, [node.pk for node in nodes]):
        posts[post.node_code].append(post)
    names = queries.department_names({code for offer in offers.values() for code in offer.departments})
    zones = Zone.objects.filter(code__in={code for offer in offers.values() for code in offer.zones}).in_bulk()
    open_zones = set(Window.objects.filter(zone__in=zones, closed=False).values_list("zone", flat=True))
    rows = []
    for node in nodes:
        offer, held = offers[node.pk], posts[node.pk]
        lacks = [*_counter(offer, held, zones, open_zones), *_departments(offer, held, names)] if offer.items and held else []
        rows.append(Row(node.pk, node.name, offer.items, len({post.user_id for post in held}), lacks))
    rows.sort(key=lambda row: ORDER.index(row.state[0]))
    return render(request, "people/ready.html", {"rows": rows, "today": today()})


def _offers(nodes: list[str]) -> dict[str, Offer]:
    offers: dict[str, Offer] = defaultdict(Offer)
    # Who decides now, and to whom it goes by a version that is published for a day to come.
    facts = ("definition__region__node_code", KT("content__department"), "definition__department", "zone")
    for node, department, later, zone in items_in_use(nodes=nodes).values_list(*facts):
        offer = offers[node]
        offer.items += 1
        offer.departments |= {department, later}
        offer.zones |= {zone} - {""}
    return offers


def _counter(offer: Offer, held: list[Post], zones: dict[str, Zone], open_zones: set[str]) -> Iterator[str]:
    """A township's clerk takes in for the township: the node's own counter is asked for."""
    whole = [post for post in held if post.region.is_node]
    clerks = [post for post in whole if post.role == Role.CLERK]
    if not clerks:
        yield f"{_post(Role.CLERK)}没有人任职"
    trained = {zone.pk for post in clerks for zone in post.zones.all()}
    everything = any(post.generalist for post in clerks)
    for code in sorted(offer.zones):
        zone = zones.get(code)
        name = zone.name if zone else code
        if clerks and not everything and code not in trained:
            yield f"“{name}”板块没有能受理的{labels.word('role', Role.CLERK)}"
        if code not in open_zones:
            yield f"“{name}”板块没有开着的窗口"
    if not any(post.role == Role.ISSUE_CLERK for post in whole):
        yield f"{_post(Role.ISSUE_CLERK)}没有人任职"


def _post(role: Role) -> str:
    return f"“{labels.word('role', role)}”"


def _departments(offer: Offer, held: list[Post], names: dict[str, str]) -> Iterator[str]:
    """Who reviews does not decide: one person at both posts leaves every case where it is."""
    people: dict[tuple[str, str], set[int]] = defaultdict(set)
    for post in held:
        if post.department_id:
            people[post.department_id, post.role].add(post.user_id)
    for code in sorted(offer.departments):
        missing = [_post(role) for role in DEPARTMENT_ROLES if not people[code, role]]
        reviewers, heads = people[code, Role.REVIEWER], people[code, Role.HEAD]
        if missing:
            yield f"{names.get(code, code)}的{''.join(missing)}没有人任职"
        elif len(reviewers | heads) == 1:
            yield f"{names.get(code, code)}里审查的和决定的是同一个人，不能由一个人办"
