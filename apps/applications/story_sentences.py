"""What is said of each event: one sentence an event name, from its facts; what is not named here is not told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apps.kit.days import day_cn
from apps.kit.time import BEIJING

from . import checks
from .grounds import GROUNDS
from .handout import HandOut
from .models import Application, InspectionPart, Opinion
from .story_names import Tale
from .telling import begun_words


@dataclass(frozen=True)
class Told:
    title: str
    detail: Callable[[dict, Tale], str] = lambda facts, tale: ""
    public: bool = True
    from_home: str = ""  # the title when the applicant did it himself
    left: str = ""  # the title when it was left with who refused it
    noticed: str = ""  # the title when the days of a public notice served it
    void: str = ""  # the title when what it happens to was revoked before


HEARING = {"place": "地点", "presider": "主持人"}  # what of a hearing is notified anew, its time standing


def _minute(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(BEIJING):%Y年%-m月%-d日 %H:%M}"


def _to_mend(facts: dict) -> str:
    return f"请在 {day_cn(facts['rectify_by'])} 前（含当日）整改：{'；'.join(facts['lines'])}。"


def _called(facts: dict) -> str:
    moved = "、".join(HEARING[name] for name in facts.get("changed", ()))
    again = "改期，以这次通知为准：" if facts.get("put_off") else f"{moved}有变化，以这次通知为准：" if moved else ""
    return f"{again}{_minute(facts['at'])}，{facts['place']}。"


def _mended(facts: dict, tale: Tale) -> str:
    """Names of the answers that were put right, as far as the reader needs them."""
    return tale.answers(facts.get("fields", ()))


def _came(facts: dict, tale: Tale) -> str:
    """What came of materials and answers."""
    return "；".join(filter(None, [tale.names(facts.get("materials", ())), _mended(facts, tale)]))


def _came_and_lacks(facts: dict, tale: Tale) -> str:
    lacking = tale.names(facts["missing"])
    bad = "、".join(filter(None, [tale.names(facts.get("rejected", ())), tale.fields(facts.get("faulty", ()))]))
    return "；".join(filter(None, [_came(facts, tale), lacking and f"仍缺：{lacking}", bad and f"补来的不合格：{bad}"]))


def _to_bring(facts: dict, tale: Tale) -> str:
    """Of another department's materials only that there are some: they are not named."""
    named = _came(facts, tale)
    return f"请在 {day_cn(facts['cure_by'])} 前（含当日）补齐{named and f'：{named}'}。逾期视为撤回申请。{_posted(facts)}"


def _brought(facts: dict, tale: Tale) -> str:
    named = _came(facts, tale)
    return f"{named and f'{named}。'}符合要求的，自 {day_cn(facts['on'])} 起受理。"


def _posted(facts: dict) -> str:
    return "（材料是寄来的）" if facts.get("by_mail") else "（材料是带到窗口的）" if facts.get("in_person") else ""


def _ready(facts: dict) -> str:
    if facts.get("way") == HandOut.COURIER:
        return "由出件窗口按留下的地址寄出。"
    return "全部办好后一次领取。" if facts.get("together") else "请带身份证件和收件凭证到出件窗口领取。"


def _reissued(facts: dict) -> str:
    lines = f"更正：{'、'.join(facts['corrected'])}；" if facts["corrected"] else ""
    return f"{facts['certificate']}，{lines}{facts['reason']}"


def _announced(facts: dict) -> str:
    """Of a one-thing whose results all lie there: what goes by courier, and what stays to be fetched."""
    if facts.get("way") != HandOut.COURIER:
        return "请带身份证件和收件凭证到出件窗口一次领取。"
    kept = "、".join(facts["kept"])
    return f"“{kept}”的结果不能寄，请带身份证件和收件凭证到出件窗口领取；其余的按留下的地址寄出。" if kept else _ready(facts)


def _counts_from(facts: dict) -> str:
    if facts.get("again") or not facts.get("on"):
        return ""
    served = f"送达日 {day_cn(facts['on'])}"
    return f"{served}。" if facts.get("powerless") else f"{served}；申请复议、提起诉讼的期限从这天的第二天算起。"


