"""How the answers look that are told as they stand (a Plan, a form, a guide, who I am): described for who reads the published
schema alone, never asked to fill anything."""

from __future__ import annotations

from datetime import datetime

from rest_framework import serializers as s

from apps.applications.models import Application, Attachment, IssueMode
from apps.applications.papers_inspection import VERDICTS
from apps.catalog.compiler import NECESSITY
from apps.directory.models import Party, Role
from apps.issuance.models import Kind
from apps.kit.time import BEIJING

from .fields import ITEM_OR_BUNDLE, words


def texts(**more) -> s.ListField:
    return s.ListField(child=s.CharField(), **more)


# How a condition of a Plan reads.
LINE = "一行是 situation 或者 element（情形、填写内容的编码）加 is、in、at_least、over 之一，没有答的不成立"
ALL = f"条件是各行的列表，都成立才成立，空列表总是成立；{LINE}"
ANY = f"条件是几组行的列表，有一组各行都成立就成立；{LINE}"


class ChoiceTold(s.Serializer):
    value = s.CharField()
    label = s.CharField()


class DaysTold(s.Serializer):
    days = s.IntegerField()
    unit = s.CharField(help_text="working 工作日、calendar 自然日")


class QuestionTold(s.Serializer):
    """An answer goes under its code into `situations` (of a Plan: `answers`)."""

    code = s.CharField(help_text="回答以它为键，放进 situations（办理方案的请求里：answers）")
    question = s.CharField()
    type = s.CharField(help_text="boolean、choice、integer 或 decimal")
    choices = ChoiceTold(many=True, allow_null=True)
    asked_by = texts(help_text="提出这个问题的一件事、事项")


class FieldUseTold(s.Serializer):
    member = s.CharField()
    when = s.JSONField(help_text=f"成立时，这个事项才要它。{ALL}")


class ElementTold(s.Serializer):
    """A field of the form; its value goes under `element` into `answers`."""

    element = s.CharField(help_text="填写内容以它为键，放进 answers")
    name = s.CharField()
    type = s.CharField(help_text="text、textarea、integer、decimal、money、date、boolean、choice、multichoice、citizen_id、uscc、mobile、phone、email、address 或 region")
    group = s.CharField(allow_null=True)
    hint = s.CharField(allow_null=True)
    choices = ChoiceTold(many=True, allow_null=True)
    max_length = s.IntegerField(allow_null=True)
    minimum = s.FloatField(allow_null=True)
    maximum = s.FloatField(allow_null=True)
    sensitive = s.BooleanField(help_text="显示时掩码")
    needed_by = texts(help_text="要填它的事项")
    uses = FieldUseTold(many=True, required=False)
    required = s.BooleanField()
    when = s.JSONField(allow_null=True, help_text=f"成立时才出现，null：总是出现。{ANY}")
    required_when = s.JSONField(allow_null=True, help_text=f"required 为 true 的，成立时才必填，null：总是必填。{ANY}")


class UseTold(s.Serializer):
    member = s.CharField()
    necessity = s.CharField(help_text=words(NECESSITY.items()))
    originals = s.IntegerField()
    copies = s.IntegerField()
    when = s.JSONField(required=False, help_text=f"成立时才需要；不成立的，材料的必要性和份数不算上这个事项。{ALL}")


class MaterialTold(s.Serializer):
    """A document asked once; its line goes under `material` into `materials`."""

    material = s.CharField(help_text="交来的材料以它为键，放进 materials")
    name = s.CharField()
    kind = s.CharField()
    standard = s.CharField(allow_blank=True)
    necessity = s.CharField(help_text=words(NECESSITY.items()))
    originals = s.IntegerField()
    copies = s.IntegerField()
    form = s.CharField(help_text="paper、electronic 或 both")
    source = s.CharField()
    needed_by = texts()
    supplied_by = s.CharField(allow_null=True, help_text="由这个前一事项产生，不用申请人交")
    licence_type = s.CharField(allow_null=True)
    max_pages = s.IntegerField(allow_null=True, required=False)
    max_mb = s.FloatField(allow_null=True, required=False)
    when = s.JSONField(allow_null=True, help_text=f"成立时才要交，null：总是要交。{ANY}")
    uses = UseTold(many=True, required=False)


class MemberTold(s.Serializer):
    """An item of the Plan; what else it holds are properties of the catalogue format."""

    code = s.CharField()
    name = s.CharField()
    type = s.CharField()
    department = s.CharField()
    department_name = s.CharField()
    region = s.CharField()
    handling = s.CharField(help_text="instant 即办件、promised 承诺件")
    legal_limit = DaysTold(allow_null=True)
    promised_limit = DaysTold()
    stage = s.IntegerField()
    after = texts(help_text="排在它前面的事项")
    result = s.DictField()
    fees = s.ListField(child=s.DictField())


class PlanTold(s.Serializer):
    code = s.CharField()
    kind = s.CharField(help_text=ITEM_OR_BUNDLE)
    name = s.CharField()
    as_of = s.DateField()
    region = s.CharField()
    lead_department = s.CharField()
    issue = s.CharField(help_text="together、as_ready 或 applicant_choice")
    answers = s.DictField()
    situations = QuestionTold(many=True)
    members = MemberTold(many=True)
    stages = s.ListField(child=texts())
    elements = ElementTold(many=True)
    materials = MaterialTold(many=True)
    materials_before = s.IntegerField()
    materials_after = s.IntegerField()
    saving_percent = s.CharField()
    fees_total = s.CharField()
    promised_limit = DaysTold()
    legal_limits = s.DictField(child=DaysTold(allow_null=True))


class TwinTold(s.Serializer):
    id = s.IntegerField()
    number = s.CharField(allow_null=True)
    state = s.CharField(help_text=words(Application.State.choices))
    receipt_date = s.DateField(allow_null=True)


