from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0006_terminated'),
    ]

    operations = [
        migrations.AddField(
            model_name='progress',
            name='channels',
            field=models.BooleanField(db_default=False, default=False, help_text='cases received before their channel was counted are in'),
        ),
    ]
