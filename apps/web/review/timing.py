"""Acts on time: special procedure, its notice served, its end, and the extension; the new days are seen before they count."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.applications import actions, foresight, grounds, powers
from apps.applications.actions.extending import NOT_EXTENDED
from apps.applications.actions.pausing import BY_HAND, NONE_WAITS, NOT_PAUSED, WAITS, why_not_paused
from apps.applications.models import Job, Member
from apps.applications.queries_review import job as job_of
from apps.deadlines.models import Clock
from apps.deadlines.queries import shelf
from apps.issuance.models import HandOver
from apps.kit.errors import Refused
from apps.kit.time import today
from apps.web.access import staff
from apps.web.once import OnceForm

from .forms import ExtendForm, PauseForm, ReasonForm, ResumeForm, ServeForm
from .frame import CASE_ROLES, side

Seen = list[tuple[str, foresight.Days]]  # what the page compares: a heading and the days


def _turn(
    request: HttpRequest,
    job: Job,
    form: OnceForm,
    do: Callable[[dict], Member],
    *,
    verb: str,
    said: str | Callable[[], str],
    see: Callable[[Clock], Seen] | None = None,
    over: Callable[[Clock | None], str] | None = None,
    **words,
) -> HttpResponse:
    """One act: GET asks, the button 看新的办结日 shows what would follow, the other does it.

    `over`: why it cannot be done any more, asked when the page is opened; on one that was open before, what was typed comes
    back with the refusal.
    """
    actor, looking = request.actor, "look" in request.POST
    if request.method == "POST" and not looking:
        if form.act(actor, lambda: do(form.cleaned_data).pk, job=job.pk):
            messages.success(request, said if isinstance(said, str) else said())
            return redirect("review:job", job.pk)
    elif looking:
        form.is_valid()
    if form.status != 403:
        job.member.policy(actor, verb, job.member)  # the page is only for who may do it
    clock = foresight.clock_of(job.member)
    if request.method == "GET" and over is not None and not words.get("nothing"):
        words["nothing"] = over(clock)
    told = {
        "job": job,
        "member": job.member,
        "form": form,
        "side": side(request),
        "clock": clock,
        "look": see is not None and clock is not None,
        "seen": _seen(form, clock, see, looking=looking) if clock else [],
        **words,
    }
    status = 409 if words.get("nothing") else 200 if looking and form.is_valid() else form.status
    return render(request, "review/timing.html", told, status=status)


def _waits(clock: Clock | None) -> bool:
    return clock is not None and any(pause.waits for pause in clock.intervals.pauses)


def _seen(form: OnceForm, clock: Clock, see: Callable[[Clock], Seen] | None, *, looking: bool) -> list[dict]:
    rows: Seen = [("现在", foresight.now(clock))]
    if see is not None and (looking or not form.is_bound):
        try:
            rows += see(clock)
        except Refused as refusal:
            form.is_bound and form.add_refusal(refusal)
    units = {name: limit["unit"] for name, limit in _limits(clock).items()}
    return [{"name": name, "days": days, "units": units} for name, days in rows]


def _limits(clock: Clock) -> dict[str, dict]:
    return {"promised": clock.promised or clock.legal, "legal": clock.legal or clock.promised}


def _wanted(form: OnceForm, name: str):
    """A value that was sent and is sound, or the form's own first one."""
    return form.cleaned_data.get(name) if form.is_bound else form.initial.get(name)


@staff(*CASE_ROLES)
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    job = job_of(request.actor, pk)
    listed = grounds.allowed(job.member.definition)
    first = listed[0].law if len(listed) == 1 else grounds.XKF_45
    form = PauseForm(request.POST or None, grounds=listed, initial={"basis": first, "service": "electronic"})

    def see(clock: Clock) -> Seen:
        days = _wanted(form, "expected_days")
        if not days:
            return []
        during, end, after = foresight.if_paused(clock, days)
        return [("特别程序期间", during), (f"如果 {end:%-m月%-d日} 结束", after)]

    return _turn(
        request,
        job,
        form,
        lambda given: actions.pause(by=request.actor, job=pk, **{k: v for k, v in given.items() if k != "once"}),
        verb="pause",
        said="特别程序告知书已出具。",
        see=see,
        over=lambda clock: why_not_paused(job) or (WAITS if _waits(clock) else ""),
        question="进入特别程序",
        consequence="告知书送达之日的次日起，至特别程序结束之日止，时间不计入期限；当日仍计入。其间没有到期日，也不能作出决定。",
        nothing="" if listed else "这个事项没有依法可以扣除时间的情形（行政许可法第四十五条），时间照常计算。",
        action="出具告知书",
    )


