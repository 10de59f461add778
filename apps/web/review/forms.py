"""Forms of the department's desk; the rooms check what they mean."""

from __future__ import annotations

from django import forms

from apps.applications.checks import LONGEST, RESULTS
from apps.applications.story_sentences import RECOMMENDED
from apps.kit.forms import DateInput
from apps.web.once import OnceForm, SeenForm

from .opinions import demand_complete

OPINION_LIMIT = 2000


class ClaimForm(OnceForm):
    """Only the key."""


class OpinionForm(SeenForm):
    """`points` = the check points of the frozen standard: each gets a choice (checks__<code>) and a note."""

    recommendation = forms.ChoiceField(label="建议", choices=list(RECOMMENDED.items()), widget=forms.RadioSelect)
    opinion = forms.CharField(
        label="审查意见",
        max_length=OPINION_LIMIT,
        help_text="写明审查了什么、依据是什么；建议不予的，写明事实和理由。",
        widget=forms.Textarea(attrs={"rows": 6, "class": "w-full"}),
        validators=[demand_complete],
    )

    def __init__(self, *args, points: list[dict] = (), answered: list[dict] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.points, before = list(points), {row["code"]: row for row in answered}
        for point in self.points:
            name, row = f"checks__{point['code']}", before.get(point["code"], {})
            self.fields[name] = forms.ChoiceField(
                label=point["text"],
                choices=list(RESULTS.items()),
                widget=forms.RadioSelect,
                initial=row.get("result"),
                error_messages={"required": f"请对“{point['text']}”选择符合、不符合或不适用。"},
                help_text="；".join(filter(None, [point["basis"], point["evidence"] and f"看：{point['evidence']}"])),
            )
            self.fields[f"{name}__note"] = forms.CharField(
                label="说明", required=False, max_length=LONGEST, initial=row.get("note", "")
            )

    @property
    def checks(self) -> dict[str, dict]:
        """What was answered, as the action takes it; also of a form that is shown again."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else self.data
        return {
            point["code"]: {
                "result": given.get(f"checks__{point['code']}") or "",
                "note": given.get(f"checks__{point['code']}__note") or "",
            }
            for point in self.points
        }

    @property
    def pairs(self) -> list[tuple]:
        """(choice, note) of each check point, for the page."""
        return [(self[f"checks__{p['code']}"], self[f"checks__{p['code']}__note"]) for p in self.points]


class NoteForm(OnceForm):
    text = forms.CharField(
        label="添加备注",
        max_length=1000,
        help_text="只给同事看，申请人看不到。",
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
    )


class ReasonForm(OnceForm):
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 4}))


class PauseForm(OnceForm):
    ground = forms.ChoiceField(
        label="法定情形",
        choices=(),
        widget=forms.RadioSelect,
        help_text="只列出这个事项依法可以扣除时间的情形；其他情形，包括内部会签，时间照常计算。",
    )
    expected_days = forms.IntegerField(
        label="预计所需的工作日",
        min_value=1,
        max_value=999,
        help_text="写进告知书；实际以特别程序结束之日为准。",
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )
    organiser = forms.CharField(label="组织单位", max_length=100, help_text="由谁组织，例如检测机构、评审委员会。")
    basis = forms.CharField(
        label="法律依据",
        max_length=300,
        help_text="写明要求进行这个程序的条款。行政机关委托的检验、检测、检疫、鉴定，只有法律、法规要求的才能扣除时间。",
    )
    reason = forms.CharField(
        label="说明", required=False, max_length=500, help_text="可以不填；写进告知书和经过，凭编号查询的人也看得到。", widget=forms.Textarea(attrs={"rows": 3})
    )
    service = forms.ChoiceField(
        label="告知书怎样送达",
        choices=[
            ("electronic", "电子送达：出具后即发到申请人的消息和办件查询页，今天起停止计时"),
            ("later", "另行送达：当面、邮寄等，登记送达以前照常计时"),
        ],
        initial="electronic",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, grounds=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = [(one.code, f"{one.name}（{one.law}）") for one in grounds]


class ServeForm(OnceForm):
    method = forms.ChoiceField(label="送达方式", choices=(), widget=forms.RadioSelect)
    on = forms.DateField(label="送达日期", widget=DateInput, help_text="以签收、回证或者留置之日为准；当日仍计入期限。")

    def __init__(self, *args, methods=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = methods


class ResumeForm(OnceForm):
    on = forms.DateField(label="特别程序结束之日", widget=DateInput, help_text="当日不计入，期限自次日起继续计算。")
    result = forms.CharField(
        label="结果",
        required=False,
        max_length=500,
        help_text="例如“检测合格”“专家评审通过”；写进告知书，申请人会看到。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExtendForm(OnceForm):
    days = forms.IntegerField(
        label="延长天数",
        min_value=1,
        max_value=999,
        help_text="承诺期限和法定期限都加上，各按自己的单位：工作日或者自然日。",
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )
    reason = forms.CharField(
        label="延长的理由",
        required=False,  # the room refuses it in the order of the law
        max_length=500,
        help_text="依法应当告知申请人，写进延期通知书。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    approver = forms.CharField(
        label="批准机关和文号", required=False, max_length=100, help_text="由本部门负责人批准的不填。"
    )

    def __init__(self, *args, higher: str = "", **kwargs):
        """`higher`: who approves every extension of this item, however short."""
        super().__init__(*args, **kwargs)
        if higher:
            self.fields["approver"].help_text = f"由{higher}批准，必须写明。"


class ReassignForm(OnceForm):
    assignee = forms.TypedChoiceField(label="改派给", coerce=int, choices=())
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args, people: list[tuple[int, str]] = (), never: set[int | None] = frozenset(), **kwargs):
        """`never`: who has it, and who accepted the case: nothing to choose, and refused in words from a page that stood open."""
        super().__init__(*args, **kwargs)
        field = self.fields["assignee"]
        field.choices = [("", "请选择"), *people]
        field.widget.choices = [choice for choice in field.choices if choice[0] not in never]
        if people and len(field.widget.choices) == 1:
            field.help_text = "本部门现在没有别的在岗审批人员可以承办。"


class RerouteForm(SeenForm):
    department = forms.ChoiceField(label="分办给", choices=())
    reason = forms.CharField(
        label="理由",
        max_length=500,
        help_text="写明为什么是这个部门的职责；仍由原部门办理的，也写明理由。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, departments: list[tuple[str, str]] = (), keeps: str = "", **kwargs):
        """`keeps`: where it lies and was not sent back: nothing to choose, and refused in words from a page that stood open."""
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        field.choices = [("", "请选择"), *departments]
        if keeps:
            field.widget.choices = [choice for choice in field.choices if choice[0] != keeps]
            self.fields["reason"].help_text = "写明为什么是这个部门的职责。"


class RerouteAllForm(OnceForm):
    left = forms.ChoiceField(label="没有人办理的部门")
    department = forms.ChoiceField(label="分办给")
    reason = forms.CharField(
        label="理由", max_length=500, help_text="写明依据，例如撤并的文件；每一件都会记下。", widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args, left: list[tuple[str, str]], departments: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["left"].choices = [("", "请选择"), *left]
        self.fields["department"].choices = [("", "请选择"), *departments]


class DecisionForm(OnceForm):
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)  # what the page shows (checks.laid_open)
    decision = forms.ChoiceField(label="决定", choices=[("grant", "准予"), ("refuse", "不予")], widget=forms.HiddenInput)
    reason = forms.CharField(
        label="说明",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5, "class": "w-full"}),
        validators=[demand_complete],
    )
