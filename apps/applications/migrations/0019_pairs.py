from django.db import migrations

PAIRS = """
    CREATE FUNCTION applications_pairs(applicant text, item text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT ARRAY(
            SELECT substr(words, place, 2)
            FROM upper(applicant || ' ' || item) AS words, generate_series(1, length(words) - 1) AS place
            WHERE position(' ' IN substr(words, place, 2)) = 0
        )
    $$
"""


class Migration(migrations.Migration):
    dependencies = [("applications", "0018_parcels")]

    operations = [migrations.RunSQL(PAIRS, "DROP FUNCTION applications_pairs(text, text)")]
