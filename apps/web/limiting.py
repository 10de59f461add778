"""Every page is counted before it runs. An endpoint of the API counts for itself, once it knows whose token it was given."""

from __future__ import annotations

from apps.directory.limiting import demand
from apps.kit.errors import TooMany

from .errors import too_many
from .shell import actor_of


class LimitMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if getattr(getattr(view, "cls", None), "counts_itself", False):
            return None
        try:
            demand(request, actor_of(request), "page", request.resolver_match.view_name)
        except TooMany as refusal:
            return too_many(request, refusal)
        return None
