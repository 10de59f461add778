"""What the statutory documents of a case say (DOMAIN.md 2.5): payloads for issuance, filled from the frozen plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from apps.catalog.compiler import stated
from apps.catalog.conditions import holds
from apps.deadlines.queries import is_guessed
from apps.directory import queries as directory
from apps.directory.models import Party
from apps.directory.queries import region_name
from apps.issuance import payloads as paper
from apps.issuance.payloads import DocumentSpec
from apps.journal.actor import Actor
from apps.kit.days import days_words
from apps.kit.masking import mask_id
from apps.kit.time import today

from .display import desk_of
from .grounds import foreseen
from .models import ON_PAPER, Application, Channel, IssueMode, Job, MaterialEntry, Member
from .telling import mandate_over

HOW = {
    Channel.COUNTER: "到原受理窗口，或者登录后在网上“我的办件”里上传，一次补齐。",
    Channel.MAIL: "寄到或者送到原受理窗口，或者登录后在网上“我的办件”里上传，一次补齐。",  # who sent the first sends the rest
}
SAID = 5  # the working days of the one-time notice that the receipt's template tells as the law's (XKF 32(4))


def limit_words(limit: dict | None) -> str:
    """{"days": 20, "unit": "working"} -> 20 个工作日; 0 days -> 当场办结"""
    if not limit:
        return ""
    return days_words(limit["days"], limit["unit"]) if limit["days"] else "当场办结"


def counted_words(limit: dict | None) -> str:
    """The same of a clock's own limit, {"n": 20, "unit": "working"}."""
    return limit_words({"days": limit["n"], "unit": limit["unit"]} if limit else None)


def spec(kind: str, application: Application, payload, *, member: Member | None = None, replaces: int | None = None):
    """A document in the name of the member's agency, or of the leading one for the whole case."""
    definition = member.definition if member else lead(application)
    return DocumentSpec(
        kind=kind,
        root_id=application.pk,
        member_id=member.pk if member else None,
        region=definition["region"],
        department=_department(application, member),
        payload=payload,
        replaces=replaces,
    )


def lead(application: Application) -> dict:
    """The member whose agency speaks for the whole case: the lead department's, or the first."""
    members = application.plan["members"]
    return next((m for m in members if m["department"] == application.plan["lead_department"]), members[0])


def _department(application: Application, member: Member | None) -> str:
    """Whose paper it is: an item that was routed elsewhere speaks with the voice of who has it now."""
    if member:
        return member.department_id
    if application.plan["kind"] == "item":
        return application.departments[0]
    moved = application.lead != application.plan["lead_department"]  # with the item for which it was led
    return application.lead if moved else lead(application)["department"]


def agency(application: Application, member: Member | None = None) -> paper.Agency:
    """Who speaks, and how he is reached."""
    definition, code = member.definition if member else lead(application), _department(application, member)
    if code != definition["department"]:  # the guide's contacts are those of the department that does not have it any more
        office = directory.department(code)
        return paper.Agency(name=office.name, phone=office.phone)
    contact, name = definition.get("contact") or {}, definition["department_name"]
    if application.receipt_date != today():  # renamed since, it no longer acts in the name of the day on which it was applied to
        name = directory.department_names([code]).get(code, name)
    return paper.Agency(name=name, phone=contact.get("enquiry", ""), address=contact.get("address", ""))


def officer(by: Actor, member: Member | None = None) -> str:
    """Whom a paper names as 经办人: who acts for the agency; of what the system does with an item, its reviewer. "" = the window:
    who hands in from home is no officer, and a paper named the applicant beside the agency's phone."""
    if by.kind == "staff":
        return by.name
    if not by.is_system or member is None:
        return ""
    named = Job.objects.filter(member=member, assignee__isnull=False).values_list("assignee__name", flat=True)
    return named.order_by("-pk").first() or ""


