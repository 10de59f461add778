"""Places from data files: regions (a command), departments and zones (called by the catalogue's load).

Every function compares with what is stored, writes in bulk only what differs, and records one event when something did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from datetime import date
from pathlib import Path

from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, raise_all
from apps.kit.places import city_of, stem_of
from apps.kit.yamlfile import content_of, document

from .models import Department, DirectoryVersion, Hall, Region, Window, Zone
from .versioning import draw_now

REGION_KEYS = {"code", "name", "level", "parent", "valid_from", "valid_to", "note"}
REGION_CODE = re.compile(r"\d{6}(-Z[1-9])?|\d{9}|\d{12}", re.ASCII)
CODES = {"city": "6 位、末两位为 00（省直辖的县级市是区县，如 429004，上级写 429000）", "county": "6 位、末两位不是 00", "zone": "330200-Z1 这样", "township": "9 位", "village": "12 位"}
FORMS = {"city": r"\d{4}00", "county": r"\d{4}(?!00)\d{2}", "zone": r"\d{6}-Z[1-9]", "township": r"\d{9}", "village": r"\d{12}"}
_RANKS = list(FORMS)


def load_regions(path: str | Path) -> dict[str, int]:
    """{"created", "changed", "unchanged"}. A code that is no longer in the file stays: old cases and citizens hold it. A file
    may name what is new only, under places that were loaded before; what lies below a place that it moves moves too.

    Raises Refusals naming every faulty entry by its place in the file (`regions[3].parent`).
    """
    standing = Region.objects.in_bulk()
    rows = _read_regions(Path(path), standing)
    wanted = {row["code"]: _region(row) for row in rows}
    whole = standing | wanted
    for code, region in whole.items():
        if code in wanted:
            region.node_code = _node(region, whole)
        elif (node := _node(region, whole)) != region.node_code:
            wanted[code] = copy(region)
            wanted[code].node_code = node
    with action(SYSTEM) as act:
        fresh, changed = _write(Region, list(wanted.values()), REGION_FIELDS, standing)
        _record(act, "load_regions", fresh, changed)
    return {"created": len(fresh), "changed": len(changed), "unchanged": len(wanted) - len(fresh) - len(changed)}


def _region(row: dict) -> Region:
    return Region(
        code=row["code"],
        name=row["name"],
        level=row["level"],
        parent_id=row["parent"],
        valid_from=row.get("valid_from"),
        valid_to=row.get("valid_to"),
        note=row.get("note") or "",
    )


def _node(region: Region, whole: dict[str, Region]) -> str:
    while not region.is_node:
        region = whole[region.parent_id]
    return region.code


REGION_FIELDS = ["name", "level", "parent_id", "node_code", "valid_from", "valid_to", "note"]


def _read_regions(path: Path, standing: dict[str, Region]) -> list[dict]:
    found = document(content_of(path, "regions.file"), "regions.syntax", path)
    rows = found.get("regions") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not rows:
        raise Refused("regions.empty", f"{path} 里没有 regions 列表，或者是空的。", "regions")
    problems: list[Refused] = []
    seen: dict[str, dict] = {}
    for index, row in enumerate(rows):
        place = f"regions[{index}]"
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) and row[key].strip() for key in ("code", "name")):
            problems.append(Refused("regions.entry", f"{path} 的 {place}：每个地区要有文字的 code 和 name。", place))
            continue
        problems += [
            Refused("regions.entry", f"{path} 的 {place}（{row['code']}）：{text}", f"{place}.{key}")
            for key, text in _region_faults(row, seen, standing)
        ]
        seen.setdefault(row["code"], row)
    raise_all(problems)
    return rows


def _region_faults(row: dict, seen: dict[str, dict], standing: dict[str, Region]) -> Iterable[tuple[str, str]]:
    for key in sorted(set(map(str, row)) - REGION_KEYS):
        yield key, f"不认识的字段“{key}”。"
    code, parent = row["code"], row.get("parent")
    if not REGION_CODE.fullmatch(code):
        yield "code", "编码应为 6、9、12 位数字或 330200-Z1 这样的园区编码。"
    elif code in seen:
        yield "code", "编码重复。"
    elif fault := _misshapen(row):
        yield "code", fault
    if row.get("level") not in Region.Level.values:
        yield "level", f"层级“{row.get('level') or ''}”不在 {'、'.join(Region.Level.values)} 之中。"
    for key in ("name", "note"):
        most = Region._meta.get_field(key).max_length
        if not isinstance(row.get(key) or "", str) or len(row.get(key) or "") > most:
            yield key, f"应是不超过 {most} 个字的文字。"
    row["parent"] = parent
    if row.get("level") == Region.Level.CITY:
        if parent is not None:
            yield "parent", "市一级不能有上级。"
    elif not isinstance(parent, str) or (parent not in seen and parent not in standing):
        yield "parent", f"上级“{parent}”没有在前面出现，也没有读入过，请先写上级。" if parent is not None else "没有写上级。"
    elif code not in seen and str(row.get("level")) in FORMS and not _misshapen(row):
        yield from _misplaced(row, str(seen[parent].get("level") if parent in seen else standing[parent].level))
    for key in ("valid_from", "valid_to"):
        value = row.get(key)
        if isinstance(value, str):
            try:
                row[key] = date.fromisoformat(value)
            except ValueError:
                row[key] = None
                yield key, f"日期“{value}”不存在，应写作 2016-09-14。"
        elif value is not None and type(value) is not date:
            row[key] = None
            yield key, f"“{value}”不是日期。"
    if row.get("valid_from") and row.get("valid_to") and row["valid_from"] > row["valid_to"]:
        yield "valid_to", "最后有效日早于生效日。"


def _misshapen(row: dict) -> str:
    level = row.get("level")
    if isinstance(level, str) and level in FORMS and not re.fullmatch(FORMS[level], row["code"], re.ASCII):
        return f"{Region.Level(level).label}的编码应为{CODES[level]}。"
    # Who has a post at a code that ends in 00 reaches the whole city: 重庆's 500100 (市辖区) and 500200 (县) are headings, no places.
    if level == Region.Level.CITY and (whole := city_of(row["code"])) != row["code"]:
        return f"直辖市的编码是 {whole}；{row['code']} 只是它下面各区县的统称，请不要写。"
    return ""


def _misplaced(row: dict, above: str) -> Iterable[tuple[str, str]]:
    """Calendars, letterheads and sight read from a code where it lies: one that says otherwise than its parent would be two places.
    `above` is the parent's level; each lies higher than the next, so that no chain of parents runs in a circle."""
    code, level, parent = row["code"], row["level"], row["parent"]
    if above not in FORMS:
        return  # told where the parent stands
    if code == parent or _RANKS.index(above) >= _RANKS.index(level):
        yield "parent", f"上级 {parent} 是{Region.Level(above).label}，不能管{Region.Level(level).label}。"
        return
    # A township that a development zone looks after keeps the code of its county.
    stem = stem_of(parent) if above in (Region.Level.CITY, Region.Level.ZONE) else parent
    if not code.startswith(stem):
        yield "code", f"编码与上级 {parent} 不合，应以 {stem} 开头。"


