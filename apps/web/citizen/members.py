"""What the applicant chooses for one item of his case: to take it back alone, to have it granted on his signed word, to be heard."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import actions, queries, queries_case
from apps.applications.actions import demand_mandate
from apps.applications.actions.calling_off import demand_withdrawable
from apps.applications.actions.commitments import demand_choice, promise_of, signers
from apps.applications.actions.hearings import demand_askable, joined_of
from apps.applications.actions.one_thing import taken_along
from apps.applications.models import Application, Commitment, Hearing, Member
from apps.deadlines.queries import rule
from apps.kit.errors import NotYours, WrongState
from apps.kit.time import today
from apps.web.cancelling import ask_page, why_not, withdraw_page
from apps.web.once import OnceForm

from .owner import citizen


class WithdrawOneForm(OnceForm):
    reason = forms.CharField(label="为什么撤回", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class CommitForm(OnceForm):
    agreed = forms.BooleanField(label="我自愿选择告知承诺，承诺书写的我都看过，是事实。")


def items_of(case: queries_case.Case, by) -> list[dict]:
    """The items of a one-thing: [{"member", "href" to take it back alone, or "late": why not any more}]."""
    if len(case.members) < 2:
        return []
    told = []
    for member in case.members:
        line = {"member": member, "href": "", "late": ""}
        if case.application.state in Application.ACCEPTED and queries.may(by, "withdraw", member):
            line["late"] = why_not(lambda one=member: taken_along(one, case.members, case.application))
            if not line["late"]:
                line["href"] = reverse("citizen:withdraw_member", args=[case.application.pk, member.pk])
        told.append(line)
    return told


def promises_of(case: queries_case.Case, by) -> list[Member]:
    """For which items the applicant may still choose 告知承诺; whether his credit allows it is told on the page itself."""
    signed = {one.member_id for one in case.commitments}
    return [
        member
        for member in case.members
        if member.definition.get("commitment_route")
        and member.state in Member.UNDECIDED
        and member.pk not in signed
        and queries.may(by, "sign", Commitment(application=case.application, member=member))
    ]


def hearings_of(case: queries_case.Case, by) -> list[dict]:
    """[{"hearing", "href" to ask for it, "" where that is over or not his to do, "ahead" working days by which he is told its
    time, "off": it will not be held, since the item has ended, "back": to take his own request back}]."""
    told, ours, others = [], Hearing.Who.APPLICANT, joined_of(case.hearings)
    asked = any(one.state == Hearing.State.REQUESTED for one in case.hearings)
    notice = rule("hearing_notice", today()).value if asked else 0
    for one in case.hearings:
        too = others[one.pk]
        open_ = not queries.why_not(by, "request", one) and not why_not(lambda row=one, too=too: demand_askable(row, ours, others=too))
        href = reverse("citizen:hearing", args=[case.application.pk, one.member_id]) if open_ else ""
        off = one.member.state in Member.ENDED and one.state not in (Hearing.State.WAIVED, Hearing.State.HELD)
        own = one.requested_by == ours and queries.may(by, "withdraw", one)
        mine = own and not why_not(lambda row=one, too=too: demand_withdrawable(row, too))
        back = reverse("citizen:hearing_withdraw", args=[case.application.pk, one.member_id]) if mine else ""
        ahead = notice if one.state == Hearing.State.REQUESTED else 0
        told.append({"hearing": one, "href": href, "ahead": ahead, "off": off, "back": back})
    return told


def _found(request: HttpRequest, pk: int, member: int) -> tuple[Application, list[Member], Member]:
    row = queries.get(request.actor, pk)
    members = list(row.members.all())
    for one in members:
        one.application = row
        if one.pk == member:
            return row, members, one
    raise NotYours


@citizen
@require_http_methods(["GET", "POST"])
def withdraw_member(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """One item; the rest goes on."""
    row, members, one = _found(request, pk, member)
    form = WithdrawOneForm(request.POST if request.method == "POST" else None)

    def do() -> int:
        return actions.withdraw_member(by=request.actor, member=one.pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(request.actor, do, member=one.pk):
        messages.success(request, f"“{one.name}”已撤回，其他事项照常办理。")
        return redirect("citizen:mine", pk)
    along: list[Member] = []
    refused = why_not(lambda: along.extend(taken_along(one, members, row)))
    facts = [("办件编号", row.number), ("要撤回的事项", one.name)]
    if along:
        facts.append(("一起不再办的", "、".join(other.name for other in along)))
    told = {
        "question": f"只撤回“{one.name}”？",
        "consequence": "作出决定以前可以撤回。撤回以后这一项不再办，要等它办结的事项也不再启动；其他事项照常办理。"
        "会出具准予撤回通知书，只为这一项交的材料退还。以后要办，需要重新申请，期限重新计算。",
        "facts": facts,
        "form": form,
        "refused": refused,
        "action": "确认撤回这一项",
        "back_url": reverse("citizen:mine", args=[pk]),
    }
    return render(request, "web/confirm.html", told, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def commitment(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """告知承诺: read, agreed to and signed by who is signed in, in his checked name."""
    row, _, one = _found(request, pk, member)
    form = CommitForm(request.POST if request.method == "POST" else None)
    signer = signers(request.actor, row)[0]

    def do() -> int:
        return actions.sign_commitment(by=request.actor, member=one.pk, signed_by=signer, text=promise_of(one)).pk

    if request.method == "POST" and form.act(request.actor, do, member=one.pk):
        messages.success(request, "承诺书已签署，部门可以据此作出决定。")
        return redirect("citizen:mine", pk)
    told = {
        "row": row,
        "member": one,
        "text": promise_of(one),
        "signer": signer,
        "check": rule("commitment_check", today()),
        "form": form,
        "refused": why_not(lambda: demand_choice(one)),
    }
    return render(request, "citizen/commitment.html", told, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def hearing(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """The applicant asks for the hearing of which he was told. Raises WrongState where nobody was told of one."""
    row, _, one = _found(request, pk, member)
    found = Hearing.objects.filter(member=one).first()
    if found is None:
        raise WrongState("这个事项没有告知过听证权利。")
    found.member = one
    form = OnceForm(request.POST if request.method == "POST" else None)

    def do() -> int:
        return actions.request_hearing(by=request.actor, hearing=found.pk, who=Hearing.Who.APPLICANT).pk

    if request.method == "POST" and form.act(request.actor, do, member=one.pk):
        messages.success(request, "听证申请已提交，部门会另行通知听证的时间、地点。")
        return redirect("citizen:mine", pk)
    listed = "hearing" in (one.definition.get("pause_grounds") or ())
    excluded = "部门送达特别程序告知书的，听证所需时间不计入办理期限" if listed else "听证期间，办理期限照常计算"  # as its notice says
    told = {
        "question": f"为“{one.name}”申请听证？",
        "consequence": f"听证不收费。部门在法定期限内组织，至少提前 {rule('hearing_notice', today()).value} 个工作日通知您时间、地点；"
        f"听证以前不作出决定；{excluded}。",
        "facts": [
            ("办件编号", row.number),
            ("涉及的重大利益", found.interest),
            ("利害关系人", "、".join(found.third_parties)),
            ("申请截止日", found.request_by),
        ],
        "form": form,
        "refused": why_not(lambda: demand_askable(found, Hearing.Who.APPLICANT)),
        "action": "申请听证",
        "back_url": reverse("citizen:mine", args=[pk]),
    }
    return render(request, "web/confirm.html", told, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def hearing_withdraw(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """He takes back his own request for a hearing. Raises WrongState where nobody was told of one."""
    row, _, one = _found(request, pk, member)
    found = Hearing.objects.filter(member=one).first()
    if found is None:
        raise WrongState("这个事项没有告知过听证权利。")
    found.member = one
    form = WithdrawOneForm(request.POST if request.method == "POST" else None)

    def do() -> int:
        return actions.withdraw_hearing(by=request.actor, hearing=found.pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(request.actor, do, member=one.pk):
        messages.success(request, "听证申请已撤回，不再听证。")
        return redirect("citizen:mine", pk)
    told = {
        "question": f"撤回“{one.name}”的听证申请？",
        "consequence": "听证不再举行，部门根据现有材料继续审查；申请听证的期限过了以后，不能再申请。",
        "facts": [("办件编号", row.number), ("涉及的重大利益", found.interest), ("申请截止日", found.request_by)],
        "form": form,
        "refused": why_not(lambda: demand_withdrawable(found)),
        "action": "确认撤回听证申请",
        "back_url": reverse("citizen:mine", args=[pk]),
    }
    return render(request, "web/confirm.html", told, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """He has no more use for the certificate."""
    row, _, one = _found(request, pk, member)
    demand_mandate(request.actor, row)
    return ask_page(request, one, back=reverse("citizen:mine", args=[pk]), template="web/confirm.html")


@citizen
@require_http_methods(["GET", "POST"])
def cancel_withdraw(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    row, _, one = _found(request, pk, member)
    demand_mandate(request.actor, row)
    return withdraw_page(request, one, back=reverse("citizen:mine", args=[pk]), template="web/confirm.html")