def turned_away(application: Application, by: Actor, on: date, member: Member | None = None) -> dict:
    """What is common, and whom to ask: every refusal names one. No officer is on record, so it is the line of who speaks: of the
    item's guide, else the department's own, as the guide's page shows it."""
    given = common(application, by, on, member)
    office = given["agency"]
    phone = office.phone or directory.department(_department(application, member)).phone
    advice = paper.Contact(name=office.name, phone=phone, address=office.address) if phone else None
    return given | {"advice": advice}


def holder(application: Application) -> paper.Holder:
    """The applicant as papers name him: a person's number masked, an enterprise's in full."""
    party: Party = application.applicant
    enterprise = party.kind == Party.Kind.ENTERPRISE
    return paper.Holder(
        kind=party.kind,
        name=application.applicant_name,
        number=party.id_number if enterprise else mask_id(party.id_number),
        legal_rep=party.legal_rep_name,
        agent=application.proxy.name if application.proxy else "",
        phone=application.contact_mobile,
        address=party.address,
    )


def window(application: Application, definition: dict, office: paper.Agency, by: Actor) -> str:
    """The window that acts: the guide's own, unless another took it in (全城通办, a township's): it has no number of its own here."""
    posts = (post.region for post in by.posts if post.role == "clerk" and post.node == application.node_id)
    at = next(posts, "")
    if at == definition["region"] or (not at and directory.node_of(definition["region"]) == application.node_id):
        return office.address
    return f"{region_name(at or application.node_id)}综合窗口"


def common(application: Application, by: Actor, on: date, member: Member | None = None) -> dict:
    """What every paper says at its head: agency, applicant, item or items, number, day and whom to ask."""
    definition, office = member.definition if member else lead(application), agency(application, member)
    many = member is None and len(application.plan["members"]) > 1
    return {
        "agency": office,
        "applicant": holder(application),
        "item": paper.Item(
            name=member.name if member else application.name,
            implementation_code="" if many else definition.get("implementation_code") or "",
        ),
        "items": tuple(
            paper.Item(name=m["name"], implementation_code=m.get("implementation_code") or "")
            for m in application.plan["members"]
        )
        if many
        else (),
        "case_number": member.number if member else application.number,
        "date": on,
        "handler": paper.Contact(name=officer(by, member), phone=office.phone),
        "place": window(application, definition, office, by),
    }


def lines(entries: Iterable[MaterialEntry]) -> tuple[paper.MaterialLine, ...]:
    """What is in hand, line by line, as the voucher lists it."""
    return tuple(
        paper.MaterialLine(
            name=entry.name,
            form="paper" if entry.originals or entry.copies else "electronic",
            originals=entry.originals,
            copies=entry.copies,
            note="免交" if entry.state == MaterialEntry.State.WAIVED else entry.remark,
        )
        for entry in entries
        if entry.in_hand
    )


def originals(entries: Iterable[MaterialEntry]) -> tuple[paper.MaterialLine, ...]:
    """What goes back: paper originals; a file from home, a copy or a line that was waived does not."""
    return lines(entry for entry in entries if entry.originals)


def gaps(told: list[dict], fields: list[dict] = ()) -> tuple[paper.Gap, ...]:
    """Materials, and answers of the form to be put right."""
    return tuple(
        paper.Gap(
            material=gap["name"],
            problem=gap.get("problem") or "缺少",
            requirement=gap["requirement"],
            how=gap.get("how") or "到原受理窗口补交，或按办事指南的其他方式补交",
            used_by="、".join(gap.get("departments", ())),
        )
        for gap in told
    ) + tuple(
        paper.Gap(
            material=f"申请表：{one['name']}",
            problem=one["problem"],
            requirement="如实填写（行政许可法第三十一条）",
            how="在网上更正，或者到原受理窗口更正",
            used_by="、".join(one.get("departments", ())),
        )
        for one in fields
    )


def field_names(asked: list[dict], codes: Collection[str]) -> list[str]:
    return [one["name"] for one in asked if one["element"] in codes]


