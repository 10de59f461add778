"""The directory's version: every change of rights or places draws a new number, and process caches compare it."""

from __future__ import annotations

import secrets

from django.db import connection

from apps.journal.door import Action

from .models import DirectoryVersion


def draw_number(act: Action) -> None:
    """In the transaction of the change, at its very end: every change of rights waits for this one row, and who had it before he
    locked the next party stood in the way of who had locked that party before."""
    act.last(draw_now)


def draw_now() -> None:
    table = DirectoryVersion._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (id, number, chain_seq, chain_head) VALUES (1, %s, 0, '')"  # noqa: S608
            " ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number",
            [secrets.randbits(62)],
        )
