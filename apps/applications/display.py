"""Answers and numbers of a case as a person reads them: grouped, in words, personal data masked (DOMAIN.md 4.7)."""

from __future__ import annotations

from dataclasses import dataclass

from apps.catalog.forms_schema import personal
from apps.directory.queries import region_name
from apps.kit import masking
from apps.kit.templatetags.kit import date_cn

from .models import Application, Channel

MASKS = {
    "citizen_id": masking.mask_id,
    "mobile": masking.mask_mobile,
    "phone": masking.mask_mobile,
    "address": masking.mask_address,
}


PARTS = ("recipient", "phone", "address")


def desk_of(application: Application) -> str:
    """Where the result lies: with whoever took the case in, wherever it was decided (全城通办)."""
    return f"{region_name(application.region_id)}统一出件窗口"


def bring_to(application: Application) -> str:
    """窗口: what came by post may be mended by post, as its notice says."""
    return "寄到或者送到" if application.channel == Channel.MAIL else "到"


@dataclass(frozen=True)
class Shown:
    code: str
    name: str
    group: str
    text: str
    masked: bool = False

    @property
    def field(self) -> str:
        """The name by which `reveal` is asked for the full value."""
        return f"answers.{self.code}"


def answer_words(element: dict, value) -> str:
    """An answer as a person reads it: labels for choices, 是/否 for booleans, a day as all days are written."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if element["type"] == "date":
        return date_cn(value)
    if element["type"] == "region":
        return region_name(str(value))
    labels = {str(choice["value"]): choice["label"] for choice in element.get("choices") or ()}
    if isinstance(value, list):
        return "、".join(labels.get(str(part), str(part)) for part in value)
    return labels.get(str(value), str(value))


def mask_answer(element: dict, text: str) -> str:
    """The mask that fits the element: by its type, by its code for names and bank cards, else the first character stays."""
    mask = MASKS.get(element["type"])
    if mask is None:
        code = element["element"]
        mask = masking.mask_bank if "bank" in code else masking.mask_name
    return mask(text)


def answer_shown(element: dict | None, value, *, masked: bool = True) -> str:
    """One answer in words, masked where it is sensitive; "（空）" for none."""
    if element is None or value in (None, "", []):
        return "（空）"
    text = answer_words(element, value)
    return mask_answer(element, text) if masked and personal(element) else text


SITUATION = "办理情形"


def answers(application: Application, *, masked: bool = True, only: set[str] | None = None) -> list[Shown]:
    """Answered questions, then answered elements in form order; `only` = member codes whose fields are shown (need-to-know)."""
    shown = _situation(application, only)
    for element in application.form:
        value = application.answers.get(element["element"])
        if value in (None, "", []) or (only is not None and not only & set(element["needed_by"])):
            continue
        text = answer_words(element, value)
        hide = masked and personal(element)
        shown.append(
            Shown(
                code=element["element"],
                name=element["name"],
                group=element.get("group") or "其他",
                text=mask_answer(element, text) if hide else text,
                masked=hide,
            )
        )
    return shown


def _situation(application: Application, only: set[str] | None) -> list[Shown]:
    """What decided on the items, the form and the list of materials. What the whole asks chooses the items: for all of them."""
    given = application.plan["answers"]
    known = None if only is None else {application.plan["code"], *only}
    return [
        Shown(code=one["code"], name=one["question"], group=SITUATION, text=answer_words(one, given[one["code"]]))
        for one in application.plan["situations"]
        if given.get(one["code"]) not in (None, "") and (known is None or known & set(one["asked_by"]))
    ]


def parcel(application: Application, *, masked: bool = True) -> dict[str, str]:
    """{part: text} of what goes by courier: to whom, which phone, where."""
    masks = (masking.mask_name, masking.mask_mobile, masking.mask_address)
    told = zip(PARTS, masks, application.parcel, strict=True)
    shown = {part: mask(text) if masked and text else text for part, mask, text in told}
    if application.parcel[0] == application.applicant_name:  # a unit's name is public
        shown["recipient"] = application.applicant_shown if masked else application.applicant_name
    return shown


def groups(rows: list[Shown]) -> list[tuple[str, list[Shown]]]:
    """[(heading, rows)] in the order in which headings first appear."""
    by_group: dict[str, list[Shown]] = {}
    for row in rows:
        by_group.setdefault(row.group, []).append(row)
    return list(by_group.items())
