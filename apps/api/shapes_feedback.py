"""What people say of a case, as the API shows and takes it. Shape only."""

from __future__ import annotations

from rest_framework import serializers as s

from apps.feedback import scale
from apps.feedback.models import Rectification

from .fields import words


class RateIn(s.Serializer):
    step = s.RegexField(
        r"^(intake|result|visit-[0-9]{1,18}-[0-9]{1,4})$",
        help_text="intake 收件、result 结果、visit-踏勘编号-第几次",
        error_messages={"invalid": "应为 intake（收件）、result（结果）或 visit-踏勘编号-第几次，如 visit-12-1。"},
    )
    level = s.IntegerField(min_value=1, max_value=5, help_text="1 非常满意 … 5 非常不满意（GB/T 39046）")
    tags = s.ListField(
        child=s.CharField(max_length=30),
        required=False,
        default=list,
        help_text=f"原因编码，要合所评的等级和环节；不满意的至少一个，或者写 text。{'、'.join(map(' '.join, scale.all_tags()))}",
    )
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
    unit = s.CharField(
        max_length=64, required=False, allow_blank=True, help_text="投诉谁：办件中一个部门的编号，空字符串是办事大厅；不写就是对结果负责的部门"
    )


class ComplaintShape(s.Serializer):
    id = s.IntegerField()
    state = s.CharField(help_text=words(Rectification.State.choices))
    due_on = s.DateField()
