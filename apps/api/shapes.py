"""What the API shows of a case. Shape only: rules live in the actions."""

from __future__ import annotations

from datetime import date

from rest_framework import serializers as s

from apps.applications import display
from apps.applications.checks import RESULTS, laid_open, marked
from apps.applications.grounds import GROUNDS
from apps.applications.handout import HandOut
from apps.applications.models import Application, Cancellation, Commitment, Job, MaterialEntry, Member, Notice
from apps.applications.queries_parcels import parcels_of
from apps.catalog.compiler import NECESSITY
from apps.deadlines.models import Clock
from apps.feedback import queries as feedback
from apps.issuance.models import Kind
from apps.issuance.workflow import STATES

from .base import shown
from .fields import DECIDED, ENDED, StateLabel, words
from .shapes_consultation import ConsultationShape
from .shapes_handout import HandOutShape, ParcelShape, handout_of
from .shapes_review import CAME, CancellationShape, CommitmentShape, HearingShape, RenewalShape, ReviewSupplementShape
from .shapes_told import Came, FieldGapTold, FileTold, GapTold

LIGHT = {"help_text": words(Clock.Light.choices)}


class StandingLabel(StateLabel):
    """That a decision was revoked is said whatever its papers' way; of one case also that it was served without anybody who took it."""

    def get_attribute(self, instance) -> str:
        standing = getattr(instance, "otherwise", "") or super().get_attribute(instance)
        if revoked_on(instance):
            return Commitment.State.REVOKED.label
        return Cancellation.State.GRANTED.label if instance.cancelled_on else standing


class RevokedOn(s.DateField):
    def get_attribute(self, instance) -> date | None:
        return revoked_on(instance)


def revoked_on(member: Member) -> date | None:
    """What is not granted is not asked about: there is nothing to revoke."""
    return member.revoked_on if member.decision == "granted" else None


class MemberShape(s.ModelSerializer):
    state_label = StandingLabel(read_only=True)
    revoked_on = RevokedOn(read_only=True, allow_null=True, help_text="决定被撤销的日期；没有撤销的为空")
    department = s.CharField(source="department_id", read_only=True)

    class Meta:
        model = Member
        fields = [
            "id",
            "number",
            "code",
            "name",
            "department",
            "state",
            "state_label",
            "accepted_on",
            "gap_open",
            "gap_cure_by",
            "decision",
            "decided_on",
            "decision_reason",
            "revoked_on",
            "valid_to",
            "served_on",
            "cancelled_on",
            "due_on",
            "light",
        ]
        read_only_fields = fields
        extra_kwargs = {"decision": {"help_text": DECIDED}, "light": LIGHT}


class CheckShape(s.Serializer):
    """A check point of the frozen standard, answered."""

    code = s.CharField()
    result = s.CharField(help_text=words(RESULTS.items()))
    note = s.CharField()


class JobShape(s.ModelSerializer):
    state_label = StateLabel(read_only=True)
    application = s.IntegerField(source="application_id", read_only=True)
    number = s.CharField(source="application.number", read_only=True)
    member = s.IntegerField(source="member_id", read_only=True)
    item = s.CharField(source="member.name", read_only=True)
    department = s.CharField(source="department_id", read_only=True)
    assignee = s.IntegerField(source="assignee_id", read_only=True, allow_null=True)
    checks = CheckShape(many=True, read_only=True)
    opinion_mark = s.SerializerMethodField(
        help_text="作决定时写在 seen 里：现在这份审查意见的标记，在整个办件里还有申请人、情形和填写内容的；还没有意见的为空"
    )

    class Meta:
        model = Job
        fields = [
            "id",
            "application",
            "number",
            "member",
            "item",
            "department",
            "assignee",
            "state",
            "state_label",
            "recommendation",
            "checks",
            "opinion_mark",
            "returned",
            "due_on",
            "light",
        ]
        read_only_fields = fields
        extra_kwargs = {"recommendation": {"help_text": "建议：grant 准予、refuse 不予；还没有意见的为空"}, "light": LIGHT}

    def get_opinion_mark(self, job) -> str:
        beside_all = isinstance(self.root, CaseShape)  # of what the papers will say: whoever decides on it is held to that as well
        return "" if not job.recommendation else laid_open(job) if beside_all else marked(job)


