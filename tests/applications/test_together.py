"""Several querysets in one statement: the same rows as by one statement each."""

from apps.applications.models import Application, Consultation, MaterialEntry, Member
from apps.deadlines.models import Clock
from apps.deadlines.queries_clocks import clock_rows
from apps.issuance.queries import document_rows
from apps.journal.models import Event
from apps.kit.together import Together, keep
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
    Application.objects.filter(pk=case.pk).update(answers={"said": 2**70 + 1})  # no number is rounded
    others = [row.pk for row in Application.objects.all()]

    def build(pk):
        return [
            Application.objects.select_related("applicant", "agent", "renewal", "node").order_by("-pk"),
            Member.objects.filter(application=pk).select_related("department", "opinion_by", "hearing", "commitment"),
            Application.objects.defer("plan", "answers"),
            MaterialEntry.objects.filter(application=pk),
            Clock.objects.filter(root_id=pk, kind="50%"),
            *(clock_rows(other) for other in (pk, *others)),
            document_rows(pk),
            Event.objects.filter(chain=f"application:{pk}").order_by("-seq")[:3],
            Consultation.objects.filter(state="nothing"),
            Consultation.objects.select_related("asker", "resolved_by"),
        ]

    kept = Together("for a test", build)
    for pk in (case.pk, 0, others[0]):
        with django_assert_num_queries(1):
            found = kept.of(pk)
        for rows, queryset in zip(found, build(pk), strict=True):
            assert [everything(row) for row in rows] == [everything(row) for row in queryset]
    entries = kept.of(case.pk)[3]
    assert entries
    with django_assert_num_queries(0):
        for entry in entries:
            keep(entry, "attachments", [])
            assert list(entry.attachments.all()) == []
