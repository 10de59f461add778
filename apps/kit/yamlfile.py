"""A data file in YAML, its faults told in Chinese with their line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from .errors import Refused

# What will never be a character: a paper would wait for a font that nobody can make. Copied from a PDF it stands for a hyphen.
NEVER = "\ufdd0-\ufdef" + "".join(map(chr, (plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF))))
# What no paper prints either: a carriage return alone, and the control characters that a wrongly converted file is full of.
UNSTORABLE = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069{NEVER}]|\r(?!\n)")
_DEEPEST = 60
_REASONS = {
    "but found another document": "一个文件只能有一份文档",
    "found a tab character": "缩进只能用空格，不能用制表符",
    "cannot start any token": "此处的字符不能这样开头（例如制表符、@、反引号），请加引号或改用空格",
    "mapping values are not allowed": "冒号的位置不对，含冒号的文字要加引号",
    "could not find expected ':'": "缺少冒号",
    "undefined alias": "引用了没有定义的锚点",
    "did not find expected key": "缩进不对，或括号、引号没有配对",
    "did not find expected '-' indicator": "列表的缩进不对",
    "did not find expected ',' or": "方括号或花括号没有配对，或缺少逗号",
    "did not find expected node content": "这里缺少内容，或括号没有配对",
    "found unexpected end of stream": "引号没有配对",
    "found unknown escape character": "双引号里的反斜杠后面是不认识的字符；反斜杠本身要写两个，或改用单引号",
    "did not find expected alphabetic or numeric character": "& 和 * 有特殊用途，以它们开头的文字要加引号",
    "block sequence entries are not allowed": "列表的“-”放错了位置，要另起一行",
    "mapping keys are not allowed": "问号或冒号的位置不对，含它们的文字要加引号",
    "did not find expected comment or line break": "“|”“>”后面要换行再写内容",
    "document start": "一个文件只能有一份文档，内容要从最左边写起",
    "duplicate anchor": "锚点重复",
    "could not determine a constructor": "不支持“!”开头的标记，以它开头的文字要加引号",
}


_UNREADABLE = (
    (FileNotFoundError, "文件不存在"),
    (IsADirectoryError, "这是文件夹，请写出其中的文件"),
    (PermissionError, "没有读这个文件的权限"),
)


def unreadable(error: OSError) -> str:
    return next((told for kind, told in _UNREADABLE if isinstance(error, kind)), "文件读不出来")


def content_of(path: Path, code: str) -> bytes:
    """The file's bytes. Raises Refused (`code`) saying why there are none."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(code, f"读不到文件 {path}：{unreadable(error)}。", "file") from None


def is_office(content: bytes) -> bool:
    """A workbook or a letter of an office program: what such a file is saved as does not make it text."""
    return content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def another_number(text: str) -> bool:
    """Whether YAML takes what is written for a number that nobody reads there: `020` for sixteen (octal), `1:20` for eighty."""
    return ":" in text or re.fullmatch(r"[-+]?0[0-7_]*[1-7][0-7_]+", text) is not None


def reason(error: yaml.MarkedYAMLError) -> str:
    text = f"{error.context or ''} {error.problem or ''}".strip()
    known = (chinese for english, chinese in _REASONS.items() if english in text)
    return next(known, "这一行的写法看不懂，请核对缩进、引号和括号")


class _Told(ConstructorError):
    """A fault whose words are ours already."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """A day that there is not stays its text, for who knows its place in the file; no key twice; nothing that cannot be kept."""

    def __init__(self, stream):
        super().__init__(stream)
        self._looked: set[int] = set()

    def flatten_mapping(self, node):
        """Looked at as it was written, once: afterwards it holds what it takes over by `<<` beside its own."""
        if id(node) not in self._looked:
            self._looked.add(id(node))
            self._demand_each_once(node)
        super().flatten_mapping(node)

    @staticmethod
    def _demand_each_once(node):
        written = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in written:
                    raise _Told(None, None, f"“{key.value[:40]}”在同一处写了两次", key.start_mark)
                written.add((key.tag, key.value))

    def construct_text(self, node):
        if UNSTORABLE.search(node.value):
            raise _Told(None, None, "含有不能保存的字符", node.start_mark)
        return node.value

    def construct_day(self, node):
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return node.value

    def construct_number(self, node):
        if another_number(node.value):
            raise _Told(None, None, f"{node.value[:40]} 不是十进制的数：是数的，写成 20 这样，前面不加 0；是文字的，加引号", node.start_mark)
        try:
            return self.construct_yaml_int(node)
        except ValueError:
            raise _Told(None, None, "这里不是可读的数", node.start_mark) from None

    def construct_object(self, node, deep=False):
        try:
            return super().construct_object(node, deep)
        except (LookupError, ValueError, AttributeError):  # a tag like !!bool over something else; the library does not ask
            raise _Told(None, None, "写的值不是它的标记（!!）所说的那一种", node.start_mark) from None


_Loader.add_constructor("tag:yaml.org,2002:str", _Loader.construct_text)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_day)
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_number)


def document(content: bytes, code: str, name: object) -> Any:
    """What the file `name` says. Raises Refused (`code`) naming the line of what cannot be read."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if is_office(content):
            raise Refused(code, f"{name} 是 Excel、Word 一类的文件，不是 YAML：请按 YAML 的格式写成文字，再选择它。", "file") from None
        told = "不是 UTF-8 编码的文字，请另存为 UTF-8"
        raise _refused(code, name, content[: error.start].count(b"\n") + 1, told) from None
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  (safe)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = error.problem if isinstance(error, _Told) else reason(error)
        raise _refused(code, name, mark.line + 1 if mark else 1, told) from None
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0)
        raise _refused(code, name, text.count("\n", 0, position) + 1, "含有不允许的字符") from None
    except RecursionError:
        raise _refused(code, name, 1, "嵌套过深") from None
    if _is_deep(data):
        raise _refused(code, name, 1, "嵌套过深")
    return data


def _is_deep(data: Any) -> bool:
    """Deeper than a reader can follow, or for ever: a list may name itself (`&a [*a]`)."""
    level = [data] if isinstance(data, (dict, list)) else []
    for _ in range(_DEEPEST):
        inner = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
        level = [*{id(part): part for part in inner if isinstance(part, (dict, list))}.values()]
        if not level:
            return False
    return True


def _refused(code: str, name: object, line: int, told: str) -> Refused:
    return Refused(code, f"{name} 不是有效的 YAML：第 {line} 行，{told}。", "file")
