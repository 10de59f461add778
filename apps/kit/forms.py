"""The form base of every page: plain Chinese errors that name the field, an error summary, and refusals of the rooms shown at the field.

The usual page:

    form = IntakeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.attempt(lambda: actions.receive(by=request.actor, **form.cleaned_data)):
        return redirect("counter:case", form.result.pk)
    return render(request, "counter/work.html", {"form": form}, status=form.status)

`attempt` puts what the room refuses (Refused 422, WrongState 409) on the form, so nothing that was typed is lost; NotYours and
Forbidden pass on to the error pages. Templates: `{{ form }}` draws everything, `{% include "components/field.html" with field=form.name %}`
one field, `{% include "components/error_summary.html" %}` the summary (above the title; the page title then begins with 错误：).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from copy import copy

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.renderers import DjangoTemplates
from django.template.loader import get_template

from .errors import DomainError, Forbidden, NotYours, TooMany
from .ids import plain
from .limits import told_to_wait

# The forms that this request has filled: a page that refuses it shows what was typed under their labels (apps.web.typed).
bound_here: ContextVar[list[BaseForm] | None] = ContextVar("bound_here", default=None)
CHOOSE = (forms.ChoiceField, forms.ModelChoiceField, forms.FileField, forms.DateField)


class ComponentRenderer(DjangoTemplates):
    """Draws forms with the project's own components and widgets with Django's."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"

    def get_template(self, template_name: str):
        if template_name.startswith("components/"):
            return get_template(template_name)
        return super().get_template(template_name)


class BaseForm(forms.Form):
    default_renderer = ComponentRenderer()  # one for all: of a class each form would make its own, and read every template anew
    use_required_attribute = False  # the server says what is missing, in whole sentences and all at once
    required_css_class = "is-required"

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.result = None
        self._status = 200
        if self.is_bound and (filled := bound_here.get()) is not None:
            filled.append(self)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Textarea) and field.widget.attrs.get("rows") == "10":
                field.widget.attrs["rows"] = "4"  # ten rows, Django's own choice, push the button off a counter screen

    def full_clean(self) -> None:
        """Worded now, when the fields are complete (questions of the catalogue come late) and are called what the page calls them."""
        for name, field in self.fields.items():
            plain_messages(field, field.label or name)
        super().full_clean()

    @property
    def status(self) -> int:
        """HTTP status of the page that shows this form again."""
        if self._status != 200:
            return self._status
        return 422 if self.is_bound and self.errors else 200

    @property
    def in_words(self) -> str:
        """What narrows a list, in words, so that its sheet does not pass for the whole: "状态：待领办，事项：食品经营许可"; "" for nothing."""
        self.is_valid()  # what was not understood narrows nothing
        words = [(self.fields[name], value) for name, value in self.cleaned_data.items() if value]
        return "，".join(f"{field.label}：{dict(getattr(field.widget, 'choices', ())).get(value, value)}" for field, value in words)

    def attempt(self, do: Callable[[], object]) -> bool:
        """Run `do`; True and `.result`, or False with the refusal standing at its field."""
        try:
            self.result = do()
        except (NotYours, Forbidden):
            raise
        except DomainError as refusal:
            self.add_refusal(refusal)
            return False
        return True

    def add_refusal(self, refusal: DomainError) -> None:
        """Put each error of a refusal at the field it names; the others above the form."""
        self._status = refusal.status
        if isinstance(refusal, TooMany):
            told_to_wait.set(refusal.seconds)
        for error in refusal.errors:
            self.add_error(self._field_for(error.field), error.message)

    def _field_for(self, path: str | None) -> str | None:
        """`materials.id_card` is the field of that name, or `materials__id_card`, or its last part, or none. A code may have
        dots of its own: `materials.id.card` is `materials__id.card`."""
        if path:
            for name in (path, path.replace(".", "__", 1), path.replace(".", "__"), path.rsplit(".", 1)[-1]):
                if name in self.fields:
                    return name
        return None

    @property
    def error_list(self) -> list[dict]:
        """[{"href", "message"}] in the order of the fields; href is "" for what belongs to no field."""
        found = [{"href": "", "message": message} for message in self.errors.get(NON_FIELD_ERRORS, [])]
        for name in self.fields:
            for message in self.errors.get(name, []):
                found.append({"href": "#" + _focus_id(self[name]), "message": message})
        return found


def _focus_id(field) -> str:
    """The id of the control to go to: the first choice of a group of radios, else the widget itself."""
    first = f"{field.auto_id}_0" if field.use_fieldset else ""
    return first or field.id_for_label or field.auto_id


def plain_messages(field: forms.Field, label: str) -> None:
    """Replace Django's general messages by sentences that name the field and the cure."""
    label = str(label).removesuffix("。")  # a promise is a sentence of its own; quoted it ends with the sentence around it
    verb = "请选择" if isinstance(field, CHOOSE) else "请填写"
    sentences = {
        "required": f"{verb}“{label}”。",
        "invalid_choice": f"“{label}”所选的内容不在可选范围内，请重新选择。",
        "invalid_list": f"请重新选择“{label}”。",
        "max_length": f"“{label}”最多填写 %(limit_value)d 个字，现在有 %(show_value)d 个。",
        "min_length": f"“{label}”至少填写 %(limit_value)d 个字，现在有 %(show_value)d 个。",
        "max_value": f"“{label}”不能大于 %(limit_value)s。",
        "min_value": f"“{label}”不能小于 %(limit_value)s。",
        "invalid": f"“{label}”的格式不对，请检查后重新填写。",
        "empty": f"“{label}”选择的文件是空的，请重新选择。",
        "missing": f"{verb}“{label}”。",
        "null_characters_not_allowed": f"“{label}”里有不能显示的字符，请删掉后重新填写。",
    }
    if isinstance(field, forms.BooleanField):
        sentences["required"] = f"请勾选“{label}”。"
    if isinstance(field, forms.DateField):
        sentences["invalid"] = f"“{label}”要写成年-月-日，例如 2026-11-23。"
    if isinstance(field, forms.IntegerField):
        whole = not isinstance(field, forms.DecimalField | forms.FloatField)
        sentences["invalid"] = f"“{label}”要填写{'整数' if whole else '数字'}。"
    own = {}
    for base in reversed(type(field).__mro__):
        own.update(getattr(base, "default_error_messages", {}))
    for code, sentence in sentences.items():
        current = field.error_messages.get(code)
        if current is None or current == own.get(code):  # a message that the form wrote itself stays
            field.error_messages[code] = sentence
    field.validators = [copy(validator) for validator in field.validators]  # those of the class serve every form, under other names too
    for validator in field.validators:
        code = getattr(validator, "code", None)
        if code in ("max_length", "min_length", "max_value", "min_value", "null_characters_not_allowed") and "message" not in vars(validator):
            validator.message = sentences[code]


class CodeField(forms.CharField):
    """A number read off a card or a slip: full-width digits become plain ones, spaces and hyphens go, letters become capitals."""

    def __init__(self, *args, digits_only: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")
        self.widget.attrs.setdefault("spellcheck", "false")
        self.widget.attrs.setdefault("data-code", "")
        if digits_only:
            self.widget.attrs.setdefault("inputmode", "numeric")

    def to_python(self, value):
        kept = plain(super().to_python(value))
        return "".join(ch for ch in kept if not ch.isspace() and ch != "-").upper()


class DateInput(forms.DateInput):
    """The browser's own date field; type=date wants ISO text whatever the locale."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")
