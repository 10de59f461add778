"""更正补发: a paper of a decision that was lost, or on which something is wrong, is made anew and supersedes the old one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from apps.issuance import queries as documents
from apps.issuance.actions import replace_document, void_document
from apps.issuance.glyphs import shown, unprintable
from apps.issuance.models import Document
from apps.issuance.workflow import DECIDES
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Forbidden, Refused, WrongState, raise_all
from apps.kit.time import today

from .. import whole
from ..cancelling import cancelled_words, demand_no_request
from ..models import Member
from ..reissue import HOLDER, Said, labels, main_paper, put_right, said

LEAST, MOST = 4, 200  # characters of the reason
S = Member.State
ONLY_THE_DEPARTMENT = "证照上写的内容由作出决定的部门负责人更正；窗口只按原样补发。"


def reissue(
    *, by: Actor, member: int, reason: str, corrected: Mapping[str, str] | None = None, seen: int | None = None
) -> Member:
    """The certificate (or the decision, where there is none) once more, as it was (补发); with `corrected` = {key of reissue.said:
    right text} what it says is put right, on the decision as well (更正). It waits for the seal and is handed out as the first was.

    `seen` = the paper that lay before him: another that took its place meanwhile is not made void by a page that never showed it.
    The day on which the decision was served, and what counts from it, stays. Raises Refused for faulty words, Forbidden for the
    desk's corrections, WrongState while nothing lies at the desk or was given, and for what is revoked or has run out.
    """
    text = reason.strip()
    if not LEAST <= len(text) <= MOST:
        raise Refused("reissue.reason", f"请写明更正、补发的原因（{LEAST} 到 {MOST} 个字）。", "reason")
    with action(by) as act:
        row = act.lock(Member, member)
        post = act.allow("reissue", row)
        demand_reissuable(row)
        papers = documents.current_of_members(row.application_id, [row.pk], DECIDES, lock=True)
        main = main_paper(papers)
        if main is None:
            raise WrongState("没有有效的证照或者决定书可以更正补发。")
        demand_in_force(row, main)
        if seen and main.pk != seen:
            raise WrongState("这份证照在您看过以后已经重新制作过，没有再作废它；请返回办件，看过现在的证照，再决定要不要更正、补发。")
        lines = said(main.payload)
        changed = _changed(lines, corrected or {})
        if changed and post is not None and post.role != "head":
            raise Forbidden(ONLY_THE_DEPARTMENT)
        for old in papers if changed else [main]:
            _lay_in_anew(act, row, old, _make_anew(act, old, text, changed))
        if "name" in changed:  # he shows a paper with his right name when he comes for it
            row.application.applicant_name = changed["name"]
            act.save(row.application, "applicant_name")
        if row.state == S.READY_FOR_ISSUE and (slip := documents.current(row.application_id, "pickup_slip")):
            void_document(act.as_system(), slip.pk, reason=text)
        told = {"certificate": main.number, "corrected": labels(lines, changed)}
        act.move(row, "reissue", reason=text, facts=told)
    return row


def demand_reissuable(row: Member) -> None:
    """Raises where there is nothing to make anew, saying why."""
    if row.revoked_on:
        raise WrongState(f"{whole.revoked_words(row)}，不再更正补发。")
    if row.cancelled_on:
        raise WrongState(f"{cancelled_words(row)}，不再更正补发。")
    if row.decision != "granted":
        raise WrongState("没有准予的决定，没有证照可以更正补发。")
    if row.state in (S.GRANTED, S.SEALED):
        raise WrongState("证照正在制作，登记用印以后才能更正补发。")
    if row.state == S.DISPATCHED:
        raise WrongState("证照在快递途中，签收或者退回以后才能更正补发。")
    demand_no_request(row, "更正补发")


def demand_in_force(row: Member, paper: Document) -> None:
    """Raises where the certificate has run out."""
    last = paper.extended_to or row.valid_to
    if last and last < today():
        raise WrongState(f"证照的有效期已于{last:%Y年%-m月%-d日}届满，不再更正补发。")


def _changed(lines: list[Said], corrected: Mapping[str, str]) -> dict[str, str]:
    """What is to read otherwise; all faults together."""
    known = {line.key: line for line in lines}
    faults, changed = [], {}
    for key, given in corrected.items():
        line, text = known.get(key), given.replace("\r\n", "\n").strip()  # as forms send the end of a line
        if key in ("name", *HOLDER) and text != getattr(line, "text", ""):
            text = " ".join(text.split())  # as at the counter
        if line is None:
            faults.append(Refused("reissue.unknown", f"证照上没有“{key}”这一项。", f"corrected.{key}"))
        elif text == line.text:
            continue
        elif not shown(text).strip() or len(text) > line.longest:
            faults.append(Refused("reissue.text", f"“{line.label}”应为 1 到 {line.longest} 个字。", f"corrected.{key}"))
        elif absent := unprintable(text):  # the old one would be void, and no new one could ever take its place
            told = f"“{line.label}”里有字库没有的字：{'、'.join(absent[:5])}，印不出来；请改正，是生僻字的先请系统管理员安装字库。"
            faults.append(Refused("reissue.unprintable", told, f"corrected.{key}"))
        else:
            changed[key] = text
    raise_all(faults)
    return changed


def _make_anew(act: Action, old: Document, reason: str, changed: dict[str, str]) -> Document:
    payload = put_right(old.payload, changed)
    if old.kind == "certificate":
        how = "更正换发" if changed else "补发"
        payload["remark"] = f"{today():%Y年%-m月%-d日}{how}，原证（查询码 {old.verify_code}）作废。{_extended(old)}"
    return replace_document(act, old.pk, reason=reason, payload=payload)


def _extended(old: Document) -> str:
    """The paper itself bears the end of then."""
    if old.extended_to is None:
        return ""
    return "有效期依法延续，没有届满日。" if old.extended_to == date.max else f"有效期依法延续至{old.extended_to:%Y年%-m月%-d日}。"


def _lay_in_anew(act: Action, row: Member, old: Document, new: Document) -> None:
    """Of a one-thing: the item that waits for this paper, or looks at it, reads the new one; what is decided rests on the old."""
    plan, others = row.application.plan, row.application.members.exclude(pk=row.pk)
    open_ones = set(others.filter(state__in=[S.WAITING, *Member.UNDECIDED]).values_list("code", flat=True))
    fed = [line["material"] for line in plan["materials"] if line["supplied_by"] == row.code and open_ones & set(line["needed_by"])]
    for entry in row.application.materials.filter(document=old.pk, code__in=fed) if fed else ():
        entry.document = new
        act.save(entry, "document")
