from django.db import migrations, models
from django.db.models import Q

from apps.kit.migrating import AddIndexConcurrently

# Each answers for nothing that another index does not answer for, and was written with every row and every move of it.
# Django names them by a digest of table and column, the same everywhere.
UNASKED = {
    "applications_application": {
        "node_id": ("node_id_9367cd4e", "node_id_9367cd4e_like"),
        "region_id": ("region_id_9817fab2", "region_id_9817fab2_like"),
        "window_id": ("window_id_bb377888",),
        "applicant_id": ("applicant_id_bad0be99",),
        "agent_id": ("agent_id_6f4b0bb9",),
        "lead": ("lead_7378b574", "lead_7378b574_like"),
        "clerk_id": ("clerk_id_dfa9e776",),
        "acceptor_id": ("acceptor_id_8467f1e8",),
    },
    "applications_member": {
        "application_id": ("application_id_e37bfabd",),
        "number": ("number_b846878c_like",),
        "department_id": ("department_id_d66c4837", "department_id_d66c4837_like"),
        "opinion_by_id": ("opinion_by_id_0b87881f",),
        "decided_by_id": ("decided_by_id_85391b98",),
    },
    "applications_job": {
        "department_id": ("department_id_7cdd5ce0", "department_id_7cdd5ce0_like"),
        "assignee_id": ("assignee_id_1bcfb3f4",),
    },
    "applications_materialentry": {
        "application_id": ("application_id_4c054910",),
        "supplier_id": ("supplier_id_7ac77d8e",),
        "document_id": ("document_id_821ea260",),
    },
}


def dropped(table: str, column: str, name: str) -> migrations.RunSQL:
    kind = " varchar_pattern_ops" if name.endswith("_like") else ""
    return migrations.RunSQL(
        f"DROP INDEX CONCURRENTLY IF EXISTS {table}_{name}",
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {table}_{name} ON {table} ({column}{kind})",
    )


def unindexed(model: str, name: str, to: str, related: str = "+", **given) -> migrations.AlterField:
    on_delete = models.CASCADE if related != "+" and model != "application" else models.PROTECT
    field = models.ForeignKey(to, on_delete, related_name=related, db_index=False, **given)
    return migrations.AlterField(model, name, field)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("applications", "0022_a_refusal_owes_nothing")]

    operations = [
        AddIndexConcurrently(
            "application",
            models.Index(fields=["region"], name="application_by_region", opclasses=["varchar_pattern_ops"]),
        ),
        AddIndexConcurrently(
            "application",
            models.Index(fields=["agent", "-id"], name="application_by_agent", condition=Q(agent__isnull=False)),
        ),
        AddIndexConcurrently(
            "application",
            models.Index(fields=["lead", "state", "-id"], name="application_led", condition=~Q(lead="")),
        ),
        AddIndexConcurrently(
            "application",
            models.Index(fields=["clerk", "-id"], name="draft_at_counter", condition=Q(number__isnull=True)),
        ),
        *(
            dropped(table, column, name)
            for table, columns in UNASKED.items()
            for column, names in columns.items()
            for name in names
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                unindexed("application", "node", "directory.region", verbose_name="节点"),
                unindexed("application", "region", "directory.region", verbose_name="收件地"),
                unindexed("application", "window", "directory.window", null=True, verbose_name="窗口"),
                unindexed("application", "applicant", "directory.party", "applications", null=True, verbose_name="申请人"),
                unindexed("application", "agent", "directory.party", null=True, verbose_name="代理人"),
                unindexed("application", "clerk", "directory.user", null=True, verbose_name="收件人"),
                unindexed("application", "acceptor", "directory.user", null=True, verbose_name="受理人"),
                migrations.AlterField(
                    "application", "lead", models.CharField("牵头部门", max_length=64, blank=True)
                ),
                unindexed("member", "application", "applications.application", "members"),
                unindexed("member", "department", "directory.department", verbose_name="部门"),
                unindexed("member", "opinion_by", "directory.user", null=True, verbose_name="审查人"),
                unindexed("member", "decided_by", "directory.user", null=True, verbose_name="决定人"),
                unindexed("job", "department", "directory.department", verbose_name="部门"),
                unindexed("job", "assignee", "directory.user", null=True, verbose_name="承办人"),
                unindexed("materialentry", "application", "applications.application", "materials"),
                unindexed("materialentry", "supplier", "applications.member", null=True, verbose_name="产生它的事项"),
                unindexed("materialentry", "document", "issuance.document", null=True, verbose_name="产生的文书"),
            ]
        ),
    ]
