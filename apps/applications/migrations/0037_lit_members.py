from datetime import date

from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from apps.kit.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("applications", "0036_unaccepted")]

    operations = [
        AddIndexConcurrently(
            "member",
            models.Index(
                "light",
                Coalesce("due_on", Value(date(9999, 12, 31)), output_field=models.DateField()),
                "id",
                name="member_lit",
                condition=~Q(light="green") & Q(state__in=["accepted", "accepted_with_gap", "in_review", "paused"]),
            ),
        ),
    ]
