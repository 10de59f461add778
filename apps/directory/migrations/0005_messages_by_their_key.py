from django.db import migrations, models

# Whom a message is for begins the constraint by which it is told once, too.
UNASKED = {"user": "directory_message_user_id_d48a46b4", "party": "directory_message_party_id_239fd265"}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("directory", "0004_mailboxes")]

    operations = [
        *(
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON directory_message ({whom}_id)",
            )
            for whom, name in UNASKED.items()
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "message",
                    whom,
                    models.ForeignKey(
                        f"directory.{whom}",
                        models.CASCADE,
                        null=True,
                        related_name="messages",
                        db_index=False,
                        verbose_name=label,
                    ),
                )
                for whom, label in (("user", "账号"), ("party", "办事人"))
            ]
        ),
    ]
