"""What goes wrong, said in plain words: one page per status, and the rooms' refusals turned into them.

A page with a form catches refusals itself (`kit.forms.BaseForm.attempt`). What nobody caught arrives here: the page says the sentence and
the cure, and after a POST it shows again what had been typed, so that nobody has to remember a half-filled form.
"""

from __future__ import annotations

import sys
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from redis.exceptions import RedisError

from apps.journal.actor import PUBLIC
from apps.kit import bodies, files
from apps.kit.errors import DomainError, Refused, TooMany, Unavailable, database_away
from apps.kit.forms import bound_here
from apps.kit.limits import told_to_wait

from . import typed

PAGES = {400, 403, 404, 405, 409, 422, 429, 503}
CACHE_AWAY = "系统的暂存服务没有应答，这一步没有办成。请几分钟后再试；仍然不行的，请告诉系统管理员。"
AWAY = "数据库暂时没有应答，什么都没有写入，请稍后用同一个 Idempotency-Key 再试。"
FULL = "服务器的磁盘暂时存不下，什么都没有写入，请稍后用同一个 Idempotency-Key 再试。"
TOO_MUCH = "一次提交的内容太多，没有提交。请减少一些，分次提交。"
UNKNOWN = "还没有登录，或者登录已失效，这么多内容没有收下。请登录以后重新提交。"
UNMEASURED = "请求没有写明内容的长度，没有收下。请带上 Content-Length 再发，不要分块传输（Transfer-Encoding: chunked）。"
BROKEN_OFF = "连接在中途断了，内容没有收全，没有提交。请返回上一页，重新提交一次。"
NO_NUL = "网址或者填写的内容里有不能使用的空字符，请删去后重试。"
RECOVERS = 10  # seconds in which a database that was restarted answers again


def page(request: HttpRequest, status: int, *, errors: list[str] | None = None, **context) -> HttpResponse:
    """The page of a status: `errors` are whole sentences; a status without its own page is shown as 400."""
    known = status if status in PAGES else 400
    context |= {"messages_told": errors or [], "typed": typed.told(request), "back": came_from(request), "status": status}
    response = render(request, f"errors/{known}.html", context, status=status)
    add_never_cache_headers(response)  # it shows who is signed in and what was typed, and the guard of its page is not around it
    return response


def own_path(request: HttpRequest, wanted: str) -> str:
    """The path, if it is one of ours that stands by itself; else ""."""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else ""


def came_from(request: HttpRequest) -> str:
    """The page the request came from, if it is one of ours."""
    came_from = request.headers.get("Referer", "")
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    ours = url_has_allowed_host_and_scheme(came_from, {host}, require_https=request.is_secure())
    return came_from if ours and came_from.startswith(("http://", "https://")) else ""


def page_before(request: HttpRequest) -> str:
    """Its path, to come back to; "" where it is none of ours."""
    parts = urlsplit(came_from(request))
    return urlunsplit(("", "", parts.path, parts.query, ""))


