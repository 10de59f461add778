from django.core.management.base import CommandParser

from apps.catalog.actions import load_catalogue
from apps.catalog.loading.known import KINDS
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
        for name, told in report.unasked.items():
            self.stderr.write(
                f"请注意：一件事“{name}”和改过的事项对不上：{'；'.join(told)}。靠这些条件才有的成员、材料、填写项和收费就没有了，请把它也改好，一起读入。"
            )
        return report

    def tell(self, counts: dict, checked: bool) -> None:
        self.stdout.write("检查通过，没有写入：" if checked else "读入完成：")
        versioned = ("items", "bundles")
        self.stdout.write("，".join(f"{word} {counts[key]}" for key, word in KINDS.items() if key not in versioned))
        for key in versioned:
            told = counts[key]
            self.stdout.write(f"{KINDS[key]}：新增 {told['created']}，新版本 {told['new_version']}，未变 {told['unchanged']}")
