"""Judges catalogue files in the order given: every problem of every file, each once, no consequences of another.

A file may refer to what it defines itself, to what a file before it defines, and to what is loaded already.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from apps.kit.errors import Refused
from apps.kit.ids import check_uscc, plain

from .. import quality
from . import linking, schema
from .known import DIGITS_OF_A_FEE, KINDS, LONGEST, LONGEST_PRINTED, LONGEST_STANDARD, MOST, MOST_OF_A_PAPER, Known
from .problems import Path, Problem, in_order, shown
from .source import Source

# Written again with other content in one load, these are a contradiction; an item or bundle gets another version.
_STATED_ONCE = ("departments", "zones", "elements", "materials")
# Each unknown code is compared with every known one: where thousands are unknown, it is no slip of the pen.
_MOST_GUESSES = 200


@dataclass
class Load:
    """What the files of one load have said so far."""

    known: Known
    sources: list[Source]
    stated: dict[tuple[str, str], tuple[Any, str, int]] = field(default_factory=dict)
    maybe: frozenset[str] = frozenset()
    guesses: int = 0

    def nearest(self, kind: str, code: str) -> list[str]:
        self.guesses += 1
        return difflib.get_close_matches(code, self.known.of(kind), 1, 0.75) if self.guesses <= _MOST_GUESSES else []


def check(sources: list[Source], known: Known) -> list[Problem]:
    """All problems in order; `known` stays as it is."""
    load = Load(copy.copy(known), sources, maybe=frozenset().union(*(source.maybe | _astray(source.data or {}) for source in sources)))
    for kind in KINDS:
        setattr(load.known, kind, dict(known.of(kind)))
    for source in sources:
        if source.data is not None:
            FileCheck(source, load).run()
    problems = [problem for source in sources for problem in source.problems]
    return in_order(problems, [source.name for source in sources])


class FileCheck:
    """One file against what is known."""

    def __init__(self, source: Source, load: Load):
        self.source, self.load, self.known = source, load, load.known
        self.data: dict = source.data or {}
        self._bundles: dict[str, list[dict]] | None = None
        self.faulty = schema.check(source)
        self.above = _above(self.faulty - self.faulty.strange)
        self.around = self.above | _above(self.faulty.strange)

    # --- reading around faults ---------------------------------------------------------------------------------

    def sound(self, path: Path) -> bool:
        """Nothing at, above or below this place has been reported as wrongly written; an unknown name below it is no harm."""
        return path not in self.above and not any(path[:depth] in self.faulty for depth in range(1, len(path) + 1))

    def whole(self, path: Path) -> bool:
        """The same, and no unknown name stands below it either."""
        return path not in self.around and self.sound(path)

    def get(self, path: Path, key: str, default: Any = None) -> Any:
        """The property, or the default when it is absent or not sound."""
        node = self.node(path)
        return node[key] if key in node and self.sound((*path, key)) else default

    def rows(self, path: Path, key: str) -> list[tuple[Path, dict]]:
        """The mappings of a list, whatever is wrong inside them."""
        rows = self.node(path).get(key)
        if not isinstance(rows, list) or (*path, key) in self.faulty:
            return []
        return [((*path, key, index), row) for index, row in enumerate(rows) if isinstance(row, dict)]

    def texts(self, path: Path, key: str) -> list[tuple[Path, str]]:
        rows = self.node(path).get(key)
        places = [((*path, key, index), row) for index, row in enumerate(rows if isinstance(rows, list) else [])]
        return [(place, row) for place, row in places if isinstance(row, str) and self.sound(place)]

    def node(self, path: Path) -> Any:
        node: Any = self.data
        for part in path:
            node = node[part]
        return node

    def say(self, path: Path, code: str, message: str) -> None:
        self.source.problem(path, code, message)

    # --- the file ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        as_of = self.get((), "as_of")
        self.as_of = date.fromisoformat(as_of) if as_of else None
        self.node_is_sound = self.sound(("node",)) and self.region(("node",), self.get((), "node"))
        if not self.known.default_region and "node" not in self.data:
            placed = [path for kind in ("departments", "zones", "items", "bundles") for path, row in self.rows((), kind) if "region" not in row]
            for path in placed[:1]:
                self.say((*path, "region"), "region", "这里有几个市的地区，分不清是哪一个的：请在文件开头写明 node，或者逐条写明 region")
        self.define()
        self.lengths()
        self.printed()
        self.sizes()
        for path, _ in self.rows((), "departments"):
            self.region((*path, "region"), self.get(path, "region"))
            self.digits((*path, "uscc"), self.get(path, "uscc"))
        for path, _ in self.rows((), "zones"):
            self.region((*path, "region"), self.get(path, "region"))
        for path, row in self.rows((), "elements"):
            linking.choices(self, path, row)
            linking.bounds(self, path)
        for path, _ in self.rows((), "items"):
            self.item(path)
        for path, _ in self.rows((), "bundles"):
            self.bundle(path)
        linking.main_item_cycles(self)

    def define(self) -> None:
        """Note the codes of this file; told are codes written twice and contradictions to another file of this load."""
        for kind, word in KINDS.items():
            for path, row in self.rows((), kind):
                code = self.get(path, "code")
                if not isinstance(code, str):
                    continue
                mine = (*path, "code")
                before = self.load.stated.get((kind, code))
                if before and before[1] is self.source:
                    self.say(
                        mine, "duplicate_code", f"{word}编码 {code} 在本文件里写了两次（另一处在第 {before[2]} 行）"
                    )
                    continue
                content = self.normal(row, kind)
                clean = self.whole(path)
                contradicts = kind in _STATED_ONCE and before and clean and before[0] is not None and _differ(before[0], content)
                if contradicts:
                    where = f"{before[1].name} 第 {before[2]} 行"
                    self.say(mine, "duplicate_code", f"{word} {code} 与本次载入的 {where}内容不同")
                self.other_kind(kind, code, mine)
                if not (before and contradicts):
                    self.load.stated[kind, code] = (content if clean else None, self.source, self.source.line(path))
                self.known.of(kind)[code] = row

    def other_kind(self, kind: str, code: str, path: Path) -> None:
        """Items and bundles share one set of codes."""
        other = {"items": "bundles", "bundles": "items"}.get(kind)
        if other and code in self.known.of(other):
            self.say(path, "duplicate_code", f"编码 {code} 已是{KINDS[other]}的编码，不能再作{KINDS[kind]}的编码")

    def normal(self, row: dict, kind: str) -> dict:
        content = {key: value for key, value in row.items() if value is not None}
        if kind in ("departments", "zones"):
            content.setdefault("region", (self.data.get("node") or self.known.default_region) if self.node_is_sound else None)
        if kind == "departments":
            content.setdefault("kind", "department")
        return content

    def bundles_of(self, item: str | None) -> list[dict]:
        """The bundles in which the item is a member; also those of a later file of this load, since a bundle has to come after
        its items and their conditions may name its questions."""
        if self._bundles is None:
            self._bundles = {}
            stated = [row for one in self.load.sources if one.data for row in linking.mappings(one.data.get("bundles"))]
            for bundle in [*self.known.bundles.values(), *stated]:
                for member in linking.mappings(bundle.get("members")):
                    if isinstance(member.get("item"), str):
                        self._bundles.setdefault(member["item"], []).append(bundle)
        return self._bundles.get(item or "", [])

    # --- single rules ------------------------------------------------------------------------------------------

    def refer(self, path: Path, kind: str, code: str | None) -> bool:
        """Is the code known? An unknown one is told, with the nearest known one."""
        if code is None or code in self.known.of(kind):
            return code is not None
        if code in self.load.maybe:
            return False
        later = next(
            (
                source.name
                for source in self.load.sources
                if source.data is not None and source is not self.source and _defines(source, kind, code)
            ),
            None,
        )
        close = self.load.nearest(kind, code)
        hint = f"，它在后面的 {later} 里，请调整载入顺序" if later else f"，是否想写 {close[0]}？" if close else ""
        self.say(path, "unknown_code", f"没有编码为 {shown(code)} 的{KINDS[kind]}{hint}")
        return False

    def region(self, path: Path, code: str | None) -> bool:
        """Exists, and is in force on the day whose facts the file states."""
        if code is None:
            return True
        facts = self.known.regions.get(code)
        if facts is None:
            self.say(path, "unknown_code", f"没有编码为 {code} 的地区")
        elif self.as_of and facts.valid_to and self.as_of > facts.valid_to:
            self.say(
                path, "region", f"地区 {code}（{facts.name}）已撤销，最后有效日 {facts.valid_to}，不能用于 {self.as_of}"
            )
        elif self.as_of and facts.valid_from and self.as_of < facts.valid_from:
            self.say(path, "region", f"地区 {code}（{facts.name}）{facts.valid_from} 才启用，不能用于 {self.as_of}")
        else:
            return True
        return False

    def lengths(self) -> None:
        """Texts that have a column of their own must fit into it."""
        for kind, longest in LONGEST.items():
            for path, _ in self.rows((), kind):
                for key, most in longest.items():
                    texts = self.texts(path, key) or [((*path, key), self.get(path, key) or "")]
                    for place, text in texts:
                        if key == "name" and self.get(path, key) is not None and not plain(text).strip():
                            self.say(place, "schema", "名称不能为空")
                        if len(text) > most:
                            self.say(place, "schema", f"“{shown(text)}”太长，最多 {most} 个字，现有 {len(text)} 个")

    def printed(self) -> None:
        """What a form asks or a paper prints says something, and not a book: no paper is made with either, and no desk could mend it."""
        definitions = [path for kind in ("items", "bundles") for path, _ in self.rows((), kind)]
        elements = [path for path, _ in self.rows((), "elements")]
        questions = [place for path in definitions for place, _ in self.rows(path, "situations")]
        named = [(path, "name") for path in elements]
        named += [(path, "question") for path in questions]
        named += [(place, "label") for path in (*elements, *questions) for place, _ in self.rows(path, "choices")]
        named += [(place, "name") for path in definitions for key in ("fees", "steps") for place, _ in self.rows(path, key)]
        named += [(place, key) for path in definitions for place, _ in self.rows(path, "faq") for key in ("q", "a")]
        told = [((*path, key), self.get(path, key)) for path, key in named]
        told += [line for path in definitions for line in self.texts(path, "basis")]
        results = [(*path, "result") for path in definitions if isinstance(self.node(path).get("result"), dict)]
        told += [((*path, "name"), self.get(path, "name") or None) for path in results]  # "" is the item's own name
        for place, text in told:
            if text is not None and not plain(text).strip():
                self.say(place, "schema", "不能为空，请写明" if place[-1] != "name" else "名称不能为空")
        offices = [(*path, "contact") for path in definitions if isinstance(self.node(path).get("contact"), dict)]
        told += [((*path, key), self.get(path, key)) for path in offices for key in ("address", "hours")]
        told += [((*place, "basis"), self.get(place, "basis")) for path in definitions for place, _ in self.rows(path, "fees")]
        told += [((*path, "standard"), self.get(path, "standard")) for path, _ in self.rows((), "materials")]
        for place, text in told:
            most = LONGEST_STANDARD if place[-1] == "standard" else LONGEST_PRINTED
            if len(text or "") > most:
                self.say(place, "schema", f"“{shown(text)}”太长，最多 {most} 个字，现有 {len(text)} 个")

    def sizes(self) -> None:
        """Numbers with which nothing could be counted any more: no day, no paper, no yuan."""
        for path, _ in self.rows((), "items"):
            counted = [((*path, *place), most) for place, most in MOST.items()]
            papers = [place for place, _ in self.rows(path, "materials")]
            counted += [((*place, key), MOST_OF_A_PAPER) for place in papers for key in ("originals", "copies")]
            for place, most in counted:
                number = self.get(place[:-1], place[-1]) if self.sound(place) else None
                if number is not None and number > most:
                    self.say(place, "schema", f"{shown(number)} 太大，最多 {most}")
            for place, _ in self.rows(path, "fees"):
                amount = self.get(place, "amount") or ""
                if len(amount.partition(".")[0]) > DIGITS_OF_A_FEE:
                    self.say((*place, "amount"), "schema", f"{shown(amount)} 太大，最多 {DIGITS_OF_A_FEE} 位整数")

    def digits(self, path: Path, code: str | None, whole: str | None = None) -> None:
        """A USCC by its check digit (GB 32100)."""
        if code is None:
            return
        try:
            check_uscc(code)
        except Refused:
            shown_code = f"{whole} 的前 18 位 {code}" if whole else code
            self.say(path, "check_digit", f"统一社会信用代码 {shown_code} 的校验位不对")

    def implementation_code(self, path: Path, code: str | None) -> None:
        """31 characters are USCC (18) + level (1) + basic code (12); other lengths are older codes, left alone."""
        if code is None or len(code) != 31:
            return
        if not _uscc_shape(code[:18]):
            self.say(path, "check_digit", f"实施编码 {code} 的前 18 位不是统一社会信用代码")
        else:
            self.digits(path, code[:18], code)
        if not (code[18:].isascii() and code[18:].isdigit()):
            self.say(path, "check_digit", f"实施编码 {code} 的后 13 位应为 1 位层级和 12 位数字的基本编码")

    def validity(self, path: Path) -> None:
        if not (self.sound((*path, "valid_from")) and self.sound((*path, "valid_to"))):
            return
        start, end = self.get(path, "valid_from") or (self.as_of and self.as_of.isoformat()), self.get(path, "valid_to")
        if start and end and end < start:
            self.say((*path, "valid_to"), "dates", f"最后有效日 {end} 早于生效日 {start}")

    # --- items and bundles -------------------------------------------------------------------------------------

    def item(self, path: Path) -> None:
        self.refer((*path, "department"), "departments", self.get(path, "department"))
        self.refer((*path, "zone"), "zones", self.get(path, "zone"))
        self.refer((*path, "main_item"), "items", self.get(path, "main_item"))
        self.refer((*path, "batch"), "batches", self.get(path, "batch"))
        self.region((*path, "region"), self.get(path, "region"))
        self.implementation_code((*path, "implementation_code"), self.get(path, "implementation_code"))
        self.validity(path)
        linking.situations(self, path)
        asked = linking.situations_of_item(self, path)
        for key, name, kind in (("fields", "element", "elements"), ("materials", "material", "materials")):
            linking.named_once(self, path, key, name, KINDS[kind])
            for place, _ in self.rows(path, key):
                self.refer((*place, name), kind, self.get(place, name))
                linking.condition(self, place, asked)
        for place, _ in self.rows(path, "fees"):
            linking.condition(self, place, asked)
        code = self.get(path, "code")
        of_which = f"（{code}）" if code else ""
        here = {"region": self.data.get("node") or self.known.default_region, **self.data["items"][path[1]]}
        for found in quality.blockers(here, lambda part: self.sound((*path, *part))):
            self.say((*path, *found.path), found.code, found.message + of_which)

    def bundle(self, path: Path) -> None:
        self.region((*path, "region"), self.get(path, "region"))
        self.validity(path)
        if isinstance(self.data["bundles"][path[1]].get("lead"), dict):
            lead = (*path, "lead")
            self.refer((*lead, "department"), "departments", self.get(lead, "department"))
        linking.situations(self, path)
        linking.members(self, path)


def _differ(one: dict, other: dict) -> bool:
    """As far as both are known: a region is not where the file's node is at fault, which is told."""
    unknown = {"region"} if None in (one.get("region", ""), other.get("region", "")) else set()
    return any(one.get(key) != other.get(key) for key in {*one, *other} - unknown)


def _above(paths: Iterable[Path]) -> set[Path]:
    return {path[:depth] for path in paths for depth in range(len(path))}


def _astray(data: dict) -> frozenset[str]:
    """Codes under a name that nobody knows, or in what should be a list: that is told, and not each place that names one besides."""
    nodes = [part for key, part in data.items() if key not in ("format", "as_of", "node") and not (key in KINDS and isinstance(part, list))]
    found: set[str] = set()
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            found |= {*node, *(code for code in [node.get("code")] if isinstance(code, str))}
            nodes += node.values()
        elif isinstance(node, list):
            nodes += node
    return frozenset(found)


def _uscc_shape(code: str) -> bool:
    try:
        check_uscc(code)
    except Refused as refusal:
        return refusal.code != "uscc.format"
    return True


def _defines(source: Source, kind: str, code: str) -> bool:
    rows = (source.data or {}).get(kind)
    return isinstance(rows, list) and any(isinstance(row, dict) and row.get("code") == code for row in rows)
