"""Lists, whole cases, files and the work queues."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from itertools import compress
from urllib.parse import quote

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from apps.applications import actions, queries, queries_case, queries_files, queries_issue, queries_review, sight
from apps.applications.handout import ways
from apps.applications.models import Application
from apps.applications.uploads import ACCEPTED_TYPES, Limits, demand_size
from apps.catalog.savings import savings
from apps.deadlines.models import Clock
from apps.directory.actions import reveal
from apps.issuance.queries import document_file
from apps.kit import files
from apps.kit.errors import NotYours, Refused
from apps.supervision.metrics import kept

from . import asking, shapes, shapes_intake
from .asking import period, reads
from .base import AsItIs, Desk, shown
from .problems import Problem
from .shapes_told import FormTold
from .verbs import ERRORS, KEY


def _text(name: str, about: str, **more) -> OpenApiParameter:
    return OpenApiParameter(name, str, description=about, **more)


PAGING = [_text("page", "翻页标记"), OpenApiParameter("size", int, description="每页条数，1 到 100")]
READ_ERRORS = {401: Problem, 403: Problem, 404: Problem, 422: Problem}


def page_of(shape: type[serializers.Serializer], name: str, **beside: serializers.Field):
    return inline_serializer(
        name,
        {
            "results": shape(many=True),
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
            **beside,
        },
    )


def scans_of(*types: str) -> dict:
    return dict.fromkeys(((200, kind) for kind in types), OpenApiTypes.BINARY)


class Applications(Desk):
    @reads(
        operation_id="application_list",
        summary="办件列表（只有您能看到的）",
        tags=["application"],
        parameters=[
            *PAGING,
            _text("q", "编号、统一社会信用代码、申请人或事项名称；身份证号不能写在网址里"),
            _text("state", "状态，可用逗号列出几个", enum=Application.State.values, many=True, explode=False),
            _text("light", "只列已受理、没有办结的", enum=Clock.Light.values),
            _text("code", "事项编码"),
            _text("department", "部门编码"),
            _text("since", "收件日起 yyyy-mm-dd"),
            _text("until", "收件日止 yyyy-mm-dd"),
        ],
        responses={200: page_of(shapes.ApplicationShape, "ApplicationPage", counts=shapes.Counts()), **READ_ERRORS},
    )
    def get(self, request):
        asked = request.query_params
        words = asking.words(request)
        rows = queries.filtered(
            queries.find(self.actor, words),
            **{name: asked.get(name, "") for name in ("state", "light")},
            code=asking.item(request),
            department=asking.department(request),
            **period(request),
        )
        return self.page(request, rows, queries.order(words), shapes.ApplicationShape, counts=kept(self.actor))

    @extend_schema(
        operation_id="application_open",
        summary="开始一件申请（草稿）",
        tags=["application"],
        parameters=[KEY],
        request=shapes_intake.OpenIn,
        responses={201: shapes.ApplicationShape, **ERRORS},
    )
    def post(self, request):
        given = self.read(request, shapes_intake.OpenIn)
        given.setdefault("channel", "online" if self.actor.kind == "person" else "counter")
        return self.write(
            request, lambda: shown(shapes.ApplicationShape, actions.open_draft(by=self.actor, **given)), status=201
        )


class File(Desk):
    @extend_schema(
        operation_id="application_file",
        summary="窗口一次办完收件和受理（可容缺）：填写、核对、受理同时成立，缺什么一次说清、什么都不留下",
        tags=["application"],
        parameters=[KEY],
        request=shapes_intake.FileIn,
        responses={201: shapes.ApplicationShape, **ERRORS},
    )
    def post(self, request):
        given = self.read(request, shapes_intake.FileIn)
        return self.write(
            request, lambda: shown(shapes.ApplicationShape, actions.file(by=self.actor, **given)), status=201
        )


class Case(Desk):
    @reads(
        operation_id="application_get",
        summary="一件申请的全部：事项、材料、时限、文书、经过",
        tags=["application"],
        responses={200: shapes.CaseShape, **READ_ERRORS},
    )
    def get(self, request, pk: int):
        return Response(shown(shapes.CaseShape, queries_case.case(self.actor, pk)))

    @extend_schema(
        operation_id="application_discard",
        summary="放弃草稿、没有收件的网上申请",
        tags=["application"],
        parameters=[KEY],
        responses={200: inline_serializer("Discarded", {"discarded": serializers.IntegerField()}), **ERRORS},
    )
    def delete(self, request, pk: int):
        def do():
            actions.discard(by=self.actor, application=pk)
            return {"discarded": pk}

        return self.write(request, do)


class Form(Desk):
    @reads(
        operation_id="application_form",
        summary="这件申请的表单与材料清单；duplicates：同一申请人同一事项没有办结的其他办件",
        tags=["application"],
        responses={200: FormTold, **READ_ERRORS},
    )
    def get(self, request, pk: int):
        row = queries.get(self.actor, pk)
        needs, plan = queries.needs(self.actor, row), row.plan
        shown = {name: plan[name] for name in ("members", "stages", "lead_department")}
        for name, asked in (("elements", row.form), ("materials", row.listed)):
            own = [sight.needed(entry, needs) for entry in asked]  # by these answers; the lines stay as they are for any
            shown[name] = list(compress(plan[name], own))
        # What the whole asks chooses the members; what an item asks is that item's business.
        known = None if needs is None else {plan["code"], *needs}
        shown["situations"] = [q for q in plan["situations"] if known is None or not known.isdisjoint(q["asked_by"])]
        asked = {question["code"] for question in shown["situations"]}
        shown["answers"] = {code: value for code, value in plan["answers"].items() if code in asked}
        saved = savings(plan)
        shown |= {
            "standard": plan.get("standard"),
            "issue": row.issue,
            "ways": ways(plan),
            "savings": asdict(saved) if saved else None,
            # A warning at intake, never a ban.
            "duplicates": [
                {"id": twin.pk, "number": twin.number, "state": twin.state, "receipt_date": twin.receipt_date}
                for twin in queries.duplicates(self.actor, row)
            ],
        }
        return Response(shown)


class Attachments(Desk):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="application_attach",
        summary="给一件材料上传扫描件（JPG、PNG、PDF）",
        tags=["application"],
        parameters=[KEY],
        request={"multipart/form-data": shapes_intake.AttachIn},
        responses={
            201: inline_serializer("Attached", {"id": serializers.IntegerField(), "sha256": serializers.CharField()}),
            **ERRORS,
            413: Problem,
        },
    )
    def post(self, request, pk: int):
        read = self.read_upload(request, shapes_intake.AttachIn)
        sent = read["file"]
        demand_size(sent.size, Limits.of({}))
        given = {"material": read["material"], "name": sent.name, "content": sent.read()}

        def do() -> dict:
            row = actions.attach(by=self.actor, application=pk, **given, examine=False)
            return {"id": row.pk, "sha256": row.sha256}

        asked = {**given, "content": hashlib.sha256(given["content"]).hexdigest()}
        answer = self.write(request, do, status=201, asked=asked)
        actions.examine_file(answer.data["id"])
        return answer


def download(content: bytes, name: str, content_type: str) -> HttpResponse:
    """A file as an attachment, never shown inline and never sniffed."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def stored(row) -> HttpResponse:
    """The file of a scan or a photo. Raises NotYours when the store has lost it."""
    try:
        return download(files.read(row.path), row.name, row.content_type)
    except FileNotFoundError:
        raise NotYours("file.gone", "存储里找不到这个文件，请联系系统管理员。") from None


