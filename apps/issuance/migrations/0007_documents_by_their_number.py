from django.db import migrations

# Numbers and codes of documents are looked up whole, never by their beginning.
UNASKED = {"number": "issuance_document_number_05777929_like", "verify_code": "issuance_document_verify_code_8387681b_like"}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("issuance", "0006_commitments_and_renewals")]

    operations = [
        migrations.RunSQL(
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON issuance_document ({column} varchar_pattern_ops)",
        )
        for column, name in UNASKED.items()
    ]
