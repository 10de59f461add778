"""What was looked at in full, in words: for the auditor, and for the person whose it is."""

from __future__ import annotations

from collections.abc import Iterable

from apps.applications.handout import NAMES
from apps.catalog.queries import coded_names

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
