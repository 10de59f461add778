from datetime import date

from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import migrations, models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Coalesce

from apps.applications.searching import Pairs
from apps.kit.migrating import AddIndexConcurrently

DUE_KEY = Coalesce("due_on", Value(date(9999, 12, 31)), output_field=models.DateField())
BY_DAY = {"autosummarize": True, "pages_per_range": 32}
TURN = Case(When(pre_passed_on__isnull=False, then=0), default=1, output_field=models.SmallIntegerField())
CHECKED = Q(state__in=["received", "checking"], notice_due__isnull=False)
AWAITED = Q(state="awaiting_supplement", cure_by__isnull=False)
LIT = Q(state__in=["in_progress", "partly_done"]) & ~Q(light="green")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("applications", "0019_pairs")]

    operations = [
        AddIndexConcurrently(
            "application", GinIndex(Pairs("applicant_name", "name"), name="application_words", gin_pending_list_limit=512)
        ),
        AddIndexConcurrently(
            "job",
            models.Index(
                "department", DUE_KEY, "id", name="job_by_clock", condition=~Q(state__in=("closed", "misrouted"))
            ),
        ),
        AddIndexConcurrently("job", models.Index(fields=["department", "-id"], name="job_done", condition=Q(state="closed"))),
        AddIndexConcurrently(
            "application",
            BrinIndex(fields=["receipt_date", "accepted_on", "ended_on"], name="application_by_day", **BY_DAY),
        ),
        AddIndexConcurrently(
            "member", BrinIndex(fields=["decided_on", "served_on", "ended_on"], name="member_by_day", **BY_DAY)
        ),
        AddIndexConcurrently(
            "application", models.Index(TURN, "notice_due", "id", name="application_under_check", condition=CHECKED)
        ),
        AddIndexConcurrently(
            "application", models.Index(fields=["cure_by", "id"], name="application_awaiting", condition=AWAITED)
        ),
        AddIndexConcurrently("application", models.Index(fields=["light", "-id"], name="application_lit", condition=LIT)),
        AddIndexConcurrently(
            "member", models.Index(fields=["decided_on", "id"], name="member_ready", condition=Q(state="ready_for_issue"))
        ),
        AddIndexConcurrently(
            "member", models.Index(fields=["gap_cure_by", "id"], name="member_with_gap", condition=Q(gap_open=True))
        ),
    ]
