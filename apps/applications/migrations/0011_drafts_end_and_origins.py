from django.db import migrations, models


class Migration(migrations.Migration):
    """A draft that stands already has no day yet: the first sweep gives it one, counted from then."""

    dependencies = [("applications", "0010_source_of_files")]

    operations = [
        migrations.AddField("application", "kept_until", models.DateField("草稿保留至", null=True)),
        migrations.AddField("application", "warned_on", models.DateField("草稿到期提醒日", null=True)),
        migrations.AddIndex(
            "application",
            models.Index(
                fields=["kept_until", "id"],
                name="draft_from_home",
                condition=models.Q(number__isnull=True, discarded_at__isnull=True, clerk__isnull=True),
            ),
        ),
        migrations.AddField("attachment", "note", models.CharField("提示", max_length=100, blank=True, default=""), False),
        migrations.AddField(
            "attachment", "origin", models.CharField("来源", max_length=200, blank=True, default=""), False
        ),
    ]
