"""A migration is run while the old code still works on the database: it takes no lock for long and breaks nothing that the old code
writes. What stood before the first house was running is exempt; a migration that has to break the rule says so with
`IgnoreMigration` and the hour at which it may be run."""

import re

import pytest
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements, get_sql_analyser_class

from config.runner.places import PROJECT

STOOD = {  # the last of each room that ran in no house
    "applications": 18,
    "catalog": 3,
    "deadlines": 8,
    "directory": 4,
    "feedback": 2,
    "gateway": 2,
    "issuance": 6,
    "journal": 1,
    "supervision": 5,
}
# A text column that only becomes wider: the catalogue of the database is changed, no row is written anew.
WIDENED = {
    ("deadlines", "0010_departments_of_any_code"),
    ("deadlines", "0011_words_of_any_length"),
    ("applications", "0031_who_asked_for_a_hearing"),
}


class Linter(MigrationLinter):
    """Is told what a migration would run: asked for each, Django walks the whole way to it anew."""

    def __init__(self, **more):
        super().__init__(str(PROJECT), no_cache=True, all_warnings_as_errors=True, **more)
        self.sql: dict[tuple[str, str], list[str]] = {}

    def get_sql(self, app_label: str, migration_name: str) -> list[str]:
        return self.sql[app_label, migration_name]


def statements(monkeypatch) -> dict[tuple[str, str], list[str]]:
    """Of each migration since the first house, in one walk through all of them."""
    loader, found = MigrationLoader(None), {}
    state = loader.project_state([])
    for place in plan(loader):
        migration = loader.disk_migrations[place]
        if place[0] not in STOOD or int(place[1][:4]) <= STOOD[place[0]]:
            state = migration.mutate_state(state, preserve=False)
            continue
        with monkeypatch.context() as here:
            if not migration.atomic:  # an index that is built while others write wants no transaction, the test's neither
                here.setattr(connections["default"], "in_atomic_block", False)
            with connections["default"].schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
                state = migration.apply(state, editor, collect_sql=True)
        told = ["BEGIN;", *editor.collected_sql, "COMMIT;"] if migration.atomic else editor.collected_sql
        found[place] = "\n".join(told).splitlines()
    return found


def plan(loader: MigrationLoader) -> list[tuple[str, str]]:
    seen = {place: None for leaf in loader.graph.leaf_nodes() for place in loader.graph.forwards_plan(leaf)}
    return list(seen)


def test_no_migration_stops_who_works(db, capsys, monkeypatch):
    linter, of_the_widened = Linter(), Linter(exclude_migration_tests=["ALTER_COLUMN"])
    linter.sql = of_the_widened.sql = statements(monkeypatch)
    rooms = {file.parent.parent.name for file in PROJECT.glob("apps/*/migrations/0*.py")}
    assert rooms == set(STOOD), "a new room begins its line here"
    for (room, name), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        if room in STOOD and int(name[:4]) > STOOD[room]:
            (of_the_widened if (room, name) in WIDENED else linter).lint_migration(migration)
    assert not linter.has_errors and not of_the_widened.has_errors, capsys.readouterr().out


def test_what_is_interrupted_outside_a_transaction_is_run_again(db, monkeypatch):
    """What was built before somebody pressed Ctrl-C stays, and so does what was half built: the next start met an index that stood already."""
    loader = MigrationLoader(None)
    for place, migration in loader.disk_migrations.items():
        if not migration.atomic:
            assert not [step for step in migration.operations if type(step) is AddIndexConcurrently], place
    newest = loader.disk_migrations["applications", "0030_granted_in_public"]
    with monkeypatch.context() as here, connections["default"].schema_editor(collect_sql=True, atomic=False) as editor:
        here.setattr(connections["default"], "in_atomic_block", False)
        newest.apply(loader.project_state(newest.dependencies), editor)
    told = [sql for sql in editor.collected_sql if not sql.startswith("--")]
    assert [sql.split(" INDEX ")[0] for sql in told] == ["DROP", "CREATE"]
    assert told[0] == 'DROP INDEX CONCURRENTLY IF EXISTS "member_granted";'


def test_a_widened_column_is_not_written_anew(db):
    migrations = MigrationLoader(None).disk_migrations
    for place in WIDENED:
        for operation in migrations[place].operations:
            with connections["default"].schema_editor(collect_sql=True) as editor:
                before = MigrationLoader(None).project_state([migrations[place].dependencies[0]])
                after = MigrationLoader(None).project_state([place])
                operation.database_forwards(place[0], editor, before, after)
            (statement,) = [sql for sql in editor.collected_sql if not sql.startswith("--")]
            # To text as well: the same bytes, however it is written.
            assert re.fullmatch(r'ALTER TABLE "\w+" ALTER COLUMN "(\w+)" TYPE (varchar\(\d+\)|text USING "\1"::text);', statement)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ('ALTER TABLE "journal_event" ADD COLUMN "note" text NOT NULL;', "NOT_NULL"),
        ('ALTER TABLE "journal_event" DROP COLUMN "note";', "DROP_COLUMN"),
        ('ALTER TABLE "journal_event" RENAME COLUMN "note" TO "words";', "RENAME_COLUMN"),
        ('CREATE INDEX "by_name" ON "journal_event" ("name");', "CREATE_INDEX"),
        ('ALTER TABLE "journal_event" ALTER COLUMN "seq" TYPE bigint;', "ALTER_COLUMN"),
    ],
)
def test_what_would_stop_them_is_seen(sql, code):
    analyser = get_sql_analyser_class(settings.DATABASES["default"]["ENGINE"])
    errors, _, warnings = analyse_sql_statements(analyser, ["BEGIN;", sql, "COMMIT;"])
    assert code in {found.code for found in errors + warnings}
