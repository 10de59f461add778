"""Who and what stands in a case, behind masks that may be lifted against a reason: the rows of its pages at the counter."""

from __future__ import annotations

from apps.applications import display
from apps.applications.models import Application
from apps.kit.masking import mask_address, mask_mobile, mask_name
from apps.web.handout import handout_told
from apps.web.revealed import OWNERS

from .frame import applicant_of, number_of


def people_of(row: Application, shown: dict[str, str]) -> list[dict]:
    """Applicant, agent and contact: [{"label", "value", "field"}]; `field` where a mask may be lifted."""
    rows = []
    for who, word in OWNERS.items():
        party = getattr(row, who)
        if party is None or (who == "agent" and row.agent_id == row.applicant_id):
            continue
        if who == "agent" and row.proxy is None:
            word = "法定代表人"  # he filed it from his own account: nobody gave him a mandate
        person = party.kind == "person"
        name = applicant_of(row) if who == "applicant" else mask_name(party.name)
        rows += [
            _line(word, name, f"{who}.name" if person else "", shown),
            _line(f"{word}证件号码", number_of(party), f"{who}.id_number" if person else "", shown),
        ]
        if party.address:
            rows.append(_line(f"{word}住址", mask_address(party.address), f"{who}.address", shown))
    rows.append(_line("联系手机", mask_mobile(row.contact_mobile), "contact_mobile", shown))
    return rows


def _line(label: str, value: str, field: str, shown: dict[str, str]) -> dict:
    known = field in shown
    hidden = {"field": field}
    return {
        "label": label,
        "value": shown.get(field, value),
        "field": "" if known else field,
        "shown": known,
        "hidden": hidden,
    }


def answers_of(row: Application, shown: dict[str, str]) -> list[tuple[str, list[dict]]]:
    return [
        (heading, [_line(one.name, one.text, one.field if one.masked else "", shown) for one in rows])
        for heading, rows in display.groups(display.answers(row))
    ]


def handout_of(row: Application, shown: dict[str, str]) -> list[dict]:
    return [
        _line(one["name"], one["text"], f"handout.{one['part']}" if one["masked"] else "", shown)
        for one in handout_told(row, masked=True)
    ]
