"""What is told to the parties of a case when something happened: a title and what to do, in plain words, without personal data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from apps.directory.queries import parties_of
from apps.directory.queries_mandates import mandates_ended, standing_mandate
from apps.journal.models import Event
from apps.kit.days import day_cn
from apps.kit.time import BEIJING

from .display import bring_to, desk_of
from .handout import HandOut
from .models import Application, Cancellation, Channel, Commitment, Hearing, Member, ReviewSupplement

# event -> (title, sentence): of every event that config/switchboard.py tells (TELL). What stands in braces says `_filled`: {name} the item,
# {day} the day that the event names, {when} of a visit or hearing, {due} the new day, and what else is wanted.
WORDS: dict[str, tuple[str, str]] = {
    "application.receive": ("已收件：{name}", "办件编号 {number}。收件不等于受理，窗口会在期限内告知是否受理。"),
    "application.correct": (
        "已收件，申请人已更正：{name}",
        "办件编号 {number}。收件时录错了申请人，已经更正，以新的收件凭证为准。收件不等于受理，窗口会在期限内告知是否受理。",
    ),
    "application.ask_supplement": (
        "请补正材料：{name}",
        "请在 {day} 前（含当日）补齐，逾期视为撤回申请。点开看要补什么，可以直接在网上补交。",
    ),
    "reviewsupplement.ask": (
        "请补正材料：{name}",
        "部门审查时请您在 {day} 前（含当日）补正，逾期按现有材料作出决定。点开看要补什么，可以直接在网上补交。",
    ),
    "inspection.notify": (
        "约好现场踏勘：{name}",
        "{when}，有关部门一次来看，请安排人在场。点开看通知书；这一天不行的，请尽早联系组织踏勘的部门改期。",
    ),
    "inspection.notify_also": ("踏勘通知有补充：{name}", "{when}，时间不变；来的部门、人员有补充，以新的通知书为准。"),
    "inspection.notify_again": ("约好现场复查：{name}", "{when}，请按整改通知书准备好，安排人在场。"),
    "application.refuse_file": ("文件有病毒：{name}", "您上传的一个文件查出了病毒，没有收下。请杀毒后重新拍照、扫描再上传。"),
    "application.accept": ("已受理：{name}", "办理期限开始计算，点开看哪天办结。"),
    "application.deem_accept": ("视为受理：{name}", "窗口没有在期限内告知，依法自 {day} 起视为受理。"),
    "application.not_handle": ("无需办理：{name}", "这件事依法不需要办理，理由见不予受理通知书。"),
    "application.not_accept": ("不予受理：{name}", "理由和救济途径见不予受理通知书。"),
    "application.lapse": ("补正期限已过：{name}", "依法视为撤回申请，可以重新申请。"),
    "application.void": ("收件登记已作废：{name}", "{number} 是录入错误，已经作废，不再办理，收件凭证请不要再用；仍要办的请联系受理窗口。点开看理由。"),
    "application.terminate": ("已终止办理：{name}", "不能继续办理，没有作出决定；原因见办件终止告知书；交过材料原件的，可以取回。"),
    "application.withdraw": ("已撤回：{name}", "申请已经撤回；交过材料原件的，可以取回。"),
    "application.return_pre_check": ("预审退回：{name}", "按窗口写明的内容改好后可以再次提交。"),
    "application.pass_pre_check": ("预审通过：{name}", "请正式提交；需要原件的，到窗口时只核对原件。"),
    "member.grant": ("准予：{name}", "决定文书正在制作、登记用印，办好时再告诉您。"),
    "member.refuse": ("不予：{name}", "理由和救济途径见决定书。"),
    "member.make_ready": ("可以领取了：{name}", "请带身份证件和收件凭证到{desk}领取。"),
    "member.reissue": ("更正补发：{name}", "原来的已经作废，请不要再用；新的正在制作，办好时再告诉您。"),
    "parcel.take_waybill": ("已寄出：{name}", "运单号 {waybill}，签收的那天是送达日。"),
    "parcel.refuse": ("快递被拒收：{name}", "结果正在退回出件窗口，没有送达；退回以后可以更改领取方式，再寄一次或者到窗口领取。"),
    "member.come_back": ("没有送达：{name}", "{reason}，结果由出件窗口处理；可以更改领取方式，再寄一次或者到窗口领取。"),
    "member.serve": ("已送达：{name}", "送达日是 {day}。"),
    "application.announce": ("全部办好，可以领取了：{name}", "请带身份证件和收件凭证到{desk}一次领取。"),
    "member.take_back": ("领取登记已撤销：{name}", "{day}登记的领取有误，已经撤销；结果还在出件窗口。点开看理由和送达日。"),
    "application.begin_next": ("下一步已受理：{name}", "前一事项办结了，从 {day} 起受理：{begun}。不用您再交申请。"),
    "application.hand_to_proxy": (
        "已由他人代领：{name}",
        "{day}，{relation}凭代领凭据领走了：{items}。这天就是送达日；不是您委托的，请马上联系出件窗口或者拨打 12345。",
    ),
    "application.choose_handout": (
        "领取方式已更改：{name}",
        "工作人员登记了结果的领取方式，点开看怎样领取、寄到哪里；不是您要求的，请马上联系受理窗口。",
    ),
    "application.change_contact": (
        "联系手机已更改：{name}",
        "受理窗口登记了新的联系手机，以后的短信发到那里；不是您要求的，请马上联系受理窗口。",
    ),
    "application.amend": ("情形已更正：{name}", "要办的事项有增减，见变更告知书；点开看现在办哪些、哪天办结。"),
    "member.withdraw": ("已撤回一项：{name}", "这一项不再办理，其余各项照常；要等它办出来的事项不再启动。"),
    "member.not_start": ("不再启动：{name}", "{reason}，这一项不再启动，没有作出决定；条件具备以后可以另行申请。"),
    "member.notify_pause": ("要进入特别程序：{name}", "告知书送达以前，期限照常计算。点开看原因和预计多久。"),
    "member.drop_pause": ("不进入特别程序：{name}", "特别程序告知书已经作废，期限照常计算。点开看理由。"),
    "member.pause": ("进入特别程序：{name}", "所需时间不计入办理期限，结束后另行告知新的办结日。点开看原因和预计多久。"),
    "member.resume": ("特别程序结束：{name}", "办理期限继续计算，{due}。"),
    "member.extend": ("期限延长：{name}", "经批准延长一次，{due}。理由见延期通知书。"),
    "member.deem_renew": ("视为准予延续：{name}", "届满前没有作出决定，依法视为准予延续，办好时再告诉您。"),
    "hearing.tell": ("可以申请听证：{name}", "请在 {day} 前（含当日）提出，逾期视为放弃。点开看告知书。"),
    "hearing.request": ("有人申请听证：{name}", "利害关系人在期限内申请了听证，听证以前不作出决定；时间、地点由部门另行通知。"),
    "hearing.call": ("听证通知：{name}", "{when}，{place}。点开看通知书。"),
    "hearing.call_off": ("听证取消：{name}", "原来通知的听证不开了，请不要等；审查照常进行。点开看理由。"),
    "hearing.withdraw": ("听证申请已撤回：{name}", "申请听证的人撤回了，听证不再举行，审查照常进行；是您申请、不是您撤回的，请联系受理窗口。"),
    "inspection.require_rectification": ("踏勘后需要整改：{name}", "请在 {day} 前（含当日）按整改通知书整改，部门再来复查。"),
    "inspection.require_beside": ("踏勘后另有需要整改的：{name}", "请在 {day} 前（含当日）按整改通知书整改，部门再来复查；原来要求整改的照旧。"),
    "inspection.close": ("踏勘完结：{name}", "各部门的踏勘结论都出来了，点开看现场踏勘记录表；接下来由各部门作出决定。"),
    "inspection.replan": ("踏勘改期：{name}", "原来约的时间不去了，请不要等；新的时间另行通知。点开看理由。"),
    "inspection.cancel": ("踏勘取消：{name}", "原来约的踏勘不去了，请不要等。点开看理由。"),
    "commitment.sign": (
        "已签署告知承诺书：{name}",
        "代您办理的人在网上用您的名义签署了告知承诺书，承诺不实由您承担后果。点开看承诺的内容；不是您同意的，请马上联系受理窗口。",
    ),
    "commitment.confirm": ("核查承诺，属实：{name}", "核查结果与承诺一致，决定和证照继续有效。"),
    "commitment.rectify": ("核查承诺，限期整改：{name}", "核查发现与承诺不符，请在 {day} 前（含当日）整改到位。"),
    "commitment.revoke": ("撤销决定：{name}", "承诺不实，逾期没有整改，依法撤销。理由和救济途径见决定书。"),
    "cancellation.ask": ("收到注销申请：{name}", "部门决定以前，证照照常有效；不想注销了，可以撤回申请。不是您申请的，请马上联系受理窗口。"),
    "cancellation.withdraw": ("注销申请已撤回：{name}", "证照照常有效，已经交回的原件请到受理窗口取回；不是您撤回的，请马上联系受理窗口。"),
    "cancellation.grant": ("已注销：{name}", "按您的申请，证照从 {day} 起不再有效。点开看注销决定书。"),
    "cancellation.order": ("已注销：{name}", "证照从 {day} 起不再有效。理由和救济途径见注销决定书。"),
    "cancellation.decline": ("不予注销：{name}", "证照继续有效，已经交回的原件请到受理窗口取回。理由和救济途径见决定书。"),
    "member.revoke_acceptance": ("撤销受理：{name}", "容缺材料没有按期补齐，依法撤销受理，可以重新申请。"),
}

# What goes by courier: nobody comes for it.
SENT = {
    "member.make_ready": ("已办好，准备寄出：{name}", "由出件窗口按您留的地址寄出；要改地址或者来窗口领取，请尽快更改领取方式。"),
    "application.announce": ("全部办好，准备寄出：{name}", "{kept}按您留的地址寄出；要改地址或者来窗口领取，请尽快更改领取方式。"),
}

# What was made anew is given: the decision was served before, and its day stays.
AGAIN = {
    "parcel.take_waybill": ("已寄出：{name}", "运单号 {waybill}。寄的是更正补发的，决定的送达日不变。"),
    "member.serve": ("已送达：{name}", "更正补发的已经签收，决定的送达日不变。"),
    "application.hand_to_proxy": (
        "已由他人代领：{name}",
        "{day}，{relation}凭代领凭据领走了更正补发的：{items}。决定的送达日不变；不是您委托的，请马上联系出件窗口或者拨打 12345。",
    ),
}

# It was given to somebody else: who signed stands on the page of the case, in no message.
BY_OTHER = {
    "member.serve": ("已送达，由他人签收：{name}", "快递由他人签收，{served}。点开看是谁签收的；没有收到的，请马上联系出件窗口或者拨打 12345。"),
}

# He has promised what is missing, and loses the acceptance with that day.
PROMISED = {
    "application.accept": (
        "已容缺受理：{name}",
        "承诺后补的材料请在 {day} 前（含当日）补齐，逾期撤销受理。点开看要补什么：可以在网上补，也可以{bring}受理窗口。",
    ),
}

# Nobody had fetched it, and {day} is not the day on which it was registered.
NOTICED = {
    "member.take_back": ("公告送达登记已撤销：{name}", "{day}期满的公告送达登记有误，已经撤销；结果还在出件窗口。点开看理由。"),
}

# The time that was told before is over: who has both words must know which one holds.
PUT_OFF = {
    "hearing.call": ("听证改期：{name}", "改在 {when}，{place}，以这次通知为准。点开看新的通知书。"),
}

# The time that was told before stands: who notes another day would miss it.
MOVED = {
    "hearing.call": ("听证安排有变化：{name}", "时间不变：{when}，{place}；以这次通知为准。点开看新的通知书。"),
}

# The time for serving the decision runs out, by the light of its clock: who has not come for the result is reminded.
_SOON = ("请来领取结果：{name}", "结果在{desk}等您，请尽量在 {day} 前（含当日）带身份证件和收件凭证来领取，也可以请人代领。")
FETCH = {
    "yellow": _SOON,
    "red": _SOON,  # told once: to whom the yellow light told nothing, since nobody swept that day or it was not at the desk yet
    "overdue": ("结果还没有领取：{name}", "送达期限 {day} 已过，结果还在{desk}，请带身份证件和收件凭证来领取，也可以请人代领。"),
}

# Whoever came to the desk with his number may have asked for it, and who acts for him may not have asked him: told where he has not done
# it himself.
NOT_BY_HIMSELF = ("application.choose_handout", "application.change_contact")
BY_AGENT_ONLY = ("commitment.sign",)  # at the counter it is a paper that he signed
ON_BEHALF = {
    "application.choose_handout": (
        "领取方式已更改：{name}",
        "代您办理的人在网上更改了结果的领取方式，点开看怎样领取、寄到哪里；不是您同意的，请马上改回来，或者联系受理窗口。",
    ),
    "application.change_contact": (
        "联系手机已更改：{name}",
        "代您办理的人在网上把联系手机改成了他自己的，以后的短信发到那里；不是您同意的，请马上改回来，或者联系受理窗口。",
    ),
}

# With other answers the items are others, whose results are not sent.
DROPPED = {
    "application.choose_handout": ("改为到窗口领取：{name}", "更正情形以后，这件的结果不能寄，原来登记的快递送达不再算；办好时请到{desk}领取。"),
}

# A fact of the event -> the words in place of the others.
BY_FACT = (
    ("cure_by", PROMISED),
    ("again", AGAIN),
    ("by_other", BY_OTHER),
    ("noticed", NOTICED),
    ("agent", ON_BEHALF),
    ("dropped", DROPPED),
    ("put_off", PUT_OFF),
    ("changed", MOVED),
)

# Events of something that belongs to one item are told by the item's name, all others by the case's.
NAMED = {"member": (Member, "name"), **{kind: (model, "member__name") for kind, model in (
    ("hearing", Hearing), ("commitment", Commitment), ("cancellation", Cancellation), ("reviewsupplement", ReviewSupplement))}}  # fmt: skip
DAYS = ("cure_by", "rectify_by", "request_by", "on")


def _untold(event: Event, application: Application) -> bool:
    """Of this nothing is said to anybody."""
    said, name = event.facts, event.name
    # Who came for a result that waits for the others would come in vain; of a pre-check that was accepted at once the acceptance is
    # told; an envelope whose papers are all void is none.
    if {"together", "at_once", "void"} & {fact for fact, holds in said.items() if holds is True}:
        return True
    if name in ("inspection.replan", "inspection.cancel") and not said.get("told"):  # nobody knew of the visit
        return True
    if name in NOT_BY_HIMSELF and event.by_kind != "staff" and "agent" not in said:
        return True
    if name in BY_AGENT_ONLY and "agent" not in said:
        return True
    if name == "hearing.request" and said.get("who") != Hearing.Who.THIRD_PARTY:  # he asked himself
        return True
    # A slip of the pen: his voucher is new, of his phone another event tells; what is told is in whose case it was.
    if name == "application.correct" and not said.get("whose"):
        return True
    if name == "member.withdraw" and event.by_kind == "system":  # it went with the whole, which is told
        return True
    ends = name in ("inspection.close", "inspection.cancel")
    return ends and application.state not in (*Application.BEFORE_ACCEPTANCE, *Application.ACCEPTED)  # withdrawn: nobody decides


def words_for(event: Event, application: Application) -> tuple[str, str] | None:
    """(title, sentence) of what is told, None where nothing is."""
    if _untold(event, application):
        return None
    title, text = _sentences(event)
    filled = _filled(event, application)
    return title.format(**filled), text.format(**filled)


def _sentences(event: Event) -> tuple[str, str]:
    """Those of the event, or those that stand in their place where a fact of it wants others; the last of BY_FACT goes first."""
    said, name = event.facts, event.name
    for fact, others in reversed(BY_FACT):
        if said.get(fact) and name in others:
            return others[name]
    return SENT[name] if said.get("way") == HandOut.COURIER and name in SENT else WORDS[name]


def _filled(event: Event, application: Application) -> dict[str, str]:
    """What stands in the braces, whichever of them the sentences have."""
    said, desk = event.facts, desk_of(application)
    when, reason = str(said.get("when", ""))[:60], str(said.get("reason", ""))[:60]
    if "at" in said:
        when = f"{datetime.fromisoformat(said['at']).astimezone(BEIJING):%Y年%-m月%-d日 %H:%M}"
    if event.name == "member.come_back":
        reason = f"快递{reason.removeprefix('快递')}"
    day, due = day_cn(next(filter(None, map(said.get, DAYS)), None)), day_cn(said.get("due_on"))
    if event.name == "hearing.tell" and "request_by" not in said:  # written before 27 November 2026, and told late
        day = "告知书写明的日期"
    kept = said.get("kept")
    return {
        "name": _name(event, application)[:60],
        "number": application.number or "",
        "day": day,
        "due": f"新的办结日是 {due}" if due else "办结日另行告知",
        "served": "决定的送达日不变" if said.get("again") else f"送达日是 {day}",
        "desk": desk,
        "bring": bring_to(application),
        "kept": f"{several(kept)}的结果不能寄，请带身份证件和收件凭证到{desk}领取；其余的" if kept else "由出件窗口",
        "items": "、".join(f"“{item}”" for item in said.get("items", ()))[:200],
        "begun": begun_words(said.get("begun", ())),
        "when": when,
        "reason": reason,
        **{name: str(said.get(name, ""))[:60] for name in ("waybill", "place", "relation")},
    }


def several(names: Sequence[str], most: int = 5) -> str:
    """The first few by name: what is told goes by short message as well, and has an end."""
    return f"“{'、'.join(name[:40] for name in names[:most])}”" + (f"等 {len(names)} 项" if len(names) > most else "")


def begun_words(begun: list[dict], most: int = 5) -> str:
    """“排水许可”最迟2018年3月20日办结、…: of the items that began together, the first few by name."""
    named = [f"“{one['item'][:40]}”最迟{day_cn(one['due_on'])}办结" for one in begun[:most]]
    return "、".join(named) + (f"，另有 {len(begun) - most} 项" if len(begun) > most else "")


def told(application: Application) -> list[int]:
    """The parties to whom it is said. At the counter the agent showed his paper, which holds until a mandate that he has on record
    here comes to its end; from home he acts by his mandate."""
    agent, counter = application.agent_id, application.channel == Channel.COUNTER
    if counter and agent and mandate_over(application):
        agent = None
    return parties_of(application.applicant_id, agent, "" if counter else application.code)


def unsent(application: Application) -> str:
    """How a draft is told to be one: what the pre-check sent back was handed in once, and its applicant knows it."""
    return "没有重新提交" if application.state == Application.State.PRE_RETURNED else "没有提交"


def mandate_over(application: Application) -> bool:
    """He acted by a mandate on record, it ended after the case came in, and none stands. What he sent from home came in, by that
    mandate, before it was received: it may have ended in between."""
    about = (application.agent_id, application.applicant_id, application.code)
    came = application.receipt_date or date.max
    if application.channel != Channel.COUNTER:
        came = date.min
    if not any(mandate.ended_on >= came for mandate in mandates_ended(*about)):
        return False
    return standing_mandate(application.applicant_id, application.agent_id, application.code) is None


def _name(event: Event, application: Application) -> str:
    if event.subject_type not in NAMED:
        return application.name
    model, field = NAMED[event.subject_type]
    return model.objects.values_list(field, flat=True).get(pk=event.subject_id)
