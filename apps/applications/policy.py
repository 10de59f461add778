"""Who may do what with a case. Pure: facts of the actor and of the row, no queries; what exists for him stands in sight.py.

Separation of duties (acceptor ≠ reviewer ≠ decider) is asked here too, by the persons' ids, so a substitute does not get round it.
"""

from __future__ import annotations

from apps.directory.policy import COUNTER_ROLES, DEPARTMENT_ROLES
from apps.journal.actor import Actor, PostFacts
from apps.kit.errors import Forbidden, NotYours, WrongState
from apps.kit.time import today

from .policy_verbs import (
    APPLICATION_VERBS,
    CANCELLATION_VERBS,
    COMMITMENT_VERBS,
    CONSULTATION_VERBS,
    HEARING_VERBS,
    INSPECTION_PART_VERBS,
    INSPECTION_VERBS,
    JOB_VERBS,
    MEMBER_VERBS,
    OPINION_VERBS,
    PARCEL_VERBS,
    RENEWAL_VERBS,
    SUPPLEMENT_VERBS,
)
from .sight import acts, involved, reaches, sees

NO_MANDATE = "您现在没有替申请人办理这件的授权，只能查看；要办理的，请申请人重新授权，或者由申请人本人办理。"
AT_THE_COUNTER = "这件申请窗口还在录入，由窗口办理；收件以后可以在这里查进度。"

Held = dict[str, PostFacts | None]  # role -> the post by which it is held; "applicant" by none


# What is read or said of a case, and decides nothing.
TELLING = ("note", "reveal", "reprint")


def _demand(actor: Actor, roles: frozenset[str], held: Held, application, *, telling: bool = False) -> PostFacts | None:
    """The post that entitles the actor."""
    if actor.is_system:
        if "system" not in roles:
            raise Forbidden
        return None
    if not sees(actor, application):
        raise NotYours
    fitting = sorted(roles & held.keys())
    if not fitting and "applicant" in roles and actor.kind == "person":  # he sees it as the agent of then
        raise Forbidden(NO_MANDATE, code="forbidden.mandate")
    if not fitting:
        raise Forbidden
    if not telling and renewed_by_law(application):
        raise WrongState(
            f"原证有效期已于{application.renew_by:%Y年%-m月%-d日}届满，届满前没有作出决定，依法视为准予延续"
            "（行政许可法第五十条）；系统登记以后再办后面的事。"
        )
    return held[fitting[0]]


def renewed_by_law(application) -> bool:
    """A renewal asked for in time, accepted, and undecided at the certificate's end: renewed, swept or not (XKF 50). Until
    that is registered nobody does anything with it."""
    last, accepted_on = application.renew_by, application.accepted_on
    return last is not None and today() > last and accepted_on is not None and accepted_on <= last


def _own_posts_first(actor: Actor) -> list[PostFacts]:
    return sorted(actor.posts, key=lambda post: post.acting_for is None)


def _roles_on_application(actor: Actor, application) -> Held:
    held: Held = {"applicant": None} if acts(actor, application) else {}
    for post in _own_posts_first(actor):
        if post.role in COUNTER_ROLES:
            if reaches(post, application):
                held[post.role] = post
        elif post.role in DEPARTMENT_ROLES:
            if involved(post.department, application):
                held[post.role] = post
        elif post.oversees(application.node_id):
            held[post.role] = post
    return held


def allow_application(actor: Actor, verb: str, application) -> PostFacts | None:
    """The post that entitles him. Raises NotYours when the case does not exist for the actor, Forbidden when no post does."""
    if application.number is None and application.clerk_id and actor.kind == "person" and sees(actor, application):
        raise Forbidden(AT_THE_COUNTER)
    if verb == "coordinate":  # the lead of a one-thing
        held = _roles_at_department(actor, application.lead, application)
    else:
        held = _roles_on_application(actor, application)
    return _demand(actor, APPLICATION_VERBS[verb], held, application, telling=verb in TELLING)


def competent(actor: Actor, application) -> bool:
    """May one of the actor's clerk posts accept this item: all-round, or trained for its zones (全科 / 专科).

    The zones of another node's item are not this hall's; which window takes it is decided when it is opened.
    """
    for post in actor.posts:
        if post.role != "clerk":
            continue
        zones = {m["zone"] for m in application.plan["members"] if m.get("zone") and _of_node(m["region"], post.node)}
        if post.generalist or zones <= post.zones:
            return True
    return False


