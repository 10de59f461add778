from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0003_citizens")]

    operations = [
        migrations.AddField(
            "user", "email", models.CharField("邮箱", blank=True, default="", max_length=200), preserve_default=False
        ),
        migrations.AddField("user", "wants_sms", models.BooleanField("收短信", default=True)),
        migrations.AddField("user", "wants_mail", models.BooleanField("收电子邮件", default=True)),
    ]
