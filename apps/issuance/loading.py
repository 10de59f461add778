"""Loads fixtures/templates.yaml. Rows are dated and never edited: loading again adds what is new and ends what was ended.

What is loaded stays for ever and is first read when a document is queued, so a file is judged whole before any of it is written.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from apps.directory import queries as directory
from apps.kit.errors import Refused, raise_all
from apps.kit.yamlfile import content_of, document

from .checking import LONGEST, pictures
from .models import Document, DocumentTemplate, Kind, Letterhead
from .payloads import PAYLOADS

_LISTS: dict[str, tuple[type, tuple[str, str], dict[str, Any]]] = {  # model, what names a row, what may be absent
    "templates": (DocumentTemplate, ("kind", "version"), {"valid_to": None, "basis": "", "remedies": "", "texts": {}}),
    "letterheads": (
        Letterhead,
        ("scope", "valid_from"),
        {"valid_to": None, "word": "", "reconsideration_body": "", "court": ""},
    ),
}
_OFFICE = ("word", "reconsideration_body", "court", "site", "title", "number")  # what paper.to_html adds to a kind's own fields
_VERSIONS = 32767
_CLAUSE = 200  # as it is kept with the cancellation
_PAGE = re.compile(r"documents/[a-z]\w*\.html", re.ASCII)  # those with _ before their name are parts of others
_GROUND = re.compile(r"ground\.\d\.[a-z_]{1,24}(\.(asked|expired|person|enterprise))?", re.ASCII)


def shipped() -> Path:
    return Path(settings.BASE_DIR) / "fixtures" / "templates.yaml"


def rows(path: Path | None = None) -> dict[str, list[dict]]:
    """{"templates": [...], "letterheads": [...]} as the file says, with every column. Raises Refusals naming every faulty entry."""
    path = path or shipped()
    data = _unfold(document(content_of(path, "template.file"), "template.syntax", path))
    if not isinstance(data, dict) or not all(isinstance(data.get(name), list) for name in _LISTS):
        raise Refused("template.empty", f"{path} 里要有 templates 和 letterheads 两个列表。", "file")
    faults: list[Refused] = []
    found: dict[str, list[dict]] = {name: [] for name in _LISTS}
    for name, (model, key, absent) in _LISTS.items():
        for index, entry in enumerate(data[name]):
            row = {**absent, **entry} if isinstance(entry, dict) else {}
            told = [*_faults(model, row)] if row else [("", "应是键值。")]
            if not told and any(all(row[part] == other[part] for part in key) for other in found[name]):
                told = [(key[1], f"“{row[key[0]]}”的 {key[1]} {row[key[1]]} 写了两次。")]
            place = f"{name}[{index}]"
            faults += [_fault(place, field, text) for field, text in told]
            if not told:
                found[name].append(row)
    raise_all(faults)
    return found


def _fault(place: str, field: object, text: str) -> Refused:
    place = f"{place}.{field}" if field else place
    return Refused("template.entry", f"{place}：{text}", place)


def _faults(model: type, row: dict) -> Iterator[tuple[object, str]]:
    """(column, what is wrong with it)."""
    columns = {field.name: field for field in model._meta.concrete_fields if not field.primary_key}
    for name in [name for name in row if name not in columns]:
        yield name, "不认识的字段。"
        del row[name]
    for name, column in columns.items():
        value = row.get(name)
        if name not in row:
            yield name, "没有填写。"
        elif name in ("valid_from", "valid_to"):
            if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                with contextlib.suppress(ValueError):
                    value = row[name] = date.fromisoformat(value)
            if type(value) is not date and not (value is None and column.null):
                yield name, f"“{str(value)[:40]}”不是日期，应写作 2017-09-30。"
                row[name] = None
        elif name == "version":
            if type(value) is not int or not 1 <= value <= _VERSIONS:
                yield name, f"“{str(value)[:40]}”应是 1 到 {_VERSIONS} 的整数。"
        elif name == "texts":
            if not isinstance(value, dict) or not all(isinstance(one, str) for one in [*value, *value.values()]):
                yield name, "应是“名称: 文字”的键值。"
                row[name] = {}
        elif not isinstance(value, str) or not (value.strip() or column.blank):
            yield name, f"“{'' if value is None else str(value)[:40]}”应是文字。"
            row[name] = ""
        elif column.max_length and len(value) > column.max_length:
            yield name, f"有 {len(value)} 个字，最多 {column.max_length} 个字。"
        elif column.max_length and "\n" in value:
            yield name, "应写在一行里。"
    if row.get("valid_from") and row.get("valid_to") and row["valid_to"] < row["valid_from"]:
        yield "valid_to", f"{row['valid_to']} 早于 {row['valid_from']}。"
    said = {name: value for name, value in row.items() if isinstance(value, str)}
    for name, text in {**said, **{f"texts.{name}": text for name, text in row.get("texts", {}).items()}}.items():
        if found := pictures(text):
            yield name, f"里面有文书上印不出来的符号：{found}。"
        if len(text) > LONGEST:
            yield name, f"有 {len(text)} 个字，最多 {LONGEST} 个字。"
    if model is DocumentTemplate:
        yield from _unprintable(row)


def _unprintable(row: dict) -> Iterator[tuple[str, str]]:
    """What would be found out only by the first document of this kind, too late for who waits for it."""
    kind = row.get("kind")
    if not kind:
        return
    if kind not in Kind.values:
        yield "kind", f"文书模板里有不认识的种类“{kind}”。"
        return
    if page := row.get("html"):
        try:
            if not _PAGE.fullmatch(page):
                raise TemplateDoesNotExist(page)
            absent = [name for name in sorted(_says(page)) if not row.get("texts", {}).get(name, "").strip()]
            yield from ((f"texts.{name}", f"没有填写：版式 {page} 要印这句话。") for name in absent)
        except (TemplateDoesNotExist, ValueError, OSError):
            yield "html", f"没有“{page}”这个版式，应是 templates/documents/ 里的文件。"
    if pattern := row.get("number_pattern"):
        sample = {"word": "字" * 20, "year": 2026, "region": "330200"}
        first, second = (_filled(pattern, {**sample, "serial": serial}) for serial in ("000001", "9999999"))
        if first is None:
            yield "number_pattern", f"“{pattern}”里的花括号只能是 {{word}}、{{year}}、{{serial}}、{{region}}。"
        elif first == second:
            yield "number_pattern", f"“{pattern}”里没有 {{serial}}，文号会重复。"
        elif len(second) > Document._meta.get_field("number").max_length:
            yield "number_pattern", f"“{pattern}”写出的文号太长。"
    shape = PAYLOADS[kind].__dataclass_fields__
    words = dict.fromkeys([*shape, *_OFFICE], "")
    texts = {f"texts.{name}": text for name, text in row.get("texts", {}).items()}
    for place, text in {**texts, "basis": row.get("basis"), "remedies": row.get("remedies")}.items():
        if text and _filled(text, words) is None:
            yield place, "花括号里有这种文书没有的字段或者别的写法，或花括号没有配对。"
    if "licence" in shape and "title_not_licence" not in row.get("texts", {}):
        yield "texts.title_not_licence", "没有填写：不是行政许可的事项另有标题。"
    if kind == Kind.CANCELLATION:
        yield from _ungrounded(row.get("texts", {}))


@cache
def _says(page: str) -> frozenset[str]:
    """The sentences that a page prints whatever its row holds: one that it asks for first ({% if … say.name %}) may be absent."""
    source = get_template(page).template.source
    tags = re.findall(r"{%.*?%}", source)
    asked = {name for tag in tags for name in re.findall(r"\bsay\.(\w+)", tag)}
    parts = [part for tag in tags for part in re.findall(r'{% (?:extends|include) "([^"]+)"', tag)]
    return frozenset(re.findall(r"\bsay\.(\w+)", source)) - asked | {name for part in parts for name in _says(part)}


def _ungrounded(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The law's list of grounds, as whoever cancels reads it: what is named otherwise is met first by who decides."""
    named = [name for name in texts if name.startswith("ground.")]
    for name in named:
        if not _GROUND.fullmatch(name):
            yield f"texts.{name}", "情形应写作 ground.次序.代码，次序一位数字；后面可以再写 asked、expired、person 或者 enterprise。"
        elif len(texts[name]) > _CLAUSE:
            yield f"texts.{name}", f"有 {len(texts[name])} 个字，最多 {_CLAUSE} 个字。"
    if not any(name.split(".")[3:] == ["asked"] for name in named):
        yield "texts", "没有写持证人自己申请注销的情形（ground.次序.代码.asked）。"


