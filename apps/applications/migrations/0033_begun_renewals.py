from django.db import migrations, models


def name_them(apps, schema_editor):
    """Of what was begun before and not received yet the journal knows the certificate."""
    Application = apps.get_model("applications", "Application")
    Event = apps.get_model("journal", "Event")
    drafts = {f"application:{pk}": pk for pk in Application.objects.filter(number=None, discarded_at=None).values_list("pk", flat=True)}
    for event in Event.objects.filter(chain__in=list(drafts), name="application.begin_renewal").order_by("pk"):
        Application.objects.filter(pk=drafts[event.chain]).update(renews=event.facts["member"])


class Migration(migrations.Migration):

    dependencies = [
        ("applications", "0032_cancellation"),
        ("journal", "0002_done_deliveries"),
    ]

    operations = [
        migrations.AddField("application", "renews", models.BigIntegerField("为哪一事项的证照申请延续", null=True)),
        migrations.RunPython(name_them, migrations.RunPython.noop, elidable=True),
    ]
