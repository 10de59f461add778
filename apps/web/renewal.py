"""Which certificate an application asks to renew: the form that the counter and the applicant share."""

from __future__ import annotations

from django import forms

from apps.applications.queries_afterwards import Renewable

from .once import OnceForm


class RenewalForm(OnceForm):
    certificate = forms.ChoiceField(label="要延续的证照", widget=forms.RadioSelect)

    def __init__(self, found: list[Renewable], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["certificate"].choices = [
            (one.number, f"{one.title} {one.number}，有效期至{one.valid_to:%Y年%-m月%-d日}") for one in found
        ]
        if not found and (sent := self.data.get(self.add_prefix("certificate"))):  # a second click: the action knows the first
            self.fields["certificate"].choices = [(sent, sent)]
        if len(found) == 1:
            self.initial["certificate"] = found[0].number


WORDS = {
    "question": "登记为延续申请",
    "consequence": "有效期届满三十日前收件的，届满前没有作出决定，视为准予延续（行政许可法第五十条）。"
    "收件晚了的，证照到期就失效，这件按新办继续办理。",
    "action": "登记",
}
NONE = "申请人名下没有可以用这件申请延续的证照：要在有效期内、同一个事项，而且没有别的延续申请在办。"
