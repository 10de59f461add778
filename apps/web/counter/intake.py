"""The one page of an intake: form, checklist, and what is done with it. Also the check of a case that was only received."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.applications import actions, display, gap, queries, queries_case, queries_changes, queries_counter
from apps.applications.actions import checklist
from apps.applications.models import Application, MaterialEntry
from apps.applications.papers import limit_words
from apps.catalog.savings import savings
from apps.deadlines.queries import calendar, rule, shelf
from apps.deadlines.queries_past import explain_clock
from apps.directory import queries_mandates
from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.time import today
from apps.web import cost, renewal
from apps.web.once import OnceForm, sent_before
from apps.web.sending import attach_sent

from .filling import WorkForm
from .frame import applicant_of, clerk, number_of, side, weekday
from .keeping import attach_all, blanks, digests, keep, told_together

# What was looked through from home is received and accepted on this page as it stands: nothing of it is keyed again.
OPEN = [*Application.BEFORE_RECEIPT, Application.State.PRE_PASSED, *Application.UNDER_CHECK]


def acts(by: Actor, form: WorkForm) -> dict[str, Callable[[], object]]:
    """What each button does. On a draft the receipt comes first, in the same transaction (收件并受理 is one act to all)."""
    row, data = form.row, form.cleaned_data
    about = {"by": by, "application": row.pk}
    # A draft's checklist was saved a moment ago; a received case brings what was ticked with the act itself.
    lines = {} if form.editable else {"materials": form.raw_materials()} | ({"by_mail": data["by_mail"]} if "by_mail" in data else {})

    def receive(**more):
        if form.editable or row.state == Application.State.PRE_PASSED:
            actions.receive(**about, **more)

    def accept():
        with action(by):
            receive()
            return actions.accept(**about, **lines)

    def accept_gap():
        with action(by):
            receive()
            return actions.accept(**about, **lines, promised=form.promised(), cure_days=data["gap_days"] or None)

    def supplement():
        with action(by):
            receive()
            given = {"gaps": form.gaps(), "fields": form.wrong_answers(), "cure_days": data["cure_days"] or None}
            return actions.ask_supplement(**about, **lines, **given)

    def not_accept():
        with action(by):
            receive(to_turn_away=True)
            return actions.not_accept(
                **about,
                ground=data["ground"],
                reason=data["reason"],
                basis=data["basis"],
                competent_agency=data["competent_agency"],
            )

    def not_handle():
        with action(by):
            receive(to_turn_away=True)
            return actions.not_handle(**about, reason=data["free_reason"], basis=data["free_basis"])

    return {
        "receive": receive,
        "accept": accept,
        "accept_gap": accept_gap,
        "supplement": supplement,
        "not_accept": not_accept,
        "not_handle": not_handle,
    }


@clerk
@require_http_methods(["GET", "POST"])
def work(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything typed is kept before anything is done; a refused act shows the same page again, nothing lost."""
    row, entries = queries_counter.with_checklist(request.actor, pk)
    if request.method == "GET":
        if row.state not in OPEN or row.discarded_at:
            return redirect("counter:home" if row.discarded_at else "counter:case", *([] if row.discarded_at else [pk]))
        return page(request, WorkForm(row, _as_received(row, entries)))
    do = request.POST.get("do", "save")
    form = WorkForm(row, _as_received(row, entries), request.POST, do=do)
    form.is_valid()
    known, over = do in acts(request.actor, form), form.editable and gone(form)
    if row.state in Application.BEFORE_RECEIPT:
        answer = keep_first(request, form)
        if answer is not None:
            return answer
    elif not known and not over:
        return redirect("counter:work", pk)

    def act() -> bool:
        if over:  # said before the blanks of a form that nobody needs any more
            raise WrongState(f"现在是“{row.get_state_display()}”，不能办理这一步。")
        return done(acts(request.actor, form)[do])

    if form.act(request.actor, act, case=pk, verb=do):
        return redirect("counter:done", pk)
    return page(request, form)


