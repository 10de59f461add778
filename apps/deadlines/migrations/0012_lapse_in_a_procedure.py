from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A clock that stands still may yet have a light to turn: of a limit whose last day was the first of the procedure. Rows are looked
    at by the next migration, beside who writes; the code before leaves the moment empty, which the new rule allows."""

    dependencies = [("deadlines", "0011_words_of_any_length")]

    operations = [
        migrations.RemoveConstraint("clock", "clock_still_when_not_running"),
        AddConstraintNotValid(
            "clock",
            models.CheckConstraint(condition=~Q(state="stopped") | Q(next_change_at__isnull=True), name="clock_still_when_stopped"),
        ),
    ]
