from django.db import migrations, models
from django.utils import timezone

SCAN = [
    ("waiting", "安全检查中"),
    ("clean", "通过检查"),
    ("infected", "有病毒"),
    ("before", "检查上线前收下"),
]


class Migration(migrations.Migration):
    """What stands already was never examined: it stays open to its readers as `before`, and the sweep asks about it too."""

    dependencies = [("applications", "0007_lead_of_one_things")]

    operations = [
        migrations.AddField(
            "attachment",
            "scan",
            models.CharField("安全检查", max_length=10, choices=SCAN, default="before"),
        ),
        migrations.AlterField(
            "attachment",
            "scan",
            models.CharField("安全检查", max_length=10, choices=SCAN, default="waiting"),
        ),
        migrations.AddField("attachment", "scan_tries", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("attachment", "next_scan_at", models.DateTimeField(default=timezone.now)),
        migrations.AddIndex(
            "attachment",
            models.Index(
                fields=["next_scan_at"],
                name="attachment_unscanned",
                condition=models.Q(scan__in=["waiting", "before"], removed_at__isnull=True),
            ),
        ),
    ]
