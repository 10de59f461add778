"""The directory's version: every change of rights or places draws a new number, and process caches compare it."""

from __future__ import annotations

import secrets

from django.db import connection

from .models import DirectoryVersion


def draw_number() -> None:
    """Inside the transaction of the change; the row lock is taken late, so call it after the change itself."""
    table = DirectoryVersion._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (id, number, chain_seq, chain_head) VALUES (1, %s, 0, '')"  # noqa: S608
            " ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number",
            [secrets.randbits(62)],
        )
