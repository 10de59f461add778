"""Red and yellow cards: the list as each may see it, the department's reason, the supervisor's withdrawal."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.response import Response

from apps.supervision import actions, queries_cards
from apps.supervision.models import Card

from .asking import department, node, reads
from .base import Desk
from .cases import PAGING, READ_ERRORS, page_of
from .verbs import ERRORS, KEY


class CardShape(s.ModelSerializer):
    form_label = s.CharField(source="get_form_display", read_only=True)
    state_label = s.CharField(source="get_state_display", read_only=True)
    clock = s.IntegerField(source="clock_id", read_only=True)
    application = s.IntegerField(source="application_id", read_only=True)
    number = s.CharField(source="application.number", read_only=True)
    item = s.CharField(source="name", read_only=True)
    node = s.CharField(source="node_id", read_only=True)
    department = s.CharField(source="department_id", read_only=True, allow_null=True)

    class Meta:
        model = Card
        fields = [
            "id",
            "form",
            "form_label",
            "light",
            "kind",
            "clock",
            "application",
            "number",
            "item",
            "node",
            "department",
            "state",
            "state_label",
            "due_on",
            "basis",
            "given_at",
            "reason",
            "answered_by",
            "answered_at",
            "end_reason",
            "ended_at",
        ]
        read_only_fields = fields


class ReasonIn(s.Serializer):
    reason = s.CharField(max_length=500)


FILTERS = [
    OpenApiParameter("form", str, enum=Card.Form.values, description="yellow 黄牌、red 红牌或 alert 提醒"),
    OpenApiParameter("state", str, enum=list(queries_cards.STATES), description="open：待办理"),
    OpenApiParameter("light", str, enum=["yellow", "red", "overdue"], description="哪一次亮灯给出的"),
    OpenApiParameter("number", str, description="办件编号"),
]


class Cards(Desk):
    @reads(
        operation_id="card_list",
        summary="红黄牌和提醒（只有您能看到的）",
        tags=["supervision"],
        parameters=[
            *PAGING,
            *FILTERS,
            OpenApiParameter("node", str, description="节点编码"),
            OpenApiParameter("department", str, description="部门编码"),
            OpenApiParameter("sort", str, enum=list(queries_cards.SORTS), description="new（新的在前）、old 或 due（期限早的在前）"),
        ],
        responses={200: page_of(CardShape, "CardPage"), **READ_ERRORS},
    )
    def get(self, request):
        asked = request.query_params
        places = {"node": node(request, past=True), "department": department(request)}
        rows = queries_cards.cards(self.actor, **places, **{one.name: asked.get(one.name, "") for one in FILTERS})
        return self.page(request, rows, queries_cards.order(asked.get("sort", "")), CardShape)


class OneCard(Desk):
    @reads(
        operation_id="card_get", summary="一张牌", tags=["supervision"], responses={200: CardShape, **READ_ERRORS}
    )
    def get(self, request, pk: int):
        return Response(CardShape(queries_cards.card(self.actor, pk)).data)


class _Act(Desk):
    do = None

    def post(self, request, pk: int):
        reason = self.read(request, ReasonIn)["reason"]
        return self.write(request, lambda: CardShape(type(self).do(by=self.actor, card=pk, reason=reason)).data)


class Answer(_Act):
    do = staticmethod(actions.answer_card)

    @extend_schema(
        operation_id="card_answer",
        summary="部门负责人说明原因",
        tags=["supervision"],
        parameters=[KEY],
        request=ReasonIn,
        responses={200: CardShape, **ERRORS},
    )
    def post(self, request, pk: int):
        return super().post(request, pk)


class Withdraw(_Act):
    do = staticmethod(actions.withdraw_card)

    @extend_schema(
        operation_id="card_withdraw",
        summary="监督人员撤销一张牌",
        tags=["supervision"],
        parameters=[KEY],
        request=ReasonIn,
        responses={200: CardShape, **ERRORS},
    )
    def post(self, request, pk: int):
        return super().post(request, pk)


urlpatterns = [
    path("cards/", Cards.as_view(), name="card-list"),
    path("cards/<int:pk>/", OneCard.as_view(), name="card-get"),
    path("cards/<int:pk>/answer/", Answer.as_view(), name="card-answer"),
    path("cards/<int:pk>/withdraw/", Withdraw.as_view(), name="card-withdraw"),
]
