"""What the department's review adds to a member: the hearing, materials asked for while it examines, a commitment; and the
certificate that is to be renewed, or cancelled."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.directory.models import User
from apps.issuance.queries import certificate_in_force
from apps.kit.time import now, today

from .. import policy
from ..workflow_review import CancellationLife, CommitmentLife, HearingLife, RenewalLife, ReviewSupplementLife
from .case import Application, Member, guard
from .notice import unmended


class Hearing(HearingLife):
    """The one hearing of a member. `ground` says why: the law requires it for the item, a third party's major interest, or
    the agency finds a public interest (XKF 46, 47)."""

    class Ground(models.TextChoices):
        REQUIRED = "required", "法律规定应当听证"
        INTEREST = "interest", "涉及他人重大利益"
        PUBLIC = "public", "涉及公共利益"

    class Who(models.TextChoices):
        APPLICANT = "applicant", "申请人"
        THIRD_PARTY = "third_party", "利害关系人"

    application = models.ForeignKey(Application, models.CASCADE, related_name="hearings")
    member = models.OneToOneField(Member, models.CASCADE, related_name="hearing")
    ground = models.CharField("听证的事由", max_length=10, choices=Ground.choices)
    interest = models.CharField("涉及的利益", max_length=1000, blank=True)
    third_parties = ArrayField(models.CharField(max_length=100), verbose_name="利害关系人", default=list)
    told_on = models.DateField("告知日", null=True)
    request_by = models.DateField("申请听证截止日", null=True)
    requested_on = models.DateField("申请听证日", null=True)
    requested_by = models.CharField("申请听证的人", max_length=12, choices=Who.choices, blank=True)
    requester = models.CharField("申请听证的利害关系人", max_length=2000, blank=True)  # names, with 、 between
    hold_by = models.DateField("组织听证截止日", null=True)
    at = models.DateTimeField("听证时间", null=True)
    place = models.CharField("听证地点", max_length=200, blank=True)
    presider = models.CharField("主持人", max_length=60, blank=True)
    record = models.TextField("笔录要点", blank=True)

    chain_root_field = "application"
    policy = staticmethod(policy.allow_hearing)
    lock_related = ("member",)

    class Meta:
        triggers = guard(HearingLife)

    def __str__(self):
        return f"hearing {self.pk} {self.state}"

    @property
    def begun(self) -> bool:
        """The time that was notified has come: there may be a record."""
        return self.at is not None and now() >= self.at

    @property
    def asked_by(self) -> str:
        """Who asked for it: who joined the applicant stands beside him."""
        third = f"{self.Who.THIRD_PARTY.label}（{self.requester}）" if self.requester else ""
        return "、".join(filter(None, (self.requested_by == self.Who.APPLICANT and self.Who.APPLICANT.label, third)))


class ReviewSupplement(ReviewSupplementLife):
    """Materials that the department wants mended or added while it examines (审查阶段补正). `excluded`: the item's own rule
    leaves this time out of the limit (整改), by a pause with its own notice; otherwise the clock goes on."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="supplements")
    member = models.ForeignKey(Member, models.CASCADE, related_name="supplements")
    gaps = models.JSONField()  # [{"material", "name", "problem", "requirement", "how"?}]
    fields = models.JSONField(default=list)  # answers to be put right: [{"element", "name", "problem", "needed_by"}]
    came = models.JSONField(
        default=dict
    )  # {material or "answers.<element>": {"on", "at", "by", "originals", "copies", "remark"}}
    asked_at = models.DateTimeField("通知时间", auto_now_add=True)
    issued_on = models.DateField("通知日")
    days = models.PositiveSmallIntegerField("期限（工作日）")
    cure_by = models.DateField("补正截止日")
    excluded = models.BooleanField("补正时间不计入期限", default=False)

    chain_root_field = "application"
    policy = staticmethod(policy.allow_supplement)
    lock_related = ("member",)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=models.Q(state="asked"), name="one_open_supplement"),
        ]
        triggers = guard(ReviewSupplementLife)

    def __str__(self):
        return f"supplement {self.pk} {self.state}"

    @property
    def missing(self) -> list[dict]:
        return [gap for gap in self.gaps if gap["material"] not in self.came]

    @property
    def unmended(self) -> list[dict]:
        return unmended(self)


