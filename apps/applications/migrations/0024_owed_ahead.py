from django.db import migrations, models
from django.db.models import Q

from apps.kit.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("applications", "0023_indexes_that_answer")]

    operations = [
        AddIndexConcurrently(
            "member",
            models.Index(
                fields=["gap_cure_by", "id"],
                name="member_owing_ahead",
                condition=Q(state="waiting", gap_cure_by__isnull=False),
            ),
        ),
    ]
