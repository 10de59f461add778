"""How the parts of a definition hang together: questions, conditions, members and their order."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from decimal import Decimal, localcontext
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from .problems import Path, shown
from .schema import element_types

if TYPE_CHECKING:
    from .checking import FileCheck

Declared = dict[str, list[dict]]  # question code -> its declarations
_NUMERIC = ("integer", "decimal", "money")
_PLACES = {"integer": 0, "money": 2, "decimal": 6}  # decimals that a form takes
SHORTEST_EMAIL = 6  # a@b.cn
_CHOSEN = ("choice", "multichoice")
_ASKED = ("boolean", "choice", "integer", "decimal")  # what a situation can be


def choices(file: FileCheck, path: Path, row: dict) -> None:
    """What is chosen from needs choices, each value once."""
    if file.get(path, "type") not in _CHOSEN or (*path, "choices") in file.faulty:
        return
    if not row.get("choices"):
        file.say(path, "choices", f"{shown(row.get('code'))} 的类型是选择（{row['type']}），没有写选项（choices）")
        return
    seen: set[str] = set()
    for choice, _ in file.rows(path, "choices"):
        value, place = file.get(choice, "value"), (*choice, "value")
        if value is None:
            continue
        if value != value.strip() or not value:  # no form hands in such a value
            file.say(place, "choices", f"选项值“{value}”选不了：不能为空，前后不能有空格")
        if value in seen:
            file.say(place, "duplicate_code", f"选项值 {shown(value)} 写了两次")
        seen.add(value)


def bounds(file: FileCheck, path: Path) -> None:
    """A field that no answer fits would hold up every case that asks for it."""
    low, high, longest = (file.get(path, name) for name in ("minimum", "maximum", "max_length"))
    places = _PLACES.get(file.get(path, "type"))
    if low is not None and high is not None and low > high:
        file.say((*path, "maximum"), "bounds", f"最大值 {shown(high)} 小于最小值 {shown(low)}，没有能填的数，请核对")
    elif places is not None and (low, high) != (None, None) and not _any_number(low, high, places):
        told = f"从 {shown('不限' if low is None else low)} 到 {shown('不限' if high is None else high)} 没有能填的数"
        place = "minimum" if high is None else "maximum"
        file.say((*path, place), "bounds", f"{told}：表单里最多写 15 位整数、{places} 位小数，请核对")
    if longest is not None and longest < 0:  # 0 sets none
        file.say((*path, "max_length"), "bounds", f"最多 {longest} 个字，什么都填不进去；不限制的请删去 max_length")
    elif longest and longest < SHORTEST_EMAIL and file.get(path, "type") == "email":
        file.say((*path, "max_length"), "bounds", f"最多 {longest} 个字，写不下一个电子邮箱；不限制的请删去 max_length")


def _any_number(low: float | None, high: float | None, places: int) -> bool:
    """Is there a number between them that the form takes?"""
    most = 10 ** (15 + places) - 1
    unit = Decimal(10) ** places
    with localcontext(prec=400):
        first = -most if low is None else max(-most, ceil(Decimal(str(low)) * unit))
        last = most if high is None else min(most, floor(Decimal(str(high)) * unit))
    return first <= last


def situations(file: FileCheck, path: Path) -> None:
    """Each question of a definition once, choices where needed."""
    lines: dict[str, int] = {}
    for place, row in file.rows(path, "situations"):
        choices(file, place, row)
        code = file.get(place, "code")
        if code in lines:
            message = f"情形编码 {code} 写了两次（另一处在第 {lines[code]} 行）"
            file.say((*place, "code"), "duplicate_code", message)
        elif code:
            lines[code] = file.source.line(place)


def named_once(file: FileCheck, path: Path, key: str, name: str, word: str) -> None:
    """A field or material may be listed twice only under different conditions."""
    seen: list[tuple[str, Any]] = []
    for place, row in file.rows(path, key):
        code = file.get(place, name)
        if code is None or not file.sound((*place, "when")):
            continue
        if (code, row.get("when")) in seen:
            file.say((*place, name), "duplicate_code", f"{word} {code} 在同一事项里列了两次")
        seen.append((code, row.get("when")))


def mappings(rows: Any) -> list[dict]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _entries(rows: Any) -> list[dict]:
    """Every entry, a faulty one as an empty mapping."""
    return (
        [row if isinstance(row, dict) and _text(row, "value") else {} for row in rows] if isinstance(rows, list) else []
    )


def _text(row: dict, key: str) -> str | None:
    """The property where it is a text: a faulty one is told by the schema and names nothing."""
    value = row.get(key)
    return value if isinstance(value, str) else None


def _declare(into: Declared, definition: dict | None) -> None:
    for row in mappings((definition or {}).get("situations")):
        if isinstance(row.get("code"), str):
            into.setdefault(row["code"], []).append(row)


def situations_of_item(file: FileCheck, path: Path) -> Declared:
    """The questions that the item's conditions may name: its own, and those of bundles in which it is a member."""
    item = file.data["items"][path[1]]
    declared: Declared = {}
    _declare(declared, item)
    for bundle in file.bundles_of(_text(item, "code")):
        _declare(declared, bundle)
    return declared


