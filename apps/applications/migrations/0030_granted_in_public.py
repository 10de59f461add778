from django.db import migrations, models
from django.db.models import Q

from apps.kit.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("applications", "0029_called_off_given_back_taken_back")]

    operations = [
        AddIndexConcurrently(
            "member",
            models.Index(fields=["-decided_on", "-id"], name="member_granted", condition=Q(decision="granted")),
        ),
    ]
