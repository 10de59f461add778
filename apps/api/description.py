"""The published description: a second's work, the same for everybody, so each process makes it once and a stranger cannot ask it to death."""

from __future__ import annotations

from functools import cache

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer


@cache
def _schema() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def _written(renderer: type[BaseRenderer]) -> bytes:
    return renderer().render(_schema(), renderer_context={})


class Description(SpectacularAPIView):
    @extend_schema(exclude=True)
    def get(self, request, *args, **kwargs):
        renderer = request.accepted_renderer
        answer = HttpResponse(_written(type(renderer)), content_type=f"{renderer.media_type}; charset=utf-8")
        answer["Content-Disposition"] = f'inline; filename="schema.{renderer.format}"'
        return answer
