"""What was sent after the session had ended: kept aside, and offered again once the same account has signed in.

Nobody is known at that moment, so the browser carries a signed note of the account that last signed in on it: without the note
nothing is kept, and to any other account nothing is offered. Files are not kept; passwords and codes never.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from apps.directory.models import User
from apps.kit.time import now

from . import typed
from .errors import own_path, page_before

KEPT = "kept"  # in the session: {"path", "page", "fields", "told", "files", "at", "owner"}
SEAT = "seat"  # the cookie that says who last signed in here
SECONDS = 2 * 60 * 60
LIMIT = 64 * 1024  # characters of one form
APART = (settings.LOGIN_URL, "/api/")
# Of the account's own pages those that ask for neither password nor code, and are long enough to be missed.
NOT_APART = (f"{settings.LOGIN_URL}identities/",)


def seat(response: HttpResponse, user: User, *, secure: bool) -> HttpResponse:
    """Remember, until the browser is closed, who signed in here."""
    note = signing.dumps(user.pk, salt=SEAT)
    response.set_cookie(SEAT, note, httponly=True, samesite="Lax", secure=secure)
    return response


def keep(request: HttpRequest) -> None:
    """Put aside what a signed-out browser has just sent."""
    owner = _owner(request)
    if request.method != "POST" or owner is None or _apart(request.path):
        return
    fields, everything = typed.sent(request), [name for name, values in request.POST.lists() for _ in values]
    secret = len(fields) < len(everything) - everything.count("csrfmiddlewaretoken")
    told = typed.told(request)
    nothing = not told and not request.FILES  # a button alone is pressed again on its page
    if secret or nothing or sum(len(name) + len(value) for name, value in fields) > LIMIT:
        return
    request.session[KEPT] = {
        # A script asks for a piece of its page: what it sent goes on to the page itself.
        "path": own_path(request, request.htmx.current_url_abs_path or "") or request.get_full_path(),
        "page": page_before(request),
        "fields": fields,
        "told": told,
        "files": len(request.FILES),
        "at": now().timestamp(),
        "owner": owner,
    }


def of(request: HttpRequest) -> dict | None:
    """What is kept for the account that is signed in now; another's, or what is too old, is thrown away."""
    found = request.session.get(KEPT)
    if found is None:
        return None
    if found["owner"] != request.user.pk or now().timestamp() - found["at"] > SECONDS:
        forget(request)
        return None
    return found


def sent(request: HttpRequest) -> None:
    """The door lets this request in: what was kept for its address is no longer needed."""
    found = request.session.get(KEPT) if request.method == "POST" else None
    if found and found["path"] == request.get_full_path():
        forget(request)


def forget(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)


def _apart(path: str) -> bool:
    return path.startswith(APART) and not path.startswith(NOT_APART)


def _owner(request: HttpRequest) -> int | None:
    try:
        return signing.loads(request.COOKIES.get(SEAT, ""), salt=SEAT)
    except signing.BadSignature:
        return None
