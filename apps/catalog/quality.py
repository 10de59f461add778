"""The guide-quality rules (DOMAIN.md 4.6): what keeps an item from being published, and what is only advised.

Each rule names the properties that it reads ("steps.*.days": of every step), so that a file check can leave out a rule whose
ground is itself at fault, and no other.
An absent optional property is no fault, unless the rule asks for it (a reason for visits, a licence's FAQ).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from django.conf import settings

from apps.kit.days import days_words

from .loading.problems import shown

Found = Iterator[tuple[tuple, str]]
# By the first digits of the item's region: its city's area code, and how long a number is there. Any other city's must only be whole.
_LOCAL = {"3302": (re.compile(r"[(（]?0574[)）]?[-\s]?\d{4}[-\s]?\d{4}", re.ASCII), " 0574 加八位号码，如 0574-63001000")}
_ELSEWHERE = (re.compile(r"[(（]?0\d{2,3}[)）]?[-\s]?\d{3,4}[-\s]?\d{4}", re.ASCII), "区号加七位或八位号码，如 0731-88001000")
_ENDINGS = (
    ("证", "certificate", "证照"),
    ("批复", "approval", "批复"),
    ("文件", "document", "文书"),
    ("文", "document", "文书"),
)


@dataclass(frozen=True)
class Finding:
    """`path` is relative to the item."""

    code: str
    path: tuple
    message: str


@dataclass(frozen=True)
class Rule:
    code: str
    reads: tuple[str, ...]
    find: Callable[[dict], Found]


RULES: list[Rule] = []


def rule(code: str, *reads: str):
    def keep(find):
        RULES.append(Rule(f"guide.{code}", reads, find))
        return find

    return keep


def _read(item, reads: str) -> Iterator[tuple]:
    """The paths of this item that "steps.*.days" stands for."""
    places: list[tuple[tuple, Any]] = [((), item)]
    for part in reads.split("."):
        if part != "*":
            places = [((*path, part), node.get(part) if isinstance(node, dict) else None) for path, node in places]
        else:
            lists = [(path, node) for path, node in places if isinstance(node, list)]
            places = [(path, node) for path, node in places if not isinstance(node, list)]  # what should be one is judged
            places += [((*path, index), one) for path, node in lists for index, one in enumerate(node)]
    return (path for path, _ in places)


@cache
def themes() -> dict[str, tuple[str, ...]]:
    """{"personal": …, "corporate": …}: the words of fixtures/themes.yaml that say something about the audience."""
    text = (settings.BASE_DIR / "fixtures" / "themes.yaml").read_text("utf-8")
    return {kind: tuple(words) for kind, words in yaml.safe_load(text).items()}


def blockers(item: dict, judge: Callable[[tuple], bool] = lambda path: True) -> list[Finding]:
    """Every rule that the item breaks. `judge(path)` says whether a property may be judged at all."""
    found = []
    for one in RULES:
        if all(judge(path) for reads in one.reads for path in _read(item, reads)):
            found += [Finding(one.code, path, message) for path, message in one.find(item)]
    return found


def limit_text(limit: dict) -> str:
    return days_words(limit["days"], limit["unit"])


@rule("instant", "handling", "promised_limit.days")
def instant_means_on_the_spot(item) -> Found:
    days = item["promised_limit"]["days"]
    if item["handling"] == "instant" and days:
        yield ("handling",), f"即办件的承诺期限应为 0，现为 {days}"
    if item["handling"] == "promised" and not days:
        yield ("handling",), "承诺期限为 0 的应是即办件（instant），现为承诺件（promised）"


@rule("promise_over_legal", "legal_limit", "promised_limit")
def promise_within_the_law(item) -> Found:
    legal, promised = item["legal_limit"], item["promised_limit"]
    if legal and legal["unit"] == promised["unit"] and promised["days"] > legal["days"]:
        yield ("promised_limit",), f"承诺期限 {limit_text(promised)}长于法定期限 {limit_text(legal)}"


@rule("visit_reason", "max_visits", "visit_reason")
def visits_have_a_reason(item) -> Found:
    visits, reason = item["max_visits"], (item.get("visit_reason") or "").strip()
    if visits and not reason:
        yield ("max_visits",), f"须到现场 {visits} 次，没有写明原因（visit_reason）"
    if not visits and reason:
        yield ("visit_reason",), f"到现场次数为 0，不应再写原因“{shown(reason)}”"


@rule("mail_for_zero_visits", "max_visits", "channels")
def zero_visits_need_a_way(item) -> Found:
    channels = item.get("channels")
    if item["max_visits"] == 0 and channels is not None and not {"online", "mail"} & set(channels):
        yield (
            ("channels",),
            f"到现场次数为 0 又没有网上办理（online），必须提供邮寄（mail），现为 {'、'.join(channels)}",
        )


@rule("online_depth", "max_visits", "online_depth")
def whole_process_online_needs_no_visit(item) -> Found:
    if item.get("online_depth") == "IV" and item["max_visits"]:
        yield ("online_depth",), f"网办深度 IV（全程网办）要求到现场次数为 0，现为 {item['max_visits']}"


@rule("result_kind", "result.name", "result.kind")
def result_is_what_its_name_says(item) -> Found:
    name, kind = (item["result"].get("name") or "").strip(), item["result"]["kind"]
    for ending, wanted, word in _ENDINGS:
        if name.endswith(ending):
            if kind != wanted:
                yield ("result", "kind"), f"结果“{shown(name)}”以“{ending}”结尾，应是{word}（{wanted}），现为 {kind}"
            return


@rule("payment_without_fee", "fees", "online_payment")
def no_payment_without_fee(item) -> Found:
    if item.get("online_payment") and not item.get("fees"):
        yield ("online_payment",), "不收费的事项不应开通网上支付（online_payment: true）"


@rule("licence_faq", "type", "faq")
def licences_answer_questions(item) -> Found:
    if item["type"] == "01" and not item.get("faq"):
        yield (("faq",) if "faq" in item else ()), "行政许可（type 01）至少要有一条常见问题（faq）"


@rule("steps_over_promise", "steps.*.days", "promised_limit.days")
def steps_within_the_promise(item) -> Found:
    days = sum(step.get("days", 0) for step in item.get("steps", []))
    if days > item["promised_limit"]["days"]:
        yield ("steps",), f"各环节合计 {days} 天，超过承诺期限的 {item['promised_limit']['days']} 天"


def _local(item) -> tuple[re.Pattern, str]:
    """How a number is written at this item's place, and that in words."""
    return _LOCAL.get(str(item.get("region"))[:4], _ELSEWHERE)  # a code that stands without its quotes is told by itself


