"""Who is asking: `request.actor` for every request, ended sessions, and the steps that come before anything else."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.shortcuts import redirect

from .queries import actor_for, pending_step


class ActorMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            request.actor = actor_for(None, request)
            return self.get_response(request)
        user = request.user
        request.actor = actor_for(user, request)
        if user.is_authenticated:
            request.session.touch()
            step = pending_step(user)
            if step and not request.path.startswith((settings.LOGIN_URL, settings.STATIC_URL, "/api/")):  # an endpoint says it itself
                return redirect(settings.ACCOUNT_STEPS[step])
        response = self.get_response(request)
        if getattr(request.session, "timed_out", False):
            self._say_timed_out(response)
        return response

    @staticmethod
    def _say_timed_out(response) -> None:
        """A redirect to the sign-in page carries the reason: the session itself is gone."""
        target = response.get("Location", "")
        if target.startswith(settings.LOGIN_URL):
            glue = "&" if "?" in target else "?"
            response["Location"] = f"{target}{glue}{urlencode({'timeout': 1})}"