class AttachmentFile(Desk):
    content_negotiation_class = AsItIs

    @reads(
        operation_id="attachment_file",
        summary="下载扫描件",
        tags=["file"],
        responses={**scans_of(*ACCEPTED_TYPES), **READ_ERRORS},
    )
    def get(self, request, pk: int):
        row = queries_files.attachment(self.actor, pk)
        return stored(row)

    @extend_schema(
        operation_id="attachment_remove",
        summary="移除传错的扫描件：提交以前、补正提交以前（窗口：受理以前）",
        tags=["file"],
        parameters=[KEY],
        responses={200: inline_serializer("Removed", {"removed": serializers.IntegerField()}), **ERRORS},
    )
    def delete(self, request, pk: int):
        case = queries_files.case_of(pk)

        def do():
            actions.remove_attachment(by=self.actor, application=case, attachment=pk)
            return {"removed": pk}

        return self.write(request, do)


class DocumentFile(Desk):
    content_negotiation_class = AsItIs

    @reads(
        operation_id="document_file",
        summary="下载文书 PDF",
        tags=["file"],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **READ_ERRORS, 409: Problem},
    )
    def get(self, request, pk: int):
        row = queries_files.document(self.actor, pk)
        content, name = document_file(row.root_id, row.pk)
        return download(content, name, "application/pdf")


