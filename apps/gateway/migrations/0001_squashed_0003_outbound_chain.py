import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    # What a database that stood before did one by one; once no such database is left, this list may go.
    replaces = [
        ("gateway", name)
        for name in (
            "0001_initial", "0002_courier", "0003_outbound_chain",
        )
    ]
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name='Outbound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_seq', models.PositiveIntegerField(default=0, editable=False)),
                ('chain_head', models.CharField(default='', editable=False, max_length=64)),
                ('service', models.CharField(choices=[('sms', '短信'), ('mail', '电子邮件'), ('courier', '快递下单')], max_length=10, verbose_name='渠道')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('to', models.CharField(max_length=200, verbose_name='收件地址')),
                ('subject', models.CharField(blank=True, max_length=100, verbose_name='标题')),
                ('text', models.CharField(max_length=600, verbose_name='内容')),
                ('root_id', models.BigIntegerField(null=True, verbose_name='办件')),
                ('region', models.CharField(blank=True, max_length=20, verbose_name='节点')),
                ('state', models.CharField(choices=[('pending', '待发送'), ('sent', '已发送'), ('stuck', '发送受阻')], default='pending', max_length=10, verbose_name='状态')),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='写入时间')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='发送时间')),
                ('reference', models.CharField(blank=True, max_length=100, verbose_name='对方编号')),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='原因')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['next_try_at'], name='outbound_due'), models.Index(condition=models.Q(('state', 'stuck')), fields=['id'], name='outbound_stuck')],
            },
        ),
    ]
