import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0017_ways_to_be_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Parcel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "已约快递，等运单号"),
                            ("waybill", "等快递员揽收"),
                            ("collected", "已揽收"),
                            ("in_transit", "运输中"),
                            ("out_for_delivery", "派送中"),
                            ("signed", "已签收"),
                            ("refused", "拒收，退回途中"),
                            ("returned", "已退回"),
                            ("lost", "丢失"),
                            ("declined", "快递公司不收"),
                        ],
                        default="requested",
                        max_length=50,
                        verbose_name="状态",
                    ),
                ),
                (
                    "members",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="寄出的事项"
                    ),
                ),
                ("recipient", models.CharField(max_length=200, verbose_name="收件人")),
                ("phone", models.CharField(max_length=20, verbose_name="收件电话")),
                ("address", models.CharField(max_length=200, verbose_name="收件地址")),
                ("waybill", models.CharField(blank=True, max_length=40, verbose_name="运单号")),
                ("problem", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                ("signed_on", models.DateField(null=True, verbose_name="签收日")),
                ("signed_by", models.CharField(blank=True, max_length=60, verbose_name="签收人")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="寄出时间")),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="member",
            name="lawful_moves",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="member",
            trigger=pgtrigger.compiler.Trigger(
                name="lawful_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{accepted:granted,accepted:in_review,accepted:terminated,accepted:withdrawn,accepted_with_gap:acceptance_revoked,accepted_with_gap:granted,accepted_with_gap:in_review,accepted_with_gap:terminated,accepted_with_gap:withdrawn,collected:archived,dispatched:ready_for_issue,dispatched:served,granted:sealed,in_review:acceptance_revoked,in_review:granted,in_review:paused,in_review:refused,in_review:terminated,in_review:withdrawn,paused:acceptance_revoked,paused:granted,paused:in_review,paused:terminated,paused:withdrawn,ready_for_issue:collected,ready_for_issue:dispatched,refused:sealed,sealed:ready_for_issue,served:archived,waiting:accepted,waiting:accepted_with_gap,waiting:not_started,waiting:terminated,waiting:withdrawn}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="d61e968b725d9850e72ba4e7cb065a5801f7a7fb",
                    operation="UPDATE",
                    pgid="pgtrigger_lawful_moves_54764",
                    table="applications_member",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="parcel",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="parcels", to="applications.application"
            ),
        ),
        migrations.AddField(
            model_name="parcel",
            name="clerk",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="寄件人",
            ),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("waybill", ""), _negated=True), fields=("waybill",), name="waybill_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "signed"), _negated=True), ("signed_on__isnull", False), _connector="OR"
                ),
                name="signed_has_its_day",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="parcel",
            trigger=pgtrigger.compiler.Trigger(
                name="lawful_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{collected:in_transit,collected:lost,collected:out_for_delivery,collected:refused,collected:returned,collected:signed,in_transit:lost,in_transit:out_for_delivery,in_transit:refused,in_transit:returned,in_transit:signed,out_for_delivery:lost,out_for_delivery:refused,out_for_delivery:returned,out_for_delivery:signed,refused:lost,refused:returned,refused:signed,requested:declined,requested:waybill,waybill:collected,waybill:in_transit,waybill:lost,waybill:out_for_delivery,waybill:refused,waybill:returned,waybill:signed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="5b295c4928a2abdab7e84566c1b94dc0571dc2c0",
                    operation="UPDATE",
                    pgid="pgtrigger_lawful_moves_9c922",
                    table="applications_parcel",
                    when="BEFORE",
                ),
            ),
        ),
    ]
