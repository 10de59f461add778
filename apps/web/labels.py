"""Every state, word by word: (text, tone) by table and state; the one place where a state becomes Chinese.

Tones (see static/css/components.css, .tag--*): plain nothing has happened yet, active somebody works on it, waiting somebody outside must act,
done it came to its good end, ended it is over. Green, yellow and red are not tones: they belong to the clocks.
An unknown state raises LabelMissing, so that a new state cannot reach a page without a word (tests walk every workflow).
"""

from __future__ import annotations

from typing import NamedTuple


class Label(NamedTuple):
    text: str
    tone: str


class LabelMissing(KeyError):
    """A state that has no Chinese word yet."""


def _table(tone_by_state: dict[str, tuple[str, str]]) -> dict[str, Label]:
    return {state: Label(*pair) for state, pair in tone_by_state.items()}


TABLES: dict[str, dict[str, Label]] = {
    "application": _table(
        {
            "draft": ("草稿", "plain"),
            "submitted": ("已提交", "active"),
            "pre_checking": ("预审中", "active"),
            "pre_returned": ("预审退回", "waiting"),
            "pre_passed": ("预审通过", "active"),
            "received": ("已收件", "active"),
            "checking": ("材料核对中", "active"),
            "awaiting_supplement": ("待补正", "waiting"),
            "in_progress": ("办理中", "active"),
            "partly_done": ("部分办结", "active"),
            "done": ("已办结", "done"),
            "not_handled": ("无需办理", "ended"),
            "not_accepted": ("不予受理", "ended"),
            "withdrawn": ("已撤回", "ended"),
            "lapsed": ("逾期未补，视为撤回", "ended"),
            "voided": ("录入作废", "ended"),
        }
    ),
    "member": _table(
        {
            "waiting": ("等待前一事项", "plain"),
            "accepted": ("已受理", "active"),
            "accepted_with_gap": ("容缺受理", "active"),
            "in_review": ("审查中", "active"),
            "paused": ("特别程序中", "waiting"),
            "granted": ("准予", "done"),
            "refused": ("不予", "ended"),
            "sealed": ("已登记用印", "done"),
            "ready_for_issue": ("待领取", "waiting"),
            "collected": ("已领取", "done"),
            "dispatched": ("已寄出", "active"),
            "served": ("已送达", "done"),
            "archived": ("已归档", "done"),
            "not_started": ("不再启动", "ended"),
            "withdrawn": ("已撤回", "ended"),
            "acceptance_revoked": ("撤销受理", "ended"),
            "terminated": ("已终止", "ended"),
        }
    ),
    "parcel": _table(
        {
            "requested": ("等运单号", "active"),
            "waybill": ("等揽收", "active"),
            "collected": ("已揽收", "active"),
            "in_transit": ("运输中", "active"),
            "out_for_delivery": ("派送中", "active"),
            "signed": ("已签收", "done"),
            "refused": ("拒收，退回途中", "waiting"),
            "returned": ("已退回", "ended"),
            "lost": ("丢失", "ended"),
            "declined": ("快递公司不收", "ended"),
            "called_off": ("已取消", "ended"),
        }
    ),
    "job": _table(
        {
            "assigned": ("待领办", "plain"),
            "in_hand": ("办理中", "active"),
            "concluded": ("待负责人决定", "waiting"),
            "misrouted": ("退回分办", "waiting"),
            "closed": ("已结束", "done"),
        }
    ),
    "inspection": _table(
        {
            "planned": ("征集时间", "plain"),
            "confirmed_by_all": ("时间已定", "active"),
            "notified": ("已通知申请人", "active"),
            "held": ("已踏勘，待结论", "active"),
            "conclusions_in": ("结论已收齐", "active"),
            "rectify_needed": ("待整改", "waiting"),
            "closed": ("踏勘已完结", "done"),
            "cancelled": ("已取消", "ended"),
        }
    ),
    "rectificationline": _table(
        {"open": ("待整改", "waiting"), "fixed": ("已整改", "done"), "unfixed": ("未整改到位", "ended")}
    ),
    "rectification": _table(
        {
            "opened": ("已登记", "plain"),
            "sent": ("已函告", "active"),
            "appealed": ("申诉待核", "active"),
            "replied": ("已答复待核", "active"),
            "sent_back": ("退回重办", "active"),
            "closed": ("已办结", "done"),
            "dismissed": ("申诉成立", "ended"),
        }
    ),
    "enquiry": _table(
        {"asked": ("待答复", "active"), "answered": ("已答复", "done"), "withdrawn": ("已撤回", "ended")}
    ),
    "consultation": _table(
        {
            "planned": ("拟征求", "plain"),
            "asked": ("征求中", "waiting"),
            "gathered": ("意见已收齐", "active"),
            "resolved": ("分歧已处理", "done"),
            "recalled": ("已撤回征求", "ended"),
            "closed": ("已随办结了结", "ended"),
        }
    ),
    "opinion": _table(
        {
            "planned": ("拟征求", "plain"),
            "asked": ("待答复", "waiting"),
            "answered": ("已答复", "done"),
            "silent": ("逾期未答复", "ended"),
            "closed": ("不再需要答复", "ended"),
        }
    ),
    "hearing": _table(
        {
            "planned": ("拟听证", "plain"),
            "told": ("已告知听证权利", "waiting"),
            "requested": ("已申请听证", "active"),
            "waived": ("未申请听证", "ended"),
            "called": ("已通知听证", "waiting"),
            "held": ("已听证", "done"),
        }
    ),
    "reviewsupplement": _table(
        {
            "planned": ("拟要求补正", "plain"),
            "asked": ("待补正", "waiting"),
            "unanswered": ("逾期未补齐", "ended"),
            "complete": ("已补齐", "done"),
            "closed": ("已随办结了结", "ended"),
        }
    ),
    "commitment": _table(
        {
            "planned": ("拟承诺", "plain"),
            "signed": ("已签署承诺", "active"),
            "to_inspect": ("待核查", "waiting"),
            "passed": ("核查通过", "done"),
            "rectifying": ("限期整改", "waiting"),
            "revoked": ("已撤销", "ended"),
            "repaired": ("已撤销，信用已修复", "ended"),
        }
    ),
    "renewal": _table(
        {
            "planned": ("拟延续", "plain"),
            "pending": ("延续审查中", "active"),
            "renewed": ("准予延续", "done"),
            "refused": ("不予延续", "ended"),
            "deemed_renewed": ("视为准予延续", "done"),
            "expired": ("原证已过期", "ended"),
            "dropped": ("未经决定而结束", "ended"),
        }
    ),
    "materialentry": _table(
        {
            "missing": ("未交", "waiting"),
            "supplied": ("已交", "active"),
            "confirmed": ("已核对", "done"),
            "rejected": ("不合要求", "waiting"),
            "supplemented": ("已补交", "active"),
            "waived": ("免交", "ended"),
            "expected": ("由前一事项产生", "plain"),
        }
    ),
    "document": _table(
        {
            "queued": ("正在生成", "active"),
            "rendered": ("已生成", "done"),
            "failed": ("生成失败，将重试", "waiting"),
            "stuck": ("生僻字，待人工处理", "waiting"),
            "void": ("已作废", "ended"),
        }
    ),
    "definition": _table(
        {
            "draft": ("未公布", "plain"),
            "published": ("在用", "done"),
            "suspended": ("暂停", "waiting"),
            "cancelled": ("取消", "ended"),
        }
    ),
    "definitionversion": _table(
        {
            "draft": ("草稿", "plain"),
            "checked": ("已检查", "active"),
            "approved": ("已核准", "active"),
            "published": ("已公布", "done"),
            "replaced": ("已被替换", "ended"),
            "discarded": ("已作废", "ended"),
        }
    ),
    "card": _table(
        {
            "due": ("待给出", "plain"),
            "given": ("待说明", "waiting"),
            "announced": ("已提醒", "active"),
            "answered": ("已说明", "done"),
            "withdrawn": ("已撤销", "ended"),
            "lapsed": ("已失效", "ended"),
        }
    ),
    "delivery": _table(
        {
            "pending": ("待投递", "plain"),
            "done": ("已投递", "done"),
            "failed": ("投递失败，将重试", "waiting"),
            "stuck": ("需人工处理", "waiting"),
        }
    ),
    "user": _table(
        {
            "active": ("启用", "done"),
            "locked": ("已锁定", "waiting"),
            "inactive": ("已停用", "ended"),
        }
    ),
}

