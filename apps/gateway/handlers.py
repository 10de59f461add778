"""Doors for events: what is told in the house is also sent to the phone that the case names."""

from __future__ import annotations

from django.conf import settings

from apps.applications.models import Application, Member
from apps.applications.telling import words_for
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event

from .actions import post
from .models import Outbound


def notify(event: Event) -> None:
    """A short message to the contact phone of the case, unless the applicant wants none or no carrier is connected.

    The event is its key: told twice it is sent once."""
    row = Application.objects.get(pk=event.root_id)
    if not (row.contact_mobile and row.wants_messages and settings.SERVICES.get("sms", {}).get("url")):
        return
    name = row.name
    if event.subject_type == "member":
        name = Member.objects.values_list("name", flat=True).get(pk=event.subject_id)
    words = words_for(event, row, name)
    if words is None:
        return
    title, text = words
    message = Outbound(
        service=Outbound.Service.SMS,
        key=f"event:{event.pk}",
        to=row.contact_mobile,
        text=f"【一窗】{title}。{text}",
        root_id=row.pk,
        region=row.node_id,
    )
    with action(SYSTEM) as act:
        post(act, [message])