class ApplicationShape(s.ModelSerializer):
    """A line of a list, and the answer to most verbs."""

    state_label = StateLabel(read_only=True)
    region = s.CharField(source="region_id", read_only=True)
    node = s.CharField(source="node_id", read_only=True)
    applicant_name = s.CharField(source="applicant_shown", read_only=True)
    handout = s.ChoiceField(HandOut.choices, allow_blank=True, read_only=True, help_text="空：没有选过，窗口自取")

    class Meta:
        model = Application
        fields = [
            "id",
            "number",
            "code",
            "name",
            "channel",
            "region",
            "node",
            "state",
            "state_label",
            "applicant_name",
            "received_at",
            "receipt_date",
            "notice_due",
            "cure_by",
            "accepted_on",
            "deemed",
            "due_on",
            "light",
            "outcome",
            "departments",
            "lead",
            "issue",
            "handout",
            "wants_sms",
            "wants_mail",
        ]
        read_only_fields = fields
        extra_kwargs = {"outcome": {"help_text": ENDED}, "light": LIGHT}


class Counts(s.Serializer):
    """Kept numbers of the reader's own nodes or departments; some seconds old."""

    checking = s.IntegerField(help_text="已收件、还没有受理")
    open = s.IntegerField(help_text="审查中的事项")
    yellow = s.IntegerField()
    red = s.IntegerField()
    overdue = s.IntegerField()


class MaterialShape(s.Serializer):
    code = s.CharField()
    name = s.CharField()
    necessity = s.CharField(help_text=words(NECESSITY.items()))
    state = s.CharField(help_text=words(MaterialEntry.State.choices))
    state_label = StateLabel()
    originals = s.IntegerField()
    copies = s.IntegerField()
    remark = s.CharField()
    promised = s.BooleanField()
    supplier = s.IntegerField(source="supplier_id", allow_null=True, help_text="产生它的事项")
    document = s.IntegerField(source="document_id", allow_null=True, help_text="前一事项的文书")
    attachments = s.SerializerMethodField()

    def get_attachments(self, entry) -> FileTold(many=True):
        return [
            {
                "id": a.pk,
                "name": a.name,
                "content_type": a.content_type,
                "size": a.size,
                "sha256": a.sha256,
                "scan": a.scan,
            }
            for a in entry.attachments.all()
        ]


class PauseShape(s.Serializer):
    """A special procedure; it leaves time out from `notified_on` (null: not served, nothing is left out) to `ended_on`."""

    ground = s.CharField(help_text=words(GROUNDS.items()))
    basis = s.CharField()
    organiser = s.CharField()
    expected_days = s.IntegerField()
    started_on = s.DateField()
    notified_on = s.DateField(allow_null=True, help_text="告知书送达之日，次日起不计入期限；空：没有送达，照常计时")
    served_by = s.CharField()
    ended_on = s.DateField(allow_null=True)
    notice = s.CharField()
    void_reason = s.CharField()


class ExtensionShape(s.Serializer):
    days = s.IntegerField()
    approved_on = s.DateField()
    approver = s.CharField()
    reason = s.CharField()
    told_on = s.DateField()
    notice = s.CharField()


class ClockShape(s.Serializer):
    id = s.IntegerField()
    kind = s.CharField(help_text=words(Clock.Kind.choices))
    subject = s.SerializerMethodField()
    step = s.SerializerMethodField(help_text="环节期限的环节名称")
    state = s.CharField(help_text=words(Clock.State.choices))
    started_on = s.DateField()
    legal_due = s.DateField(allow_null=True)
    promised_due = s.DateField(allow_null=True)
    due_on = s.DateField(allow_null=True)
    promised_days_left = s.IntegerField(source="promised_left", allow_null=True)
    legal_days_left = s.IntegerField(source="legal_left", allow_null=True)
    pauses = PauseShape(source="intervals.pauses", many=True)
    extension = ExtensionShape(source="intervals.extension", allow_null=True)
    provisional = s.BooleanField(help_text="推定：所依据年份的放假通知还没有公布")
    light = s.CharField(help_text=words(Clock.Light.choices))
    outcome = s.CharField(help_text="停止以后：on_time 按时、overdue_promised 超过承诺期限、overdue_legal 超过法定期限")

    def get_step(self, clock) -> str:
        return clock.facts.get("step", "")

    def get_subject(self, clock) -> str:
        return f"{clock.subject_type}:{clock.subject_id}"


