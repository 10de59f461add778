"""Drafting: a draft is opened by who may file or accept it, and kept as it is typed."""

from __future__ import annotations

from dataclasses import replace

from apps.catalog.forms_schema import clean_answers
from apps.catalog.plan import compile_plan
from apps.catalog.queries import may_accept
from apps.catalog.shelf import Shelf, shelf
from apps.directory import queries as directory
from apps.directory import queries_mandates
from apps.directory.actions import save_party
from apps.directory.models import Party
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Faults, Forbidden, Refusals, Refused, TooMany, WrongState, raise_all
from apps.kit.ids import bare, check_mobile
from apps.kit.limits import Limit
from apps.kit.rows import fresh
from apps.kit.time import today

from .. import sight
from ..handout import changed_last, take_over, taken_out
from ..models import Application, Channel, IssueMode, MaterialEntry
from ..policy import not_competent
from . import checklist
from .expiring import kept_from_now
from .handout import put
from .offering import demand_accepted_here
from .recompiling import asked_of, assigned, demand_own_place, keep_old_answers, recompile

# Where a case comes from is counted, and decides who holds its papers: nobody names the other's way.
CHANNELS = {
    "staff": (Channel.COUNTER, Channel.MAIL, Channel.KIOSK, Channel.AGENT),
    "person": (Channel.ONLINE, Channel.MOBILE, Channel.KIOSK, Channel.AGENT),
}
MANDATE_CURE = "请法定代表人或者本人登录后，在“身份和授权”里授权您；授权以后您就能办，已经填好的内容不会丢。"

TO_BEGIN = Limit("draft")
TOO_MANY = "今天新开的申请太多了，请 {wait}后再开；已经开的没有丢，在“我的办件”里可以接着填，用不上的可以删除。"


def open_draft(
    *,
    by: Actor,
    code: str,
    situations: dict | None = None,
    channel: str = "counter",
    window=None,
    principal: int | None = None,
) -> Application:
    """A draft of an item at the actor's node, with its plan compiled for today and its checklist.

    `principal`: for whom a citizen files (himself when absent); he must hold a mandate for this item today.
    Raises Refused for an unknown item or situation, or one not accepted at this node; Forbidden without competence or mandate.
    """
    known = shelf()
    application = drawn_up(by, code, situations or {}, channel, window, known)
    with action(by) as act:
        if by.kind == "staff":
            if principal:
                raise Refused("principal.not_yours", "principal 只用于替别人网上申请；窗口收件的，申请人写在 applicant 里。", "principal")
            demand_acceptable(act, application, known)
        elif by.party_ids:
            _file_for(by, application, principal or by.party_ids[0])
            _count(by)
        else:
            raise Forbidden("请先登录再申请。")
        act.create(application)
        kept_from_now(act, application)
        MaterialEntry.objects.bulk_create(checklist.build(application))
        act.record(application, "open", code=code, channel=channel)
    return application


def _count(by: Actor) -> None:
    """Each is kept for months, with its own warning before its end: what nobody fills in is not begun without end."""
    try:
        TO_BEGIN.take(by.id)
    except TooMany as often:
        raise TooMany(often.seconds, TOO_MANY, "draft.many") from None


def drawn_up(by: Actor, code: str, situations: dict, channel: str, window, known: Shelf) -> Application:
    """A draft at the actor's node, not stored, with its plan of today. Raises Refused for a channel that is not the actor's."""
    if channel not in CHANNELS.get(by.kind, Channel):
        own = "、".join(one.label for one in CHANNELS[by.kind])
        raise Refused("channel.not_yours", f"您办理的申请，渠道只能是{own}。", "channel")
    plan = take_over(compile_plan(code, situations, today(), known))
    region, node = _place(by, plan, known)
    return fresh(
        Application,
        code=code,
        name=plan["name"],
        plan=plan,
        channel=channel,
        region_id=region,
        node_id=node,
        window_id=window,
        **assigned(plan),
        issue=_issue_of(plan),
        clerk_id=by.id if by.kind == "staff" else None,
    )


def demand_acceptable(act: Action, row: Application, known: Shelf) -> None:
    """This counter accepts the item, and this clerk was trained for it."""
    demand_accepted_here(row.plan["members"], row.node_id)
    act.allow("open", row)
    if not may_accept(act.by, row.code, known=known):
        demand_own_place(act.by, row.plan["members"], "item.elsewhere", "code", "请转到那里办理")
        raise not_competent()


def _issue_of(plan: dict) -> str:
    """How results are handed out, until the applicant chooses where he may: the sooner way."""
    return plan["issue"] if plan["issue"] in IssueMode.values else IssueMode.AS_READY


