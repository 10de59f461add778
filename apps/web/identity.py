"""Who applies, as the desks that look for him read it: what is personal is masked, each with its reveal."""

from __future__ import annotations

from collections.abc import Iterable

from apps.applications.models import Application
from apps.kit.masking import mask_address, mask_id, mask_mobile

MASKS = {"applicant.address": mask_address, "contact_mobile": mask_mobile}  # all else is a number of a person
Fact = tuple[str, str, str | None]  # its name, its value, what a reveal asks for: None where the law makes it public


def applicant(application: Application) -> list[Fact]:
    party = application.applicant
    person = application.applicant_kind == "person"
    number = ("身份证号", party.id_number, "applicant.id_number") if person else ("统一社会信用代码", party.id_number, None)
    return [
        ("申请人", application.applicant_name, None),
        number,
        ("法定代表人", party.legal_rep_name, None),
        ("法定代表人身份证号", party.legal_rep_id, "applicant.legal_rep_id"),
    ]


def agent(application: Application) -> list[Fact]:
    agent = application.proxy  # who represents a firm by law is named with it
    return [("代理人", agent.name, None), ("代理人身份证号", agent.id_number, "agent.id_number")] if agent else []


def phone(application: Application) -> Fact:
    return ("联系手机", application.contact_mobile, "contact_mobile")


def masked(facts: Iterable[Fact], revealed: dict[str, str]) -> list[dict]:
    """[{"name", "value", "field"}] of what is on record; `field` None where nothing is left to reveal. `revealed`: {field: full value}."""
    return [
        {
            "name": name,
            "value": revealed.get(field, value if field is None else MASKS.get(field, mask_id)(value)),
            "field": None if field in revealed else field,
        }
        for name, value, field in facts
        if value
    ]
