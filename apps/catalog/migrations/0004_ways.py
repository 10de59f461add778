from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from apps.catalog.ways import own_ways


def describe(apps, schema_editor):
    """The versions that stand already, by the rule of the day on which this runs."""
    DefinitionVersion = apps.get_model("catalog", "DefinitionVersion")
    batch = []
    for row in DefinitionVersion.objects.only("pk", "content").iterator(chunk_size=500):
        row.ways = own_ways(row.content)
        batch.append(row)
        if len(batch) == 500:
            DefinitionVersion.objects.bulk_update(batch, ["ways"])
            batch.clear()
    DefinitionVersion.objects.bulk_update(batch, ["ways"])


def _ways(**kept) -> ArrayField:
    return ArrayField(models.CharField(max_length=12), default=list, **kept)


# The column keeps its default in the database: the code that still runs meanwhile writes versions without it.
class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_saved_check")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AddField("definitionversion", "ways", _ways(db_default=models.Value("{}")))],
            state_operations=[migrations.AddField("definitionversion", "ways", _ways())],
        ),
        migrations.RunPython(describe, migrations.RunPython.noop),
    ]
