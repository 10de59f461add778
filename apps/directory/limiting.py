"""Every request is counted for its account, or its address while nobody is signed in: pages and API by the one table of the house
(`config/limits.py`). What is guessed or costs somebody money is counted besides where it is done."""

from __future__ import annotations

from django.conf import settings

from apps.journal.actor import Actor
from apps.kit.limits import Limit, neighbourhood, take

READING = ("GET", "HEAD", "OPTIONS")


def demand(request, actor: Actor, door: str, name: str = "") -> None:
    """`door` is page or api, `name` the name of the address. Raises TooMany."""
    way = "read" if request.method in READING else "write"
    address = neighbourhood(actor.ip)
    if actor.id is None:
        who, subject = "stranger", address
    else:
        who, subject = "staff" if actor.kind == "staff" else "citizen", actor.id
    lines = [(Limit("all"), address), (Limit(f"{door}.{way}.{who}"), subject)]
    own = settings.LIMITED_DOORS.get((way, name))
    if request.GET.get("export"):  # the sheet of a list, under the list's own name
        own = "export"
    if own == "upload":
        own = None if actor.id is None else f"upload.{who}"
    if own:
        lines.append((Limit(own), subject))
    take(*lines)
