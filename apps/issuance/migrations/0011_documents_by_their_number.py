from django.db import migrations

# Numbers and codes of documents are looked up whole, never by their beginning. Django makes these indexes when the migration that
# makes the table has ended.
UNASKED = {"number": "issuance_document_number_05777929_like", "verify_code": "issuance_document_verify_code_8387681b_like"}


class Migration(migrations.Migration):
    replaces = [("issuance", "0007_documents_by_their_number")]
    dependencies = [("issuance", "0001_squashed_0010_cancellation")]

    operations = [
        migrations.RunSQL(
            f"DROP INDEX {name}",
            f"CREATE INDEX {name} ON issuance_document ({column} varchar_pattern_ops)",
        )
        for column, name in UNASKED.items()
    ]
