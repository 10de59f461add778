"""The catalogue office of a node keeps that node's definitions; the office of the city keeps all. Everyone reads what is published."""

from __future__ import annotations

from apps.kit.errors import Forbidden, NotYours
from apps.kit.places import city_of

ROLE = "catalogue"


def nodes_of(actor) -> frozenset[str] | None:
    """Node codes whose catalogue the actor keeps; None means all."""
    if actor.kind == "system":
        return None
    nodes = frozenset(post.node for post in actor.posts if post.role == ROLE)
    return None if any(actor.oversees(ROLE, city_of(node)) for node in nodes) else nodes


def allow_office(actor) -> None:
    """May the actor open the catalogue office's pages at all?"""
    nodes = nodes_of(actor)
    if nodes is not None and not nodes:
        raise Forbidden("只有目录管理员可以维护事项目录。")


def allow_node(actor, node: str | None, what: str = "这个事项") -> None:
    """May the actor write definitions of this node, and its departments and zones?"""
    allow_office(actor)
    nodes = nodes_of(actor)
    if nodes is not None and node not in nodes:
        raise Forbidden(f"{what}不属于您所在的节点，请联系该节点或市级的目录管理员。")


def keeps(actor, definition) -> bool:
    """Is it of a node whose catalogue the actor keeps?"""
    nodes = nodes_of(actor)
    return nodes is None or definition.region.node_code in nodes


def allow_definition(actor, verb: str, definition) -> None:
    """Verbs: view (what is public of another node's), draft (what is only being written, and how), and every move of a definition or its
    versions."""
    allow_office(actor)
    if keeps(actor, definition):
        return
    if verb == "draft" or (verb == "view" and definition.state != "published"):
        raise NotYours(message="没有找到这个事项。")
    if verb != "view":
        allow_node(actor, definition.region.node_code)


def allow_shared(actor, code: str) -> None:
    """Data elements, materials and batches are shared by all nodes: only the city's office (or the system) changes them."""
    allow_office(actor)
    if nodes_of(actor) is not None:
        raise Forbidden(f"“{code}”是全市共用的数据元、材料或批次，请由市级目录管理员修改。")