class RevealIn(serializers.Serializer):
    field = serializers.CharField(max_length=80, help_text="contact_mobile、applicant.id_number、answers.<数据元> 等")
    reason = serializers.CharField(max_length=200)


class Reveal(Desk):
    @extend_schema(
        operation_id="application_reveal",
        summary="查看完整信息（留痕）",
        tags=["application"],
        request=RevealIn,
        responses={200: inline_serializer("Revealed", {"value": serializers.CharField()}), **ERRORS},
    )
    def post(self, request, pk: int):
        given = self.read(request, RevealIn)
        row = queries.get(self.actor, pk)
        return Response({"value": reveal(by=self.actor, subject=row, **given)})


QUEUES = {
    "inbox": (queries_review.inbox, "本部门未结的工作"),
    "countersign": (queries_review.countersign_queue, "待负责人决定"),
    "misrouted": (queries_review.misrouted, "退回分办的工作"),
}
RESULTS = {"seal": (queries_issue.seal_queue, "待登记用印"), "issue": (queries_issue.issue_queue, "待出件")}


class Jobs(Desk):
    @reads(
        operation_id="job_list",
        summary="部门工作",
        tags=["job"],
        parameters=[*PAGING, _text("queue", "inbox、countersign 或 misrouted，默认 inbox", enum=list(QUEUES))],
        responses={200: page_of(shapes.JobShape, "JobPage"), **READ_ERRORS},
    )
    def get(self, request):
        name = request.query_params.get("queue", "inbox")
        if name not in QUEUES:
            raise Refused("queue.unknown", f"没有“{name}”这个工作清单。", "queue")
        return self.page(request, QUEUES[name][0](self.actor), ("id",), shapes.JobShape)


class Members(Desk):
    @reads(
        operation_id="member_list",
        summary="待用印或待出件的事项",
        tags=["member"],
        parameters=[*PAGING, _text("queue", "seal 或 issue", enum=list(RESULTS), required=True)],
        responses={200: page_of(shapes.MemberShape, "MemberPage"), **READ_ERRORS},
    )
    def get(self, request):
        name = request.query_params.get("queue", "")
        if name not in RESULTS:
            raise Refused("queue.unknown", "请用 queue=seal 或 queue=issue。", "queue")
        return self.page(request, RESULTS[name][0](self.actor), ("id",), shapes.MemberShape)


urlpatterns = [
    path("applications/", Applications.as_view(), name="application-list"),
    path("applications/file/", File.as_view(), name="application-file"),
    path("applications/<int:pk>/", Case.as_view(), name="application-get"),
    path("applications/<int:pk>/form/", Form.as_view(), name="application-form"),
    path("applications/<int:pk>/attachments/", Attachments.as_view(), name="application-attach"),
    path("applications/<int:pk>/reveal/", Reveal.as_view(), name="application-reveal"),
    path("attachments/<int:pk>/", AttachmentFile.as_view(), name="attachment-file"),
    path("documents/<int:pk>/", DocumentFile.as_view(), name="document-file"),
    path("jobs/", Jobs.as_view(), name="job-list"),
    path("members/", Members.as_view(), name="member-list"),
]
