"""A self-check kept under a number that names nobody: made at home, opened at the counter, gone after half a year."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from apps.kit.errors import NotYours, Refused
from apps.kit.time import now, today

from .models import SavedCheck
from .plan import compile_plan

KEPT = timedelta(days=180)
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read for another
SHAPE = re.compile(rf"QD[{LETTERS}]{{8}}")


def keep(code: str, answers: dict[str, str]) -> SavedCheck:
    """Only a whole one is kept. Raises NotYours for what is not published, Refused for answers that are missing or wrong."""
    plan = compile_plan(code, answers, today())
    if any(not answers.get(question["code"]) for question in plan["situations"]):
        raise Refused("self_check.open", "请先回答完上面的问题，再保存清单。")
    SavedCheck.objects.filter(created_at__lt=now() - KEPT).delete()
    number = "QD" + "".join(secrets.choice(LETTERS) for _ in range(8))
    asked = {question["code"] for question in plan["situations"]}
    return SavedCheck.objects.create(
        number=number, code=code, answers={name: answers[name] for name in answers if name in asked}
    )


def find(number: str) -> SavedCheck:
    """By its number as it is typed or read out. Raises NotYours."""
    wanted = re.sub(r"[\s-]", "", number).upper()
    row = SavedCheck.objects.filter(number=wanted, created_at__gte=now() - KEPT).first() if SHAPE.fullmatch(wanted) else None
    if row is None:
        raise NotYours(message="没有找到这份清单：请核对编号；清单保存半年。")
    return row


def shown(number: str) -> str:
    """QD-7K2M-9PXA"""
    return f"{number[:2]}-{number[2:6]}-{number[6:]}"
