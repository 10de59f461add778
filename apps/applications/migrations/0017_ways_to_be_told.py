from django.db import migrations, models


def no_stays_no(apps, schema_editor):
    """Who wanted no messages wants none by e-mail either."""
    apps.get_model("applications", "Application").objects.filter(wants_sms=False).update(wants_mail=False)


class Migration(migrations.Migration):
    dependencies = [("applications", "0016_handout")]

    operations = [
        migrations.RenameField("application", "wants_messages", "wants_sms"),
        migrations.AddField("application", "wants_mail", models.BooleanField("电子邮件通知", default=True)),
        migrations.RunPython(no_stays_no, migrations.RunPython.noop),
    ]
