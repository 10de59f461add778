"""Event doors: what the switchboard calls."""

from apps.journal.models import Event

from .actions import render
from .queries import queued_ids


def render_for(event: Event) -> None:
    """Print what waits for the case of this event, or the one document that the event is about (queue pdf).

    Raises kit.errors.Later when the disk is away; everything else ends in the document's own state.
    """
    if event.root_type == "document":
        render(int(event.root_id))
        return
    for document_id in queued_ids(int(event.root_id)):
        render(document_id)
