"""Only a one-thing has a lead department: an item alone lies with the department that it is routed to."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("applications", "0006_one_thing")]

    operations = [
        migrations.RunSQL(
            "UPDATE applications_application SET lead = '' WHERE lead <> '' AND plan->>'kind' = 'item'",
            migrations.RunSQL.noop,
        )
    ]
