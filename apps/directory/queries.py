"""Who is asking (`actor_for`, from a process cache checked by the directory's version), places, holders of posts, parties, messages.

Beside it: staff for their administrator (queries_people.py), who acts for whom (queries_mandates.py), who looked (queries_reveals.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from time import monotonic

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import OuterRef, Q, QuerySet, Subquery

from apps.journal.actor import PUBLIC, Actor, PostFacts
from apps.kit.errors import Refused
from apps.kit.ids import check_citizen_id, check_uscc
from apps.kit.places import city_of
from apps.kit.time import now, today

from . import policy
from .addresses import client_address
from .models import (
    Absence,
    Department,
    DirectoryVersion,
    Mandate,
    Message,
    OpenSession,
    Party,
    Post,
    Region,
    User,
    Window,
    Zone,
)
from .queries_mandates import representatives, standing_on
from .sessions import over

CACHE_LIMIT = 5000  # people remembered by one process


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may be today; valid for one version of the directory and one Beijing day."""

    posts: tuple[PostFacts, ...]
    party_ids: tuple[int, ...]
    scoped: tuple[tuple[int, str], ...]
    second_factor: bool  # a confirmed authenticator stands on the account


_remembered: tuple[tuple, dict[int, Standing]] = ((), {})


def directory_number() -> int:
    return DirectoryVersion.objects.values_list("number", flat=True).first() or 0


def standing(user: User) -> Standing:
    """Posts, parties and second factor of a user today: no statement when remembered, a few after any change."""
    global _remembered
    number = getattr(user, "directory_number", ...)
    if number is ...:
        number = directory_number()
    key = (number or 0, today())
    known_key, known = _remembered
    if known_key != key or len(known) >= CACHE_LIMIT:
        known = {}
        _remembered = (key, known)
    if user.pk not in known:
        known[user.pk] = _load_standing(user, key[1])
    return known[user.pk]


def actor_for(user, request=None) -> Actor:
    """The actor for a signed-in user, by the posts and mandates that hold today; PUBLIC (with address) for nobody.

    An absent holder's post is with the substitute for these days (`acting_for` = the holder's id) and not with himself.
    """
    address = client_address(request) if request is not None else ""
    if user is None or not user.is_authenticated or not user.is_active:
        return Actor(PUBLIC.kind, ip=address, channel="online")
    held = standing(user)
    staff = user.kind == User.Kind.STAFF
    return Actor(
        "staff" if staff else "person",
        user.pk,
        user.name,
        posts=held.posts,
        party_ids=held.party_ids,
        scoped=held.scoped,
        ip=address,
        channel="counter" if staff else "online",
    )


def pending_step(user) -> str | None:
    """What must be done before anything else: "password", "second_factor" or None."""
    if user.must_change_password:
        return "password"
    wanted = set(settings.SECOND_FACTOR_ROLES)
    if user.kind == User.Kind.STAFF and wanted:
        held = standing(user)
        if not held.second_factor and wanted & {post.role for post in held.posts}:
            return "second_factor"
    return None


def _load_standing(user: User, day: date) -> Standing:
    from django_otp.plugins.otp_totp.models import TOTPDevice

    if user.kind == User.Kind.CITIZEN:
        held = list(standing_on(day).filter(agent_id=user.party_id).order_by("principal_id").values_list("principal_id", "scope"))
        whole = tuple(dict.fromkeys(principal for principal, scope in held if not scope))
        scoped = tuple((principal, code) for principal, scope in held if principal not in whole for code in scope)
        return Standing((), (user.party_id, *whole), scoped, False)
    enrolled = TOTPDevice.objects.filter(user=user, confirmed=True).exists()
    absent = Absence.objects.filter(
        post=OuterRef("pk"), cancelled_at__isnull=True, starts_on__lte=day, ends_on__gte=day
    )
    rows = (
        Post.objects.on(day)
        .annotate(lent_to=Subquery(absent.values("substitute_id")[:1]))
        .filter(Q(user=user, lent_to__isnull=True) | Q(lent_to=user.pk))
        .select_related("region")
        .prefetch_related("zones")
        .order_by("id")
    )
    own = [row for row in rows if row.user_id == user.pk]
    lent = [
        row
        for row in rows
        if row.user_id != user.pk and not any(policy.incompatible(row.role, mine.role) for mine in own)
    ]
    return Standing(tuple(_facts(row, user) for row in own + lent), (), (), enrolled)


def _facts(post: Post, user: User) -> PostFacts:
    return PostFacts(
        id=post.pk,
        role=post.role,
        region=post.region_id,
        node=post.region.node_code,
        department=post.department_id,
        zones=frozenset(zone.pk for zone in post.zones.all()),
        generalist=post.generalist,
        acting_for=None if post.user_id == user.pk else post.user_id,
    )


# —— places ——


def regions(day: date | None = None) -> list[Region]:
    """All regions in force on the day (today), by code."""
    return [region for region in Region.objects.order_by("code") if region.valid_on(day or today())]


