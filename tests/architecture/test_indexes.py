"""Every row pays for each index of its table, with most moves again: where a case is written none stands that another one
answers for, and none for beginnings that nobody looks for."""

import pytest
from django.db import connection

WRITTEN_BY_CASES = [
    "applications_application",
    "applications_member",
    "applications_job",
    "applications_materialentry",
    "deadlines_clock",
    "directory_message",
    "issuance_document",
    "journal_event",
    "journal_delivery",
    "journal_receipt",
]
BY_BEGINNING = {"applications_application_number_be0adb2f_like", "application_by_region"}
_INDEXES = """
    SELECT index_of.relname, indisunique, array_agg(attname || ' ' || opcname ORDER BY place)
    FROM pg_index
    JOIN pg_class index_of ON index_of.oid = indexrelid
    JOIN pg_am ON pg_am.oid = index_of.relam
    CROSS JOIN LATERAL unnest(indkey, indclass) WITH ORDINALITY AS part (key, kind, place)
    JOIN pg_attribute ON attrelid = indrelid AND attnum = key
    JOIN pg_opclass ON pg_opclass.oid = kind
    WHERE indrelid = %s::regclass AND amname = 'btree' AND indpred IS NULL AND indexprs IS NULL
    GROUP BY index_of.relname, indisunique
"""


@pytest.mark.parametrize("table", WRITTEN_BY_CASES)
def test_no_index_is_written_for_nothing(db, table):
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES, [table])
        found = cursor.fetchall()
    assert found
    spare = [
        (name, longer)
        for name, unique, keys in found
        for longer, _, more in found
        if not unique and name != longer and more[: len(keys)] == keys
    ]
    beginnings = {name for name, _, keys in found if any("pattern_ops" in key for key in keys)}
    assert (spare, beginnings - BY_BEGINNING) == ([], set())
