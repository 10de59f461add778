"""Words to the parties of a case."""

from __future__ import annotations

from apps.directory.actions import tell
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.prepared import Prepared

from ..models import Application
from ..telling import told, words_for

_case = Prepared("a case to tell of", lambda pk: Application.objects.filter(pk=pk))


def tell_parties(*, event: Event) -> None:
    """An in-app message about this event to every party of the case; told twice it stands once."""
    with action(SYSTEM) as act:
        row = _case.first(int(event.root_id))
        if words := words_for(event, row):
            tell(
                act,
                parties=told(row),
                kind="case",
                title=words[0],
                text=words[1],
                link=f"/my/{row.pk}/",
                root_id=row.pk,
                key=f"event:{event.pk}",
            )