def nodes(day: date | None = None) -> list[Region]:
    """The acceptance nodes in force: the city, its counties and districts, the development zones (17)."""
    return [region for region in regions(day) if region.is_node]


def city() -> str:
    """The city that this house serves; "" without one. Where the regions of several are known, the first that has people."""
    found = [node.pk for node in nodes() if node.level == Region.Level.CITY]
    if len(found) > 1:
        served = set(Post.objects.on(today()).filter(region__in=found).values_list("region_id", flat=True))
        found = [code for code in found if code in served] or found
    return found[0] if found else ""


_regions_known: tuple[float, dict[str, Region]] = (0.0, {})
_REGIONS_FOR = 60  # seconds: regions change by a loaded file, a few times in ten years


def _region(code: str) -> Region | None:
    """From this process's copy of the table; an unknown code or an old copy reads it again, in one statement."""
    global _regions_known
    read_at, known = _regions_known
    if code not in known or monotonic() - read_at > _REGIONS_FOR:
        known = {region.code: region for region in Region.objects.all()}
        _regions_known = (monotonic(), known)
    return known.get(code)


def get_region(code: str, *, day: date | None = None, field: str = "region") -> Region:
    """The region in force on the day. Raises Refused naming an unknown, abolished or future code."""
    region = _region(code)
    if region is None:
        raise Refused("region.unknown", f"没有编码为“{code}”的地区。", field)
    if not region.valid_on(day or today()):
        raise Refused("region.not_in_force", f"地区“{region.name}”（{code}）已撤销或尚未生效，请改用现行的地区。", field)
    return region


def in_force(code: str) -> bool:
    region = _region(code)
    return region is not None and region.valid_on(today())


def node_of(code: str) -> str:
    """The node of a region, abolished or not; "" for an unknown code."""
    region = _region(code)
    return region.node_code if region else ""


def region_name(code: str) -> str:
    """The region's name with the place above it, e.g. 慈溪市浒山街道; the code itself when it is unknown."""
    region = _region(code)
    if region is None:
        return code
    above = _region(region.parent_id) if region.level in ("township", "village") else None
    return (region_name(above.code) if above else "") + region.name


def department(code: str, field: str = "department") -> Department:
    found = Department.objects.select_related("region").filter(pk=code).first()
    if found is None:
        raise Refused("department.unknown", f"没有编码为“{code}”的部门。", field)
    return found


def department_labels(codes: Iterable[str]) -> dict[str, str]:
    """{code: short name} of departments; one statement."""
    return {row.pk: row.label for row in Department.objects.filter(pk__in=set(codes))}


def department_names(codes: Iterable[str]) -> dict[str, str]:
    """{code: whole name}, for lists of several nodes: the short ones are the same in each. One statement."""
    return dict(Department.objects.filter(pk__in=set(codes)).values_list("pk", "name"))


def zone_names(codes: Iterable[str]) -> dict[str, str]:
    """{code: name}. One statement."""
    return dict(Zone.objects.filter(pk__in=set(codes)).values_list("pk", "name"))


def window_names(keys: Iterable[str]) -> dict[str, str]:
    """{key: zone and number}, of keys as a form sends them. One statement."""
    numbers = {int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 16}
    return {str(row.pk): f"{row.zone.name} {row}" for row in Window.objects.filter(pk__in=numbers).select_related("zone")}


def departments_at(node: str) -> list[Department]:
    """Departments of a node, by name."""
    return list(Department.objects.filter(region__node_code=node).order_by("name"))


def departments_with_nodes() -> list[Department]:
    """Every department with its region, by node and name."""
    return list(Department.objects.select_related("region").order_by("region__node_code", "name"))


def successors_of(code: str) -> list[Department]:
    """Departments to which work of this one may be routed, itself among them, by name: of the same node, and no utility or
    bank for what an authority decides."""
    own = department(code)
    return [row for row in departments_at(own.region.node_code) if row.holds_power or row.kind == own.kind]


# —— people ——


def names_of(ids) -> dict[int, str]:
    """{user id: name}, for saying whom somebody stands in for."""
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def own_mobile(actor: Actor) -> str:
    """The phone that the account has proved by a code; "" where it has none."""
    return User.objects.filter(pk=actor.id).values_list("mobile", flat=True).first() or ""


def city_given(user: User) -> bool:
    """Does he hold or stand in for, today or later, a post that the administrator of his own node cannot give: his auditor's, another
    administrator's, or any at another place?"""
    given_there = Q(role__in=policy.CITY_GIVEN_ROLES) | ~Q(region__node_code=user.home_id)
    own = Q(user=user) & (Q(valid_to__isnull=True) | Q(valid_to__gte=today()))
    lent = Q(absences__substitute=user, absences__cancelled_at__isnull=True, absences__ends_on__gte=today())
    return Post.objects.filter(given_there, own | lent, ended_at__isnull=True).exists()


def reviewers(department: str) -> list[User]:
    """Who reviews for this department today, by pinyin: holders of the post and whoever stands in for an absent one."""
    return list(_holding(role="reviewer", department=department).order_by("pinyin", "pk"))