def condition(file: FileCheck, owner: Path, asked: Declared, perhaps: Container[str] = ()) -> None:
    """Every line of `when` names a known question or data element, and compares it with a possible value. Of questions
    that are `perhaps` asked nothing is said."""
    for path, line in file.rows(owner, "when"):
        named = [key for key in ("situation", "element") if key in line and (*path, key) not in file.faulty]
        if len(named) != 1:
            continue
        whole, code = file.whole(path), line[named[0]]
        if named == ["element"]:
            if file.refer((*path, "element"), "elements", code) and whole:
                _compare(file, path, line, [file.known.elements[code]], f"数据元 {code}")
        elif code in asked:
            if whole:
                _compare(file, path, line, asked[code], f"情形 {code}")
        elif code not in file.load.maybe and code not in perhaps:
            file.say((*path, "situation"), "unknown_code", f"没有编码为 {shown(code)} 的情形")


def _compare(file: FileCheck, path: Path, line: dict, declared: list[dict], what: str) -> None:
    kind = declared[0].get("type")
    values = {choice.get("value") for row in declared for choice in _entries(row.get("choices"))}
    if not all(isinstance(value, str) for value in values):
        return  # the choices themselves are at fault, and told
    for place, value in _compared(path, line):
        text = file.source.text(place, value)
        found = f"文字“{text}”" if isinstance(value, str) else f" {text}"  # in quotes, 'true' is no true: told without, it looked right
        if kind in _CHOSEN:
            if values and value not in values:
                listed = "、".join(sorted(values))
                file.say(place, "unknown_code", f"{what} 没有值为 {text} 的选项（有：{listed}）")
        elif kind == "boolean":
            if not isinstance(value, bool):
                file.say(place, "condition", f"{what} 是“是/否”问题，只能与 true 或 false 比较，现为{found}")
        elif kind in _NUMERIC:
            if isinstance(value, bool) or not isinstance(value, int | float):
                file.say(place, "condition", f"{what} 是数，只能与数比较，现为{found}")
        elif kind in element_types() and not isinstance(value, str):  # what is none of the above is kept as text
            file.say(place, "condition", f"{what} 是文字，不能与 {text} 比较")


def _compared(path: Path, line: dict) -> Iterator[tuple[Path, Any]]:
    for operator in ("is", "at_least", "over"):
        if operator in line:
            yield (*path, operator), line[operator]
    for index, value in enumerate(line.get("in", [])):
        yield (*path, "in", index), value


