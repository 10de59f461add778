"""The checklist of a case: its lines, what came, what is missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from apps.catalog.compiler import demanded_by
from apps.catalog.conditions import holds
from apps.journal.actor import Actor
from apps.journal.door import Action
from apps.kit.errors import Refused, raise_all
from apps.kit.pictures import pictures
from apps.kit.rows import fresh
from apps.kit.time import beijing_date, today

from ..models import ON_PAPER, Application, Attachment, MaterialEntry, Member

State = MaterialEntry.State
APPLICATION_FORM = re.compile(  # 申请（审批）表 too; where papers are to be served (送达地址确认书) is signed
    r"(申请|申报|申领|申办|登记|注册|备案|审批|审核|审查|核准|核定|(?<!地址)确认)(（[^（）]*）|\([^()]*\))?(表|书|单)"
)
REJECTED = "不合格："  # before what is wrong with it, in a notice
ENTERED = {State.MISSING, State.SUPPLIED, State.CONFIRMED, State.REJECTED, State.WAIVED}


def build(application: Application) -> list[MaterialEntry]:
    """Unsaved lines from the frozen plan, in its order."""
    return [
        fresh(
            MaterialEntry,
            application=application,
            position=position,
            code=material["material"],
            name=material["name"],
            necessity=material["necessity"],
            state=State.EXPECTED if material.get("supplied_by") else State.MISSING,
        )
        for position, material in enumerate(application.plan["materials"])
    ]


def planned(application: Application) -> dict[str, dict]:
    """{code: the material's line, as the filled-in form asks for it}."""
    return {material["material"]: material for material in application.listed}


def filled_in(application: Application) -> set[str]:
    """From home the form that was filled in is the application form: nobody uploads it once more."""
    return {line["material"] for line in application.plan["materials"] if _filled(line)} if application.channel not in ON_PAPER else set()


def _filled(line: dict) -> bool:
    """授权委托书, 承诺书 and lists are forms, too, and say what the application form does not: these are handed in."""
    return line["kind"] == "form" and APPLICATION_FORM.search(line["name"]) is not None


def asked(application: Application, entries: Iterable[MaterialEntry]) -> list[MaterialEntry]:
    """The lines that are asked of this applicant: not those that a member's result supplies, not those whose condition
    on an answered field does not hold."""
    entries, plan = application.weighed(entries), planned(application)
    return [
        entry
        for entry in entries
        if entry.code in plan  # what an earlier situation asked for stays on record and is asked no more
        and entry.state != State.EXPECTED
        and holds(plan[entry.code].get("when"), application.plan["answers"], application.answers)
    ]


def owed(row: Application, entries: list[MaterialEntry], members: list[Member]) -> list[MaterialEntry]:
    """Promised, not there, and still wanted by a member: nothing where no gap is open."""
    if row.state not in Application.ACCEPTED:
        return []
    wanting = [one.code for one in members if one.owes_ahead or (one.gap_open and one.state in Member.UNDECIDED)]
    plan = planned(row)
    return [
        entry
        for entry in asked(row, entries)
        if entry.promised and not entry.in_hand and not set(wanting).isdisjoint(demanded_by(plan[entry.code]))
    ]


def missing(application: Application, entries: Iterable[MaterialEntry]) -> list[MaterialEntry]:
    """Asked, not optional, and not in hand (a rejected one is not in hand)."""
    return [entry for entry in asked(application, entries) if entry.necessity != "optional" and not entry.in_hand]


def to_bring(application: Application, entries: Iterable[MaterialEntry]) -> list[MaterialEntry]:
    """Of what a case from home has in hand, the lines whose paper original only the counter can compare.

    An electronic material equals paper (ZJR 6), so only what the catalogue asks for on paper has to be brought, and no more
    once it was; what is held already (a licence of the store, the vault) and the form that was filled in never.
    """
    if application.channel in ON_PAPER:
        return []
    plan = planned(application)
    held = set(
        Attachment.objects.filter(application=application, removed_at__isnull=True)
        .exclude(origin="")
        .values_list("material__code", flat=True)
    )
    return [
        entry
        for entry in asked(application, entries)
        if entry.in_hand
        and entry.state != State.WAIVED
        and not entry.originals
        and (line := plan[entry.code])["originals"]
        and line["form"] == "paper"
        and not _filled(line)
        and entry.code not in held
    ]


def at_hand(entries: Iterable[MaterialEntry]) -> set[str]:
    """Codes of what is there; asked before something is entered, `brought` knows by it what came."""
    return {entry.code for entry in entries if entry.in_hand}


def scanned_since(application: Application, entries: Iterable[MaterialEntry]) -> list[MaterialEntry]:
    """Of a case on paper the lines in hand by nothing but what was scanned there after the day of receipt: the paper came
    with it, which no act has said yet. What is held already (a licence of the store) nobody brought."""
    lines = {entry.code: entry for entry in entries if entry.state == State.SUPPLIED and not (entry.originals or entry.copies)}
    received = application.receipt_date
    if not lines or application.channel not in ON_PAPER or application.supplemented_on or not received or received >= today():
        return []
    files = Attachment.objects.filter(application=application, removed_at__isnull=True, material__code__in=lines)
    came: dict[str, bool] = {}
    for code, origin, at in files.values_list("material__code", "origin", "at"):
        came[code] = came.get(code, True) and not origin and beijing_date(at) > received
    return [lines[code] for code, late in came.items() if late]


def brought(application: Application, changed: Iterable[MaterialEntry], had: Collection[str], *, by_mail: bool | None = None) -> dict:
    """The fact that the applicant came to the window in this act: of a case from home the lines for which paper was entered, of one
    begun on paper those that came beside what lay there (`had`). `by_mail`: as of `posted`."""
    if application.channel in ON_PAPER:
        came = [entry.code for entry in changed if entry.in_hand and entry.state != State.WAIVED and entry.code not in had]
        codes = list(dict.fromkeys(came))
    else:
        codes = [entry.code for entry in changed if entry.originals or entry.copies]
    return {"brought": codes} | _way(application, by_mail) if codes else {}


def posted(by: Actor, application: Application, by_mail: bool | None) -> dict[str, bool]:
    """The fact that what is entered at the counter came by post or courier, so that nobody ran for it; or (False) that somebody brought
    it, though the case came by post. None: nothing is said, and it came as the case did."""
    return _way(application, by_mail) if by.kind == "staff" else {}


def _way(application: Application, by_mail: bool | None) -> dict[str, bool]:
    if by_mail:
        return {"by_mail": True}
    return {"in_person": True} if by_mail is False and application.channel == "mail" else {}


def requirement(application: Application, entry: MaterialEntry) -> dict:
    """One gap as it is told: what is missing or wrong, and what the law and the guide require of it."""
    material = planned(application)[entry.code]
    standard = (material.get("standard") or "").strip()
    pieces = [
        f"{count} 份{word}"
        for word, count in (("原件", material.get("originals")), ("复印件", material.get("copies")))
        if count
    ]
    return {
        "material": entry.code,
        "name": entry.name,
        "problem": as_told(entry),
        "requirement": "；".join(filter(None, ["、".join(pieces), standard])) or "按办事指南的要求提交",
        "needed_by": material["needed_by"],
        "departments": users(application, material["needed_by"]),
    }


def said(gap: dict, *names: str) -> dict[str, str]:
    """What is typed of a gap for its notice. Raises Refused for what no paper can say."""
    words = {name: gap[name].strip() for name in names if (gap.get(name) or "").strip()}
    if found := pictures("".join(words.values())):
        raise Refused("text.picture", f"补正要求里有文书上印不出来的符号：{found}，请删去或者改用文字。", f"gaps.{gap.get('material', '')}")
    return words


def as_told(entry: MaterialEntry) -> str:
    return f"{REJECTED}{entry.remark or '不符合要求'}" if entry.state == State.REJECTED else "缺少"


def not_to_be_asked(entry: MaterialEntry, held: str, where: str) -> Refused:
    """`held` = what the platform has of it, in words."""
    return Refused(
        "material.on_record",
        f"“{entry.name}”已有{held}，不得再要求提交：请登记为免交，说明里写明文号；这份不适用的，登记为不合格并写明原因。",
        where,
    )


def users(application: Application, members: Iterable[str]) -> list[str]:
    """The departments that use an entry of the one checklist; a single item's need no telling."""
    if application.plan["kind"] != "bundle":
        return []
    return list(dict.fromkeys(application.plan_of(code)["department_name"] for code in members))


def promised_lines(entries: Iterable[MaterialEntry], told: Iterable[str]) -> list[str]:
    """Codes of what the applicant promised to hand in later: told with this act, or ticked on the checklist before."""
    return [*told, *(entry.code for entry in entries if entry.promised)]


def demand_listed(entries: list[MaterialEntry], promised: list[str]) -> None:
    """Raises Refused for a promise of what the case does not ask for: a misspelt one must not be lost in silence."""
    unknown = sorted(set(promised) - {entry.code for entry in entries})
    raise_all([_unlisted(code, f"promised.{code}") for code in unknown])


def _unlisted(code: str, where: str) -> Refused:
    return Refused("material.unknown", f"清单里没有材料“{code}”，请刷新清单。", where)


def demand_promises_only(given: dict[str, dict]) -> None:
    """Of his own list an applicant says what he will hand in later. That something came, in which pieces, or need not come, is
    shown by a file or judged by the counter."""
    faults = [code for code, values in given.items() if set(values) - {"promised"}]
    cure = "网上申请请上传文件；收到、免交和份数由窗口登记，这里只能承诺后补。"
    raise_all([Refused("material.not_yours", cure, f"materials.{code}") for code in faults])


def enter(
    act: Action, entries: list[MaterialEntry], given: dict[str, dict], *, field: str = "materials"
) -> list[MaterialEntry]:
    """Write down what came: {code: {"state", "originals", "copies", "remark", "promised"}}; the lines that changed.

    Raises Refused for an unknown material, an unknown state, an impossible number, or a rejection or waiver without reason.
    """
    lines = {entry.code: entry for entry in entries}
    errors, changed = [], []
    for code, values in given.items():
        where = f"{field}.{code}"
        entry = lines.get(code)
        if entry is None:
            errors.append(_unlisted(code, where))
            continue
        try:
            changed_here = _enter_one(entry, values, where)
        except Refused as error:
            errors.append(error)
            continue
        if changed_here:
            changed.append(entry)
    raise_all(errors)
    for entry in changed:
        act.save(entry, "state", "originals", "copies", "remark", "promised")
    return changed


def _enter_one(entry: MaterialEntry, values: dict, where: str) -> bool:
    if not isinstance(values, dict):
        raise Refused("material.shape", f"“{entry.name}”的登记内容不完整。", where)
    before = (entry.state, entry.originals, entry.copies, entry.remark, entry.promised)
    state = values.get("state", entry.state)
    if state != entry.state and entry.state == State.EXPECTED:
        told = f"“{entry.name}”由前一个事项办出，办出以后自动放进这件申请，不用交、不用登记，请去掉这一项。"
        raise Refused("material.expected", told, where)
    if state != entry.state and state not in ENTERED:
        raise Refused("material.state", f"“{entry.name}”不能登记为“{state}”。", where)
    remark = _remark(values.get("remark", entry.remark), entry, where)
    if state in (State.REJECTED, State.WAIVED) and not remark:
        word = "不合格的原因" if state == State.REJECTED else "免交的依据"
        raise Refused("material.remark", f"请写明“{entry.name}”{word}。", where)
    entry.state, entry.remark = state, remark
    entry.originals = _count(values.get("originals", entry.originals), entry, where)
    entry.copies = _count(values.get("copies", entry.copies), entry, where)
    entry.promised = bool(values.get("promised", entry.promised))
    return before != (entry.state, entry.originals, entry.copies, entry.remark, entry.promised)


def handed(entry: MaterialEntry, given: dict, where: str) -> dict:
    """{"originals", "copies", "remark"} of what was handed in for a line, checked."""
    return {
        "originals": _count(given.get("originals"), entry, where),
        "copies": _count(given.get("copies"), entry, where),
        "remark": _remark(given.get("remark"), entry, where),
    }


def _remark(value, entry: MaterialEntry, where: str) -> str:
    text = str(value or "").strip()
    if len(text) > 300:
        raise Refused("material.remark", f"“{entry.name}”的说明最多 300 字。", where)
    if found := pictures(text):  # the receipts and the notices repeat it
        raise Refused("text.picture", f"“{entry.name}”的说明里有文书上印不出来的符号：{found}，请删去或者改用文字。", where)
    return text


def _count(value, entry: MaterialEntry, where: str) -> int:
    try:
        number = int(value or 0)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number <= 999:
        raise Refused("material.count", f"“{entry.name}”的份数应为 0 到 999 的整数。", where)
    return number
