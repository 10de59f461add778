import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # What a database that stood before did one by one; once no such database is left, this list may go.
    replaces = [
        ("feedback", name)
        for name in (
            "0001_initial", "0002_ratings_of_visits", "0003_passed_on_when_sent_back",
        )
    ]
    initial = True
    dependencies = [
        ('applications', '0001_squashed_0037_lit_members'),
        ('directory', '0001_squashed_0005_messages_by_their_key'),
    ]

    operations = [
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('step', models.CharField(choices=[('intake', '收件服务'), ('result', '办理结果'), ('visit', '现场踏勘')], max_length=10, verbose_name='评价的环节')),
                ('round', models.PositiveSmallIntegerField(null=True, verbose_name='第几次踏勘')),
                ('anonymous', models.BooleanField(default=False, verbose_name='匿名')),
                ('level', models.PositiveSmallIntegerField(verbose_name='等级')),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), default=list, size=None)),
                ('text', models.CharField(blank=True, max_length=500, verbose_name='说明')),
                ('again', models.PositiveSmallIntegerField(null=True, verbose_name='整改后的等级')),
                ('counts', models.BooleanField(default=True, verbose_name='计入得分')),
                ('node', models.CharField(max_length=20)),
                ('department', models.CharField(blank=True, max_length=64)),
                ('code', models.CharField(max_length=64, verbose_name='事项')),
                ('name', models.CharField(max_length=200, verbose_name='事项名称')),
                ('channel', models.CharField(max_length=8, verbose_name='渠道')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='评价时间')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='applications.application')),
                ('inspection', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.inspection', verbose_name='踏勘')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.party', verbose_name='评价人')),
            ],
            options={
                'indexes': [models.Index(fields=['node', '-id'], name='rating_by_node')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('inspection__isnull', True)), fields=('application', 'step'), name='rating_once_an_event'), models.UniqueConstraint(fields=('inspection', 'round'), name='rating_once_a_visit'), models.CheckConstraint(condition=models.Q(models.Q(('inspection__isnull', False), ('round__isnull', False), ('step', 'visit')), models.Q(models.Q(('step', 'visit'), _negated=True), ('inspection__isnull', True), ('round__isnull', True)), _connector='OR'), name='rating_of_a_visit_says_which'), models.CheckConstraint(condition=models.Q(('level__range', (1, 5))), name='rating_has_a_level')],
            },
        ),
        migrations.CreateModel(
            name='Rectification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('state', models.CharField(choices=[('opened', '已登记'), ('sent', '已函告'), ('appealed', '申诉待核'), ('replied', '已答复待核'), ('sent_back', '退回重办'), ('closed', '已办结'), ('dismissed', '申诉成立')], default='opened', max_length=50, verbose_name='状态')),
                ('source', models.CharField(choices=[('rating', '差评'), ('complaint', '投诉')], max_length=10, verbose_name='来源')),
                ('anonymous', models.BooleanField(default=False, verbose_name='匿名')),
                ('node', models.CharField(max_length=20)),
                ('department', models.CharField(blank=True, max_length=64)),
                ('name', models.CharField(max_length=200, verbose_name='事项名称')),
                ('facts', models.CharField(max_length=1000, verbose_name='反映的问题')),
                ('opened_on', models.DateField(verbose_name='登记日')),
                ('due_on', models.DateField(verbose_name='答复期限')),
                ('called_at', models.DateTimeField(null=True, verbose_name='回访时间')),
                ('call_note', models.CharField(blank=True, max_length=500, verbose_name='回访记录')),
                ('appeal_reason', models.CharField(blank=True, max_length=500, verbose_name='申诉理由')),
                ('measures', models.CharField(blank=True, max_length=1000, verbose_name='整改措施')),
                ('answer', models.CharField(blank=True, max_length=1000, verbose_name='对办事人的答复')),
                ('verdict', models.CharField(blank=True, max_length=500, verbose_name='核查意见')),
                ('overdue', models.BooleanField(default=False, verbose_name='逾期')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rectifications', to='applications.application')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.party', verbose_name='提出人')),
                ('rating', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rectification', to='feedback.rating')),
                ('replied_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='答复人')),
            ],
            options={
                'indexes': [models.Index(fields=['node', 'department', 'state', 'due_on', 'id'], name='rectification_by_unit'), models.Index(fields=['application'], name='rectification_of_case')],
            },
        ),
        migrations.CreateModel(
            name='Score',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('node', models.CharField(max_length=20)),
                ('department', models.CharField(blank=True, max_length=64)),
                ('month', models.DateField()),
                ('level', models.PositiveSmallIntegerField()),
                ('value', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('node', 'department', 'month', 'level'), name='score_once')],
            },
        ),
        migrations.CreateModel(
            name='Enquiry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('state', models.CharField(choices=[('asked', '待答复'), ('answered', '已答复'), ('withdrawn', '已撤回')], default='asked', max_length=50, verbose_name='状态')),
                ('code', models.CharField(blank=True, max_length=64, verbose_name='事项')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='事项名称')),
                ('node', models.CharField(max_length=20)),
                ('department', models.CharField(blank=True, max_length=64)),
                ('question', models.CharField(max_length=1000, verbose_name='问题')),
                ('asked_at', models.DateTimeField(auto_now_add=True, verbose_name='提问时间')),
                ('reply_by', models.DateField(verbose_name='答复期限')),
                ('answer', models.CharField(blank=True, max_length=2000, verbose_name='答复')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='答复时间')),
                ('public_question', models.CharField(blank=True, max_length=300, verbose_name='公开的问题')),
                ('public_answer', models.CharField(blank=True, max_length=2000, verbose_name='公开的答复')),
                ('published_on', models.DateField(null=True, verbose_name='公开日')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.party', verbose_name='咨询人')),
            ],
            options={
                'indexes': [models.Index(fields=['node', 'department', 'state', 'reply_by', 'id'], name='enquiry_by_unit'), models.Index(fields=['party', '-id'], name='enquiry_by_party'), models.Index(condition=models.Q(('published_on__isnull', False)), fields=['code'], name='enquiry_public')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enquiry',
            trigger=pgtrigger.compiler.Trigger(name='lawful_moves', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{asked:answered,asked:withdrawn}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='ae303aa0c1bdd083ad5c73328507bde01c1ce104', operation='UPDATE', pgid='pgtrigger_lawful_moves_a596c', table='feedback_enquiry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rectification',
            trigger=pgtrigger.compiler.Trigger(name='lawful_moves', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{appealed:dismissed,appealed:sent,opened:sent,replied:closed,replied:sent_back,sent:appealed,sent:replied,sent_back:replied,sent_back:sent}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='7ba1801f78145573d17870b857165b66a571a9d2', operation='UPDATE', pgid='pgtrigger_lawful_moves_7ca69', table='feedback_rectification', when='BEFORE')),
        ),
    ]