def _cured(facts: dict) -> str:
    if facts.get("on_record"):
        return f"{'、'.join(facts['on_record'])}已有本平台签发的证照，不用再交。"
    return "填写内容更正后，承诺后补的材料不再需要。" if facts.get("unasked") else "承诺后补的材料已补齐。"


def _reason(facts: dict, tale: Tale) -> str:
    return facts.get("reason", "")


def _all_that_lacks(facts: dict, tale: Tale) -> str:
    """Written in one piece for the applicant: whoever is not to know of every material and answer reads that it was, not what."""
    return "" if tale.hidden else _reason(facts, tale)


def _turned_away(facts: dict, tale: Tale) -> str:
    """Whose matter it is belongs to the answer (行政许可法第三十二条第一款第二项), not only to its paper."""
    whose = facts.get("competent_agency")
    return f"{facts['reason'].rstrip('。')}。请向{whose}提出申请。" if whose else _reason(facts, tale)


def _gaps(facts: dict, tale: Tale) -> str:
    names = tale.names(facts.get("gaps") or ())
    return f"容缺后补：{names}" if names else ""


CONCLUDED = dict(InspectionPart.Result.choices)
RECOMMENDED = {"grant": "建议准予", "refuse": "建议不予"}


def _opinion(facts: dict, tale: Tale) -> str:
    words = "：".join(filter(None, [RECOMMENDED.get(facts["recommendation"], ""), facts.get("opinion", "")]))
    return "\n".join(filter(None, [words, checks.summary(tale.plan, facts.get("checks", ()))]))


def _to_be_served(facts: dict, tale: Tale) -> str:
    told = f"{GROUNDS[facts['ground']]}，预计 {facts['expected_days']} 个工作日；告知书送达以前，期限照常计算。"
    return _and_why(told, facts)


def _and_why(told: str, facts: dict) -> str:
    """What the notice says of the reason: the message promises that who opens the case reads it."""
    return f"{told}\n说明：{facts['reason']}" if facts.get("reason") else told


def _paused(facts: dict, tale: Tale) -> str:
    needed = f"，预计 {facts['expected_days']} 个工作日" if "expected_days" in facts else ""
    since = f"{day_cn(facts.get('notified_on'))}的次日起" if facts.get("notified_on") else "暂停期间"
    return _and_why(f"{GROUNDS.get(facts['ground'], facts['ground'])}{needed}；{since}不计入办理期限，结束后继续计算。", facts)


def _resumed(facts: dict, tale: Tale) -> str:
    left_out = f"{facts['excluded']} {facts.get('unit', '个工作日')}依法不计入" if facts.get("excluded") else "没有不计入的日子"
    due = f"，新的办结日是 {day_cn(facts['due_on'])}" if facts.get("due_on") else ""
    return "。".join(filter(None, [facts.get("result", "").rstrip("。"), f"{left_out}{due}。"]))


def _extended(facts: dict, tale: Tale) -> str:
    due = f"，新的办结日是 {day_cn(facts['due_on'])}" if facts.get("due_on") else ""
    return f"{facts['approver']}批准延长 {facts['days']} {facts.get('unit', '天')}{due}。理由：{facts['reason']}"


def _visit(facts: dict, tale: Tale) -> str:
    return f"{facts['when']}，{facts['place']}。请派人到场，各部门一次到场。"


SEEN = {"failed": "有部门的结论是不符合，见现场踏勘记录表。", "dropped": "要求整改的事项已决定不予，不再复查。"}


def _concluded(facts: dict, tale: Tale) -> str:
    late = "（逾期）" if facts.get("late") else ""
    return f"{CONCLUDED[facts['result']]}{late}：{facts['words']}"


ANSWERS = dict(Opinion.Answer.choices)


def _consulted(facts: dict) -> str:
    return f"{'、'.join(facts['departments'])}；请在 {day_cn(facts['due_on'])} 前（含当日）答复，办理期限照常计算。"


def _answered(facts: dict) -> str:
    """Whose answer and what; its reason stands at the opinion, for those who need to know."""
    return f"{facts['department']}：{ANSWERS[facts['answer']]}{'（逾期）' if facts['late'] else ''}"


