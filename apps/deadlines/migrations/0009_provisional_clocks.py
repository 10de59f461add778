from django.db import migrations, models
from django.db.models import Q

from apps.kit.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("deadlines", "0008_card_rules")]

    operations = [
        AddIndexConcurrently(
            "clock",
            models.Index(
                fields=["kind", "subject_type", "subject_id"],
                name="clock_provisional",
                condition=Q(provisional=True) & ~Q(state="stopped"),
            ),
        ),
    ]
