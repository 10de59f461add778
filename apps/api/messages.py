"""One's own in-app messages."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers

from apps.directory import actions, queries
from apps.directory.models import Message

from .asking import flag, reads
from .base import Desk
from .cases import PAGING, READ_ERRORS, page_of
from .fields import words
from .verbs import ERRORS, KEY


class MessageShape(serializers.ModelSerializer):
    kind_label = serializers.CharField(read_only=True)
    at = serializers.DateTimeField(source="told_at", read_only=True)
    application = serializers.IntegerField(source="root_id", read_only=True, allow_null=True)

    class Meta:
        model = Message
        fields = ["id", "kind", "kind_label", "title", "text", "link", "application", "at", "read_at"]
        read_only_fields = fields
        extra_kwargs = {"kind": {"help_text": words(Message.KINDS.items())}}


class Messages(Desk):
    @reads(
        operation_id="message_list",
        summary="我的站内消息，新的在前",
        tags=["message"],
        parameters=[*PAGING, OpenApiParameter("unread", bool, description="true：只列未读")],
        responses={200: page_of(MessageShape, "MessagePage"), **READ_ERRORS},
    )
    def get(self, request):
        unread = flag(request, "unread")
        return self.page(request, queries.messages_for(self.actor, unread=unread), ("-id",), MessageShape)


class ReadMessage(Desk):
    @extend_schema(
        operation_id="message_read",
        summary="把一条消息标为已读",
        tags=["message"],
        parameters=[KEY],
        request=None,
        responses={200: MessageShape, **ERRORS},
    )
    def post(self, request, pk: int):
        return self.write(request, lambda: MessageShape(actions.read_message(by=self.actor, message=pk)).data)


class ReadUntil(serializers.Serializer):
    until = serializers.IntegerField(help_text="标到这一条为止（含），避免把刚到的也标为已读")


class ReadMessages(Desk):
    @extend_schema(
        operation_id="message_read_all",
        summary="把这一条及以前的消息都标为已读",
        tags=["message"],
        parameters=[KEY],
        request=ReadUntil,
        responses={200: inline_serializer("ReadCount", {"read": serializers.IntegerField()}), **ERRORS},
    )
    def post(self, request):
        given = self.read(request, ReadUntil)
        return self.write(request, lambda: {"read": actions.read_messages(by=self.actor, **given)})


urlpatterns = [
    path("messages/", Messages.as_view(), name="message-list"),
    path("messages/read/", ReadMessages.as_view(), name="message-read_all"),
    path("messages/<int:pk>/read/", ReadMessage.as_view(), name="message-read"),
]
