"""A supplement from home, before acceptance or in review: every gap at its material or field, the old beside the new, then handed in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.applications import actions, queries, queries_case, queries_changes, queries_vault
from apps.applications.actions import checklist
from apps.applications.models import Application, Notice, ReviewSupplement
from apps.kit.errors import DomainError, NotYours, Refusals, Refused, WrongState
from apps.web.answering import add_answers, shown
from apps.web.once import OnceForm, sent_before
from apps.web.stood import StandingForm, mark

from .lines import lines_of, told_above
from .owner import citizen

State = Application.State


class HandInForm(OnceForm):
    pass


class SupplementForm(HandInForm):
    """A material that is still missing is said at that material, an answer that nobody has put right at its field."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lacking: dict[str, str] = {}
        self.unmended: list[Refused] = []

    def add_refusal(self, refusal: DomainError) -> None:
        told = list(refusal.errors)
        for error in refusal.errors:
            sort, _, code = (error.field or "").partition(".")
            if sort == "materials" and code:
                self.lacking[code] = "\n".join(filter(None, (self.lacking.get(code), error.message)))
            elif sort == "answers" and code:
                self.unmended.append(error)
            else:
                continue
            told.remove(error)
        if told:
            super().add_refusal(refusal if len(told) == len(refusal.errors) else Refusals(told))


class MendForm(StandingForm, OnceForm):
    """The answers that were asked to be put right."""

    def __init__(self, row: Application, asked, data=None):
        super().__init__(data)
        self.fields["once"].widget.attrs["id"] = "id_mend_once"  # the hand-in's stands on the same page
        add_answers(self, row, asked.unmended)
        self.stand([name for name in self.fields if name.startswith("answers__")], draft=False)

    def asked(self) -> dict:
        return self.as_sent()

    def add_unmended(self, refused: list[Refused]) -> None:
        """Of the hand-in, which sent no answers or those that stand there."""
        if not self.is_bound:
            self.full_clean()
            self.cleaned_data = {}
        self.add_refusal(Refusals(refused))

    def answers(self) -> dict:
        return {name.removeprefix("answers__"): value for name, value in self.cleaned_data.items() if name.startswith("answers__")}


def request_of(row: Application, of: int | None) -> Notice | ReviewSupplement:
    """What is asked for now: the one-time notice, or (`of`) what a department asks in its review. Raises WrongState, NotYours."""
    if of is None:
        if row.state != State.AWAITING_SUPPLEMENT:
            raise WrongState("这个办件不在补正中。")
        return row.notices.get(kind=Notice.Kind.SUPPLEMENT)
    found = row.supplements.select_related("member").filter(pk=of).first()
    if found is None:
        raise NotYours
    if found.state not in ReviewSupplement.OPEN:
        raise WrongState("这次补正已经补齐或者了结，没有要补的了。")
    return found


def still_asked(case: queries_case.Case, lines: list[queries_changes.Line]) -> list[queries_changes.Line]:
    """Without what an answer that was put right, or another situation, let go before it came."""
    codes = {entry.code for entry in checklist.asked(case.application, case.materials)}
    return [line for line in lines if line.came or line.material in codes or case.application.asks(line.element)]


def address(name: str, pk: int, of: int | None) -> str:
    return reverse(f"citizen:{name}", args=[pk] if of is None else [pk, of])


@citizen
@require_GET
def supplement(request: HttpRequest, pk: int, of: int | None = None) -> HttpResponse:
    return page(request, pk, of)


