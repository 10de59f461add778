import django.core.serializers.json
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import apps.journal.models

# Where done deliveries go, by the year in which they were done (apps/journal/ageing.py makes the partitions). A partitioned
# table's key holds what it is partitioned by, which Django's models do not know. Taken back, the migration leaves the table:
# it may hold what is nowhere else.
DONE = """CREATE TABLE IF NOT EXISTS journal_done_delivery (
    id bigint,
    event_id bigint,
    listener varchar(60),
    attempts smallint,
    done_at timestamptz,
    PRIMARY KEY (event_id, listener, done_at)
) PARTITION BY RANGE (done_at)"""


class Migration(migrations.Migration):
    # What a database that stood before did one by one; once no such database is left, this list may go.
    replaces = [
        ("journal", name)
        for name in (
            "0001_initial", "0002_done_deliveries",
        )
    ]
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name='Anchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('horizon', models.BigIntegerField()),
                ('low', models.BigIntegerField()),
                ('after_event', models.BigIntegerField()),
                ('count', models.PositiveIntegerField()),
                ('hash', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('chain', models.CharField(max_length=80)),
                ('seq', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=60)),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.CharField(max_length=64)),
                ('by_kind', models.CharField(max_length=10)),
                ('by_id', models.BigIntegerField(null=True)),
                ('by_name', models.CharField(max_length=60)),
                ('by_post', models.BigIntegerField(null=True)),
                ('from_state', models.CharField(blank=True, max_length=30)),
                ('to_state', models.CharField(blank=True, max_length=30)),
                ('facts', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('hash', models.CharField(max_length=64)),
                ('tx', models.BigIntegerField(db_default=apps.journal.models.CurrentTransaction())),
            ],
            options={
                'indexes': [models.Index(fields=['tx'], name='event_tx'), models.Index(fields=['by_id', 'at'], name='event_by')],
                'constraints': [models.UniqueConstraint(fields=('chain', 'seq'), name='event_once_in_chain')],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=80)),
                ('fingerprint', models.CharField(max_length=64)),
                ('answer', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('at', models.DateTimeField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('actor', 'key'), name='receipt_once')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('listener', models.CharField(max_length=60)),
                ('queue', models.CharField(default='default', max_length=20)),
                ('state', models.CharField(default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True)),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='journal.event')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['next_try_at'], name='delivery_due'), models.Index(condition=models.Q(('state', 'stuck')), fields=['id'], name='delivery_stuck')],
                'constraints': [models.UniqueConstraint(fields=('event', 'listener'), name='delivery_once')],
            },
        ),
        migrations.RunSQL(
            sql=DONE,
            reverse_sql=migrations.RunSQL.noop,
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='anchor',
            trigger=pgtrigger.compiler.Trigger(name='anchor_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5063273d62b118cf60de877f0230c8557a577e84', operation='UPDATE OR DELETE', pgid='pgtrigger_anchor_append_only_0e28d', table='journal_anchor', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='anchor',
            trigger=pgtrigger.compiler.Trigger(name='anchor_no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF current_setting('yichuang.test_database', true) IS DISTINCT FROM 'on' THEN\n        RAISE EXCEPTION 'the journal is append-only';\n    END IF;\n    RETURN NULL;\n", hash='fe6aaae90601ab11e24c73e9c444295d1f6cd235', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_anchor_no_truncate_f6eeb', table='journal_anchor', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='event',
            trigger=pgtrigger.compiler.Trigger(name='event_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c9f0ad05bb6070f950c8727402253a6b0a8d2eba', operation='UPDATE OR DELETE', pgid='pgtrigger_event_append_only_51c10', table='journal_event', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='event',
            trigger=pgtrigger.compiler.Trigger(name='event_no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF current_setting('yichuang.test_database', true) IS DISTINCT FROM 'on' THEN\n        RAISE EXCEPTION 'the journal is append-only';\n    END IF;\n    RETURN NULL;\n", hash='63e56f8dae0d7da70e791c11257815a7af8ed44d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_event_no_truncate_80b99', table='journal_event', when='BEFORE')),
        ),
    ]
