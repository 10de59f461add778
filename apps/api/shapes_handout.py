"""How the results are sealed and handed out, as the API shows and takes it. Shape only."""

from __future__ import annotations

from rest_framework import serializers as s

from apps.applications import display
from apps.applications.actions.parcels import BY_HAND
from apps.applications.handout import HandOut, ways
from apps.applications.models import Parcel
from apps.applications.queries_case import Case
from apps.issuance.models import HandOver
from apps.kit.masking import mask_address, mask_name

from .base import shown
from .fields import Instant, StateLabel


class HandOutShape(s.Serializer):
    """How the results are handed out; `way` "" = nothing was chosen: at the counter."""

    way = s.CharField(help_text="空：没有选过，窗口自取")
    way_label = s.CharField()
    ways = s.ListField(child=s.CharField(), help_text="可选的领取方式")
    recipient = s.CharField()
    phone = s.CharField()
    address = s.CharField()


class HandOutIn(s.Serializer):
    way = s.ChoiceField(HandOut.choices)
    recipient = s.CharField(max_length=60, required=False, allow_blank=True, help_text="不填就是申请人")
    phone = s.CharField(max_length=30, required=False, allow_blank=True, help_text="不填就用联系手机")
    address = s.CharField(max_length=200, required=False, allow_blank=True, help_text="快递送达的必填，写到门牌号")


class HandOutPart(HandOutIn):
    way = s.ChoiceField(HandOut.choices, required=False, allow_blank=True)


def handout_of(case: Case) -> dict | None:
    """Nothing for a department, whose business it is not."""
    if case.needs is not None:
        return None
    row = case.application
    told = display.parcel(row, masked=case.masked) if row.handout == HandOut.COURIER else dict.fromkeys(display.PARTS, "")
    way = {"way": row.handout, "way_label": row.handout_label, "ways": ways(row.plan)}
    return shown(HandOutShape, way | told)


class DispatchIn(s.Serializer):
    members = s.ListField(child=s.IntegerField(), help_text="寄出的事项")


class ServeByNoticeIn(s.Serializer):
    members = s.ListField(child=s.IntegerField(), help_text="公告送达的事项")
    published_on = s.DateField(help_text="公告登出的日期")
    place = s.CharField(max_length=200, help_text="公告登在哪里")
    reason = s.CharField(max_length=300, help_text="为什么公告")


class ParcelShape(s.ModelSerializer):
    """A parcel; where it goes and who signed is masked."""

    state_label = StateLabel(read_only=True)
    address = s.SerializerMethodField()
    signed_by_other = s.BooleanField(read_only=True, help_text="签收的不是申请人，也不是登记的收件人")
    signed_by = s.SerializerMethodField()

    class Meta:
        model = Parcel
        fields = [
            "id",
            "application",
            "members",
            "state",
            "state_label",
            "waybill",
            "address",
            "problem",
            "at",
            "signed_on",
            "signed_by",
            "signed_by_other",
        ]
        read_only_fields = fields

    def get_address(self, row) -> str:
        return mask_address(row.address)

    def get_signed_by(self, row) -> str:
        return mask_name(row.signed_name)


class ParcelStatusIn(s.Serializer):
    status = s.ChoiceField([(one, Parcel.State(one).label) for one in BY_HAND], help_text="called_off：快递员没有取走的，不寄了")
    at = Instant()
    signed_by = s.CharField(max_length=60, required=False, allow_blank=True)
    reason = s.CharField(max_length=200, required=False, allow_blank=True)


class SealIn(s.Serializer):
    seal_number = s.CharField(max_length=40, help_text="备案的印章编码，6 到 40 位数字或字母，例如 3302821000001")


class ReissueIn(s.Serializer):
    reason = s.CharField(max_length=200)
    seen = s.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="所看证照（没有证照的，决定书）的文书编号：看过以后重新制作过的，不再作废新的（409）"
    )
    corrected = s.DictField(
        child=s.CharField(max_length=500),
        required=False,
        help_text="写错的项目和正确的内容：name、legal_rep、address，或者证照内容的第几行（line0 起）；不填就按原样补发",
    )


class HandOverIn(s.Serializer):
    members = s.ListField(child=s.IntegerField(), min_length=1, max_length=50)
    # What a desk can do. Posting is no service: a parcel is dispatched, and served when it is signed for.
    method = s.ChoiceField([(one.value, one.label) for one in (HandOver.Method.DIRECT, HandOver.Method.AGENT, HandOver.Method.LEFT)])
    location = s.CharField(max_length=200)
    collector_name = s.CharField(max_length=60)
    relation = s.ChoiceField(HandOver.Relation.choices)
    id_kind = s.ChoiceField(HandOver.Paper.choices, required=False, allow_blank=True, help_text="留置送达的不填")
    id_number = s.CharField(max_length=30, required=False, allow_blank=True)
    signature = s.CharField(max_length=60, required=False, allow_blank=True)
    refusal_reason = s.CharField(max_length=300, required=False, allow_blank=True)
    witnesses = s.ListField(child=s.CharField(max_length=60), required=False, max_length=5)
    remark = s.CharField(max_length=300, required=False, allow_blank=True)
    proxy_evidence = s.CharField(required=False, allow_blank=True, help_text="代领凭据的文件内容，Base64；整个请求不超过 5 MB")
