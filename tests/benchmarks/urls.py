"""The house's addresses, and beside them the floor: views that parse and validate the same bodies and write nothing."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.response import Response

from apps.api import shapes_intake, shapes_review
from apps.api.base import Desk


def floor(shape: type):
    class Floor(Desk):
        def post(self, request):
            self.read(request, shape)
            return Response({})

    return Floor.as_view()


urlpatterns = [
    path("floor/accept/", floor(shapes_intake.FileIn)),
    path("floor/step/", floor(shapes_review.DecideIn)),
    path("", include("config.urls")),
]
handler400 = "apps.web.errors.bad_request"
handler403 = "apps.web.errors.forbidden"
handler404 = "apps.web.errors.not_found"
handler500 = "apps.web.errors.server_error"
