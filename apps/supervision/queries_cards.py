"""Cards as each may see them: the supervisor those of his nodes, a department its own."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet
from django_fsm import can_proceed

from apps.deadlines.models import Clock
from apps.directory.policy import DESK_ROLES
from apps.directory.queries import department_names
from apps.journal.actor import Actor
from apps.journal.models import Event
from apps.kit.errors import DomainError, Forbidden, NotYours, Refused

from .models import Card
from .policy import scope_cards

ROLES = ("supervisor", *DESK_ROLES)
SORTS = {
    "new": ("新的在前", ("-id",)),
    "old": ("旧的在前", ("id",)),
    "due": ("期限早的在前", ("due_on", "id")),
}
OPEN = "open"  # wants something to be done: a reason that is owed, also afterwards; a reminder as long as its clock runs
STATES = {
    OPEN: Q(state=Card.State.GIVEN) | Q(state=Card.State.ANNOUNCED) & ~Q(clock__state=Clock.State.STOPPED),
    **{state: Q(state=state) for state in Card.State.values if state != Card.State.DUE},
}


def cards(
    actor: Actor,
    *,
    form: str = "",
    state: str = "",
    light: str = "",
    node: str = "",
    department: str = "",
    number: str = "",
) -> QuerySet[Card]:
    """The actor's cards that fit; "" fits all. Raises Forbidden for other posts, Refused for words that are not known."""
    if not actor.roles & set(ROLES):
        raise Forbidden("红黄牌由监督人员和承办部门查看。")
    rows = Card.objects.filter(scope_cards(actor)).select_related("application", "node", "department")
    rows = rows.defer("application__plan", "application__answers")
    if state:
        rows = rows.filter(_known(STATES, state, "state"))
    if form:
        rows = rows.filter(form=_known(dict(Card.Form.choices), form, "form") and form)
    if light:
        rows = rows.filter(light=_known(dict(Card._meta.get_field("light").choices), light, "light") and light)
    wanted = {"node": node, "department": department, "application__number": number}
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def _known(table: dict, word: str, field: str):
    if word not in table:
        raise Refused(f"card.{field}", f"“{word}”应为 {'、'.join(table)} 之一。", field)
    return table[word]


def order(sort: str) -> tuple[str, ...]:
    """For keyset paging. Raises Refused."""
    return _known(SORTS, sort or "new", "sort")[1]


def card(actor: Actor, pk: int) -> Card:
    """Raises NotYours, Forbidden."""
    row = cards(actor).filter(pk=pk).first()
    if row is None:
        raise NotYours
    return row


def may(actor: Actor, verb: str, row: Card) -> bool:
    """For showing the way to it: the post and the state allow it."""
    try:
        row.policy(actor, verb, row)
    except DomainError:
        return False
    return can_proceed(getattr(row, verb), check_conditions=False)


def given_to(row: Card) -> str:
    """Name of the department to which it was given, where another has it by now; "" else. The caller has shown that the actor sees it."""
    first, told = "", Event.objects.filter(chain=row.chain, name__in=("card.give", "card.announce", "card.hand_on"))
    for name, before in told.order_by("-seq").values_list("name", "facts__before"):
        if name != "card.hand_on":
            break
        first = before
    return department_names([first])[first] if first not in ("", row.department_id) else ""


def waiting(actor: Actor, *, node: str = "") -> dict[str, int]:
    """{form: how many want something}: one statement on a partial index."""
    rows = cards(actor, node=node, state=OPEN).order_by().values("form").annotate(n=Count("pk"))
    return dict.fromkeys(Card.Form.values, 0) | {row["form"]: row["n"] for row in rows}
