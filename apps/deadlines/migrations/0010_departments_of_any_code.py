from django.db import migrations, models


class Migration(migrations.Migration):
    """As long as a code may be. PostgreSQL writes no row anew to widen a column, and builds no index again."""

    dependencies = [("deadlines", "0009_provisional_clocks")]

    operations = [
        migrations.AlterField("clock", "department", models.CharField(blank=True, max_length=64)),
    ]
