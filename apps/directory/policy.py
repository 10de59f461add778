"""Who may do what with accounts, posts, parties and reveals. Pure: reads only the actor and the object's own fields.

What an actor may not see raises NotYours (404); what he sees but may not do raises Forbidden (403).
"""

from __future__ import annotations

from collections.abc import Iterable

from apps.journal.actor import PostFacts
from apps.kit.errors import Forbidden, NotYours

COUNTER_ROLES = ("clerk", "issue_clerk")
DESK_ROLES = ("reviewer", "head")  # who works on the cases of a department
DEPARTMENT_ROLES = (*DESK_ROLES, "seal_keeper")
HANDLING_ROLES = COUNTER_ROLES + DEPARTMENT_ROLES
OVERSIGHT_ROLES = ("supervisor", "catalogue", "node_admin", "auditor")
# What nobody does for another.
OWN_VERBS = (
    "change_password",
    "set_second_factor",
    "change_mobile",
    "change_email",
    "choose_channels",
    "end_session",
    "export",
    "close",
)
# Given only by the administrator of the city node: nobody appoints his own auditor or a second self.
CITY_GIVEN_ROLES = ("node_admin", "auditor")
# What takes an account out of its owner's hand, or puts it into another's.
SEIZING_VERBS = ("lock", "unlock", "reset_password", "reset_second_factor")
PARTY_READERS = (*HANDLING_ROLES, "supervisor")


def incompatible(role: str, other: str) -> bool:
    """Duties that one person may not hold together, whatever the case.

    The auditor holds nothing else; who watches and evaluates (supervisor) or gives posts (node_admin) handles no
    cases. Acceptor and decider of one case are kept apart case by case, not here: a person may hold both posts.
    """
    pair = {role, other}
    if len(pair) == 1:
        return False
    if "auditor" in pair:
        return True
    return bool(pair & {"supervisor", "node_admin"}) and bool(pair & set(HANDLING_ROLES))


def admin_nodes(actor) -> frozenset[str] | None:
    """Node codes that the actor administers; None means all (city administrator or the system)."""
    if actor.kind == "system":
        return None
    return _all_of_a_citys(post.node for post in actor.posts if post.role == "node_admin")


def administered(actor) -> frozenset[str] | None:
    """`admin_nodes` of who administers any. Raises Forbidden for anybody else."""
    nodes = admin_nodes(actor)
    if nodes is not None and not nodes:
        raise Forbidden("只有节点管理员可以管理人员和岗位。")
    return nodes


def audit_nodes(actor) -> frozenset[str] | None:
    """Node codes whose reveals the actor reads; None means all."""
    if actor.kind == "system":
        return None
    return _all_of_a_citys(post.node for post in actor.posts if post.role == "auditor")


def is_city(node: str) -> bool:
    """By its code, as everywhere: a house may serve another city than the one whose regions come with the software."""
    return node.endswith("00")


def _all_of_a_citys(nodes: Iterable[str]) -> frozenset[str] | None:
    held = frozenset(nodes)
    return None if any(map(is_city, held)) else held


def administers_city(actor) -> bool:
    return admin_nodes(actor) is None


def administers(actor, node_code: str | None) -> bool:
    nodes = admin_nodes(actor)
    return nodes is None or (node_code is not None and node_code in nodes)


def allow_people(actor, node_code: str | None) -> PostFacts | None:
    """May the actor administer people of this node? By which of his posts, the node's own before the city's."""
    nodes = administered(actor)
    if nodes is not None and node_code not in nodes:
        raise NotYours
    held = [post for post in actor.posts if post.role == "node_admin" and (post.node == node_code or is_city(post.node))]
    return min(held, key=lambda post: post.node != node_code, default=None)


def allow_account(actor, verb: str, user) -> PostFacts | None:
    """The post that entitles him. Verbs: view, invite, open, lock, unlock, reset_password, reset_second_factor, reveal; and OWN_VERBS."""
    if verb in OWN_VERBS:
        if actor.id is None or actor.id != user.pk:
            raise Forbidden("只有本人可以这样改自己的账号。")
        return None
    if user.kind != "staff":
        # A citizen's account belongs to no node: any administrator before whom he stands with his identity document.
        if actor.kind == "system" or (verb == "reset_second_factor" and admin_nodes(actor) != frozenset()):
            return None
        raise NotYours
    post = allow_people(actor, user.home_id)
    if verb != "view" and actor.kind != "system" and actor.id == user.pk:
        raise Forbidden("不能对自己的账号做这项操作，请由另一名管理员办理。")
    if verb in SEIZING_VERBS and user.city_given and not administers_city(actor):
        raise Forbidden("任节点管理员、审计员或者在其他节点任职（代理）的，账号由市级节点管理员锁定、解锁和重置。")
    return post


def allow_post(actor, verb: str, post) -> None:
    """Verbs: give, end, set_competence, set_absence, cancel_absence. Nobody changes his own rights."""
    allow_people(actor, post.region.node_code)
    if actor.kind == "system":
        return
    if actor.id == post.user_id:
        raise Forbidden("不能调整自己的岗位，请由另一名管理员办理。")
    if post.role in CITY_GIVEN_ROLES and not administers_city(actor):
        raise Forbidden("节点管理员和审计员的岗位由市级节点管理员办理。")


def allow_party(actor, verb: str, party) -> PostFacts | None:
    """The post that entitles him. Verbs: view, save, reveal, grant_mandate, revoke_mandate.

    Staff of the counter keep the files; a citizen keeps his own. Who acts for a principal by law gives and takes back its
    mandates; who was authorised passes nothing on.
    """
    if actor.kind == "system":
        return None
    me = actor.party_ids[:1] if actor.kind == "person" else ()
    if party.pk is not None and party.pk in me:
        return None
    if verb in ("grant_mandate", "revoke_mandate") and party.representatives & set(me):
        return None
    if actor.kind == "person":
        if verb == "view" and party.pk in actor.party_ids:
            return None
        raise NotYours
    wanted = COUNTER_ROLES if verb in ("save", "grant_mandate", "revoke_mandate") else PARTY_READERS
    post = next((post for post in actor.posts if post.role in wanted), None)
    if post is None:
        raise Forbidden()
    return post


def allow_reveal_list(actor) -> None:
    """The auditor's page: reads only, his node's people."""
    nodes = audit_nodes(actor)
    if nodes is not None and not nodes:
        raise Forbidden("只有审计员可以查看敏感信息查看记录。")
