"""Site inspections: the department's list, one visit with everything on it, its photos. What is done to them: verbs.py."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from apps.applications import actions, queries_inspection
from apps.applications.uploads import ACCEPTED_TYPES, Limits, demand_size

from . import shapes_inspection as shapes
from .asking import flag, reads
from .base import AsItIs, Desk
from .cases import PAGING, READ_ERRORS, page_of, scans_of, stored
from .problems import Problem
from .verbs import ERRORS


class Inspections(Desk):
    @reads(
        operation_id="inspection_list",
        summary="本部门组织和参加的踏勘，日子近的在前",
        tags=["inspection"],
        parameters=[*PAGING, OpenApiParameter("over", bool, description="true：已完结、已取消的")],
        responses={200: page_of(shapes.InspectionShape, "InspectionPage"), **READ_ERRORS},
    )
    def get(self, request):
        rows = queries_inspection.inspections_for(self.actor, over=flag(request, "over"))
        return self.page(request, rows, ("day_key", "id"), shapes.InspectionShape)


class Visit(Desk):
    @reads(
        operation_id="inspection_get",
        summary="一次踏勘的全部：各部门、整改清单、照片、可选和共同的时间",
        tags=["inspection"],
        responses={200: shapes.VisitShape, **READ_ERRORS},
    )
    def get(self, request, pk: int):
        visit = queries_inspection.visit(self.actor, pk)
        told = {name: getattr(visit, name) for name in ("inspection", "parts", "lines", "points", "common")}
        told["photos"] = [photo for part in visit.parts for photo in part.photos.all()]
        told["slots"] = queries_inspection.slots(visit.inspection)
        return Response(shapes.VisitShape(told).data)


class Photos(Desk):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="inspection_add_photo",
        summary="上传踏勘照片（JPG、PNG）",
        tags=["inspection"],
        request={"multipart/form-data": shapes.PhotoIn},
        responses={201: shapes.PhotoShape, **ERRORS, 413: Problem},
    )
    def post(self, request, pk: int):
        given = self.read_upload(request, shapes.PhotoIn)
        sent = given["file"]
        demand_size(sent.size, Limits.of({}))
        row = actions.add_photo(
            by=self.actor, inspection=pk, name=sent.name, content=sent.read(), caption=given.get("caption", "")
        )
        return Response(shapes.PhotoShape(row).data, status=201)


class PhotoFile(Desk):
    content_negotiation_class = AsItIs

    @reads(
        operation_id="photo_file",
        summary="下载踏勘照片",
        tags=["file"],
        responses={**scans_of(*ACCEPTED_TYPES), **READ_ERRORS, 409: Problem},
    )
    def get(self, request, pk: int):
        row = queries_inspection.photo(self.actor, pk)
        return stored(row)


urlpatterns = [
    path("inspections/", Inspections.as_view(), name="inspection-list"),
    path("inspections/<int:pk>/", Visit.as_view(), name="inspection-get"),
    path("inspections/<int:pk>/photos/", Photos.as_view(), name="inspection-add_photo"),
    path("photos/<int:pk>/", PhotoFile.as_view(), name="photo-file"),
]
