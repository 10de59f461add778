"""What the API shows and takes. Shape only: rules live in the actions."""

from __future__ import annotations

from rest_framework import serializers as s

from apps.applications import display
from apps.applications.grounds import GROUNDS
from apps.applications.handout import HandOut
from apps.applications.models import Application, Commitment, Hearing, IssueMode, Job, Member, Renewal, ReviewSupplement

from .shapes_consultation import ConsultationShape
from .shapes_handout import HandOutPart, HandOutShape, handout_of

# —— shown ——


class MemberShape(s.ModelSerializer):
    state_label = s.CharField(source="get_state_display", read_only=True)
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
            "valid_to",
            "served_on",
            "due_on",
            "light",
        ]
        read_only_fields = fields


class CheckShape(s.Serializer):
    """A check point of the frozen standard, answered."""

    code = s.CharField()
    result = s.CharField()
    note = s.CharField()


class JobShape(s.ModelSerializer):
    state_label = s.CharField(source="get_state_display", read_only=True)
    application = s.IntegerField(source="application_id", read_only=True)
    number = s.CharField(source="application.number", read_only=True)
    member = s.IntegerField(source="member_id", read_only=True)
    item = s.CharField(source="member.name", read_only=True)
    department = s.CharField(source="department_id", read_only=True)
    assignee = s.IntegerField(source="assignee_id", read_only=True, allow_null=True)
    checks = CheckShape(many=True, read_only=True)

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
            "returned",
            "due_on",
            "light",
        ]
        read_only_fields = fields


class ApplicationShape(s.ModelSerializer):
    """A line of a list, and the answer to most verbs."""

    state_label = s.CharField(source="get_state_display", read_only=True)
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
        ]
        read_only_fields = fields


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
    necessity = s.CharField()
    state = s.CharField()
    state_label = s.CharField(source="get_state_display")
    originals = s.IntegerField()
    copies = s.IntegerField()
    remark = s.CharField()
    promised = s.BooleanField()
    supplier = s.IntegerField(source="supplier_id", allow_null=True, help_text="产生它的事项")
    document = s.IntegerField(source="document_id", allow_null=True, help_text="前一事项的文书")
    attachments = s.SerializerMethodField()

    def get_attachments(self, entry) -> list[dict]:
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

    ground = s.CharField()
    basis = s.CharField()
    organiser = s.CharField()
    expected_days = s.IntegerField()
    started_on = s.DateField()
    notified_on = s.DateField(allow_null=True)
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
    kind = s.CharField()
    subject = s.SerializerMethodField()
    step = s.SerializerMethodField(help_text="环节期限的环节名称")
    state = s.CharField()
    started_on = s.DateField()
    legal_due = s.DateField(allow_null=True)
    promised_due = s.DateField(allow_null=True)
    due_on = s.DateField(allow_null=True)
    promised_days_left = s.IntegerField(source="promised_left", allow_null=True)
    legal_days_left = s.IntegerField(source="legal_left", allow_null=True)
    pauses = PauseShape(source="intervals.pauses", many=True)
    extension = ExtensionShape(source="intervals.extension", allow_null=True)
    provisional = s.BooleanField()
    light = s.CharField()
    outcome = s.CharField()

    def get_step(self, clock) -> str:
        return clock.facts.get("step", "")

    def get_subject(self, clock) -> str:
        return f"{clock.subject_type}:{clock.subject_id}"


class DocumentShape(s.Serializer):
    id = s.IntegerField()
    kind = s.CharField()
    title = s.CharField()
    number = s.CharField()
    state = s.CharField()
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


class RemedyShape(s.Serializer):
    member = s.IntegerField(source="member.pk")
    served_on = s.DateField()
    reconsideration_by = s.DateField()
    litigation_by = s.DateField()


class HearingShape(s.ModelSerializer):
    state_label = s.CharField(source="get_state_display", read_only=True)
    requested_by = s.CharField(read_only=True, help_text="没有申请时为空")
    member = s.IntegerField(source="member_id", read_only=True)

    class Meta:
        model = Hearing
        fields = [
            "id",
            "member",
            "ground",
            "state",
            "state_label",
            "interest",
            "third_parties",
            "told_on",
            "request_by",
            "requested_on",
            "requested_by",
            "hold_by",
            "at",
            "place",
            "presider",
        ]
        read_only_fields = fields


class ReviewSupplementShape(s.ModelSerializer):
    state_label = s.CharField(source="get_state_display", read_only=True)
    member = s.IntegerField(source="member_id", read_only=True)
    gaps = s.JSONField()
    fields_wrong = s.JSONField(source="fields", help_text="要更正的填写内容")
    came = s.JSONField()

    class Meta:
        model = ReviewSupplement
        fields = [
            "id",
            "member",
            "state",
            "state_label",
            "gaps",
            "fields_wrong",
            "came",
            "issued_on",
            "cure_by",
            "excluded",
        ]
        read_only_fields = fields


