"""Forms of an administrator of people and posts; the room checks what they mean."""

from __future__ import annotations

from django import forms

from apps.directory.models import Department, Region, Role, User, Window, Zone
from apps.kit.forms import BaseForm, DateInput
from apps.kit.time import today
from apps.web import labels
from apps.web.once import OnceForm

REASON_HINT = "至少 4 个字，会记入日志。"


def reason_field() -> forms.CharField:
    return forms.CharField(label="原因", max_length=200, help_text=REASON_HINT, widget=forms.Textarea(attrs={"rows": 2}))


class ReasonForm(OnceForm):
    reason = reason_field()


class FilterForm(BaseForm):
    q = forms.CharField(label="姓名、账号、完整的手机号", required=False, max_length=60)
    role = forms.ChoiceField(label="岗位", required=False)
    node = forms.ChoiceField(label="节点", required=False)

    def __init__(self, *args, nodes: list[Region], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", "全部岗位"), *labels.ROLES.items()]
        self.fields["node"].choices = [("", "全部节点"), *((node.pk, node.name) for node in nodes)]
        if len(nodes) < 2:
            del self.fields["node"]


class InviteForm(OnceForm):
    name = forms.CharField(label="姓名", max_length=60, widget=forms.TextInput(attrs={"class": "w-s"}))
    username = forms.CharField(
        label="账号",
        max_length=60,
        help_text="小写字母、数字、点、横线，至少 3 位；以后不能改。",
        widget=forms.TextInput(attrs={"class": "w-m", "autocapitalize": "none", "autocomplete": "off"}),
    )
    mobile = forms.CharField(
        label="手机号",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"class": "w-s", "inputmode": "tel"}),
    )
    region = forms.ChoiceField(label="所属节点")

    def __init__(self, *args, nodes: list[Region], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [(node.pk, node.name) for node in nodes]


class CompetenceFields(OnceForm):
    """Which zones, which window; for the two roles of the counter."""

    generalist = forms.BooleanField(label="全科：本节点全部板块", required=False)
    zones = forms.MultipleChoiceField(
        label="可受理的板块", required=False, widget=forms.CheckboxSelectMultiple, help_text="勾选“全科”的不用再选。"
    )
    window = forms.ModelChoiceField(label="窗口", required=False, queryset=Window.objects.none(), empty_label="不固定")

    def __init__(self, *args, node: str, **kwargs):
        super().__init__(*args, **kwargs)
        zones = Zone.objects.filter(region__node_code=node).order_by("pk")
        self.fields["zones"].choices = [(zone.pk, zone.name) for zone in zones]
        windows = Window.objects.filter(zone__region__node_code=node, closed=False).select_related("zone")
        self.fields["window"].queryset = windows.order_by("zone_id", "number")
        self.fields["window"].label_from_instance = lambda window: f"{window.zone.name} {window}"


class CompetenceForm(CompetenceFields):
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)  # the mark of what the page showed


class PostForm(CompetenceFields):
    role = forms.ChoiceField(label="岗位", widget=forms.RadioSelect)
    department = forms.ChoiceField(label="部门", required=False, help_text="审批人员、部门负责人、印章管理员必须选部门。")
    region = forms.ChoiceField(label="地区", help_text="镇（街道）、村的窗口人员选到镇、村；监督人员、目录管理员、节点管理员和审计员管整个节点，选节点。")
    valid_from = forms.DateField(label="开始日", widget=DateInput)
    valid_to = forms.DateField(label="最后一日", required=False, widget=DateInput, help_text="不填就是长期。")

    field_order = ("role", "department", "region", "generalist", "zones", "window", "valid_from", "valid_to")

    def __init__(self, *args, node: str, roles: list[str], **kwargs):
        super().__init__(*args, node=node, **kwargs)
        self.fields["role"].choices = [(role, labels.ROLES[role]) for role in roles]
        offices = Department.objects.filter(region__node_code=node).order_by("pk")
        self.fields["department"].choices = [("", "不属于部门"), *((office.pk, office.name) for office in offices)]
        day = today()
        places = [place for place in Region.objects.filter(node_code=node).order_by("pk") if place.valid_on(day)]
        self.fields["region"].choices = [(place.pk, place.name) for place in places]
        self.fields["region"].initial = node
        self.fields["valid_from"].initial = day


class CitizenForm(OnceForm):
    """Typed from the identity document that lies on the desk: nothing is looked up, nothing of the account is shown."""

    name = forms.CharField(label="姓名或者单位名称", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    number = forms.CharField(
        label="身份证号或者统一社会信用代码",
        max_length=30,
        widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"}),
    )
    checked = forms.BooleanField(
        label="本人（单位的，为法定代表人）到场，已核对身份证件原件",
        error_messages={"required": "请先当面核对身份证件原件。"},
    )
    reason = reason_field()


class EndForm(OnceForm):
    on = forms.DateField(
        label="最后一日",
        required=False,
        widget=DateInput,
        help_text="不填就是立即结束；填今天或以后的日期，到期自动结束。",
    )
    reason = reason_field()


class AbsenceForm(OnceForm):
    substitute = forms.ChoiceField(label="代理人（B 岗）")
    starts_on = forms.DateField(label="开始日", widget=DateInput)
    ends_on = forms.DateField(label="最后一日", widget=DateInput)
    reason = forms.CharField(label="原因", max_length=200, help_text="例如：年休假、外出培训。")

    def __init__(self, *args, colleagues: list[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["substitute"].choices = [
            ("", "请选择"),
            *((str(person.pk), f"{person.name}（{person.username}）") for person in colleagues),
        ]
        self.fields["starts_on"].initial = today()


def role_choices(reaches_city: bool) -> list[str]:
    """The roles that this administrator may give, in the order of a case's life."""
    kept = {"node_admin", "auditor"} if not reaches_city else set()
    return [role for role in Role.values if role not in kept]
