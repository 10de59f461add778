from django.db import migrations, models

# The choice of a hand-out moves from the form's answers, where the catalogue had asked for it, to the case itself; the question
# leaves the frozen plans, which keep its codes.
MOVE = """
UPDATE applications_application AS filed SET
    handout = CASE WHEN answers->>'delivery_way' IN ('counter', 'courier') THEN answers->>'delivery_way' ELSE '' END,
    recipient_address = CASE WHEN answers->>'delivery_way' = 'courier'
        THEN left(coalesce(answers->>'delivery_address', ''), 200) ELSE '' END,
    answers = answers - 'delivery_way' - 'delivery_address',
    plan = jsonb_set(
        jsonb_set(plan, '{elements}', coalesce((
            SELECT jsonb_agg(line ORDER BY place)
            FROM jsonb_array_elements(plan->'elements') WITH ORDINALITY AS listed(line, place)
            WHERE line->>'element' NOT IN ('delivery_way', 'delivery_address')
        ), '[]')),
        '{handout}', '{"way": "delivery_way", "address": "delivery_address"}')
WHERE plan->'elements' @> '[{"element": "delivery_way"}]'
"""


class Migration(migrations.Migration):
    dependencies = [("applications", "0015_pre_passed_on")]

    operations = [
        migrations.AddField(
            "application",
            "handout",
            models.CharField(
                blank=True,
                choices=[("counter", "窗口自取"), ("courier", "快递送达")],
                default="",
                max_length=10,
                verbose_name="领取方式",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "application",
            "recipient",
            models.CharField(blank=True, default="", max_length=60, verbose_name="收件人"),
            preserve_default=False,
        ),
        migrations.AddField(
            "application",
            "recipient_phone",
            models.CharField(blank=True, default="", max_length=20, verbose_name="收件电话"),
            preserve_default=False,
        ),
        migrations.AddField(
            "application",
            "recipient_address",
            models.CharField(blank=True, default="", max_length=200, verbose_name="收件地址"),
            preserve_default=False,
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
    ]
