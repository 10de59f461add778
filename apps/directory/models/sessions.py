"""Where an account is signed in: what the owner sees and may end."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from .people import User


class OpenSession(models.Model):
    """One sign-in in one browser. It is over when its session is gone from the session table, whatever ended it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="open_sessions", verbose_name="账号")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.GenericIPAddressField("网络地址", null=True)
    device = models.CharField("设备", max_length=60, blank=True)
    started_at = models.DateTimeField("登录时间", default=timezone.now)

    class Meta:
        verbose_name = "登录"
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.user} {self.device}"
