"""告知承诺 on the review desk: signed before the decision, checked after the grant, put right, revoked, credit repaired."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.applications import actions, queries, queries_review
from apps.applications.actions.commitments import demand_choice, demand_revocable, promise_of
from apps.applications.models import Commitment, Job, Member
from apps.applications.queries_afterwards import to_check
from apps.deadlines.queries import rule
from apps.journal.actor import Actor
from apps.kit.errors import Refused, WrongState
from apps.kit.paging import keyset_page
from apps.kit.templatetags.kit import date_cn
from apps.kit.time import today
from apps.web.access import staff
from apps.web.once import OnceForm

from .acts import ask
from .forms import ReasonForm
from .frame import CASE_ROLES, DESK_ROLES, side


class SignForm(OnceForm):
    signed_by = forms.CharField(label="签署人", max_length=100, help_text="本人、法定代表人或者受委托人的姓名。")
    text = forms.CharField(
        label="承诺内容", max_length=4000, help_text="照签名的承诺书填。", widget=forms.Textarea(attrs={"rows": 5})
    )


STILL_BROKEN = "复查只登记已经整改到位的；没有整改到位的，整改期限届满后由负责人撤销决定。"


class CheckForm(OnceForm):
    result = forms.ChoiceField(
        label="核查结果",
        choices=[("confirm", "与承诺一致"), ("rectify", "与承诺不符，限期整改")],
        widget=forms.RadioSelect,
    )
    findings = forms.CharField(
        label="核查的情况",
        max_length=2000,
        help_text="写明谁在什么时候、怎样核查，看到什么；限期整改的会写进通知书。",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    days = forms.IntegerField(
        label="整改期限（工作日）",
        required=False,
        min_value=1,
        max_value=60,
        help_text="限期整改的才填；不填的按中心标准。",
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )

    def __init__(self, *args, again: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if again:  # what was to be put right is right now, or the head revokes
            del self.fields["days"]
            self.fields["result"].choices = [("confirm", "已整改到位，与承诺一致")]
            self.fields["result"].help_text = STILL_BROKEN
            self.fields["result"].error_messages["invalid_choice"] = f"这件已经要求限期整改。{STILL_BROKEN}"
            self.initial["result"] = "confirm"

    def clean(self) -> dict:
        """What is confirmed is not checked again: who wrote by when it is to be mended has hit the wrong line."""
        given = super().clean()
        if given.get("result") == "confirm" and given.get("days"):
            self.add_error("days", "填了整改期限，选的却是“与承诺一致”：要整改的请改选，一致的请删去期限。")
        return given


def may_commit(actor: Actor, member: Member, row: Commitment | None) -> dict[str, bool]:
    """What is left to do of a member's commitment (None: not signed yet), for showing the way to it."""
    if row is None:
        offered = member.definition.get("commitment_route") and member.state in Member.UNDECIDED
        new = Commitment(application=member.application, member=member)
        return {"sign": bool(offered) and queries.may(actor, "sign", new)}
    return {
        "check": queries.may(actor, "confirm", row),
        "revoke": queries.may(actor, "revoke", row) and today() > row.rectify_by,
        "repair": queries.may(actor, "repair", row),
    }


@staff(*CASE_ROLES)
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    job = queries_review.job(request.actor, pk)
    form = SignForm(request.POST or None, initial={"text": promise_of(job.member)})
    new = Commitment(application=job.application, member=job.member)
    return _act(
        request,
        job,
        form,
        new,
        "sign",
        lambda given: actions.sign_commitment(by=request.actor, member=job.member_id, **given),
        said="承诺书已登记；准予以后在期限内核查。",
        question="登记告知承诺书",
        consequence=f"申请人自愿选择；准予后 {rule('commitment_check').value} 个工作日内核查，承诺不实的限期整改直至撤销，"
        "信用修复以前不再适用告知承诺。",
        action="登记",
    )