def _of_node(region: str, node: str) -> bool:
    """A development zone's code begins as its city's, and is a node of its own."""
    return region == node or (region.isdigit() and region.startswith(node))


def demand_competence(actor: Actor, application) -> None:
    if not actor.is_system and not competent(actor, application):
        raise not_competent()


def not_competent() -> Forbidden:
    return Forbidden("您未取得这个事项所在板块的受理资格，请转有资格的窗口办理。", code="forbidden.competence")


def took_in(application, *codes: str) -> set[int]:
    """Who accepted the case, and who took one of these items into it later: whoever it is, he neither looks into it nor decides on
    it, whatever post he holds by then. `amend` leaves his name at the plan that it replaced."""
    later = {one["by"] for one in application.plan.get("former", ()) if not set(codes).isdisjoint(one.get("added", ()))}
    return {application.acceptor_id, *later} - {None}


def _roles_at_department(actor: Actor, department: str, application) -> Held:
    held: Held = {}
    for post in _own_posts_first(actor):
        if (post.role in DEPARTMENT_ROLES and post.department == department) or (
            post.role == "supervisor" and post.oversees(application.node_id)
        ):
            held[post.role] = post
    return held


def allow_member(actor: Actor, verb: str, member) -> PostFacts | None:
    """The verbs of an item: whose post it is, and that who accepted or examined it does not decide it."""
    application = member.application
    if verb in ("collect", "take_back", "dispatch", "serve", "withdraw"):
        held = _roles_on_application(actor, application)
    elif verb == "reissue":
        near = _roles_on_application(actor, application)
        held = {role: near[role] for role in ("issue_clerk",) if role in near}
        held |= _roles_at_department(actor, member.department_id, application)
    elif verb == "remind":  # the lead chases, and decides for nobody
        held = _roles_at_department(actor, application.lead, application)
    else:
        held = _roles_at_department(actor, member.department_id, application)
    post = _demand(actor, MEMBER_VERBS[verb], held, application)
    if verb in ("grant", "refuse") and actor.id in {member.opinion_by_id, *took_in(application, member.code)}:
        raise Forbidden(
            "受理人、审查人不能作出决定，请由其他负责人决定（受理与办理分离）。", code="forbidden.separation"
        )
    return post


def allow_hearing(actor: Actor, verb: str, hearing) -> PostFacts | None:
    """The member's department; a request for it also comes in at the counter, or from the applicant himself."""
    return _demand(actor, HEARING_VERBS[verb], _roles_beside(actor, hearing), hearing.application)


def allow_supplement(actor: Actor, verb: str, supplement) -> PostFacts | None:
    """Asked for by the member's department, handed in at the counter or by the applicant."""
    return _demand(actor, SUPPLEMENT_VERBS[verb], _roles_beside(actor, supplement), supplement.application)


def allow_commitment(actor: Actor, verb: str, commitment) -> PostFacts | None:
    """Signed at the counter or before the department; checked by the department, revoked by its head: not by who accepted the case."""
    application = commitment.application
    post = _demand(actor, COMMITMENT_VERBS[verb], _roles_beside(actor, commitment), application)
    if verb in ("confirm", "rectify", "revoke") and actor.id in took_in(application, commitment.member.code):
        raise Forbidden("您受理了这个办件，不能核查它的承诺（受理与办理分离）。", code="forbidden.separation")
    return post


def allow_renewal(actor: Actor, verb: str, renewal) -> PostFacts | None:
    application = renewal.application
    return _demand(actor, RENEWAL_VERBS[verb], _roles_on_application(actor, application), application)


def allow_cancellation(actor: Actor, verb: str, cancellation) -> PostFacts | None:
    """Asked for at the counter or by the holder, decided by the department's head: not by who took the request in."""
    post = _demand(actor, CANCELLATION_VERBS[verb], _roles_beside(actor, cancellation), cancellation.application)
    if verb in ("grant", "decline") and actor.id is not None and actor.id == cancellation.taken_by_id:
        raise Forbidden("收下注销申请的人不能对它作出决定，请由其他负责人决定（受理与办理分离）。", code="forbidden.separation")
    return post


def allow_parcel(actor: Actor, verb: str, parcel) -> PostFacts | None:
    application = parcel.application
    return _demand(actor, PARCEL_VERBS[verb], _roles_on_application(actor, application), application)


def _roles_beside(actor: Actor, row) -> Held:
    """Roles at the department of the row's member, and those of the counter and the applicant."""
    near = _roles_on_application(actor, row.application)
    held = {role: near[role] for role in ("clerk", "applicant") if role in near}
    return held | _roles_at_department(actor, row.member.department_id, row.application)


