"""The demo city for tests: real regions, calendars, catalogue and people, loaded once a run by the real commands (tests/databases.py)."""

from __future__ import annotations

import io

from django.conf import settings
from django.core.management import call_command

CATALOGUE = ("cixi-2017.yaml", "city-2017.yaml")


def load() -> None:
    call_command("load_regions", verbosity=0, stdout=io.StringIO())
    call_command("load_calendars", verbosity=0, stdout=io.StringIO())
    call_command("load_templates", verbosity=0, stdout=io.StringIO())
    files = [str(settings.BASE_DIR / "fixtures" / "catalog" / name) for name in CATALOGUE]
    call_command("load_catalog", *files, stdout=io.StringIO())
    call_command("load_demo", stdout=io.StringIO())
