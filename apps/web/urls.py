"""Addresses of all pages; each desk brings its own."""

from importlib.util import find_spec

from django.urls import include, path

from . import shell

DESKS = ["citizen", "counter", "review", "issue", "oversight", "catalogue", "people", "audit"]

urlpatterns = [
    path("desk/", shell.desk, name="desk"),
    path("preferences/", shell.preferences, name="preferences"),
    path("styleguide/", shell.showcase, name="styleguide"),
]
for _desk in DESKS:
    if find_spec(f"apps.web.{_desk}") and find_spec(f"apps.web.{_desk}.urls"):
        urlpatterns.append(path("" if _desk == "citizen" else f"{_desk}/", include(f"apps.web.{_desk}.urls")))