def _filled(text: str, words: dict) -> str | None:
    """Nothing but names stands in the braces: {serial:.3} would give the second paper the number of the first."""
    try:
        fields = [(name, spec, turned) for _, name, spec, turned in Formatter().parse(text) if name is not None]
        if any(name not in words or spec or turned for name, spec, turned in fields):
            return None
        return text.format_map(words)
    except ValueError:  # braces without their pair
        return None


def _elsewhere(letterheads: list[dict]) -> bool:
    """Another city's house, that knows none of their places: a department of its own may yet be called as one of these offices."""
    own = Path(settings.REGIONS_FILE).resolve() != (settings.BASE_DIR / "fixtures" / "regions.yaml").resolve()
    return own and {row["scope"] for row in letterheads}.isdisjoint(region.code for region in directory.regions())


@transaction.atomic
def load_templates(path: Path | None = None) -> dict[str, int]:
    """{"templates": added, "letterheads": added, "changed": of both}. Raises Refused when a known version says something else."""
    found = rows(path)
    if (path or shipped()).resolve() == shipped().resolve():
        if _elsewhere(found["letterheads"]):
            found["letterheads"] = []
        found = {name: _not_overtaken(name, wanted) for name, wanted in found.items()}
    counts = {name: _add(name, wanted) for name, wanted in found.items()}
    return {name: added for name, (added, _) in counts.items()} | {
        "changed": sum(changed for _, changed in counts.values())
    }


