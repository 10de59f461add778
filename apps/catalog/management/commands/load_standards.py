from django.conf import settings
from django.core.management.base import CommandParser

from apps.catalog.actions import load_standards
from apps.catalog.loading.source import read
from apps.catalog.management.reporting import LoadingCommand
from apps.journal.actor import SYSTEM


class Command(LoadingCommand):
    help = "读入行业准入审批标准（默认 fixtures/standards.yaml），一次报出全部问题；已载入的版本不改写。"

    def add_arguments(self, parser: CommandParser):
        parser.add_argument("files", nargs="*", metavar="FILE", help="标准文件；不写的，读随软件附带的")
        super().add_arguments(parser)

    def load(self, files: list[str], *, check_only: bool):
        names = files or [str(settings.BASE_DIR / "fixtures" / "standards.yaml")]
        return load_standards(by=SYSTEM, sources=[read(name) for name in names], check_only=check_only)

    def tell(self, counts: dict, checked: bool) -> None:
        told = "检查通过，没有写入" if checked else "读入完成"
        self.stdout.write("{}：新增 {created} 版，改写最后有效日 {ended} 版，未变 {unchanged} 版".format(told, **counts))
