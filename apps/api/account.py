"""One's own account: the ways to be told by."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apps.directory import actions
from apps.directory.addresses import client_address
from apps.directory.models import User
from apps.gateway.actions import change_email
from apps.kit.errors import Forbidden

from .asking import reads
from .base import Desk
from .cases import READ_ERRORS
from .problems import Problem
from .verbs import ERRORS, KEY


class AccountShape(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "name", "mobile", "email", "wants_sms", "wants_mail"]
        read_only_fields = fields


class ChannelsIn(serializers.Serializer):
    wants_sms = serializers.BooleanField(required=False)
    wants_mail = serializers.BooleanField(required=False)


class EmailIn(serializers.Serializer):
    email = serializers.CharField(max_length=254, allow_blank=True, help_text="空：删除邮箱，不需要验证码")
    code = serializers.CharField(max_length=10, required=False, allow_blank=True, help_text="发到这个邮箱的验证码")


class EmailCodeIn(serializers.Serializer):
    email = serializers.CharField(max_length=254)


class OwnDesk(Desk):
    """Of people who apply; staff accounts are kept by the administrator of the node."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.user.is_authenticated and self.actor.kind != "person":
            raise Forbidden("这里给办事人使用；工作人员的账号由节点管理员维护。")


class Account(OwnDesk):
    @reads(
        operation_id="account_get",
        summary="我的账号：手机、邮箱、通知方式",
        tags=["account"],
        responses={200: AccountShape, **READ_ERRORS},
    )
    def get(self, request):
        return Response(AccountShape(request.user).data)

    @extend_schema(
        operation_id="account_choose_channels",
        summary="选择是否收短信、电子邮件；站内消息总会有",
        tags=["account"],
        parameters=[KEY],
        request=ChannelsIn,
        responses={200: AccountShape, **ERRORS},
    )
    def patch(self, request):
        given = self.read(request, ChannelsIn)
        return self.write(
            request,
            lambda: AccountShape(actions.choose_channels(by=self.actor, user=request.user, **given)).data,
        )


class Email(OwnDesk):
    @extend_schema(
        operation_id="account_change_email",
        summary="用验证码确认邮箱，或者删除邮箱",
        tags=["account"],
        parameters=[KEY],
        request=EmailIn,
        responses={200: AccountShape, **ERRORS},
    )
    def post(self, request):
        given = self.read(request, EmailIn)
        return self.write(
            request, lambda: AccountShape(change_email(by=self.actor, user=request.user, **given)).data
        )


class EmailCode(OwnDesk):
    @extend_schema(
        operation_id="account_ask_email_code",
        summary="把验证码发到要填写的邮箱",
        tags=["account"],
        request=EmailCodeIn,
        responses={200: EmailCodeIn, **ERRORS, 429: Problem, 503: Problem},
    )
    def post(self, request):
        given, ip = self.read(request, EmailCodeIn), client_address(request)
        # Nothing is kept, and nobody is sent a second one within a minute: no key is needed.
        return Response({"email": actions.ask_email_code(by=self.actor, user=request.user, ip=ip, **given)})


urlpatterns = [
    path("account/", Account.as_view(), name="account"),
    path("account/email/", Email.as_view(), name="account-email"),
    path("account/email/code/", EmailCode.as_view(), name="account-email_code"),
]
