"""What a bundle's draft comes to: the Plan of everything it may ask, its slowest way, what it saves, what to look at. Pure.

Separate handling, for comparison: each item applied for alone, one after another, each with its own list and its own visits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from .compiler import Library, length, one_after_another
from .quality import limit_text
from .questions import Entry

INSPECTED = ("single", "joint")


def whole(entry: Entry, library: Library) -> tuple[Entry, Library]:
    """The bundle with all its members whatever the situation, and all that their conditions may bring."""
    members = [{key: value for key, value in row.items() if key != "when"} for row in entry.content["members"]]

    def item(code: str) -> Entry | None:
        found = library.item(code)
        return found and Entry(found.code, found.kind, _open(found.content), found.version_id)

    content = entry.content | {"members": members}
    opened = replace(library, item=item)
    return Entry(entry.code, entry.kind, content, entry.version_id), opened


def _open(content: dict) -> dict:
    """Conditions on situations are left out; those on data elements stay."""
    opened = {
        key: [
            row | {"when": [line for line in row["when"] if "element" in line]} if row.get("when") else row
            for row in content[key]
        ]
        for key in ("fields", "materials", "fees")
        if key in content
    }
    return content | opened


@dataclass(frozen=True)
class Bar:
    """A member on the line of time, in calendar days from the acceptance of the whole."""

    member: dict
    start: Fraction
    end: Fraction
    critical: bool


@dataclass(frozen=True)
class Path:
    """The slowest way through the members, each ending on its last promised day."""

    codes: list[str]
    limit: dict
    bars: list[Bar]


def path(members: list[dict]) -> Path:
    """`members` as a Plan lists them."""
    ends: dict[str, Fraction] = {}
    ways: dict[str, list[dict]] = {}
    starts: dict[str, Fraction] = {}
    for member in sorted(members, key=lambda one: one["stage"]):
        before = max(member["after"], key=lambda code: ends[code], default=None)
        starts[member["code"]] = ends[before] if before else Fraction(0)
        ends[member["code"]] = starts[member["code"]] + length(member["promised_limit"])
        ways[member["code"]] = [*(ways[before] if before else []), member]
    last = max(members, key=lambda one: ends[one["code"]], default=None)
    way = ways[last["code"]] if last else []
    codes = [member["code"] for member in way]
    bars = [Bar(one, starts[one["code"]], ends[one["code"]], one["code"] in codes) for one in members]
    return Path(codes, one_after_another([one["promised_limit"] for one in way]), bars)


@dataclass(frozen=True)
class Saving:
    """One line of the comparison: separately, as one thing, and the difference in words."""

    what: str
    separate: str
    together: str
    saved: str


def savings(plan: dict) -> list[Saving]:
    """Each line of the comparison by the Plan of all members; the time also against the stored days before the reform."""
    members = plan["members"]
    promises = [member["promised_limit"] for member in members]
    apart, promise = one_after_another(promises), plan["promised_limit"]
    visits = [member["max_visits"] for member in members]
    rows = [
        Saving(
            "材料",
            f"{plan['materials_before']} 份",
            f"{plan['materials_after']} 份",
            f"{plan['saving_percent']}%",
        ),
        Saving("时间（各项承诺依次办）", _days(apart), _days(promise), _percent(apart, promise)),
    ]
    if baseline := plan["baseline_limit"]:
        rows.append(Saving("时间（改革前）", _days(baseline), _days(promise), _percent(baseline, promise)))
    together = max(visits, default=0)
    rows.append(Saving("到现场", f"{sum(visits)} 次", f"{together} 次", f"少 {sum(visits) - together} 次"))
    return rows


def _days(limit: dict) -> str:
    return "当场" if limit["days"] == 0 else limit_text(limit)


def _percent(before: dict, after: dict) -> str:
    """One decimal, half up; the stored baseline is taken as it stands."""
    if not before["days"]:
        return "—"
    tenths = Fraction(1000) * (length(before) - length(after)) / length(before)
    whole_tenths = int(abs(tenths) + Fraction(1, 2)) * (1 if tenths >= 0 else -1)
    return f"{'-' if whole_tenths < 0 else ''}{abs(whole_tenths) // 10}.{abs(whole_tenths) % 10}%"


def warnings(content: dict, plan: dict, found: Path, node_of: Callable[[str], str]) -> list[str]:
    """What publication does not forbid and an office should look at. `plan` holds all members; `node_of` gives a region's node."""
    names = {member["code"]: member["name"] for member in plan["members"]}
    told = []
    promise = content.get("promised_limit")
    if promise and length(found.limit) > length(promise):
        way = " → ".join(names[code] for code in found.codes)
        told.append(
            f"最慢的一条路要 {_days(found.limit)}，超过整件事承诺的 {_days(promise)}：{way}。对外以较早的一天为准。"
        )
    if not promise:
        told.append(f"没有写整件事的承诺期限，按最慢的一条路 {_days(found.limit)} 告知。")
    baseline = content.get("baseline_limit")
    if promise and baseline and length(promise) > length(baseline):
        told.append(f"整件事承诺 {_days(promise)}，比改革前的 {_days(baseline)}还长。")
    if not baseline:
        told.append("没有改革前期限，办结后算不出提速。")
    node = node_of(content["region"])
    for member in plan["members"]:
        told += _about(member, node_of(member["region"]) == node, content)
    told += _never_together(content.get("joint_inspection", []), plan["members"]) + _asked_though_made(plan, names)
    departments = {member["department"] for member in plan["members"]}
    lead = content["lead"]
    if lead["criterion"] != "general_intake" and lead["department"] not in departments:
        told.append("牵头部门不办其中任何一项，牵头依据却不是“综合受理”。")
    return told


