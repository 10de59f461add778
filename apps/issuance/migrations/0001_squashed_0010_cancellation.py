import django.contrib.postgres.constraints
import django.contrib.postgres.operations
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import apps.issuance.models


class Migration(migrations.Migration):
    # What a database that stood before did one by one; once no such database is left, this list may go.
    replaces = [
        ("issuance", name)
        for name in (
            "0001_initial", "0002_pauses_and_extensions", "0003_what_departments_do_together", "0004_hearings_and_review",
            "0005_amendment", "0006_commitments_and_renewals", "0008_sheet_edition", "0009_termination",
            "0010_cancellation",
        )
    ]
    initial = True
    dependencies = []

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(
        ),
        migrations.RunSQL(
            sql='CREATE SEQUENCE issuance_document_serial',
            reverse_sql='DROP SEQUENCE issuance_document_serial',
        ),
        migrations.CreateModel(
            name='DocumentTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', '收件凭证'), ('supplement_notice', '补正告知书'), ('supplement_receipt', '补正材料接收凭证'), ('acceptance', '受理通知书'), ('acceptance_with_gap', '容缺受理通知书'), ('non_acceptance', '不予受理通知书'), ('acceptance_revoked', '撤销受理决定书'), ('special_procedure', '特别程序告知书'), ('special_procedure_end', '特别程序结束告知书'), ('extension_notice', '延期通知书'), ('grant', '准予决定书'), ('certificate', '证照'), ('refusal', '不予许可决定书'), ('service_receipt', '送达回证'), ('withdrawal', '准予撤回通知书'), ('pickup_slip', '领取凭单'), ('inspection_notice', '联合踏勘通知书'), ('inspection_record', '现场踏勘记录表'), ('rectification_notice', '整改通知书'), ('hearing_right', '听证告知书'), ('hearing_notice', '听证通知书'), ('review_supplement_notice', '审查阶段补正通知书'), ('commitment_rectify', '限期整改通知书'), ('permit_revoked', '撤销许可决定书'), ('review_supplement_slip', '审查阶段补正材料接收凭证'), ('amendment', '办件变更告知书'), ('termination', '办件终止告知书'), ('cancellation', '注销决定书'), ('cancellation_declined', '不予注销决定书')], max_length=24, verbose_name='文书种类')),
                ('version', models.PositiveSmallIntegerField(verbose_name='版本')),
                ('valid_from', models.DateField(verbose_name='施行日期')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='失效日期')),
                ('title', models.CharField(max_length=60, verbose_name='标题')),
                ('html', models.CharField(max_length=100, verbose_name='版式')),
                ('number_pattern', models.CharField(max_length=60, verbose_name='文号格式')),
                ('basis', models.TextField(blank=True, verbose_name='法律依据')),
                ('remedies', models.TextField(blank=True, verbose_name='救济途径')),
                ('texts', models.JSONField(default=dict, verbose_name='固定文字')),
            ],
            options={
                'verbose_name': '文书模板',
                'constraints': [models.UniqueConstraint(fields=('kind', 'version'), name='template_version_once'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('kind', '='), (apps.issuance.models.DateRange(models.F('valid_from'), models.F('valid_to'), models.Value('[]')), '&&')], name='one_template_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('state', models.CharField(choices=[('queued', '待生成'), ('rendered', '已生成'), ('stuck', '生僻字人工处理'), ('failed', '生成失败'), ('void', '已作废')], default='queued', max_length=50, verbose_name='状态')),
                ('kind', models.CharField(choices=[('receipt', '收件凭证'), ('supplement_notice', '补正告知书'), ('supplement_receipt', '补正材料接收凭证'), ('acceptance', '受理通知书'), ('acceptance_with_gap', '容缺受理通知书'), ('non_acceptance', '不予受理通知书'), ('acceptance_revoked', '撤销受理决定书'), ('special_procedure', '特别程序告知书'), ('special_procedure_end', '特别程序结束告知书'), ('extension_notice', '延期通知书'), ('grant', '准予决定书'), ('certificate', '证照'), ('refusal', '不予许可决定书'), ('service_receipt', '送达回证'), ('withdrawal', '准予撤回通知书'), ('pickup_slip', '领取凭单'), ('inspection_notice', '联合踏勘通知书'), ('inspection_record', '现场踏勘记录表'), ('rectification_notice', '整改通知书'), ('hearing_right', '听证告知书'), ('hearing_notice', '听证通知书'), ('review_supplement_notice', '审查阶段补正通知书'), ('commitment_rectify', '限期整改通知书'), ('permit_revoked', '撤销许可决定书'), ('review_supplement_slip', '审查阶段补正材料接收凭证'), ('amendment', '办件变更告知书'), ('termination', '办件终止告知书'), ('cancellation', '注销决定书'), ('cancellation_declined', '不予注销决定书')], max_length=24, verbose_name='文书种类')),
                ('title', models.CharField(max_length=100, verbose_name='标题')),
                ('number', models.CharField(db_index=True, max_length=80, verbose_name='文号')),
                ('verify_code', models.CharField(max_length=16, unique=True, verbose_name='查询码')),
                ('root_id', models.BigIntegerField(verbose_name='办件')),
                ('member_id', models.BigIntegerField(blank=True, null=True, verbose_name='子办件')),
                ('region', models.CharField(max_length=20, verbose_name='区域')),
                ('department', models.CharField(blank=True, max_length=64, verbose_name='部门')),
                ('day', models.DateField(verbose_name='落款日期')),
                ('payload', models.JSONField(verbose_name='内容')),
                ('queued_at', models.DateTimeField(verbose_name='登记时间')),
                ('rendered_at', models.DateTimeField(blank=True, null=True, verbose_name='生成时间')),
                ('problem', models.TextField(blank=True, verbose_name='未能生成的原因')),
                ('path', models.CharField(blank=True, max_length=200)),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('size', models.PositiveIntegerField(default=0, verbose_name='字节数')),
                ('pages', models.PositiveSmallIntegerField(default=0, verbose_name='页数')),
                ('extended_to', models.DateField(blank=True, null=True, verbose_name='依法延续至')),
                ('void_reason', models.CharField(blank=True, max_length=500, verbose_name='作废原因')),
                ('voided_at', models.DateTimeField(blank=True, null=True, verbose_name='作废时间')),
                ('cancelled_on', models.DateField(blank=True, null=True, verbose_name='注销日期')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='issuance.document', verbose_name='替换的文书')),
                ('template', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='issuance.documenttemplate')),
            ],
            options={
                'verbose_name': '文书',
                'indexes': [models.Index(fields=['root_id', 'id'], name='document_of_case'), models.Index(condition=models.Q(('sha256', ''), _negated=True), fields=['sha256'], name='document_by_digest'), models.Index(condition=models.Q(('state__in', ['queued', 'stuck', 'failed'])), fields=['id'], name='document_waiting')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('replaces__isnull', True)), fields=('number',), name='document_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'rendered'), _negated=True), models.Q(models.Q(('sha256', ''), _negated=True), models.Q(('path', ''), _negated=True), ('pages__gt', 0)), _connector='OR'), name='rendered_document_has_its_file'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'void'), _negated=True), models.Q(('void_reason', ''), _negated=True), _connector='OR'), name='void_document_says_why')],
            },
        ),
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('root_id', models.BigIntegerField(db_index=True, verbose_name='办件')),
                ('members', models.JSONField(verbose_name='子办件')),
                ('documents', models.JSONField(verbose_name='送达的文书')),
                ('method', models.CharField(choices=[('direct', '直接送达'), ('agent', '委托代理人签收'), ('left', '留置送达'), ('mail', '邮寄送达'), ('electronic', '电子送达'), ('notice', '公告送达')], max_length=12, verbose_name='送达方式')),
                ('location', models.CharField(max_length=200, verbose_name='送达地点')),
                ('collector_name', models.CharField(max_length=100, verbose_name='收件人')),
                ('relation', models.CharField(choices=[('self', '本人'), ('legal_rep', '法定代表人'), ('agent', '委托代理人'), ('family', '同住成年家属'), ('staff', '单位负责收件的人')], max_length=10, verbose_name='与受送达人的关系')),
                ('id_kind', models.CharField(blank=True, choices=[('citizen_id', '居民身份证'), ('passport', '护照'), ('permit', '港澳台居民来往内地（大陆）通行证'), ('residence', '外国人永久居留身份证'), ('military', '军人证件')], max_length=12, verbose_name='证件类型')),
                ('collector_secret', models.TextField(blank=True, verbose_name='证件号码（加密）')),
                ('collector_masked', models.CharField(blank=True, max_length=40, verbose_name='证件号码')),
                ('proxy_path', models.CharField(blank=True, max_length=200, verbose_name='代领凭据')),
                ('proxy_sha256', models.CharField(blank=True, max_length=64)),
                ('signature', models.CharField(blank=True, max_length=100, verbose_name='签名')),
                ('signature_path', models.CharField(blank=True, max_length=200, verbose_name='手写签名')),
                ('signature_sha256', models.CharField(blank=True, max_length=64)),
                ('refusal_reason', models.CharField(blank=True, max_length=500, verbose_name='拒收事由')),
                ('witnesses', models.JSONField(default=list, verbose_name='见证人')),
                ('remark', models.CharField(blank=True, max_length=500, verbose_name='备注')),
                ('clerk_id', models.BigIntegerField(null=True, verbose_name='送达人')),
                ('clerk_name', models.CharField(max_length=60, verbose_name='送达人姓名')),
                ('at', models.DateTimeField(verbose_name='送达时间')),
                ('receipt', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='hand_over', to='issuance.document', verbose_name='送达回证')),
            ],
            options={
                'verbose_name': '出件登记',
                'indexes': [models.Index(fields=['at'], name='hand_over_by_day')],
            },
        ),
        migrations.CreateModel(
            name='Letterhead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=64, verbose_name='部门或区域')),
                ('word', models.CharField(blank=True, max_length=20, verbose_name='机关代字')),
                ('reconsideration_body', models.CharField(blank=True, max_length=100, verbose_name='行政复议机关')),
                ('court', models.CharField(blank=True, max_length=100, verbose_name='管辖法院')),
                ('valid_from', models.DateField(verbose_name='启用日期')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='停用日期')),
            ],
            options={
                'verbose_name': '文头',
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('scope', '='), (apps.issuance.models.DateRange(models.F('valid_from'), models.F('valid_to'), models.Value('[]')), '&&')], name='one_letterhead_a_day')],
            },
        ),
        migrations.CreateModel(
            name='SealRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seal_number', models.CharField(max_length=60, verbose_name='印章编号')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('keeper_id', models.BigIntegerField(null=True, verbose_name='印章管理员')),
                ('keeper_name', models.CharField(max_length=60, verbose_name='印章管理员姓名')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='seal_record', to='issuance.document')),
            ],
            options={
                'verbose_name': '签章登记',
            },
        ),
        migrations.CreateModel(
            name='SheetEdition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_sheet_edition')],
            },
        ),
        migrations.RunSQL(
            sql='INSERT INTO issuance_sheetedition (id, number) VALUES (1, 0)',
            reverse_sql=migrations.RunSQL.noop,
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='documenttemplate',
            trigger=pgtrigger.compiler.Trigger(name='template_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."html" IS DISTINCT FROM (NEW."html") OR OLD."number_pattern" IS DISTINCT FROM (NEW."number_pattern") OR OLD."basis" IS DISTINCT FROM (NEW."basis") OR OLD."remedies" IS DISTINCT FROM (NEW."remedies") OR OLD."texts" IS DISTINCT FROM (NEW."texts"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d2aeb6c8c0d0ee26d8ae10a6e4456f653353d8bb', operation='UPDATE', pgid='pgtrigger_template_stays_497e4', table='issuance_documenttemplate', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='documenttemplate',
            trigger=pgtrigger.compiler.Trigger(name='template_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='d99d130b4ac601a0d967f1f7dc927952beaa6dcc', operation='DELETE', pgid='pgtrigger_template_kept_c0355', table='issuance_documenttemplate', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='documenttemplate',
            trigger=pgtrigger.compiler.Trigger(name='template_in_new_edition', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            INSERT INTO issuance_sheetedition (id, number) VALUES (1, extract(epoch FROM clock_timestamp()) * 1000000)\n            ON CONFLICT (id) DO UPDATE SET number = excluded.number;\n            RETURN NULL;\n        ', hash='f1a28223e77aa4a634868d776ec308de5e559ca1', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE OR TRUNCATE', pgid='pgtrigger_template_in_new_edition_fb57a', table='issuance_documenttemplate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='letterhead',
            trigger=pgtrigger.compiler.Trigger(name='letterhead_in_new_edition', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            INSERT INTO issuance_sheetedition (id, number) VALUES (1, extract(epoch FROM clock_timestamp()) * 1000000)\n            ON CONFLICT (id) DO UPDATE SET number = excluded.number;\n            RETURN NULL;\n        ', hash='201cb2f78f852651571ef56e5d305d706843c489', level='STATEMENT', operation='INSERT OR UPDATE OR DELETE OR TRUNCATE', pgid='pgtrigger_letterhead_in_new_edition_7826f', table='issuance_letterhead', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='document_life', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{queued:rendered,queued:stuck,queued:failed,stuck:queued,failed:queued,queued:void,rendered:void,stuck:void,failed:void}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='08675efcbe1e64be143d60a78a846a166de93ebc', operation='UPDATE', pgid='pgtrigger_document_life_958b9', table='issuance_document', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='document_content_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."verify_code" IS DISTINCT FROM (NEW."verify_code") OR OLD."root_id" IS DISTINCT FROM (NEW."root_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."region" IS DISTINCT FROM (NEW."region") OR OLD."department" IS DISTINCT FROM (NEW."department") OR OLD."day" IS DISTINCT FROM (NEW."day") OR OLD."template_id" IS DISTINCT FROM (NEW."template_id") OR OLD."payload" IS DISTINCT FROM (NEW."payload") OR OLD."replaces_id" IS DISTINCT FROM (NEW."replaces_id") OR OLD."queued_at" IS DISTINCT FROM (NEW."queued_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='88707f644ad62f981072168a7741a90b1bb8994c', operation='UPDATE', pgid='pgtrigger_document_content_stays_9d495', table='issuance_document', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='document_file_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."sha256" = \'\') AND (OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."path" IS DISTINCT FROM (NEW."path") OR OLD."pages" IS DISTINCT FROM (NEW."pages")))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='08c3c4672d3d67184bd43eb1fbb6c55bf396da2b', operation='UPDATE', pgid='pgtrigger_document_file_stays_f3987', table='issuance_document', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='document_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='52b01a9a6874399aaf4b4b497258255f041f6d8b', operation='DELETE', pgid='pgtrigger_document_kept_7f7fe', table='issuance_document', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='handover',
            trigger=pgtrigger.compiler.Trigger(name='hand_over_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2ce0b737d9cc2f40219348e9ca19850458272c5c', operation='UPDATE OR DELETE', pgid='pgtrigger_hand_over_append_only_bd4f8', table='issuance_handover', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='handover',
            trigger=pgtrigger.compiler.Trigger(name='hand_over_no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF current_setting('yichuang.test_database', true) IS DISTINCT FROM 'on' THEN\n        RAISE EXCEPTION 'the journal is append-only';\n    END IF;\n    RETURN NULL;\n", hash='55175ce493fc9ddcea081d0bf618da4e62c360d3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_hand_over_no_truncate_4770e', table='issuance_handover', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sealrecord',
            trigger=pgtrigger.compiler.Trigger(name='seal_record_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='63be6435db9d3f8c7d623e707044e51a582a1ab9', operation='UPDATE OR DELETE', pgid='pgtrigger_seal_record_append_only_9e8a6', table='issuance_sealrecord', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sealrecord',
            trigger=pgtrigger.compiler.Trigger(name='seal_record_no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF current_setting('yichuang.test_database', true) IS DISTINCT FROM 'on' THEN\n        RAISE EXCEPTION 'the journal is append-only';\n    END IF;\n    RETURN NULL;\n", hash='d6e68d375ae5b0f0c66ddf4a9435e254fad98cea', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_seal_record_no_truncate_6ff82', table='issuance_sealrecord', when='BEFORE')),
        ),
    ]
