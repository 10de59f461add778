"""Where done deliveries go, by the year in which they were done (apps/journal/ageing.py makes the partitions). A partitioned
table's key holds what it is partitioned by, which Django's models do not know."""

from django.db import migrations

CREATE = """
    CREATE TABLE journal_done_delivery (
        id bigint NOT NULL,
        event_id bigint NOT NULL,
        listener varchar(60) NOT NULL,
        attempts smallint NOT NULL,
        done_at timestamptz NOT NULL,
        PRIMARY KEY (id, done_at)
    ) PARTITION BY RANGE (done_at);
    CREATE INDEX done_delivery_event ON journal_done_delivery (event_id);
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE journal_done_delivery")]
