"""Every address of the site: the machine's own questions, the interfaces for programs, the pages."""

from importlib.util import find_spec

from django.urls import include, path

from config import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
if find_spec("apps.api.urls"):
    urlpatterns.append(path("api/", include("apps.api.urls")))
if find_spec("apps.web.urls"):
    urlpatterns.append(path("", include("apps.web.urls")))

handler400 = "apps.web.errors.bad_request"
handler403 = "apps.web.errors.forbidden"
handler404 = "apps.web.errors.not_found"
handler500 = "apps.web.errors.server_error"
