"""The check points of a frozen sector standard, answered one by one in an opinion (DOMAIN.md rows 56, 61). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from django.utils.crypto import salted_hmac

from apps.catalog.standards import points_of
from apps.kit.errors import Refused, raise_all
from apps.kit.jsontext import text

RESULTS = {"met": "符合", "unmet": "不符合", "na": "不适用"}
LONGEST = 500  # characters of a note


def judged(points: list[dict], given: Mapping[str, Mapping], recommendation: str) -> list[dict]:
    """[{"code", "result", "note"}] in the order of the standard. Raises every fault at once, each at checks.<code>."""
    known, faults, answered = {point["code"]: point for point in points}, [], []
    for code in given:
        if code not in known:
            faults.append(Refused("checks.unknown", f"这个事项没有编码为“{code}”的核查要点。", f"checks.{code}"))
    for code, point in known.items():
        row = given.get(code) or {}
        result, note = row.get("result") or "", str(row.get("note") or "").strip()
        where = f"checks.{code}"
        if result not in RESULTS:
            told = f"请对照行业标准，对“{point['text']}”选择符合、不符合或不适用。"
            faults.append(Refused("checks.result", told, where))
        elif result == "unmet" and recommendation == "grant" and len(note) < 4:
            told = f"“{point['text']}”不符合，建议准予的须写明理由（至少 4 个字）。"
            faults.append(Refused("checks.unexplained", told, f"{where}.note"))
        elif len(note) > LONGEST:
            faults.append(Refused("checks.note", f"说明最多 {LONGEST} 个字。", f"{where}.note"))
        answered.append({"code": code, "result": result, "note": note})
    raise_all(faults)
    return answered


def marked(job) -> str:
    """A digest of its opinion: by it a page or a program says which one lay before it. The same before and after it was stored."""
    answered = [[row["code"], row["result"], row["note"]] for row in job.checks]
    return sha256(text([job.recommendation, job.opinion, answered]).encode()).hexdigest()[:16]


def laid_open(job) -> str:
    """The mark of its opinion, and of what the papers of a decision say besides: a page that showed them says by it which ones it showed.
    Keyed, since some of it stands there behind a mask: it could be guessed by a plain digest."""
    case = job.application
    said = [case.applicant_name, case.plan["answers"], case.answers]
    return f"{marked(job)}.{salted_hmac('laid_open', text(said)).hexdigest()[:16]}"


def shown(plan: dict, member: str, answered: Iterable[Mapping]) -> list[dict]:
    """The answers beside the words of the standard as the case froze it: [{"text", "basis", "result", "label", "note"}]."""
    points = {point["code"]: point for point in points_of(plan, member)}
    return [
        {
            "code": row["code"],
            "text": points.get(row["code"], {}).get("text", row["code"]),
            "basis": points.get(row["code"], {}).get("basis", ""),
            "result": row["result"],
            "label": RESULTS[row["result"]],
            "note": row["note"],
        }
        for row in answered
    ]


def summary(plan: dict, answered: Iterable[Mapping]) -> str:
    """The answers in one sentence, the unmet points named; nothing without a standard."""
    standard, answered = plan.get("standard"), list(answered)
    if not standard or not answered:
        return ""
    words = {point["code"]: point["text"] for rows in standard["points"].values() for point in rows}
    counts = "、".join(
        f"{label} {sum(row['result'] == result for row in answered)} 项"
        for result, label in RESULTS.items()
        if any(row["result"] == result for row in answered)
    )
    unmet = [
        f"不符合：{words.get(row['code'], row['code'])}" + (f"（{row['note']}）" if row["note"] else "")
        for row in answered
        if row["result"] == "unmet"
    ]
    return "\n".join([f"对照《{standard['name']}》第 {standard['version']} 版：{counts}。", *unmet])