def _phone(key: str) -> Callable[[dict], Found]:
    def find(item) -> Found:
        number = item.get("contact", {}).get(key)
        form, words = _local(item)
        if number is not None and not form.fullmatch(number.strip()):
            yield ("contact", key), f"电话“{shown(number)}”应为{words}"

    return find


enquiry_is_local = rule("phone", "contact.enquiry")(_phone("enquiry"))
complaint_is_local = rule("phone", "contact.complaint")(_phone("complaint"))


@rule("phone", "contact.enquiry", "contact.complaint")
def phones_differ(item) -> Found:
    contact = item.get("contact", {})
    enquiry, complaint = contact.get("enquiry"), contact.get("complaint")
    if enquiry is None or complaint is None:
        return
    digits = re.sub(r"\D", "", enquiry)
    if digits and digits == re.sub(r"\D", "", complaint):
        yield ("contact", "complaint"), f"咨询电话和投诉电话不能相同：{shown(complaint)}"


@rule("hours", "contact.hours")
def hours_say_working_days(item) -> Found:
    hours = item.get("contact", {}).get("hours")
    if hours is not None and "工作日" not in hours:
        yield ("contact", "hours"), f"办公时间应写明“工作日”：{shown(hours)}"


@rule("address", "contact.address")
def address_names_a_window(item) -> Found:
    address = item.get("contact", {}).get("address")
    if address is not None and "窗口" not in address:
        yield ("contact", "address"), f"办理地点应写明“窗口”：{shown(address)}"


@rule("theme", "audience")
def themes_fit_the_audience(item) -> Found:
    audience, stated = item.get("audience"), item.get("themes")
    if not audience or not isinstance(stated, list):
        return
    for index, theme in enumerate(stated):
        if theme in themes()["personal"] and "person" not in audience:
            yield ("themes", index), f"个人主题“{theme}”要求服务对象含个人（person），现为 {'、'.join(audience)}"
        if theme in themes()["corporate"] and set(audience) == {"person"}:
            yield ("themes", index), f"法人主题“{theme}”不能用于只面向个人的事项"


def advice(item: dict) -> list[Finding]:
    """Shown to the catalogue office; never keeps an item from being published."""
    found = []
    result = item.get("result", {})
    if result.get("kind") != "none" and not result.get("sample"):
        found.append(Finding("advice.sample", ("result",), "结果没有样本"))
    if item.get("max_visits") == 0 and result.get("kind") != "none" and not item.get("courier"):
        found.append(Finding("advice.courier", ("courier",), "到现场次数为 0，结果却不能快递送达，申请人还要到窗口领取"))
    for name, message in (("basis", "没有写明依据"), ("contact", "没有联系方式"), ("conditions", "没有写明受理条件")):
        if not item.get(name):
            found.append(Finding(f"advice.{name}", (name,), message))
    return found
