"""Staff, their posts and absences, for the administrator of a node, by actor; and the posts at which nobody stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.journal.actor import Actor
from apps.journal.models import Event
from apps.kit.errors import NotYours
from apps.kit.ids import bare, plain_name
from apps.kit.time import beijing_midnight, today

from . import policy
from .models import Absence, Department, Post, User

AWAY = beijing_midnight(date.max)


def people_for(actor: Actor, *, node: str | None = None, role: str | None = None, q: str = "") -> QuerySet[User]:
    """Staff of the nodes that the actor administers, by node and pinyin. Raises Forbidden for anybody else."""
    allowed = policy.administered(actor)
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
            | Q(name__icontains=plain_name(words) or words)
            | Q(username__icontains=words.lower())
            | Q(pinyin__icontains=words.lower())
            | Q(mobile=bare(words).replace("-", "") or words)  # whole: by beginnings what is masked was found out sign by sign, without a record
        )
    return people


def person_for(actor: Actor, pk: int) -> User:
    """One staff member whom the actor administers. Raises NotYours or Forbidden."""
    user = User.objects.select_related("home").filter(pk=pk, kind=User.Kind.STAFF).first()
    if user is None:
        raise NotYours
    policy.allow_account(actor, "view", user)
    return user


def citizens_account(actor: Actor, *, number: str, name: str) -> User | None:
    """The open account with an authenticator of who shows this identity document, or of this enterprise: number and name both as they stand there. For
    an administrator before whom he stands; nobody searches here. Raises Forbidden for anybody else."""
    policy.administered(actor)
    found = User.objects.filter(
        Exists(TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)),
        kind=User.Kind.CITIZEN,
        is_active=True,
        party__id_number=number,
    )
    # Written before names had the one dot and no marks that nobody sees, it has those of its keyboard still.
    return next((user for user in found.select_related("party") if plain_name(user.party.name) == plain_name(name)), None)


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


def posts_at(actor: Actor, nodes: Iterable[str]) -> list[Post]:
    """Posts of today of people who can sign in, at these nodes and in their departments; the zones with them. Two statements."""
    allowed = policy.admin_nodes(actor)
    wanted = set(nodes) if allowed is None else set(nodes) & allowed
    held = Post.objects.on(today()).filter(user__is_active=True, region__node_code__in=wanted)
    return list(held.select_related("region").prefetch_related("zones").order_by("pk"))


def open_posts() -> QuerySet[Post]:
    """Those that hold today or later."""
    return Post.objects.filter(ended_at__isnull=True).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today()))


def absences_of(user: User) -> QuerySet[Absence]:
    """Absences of today and later on the user's posts, soonest first."""
    return (
        Absence.objects.filter(holder=user, cancelled_at__isnull=True, ends_on__gte=today())
        .select_related("substitute", "post__region", "post__department")
        .order_by("starts_on", "id")
    )


def standing_in(user: User) -> list[Absence]:
    """Whose posts he holds, today or later, beside or without any of his own: the soonest first."""
    lent = Absence.objects.filter(substitute=user, cancelled_at__isnull=True, ends_on__gte=today(), post__in=open_posts())
    return list(lent.select_related("holder", "post__region", "post__department").order_by("starts_on", "id"))


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


def history_of(actor: Actor, user: User, limit: int = 30) -> list[Event]:
    """The newest events of an account and of its posts, newest first, for who administers the person."""
    policy.allow_account(actor, "view", user)
    chains = [user.chain, *(f"post:{pk}" for pk in user.posts.values_list("pk", flat=True))]
    return list(Event.objects.filter(chain__in=chains).order_by("-id")[:limit])


def unmanned(role: str) -> QuerySet[Department]:
    """Departments at which nobody stands at such a post today: none holds it, or stands in for who does."""
    on = today()
    held = Post.objects.on(on).filter(role=role, department__isnull=False)
    lent = Absence.objects.filter(post__in=held, cancelled_at__isnull=True, starts_on__lte=on, ends_on__gte=on)
    present = held.filter(user__is_active=True).exclude(pk__in=lent.values("post"))
    lent = lent.filter(substitute__is_active=True)
    return Department.objects.exclude(pk__in=present.values("department")).exclude(pk__in=lent.values("post__department"))


def last_holder(role: str, department: str) -> str:
    """Names the time in which nobody stands at a post, by who went last and when: he need not be whom the newest post was given, who may
    come only later, have gone before, or never have come. Of who is away the end is not known yet."""
    posts = Post.objects.filter(role=role, department=department, valid_from__lte=today())
    gone = []
    for pk, first, ended, last, locked in posts.values_list("pk", "valid_from", "ended_at", "valid_to", "user__locked_at"):
        at = min(filter(None, (ended, last and beijing_midnight(last, 1), locked)), default=AWAY)
        if at > beijing_midnight(first):
            gone.append((at, pk))
    return "-".join(f"{pk}.{at:%Y%m%d%H%M}" for at, pk in sorted(gone)[-1:])
