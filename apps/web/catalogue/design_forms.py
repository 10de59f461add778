"""Forms of the designer: one task a page. What they mean is judged by apps.catalog.composing and the actions."""

from __future__ import annotations

from django import forms

from apps.catalog import composing
from apps.directory.models import Department, Region
from apps.kit.days import UNITS
from apps.kit.errors import Refused
from apps.kit.forms import DateInput
from apps.web import labels
from apps.web.once import OnceForm

LINES = 3  # conditions that a member's page offers beyond those that stand


class DraftForm(OnceForm):
    """A change of a draft: `seen` = the digest of what the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args, seen: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = seen


class ActForm(DraftForm):
    """A button: `do` = "up fire-check", "drop fire-check", "drop_situation small_shop" …"""

    do = forms.CharField(max_length=120)


class AddForm(DraftForm):
    item = forms.CharField(max_length=64)


class NewForm(OnceForm):
    code = forms.CharField(label="编码", max_length=64, help_text="小写字母开头，如 open-bookshop；以后不能改。")
    name = forms.CharField(label="名称", max_length=100, help_text="一句话说清办成什么，如 开书店。")
    region = forms.ChoiceField(label="节点")
    department = forms.ChoiceField(label="牵头部门")
    criterion = forms.ChoiceField(label="牵头依据", choices=list(labels.LEAD_CRITERION.items()))

    def __init__(self, *args, nodes: list[Region], departments: list[Department], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [(node.pk, node.name) for node in nodes]
        self.fields["department"].choices = [("", "请选择"), *((office.pk, office.name) for office in departments)]


def _days(label: str, **more) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=366,
        required=False,
        widget=forms.NumberInput(attrs={"class": "w-s"}),
        **more,
    )


class FactsForm(DraftForm):
    name = forms.CharField(label="名称", max_length=100)
    department = forms.ChoiceField(label="牵头部门")
    criterion = forms.ChoiceField(label="牵头依据", choices=list(labels.LEAD_CRITERION.items()))
    kind = forms.ChoiceField(
        label="怎样联办",
        choices=[("joint", "证照联办：几个结果一起办"), ("merged", "多证合一：几个证合成一个")],
        widget=forms.RadioSelect,
    )
    issue = forms.ChoiceField(label="出件方式", choices=list(labels.ISSUE.items()), widget=forms.RadioSelect)
    promised_days = _days("整件事承诺多少天", help_text="从受理起算；不填的，按最慢的一条路告知。")
    promised_unit = forms.ChoiceField(label="承诺的单位", choices=list(UNITS.items()))
    baseline_days = _days("改革前要多少天", help_text="存下来作比较，以后不重算。")
    baseline_unit = forms.ChoiceField(label="改革前的单位", choices=list(UNITS.items()))
    audience = forms.MultipleChoiceField(
        label="服务对象", choices=list(labels.AUDIENCE.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    themes = forms.CharField(label="主题", required=False, max_length=200, help_text="几个主题用顿号分开。")
    valid_from = forms.DateField(label="生效日", widget=DateInput)
    valid_to = forms.DateField(label="最后有效日", widget=DateInput, required=False, help_text="到这一天为止；不填的一直有效。")
    seen_from = forms.DateField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, departments: list[Department], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [(office.pk, office.name) for office in departments]

    @staticmethod
    def told(version) -> dict:
        """The initial values of a draft."""
        content = version.content
        found = {name: content.get(name) for name in ("name", "audience")} | content["lead"]
        found |= {"kind": content.get("kind", "joint"), "issue": content.get("issue", "applicant_choice")}
        for key in ("promised", "baseline"):
            limit = content.get(f"{key}_limit") or {"days": None, "unit": "working"}
            found |= {f"{key}_days": limit["days"], f"{key}_unit": limit["unit"]}
        return found | {"themes": "、".join(content.get("themes", [])), "valid_from": version.valid_from, "valid_to": version.stated_to, "seen_from": version.valid_from}

    @property
    def facts(self) -> dict:
        """What composing.with_facts takes."""
        given = self.cleaned_data
        limits = {
            f"{key}_limit": None
            if given[f"{key}_days"] is None
            else {"days": given[f"{key}_days"], "unit": given[f"{key}_unit"]}
            for key in ("promised", "baseline")
        }
        themes = [word.strip() for word in given["themes"].replace("，", "、").split("、") if word.strip()]
        plain = {name: given[name] for name in ("name", "kind", "issue", "audience")}
        return (
            plain
            | limits
            | {"themes": themes, "lead": {"department": given["department"], "criterion": given["criterion"]}}
        )


class MemberForm(DraftForm):
    """Predecessors, the joint inspection, and the lines of its condition: question, comparison, value."""

    after = forms.MultipleChoiceField(
        label="要等哪些成员办出结果",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选的，和别的成员同时开始。",
    )
    inspected = forms.BooleanField(label="参加联合踏勘（一次上门）", required=False)

    def __init__(self, *args, others: list[tuple[str, str]], questions: dict[str, dict], lines: list, **kwargs):
        super().__init__(*args, **kwargs)
        self.questions = questions
        self.fields["after"].choices = others
        if not others:
            del self.fields["after"]
        asked = [("", "（不加条件）"), *((code, row["question"]) for code, row in questions.items())]
        asked += [(code, f"{code}（已经没有这个问题）") for code, _, _ in lines if code not in questions]
        self.count = len(lines) + LINES if questions or lines else 0
        for number in range(self.count):
            question, operator, value = lines[number] if number < len(lines) else ("", "is", "")
            self.fields[f"question{number}"] = forms.ChoiceField(
                label="情形", choices=asked, required=False, initial=question
            )
            self.fields[f"operator{number}"] = forms.ChoiceField(
                label="比较", choices=list(composing.OPERATORS.items()), required=False, initial=operator
            )
            self.fields[f"value{number}"] = forms.CharField(
                label="值",
                required=False,
                max_length=200,
                initial=value,
                widget=forms.TextInput(attrs={"class": "w-m"}),
            )

    @property
    def rows(self) -> list[tuple]:
        return [
            tuple(self[f"{name}{number}"] for name in ("question", "operator", "value")) for number in range(self.count)
        ]

    @property
    def conditions(self) -> list[dict]:
        """Lines of `when`. Raises Refused at the value that cannot be, and where nobody asks the question any more: left out without a
        word, its member would come to everybody."""
        given = self.cleaned_data
        for number in range(self.count):
            if (code := given[f"question{number}"]) and code not in self.questions:
                told = f"已经没有编码为 {code} 的问题，请另选一个，或者改为不加条件。"
                raise Refused("condition.question", told, f"question{number}")
        return [
            composing.parse_condition(
                self.questions[given[f"question{number}"]],
                given[f"operator{number}"] or "is",
                given[f"value{number}"],
                f"value{number}",
            )
            for number in range(self.count)
            if given[f"question{number}"]
        ]


class SituationEditForm(DraftForm):
    code = forms.CharField(label="编码", max_length=64, help_text="小写字母开头，如 small_shop。")
    question = forms.CharField(label="问题", max_length=200, help_text="用办事人听得懂的话。")
    type = forms.ChoiceField(
        label="怎样回答",
        choices=[("boolean", "是或否"), ("choice", "选一项"), ("integer", "整数"), ("decimal", "可带小数的数")],
        widget=forms.RadioSelect,
    )
    choices = forms.CharField(
        label="选项",
        required=False,
        max_length=2000,
        help_text="选一项的才填；每行一项：值、空格、文字，如 enterprise 企业。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    @staticmethod
    def told(row: dict) -> dict:
        lines = [f"{choice['value']} {choice['label']}" for choice in row.get("choices", [])]
        return {**row, "choices": "\n".join(lines), "values": [choice["value"] for choice in row.get("choices", [])]}

    @property
    def situation(self) -> dict:
        given = self.cleaned_data
        row = {name: given[name] for name in ("code", "question", "type")}
        choices = composing.parse_choices(given["choices"], self.initial.get("values", ())) if given["type"] == "choice" else []
        return row | ({"choices": choices} if choices else {})
