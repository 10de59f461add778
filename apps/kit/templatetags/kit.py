"""Filters and tags that know no business: dates in Chinese, money, masks, and the widgets' small helpers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from apps.kit import masking
from apps.kit.days import day_cn, days_words
from apps.kit.time import BEIJING

register = template.Library()

register.filter("mask_name", lambda value: masking.mask_name(value or ""))
register.filter("mask_id", lambda value: masking.mask_id(value or ""))
register.filter("mask_mobile", lambda value: masking.mask_mobile(value or ""))


def _parsed(value):
    """Dates also arrive as ISO text, since a frozen Plan and an event's facts are JSON."""
    if isinstance(value, str) and value:
        try:
            return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


@register.filter
def date_cn(value) -> str:
    """A date, an instant (its Beijing date) or ISO text → 2026年11月23日; anything else unchanged, nothing → ""."""
    value = _parsed(value)
    if isinstance(value, datetime):
        value = value.astimezone(BEIJING).date()
    if isinstance(value, date):
        return day_cn(value)
    return "" if value is None else str(value)


@register.filter
def beijing(value) -> str:
    """An instant → 2026年11月23日 10:30, Beijing time."""
    value = _parsed(value)
    if isinstance(value, datetime):
        local = value.astimezone(BEIJING)
        return f"{date_cn(local)} {local:%H:%M}"
    return date_cn(value)


@register.filter
def clock_time(value) -> str:
    """An instant → 10:30, Beijing time."""
    value = _parsed(value)
    return f"{value.astimezone(BEIJING):%H:%M}" if isinstance(value, datetime) else ""


@register.filter
def iso(value) -> str:
    """What stands in <time datetime="…">."""
    value = _parsed(value)
    if isinstance(value, datetime):
        return value.astimezone(BEIJING).isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else ""


@register.filter
def yuan(value) -> str:
    """Money in yuan → 80.00 元; None (assessed case by case) → 按标准核定."""
    if value in (None, ""):
        return "按标准核定"
    try:
        return f"{Decimal(str(value)):,.2f} 元"
    except InvalidOperation:
        return str(value)


@register.filter
def limit_cn(value) -> str:
    """A limit {"days", "unit"} → 20 个工作日, 15 个自然日, 当场办结 (0), 未作规定 (None)."""
    if not value:
        return "未作规定"
    if value["days"] == 0:
        return "当场办结"
    return days_words(value["days"], value["unit"])


@register.filter
def days_cn(n, unit: str) -> str:
    """{{ left|days_cn:limit.unit }} → 8 个工作日"""
    return days_words(n, unit)


@register.filter
def paragraphs(value) -> str:
    """What was written in several lines, each as a paragraph of its own: on a paper every paragraph is indented, not the first alone."""
    lines = filter(None, map(str.strip, str(value or "").splitlines()))
    return format_html_join(mark_safe("</p><p>"), "{}", ((line,) for line in lines))


@register.filter
def yes_no(value) -> str:
    return "是" if value else "否"


@register.filter
def get(mapping, key):
    """mapping[key], or None: for tables whose columns are data."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def is_check(field) -> bool:
    """A single tick box, whose label stands beside it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not field.use_fieldset