def _silent(facts: dict) -> str:
    return f"{facts['department']}在 {day_cn(facts['due_on'])} 前没有答复，如实记录，不再等待。"


def _gathered(facts: dict) -> str:
    return "意见有分歧，由牵头部门写明怎样处理。" if facts["conflict"] else ""


def _request_by(facts: dict) -> str:
    """Before 27 November 2026 the event did not tell the day."""
    return f" {day_cn(facts['request_by'])} 前（含当日）" if "request_by" in facts else "告知书写明的期限内"


def _redated(facts: dict) -> str:
    whose = f"“{facts['item']}”的" if facts.get("item") else ""
    return f"{whose}{facts['label']}由 {day_cn(facts['old'])} 改为 {day_cn(facts['new'])}。原因：{facts['why']}。"


def _amended(facts: dict) -> str:
    told = [
        f"{word}：{'、'.join(facts[name])}"
        for word, name in (("新增", "added"), ("不再办理", "removed"))
        if facts[name]
    ]
    return "；".join([facts["reason"], *told]) + _posted(facts)


def _notified(facts: dict, tale: Tale) -> str:
    told = f"“{facts['item']}”于 {day_cn(facts['on'])} 准予，文号 {facts['document']}"
    names = tale.names(facts["materials"])
    return f"{told}；{names}由部门间流转，不用再交。" if names else f"{told}。"


