from __future__ import annotations

import json

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.journal.anchoring import seal
from apps.kit.errors import DomainError

from ...simulating.city import Report, simulate


class Command(BaseCommand):
    help = "成批生成模拟办件：按已读入的事项目录和在岗人员办出最近若干天的办件，多数已经办结，少数在办；平台须先停下。"

    def add_arguments(self, parser):
        parser.add_argument("--applications", type=int, required=True, help="办件数")
        parser.add_argument("--days", type=int, default=90, help="最近多少天（缺省 90）")
        parser.add_argument("--seed", type=int, default=1, help="随机种子：同一天同一种子得到同样的办件（缺省 1）")
        parser.add_argument("--node", action="append", default=[], help="节点编码，可多次；缺省为所有有窗口人员的节点")
        parser.add_argument("--json", action="store_true", help="以 JSON 作答")
        parser.add_argument("--yes", action="store_true", help="在生产环境也执行")

    def handle(self, *args, **options):
        if settings.PRODUCTION and not options["yes"]:
            self._refuse(["这是生产环境，不生成模拟办件；确有需要请加 --yes。"], options["json"])
        tell = self.stderr.write if options["verbosity"] > 1 else lambda _: None
        try:
            report = simulate(
                applications=options["applications"],
                days=options["days"],
                seed=options["seed"],
                nodes=options["node"],
                tell=tell,
            )
        except DomainError as refusal:
            self._refuse([error.message for error in refusal.errors], options["json"])
        with report.timed("anchor"):
            seal()
        self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False) if options["json"] else _words(report))

    def _refuse(self, reasons: list[str], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"errors": reasons}, ensure_ascii=False))
        for reason in reasons:
            self.stderr.write(reason)
        raise SystemExit(1)


def _words(report: Report) -> str:
    told = report.as_dict()
    return (
        f"模拟办件 {report.applications} 件（已结束 {report.finished} 件），申请人 {report.parties} 个，"
        f"由 {report.templates} 个办成的样例印出 {report.rows} 行、{report.events} 个事件；"
        f"每秒 {told['finished_per_second']} 件。"
    )
