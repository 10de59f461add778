from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Value

from apps.applications.searching import Pairs
from apps.kit.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("applications", "0033_begun_renewals")]

    operations = [
        AddIndexConcurrently(
            "application", GinIndex(Pairs("applicant_name", Value("")), name="application_applicants", gin_pending_list_limit=512)
        ),
        AddIndexConcurrently("application", models.Index(fields=["code", "-id"], name="application_by_code")),
        RemoveIndexConcurrently("application", "application_words"),
    ]
