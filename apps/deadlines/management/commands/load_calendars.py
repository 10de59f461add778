from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.deadlines.loading import load
from apps.kit.errors import DomainError

FIXTURES = Path(settings.BASE_DIR) / "fixtures"


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page of the site, and this needs the calendar only
    help = "读入工作日历（国务院放假通知）、法定期限和红黄灯、红黄牌规则；重复读入不变。"

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, default=FIXTURES / "calendar.yaml", help="日历文件")

    def handle(self, *args, file, **options):
        try:
            counts = load(file, FIXTURES / "statute.yaml", FIXTURES / "lights.yaml", told=(told := []))
        except DomainError as refusal:
            raise CommandError("\n".join(error.message for error in refusal.errors)) from None
        for sentence in told:
            self.stderr.write(sentence)
        if counts is None:
            self.stderr.write(f"日历与期限规则：{file} 与上次读入的相同，没有变更。")
        else:
            self.stderr.write("日历与期限规则：新增 {created}，变更 {changed}，未变 {unchanged}".format(**counts))