# (text, CSS class) of a clock's light; the class names are the only ones that wear green, yellow and red.
LIGHTS: dict[str, Label] = _table(
    {
        "green": ("正常", "green"),
        "yellow": ("临期", "yellow"),
        "red": ("即将到期", "red"),
        "overdue": ("已超期", "overdue"),
        "paused": ("暂停计时", "stopped"),
        "stopped": ("已停止计时", "stopped"),
        "none": ("不计时", "stopped"),
    }
)


def job_light(job) -> str:
    """Which of the LIGHTS a piece of work shows: without a due day it stands still, unless it ran out before."""
    return job.light if job.due_on or job.light == "overdue" else "paused"


CLOCKS = {
    "decision": "办理期限",
    "notice": "一次性告知期限",
    "cure": "补正期限",
    "gap": "容缺补交期限",
    "delivery": "送达期限",
    "step": "环节期限",
    "inspection": "踏勘结论期限",
    "consultation": "意见答复期限",
    "hearing_request": "申请听证期限",
    "hearing_hold": "组织听证期限",
    "review_cure": "审查补正期限",
    "commitment": "承诺核查期限",
    "rectify": "整改期限",
    "renewal": "延续决定期限",
    "callback": "差评回访期限",
    "bundle": "一件事承诺期限",
}