def _file_for(by: Actor, application: Application, principal: int) -> None:
    """The applicant of an online filing, and the handler who files it for him."""
    me = directory.party(by.party_ids[0])
    if principal not in by.party_ids and (principal, application.code) not in by.scoped:
        raise no_mandate(me.pk, principal, application)
    party = me if principal == me.pk else directory.party(principal)
    application.applicant_id, application.applicant_name, application.applicant_kind = party.pk, party.name, party.kind
    application.agent_id = None if party is me else me.pk
    application.contact_mobile = _phone_of(me, party)


def _phone_of(*parties: Party) -> str:
    return next((party.mobile for party in parties if party.mobile.startswith("1")), "")


def demand_mandate(by: Actor, row: Application) -> None:
    """Who files from home for another still holds a mandate for it today. Raises Forbidden, saying what to do."""
    if by.kind == "person" and not sight.acts(by, row):
        raise no_mandate(by.party_ids[0], row.applicant_id, row)


def file_in_ones_own_name(act: Action, by: Actor, row: Application) -> None:
    """Who hands in what another had filled in for him, whose mandate has ended since, is who files it: no paper names the other, and
    no message goes to the phone that came with him."""
    if by.kind != "person" or row.agent_id in (None, me := by.party_ids[0]):
        return
    if queries_mandates.standing_mandate(row.applicant_id, row.agent_id, row.code) is None:
        if row.contact_mobile == row.agent.mobile:
            row.contact_mobile = _phone_of(directory.party(me), row.applicant) or row.contact_mobile
        row.agent_id = None if me == row.applicant_id else me
        act.save(row, "agent", "contact_mobile")


def no_mandate(agent: int, principal: int, row: Application) -> Forbidden:
    """What an agent without a mandate is told: until when he had one, and what to do."""
    past = queries_mandates.mandates_ended(agent, principal, row.code)
    why = f"您现在没有代办“{row.name}”的授权。"
    if past:
        why = f"您替{past[0].principal.name}办理“{row.name}”的授权已于{past[0].ended}，现在不能代办。"
    return Forbidden(why + MANDATE_CURE, code="forbidden.mandate")


def _place(by: Actor, plan: dict, known: Shelf) -> tuple[str, str]:
    """(region, node) of intake: the clerk's own post, or for an online filing the item's region. Who has several: the one that may
    accept it, at the item's own place before another's."""
    home = directory.node_of(plan["region"])
    posts = sorted((post for post in by.posts if post.role == "clerk"), key=lambda post: (bool(post.acting_for), post.node != home))
    if len(posts) > 1:
        posts = [post for post in posts if may_accept(replace(by, posts=(post,)), plan["code"], known=known)] or posts
    posts = [post for post in posts if directory.in_force(post.region) and directory.in_force(post.node)] or posts
    if posts:
        for code in (posts[0].node, posts[0].region):  # no new case comes in where there is no county or township any more
            directory.get_region(code, field="code")
        return posts[0].region, posts[0].node
    if by.kind == "person":
        return plan["region"], directory.get_region(plan["region"]).node_code
    raise no_clerk()


def no_clerk() -> Forbidden:
    return Forbidden("只有综合窗口受理员可以收件。")


def _not_a_draft(row: Application) -> str:
    """What was handed in from home has no number yet: nobody has received it, and there is nothing to correct."""
    if row.number:
        return "已收件的办件不能再改草稿，请用“更正”。"
    return f"现在是“{row.get_state_display()}”，不能再改草稿；预审退回以后可以修改，收件以后请窗口更正。"


def save_draft(
    *,
    by: Actor,
    application: int,
    applicant: dict | None = None,
    agent: dict | None = None,
    contact_mobile: str | None = None,
    answers: dict | None = None,
    materials: dict[str, dict] | None = None,
    situations: dict | None = None,
    wants_sms: bool | None = None,
    wants_mail: bool | None = None,
    issue: str | None = None,
    handout: dict | None = None,
) -> Application:
    """Keep what was typed so far; only what is given is changed. Faulty values are refused by field, nothing is guessed.

    `applicant`/`agent`: {"kind", "name", "id_number", "mobile", "legal_rep_name", …}; `situations` recompiles the plan and keeps what is
    still asked; `issue` = all results at once or each when it is ready, where the one-thing leaves it to him; `handout`: {"way",
    "recipient", "phone", "address"}, in parts. Raises WrongState where it is no draft any more.
    """
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("save", row)
        if row.state not in Application.BEFORE_RECEIPT:
            raise WrongState(_not_a_draft(row))
        if situations is not None and situations != row.plan["answers"]:
            before = asked_of(row)
            recompile(act, row, situations)
            gone = before - asked_of(row)  # answers that came with new situations are the new form's
            answers = answers and {code: value for code, value in answers.items() if code not in gone}
        given = {"applicant": applicant, "agent": agent, "contact_mobile": contact_mobile, "answers": answers}
        faults = Faults()
        faults.of(lambda: fill(act, row, **given, handout=handout, partial=True))
        if issue is not None and issue != row.issue:
            row.issue = faults.of(lambda: chosen(row.plan, issue)) or row.issue
            act.save(row, "issue")
        if materials:
            faults.of(lambda: _listed(act, row, materials))
        raise_all(faults)
        for name, wanted in (("wants_sms", wants_sms), ("wants_mail", wants_mail)):
            if wanted not in (None, getattr(row, name)):
                setattr(row, name, wanted)
                act.save(row, name)
        kept_from_now(act, row)
    return row


