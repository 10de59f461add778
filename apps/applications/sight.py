"""Which cases exist for whom, and what of them he reads. Pure: facts of the actor and of the row, no queries.

`scope(actor)` is the filter for lists and `sees(actor, application)` the same answer for one row; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from apps.directory.policy import COUNTER_ROLES, DEPARTMENT_ROLES, DESK_ROLES
from apps.journal.actor import Actor

PRE_CHECKED = ("submitted", "pre_checking", "pre_passed")  # from home, not yet received: the clerks of the node look it through


def reaches(post, application) -> bool:
    """A counter of a node reaches the whole node; a township's or village's counter what it took in itself."""
    if post.region == post.node:
        return application.node_id == post.node
    return application.region_id.startswith(post.region)


def scope(actor: Actor) -> Q:
    """Which applications exist for this actor. A draft exists only for the clerk who types it, where his post still reaches it (or
    who stands in for him while he is absent), and for the applicant, what was handed in from home also for the clerks of the node; a
    discarded draft for nobody.
    """
    if actor.is_system:
        return Q()
    filed, handed_in, drafted, departments = Q(pk__in=[]), Q(pk__in=[]), Q(pk__in=[]), set()
    for post in actor.posts:
        if post.role in COUNTER_ROLES:
            near = Q(node_id=post.node) if post.region == post.node else Q(region__code__startswith=post.region)
            filed |= near
            if post.role == "clerk":
                handed_in |= near
                drafted |= near & Q(clerk_id__in=sorted({actor.id, post.acting_for or actor.id}))
        elif post.role in DEPARTMENT_ROLES and post.department:
            departments.add(post.department)
        elif post.role == "supervisor":
            filed |= Q(**post.overseen("node__code"))
    seen = filed & Q(number__isnull=False)
    if departments:
        involved = Q(departments__overlap=sorted(departments)) | Q(lead__in=sorted(departments))
        seen |= involved & Q(accepted_on__isnull=False)
    if actor.has("clerk"):
        seen |= Q(number__isnull=True) & drafted | handed_in & Q(state__in=PRE_CHECKED)
    if actor.party_ids:
        seen |= _filed_by(actor)
    return seen & Q(discarded_at__isnull=True)


def typing_for(actor: Actor) -> set[int]:
    """Whose drafts are his at the counter: his own, and of the clerks whose posts he holds while they are absent what those posts reach."""
    return {actor.id, *(post.acting_for for post in actor.posts if post.role == "clerk" and post.acting_for)}


def _filed_by(actor: Actor) -> Q:
    """A citizen's own, those of whom he acts for today, and what was filed at the counter with him as agent: there he showed
    his paper, at home he acts as long as his mandate holds. Who acts for an agent does not act for the agent's principals."""
    filed = Q(applicant_id__in=actor.party_ids) | Q(agent_id__in=actor.party_ids[:1], channel="counter")
    for party, code in actor.scoped:
        filed |= Q(applicant_id=party, code=code)
    return filed


def sees(actor: Actor, application) -> bool:
    """The same answer as `scope` for one row."""
    if actor.is_system:
        return True
    if application.discarded_at is not None:
        return False
    if files(actor, application):
        return True
    if application.number is None:
        return _drafted(actor, application)
    for post in actor.posts:
        if post.role in COUNTER_ROLES and reaches(post, application):
            return True
        if post.role in DEPARTMENT_ROLES and application.accepted_on and involved(post.department, application):
            return True
        if post.role == "supervisor" and post.oversees(application.node_id):
            return True
    return False


def desks(actor: Actor) -> list[str]:
    """Codes of the departments at whose desk the actor sits, as reviewer or head; what is asked of a department is asked of these."""
    return sorted({post.department for post in actor.posts if post.role in DESK_ROLES and post.department})


def involved(department: str | None, application) -> bool:
    """It works on a member, or it leads the whole (牵头部门), which may have no member of its own."""
    return bool(department) and (department in application.departments or department == application.lead)


def needs(actor: Actor, application, members: Iterable) -> frozenset[str] | None:
    """Need to know (一套材料 is "visible to members that need it only", DOMAIN.md row 49): the codes of the members whose
    fields, materials, files, papers and clocks this actor sees; None = all of them.

    All: the applicant and his agent, the counter and the issue desk, the supervisor. A department: its own members',
    whoever leads. The lead follows every member's progress (states, dates, opinions), which is no material.
    """
    if actor.is_system or files(actor, application):
        return None
    departments = set()
    for post in actor.posts:
        near = post.role in COUNTER_ROLES and reaches(post, application)
        if near or (post.role == "supervisor" and post.oversees(application.node_id)):
            return None
        if post.role in DEPARTMENT_ROLES:
            departments.add(post.department)
    if application.number is None and _drafted(actor, application):
        return None
    return frozenset(member.code for member in members if member.department_id in departments)


def needed(entry: dict, needs: frozenset[str] | None) -> bool:
    """Does the actor see this field or material of the plan? `needs` as above."""
    return needs is None or not needs.isdisjoint(entry["needed_by"])


def _drafted(actor: Actor, application) -> bool:
    """What has no number yet: the typing clerk's draft (or that of one whom he stands in for), or what was handed in from home to the clerk's counter."""
    near = [post for post in actor.posts if post.role == "clerk" and reaches(post, application)]
    drafted = any(application.clerk_id in (actor.id, post.acting_for or actor.id) for post in near)
    return drafted or (bool(near) and application.state in PRE_CHECKED)


def files(actor: Actor, application) -> bool:
    """The same as `_filed_by` for one row."""
    return (
        application.applicant_id in actor.party_ids
        or (application.agent_id in actor.party_ids[:1] and application.channel == "counter")
        or (application.applicant_id, application.code) in actor.scoped
    )


def acts(actor: Actor, application) -> bool:
    """Does he stand for the applicant today: he himself, or by a mandate that holds. Who was agent at the counter goes on seeing
    what he filed there; when his mandate has ended he does nothing more with it."""
    return application.applicant_id in actor.party_ids or (application.applicant_id, application.code) in actor.scoped
