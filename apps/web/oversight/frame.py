"""What the pages of the oversight desk share."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.kit.forms import BaseForm, DateInput
from apps.kit.templatetags.kit import date_cn
from apps.kit.time import today
from apps.supervision import queries
from apps.supervision.published import published_shares
from apps.web import shell

ROLES = ("supervisor",)
FIRST = date(2000, 1, 1)
LONGEST = 366  # days of one period


def side(request: HttpRequest) -> list[dict]:
    return shell.oversight_rooms(request)


def printed(place: str, share: str) -> str:
    """2017年8月31日公布 973 项、92.1%; "" where nothing was. What was said twice and otherwise is told twice."""
    figures = published_shares(place).get(share, [])
    told = ""
    for one in figures:
        about = "约 " if one["precision"] == "about" else ""
        between = ("；另一处说法 " if told else "（按另一处说法）") if one.get("variant") else "、" if told else " "
        told += f"{between}{about}{one['value']}{'' if one['unit'] == '%' else ' '}{one['unit']}"
    return f"{date_cn(figures[0]['as_of'])}公布{told}" if figures else ""


def asked_again(request: HttpRequest, page: str) -> HttpResponse:
    """Of what is not understood there is no sheet, which would be one of today or of everything: its page says what is wrong."""
    return redirect(f"{page}?{request.GET.urlencode()}")


class Place(BaseForm):
    """Which of the nodes that the supervisor oversees; none = all of them."""

    node = forms.ChoiceField(label="节点", required=False)

    def __init__(self, actor, data):
        super().__init__(data)
        nodes, on = queries.places(actor), today()
        self.named = [(node.code, node.told_on(on)) for node in nodes]
        self.counties = {node.code for node in nodes if node.level == node.Level.COUNTY}
        everything = [("", "全部节点")] if len(self.named) > 1 else []
        self.fields["node"].choices = everything + self.named
        self.overseen = queries.overseen(actor)
        self.is_valid()

    @property
    def place(self) -> str:
        """"" for all of them; a faulty form asks for all."""
        return "" if self.errors else self.cleaned_data.get("node") or ""

    @property
    def only(self) -> str:
        """The one node that is looked at; "" for several."""
        return self.place or (self.named[0][0] if len(self.named) == 1 else "")

    @property
    def nodes(self) -> list[str] | None:
        return [self.place] if self.place else self.overseen

    @property
    def node_name(self) -> str:
        return dict(self.named).get(self.place, "")

    @property
    def counted(self) -> str:
        """The nodes of a sheet, which is sent on to people who do not know what its maker oversees; "" for all that there are."""
        return "" if self.nodes is None else self.node_name or "、".join(name for _, name in self.named)


class Period(Place):
    """Which node and which days; what is left empty is today. What is not understood is refused in words."""

    since = forms.DateField(label="从", required=False, widget=DateInput)
    until = forms.DateField(label="到", required=False, widget=DateInput)

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        for name, day in (("since", since), ("until", until)):
            if day and day < FIRST:
                self.add_error(name, f"没有 {FIRST.year} 年以前的办件，请核对日期。")
        if since and until and since > until:
            self.add_error("until", "“到”不能早于“从”。")
        elif since and not until and since > today():
            self.add_error("since", "“到”没有填就是今天，“从”不能晚于今天。")
        elif since and (until or today()) - since > timedelta(days=LONGEST):
            self.add_error("since", "一次最多统计一年，请缩短期间。")
        return self.cleaned_data

    @property
    def asked(self) -> dict:
        """{"node", "since", "until"} for the queries; a faulty form asks for today."""
        given = self.cleaned_data if not self.errors else {}
        until = given.get("until") or today()
        return {"node": self.place, "since": given.get("since") or min(until, today()), "until": until}
