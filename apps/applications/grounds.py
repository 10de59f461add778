"""Grounds: the closed list of those on which time is left out (XKF 45), and where each stands in the law; those of not accepting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.deadlines.engine.telling import PAUSE_TYPES as GROUNDS

# What is not accepted (XKF 32): another agency's matter (2), what was cured badly (4), anything else that the law names.
NOT_ACCEPTED = {"not_our_power": "不属于本机关职权", "bad_cure": "补正不合格", "other": "依法不予受理的其他情形"}
XKF_45 = "行政许可法第四十五条"
# Reports that an agency commissions: their time is left out only where a law or regulation wants them (in Zhejiang ZJR art. 28).
COMMISSIONED = frozenset({"inspection", "testing", "quarantine", "appraisal"})
OWN_RULE = frozenset({"rectification"})  # not of article 45 nor of any general law: the item's own rule leaves their time out


@dataclass(frozen=True, slots=True)
class Ground:
    code: str
    name: str
    law: str


def allowed(definition: dict) -> list[Ground]:
    """Those of the frozen item, in the order of the law, each with its basis."""
    named = set(definition.get("pause_grounds") or ())
    return [Ground(code, name, _law(code, definition)) for code, name in GROUNDS.items() if code in named]


def _law(code: str, definition: dict) -> str:
    own = "、".join(definition.get("basis") or ())
    if code in OWN_RULE:
        return own or "本事项的专门规定"
    return f"{XKF_45}、{own}" if own and code in COMMISSIONED else XKF_45


def foreseen(members: Sequence[dict]) -> tuple[str, ...]:
    """For the acceptance notice: what may be left out of the limits of any item, named where there are several."""
    found = {ground: [m["name"] for m in members if ground in (m.get("pause_grounds") or ())] for ground in GROUNDS}
    return tuple(
        f"{GROUNDS[ground]}（{'、'.join(names)}）" if len(members) > 1 else GROUNDS[ground]
        for ground, names in found.items()
        if names
    )


def list_words(definition: dict) -> str:
    """听证、检测; or why there is none"""
    return "、".join(ground.name for ground in allowed(definition)) or "无"