def _listed(act: Action, row: Application, materials: dict[str, dict]) -> None:
    if act.by.kind == "person":
        checklist.demand_promises_only(materials)
    checklist.enter(act, list(row.materials.all()), materials)


def fill(
    act: Action,
    row: Application,
    *,
    applicant: dict | None = None,
    agent: dict | None = None,
    contact_mobile: str | None = None,
    answers: dict | None = None,
    handout: dict | None = None,
    partial: bool = False,
) -> list[str]:
    """Put given values on the row; the names of the columns that changed. Raises all faults together. An answer to a
    catalogue's own question for the hand-out is put where that choice stands."""
    errors: list[Refused] = []
    changed: list[str] = []
    before = row.answers
    sent_as: dict[str, str] = {}
    parties = {"applicant": applicant, "agent": agent}
    told = {field: _put_party(act, row, field, parties[field], changed) for field in _in_order(parties)}
    errors += [*told.get("applicant", ()), *told.get("agent", ())]
    if contact_mobile is not None:
        try:
            row.contact_mobile = check_mobile(contact_mobile, "contact_mobile") if contact_mobile or not partial else ""
            changed.append("contact_mobile")
        except Refused as error:
            errors.append(error)
    if answers is not None:
        answers, own = taken_out(row.plan, answers)
        clean, faults = clean_answers(
            row.plan["elements"], {**row.answers, **answers}, partial=partial, situations=row.plan["answers"]
        )
        wrong = {fault.field for fault in faults}
        sent_as = {f"handout.{part}": f"answers.{row.plan['handout'][part]}" for part in own}
        own, said = changed_last(row, {part: value for part, value in own.items() if sent_as[f"handout.{part}"] not in wrong}, handout or {})
        sent_as = {place: code for place, code in sent_as.items() if place.removeprefix("handout.") not in said}
        handout = {**own, **said}
        # What was received is not judged anew, sent once more or not: a place may have ended since.
        same = (code for code, value in row.answers.items() if answers.get(code, value) == value)
        stood = {f"answers.{code}": code for code in same} if row.number else {}
        clean |= {code: row.answers[code] for fault in faults if (code := stood.get(fault.field))}
        errors += [fault for fault in faults if fault.field not in stood]
        row.answers = clean
        changed.append("answers")
    if handout:
        try:
            changed += put(act, row, handout, partial=True)
        except Refused as error:
            errors += [Refused(fault.code, fault.message, sent_as.get(fault.field, fault.field)) for fault in error.errors]
    raise_all(errors)
    act.save(row, *changed)
    if row.number and answers is not None:
        keep_old_answers(act, row, before)
    return changed


def _in_order(parties: dict[str, dict | None]) -> list[str]:
    """Those that are given, by their numbers: of two counters where the same two people come, the one for the other and the other
    way round, neither holds the file that the other one waits for."""
    return sorted(
        (field for field, given in parties.items() if given is not None),
        key=lambda field: bare((parties[field] or {}).get("id_number")),
    )


def _put_party(act: Action, row: Application, field: str, given: dict, changed: list[str]) -> list[Refused]:
    """The applicant or his agent on the row; what is wrong with what was given. An agent of whom all is empty is none."""
    try:
        party = _party(act.by, given, field) if field == "applicant" or any(given.values()) else None
    except Refused as error:
        return error.errors
    setattr(row, field, party)
    changed.append(field)
    if field == "applicant":
        row.applicant_name, row.applicant_kind = party.name, party.kind
        changed += ["applicant_name", "applicant_kind"]
    return []


def _party(by: Actor, given: dict, field: str):
    kind = given.get("kind") or "person"
    if by.kind == "person":
        raise Forbidden("申请人信息以实名账号为准，不能改为他人。")
    known = {name: value for name, value in given.items() if name in Party.FACTS}
    try:
        return save_party(by=by, **{"name": "", "id_number": "", **known, "kind": kind})
    except Refused as error:
        raise Refusals([Refused(e.code, e.message, f"{field}.{e.field}") for e in error.errors]) from None


def chosen(plan: dict, issue: str) -> str:
    if issue not in IssueMode.values:
        raise Refused("issue.unknown", "请选择“全部办好，一次领取”或者“办好一件，领取一件”。", "issue")
    if plan["issue"] != "applicant_choice":
        raise Refused("issue.fixed", "这件事的出件方式是规定好的，不能另选。", "issue")
    return issue
