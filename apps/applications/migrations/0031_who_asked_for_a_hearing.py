from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0030_granted_in_public'),
    ]

    operations = [
        migrations.AlterField(
            model_name='hearing',
            name='requester',
            field=models.CharField(blank=True, max_length=2000, verbose_name='申请听证的利害关系人'),
        ),
    ]
