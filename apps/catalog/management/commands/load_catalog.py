import json

from django.core.management.base import BaseCommand, CommandParser

from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.journal.actor import SYSTEM


class Command(BaseCommand):
    help = "读入事项目录文件（YAML 或 JSON），一次报出全部问题；没有问题才写入并公布。"

    def add_arguments(self, parser: CommandParser):
        parser.add_argument("files", nargs="+", metavar="FILE", help="目录文件，按给出的顺序读")
        parser.add_argument("--check", action="store_true", help="只检查，不写入")
        parser.add_argument("--json", action="store_true", help="以 JSON 作答")

    def handle(self, *args, files, **options):
        report = load_catalogue(by=SYSTEM, sources=[read(name) for name in files], check_only=options["check"])
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

    def tell(self, counts: dict, checked: bool) -> None:
        self.stdout.write("检查通过，没有写入：" if checked else "读入完成：")
        words = {
            "departments": "部门",
            "zones": "板块",
            "elements": "数据元",
            "materials": "材料",
            "batches": "公布批次",
        }
        self.stdout.write("，".join(f"{word} {counts[key]}" for key, word in words.items()))
        for key, word in (("items", "事项"), ("bundles", "一件事")):
            told = counts[key]
            self.stdout.write(f"{word}：新增 {told['created']}，新版本 {told['new_version']}，未变 {told['unchanged']}")