def gone(form: WorkForm) -> bool:
    """Whether nothing can be done on this page any more: another page or person dealt with the case, or with the draft that it shows."""
    row = form.row
    return row.state not in OPEN or (form.editable and row.state not in Application.BEFORE_RECEIPT)


def _as_received(row: Application, entries: list[MaterialEntry]) -> list[MaterialEntry]:
    """The lines of a passed pre-check as its receipt will find them: the form filled in at home is in hand. Not saved here."""
    if row.state == Application.State.PRE_PASSED:
        typed = actions.filled_in(row, entries)
        for entry in entries:
            if entry.code in typed:
                entry.state, entry.remark = typed[entry.code]["state"], typed[entry.code]["remark"]
    return entries


def done(do: Callable[[], object]) -> bool:
    do()
    return True


def keep_first(request: HttpRequest, form: WorkForm) -> HttpResponse | None:
    """Save the draft and its files; an answer when the page stops here (saved, asked anew, something wrong), else None."""
    row, do = form.row, form.do
    if do.startswith("remove:"):
        actions.remove_attachment(by=request.actor, application=row.pk, attachment=_number(do.removeprefix("remove:")))
    kept = keep(request.actor, form)
    together = "together" in request.POST
    kept.faults += attach_all(request.actor, row, form.entries, request.FILES, together=together)
    form.go_on(kept.faults)
    if kept.asked_anew and not kept.faults:
        messages.info(request, "情形已更改，下面按新的情形列出，请核对后再办理。")
        return redirect("counter:work", row.pk)
    if kept.faults:
        form.add_refusal(told_together(kept.faults + blanks(form, kept.faults)))
        return page(request, form)
    if do == "discard":
        return redirect("counter:discard", row.pk)
    if do not in acts(request.actor, form):
        messages.success(request, "已保存为草稿。")
        return redirect("counter:work", row.pk)
    if not form.answered:
        form.add_refusal(Refused("situations.open", "请先回答办理情形的问题，清单由它决定。", "situations"))
        return page(request, form)
    return None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise NotYours
    return int(text)


def page(request: HttpRequest, form: WorkForm) -> HttpResponse:
    row = form.row
    queries_counter.add_scans(form.entries)
    waiting = [line for line in form.lines if line.short]
    days, cure_days = calendar(region=row.node_id), rule("cure").value
    tolerable = [line.entry.code for line in waiting if line.entry.necessity == "tolerable"]
    since, listed = row.supplemented_on or today(), row.plan | {"materials": row.listed}
    gap_days = gap.span(listed, tolerable, since, days, rule("gap_cure").value, told_on=today()).standard
    saved = savings(row.plan)
    mandated = row.agent_id and queries_mandates.standing_mandate(row.applicant_id, row.agent_id, row.code)
    context = {
        "row": row,
        "form": form,
        "unreceived": row.number is None,
        "gone": gone(form),
        "not_offered": actions.not_offered(row) if form.editable else "",
        "renewal": renewal.begun(row),
        "who": applicant_of(row),
        "number": number_of(row.applicant) if row.applicant_id else "",
        "mandate": mandated or None,
        "twins": queries.duplicates(request.actor, row),
        "short": waiting,
        "bring": [line.entry.name for line in form.lines if line.bring],
        "blocking": [line for line in waiting if line.entry.necessity == "required"],
        "gap_days": gap_days,
        "cure_days": cure_days,
        "gap_due": weekday(days.add_working_days(today(), gap_days).due),
        "cure_due": weekday(days.add_working_days(today(), cure_days).due),
        "groups": [] if form.editable else display.groups(display.answers(row)),
        "asked": queries_changes.compared(queries_case.case(request.actor, row.pk)) if row.supplemented_on else [],
        "cost": cost.of_case(row),
        "savings": saved,
        "days": [limit_words(saved.days_before), limit_words(saved.days_after)] if saved else [],
        "stages": [[form.names[code] for code in stage] for stage in row.plan["stages"]],
        "opened": form.do if form.errors else "",
        "side": side(request),
    }
    return render(request, "counter/work.html", context, status=form.status)