def _never_together(joined: list[str], members: list[dict]) -> list[str]:
    """Of the items of one visit those that begin only when another of them has its result, and so was visited long before."""
    names, befores, told = {member["code"]: member["name"] for member in members}, _befores(members), []
    for code in befores:
        if code in joined and (first := "”“".join(names[one] for one in joined if one in befores[code])):
            told.append(f"“{names[code]}”要等“{first}”办出结果才开始，不会同一次联合踏勘。")
    return told


def _befores(members: list[dict]) -> dict[str, set[str]]:
    """{code: all that it waits for}, stage by stage."""
    found: dict[str, set[str]] = {}
    for member in sorted(members, key=lambda one: one["stage"]):
        found[member["code"]] = set(member["after"]).union(*(found[one] for one in member["after"]))
    return found


def _asked_though_made(plan: dict, names: dict[str, str]) -> list[str]:
    """What one item brings forth and another needs without waiting for it: it is asked of who applies, and he may not have it yet.
    Of what its own item needs too there is a former one."""
    makers = {member["result"].get("licence_type"): member["code"] for member in plan["members"]}
    befores, told = _befores(plan["members"]), []
    for line in plan["materials"]:
        maker = makers.get(line["licence_type"]) if line["licence_type"] and not line["supplied_by"] else None
        if maker and maker not in line["needed_by"]:
            hasty = "”“".join(names[code] for code in line["needed_by"] if maker not in befores[code])
            told.append(f"“{line['name']}”由“{names[maker]}”办出，“{hasty}”要用却不等它：办事人要自己交，那时可能还没有。")
    return told


def unasked(items: Iterable[Entry], asked: Collection[str]) -> list[str]:
    """What an item asks for only by the answer to a question that neither the one-thing nor its members put: nobody is ever asked for it."""
    told = []
    for item in items:
        rows = [row for key in ("fields", "materials", "fees") for row in item.content.get(key, [])]
        named = {line["situation"] for row in rows for line in row.get("when", []) if "situation" in line}
        if lost := sorted(named - set(asked)):
            told.append(f"“{item.content['name']}”的表单、材料或者收费要看情形 {'、'.join(lost)} 的回答，这件事里没有这个问题，都不会要。")
    return told


def _about(member: dict, own: bool, content: dict) -> list[str]:
    name, told = member["name"], []
    if not own and member["city_wide"] != "city":
        told.append(f"“{name}”是别的节点（{member['region']}）的事项，又没有全城通办。")
    if not member["accepting"]:
        told.append(f"“{name}”没有打开统一受理。")
    if member["channels"] and not {"online", "mail"} & set(member["channels"]):
        told.append(f"“{name}”不能网上办也不能寄递，申请人一定要到现场。")
    visited = member["code"] in content.get("joint_inspection", [])
    if visited and member["inspection"] not in INSPECTED:
        told.append(f"“{name}”不需要现场核查，却列在联合踏勘里。")
    if not visited and member["inspection"] == "joint":
        told.append(f"“{name}”可以联合踏勘，没有列进来。")
    return told