class CommitmentShape(s.ModelSerializer):
    state_label = s.CharField(source="get_state_display", read_only=True)
    member = s.IntegerField(source="member_id", read_only=True)

    class Meta:
        model = Commitment
        fields = [
            "id",
            "member",
            "state",
            "state_label",
            "text",
            "signed_by",
            "signed_on",
            "inspect_by",
            "inspected_on",
            "findings",
            "rectify_by",
            "revoked_on",
            "reason",
            "repaired_on",
        ]
        read_only_fields = fields


class RenewalShape(s.ModelSerializer):
    state_label = s.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = Renewal
        fields = ["id", "certificate", "valid_to", "apply_by", "timely", "state", "state_label", "extended_to"]
        read_only_fields = fields


class CaseShape(s.Serializer):
    """A whole case; personal data masked, except for the applicant himself."""

    application = ApplicationShape()
    answers = s.SerializerMethodField()
    handout = s.SerializerMethodField()
    members = MemberShape(many=True)
    jobs = JobShape(many=True)
    materials = MaterialShape(many=True)
    clocks = ClockShape(many=True)
    hearings = HearingShape(many=True)
    supplements = ReviewSupplementShape(many=True)
    consultations = ConsultationShape(many=True)
    commitments = CommitmentShape(many=True)
    renewal = RenewalShape(allow_null=True)
    remedies = RemedyShape(many=True)
    documents = DocumentShape(many=True)
    story = StoryShape(many=True)
    now = s.SerializerMethodField()

    def get_answers(self, case) -> AnswerShape(many=True):
        masked = self.context["actor"].kind != "person"
        return AnswerShape(display.answers(case.application, masked=masked, only=case.needs), many=True).data

    def get_handout(self, case) -> HandOutShape(allow_null=True):
        return handout_of(case, masked=self.context["actor"].kind != "person")

    def get_now(self, case) -> dict:
        return dict(zip(("what", "holder", "todo"), case.now, strict=True))


# —— taken ——


class Empty(s.Serializer):
    """No input."""


class Reason(s.Serializer):
    reason = s.CharField(max_length=500)


class PartyIn(s.Serializer):
    kind = s.ChoiceField(["person", "enterprise"])
    name = s.CharField(max_length=120)
    id_number = s.CharField(max_length=30)
    mobile = s.CharField(max_length=30, required=False, allow_blank=True)
    legal_rep_name = s.CharField(max_length=60, required=False, allow_blank=True)
    legal_rep_id = s.CharField(max_length=30, required=False, allow_blank=True)
    address = s.CharField(max_length=200, required=False, allow_blank=True)


class MaterialIn(s.Serializer):
    state = s.ChoiceField(["missing", "supplied", "confirmed", "rejected", "waived"], required=False)
    originals = s.IntegerField(min_value=0, max_value=999, required=False)
    copies = s.IntegerField(min_value=0, max_value=999, required=False)
    remark = s.CharField(max_length=300, required=False, allow_blank=True)
    promised = s.BooleanField(required=False)


class Materials(s.DictField):
    child = MaterialIn()


class OpenIn(s.Serializer):
    code = s.CharField(max_length=64)
    situations = s.DictField(required=False)
    channel = s.ChoiceField(["counter", "online", "mobile", "mail", "kiosk", "agent"], required=False)


class SaveIn(s.Serializer):
    applicant = PartyIn(required=False)
    agent = PartyIn(required=False)
    contact_mobile = s.CharField(max_length=30, required=False, allow_blank=True)
    answers = s.DictField(required=False)
    materials = Materials(required=False)
    situations = s.DictField(required=False)
    issue = s.ChoiceField(IssueMode.choices, required=False)
    handout = HandOutPart(required=False)
    wants_sms = s.BooleanField(required=False)
    wants_mail = s.BooleanField(required=False)


class FileIn(s.Serializer):
    code = s.CharField(max_length=64)
    situations = s.DictField(required=False)
    applicant = PartyIn()
    agent = PartyIn(required=False)
    contact_mobile = s.CharField(max_length=30)
    answers = s.DictField(required=False)
    materials = Materials(required=False)
    promised = s.ListField(child=s.CharField(max_length=64), required=False, max_length=100, help_text="承诺后补的材料")
    cure_days = s.IntegerField(min_value=1, max_value=60, required=False)
    issue = s.ChoiceField(IssueMode.choices, required=False)
    handout = HandOutPart(required=False)


