from django.db import migrations, models
from django.utils import timezone

SCAN = [
    ("waiting", "安全检查中"),
    ("clean", "通过检查"),
    ("infected", "有病毒"),
    ("before", "检查上线前收下"),
]


class Migration(migrations.Migration):
    """Photos that stand already stay open to their readers as `before`; the sweep asks about them too."""

    dependencies = [("applications", "0011_drafts_end_and_origins")]

    operations = [
        migrations.AddField(
            "inspectionphoto", "scan", models.CharField("安全检查", max_length=10, choices=SCAN, default="before")
        ),
        migrations.AlterField(
            "inspectionphoto", "scan", models.CharField("安全检查", max_length=10, choices=SCAN, default="waiting")
        ),
        migrations.AddField("inspectionphoto", "scan_tries", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("inspectionphoto", "next_scan_at", models.DateTimeField(default=timezone.now)),
        migrations.AddField("inspectionphoto", "removed_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "inspectionphoto",
            models.Index(
                fields=["next_scan_at"],
                name="photo_unscanned",
                condition=models.Q(scan__in=["waiting", "before"], removed_at__isnull=True),
            ),
        ),
    ]
