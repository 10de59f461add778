import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0024_owed_ahead")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="parcel",
            name="lawful_moves",
        ),
        migrations.AlterField(
            model_name="parcel",
            name="state",
            field=models.CharField(
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
                    ("called_off", "已取消"),
                ],
                default="requested",
                max_length=50,
                verbose_name="状态",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="parcel",
            trigger=pgtrigger.compiler.Trigger(
                name="lawful_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{collected:in_transit,collected:lost,collected:out_for_delivery,collected:refused,collected:returned,collected:signed,in_transit:lost,in_transit:out_for_delivery,in_transit:refused,in_transit:returned,in_transit:signed,out_for_delivery:lost,out_for_delivery:refused,out_for_delivery:returned,out_for_delivery:signed,refused:lost,refused:returned,refused:signed,requested:called_off,requested:declined,requested:waybill,waybill:called_off,waybill:collected,waybill:in_transit,waybill:lost,waybill:out_for_delivery,waybill:refused,waybill:returned,waybill:signed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="100a673f70817219606614b0722d69c212eaee03",
                    operation="UPDATE",
                    pgid="pgtrigger_lawful_moves_9c922",
                    table="applications_parcel",
                    when="BEFORE",
                ),
            ),
        ),
    ]
