"""Forms of the catalogue office; the room checks what they mean."""

from __future__ import annotations

from django import forms

from apps.catalog.models import Kind
from apps.catalog.workflow import DefinitionState
from apps.directory.models import Department, Region
from apps.kit.forms import BaseForm, DateInput
from apps.kit.time import today
from apps.web.once import OnceForm

MOST_FILES = 10
LARGEST = 5 * 1024 * 1024  # bytes of one file
REASON_HINT = "会记入事项的经过。"


class FilterForm(BaseForm):
    q = forms.CharField(label="名称、拼音首字母、编码", required=False, max_length=60)
    node = forms.ChoiceField(label="节点", required=False)
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *Kind.choices])
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), ("writing", "有待公布的版本"), *DefinitionState.choices]
    )
    department = forms.ChoiceField(label="部门", required=False)

    def __init__(self, *args, nodes: list[Region], departments: list[Department], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["node"].choices = [("", "全部"), *((node.pk, node.name) for node in nodes)]
        self.fields["department"].choices = [("", "全部"), *((office.pk, office.name) for office in departments)]
        if len(nodes) < 2:
            del self.fields["node"]

    @property
    def chosen(self) -> dict:
        """What narrows the list; unknown values do not."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class CatalogueFiles(forms.FileField):
    """Several files at once, each judged by size only: what stands inside is the catalogue's business."""

    widget = SeveralFiles

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data]
        clean = [super(CatalogueFiles, self).clean(file, initial) for file in files or [None]]
        if len(clean) > MOST_FILES:
            raise forms.ValidationError(f"一次最多选 {MOST_FILES} 个文件，现在有 {len(clean)} 个。")
        for file in clean:
            if file.size > LARGEST:
                raise forms.ValidationError(f"“{file.name}”超过 5 MB，请拆成几个文件。")
        return clean


class ImportForm(BaseForm):
    files = CatalogueFiles(
        label="目录文件",
        help_text="YAML 或 JSON，可以一次选几个，按选中的顺序读；先检查，不会写入。",
        widget=SeveralFiles(attrs={"accept": ".yaml,.yml,.json"}),
    )


class LoadForm(OnceForm):
    kept = forms.CharField(widget=forms.HiddenInput, max_length=60)
    publish = forms.ChoiceField(
        label="怎样载入",
        widget=forms.RadioSelect,
        choices=[("no", "存为草稿，逐项检查、核准后再公布"), ("yes", "立即公布")],
        initial="no",
    )

    def __init__(self, *args, only_draft: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if only_draft:
            self.fields["publish"].choices = self.fields["publish"].choices[:1]


class MoveForm(OnceForm):
    """A move that asks for nothing."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)  # the digest of the version that the page shows


class ReasonForm(OnceForm):
    reason = forms.CharField(
        label="原因", max_length=300, help_text=REASON_HINT, widget=forms.Textarea(attrs={"rows": 2})
    )


class WithdrawForm(ReasonForm):
    on = forms.DateField(label="从哪一天起不再受理", widget=DateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = today()


class PublishForm(MoveForm):
    valid_from = forms.DateField(
        label="生效日", widget=DateInput, help_text="从这一天起按新版本受理，在办的件不受影响。"
    )


class DayForm(BaseForm):
    day = forms.DateField(label="截至", required=False, widget=DateInput)
    node = forms.ChoiceField(label="节点", required=False)

    def __init__(self, *args, nodes: list[Region], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["node"].choices = [("", "全市"), *((node.pk, node.name) for node in nodes)]
