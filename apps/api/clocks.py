"""为什么是这一天, with its days as rows, and 如果……会怎样: reads only."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.response import Response

from apps.applications import queries_clocks
from apps.deadlines.models import Clock
from apps.deadlines.queries_what_if import Supposition
from apps.deadlines.queries_why import SIDES, why
from apps.kit.time import parse_day

from .asking import reads
from .base import Desk
from .cases import READ_ERRORS
from .fields import words
from .problems import Problem
from .shapes import ClockShape, ExtensionShape, PauseShape


class LimitShape(s.Serializer):
    n = s.IntegerField()
    unit = s.CharField(help_text="working 工作日、calendar 日历日")


class StepShape(s.Serializer):
    date = s.DateField(source="day")
    weekday = s.CharField()
    what = s.ChoiceField([("counted", "计入"), ("rested", "不计"), ("paused", "暂停"), ("rolled", "顺延"), ("held", "停止计算")])
    number = s.IntegerField(allow_null=True, help_text="计到第几天")
    kind = s.CharField(help_text="workday、make_up、weekend、holiday 等")
    text = s.CharField()


class SideShape(s.Serializer):
    name = s.ChoiceField(list(SIDES.items()))
    limit = LimitShape()
    due = s.DateField(allow_null=True)
    days_left = s.IntegerField(source="left", help_text="暂停时剩余的天数")
    binds = s.BooleanField()
    excluded_working_days = s.IntegerField()
    steps = StepShape(many=True)


class TurnShape(s.Serializer):
    on = s.DateField()
    what = s.ChoiceField(
        [("start", "起算"), ("pause", "停止计算"), ("resume", "继续计算"), ("extend", "延长"), ("calendar", "日历变动"), ("stop", "结束")]
    )
    text = s.CharField()
    due_on = s.DateField(allow_null=True)
    legal_due = s.DateField(allow_null=True)
    promised_due = s.DateField(allow_null=True)
    notice = s.CharField()


class WhyShape(s.Serializer):
    clock = ClockShape()
    as_of = s.DateField(allow_null=True)
    due_on = s.DateField(allow_null=True)
    light = s.CharField(help_text=f"那一天的灯：{words([*Clock.Light.choices, *Clock.State.choices[1:]])}")
    yellow_on = s.DateField(allow_null=True)
    red_on = s.DateField(allow_null=True)
    overdue_on = s.DateField(allow_null=True)
    working_days_left = s.IntegerField(source="days_left", allow_null=True)
    provisional = s.BooleanField()
    limits = SideShape(source="sides", many=True)
    pauses = PauseShape(many=True)
    extension = ExtensionShape(allow_null=True)
    history = TurnShape(source="turns", many=True)
    notices = s.ListField(child=s.CharField())
    lines = s.ListField(child=s.CharField())


class SeenShape(s.Serializer):
    due_on = s.DateField(allow_null=True)
    legal_due = s.DateField(allow_null=True)
    promised_due = s.DateField(allow_null=True)
    legal_days_left = s.IntegerField(source="legal_left", allow_null=True)
    promised_days_left = s.IntegerField(source="promised_left", allow_null=True)
    paused = s.BooleanField()
    yellow_on = s.DateField(allow_null=True)
    red_on = s.DateField(allow_null=True)
    light = s.CharField(help_text=words(Clock.Light.choices))
    outcome = s.CharField(help_text="假设那天作出决定：on_time 按时、overdue_promised 超过承诺期限、overdue_legal 超过法定期限；没有假设的为空")
    lines = s.ListField(child=s.CharField())


class WhatIfShape(s.Serializer):
    now = SeenShape(source="answer.now")
    then = SeenShape(source="answer.then")
    rejected = s.CharField(source="answer.rejected", help_text="延长无效的原因；有效或没有假设延长时为空")
    why_rejected = s.CharField()
    extension_cap = s.IntegerField(source="cap", allow_null=True)


class SupposeIn(s.Serializer):
    pause_from = s.DateField(required=False)
    pause_to = s.DateField(required=False)
    extension_days = s.IntegerField(required=False, min_value=1, max_value=999)
    approved_on = s.DateField(required=False)
    decided_on = s.DateField(required=False)
    day = s.DateField(required=False)
    working = s.BooleanField(required=False)


class Why(Desk):
    @reads(
        operation_id="clock_why",
        summary="为什么是这一天：两个期限逐日计算，到期日怎样变化",
        tags=["clock"],
        parameters=[OpenApiParameter("as_of", OpenApiTypes.DATE, description="按这一天所知计算，默认现在")],
        responses={200: WhyShape, **READ_ERRORS},
    )
    def get(self, request, pk: int):
        clock, _ = queries_clocks.clock(self.actor, pk)
        return Response(WhyShape(why(clock, parse_day(request.query_params.get("as_of"), "as_of"))).data)


class WhatIf(Desk):
    @reads(
        operation_id="clock_what_if",
        summary="如果……会怎样（监督人员、部门负责人）：只计算，不写入",
        tags=["clock"],
        parameters=[SupposeIn],
        responses={200: WhatIfShape, **READ_ERRORS, 409: Problem},
    )
    def get(self, request, pk: int):
        form = SupposeIn(data=request.query_params)
        form.is_valid(raise_exception=True)
        return Response(WhatIfShape(queries_clocks.suppose(self.actor, pk, Supposition(**form.validated_data))).data)


urlpatterns = [
    path("clocks/<int:pk>/why/", Why.as_view(), name="clock-why"),
    path("clocks/<int:pk>/what_if/", WhatIf.as_view(), name="clock-what_if"),
]
