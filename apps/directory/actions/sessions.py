"""Where an account is signed in: remembered at sign-in, ended by the owner."""

from __future__ import annotations

from django.contrib.sessions.models import Session

from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import NotYours
from apps.kit.time import now

from ..models import OpenSession, User
from .accounts import locked

BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "安卓"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_named(agent: str) -> str:
    """The browser and system in words that the owner knows again, from the User-Agent header."""
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) or "未知设备"


def remember_session(*, user: User, session_key: str, address: str, agent: str) -> None:
    OpenSession.objects.create(user=user, session_key=session_key, address=address or None, device=device_named(agent))


def follow_session(*, old: str, new: str) -> None:
    """The same sign-in goes on under a new key: its owner's other ones were cut."""
    OpenSession.objects.filter(session_key=old).update(session_key=new)


def end_session(*, by: Actor, user: User, session: int) -> None:
    """Sign the account out in that browser. Raises NotYours for another's or an ended one."""
    with action(by) as act:
        row = locked(act, user)
        act.allow("end_session", row)
        opened = OpenSession.objects.filter(user=row, pk=session).first()
        if opened is None:
            raise NotYours
        Session.objects.filter(session_key=opened.session_key).delete()
        opened.delete()
        act.record(row, "end_session", device=opened.device)


def forget_ended_sessions() -> int:
    """Rows whose session is gone; returns how many."""
    alive = Session.objects.filter(expire_date__gt=now()).values("session_key")
    gone, _ = OpenSession.objects.exclude(session_key__in=alive).delete()
    return gone


def record_export(*, by: Actor, user: User) -> None:
    """The person took a copy of his data (PIPL 45): when, not what."""
    with action(by) as act:
        row = act.lock(User, user.pk)
        act.allow("export", row)
        act.record(row, "export")
