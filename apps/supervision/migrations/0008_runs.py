from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0007_channels'),
    ]

    operations = [
        migrations.CreateModel(
            name='ResultRuns',
            fields=[
                ('member_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('node', models.CharField(max_length=20)),
                ('value', models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='progress',
            name='runs',
            field=models.BooleanField(db_default=False, default=False, help_text='results served before their runs were counted are in'),
        ),
        migrations.AddField(
            model_name='progress',
            name='instant',
            field=models.BooleanField(db_default=False, default=False, help_text='what was decided on the spot before it was counted is in'),
        ),
    ]
