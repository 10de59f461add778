from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.deadlines.engine.ask import ask
from apps.deadlines.engine.reading import BadInput, fault
from apps.deadlines.queries import book
from apps.kit.errors import DomainError

_REGION = re.compile(r"\d{6}(-Z[1-9])?|\d{9}|\d{12}", re.ASCII)


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page of the site, and this needs the calendar only
    help = "解释期限：从标准输入读一个 JSON 文档，或每行一个，逐个作答。"

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="以 JSON 作答，一问一行")
        parser.add_argument("--steps", action="store_true", help="附上逐日计算过程")
        parser.add_argument("--region", help="按该节点的本地例外（台风停业等）计算，如 330282")

    def handle(self, *args, **options):
        region = options["region"]
        if region is not None and not _REGION.fullmatch(region):  # it would be answered by the national calendar
            raise CommandError(f"--region 应写地区编码，如 330282 或 330200-Z1，现为“{region}”。", returncode=2)
        try:
            found, refusal = book(options["region"]), None
        except DomainError as error:
            found, refusal = None, BadInput([fault("", error.code, error.message)])
        refused = []
        for question in questions(_stdin()):
            try:
                if refusal is not None:
                    raise refusal
                if isinstance(question, BadInput):
                    raise question
                answer = ask(question, found, steps=options["steps"])
            except BadInput as error:
                answer = {"errors": error.errors}
                refused.append(str(error))
            except DomainError as error:  # the statute book has no number for that day
                answer = {"errors": [fault("", error.code, error.message)]}
                refused.append(error.message)
            if options["json"]:
                self.stdout.write(json.dumps(answer, ensure_ascii=False))
            elif "errors" not in answer:
                self.stdout.write(_told(answer))
        if refused:
            raise CommandError("\n".join(refused), returncode=1)


def _stdin() -> str:
    """What is no UTF-8 stays in it as halves of characters, so that it spoils its own line only."""
    if sys.stdin.isatty():
        raise CommandError("请从标准输入给出问题（JSON）。", returncode=2)
    source = getattr(sys.stdin, "buffer", None)
    return source.read().decode("utf-8-sig", "surrogateescape") if source else sys.stdin.read()


def questions(text: str) -> Iterator[Any]:
    """Each question parsed, or the BadInput that says why it cannot be.

    One document may stand on many lines; otherwise each line is a question of its own, and a broken line spoils no other.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1:
        parsed = [_parse(line) for line in lines]
        whole = _parse(text)
        by_line = any(isinstance(each, dict) and "op" in each for each in parsed)
        # A first line that is only the beginning of an object: one document, spread over lines.
        opened = lines[0].rstrip().endswith(("{", "[", ",")) and isinstance(parsed[0], BadInput)
        if not isinstance(whole, BadInput) or (opened and not by_line):
            yield whole
            return
        yield from parsed
        return
    yield _parse(text)


def _parse(text: str) -> Any:
    if not text.strip():
        return BadInput([fault("", "empty", '没有收到问题，请从标准输入给出 {"op": …, "input": {…}}。')])
    try:
        text.encode()
    except UnicodeEncodeError:
        return BadInput([fault("", "encoding", "输入不是 UTF-8 编码的文字。")])
    try:
        found = json.loads(text, parse_constant=_no_constant)
        json.dumps(found, ensure_ascii=False).encode()
        return found
    except UnicodeEncodeError:
        # Half a character (a lone surrogate): no answer that names it could be written.
        return BadInput([fault("", "encoding", "输入里有不完整的字符（单独的代理码 \\uD800–\\uDFFF）。")])
    except json.JSONDecodeError as error:
        place = f"第 {error.lineno} 行第 {error.colno} 个字符" if error.lineno > 1 else f"第 {error.colno} 个字符"
        return BadInput([fault("", "syntax", f"不是有效的 JSON（{place}附近）。")])
    except (ValueError, RecursionError):
        return BadInput([fault("", "syntax", "不是有效的 JSON：数字过大、不是数字，或嵌套过深。")])


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _told(answer: dict[str, Any]) -> str:
    lines = answer.pop("steps", [])
    return "\n".join([*(f"{key}：{json.dumps(value, ensure_ascii=False)}" for key, value in answer.items()), *lines])
