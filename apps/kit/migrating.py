"""What a migration does beside who writes, in no transaction: whatever was done of it before it was interrupted stays."""

from __future__ import annotations

from django.contrib.postgres import operations


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """Django's, run again after an interruption: an index that was being built is left there, of no use, under its name, and one that was
    built is not remembered until its whole migration is."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.remove_index(model, self.index, concurrently=True)  # if it exists
            schema_editor.add_index(model, self.index, concurrently=True)
