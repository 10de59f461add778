"""The choice of a hand-out (领取方式) as fields of any form: a citizen's task, the counter's one page, and changed later at a desk."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.applications import actions, display
from apps.applications.actions.handout import TOO_LATE, on_its_way, still_open
from apps.applications.handout import COLUMNS, NAMES, HandOut, only_at_counter, ways
from apps.applications.models import Application, Member
from apps.kit.errors import WrongState

from .answering import Typed
from .once import OnceForm

FIELD = "handout__{}"  # a refusal names `handout.address`, the form the field beside it
KEPT = "不能寄，到窗口领取"
ISSUE = "几项结果怎么给"
BLANK = {"recipient": "不填就是申请人。", "phone": "不填就用联系手机。", "address": "选快递送达的必填，写到门牌号。"}  # without a script it stands there for who fetches it, too
BOXES = {
    "recipient": {"class": "w-m", "autocomplete": "name"},
    "phone": {"class": "w-m", "inputmode": "tel", "autocomplete": "tel"},
    "address": {"class": "w-full", "autocomplete": "street-address"},
}


def add_handout(form: forms.Form, row: Application, *, own: bool = True) -> None:
    """The fields, where there is something to choose. `own` False: what stands there is masked beside an empty box, and empty
    means unchanged."""
    offered = ways(row.plan)
    if len(offered) < 2:
        return
    stays = only_at_counter(row.plan)
    form.fields[FIELD.format("way")] = Typed(
        label=NAMES["way"],
        required=True,
        help_text=f"{'、'.join(f'“{name}”' for name in stays)}的结果不能寄，仍到窗口领取。" if stays else "",
        widget=forms.RadioSelect(choices=[(way.value, way.label) for way in offered]),
    )
    form.initial[FIELD.format("way")] = row.handout
    masked = display.parcel(row)
    for part, attrs in BOXES.items():
        stored, covered = getattr(row, COLUMNS[part]), not own and row.handout == HandOut.COURIER
        form.fields[FIELD.format(part)] = Typed(
            label=NAMES[part],
            required=part == "address" and not covered,
            help_text=f"现在是 {masked[part]}；不改就留空。" if covered else BLANK[part],
            widget=forms.TextInput(attrs=attrs if own else {**attrs, "autocomplete": "off"}),
        )
        form.initial[FIELD.format(part)] = "" if covered else stored


def typed_handout(form: forms.Form) -> dict[str, str]:
    """{part: text} of what was typed; nothing where nothing was to choose."""
    names = {part: FIELD.format(part) for part in COLUMNS}
    return {part: form.cleaned_data.get(name) or "" for part, name in names.items() if name in form.fields}


def handout_told(row: Application, *, masked: bool) -> list[dict]:
    """What stands there, line by line: [{"part", "name", "text", "masked"}]; of a parcel where it goes, and what does not go with it;
    of several results, where the applicant may choose, whether they come together."""
    lines = {"way": row.handout_label}
    if row.handout == HandOut.COURIER:
        lines |= display.parcel(row, masked=masked)
        if kept := only_at_counter(row.plan):
            lines["kept"] = "、".join(kept)
    if row.plan["issue"] == "applicant_choice" and len(row.plan["members"]) > 1:
        lines["issue"] = row.get_issue_display()
    whole, names = display.parcel(row, masked=False), {**NAMES, "kept": KEPT, "issue": ISSUE}
    return [
        {"part": part, "name": names[part], "text": text, "masked": text != whole.get(part, text)}
        for part, text in lines.items()
    ]


def comes(row: Application, members: Iterable[Member]) -> bool:
    """Is there, or may there yet be, something to hand out? Of what ended without a decision nothing goes to anybody."""
    return row.state not in Application.ENDED or any(member.decision for member in members)


def choosable(row: Application, members: Iterable[Member]) -> bool:
    """Is there something to choose, and not yet too late?"""
    return len(ways(row.plan)) > 1 and still_open(row, members)


def why_fixed(row: Application, members: Iterable[Member]) -> str:
    """Said where the choice would be offered: a courier has all of it in hand."""
    return "" if still_open(row, members) else on_its_way(members)


class HandOutForm(OnceForm):
    def __init__(self, row: Application, data=None, *, own: bool = True):
        super().__init__(data)
        self.row, self.own = row, own
        add_handout(self, row, own=own)

    def parts(self) -> dict[str, str]:
        typed = typed_handout(self)
        if not self.own and self.row.handout == typed.get("way") == HandOut.COURIER:
            typed = {part: text or getattr(self.row, COLUMNS[part]) for part, text in typed.items()}
        return typed


def change(request: HttpRequest, row: Application, *, back: str, base: str = "base.html", **told) -> HttpResponse:
    """A page of its own for what was handed in, at any desk. Raises WrongState where nothing is left to choose.
    `told`: what the base of a desk shows beside the page, {"side"}."""
    own = request.actor.kind == "person"
    form = HandOutForm(row, request.POST if request.method == "POST" else None, own=own)
    members = list(row.members.select_related("commitment"))
    if request.method == "GET" and not still_open(row, members):
        raise WrongState(on_its_way(members) or TOO_LATE)
    if len(form.fields) < 2:
        raise WrongState(f"这件事的结果只能{HandOut.COUNTER.label}，没有别的领取方式可选。")

    def do() -> int:
        return actions.choose_handout(by=request.actor, application=row.pk, **form.parts()).pk

    if request.method == "POST" and form.act(request.actor, do, application=row.pk):
        messages.success(request, "领取方式已登记。")
        return redirect(back)
    told |= {"row": row, "form": form, "base": base, "back": back, "part_sent": bool(on_its_way(members))}
    return render(request, "web/handout.html", told, status=form.status)
