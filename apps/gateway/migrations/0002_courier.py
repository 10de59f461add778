from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outbound",
            name="service",
            field=models.CharField(
                choices=[("sms", "短信"), ("mail", "电子邮件"), ("courier", "快递下单")],
                max_length=10,
                verbose_name="渠道",
            ),
        ),
    ]
