"""The demo city for tests: real regions, calendars, catalogue and people, loaded once by the real commands and then copied.

Loading takes seconds, copying the rows back takes milliseconds; so every test that asks for `world` gets all of it, also
the ones that empty the tables at their end.
"""

from __future__ import annotations

import io

from django.conf import settings
from django.core.management import call_command
from django.db import connection

SKIPPED = {"django_migrations", "django_content_type", "auth_permission"}
_kept: dict[str, tuple[list[str], bytes]] = {}
_sequences: dict[str, int] = {}


def load() -> None:
    """Into the test database of this moment: the copy, or the first time the real thing."""
    if _kept:
        _restore()
        return
    fixtures = settings.BASE_DIR / "fixtures"
    call_command("load_regions", verbosity=0, stdout=io.StringIO())
    call_command("load_calendars", verbosity=0, stdout=io.StringIO())
    call_command("load_templates", verbosity=0, stdout=io.StringIO())
    files = [str(fixtures / "catalog" / name) for name in ("cixi-2017.yaml", "city-2017.yaml")]
    call_command("load_catalog", *files, stdout=io.StringIO())
    call_command("load_demo", stdout=io.StringIO())
    _keep()


def _keep() -> None:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table in SKIPPED:
                continue
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            named = ", ".join(f'"{name}"' for name in columns)
            out = io.BytesIO()
            cursor.copy_expert(f'COPY "{table}" ({named}) TO STDOUT (FORMAT binary)', out)
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")')
            if cursor.fetchone()[0]:
                _kept[table] = (columns, out.getvalue())
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        _sequences.update(cursor.fetchall())


def _restore() -> None:
    with connection.cursor() as cursor:
        # Rows go in as they were: no trigger speaks again, no foreign key waits for its table.
        cursor.execute("SET session_replication_role = replica")
        for table, (columns, rows) in _kept.items():
            named = ", ".join(f'"{name}"' for name in columns)
            cursor.execute(f'DELETE FROM "{table}"')
            cursor.copy_expert(f'COPY "{table}" ({named}) FROM STDIN (FORMAT binary)', io.BytesIO(rows))
        cursor.execute("SET session_replication_role = DEFAULT")
        for name, value in _sequences.items():
            cursor.execute("SELECT setval(%s, %s)", [name, value])
