"""Who may rate, set right and answer. Pure: facts of the actor and of the row.

Handling and evaluation are kept apart (DOMAIN.md row 15): a department reads what is said of it, and can neither edit, hide nor give it.
A unit is a department at its node, or "" = the hall of the node itself (counters), for which its supervisor speaks.
"""

from __future__ import annotations

from django.db.models import Q

from apps.directory.policy import DESK_ROLES
from apps.journal.actor import Actor, PostFacts
from apps.kit.errors import Forbidden, NotYours

CITIZENS_ONLY = "评价、投诉和咨询由办事人本人提出，工作人员不能代为提出。"
VERIFIER = "核查由答复的部门以外的人员办理：请由监督人员核查，不能是答复人本人。"
ANSWERERS = ("clerk", "supervisor")  # of a question that names no department


def _speaks_for(actor: Actor, row) -> PostFacts | None:
    """The post that answers for the unit: the department's head, or the node's supervisor for the hall."""
    if row.department:
        return actor.post("head", department=row.department)
    return actor.post("supervisor", node=row.node)


def _watches(actor: Actor, row) -> PostFacts | None:
    """A supervisor who is not the unit itself: the hall of a county is checked by the city."""
    for post in actor.posts:
        apart = row.department or post.node != row.node or row.node.endswith("00")
        if post.role == "supervisor" and post.oversees(row.node) and apart:
            return post
    return None


def allow_rating(actor: Actor, verb: str, row) -> None:
    """rate, rate_again: the applicant or who acts for him. apps.applications has said that he sees the case."""
    if actor.kind != "person" and not (actor.kind == "public" and actor.party_ids):
        raise Forbidden(CITIZENS_ONLY)
    if row.party_id not in actor.party_ids[:1]:
        raise NotYours


def allow_rectification(actor: Actor, verb: str, row) -> PostFacts | None:
    """send: the system; complain: the citizen; call_back, reply, appeal: the unit; uphold, overrule, verify, send_back, pass_on: who watches."""
    if verb == "complain":
        if actor.kind != "person":
            raise Forbidden(CITIZENS_ONLY)
        if row.party_id not in actor.party_ids[:1]:
            raise NotYours
        return None
    if actor.is_system:
        if verb != "send":
            raise Forbidden
        return None
    if not sees_rectification(actor, row):
        raise NotYours
    if verb == "call_back":
        post = _speaks_for(actor, row) or _watches(actor, row)
    elif verb in ("reply", "appeal"):
        post = _speaks_for(actor, row)
    elif verb == "pass_on":  # the unit says why it is not its business by an appeal; it gives away nothing itself
        post = _watches(actor, row)
        if post and actor.id == row.replied_by_id:
            raise Forbidden(VERIFIER, code="forbidden.separation")
    elif verb in ("uphold", "overrule", "verify", "send_back"):
        post = _watches(actor, row)
        if post and actor.id == row.replied_by_id:
            raise Forbidden(VERIFIER, code="forbidden.separation")
        if not post and _speaks_for(actor, row):
            raise Forbidden(VERIFIER, code="forbidden.separation")
    else:
        post = None
    if post is None:
        raise Forbidden
    return post


def sees_rectification(actor: Actor, row) -> bool:
    return (
        actor.is_system
        or bool(_speaks_for(actor, row))
        or any(post.role == "supervisor" and post.oversees(row.node) for post in actor.posts)
    )


def rectifications(actor: Actor) -> Q:
    """The same as `sees_rectification`, for lists."""
    seen = Q(pk__in=())
    for post in actor.posts:
        if post.role == "head":
            seen |= Q(department=post.department)
        elif post.role == "supervisor":
            seen |= Q(**post.overseen("node"))
    return seen


def allow_enquiry(actor: Actor, verb: str, row) -> PostFacts | None:
    """ask, withdraw: the citizen; reply, pass_on: who answers there; publish, unpublish: the head or the supervisor."""
    if verb in ("ask", "withdraw"):
        if actor.kind != "person":
            raise Forbidden(CITIZENS_ONLY)
        if row.party_id not in actor.party_ids[:1]:
            raise NotYours
        return None
    post = _answers(actor, row)
    if post is None:
        raise NotYours
    if verb in ("publish", "unpublish") and post.role not in ("head", "supervisor"):
        raise Forbidden("公开到常见问题由部门负责人或监督人员决定。")
    return post


def _answers(actor: Actor, row) -> PostFacts | None:
    for post in sorted(actor.posts, key=lambda held: held.role not in ("head", "supervisor")):
        if post.role == "supervisor" and post.oversees(row.node):
            return post
        if row.department and post.department == row.department and post.role in DESK_ROLES:
            return post
        if not row.department and post.node == row.node and post.role in ANSWERERS:
            return post
    return None


def enquiries(actor: Actor) -> Q:
    """Questions that the actor may answer, or asked himself."""
    if actor.kind == "person":
        return Q(party_id__in=actor.party_ids[:1])
    seen = Q(pk__in=())
    for post in actor.posts:
        if post.role == "supervisor":
            seen |= Q(**post.overseen("node"))
        elif post.role in DESK_ROLES:
            seen |= Q(department=post.department)
        elif post.role == "clerk":
            seen |= Q(department="", node=post.node)
    return seen