def _not_overtaken(name: str, wanted: list[dict]) -> list[dict]:
    """Without what a release brings anew where the office has put a row of its own after what shipped, under the same number or another:
    its row stands. Refused, the house would not start."""
    model, (of, number), _ = _LISTS[name]
    known = {(whose, nth): dates for whose, nth, *dates in model.objects.values_list(of, number, "valid_from", "valid_to")}
    ships = {(row[of], row[number]): row["valid_from"] for row in wanted}
    own: dict[str, date] = {}
    for at, (start, _) in known.items():
        if ships.get(at) != start:
            own[at[0]] = min(start, own.get(at[0], start))

    def comes(row: dict) -> bool:
        if stands := known.get((row[of], row[number])):
            return stands[0] == row["valid_from"]
        return row["valid_from"] < own.get(row[of], date.max)

    left_out = {(row[of], row["valid_from"]) for row in wanted if not comes(row)}
    found = [row for row in wanted if comes(row)]
    for row in found:  # what is followed by nothing that comes keeps the end that the office gave it
        stands = known.get((row[of], row[number]))
        if stands and row["valid_to"] and (row[of], row["valid_to"] + timedelta(days=1)) in left_out:
            row["valid_to"] = stands[1]
    return found


def _add(name: str, wanted: list[dict]) -> tuple[int, int]:
    """(how many are new, how many were changed)."""
    model, key, _ = _LISTS[name]
    known = {tuple(getattr(row, part) for part in key): row for row in model.objects.all()}
    _leave_ended(key, wanted, known)
    raise_all(_faulty_days(name, wanted, known))
    fresh, changed = [], 0
    for row in wanted:
        if found := known.get(tuple(row[part] for part in key)):
            changed += _keep(found, row)
        else:
            fresh.append(model(**row))
    model.objects.bulk_create(fresh)
    return len(fresh), changed