def receipt(application: Application, entries, by: Actor) -> paper.Receipt:
    form = "窗口登记的申请表" if application.channel in ON_PAPER else "网上填报的申请表"
    own = [stated(member, "notice_days") for member in application.plan["members"]]
    days = min(SAID if days is None else days for days in own)
    return paper.Receipt(
        **common(application, by, application.receipt_date),
        received_at=application.received_at,
        # The form was filled in at least: that is what came, when nothing else did.
        materials=lines(entries) or (paper.MaterialLine(name=form, form="electronic"),),
        notice_last_day=application.notice_due if days else None,
        notice_days=0 if days == SAID else days,
        provisional=bool(days) and is_guessed(application.notice_due),
        online=application.channel != "counter",
    )


def supplement_notice(application: Application, notice, by: Actor) -> paper.SupplementNotice:
    return paper.SupplementNotice(
        **common(application, by, notice.issued_on),
        received_at=application.received_at,
        gaps=gaps(notice.gaps, notice.fields),
        cure_by=notice.cure_by,
        how=HOW.get(application.channel, "在网上“我的办件”里上传，或者到受理窗口，一次补齐。"),
    )


def supplement_receipt(
    application: Application, came, missing: list[str], by: Actor, at, cure_by: date | None, mended: Iterable[str] = ()
):
    """`at` = when it came, which a scanner's late answer makes no later; `cure_by` = the last day for what is still missing, of the
    notice (补正) or of the promise (容缺); `mended` = names of answers."""
    return paper.SupplementReceipt(
        **common(application, by, today()),
        received_at=at,
        materials=lines(came) + mended_lines(mended),
        still_missing=tuple(missing),
        cure_by=cure_by,
    )


def mended_lines(names: Iterable[str]) -> tuple[paper.MaterialLine, ...]:
    return tuple(paper.MaterialLine(name=f"申请表更正：{name}", form="electronic") for name in names)


def acceptance(application: Application, clocks: list, by: Actor, on: date, gap_notice=None):
    """受理通知书, or 容缺受理通知书 when gaps are tolerated. `clocks` = the decision clocks just started, and the one of the
    whole's own promise."""
    promise = next((clock for clock in clocks if clock.kind == "bundle"), None)
    started = [clock for clock in clocks if clock is not promise]
    clock = max(started, key=lambda c: c.due_on or on)
    # Limit and day are told of one and the same: of the slowest item, or of the whole. While an item waits for another, the
    # day on which the last of a whole without a promise of its own is due is not known (K9).
    waits = len(started) < len(application.plan["members"])
    of_whole = waits or (promise is not None and promise.due_on == application.due_on)
    given = {
        **common(application, by, on),
        "received_on": application.receipt_date,
        "accepted_on": application.accepted_on,
        "deemed": application.deemed,
        "supplemented_on": application.supplemented_on if application.deemed else None,
        "legal_limit": "各事项分别计算" if waits else counted_words(clock.legal),
        "legal_due": None if waits else clock.legal_due,
        "promised_limit": limit_words(application.plan["promised_limit"]) if of_whole else counted_words(clock.promised),
        "promised_due": (promise.due_on if promise else None) if of_whole else clock.promised_due,
        "provisional": clock.provisional or bool(promise and promise.provisional),
        "excluded": foreseen(application.plan["members"]),
        "fees": tuple(
            paper.Fee(name=fee["name"], amount=fee.get("amount"), basis=fee.get("basis") or "")
            for member in application.plan["members"]
            for fee in member.get("fees") or ()
            if holds(fee.get("when"), application.plan["answers"], application.answers)
        ),
        "delivery": application.handout_label,
    }
    if gap_notice is None:
        return "acceptance", paper.Acceptance(**given)
    names = "、".join(gap["name"] for gap in gap_notice.gaps)
    promise = paper.Promise(
        text=f"本人（单位）承诺在 {gap_notice.cure_by:%Y年%-m月%-d日} 前（含当日）补交：{names}；逾期未补的，同意撤销受理。",
        signed_by=_who_comes(application),
        signed_on=on,
    )
    return "acceptance_with_gap", paper.AcceptanceWithGap(
        **given, gaps=gaps(gap_notice.gaps), cure_by=gap_notice.cure_by, promise=promise
    )


