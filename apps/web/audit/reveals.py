"""Who looked at which masked value in full, when and why: for the auditor, as a list and as a sheet."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.directory import queries_reveals
from apps.kit.days import day_cn
from apps.kit.forms import BaseForm, DateInput
from apps.kit.paging import keyset_page
from apps.kit.time import beijing_date, now, today
from apps.web.access import staff
from apps.web.revealed import in_words
from apps.web.sheets import LIMIT, workbook

SUBJECTS = {"party": "办事人", "user": "工作人员", "application": "办件", "member": "办件事项", "document": "文书"}
HEAD = ("时间", "查看人", "账号", "节点", "对象类别", "对象", "查看内容", "理由", "网络地址")


class FilterForm(BaseForm):
    since = forms.DateField(label="从", required=False, widget=DateInput)
    until = forms.DateField(label="到", required=False, widget=DateInput)
    person = forms.CharField(label="查看人", required=False, max_length=60)
    subject = forms.CharField(label="对象", required=False, max_length=60)

    def clean(self):
        given = super().clean()
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            self.add_error("until", "“到”不能早于“从”。")
        return given


@staff("auditor")
@require_GET
def reveals(request: HttpRequest) -> HttpResponse:
    """The list, and with `export=xlsx` the same rows as a sheet."""
    form = FilterForm(request.GET)
    wanted = dict(form.cleaned_data) if form.is_valid() else {}
    found = queries_reveals.reveals_for(request.actor, **wanted)
    if request.GET.get("export") == "xlsx" and not form.errors:
        return _sheet(found, wanted)
    page = keyset_page(found if not form.errors else found.none(), ("-at", "-id"), request.GET.get("page"))
    names = queries_reveals.places_of(page.rows)
    words = in_words(reveal.field for reveal in page.rows)
    rows = [_told(reveal, names, words) for reveal in page.rows]
    context = {"form": form, "rows": rows, "page": page, "filtered": any(wanted.values())}
    return render(request, "audit/reveals.html", context, status=form.status)


def _told(reveal, names: dict[str, str], words: dict[str, str]) -> dict:
    return {
        "at": reveal.at,
        "name": reveal.by.name,
        "username": reveal.by.username,
        "node": names.get(reveal.node_code, reveal.node_code),
        "kind": SUBJECTS.get(reveal.subject_type, reveal.subject_type),
        "key": f"{reveal.subject_type}:{reveal.subject_id}",
        "label": reveal.subject_label,
        "field": words[reveal.field],
        "reason": reveal.reason,
        "address": reveal.address or "",
    }


def _sheet(found, wanted: dict) -> HttpResponse:
    lines = list(found[: LIMIT + 1])
    names = queries_reveals.places_of(lines)
    words = in_words(reveal.field for reveal in lines)
    rows = (
        [
            told["at"],
            told["name"],
            told["username"],
            told["node"],
            told["kind"],
            told["label"],
            told["field"],
            told["reason"],
            told["address"],
        ]
        for told in (_told(reveal, names, words) for reveal in lines)
    )
    first = day_cn(wanted.get("since")) or "最早"
    last = day_cn(wanted.get("until") or today())
    # A part of the record says of what: unsaid, it would pass for the whole.
    kind, colon, _ = wanted.get("subject", "").partition(":")
    subject = f"{SUBJECTS[kind]}（只此一个）" if colon and kind in SUBJECTS else wanted.get("subject")
    chosen = "".join(f"；{label}：{word}" for label, word in (("查看人", wanted.get("person")), ("对象", subject)) if word)
    notes = [f"敏感信息查看记录，{first} 至 {last}{chosen}；导出于 {day_cn(beijing_date(now()))}。对象已掩码。"]
    return workbook("敏感信息查看记录", HEAD, rows, notes)
