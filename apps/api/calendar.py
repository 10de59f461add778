"""The working-day calendar: a year of a place, notices, local exceptions."""

from __future__ import annotations

from datetime import date, timedelta

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers as s
from rest_framework.response import Response

from apps.deadlines import actions, publishing, queries
from apps.deadlines.models import LocalException
from apps.directory.queries import get_region
from apps.kit.errors import Refused

from .asking import reads
from .base import Desk
from .cases import READ_ERRORS
from .public import OpenDesk
from .verbs import ERRORS, KEY


class DayShape(s.Serializer):
    day = s.DateField()
    kind = s.CharField(help_text="make_up、holiday、guessed_holiday、local_open 或 local_closed")
    working = s.BooleanField()
    reason = s.CharField()


class VersionShape(s.Serializer):
    known_from = s.DateField()
    superseded_on = s.DateField(allow_null=True)
    notice = s.CharField()
    sources = s.ListField(child=s.CharField())
    days_off = s.ListField(child=s.DateField())
    make_up = s.ListField(child=s.DateField())


class ExceptionShape(s.ModelSerializer):
    class Meta:
        model = LocalException
        fields = ["id", "region", "day", "working", "reason", "withdrawn"]
        read_only_fields = fields


class YearShape(s.Serializer):
    year = s.IntegerField()
    region = s.CharField()
    provisional = s.BooleanField(help_text="放假通知还没有公布，各日是推定的")
    working_days = s.IntegerField()
    days = DayShape(many=True, help_text="与周一至周五上班不同的日子")
    versions = VersionShape(many=True)
    exceptions = ExceptionShape(many=True)


class Year(OpenDesk):
    @reads(
        operation_id="calendar_year",
        summary="一年的工作日历",
        tags=["calendar"],
        parameters=[OpenApiParameter("region", str, description="节点编码；不填为全市统一安排")],
        responses={200: YearShape, **READ_ERRORS},
    )
    def get(self, request, year: int):
        if year not in queries.YEARS:
            raise Refused("calendar.year", "年份应在 2000 至 2100 之间。", "year")
        region = request.query_params.get("region", "")
        if region:
            region = get_region(region).pk
        days = queries.calendar(region=region)
        told, working, day = [], 0, date(year, 1, 1)
        while day.year == year:
            kind = days.kind(day)
            open_ = days.is_working_day(day)
            working += open_
            if open_ != (day.weekday() < 5) or kind.startswith("local"):
                told.append({"day": day, "kind": kind, "working": open_, "reason": days.reason(day)})
            day += timedelta(days=1)
        found = {
            "year": year,
            "region": region,
            "provisional": days.arrangement(year) is None,
            "working_days": working,
            "days": told,
            "versions": queries.versions_of(year),
            "exceptions": queries.exceptions_of(year, region),
        }
        return Response(YearShape(found).data)


class ExceptionIn(s.Serializer):
    region = s.CharField(allow_blank=True, default="", help_text="节点编码；空为全市所有节点")
    day = s.DateField()
    working = s.BooleanField()
    reason = s.CharField(max_length=200)


class Exceptions(Desk):
    @extend_schema(
        operation_id="calendar_exception",
        summary="登记一个节点某一天停业或照常上班",
        tags=["calendar"],
        parameters=[KEY],
        request=ExceptionIn,
        responses={201: ExceptionShape, **ERRORS},
    )
    def post(self, request):
        given = self.read(request, ExceptionIn)
        if given["region"]:
            given["region"] = _node(given["region"])
        return self.write(
            request, lambda: ExceptionShape(actions.set_exception(by=self.actor, **given)).data, status=201
        )


def _node(code: str) -> str:
    """Clocks run by the calendar of a node: a closure of a place below it would be registered and move nothing."""
    region = get_region(code)
    if not region.is_node:
        raise Refused("exception.node", f"“{region.name}”不是受理节点，期限按节点的日历计算：请填节点编码，如 {region.node_code}。", "region")
    return region.pk


class WithdrawIn(s.Serializer):
    reason = s.CharField(max_length=200)


class Withdraw(Desk):
    @extend_schema(
        operation_id="calendar_exception_withdraw",
        summary="撤销一条本地例外",
        tags=["calendar"],
        parameters=[KEY],
        request=WithdrawIn,
        responses={200: ExceptionShape, **ERRORS},
    )
    def post(self, request, pk: int):
        given = self.read(request, WithdrawIn)
        return self.write(
            request,
            lambda: ExceptionShape(actions.withdraw_exception(by=self.actor, exception=pk, **given)).data,
        )


class NoticeIn(s.Serializer):
    year = s.IntegerField()
    notice = s.CharField(max_length=200)
    known_from = s.DateField()
    sources = s.ListField(child=s.CharField(max_length=500))
    days_off = s.ListField(child=s.DateField())
    make_up = s.ListField(child=s.DateField(), default=list)
    what = s.CharField(max_length=300, default="", allow_blank=True, help_text="说明")
    check = s.BooleanField(default=False, help_text="true：只核对并试算会改期的期限，不发布")


class Notices(Desk):
    @extend_schema(
        operation_id="calendar_notice",
        summary="发布或修改一年的放假安排；check=true 只试算",
        tags=["calendar"],
        parameters=[KEY],
        request=NoticeIn,
        responses={
            201: VersionShape,
            200: inline_serializer(
                "NoticePreview",
                {
                    "changes": s.ListField(child=s.DictField()),
                    "earlier": s.IntegerField(),
                    "later": s.IntegerField(),
                    "checked": s.IntegerField(),
                    "at_least": s.BooleanField(),
                },
            ),
            **ERRORS,
        },
    )
    def post(self, request):
        given = self.read(request, NoticeIn)
        if given.pop("check"):
            seen = publishing.preview(by=self.actor, version=publishing.checked(given))
            changes = [{"day": change.day, "was": change.was, "now": change.now} for change in seen.changes]
            counts = {name: getattr(seen, name) for name in ("earlier", "later", "checked", "at_least")}
            return Response({"changes": changes, **counts})
        return self.write(
            request, lambda: VersionShape(publishing.publish(by=self.actor, given=given)).data, status=201
        )


urlpatterns = [
    path("calendar/<int:year>/", Year.as_view(), name="calendar-year"),
    path("calendar/exceptions/", Exceptions.as_view(), name="calendar-exceptions"),
    path("calendar/exceptions/<int:pk>/withdraw/", Withdraw.as_view(), name="calendar-withdraw"),
    path("calendar/notices/", Notices.as_view(), name="calendar-notices"),
]
