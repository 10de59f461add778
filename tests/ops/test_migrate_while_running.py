"""A migration is run while the old code still works on the database: it takes no lock for long and breaks nothing that the old code
writes. What an empty database alone runs is exempt; a migration that has to break the rule says so with
`IgnoreMigration` and the hour at which it may be run."""

import re

import pytest
from django.conf import settings
from django.contrib.postgres import operations
from django.db import connection, connections, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements, get_sql_analyser_class

from apps.kit.migrating import AddIndexConcurrently, half_squashed
from config import health
from config.runner import prepare
from config.runner.faults import Fault
from config.runner.places import PROJECT

# A text column that only becomes wider: the catalogue of the database is changed, no row is written anew.
WIDENED: set[tuple[str, str]] = set()
ANALYSER = get_sql_analyser_class(settings.DATABASES["default"]["ENGINE"])


class Linter(MigrationLinter):
    """Is told what a migration would run: asked for each, Django walks the whole way to it anew."""

    def __init__(self, **more):
        super().__init__(str(PROJECT), no_cache=True, all_warnings_as_errors=True, **more)
        self.sql: dict[tuple[str, str], list[str]] = {}

    def get_sql(self, app_label: str, migration_name: str) -> list[str]:
        return self.sql[app_label, migration_name]


def told_by(migration: migrations.Migration, state, monkeypatch) -> tuple[list[str], object]:
    """What it would run on the state that is before it, and the state after it."""
    with monkeypatch.context() as here:
        if not migration.atomic:  # an index that is built while others write wants no transaction, the test's neither
            here.setattr(connections["default"], "in_atomic_block", False)
        with connections["default"].schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor, collect_sql=True)
    said = ["BEGIN;", *editor.collected_sql, "COMMIT;"] if migration.atomic else editor.collected_sql
    return "\n".join(said).splitlines(), state


def plan(loader: MigrationLoader) -> list[tuple[str, str]]:
    seen = {place: None for leaf in loader.graph.leaf_nodes() for place in loader.graph.forwards_plan(leaf)}
    return list(seen)


def stood(migration: migrations.Migration) -> bool:
    """A room's first one, or what a running house has done already under other names: it runs in an empty database alone."""
    return bool(migration.initial or migration.replaces)


def test_no_migration_stops_who_works(db, capsys, monkeypatch):
    loader = MigrationLoader(None)
    rooms = {file.parent.parent.name for file in PROJECT.glob("apps/*/migrations/0*.py")}
    linter, of_the_widened = Linter(), Linter(exclude_migration_tests=["ALTER_COLUMN"])
    state, newer = loader.project_state([]), []
    for place in plan(loader):
        migration = loader.disk_migrations[place]
        if place[0] not in rooms or stood(migration):
            state = migration.mutate_state(state, preserve=False)
            continue
        said, state = told_by(migration, state, monkeypatch)
        linter.sql[place] = of_the_widened.sql[place] = said
        newer.append((place, migration))
        if not migration.atomic:  # Ctrl-C leaves what was half built: the next start would meet an index that stands already
            assert not [step for step in migration.operations if type(step) is operations.AddIndexConcurrently], place
    for place, migration in newer:
        (of_the_widened if place in WIDENED else linter).lint_migration(migration)
    assert not linter.has_errors and not of_the_widened.has_errors, capsys.readouterr().out


def made_up(*operations, atomic: bool = True) -> migrations.Migration:
    kind = type("Migration", (migrations.Migration,), {"operations": list(operations), "atomic": atomic})
    return kind("9999_made_up", "journal")


def judged(migration, monkeypatch) -> set[str]:
    said, _ = told_by(migration, MigrationLoader(None).project_state(), monkeypatch)
    return {found.code for kind in analyse_sql_statements(ANALYSER, said) for found in kind}


def test_a_migration_that_would_stop_them_is_told(db, monkeypatch):
    late = made_up(migrations.AddField("event", "note", models.TextField(db_default="")))
    assert not judged(late, monkeypatch)
    late = made_up(migrations.AddField("event", "note", models.TextField(default=""), preserve_default=False))
    assert judged(late, monkeypatch) == {"NOT_NULL"}
    index = models.Index(fields=["by_name"], name="event_by_name")
    assert not judged(made_up(AddIndexConcurrently("event", index), atomic=False), monkeypatch)
    assert judged(made_up(migrations.AddIndex("event", index)), monkeypatch) == {"CREATE_INDEX"}


def test_what_is_interrupted_outside_a_transaction_is_run_again(db, monkeypatch):
    """What was built before somebody pressed Ctrl-C stays, and so does what was half built: the next start met an index that stood already."""
    migration = made_up(AddIndexConcurrently("event", models.Index(fields=["by_name"], name="event_by_name")), atomic=False)
    said, _ = told_by(migration, MigrationLoader(None).project_state(), monkeypatch)
    said = [sql for sql in said if sql and not sql.startswith("--")]
    assert [sql.split(" INDEX ")[0] for sql in said] == ["DROP", "CREATE"]
    assert said[0] == 'DROP INDEX CONCURRENTLY IF EXISTS "event_by_name";'


def test_a_widened_column_is_not_written_anew(db, monkeypatch):
    loader = MigrationLoader(None)
    widened = [(loader.disk_migrations[place], loader.project_state(loader.disk_migrations[place].dependencies)) for place in WIDENED]
    text = made_up(migrations.AlterField("event", "by_name", models.TextField()))
    for migration, before in [(text, loader.project_state()), *widened]:
        said, _ = told_by(migration, before, monkeypatch)
        for statement in (sql for sql in said if sql and not sql.startswith(("--", "BEGIN", "COMMIT"))):
            # To text as well: the same bytes, however it is written.
            assert re.fullmatch(r'ALTER TABLE "\w+" ALTER COLUMN "(\w+)" TYPE (varchar\(\d+\)|text USING "\1"::text);', statement)


def test_a_database_half_way_to_what_was_squashed_is_refused(db, monkeypatch, client):
    """Django leaves such a room out of its plan and says that nothing is to be done: the house went on without its newest columns."""
    assert half_squashed(MigrationLoader(connection)) == []
    prepare._demand_no_half()
    MigrationRecorder(connection).record_unapplied("supervision", "0009_beyond_what_was_promised")
    monkeypatch.setattr(health, "_all_applied", [])
    assert half_squashed(MigrationLoader(connection)) == ["supervision"]
    with pytest.raises(Fault, match=r"supervision.*0037_lit_members"):
        prepare._demand_no_half()
    assert "合并以前" in client.get("/readyz").json()["parts"]["migrations"]


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
    errors, _, warnings = analyse_sql_statements(ANALYSER, ["BEGIN;", sql, "COMMIT;"])
    assert code in {found.code for found in errors + warnings}
