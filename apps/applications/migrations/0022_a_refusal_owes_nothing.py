from django.db import migrations


def close_gaps(apps, schema_editor):
    """Refused over an open gap, before a refusal closed it: the refusal could not be sealed."""
    apps.get_model("applications", "Member").objects.filter(gap_open=True, state="refused").update(gap_open=False)


class Migration(migrations.Migration):
    dependencies = [("applications", "0021_lists_walked")]

    operations = [migrations.RunPython(close_gaps, migrations.RunPython.noop)]
