"""Addresses of all pages; each desk brings its own."""

from importlib.util import find_spec

from django.urls import include, path

from . import files, shell, why

DESKS = ["account", "citizen", "counter", "review", "issue", "oversight", "catalogue", "people", "audit"]

urlpatterns = [
    path("desk/", shell.desk, name="desk"),
    path("preferences/", shell.preferences, name="preferences"),
    path("why/<int:pk>/", why.why, name="clock_why"),
    path("files/attachment/<int:pk>/", files.attachment, name="attachment"),
    path("files/document/<int:pk>/", files.document, name="document"),
    path("files/document/<int:pk>/print/", files.print_again, name="document_print"),
    path("styleguide/", shell.showcase, name="styleguide"),
]
for _desk in DESKS:
    if find_spec(f"apps.web.{_desk}") and find_spec(f"apps.web.{_desk}.urls"):
        urlpatterns.append(path("" if _desk == "citizen" else f"{_desk}/", include(f"apps.web.{_desk}.urls")))
