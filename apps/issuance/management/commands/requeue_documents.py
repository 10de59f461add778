from django.core.management.base import BaseCommand

from apps.issuance.actions import requeue
from apps.issuance.models import Document
from apps.issuance.workflow import FAILED, STUCK
from apps.journal.actor import SYSTEM
from apps.journal.door import action


class Command(BaseCommand):
    help = "PDF 组件或字体装好之后，把生成失败（--stuck：连同生僻字）的文书重新排队生成。"

    def add_arguments(self, parser):
        parser.add_argument("--stuck", action="store_true", help="连同等待生僻字处理的文书")

    def handle(self, *, stuck, **options):
        states = [FAILED, STUCK] if stuck else [FAILED]
        waiting = list(Document.objects.filter(state__in=states).order_by("pk").values_list("pk", flat=True))
        for document_id in waiting:
            with action(SYSTEM) as act:
                requeue(act, document_id)
        self.stdout.write(f"重新排队 {len(waiting)} 份文书。")
