"""What was looked at in full: in words for the auditor and for the person whose it is, and the value where a page shows it."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html

from apps.applications.handout import NAMES
from apps.catalog.queries_names import coded_names

FIELDS = {
    "name": "姓名",
    "id_number": "证件号码",
    "mobile": "手机号",
    "legal_rep_name": "法定代表人",
    "legal_rep_id": "法定代表人身份证号",
    "address": "地址",
    "contact_mobile": "联系手机",
}
OWNERS = {"applicant": "申请人", "agent": "代理人"}


def in_words(fields: Iterable[str]) -> dict[str, str]:
    """{field: words} of fields as `reveal_value` takes them: "id_number", "applicant.id_number", "handout.address", "answers.<element>"."""
    asked = {field: field.partition(".") for field in fields}
    codes = {name for owner, _, name in asked.values() if owner == "answers"}
    elements = coded_names(codes)[0] if codes else {}
    told = {}
    for field, (owner, _, name) in asked.items():
        if owner == "answers":
            told[field] = f"填写的“{elements.get(name, '一项内容')}”"
        elif owner == "handout":
            told[field] = NAMES.get(name, "收件信息")
        else:
            told[field] = f"{OWNERS[owner]}的{FIELDS.get(name, '信息')}" if owner in OWNERS else FIELDS.get(field, "一项信息")
    return told


def shown_in_place(request: HttpRequest, value: str) -> HttpResponse | None:
    """For a script: the value alone, where its mask was, so that an opinion or a collector half typed beside it is not lost with the
    page. None without one: the whole page comes back."""
    if not request.htmx:
        return None
    return HttpResponse(format_html('<div class="masked"><span class="num" tabindex="-1" autofocus>{}</span></div>', linebreaksbr(value)))


def denied_in_place(request: HttpRequest, why: str, status: int) -> HttpResponse | None:
    """The same for a refusal: it stands at the reason, which stays. What is none of the reason's is told by a page."""
    if not request.htmx or status not in (409, 422, 429):
        return None
    headers = {"HX-Retarget": "find [data-denied]", "HX-Reswap": "innerHTML"}
    return HttpResponse(format_html("{}", why), status=status, headers=headers)
