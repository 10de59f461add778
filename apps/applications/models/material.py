"""The checklist of a case, line by line, and the files that lie at it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.directory.models import User
from apps.issuance.models import Document

from .case import Application, Member


class MaterialEntry(models.Model):
    """One line of the case's checklist: what is asked, what came."""

    class State(models.TextChoices):
        MISSING = "missing", "未交"
        SUPPLIED = "supplied", "已交"
        CONFIRMED = "confirmed", "已核对"
        REJECTED = "rejected", "不合格"
        SUPPLEMENTED = "supplemented", "已补交"
        WAIVED = "waived", "免交"
        EXPECTED = "expected", "由前一事项产生"

    IN_HAND = [State.SUPPLIED, State.CONFIRMED, State.SUPPLEMENTED, State.WAIVED]

    application = models.ForeignKey(Application, models.CASCADE, related_name="materials", db_index=False)
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    necessity = models.CharField(max_length=10)
    state = models.CharField(max_length=12, choices=State.choices, default=State.MISSING)
    originals = models.PositiveSmallIntegerField(default=0)
    copies = models.PositiveSmallIntegerField(default=0)
    remark = models.CharField("说明", max_length=300, blank=True)
    promised = models.BooleanField("承诺后补", default=False)
    supplier = models.ForeignKey(
        Member, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="产生它的事项"
    )
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="产生的文书"
    )

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["application", "code"], name="material_once")]

    def __str__(self):
        return self.name

    @property
    def in_hand(self) -> bool:
        return self.state in self.IN_HAND


class Quarantined(models.Model):
    """An uploaded file as the virus scanner knows it. Until it has answered the file lies in quarantine: nobody opens it."""

    class Scan(models.TextChoices):
        WAITING = "waiting", "安全检查中"
        CLEAN = "clean", "通过检查"
        INFECTED = "infected", "有病毒"
        BEFORE = "before", "检查上线前收下"

    OPEN = [Scan.WAITING, Scan.BEFORE]  # the scanner has not answered for it yet
    SERVED = [Scan.CLEAN, Scan.BEFORE]

    removed_at = models.DateTimeField(null=True)
    scan = models.CharField("安全检查", max_length=10, choices=Scan.choices, default=Scan.WAITING)
    scan_tries = models.PositiveSmallIntegerField(default=0)
    next_scan_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    @property
    def quarantined(self) -> bool:
        return self.scan not in self.SERVED


class Attachment(Quarantined):
    """A scan or file at a material; a replaced one stays in the log. In quarantine, its line is not in hand because of it."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="attachments")
    material = models.ForeignKey(MaterialEntry, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    source = models.CharField("原文件 SHA-256", max_length=64, blank=True)  # of what was sent, before it was made fit
    path = models.CharField(max_length=120)
    note = models.CharField("提示", max_length=100, blank=True)
    origin = models.CharField("来源", max_length=200, blank=True)  # of what was not uploaded but held already
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["next_scan_at"],
                name="attachment_unscanned",
                condition=Q(scan__in=["waiting", "before"], removed_at__isnull=True),
            )
        ]

    def __str__(self):
        return self.name
