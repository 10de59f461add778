from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gateway", "0002_courier")]

    operations = [
        migrations.AddField("outbound", "chain_head", models.CharField(default="", editable=False, max_length=64)),
        migrations.AddField("outbound", "chain_seq", models.PositiveIntegerField(default=0, editable=False)),
    ]