@staff(*CASE_ROLES)
def serve(request: HttpRequest, pk: int) -> HttpResponse:
    methods = [(value, label) for value, label in HandOver.Method.choices if value in BY_HAND]
    return _turn(
        request,
        job_of(request.actor, pk),
        ServeForm(request.POST or None, methods=methods, initial={"on": today()}),
        lambda given: actions.serve_pause(by=request.actor, job=pk, method=given["method"], on=given["on"]),
        verb="serve_pause",
        said="送达已登记：送达之日的次日起，到特别程序结束之日止，时间不计入期限。",
        over=lambda clock: "" if _waits(clock) else NONE_WAITS,
        question="登记特别程序告知书的送达",
        consequence="自送达之日的次日起，至特别程序结束之日止，时间不计入期限。",
        action="登记送达",
    )


@staff(*CASE_ROLES)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    return _turn(
        request,
        job_of(request.actor, pk),
        ReasonForm(request.POST or None),
        lambda given: actions.drop_pause(by=request.actor, job=pk, reason=given["reason"]),
        verb="drop_pause",
        said="告知书已作废。",
        over=lambda clock: "" if _waits(clock) else NONE_WAITS,
        question="作废等待送达的特别程序告知书？",
        consequence="期限一直照常计算，不受影响；申请人会知道告知书作废和理由。",
        action="确认作废",
    )


@staff(*CASE_ROLES)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    form = ResumeForm(request.POST or None, initial={"on": today()})

    def see(clock: Clock) -> Seen:
        day = _wanted(form, "on")
        return [(f"如果 {day:%-m月%-d日} 结束", foresight.if_resumed(clock, day))] if day else []

    def said() -> str:
        rests = Member.objects.filter(pk=job.member_id, state=Member.State.PAUSED).exists()
        return f"特别程序已结束，{'已经通知的踏勘或者整改从今天起不计入期限。' if rests else '期限继续计算。'}"

    job = job_of(request.actor, pk)
    return _turn(
        request,
        job,
        form,
        lambda given: actions.resume(by=request.actor, job=pk, on=given["on"], result=given["result"]),
        verb="resume",
        said=said,
        see=see,
        over=lambda clock: "" if job.member.state == Member.State.PAUSED else NOT_PAUSED,
        question="登记特别程序结束",
        consequence="期限自结束之日的次日起继续计算，并告知申请人新的办结日。",
        action="登记结束",
    )


@staff(*CASE_ROLES)
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    job = job_of(request.actor, pk)
    power = powers.to_extend(job.member, shelf()) if job.member.accepted_on else None
    form = ExtendForm(request.POST or None, higher=power.higher if power and power.cap and power.above(1) else "")

    def see(clock: Clock) -> Seen:
        days = _wanted(form, "days")
        return [(f"延长 {days} {power.unit}以后", foresight.if_extended(job.member, clock, days))] if days else []

    def over(clock: Clock | None) -> str:
        refusal = foresight.refused(job.member, clock) if clock and power else None
        return refusal.message if refusal else "" if clock else NOT_EXTENDED

    return _turn(
        request,
        job,
        form,
        lambda given: actions.extend(
            by=request.actor, job=pk, days=given["days"], reason=given["reason"], approver=given["approver"]
        ),
        verb="extend",
        said="期限已延长，延期通知书已出具。",
        see=see,
        over=over,
        question="延长办理期限",
        consequence=power.words() if power else "",
        action="批准延长",
    )
