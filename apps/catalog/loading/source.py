"""One catalogue file read into plain data, with the source line of every value and key.

YAML is composed, not loaded, so that marks, repeated keys and the text of every scalar survive: an unquoted date is
its own text (the format wants text), and `0101` keeps its leading zero in messages.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml

from apps.kit.yamlfile import UNSTORABLE, another_number, is_office, reason, unreadable

from .json_marks import JsonError, compose_json
from .problems import Path, Problem, path_text, shown

_COMPOSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what ends a line for YAML
_UNSEEN = ("\x85", "\u2028", "\u2029")  # and for no editor; a text pasted from slides has them
_MOST_NODES = 2_000_000
_DEEPEST = 60
_LARGEST = 10**300
# A file that cannot be parsed may still have defined these codes, so that references to them are not called unknown.
_CODE_LINE = re.compile(r"""code["']?\s*:\s*["']?([a-z0-9][a-z0-9_.-]{0,63})""")


@dataclass
class Source:
    """`data` is None when the file cannot be read at all; then `maybe` holds the codes that it seems to define.
    `unread`: places whose value cannot be read, which is told; something else stands there."""

    name: str
    data: dict | None = None
    problems: list[Problem] = field(default_factory=list)
    keys: dict[Path, int] = field(default_factory=dict)
    values: dict[Path, int] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    unread: set[Path] = field(default_factory=set)
    maybe: frozenset[str] = frozenset()
    unseen: list[int] = field(default_factory=list)  # YAML's lines at whose end an editor shows none

    def seen(self, mark: yaml.Mark) -> int:
        """The line of a mark as an editor counts them."""
        return mark.line + 1 - bisect_left(self.unseen, mark.line)

    def line(self, path: Path) -> int:
        """The line of a property is that of its key, the line of a list entry that of its first character."""
        while path:
            if path in self.keys:
                return self.keys[path]
            if path in self.values:
                return self.values[path]
            path = path[:-1]
        return self.values.get((), 1)

    def text(self, path: Path, value: Any) -> str:
        """The value as the file writes it."""
        return shown(self.texts.get(path, value))

    def problem(self, path: Path, code: str, message: str, line: int | None = None) -> None:
        self.problems.append(Problem(self.name, line or self.line(path), path_text(path), code, message))


def read(name: str, content: bytes | None = None) -> Source:
    """The file's data, or the problems that keep it from being read. `content` given: an upload, `name` is its label."""
    # Packed on another system a file's name may be bytes that are no UTF-8: as they stand they can neither be told nor kept.
    source = Source(name.encode("utf-8", "backslashreplace").decode())
    if content is None:
        try:
            content = FilePath(name).read_bytes()
        except OSError as error:
            source.problem((), "syntax", f"{unreadable(error)}：{source.name}", line=1)
            return source
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if is_office(content):
            told = "这是 Excel、Word 一类的文件，这里只读 YAML 或 JSON：请先导出 YAML，在里面改好再读入"
            source.problem((), "syntax", told, line=1)
            return source
        line = content[: error.start].count(b"\n") + 1
        source.maybe = _codes_in(content.decode("utf-8", "replace"))
        source.problem(
            (), "syntax", f"文件不是 UTF-8 编码（第 {line} 行有字节 {error.object[error.start]:#04x}），请另存为 UTF-8", line
        )
        return source
    if not text.strip():
        source.problem((), "syntax", f"文件是空的：{source.name}", line=1)
        return source
    root = _compose(source, text)
    if root is not None:
        data = _Builder(source).build(root, (), 0)
        if isinstance(data, dict):
            source.data = data
            return source
        if not source.problems:
            source.problem((), "syntax", f"文件最外层应是“名称: 值”的对照表，现在是 {shown(data)}", source.line(()))
    source.maybe = _codes_in(text)
    return source


def _codes_in(text: str) -> frozenset[str]:
    return frozenset(_CODE_LINE.findall(text))


def _compose(source: Source, text: str) -> yaml.Node | None:
    named_json = source.name.lower().endswith(".json")
    if named_json or text.lstrip().startswith("{"):  # JSON under another name, unless it is YAML in braces
        try:
            return compose_json(text)
        except JsonError as error:
            if named_json:
                source.problem((), "syntax", f"JSON 写法有误：{error}", error.line)
                return None
    if any(sign in text for sign in _UNSEEN):
        source.unseen = [at for at, found in enumerate(_BREAK.finditer(text)) if found.group() in _UNSEEN]
    try:
        node = yaml.compose(text, Loader=_COMPOSER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        lines = re.split("\r\n|[\r\n]", text.rstrip())
        line = min(source.seen(mark) if mark else 1, len(lines))  # at the end of the file: its last line
        excerpt = lines[line - 1].strip() if lines else ""
        why = reason(error)
        source.problem((), "syntax", f"YAML 写法有误：{why}（{shown(excerpt)}）", line)
        return None
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        char = getattr(error, "character", None)
        named = f" U+{char:04X}" if isinstance(char, int) else ""
        source.problem((), "syntax", f"YAML 写法有误：含有不允许的字符{named}", line)
        return None
    except RecursionError:
        source.problem((), "syntax", "YAML 写法有误：嵌套过深", 1)
        return None
    if node is None:
        source.problem((), "syntax", "文件里只有注释，没有内容", 1)
    return node


def _storable(text: str) -> bool:
    """No NUL and no half of a surrogate pair, which no database keeps; nothing that no paper of a case could print."""
    return UNSTORABLE.search(text) is None


class _Builder:
    """Nodes to plain data, noting lines; repeated keys, foreign tags and endless nesting are problems."""

    def __init__(self, source: Source):
        self.source, self.count, self.open, self.told = source, 0, set(), set()
        self.scalars = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, path: Path, depth: int, said: Container[str] = ()) -> Any:
        """`said`: keys of a mapping that is merged into this place, which itself says them otherwise."""
        source = self.source
        source.values.setdefault(path, source.seen(node.start_mark))
        self.count += 1
        if self.count > _MOST_NODES or depth > _DEEPEST or id(node) in self.open:
            if not any(found.code == "syntax" and "嵌套" in found.message for found in source.problems):
                source.problem(path, "syntax", "内容嵌套过深、过大或引用了自己")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                self.known_tag(node, path, "seq")
                return [self.build(child, (*path, index), depth + 1) for index, child in enumerate(node.value)]
            self.known_tag(node, path, "map")
            return self.mapping(node, path, depth, said)
        finally:
            self.open.discard(id(node))

    def mapping(self, node: yaml.MappingNode, path: Path, depth: int, said: Container[str]) -> dict:
        result: dict[str, Any] = {}
        written: set[str] = set()
        merged: list[yaml.MappingNode] = []
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.miswritten(key_node, path, "键必须是文字")
                continue
            if key_node.tag == _TAG + "merge":
                parts = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
                if not all(isinstance(part, yaml.MappingNode) for part in parts):
                    self.miswritten(key_node, path, "“<<”后面应是对照表，或者对照表的列表")
                merged += [part for part in parts if isinstance(part, yaml.MappingNode)]
                continue
            key, place = key_node.value, (*path, key_node.value)
            if not _storable(key):
                self.miswritten(key_node, path, f"键“{shown(repr(key))}”含有不能保存的字符")
                continue
            if key in written:
                self.miswritten(key_node, place, f"“{shown(key)}”在同一处写了两次")
                continue
            written.add(key)
            if key in said:
                continue
            self.source.keys.setdefault(place, self.source.seen(key_node.start_mark))
            result[key] = self.build(value_node, place, depth + 1)
        for part in merged:
            result |= self.build(part, path, depth + 1, {*said, *result}) or {}  # none of one that merges itself
        return result

    def miswritten(self, key: yaml.Node, path: Path, message: str) -> None:
        """Once, where it is written first: a mapping that is used, or merged, elsewhere too is at fault there alone."""
        if id(key) not in self.told:
            self.told.add(id(key))
            self.source.problem(path, "syntax", message, self.source.seen(key.start_mark))

    def scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        kind = node.tag.removeprefix(_TAG)
        text = node.value
        if kind not in ("str", "timestamp"):
            self.source.texts[path] = text
        if kind in ("str", "timestamp", "merge", "value"):
            if not _storable(text):
                return self.unread(path, f"{shown(repr(text))} 含有不能保存的字符", "？")
            return text
        if kind == "null":
            return None
        if kind in ("int", "float") and another_number(text):
            return self.unread(path, f"{shown(text)} 不是十进制的数：是数的，写成 20 这样，前面不加 0；是文字的，加引号", text)
        try:
            if kind == "bool":
                return self.scalars.construct_yaml_bool(node)
            if kind == "int":
                number = self.scalars.construct_yaml_int(node)
                if abs(number) > _LARGEST:  # in hex it may be longer than Python writes out
                    raise ValueError
                return number
            if kind == "float":
                number = self.scalars.construct_yaml_float(node)
                if math.isfinite(number):  # a whole one as the database gives it back, which knows no other
                    return int(number) if number.is_integer() else number
                return self.unread(path, f"“{shown(text)}”不是有限的数", text)
        except (ValueError, LookupError, yaml.YAMLError):  # `!!int ""`: the library takes its first letter unasked
            return self.unread(path, f"“{shown(text)}”不是可读的数", text)
        return self.unread(path, f"不支持的标记 {shown(node.tag)}", text)

    def unread(self, path: Path, message: str, instead: str) -> str:
        self.source.problem(path, "syntax", message)
        self.source.unread.add(path)
        return instead

    def known_tag(self, node: yaml.Node, path: Path, expected: str) -> None:
        if node.tag != _TAG + expected:
            self.source.problem(path, "syntax", f"不支持的标记 {shown(node.tag)}")
