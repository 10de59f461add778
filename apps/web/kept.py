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

KEPT = "kept_forms"  # in the session, oldest first: {address: {"path", "page", "fields", "told", "files", "at", "owner"}}
SEAT = "seat"  # the cookie that says who last signed in here
SECONDS = 2 * 60 * 60
LIMIT = 64 * 1024  # characters of one form
MOST = 4  # forms: a second tab's own does not replace the first tab's
APART = (settings.LOGIN_URL, "/api/")
SCAN = "counter:upload"  # a script's, of files alone: its page stands, says that they did not come, and sends its own form
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
    if request.method != "POST" or owner is None or _apart(request.path) or request.resolver_match.view_name == SCAN:
        return
    fields, everything = typed.sent(request), [name for name, values in request.POST.lists() for _ in values]
    secret = len(fields) < len(everything) - everything.count("csrfmiddlewaretoken")
    told = typed.told(request)
    nothing = not told and not request.FILES  # a button alone is pressed again on its page
    if secret or nothing or sum(len(name) + len(value) for name, value in fields) > LIMIT:
        return
    # A script asks for a piece of its page: what it sent goes on to the page itself.
    path = own_path(request, _page_of_script(request)) or request.get_full_path()
    others = {address: found for address, found in request.session.get(KEPT, {}).items() if address != path}
    entry = {
        "path": path,
        "page": page_before(request),
        "fields": fields,
        "told": told,
        "files": len(request.FILES),
        "at": now().timestamp(),
        "owner": owner,
    }
    request.session[KEPT] = dict([*others.items(), (path, entry)][-MOST:])


def _page_of_script(request: HttpRequest) -> str:
    try:
        return request.htmx.current_url_abs_path or ""
    except ValueError:  # no address at all
        return ""


def of(request: HttpRequest) -> dict[str, dict]:
    """{address: what is kept for it} for the account that is signed in now, oldest first; another's, or what is too old, is thrown
    away."""
    found = request.session.get(KEPT, {}) if hasattr(request, "session") else {}
    oldest = now().timestamp() - SECONDS
    own = {path: entry for path, entry in found.items() if entry["owner"] == request.user.pk and entry["at"] >= oldest}
    if own != found:
        _set(request, own)
    return own


def waits(request: HttpRequest) -> bool:
    """Whether something typed is kept for whoever sent it, who is not signed in yet."""
    oldest = now().timestamp() - SECONDS
    return any(entry["told"] and entry["at"] >= oldest for entry in request.session.get(KEPT, {}).values())


def sent(request: HttpRequest) -> None:
    """The door lets this request in: what was kept for its address is no longer needed."""
    if request.method == "POST":
        forget(request, request.get_full_path())


def forget(request: HttpRequest, path: str) -> None:
    found = request.session.get(KEPT, {})
    if path in found:
        _set(request, {address: entry for address, entry in found.items() if address != path})


def _set(request: HttpRequest, entries: dict[str, dict]) -> None:
    if entries:
        request.session[KEPT] = entries
    else:
        request.session.pop(KEPT, None)


def _apart(path: str) -> bool:
    return path.startswith(APART) and not path.startswith(NOT_APART)


def _owner(request: HttpRequest) -> int | None:
    try:
        return signing.loads(request.COOKIES.get(SEAT, ""), salt=SEAT)
    except signing.BadSignature:
        return None