def _leave_ended(key: tuple[str, str], wanted: list[dict], known: dict) -> None:
    """What a later file ended and followed by another row stays ended: the file that ships does not know of it, and is loaded again
    with every new release, be it that this has made two rows of the one."""
    here = {tuple(row[part] for part in key) for row in wanted}
    later = [(of, row.valid_from) for (of, number), row in known.items() if (of, number) not in here]
    ends: dict[str, date] = {}
    for row in wanted:
        stands = known.get(tuple(row[part] for part in key))
        if stands and stands.valid_to and any(of == row[key[0]] and start > stands.valid_to for of, start in later):
            row["valid_to"] = min(row["valid_to"] or date.max, stands.valid_to)
            ends[row[key[0]]] = max(ends.get(row[key[0]], date.min), stands.valid_to)
    for row in wanted:
        end = ends.get(row[key[0]])
        if end and row["valid_from"] <= end and tuple(row[part] for part in key) not in known:
            row["valid_to"] = min(row["valid_to"] or date.max, end)


def _faulty_days(name: str, wanted: list[dict], known: dict) -> list[Refused]:
    """One sheet of a kind, one head of an office a day, and no day without a sheet: what stands already and what the file says, looked
    at together. A head may be absent: its node's stands in."""
    _, key, _ = _LISTS[name]
    stand = {at: (row.valid_from, row.valid_to, "已载入的一版") for at, row in known.items()}
    for index, row in enumerate(wanted):
        at = tuple(row[part] for part in key)
        if at not in known or known[at].valid_to != row["valid_to"]:
            stand[at] = (row["valid_from"], row["valid_to"], f"{name}[{index}]")
    faults = []
    before: dict[str, tuple] = {}
    for (of, _), (start, end, place) in sorted(stand.items(), key=lambda one: (str(one[0][0]), one[1][0])):
        last = before.get(of)
        here, there = (place, last and last[2]) if place.startswith(name) else (last and last[2], place)
        if last and (last[1] is None or start <= last[1]):
            faults.append(_fault(here, "valid_from", f"“{of}”在 {start} 同时有两版有效（另一版：{there}），请先写明旧版的 valid_to。"))
        elif last and here.startswith(name) and name == "templates" and start > (first := last[1] + timedelta(days=1)):
            faults.append(_fault(here, "valid_from", f"“{of}”从 {first} 到 {start} 前没有一版有效，那几天出不了这种文书；请接上前一版。"))
        if not last or (last[1] is not None and (end is None or end > last[1])):
            before[of] = (start, end, place)
    ended = [(of, end, place) for of, (_, end, place) in before.items() if end and place.startswith("templates")]
    return faults + [_fault(place, "valid_to", f"“{of}”在 {end} 以后没有一版有效，出不了这种文书；请加上后一版。") for of, end, place in ended]


def _keep(known: DocumentTemplate | Letterhead, row: dict) -> bool:
    changed = [name for name, value in row.items() if getattr(known, name) != value]
    if isinstance(known, DocumentTemplate) and (fixed := [name for name in changed if name != "valid_to"]):
        raise Refused(
            "template.changed",
            f"文书模板“{known}”已经生效，不能改写“{fixed[0]}”；请增加一个新版本。",
            f"templates.{row['kind']}.{fixed[0]}",
        )
    for name in changed:
        setattr(known, name, row[name])
    if changed:
        known.save(update_fields=changed)
    return bool(changed)


def _unfold(value):
    """YAML joins folded lines by a space; between Chinese characters there is none."""
    if isinstance(value, dict):
        return {key: _unfold(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_unfold(one) for one in value]
    return re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", value) if isinstance(value, str) else value