def members(file: FileCheck, path: Path) -> None:
    """Members are known items, each once; `after` and the joint inspection name members; no order runs in a circle."""
    rows = file.rows(path, "members")
    codes = {_text(row, "item") for _, row in rows} - {None}
    asked: Declared = {}
    _declare(asked, file.data["bundles"][path[1]])
    lines: dict[str, int] = {}
    for place, _ in rows:
        code = file.get(place, "item")
        if code is None:
            continue
        if code in lines:
            message = f"成员 {code} 写了两次（另一处在第 {lines[code]} 行）"
            file.say((*place, "item"), "duplicate_code", message)
            continue
        lines[code] = file.source.line(place)
        if file.refer((*place, "item"), "items", code):
            _one_question(file, (*place, "item"), asked, file.known.items[code])
            _declare(asked, file.known.items[code])
    # An unknown member's own questions cannot be known: miswritten, it is one of the items that are.
    complete = all(code in file.known.items for code in codes)
    somewhere: Declared = {}
    for item in file.known.items.values() if not complete else ():
        _declare(somewhere, item)
    graph: dict[str, list[str]] = {}
    places: dict[str, Path] = {}
    for place, row in rows:
        for before, code in file.texts(place, "after"):
            if code not in codes:
                file.say(before, "unknown_code", f"after 写的 {shown(code)} 不是本一件事的成员")
            elif item := _text(row, "item"):
                graph.setdefault(item, []).append(code)
                places.setdefault(item, (*place, "after"))
        condition(file, place, asked, somewhere)
    for circle in circles(graph):
        first = next(code for code in places if code in circle)
        told = " → ".join(_walk(graph, first, circle))
        file.say(places[first], "cycle", f"成员的先后成了循环：{told}")
    for place, code in file.texts(path, "joint_inspection"):
        if code not in codes and (*path, "members") not in file.faulty:
            file.say(place, "unknown_code", f"联合踏勘写的 {shown(code)} 不是本一件事的成员")


def _one_question(file: FileCheck, path: Path, asked: Declared, item: dict) -> None:
    """The same question code must ask for the same kind of answer, since it is asked once."""
    for row in mappings(item.get("situations")):
        for known in asked.get(_text(row, "code") or "", [])[:1]:
            kinds = (known.get("type"), row.get("type"))
            if kinds[0] != kinds[1] and all(kind in _ASKED for kind in kinds):
                told = f"情形 {row['code']} 在成员 {item['code']} 里类型不同（{'、'.join(kinds)}）"
                file.say(path, "duplicate_code", told)


def main_item_cycles(file: FileCheck) -> None:
    """No item is, by way of its main items, its own main item."""
    rows = [(path, row) for path, row in file.rows((), "items") if file.get(path, "main_item")]
    graph = {
        code: [item["main_item"]] for code, item in file.known.items.items() if isinstance(item.get("main_item"), str)
    }
    mine = {_text(row, "code"): path for path, row in rows}
    for circle in circles(graph):
        first = next((code for code in mine if code in circle), None)
        if first is not None:
            told = " → ".join(_walk(graph, first, circle))
            file.say((*mine[first], "main_item"), "cycle", f"主项关系成了循环：{told}")


def circles(graph: dict[str, Iterable[str]]) -> list[set[str]]:
    """The strongly connected groups that hold a circle (Tarjan, without recursion), in order of discovery."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[set[str]] = []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(graph.get(root, ())))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            child = next(rest, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group: set[str] = set()
                    while node not in group:
                        last = stack.pop()
                        on_stack.discard(last)
                        group.add(last)
                    if len(group) > 1 or node in graph.get(node, ()):
                        found.append(group)
            elif child not in index:
                index[child] = low[child] = len(index)
                stack.append(child)
                on_stack.add(child)
                work.append((child, iter(graph.get(child, ()))))
            elif child in on_stack:
                low[node] = min(low[node], index[child])
    return found


def _walk(graph: dict[str, list[str]], first: str, circle: set[str]) -> list[str]:
    """One way round: the shortest from `first` back to it, to be read as “is after”."""
    ways = [[first]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for code in graph.get(way[-1], ()):
            if code == first:
                return [*way, first]
            if code in circle and code not in seen:
                seen.add(code)
                ways.append([*way, code])
    return [first]