@clerk
@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Saved as it is typed; answers one line: when, and what could not be saved yet."""
    row, entries = queries_counter.with_checklist(request.actor, pk)
    if row.state not in Application.BEFORE_RECEIPT:
        raise WrongState("已收件，页面上的改动没有保存。")
    form = WorkForm(row, entries, request.POST, do="save")
    form.is_valid()
    faults = keep(request.actor, form, ask_anew=False).faults
    return render(request, "counter/_saved.html", {"faults": faults, "stood": form.go_on(faults), "moved": form.moved})


@clerk
@require_POST
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Files for one material of a draft or a case, with progress; answers that material's list of files."""
    row, entries = queries_counter.with_checklist(request.actor, pk)
    entry = next((entry for entry in entries if entry.code == request.POST.get("material")), None)
    if entry is None:
        raise Refused("attach.material", "清单里没有这件材料，请刷新页面。", "material")
    queries_counter.add_scans([entry])
    sent, together = request.FILES.getlist("file"), "together" in request.POST
    refused = attach_sent(request.actor, row, entry.code, sent, together=together, known=digests(entry))
    fault = "\n".join(refusal.message for refusal in refused)
    context = {
        "entry": queries_counter.add_scans([entry])[0],
        "row": row,
        "fault": fault,
        "editable": row.state in OPEN,
    }
    return render(request, "counter/_files.html", context, status=422 if fault else 200)


@clerk
@require_GET
def due(request: HttpRequest, pk: int) -> HttpResponse:
    """The last day of so many working days from today, for the two boxes where a clerk may change the number."""
    row = queries.get(request.actor, pk)
    text = next(iter(request.GET.values()), "")
    days = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    if not 1 <= days <= 60:
        return HttpResponse("天数应为 1 到 60 的整数。")
    return HttpResponse(weekday(calendar(region=row.node_id).add_working_days(today(), days).due))


@clerk
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then throw the draft away with everything typed into it."""
    if sent_before(request):
        return redirect("counter:home")
    row = queries.get(request.actor, pk)
    form = OnceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.act(request.actor, lambda: actions.discard(by=request.actor, application=pk), application=pk):
        messages.success(request, "草稿已放弃，录入的内容已清除。")
        return redirect("counter:home")
    if row.number is not None:
        raise WrongState("已经收件的不能放弃，可以撤回。")
    context = {
        "question": "放弃这份草稿？",
        "consequence": "录入的内容会清除，不能恢复。",
        "facts": [("事项", row.name), ("申请人", applicant_of(row))],
        "form": form,
        "action": "放弃草稿",
        "back_url": "../work/",
    }
    return render(request, "web/confirm.html", context, status=form.status)


@clerk
@require_GET
def finished(request: HttpRequest, pk: int) -> HttpResponse:
    """What was done, what happens next and until when, the paper to hand over, and the next client."""
    found = queries_case.case(request.actor, pk)
    row = found.application
    if row.number is None:
        return redirect("counter:work", pk)
    owed = {entry.code for entry in checklist.owed(row, found.materials, found.members)}
    book = shelf()
    context = {
        "case": found,
        "row": row,
        "who": applicant_of(row),
        "clocks": [(clock, explain_clock(clock, book)) for clock in found.clocks if clock.state != "stopped"],
        "owed": [
            (gap["name"], notice.cure_by)
            for notice in found.notices
            for gap in notice.gaps
            if notice.kind == "gap" and gap["material"] in owed
        ],
        "side": side(request),
        **papers_of(found.documents),
    }
    return render(request, "counter/done.html", context)


def papers_of(documents) -> dict:
    live = [document for document in documents if document.state != "void"]
    return {"papers": live, "printing": any(document.state == "queued" for document in live)}


@clerk
@require_GET
def papers(request: HttpRequest, pk: int) -> HttpResponse:
    """The documents' states; the page asks again while something is being printed."""
    row = queries.get(request.actor, pk)
    context = papers_of(queries_counter.papers(row))
    return render(request, "counter/_papers.html", {"row": row, **context})
