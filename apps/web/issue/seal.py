"""用印登记: decided cases whose documents the keeper enters in the seal register."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from apps.applications import actions, queries_issue
from apps.applications.models import Member
from apps.issuance.actions import check_seal_number
from apps.kit.errors import DomainError
from apps.kit.paging import keyset_page
from apps.web.access import staff

from .forms import SealForm
from .frame import side

BULK = 100  # members registered at once


@require_GET
@staff("seal_keeper")
def desk(request: HttpRequest) -> HttpResponse:
    return _desk(request, SealForm(initial={"seal_number": request.session.get("seal_number", "")}))


def _desk(request: HttpRequest, form: SealForm, *, ticked: list[int] = (), errors: list[dict] = ()) -> HttpResponse:
    page = keyset_page(queries_issue.seal_queue(request.actor), ("decided_on", "id"), request.GET.get("page"))
    papers = queries_issue.decision_papers(page.rows)
    rows = []
    for member in page.rows:
        own = papers[member.pk]
        ready = bool(own) and all(paper.state == "rendered" for paper in own)
        rows.append({"member": member, "papers": own, "ready": ready, "ticked": member.pk in ticked})
    told = {
        "page": page,
        "rows": rows,
        "ready": any(row["ready"] for row in rows),
        "broken": any(paper.problem for row in rows for paper in row["papers"]),
        "form": form,
        "errors": list(errors),
        "has_errors": bool(errors),
        "side": side(request),
    }
    return render(request, "issue/seal.html", told, status=422 if errors else form.status)


@require_POST
@staff("seal_keeper")
def register(request: HttpRequest) -> HttpResponse:
    """Each ticked case in a transaction of its own; the page says for every one what became of it.

    Sent twice it does no harm: what is registered already is told as such.
    """
    actor, form = request.actor, SealForm(request.POST)
    given = request.POST.getlist("members")[:BULK]
    wanted = list(dict.fromkeys(int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 19))
    nothing = [] if wanted else [{"href": "#members", "message": "请先勾选要登记用印的办件。"}]
    fit = form.is_valid() and form.attempt(lambda: check_seal_number(form.cleaned_data["seal_number"]))
    if not fit or nothing:
        return _desk(request, form, ticked=wanted, errors=nothing)
    number = form.result
    request.session["seal_number"] = number
    refused = {}
    for member in wanted:
        try:
            actions.register_seal(by=actor, member=member, seal_number=number)
        except DomainError as refusal:
            refused[member] = refusal.message
    rows = {row.pk: row for row in queries_issue.sealed_members(actor, wanted)}
    before = queries_issue.seals_of(rows[pk] for pk in refused if pk in rows and rows[pk].state == Member.State.READY_FOR_ISSUE)
    for pk, record in before.items():
        if record.seal_number == number:
            del refused[pk]
        else:  # the register is never written over: who puts a number right in another tab must not think that he did
            refused[pk] = f"{record.keeper_name}已用印章编号 {record.seal_number} 登记，这次的编号没有记入。"
    results = [{"member": rows.get(pk), "why": refused.get(pk, "")} for pk in wanted]
    count = sum(1 for row in results if not row["why"])
    told = {
        "results": results,
        "count": count,
        "said": f"已登记 {count} 件，可以到出件窗口领取。",
        "side": side(request),
    }
    return render(request, "issue/sealed.html", told)
