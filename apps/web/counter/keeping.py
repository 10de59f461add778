"""A half-filled form is kept whatever happens: what is right is saved, what is wrong is named and stays on the page."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.applications import actions, queries_counter
from apps.applications.handout import COLUMNS
from apps.applications.handout import clean as clean_handout
from apps.applications.models import Application, MaterialEntry
from apps.catalog.forms_schema import clean_answers
from apps.journal.actor import Actor
from apps.kit.errors import Refusals, Refused
from apps.kit.ids import check_mobile
from apps.web.handout import typed_handout
from apps.web.known import known_answers
from apps.web.sending import attach_sent
from apps.web.situations import in_words

from .filling import WorkForm


@dataclass
class Kept:
    faults: list[Refused] = field(default_factory=list)
    asked_anew: bool = False  # the situation changed: form and checklist are others now


def keep(by: Actor, form: WorkForm, *, ask_anew: bool = True) -> Kept:
    """Save what was typed into a draft, as far as it is right. Nothing is written when nothing changed.

    `ask_anew` False leaves the situation alone: while somebody types, form and checklist do not change behind the page.
    """
    kept = Kept()
    if form.whole:  # what was not on the page was not left blank
        _keep_form(by, form, kept)
    if ask_anew:
        _keep_situations(by, form, kept)
    return kept


def _keep_form(by: Actor, form: WorkForm, kept: Kept) -> None:
    row = form.row
    given: dict = {}
    clean, faults = clean_answers(
        row.plan["elements"], form.raw_answers(), partial=True, situations=row.plan["answers"]
    )
    kept.faults += faults
    wrong = {(fault.field or "").removeprefix("answers.") for fault in faults}
    stored = {code: value for code, value in row.answers.items() if code not in wrong}
    if clean != stored:
        codes = [element["element"] for element in row.plan["elements"] if element["element"] not in wrong]
        changed = [code for code in codes if clean.get(code) != stored.get(code)]
        given["answers"] = {code: clean.get(code, "") for code in changed}
    mobile = (form.cleaned_data.get("contact_mobile") or "").strip()
    if mobile != row.contact_mobile:
        try:
            given["contact_mobile"] = check_mobile(mobile, "contact_mobile") if mobile else ""
        except Refused as fault:
            kept.faults.append(fault)
    chosen, faults = clean_handout(row.plan, typed_handout(form), partial=True)
    kept.faults += faults
    if any(getattr(row, COLUMNS[part]) != text for part, text in chosen.items()):
        given["handout"] = chosen
    if (issue := form.cleaned_data.get("issue")) and issue != row.issue:
        given["issue"] = issue
    if materials := form.raw_materials():
        given["materials"] = materials
    if given:
        _save(by, row, given, kept)


def _keep_situations(by: Actor, form: WorkForm, kept: Kept) -> None:
    row, situations = form.row, form.raw_situations()
    if not situations or _same(situations, row.plan["answers"]):
        return
    before = {element["element"] for element in row.plan["elements"]}
    try:
        row = actions.save_draft(by=by, application=row.pk, situations=situations)
        if answer := who_came(row):
            row = actions.save_draft(by=by, application=row.pk, situations=row.plan["answers"] | answer)
        kept.asked_anew = True
    except Refused as refusal:
        kept.faults += [Refused(error.code, in_words(error), error.field) for error in refusal.errors]
        return
    # What is asked only now is answered from the files as the rest was when the draft was begun.
    known = known_answers(row) if row.applicant_id else {}
    known = {code: value for code, value in known.items() if code not in before and code not in row.answers}
    clean, _ = clean_answers(row.plan["elements"], known, partial=True, situations=row.plan["answers"])
    if clean:
        actions.save_draft(by=by, application=row.pk, answers=clean)


def who_came(row: Application) -> dict:
    """The answer to the question of an agent where it is asked and open: whether there is one is seen at the counter."""
    asked = any(one["code"] == "by_agent" and one["type"] == "boolean" for one in row.plan["situations"])
    return {"by_agent": row.agent_id is not None} if asked and "by_agent" not in row.plan["answers"] else {}


def _save(by: Actor, row: Application, given: dict, kept: Kept) -> None:
    try:
        actions.save_draft(by=by, application=row.pk, **given)
    except Refused as refusal:
        kept.faults += refusal.errors
        right = _without(given, refusal)
        if right != given and any(right.values()):
            actions.save_draft(by=by, application=row.pk, **right)


def _without(given: dict, refusal: Refused) -> dict:
    """What is left when the refused fields are taken out; a refusal that names no field takes its whole part."""
    right = {part: dict(value) if isinstance(value, dict) else value for part, value in given.items()}
    for error in refusal.errors:
        part, _, name = (error.field or "").partition(".")
        if part not in right:
            continue
        if name and name in right[part]:
            del right[part][name]
        else:
            del right[part]
    return {part: value for part, value in right.items() if value not in (None, {})}


def _same(typed: dict, stored: dict) -> bool:
    words = {True: "true", False: "false"}
    return {k: str(v) for k, v in typed.items()} == {
        k: words.get(v, str(v)) if isinstance(v, bool) else str(v) for k, v in stored.items()
    }


def attach_all(by: Actor, row: Application, entries: list[MaterialEntry], files, *, together: bool) -> list[Refused]:
    """Attach what came with the form (`files__<material>`); the same bytes at the same material are attached once."""
    faults: list[Refused] = []
    if files:
        queries_counter.add_scans(entries)
    for entry in entries:
        if sent := files.getlist(f"files__{entry.code}"):
            refused = attach_sent(by, row, entry.code, sent, together=together, known=digests(entry))
            faults += [Refused(e.code, f"“{entry.name}”：{e.message}", f"materials.{entry.code}") for e in refused]
    return faults


def digests(entry: MaterialEntry) -> set[str]:
    """Of the files that lie at the line, as they were sent and as they were made fit; `entry.live` is loaded."""
    return {digest for known in entry.live for digest in (known.source, known.sha256)}


TAKES_IN = ("receive", "accept", "accept_gap", "supplement")


def blanks(form: WorkForm, told: list[Refused]) -> list[Refused]:
    """Who takes in learns what is still to be filled in together with what is typed wrong, and not at the next try."""
    if form.do not in TAKES_IN:
        return []
    _, faults = clean_answers(form.row.plan["elements"], form.raw_answers(), situations=form.row.plan["answers"])
    known = {fault.field for fault in told}
    return [fault for fault in faults if fault.field not in known]


def told_together(faults: list[Refused]) -> Refused:
    return faults[0] if len(faults) == 1 else Refusals(faults)
