"""Many rows at once: indexes are built when all rows stand there, and come back exactly as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Indexes beside the primary key, of no other table's foreign key; a constraint's with the constraint. Those of a table that stands
# by year stay: what its partitions hold would be built anew with them.
_BESIDE = """
    SELECT t.relname, i.relname, c.conname,
        CASE WHEN c.conname IS NULL THEN pg_get_indexdef(i.oid) ELSE pg_get_constraintdef(c.oid) END
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    LEFT JOIN pg_constraint c ON c.conindid = i.oid AND c.contype IN ('u', 'x')
    WHERE t.oid = ANY(%s::regclass[]) AND t.relkind = 'r' AND NOT x.indisprimary
        AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = i.oid AND f.contype = 'f')
    ORDER BY 1, 2
"""


@contextmanager
def unindexed(tables: list[str]) -> Iterator[None]:
    """Within the caller's transaction: whatever goes wrong, its rollback brings every index and constraint back."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, [[quote(table) for table in tables]])
        beside = cursor.fetchall()
        for table, index, constraint, _ in beside:
            if constraint:
                cursor.execute(f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(constraint)}")
            else:
                cursor.execute(f"DROP INDEX {quote(index)}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL max_parallel_maintenance_workers = 2")
        for table, _, constraint, definition in beside:
            if constraint:
                cursor.execute(f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(constraint)} {definition}")
            else:
                cursor.execute(definition)


@contextmanager
def unchecked() -> Iterator[None]:
    """What is stamped refers to what is stamped with it: no foreign key is looked up row by row. A role that may not
    say so goes on with every check."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            yield
            return
        cursor.execute("SET LOCAL session_replication_role = replica")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
