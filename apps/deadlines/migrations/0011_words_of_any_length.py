from django.db import migrations, models


class Migration(migrations.Migration):
    """As long as what is written there may be. PostgreSQL writes no row anew to widen a column."""

    dependencies = [("deadlines", "0010_departments_of_any_code")]

    operations = [
        migrations.AlterField("pause", "basis", models.TextField("依据")),
        migrations.AlterField("pause", "organiser", models.CharField("组织单位", max_length=120)),
        migrations.AlterField("pause", "void_reason", models.CharField("作废原因", blank=True, max_length=500)),
    ]
