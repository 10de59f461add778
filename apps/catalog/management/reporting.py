"""What every command that loads files of the catalogue answers: all problems at once, or what was written."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandParser


class LoadingCommand(BaseCommand):
    """A command names its files, loads them and tells what came of it; refused is the whole, with exit code 1."""

    def add_arguments(self, parser: CommandParser):
        parser.add_argument("--check", action="store_true", help="只检查，不写入")
        parser.add_argument("--json", action="store_true", help="以 JSON 作答")

    def load(self, files: list[str], *, check_only: bool):
        raise NotImplementedError

    def tell(self, counts: dict, checked: bool) -> None:
        raise NotImplementedError

    def handle(self, *args, files, **options):
        report = self.load(files, check_only=options["check"])
        if report.problems:
            if options["json"]:
                errors = [problem.as_dict() for problem in report.problems]
                self.stdout.write(json.dumps({"errors": errors}, ensure_ascii=False, indent=2))
            for problem in report.problems:
                self.stderr.write(str(problem))
            self.stderr.write(f"共 {len(report.problems)} 处问题，什么都没有写入。")
            raise SystemExit(1)
        if options["json"]:
            self.stdout.write(json.dumps(report.counts, ensure_ascii=False, indent=2))
        else:
            self.tell(report.counts, options["check"])