def page(
    request: HttpRequest,
    pk: int,
    of: int | None,
    *,
    errors: dict[str, str] | None = None,
    form: SupplementForm | None = None,
    mending: MendForm | None = None,
) -> HttpResponse:
    """`errors` = what was refused of an upload, by material."""
    case = queries_case.case(request.actor, pk)
    actions.demand_mandate(request.actor, case.application)
    form = form or SupplementForm()
    row, errors = case.application, (errors or {}) | form.lacking
    asked = request_of(row, of)
    told = next(one for one in queries_changes.compared(case, masked=False) if type(one.row) is type(asked) and one.row.pk == asked.pk)
    wanted = still_asked(case, told.lines)
    by_material = {line.material: line for line in wanted if line.material}
    entries = {entry.code: entry for entry in case.materials}
    short = [entry for entry in checklist.missing(row, case.materials) if entry.code not in by_material] if of is None else []
    held = queries_vault.held_for(request.actor, row)
    plan = checklist.planned(row)  # of another situation stays only what came
    lines = lines_of(row, [*(entries[code] for code in by_material if code in entries and code in plan), *short], held)
    for line in lines:
        code = line["entry"].code
        side = by_material.get(code)
        line |= {"error": errors.get(code, ""), "side": side, "in": _in(side, line["entry"], of)}
        if side:
            line["told"] = {"requirement": f"{side.problem}；{side.requirement}"}
    mending = mending or MendForm(row, asked)
    if form.unmended:
        mending.add_unmended(form.unmended)
    answers = [line for line in wanted if line.element]
    waiting = sum(not line["in"] for line in lines) + sum(not (one.new or one.came) for one in answers)
    faults = [*form.error_list, *mending.error_list, *told_above(lines, errors)]
    status = mending.status if mending.errors else form.status
    context = {
        "row": row,
        "asked": asked,
        "told": told,
        "of": of,
        "lines": lines,
        "mending": mending,
        "answers": [(one, mending[name] if (name := f"answers__{one.element}") in mending.fields else None) for one in answers],
        "hand_in": form,
        "waiting": waiting,
        "has_errors": bool(faults),
        "errors": faults,
        "mend_url": address("mend", pk, of),
        "hand_in_url": address("hand_in", pk, of),
    }
    return render(request, "citizen/supplement.html", context, status=422 if faults and status == 200 else status)


def _in(side: queries_changes.Line | None, entry, of: int | None) -> bool:
    """It came: what the department asks for in its review lies in hand already, so only a new file counts there."""
    if of is None:
        return entry.in_hand
    return bool(side and (side.came or any(not file.quarantined for file in side.new_files)))


@citizen
@require_POST
def mend(request: HttpRequest, pk: int, of: int | None = None) -> HttpResponse:
    """Answers put right; saved at once, handed in with the rest."""
    row = queries.get(request.actor, pk)
    form = MendForm(row, request_of(row, of), request.POST)

    def do() -> int:
        return actions.mend(by=request.actor, application=pk, supplement=of, answers=_changed(row, form.answers())).pk

    if form.act(request.actor, do, application=pk, supplement=of):
        messages.success(request, "更正的内容已保存，全部补齐后再提交。")
        return redirect(address("supplement", pk, of))
    return page(request, pk, of, mending=form)


def _changed(row: Application, typed: dict) -> dict:
    """What was blank and is left so is not asked to be written down: what came beside it is handed in without it."""
    return {code: value for code, value in typed.items() if mark(value) != mark(shown(row.answers.get(code)))}


@citizen
@require_POST
def hand_in(request: HttpRequest, pk: int, of: int | None = None) -> HttpResponse:
    """To the clerk, accepted as of today if it is what was asked for; or to the department, at once or part by part. Answers that were
    typed go with it."""
    form = SupplementForm(request.POST)
    if (wrong := _mend_first(request, pk, of)) is not None:
        return page(request, pk, of, mending=wrong)

    def do() -> int:
        if of is None:
            return actions.resubmit(by=request.actor, application=pk).pk
        row = queries.get(request.actor, pk)
        fresh = {code: {} for code in actions.fresh_materials(row, request_of(row, of))}
        return actions.take_in_review(by=request.actor, supplement=of, materials=fresh).pk

    if form.act(request.actor, do, application=pk, supplement=of):
        said = "补正材料已提交。符合要求的，从今天起受理。" if of is None else "补正材料已提交，由审查部门核对。"
        messages.success(request, said)
        return redirect("citizen:mine", pk)
    return page(request, pk, of, form=form, mending=_typed(request, pk, of))


def _typed(request: HttpRequest, pk: int, of: int | None) -> MendForm | None:
    """What was typed beside the button; with a key of its own, for the one that came with it may have done other work."""
    if not any(name.startswith("answers__") for name in request.POST):
        return None
    row = queries.get(request.actor, pk)
    form = MendForm(row, request_of(row, of), request.POST)
    form.new_key()
    return form


def _mend_first(request: HttpRequest, pk: int, of: int | None) -> MendForm | None:
    """What was typed beside the button and not saved by its own comes along; the form, where it is faulty."""
    if not any(name.startswith("answers__") for name in request.POST) or sent_before(request):
        return None
    row = queries.get(request.actor, pk)
    form = MendForm(row, request_of(row, of), request.POST)
    if form.is_valid() and (changed := _changed(row, form.answers())):
        try:
            actions.mend(by=request.actor, application=pk, supplement=of, answers=changed)
        except NotYours:
            raise
        except DomainError as refusal:
            if refusal.code != "supplement.same":
                form.add_refusal(refusal)
                return form
    return None
