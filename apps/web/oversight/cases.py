"""查办件 and the whole case, read-only; the supervisor's own two acts: void a wrong entry, end a case that cannot go on; and the way to rerouting what its department cannot send back."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from apps.applications import actions, display, queries, queries_case
from apps.applications.models import Job
from apps.deadlines.models import Clock
from apps.directory import queries as directory
from apps.journal.actor import Actor
from apps.kit.errors import Refused
from apps.kit.forms import BaseForm
from apps.kit.ids import names_a_citizen
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.web.access import staff
from apps.web.numbers import ENTERPRISE, IN_THE_ADDRESS, PERSON, SCANNED, guess
from apps.web.once import OnceForm

from .frame import ROLES, side


class SearchForm(BaseForm):
    q = forms.CharField(label="编号、证件号码、名称", required=False, max_length=SCANNED, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    party = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)


@staff(*ROLES)
@require_http_methods(["GET", "POST"])
@may_be_late
def search(request: HttpRequest) -> HttpResponse:
    """The words come by POST and go on by GET, with a person's number replaced by his file's: it stands in no address and no log."""
    form = SearchForm(request.POST if request.method == "POST" else request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    if request.method == "POST" and given:
        try:
            query = _query(request, given["q"])
            return redirect(f"{reverse('oversight:cases')}?{urlencode(query)}" if query else "oversight:cases")
        except Refused as fault:
            form.add_refusal(fault)
    elif names_a_citizen(given.get("q", "")):
        form.add_refusal(Refused("q.citizen_number", IN_THE_ADDRESS, "q"))
    words, party = given.get("q", ""), given.get("party")
    found, order = queries.find(request.actor, words), queries.order(words)
    if party is not None:
        found, order = queries.applications_for(request.actor).filter(applicant=party), ("-id",)
    if form.errors:
        found = found.none()  # what was not understood finds nothing: passed over, it would find everything
    context = {
        "form": form,
        "one_party": party is not None,
        "page": keyset_page(found, order, request.GET.get("page")),
        "side": side(request),
    }
    return render(request, "oversight/cases.html", context, status=form.status)


def _query(request: HttpRequest, words: str) -> dict:
    kind, value = guess(words)
    if kind not in (PERSON, ENTERPRISE):
        return {"q": words} if words else {}
    party = directory.find_party(request.actor, kind, value)
    # Who has nothing here is as nobody: the address told that he is known somewhere else.
    here = party is not None and queries.applications_for(request.actor).filter(applicant=party).exists()
    return {"party": party.pk if here else 0}


@staff(*ROLES)
@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries_case.case(request.actor, pk)
    context = {
        "case": found,
        "application": found.application,
        "clocks": _by_item(found.clocks),
        "groups": display.groups(display.answers(found.application)),
        "may_chase": [m for m in found.members if m.state in m.UNDECIDED and found.application.state in found.application.ACCEPTED],
        "may_void": found.may(request.actor, "void"),
        "may_terminate": found.application.state in found.application.ACCEPTED,
        "may_reroute": _to_reroute(request.actor, found.jobs),
        "side": side(request),
        "back": request.get_full_path(),
    }
    return render(request, "oversight/case.html", context)


def _to_reroute(actor: Actor, jobs: list[Job]) -> list[Job]:
    """Asked once of what lies alike with one department: a one-thing may have forty items there."""
    may, refused = [job for job in jobs if queries.may(actor, "reroute", job)], {}
    for job in may:
        if (lies := (job.state, job.returned, job.department_id)) not in refused:
            refused[lies] = actions.why_not_rerouted(job)
    return [job for job in may if not refused[job.state, job.returned, job.department_id]]


def _by_item(clocks: list[Clock]) -> list[Clock]:
    """Those of the whole, then each item's under its name, said once."""
    order = {name: place for place, name in enumerate(dict.fromkeys(["", *(clock.item for clock in clocks)]))}
    found, said = sorted(clocks, key=lambda clock: order[clock.item]), ""
    for clock in found:
        clock.item, said = ("" if clock.item == said else clock.item), clock.item
    return found


class ReasonForm(OnceForm):
    reason = forms.CharField(
        label="理由", max_length=500, widget=forms.Textarea, help_text="至少 4 个字，会写进事件簿。"
    )


ENDS = {
    "void": (
        actions.void,
        "作废这次录入？",
        "只用于受理前的录入错误。凭证作废，编号不再使用，不能恢复。",
        "确认作废",
    ),
    "terminate": (
        actions.terminate,
        "终止这个办件？",
        "只用于申请人死亡或注销、事项取消等不能继续的情形。没有决定的事项全部终止，不能恢复。",
        "确认终止",
    ),
}


@staff(*ROLES)
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    do, question, consequence, act = ENDS[verb]
    row = queries.get(request.actor, pk)
    open_to = row.BEFORE_ACCEPTANCE if verb == "void" else row.ACCEPTED
    if request.method == "GET" and row.state not in open_to:
        messages.warning(request, f"这个办件的状态是“{row.get_state_display()}”，不能再{'作废' if verb == 'void' else '终止'}。")
        return redirect("oversight:case", pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.act(
        request.actor,
        lambda: do(by=request.actor, application=pk, reason=form.cleaned_data["reason"]).pk,
        application=pk,
        verb=verb,
    ):
        return redirect("oversight:case", pk)
    facts = [("办件编号", row.number), ("事项", row.name), ("申请人", row.applicant_shown)]
    context = {"question": question, "consequence": consequence, "facts": facts, "form": form, "action": act}
    return render(request, "web/confirm.html", {**context, "back_url": f"/oversight/cases/{pk}/"}, status=form.status)
