"""Contents, problems and events of the catalogue in plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from apps.catalog.queries_office import ORDER
from apps.journal.models import Event
from apps.kit.days import days_words
from apps.kit.templatetags.kit import date_cn
from apps.web import labels

PROPERTIES = {
    "name": "名称",
    "implementation_code": "实施编码",
    "main_item": "主项",
    "type": "事项类型",
    "department": "部门",
    "region": "地区",
    "level": "行使层级",
    "handling": "办件类型",
    "legal_limit": "法定期限",
    "promised_limit": "承诺期限",
    "baseline_limit": "改革前期限",
    "extension_cap": "延长上限",
    "notice_days": "一次告知期限",
    "pause_grounds": "特别程序",
    "hearing_required": "必须听证",
    "commitment_route": "告知承诺",
    "max_visits": "到现场次数",
    "visit_reason": "到现场的原因",
    "at_most_once": "最多跑一次",
    "channels": "办理方式",
    "city_wide": "通办范围",
    "city_wide_wave": "通办批次",
    "audience": "服务对象",
    "zone": "窗口板块",
    "themes": "主题",
    "fees": "收费",
    "amount": "金额",
    "basis": "依据",
    "courier": "快递送达",
    "conditions": "受理条件",
    "situations": "情形",
    "question": "问题",
    "choices": "选项",
    "label": "选项文字",
    "fields": "表单",
    "required": "必填",
    "when": "条件",
    "materials": "材料",
    "necessity": "必要性",
    "originals": "原件份数",
    "copies": "复印件份数",
    "form": "材料形式",
    "source": "材料来源",
    "steps": "环节",
    "role": "环节角色",
    "days": "天数",
    "unit": "单位",
    "inspection": "现场核查",
    "result": "结果",
    "kind": "类别",
    "licence_type": "证照类型",
    "valid_years": "有效年数",
    "sample": "样本",
    "faq": "常见问题",
    "a": "回答",
    "contact": "联系方式",
    "enquiry": "咨询电话",
    "complaint": "投诉电话",
    "address": "办理地点",
    "hours": "办公时间",
    "provenance": "数据出处",
    "online_depth": "网办深度",
    "online_payment": "网上支付",
    "accepting": "统一受理",
    "batch": "公布批次",
    "lead": "牵头部门",
    "criterion": "牵头依据",
    "members": "成员",
    "item": "事项",
    "after": "排在其后",
    "joint_inspection": "联合踏勘",
    "issue": "出件方式",
    "situation": "情形",
    "material": "材料",
    "element": "数据元",
    "is": "是",
    "in": "是其中之一",
    "at_least": "不少于",
    "over": "超过",
}
INNER = {"type": "回答方式"}  # what a property is called inside another one
ENUMS = {
    "type": "item_type",
    "handling": "handling",
    "level": "level",
    "channels": "channel",
    "city_wide": "city_wide",
    "audience": "audience",
    "pause_grounds": "pause_ground",
    "necessity": "necessity",
    "form": "material_form",
    "source": "material_source",
    "role": "step_role",
    "criterion": "lead_criterion",
    "issue": "issue",
}
PROBLEMS = {
    "syntax": "写法",
    "schema": "格式",
    "unknown_code": "编码不存在",
    "duplicate_code": "编码重复",
    "cycle": "循环",
    "check_digit": "校验位",
    "region": "地区",
    "dates": "日期",
    "choices": "选项",
    "condition": "条件",
}
EVENTS = {
    "definition.publish": "公布",
    "definition.draft": "存为草稿",
    "definition.revise": "修改草稿",
    "definition.suspend": "暂停",
    "definition.resume": "恢复",
    "definition.cancel": "取消",
    "definitionversion.check_quality": "检查通过",
    "definitionversion.approve": "核准",
    "definitionversion.publish": "公布版本",
    "definitionversion.send_back": "退回修改",
    "definitionversion.discard": "作废草稿",
    "definitionversion.replace": "被同日的新版本替换",
}


def limit_text(limit: dict | None) -> str:
    """{"days": 5, "unit": "working"} -> 5 个工作日"""
    if not limit:
        return ""
    return "当场办结" if limit["days"] == 0 else days_words(limit["days"], limit["unit"])


def path_text(path: str | Sequence[str], names: dict[str, dict[str, str]] | None = None) -> str:
    """materials, floor_plan, necessity -> 材料 › 场所平面布置图 › 必要性; `names` as queries_office.names_of gives them."""
    head, *rest = path.split(".") if isinstance(path, str) else path
    told = [part_text(head, PROPERTIES)]
    if rest and (known := (names or {}).get(head)):
        code, *rest = rest
        told.append(known.get(code, code))
    return " › ".join([*told, *(part_text(part, INNER, PROPERTIES) for part in rest)])


def part_text(part: str, *books: dict[str, str]) -> str:
    """One part of a path by the first book that knows it; of a list, also where only its order changed, or which of its entries is meant."""
    bare = part.removesuffix(ORDER)
    name, bracket, place = bare.removesuffix("]").partition("[")
    if bracket and place.isdecimal() and any(name in book for book in books):
        return f"{part_text(name, *books)}（第 {int(place) + 1} 项）"
    return next((book[bare] for book in books if bare in book), bare) + part.removeprefix(bare)


def value_text(value: Any, key: str = "") -> str:
    """A value of a content, short and in words where there are words."""
    if value is None or value in ("", [], {}):
        return "（无）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(value_text(part, key) for part in value)
    if isinstance(value, dict):
        if set(value) == {"days", "unit"}:
            return limit_text(value)
        return "；".join(f"{PROPERTIES.get(name, name)}：{value_text(part, name)}" for name, part in value.items())
    table = ENUMS.get(key)
    return labels.WORDS[table].get(str(value), str(value)) if table else str(value)


def told_difference(row: dict, names: dict[str, dict[str, str]], words: Callable[[str, Any], str]) -> dict:
    """One row of the page of differences; `words` as whole.worder gives them."""
    key = row["path"][-1]
    listed = names.get(key.removesuffix(ORDER), {}) if key.endswith(ORDER) else {}

    def told(value: Any) -> str:
        if isinstance(value, dict):  # what came or went: its code stands in the path
            value = {part: inner for part, inner in value.items() if inner != key} or "有"
        return words(key, [listed.get(code, code) for code in value] if listed else value)

    return {"path": path_text(row["path"], names), "old": told(row["old"]), "new": told(row["new"])}


def problem_kind(code: str) -> str:
    return PROBLEMS.get(code) or ("指南质量" if code.startswith("guide.") else code)


def told_event(event: Event) -> dict:
    """An entry of components/timeline.html."""
    facts, title = event.facts, EVENTS.get(event.name, event.name)
    if version := facts.get("version"):
        title = f"{title}：第 {version} 版，{date_cn(facts['valid_from'])}起"
    if on := facts.get("on"):
        title = f"{title}：{date_cn(on)}起"
    return {"at": event.at, "title": title, "who": event.by_name, "detail": facts.get("reason", "")}
