"""The frame around every page: navigation by role, the way to one's desk, and how the page looks."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.directory.backends import UNREAD_SHOWN
from apps.directory.policy import DESK_ROLES
from apps.journal.actor import PUBLIC
from apps.kit.replica import stale

from . import kept, keys, labels
from .errors import own_path

VIEWS = [("standard", "标准版"), ("elder", "长辈版")]
THEMES = [("auto", "跟随系统"), ("light", "浅色"), ("dark", "深色"), ("contrast", "高对比")]
REMEMBERED = 365 * 24 * 3600  # seconds that the cookies of the look last

# (text, URL name of the desk, roles that see it): the main navigation of staff, in the order of a case's life.
DESKS = [
    ("综合窗口", "counter:home", {"clerk"}),
    ("部门审批", "review:home", set(DESK_ROLES)),
    ("统一出件", "issue:home", {"issue_clerk", "seal_keeper"}),
    ("监督看板", "oversight:board", {"supervisor"}),
    ("事项管理", "catalogue:list", {"catalogue"}),
    ("人员岗位", "people:list", {"node_admin"}),
    ("查看留痕", "audit:reveals", {"auditor"}),
]
# What several desks share: the first of them that is open is where one stands.
SHARED = {"cards": ("oversight:board", "review:home"), "review:router": ("review:home", "oversight:board")}
MY_LINK = ("我的办件", "citizen:my")
# Rooms that a desk opens besides: in the navigation, but not where work begins.
ROOMS = [
    ("工作日历", "calendar:home", {"node_admin"}),
    ("评价与咨询", "feedback:letters", {"head", "supervisor"}),
    ("在线咨询", "feedback:questions", {"clerk", "reviewer"}),
]
OVERSIGHT_ROOMS = [
    ("监督看板", "oversight:board"),
    ("红黄牌", "cards"),
    ("一件事的节省", "oversight:savings"),
    ("最多跑一次事项", "oversight:items"),
    ("查办件", "oversight:cases"),
    ("投递受阻", "oversight:stuck"),
    ("退回分办", "review:router"),
]
PUBLIC_LINKS = [
    ("首页", "citizen:home"),
    ("办事事项", "citizen:catalogue"),
    ("办件查询", "citizen:track"),
    ("证照核验", "citizen:verify"),
]
FOOT_LINKS = [*PUBLIC_LINKS[1:], ("常见问题", "citizen:questions"), ("服务评价", "citizen:ratings"), ("行政许可公开", "citizen:granted")]
KEYS_LINK = ("键盘快捷键", "keys")


def actor_of(request: HttpRequest):
    return getattr(request, "actor", PUBLIC)


def desks_of(actor) -> list[dict]:
    """The desks that the actor's posts open: [{"text", "href"}]."""
    return _opened(actor, DESKS)


def _opened(actor, pages) -> list[dict]:
    return [{"text": text, "href": reverse(name)} for text, name, roles in pages if roles & actor.roles]


def oversight_rooms(request: HttpRequest) -> list[dict]:
    """The rooms beside what a supervisor reads, at his own desk and at the department's, where he passes work on and chases."""
    return [{"text": text, "href": href, "current": request.path == href} for text, name in OVERSIGHT_ROOMS for href in [reverse(name)]]


def _mark_where(path: str, rooms: list[dict]) -> None:
    for room in rooms:
        room["current"] = path.startswith(room["href"])
    open_here = {room["href"]: room for room in rooms}
    for name, desks in SHARED.items():
        at = next((href for href in map(reverse, desks) if href in open_here), None)
        if at and path.startswith(reverse(name)):
            open_here[at]["current"] = True


def _links(pairs, path: str) -> list[dict]:
    found = [(text, reverse(name)) for text, name in pairs]
    return [
        {"text": text, "href": href, "current": path == href or (href != "/" and path.startswith(href))}
        for text, href in found
    ]


def look(request: HttpRequest) -> tuple[str, str]:
    """(view, theme) that this browser asked for; anything unknown is the default."""
    view = request.COOKIES.get("view", "")
    theme = request.COOKIES.get("theme", "")
    return (view if view in dict(VIEWS) else "standard", theme if theme in dict(THEMES) else "auto")


def frame(request: HttpRequest) -> dict:
    """Context processor: `shell` for base.html; no statement is run."""
    actor = actor_of(request)
    view, theme = look(request)
    desks = desks_of(actor)
    rooms = desks + _opened(actor, ROOMS)
    _mark_where(request.path, rooms)
    # It came with the account (apps/directory/backends.py).
    unread = getattr(getattr(request, "user", None), "unread", 0) if actor.id is not None else 0
    posts = sorted({labels.ROLES[role] for role in actor.roles})
    return {
        "shell": {
            "view": view,
            "theme": theme,
            "views": VIEWS,
            "themes": THEMES,
            "nav": rooms or _links([*PUBLIC_LINKS, *([MY_LINK] if actor.kind == "person" else [])], request.path),
            "foot": _links([*FOOT_LINKS, *([KEYS_LINK] if keys.ROLES & actor.roles else [])], request.path),
            "signed_in": actor.id is not None,
            "account": actor.id or "",
            "name": actor.name,
            "post": "、".join(posts) if len(posts) < 3 else f"{posts[0]}等{len(posts)}岗",
            "desk": reverse("desk") if desks else "",
            "unread": unread,
            "unread_shown": str(unread) if unread < UNREAD_SHOWN else f"{UNREAD_SHOWN - 1}+",
            "data_as_of": stale(request),
            "kept": len(kept.of(request)) if actor.id is not None and request.path != reverse("resume") else 0,
            "sign_in": settings.LOGIN_URL,
            "sign_out": reverse("signout"),
        }
    }


def _queue(actor) -> str:
    """Who only decides begins with what waits for his decision, and not with all the work of his department."""
    return reverse("review:countersign") if actor.has("head") and not actor.has("reviewer") else ""


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Where work begins: the one desk of this person, or a choice of desks; citizens go to the public home."""
    actor = actor_of(request)
    if actor.id is None:
        return redirect(f"{settings.LOGIN_URL}?next={request.path}")
    desks = desks_of(actor)
    if len(desks) == 1:
        return redirect(_queue(actor) or desks[0]["href"])
    if desks or actor.kind == "staff":
        return render(request, "web/desk.html", {"desks": desks})
    return redirect("citizen:home")


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember how the page shall look, in two cookies that hold nothing personal, and go back."""
    response = redirect(own_path(request, request.POST.get("next", "")) or "/")
    for name, choices in (("view", VIEWS), ("theme", THEMES)):
        value = request.POST.get(name)
        if value in dict(choices):
            response.set_cookie(
                name, value, max_age=REMEMBERED, httponly=True, samesite="Lax", secure=request.is_secure()
            )
    return response
