from datetime import date

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from apps.kit.migrating import AddIndexConcurrently

LAST = date(9999, 12, 31)
DUE_KEY = Coalesce("due_on", Value(LAST), output_field=models.DateField())
CURE_KEY = Coalesce("cure_by", Value(LAST), output_field=models.DateField())


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("applications", "0020_lists_at_size")]

    operations = [
        AddIndexConcurrently(
            "application",
            models.Index(CURE_KEY, "id", name="application_awaited", condition=Q(state="awaiting_supplement")),
        ),
        RemoveIndexConcurrently("application", "application_awaiting"),
        AddIndexConcurrently(
            "job", models.Index("department", DUE_KEY, "id", name="job_concluded", condition=Q(state="concluded"))
        ),
        RemoveIndexConcurrently("job", "job_inbox"),
    ]
