"""The citizen's say: rating an event, complaining, asking; and what everybody may read of it."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from apps.applications import queries as applications
from apps.catalog import queries as catalog
from apps.directory import queries as directory
from apps.feedback import actions, queries, scale
from apps.feedback.actions.rating import SHORTEST
from apps.feedback.models import Rating, Rectification
from apps.kit.errors import NotYours, WrongState
from apps.kit.forms import BaseForm
from apps.kit.paging import keyset_page
from apps.kit.time import today
from apps.web.once import OnceForm

from .owner import citizen

HALL = "hall"  # has no code of its own


def _levels() -> list[tuple[str, str]]:
    return [(str(row.level), row.name) for row in scale.levels().values()]


def _units() -> list[tuple[str, str]]:
    return [(HALL, queries.HALL), *((row.pk, row.name) for row in directory.departments_with_nodes())]


class RateForm(OnceForm):
    level = forms.TypedChoiceField(label="满意吗", coerce=int, choices=_levels, widget=forms.RadioSelect)
    tags = forms.MultipleChoiceField(label="原因", required=False, choices=scale.all_tags, widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(
        label="想说的话",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"可以不填；不满意又没有勾选原因的，请写清楚为什么（至少 {SHORTEST} 个字）。",
    )
    anonymous = forms.BooleanField(
        label="匿名评价", required=False, help_text="匿名的，部门看不到是哪一件、谁评的；不满意时也就不能给您回电。"
    )

    def __init__(self, *args, step: str, **kwargs):
        super().__init__(*args, **kwargs)
        tags = scale.tags(today(), step=step).values()
        self.fields["tags"].choices = [(tag.code, tag.name) for tag in tags]
        self.good = {tag.code for tag in tags if tag.good}

    @property
    def reasons(self) -> list[tuple[str, list]]:
        """The ticks of the good and of the bad apart: only one side fits the level."""
        boxes = list(self["tags"])
        sides = (("满意的", [one for one in boxes if one.data["value"] in self.good]), ("不满意的", [one for one in boxes if one.data["value"] not in self.good]))
        return [(name, found) for name, found in sides if found]


class AgainForm(OnceForm):
    level = forms.TypedChoiceField(label="现在满意吗", coerce=int, choices=_levels, widget=forms.RadioSelect)


class ComplainForm(OnceForm):
    unit = forms.ChoiceField(label="投诉谁", choices=_units, widget=forms.RadioSelect)
    text = forms.CharField(
        label="什么问题",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="时间、地点、什么事，10 字以上。",
    )

    def __init__(self, *args, units: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(code or HALL, name) for code, name in units.items()]
        self.initial["unit"] = next(iter(units)) or HALL
        if len(units) == 1:
            del self.fields["unit"]

    @property
    def about(self) -> str | None:
        chosen = self.cleaned_data.get("unit")
        return "" if chosen == HALL else chosen


class QuestionForm(OnceForm):
    question = forms.CharField(
        label="您的问题",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="不要写身份证号、银行卡号。",
    )


class SearchForm(BaseForm):
    q = forms.CharField(label="找一找", required=False, max_length=60)


def _done(request: HttpRequest, form: OnceForm, do, said: str | Callable[[int], str], to: str, **about) -> HttpResponse | None:
    if request.method == "POST" and form.act(request.actor, do, **about):
        messages.success(request, said(form.result) if callable(said) else said)
        return redirect(to)
    return None


def _thanks(rating: int) -> str:
    """What follows is said at once: by when, and that somebody calls."""
    letter = Rectification.objects.filter(rating=rating).first()
    if letter is None:
        return "谢谢您的评价。"
    call = "，并给您回电" if letter.wants_call else ""
    return f"谢谢您的评价，已经告诉责任单位：{letter.due_on:%Y年%-m月%-d日}前整改答复{call}。答复会显示在这个办件里。"


@citizen
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One event of one's case, once."""
    row = applications.get(request.actor, pk)
    steps = dict(queries.of_case(request.actor, row).steps)
    step = name.partition("-")[0]
    if step not in Rating.Step.values:
        raise NotYours
    form, back = RateForm(request.POST or None, step=step), reverse("citizen:mine", args=[pk])

    def do() -> int:
        asked = form.cleaned_data
        given = {field: asked[field] for field in ("level", "tags", "text", "anonymous")}
        return actions.rate(by=request.actor, application=pk, step=name, **given).pk

    if done := _done(request, form, do, _thanks, back, application=pk, step=name):
        return done
    if name not in steps and not form.is_bound:
        messages.warning(request, "这个环节已经评价过，或者还没有办到。")
        return redirect(back)
    context = {"row": row, "form": form, "step": steps.get(name) or Rating.Step(step).label, "back": back}
    return render(request, "citizen/rate.html", context, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def rate_again(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    row = applications.get(request.actor, pk)
    rating = next((one for one in queries.of_case(request.actor, row).ratings if one.occasion == name), None)
    if rating is None:
        raise NotYours
    form, back = AgainForm(request.POST or None), reverse("citizen:mine", args=[pk])

    def do() -> int:
        return actions.rate_again(by=request.actor, rating=rating.pk, level=form.cleaned_data["level"]).pk

    if done := _done(request, form, do, "谢谢您再次评价。", back, rating=rating.pk):
        return done
    if not rating.may_follow and not form.is_bound:
        messages.warning(request, "这个环节已经再评过，或者整改还没有办结。")
        return redirect(back)
    context = {"row": row, "form": form, "step": f"{rating.label}（整改以后）", "back": back, "again": True}
    return render(request, "citizen/rate.html", context, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def complain(request: HttpRequest, pk: int) -> HttpResponse:
    row = applications.get(request.actor, pk)
    if row.number is None:
        raise WrongState("还没有收件的申请不能投诉；有意见请拨打 12345。")
    form, back = ComplainForm(request.POST or None, units=queries.units_of(row)), reverse("citizen:mine", args=[pk])

    def do() -> int:
        return actions.complain(by=request.actor, application=pk, text=form.cleaned_data["text"], unit=form.about).pk

    if done := _done(request, form, do, "投诉已登记，答复会显示在这个办件里，并发消息告诉您。", back, application=pk):
        return done
    context = {
        "question": "投诉这个办件",
        "consequence": "由责任单位整改答复，单位以外的监督人员核查。急事请拨打 12345。",
        "facts": [("办件编号", row.number), ("事项", row.name)],
        "form": form,
        "action": "提交投诉",
        "plain": True,
        "back_url": back,
    }
    return render(request, "web/confirm.html", context, status=form.status)


@citizen
@require_GET
def my_questions(request: HttpRequest) -> HttpResponse:
    page = keyset_page(queries.enquiries_for(request.actor), ("-id",), request.GET.get("page"), 20)
    return render(request, "citizen/questions_own.html", {"page": page})


@citizen
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """?item=code: about an item; a code that is not there asks in general."""
    code = request.GET.get("item", "")
    try:
        item = catalog.guide(code) if code else None
    except NotYours:
        item, code = None, ""
    form = QuestionForm(request.POST or None)

    def do() -> int:
        return actions.ask(by=request.actor, question=form.cleaned_data["question"], code=code).pk

    if done := _done(
        request, form, do, "问题已提交，答复了会发消息告诉您。", reverse("citizen:my_questions"), item=code
    ):
        return done
    known = queries.frequent(code)[:5] if code else []
    context = {"form": form, "item": item, "known": known, "reply_by": queries.answer_by(code and item["region"].node_code)}
    return render(request, "citizen/ask.html", context, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def withdraw_question(request: HttpRequest, pk: int) -> HttpResponse:
    row, back = queries.enquiry(request.actor, pk), reverse("citizen:my_questions")
    form = OnceForm(request.POST or None)
    if row.state != row.State.ASKED and not form.is_bound:
        messages.warning(request, f"这个问题{row.get_state_display()}，不用撤回。")
        return redirect(back)

    def do() -> int:
        return actions.withdraw(by=request.actor, enquiry=pk).pk

    if done := _done(request, form, do, "已撤回。", back, enquiry=pk):
        return done
    facts = [("问题", row.question)]
    context = {"question": "撤回这个问题？", "facts": facts, "form": form, "action": "撤回", "back_url": back}
    return render(request, "web/confirm.html", context, status=form.status)


@require_GET
def questions(request: HttpRequest) -> HttpResponse:
    """Frequent questions, for everybody."""
    form = SearchForm(request.GET)
    form.is_valid()
    words = form.cleaned_data.get("q", "") if not form.errors else ""
    page = keyset_page(queries.frequent(words=words), ("-published_on", "-id"), request.GET.get("page"))
    codes = {row.code for row in page.rows if row.code}
    guides = set(catalog.holding().filter(definition__in=codes).values_list("definition", flat=True)) if codes else set()
    context = {"form": form, "words": words, "page": page, "guides": guides, "staff": request.actor.kind == "staff"}
    return render(request, "citizen/questions.html", context)


@require_GET
def ratings(request: HttpRequest) -> HttpResponse:
    """What people think of each unit over the last year, from the kept counters; no person and no case is named."""
    nodes = directory.nodes()
    node = request.GET.get("node", "")
    node = node if node in {row.code for row in nodes} else ""
    on = today()
    since = queries.year_to(on)
    found = queries.scores(since, on, [node] if node else None)
    context = {"nodes": nodes, "node": node, "scores": found, "levels": scale.levels().values(), "since": since}
    return render(request, "citizen/ratings.html", context)