def reviewing(user: OuterRef | int, department: OuterRef | str, day: date | None = None) -> QuerySet[Post]:
    """The posts by which the account reviews for the department (today), an absent one's too: he comes back to his work."""
    return Post.objects.on(day or today()).filter(role="reviewer", department=department, user=user, user__is_active=True)


def holders(role: str, *, department: str | None = None, node: str | None = None, but: int | None = None, day: date | None = None) -> list[int]:
    """Ids of the accounts that hold a role today (or on the day) at a department, or at a node: whom a message for that post goes to.
    `but`: by another post than this one."""
    place = {"department": department} if department else {"region__node_code": node}
    other = [~Q(pk=but)] if but else []
    return list(_holding(*other, day=day, role=role, **place).order_by("pk").values_list("pk", flat=True))


def manned(department: str) -> bool:
    """Does anybody review or decide there today?"""
    return any(holders(role, department=department) for role in policy.DESK_ROLES)


def clerks_at(node: str, region: str, role: str = "clerk") -> list[int]:
    """Who takes in (or hands out) today where a case came in: at the node's hall, and at the township's counter `region`."""
    return list(_holding(role=role, region__in={node, region}).order_by("pk").values_list("pk", flat=True))


def overseers(node: str, department: str | None = None) -> list[int]:
    """Who oversees a node today, for whom a message is: its own supervisors; where it has none, the city's, which oversees every node,
    and of the city's own `department` the city's as well, wherever the case came in."""
    city = city_of(node)
    own = holders("supervisor", node=node)
    if own and not (department and Department.objects.filter(pk=department, region__node_code=city).exists()):
        return own
    return list(dict.fromkeys(own + holders("supervisor", node=city)))


def _holding(*which: Q, day: date | None = None, **post) -> QuerySet[User]:
    """Who stands at such a post today (or on the day): its holders, and the substitute instead of an absent one."""
    on = day or today()
    held = Post.objects.on(on).filter(*which, **post)
    lent = Absence.objects.filter(post__in=held, cancelled_at__isnull=True, starts_on__lte=on, ends_on__gte=on)
    present = held.exclude(pk__in=lent.values("post"))
    return User.objects.filter(Q(pk__in=present.values("user")) | Q(pk__in=lent.values("substitute")), is_active=True)


# —— parties ——


def party(pk: int) -> Party:
    """For actions that hold the id lawfully already."""
    return Party.objects.get(pk=pk)


def guardians(principal: int) -> list[Party]:
    """Who stands for this person by law today. For rooms above that have shown the actor's right to a case of his."""
    return list(Party.objects.filter(pk__in=representatives(principal)))


def find_party(actor: Actor, kind: str, id_number: str) -> Party | None:
    """The party with exactly this number, for staff who may read parties (or None). Raises Refused for a bad number."""
    number = (
        check_citizen_id(id_number, "id_number") if kind == Party.Kind.PERSON else check_uscc(id_number, "id_number")
    )
    party = Party.objects.filter(kind=kind, id_number=number).first()
    if party is not None:
        policy.allow_party(actor, "view", party)
    return party


def parties_of(applicant: int | None, agent: int | None, item: str = "") -> list[int]:
    """Who is told of a case: the applicant, who files for him, and who stands for him by law (a child reads no mailbox). Who filed
    by a mandate for this `item` is told as long as it stands."""
    held = standing_on(today()).filter(principal=applicant).values_list("agent", "kind", "scope") if applicant else ()
    held = list(held)
    by_law = sorted({one for one, kind, _ in held if kind in Mandate.BY_LAW})
    if item and not any(one == agent and (not scope or item in scope) for one, _, scope in held):
        agent = None
    return list(dict.fromkeys(pk for pk in (applicant, agent, *by_law) if pk is not None))


def accounts_of(parties: Iterable[int]) -> list[User]:
    """The accounts of these parties, for rooms above that have something to tell them."""
    return list(User.objects.filter(party__in=parties, is_active=True).order_by("pk"))


# —— where one is signed in ——


def sessions_of(user: User) -> list[OpenSession]:
    """The account's sessions that are still open, newest first. One that ran out, or that a new password cut, stays in its table until
    its browser comes again: to its owner it is over."""
    rows = list(OpenSession.objects.filter(user=user))
    kept = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=now())
    seals = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    told = {one.session_key: one.get_decoded() for one in kept}
    open_ones = {key for key, data in told.items() if data.get(HASH_SESSION_KEY) in seals and not over(data)}
    return [row for row in rows if row.session_key in open_ones]


# —— messages ——


def messages_for(actor: Actor, *, unread: bool = False) -> QuerySet[Message]:
    """One's own messages: those to the account and, for a citizen, to his own party (not to those he may act for)."""
    if actor.id is None:
        return Message.objects.none()
    mine = Q(user=actor.id)
    if actor.kind == "person":
        mine |= Q(party__in=actor.party_ids[:1])
    return Message.objects.filter(mine, **({"read_at__isnull": True} if unread else {}))
