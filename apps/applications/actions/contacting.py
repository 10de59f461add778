"""The phone by which an applicant is told and asks how far it is (联系手机): changed as long as something is still to come."""

from __future__ import annotations

from apps.directory import queries as directory
from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import Refused, WrongState
from apps.kit.ids import check_mobile

from ..models import Application
from .handout import on_behalf, on_its_way, still_open

NOTHING_TO_COME = "这件的结果已经领取、送达，或者不再办理，联系手机不用再改。"


def change_contact(*, by: Actor, application: int, contact_mobile: str = "") -> Application:
    """At the counter any mobile the applicant names; from home the one that the account has proved by a code, blank is that one.
    The number and the phone together open the query by number: nobody sends it to a phone that he has not shown to hold.
    Raises WrongState where nothing is to come any more."""
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("change_contact", row)
        members = list(row.members.select_related("commitment"))
        if not changeable(row, members):
            draft = "还没有收件，请在草稿里改联系手机。" if row.state in Application.BEFORE_RECEIPT else ""
            raise WrongState(draft or on_its_way(members) or NOTHING_TO_COME)
        if by.kind == "person":
            contact_mobile = _own(by, contact_mobile)
        mobile = check_mobile(contact_mobile, "contact_mobile")
        if mobile != row.contact_mobile:
            row.contact_mobile = mobile
            act.save(row, "contact_mobile")
            act.record(row, "change_contact", **on_behalf(by, row))
    return row


def changeable(row: Application, members) -> bool:
    """The members come with their commitments."""
    return row.state not in Application.BEFORE_RECEIPT and still_open(row, members)


def _own(by: Actor, typed: str) -> str:
    own = directory.own_mobile(by)
    if not own:
        raise WrongState("您的账户没有手机号；请先在“我的账户”绑定手机，再来更改。")
    if typed and check_mobile(typed, "contact_mobile") != own:
        why = "网上只能改成您登录用的手机号；要用别的号码，请先在“我的账户”更换手机，或者带身份证件到综合窗口办理。"
        raise Refused("contact.not_proved", why, "contact_mobile")
    return own
