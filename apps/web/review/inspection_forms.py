"""Forms of a site inspection; the rooms check what they mean."""

from __future__ import annotations

from django import forms

from apps.applications.models import Inspection, InspectionPart
from apps.applications.papers_inspection import VERDICTS
from apps.applications.visiting import parse
from apps.kit.forms import BaseForm
from apps.web.once import OnceForm
from apps.web.signing import SignedForm
from apps.web.stood import StandingForm

OFFICER_ROWS = 3
HALF = dict(Inspection.Half.choices)
WEEKDAYS = "一二三四五六日"


def slot_words(slot: str) -> str:
    """10月12日（周四）上午"""
    day, half = parse(slot)
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）{HALF[half]}"


def slot_choices(slots: list[str]) -> list[tuple[str, str]]:
    return [(slot, slot_words(slot)) for slot in slots]


def _short(point: str) -> str:
    return point if len(point) <= 16 else f"{point[:15]}…"


class TimeInput(forms.TimeInput):
    input_type = "time"


class OfficersForm(OnceForm):
    """Rows of name and badge; two are asked for, more are welcome."""

    def __init__(self, *args, officers: list[dict] = (), **kwargs):
        super().__init__(*args, **kwargs)
        for place in range(max(OFFICER_ROWS, len(officers))):
            known = officers[place] if place < len(officers) else {}
            for key, label in (("name", "姓名"), ("badge", "执法证号")):
                field = forms.CharField(
                    label=f"第 {place + 1} 人{label}",
                    required=False,
                    max_length=30,
                    initial=known.get(key, ""),
                    widget=forms.TextInput(attrs={"class": "w-s", "autocomplete": "off"}),
                )
                self.fields[f"officers__{place}__{key}"] = field

    @property
    def pairs(self) -> list[tuple]:
        count = sum(1 for name in self.fields if name.endswith("__badge"))
        return [(self[f"officers__{place}__name"], self[f"officers__{place}__badge"]) for place in range(count)]

    @property
    def officers(self) -> list[dict]:
        return [{"name": name.data or "", "badge": badge.data or ""} for name, badge in self.pairs]


