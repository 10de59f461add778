import django.contrib.postgres.fields
from django.db import migrations, models

from apps.catalog.ways import own_ways


def describe(apps, schema_editor):
    """The versions that stand already, by the rule of the day on which this runs."""
    versions = apps.get_model("catalog", "DefinitionVersion")
    batch = []
    for row in versions.objects.only("pk", "content").iterator(chunk_size=500):
        row.ways = own_ways(row.content)
        batch.append(row)
        if len(batch) == 500:
            versions.objects.bulk_update(batch, ["ways"])
            batch.clear()
    versions.objects.bulk_update(batch, ["ways"])


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_saved_check")]

    operations = [
        migrations.AddField(
            "definitionversion",
            "ways",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=12), default=list),
        ),
        migrations.RunPython(describe, migrations.RunPython.noop),
    ]
