"""Who may do what to a document. Which case an actor may see at all is decided by the room above, before it asks here."""

from apps.journal.actor import Actor
from apps.kit.errors import Forbidden, NotYours

# Verb -> staff roles; the platform itself may always. A seal keeper only for documents of his own department.
ROLES: dict[str, frozenset[str]] = {
    "render": frozenset(),
    "fail": frozenset(),
    "stick": frozenset(),
    "requeue": frozenset({"clerk", "issue_clerk", "head", "supervisor"}),
    "void": frozenset({"clerk", "issue_clerk", "reviewer", "head", "supervisor"}),
    "seal": frozenset({"seal_keeper"}),
    "hand_over": frozenset({"issue_clerk"}),
}


def allow(actor: Actor, verb: str, document) -> None:
    """Raises NotYours for the public and citizens, Forbidden for staff whose post does not fit."""
    if actor.is_system:
        return
    if actor.kind != "staff":
        raise NotYours
    department = document.department if verb == "seal" else None
    if not any(actor.has(role, department=department) for role in ROLES[verb]):
        if verb == "seal":
            raise Forbidden("只有本部门的印章管理员可以登记签章。")
        raise Forbidden