class TimesForm(OfficersForm):
    times = forms.MultipleChoiceField(label="可以踏勘的半天", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, slots: list[str] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["times"].choices = slot_choices(list(slots))


class ConfirmForm(OnceForm):
    slot = forms.ChoiceField(label="各部门都有空的时间", widget=forms.RadioSelect, choices=())
    visit_time = forms.TimeField(
        label="到场时间",
        required=False,
        help_text="不填的，上午 9:00、下午 14:00。",
        widget=TimeInput(attrs={"class": "w-s"}),
    )
    place = forms.CharField(label="踏勘地点", max_length=200, widget=forms.TextInput(attrs={"class": "w-l"}))

    def __init__(self, *args, slots: list[str] = (), **kwargs):
        super().__init__(*args, **kwargs)
        proposed = [(slot, f"{words}　建议") for slot, words in slot_choices(slots[:1])]
        self.fields["slot"].choices = [*proposed, *slot_choices(slots[1:])]
        self.initial.setdefault("slot", slots[0] if slots else None)


class ReinspectForm(OnceForm):
    slot = forms.ChoiceField(label="复查时间", choices=())
    visit_time = forms.TimeField(label="到场时间", required=False, widget=TimeInput(attrs={"class": "w-s"}))

    def __init__(self, *args, slots: list[str] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["slot"].choices = [("", "请选择"), *slot_choices(slots)]


class FindingsForm(StandingForm, OnceForm):
    """One question a check point, and a line for what no point names. Two officers fill it in on two phones."""

    def __init__(self, *args, points: list[str] = (), known: list[dict] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.points = list(points)
        answers = {row["point"]: row for row in known}
        more = next((row for row in known if row["point"] not in points), {})
        for place, point in enumerate([*points, None]):
            row = answers.get(point, {}) if point else more
            if point is None:
                self.fields[f"findings__{place}__point"] = forms.CharField(label="其他检查内容", required=False, max_length=300)
                self.initial[f"findings__{place}__point"] = more.get("point", "")
            self.fields[f"findings__{place}__verdict"] = forms.ChoiceField(
                label=point or "其他内容的结果",
                required=False,
                choices=list(VERDICTS.items()),
                widget=forms.RadioSelect,
            )
            self.fields[f"findings__{place}__words"] = forms.CharField(
                label=f"说明（{_short(point) if point else '其他'}）",
                required=False,
                max_length=500,
                widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
            )
            self.initial |= {f"findings__{place}__{key}": row.get(key, "") for key in ("verdict", "words")}
        self.stand([name for name in self.fields if name.startswith("findings__")], draft=False)

    def asked(self) -> dict:
        return self.as_sent()

    def clean(self):
        given, more = super().clean(), f"findings__{len(self.points)}__"
        if given.get(f"{more}point") and not given.get(f"{more}verdict"):
            self.add_error(f"{more}verdict", "写了其他检查内容，请再选结果：符合、有问题或不涉及。")
        if given.get(f"{more}words") and not given.get(f"{more}point"):
            self.add_error(f"{more}point", "写了其他内容的说明，请再写明检查了什么。")
        return given

    @property
    def rows(self) -> list[dict]:
        return [
            {
                "point": self[f"findings__{place}__point"] if place == len(self.points) else None,
                "verdict": self[f"findings__{place}__verdict"],
                "words": self[f"findings__{place}__words"],
            }
            for place in range(len(self.points) + 1)
        ]

    @property
    def findings(self) -> list[dict]:
        """A result alone, of nothing named, is a slip: a chosen radio cannot be taken back."""
        given, more = self.cleaned_data, f"findings__{len(self.points)}__point"
        return [
            {
                "point": point or given[f"findings__{place}__point"],
                "verdict": given[f"findings__{place}__verdict"],
                "words": given[f"findings__{place}__words"],
            }
            for place, point in enumerate([*self.points, *([""] if given[more] else [])])
        ]


class PhotoForm(BaseForm):
    """Sent twice it is one photo by its bytes; no key is kept, for the scanner is asked when the upload is committed."""

    file = forms.FileField(
        label="照片",
        help_text="JPG 或 PNG。",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )
    caption = forms.CharField(label="照片说明", required=False, max_length=100)


class HoldForm(SignedForm):
    present = forms.MultipleChoiceField(label="到场的部门", widget=forms.CheckboxSelectMultiple)
    signature = forms.CharField(
        label="申请人签名",
        required=False,
        max_length=100,
        help_text="请申请人或者其代表看过记录，自己录入姓名；下面还可以手写签名。",
        widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"}),
    )
    signature_refused = forms.CharField(
        label="没有签名的原因", required=False, max_length=300, help_text="拒绝签名或者不在场的，写明情况。"
    )

    def __init__(self, *args, departments: list[tuple[str, str]] = (), ready: list[str] = (), **kwargs):
        """`ready` = those with two officers: they are ticked to begin with."""
        super().__init__(*args, **kwargs)
        self.fields["present"].choices = departments
        self.initial.setdefault("present", list(ready))


class ConcludeForm(OnceForm):
    result = forms.ChoiceField(label="本部门结论", choices=InspectionPart.Result.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label="结论说明", max_length=2000, widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"})
    )
    fixed = forms.TypedMultipleChoiceField(
        label="复查合格的整改内容", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    lines = forms.CharField(
        label="整改内容",
        required=False,
        max_length=5000,
        help_text="一行一条；结论是“整改后复查”的填写。",
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
    )
    days = forms.IntegerField(
        label="整改天数（工作日）",
        required=False,
        min_value=1,
        max_value=60,
        help_text="不填的按中心标准；几个部门都要求整改的，按最长的算。",
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )

    def __init__(self, *args, lines: list[tuple[int, str]] = (), **kwargs):
        super().__init__(*args, **kwargs)
        if lines:
            self.fields["fixed"].choices = lines
        else:
            del self.fields["fixed"]
