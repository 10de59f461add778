"""Who may open a desk: the door of every staff page. What he sees behind it is the rooms' business."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from apps.kit.errors import Forbidden

from . import kept, labels
from .errors import page_before
from .shell import actor_of

View = Callable[..., HttpResponse]


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in, then back to this page; what was sent from it waits there."""
    kept.keep(request)
    wanted = (page_before(request) if request.method == "POST" else "") or request.get_full_path()
    return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': wanted})}")


def staff(*roles: str) -> Callable[[View], View]:
    """The page is for these posts: a stranger is asked to sign in, anybody else is told whose page it is (403).

    Pages of a desk hold case data: no cache keeps them.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            actor = actor_of(request)
            if actor.id is None:
                return to_sign_in(request)
            if not actor.roles & set(roles):
                named = "、".join(labels.ROLES[role] for role in roles)
                raise Forbidden(f"这张页面由“{named}”岗位使用，您的岗位不能打开。")
            kept.sent(request)
            return view(request, *args, **kwargs)

        return guarded

    return wrap
