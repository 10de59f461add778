import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.operations
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import apps.directory.models.people
import apps.kit.time


class Migration(migrations.Migration):
    # What a database that stood before did one by one; once no such database is left, this list may go.
    replaces = [
        ("directory", name)
        for name in (
            "0001_initial", "0002_messages", "0003_citizens", "0004_mailboxes", "0005_messages_by_their_key",
        )
    ]
    initial = True
    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('username', models.CharField(max_length=60, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9_.@-]{2,59}$', '账号用小写字母、数字、点、横线，至少 3 位。')], verbose_name='账号')),
                ('name', models.CharField(max_length=60, verbose_name='姓名')),
                ('mobile', models.CharField(blank=True, max_length=20, verbose_name='手机号')),
                ('email', models.CharField(blank=True, max_length=200, verbose_name='邮箱')),
                ('wants_sms', models.BooleanField(default=True, verbose_name='收短信')),
                ('wants_mail', models.BooleanField(default=True, verbose_name='收电子邮件')),
                ('kind', models.CharField(choices=[('staff', '工作人员'), ('citizen', '办事人')], default='staff', max_length=8, verbose_name='类别')),
                ('pinyin', models.CharField(blank=True, editable=False, max_length=200)),
                ('is_active', models.BooleanField(default=True, verbose_name='可用')),
                ('must_change_password', models.BooleanField(default=False, verbose_name='须修改密码')),
                ('temporary_until', models.DateTimeField(blank=True, null=True, verbose_name='临时密码有效期')),
                ('locked_at', models.DateTimeField(blank=True, null=True, verbose_name='锁定时间')),
                ('session_epoch', models.PositiveIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='建立时间')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': '账号',
            },
        ),
        migrations.CreateModel(
            name='DirectoryVersion',
            fields=[
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField()),
            ],
            options={
                'verbose_name': '组织版本',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_directory_version')],
            },
        ),
        migrations.CreateModel(
            name='OpenSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_key', models.CharField(max_length=40, unique=True)),
                ('address', models.GenericIPAddressField(null=True, verbose_name='网络地址')),
                ('device', models.CharField(blank=True, max_length=60, verbose_name='设备')),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='登录时间')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='open_sessions', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
            ],
            options={
                'verbose_name': '登录',
                'ordering': ['-started_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Party',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('kind', models.CharField(choices=[('person', '个人'), ('enterprise', '企业（组织）')], max_length=10, verbose_name='类别')),
                ('name', models.CharField(max_length=120, verbose_name='姓名或名称')),
                ('id_number', models.CharField(max_length=18, verbose_name='证件号码')),
                ('mobile', models.CharField(blank=True, max_length=20, verbose_name='手机号')),
                ('legal_rep_name', models.CharField(blank=True, max_length=60, verbose_name='法定代表人')),
                ('legal_rep_id', models.CharField(blank=True, max_length=18, verbose_name='法定代表人身份证号')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='住址或住所')),
                ('pinyin', models.CharField(blank=True, editable=False, max_length=400)),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='更新时间')),
            ],
            options={
                'verbose_name': '办事人',
                'constraints': [models.UniqueConstraint(fields=('kind', 'id_number'), name='one_party_per_number'), models.CheckConstraint(condition=models.Q(('kind', 'enterprise'), models.Q(('legal_rep_id', ''), ('legal_rep_name', '')), _connector='OR'), name='only_enterprises_have_a_representative'), models.CheckConstraint(condition=models.Q(('kind__in', ['person', 'enterprise'])), name='party_kind_is_known')],
            },
        ),
        migrations.AddField(
            model_name='user',
            name='party',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='directory.party', verbose_name='办事人'),
        ),
        migrations.CreateModel(
            name='Region',
            fields=[
                ('code', models.CharField(max_length=12, primary_key=True, serialize=False, verbose_name='编码')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('level', models.CharField(choices=[('city', '市'), ('county', '区县（市）'), ('zone', '开发园区'), ('township', '乡镇（街道）'), ('village', '村（社区）')], max_length=10, verbose_name='层级')),
                ('node_code', models.CharField(db_index=True, max_length=12, verbose_name='所属节点')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='生效日')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='最后有效日')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='备注')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='directory.region', verbose_name='上级')),
            ],
            options={
                'verbose_name': '地区',
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_from__lte', models.F('valid_to')), _connector='OR'), name='region_dates_in_order'), models.CheckConstraint(condition=models.Q(('level', 'city'), ('parent__isnull', False), _connector='OR'), name='region_below_city_has_parent')],
            },
        ),
        migrations.CreateModel(
            name='Hall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='名称')),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='halls', to='directory.region', verbose_name='地区')),
            ],
            options={
                'verbose_name': '办事大厅',
                'constraints': [models.UniqueConstraint(fields=('region', 'name'), name='one_hall_per_region_and_name')],
            },
        ),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('code', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='编码')),
                ('name', models.CharField(max_length=120, verbose_name='名称')),
                ('short_name', models.CharField(blank=True, max_length=40, verbose_name='简称')),
                ('uscc', models.CharField(blank=True, max_length=18, verbose_name='统一社会信用代码')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='电话')),
                ('kind', models.CharField(choices=[('department', '行政机关'), ('institution', '事业单位'), ('utility', '公用企业'), ('bank', '银行')], default='department', max_length=12, verbose_name='性质')),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departments', to='directory.region', verbose_name='地区')),
            ],
            options={
                'verbose_name': '部门',
            },
        ),
        migrations.AddField(
            model_name='user',
            name='home',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.region', verbose_name='所属节点'),
        ),
        migrations.CreateModel(
            name='Reveal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('node_code', models.CharField(db_index=True, max_length=12, verbose_name='节点')),
                ('subject_type', models.CharField(max_length=40, verbose_name='对象类别')),
                ('subject_id', models.BigIntegerField(verbose_name='对象编号')),
                ('subject_label', models.CharField(max_length=120, verbose_name='对象（掩码）')),
                ('field', models.CharField(max_length=80, verbose_name='字段')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('address', models.GenericIPAddressField(blank=True, null=True, verbose_name='网络地址')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='时间')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reveals', to=settings.AUTH_USER_MODEL, verbose_name='查看人')),
            ],
            options={
                'verbose_name': '敏感信息查看记录',
                'indexes': [models.Index(fields=['-at', '-id'], name='reveal_newest'), models.Index(fields=['by', '-at'], name='reveal_by_person'), models.Index(fields=['subject_type', 'subject_id', '-at'], name='reveal_by_subject')],
            },
        ),
        migrations.CreateModel(
            name='Zone',
            fields=[
                ('code', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='编码')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('hall', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='zones', to='directory.hall', verbose_name='大厅')),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='zones', to='directory.region', verbose_name='地区')),
            ],
            options={
                'verbose_name': '窗口板块',
            },
        ),
        migrations.CreateModel(
            name='Window',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, verbose_name='窗口号')),
                ('closed', models.BooleanField(default=False, verbose_name='已停用')),
                ('zone', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='windows', to='directory.zone', verbose_name='板块')),
            ],
            options={
                'verbose_name': '窗口',
                'constraints': [models.UniqueConstraint(fields=('zone', 'number'), name='one_window_per_zone_and_number')],
            },
        ),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('role', models.CharField(choices=[('clerk', '综合窗口受理员'), ('issue_clerk', '出件员'), ('reviewer', '审批人员'), ('head', '部门负责人'), ('seal_keeper', '印章管理员'), ('supervisor', '监督人员'), ('catalogue', '目录管理员'), ('node_admin', '节点管理员'), ('auditor', '审计员')], max_length=12, verbose_name='岗位')),
                ('generalist', models.BooleanField(default=False, verbose_name='全科（本节点全部板块）')),
                ('valid_from', models.DateField(default=apps.kit.time.today, verbose_name='开始日')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='最后一日')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='结束时间')),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='directory.department', verbose_name='部门')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.region', verbose_name='地区')),
                ('window', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.window', verbose_name='窗口')),
                ('zones', models.ManyToManyField(blank=True, related_name='+', to='directory.zone', verbose_name='可受理板块')),
            ],
            options={
                'verbose_name': '任职',
                'indexes': [models.Index(fields=['region', 'role'], name='post_by_place')],
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['clerk', 'issue_clerk', 'reviewer', 'head', 'seal_keeper', 'supervisor', 'catalogue', 'node_admin', 'auditor'])), name='post_role_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('role__in', ('reviewer', 'head', 'seal_keeper')), _negated=True), ('department__isnull', False), _connector='OR'), name='post_role_needs_department'), models.CheckConstraint(condition=models.Q(('role__in', ('clerk', 'issue_clerk')), ('generalist', False), _connector='OR'), name='post_only_counter_is_generalist'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='post_dates_in_order'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('ended_at__isnull', True)), expressions=[('user', '='), ('role', '='), ('region', '='), (django.db.models.functions.comparison.Coalesce('department_id', models.Value('')), '='), (apps.directory.models.people.DateRange('valid_from', 'valid_to', django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True)), '&&')], name='post_not_held_twice_at_once')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, verbose_name='事由')),
                ('kind', models.CharField(max_length=20, verbose_name='类别')),
                ('title', models.CharField(max_length=100, verbose_name='标题')),
                ('text', models.CharField(max_length=600, verbose_name='内容')),
                ('link', models.CharField(blank=True, max_length=200, verbose_name='页面')),
                ('root_id', models.BigIntegerField(null=True, verbose_name='办件')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('read_at', models.DateTimeField(null=True, verbose_name='已读时间')),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
                ('party', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='directory.party', verbose_name='办事人')),
            ],
            options={
                'verbose_name': '站内消息',
                'indexes': [models.Index(condition=models.Q(('user__isnull', False)), fields=['user', '-id'], name='message_of_user'), models.Index(condition=models.Q(('party__isnull', False)), fields=['party', '-id'], name='message_of_party'), models.Index(condition=models.Q(('read_at__isnull', True)), fields=['user'], name='message_unread_user'), models.Index(condition=models.Q(('read_at__isnull', True)), fields=['party'], name='message_unread_party')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('party__isnull', True), ('user__isnull', False)), models.Q(('party__isnull', False), ('user__isnull', True)), _connector='OR'), name='message_to_one'), models.CheckConstraint(condition=models.Q(('link', ''), ('link__startswith', '/'), _connector='OR'), name='message_link_is_ours'), models.UniqueConstraint(fields=('user', 'key'), name='message_once_a_user'), models.UniqueConstraint(fields=('party', 'key'), name='message_once_a_party')],
            },
        ),
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('handler', '授权经办'), ('legal_rep', '法定代表人'), ('guardian', '监护人')], default='handler', max_length=10, verbose_name='类别')),
                ('scope', models.JSONField(blank=True, default=list, verbose_name='事项范围')),
                ('valid_from', models.DateField(verbose_name='开始日')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='最后一日')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='撤销时间')),
                ('evidence', models.CharField(max_length=200, verbose_name='委托依据')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates_held', to='directory.party', verbose_name='受托人')),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates_given', to='directory.party', verbose_name='委托人')),
            ],
            options={
                'verbose_name': '委托',
                'constraints': [models.CheckConstraint(condition=models.Q(('principal', models.F('agent')), _negated=True), name='mandate_between_two'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='mandate_dates_in_order'), models.CheckConstraint(condition=models.Q(('kind__in', ['handler', 'legal_rep', 'guardian'])), name='mandate_kind_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日')),
                ('ends_on', models.DateField(verbose_name='最后一日')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='取消时间')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL, verbose_name='缺席人')),
                ('substitute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='substitutions', to=settings.AUTH_USER_MODEL, verbose_name='代理人')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to='directory.post', verbose_name='任职')),
            ],
            options={
                'verbose_name': '缺席代理',
                'constraints': [models.CheckConstraint(condition=models.Q(('substitute', models.F('holder')), _negated=True), name='substitute_is_not_holder'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='absence_dates_in_order'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('cancelled_at__isnull', True)), expressions=[('post', '='), (apps.directory.models.people.DateRange('starts_on', 'ends_on', django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True)), '&&')], name='one_substitute_a_day')],
            },
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['home', 'pinyin', 'id'], name='user_list'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('home__isnull', False), ('kind', 'staff'), ('party__isnull', True)), models.Q(('kind', 'citizen'), ('party__isnull', False)), _connector='OR'), name='staff_have_a_node_citizens_a_party'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('locked_at__isnull', True), ('is_active', False), _connector='OR'), name='locked_account_is_inactive'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reveal',
            trigger=pgtrigger.compiler.Trigger(name='reveal_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6325aff29faf9d6352e68968c6ba5d980e6aed8a', operation='UPDATE OR DELETE', pgid='pgtrigger_reveal_append_only_aeff7', table='directory_reveal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reveal',
            trigger=pgtrigger.compiler.Trigger(name='reveal_no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF current_setting('yichuang.test_database', true) IS DISTINCT FROM 'on' THEN\n        RAISE EXCEPTION 'the journal is append-only';\n    END IF;\n    RETURN NULL;\n", hash='4f6ebd5597c586e68b43ee19f4c03cb94320ffcd', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_reveal_no_truncate_16ab7', table='directory_reveal', when='BEFORE')),
        ),
    ]