def upsert_departments(by: Actor, rows: Iterable[dict]) -> dict[str, int]:
    """{"created", "changed"}. Rows as in the catalogue schema, `region` given; codes and check digits already checked."""
    fields = ["name", "short_name", "uscc", "region_id", "phone", "kind"]
    wanted = [
        Department(
            code=row["code"],
            name=row["name"],
            short_name=row.get("short_name", ""),
            uscc=row.get("uscc", ""),
            region_id=row["region"],
            phone=row.get("phone", ""),
            kind=row.get("kind", Department.Kind.DEPARTMENT),
        )
        for row in _once(rows)
    ]
    with action(by) as act:
        fresh, changed = _write(Department, wanted, fields)
        _record(act, "load_departments", fresh, changed)
    return {"created": len(fresh), "changed": len(changed)}


def upsert_zones(by: Actor, rows: Iterable[dict]) -> dict[str, int]:
    """{"created", "changed"}. Rows as in the catalogue schema, `region` given. Makes halls (by region and name) and
    windows; a window that is no longer named is closed, never deleted (posts and cases name it)."""
    rows = _once(rows)
    with action(by) as act:
        halls = _halls({(row["region"], row["hall"]) for row in rows if row.get("hall")})
        wanted = [
            Zone(
                code=row["code"],
                name=row["name"],
                region_id=row["region"],
                hall_id=halls[row["region"], row["hall"]].pk if row.get("hall") else None,
            )
            for row in rows
        ]
        fresh, changed = _write(Zone, wanted, ["name", "region_id", "hall_id"])
        windows = _write_windows(rows)
        touched = {zone.code: zone for zone in changed}
        for zone in wanted:
            if zone.code in windows and zone not in fresh:
                touched[zone.code] = zone
        _record(act, "load_zones", fresh, list(touched.values()))
    return {"created": len(fresh), "changed": len(touched)}


def _once(rows: Iterable[dict]) -> list[dict]:
    """The last row of a code counts: a load may restate a department or zone identically."""
    return list({row["code"]: row for row in rows}.values())


def _halls(names: set[tuple[str, str]]) -> dict[tuple[str, str], Hall]:
    regions = {region for region, _ in names}
    known = {(hall.region_id, hall.name): hall for hall in Hall.objects.filter(region__in=regions)}
    fresh = [Hall(region_id=region, name=name) for region, name in sorted(names - set(known))]
    if fresh:
        Hall.objects.bulk_create(fresh)
        known |= {(hall.region_id, hall.name): hall for hall in fresh}
    return known


def _write_windows(rows: list[dict]) -> set[str]:
    """Codes of the zones whose windows changed."""
    listed = {row["code"]: set(row["windows"]) for row in rows if "windows" in row}
    known = {(window.zone_id, window.number): window for window in Window.objects.filter(zone__in=listed)}
    fresh = [
        Window(zone_id=zone, number=number)
        for zone, numbers in listed.items()
        for number in sorted(numbers)
        if (zone, number) not in known
    ]
    changed = []
    for (zone, number), window in known.items():
        closed = number not in listed[zone]
        if window.closed != closed:
            window.closed = closed
            changed.append(window)
    if fresh:
        Window.objects.bulk_create(fresh)
    if changed:
        Window.objects.bulk_update(changed, ["closed"])
    return {window.zone_id for window in fresh + changed}


def _write(model, wanted: list, fields: list[str], known: dict | None = None) -> tuple[list, list]:
    if known is None:
        known = model.objects.in_bulk([row.pk for row in wanted])
    fresh = [row for row in wanted if row.pk not in known]
    changed = [row for row in wanted if row.pk in known and _differs(known[row.pk], row, fields)]
    if fresh:
        model.objects.bulk_create(fresh)
    if changed:
        model.objects.bulk_update(changed, fields)
    return fresh, changed


def _differs(stored, wanted, fields: list[str]) -> bool:
    return any(getattr(stored, name) != getattr(wanted, name) for name in fields)


def _record(act: Action, verb: str, fresh: list, changed: list) -> None:
    if not fresh and not changed:
        return
    draw_now()
    version = act.lock(DirectoryVersion, 1)
    act.record(version, verb, created=[row.pk for row in fresh], changed=[row.pk for row in changed])