class Commitment(CommitmentLife):
    """告知承诺 of a member: granted on a signed commitment, checked afterwards (ZJR 14)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="commitments")
    member = models.OneToOneField(Member, models.CASCADE, related_name="commitment")
    text = models.TextField("承诺内容")
    signed_by = models.CharField("承诺人", max_length=100)
    signed_on = models.DateField("承诺日")
    inspect_by = models.DateField("核查截止日", null=True)
    inspected_on = models.DateField("核查日", null=True)
    findings = models.TextField("核查情况", blank=True)
    rectify_by = models.DateField("整改截止日", null=True)
    revoked_on = models.DateField("撤销日", null=True)
    reason = models.TextField("撤销的理由", blank=True)
    repaired_on = models.DateField("信用修复日", null=True)

    chain_root_field = "application"
    policy = staticmethod(policy.allow_commitment)
    lock_related = ("member",)

    class Meta:
        triggers = guard(CommitmentLife)

    def __str__(self):
        return f"commitment {self.pk} {self.state}"


class Renewal(RenewalLife):
    """An application that asks to renew a certificate of the same item and holder (XKF 50).

    While it is pending and in time, its last day stands on the application too (`renew_by`): the door refuses by it.
    """

    application = models.OneToOneField(Application, models.CASCADE, related_name="renewal")
    of = models.ForeignKey(Member, models.PROTECT, related_name="renewals", verbose_name="原办件")
    certificate = models.CharField("原证照编号", max_length=80)
    valid_to = models.DateField("原证有效期至")
    apply_by = models.DateField("申请延续的最后一日")
    timely = models.BooleanField("按时申请")
    extended_to = models.DateField("延续至", null=True)

    chain_root_field = "application"
    policy = staticmethod(policy.allow_renewal)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["of"], condition=models.Q(state="pending"), name="one_pending_renewal_a_certificate"
            )
        ]
        triggers = guard(RenewalLife)

    @property
    def goes_on(self) -> bool:
        """What is granted on it begins where the old certificate ends."""
        return self.state in (self.State.PENDING, self.State.RENEWED, self.State.DEEMED)

    @property
    def void(self) -> bool:
        """The old certificate was revoked or cancelled meanwhile: no grant and no law renews it any more. One statement while it is pending."""
        return self.state == self.State.PENDING and today() <= self.valid_to and certificate_in_force(self.certificate) is None

    def __str__(self):
        return f"renewal {self.certificate} {self.state}"


class Cancellation(CancellationLife):
    """注销 of a certificate: asked for by its holder, or ordered by the department on a ground of the law (XKF 70). `ground` and
    `clause` are those of the day, out of the dated rows (cancelling.py); a certificate is cancelled once, and until then a request
    that was declined or taken back may be made again."""

    class Original(models.TextChoices):
        TO_COME = "to_come", "待交回"
        RETURNED = "returned", "已交回"
        LOST = "lost", "已遗失"

    application = models.ForeignKey(Application, models.CASCADE, related_name="cancellations")
    member = models.ForeignKey(Member, models.CASCADE, related_name="cancellations", db_index=False)
    certificate = models.CharField("证照编号", max_length=80)
    ground = models.CharField("注销的情形", max_length=24)
    clause = models.CharField("情形和依据", max_length=200)
    original = models.CharField("证照原件", max_length=8, choices=Original.choices, default=Original.TO_COME)
    reason = models.CharField("理由", max_length=500)
    asked_on = models.DateField("申请日", null=True)
    taken_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="收下申请的人"
    )
    decided_on = models.DateField("决定日", null=True)
    answer = models.CharField("不予的理由", max_length=500, blank=True)

    chain_root_field = "application"
    policy = staticmethod(policy.allow_cancellation)
    lock_related = ("member", "member__commitment")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=models.Q(state="asked"), name="one_request_to_cancel"),
            models.UniqueConstraint(fields=["member"], condition=models.Q(state="granted"), name="one_cancellation"),
        ]
        triggers = guard(CancellationLife)

    def __str__(self):
        return f"cancellation {self.certificate} {self.state}"
