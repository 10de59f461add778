"""What is written down when results are handed over or registered under a seal."""

from __future__ import annotations

from django import forms

from apps.issuance.handing import EVIDENCE_LIMIT
from apps.issuance.models import HandOver
from apps.kit.forms import BaseForm, CodeField
from apps.web.once import OnceForm
from apps.web.signing import SignedForm

Relation = HandOver.Relation
PERSON_RELATIONS = (Relation.SELF, Relation.GUARDIAN, Relation.AGENT, Relation.FAMILY)
ORGANISATION_RELATIONS = (Relation.LEGAL_REP, Relation.STAFF, Relation.AGENT)
HINTS = {
    Relation.SELF: "核对身份证，证件号码应与申请人一致",
    Relation.LEGAL_REP: "核对身份证，证件号码应与登记的法定代表人一致",
    Relation.GUARDIAN: "核对身份证；平台没有核验过监护关系的，另收户口簿等证明",
    Relation.AGENT: "另收授权委托书",
    Relation.FAMILY: "另收代领凭据",
    Relation.STAFF: "另收单位的领取证明",
}


class MembersField(forms.MultipleChoiceField):
    """Ids of members, whichever case they belong to."""

    def to_python(self, value) -> list[int]:
        given = super().to_python(value)
        if not all(text.isascii() and text.isdigit() and len(text) < 19 for text in given):
            raise forms.ValidationError(self.error_messages["invalid_list"], code="invalid_list")
        return [int(text) for text in given]

    def validate(self, value) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")


class HandOverForm(SignedForm):
    members = MembersField(label="交付的结果", widget=forms.CheckboxSelectMultiple)
    relation = forms.ChoiceField(label="谁来领取", widget=forms.RadioSelect)
    collector_name = forms.CharField(
        label="领取人姓名", max_length=100, widget=forms.TextInput(attrs={"class": "w-s", "autocomplete": "off"})
    )
    id_kind = forms.ChoiceField(label="出示的证件", choices=HandOver.Paper.choices, initial=HandOver.Paper.CITIZEN)
    id_number = CodeField(
        label="证件号码",
        max_length=30,
        help_text="对照证件录入；本人和法定代表人领取的，自动与办件核对。",
        widget=forms.TextInput(attrs={"class": "w-m"}),
    )
    proxy_evidence = forms.FileField(
        label="授权委托书或领取证明",
        required=False,
        help_text="代领的必须上传，PDF、JPG 或 PNG，10 MB 以内。",
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )
    refusal_reason = forms.CharField(
        label="拒收事由", required=False, max_length=300, widget=forms.TextInput(attrs={"class": "w-full", "autocomplete": "off"})
    )
    witnesses = forms.CharField(
        label="见证人",
        required=False,
        max_length=200,
        help_text="姓名和单位，例如“浒山社区居委会张三”；几个人的用顿号隔开。",
        widget=forms.TextInput(attrs={"class": "w-full", "autocomplete": "off"}),
    )
    location = forms.CharField(label="交付地点", max_length=200)
    signature = forms.CharField(
        label="领取人签名",
        max_length=100,
        help_text="请领取人看过清单，自己录入姓名，作为签收。",
        widget=forms.TextInput(attrs={"class": "w-s", "autocomplete": "off"}),
    )
    remark = forms.CharField(label="备注", required=False, max_length=500)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["relation"].choices = [(one.value, f"{one.label}（{HINTS[one]}）") for one in HINTS]
        # Who refuses shows nothing and signs nothing. A witness alone is a refusal whose reason was forgotten.
        if self.is_bound and any((self.data.get(name) or "").strip() for name in ("refusal_reason", "witnesses")):
            for name in ("id_number", "signature"):
                self.fields[name].required = False

    def offer(self, members: list[tuple[int, str]], *, organisation: bool) -> None:
        """What the page offers to choose from. What is sent is judged by the room, so a hand-over needs no look-up first."""
        self.fields["members"].widget.choices = members
        self.initial["members"] = [pk for pk, _ in members]
        relations = ORGANISATION_RELATIONS if organisation else PERSON_RELATIONS
        self.fields["relation"].choices = [(one.value, f"{one.label}（{HINTS[one]}）") for one in relations]
        self.initial["relation"] = relations[0].value

    def clean_proxy_evidence(self):
        file = self.cleaned_data["proxy_evidence"]
        if file and file.size > EVIDENCE_LIMIT:
            raise forms.ValidationError("代领凭据超过 10 MB，请降低扫描分辨率后再上传。")
        return file


class DispatchForm(OnceForm):
    members = MembersField(label="寄出的结果", widget=forms.CheckboxSelectMultiple)

    def offer(self, members: list[tuple[int, str]]) -> None:
        self.fields["members"].widget.choices = members
        self.initial["members"] = [pk for pk, _ in members]


class SealForm(BaseForm):
    seal_number = CodeField(
        label="印章编号",
        max_length=40,
        help_text="在公安机关备案的印章编码（一般 13 位），例如 3302821000001。",
        widget=forms.TextInput(attrs={"class": "w-m"}),
    )


class DayForm(BaseForm):
    day = forms.DateField(
        label="日期", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
