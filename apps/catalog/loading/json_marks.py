"""JSON composed to the same nodes as YAML. (YAML is no full superset: tabs, \\ud83d\\ude00 pairs and 1e5 differ.)"""

from __future__ import annotations

import json
import re
from bisect import bisect_left

import yaml

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
_WORDS = {"true": "bool", "false": "bool", "null": "null"}
_TAG = "tag:yaml.org,2002:"
_DEEPEST = 60


class JsonError(ValueError):
    def __init__(self, reason: str, line: int):
        super().__init__(reason)
        self.line = line


def compose_json(text: str) -> yaml.Node:
    """Raises JsonError with its line."""
    reader = _Reader(text)
    node = reader.value(reader.skip(0), 0)
    if reader.skip(reader.at) < len(text):
        raise JsonError(
            f"结尾之后还有内容（{reader.excerpt(reader.skip(reader.at))}）", reader.line(reader.skip(reader.at))
        )
    return node


class _Reader:
    def __init__(self, text: str):
        self.text, self.at = text, 0
        self.breaks = [found.start() for found in re.finditer("\n", text)]

    def line(self, at: int) -> int:
        return bisect_left(self.breaks, at) + 1

    def mark(self, at: int) -> yaml.Mark:
        return yaml.Mark("", at, self.line(at) - 1, 0, None, None)

    def skip(self, at: int) -> int:
        return _SPACE.match(self.text, at).end()

    def excerpt(self, at: int) -> str:
        return self.text[at : at + 20].split("\n")[0] or "文件已结束"

    def fail(self, reason: str, at: int) -> JsonError:
        return JsonError(f"{reason}（{self.excerpt(at)}）", self.line(min(at, max(len(self.text.rstrip()) - 1, 0))))

    def value(self, at: int, depth: int) -> yaml.Node:
        text, start = self.text, at
        if depth > _DEEPEST:
            raise self.fail("嵌套过深", at)
        head = text[at : at + 1]
        if head == "{":
            return self.collect(at, depth, "}")
        if head == "[":
            return self.collect(at, depth, "]")
        if head == '"':
            return yaml.ScalarNode(_TAG + "str", self.string(at), self.mark(start), self.mark(self.at), style='"')
        number = _NUMBER.match(text, at)
        if number:
            self.at = number.end()
            kind = "float" if number.group(1) or number.group(2) else "int"
            return yaml.ScalarNode(_TAG + kind, number.group(), self.mark(start), self.mark(self.at))
        for word, kind in _WORDS.items():
            if text.startswith(word, at):
                self.at = at + len(word)
                return yaml.ScalarNode(_TAG + kind, word, self.mark(start), self.mark(self.at))
        raise self.fail("此处应有一个值", at)

    def string(self, at: int) -> str:
        try:
            value, self.at = json.decoder.scanstring(self.text, at + 1, True)
        except json.JSONDecodeError as error:
            raise self.fail("文字没有写完或含不允许的字符", error.pos) from None
        return value

    def collect(self, at: int, depth: int, end: str) -> yaml.Node:
        start, children = at, []
        at = self.skip(at + 1)
        while self.text[at : at + 1] != end or children:
            if end == "}":
                if self.text[at : at + 1] != '"':
                    raise self.fail("此处应有加引号的键", at)
                key = yaml.ScalarNode(_TAG + "str", self.string(at), self.mark(at), self.mark(self.at), style='"')
                at = self.skip(self.at)
                if self.text[at : at + 1] != ":":
                    raise self.fail("缺少冒号", at)
                children.append((key, self.value(self.skip(at + 1), depth + 1)))
            else:
                children.append(self.value(at, depth + 1))
            at = self.skip(self.at)
            if self.text[at : at + 1] == end:
                break
            if self.text[at : at + 1] != ",":
                raise self.fail("缺少逗号或括号没有配对", at)
            at = self.skip(at + 1)
        self.at = at + 1
        kind, tag = (yaml.MappingNode, "map") if end == "}" else (yaml.SequenceNode, "seq")
        return kind(_TAG + tag, children, self.mark(start), self.mark(self.at))
