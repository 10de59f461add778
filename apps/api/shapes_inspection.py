"""What the API shows and takes of a joint site inspection (联合踏勘)."""

from __future__ import annotations

from rest_framework import serializers as s

from apps.applications.models import Attachment, Inspection, InspectionPart, RectificationLine
from apps.applications.papers_inspection import VERDICTS

from .fields import DayTime, StateLabel, words
from .shapes_told import FindingTold, OfficerTold


class PartShape(s.ModelSerializer):
    """A department's part in one round."""

    department = s.CharField(source="department_id", read_only=True)
    members = s.ListField(child=s.IntegerField(), read_only=True)
    times = s.ListField(child=s.CharField(), read_only=True, help_text="2017-10-12/am、2017-10-12/pm")
    officers = s.SerializerMethodField()
    findings = s.SerializerMethodField()
    result = s.CharField(read_only=True, help_text="pass、rectify 或 fail，没有结论时为空")

    class Meta:
        model = InspectionPart
        fields = [
            "id",
            "inspection",
            "round",
            "department",
            "members",
            "times",
            "answered_on",
            "officers",
            "present",
            "findings",
            "due_on",
            "overdue",
            "result",
            "words",
            "rectify_days",
            "concluded_on",
            "left",
        ]
        read_only_fields = fields

    def get_officers(self, part) -> OfficerTold(many=True):
        return part.officers

    def get_findings(self, part) -> FindingTold(many=True):
        return part.findings


class InspectionShape(s.ModelSerializer):
    """A line of a list, and the answer to the organiser's verbs."""

    state_label = StateLabel(read_only=True)
    organiser = s.CharField(source="organiser_id", read_only=True)
    departments = s.ListField(child=s.CharField(), read_only=True)
    half = s.CharField(read_only=True, help_text="am 或 pm，没有确定时间时为空")

    class Meta:
        model = Inspection
        fields = [
            "id",
            "application",
            "state",
            "state_label",
            "organiser",
            "departments",
            "round",
            "reply_by",
            "visit_on",
            "half",
            "visit_time",
            "place",
            "held_on",
            "signature",
            "signature_refused",
            "rectify_by",
            "cancel_reason",
        ]
        read_only_fields = fields


class PhotoShape(s.Serializer):
    id = s.IntegerField()
    part = s.IntegerField(source="part_id")
    caption = s.CharField()
    name = s.CharField()
    sha256 = s.CharField()
    scan = s.CharField(help_text=words(Attachment.Scan.choices))


class LineShape(s.Serializer):
    id = s.IntegerField()
    department = s.CharField(source="part.department_id")
    text = s.CharField()
    state = s.CharField(help_text=words(RectificationLine.State.choices))
    checked_on = s.DateField(allow_null=True)


class VisitShape(s.Serializer):
    """One visit with everything on it; `slots` = what a department may offer, `common` = what all have free, the proposal first."""

    inspection = InspectionShape()
    parts = PartShape(many=True)
    lines = LineShape(many=True)
    photos = PhotoShape(many=True)
    points = s.ListField(child=s.CharField(), help_text="本部门的检查要点")
    common = s.ListField(child=s.CharField(), help_text="各部门都有空的时间，建议的在前")
    slots = s.ListField(child=s.CharField(), help_text="部门可以报的空闲时间")


class OfficerIn(s.Serializer):
    name = s.CharField(max_length=30)
    badge = s.CharField(max_length=30)


class OfficersIn(s.Serializer):
    officers = OfficerIn(many=True)


class OfferIn(s.Serializer):
    times = s.ListField(child=s.CharField(max_length=20), min_length=1, max_length=60)
    officers = OfficerIn(many=True, required=False)


class ConfirmIn(s.Serializer):
    slot = s.CharField(max_length=20)
    place = s.CharField(max_length=200)
    visit_time = DayTime(required=False)


class FindingIn(s.Serializer):
    point = s.CharField(max_length=300)
    verdict = s.ChoiceField(list(VERDICTS.items()))
    words = s.CharField(max_length=500, required=False, allow_blank=True)


class FindingsIn(s.Serializer):
    findings = FindingIn(many=True)


class HoldIn(s.Serializer):
    present = s.ListField(child=s.CharField(max_length=64), min_length=1, max_length=50)
    signature = s.CharField(max_length=100, required=False, allow_blank=True)
    signature_image = s.CharField(max_length=500_000, required=False, allow_blank=True, help_text="PNG，Base64")
    signature_refused = s.CharField(max_length=300, required=False, allow_blank=True)


class InspectionConcludeIn(s.Serializer):
    result = s.ChoiceField(InspectionPart.Result.choices)
    words = s.CharField(max_length=2000)
    lines = s.ListField(child=s.CharField(max_length=500), required=False, max_length=50)
    days = s.IntegerField(min_value=1, max_value=60, required=False, help_text="整改天数（工作日）")
    fixed = s.ListField(child=s.IntegerField(), required=False, max_length=50, help_text="复查合格的整改内容")


class ReinspectIn(s.Serializer):
    slot = s.CharField(max_length=20)
    visit_time = DayTime(required=False)


class PhotoIn(s.Serializer):
    file = s.FileField()
    caption = s.CharField(max_length=100, required=False, allow_blank=True)
