from django.db import migrations, models

# The database keeps these defaults: the code that still runs meanwhile writes rows and knows nothing of a chain.
KEPT = [
    migrations.AddField(
        "outbound", "chain_head", models.CharField(default="", db_default="", editable=False, max_length=64)
    ),
    migrations.AddField("outbound", "chain_seq", models.PositiveIntegerField(default=0, db_default=0, editable=False)),
]
SAID = [
    migrations.AddField("outbound", "chain_head", models.CharField(default="", editable=False, max_length=64)),
    migrations.AddField("outbound", "chain_seq", models.PositiveIntegerField(default=0, editable=False)),
]


class Migration(migrations.Migration):
    dependencies = [("gateway", "0002_courier")]

    operations = [migrations.SeparateDatabaseAndState(database_operations=KEPT, state_operations=SAID)]
