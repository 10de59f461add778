"""What every command of ours does alike."""

import json
from typing import NoReturn

from django.core.management.base import BaseCommand, CommandError

from .errors import DomainError


def refuse(command: BaseCommand, refusal: DomainError, *, as_json: bool) -> NoReturn:
    """Exit 1: the reasons on stderr, and where JSON was asked for as one document on stdout, so that a script need not read words."""
    if as_json:
        errors = [error.as_dict() for error in refusal.errors]
        command.stdout.write(json.dumps({"errors": errors}, ensure_ascii=False))
    raise CommandError("\n".join(error.message for error in refusal.errors)) from None