STORY: dict[str, Told] = {
    "application.open": Told("开始录入", public=False),
    "application.begin_renewal": Told("为证照申请延续", public=False),
    "application.submit": Told("网上提交预审", lambda f, t: "预审不是收件，也不是受理；请等窗口答复。"),
    "application.begin_pre_check": Told("窗口开始预审"),
    "application.pass_pre_check": Told("预审通过", lambda f, t: "不用带原件。" if f.get("at_once") else "到窗口时只核对原件。"),
    "application.return_pre_check": Told("预审退回", _all_that_lacks),
    "application.receive": Told("窗口收件", lambda f, t: "已出具收件凭证；收件不等于受理。", from_home="网上收件"),
    "application.begin_check": Told("窗口核对材料", public=False),
    "application.correct": Told("更正录入并重打凭证", lambda f, t: f.get("reason", ""), public=False),
    "application.reprint": Told("补打收件凭证", _reason, public=False),
    "application.attach": Told("上传材料扫描件", lambda f, t: t.names([f.get("material", "")]), public=False),
    "application.clear_file": Told("材料文件通过安全检查", lambda f, t: t.names([f["material"]]), public=False),
    "application.refuse_file": Told(
        "材料文件有病毒，没有收下", lambda f, t: "：".join(filter(None, [t.names([f["material"]]), "请杀毒后重新拍照、扫描再上传。"]))
    ),
    "application.reuse": Told("使用已有的材料或证照", lambda f, t: t.names([f["material"]])),
    "application.warn_draft": Told("提醒草稿到期", lambda f, t: f"保留到 {day_cn(f['until'])}。"),
    "application.expire_draft": Told("草稿到期删除"),
    "application.detach": Told("移除材料扫描件", public=False),
    "application.ask_supplement": Told(
        "一次性告知补正",
        _to_bring,
    ),
    "application.take_supplement": Told(
        "收到补正材料",
        lambda f, t: _came_and_lacks(f, t) + _posted(f),
    ),
    "application.resubmit": Told(
        "补齐材料", _brought
    ),
    "application.mend": Told("网上更正填写内容", _mended),
    "application.accept": Told("予以受理", lambda f, t: _gaps(f, t) + _posted(f)),
    "application.deem_accept": Told("视为受理", lambda f, t: f"窗口未在期限内告知，自 {day_cn(f['on'])} 起视为受理。"),
    "application.not_handle": Told("告知无需办理", _reason),
    "application.not_accept": Told("不予受理", _turned_away),
    "application.lapse": Told("补正期限已过", lambda f, t: "依法视为撤回申请，可以重新申请。"),
    "application.void": Told("录入作废", _reason),
    "application.withdraw": Told("申请人撤回", _reason),
    "application.terminate": Told("终止办理", _reason),
    "application.supply_gap": Told("收到容缺材料", lambda f, t: f"{t.names(f['materials'])}{_posted(f)}"),
    "application.begin_next": Told("下一步受理", lambda f, t: f"{begun_words(f['begun'], len(f['begun']))}。"),
    "application.amend": Told("情形更正", lambda f, t: _amended(f)),
    "application.coordinate": Told("牵头部门协调意见", _reason, public=False),
    "application.note": Told("内部备注", public=False),
    "application.choose_handout": Told("领取方式已登记", lambda f, t: f"{'情形更正以后，结果不能寄：' if f.get('dropped') else ''}{HandOut(f['way']).label}。"),
    "application.change_contact": Told("联系手机已更改"),
    "application.redate": Told("期限变动", lambda f, t: _redated(f)),
    "application.redate_step": Told("环节期限变动", lambda f, t: _redated(f), public=False),
    "application.explain_overrun": Told(
        "超期的原因", lambda f, t: f"“{f['item']}”应在 {day_cn(f['due_on'])} 前办结。部门说明：{f['reason']}"
    ),
    "application.finish": Told("办结", lambda f, t: Application.OUTCOMES.get(f["outcome"], "")),
    "member.accept_with_gap": Told("容缺受理", lambda f, t: f"请在 {day_cn(f['cure_by'])} 前（含当日）补齐，逾期撤销受理。"),
    "member.cure_gap": Told("容缺已了结", lambda f, t: _cured(f)),
    "member.begin_review": Told("部门开始审查"),
    "member.notify_pause": Told("出具特别程序告知书", _to_be_served),
    "member.serve_pause": Told("特别程序告知书已送达", lambda f, t: f"{day_cn(f['on'])}送达。"),
    "member.drop_pause": Told("特别程序告知书作废", _reason),
    "member.pause": Told("进入特别程序", _paused),
    "member.resume": Told("特别程序结束，继续审查", _resumed),
    "member.extend": Told("批准延长期限", _extended),
    "member.grant": Told("决定：准予"),
    "member.refuse": Told("决定：不予", lambda f, t: f.get("reason", "")),
    "member.seal": Told("文书登记用印"),
    "member.make_ready": Told("结果已到出件窗口", lambda f, t: _ready(f)),
    "member.reissue": Told("更正补发，原来的作废", lambda f, t: _reissued(f)),
    "application.announce": Told("全部办好，可以领取", lambda f, t: _announced(f)),
    "member.collect": Told("结果已领取", lambda f, t: _counts_from(f), left="拒收，已依法留置送达", noticed="公告期满，视为送达"),
    "member.take_back": Told(
        "领取登记已撤销，结果仍在出件窗口",
        lambda f, t: f"{f['reason'].rstrip('。')}。" + ("" if f.get("again") else "原来登记的送达日不算。"),
        noticed="公告送达登记已撤销，结果仍在出件窗口",
    ),
    "application.hand_to_proxy": Told("结果由他人代领", lambda f, t: f"{f['relation']}凭代领凭据领取：{'、'.join(f['items'])}。"),
    "parcel.request": Told("结果已交寄", lambda f, t: f"{'、'.join(f['items'])}{'' if f.get('again') else '；签收的那天是送达日'}。"),
    "parcel.take_waybill": Told("快递已下单", lambda f, t: f"运单号 {f['waybill']}。"),
    "parcel.decline": Told("快递公司不收", _reason, public=False),
    "parcel.call_off": Told("快递取消，不用上门取件", _reason, public=False),
    "parcel.collect": Told("快递已揽收"),
    "parcel.carry": Told("快递运输中"),
    "parcel.bring": Told("快递派送中"),
    "parcel.refuse": Told("快递拒收，退回途中", _reason),
    "parcel.lose": Told("快递丢失", _reason),
    "parcel.turn_up": Told("快递后来还是送到了"),
    "parcel.sign_late": Told(
        "先寄的快递后来签收了",
        lambda f, t: f"运单号 {f['waybill']}，{day_cn(f['on'])}签收；结果已经另寄一件{'（运单号 ' + f['again'] + '）' if f['again'] else ''}。",
    ),
    "parcel.come_back": Told("快递已退回出件窗口", _reason),
    "member.come_back": Told("没有送达，结果仍由出件窗口处理", _reason, void="没有送达，决定已经撤销，不再寄"),
    "member.serve": Told("结果已送达", lambda f, t: ("快递由他人签收。" if f.get("by_other") else "") + _counts_from(f), void="快递签收了，决定已经撤销，不算送达"),
    "member.revoke_acceptance": Told("撤销受理", _reason),
    "member.not_start": Told("不再启动", _reason),
    "member.terminate": Told("终止", _reason),
    "inspection.plan": Told("发起踏勘，征集部门空闲时间", public=False),
    "inspection.join": Told("又有事项参加踏勘", lambda f, t: "、".join(f["items"]), public=False),
    "inspection.confirm": Told("踏勘时间已定", lambda f, t: f"{day_cn(f['visit_on'])}，{f['place']}", public=False),
    "inspection.replan": Told("踏勘改期", _reason),
    "inspection.redate": Told("报空闲时间的截止日变动", lambda f, t: f"由 {day_cn(f['old'])} 改为 {day_cn(f['new'])}，工作日历有变更。", public=False),
    "inspection.notify": Told("通知踏勘时间", _visit),
    "inspection.notify_again": Told("通知复查时间", lambda f, t: f"{f['when']}，{f['place']}。请派人到场，只看没有改好的。"),
    "inspection.notify_also": Told("补充通知踏勘人员", lambda f, t: f"{f['when']}，{f['place']}，时间不变。"),
    "inspection.hold": Told("现场踏勘", lambda f, t: day_cn(f["on"])),
    "inspection.gather": Told("踏勘结论已收齐", public=False),
    "inspection.require_rectification": Told("需要整改", lambda f, t: _to_mend(f)),
    "inspection.require_beside": Told("另有需要整改的", lambda f, t: _to_mend(f)),
    "inspection.reinspect": Told("安排复查", public=False),
    "inspection.close": Told(
        "踏勘完结",
        lambda f, t: "".join(told for name, told in SEEN.items() if f.get(name)) or "各部门的结论都是符合。",
    ),
    "inspection.cancel": Told("踏勘取消", _reason),
    "inspectionpart.offer": Told("部门报空闲时间", public=False),
    "inspectionpart.name_officers": Told("部门确定踏勘人员", public=False),
    "inspectionpart.record": Told("填写踏勘记录", public=False),
    "inspectionpart.add_photo": Told("上传踏勘照片", public=False),
    "inspectionpart.clear_photo": Told("踏勘照片通过安全检查", public=False),
    "inspectionpart.refuse_photo": Told("踏勘照片有病毒，没有收下", public=False),
    "inspectionpart.conclude": Told("出具踏勘结论", _concluded, public=False),
    "inspectionpart.miss": Told("踏勘结论逾期未出具", public=False),
    "inspectionpart.leave": Told("不再参加踏勘", public=False),
    "consultation.ask": Told("向其他部门征求意见", lambda f, t: _consulted(f), public=False),
    "consultation.gather": Told("征求的意见已收齐", lambda f, t: _gathered(f), public=False),
    "consultation.resolve": Told("处理部门意见分歧", _reason, public=False),
    "consultation.reopen": Told("又有部门不同意，分歧待处理", lambda f, t: f["department"], public=False),
    "consultation.recall": Told("撤回征求意见", _reason, public=False),
    "opinion.answer": Told("部门答复意见", lambda f, t: _answered(f), public=False),
    "opinion.miss": Told("部门逾期未答复意见", lambda f, t: _silent(f), public=False),
    "member.withdraw": Told("申请人撤回", _reason),
    "member.notify": Told("收到前一事项办结的书面通知", lambda f, t: _notified(f, t)),
    "member.remind": Told("催办", lambda f, t: f.get("text", ""), public=False),
    "job.claim": Told("审批人员领办", public=False),
    "job.reassign": Told("改派承办人", _reason, public=False),
    "job.give_back": Told("退回待领办", _reason, public=False),
    "job.return_to_router": Told("退回分办", _reason, public=False),
    "job.reroute": Told("重新分办", _reason, public=False),
    "job.record_hearing": Told("举行听证", lambda f, t: day_cn(f["held_on"])),
    "hearing.tell": Told(
        "告知听证权利",
        lambda f, t: f"申请人、利害关系人可以在{_request_by(f)}申请听证；逾期视为放弃。",
    ),
    "hearing.request": Told(
        "收到听证申请", lambda f, t: {"applicant": "申请人提出。"}.get(f["who"], "利害关系人提出。")
    ),
    "hearing.join": Told("又有人申请听证", lambda f, t: {"applicant": "申请人也提出。"}.get(f["who"], "利害关系人也提出。")),
    "hearing.waive": Told("无人申请听证", lambda f, t: "申请听证的期限已过，视为放弃。"),
    "hearing.call": Told("通知听证", lambda f, t: _called(f)),
    "hearing.call_off": Told("听证取消", _reason),
    "hearing.withdraw": Told("撤回听证申请，不再听证", _reason),
    "hearing.hold": Told("举行听证", lambda f, t: day_cn(f["on"])),
    "reviewsupplement.ask": Told("审查中要求补正", lambda f, t: f"请在 {day_cn(f['cure_by'])} 前（含当日）补交通知书列明的材料。"),
    "reviewsupplement.take": Told(
        "收到审查补正材料",
        lambda f, t: _came_and_lacks(f, t) + ("（逾期）" if f["late"] else "") + _posted(f),
    ),
    "reviewsupplement.mend": Told("网上更正填写内容", _mended),
    "reviewsupplement.complete": Told("审查补正材料已补齐", lambda f, t: "情形或者填写的内容更正后，没有补交的不再要求。" if f.get("let_go") else ""),
    "reviewsupplement.expire": Told("审查补正期限已过", lambda f, t: "不视为撤回；部门根据现有材料作出决定。"),
    "commitment.sign": Told("登记告知承诺书", lambda f, t: f"{f['signed_by']}签署。"),
    "commitment.begin": Told("按告知承诺准予", lambda f, t: f"{day_cn(f['inspect_by'])}前核查承诺是否属实。"),
    "commitment.confirm": Told("核查承诺：属实"),
    "commitment.rectify": Told("核查承诺：不符，限期整改", lambda f, t: f"{day_cn(f['rectify_by'])}前（含当日）整改到位。"),
    "commitment.revoke": Told("承诺不实，撤销决定", _reason),
    "commitment.repair": Told("信用已修复", _reason),
    "cancellation.ask": Told("申请注销证照", lambda f, t: f"{f['certificate']}，{f['reason']}"),
    "cancellation.withdraw": Told("撤回注销申请", _reason),
    "cancellation.grant": Told("准予注销", lambda f, t: f"{f['certificate']}，{day_cn(f['on'])}起不再有效。"),
    "cancellation.order": Told("注销证照", lambda f, t: f"{f['certificate']}，{day_cn(f['on'])}起不再有效。{f['reason']}"),
    "cancellation.take_original": Told("注销的证照原件已交回", lambda f, t: f"{f['certificate']}。"),
    "cancellation.decline": Told("不予注销", lambda f, t: f"{f['certificate']}，{f['reason']}"),
    "renewal.mark": Told("登记为延续申请", lambda f, t: f"原证 {f['certificate']}，有效期至 {day_cn(f['valid_to'])}。"),
    "renewal.deem": Told(
        "视为准予延续",
        lambda f, t: (
            "按时申请、届满前没有作出决定，依法视为准予延续"
            + (f"，延续至 {day_cn(f['until'])}。" if f["until"] else "。")
        ),
    ),
    "renewal.renew": Told("准予延续", lambda f, t: f"延续至 {day_cn(f['until'])}。" if f["until"] else "长期有效。"),
    "renewal.refuse": Told("不予延续"),
    "renewal.expire": Told(
        "原证已过有效期", lambda f, t: "届满前没有按时申请、材料没有齐全或者原证已经失效，按新办继续办理。"
    ),
    "renewal.drop": Told("延续申请已随办件结束"),
    "member.deem_renew": Told("决定：视为准予延续", _reason),
    "job.conclude": Told("提交审查意见", _opinion, public=False),
    "job.send_back": Told("负责人退回重审", _reason, public=False),
}
