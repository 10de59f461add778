from django.db import migrations, models
from django.db.models import Q

from apps.kit.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("applications", "0035_revoked_before_it_is_claimed")]

    operations = [
        AddIndexConcurrently(
            "application",
            models.Index(
                fields=["node", "-id"],
                name="application_unaccepted",
                condition=Q(state__in=["received", "checking", "awaiting_supplement"]),
            ),
        ),
    ]
