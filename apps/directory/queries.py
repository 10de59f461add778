"""Every read of the room, by actor. `actor_for` answers from a process cache checked by the directory's version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from time import monotonic

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce

from apps.journal.actor import PUBLIC, Actor, PostFacts
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused
from apps.kit.ids import check_citizen_id, check_uscc
from apps.kit.limits import neighbourhood
from apps.kit.time import beijing_midnight, now, today

from . import policy
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
    Reveal,
    User,
)

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


def client_address(request) -> str:
    """The caller's address: the peer's, or behind `TRUSTED_PROXIES` proxies the one the outermost of them saw."""
    hops = settings.TRUSTED_PROXIES
    if hops:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= hops:
            return _without_port(chain[-hops])
    return request.META.get("REMOTE_ADDR", "")


def _without_port(text: str) -> str:
    """Some proxies write 1.2.3.4:5678 or [2001:db8::1]:5678; "" for what is no address."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0] if text.count(":") == 1 else text
    try:
        return str(ip_address(bare))
    except ValueError:
        return ""


def counted_address(request) -> str:
    """The caller's address as it is counted against limits; "" when a proxy sent none that is one."""
    return neighbourhood(client_address(request))


def _load_standing(user: User, day: date) -> Standing:
    from django_otp.plugins.otp_totp.models import TOTPDevice

    if user.kind == User.Kind.CITIZEN:
        held = list(_standing(day).filter(agent_id=user.party_id).order_by("principal_id").values_list("principal_id", "scope"))
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
        raise Refused("region.not_in_force", f"地区“{region.name}”（{code}）已撤销或尚未生效。", field)
    return region


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


# —— people ——


def department_labels(codes: Iterable[str]) -> dict[str, str]:
    """{code: short name} of departments; one statement."""
    return {row.pk: row.label for row in Department.objects.filter(pk__in=set(codes))}


def people_for(actor: Actor, *, node: str | None = None, role: str | None = None, q: str = "") -> QuerySet[User]:
    """Staff of the nodes that the actor administers, by node and pinyin. Raises Forbidden for anybody else."""
    allowed = policy.admin_nodes(actor)
    if allowed is not None and not allowed:
        raise Forbidden("只有节点管理员可以管理人员和岗位。")
    people = User.objects.filter(kind=User.Kind.STAFF).select_related("home").order_by("home_id", "pinyin", "id")
    if allowed is not None:
        people = people.filter(home_id__in=allowed)
    if node:
        people = people.filter(home_id=node)
    if role:
        people = people.filter(Exists(Post.objects.on(today()).filter(user=OuterRef("pk"), role=role)))
    words = q.strip()
    if words:
        people = people.filter(
            Q(name__icontains=words)
            | Q(username__icontains=words.lower())
            | Q(pinyin__icontains=words.lower())
            | Q(mobile__startswith=words)
        )
    return people


def names_of(ids) -> dict[int, str]:
    """{user id: name}, for saying whom somebody stands in for."""
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def departments_at(node: str) -> list[Department]:
    """Departments of a node, by name."""
    return list(Department.objects.filter(region__node_code=node).order_by("name"))


def reviewers(department: str) -> list[User]:
    """Who reviews for this department today, by pinyin: holders of the post and whoever stands in for an absent one."""
    return list(_holding(role="reviewer", department=department).order_by("pinyin", "pk"))


def holders(role: str, *, department: str | None = None, node: str | None = None) -> list[int]:
    """Ids of the accounts that hold a role today at a department, or at a node: whom a message for that post goes to."""
    place = {"department": department} if department else {"region__node_code": node}
    return list(_holding(role=role, **place).order_by("pk").values_list("pk", flat=True))


def _holding(**post) -> QuerySet[User]:
    """Who stands at such a post today: its holders, and the substitute instead of an absent one."""
    held = Post.objects.on(today()).filter(**post)
    lent = Absence.objects.filter(
        post__in=held, cancelled_at__isnull=True, starts_on__lte=today(), ends_on__gte=today()
    )
    present = held.exclude(pk__in=lent.values("post"))
    return User.objects.filter(Q(pk__in=present.values("user")) | Q(pk__in=lent.values("substitute")), is_active=True)


def person_for(actor: Actor, pk: int) -> User:
    """One staff member whom the actor administers. Raises NotYours or Forbidden."""
    user = User.objects.select_related("home").filter(pk=pk, kind=User.Kind.STAFF).first()
    if user is None:
        raise NotYours
    policy.allow_account(actor, "view", user)
    return user


