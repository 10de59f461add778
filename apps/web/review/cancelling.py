"""注销 on the review desk: the head answers what the holder asked for, or orders it on a ground of the law."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.applications import actions, cancelling, queries, queries_review
from apps.applications.actions.cancelling import SHORTEST_ORDER
from apps.applications.models import Cancellation, Job, Member
from apps.applications.queries_afterwards import cancellations_asked
from apps.journal.actor import Actor
from apps.kit.errors import WrongState
from apps.kit.paging import keyset_page
from apps.kit.time import today
from apps.web.access import staff
from apps.web.cancelling import LOST, OPENED, RETURNED, TO_COME, Original, facts_of, in_hands, why_not
from apps.web.once import OnceForm

from .acts import ask
from .frame import CASE_ROLES, DESK_ROLES, side

ENDS = "许可和证照从今天起不再有效，核验和公开的登记都显示已注销，不能恢复；出具注销决定书，并告知持证人。"


class OrderForm(OnceForm):
    ground = forms.ChoiceField(label="法律规定的情形", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="事实和理由",
        min_length=SHORTEST_ORDER,
        max_length=500,
        help_text=f"至少 {SHORTEST_ORDER} 个字，写进注销决定书。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    original = forms.ChoiceField(
        label="证照原件",
        choices=[(Original.TO_COME, TO_COME), (Original.RETURNED, RETURNED), (Original.LOST, LOST)],
        initial=Original.TO_COME,
        widget=forms.RadioSelect,
    )

    def __init__(self, grounds: list[cancelling.Ground], data=None):
        super().__init__(data)
        self.fields["ground"].choices = [(one.code, one.clause) for one in grounds]


class AnswerForm(OnceForm):
    result = forms.ChoiceField(
        label="决定", choices=[("grant", "准予注销"), ("decline", "不予注销")], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="不予注销的理由",
        required=False,
        max_length=500,
        help_text="不予注销的才填，至少 10 个字，写进决定书。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict:
        """What is granted cannot be taken back: who wrote why not has hit the wrong line."""
        given = super().clean()
        if given.get("result") == "grant" and given.get("reason"):
            self.add_error("reason", "写了不予注销的理由，选的却是“准予注销”：不予的请改选，准予的请删去理由。")
        return given


def may_cancel(actor: Actor, member: Member, rows: list[Cancellation]) -> dict[str, bool]:
    """What is left to do, for showing the way to it."""
    asked = next((one for one in rows if one.state == Cancellation.State.ASKED), None)
    new = Cancellation(application=member.application, member=member)
    return {
        "answer_cancellation": asked is not None and queries.may(actor, "grant", asked),
        "cancel": in_hands(member) and asked is None and queries.may(actor, "order", new),
    }


@require_http_methods(["GET", "POST"])
@staff(*CASE_ROLES)
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """What is chosen is shown once more before it is done."""
    actor, job = request.actor, _job(request, pk)
    member, posted = job.member, request.method == "POST"
    again = "change" in request.POST  # from the second look, with what was typed
    paper = cancelling.paper_of(member)
    fitting = cancelling.grounds(member, paper) if paper else cancelling.listed(today())  # a second click: the action knows the first
    form = OrderForm(fitting, request.POST if posted else None)

    def do() -> int:
        given = {name: form.cleaned_data[name] for name in ("ground", "reason", "original")}
        return actions.cancel_certificate(by=actor, member=member.pk, **given).pk

    if posted and form.is_valid() and not again and "sure" in request.POST and form.act(actor, do, job=pk):
        messages.success(request, "已注销，注销决定书正在生成。")
        return redirect("review:job", pk)
    if form.status != 403:
        new = Cancellation(application=job.application, member=member)
        new.policy(actor, "order", new)
    words = {"question": "注销这份证照？", "action": "注销", "consequence": ENDS, "facts": facts_of(member)}
    if posted and form.is_valid() and not again:
        chosen = dict(form.fields["ground"].choices)[form.cleaned_data["ground"]]
        kept = dict(form.fields["original"].choices)[form.cleaned_data["original"]]
        facts = [*facts_of(member), ("情形", chosen), ("事实和理由", form.cleaned_data["reason"]), ("原件", kept)]
        hidden = {name: request.POST[name] for name in form.fields if name in request.POST} | {"sure": "1"}
        words |= {"question": "这样注销？", "facts": facts, "hidden": hidden, "consequence": f"请再核对一次。{ENDS}"}
        told = {"side": side(request), "desk": "部门审批", "change": True, **words}
        return render(request, "web/confirm_beside.html", told)
    if not posted:
        words["refused"] = why_not(lambda: cancelling.demand_orderable(member, cancelling.papers_in_force(member)))
    return ask(request, job, form, **words)


@require_http_methods(["GET", "POST"])
@staff(*CASE_ROLES)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    actor, job = request.actor, _job(request, pk)
    found = cancelling.open_request(job.member)
    form = AnswerForm(request.POST if request.method == "POST" else None)

    def do() -> int:
        if found is None:
            raise WrongState(OPENED)
        if form.cleaned_data["result"] == "grant":
            return actions.grant_cancellation(by=actor, cancellation=found.pk).pk
        return actions.decline_cancellation(by=actor, cancellation=found.pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(actor, do, job=pk):
        messages.success(request, "已作出决定，决定书正在生成。")
        return redirect("review:job", pk)
    if form.status != 403:
        asked = found or Cancellation(application=job.application, member=job.member)
        asked.application, asked.member = job.application, job.member
        asked.policy(actor, "grant", asked)
    words = {"question": "对注销申请作出决定", "action": "作出决定", "consequence": f"准予的，{ENDS}不予的，证照继续有效。"}
    if found:
        words["facts"] = [
            *facts_of(job.member),
            ("申请日", found.asked_on),
            ("原因", found.reason),
            ("原件", found.get_original_display()),
        ]
    if not form.is_bound:
        words["refused"] = OPENED if found is None else why_not(lambda: _grantable(job.member))
    return ask(request, job, form, **words)


@require_GET
@staff(*DESK_ROLES)
def listed(request: HttpRequest) -> HttpResponse:
    """Requests of the department that wait for its head, the oldest first."""
    page = keyset_page(cancellations_asked(request.actor), ("id",), request.GET.get("page"))
    return render(request, "review/cancellations.html", {"page": page, "rows": page.rows, "side": side(request)})


def _job(request: HttpRequest, pk: int) -> Job:
    job = queries_review.job(request.actor, pk)
    job.member.application = job.application
    return job


def _grantable(member: Member) -> None:
    cancelling.demand_cancellable(member, cancelling.papers_in_force(member))
