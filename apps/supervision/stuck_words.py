"""What is stuck, in words of who has to do something about it: what was to be done, after what, what it means that it was not, and
whose help it takes. What the engineer reads (chain, event, listener, error) stays as it is."""

from __future__ import annotations

from dataclasses import dataclass

from apps.applications.story_sentences import STORY
from apps.kit import errors

# listener -> what it was to do, what is wrong as long as it has not
WORK = {
    "issuance.render": ("打印文书", "文书还没有出来，窗口和办事人都看不到。"),
    "applications.light": ("更新时限灯和到期日", "各清单上的灯和到期日可能还是旧的。"),
    "applications.lapsed": ("办理期限届满的后果", "期限已过，法定的后果（视为受理、视为撤回等）还没有登记。"),
    "applications.deadline_moved": ("告知期限变动", "办事人还不知道到期日变了。"),
    "applications.tell": ("发站内消息", "办事人还没有收到这一步的消息。"),
    "applications.answered_late": ("收下按时上传的补正，或者登记逾期的后果", "材料按时上传、安全检查晚了，补正还没有登记收到，没有补全的后果也还没有登记。"),
    "applications.left_behind": ("提醒有人离岗", "负责人还不知道离岗的人手上有没办完的工作。"),
    "applications.fixed_days": ("提醒踏勘、听证的日子变成休息日", "定在那天的人还不知道要改期。"),
    "applications.offer": ("告知事项停办或者恢复", "有草稿的办事人还不知道。"),
    "feedback.clock": ("更新函告的期限", "函告的逾期或者新的答复期限还没有登记。"),
    "feedback.calendar": ("重算咨询的答复期限", "咨询还按旧的工作日历计算。"),
    "gateway.notify": ("准备短信和邮件", "办事人还没有收到这一步的短信和邮件。"),
    "gateway.order_courier": ("向快递公司下单", "快递公司还不知道要上门取件。"),
    "gateway.call_off_courier": ("取消已撤销决定的快递", "快递公司可能还会上门取件。"),
    "gateway.call_off_taken_back": ("取消窗口收回的快递", "快递公司可能还会上门取件。"),
    "supervision.card": ("给出红黄牌或者提醒", "部门和监督人员还没有收到这张牌。"),
    "supervision.card_moved": ("收回不再成立的红黄牌", "到期日已经改变，部门可能还在按旧的牌说明原因。"),
    "supervision.card_handed_on": ("把红黄牌和提醒交给接办的部门", "接办的部门还没有收到提醒；原承办部门没有人在岗的，它的牌还没有人能说明原因。"),
    "supervision.card_served": ("收回不再成立的红黄牌", "告知书送达以后期限已经停止计算，部门可能还在按这张牌说明原因。"),
    "deadlines.recompute": ("按新的放假安排重算期限", "办理中的期限还按旧的安排计算。"),
    "deadlines.recompute_day": ("按本地的上班安排重算期限", "办理中的期限还按旧的安排计算。"),
}
# What the story of a case does not tell.
EVENTS = {
    "application.answer_late": "文件的安全检查在期限以后才有结果",
    "clock.turn_yellow": "时限灯变黄",
    "clock.turn_red": "时限灯变红",
    "clock.lapse": "期限已过",
    "clock.recompute": "到期日重新计算",
    "document.queue": "文书等待打印",
    "document.requeue": "文书重新打印",
    "definition.suspend": "事项暂停办理",
    "definition.cancel": "事项取消",
    "definition.resume": "事项恢复办理",
    "edition.load": "载入放假安排",
    "edition.publish": "发布放假安排",
    "localexception.register": "登记本地的上班安排",
    "localexception.withdraw": "撤销本地的上班安排",
    "post.end": "岗位结束",
    "user.lock": "账号停用",
}

TRY_AGAIN = "情况恢复以后，可以直接重新投递。"
ENGINEER = "重新投递多半还是一样，请先交技术人员处理。"
AWAY = {"ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "BrokenPipeError", "TimeoutError", "Later"}
DATABASE = {"OperationalError", "InterfaceError", "DatabaseError", "InternalError"}
DISK = {"OSError", "FileNotFoundError", "PermissionError", "FileExistsError", "NotADirectoryError", "IsADirectoryError"}
REFUSALS = {
    kind.__name__
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.DomainError) and kind is not errors.Unavailable
}


@dataclass(frozen=True)
class Words:
    work: str
    meanwhile: str
    after: str  # the event
    cause: str
    cure: str


def words(listener: str, event: str, error: str) -> Words:
    work, meanwhile = WORK.get(listener, ("后台的一步工作", ""))
    told = STORY.get(event)
    cause, cure = _cause(error)
    return Words(work, meanwhile, EVENTS.get(event) or (told.title if told else ""), cause, cure)


def _cause(error: str) -> tuple[str, str]:
    """What the kind of the error says; a refusal of our own is a sentence already."""
    kind, _, said = error.partition(": ")
    if said.startswith("no handler is named"):
        return "现在运行的程序版本不认识这步工作。", ENGINEER
    if said.startswith("文书文件写入失败"):
        kind = "OSError"
    if kind in REFUSALS:
        return f"按现在的情况办不了：{said}", "请先看办件现在的状态；还需要时再重新投递。"
    if kind in DATABASE:
        return "数据库当时没有应答。", TRY_AGAIN
    if kind in DISK:
        return "服务器上的文件当时读写不了（磁盘满了、断开了或者没有权限）。", "请技术人员看过磁盘以后再重新投递。"
    if kind == "Unavailable" or kind in AWAY:
        return "另一个系统或者服务器的一部分当时没有应答。", TRY_AGAIN
    return "程序出错了。", ENGINEER
