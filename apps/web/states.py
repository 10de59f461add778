"""Every state, word by word: (text, tone) by table and state; the one place where a state becomes Chinese.

Tones (see static/css/components.css, .tag--*): plain nothing has happened yet, active somebody works on it, waiting somebody outside must act,
done it came to its good end, ended it is over. Green, yellow and red are not tones: they belong to the clocks.
"""

from __future__ import annotations

from typing import NamedTuple


class Label(NamedTuple):
    text: str
    tone: str


def labelled(tone_by_state: dict[str, tuple[str, str]]) -> dict[str, Label]:
    return {state: Label(*pair) for state, pair in tone_by_state.items()}


TABLES: dict[str, dict[str, Label]] = {
    "application": labelled(
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
    "member": labelled(
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
    "parcel": labelled(
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
    "job": labelled(
        {
            "assigned": ("待领办", "plain"),
            "in_hand": ("办理中", "active"),
            "concluded": ("待负责人决定", "waiting"),
            "misrouted": ("退回分办", "waiting"),
            "closed": ("已结束", "done"),
        }
    ),
    "inspection": labelled(
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
    "rectificationline": labelled(
        {"open": ("待整改", "waiting"), "fixed": ("已整改", "done"), "unfixed": ("未整改到位", "ended")}
    ),
    "rectification": labelled(
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
    "enquiry": labelled(
        {"asked": ("待答复", "active"), "answered": ("已答复", "done"), "withdrawn": ("已撤回", "ended")}
    ),
    "consultation": labelled(
        {
            "planned": ("拟征求", "plain"),
            "asked": ("征求中", "waiting"),
            "gathered": ("意见已收齐", "active"),
            "resolved": ("分歧已处理", "done"),
            "recalled": ("已撤回征求", "ended"),
            "closed": ("已随办结了结", "ended"),
        }
    ),
    "opinion": labelled(
        {
            "planned": ("拟征求", "plain"),
            "asked": ("待答复", "waiting"),
            "answered": ("已答复", "done"),
            "silent": ("逾期未答复", "ended"),
            "closed": ("不再需要答复", "ended"),
        }
    ),
    "hearing": labelled(
        {
            "planned": ("拟听证", "plain"),
            "told": ("已告知听证权利", "waiting"),
            "requested": ("已申请听证", "active"),
            "waived": ("未申请听证", "ended"),
            "called": ("已通知听证", "waiting"),
            "held": ("已听证", "done"),
            "called_off": ("已取消听证", "ended"),
        }
    ),
    "reviewsupplement": labelled(
        {
            "planned": ("拟要求补正", "plain"),
            "asked": ("待补正", "waiting"),
            "unanswered": ("逾期未补齐", "ended"),
            "complete": ("已补齐", "done"),
            "closed": ("已随办结了结", "ended"),
        }
    ),
    "commitment": labelled(
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
    "cancellation": labelled(
        {
            "planned": ("拟注销", "plain"),
            "asked": ("注销待决定", "waiting"),
            "granted": ("已注销", "ended"),
            "declined": ("不予注销", "ended"),
            "withdrawn": ("已撤回注销申请", "ended"),
        }
    ),
    "renewal": labelled(
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
    "materialentry": labelled(
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
    "document": labelled(
        {
            "queued": ("正在生成", "active"),
            "rendered": ("已生成", "done"),
            "failed": ("生成失败，待重新生成", "waiting"),
            "stuck": ("生僻字，待人工处理", "waiting"),
            "void": ("已作废", "ended"),
        }
    ),
    "definition": labelled(
        {
            "draft": ("未公布", "plain"),
            "published": ("在用", "done"),
            "suspended": ("暂停", "waiting"),
            "cancelled": ("取消", "ended"),
        }
    ),
    "definitionversion": labelled(
        {
            "draft": ("草稿", "plain"),
            "checked": ("已检查", "active"),
            "approved": ("已核准", "active"),
            "published": ("已公布", "done"),
            "replaced": ("已被替换", "ended"),
            "discarded": ("已作废", "ended"),
        }
    ),
    "card": labelled(
        {
            "due": ("待给出", "plain"),
            "given": ("待说明", "waiting"),
            "announced": ("已提醒", "active"),
            "answered": ("已说明", "done"),
            "withdrawn": ("已撤销", "ended"),
            "lapsed": ("已失效", "ended"),
        }
    ),
}
