"""States of the journal that should be impossible."""

from django.db.models import Exists, OuterRef

from . import years
from .invariants import invariant
from .models import Event


@invariant("journal.what_names_an_event_finds_it")
def named_events_exist():
    """Where events stand by year, no foreign key says so; in one table the database does."""
    if not years.by_year():
        return
    for relation in Event._meta.related_objects:
        name = relation.field.attname
        lost = relation.related_model._base_manager.filter(**{f"{name}__isnull": False})
        for row in lost.exclude(Exists(Event.objects.filter(pk=OuterRef(name)))).order_by("pk")[:200]:
            yield {"what": "所指的事件不在日志中", "where": f"{row._meta.model_name}:{row.pk}", "event": getattr(row, name)}