class FormTold(s.Serializer):
    members = MemberTold(many=True)
    stages = s.ListField(child=texts())
    lead_department = s.CharField()
    elements = ElementTold(many=True)
    materials = MaterialTold(many=True)
    situations = QuestionTold(many=True)
    answers = s.DictField(help_text="情形问题的回答")
    standard = s.DictField(allow_null=True, help_text="行业标准；points：{事项编码: [核查要点]}")
    issue = s.CharField(help_text=words(IssueMode.choices))
    ways = texts(help_text="可选的领取方式")
    savings = s.DictField(allow_null=True, help_text="一件事少交的材料、少花的时间；单个事项为空")
    duplicates = TwinTold(many=True)


class UsualTold(s.Serializer):
    working_days = s.IntegerField()
    cases = s.IntegerField()


class GuideTold(s.Serializer):
    code = s.CharField()
    kind = s.CharField(help_text=ITEM_OR_BUNDLE)
    version_id = s.IntegerField()
    department = s.CharField()
    region = s.CharField()
    content = s.DictField(help_text="事项或者一件事的内容，属性见目录文件格式")
    members = s.ListField(child=s.DictField(), help_text="一件事的事项：item、name、after、when、max_visits 等")
    ways = texts(help_text="八个办")
    usual_time = UsualTold(allow_null=True)
    last_day = s.DateField(allow_null=True)


class PostTold(s.Serializer):
    id = s.IntegerField()
    role = s.CharField(help_text=words(Role.choices))
    region = s.CharField()
    node = s.CharField()
    department = s.CharField(allow_null=True)
    acting_for = s.IntegerField(allow_null=True, help_text="代谁的岗（AB岗）")


class ActsForTold(s.Serializer):
    party = s.IntegerField()
    name = s.CharField()
    kind = s.CharField(help_text=words(Party.Kind.choices))
    items = texts()
    until = s.DateField(allow_null=True)


class MeTold(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    kind = s.CharField(help_text="staff 工作人员、person 办事人")
    posts = PostTold(many=True)
    acts_for = ActsForTold(many=True)


class SealTold(s.Serializer):
    number = s.CharField()
    at = s.DateTimeField()


class VerifiedTold(s.Serializer):
    code = s.CharField()
    kind = s.CharField(help_text=words(Kind.choices))
    title = s.CharField()
    number = s.CharField()
    agency = s.CharField()
    item = s.CharField()
    case_number = s.CharField()
    holder = s.CharField(help_text="个人的姓名掩码")
    date = s.DateField()
    status = s.CharField(help_text="waiting、unsealed、not_yet、valid、expired、void、cancelled（已注销）或 replaced")
    status_label = s.CharField()
    valid_from = s.DateField(allow_null=True)
    valid_to = s.DateField(allow_null=True)
    extended_to = s.DateField(allow_null=True)
    voided_on = s.DateField(allow_null=True, help_text="作废、被替换的日期")
    cancelled_on = s.DateField(allow_null=True, help_text="注销的日期")
    sha256 = s.CharField(allow_blank=True)
    seal = SealTold(allow_null=True)
    replaced_by = s.CharField(allow_null=True)


class FileTold(s.Serializer):
    """An uploaded file; its content lies at /api/attachments/<id>/ once it was examined."""

    id = s.IntegerField()
    name = s.CharField()
    content_type = s.CharField()
    size = s.IntegerField()
    sha256 = s.CharField()
    scan = s.ChoiceField(Attachment.Scan.choices, help_text="通过检查以前打不开，也不算已经交来")


class EnclosedFileTold(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    scan = s.ChoiceField(Attachment.Scan.choices)


class EnclosedTold(s.Serializer):
    code = s.CharField()
    name = s.CharField()
    attachments = EnclosedFileTold(many=True)


class GapTold(s.Serializer):
    """A material that a notice asks for."""

    material = s.CharField()
    name = s.CharField()
    problem = s.CharField()
    requirement = s.CharField()
    how = s.CharField(required=False)
    needed_by = texts(help_text="要它的事项")
    departments = texts(help_text="用它的部门；单个事项的为空")


class FieldGapTold(s.Serializer):
    """An answer that a notice asks to be put right."""

    element = s.CharField()
    name = s.CharField()
    problem = s.CharField()
    needed_by = texts(help_text="要它的事项")
    departments = texts(required=False, help_text="用它的部门；单个事项没有这一项")


class CameTold(s.Serializer):
    """What came for a notice; of an answer no pieces."""

    on = s.DateField()
    at = s.DateTimeField(required=False)
    by = s.CharField(help_text="申请人 或者 窗口")
    originals = s.IntegerField(required=False)
    copies = s.IntegerField(required=False)
    remark = s.CharField(required=False, allow_blank=True)


class Came(s.DictField):
    """What came for a notice: when, by Beijing's clock, and from which side. The clerk's name is the house's own."""

    def __init__(self, **given):
        super().__init__(child=CameTold(), **given)

    def to_representation(self, value: dict) -> dict:
        return {code: one | self._told(one) for code, one in value.items()}

    @staticmethod
    def _told(one: dict) -> dict:
        at = {"at": datetime.fromisoformat(one["at"]).astimezone(BEIJING).isoformat()} if "at" in one else {}
        return at | {"by": one["by"] if one.get("by") == "申请人" else "窗口"}


class OfficerTold(s.Serializer):
    name = s.CharField()
    badge = s.CharField(help_text="执法证号")


class FindingTold(s.Serializer):
    point = s.CharField()
    verdict = s.ChoiceField(list(VERDICTS.items()))
    words = s.CharField(allow_blank=True)
