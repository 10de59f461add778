"""范文: a first wording of an opinion from the case itself; the reviewer completes and answers for it."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

from apps.applications.models import Job

_HEADS = "查明的事实|不符合的条件|依据"
# Nothing up to the next of its lines: the facts may begin on a line of their own.
OPEN = re.compile(rf"^[^\S\n]*({_HEADS})：\s*(?=(?:{_HEADS})：|建议不予|\Z)", re.MULTILINE)


def demand_complete(text: str) -> None:
    """A line of the first wording that was left open would stand so in the decision."""
    if left := OPEN.search(text.replace("\r", "")):
        raise ValidationError(f"“{left[1]}：”后面还空着，会原样写进决定书：请写明，不需要的删去这一行。")


def wording(job: Job, recommendation: str) -> str:
    definition = job.member.definition
    conditions = "；".join(f"{number}. {text}" for number, text in enumerate(definition.get("conditions") or (), 1))
    basis = "、".join(definition.get("basis") or ())
    opening = f"经审查，{job.application.applicant_name}申请的“{job.member.name}”"
    if recommendation == "refuse":
        lines = [
            f"{opening}不符合规定的条件。",
            "查明的事实：",
            f"不符合的条件：{conditions}" if conditions else "不符合的条件：",
            f"依据：{basis}。" if basis else "依据：",
            "建议不予。",
        ]
        return "\n".join(lines)
    met = f"符合规定的条件（{conditions}）" if conditions else "符合规定的条件"
    closing = f"依据{basis}，建议准予。" if basis else "建议准予。"
    return f"{opening}，申请材料齐全、符合法定形式，{met}。{closing}"