def non_acceptance(application: Application, by: Actor, on: date, *, ground: str, reason: str, basis, competent: str):
    return paper.NonAcceptance(
        **turned_away(application, by, on),
        received_on=application.receipt_date,
        ground=ground,
        reason=reason,
        basis=tuple(basis),
        competent_agency=paper.Contact(name=competent) if competent else None,
    )


def acceptance_revoked(application: Application, member: Member, missing: list[dict], by: Actor, on: date, accepted_by: str):
    """`accepted_by`: the number of the notice of the acceptance that is revoked."""
    names = "、".join(gap["name"] for gap in missing)
    return paper.AcceptanceRevoked(
        **turned_away(application, by, on, member),
        accepted_on=member.accepted_on,
        acceptance_number=accepted_by,
        cure_by=member.gap_cure_by,
        gaps=gaps(missing),
        facts=f"申请人承诺于 {member.gap_cure_by:%Y年%-m月%-d日} 前（含当日）补交{names}，至期限届满未补交。",
        reason="容缺受理的材料逾期未补。",
    )


def withdrawal(
    application: Application, entries, by: Actor, on: date, reason: str, member: Member | None = None
) -> paper.Withdrawal:
    """Of the whole, or of one member."""
    return paper.Withdrawal(
        **common(application, by, on, member),
        requested_on=on,
        requested_by=_who_asks(application, by),
        reason=reason,
        withdrawn_on=on,
        returned=originals(entries),
    )


def _who_asks(application: Application, by: Actor) -> str:
    """From home whoever is signed in, also the applicant himself of a case that his agent filed; at the counter the side that filed it."""
    if by.kind == "person":
        me = by.party_ids[0]
        return application.applicant_name if me == application.applicant_id else directory.party(me).name
    return _who_comes(application)


def _who_comes(application: Application) -> str:
    """The side that filed it, for which no agent comes any more whose mandate has ended since."""
    by_agent = application.agent_id and not mandate_over(application)
    return application.agent.name if by_agent else application.applicant_name


def lapse(application: Application, entries, by: Actor, on: date) -> paper.Withdrawal:
    """视为撤回: nobody asked for it, the supplement did not come by its last day (ZJR 11)."""
    given = common(application, by, on)
    return paper.Withdrawal(**given, lapsed_after=application.cure_by, withdrawn_on=on, returned=originals(entries))


def termination(
    application: Application, ended: list[Member], entries, by: Actor, on: date, reason: str
) -> paper.Termination:
    """Of the members that end undecided; `entries`: what none but they needed."""
    names = tuple(member.name for member in ended)
    return paper.Termination(
        **common(application, by, on), ended=names, reason=reason, ended_on=on, returned=originals(entries)
    )


def _hours(application: Application, member: Member) -> str:
    """Of its guide, which tells those of its own place: what was taken in elsewhere lies at another desk."""
    there = member.definition["region"] == application.region_id
    return (there and (member.definition.get("contact") or {}).get("hours")) or ""


def pickup_slip(application: Application, ready: list[Member], results, by: Actor, on: date) -> paper.PickupSlip:
    """One slip for all results that lie at the issue desk."""
    names = {member.pk: member.name for member in ready}
    hours = {_hours(application, member) for member in ready}
    return paper.PickupSlip(
        **common(application, by, on),
        results=tuple(
            paper.Handed(title=result.title, number=result.number, item=names[result.member_id]) for result in results
        ),
        location=desk_of(application),
        hours=hours.pop() if len(hours) == 1 else "",  # where they agree
        ready_on=on,
        waits_for_all=application.issue == IssueMode.TOGETHER,
        bring=("收件凭证",),
    )
