from django.core.management.base import BaseCommand, CommandError

from apps.kit.errors import Refused
from apps.supervision.recounting import recount


class Command(BaseCommand):
    help = "按日志重新计算看板的全部计数（巡查发现计数与明细不符时用）。算完以前看板显示原来的数。"

    def handle(self, **options):
        try:
            read = recount()
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"读了 {read} 个事件，计数已重新算好。")
