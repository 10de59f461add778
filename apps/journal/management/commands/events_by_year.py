import json

from django.core.management.base import BaseCommand, CommandError

from apps.journal.years import Busy, put_events_by_year


class Command(BaseCommand):
    help = "把事件表就地改为按年分区（办件照常进行，最后切换片刻）；已经分区的，补齐今后两年。"

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="以 JSON 作答")

    def handle(self, *args, **options):
        try:
            made = put_events_by_year(self.stderr.write)
        except Busy as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps({"partitions": made}))
        else:
            self.stdout.write(f"事件按年分区，新增 {len(made)} 个分区。{' '.join(made)}")
