"""Several querysets in one statement: the same rows as by one statement each."""

from apps.applications.models import Application, Consultation
from apps.deadlines.models import Clock
from apps.deadlines.queries import clock_rows
from apps.issuance.queries import document_rows
from apps.journal.models import Event
from apps.kit.together import keep, together
from tests import make


def everything(row) -> object:
    """A row with what was loaded beside it."""
    if row is None:
        return None
    beside = {name: everything(one) for name, one in row._state.fields_cache.items()}
    return type(row), {name: value for name, value in vars(row).items() if not name.startswith("_")}, beside


def test_the_same_rows_in_one_statement(world, django_assert_num_queries):
    make.paused()
    case = make.consulted().application
    querysets = [
        Application.objects.select_related("applicant", "agent", "renewal", "node").order_by("-pk"),
        case.members.select_related("department", "opinion_by", "hearing", "commitment"),
        Application.objects.defer("plan", "answers"),
        case.materials.all(),
        Clock.objects.none(),
        Clock.objects.filter(pk__in=[]),
        *(clock_rows(row.pk) for row in Application.objects.all()),
        document_rows(case.pk),
        Event.objects.filter(chain=case.chain).order_by("-seq")[:3],
        Consultation.objects.filter(state="nothing"),
        Consultation.objects.select_related("asker", "resolved_by"),
    ]
    with django_assert_num_queries(1):
        found = together(*querysets)
    for rows, queryset in zip(found, querysets, strict=True):
        assert [everything(row) for row in rows] == [everything(row) for row in queryset.all()]
    entries = found[3]
    with django_assert_num_queries(0):
        for entry in entries:
            keep(entry, "attachments", [])
            assert list(entry.attachments.all()) == []