def allow_job(actor: Actor, verb: str, job) -> PostFacts | None:
    """The verbs of a department's work: of who accepted the case none that examines; the opinion is that of who holds it."""
    application = job.application
    post = _demand(actor, JOB_VERBS[verb], _roles_at_department(actor, job.department_id, application), application)
    if actor.is_system:
        return None
    if verb in ("claim", "conclude") and actor.id in took_in(application, job.member.code):
        raise Forbidden("您受理了这个办件，不能再审查它（受理与办理分离）。", code="forbidden.separation")
    if verb == "give_back" and actor.id != job.assignee_id:
        why = "这件工作由他人领办；要换人办的，请负责人改派。" if job.assignee_id else "这件工作还没有人领办，不用退回。"
        raise Forbidden(why, code="forbidden.assignee")
    if verb == "conclude" and actor.id != job.assignee_id:
        post = _lent_by(actor, job)
        if post is None:
            why = "这件工作由他人领办，请先由负责人改派。" if job.assignee_id else "这件工作还没有人领办，请先领办。"
            raise Forbidden(why, code="forbidden.assignee")
    return post


def _lent_by(actor: Actor, job) -> PostFacts | None:
    """The absent assignee's post that the actor holds today (AB岗): he goes on with what that one had in hand. The opinion
    is his own, so he does not decide on it either."""
    lent = (post for post in actor.posts if post.acting_for is not None and post.acting_for == job.assignee_id)
    return next((post for post in lent if post.role == "reviewer" and post.department == job.department_id), None)


def allow_inspection(actor: Actor, verb: str, inspection) -> PostFacts | None:
    application = inspection.application
    held = _roles_at_department(actor, inspection.organiser_id, application)
    return _demand(actor, INSPECTION_VERBS[verb], held, application)


def allow_inspection_part(actor: Actor, verb: str, part) -> PostFacts | None:
    application = part.application
    held = _roles_at_department(actor, part.department_id, application)
    post = _demand(actor, INSPECTION_PART_VERBS[verb], held, application)
    if verb == "conclude" and not actor.is_system and actor.id in took_in(application, *part.codes):
        raise Forbidden("您受理了这个办件，不能出具踏勘结论（受理与办理分离）。", code="forbidden.separation")
    return post


def allow_what_if(actor: Actor, clock, application) -> PostFacts | None:
    """Who may ask what would become of a clock: who oversees the case, and the head of the department that it binds."""
    held = _roles_at_department(actor, clock.department, application)
    return _demand(actor, frozenset({"supervisor", "head"}), held, application, telling=True)


def allow_consultation(actor: Actor, verb: str, consultation) -> PostFacts | None:
    """Asked by the member's department or the lead's, recalled by who asked (or has its item since), a conflict resolved by the lead: by
    nobody there who accepted the case, since after that word the item may be decided."""
    application = consultation.application
    if verb == "ask":
        departments = {application.lead, consultation.member.department_id}
    else:
        departments = {consultation.resolver if verb == "resolve" else consultation.awaited_by}
    held: Held = {}
    for department in sorted(departments - {""}):
        held |= _roles_at_department(actor, department, application)
    post = _demand(actor, CONSULTATION_VERBS[verb], held, application)
    if verb == "resolve" and actor.id in took_in(application, consultation.member.code):
        raise Forbidden("您受理了这个办件，不能处理对它的意见分歧，请由同事处理（受理与办理分离）。", code="forbidden.separation")
    return post


def allow_opinion(actor: Actor, verb: str, opinion) -> PostFacts | None:
    """The department that was asked, which need not see the case: the question is what exists for it. Its word is no less an
    examination than the responsible department's: who accepted the case does not give it."""
    application = opinion.application
    if actor.is_system:
        return _demand(actor, OPINION_VERBS[verb], {}, application)
    held: Held = {}
    for post in _own_posts_first(actor):
        if post.role in DEPARTMENT_ROLES and post.department == opinion.department_id:
            held[post.role] = post
    if not held and not sees(actor, application):
        raise NotYours
    fitting = sorted(OPINION_VERBS[verb] & held.keys())
    if not fitting:
        raise Forbidden
    if actor.id in took_in(application, opinion.consultation.member.code):
        raise Forbidden("您受理了这个办件，不能再代表部门对它提意见，请由同事答复（受理与办理分离）。", code="forbidden.separation")
    return held[fitting[0]]
