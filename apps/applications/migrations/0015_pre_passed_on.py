from django.db import migrations, models

# When a standing pre-check passed: its event says so. It passes once.
FILL = """
UPDATE applications_application AS application
SET pre_passed_on = (told.at AT TIME ZONE 'Asia/Shanghai')::date
FROM journal_event AS told
WHERE told.subject_type = 'application' AND told.name = 'application.pass_pre_check'
  AND told.subject_id = application.id::text
"""


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0001_initial"),
        ("applications", "0014_old_and_new"),
    ]

    operations = [
        migrations.AddField("application", "pre_passed_on", models.DateField("预审通过日", null=True)),
        migrations.AddIndex(
            "application",
            models.Index(
                fields=["pre_passed_on", "node"],
                name="application_pre_passed",
                condition=models.Q(pre_passed_on__isnull=False),
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
