import json

from django.core.management.base import BaseCommand

from apps.journal.anchoring import Broken, verify


class Command(BaseCommand):
    help = "重算事件簿的哈希链：各主体的链、链尾和每分钟的锚点。"

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="以 JSON 作答")

    def handle(self, *args, **options):
        try:
            answer = {"events": verify(), "ok": True}
        except Broken as fault:
            answer = {"ok": False, "event": fault.event, "errors": [str(fault)]}
        self.stdout.write(_say(answer, options["json"]))
        if not answer["ok"]:
            self.stderr.write(answer["errors"][0])
            raise SystemExit(1)


def _say(answer: dict, as_json: bool) -> str:
    if as_json:
        return json.dumps(answer, ensure_ascii=False)
    return f"事件簿完好，共 {answer['events']} 个事件。" if answer["ok"] else f"事件簿有误：{answer['errors'][0]}"
