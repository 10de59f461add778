"""Which certificate an application asks to renew: the form that the counter and the applicant share."""

from __future__ import annotations

from datetime import date

from django import forms

from apps.applications import queries_afterwards
from apps.applications.models import Application, Member, Renewal
from apps.applications.queries_afterwards import Renewable, apply_by, begun_from, in_renewal
from apps.deadlines.engine.telling import full
from apps.kit.days import day_cn
from apps.kit.time import today

from .once import OnceForm


class RenewalForm(OnceForm):
    certificate = forms.ChoiceField(label="要延续的证照", widget=forms.RadioSelect)

    def __init__(self, found: list[Renewable], received: date | None, *args, **kwargs):
        super().__init__(*args, **kwargs)
        within = queries_afterwards.in_time(received) if found else None
        self.fields["certificate"].choices = [
            (one.number, f"{one.title} {one.number}，有效期至{day_cn(one.valid_to)}，最晚{day_cn(one.valid_to - within)}收件算按时")
            for one in found
        ]
        if not found and (sent := self.data.get(self.add_prefix("certificate"))):  # a second click: the action knows the first
            self.fields["certificate"].choices = [(sent, sent)]
        if len(found) == 1:
            self.initial["certificate"] = found[0].number


def offered(members: list[Member]) -> list[tuple[Member, str, bool]]:
    """Each certificate with an end: what is told of its renewal, and whether it can be asked for."""
    running = in_renewal(members)
    return [(one, _going(running[one.pk]) if one.pk in running else in_time(one), one.pk not in running) for one in members]


def _going(renewal: Renewal) -> str:
    if renewal.state == Renewal.State.PENDING:
        return "延续申请正在办理。"
    return f"已经准予延续至{full(renewal.extended_to)}。" if renewal.extended_to else "已经准予延续，没有届满日。"


def in_time(member: Member) -> str:
    """Until when its renewal is asked for in time: told before the form is filled, for a draft is none."""
    last = apply_by(member)
    if today() > last:
        return f"按时申请的最后一日（{full(last)}）已过：届满前没有作出决定的，证照到期失效。"
    return f"最晚 {full(last)}正式提交：届满前没有作出决定的，视为准予延续。"


def begun(row: Application) -> dict | None:
    """Of what was begun from a certificate, for a notice: what its receipt says by itself."""
    found = begun_from(row)
    if found is None:
        return None
    member, paper, why = found
    if paper is None:
        return {"kind": "warning", "title": "这件收件以后按新办办理，不登记为延续申请。", "text": why}
    return {"kind": "info", "title": f"收件时登记为延续申请：{paper.title} {paper.number}。", "text": in_time(member)}


WORDS = {
    "question": "登记为延续申请",
    "consequence": "按时收件的，届满前没有作出决定，视为准予延续（行政许可法第五十条）。"
    "收件晚了的，证照到期就失效，这件按新办继续办理。",
    "action": "登记",
}
NONE = "申请人名下没有可以用这件申请延续的证照：要在有效期内、同一个事项，而且没有在办或者已经准予的延续。"