class CorrectIn(s.Serializer):
    reason = s.CharField(max_length=500)
    applicant = PartyIn(required=False)
    contact_mobile = s.CharField(max_length=30, required=False)
    answers = s.DictField(required=False)
    materials = Materials(required=False)
    situations = s.DictField(required=False)


class AmendIn(s.Serializer):
    situations = s.DictField()
    reason = s.CharField(max_length=500)
    answers = s.DictField(required=False)
    materials = Materials(required=False)
    promised = s.ListField(child=s.CharField(max_length=64), required=False, max_length=100)
    cure_days = s.IntegerField(min_value=1, max_value=60, required=False)


class RemindIn(s.Serializer):
    text = s.CharField(max_length=300, required=False, allow_blank=True)


class AcceptIn(s.Serializer):
    promised = s.ListField(child=s.CharField(max_length=64), required=False, max_length=100)
    cure_days = s.IntegerField(min_value=1, max_value=60, required=False)
    materials = Materials(required=False)


class GapIn(s.Serializer):
    material = s.CharField(max_length=64)
    requirement = s.CharField(max_length=500, required=False, allow_blank=True)
    how = s.CharField(max_length=500, required=False, allow_blank=True)


class FieldGapIn(s.Serializer):
    element = s.CharField(max_length=64)
    problem = s.CharField(max_length=500)


class SupplementIn(s.Serializer):
    gaps = GapIn(many=True, required=False)
    fields_wrong = FieldGapIn(many=True, required=False, source="fields", help_text="填写内容要更正的")
    cure_days = s.IntegerField(min_value=1, max_value=60, required=False)
    materials = Materials(required=False)


class TakeIn(s.Serializer):
    materials = Materials()


class TakeSupplementIn(s.Serializer):
    materials = Materials(required=False)
    answers = s.DictField(required=False, help_text="按告知更正的填写内容")


class MendIn(s.Serializer):
    answers = s.DictField(help_text="按告知更正的填写内容")
    supplement = s.IntegerField(required=False, help_text="审查补正的编号；受理前的补正不填")


class NotAcceptIn(s.Serializer):
    ground = s.ChoiceField(["not_our_power", "bad_cure", "other"])
    reason = s.CharField(max_length=1000)
    basis = s.CharField(max_length=500, required=False, allow_blank=True)
    competent_agency = s.CharField(max_length=200, required=False, allow_blank=True)


class NotHandleIn(s.Serializer):
    reason = s.CharField(max_length=1000)
    basis = s.CharField(max_length=500, required=False, allow_blank=True)


class NoteIn(s.Serializer):
    text = s.CharField(max_length=1000)


class RateIn(s.Serializer):
    step = s.RegexField(r"^(intake|result|visit-[0-9]{1,18}-[0-9]{1,4})$", help_text="intake 收件、result 结果、visit-踏勘编号-第几次")
    level = s.IntegerField(min_value=1, max_value=5, help_text="1 非常满意 … 5 非常不满意（GB/T 39046）")
    tags = s.ListField(child=s.CharField(max_length=30), required=False, default=list)
    text = s.CharField(max_length=500, required=False, allow_blank=True, default="")
    anonymous = s.BooleanField(required=False, default=False)


class RatingShape(s.Serializer):
    id = s.IntegerField()
    step = s.CharField()
    level = s.IntegerField()
    tags = s.ListField(child=s.CharField())
    at = s.DateTimeField()


class ComplainIn(s.Serializer):
    text = s.CharField(max_length=1000)


class ComplaintShape(s.Serializer):
    id = s.IntegerField()
    state = s.CharField()
    due_on = s.DateField()


class ReassignIn(s.Serializer):
    assignee = s.IntegerField()
    reason = s.CharField(max_length=500)


class RerouteIn(s.Serializer):
    department = s.CharField(max_length=64)
    reason = s.CharField(max_length=500)


class HearingIn(s.Serializer):
    held_on = s.DateField()
    record = s.CharField(max_length=4000)


class CheckIn(s.Serializer):
    result = s.ChoiceField(["met", "unmet", "na"])
    note = s.CharField(max_length=500, required=False, allow_blank=True)


class ReviewGapIn(GapIn):
    problem = s.CharField(max_length=500, required=False, allow_blank=True)


class AskInReviewIn(s.Serializer):
    gaps = ReviewGapIn(many=True, required=False)
    fields_wrong = FieldGapIn(many=True, required=False, source="fields", help_text="填写内容要更正的")
    cure_days = s.IntegerField(min_value=1, max_value=60, required=False)


