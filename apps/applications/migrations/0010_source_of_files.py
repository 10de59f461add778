from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0009_consultations")]

    operations = [
        migrations.AddField(
            "attachment", "source", models.CharField("原文件 SHA-256", max_length=64, blank=True, default=""), False
        )
    ]
