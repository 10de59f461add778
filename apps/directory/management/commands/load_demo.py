from __future__ import annotations

import json
from unicodedata import east_asian_width

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.directory import demo
from apps.kit.command import refuse
from apps.kit.errors import DomainError, Refused


class Command(BaseCommand):
    help = "读入演示账号（已有的不动）；--list 只列出账号"

    def add_arguments(self, parser):
        parser.add_argument("--list", action="store_true", help="只列出账号，不写入")
        parser.add_argument("--primary", action="store_true", help="只列每种岗位一个")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")
        parser.add_argument("--force", action="store_true", help="在生产环境也执行")

    def handle(self, *args, **options):
        plan = demo.read(settings.BASE_DIR / "fixtures" / "demo.yaml")
        counts = None
        if not options["list"]:
            if settings.PRODUCTION and not options["force"]:
                here = Refused("demo.production", "这是生产环境，不读入演示账号；确有需要请加 --force。")
                refuse(self, here, as_json=options["json"])
            try:
                counts = demo.load(plan)
            except DomainError as refusal:
                refuse(self, refusal, as_json=options["json"])
        rows = [row for row in demo.accounts(plan) if row.primary or not options["primary"]]
        if options["json"]:
            answer = {"accounts": [row.as_dict() for row in rows], "loaded": counts}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
        elif options["list"]:
            self._table(rows)
        else:
            self.stderr.write("演示账号：新增账号 {accounts}，办事人 {parties}，委托 {mandates}".format(**counts))

    def _table(self, rows: list[demo.Account]) -> None:
        lines = [("岗位", "账号", "密码", "姓名", "用来做什么")]
        lines += [(row.role, row.username, row.password, row.name, row.purpose) for row in rows]
        widths = [max(_width(line[column]) for line in lines) for column in range(5)]
        for line in lines:
            cells = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
