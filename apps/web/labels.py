"""Words for what stands in the tables: lights, clocks, roles, codes; the states themselves stand in `states.py`.

An unknown state raises LabelMissing, so that a new state cannot reach a page without a word (tests walk every workflow).
"""

from __future__ import annotations

from apps.applications import grounds
from apps.catalog.compiler import NECESSITY
from apps.catalog.ways import WAYS
from apps.deadlines.engine.telling import OUTCOMES
from apps.deadlines.models import Clock
from apps.directory.models import Role

from .states import TABLES, Label, labelled


class LabelMissing(KeyError):
    """A state that has no Chinese word yet."""


# (text, CSS class) of a clock's light; the class names are the only ones that wear green, yellow and red.
LIGHTS: dict[str, Label] = labelled(
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


# As the law names them; two as people do.
CLOCKS = dict(Clock.Kind.choices) | {"decision": "办理期限", "gap": "容缺补交期限"}

ROLES: dict[str, str] = dict(Role.choices)

# The grounds that a clerk may choose: what was cured badly has a page of its own.
NOT_ACCEPTED = {ground: name for ground, name in grounds.NOT_ACCEPTED.items() if ground != "bad_cure"}

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
    "clock_outcome": OUTCOMES,
    "necessity": NECESSITY,
    "material_form": MATERIAL_FORM,
    "material_source": MATERIAL_SOURCE,
    "item_type": ITEM_TYPE,
    "handling": HANDLING,
    "level": LEVEL,
    "way": WAYS,
    "channel": CHANNEL,
    "city_wide": CITY_WIDE,
    "audience": AUDIENCE,
    "pause_ground": grounds.GROUNDS,
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
