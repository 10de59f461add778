import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    # What a database that stood before did one by one; once no such database is left, this list may go.
    replaces = [
        ("deadlines", name)
        for name in (
            "0001_initial", "0002_pauses_and_extensions", "0003_what_departments_do_together", "0004_recount",
            "0005_hearings_and_review", "0006_bundle_clock", "0007_rules_that_count_cases", "0008_card_rules",
            "0009_provisional_clocks", "0010_departments_of_any_code", "0011_words_of_any_length",
            "0012_lapse_in_a_procedure", "0013_lapse_in_a_procedure_looked_at",
        )
    ]
    initial = True
    dependencies = [
        ('journal', '0001_squashed_0002_done_deliveries'),
    ]

    operations = [
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('number', models.BigIntegerField()),
                ('digest', models.CharField(blank=True, help_text='SHA-256 of the files loaded last', max_length=64)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CalendarVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='年份')),
                ('known_from', models.DateField(verbose_name='所知日')),
                ('superseded_on', models.DateField(blank=True, null=True, verbose_name='被取代日')),
                ('notice', models.CharField(blank=True, max_length=200, verbose_name='文号')),
                ('sources', models.JSONField(default=list, verbose_name='来源')),
                ('days_off', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), size=None, verbose_name='放假')),
                ('make_up', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), size=None, verbose_name='调休上班')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='说明')),
            ],
            options={
                'ordering': ['year', 'known_from'],
                'constraints': [models.UniqueConstraint(fields=('year', 'known_from'), name='calendarversion_once'), models.CheckConstraint(condition=models.Q(('superseded_on__isnull', True), ('superseded_on__gt', models.F('known_from')), _connector='OR'), name='calendarversion_superseded_later')],
            },
        ),
        migrations.CreateModel(
            name='CardRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('light', models.CharField(max_length=10)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('gives', models.CharField(choices=[('yellow', '黄牌'), ('red', '红牌'), ('alert', '提醒')], max_length=10)),
                ('source', models.CharField(max_length=200, verbose_name='依据')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'light', 'valid_from'), name='cardrule_once')],
            },
        ),
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('kind', models.CharField(choices=[('decision', '审批期限'), ('notice', '一次性告知期限'), ('cure', '补正期限'), ('gap', '容缺补齐期限'), ('delivery', '送达期限'), ('step', '环节期限'), ('inspection', '踏勘结论期限'), ('consultation', '意见答复期限'), ('hearing_request', '申请听证期限'), ('hearing_hold', '组织听证期限'), ('review_cure', '审查补正期限'), ('commitment', '承诺核查期限'), ('rectify', '整改期限'), ('renewal', '延续决定期限'), ('callback', '差评回访期限'), ('bundle', '一件事承诺期限')], max_length=20)),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.BigIntegerField()),
                ('root_id', models.BigIntegerField(help_text='the application')),
                ('region', models.CharField(help_text='node code', max_length=20)),
                ('department', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('running', '计时中'), ('paused', '暂停'), ('stopped', '已停止')], default='running', max_length=10)),
                ('started_on', models.DateField()),
                ('legal', models.JSONField(null=True)),
                ('promised', models.JSONField(null=True)),
                ('legal_due', models.DateField(null=True)),
                ('promised_due', models.DateField(null=True)),
                ('due_on', models.DateField(help_text='the earlier of the two; null while paused', null=True)),
                ('legal_left', models.PositiveSmallIntegerField(help_text='days left of a limit that a pause holds', null=True)),
                ('promised_left', models.PositiveSmallIntegerField(null=True)),
                ('provisional', models.BooleanField(default=False)),
                ('light', models.CharField(choices=[('green', '绿灯'), ('yellow', '黄灯'), ('red', '红灯'), ('overdue', '超期')], default='green', max_length=10)),
                ('yellow_on', models.DateField(null=True)),
                ('red_on', models.DateField(null=True)),
                ('next_change_at', models.DateTimeField(null=True)),
                ('stopped_on', models.DateField(null=True)),
                ('outcome', models.CharField(blank=True, max_length=20)),
                ('facts', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_change_at__isnull', False)), fields=['next_change_at'], name='clock_due'), models.Index(fields=['root_id'], name='clock_root'), models.Index(condition=models.Q(('state', 'stopped'), _negated=True), fields=['region', 'department', 'due_on'], name='clock_open'), models.Index(condition=models.Q(('provisional', True), models.Q(('state', 'stopped'), _negated=True)), fields=['kind', 'subject_type', 'subject_id'], name='clock_provisional')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'stopped'), _negated=True), ('next_change_at__isnull', True), _connector='OR'), name='clock_still_when_stopped'), models.UniqueConstraint(condition=models.Q(('state', 'stopped'), _negated=True), fields=('subject_type', 'subject_id', 'kind'), name='clock_once_a_subject')],
            },
        ),
        migrations.CreateModel(
            name='LightRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, max_length=20)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('yellow_days', models.PositiveSmallIntegerField()),
                ('yellow_percent', models.PositiveSmallIntegerField()),
                ('red_days', models.PositiveSmallIntegerField()),
                ('red_percent', models.PositiveSmallIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'valid_from'), name='lightrule_once'), models.CheckConstraint(condition=models.Q(('red_days__lte', models.F('yellow_days')), ('red_percent__lte', models.F('yellow_percent'))), name='lightrule_red_after_yellow')],
            },
        ),
        migrations.CreateModel(
            name='LocalException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('region', models.CharField(blank=True, max_length=20, verbose_name='节点')),
                ('day', models.DateField(verbose_name='日期')),
                ('working', models.BooleanField(verbose_name='上班')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('withdrawn', models.BooleanField(default=False, verbose_name='已撤销')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn', False)), fields=('region', 'day'), name='localexception_once_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('root_id', models.BigIntegerField(help_text='the application')),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.BigIntegerField()),
                ('ground', models.CharField(max_length=20, verbose_name='情形')),
                ('basis', models.TextField(verbose_name='依据')),
                ('organiser', models.CharField(max_length=120, verbose_name='组织单位')),
                ('expected_days', models.PositiveSmallIntegerField(verbose_name='预计所需工作日')),
                ('started_on', models.DateField(verbose_name='开始日')),
                ('ended_on', models.DateField(null=True, verbose_name='结束日')),
                ('notice', models.CharField(max_length=80, verbose_name='告知书文号')),
                ('notified_on', models.DateField(null=True, verbose_name='告知书送达日')),
                ('served_by', models.CharField(blank=True, max_length=12, verbose_name='送达方式')),
                ('void_reason', models.CharField(blank=True, max_length=500, verbose_name='作废原因')),
            ],
            options={
                'ordering': ['started_on', 'pk'],
                'indexes': [models.Index(fields=['root_id'], name='pause_root')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ended_on__isnull', True), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='pause_ends_after_start'), models.CheckConstraint(condition=models.Q(('notified_on__isnull', True), models.Q(('notified_on__gte', models.F('started_on')), models.Q(('served_by', ''), _negated=True)), _connector='OR'), name='pause_served_after_notice'), models.CheckConstraint(condition=models.Q(('void_reason', ''), ('notified_on__isnull', True), _connector='OR'), name='pause_void_never_held')],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=80, verbose_name='名称')),
                ('value', models.PositiveIntegerField(verbose_name='数值')),
                ('unit', models.CharField(choices=[('working', '工作日'), ('calendar', '自然日'), ('month', '月'), ('case', '件')], max_length=10, verbose_name='单位')),
                ('valid_from', models.DateField(verbose_name='施行日')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='最后有效日')),
                ('source', models.CharField(max_length=200, verbose_name='法规条款')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('code', 'valid_from'), name='rule_once')],
            },
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField(verbose_name='延长天数')),
                ('approved_on', models.DateField(verbose_name='批准日')),
                ('approver', models.CharField(max_length=100, verbose_name='批准人')),
                ('reason', models.CharField(max_length=500, verbose_name='理由')),
                ('notice', models.CharField(max_length=80, verbose_name='延期通知书文号')),
                ('told_on', models.DateField(verbose_name='告知日')),
                ('clock', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='extension', to='deadlines.clock')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('days__gt', 0), models.Q(('reason', ''), _negated=True)), name='extension_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='Recount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(blank=True, max_length=300, verbose_name='原因')),
                ('region', models.CharField(blank=True, max_length=20, verbose_name='节点')),
                ('first', models.DateField(verbose_name='首日')),
                ('last', models.DateField(verbose_name='末日')),
                ('total', models.PositiveIntegerField(help_text='counted once, when the work begins', null=True, verbose_name='待核')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='已核')),
                ('moved', models.PositiveIntegerField(default=0, verbose_name='已改期')),
                ('after', models.BigIntegerField(default=0, help_text='the last clock that was counted')),
                ('opened_at', models.DateTimeField(auto_now_add=True, verbose_name='开始时间')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='完成时间')),
                ('event', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journal.event')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['id'], name='recount_open')],
            },
        ),
    ]