ROLES = {
    "clerk": "综合窗口",
    "issue_clerk": "统一出件",
    "reviewer": "审查",
    "head": "审批负责人",
    "seal_keeper": "印章保管",
    "supervisor": "效能监督",
    "catalogue": "事项管理",
    "node_admin": "人员管理",
    "auditor": "审计",
}

OUTCOME = {
    "granted": "准予",
    "partly_granted": "部分准予",
    "refused": "不予",
    "revoked": "撤销受理",
    "terminated": "终止办理",
}
CLOCK_OUTCOME = {"on_time": "按时", "overdue_promised": "超过承诺期限", "overdue_legal": "超过法定期限"}
NECESSITY = {"required": "必要", "tolerable": "可容缺", "optional": "可选"}
MATERIAL_KIND = {"certificate": "证照批文", "form": "表单", "other": "其他"}
MATERIAL_FORM = {"paper": "纸质", "electronic": "电子", "both": "纸质或电子"}
MATERIAL_SOURCE = {
    "applicant": "申请人自备",
    "government": "政府部门核发",
    "intermediary": "中介机构出具",
    "other": "其他",
}
ITEM_TYPE = {
    "01": "行政许可",
    "05": "行政给付",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
}
HANDLING = {"instant": "即办件", "promised": "承诺件"}
WAYS = {
    "instant": "当即办",
    "simplified": "简化办",
    "online": "网上办",
    "assisted": "帮忙办",
    "nearby": "就近办",
    "joint": "联合办",
    "guaranteed": "保证办",
    "choice": "选择办",
}
WAY_MEANS = {
    "instant": "当场办结",
    "simplified": "少交、后交材料",
    "online": "在家就能申请",
    "assisted": "代办员帮您办",
    "nearby": "在家门口办",
    "joint": "几个部门一起办",
    "guaranteed": "能咨询、能监督",
    "choice": "看评价选着办",
}
LEVEL = {"1": "国家级", "2": "省级", "3": "市级", "4": "县级", "5": "镇（街道）级", "6": "村（社区）级"}
CHANNEL = {
    "counter": "窗口办理",
    "online": "网上办理",
    "mobile": "手机办理",
    "mail": "寄递办理",
    "kiosk": "自助终端",
    "agent": "代办点",
}
CITY_WIDE = {"none": "本地办理", "county": "全县通办", "city": "全城通办"}
AUDIENCE = {
    "person": "个人",
    "enterprise": "企业",
    "institution": "事业单位",
    "organisation": "社会组织",
    "agency": "行政机关",
    "other": "其他",
}
PAUSE_GROUND = {
    "hearing": "听证",
    "tender": "招标",
    "auction": "拍卖",
    "inspection": "检验",
    "testing": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert_review": "专家评审",
    "rectification": "整改",
}
RESULT_KIND = {"certificate": "证照", "approval": "批复", "document": "文件", "none": "无书面结果"}
LEAD_CRITERION = {
    "sector_regulator": "行业主管部门",
    "principal_certificate": "核发主要证照的部门",
    "general_intake": "综合受理部门",
}
ISSUE = {"together": "全部办好后一次领取", "as_ready": "办好一件领一件", "applicant_choice": "由申请人选择"}
PROVENANCE = {
    "verified": "已核原文",
    "seed": "公布材料",
    "memory": "凭记忆整理，以原文为准",
    "assumption": "演示所作的假设",
}
STEP_ROLE = {"reviewer": "审查", "inspector": "勘验", "head": "决定"}

WORDS: dict[str, dict[str, str]] = {
    "role": ROLES,
    "clock": CLOCKS,
    "outcome": OUTCOME,
    "clock_outcome": CLOCK_OUTCOME,
    "necessity": NECESSITY,
    "material_kind": MATERIAL_KIND,
    "material_form": MATERIAL_FORM,
    "material_source": MATERIAL_SOURCE,
    "item_type": ITEM_TYPE,
    "handling": HANDLING,
    "level": LEVEL,
    "way": WAYS,
    "channel": CHANNEL,
    "city_wide": CITY_WIDE,
    "audience": AUDIENCE,
    "pause_ground": PAUSE_GROUND,
    "result_kind": RESULT_KIND,
    "lead_criterion": LEAD_CRITERION,
    "step_role": STEP_ROLE,
    "provenance": PROVENANCE,
    "issue": ISSUE,
}


def label(table: str, state: str) -> Label:
    """The words of a state; raises LabelMissing for a table or state that nobody has named."""
    try:
        return TABLES[table][str(state)]
    except KeyError:
        raise LabelMissing(f"{table}.{state}") from None


def word(table: str, code: str) -> str:
    """The Chinese word of a catalogue code; raises LabelMissing when there is none."""
    try:
        return WORDS[table][str(code)]
    except KeyError:
        raise LabelMissing(f"{table}.{code}") from None
