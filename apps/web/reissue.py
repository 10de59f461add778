"""更正补发 as a page of any desk: the issue desk gives the same paper once more, the department's head also puts right what it says."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.applications import actions, queries, queries_afterwards
from apps.applications.actions.reissuing import LEAST, MOST
from apps.applications.models import Member
from apps.applications.reissue import said
from apps.issuance.models import Document
from apps.kit.errors import WrongState

from .once import OnceForm

FIELD = "corrected__{}"  # a refusal names `corrected.name`
CONSEQUENCE = (
    "原来的证照马上作废，公众核验时显示已由新证照替换；新的证照编号不变，由印章管理员重新登记用印，再按申请人的领取方式交付。"
    "决定的送达日和救济期限不变。"
)
AS_IT_WAS = "窗口只按原样补发；证照上写错的，请作出决定的部门负责人更正。"
PUT_RIGHT = "遗失、损毁的，下面各项不改，按原样补发；写错的，只改写错的那几项，决定书一并更正。情况变了的不是更正，请申请人办理变更。"


class ReissueForm(OnceForm):
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the paper that the page shows
    reason = forms.CharField(
        label="原因",
        max_length=MOST,
        help_text=f"{LEAST} 到 {MOST} 个字，例如“申请人书面说明证照遗失”；申请人查进度时会看到。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, paper: Document | None, data=None, *, head: bool):
        super().__init__(data, initial={"seen": paper.pk if paper else None})
        self.paper, self.lines = paper, said(paper.payload) if paper and head else []
        for line in self.lines:
            self.fields[FIELD.format(line.key)] = forms.CharField(
                label=line.label,
                max_length=line.longest,
                initial=line.text,
                widget=forms.Textarea(attrs={"rows": 3}) if "\n" in line.text else forms.TextInput(),
                error_messages={"required": f"请填写“{line.label}”。", "max_length": f"“{line.label}”最多 {line.longest} 个字。"},
            )

    @property
    def outdated(self) -> bool:
        """Made anew since: what others put right meanwhile would seem to be changed back here."""
        return bool(self.cleaned_data["seen"] and self.paper and self.paper.pk != self.cleaned_data["seen"])

    @property
    def changed(self) -> dict[str, str]:
        typed = {line.key: self.cleaned_data[FIELD.format(line.key)].replace("\r\n", "\n") for line in self.lines}
        return {line.key: typed[line.key] for line in self.lines if typed[line.key] != line.text}


def reissue_page(request: HttpRequest, member: Member, *, back: str, **told) -> HttpResponse:
    """What is put right is shown once more, beside what it was, before it is done. `told`: {"side", "desk"}."""
    actor, application = request.actor, member.application
    member.policy(actor, "reissue", member)
    head = actor.has("head", department=member.department_id)
    paper = queries_afterwards.made_anew(member)
    form = ReissueForm(paper, request.POST if request.method == "POST" else None, head=head)

    def do() -> int:
        given = form.cleaned_data
        return actions.reissue(by=actor, member=member.pk, reason=given["reason"], corrected=form.changed, seen=given["seen"]).pk

    words = {"question": "更正或补发这份证照？" if head else "补发这份证照？", "action": "作废原证，重新制作", "back_url": back}
    facts = [("办件编号", application.number), ("事项", member.name), ("申请人", application.applicant_shown)]
    again = "change" in request.POST  # from the second look, with what was typed
    sure = request.method == "POST" and form.is_valid() and not again and ("sure" in request.POST or not form.changed or form.outdated)
    if sure and form.act(actor, do, member=member.pk):
        messages.success(request, "已重新制作，原来的已经作废；登记用印以后可以交付。")
        return redirect(back)
    if form.is_bound and form.status == 200 and not again:
        was = {line.key: line for line in form.lines}
        facts += [(was[key].label, f"{was[key].text} → {text}") for key, text in form.changed.items()]
        hidden = {name: request.POST[name] for name in form.fields if name in request.POST} | {"sure": "1"}
        told |= {"hidden": hidden, "facts": facts, "consequence": f"请核对更正的内容。{CONSEQUENCE}", "question": "这样更正？"}
        return render(request, "web/confirm_beside.html", words | {"change": True} | told)
    told |= {"facts": facts, "form": form, "consequence": f"{PUT_RIGHT if head else AS_IT_WAS}{CONSEQUENCE}"}
    if not form.is_bound:
        try:
            actions.demand_reissuable(member)
            if paper is not None:
                actions.demand_in_force(member, paper)
        except WrongState as over:
            told["refused"] = over.message
    return render(request, "web/confirm_beside.html", words | told, status=409 if told.get("refused") else form.status)


def may_reissue(request: HttpRequest, member: Member) -> bool:
    """Not of a certificate that its holder asked to cancel: whoever asks here knows the requests of his page."""
    return member.decision == "granted" and not (member.revoked_on or member.cancelled_on) and queries.may(request.actor, "reissue", member)
