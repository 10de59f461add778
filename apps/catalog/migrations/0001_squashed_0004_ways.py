import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models

import apps.catalog.models


class Migration(migrations.Migration):
    # What a database that stood before did one by one; once no such database is left, this list may go.
    replaces = [
        ("catalog", name)
        for name in (
            "0001_initial", "0002_standards", "0003_saved_check", "0004_ways",
        )
    ]
    initial = True
    dependencies = [
        ('directory', '0001_squashed_0005_messages_by_their_key'),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(
        ),
        django.contrib.postgres.operations.TrigramExtension(
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('code', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='编码')),
                ('name', models.CharField(max_length=200, verbose_name='名称')),
                ('published_on', models.DateField(verbose_name='公布日期')),
                ('level', models.CharField(max_length=1, verbose_name='层级')),
            ],
            options={
                'verbose_name': '公布批次',
            },
        ),
        migrations.CreateModel(
            name='Element',
            fields=[
                ('code', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='编码')),
                ('content', models.JSONField(verbose_name='内容')),
            ],
            options={
                'verbose_name': '数据元',
            },
        ),
        migrations.CreateModel(
            name='MaterialType',
            fields=[
                ('code', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='编码')),
                ('content', models.JSONField(verbose_name='内容')),
            ],
            options={
                'verbose_name': '材料类型',
            },
        ),
        migrations.CreateModel(
            name='SavedCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=10, unique=True, verbose_name='清单编号')),
                ('code', models.CharField(max_length=64, verbose_name='事项')),
                ('answers', models.JSONField(default=dict, verbose_name='回答')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True, verbose_name='保存时间')),
            ],
            options={
                'verbose_name': '自查清单',
            },
        ),
        migrations.CreateModel(
            name='Definition',
            fields=[
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('state', models.CharField(choices=[('draft', '未公布'), ('published', '在用'), ('suspended', '暂停'), ('cancelled', '取消')], default='draft', max_length=50, verbose_name='状态')),
                ('withdrawn_on', models.DateField(blank=True, null=True, verbose_name='停用日期')),
                ('withdrawn_reason', models.CharField(blank=True, max_length=300, verbose_name='停用原因')),
                ('code', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='编码')),
                ('kind', models.CharField(choices=[('item', '事项'), ('bundle', '一件事')], max_length=6, verbose_name='类别')),
                ('name', models.TextField(verbose_name='名称')),
                ('pinyin', models.TextField(editable=False)),
                ('search', models.TextField(editable=False)),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.department', verbose_name='部门')),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.region', verbose_name='地区')),
            ],
            options={
                'verbose_name': '事项目录条目',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='definition_search', opclasses=['gin_trgm_ops']), models.Index(fields=['pinyin', 'code'], name='definition_by_sound')],
            },
        ),
        migrations.CreateModel(
            name='DefinitionVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('checked', '已检查'), ('approved', '已核准'), ('published', '已公布'), ('replaced', '已被替换'), ('discarded', '已作废')], default='draft', max_length=50, verbose_name='状态')),
                ('number', models.PositiveIntegerField(verbose_name='版本')),
                ('valid_from', models.DateField(verbose_name='生效日')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='最后有效日')),
                ('stated_to', models.DateField(blank=True, null=True, verbose_name='文件写明的最后有效日')),
                ('restated', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), blank=True, default=list, size=None, verbose_name='再次写明的日期')),
                ('content', models.JSONField(verbose_name='内容')),
                ('digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='写成时间')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='公布时间')),
                ('name', models.TextField(verbose_name='名称')),
                ('pinyin', models.TextField(editable=False)),
                ('search', models.TextField(editable=False)),
                ('zone', models.CharField(blank=True, max_length=64, verbose_name='板块')),
                ('city_wide', models.CharField(default='none', max_length=6, verbose_name='通办范围')),
                ('accepting', models.BooleanField(default=True, verbose_name='统一受理')),
                ('at_most_once', models.BooleanField(default=False, verbose_name='最多跑一次')),
                ('audience', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), default=list, size=None)),
                ('themes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('ways', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), default=list, size=None)),
                ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='catalog.batch', verbose_name='公布批次')),
                ('definition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='catalog.definition', verbose_name='条目')),
            ],
            options={
                'verbose_name': '版本',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='version_search', opclasses=['gin_trgm_ops']), models.Index(condition=models.Q(('state', 'published')), fields=['pinyin', 'id'], name='version_by_sound')],
                'constraints': [models.UniqueConstraint(fields=('definition', 'number'), name='version_number_once'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_from__lte', models.F('valid_to')), _connector='OR'), name='version_dates_in_order'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state', 'published')), deferrable=django.db.models.constraints.Deferrable['DEFERRED'], expressions=[('definition', '='), (apps.catalog.models._Range('valid_from', 'valid_to', models.Value('[]')), '&&')], name='one_version_on_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name': '目录版本号',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_catalogue_revision')],
            },
        ),
        migrations.CreateModel(
            name='Standard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, verbose_name='编码')),
                ('version', models.PositiveIntegerField(verbose_name='版本')),
                ('name', models.CharField(max_length=200, verbose_name='名称')),
                ('sector', models.CharField(max_length=60, verbose_name='行业')),
                ('valid_from', models.DateField(verbose_name='生效日')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='写明的最后有效日')),
                ('applies_to', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None, verbose_name='适用的一件事和事项')),
                ('departments', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=list, size=None, verbose_name='参与部门')),
                ('points', models.JSONField(verbose_name='核查要点')),
                ('materials', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None, verbose_name='材料说明')),
                ('flow', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None, verbose_name='流程说明')),
                ('basis', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None, verbose_name='依据')),
                ('provenance', models.CharField(max_length=10, verbose_name='出处')),
            ],
            options={
                'verbose_name': '行业标准',
                'ordering': ['code', 'version'],
                'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='standard_version_once'), models.UniqueConstraint(fields=('code', 'valid_from'), name='standard_once_a_day'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_from__lte', models.F('valid_to')), _connector='OR'), name='standard_dates_in_order')],
            },
        ),
        # The one row that loads lock.
        migrations.RunSQL(
            sql="INSERT INTO catalog_revision (id, number, chain_seq, chain_head) VALUES (1, 0, 0, '')",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
