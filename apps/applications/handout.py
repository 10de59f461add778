"""How the results reach the applicant (领取方式): what the items allow, and a choice checked. Pure.

The case is the one home of the choice. A catalogue may ask for it in its own forms; such elements are taken out of the Plan when
a case is begun (`take_over`), and an answer given under their codes is put where the choice stands (`taken_out`). One on which
something else hangs, a fee or another question, stays in the form as well: without its answer nobody could tell what is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import TextChoices

from apps.kit.errors import Refused
from apps.kit.ids import check_phone


class HandOut(TextChoices):
    COUNTER = "counter", "窗口自取"
    COURIER = "courier", "快递送达"


# What is chosen: the part of a choice -> the column of the case.
COLUMNS = {
    "way": "handout",
    "recipient": "recipient",
    "phone": "recipient_phone",
    "address": "recipient_address",
}
NAMES = {"way": "领取方式", "recipient": "收件人", "phone": "收件电话", "address": "收件地址"}
GROUP, CODE = "领取", "delivery_way"  # how catalogues mark their own question
LONGEST = {"recipient": 60, "address": 200}
SHORTEST_ADDRESS = 6
OF_TYPE = {"address": "address", "mobile": "phone", "phone": "phone", "text": "recipient"}


def ways(plan: dict) -> list[HandOut]:
    """What the chosen items allow: a parcel as soon as one of them may be sent, the counter always."""
    return [HandOut.COUNTER, *([HandOut.COURIER] if any(one.get("courier") for one in plan["members"]) else [])]


def only_at_counter(plan: dict) -> list[str]:
    """Names of items whose result is not sent, beside others whose is."""
    return [one["name"] for one in plan["members"] if not one.get("courier")] if HandOut.COURIER in ways(plan) else []


def way_of(row, code: str) -> str:
    """How one item's result goes out: as was chosen, where the item lets it be sent; "" = nothing was chosen."""
    kept = row.handout == HandOut.COURIER and not row.plan_of(code).get("courier")
    return HandOut.COUNTER if kept else row.handout


def take_over(plan: dict) -> dict:
    """The Plan without a catalogue's own question of this kind, as far as nothing else hangs on it; `plan["handout"]` keeps its
    codes: {part: element}."""
    asked = next((one for one in plan["elements"] if _asks_for_way(one)), None)
    if asked is None:
        return plan
    own = {"way": asked["element"]}
    for one in plan["elements"]:
        part = OF_TYPE.get(one["type"])
        if part and any(_sent_by(line, asked["element"]) for line in _lines(one.get("when"))):
            own.setdefault(part, one["element"])
    taken, beside = set(own.values()), [*plan.get("materials", ()), *(fee for member in plan["members"] for fee in member.get("fees") or ())]
    while True:
        left = [one for one in plan["elements"] if one["element"] not in taken]
        named = {line.get("element") for one in (*left, *beside) for line in _conditions(one)}
        if not taken & named:
            return {**plan, "elements": left, "handout": own}
        taken -= named


def _sent_by(line: dict, way: str) -> bool:
    """A line of a condition that asks whether it goes by courier."""
    return line.get("element") == way and (line.get("is") == HandOut.COURIER or line.get("in") == [HandOut.COURIER])


def _asks_for_way(element: dict) -> bool:
    if element["type"] != "choice" or not (element.get("group") == GROUP or element["element"] == CODE):
        return False
    return {str(choice["value"]) for choice in element.get("choices") or ()} <= set(HandOut.values)


def _lines(when) -> Iterable[dict]:
    for one in when or ():
        yield from [one] if isinstance(one, dict) else one


def _conditions(one: dict) -> Iterable[dict]:
    """Every line that decides on a field, a material or a fee, for whichever member."""
    for each in (one, *one.get("uses", ())):
        yield from _lines(each.get("when"))
    yield from _lines(one.get("required_when"))


def taken_out(plan: dict, answers: Mapping[str, Any]) -> tuple[dict, dict]:
    """(answers of the form, parts of the choice): what came under the codes of a catalogue's own question."""
    own = plan.get("handout") or {}
    codes = set(own.values()) - {one["element"] for one in plan["elements"]}
    parts = {part: answers[code] for part, code in own.items() if code in answers}
    return {code: value for code, value in answers.items() if code not in codes}, parts


def changed_last(row, own: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[dict, dict]:
    """(`own`, `given`) without what only says what stands: a page sends both, the form's question and the choice beside it, and what
    was changed of either counts."""
    codes, asked = row.plan.get("handout") or {}, {one["element"] for one in row.plan["elements"]}
    both = {part for part in own if codes[part] in asked}
    own = {part: value for part, value in own.items() if part not in both or (value or None) != row.answers.get(codes[part])}
    stands = {part: getattr(row, COLUMNS[part]) for part in both & own.keys()}
    return own, {part: text for part, text in given.items() if part not in stands or text != stands[part]}


def clean(plan: dict, given: Mapping[str, Any], *, partial: bool = False) -> tuple[dict, list[Refused]]:
    """({part: text}, faults) of the parts that are given; not `partial`: a whole choice, with everything that a parcel needs
    and nothing that it does not. A blank recipient or phone is the applicant's own."""
    found: dict[str, str] = {}
    wrong: dict[str, Refused] = {}
    for part in COLUMNS.keys() & given.keys():
        try:
            found[part] = _part(plan, part, given[part])
        except Refused as fault:
            wrong[part] = fault
    if not partial:
        way = found.get("way", "")
        if way != HandOut.COURIER:
            found, wrong = {"way": way}, {part: fault for part, fault in wrong.items() if part == "way"}
        if not way:
            wrong.setdefault("way", Refused("handout.way", "请选择领取方式。"))
        elif way == HandOut.COURIER and not found.get("address"):
            missing = Refused("handout.address", "选快递送达的，请填写收件地址，写到门牌号。")
            wrong.setdefault("address", missing)
        found = {part: found.get(part, "") for part in COLUMNS}
    faults = [(part, wrong[part]) for part in COLUMNS if part in wrong]
    return found, [Refused(fault.code, fault.message, f"handout.{part}") for part, fault in faults]


def _part(plan: dict, part: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or any(ord(char) < 32 and char not in "\t\r\n" for char in value):
        raise Refused("handout.text", f"“{NAMES[part]}”应为文字，请重新填写。")
    text = " ".join(value.split())
    if not text:
        return ""
    if part == "way" and text not in (offered := ways(plan)):
        labels = "、".join(way.label for way in offered)
        raise Refused("handout.way", f"这件事可选的领取方式：{labels}；请从中选择。")
    if part == "phone":
        try:
            return check_phone(text)
        except Refused as fault:
            raise Refused("handout.phone", f"“收件电话”：{fault.message}") from None
    longest = LONGEST.get(part)
    if longest and len(text) > longest:
        raise Refused("handout.length", f"“{NAMES[part]}”最多 {longest} 个字，现有 {len(text)} 个，请缩短。")
    if part == "recipient" and not any(char.isalpha() for char in text):
        raise Refused("handout.recipient", "“收件人”请写姓名或者单位名称；电话填在“收件电话”里。")
    if part == "address" and len(text) < SHORTEST_ADDRESS:
        raise Refused("handout.address", "“收件地址”太短，请写清县（市、区）、街道和门牌号。")
    return text
