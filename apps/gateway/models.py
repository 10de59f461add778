"""What waits to leave the building."""

from __future__ import annotations

import re

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.journal.models import Chained

_OF_OURS = re.compile(r"[A-Z]\w+", re.ASCII)  # KeyError: …
PARCEL, OFF = "parcel:", ":off"  # how the key of an order to the courier begins, and how that of its calling-off ends


class Outbound(Chained):
    """One message to an outside service, written in the transaction that wants it and sent after, once per `key`.

    What was sent keeps no address in full (PIPL 19): the word itself stands in the in-app message. An order to the courier
    (key "parcel:<id>", its calling-off "parcel:<id>:off") names its parcel only: where it goes is read when it is sent.
    """

    class Service(models.TextChoices):
        SMS = "sms", "短信"
        MAIL = "mail", "电子邮件"
        COURIER = "courier", "快递下单"

    class State(models.TextChoices):
        PENDING = "pending", "待发送"
        SENT = "sent", "已发送"
        STUCK = "stuck", "发送受阻"

    service = models.CharField("渠道", max_length=10, choices=Service.choices)
    key = models.CharField(max_length=120, unique=True)
    to = models.CharField("收件地址", max_length=200)
    subject = models.CharField("标题", max_length=100, blank=True)
    text = models.CharField("内容", max_length=600)
    root_id = models.BigIntegerField("办件", null=True)
    region = models.CharField("节点", max_length=20, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField("写入时间", default=timezone.now)
    sent_at = models.DateTimeField("发送时间", null=True)
    reference = models.CharField("对方编号", max_length=100, blank=True)
    error = models.CharField("原因", max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at"], name="outbound_due", condition=Q(state="pending")),
            models.Index(fields=["id"], name="outbound_stuck", condition=Q(state="stuck")),
        ]

    @property
    def calls_off(self) -> bool:
        return self.key.startswith(PARCEL) and self.key.endswith(OFF)

    @property
    def kind(self) -> str:
        return "取消快递" if self.calls_off else self.get_service_display()

    @property
    def why(self) -> str:
        """The cause in words: what a client notes of a service that gave no answer is for who keeps the servers."""
        service, _, noted = self.error.partition(": ")
        if _OF_OURS.fullmatch(service) and noted:
            return f"系统自己出了故障，重新发送多半还是一样，请先交技术人员处理（{self.error}）。"
        return f"对方系统没有应答，或者答复读不懂（{noted}）。" if service == self.service and noted else self.error

    def __str__(self):
        return f"{self.get_service_display()} {self.key}"
