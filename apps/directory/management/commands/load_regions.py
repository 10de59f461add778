from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.directory.loading import load_regions
from apps.kit.errors import DomainError


class Command(BaseCommand):
    help = "读入地区（市、区县、园区、乡镇、村），重复读入不变"

    def add_arguments(self, parser):
        default = "地区文件；不写的，读 REGIONS_FILE，也没有的读随软件附带的"
        parser.add_argument("file", nargs="?", default=str(settings.REGIONS_FILE), help=default)

    def handle(self, *args, file, **options):
        try:
            counts = load_regions(file)
        except DomainError as refusal:
            raise CommandError("\n".join(error.message for error in refusal.errors)) from None
        self.stderr.write("地区：新增 {created}，变更 {changed}，未变 {unchanged}".format(**counts))
