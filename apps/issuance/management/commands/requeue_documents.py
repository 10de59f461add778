from django.core.management.base import BaseCommand, CommandError

from apps.issuance.actions import reprint_lost, requeue
from apps.issuance.models import Document
from apps.issuance.workflow import FAILED, STUCK
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.kit.errors import Later


class Command(BaseCommand):
    help = "PDF 组件或字体装好之后，把生成失败（--stuck：连同生僻字）的文书重新排队生成；已经生成、文件丢失的（恢复备份以后），照原样补印。"

    def add_arguments(self, parser):
        parser.add_argument("--stuck", action="store_true", help="连同等待生僻字处理的文书")

    def handle(self, *, stuck, **options):
        states = [FAILED, STUCK] if stuck else [FAILED]
        waiting = list(Document.objects.filter(state__in=states).order_by("pk").values_list("pk", flat=True))
        for document_id in waiting:
            with action(SYSTEM) as act:
                requeue(act, document_id)
        self.stdout.write(f"重新排队 {len(waiting)} 份文书。")
        try:
            made, other = reprint_lost()
        except Later as full:
            raise CommandError(str(full)) from None
        if made:
            self.stdout.write(f"补印丢失的文书文件 {made} 份，与原来的逐字节相同。")
        if other:
            raise CommandError(f"还有 {len(other)} 份文书的文件丢失，重印出来和原来的不同，请从别处找回：{'、'.join(other)}")
