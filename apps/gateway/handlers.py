"""Doors for events: what is told in the house is also sent to the phones and mailboxes of the parties."""

from __future__ import annotations

from django.conf import settings

from apps.applications.models import Application, Parcel
from apps.applications.queries_parcels import to_call_off
from apps.applications.telling import words_for
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.masking import mask_mobile

from .actions import post
from .models import OFF, PARCEL, Outbound
from .queries import boxes_of, over, ways

SMS, MAIL = Outbound.Service.SMS, Outbound.Service.MAIL
WHY_MAIL = "这封邮件不含个人信息，详情请登录“一窗”查看。不想再收的，登录后在“通知方式”里取消。"


def notify(event: Event) -> None:
    """The same words to every phone and mailbox of the case, each once: who was told by one event is not told by it again."""
    of_the_house = {way for way in (SMS, MAIL) if settings.SERVICES.get(way, {}).get("url")}
    if not of_the_house:
        return
    row = Application.objects.get(pk=event.root_id)
    open_ways = [way for way in ways(row) if way in of_the_house]
    if not open_ways:
        return
    words = words_for(event, row)
    if words is None or over(event):  # told late: nobody is sent for what is done
        return
    title, text = words
    text = text.replace("点开看", "到“一窗”看")  # what is opened by a click in the house has no link here
    said = {"text": f"【一窗】{title}。{text}", "root_id": row.pk, "region": row.node_id}
    boxes = boxes_of(row, event.pk, event.facts.get("taker"))
    messages = [Outbound(service=SMS, key=key, to=to, **said) for to, key in boxes[SMS].items() if SMS in open_ways]
    said |= {"text": f"{said['text']}\n\n{WHY_MAIL}", "subject": title[:100]}
    messages += [Outbound(service=MAIL, key=key, to=to, **said) for to, key in boxes[MAIL].items() if MAIL in open_ways]
    if messages:
        with action(SYSTEM) as act:
            post(act, messages)


def order_courier(event: Event) -> None:
    """A parcel wants a courier, as long as it waits for one; the parcel is the key: told twice it is ordered once."""
    parcel = Parcel.objects.select_related("application").get(pk=event.subject_id)
    if parcel.state != Parcel.State.REQUESTED:
        return
    with action(SYSTEM) as act:
        post(act, [_for_courier(parcel, f"{PARCEL}{parcel.pk}", f"寄送结果 {len(parcel.members)} 项")])


def call_off_courier(event: Event) -> None:
    """A decision was revoked: the courier need not come for an envelope in which nothing is in force any more."""
    void = to_call_off(event.root_id)
    if void:
        with action(SYSTEM) as act:
            post(act, [_for_courier(parcel, f"{PARCEL}{parcel.pk}{OFF}", "不用上门取件") for parcel in void])


def call_off_taken_back(event: Event) -> None:
    """The desk has taken it back: the courier may know the order although no answer came. (What the courier was told first, the system
    has moved.)"""
    if event.by_kind == "staff":
        parcel = Parcel.objects.select_related("application").get(pk=event.subject_id)
        with action(SYSTEM) as act:
            post(act, [_for_courier(parcel, f"{PARCEL}{parcel.pk}{OFF}", "不用上门取件")])


def _for_courier(parcel: Parcel, key: str, text: str) -> Outbound:
    return Outbound(
        service=Outbound.Service.COURIER,
        key=key,
        to=mask_mobile(parcel.phone),
        text=text,
        root_id=parcel.application_id,
        region=parcel.application.node_id,
    )
