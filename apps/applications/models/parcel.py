"""What goes to the applicant by courier."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.directory.models import User
from apps.kit.ids import plain_name

from .. import policy
from ..workflow_parcel import ParcelLife
from .case import Application, guard

# What stands on a slip where a name was asked for: the addressee himself, or the applicant, who may have named another.
HIMSELF = {"本人", "本人签收", "收件人", "收件人本人", "收件人签收"}
THE_APPLICANT = {"申请人", "申请人本人"}


class Parcel(ParcelLife):
    """Results of a case in one envelope. Where it goes is frozen with it: a later choice concerns the next one."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="parcels")
    members = ArrayField(models.BigIntegerField(), verbose_name="寄出的事项")
    recipient = models.CharField("收件人", max_length=200)
    phone = models.CharField("收件电话", max_length=20)
    address = models.CharField("收件地址", max_length=200)
    waybill = models.CharField("运单号", max_length=40, blank=True)
    problem = models.CharField("原因", max_length=200, blank=True)
    signed_on = models.DateField("签收日", null=True)
    signed_by = models.CharField("签收人", max_length=60, blank=True)
    clerk = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="寄件人")
    at = models.DateTimeField("寄出时间", auto_now_add=True)

    chain_root_field = "application"
    policy = staticmethod(policy.allow_parcel)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["waybill"], condition=~Q(waybill=""), name="waybill_once"),
            models.CheckConstraint(condition=~Q(state="signed") | Q(signed_on__isnull=False), name="signed_has_its_day"),
        ]
        triggers = guard(ParcelLife)

    def signer(self, said: str) -> str:
        """Whose name it is that stands on the slip."""
        said = said.strip()
        return self.recipient if said in ("", *HIMSELF) else self.application.applicant_name if said in THE_APPLICANT else said

    @property
    def signed_name(self) -> str:
        """Who signed: before 30 November 2026 the word of the slip was kept as it stood."""
        return self.signer(self.signed_by) if self.signed_by else ""

    @property
    def signed_by_other(self) -> bool:
        """By somebody else than the applicant, who stands for it by law, and whom he named: he learns of it."""
        signer, case = plain_name(self.signed_name)[:60], self.application
        if not signer or signer in {plain_name(name)[:60] for name in (self.recipient, case.applicant_name)}:
            return False
        return signer != plain_name(case.applicant.legal_rep_name)

    def __str__(self):
        return f"parcel {self.pk} {self.waybill}"
