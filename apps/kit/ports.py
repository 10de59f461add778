"""Outside services by name: a room says in its `ports.py` what it asks of one, settings.PORTS says who answers (as Django does for e-mail)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def port(name: str) -> Any:
    """The adapter that stands behind this port."""
    return import_string(settings.PORTS[name])()