def current_posts(people: list[User]) -> dict[int, list[Post]]:
    """Posts that hold today or later, by user id: one page of people in two statements."""
    found: dict[int, list[Post]] = {user.pk: [] for user in people}
    rows = (
        Post.objects.filter(user__in=people, ended_at__isnull=True)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today()))
        .select_related("region", "department", "window")
        .prefetch_related("zones")
        .order_by("id")
    )
    for post in rows:
        found[post.user_id].append(post)
    return found


def absences_of(user: User) -> QuerySet[Absence]:
    """Absences of today and later on the user's posts, soonest first."""
    return (
        Absence.objects.filter(holder=user, cancelled_at__isnull=True, ends_on__gte=today())
        .select_related("substitute", "post__region", "post__department")
        .order_by("starts_on", "id")
    )


def post_for(actor: Actor, pk: int) -> Post:
    """One post in a node that the actor administers. Raises NotYours or Forbidden."""
    post = Post.objects.select_related("user", "region", "department", "window").filter(pk=pk).first()
    if post is None:
        raise NotYours
    policy.allow_people(actor, post.node_code)
    return post


def absence_for(actor: Actor, pk: int) -> Absence:
    row = Absence.objects.select_related("holder", "substitute", "post__region").filter(pk=pk).first()
    if row is None:
        raise NotYours
    policy.allow_people(actor, row.post.node_code)
    return row


def substitutes_for(actor: Actor, post: Post) -> list[User]:
    """Colleagues who may stand in: same department for a department's post, same node for any other."""
    policy.allow_people(actor, post.node_code)
    colleagues = Post.objects.on(today()).filter(user=OuterRef("pk"))
    colleagues = (
        colleagues.filter(department=post.department_id)
        if post.department_id
        else colleagues.filter(region__node_code=post.node_code)
    )
    people = User.objects.filter(Exists(colleagues), is_active=True).exclude(pk=post.user_id).order_by("pinyin", "id")
    return list(people)


# —— parties ——


def party(pk: int) -> Party:
    """For actions that hold the id lawfully already."""
    return Party.objects.get(pk=pk)


def parties_for(actor: Actor) -> QuerySet[Party]:
    """A citizen's own party and those he may act for today; nobody lists all parties."""
    return Party.objects.filter(pk__in=actor.party_ids) if actor.kind == "person" else Party.objects.none()


def find_party(actor: Actor, kind: str, id_number: str) -> Party | None:
    """The party with exactly this number, for staff who may read parties (or None). Raises Refused for a bad number."""
    number = (
        check_citizen_id(id_number, "id_number") if kind == Party.Kind.PERSON else check_uscc(id_number, "id_number")
    )
    party = Party.objects.filter(kind=kind, id_number=number).first()
    if party is not None:
        policy.allow_party(actor, "view", party)
    return party


def standing_mandate(principal: int, agent: int, code: str, day: date | None = None) -> Mandate | None:
    """The mandate by which the agent may act for the principal in this item on a day (today), or None.

    For rooms above that have shown the actor's right to the case of these two.
    """
    on = day or today()
    rows = _standing(on).filter(principal=principal, agent=agent).order_by("-pk")
    return next((row for row in rows if not row.scope or code in row.scope), None)


def _standing(day: date) -> QuerySet[Mandate]:
    rows = Mandate.objects.filter(revoked_at__isnull=True, valid_from__lte=day)
    return rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))


def representatives(principal: int) -> frozenset[int]:
    """Parties that act for this one by law today: its legal representative, the parents of a child."""
    rows = _standing(today()).filter(principal=principal, kind__in=Mandate.BY_LAW)
    return frozenset(rows.values_list("agent_id", flat=True))


def principals_of(actor: Actor) -> list[Party]:
    """One's own party first, then those for which the actor stands by law: for whom he may authorise handlers."""
    if actor.kind != "person" or not actor.party_ids:
        return []
    me = actor.party_ids[0]
    by_law = _standing(today()).filter(agent=me, kind__in=Mandate.BY_LAW).values("principal")
    rows = list(Party.objects.filter(Q(pk=me) | Q(pk__in=by_law)).order_by("pk"))
    return sorted(rows, key=lambda party: party.pk != me)


def principals_for(actor: Actor, code: str) -> list[Party]:
    """For whom the actor may apply for this item today: himself first, then those whose mandate covers it."""
    own = actor.party_ids[:1]
    pks = {*actor.party_ids, *(party for party, item in actor.scoped if item == code)}
    return sorted(Party.objects.filter(pk__in=pks), key=lambda party: (party.pk not in own, party.pk))


def mandates_held(actor: Actor) -> list[Mandate]:
    """By which the actor acts for others, today or later, ended ones left out."""
    rows = Mandate.objects.filter(agent__in=actor.party_ids[:1], revoked_at__isnull=True)
    rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today()))
    return list(rows.select_related("principal").order_by("kind", "pk"))


