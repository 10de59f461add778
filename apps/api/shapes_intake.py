"""What the API takes at the counter and from home: a form, its materials, the check, what is missing. Shape only: rules live in the actions."""

from __future__ import annotations

from rest_framework import serializers as s

from apps.applications.actions.checklist import ENTERED
from apps.applications.grounds import NOT_ACCEPTED
from apps.applications.models import Channel, IssueMode, MaterialEntry
from apps.directory.models import Party

from .shapes_handout import HandOutPart

BY_MAIL = "材料是寄来的，申请人没有到窗口；不写的，和办件一样来的"


class PartyIn(s.Serializer):
    kind = s.ChoiceField(Party.Kind.choices)
    name = s.CharField(max_length=120)
    id_number = s.CharField(max_length=30)
    mobile = s.CharField(max_length=30, required=False, allow_blank=True)
    legal_rep_name = s.CharField(max_length=60, required=False, allow_blank=True)
    legal_rep_id = s.CharField(max_length=30, required=False, allow_blank=True)
    address = s.CharField(max_length=200, required=False, allow_blank=True)


class MaterialIn(s.Serializer):
    state = s.ChoiceField([(one.value, one.label) for one in MaterialEntry.State if one in ENTERED], required=False)
    originals = s.IntegerField(min_value=0, max_value=999, required=False)
    copies = s.IntegerField(min_value=0, max_value=999, required=False)
    remark = s.CharField(max_length=300, required=False, allow_blank=True)
    promised = s.BooleanField(required=False)


class Materials(s.DictField):
    child = MaterialIn()


class OpenIn(s.Serializer):
    code = s.CharField(max_length=64)
    situations = s.DictField(required=False)
    channel = s.ChoiceField(
        Channel.choices,
        required=False,
        help_text="自己申请的为 online、mobile、kiosk、agent，默认 online；窗口收的为 counter、mail、kiosk、agent，默认 counter",
    )
    principal = s.IntegerField(required=False, min_value=1, max_value=2**63 - 1, help_text="替谁申请：/api/me/ 的 acts_for 里的 party")


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
    by_mail = s.BooleanField(required=False, help_text=BY_MAIL)


class AcceptIn(s.Serializer):
    promised = s.ListField(child=s.CharField(max_length=64), required=False, max_length=100)
    cure_days = s.IntegerField(min_value=1, max_value=60, required=False)
    materials = Materials(required=False)
    by_mail = s.BooleanField(required=False, help_text=BY_MAIL)


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
    by_mail = s.BooleanField(required=False, help_text=BY_MAIL)


class TakeIn(s.Serializer):
    materials = Materials()
    by_mail = s.BooleanField(required=False, help_text=BY_MAIL)


class TakeSupplementIn(s.Serializer):
    materials = Materials(required=False)
    answers = s.DictField(required=False, help_text="按告知更正的填写内容")
    faulty = s.ListField(child=s.CharField(max_length=64), required=False, help_text="补来的仍不合格、没有采用的填写内容")
    by_mail = s.BooleanField(required=False, help_text=BY_MAIL)


class MendIn(s.Serializer):
    answers = s.DictField(help_text="按告知更正的填写内容")
    supplement = s.IntegerField(required=False, help_text="审查补正的编号；受理前的补正不填")


class NotAcceptIn(s.Serializer):
    ground = s.ChoiceField(list(NOT_ACCEPTED.items()))
    reason = s.CharField(max_length=1000)
    basis = s.CharField(max_length=500, required=False, allow_blank=True)
    competent_agency = s.CharField(max_length=200, required=False, allow_blank=True)


class NotHandleIn(s.Serializer):
    reason = s.CharField(max_length=1000)
    basis = s.CharField(max_length=500, required=False, allow_blank=True)


class ContactIn(s.Serializer):
    contact_mobile = s.CharField(
        max_length=30, required=False, allow_blank=True, help_text="申请人不填，就是账户的手机号；窗口填申请人说的号码"
    )


class NoteIn(s.Serializer):
    text = s.CharField(max_length=1000)


class MarkRenewalIn(s.Serializer):
    certificate = s.CharField(max_length=80, help_text="原证照编号")


class AttachIn(s.Serializer):
    material = s.CharField(max_length=64)
    file = s.FileField()
