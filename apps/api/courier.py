"""What the courier tells us: the status of a parcel by its waybill, signed; anything else gets no answer that tells something."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers as s
from rest_framework.response import Response

from apps.applications import actions
from apps.applications.actions.parcels import MOVES
from apps.applications.models import Parcel
from apps.gateway.client import Client
from apps.kit.errors import Forbidden

from .fields import Instant
from .problems import Problem
from .public import OpenDesk


class StatusIn(s.Serializer):
    waybill = s.CharField(max_length=40)
    status = s.ChoiceField([(one, Parcel.State(one).label) for one in MOVES])
    at = Instant(help_text="状态发生的时刻")
    signed_by = s.CharField(max_length=60, required=False, allow_blank=True)
    reason = s.CharField(max_length=200, required=False, allow_blank=True)


class Status(OpenDesk):
    authentication_classes: list = []

    @extend_schema(
        operation_id="courier_status",
        summary="快递公司回告状态（签名；可重复、可乱序）",
        tags=["courier"],
        auth=[],
        parameters=[
            OpenApiParameter(
                "X-Timestamp", str, OpenApiParameter.HEADER, required=True, description="秒，五分钟内有效"
            ),
            OpenApiParameter(
                "X-Signature",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="HMAC-SHA256（十六进制）：时间戳、点、Idempotency-Key（可空）、点、请求体",
            ),
        ],
        request=StatusIn,
        responses={
            200: inline_serializer("CourierStatusTaken", {"received": s.BooleanField()}),
            400: Problem,
            403: Problem,
            404: Problem,
            415: Problem,
            422: Problem,
        },
    )
    def post(self, request):
        raw, sent = request._request.body, request.headers
        key = sent.get("Idempotency-Key", "")
        if not Client("courier").trusts(sent.get("X-Timestamp", ""), key, raw, sent.get("X-Signature", "")):
            raise Forbidden("签名不对，或者已经过期。", code="forbidden.signature")
        actions.courier_says(**self.read(request, StatusIn))
        return Response({"received": True})


urlpatterns = [path("courier/status/", Status.as_view(), name="courier-status")]