class DocumentShape(s.Serializer):
    id = s.IntegerField()
    kind = s.CharField(help_text=words(Kind.choices))
    title = s.CharField()
    number = s.CharField()
    state = s.CharField(help_text=words(STATES))
    member = s.IntegerField(source="member_id", allow_null=True)
    sha256 = s.CharField()
    verify_code = s.CharField()
    problem = s.CharField()


class StoryShape(s.Serializer):
    at = s.DateTimeField()
    title = s.CharField()
    detail = s.CharField()
    who = s.CharField()


class AnswerShape(s.Serializer):
    code = s.CharField()
    name = s.CharField()
    group = s.CharField()
    text = s.CharField()
    masked = s.BooleanField()


class NoticeShape(s.Serializer):
    """A one-time notice: what it asked for, and what of it came."""

    kind = s.CharField(help_text=words(Notice.Kind.choices))
    gaps = s.SerializerMethodField(help_text="缺的材料")
    fields_wrong = s.SerializerMethodField(help_text="要更正的填写内容")
    came = Came(help_text=CAME)
    issued_on = s.DateField()
    cure_by = s.DateField()

    def get_gaps(self, notice) -> GapTold(many=True):
        return notice.gaps

    def get_fields_wrong(self, notice) -> FieldGapTold(many=True):
        return notice.fields


class NoteShape(s.Serializer):
    id = s.IntegerField()
    text = s.CharField()
    at = s.DateTimeField()


class RemedyShape(s.Serializer):
    member = s.IntegerField(source="member.pk")
    served_on = s.DateField()
    reconsideration_by = s.DateField()
    litigation_by = s.DateField()
    provisional = s.BooleanField(help_text="推定：所依据年份的放假通知还没有公布")


class NowShape(s.Serializer):
    what = s.CharField()
    holder = s.CharField()
    todo = s.CharField()


class OccasionShape(s.Serializer):
    step = s.CharField()
    label = s.CharField()


class CaseShape(s.Serializer):
    """A whole case; personal data masked, except for the applicant and who acts for him today."""

    application = ApplicationShape()
    answers = s.SerializerMethodField()
    handout = s.SerializerMethodField()
    members = MemberShape(many=True)
    jobs = JobShape(many=True)
    materials = MaterialShape(many=True)
    clocks = ClockShape(many=True)
    notices = NoticeShape(many=True)
    hearings = HearingShape(many=True)
    supplements = ReviewSupplementShape(many=True)
    consultations = ConsultationShape(many=True)
    commitments = CommitmentShape(many=True)
    cancellations = CancellationShape(many=True)
    renewal = RenewalShape(allow_null=True)
    remedies = RemedyShape(many=True)
    documents = DocumentShape(many=True)
    parcels = s.SerializerMethodField()
    notes = NoteShape(many=True, help_text="内部备注；申请人看不到")
    story = StoryShape(many=True)
    now = s.SerializerMethodField()
    to_rate = s.SerializerMethodField(help_text="申请人现在可以评价的环节，用 rate 评价；只有申请人和他的代办人看到")

    def get_answers(self, case) -> AnswerShape(many=True):
        return [shown(AnswerShape, one) for one in display.answers(case.application, masked=case.masked, only=case.needs)]

    def get_handout(self, case) -> HandOutShape(allow_null=True):
        return handout_of(case)

    def get_parcels(self, case) -> ParcelShape(many=True):
        """As the way of handing out: no department's business."""
        sent = parcels_of(case.application, case.members) if case.needs is None else []
        return [shown(ParcelShape, one) for one in sent]

    def get_to_rate(self, case) -> OccasionShape(many=True):
        return [] if case.masked else [{"step": one.name, "label": one.label} for one in feedback.to_rate(case.application)]

    def get_now(self, case) -> NowShape:
        return dict(zip(("what", "holder", "todo"), case.now, strict=True))


class Empty(s.Serializer):
    """No input."""


class Reason(s.Serializer):
    reason = s.CharField(max_length=500)
