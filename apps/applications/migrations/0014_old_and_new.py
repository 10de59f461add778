import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# When a standing notice was given: its event says so to the second; files that came after it are the new ones.
FILL = """
UPDATE applications_notice AS notice SET asked_at = told.at
FROM (
    SELECT subject_id, name, min(at) AS at FROM journal_event
    WHERE subject_type = 'application' AND name IN ('application.ask_supplement', 'application.accept')
    GROUP BY subject_id, name
) AS told
WHERE told.subject_id = notice.application_id::text
  AND told.name = CASE notice.kind WHEN 'supplement' THEN 'application.ask_supplement' ELSE 'application.accept' END
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("journal", "0001_initial"),
        ("applications", "0013_commitments_and_renewals"),
    ]

    operations = [
        migrations.AddField("notice", "fields", models.JSONField(default=list)),
        migrations.AddField("notice", "came", models.JSONField(default=dict)),
        migrations.AddField(
            "notice", "asked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="告知时间")
        ),
        migrations.AddField("reviewsupplement", "fields", models.JSONField(default=list)),
        migrations.CreateModel(
            name="AnswerChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("element", models.CharField(max_length=64)),
                ("old", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ("new", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="applications.application",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
