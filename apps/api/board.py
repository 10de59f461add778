"""The supervisor's numbers."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.response import Response

from apps.deadlines.queries import missing_notice
from apps.supervision import conversion, queries, queries_cards, queries_savings
from apps.supervision.metrics import METRICS
from apps.supervision.published import published
from apps.supervision.savings import SUMS

from .asking import begun, node, reads
from .base import Desk
from .cases import READ_ERRORS

NAMES = [name for name, metric in METRICS.items() if not metric.pre_check]


class PreCheckTold(s.Serializer):
    accepted_percent = s.CharField()
    clean_percent = s.CharField()
    visits_each = s.CharField()
    days_each = s.CharField()


class _Line(s.Serializer):
    code = s.CharField(allow_blank=True)
    name = s.CharField(allow_blank=True)
    on_time_percent = s.CharField(help_text="一位小数；没有决定的为“—”")
    instant_percent = s.CharField(help_text="即办件比例：期内办结的事项中，承诺当场办结的；没有决定的为“—”")
    at_most_once_percent = s.CharField(help_text="最多跑一次率：期内送达的事项中，到窗口至多一次的；没有送达的为“—”")
    pre_check = PreCheckTold(required=False, help_text="预审转化；没有通过预审的不显示")


LineTold = type(
    "LineTold",
    (_Line,),
    {name: s.IntegerField(help_text=METRICS[name].label) for name in NAMES}
    | {name: s.IntegerField(required=False, help_text="预审转化（没有通过预审的不显示）") for name in conversion.NAMES},
)


class WaitingTold(s.Serializer):
    yellow = s.IntegerField()
    red = s.IntegerField()
    alert = s.IntegerField()


class BoardTold(s.Serializer):
    since = s.DateField()
    until = s.DateField()
    as_of = s.DateTimeField(allow_null=True)
    behind_since = s.DateTimeField(allow_null=True, help_text="统计停了的，从这时起的变化还没有计入")
    cards = WaitingTold(help_text="待办理的红黄牌、提醒")
    missing_notice = s.IntegerField(allow_null=True, help_text="还缺哪一年的放假通知")
    total = LineTold()
    departments = LineTold(many=True)
    nodes = LineTold(many=True)


class _Saved(s.Serializer):
    code = s.CharField(allow_blank=True)
    name = s.CharField(allow_blank=True)
    percents = s.DictField(child=s.CharField())


SavedTold = type("SavedTold", (_Saved,), {name: s.IntegerField() for name in SUMS})


class SavingsTold(s.Serializer):
    since = s.DateField()
    until = s.DateField()
    as_of = s.DateTimeField(allow_null=True)
    total = SavedTold()
    means = s.DictField(child=s.CharField(), help_text="各一件事的平均")
    bundles = SavedTold(many=True)
    published = s.ListField(child=s.DictField(), help_text="本市公布的数字，没有公布过的为空")


class Board(Desk):
    @reads(
        operation_id="board",
        summary="监督看板：收件、在办、亮灯、超期，按部门和节点；预审转化（pre_…，按通过日）；待办理的红黄牌，还缺哪一年的放假通知",
        tags=["supervision"],
        parameters=[
            OpenApiParameter("node", str, description="节点编码"),
            OpenApiParameter("since", str, description="起始日"),
            OpenApiParameter("until", str, description="截止日"),
        ],
        responses={200: BoardTold, **READ_ERRORS},
    )
    def get(self, request):
        return self.told_late(request, lambda: self._told(node(request, past=True), begun(request)))

    def _told(self, node: str, days: dict) -> dict:
        board = queries.board(self.actor, node=node, **days)
        return {
            "since": board.since,
            "until": board.until,
            "as_of": board.as_of,
            "behind_since": queries.behind(),
            "cards": queries_cards.waiting(self.actor, node=node),
            "missing_notice": missing_notice(),
            "total": _line(board.total),
            "departments": [_line(line) for line in board.departments],
            "nodes": [_line(line) for line in board.nodes],
        }


class Savings(Desk):
    @reads(
        operation_id="board_savings",
        summary="一件事办结件少交的材料和少花的时间，与公布的数字并列",
        tags=["supervision"],
        parameters=[
            OpenApiParameter("node", str, description="节点编码"),
            OpenApiParameter("since", str, description="办结日起"),
            OpenApiParameter("until", str, description="办结日止"),
        ],
        responses={200: SavingsTold, **READ_ERRORS},
    )
    def get(self, request):
        found = queries_savings.savings(self.actor, node=node(request, past=True), **begun(request))
        return Response(
            {
                "since": found.since,
                "until": found.until,
                "as_of": found.as_of,
                "total": _saved(found.total),
                "means": found.means,
                "bundles": [_saved(row) for row in found.bundles],
                "published": list(published(self.actor).values()),
            }
        )


def _saved(row: queries_savings.Saved) -> dict:
    return {"code": row.code, "name": row.name, **row.sums, "percents": row.percents}


def _line(line: queries.Line) -> dict:
    """Every number, also where nothing was counted: who reads it need not know which ones there are on a day."""
    numbers = dict.fromkeys(NAMES, 0) | line.numbers
    told = {"code": line.code, "name": line.name, "on_time_percent": line.on_time_percent}
    told |= {"at_most_once_percent": line.at_most_once_percent, "instant_percent": line.instant_percent, **numbers}
    return told | ({"pre_check": line.pre_check} if line.numbers.get("pre_passed") else {})


urlpatterns = [path("board/", Board.as_view(), name="board"), path("board/savings/", Savings.as_view(), name="board-savings")]
