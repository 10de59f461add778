from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0005_pre_checks'),
    ]

    operations = [
        migrations.AddField(
            model_name='progress',
            name='terminated',
            field=models.BooleanField(db_default=False, default=False, help_text='members that were ended before their number was kept are in'),
        ),
    ]
