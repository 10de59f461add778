from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("supervision", "0008_runs"),
    ]

    operations = [
        migrations.AddField("resultruns", "promised", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField(
            "progress",
            "beyond",
            models.BooleanField(
                db_default=False, default=False, help_text="results served before their runs stood beside the promise are in"
            ),
        ),
    ]
