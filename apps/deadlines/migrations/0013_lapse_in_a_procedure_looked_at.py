from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

# What has run out behind a procedure that is still open is looked at by the next sweep. Only these rows are written.
STALE = """
UPDATE deadlines_clock SET next_change_at = (least(promised_due, legal_due) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
WHERE state = 'paused' AND light <> 'overdue' AND next_change_at IS NULL AND least(promised_due, legal_due) IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0012_lapse_in_a_procedure")]

    operations = [
        ValidateConstraint("clock", "clock_still_when_stopped"),
        migrations.RunSQL(STALE, migrations.RunSQL.noop),
    ]