def mandates_ended(agent: int, principal: int | None = None, code: str = "") -> list[Mandate]:
    """What once let the agent act (for this principal, in this item) and no longer does, the latest first."""
    rows = Mandate.objects.filter(agent=agent, **({"principal": principal} if principal else {}))
    over = rows.filter(Q(revoked_at__isnull=False) | Q(valid_to__lt=today())).select_related("principal")
    latest = over.order_by(Coalesce("revoked_at", Cast("valid_to", DateTimeField())).desc(), "-pk")[:20]
    return [row for row in latest if not code or not row.scope or code in row.scope]


def mandates_given(actor: Actor) -> list[Mandate]:
    """What one's own party, and those the actor represents by law, have given: running, future and past, newest first."""
    rows = Mandate.objects.filter(principal__in=[party.pk for party in principals_of(actor)])
    return list(rows.exclude(kind__in=Mandate.BY_LAW).select_related("principal", "agent").order_by("-pk")[:200])


def mandate_for(actor: Actor, pk: int) -> Mandate:
    """One that the actor gave or holds. Raises NotYours."""
    found = next((row for row in (*mandates_held(actor), *mandates_given(actor)) if row.pk == pk), None)
    if found is None:
        raise NotYours
    return found


def parties_of(applicant: int | None, agent: int | None) -> list[int]:
    """Who is told of a case: the applicant, who files for him, and who stands for him by law (a child reads no mailbox)."""
    by_law = sorted(representatives(applicant)) if applicant else []
    return list(dict.fromkeys(pk for pk in (applicant, agent, *by_law) if pk is not None))


def accounts_of(parties: Iterable[int]) -> list[User]:
    """The accounts of these parties, for rooms above that have something to tell them."""
    return list(User.objects.filter(party__in=parties, is_active=True).order_by("pk"))


# —— where one is signed in ——


def sessions_of(user: User) -> list[OpenSession]:
    """The account's sessions that are still open, newest first."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now())
    return list(OpenSession.objects.filter(Exists(alive), user=user))


def reveals_of(actor: Actor, applications: QuerySet) -> QuerySet[Reveal]:
    """Who looked at one's own data in full, and why (PIPL 45): at the party, or at a case among `applications`."""
    own = Q(subject_type="party", subject_id__in=actor.party_ids[:1])
    return Reveal.objects.filter(own | Q(subject_type="application", subject_id__in=applications.values("pk")))


# —— messages ——


def messages_for(actor: Actor, *, unread: bool = False) -> QuerySet[Message]:
    """One's own messages: those to the account and, for a citizen, to his own party (not to those he may act for)."""
    if actor.id is None:
        return Message.objects.none()
    mine = Q(user=actor.id)
    if actor.kind == "person":
        mine |= Q(party__in=actor.party_ids[:1])
    return Message.objects.filter(mine, **({"read_at__isnull": True} if unread else {}))


# —— what happened, and who looked ——


def history_of(actor: Actor, user: User, limit: int = 30) -> list[Event]:
    """The newest events of an account and of its posts, newest first, for who administers the person."""
    policy.allow_account(actor, "view", user)
    chains = [user.chain, *(f"post:{pk}" for pk in user.posts.values_list("pk", flat=True))]
    return list(Event.objects.filter(chain__in=chains).order_by("-id")[:limit])


def reveals_for(
    actor: Actor,
    *,
    since: date | None = None,
    until: date | None = None,
    person: str = "",
    subject: str = "",
    node: str | None = None,
) -> QuerySet[Reveal]:
    """Reveals by people of the auditor's nodes, between two Beijing dates (both included), newest first.

    `person` is part of a viewer's name or account, `subject` part of a masked name or `party:12`. Raises Forbidden.
    """
    policy.allow_reveal_list(actor)
    found = Reveal.objects.select_related("by").order_by("-at", "-id")
    nodes = policy.audit_nodes(actor)
    if nodes is not None:
        found = found.filter(node_code__in=nodes)
    if node:
        found = found.filter(node_code=node)
    if since:
        found = found.filter(at__gte=beijing_midnight(since))
    if until:
        found = found.filter(at__lt=beijing_midnight(until, 1))
    if words := person.strip():
        found = found.filter(Q(by__name__icontains=words) | Q(by__username__icontains=words.lower()))
    if words := subject.strip():
        kind, mark, number = words.partition(":")
        if mark and number.isdigit():
            found = found.filter(subject_type=kind, subject_id=int(number))
        else:
            found = found.filter(subject_label__icontains=words)
    return found
