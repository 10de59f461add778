from django.db import migrations, models

UNITS = [("working", "工作日"), ("calendar", "自然日"), ("month", "月"), ("case", "件")]


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0006_bundle_clock")]

    operations = [migrations.AlterField("rule", "unit", models.CharField("单位", max_length=10, choices=UNITS))]
