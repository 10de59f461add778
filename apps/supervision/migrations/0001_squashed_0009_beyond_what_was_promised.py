import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    # What a database that stood before did one by one; once no such database is left, this list may go.
    replaces = [
        ("supervision", name)
        for name in (
            "0001_initial", "0002_finished_days", "0003_cards", "0004_savings", "0005_pre_checks", "0006_terminated",
            "0007_channels", "0008_runs", "0009_beyond_what_was_promised",
        )
    ]
    initial = True
    dependencies = [
        ('applications', '0001_squashed_0037_lit_members'),
        ('deadlines', '0001_squashed_0013_lapse_in_a_procedure_looked_at'),
        ('directory', '0001_squashed_0005_messages_by_their_key'),
    ]

    operations = [
        migrations.CreateModel(
            name='OpenMember',
            fields=[
                ('member_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('node', models.CharField(max_length=20)),
                ('department', models.CharField(max_length=64)),
                ('light', models.CharField(default='green', max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='Progress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('horizon', models.BigIntegerField(default=0)),
                ('after_event', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField(null=True)),
                ('bundles', models.BooleanField(default=False, help_text='one-things that ended before these sums were kept are in')),
                ('pre_checks', models.BooleanField(default=False, help_text='pre-checks that passed before these sums were kept are in')),
                ('terminated', models.BooleanField(db_default=False, default=False, help_text='members that were ended before their number was kept are in')),
                ('channels', models.BooleanField(db_default=False, default=False, help_text='cases received before their channel was counted are in')),
                ('runs', models.BooleanField(db_default=False, default=False, help_text='results served before their runs were counted are in')),
                ('beyond', models.BooleanField(db_default=False, default=False, help_text='results served before their runs stood beside the promise are in')),
                ('instant', models.BooleanField(db_default=False, default=False, help_text='what was decided on the spot before it was counted is in')),
            ],
        ),
        migrations.CreateModel(
            name='ResultRuns',
            fields=[
                ('member_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('node', models.CharField(max_length=20)),
                ('value', models.PositiveSmallIntegerField()),
                ('promised', models.PositiveSmallIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='BundleCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('node', models.CharField(max_length=20)),
                ('code', models.CharField(max_length=64)),
                ('day', models.DateField()),
                ('name', models.CharField(max_length=30)),
                ('value', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'node', 'code', 'name'), name='bundlecount_once')],
            },
        ),
        migrations.CreateModel(
            name='DayCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('node', models.CharField(max_length=20)),
                ('department', models.CharField(blank=True, max_length=64)),
                ('day', models.DateField()),
                ('name', models.CharField(max_length=30)),
                ('value', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'node', 'department', 'name'), name='daycount_once')],
            },
        ),
        migrations.CreateModel(
            name='FinishedDays',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64)),
                ('year', models.PositiveSmallIntegerField()),
                ('days', models.PositiveSmallIntegerField()),
                ('value', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('code', 'year', 'days'), name='finisheddays_once')],
            },
        ),
        migrations.CreateModel(
            name='Gauge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('node', models.CharField(max_length=20)),
                ('department', models.CharField(blank=True, max_length=64)),
                ('name', models.CharField(max_length=30)),
                ('value', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('node', 'department', 'name'), name='gauge_once')],
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('state', models.CharField(choices=[('due', '待给出'), ('given', '待说明'), ('announced', '已提醒'), ('answered', '已说明'), ('withdrawn', '已撤销'), ('lapsed', '已失效')], default='due', max_length=50, verbose_name='状态')),
                ('light', models.CharField(choices=[('green', '绿灯'), ('yellow', '黄灯'), ('red', '红灯'), ('overdue', '超期')], max_length=10, verbose_name='亮灯')),
                ('form', models.CharField(choices=[('yellow', '黄牌'), ('red', '红牌'), ('alert', '提醒')], max_length=10, verbose_name='类别')),
                ('kind', models.CharField(choices=[('decision', '审批期限'), ('notice', '一次性告知期限'), ('cure', '补正期限'), ('gap', '容缺补齐期限'), ('delivery', '送达期限'), ('step', '环节期限'), ('inspection', '踏勘结论期限'), ('consultation', '意见答复期限'), ('hearing_request', '申请听证期限'), ('hearing_hold', '组织听证期限'), ('review_cure', '审查补正期限'), ('commitment', '承诺核查期限'), ('rectify', '整改期限'), ('renewal', '延续决定期限'), ('callback', '差评回访期限'), ('bundle', '一件事承诺期限')], max_length=20, verbose_name='期限')),
                ('name', models.CharField(max_length=200, verbose_name='事项名称')),
                ('due_on', models.DateField(verbose_name='期限')),
                ('basis', models.CharField(max_length=200, verbose_name='依据')),
                ('given_at', models.DateTimeField(null=True, verbose_name='给出时间')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='部门的说明')),
                ('answered_by', models.CharField(blank=True, max_length=60, verbose_name='说明人')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='说明时间')),
                ('end_reason', models.CharField(blank=True, max_length=500, verbose_name='撤销或者失效的原因')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='撤销或者失效时间')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='applications.application')),
                ('clock', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deadlines.clock')),
                ('department', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.department', verbose_name='承办部门')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.region', verbose_name='节点')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['given', 'announced'])), fields=['node', 'form'], name='card_standing')],
                'constraints': [models.UniqueConstraint(fields=('clock', 'light'), name='card_once_a_light'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'answered'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='card_answer_has_reason'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='card_end_has_reason'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['given', 'answered']), _negated=True), ('department__isnull', False), _connector='OR'), name='card_wants_a_department')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='card',
            trigger=pgtrigger.compiler.Trigger(name='lawful_moves', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{announced:lapsed,answered:lapsed,answered:withdrawn,due:announced,due:given,given:answered,given:lapsed,given:withdrawn,lapsed:announced,lapsed:given}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='ba8c8b755eb11a6e044b371d137d27f4e6f51438', operation='UPDATE', pgid='pgtrigger_lawful_moves_eb793', table='supervision_card', when='BEFORE')),
        ),
    ]
