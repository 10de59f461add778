"""A department's review, as the API shows and takes it: opinions, hearings, supplements, pauses, commitments, the decision. Shape only."""

from __future__ import annotations

from rest_framework import serializers as s

from apps.applications.checks import RESULTS
from apps.applications.grounds import GROUNDS
from apps.applications.models import Cancellation, Commitment, Hearing, Renewal, ReviewSupplement
from apps.issuance.models import HandOver

from .fields import Moment, StateLabel
from .shapes_intake import BY_MAIL, FieldGapIn, GapIn
from .shapes_told import Came, FieldGapTold, GapTold

CAME = "已经补来的：材料以其编码为键，填写内容以“answers.编码”为键"
DECISIONS = [("grant", "准予"), ("refuse", "不予")]


class HearingShape(s.ModelSerializer):
    state_label = StateLabel(read_only=True)
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
    state_label = StateLabel(read_only=True)
    member = s.IntegerField(source="member_id", read_only=True)
    gaps = s.SerializerMethodField(help_text="缺的、要补充的材料")
    fields_wrong = s.SerializerMethodField(help_text="要更正的填写内容")
    came = Came(read_only=True, help_text=CAME)

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

    def get_gaps(self, supplement) -> GapTold(many=True):
        return supplement.gaps

    def get_fields_wrong(self, supplement) -> FieldGapTold(many=True):
        return supplement.fields


class CommitmentShape(s.ModelSerializer):
    state_label = StateLabel(read_only=True)
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
    state_label = StateLabel(read_only=True)

    class Meta:
        model = Renewal
        fields = ["id", "certificate", "valid_to", "apply_by", "timely", "state", "state_label", "extended_to"]
        read_only_fields = fields


class CancellationShape(s.ModelSerializer):
    state_label = StateLabel(read_only=True)
    member = s.IntegerField(source="member_id", read_only=True)

    class Meta:
        model = Cancellation
        fields = [
            "id",
            "member",
            "certificate",
            "ground",
            "clause",
            "original",
            "reason",
            "asked_on",
            "decided_on",
            "answer",
            "state",
            "state_label",
        ]
        read_only_fields = fields


class AskCancellationIn(s.Serializer):
    reason = s.CharField(max_length=500)
    original = s.ChoiceField(
        Cancellation.Original.choices, required=False, help_text="证照原件：网上申请的不能写“已交回”；空为待交回"
    )


class CancelIn(AskCancellationIn):
    ground = s.CharField(max_length=24, help_text="行政许可法第七十条的情形；不合的，答复里列出现在可以选的")


class RemindIn(s.Serializer):
    text = s.CharField(max_length=300, required=False, allow_blank=True)


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
    result = s.ChoiceField(list(RESULTS.items()))
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
    by_mail = s.BooleanField(required=False, help_text=f"窗口登记的：{BY_MAIL}")


class TellHearingIn(s.Serializer):
    interest = s.CharField(max_length=1000)
    third_parties = s.ListField(child=s.CharField(max_length=100), min_length=1, max_length=50)


class RequestHearingIn(s.Serializer):
    who = s.ChoiceField(Hearing.Who.choices)
    name = s.CharField(max_length=100, required=False, allow_blank=True)


class CallHearingIn(s.Serializer):
    at = Moment()
    place = s.CharField(max_length=200)
    presider = s.CharField(max_length=60)
    reason = s.CharField(max_length=1000, required=False, allow_blank=True)


class PauseIn(s.Serializer):
    ground = s.ChoiceField(list(GROUNDS.items()), help_text="只限这个事项依法可以扣除时间的情形")
    expected_days = s.IntegerField(min_value=1, max_value=999)
    organiser = s.CharField(max_length=100)
    basis = s.CharField(max_length=300)
    reason = s.CharField(max_length=500, required=False, allow_blank=True, help_text="写进告知书和经过，凭编号查询的人也看得到")
    service = s.ChoiceField([("electronic", "出具后即电子送达"), ("later", "另行送达")], required=False, help_text="later：送达以前照常计时")


class ServePauseIn(s.Serializer):
    method = s.ChoiceField([(one.value, one.label) for one in HandOver.Method if one != HandOver.Method.ELECTRONIC])
    on = s.DateField()


class ResumeIn(s.Serializer):
    on = s.DateField(required=False, help_text="特别程序结束之日，默认今天")
    result = s.CharField(max_length=500, required=False, allow_blank=True)


class ExtendIn(s.Serializer):
    days = s.IntegerField(min_value=1, max_value=999)
    reason = s.CharField(max_length=500, required=False, allow_blank=True)
    approver = s.CharField(max_length=100, required=False, allow_blank=True, help_text="上级批准的机关和文号")


class SignCommitmentIn(s.Serializer):
    signed_by = s.CharField(max_length=100, help_text="网上签署的为本人的姓名；代办的写“某某（代某某）”")
    text = s.CharField(max_length=4000, required=False, allow_blank=True, help_text="不填的，用事项的条件；网上签署的不能另写")


class FoundIn(s.Serializer):
    findings = s.CharField(max_length=2000)


class RectifyCommitmentIn(FoundIn):
    days = s.IntegerField(min_value=1, max_value=60, required=False, help_text="整改期限（工作日），不填的按中心标准")


class ConcludeIn(s.Serializer):
    recommendation = s.ChoiceField(DECISIONS)
    opinion = s.CharField(max_length=4000)
    checks = s.DictField(
        child=CheckIn(),
        required=False,
        help_text="对照行业标准的逐项结论：{要点编码: {result, note}}；要点见办件 form 的 standard",
    )


class DecideIn(s.Serializer):
    decision = s.ChoiceField(DECISIONS)
    reason = s.CharField(max_length=4000, required=False, allow_blank=True)
    seen = s.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="所看的 opinion_mark：看过以后换了意见的，或者（标记取自整个办件的）更正了填写内容的，不作决定（409）",
    )
