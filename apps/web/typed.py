"""What a form had sent, under the names that its page gives the fields: for the pages that show it again when it was not taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from sys import modules

from django import forms
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.utils.choices import flatten_choices

from apps.applications.display import answer_words
from apps.applications.grounds import GROUNDS
from apps.applications.handout import NAMES, HandOut
from apps.applications.models import IssueMode
from apps.catalog.queries_names import coded_names, elements_called, offered_names, questions_called
from apps.directory.models import Region
from apps.directory.queries import department_names, region_name, window_names, zone_names
from apps.issuance.models import HandOver
from apps.kit.forms import BaseForm, bound_here

from .labels import NOT_ACCEPTED, ROLES
from .situations import PREFIX

SECRET_WORDS = ("password", "secret", "token", "otp")
SECRET_USES = ("new-password", "current-password", "one-time-code")  # autocomplete of what is shown nowhere
# Sent by a button that was pressed, or carried along by the page: nobody typed it.
NOT_TYPED = {
    "back", "csrfmiddlewaretoken", "do", "draft", "field", "kept", "look", "looked", "next", "of", "once", "pre_check", "remove", "seen",
    "send", "show", "stay", "step", "stood", "until", "view", "what", "wording",
}  # fmt: skip
# Fields that a form gains only for its case. A code follows two underlines; {} is the name that the catalogue gives it.
OF_ELEMENTS = {"answers": "{}", "faulty": "{}：补来的不合格", "fields": "{}：要改的内容"}
OF_MATERIALS = {
    "materials": "{}", "originals": "{}：原件份数", "copies": "{}：复印件份数",
    "remark": "{}：说明", "promised": "{}：承诺后补", "gaps": "{}：补正要求", "ask": "{}：要求补正", "files": "{}：文件",
}  # fmt: skip
OF_SITUATIONS = ("situations__", PREFIX)  # a question of the catalogue, at the counter and from home
OF_OTHERS = {"checks": "检查要点", "officers": "踏勘人员", "findings": "核查情况"}
GAINED = {
    "basis": "依据", "checklist": "自查清单编号", "collector": "由谁来领", "competent_agency": "有权办理的机关", "contact_mobile": "联系手机",
    "cure_days": "补正期限（工作日）", "free_basis": "依据", "free_reason": "无需办理的理由", "gap_days": "补齐期限（工作日）", "ground": "情形",
    "issue": "几项结果怎么给", "item": "事项", "jobs": "勾选的办件", "members": "勾选的事项", "promised": "承诺后补", "source": "来源",
    "together": "合成一份 PDF",
} | {f"handout__{part}": name for part, name in NAMES.items()}  # fmt: skip
WITHOUT_NAME = "其他内容"
OF_A_LIST = "已选的一项"  # a choice whose words only its own page knows: a key says nothing, and whose name it is is not for everybody
PICKED = {"choice", "multichoice", "region"}  # elements that are sent as a code, and read as a word
CHOICES = (forms.ChoiceField, forms.ModelChoiceField)
# Choices that a form gains only for its case.
CODED = {
    "ground": NOT_ACCEPTED | GROUNDS, "handout__way": dict(HandOut.choices), "issue": dict(IssueMode.choices), "promised": {"1": "是"},
    "relation": dict(HandOver.Relation.choices), "role": ROLES, "together": {"1": "是"},
}  # fmt: skip


def _places(codes: Iterable[str]) -> dict[str, str]:
    """Those that there are: to be named, an unknown one has all of them read again."""
    return {code: region_name(code) for code in Region.objects.filter(pk__in=codes).values_list("pk", flat=True)}


# Those that the catalogue and the directory name, in one statement for all values of a field: anybody sends a thousand.
CALLED = {
    "code": offered_names, "department": department_names, "departments": department_names,
    "materials": lambda codes: coded_names(codes)[1], "region": _places, "window": window_names, "zones": zone_names,
}  # fmt: skip
MARKS = {
    "true": "是",
    "on": "是",
    "false": "否",
    "in": "收到",
    "missing": "未交",
    "rejected": "不合格",
    "waived": "免交",
}


def sent(request: HttpRequest) -> list[tuple[str, str]]:
    """[(field, value)] of a form as it came, hidden ones too; what is secret is typed again."""
    try:
        if request.method != "POST" or not request.POST:
            return []
    except (SuspiciousOperation, UnreadablePostError):  # too much to be read at all, or broken off
        return []
    fields = _Fields(request)
    lists = [
        (name, values)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and not fields.secret(name)
    ]
    return [(name, value) for name, values in lists for value in values]


def told(request: HttpRequest) -> list[tuple[str, str]]:
    """[(label, value)] of what somebody had typed or chosen, in the order of the page."""
    given = [(name, value) for name, value in sent(request) if value.strip()]
    fields = _Fields(request) if given else None
    return [(label, fields.words(name, value)) for name, value in given if (label := fields.label(name))]


class _Fields:
    """The fields of what was sent: of the form that this request filled, else of the forms that stand beside the page (the one most
    like it first), else of any form of the house."""

    def __init__(self, request: HttpRequest):
        names = request.POST.keys()
        self._post, self._words = request.POST, {}
        page = modules.get(getattr(getattr(request.resolver_match, "func", None), "__module__", ""))
        beside = [
            each for each in vars(page or object).values() if isinstance(each, type) and issubclass(each, BaseForm)
        ]
        own = sorted(
            (each.base_fields for each in beside), key=lambda one: -len(names & one.keys()) / len(names | one.keys())
        )
        self._near: list[Mapping[str, forms.Field]] = [*map(_by_html_name, bound_here.get() or ()), *own]
        self._codes = [code for _, _, code in (name.partition("__") for name in names) if code]
        self._asked = {name: name.removeprefix(sort) for name in names for sort in OF_SITUATIONS if name.startswith(sort)}

    @cached_property
    def _named(self) -> tuple[dict[str, str], dict[str, str]]:
        return coded_names(self._codes)

    @cached_property
    def _elements(self) -> dict[str, dict]:
        return elements_called(self._codes)

    @cached_property
    def _questions(self) -> dict[str, tuple[str, dict[str, str]]]:
        return questions_called(self._asked.values())

    def field(self, name: str) -> forms.Field | None:
        found = (one[name] for one in self._near if name in one)
        return next((each for each in found if each.label or each.widget.is_hidden), None)

    def secret(self, name: str) -> bool:
        """By its name or its field; where the field is not known, because somewhere a password is called so."""
        if any(word in name.lower() for word in SECRET_WORDS):
            return True
        field = self.field(name)
        if field is None:
            return any(isinstance(each.widget, forms.PasswordInput) for each in _house().get(name, ()))
        return isinstance(field.widget, forms.PasswordInput) or field.widget.attrs.get("autocomplete") in SECRET_USES

    def label(self, name: str) -> str:
        """Its label; "" for what nobody typed."""
        if field := self.field(name):
            chosen = getattr(field, "choices", ())  # on the page before, and carried along
            return "" if field.widget.is_hidden and not chosen else str(field.label)
        if name in NOT_TYPED:
            return ""
        sort, _, code = name.partition("__")
        for table, names in zip((OF_ELEMENTS, OF_MATERIALS), self._named if code else ({}, {}), strict=True):
            if code and sort in table:
                return table[sort].format(names.get(code) or "这一项")
        if name in self._asked:
            return self._questions.get(self._asked[name], ("", {}))[0] or "情形"
        if code and sort in OF_OTHERS:
            return OF_OTHERS[sort]
        called = [str(each.label) for each in _house().get(name, ()) if not each.widget.is_hidden]
        return GAINED.get(name) or (Counter(called).most_common(1)[0][0] if called else WITHOUT_NAME)

    def words(self, name: str, value: str) -> str:
        """A choice by its words."""
        field = self.field(name)
        widget = getattr(field, "widget", None)
        element = self._elements.get(name.removeprefix("answers__")) if field is None and name.startswith("answers__") else None
        if element and element["type"] in PICKED:
            return self._called(name, value, _places) or value if element["type"] == "region" else answer_words(element, value)
        if isinstance(widget, forms.CheckboxInput):
            return "是"
        listed = () if isinstance(field, forms.ModelChoiceField) else getattr(field, "choices", None) or getattr(widget, "choices", ())
        words = {str(key): word for key, word in flatten_choices(listed)} | CODED.get(name, {})
        if field is None and name in self._asked:
            words |= self._questions.get(self._asked[name], ("", {}))[1]
        word = words.get(value) or (self._called(name, value, CALLED[name]) if name in CALLED else "")
        if not word and isinstance(field, CHOICES) and value.isdecimal():
            return OF_A_LIST
        return str(word or (MARKS.get(value, value) if "__" in name or name in self._asked else value))

    def _called(self, name: str, value: str, named: Callable[[list[str]], dict[str, str]]) -> str:
        if name not in self._words:
            self._words[name] = named([one for one in self._post.getlist(name) if "\0" not in one])  # no database takes that sign
        return self._words[name].get(value, "")


def _by_html_name(form: BaseForm) -> dict[str, forms.Field]:
    return {form.add_prefix(name): field for name, field in form.fields.items()}


@cache
def _house() -> dict[str, list[forms.Field]]:
    """{name: every field of the house that is called so and has a label}; every form is there before the first request."""
    found: dict[str, list[forms.Field]] = {}
    waiting = BaseForm.__subclasses__()
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        for name, field in form.base_fields.items():
            if field.label:
                found.setdefault(name, []).append(field)
    return found
