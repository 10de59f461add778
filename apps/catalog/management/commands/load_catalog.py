from django.core.management.base import CommandParser

from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.catalog.management.reporting import LoadingCommand
from apps.journal.actor import SYSTEM


class Command(LoadingCommand):
    help = "读入事项目录文件（YAML 或 JSON），一次报出全部问题；没有问题才写入并公布。"

    def add_arguments(self, parser: CommandParser):
        parser.add_argument("files", nargs="+", metavar="FILE", help="目录文件，按给出的顺序读")
        super().add_arguments(parser)

    def load(self, files: list[str], *, check_only: bool):
        report = load_catalogue(by=SYSTEM, sources=[read(name) for name in files], check_only=check_only)
        for name, told in report.at_odds.items():
            self.stderr.write(f"请注意：“{name}”的条件和改过的数据元对不上：{'；'.join(told)}。请把它也改好，一起读入。")
        return report

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
