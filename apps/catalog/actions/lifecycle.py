"""A draft is checked, approved and published; a definition is suspended, taken up again or cancelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.journal.models import Event
from apps.kit.days import day_cn
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import beijing_date, now, today

from .. import queries, queries_office
from ..content import in_order
from ..loading.checking import check
from ..loading.known import Known
from ..loading.source import Source
from ..models import Definition, DefinitionVersion, Kind
from ..shelf import shelf
from ..timeline import UNCHANGED, Slot
from ..workflow import DefinitionState, VersionState
from .writing import draw_number, name_after_newest, open_revision, publish, settle, timelines

STALE = ("unknown_code", "condition", "duplicate_code")  # said of what is named and is no more, or of one question asked in two ways


def blockers(version: DefinitionVersion, ground: Known | None = None) -> list[Refused]:
    """Everything that keeps the version from being published: schema, codes, order, regions, guide quality. `ground` = judged on this
    instead of on what the database defines."""
    key = "bundles" if version.definition.kind == "bundle" else "items"
    row = {
        **in_order(version.definition.kind, version.content),
        "valid_from": version.valid_from.isoformat(),
        "valid_to": version.stated_to and version.stated_to.isoformat(),
    }
    source = Source(version.definition_id)
    source.data = {"format": "yichuang-catalog/1", "as_of": version.valid_from.isoformat(), key: [row]}
    problems = check([source], ground or queries_office.known())
    return [Refused(found.code, found.message, found.path.removeprefix(f"{key}[0].")) for found in problems]


def left_unasked(version: DefinitionVersion) -> dict[str, list[str]]:
    """{name of a one-thing in use: what it would name in vain or ask in two ways} once this version of its member is published."""
    return unasked_after({version.definition_id: version.content}) if version.definition.kind == Kind.ITEM else {}


def unasked_after(items: dict[str, dict], but: Collection[str] = (), ground: Known | None = None) -> dict[str, list[str]]:
    """The same once these items say this ({code: content}); of the one-things `but` these, which say something new themselves."""
    holding = queries.holding_items(items) - set(but)
    if not holding:
        return {}
    now = ground or queries_office.known()
    said_then = {
        code: {"code": code, "situations": content.get("situations", []), "main_item": content.get("main_item")}
        for code, content in items.items()
    }
    return _gone_stale(queries.holding().filter(definition__in=holding), now, replace(now, items=now.items | said_then))


def at_odds_after(elements: dict[str, dict], ground: Known, over: Collection[int] = ()) -> dict[str, list[str]]:
    """{name of what is in use, or will be: what its conditions would compare in vain} once these elements are asked like this ({code: row}),
    which counts at once; without the versions that are `over` by then."""
    changed = [code for code, row in elements.items() if (was := ground.elements.get(code)) and any(was.get(key) != row.get(key) for key in ("type", "choices"))]
    if not changed:
        return {}
    held = [row for row in queries_office.comparing(changed) if row.pk not in over]
    return _gone_stale(held, ground, replace(ground, elements=ground.elements | elements))


def _gone_stale(versions: Iterable[DefinitionVersion], now: Known, then: Known) -> dict[str, list[str]]:
    """{name: what its conditions name or compare in vain then, and do not yet}. Each county has an item of the same name: of several the
    code is told as well."""
    lost: dict[tuple[str, str], list[str]] = {}
    for held in versions:
        said = {error.message for error in blockers(held, now)}
        if fresh := [error.message for error in blockers(held, then) if error.code in STALE and error.message not in said]:
            lost.setdefault((held.name, held.definition_id), []).extend(fresh)
    names = Counter(name for name, _ in lost)
    return {name if names[name] == 1 else f"{name}（{code}）": list(dict.fromkeys(told)) for (name, code), told in lost.items()}


def _as_seen(act: Action, version: int, verb: str, seen: str) -> DefinitionVersion:
    """The version, locked. `seen` = the digest that the office had before it: raises WrongState where it says something else by now."""
    row = act.lock(DefinitionVersion, version)
    act.allow(verb, row)
    if seen and row.digest != seen:
        raise WrongState("这一版的内容在您打开这一页以后改过，没有办。请看过最新的内容再办。")
    return row


def check_version(*, by: Actor, version: int, seen: str = "") -> DefinitionVersion:
    """Draft to checked. Raises Refusals with every blocker named."""
    with action(by) as act:
        row = _as_seen(act, version, "check_quality", seen)
        raise_all(blockers(row))
        return act.move(row, "check_quality")


def approve_version(*, by: Actor, version: int, seen: str = "") -> DefinitionVersion:
    with action(by) as act:
        return act.move(_as_seen(act, version, "approve", seen), "approve")


def send_back_version(*, by: Actor, version: int, reason: str) -> DefinitionVersion:
    with action(by) as act:
        return act.move(act.lock(DefinitionVersion, version), "send_back", reason=reason)


def discard_version(*, by: Actor, version: int, seen: str = "") -> DefinitionVersion:
    with action(by) as act:
        return act.move(_as_seen(act, version, "discard", seen), "discard")


def publish_version(*, by: Actor, version: int, valid_from: date | None = None, seen: str = "") -> DefinitionVersion:
    """Approved to published, in force from its own first day or the one given; closes the version before it.

    Checked once more, since what it refers to may have changed. Raises Refusals, and Refused when it says what already holds: of
    a definition that was cancelled nothing holds, and this is how it is taken into use again.
    """
    with action(by) as act:
        revision = open_revision(act)
        row = _as_seen(act, version, "publish", seen)
        definition: Definition = row.definition
        if valid_from:
            row.valid_from = valid_from
            act.save(row, "valid_from")
        if row.stated_to and row.stated_to < row.valid_from:
            raise Refused("dates", f"最后有效日（{day_cn(row.stated_to)}）早于生效日（{day_cn(row.valid_from)}）。", "valid_from")
        _demand_nothing_returns(definition, row.valid_from)
        raise_all(blockers(row) or _absent(row))
        act.move(row, "publish")
        row.published_at = now()
        line = timelines([definition.code])[definition.code]
        slot = Slot(row.valid_from, row.stated_to, row.digest, row.content, row)
        if line.state(slot, again=definition.state == DefinitionState.CANCELLED) == UNCHANGED:
            raise Refused("version.same", "与已公布的版本内容相同，不必再公布。", "version")
        settle(act, {definition.code: definition}, {definition.code: line}, {definition.code: _next_number(definition)})
        name_after_newest(definition, line)
        act.save(row, "published_at", "valid_to", "restated")
        act.save(definition, "name", "pinyin", "search", "region_id", "department_id")
        publish(act, definition, line, [slot])
        draw_number(act, revision)
        return row


def _absent(version: DefinitionVersion) -> list[Refused]:
    """A one-thing is public with its items, not before: on the day of its first version nobody could apply for it. One that is public is
    revised also while an item is suspended: that lasts for a time, and the day on which it ends is known to nobody."""
    day, found, public = version.valid_from, shelf(), version.definition.state != DefinitionState.DRAFT
    faults = []
    for code in [member["item"] for member in version.content.get("members", [])]:
        item = found.get(code)
        state = item.state if item else DefinitionState.DRAFT
        if found.on(code, day) is None and not (public and state == DefinitionState.SUSPENDED):
            cure = _CURES.get(state, "请先公布它，或者把生效日改到它生效以后。")
            faults.append(Refused("plan.member", f"成员事项{found.why_not(code, day)}{cure}", "valid_from"))
    return faults


_CURES = {
    DefinitionState.SUSPENDED: "请先恢复受理，或者从一件事里去掉它。",
    DefinitionState.CANCELLED: "请从一件事里去掉它，或者先公布它的新版本。",
}


def _demand_nothing_returns(definition: Definition, start: date) -> None:
    """A withdrawn version would be in use again until the new one begins. Raises Refused."""
    since = definition.withdrawn_on
    if since and start > (latest := max(since, today())):
        told = f"{since:%Y年%-m月%-d日}起不再受理，现在公布以后才生效的版本，旧版本会先恢复受理"
        raise Refused("dates", f"{told}。生效日请不晚于{latest:%Y年%-m月%-d日}，或者到生效那天再公布。", "valid_from")


def _next_number(definition: Definition) -> int:
    return max(definition.versions.values_list("number", flat=True), default=0) + 1


def suspend_definition(*, by: Actor, code: str, reason: str, on: date | None = None) -> Definition:
    """Not to be applied for from the day on (today) until resumed; running cases go on."""
    return _withdraw(by, code, "suspend", on or today(), reason=reason)


def cancel_definition(*, by: Actor, code: str, reason: str, on: date | None = None) -> Definition:
    """Withdrawn for good from the day on (today); history stays."""
    return _withdraw(by, code, "cancel", on or today(), reason=reason)


def resume_definition(*, by: Actor, code: str) -> Definition:
    return _withdraw(by, code, "resume")


def _withdraw(by: Actor, code: str, move: str, on: date | None = None, **given) -> Definition:
    with action(by) as act:
        revision = open_revision(act)
        definition = act.lock(Definition, code)
        if on:
            act.allow(move, definition)
            _demand_in_use_then(definition, on)
            given["on"] = min(on, definition.withdrawn_on or on)  # what is suspended already does not wait for its end
        definition = act.move(definition, move, **given)
        draw_number(act, revision)
        return definition


def _demand_in_use_then(definition: Definition, on: date) -> None:
    """Days on which it was in use as it stands are not taken back: what was received then was received by it. Raises Refused."""
    in_force = definition.versions.filter(state=VersionState.PUBLISHED, valid_from__lte=today()).order_by("-valid_from").first()
    resumed = Event.objects.filter(chain=definition.chain, name="definition.resume").order_by("-seq").first()
    since = [(in_force.valid_from, "现在这一版的生效日")] if in_force else []
    since += [(beijing_date(resumed.at), "上一次恢复受理的那天")] if resumed else []
    for day, what in since:
        if on < day:
            raise Refused("dates", f"不能早于{what}（{day:%Y年%-m月%-d日}），请改为这一天或者以后。", "on")
