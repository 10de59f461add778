from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.issuance.loading import load_templates
from apps.kit.errors import Refused


class Command(BaseCommand):
    help = "载入文书模板与文头（默认 fixtures/templates.yaml）；可以重复执行。"

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", type=Path)

    def handle(self, *, path, **options):
        try:
            added = load_templates(path)
        except Refused as refusal:
            raise CommandError("\n".join(error.message for error in refusal.errors)) from None
        self.stdout.write("新增文书模板 {templates} 个，文头 {letterheads} 个；变更 {changed} 个。".format(**added))
