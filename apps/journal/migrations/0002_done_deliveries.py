"""Where done deliveries go, by the year in which they were done (apps/journal/ageing.py makes the partitions). A partitioned
table's key holds what it is partitioned by, which Django's models do not know. Taken back, the migration leaves the table: it may
hold what is nowhere else."""

from django.db import migrations

CREATE = """CREATE TABLE IF NOT EXISTS journal_done_delivery (
    id bigint,
    event_id bigint,
    listener varchar(60),
    attempts smallint,
    done_at timestamptz,
    PRIMARY KEY (event_id, listener, done_at)
) PARTITION BY RANGE (done_at)"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, migrations.RunSQL.noop)]