class HandedIn(s.Serializer):
    originals = s.IntegerField(min_value=0, max_value=999, required=False)
    copies = s.IntegerField(min_value=0, max_value=999, required=False)
    remark = s.CharField(max_length=300, required=False, allow_blank=True)


class TakeInReviewIn(s.Serializer):
    materials = s.DictField(child=HandedIn(), required=False)
    answers = s.DictField(required=False, help_text="按告知更正的填写内容")


class TellHearingIn(s.Serializer):
    interest = s.CharField(max_length=1000)
    third_parties = s.ListField(child=s.CharField(max_length=100), min_length=1, max_length=50)


class RequestHearingIn(s.Serializer):
    who = s.ChoiceField(["applicant", "third_party"])
    name = s.CharField(max_length=100, required=False, allow_blank=True)


class CallHearingIn(s.Serializer):
    at = s.DateTimeField()
    place = s.CharField(max_length=200)
    presider = s.CharField(max_length=60)
    reason = s.CharField(max_length=1000, required=False, allow_blank=True)


class PauseIn(s.Serializer):
    ground = s.ChoiceField(list(GROUNDS), help_text="只限这个事项依法可以扣除时间的情形")
    expected_days = s.IntegerField(min_value=1, max_value=999)
    organiser = s.CharField(max_length=100)
    basis = s.CharField(max_length=300)
    reason = s.CharField(max_length=500, required=False, allow_blank=True)
    service = s.ChoiceField(["electronic", "later"], required=False, help_text="later：送达以前照常计时")


class ServePauseIn(s.Serializer):
    method = s.ChoiceField(["direct", "agent", "left", "mail", "notice"])
    on = s.DateField()


class ResumeIn(s.Serializer):
    on = s.DateField(required=False, help_text="特别程序结束之日，默认今天")
    result = s.CharField(max_length=500, required=False, allow_blank=True)


class ExtendIn(s.Serializer):
    days = s.IntegerField(min_value=1, max_value=999)
    reason = s.CharField(max_length=500, required=False, allow_blank=True)
    approver = s.CharField(max_length=100, required=False, allow_blank=True, help_text="上级批准的机关和文号")


class SignCommitmentIn(s.Serializer):
    signed_by = s.CharField(max_length=100)
    text = s.CharField(max_length=4000, required=False, allow_blank=True, help_text="不填的，用事项的条件")


class FoundIn(s.Serializer):
    findings = s.CharField(max_length=2000)


class RectifyCommitmentIn(FoundIn):
    days = s.IntegerField(min_value=1, max_value=60, required=False, help_text="整改期限（工作日），不填的按中心标准")


class MarkRenewalIn(s.Serializer):
    certificate = s.CharField(max_length=80, help_text="原证照编号")


class ConcludeIn(s.Serializer):
    recommendation = s.ChoiceField(["grant", "refuse"])
    opinion = s.CharField(max_length=4000)
    checks = s.DictField(
        child=CheckIn(),
        required=False,
        help_text="对照行业标准的逐项结论：{要点编码: {result, note}}；要点见办件 form 的 standard",
    )


class DecideIn(s.Serializer):
    decision = s.ChoiceField(["grant", "refuse"])
    reason = s.CharField(max_length=4000, required=False, allow_blank=True)


class SealIn(s.Serializer):
    seal_number = s.CharField(max_length=40)


class HandOverIn(s.Serializer):
    members = s.ListField(child=s.IntegerField(), min_length=1, max_length=50)
    method = s.CharField(max_length=20)
    location = s.CharField(max_length=200)
    collector_name = s.CharField(max_length=60)
    relation = s.CharField(max_length=20)
    id_kind = s.CharField(max_length=20, required=False, allow_blank=True)
    id_number = s.CharField(max_length=30, required=False, allow_blank=True)
    signature = s.CharField(max_length=60, required=False, allow_blank=True)
    refusal_reason = s.CharField(max_length=300, required=False, allow_blank=True)
    witnesses = s.ListField(child=s.CharField(max_length=60), required=False, max_length=5)
    remark = s.CharField(max_length=300, required=False, allow_blank=True)
    proxy_evidence = s.CharField(required=False, allow_blank=True, help_text="代领凭据的文件内容，Base64")


class AttachIn(s.Serializer):
    material = s.CharField(max_length=64)
    file = s.FileField()


class SignInIn(s.Serializer):
    username = s.CharField(max_length=150)
    password = s.CharField(max_length=200)
    code = s.CharField(max_length=20, required=False, allow_blank=True, help_text="已绑定验证器的账号必填")


class TokenShape(s.Serializer):
    token = s.CharField()
    expires_in = s.IntegerField()


class TrackIn(s.Serializer):
    number = s.CharField(max_length=40)
    phone = s.CharField(max_length=30)