@staff(*CASE_ROLES)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    job, row = _found(request, pk)
    form = CheckForm(request.POST or None, again=row.state == Commitment.State.RECTIFYING)

    def do(given: dict) -> Commitment:
        about = {"by": request.actor, "commitment": row.pk, "findings": given["findings"]}
        if given["result"] == "rectify":
            return actions.rectify_commitment(**about, days=given["days"])
        return actions.confirm_commitment(**about)

    return _act(
        request,
        job,
        form,
        row,
        "confirm",
        do,
        said="核查结果已登记。",
        question="登记承诺核查",
        consequence=f"承诺的内容：{row.text}",
        also=_found_before(row),
        action="登记",
    )


@staff(*CASE_ROLES)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    job, row = _found(request, pk)
    return _act(
        request,
        job,
        ReasonForm(request.POST or None),
        row,
        "revoke",
        lambda given: actions.revoke_commitment(by=request.actor, commitment=row.pk, **given),
        said="已撤销，撤销决定书正在生成，证照同时作废。",
        question="承诺不实，撤销决定？",
        consequence="整改期限届满仍不符合承诺的，撤销原决定，证照从今天起失效，记入信用信息；信用修复以前不再适用告知承诺。",
        also=_found_before(row),
        action="确认撤销",
    )


@staff(*CASE_ROLES)
def repair(request: HttpRequest, pk: int) -> HttpResponse:
    job, row = _found(request, pk)
    return _act(
        request,
        job,
        ReasonForm(request.POST or None),
        row,
        "repair",
        lambda given: actions.repair_commitment(by=request.actor, commitment=row.pk, **given),
        said="已登记信用修复，申请人可以再适用告知承诺。",
        question="登记信用修复",
        consequence="写明哪个机关、哪一份信用修复文书；被撤销的决定不恢复。",
        action="登记",
    )


@require_GET
@staff(*DESK_ROLES)
def listed(request: HttpRequest) -> HttpResponse:
    """Commitments of the department that wait for a check, the first due first."""
    page = keyset_page(to_check(request.actor), ("day", "id"), request.GET.get("page"))
    told = {"page": page, "rows": page.rows, "today": today(), "side": side(request)}
    return render(request, "review/commitments.html", told)


def _found(request: HttpRequest, pk: int) -> tuple[Job, Commitment]:
    job = queries_review.job(request.actor, pk)
    row = getattr(job.member, "commitment", None)
    if row is None:
        raise WrongState("这个事项没有登记告知承诺。")
    row.application, row.member = job.application, job.member
    return job, row


def _found_before(row: Commitment) -> list[tuple[str, str]]:
    """What was found broken and asked to be put right: who looks again, or revokes, measures by it."""
    if row.state != Commitment.State.RECTIFYING:
        return []
    told = (("不符的情况", row.findings), ("核查日", date_cn(row.inspected_on)), ("整改期限", date_cn(row.rectify_by)))
    return [(label, value) for label, value in told if value]


def _act(
    request: HttpRequest,
    job: Job,
    form: OnceForm,
    row: Commitment,
    verb: str,
    do: Callable[[dict], Commitment],
    *,
    said: str,
    **words,
) -> HttpResponse:
    def go() -> int:
        return do(form.given).pk

    if request.method == "POST" and form.act(request.actor, go, job=job.pk):
        messages.success(request, said)
        return redirect("review:job", job.pk)
    if form.status != 403:
        row.policy(request.actor, verb, row)  # the page is only for who may do it
    if request.method == "GET":
        words["refused"] = _over(request.actor, verb, row)
    return ask(request, job, form, **words)


def _over(actor: Actor, verb: str, row: Commitment) -> str:
    """That it is done, or not to be done yet: asked when the page is opened; what was typed on one that stood open comes back with the
    refusal."""
    if row.pk is not None and not queries.may(actor, verb, row):
        return f"这份承诺现在是“{row.get_state_display()}”，不能办理这一步。"
    try:
        demand_choice(row.member) if row.pk is None else demand_revocable(row) if verb == "revoke" else None
    except (Refused, WrongState) as refusal:
        return refusal.message
    return ""
