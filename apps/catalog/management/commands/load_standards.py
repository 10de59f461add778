import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.catalog.actions import load_standards
from apps.catalog.loading.source import read
from apps.journal.actor import SYSTEM


class Command(BaseCommand):
    help = "读入行业准入审批标准（默认 fixtures/standards.yaml），一次报出全部问题；已载入的版本不改写。"

    def add_arguments(self, parser: CommandParser):
        parser.add_argument("files", nargs="*", metavar="FILE", help="标准文件；不写的，读随软件附带的")
        parser.add_argument("--check", action="store_true", help="只检查，不写入")
        parser.add_argument("--json", action="store_true", help="以 JSON 作答")

    def handle(self, *args, files, **options):
        names = files or [str(settings.BASE_DIR / "fixtures" / "standards.yaml")]
        report = load_standards(by=SYSTEM, sources=[read(name) for name in names], check_only=options["check"])
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
            told = "检查通过，没有写入" if options["check"] else "读入完成"
            self.stdout.write(
                "{}：新增 {created} 版，改写最后有效日 {ended} 版，未变 {unchanged} 版".format(told, **report.counts)
            )
