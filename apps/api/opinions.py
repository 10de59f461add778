"""What a department is asked by others, and what it has asked."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiParameter
from rest_framework.response import Response

from apps.applications import queries_consultation as queries

from . import shapes_consultation as shapes
from .asking import flag, reads
from .base import Desk
from .cases import PAGING, READ_ERRORS, page_of

OVER = OpenApiParameter("over", bool, description="true：只列已了结的")


class Opinions(Desk):
    @reads(
        operation_id="opinion_list",
        summary="征求本部门的意见",
        tags=["opinion"],
        parameters=[*PAGING, OVER],
        responses={200: page_of(shapes.AskedShape, "OpinionPage"), **READ_ERRORS},
    )
    def get(self, request):
        rows = queries.opinions_for(self.actor, over=flag(request, "over"))
        return self.page(request, rows, ("due_on", "id"), shapes.AskedShape)


class OneOpinion(Desk):
    @reads(
        operation_id="opinion_get",
        summary="一条征求意见：问题和附送的材料",
        tags=["opinion"],
        responses={200: shapes.AskedFilesShape, **READ_ERRORS},
    )
    def get(self, request, pk: int):
        seen = queries.asked(self.actor, pk)
        seen.opinion.enclosed = seen.materials
        return Response(shapes.AskedFilesShape(seen.opinion).data)


class OneConsultation(Desk):
    @reads(
        operation_id="consultation_get",
        summary="一次征求意见和各部门的答复",
        tags=["consultation"],
        responses={200: shapes.ConsultationShape, **READ_ERRORS},
    )
    def get(self, request, pk: int):
        return Response(shapes.ConsultationShape(queries.consultation(self.actor, pk)).data)


urlpatterns = [
    path("opinions/", Opinions.as_view(), name="opinion-list"),
    path("opinions/<int:pk>/", OneOpinion.as_view(), name="opinion-get"),
    path("consultations/<int:pk>/", OneConsultation.as_view(), name="consultation-get"),
]
