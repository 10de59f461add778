"""What Django's migrations leave to us: indexes built beside who writes, and databases older than what was squashed."""

from __future__ import annotations

from django.contrib.postgres import operations
from django.db.migrations.loader import MigrationLoader


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """Django's, run again after an interruption, for it runs in no transaction: an index that was being built is left there, of no use,
    under its name, and one that was built is not remembered until its whole migration is."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.remove_index(model, self.index, concurrently=True)  # if it exists
            schema_editor.add_index(model, self.index, concurrently=True)


def half_squashed(loader: MigrationLoader) -> list[str]:
    """Rooms of which this database holds a part of what one squashed migration stands for. Django leaves such a room out of every plan
    and says that nothing is to be done."""
    halves = []
    for (room, _), migration in loader.disk_migrations.items():
        done = [replaced in loader.applied_migrations for replaced in migration.replaces]
        if any(done) and not all(done):
            halves.append(room)
    return sorted(set(halves))
