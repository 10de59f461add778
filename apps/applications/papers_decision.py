"""What the papers of a decision say: the grant, the certificate, the refusal, and how long what is granted holds."""

from __future__ import annotations

from datetime import date, timedelta

from apps.catalog.forms_schema import personal
from apps.deadlines.queries import NodeCalendar, is_guessed
from apps.issuance import payloads as paper
from apps.journal.actor import Actor

from .display import answer_words
from .models import Application, Job, Member, Renewal
from .papers import common, spec, turned_away

BY_LAW = "《中华人民共和国行政许可法》第五十条第二款"


def grant(application: Application, member: Member, by: Actor, delivery_due: date | None) -> paper.Grant:
    """The decision to grant, with the law that it stands on."""
    definition = member.definition
    result = definition["result"]
    return paper.Grant(
        **common(application, by, member.decided_on, member),
        accepted_on=member.accepted_on,
        decided_on=member.decided_on,
        content=_content(application, member),
        by_law=_by_law(application),
        basis=(BY_LAW,) if _by_law(application) else _basis(member, "一"),
        valid_from=_begins(application, member),
        valid_to=member.valid_to,
        certificate_name=result.get("name") or "",
        delivery_due=delivery_due,
        provisional=delivery_due is not None and is_guessed(delivery_due),
        licence=definition["type"] == "01",
    )


def _content(application: Application, member: Member) -> str:
    """The head's words, where there are any; of what the law renewed, what it gives: why it does stands above."""
    renewal, usual = _renewal(application), f"准予{member.name}。"
    if renewal:
        usual = f"准予延续“{member.name}”（原证照编号 {renewal.certificate}）。"
    return usual if _by_law(application) else member.decision_reason or usual


def _basis(member: Member, part: str) -> tuple[str, ...]:
    """The item's own law; beside it the renewal, the signed commitment, and after a hearing its record (XKF 48(2)). An item that
    names no law rests on this part of XKF 38 if it is a licence; any other on what its guide publishes."""
    usual = f"《中华人民共和国行政许可法》第三十八条第{part}款"  # as the sheet of a refusal writes it, which says it once
    if member.definition["type"] != "01":
        usual = f"“{member.name}”办事指南公布的办理条件"
    law = list(member.definition.get("basis") or (usual,))
    if _renewal(member.application):
        law.append(BY_LAW)
    if commitment := getattr(member, "commitment", None):
        law.append(f"申请人{commitment.signed_on:%Y年%-m月%-d日}签署的告知承诺书")
    if held := member.hearing_held_on:
        law.append(f"《中华人民共和国行政许可法》第四十八条第二款，{held:%Y年%-m月%-d日}听证笔录")
    return tuple(law)


def _renewal(application: Application) -> Renewal | None:
    renewal = getattr(application, "renewal", None)
    return renewal if renewal and renewal.goes_on else None


def _by_law(application: Application) -> bool:
    """Nobody examined and decided: the certificate ended before (XKF 50)."""
    renewal = _renewal(application)
    return renewal is not None and renewal.state == Renewal.State.DEEMED


def _begins(application: Application, member: Member) -> date:
    """A renewed certificate goes on where the old one ends."""
    renewal = _renewal(application)
    return renewal.valid_to + timedelta(days=1) if renewal else member.decided_on


def certificate(application: Application, member: Member, by: Actor) -> paper.Certificate:
    """The certificate of what was granted, with the answers that it certifies."""
    return paper.Certificate(
        **common(application, by, member.decided_on, member),
        name=member.definition["result"].get("name") or member.name,
        valid_from=_begins(application, member),
        valid_to=member.valid_to,
        lines=certificate_lines(application, member),
    )


def certificate_lines(application: Application, member: Member) -> tuple[paper.Line, ...]:
    """What the certificate says of its subject: this member's answered elements, without personal numbers and contacts."""
    shown = []
    for element in application.form:
        value = application.answers.get(element["element"])
        if member.code not in element["needed_by"] or personal(element) or value in (None, "", []):
            continue
        if element.get("group") in ("领取", "代理人"):
            continue
        shown.append(paper.Line(label=element["name"], value=answer_words(element, value)))
    return tuple(shown)


def refusal(application: Application, member: Member, job: Job, by: Actor) -> paper.Refusal:
    """The decision to refuse: facts, reasons, law, and whom to ask.

    The facts are the reviewer's where he proposed a refusal. Of one who proposed a grant they would say the contrary: then the
    head's words are facts and reasons in one, and so they are where he took the reviewer's over as they were.
    """
    definition, found = member.definition, job.opinion.strip() if job.recommendation == "refuse" else ""
    return paper.Refusal(
        **turned_away(application, by, member.decided_on, member),
        accepted_on=member.accepted_on,
        decided_on=member.decided_on,
        facts="" if found == member.decision_reason.strip() else found,
        reasons=member.decision_reason,
        basis=_basis(member, "二"),
        licence=definition["type"] == "01",
    )


def valid_to(member: Member, decided_on: date) -> date | None:
    """Last day of what is granted, by the item's own years; None = long-term."""
    years = member.definition["result"].get("valid_years")
    return NodeCalendar.years_later(decided_on, years) if years else None


def decision(application: Application, member: Member, job: Job | None, by: Actor, delivery_due: date | None) -> list:
    """The documents of a decided member: the refusal, or the grant and its certificate (by law without any job)."""
    if member.decision == "refused":
        return [spec("refusal", application, refusal(application, member, job, by), member=member)]
    specs = [spec("grant", application, grant(application, member, by, delivery_due), member=member)]
    if member.definition["result"]["kind"] == "certificate":
        specs.append(spec("certificate", application, certificate(application, member, by), member=member))
    return specs
