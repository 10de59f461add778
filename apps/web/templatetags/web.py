"""Tags of the pages: state words, clock lights, the words of catalogue codes; the key of a single button."""

from __future__ import annotations

from datetime import date, datetime
from secrets import token_urlsafe

from django import template
from django.utils.html import format_html

from apps.applications.next_step import held_words
from apps.deadlines.engine.telling import full
from apps.deadlines.queries import is_guessed
from apps.kit.days import days_words
from apps.kit.time import beijing_date, today
from apps.web import labels

register = template.Library()


@register.inclusion_tag("components/status_tag.html")
def status_tag(table: str, state: str, text: str = "") -> dict:
    """{% status_tag "member" member.state %}: the word of the state in its tone; `text` replaces the word, not the tone."""
    found = labels.label(table, state)
    return {"text": text or found.text, "tone": found.tone}


@register.inclusion_tag("components/status_tag.html")
def member_tag(member) -> dict:
    """{% member_tag member %}: its state; of what was granted on a broken word that it is revoked, wherever its papers lie; of what was cancelled that it is; of what
    was left with who refused it, or served by a public notice, that nobody took it (`otherwise`: queries_case.mark_otherwise, queries_issue.put_otherwise)."""
    if member.revoked_on:
        return status_tag("commitment", "revoked")
    if member.cancelled_on:
        return status_tag("cancellation", "granted")
    return status_tag("member", member.state, getattr(member, "otherwise", ""))


@register.inclusion_tag("components/status_tag.html")
def document_tag(document) -> dict:
    """{% document_tag paper %}: its state; of what was rightly given and ended later that it was cancelled, not that it was void."""
    return status_tag("cancellation", "granted") if document.cancelled_on else status_tag("document", document.state)


@register.simple_tag
def once_key() -> str:
    """{% once_key %} in the form of a single button, for `once.press`: pressed twice on one page it is done once."""
    return format_html('<input type="hidden" name="once" value="{}">', token_urlsafe(18))


@register.filter
def by_day(day: date | None) -> str:
    """{{ row.cure_by|by_day }}: 2026年12月4日（周五）, of a day on which somebody must have done something."""
    return full(day) if day else ""


@register.filter
def done_by(day: date) -> str:
    """{{ member.due_on|done_by }}: by when it is done, while that can still be."""
    told = f"{day:%Y年%-m月%-d日}"
    return f"{told}前办结" if today() <= day else f"办理期限 {told} 已过"


@register.filter
def guessed(day: date | None) -> bool:
    """{% if side.due|guessed %}: a day in a year whose notice is not published (推定)."""
    return day is not None and is_guessed(day)


@register.filter
def saved(percent: str | None, words: str) -> str:
    """{{ plan.saving_percent|saved:"少,多" }}: 少 43.7%, and where the one-thing asks for more than its items by themselves 多 66.7%; nothing where it is the same."""
    less, more = words.split(",")
    if not percent or not float(percent):
        return ""
    return f"{more} {percent[1:]}%" if percent.startswith("-") else f"{less} {percent}%"


@register.filter
def state_text(state: str, table: str) -> str:
    """{{ member.state|state_text:"member" }}: only the word, for a sentence or an export."""
    return labels.label(table, state).text


@register.filter
def word(code: str, table: str) -> str:
    """{{ material.necessity|word:"necessity" }}: tables in apps/web/labels.py WORDS; nothing → ""."""
    return labels.word(table, code) if code not in (None, "") else ""


@register.filter
def to_staff(words: str) -> str:
    """{{ case.now.0|to_staff }}: the same, said to a colleague: of the applicant, not to him."""
    return words.replace("您", "申请人")


@register.inclusion_tag("components/clock_light.html")
def clock_light(
    light: str,
    due_on=None,
    why=None,
    why_url: str = "",
    days_left: int | None = None,
    provisional=False,
    kind="",
    held: str = "",
    item: str = "",
    step: str = "",
) -> dict:
    """{% clock_light clock.light clock.due_on why=lines %}: light, due date, days left and why this date.

    `due_on` a date or None (no date while paused); `days_left` working days where the caller knows them, else calendar days are counted here;
    `why` a list of sentences, or `why_url` a page that tells; `kind` a clock kind whose name is shown before the date;
    `held` what is left of one that stands still; `item` of a one-thing whose time it is; `step` that it counts.
    """
    if isinstance(due_on, datetime):
        due_on = beijing_date(due_on)
    left, shown = held, labels.LIGHTS[light or "none"]
    if light == "overdue" and isinstance(due_on, date) and due_on >= today():  # a one-thing's light is its worst item's, the day its last
        shown = shown._replace(text="有事项已超期")
    if isinstance(due_on, date) and light not in ("stopped", "none", "paused"):
        left = f"还有 {days_words(days_left, 'working')}" if days_left else _calendar_days(due_on)
    return {
        "light": shown,
        "name": labels.CLOCKS.get(kind, ""),
        "item": item,
        "due_on": due_on,
        "left": left,
        "why": why,
        "why_url": why_url,
        "provisional": provisional and due_on is not None and is_guessed(due_on),
        "step": step,
    }


@register.inclusion_tag("components/clock_light.html")
def clock_line(clock, why=None, why_url: str = "") -> dict:
    """{% clock_line clock why_url=url %}: a deadlines.Clock as it stands: running, standing still with days left, stopped."""
    running, paused = (clock.state == state for state in (clock.State.RUNNING, clock.State.PAUSED))
    late = paused and clock.light == clock.Light.OVERDUE  # a limit that ran out before, as every list of the work says
    return clock_light(
        clock.light if running or late else str(clock.state),
        clock.due_on,
        why=why,
        why_url=why_url,
        provisional=running and clock.provisional,
        kind=clock.kind,
        held=held_words(clock) if paused else "",
        item=getattr(clock, "item", ""),
        step=clock.facts.get("step", ""),
    )


@register.inclusion_tag("components/clock_light.html")
def job_light(job, provisional=False) -> dict:
    """{% job_light job provisional=clock.provisional %}: of a piece of work, as every list and page of it shows it."""
    return clock_light(labels.job_light(job), job.due_on, provisional=provisional)


def _calendar_days(due_on: date) -> str:
    days = (due_on - today()).days
    if days == 0:
        return "今天到期"
    return f"还有 {days} 天" if days > 0 else f"已超 {-days} 天"
