"""Consultations between departments, as the API shows and takes them."""

from __future__ import annotations

from rest_framework import serializers as s

from apps.applications.models import Consultation, Opinion

from .fields import StateLabel, words
from .shapes_told import EnclosedTold


class OpinionShape(s.ModelSerializer):
    """One department's opinion; `state` as of today: silence counts from its moment."""

    state = s.CharField(source="standing", read_only=True, help_text="截至今天：到期没有答复的，已经是 silent")
    consultation = s.IntegerField(source="consultation_id", read_only=True)
    department = s.CharField(source="department_id", read_only=True)
    department_name = s.CharField(source="department.name", read_only=True)
    answer = s.CharField(source="answer_given", read_only=True, help_text=f"{words(Opinion.Answer.choices)}；没有答复的为空")
    late = s.BooleanField(read_only=True)

    class Meta:
        model = Opinion
        fields = [
            "id",
            "consultation",
            "department",
            "department_name",
            "state",
            "due_on",
            "answer",
            "reason",
            "conditions",
            "answered_on",
            "late",
        ]
        read_only_fields = fields


class AskedShape(OpinionShape):
    """A question as the asked department sees it."""

    number = s.CharField(source="application.number", read_only=True)
    item = s.CharField(source="consultation.member.name", read_only=True)
    asked_by = s.CharField(source="consultation.asker.name", read_only=True)
    question = s.CharField(source="consultation.question", read_only=True)

    class Meta(OpinionShape.Meta):
        fields = [*OpinionShape.Meta.fields, "number", "item", "asked_by", "question"]
        read_only_fields = fields


class AskedFilesShape(AskedShape):
    """The question with what was enclosed; files are fetched at /api/attachments/<id>/."""

    enclosed = s.SerializerMethodField(help_text="附送的材料；文件在 /api/attachments/<id>/ 下载")

    class Meta(AskedShape.Meta):
        fields = [*AskedShape.Meta.fields, "enclosed"]
        read_only_fields = fields

    def get_enclosed(self, row) -> EnclosedTold(many=True):
        return [
            {
                "code": entry.code,
                "name": entry.name,
                "attachments": [{"id": file.pk, "name": file.name, "scan": file.scan} for file in entry.attachments.all()],
            }
            for entry in row.enclosed
        ]


class ConsultationShape(s.ModelSerializer):
    state_label = StateLabel(read_only=True)
    member = s.IntegerField(source="member_id", read_only=True)
    asked_by = s.CharField(source="asker_id", read_only=True)
    materials = s.ListField(child=s.CharField(), read_only=True)
    opinions = s.SerializerMethodField()

    class Meta:
        model = Consultation
        fields = [
            "id",
            "member",
            "asked_by",
            "state",
            "state_label",
            "question",
            "materials",
            "asked_on",
            "due_on",
            "resolution",
            "resolved_on",
            "opinions",
        ]
        read_only_fields = fields

    def get_opinions(self, row) -> OpinionShape(many=True):
        loaded = getattr(row, "answers", None)
        return OpinionShape(row.opinions.select_related("department") if loaded is None else loaded, many=True).data


class ConsultIn(s.Serializer):
    departments = s.ListField(child=s.CharField(max_length=64), max_length=30)
    question = s.CharField(max_length=2000)
    materials = s.ListField(child=s.CharField(max_length=64), max_length=100, required=False)
    days = s.IntegerField(required=False, allow_null=True, help_text="几个工作日以内答复；不填按期限规则")


class AnswerIn(s.Serializer):
    answer = s.ChoiceField(Opinion.Answer.choices)
    reason = s.CharField(max_length=2000)
    conditions = s.CharField(max_length=2000, required=False, allow_blank=True)


class ResolveIn(s.Serializer):
    reason = s.CharField(max_length=2000)
