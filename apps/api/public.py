"""Without sign-in: tokens, the catalogue, Plans, tracking by number and phone, verification of a document."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from apps.applications import tracking
from apps.applications.models import Application
from apps.catalog import queries as catalog
from apps.catalog.plan import compile_plan
from apps.catalog.ways import WAYS
from apps.directory import queries_mandates, signing
from apps.issuance import queries as documents
from apps.issuance.limits import VERIFY_WRONG
from apps.kit.errors import NotYours
from apps.kit.limits import neighbourhood
from apps.kit.time import parse_day, today
from apps.supervision.usual import usual_time

from . import shapes, tokens
from . import shapes_told as told
from .asking import department, node, reads
from .base import Desk
from .cases import PAGING, READ_ERRORS, page_of
from .fields import ITEM_OR_BUNDLE, words
from .problems import Problem


class OpenDesk(Desk):
    """For everybody; a signed-in caller is known all the same."""

    permission_classes = [AllowAny]


class SignInIn(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    code = serializers.CharField(max_length=20, required=False, allow_blank=True, help_text="已绑定验证器的账号必填")


class TokenShape(serializers.Serializer):
    token = serializers.CharField()
    expires_in = serializers.IntegerField()


class Token(OpenDesk):
    authentication_classes: list = []

    @extend_schema(
        operation_id="token_create",
        summary="用账号密码换取令牌（12 小时有效）",
        tags=["account"],
        request=SignInIn,
        responses={200: TokenShape, 400: Problem, 415: Problem, 422: Problem, 429: Problem},
    )
    def post(self, request):
        given = self.read(request, SignInIn)
        plain: HttpRequest = request._request
        user = signing.check_password(plain, given["username"], given["password"])
        if signing.second_factor_wanted(user):
            signing.check_code(user, given.get("code", ""))
        return Response({"token": tokens.issue(user), "expires_in": tokens.LIFETIME})


AUDIENCES = ("person", "enterprise", "institution", "organisation", "agency", "other")  # of the catalogue format


class DefinitionShape(serializers.Serializer):
    code = serializers.CharField(source="definition_id")
    name = serializers.CharField()
    kind = serializers.CharField(source="definition.kind", help_text=ITEM_OR_BUNDLE)
    region = serializers.CharField(source="definition.region_id")
    department = serializers.CharField(source="definition.department_id", allow_null=True)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    ways = serializers.ListField(source="told_ways", child=serializers.ChoiceField(choices=list(WAYS.items())), help_text="八个办")


def _words(name: str, about: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, description=about)


def _with_ways(rows: list) -> None:
    found = catalog.ways_of(rows)
    for row in rows:
        row.told_ways = found[row.pk]


class Items(OpenDesk):
    @reads(
        operation_id="item_list",
        summary="公开的事项和一件事",
        tags=["catalogue"],
        parameters=[
            *PAGING,
            _words("q", "文字、拼音、首字母或编码"),
            _words("region", "节点编码"),
            OpenApiParameter("audience", str, enum=AUDIENCES, description="服务对象"),
            _words("theme", "主题"),
            OpenApiParameter("kind", str, enum=["item", "bundle"]),
            _words("department", "部门编码"),
            OpenApiParameter("way", str, enum=list(WAYS), description="八个办"),
        ],
        responses={200: page_of(DefinitionShape, "DefinitionPage"), 422: Problem},
    )
    def get(self, request):
        asked = {
            name: request.query_params.get(name) or None
            for name in ("audience", "theme", "kind", "way")
        }
        asked |= {"region": node(request, "region") or None, "department": department(request) or None}
        rows = catalog.search_definitions(request.query_params.get("q", "")[:100], **asked)
        return self.page(request, rows, ("pinyin", "id"), DefinitionShape, complete=_with_ways)


class Guide(OpenDesk):
    @reads(
        operation_id="item_guide",
        summary="办事指南，含八个办的标签、通常用时（近两年九成办件在此以内，不含等申请人的时间；件数太少为空）和受理的最后一日（不停止受理的为空）",
        tags=["catalogue"],
        parameters=[_words("as_of", "哪一天的版本，默认今天")],
        responses={200: told.GuideTold, 404: Problem, 422: Problem},
    )
    def get(self, request, code: str):
        found = catalog.guide(code, parse_day(request.query_params.get("as_of"), "as_of"))
        plain = {name: found[name] for name in ("code", "kind", "content", "version_id", "members", "last_day")}
        day = parse_day(request.query_params.get("as_of"), "as_of") or today()
        version = catalog.holding(day).defer("content").get(definition=code)
        usual = usual_time(code)
        plain |= {
            "department": found["department"].name,
            "region": found["region"].name,
            "ways": catalog.ways_of([version], day)[version.pk],
            "usual_time": {"working_days": usual.days, "cases": usual.cases} if usual else None,
        }
        return Response(plain)


class PlanIn(serializers.Serializer):
    answers = serializers.DictField(required=False)
    as_of = serializers.DateField(required=False)


class Plan(OpenDesk):
    called = {"situations": "answers"}

    @extend_schema(
        operation_id="item_plan",
        summary="按情形编成的办理方案：表单、材料、阶段、期限",
        tags=["catalogue"],
        request=PlanIn,
        responses={200: told.PlanTold, 400: Problem, 404: Problem, 415: Problem, 422: Problem},
    )
    def post(self, request, code: str):
        given = self.read(request, PlanIn)
        return Response(compile_plan(code, given.get("answers", {}), given.get("as_of") or today()))


class TrackIn(serializers.Serializer):
    number = serializers.CharField(max_length=40)
    phone = serializers.CharField(max_length=30)


class TrackedShape(serializers.Serializer):
    number = serializers.CharField()
    name = serializers.CharField()
    state = serializers.CharField(help_text=words(Application.State.choices))
    applicant = serializers.CharField()
    receipt_date = serializers.DateField()
    due_on = serializers.DateField(allow_null=True)
    members = shapes.MemberShape(many=True)
    story = shapes.StoryShape(many=True)
    clocks = shapes.ClockShape(many=True)
    remedies = shapes.RemedyShape(many=True)
    now = serializers.SerializerMethodField()

    def get_now(self, found) -> shapes.NowShape:
        return dict(zip(("what", "holder", "todo"), found.now, strict=True))


class Track(OpenDesk):
    authentication_classes: list = []

    @extend_schema(
        operation_id="track",
        summary="凭编号和手机号查进度",
        tags=["public"],
        request=TrackIn,
        responses={200: TrackedShape, 400: Problem, 404: Problem, 415: Problem, 422: Problem, 429: Problem},
    )
    def post(self, request):
        given = self.read(request, TrackIn)
        found = tracking.look_up(given["number"], given["phone"], self.actor.ip)
        if found is None:
            raise NotYours("track.none", "没有查到。请核对编号和手机号，两样都要和收件凭证上的一致。")
        return Response(TrackedShape(found).data)


class Verify(OpenDesk):
    authentication_classes: list = []

    @reads(
        operation_id="document_verify",
        summary="凭查询码核验文书",
        tags=["public"],
        responses={200: told.VerifiedTold, 404: Problem, 422: Problem},
    )
    def get(self, request, code: str):
        address = neighbourhood(self.actor.ip)
        VERIFY_WRONG.demand(address)
        found = documents.verify(code)
        if found is None:
            VERIFY_WRONG.count(address)
            raise NotYours("verify.none", "没有这份文书，请核对查询码。")
        return Response(found)


class Me(Desk):
    @reads(
        operation_id="me",
        summary="我是谁，有哪些岗位，能替谁申请（items 为空：所有事项）",
        tags=["account"],
        responses={200: told.MeTold, **READ_ERRORS},
    )
    def get(self, request):
        posts = [
            {
                "id": post.id,
                "role": post.role,
                "region": post.region,
                "node": post.node,
                "department": post.department,
                "acting_for": post.acting_for,
            }
            for post in self.actor.posts
        ]
        acts_for = [
            {"party": held.principal_id, "name": held.principal.name, "kind": held.principal.kind, "items": held.scope, "until": held.valid_to}
            for held in queries_mandates.mandates_held(self.actor)
            if held.valid_from <= today()
        ]
        me = {"id": self.actor.id, "name": self.actor.name, "kind": self.actor.kind, "posts": posts, "acts_for": acts_for}
        return Response(me)


urlpatterns = [
    path("token/", Token.as_view(), name="token"),
    path("me/", Me.as_view(), name="me"),
    path("items/", Items.as_view(), name="item-list"),
    path("items/<str:code>/", Guide.as_view(), name="item-guide"),
    path("items/<str:code>/plan/", Plan.as_view(), name="item-plan"),
    path("track/", Track.as_view(), name="track"),
    path("verify/<str:code>/", Verify.as_view(), name="verify"),
]
