"""A word of the house to somebody in it (站内消息): to an account, or to a party, whose account holders share one box."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from apps.kit.time import BEIJING

from .parties import Party
from .people import User


class Message(models.Model):
    """Told once for a key. It names a case by number and item and holds no personal data: that stands behind the link."""

    KINDS = {"case": "办件", "deadline": "期限变动", "card": "红黄牌", "calendar": "工作日历", "account": "账号", "feedback": "评价与咨询"}

    user = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="messages", db_index=False, verbose_name="账号"
    )
    party = models.ForeignKey(
        Party, models.CASCADE, null=True, related_name="messages", db_index=False, verbose_name="办事人"
    )
    key = models.CharField("事由", max_length=120)
    kind = models.CharField("类别", max_length=20)
    title = models.CharField("标题", max_length=100)
    text = models.CharField("内容", max_length=600)
    link = models.CharField("页面", max_length=200, blank=True)
    root_id = models.BigIntegerField("办件", null=True)
    at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读时间", null=True)

    class Meta:
        verbose_name = "站内消息"
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, party__isnull=True) | Q(user__isnull=True, party__isnull=False),
                name="message_to_one",
            ),
            models.CheckConstraint(condition=Q(link="") | Q(link__startswith="/"), name="message_link_is_ours"),
            models.UniqueConstraint(fields=["user", "key"], name="message_once_a_user"),
            models.UniqueConstraint(fields=["party", "key"], name="message_once_a_party"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="message_of_user", condition=Q(user__isnull=False)),
            models.Index(fields=["party", "-id"], name="message_of_party", condition=Q(party__isnull=False)),
            models.Index(fields=["user"], name="message_unread_user", condition=Q(read_at__isnull=True)),
            models.Index(fields=["party"], name="message_unread_party", condition=Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def to_the_day(self) -> bool:
        """Of what was said of the service staff learn the day: the minute would tell whose case an anonymous word is of."""
        return self.kind == "feedback" and self.user_id is not None

    @property
    def told_at(self) -> datetime:
        at = self.at.astimezone(BEIJING)
        return at.replace(hour=0, minute=0, second=0, microsecond=0) if self.to_the_day else at

    @property
    def kind_label(self) -> str:
        return self.KINDS[self.kind]