class RefusalMiddleware:
    """Turns a refusal that a page did not catch into the page of its status; API paths answer for themselves. A form that was
    told to wait says so in its header too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if (length := _length(request)) > _most(request):
            return _unread(request, 413, TOO_MUCH if length > settings.LARGEST_REQUEST or request.path.startswith("/api/") else UNKNOWN)
        if bodies.unmeasured(request):
            return _unread(request, 411, UNMEASURED)
        if request.method == "HEAD":
            request.method = "GET"  # whoever asks for the head alone (a search engine, a checker of links) is answered alike; the server sends no more of it
        before, filled = told_to_wait.set(0), bound_here.set([])
        try:
            response = self.get_response(request)
            if response.status_code == 405 and not response.content and not request.path.startswith("/api/"):
                response = _not_by_itself(request, response)
            if response.status_code == 429 and told_to_wait.get():
                response["Retry-After"] = str(told_to_wait.get())
        finally:
            told_to_wait.reset(before)
            bound_here.reset(filled)
        return response

    def process_view(self, request, *_):
        """Of a form that broke off, the guard against forms of other sites reads nothing and goes by a header: no page sees it."""
        return _broken_off(request) if bodies.broken(request) and not request.path.startswith("/api/") else None

    def process_exception(self, request, exception):
        if isinstance(exception, RedisError):
            exception = Unavailable(CACHE_AWAY)
        if isinstance(exception, ValueError) and "NUL" in str(exception):  # the driver's word: no text of a database holds one
            exception = Refused("input.null", NO_NUL)
        if isinstance(exception, TooMany) and not request.path.startswith("/api/"):
            return too_many(request, exception)
        if isinstance(exception, DomainError) and not request.path.startswith("/api/"):
            return page(request, exception.status, errors=[error.message for error in exception.errors], first=_first(request, exception))
        return None


def _first(request: HttpRequest, refusal: DomainError) -> str:
    """Where the list begins, for who came with a mark of a page that opens nothing any more: he has typed nothing to mend."""
    if not any(error.code == "page.token" for error in refusal.errors):
        return ""
    asked = request.GET.copy()
    asked.pop("page", None)
    return f"{request.path}?{asked.urlencode()}" if asked else request.path


def _not_by_itself(request: HttpRequest, bare: HttpResponse) -> HttpResponse:
    """Who opens the address of a form by itself, with Enter in the address bar after a refusal, is shown the way to its page."""
    above = f"{request.path.rstrip('/').rpartition('/')[0]}/"
    try:
        resolve(above)
    except Resolver404:
        above = ""
    response = page(request, 405, above=above)
    response["Allow"] = bare["Allow"]
    return response


def _length(request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _most(request) -> int:
    """Many files come from who is signed in, by one form; from a stranger (证照核验) and from a program one at a time."""
    known = getattr(request, "actor", PUBLIC).id is not None and not request.path.startswith("/api/")
    return settings.LARGEST_REQUEST if known else settings.LARGEST_SINGLE


UNREAD = {411: ("length_required", "没有写明长度"), 413: ("too_large", "内容太大")}


def _unread(request, status: int, why: str) -> HttpResponse:
    """A body that no page takes is not read at all, not even by the page that says so: reading it writes it to the disk."""
    if request.path.startswith("/api/"):
        return _problem(status, *UNREAD[status], why)
    request._mark_post_parse_error()
    return page(request, status, errors=[why])


def _broken_off(request) -> HttpResponse:
    return page(request, 400, errors=[BROKEN_OFF])


def _problem(status: int, code: str, title: str, detail: str) -> HttpResponse:
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, "errors": []}
    return JsonResponse(told, status=status, content_type="application/problem+json")


def bad_request(request, exception=None):
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return page(request, 413, errors=[TOO_MUCH])
    if request.path.startswith("/api/"):
        return _problem(400, "bad_request", "请求的格式不对", "请求的主机名（Host）或者请求头不对，没有处理；请核对接口地址后再发。")
    return page(request, 400)


def forbidden(request, exception=None):
    return page(request, 403, errors=[str(exception)] if exception and str(exception) else None)


def not_found(request, exception=None):
    return page(request, 404)


def csrf_failed(request, reason=""):
    """The form's token is too old (signed out in between, cookies cleared): say so and keep what was typed."""
    if bodies.broken(request):
        return _broken_off(request)
    return page(request, 403, errors=["这张页面打开得太久，或者中途退出过登录，为了安全没有提交。"], stale=True)


def server_error(request):
    """Without the request's context: whatever broke must not break this page too. A database that is away, full or starting
    again is no fault of the program: 503, and when to try again. Nor is a full disk on which a scan stands while it comes in."""
    error = sys.exc_info()[1]
    full = isinstance(error, OSError) and files.full(error)
    away = full or database_away(error)
    status = 503 if away else 500
    if request.path.startswith("/api/"):
        known = ("unavailable", "暂时办不了", FULL if full else AWAY) if away else ("fault", "系统出了故障", "系统出了故障，我们已经记下，请稍后再试。")
        response = _problem(status, *known)
    else:
        response = HttpResponse(render_to_string("errors/500.html", {"away": away, "full": full}), status=status)
    if away:
        response["Retry-After"] = str(RECOVERS)
    return response


def too_many(request, refusal: TooMany) -> HttpResponse:
    """429 that says when to come back, in words and as Retry-After. What was sent stands in a form that sends it once more; a
    password is typed again, a file chosen again."""
    if request.path.startswith("/api/"):
        response = _problem(429, refusal.code, "请求太多，请稍后再试", refusal.message)
    else:
        again = typed.sent(request)
        response = page(request, 429, errors=[refusal.message], again=again, files=bool(again) and len(request.FILES))
    response["Retry-After"] = str(refusal.seconds)
    return response
