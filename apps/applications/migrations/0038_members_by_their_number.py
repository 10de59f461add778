from django.db import migrations


class Migration(migrations.Migration):
    """A member is looked up by its whole number. Django makes this index when the migration that makes the table has ended."""

    replaces = [("applications", "0023_indexes_that_answer")]
    dependencies = [("applications", "0001_squashed_0037_lit_members")]

    operations = [
        migrations.RunSQL(
            "DROP INDEX applications_member_number_b846878c_like",
            "CREATE INDEX applications_member_number_b846878c_like ON applications_member (number varchar_pattern_ops)",
        )
    ]
