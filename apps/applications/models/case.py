"""What was filed, its items, and the departments' work on them."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Coalesce

from apps.catalog.compiler import as_answered
from apps.catalog.forms_schema import personal, shown
from apps.directory.models import Department, Party, Region, User, Window
from apps.journal.actor import Actor
from apps.journal.models import Chained
from apps.kit.errors import Forbidden
from apps.kit.jsontext import ShortNumbers
from apps.kit.masking import mask_name

from .. import policy, sight
from ..handout import HandOut
from ..searching import Pairs
from ..workflow import ApplicationLife, JobLife, MemberLife


def guard(life: type[models.Model]) -> list[pgtrigger.Trigger]:
    """The same life held by the database: an UPDATE that is not one of the page's moves raises."""
    pairs = {
        (str(move.source), str(move.target))
        for method in vars(life).values()
        if hasattr(method, "_django_fsm")
        for move in method._django_fsm.transitions.values()
    }
    return [pgtrigger.FSM(name="lawful_moves", field="state", transitions=sorted(pairs))]


class Channel(models.TextChoices):
    COUNTER = "counter", "窗口"
    ONLINE = "online", "网上"
    MOBILE = "mobile", "掌上"
    MAIL = "mail", "邮寄"
    KIOSK = "kiosk", "自助终端"
    AGENT = "agent", "代办"


ON_PAPER = (Channel.COUNTER, Channel.MAIL)  # brought or sent to the hall, and typed there

class IssueMode(models.TextChoices):
    TOGETHER = "together", "全部办好，一次领取"
    AS_READY = "as_ready", "办好一件，领取一件"


BY_DAY = {"autosummarize": True, "pages_per_range": 32}
LIT = Q(state__in=["in_progress", "partly_done"]) & ~Q(light="green")
LAST = date(9999, 12, 31)
DUE_KEY = Coalesce("due_on", Value(LAST), output_field=models.DateField())  # what has no due date (paused) comes last
CURE_KEY = Coalesce("cure_by", Value(LAST), output_field=models.DateField())
# Of what is under check those that passed a pre-check come first.
TURN = Case(When(pre_passed_on__isnull=False, then=0), default=1, output_field=models.SmallIntegerField())
PARCEL = ("handout.recipient", "handout.phone", "handout.address")  # as `reveal` is asked for them


class Application(Chained, ApplicationLife):
    """What was filed. Everything of a case is written under this row's lock. `plan` is frozen: a later publication never
    disturbs a running case."""

    number = models.CharField("办件编号", max_length=20, unique=True, null=True)  # noqa: DJ001 a draft has none yet
    code = models.CharField("事项", max_length=64)
    name = models.CharField("事项名称", max_length=200)
    plan = ShortNumbers(encoder=DjangoJSONEncoder)
    answers = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices, default=Channel.COUNTER)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, verbose_name="收件地")
    node = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, verbose_name="节点")
    window = models.ForeignKey(
        Window, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="窗口"
    )
    applicant = models.ForeignKey(
        Party, models.PROTECT, null=True, related_name="applications", db_index=False, verbose_name="申请人"
    )
    applicant_name = models.CharField("申请人名称", max_length=200, blank=True)
    applicant_kind = models.CharField("申请人类型", max_length=10, blank=True)
    agent = models.ForeignKey(
        Party, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="代理人"
    )
    contact_mobile = models.CharField("联系手机", max_length=20, blank=True)
    wants_sms = models.BooleanField("短信通知", default=True)
    wants_mail = models.BooleanField("电子邮件通知", default=True)
    departments = ArrayField(models.CharField(max_length=64), default=list)
    lead = models.CharField("牵头部门", max_length=64, blank=True)
    issue = models.CharField("出件方式", max_length=10, choices=IssueMode.choices, default=IssueMode.AS_READY)
    handout = models.CharField("领取方式", max_length=10, choices=HandOut.choices, blank=True)  # "": to the counter
    recipient = models.CharField(
        "收件人", max_length=60, blank=True
    )  # "": the applicant, as the phone is the contact's
    recipient_phone = models.CharField("收件电话", max_length=20, blank=True)
    recipient_address = models.CharField("收件地址", max_length=200, blank=True)
    clerk = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="收件人")
    acceptor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="受理人"
    )
    opened_at = models.DateTimeField("建立时间", auto_now_add=True)
    discarded_at = models.DateTimeField("放弃草稿时间", null=True)
    kept_until = models.DateField("草稿保留至", null=True)  # of a draft from home; see actions/expiring.py
    warned_on = models.DateField("草稿到期提醒日", null=True)
    pre_passed_on = models.DateField("预审通过日", null=True)
    received_at = models.DateTimeField("收件时间", null=True)
    receipt_date = models.DateField("收件日", null=True)
    accepted_on = models.DateField("受理日", null=True)
    notice_due = models.DateField("一次性告知截止日", null=True)
    cure_by = models.DateField("补正截止日", null=True)
    supplemented_on = models.DateField("网上补齐日", null=True)
    deemed = models.BooleanField("视为受理", default=False)
    renews = models.BigIntegerField(  # begun from what was granted on this member: marked when it is received, see actions/marking.py
        "为哪一事项的证照申请延续", null=True
    )
    renew_by = models.DateField("延续决定的最后一日", null=True)  # asked for in time: undecided after this day = renewed
    due_on = models.DateField("办结期限", null=True)
    light = models.CharField("时限灯", max_length=8, default="green")
    outcome = models.CharField("结果", max_length=20, blank=True)
    ended_on = models.DateField("结束日", null=True)

    policy = staticmethod(policy.allow_application)
    lock_related = ("applicant", "renewal")

    class Meta:
        # Every row pays for each of them, at every move: none that another one answers for, or that no list asks.
        indexes = [
            models.Index(fields=["node", "-id"], name="application_by_node"),
            models.Index(fields=["node", "state", "-id"], name="application_by_state"),
            # By its beginning too: a township's halls lie below its code.
            models.Index(fields=["region"], name="application_by_region", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["applicant", "-id"], name="application_by_party"),
            models.Index(fields=["agent", "-id"], name="application_by_agent", condition=Q(agent__isnull=False)),
            models.Index(fields=["lead", "state", "-id"], name="application_led", condition=~Q(lead="")),
            models.Index(
                fields=["pre_passed_on", "node"],
                name="application_pre_passed",
                condition=Q(pre_passed_on__isnull=False),
            ),
            GinIndex(fields=["departments"], name="application_by_department"),
            # What waits to be flushed is read by every search: not much of it.
            GinIndex(Pairs("applicant_name", Value("")), name="application_applicants", gin_pending_list_limit=512),
            models.Index(fields=["code", "-id"], name="application_by_code"),
            # Days follow the order in which rows are written: a few bytes a range of pages are enough to find them.
            BrinIndex(fields=["receipt_date", "accepted_on", "ended_on"], name="application_by_day", **BY_DAY),
            models.Index(fields=["light", "-id"], name="application_lit", condition=LIT),
            models.Index(
                TURN,
                "notice_due",
                "id",
                name="application_under_check",
                condition=Q(state__in=["received", "checking"], notice_due__isnull=False),
            ),
            models.Index(CURE_KEY, "id", name="application_awaited", condition=Q(state="awaiting_supplement")),
            models.Index(fields=["node", "-id"], name="application_unaccepted", condition=Q(state__in=ApplicationLife.BEFORE_ACCEPTANCE)),
            models.Index(
                fields=["kept_until", "id"],
                name="draft_from_home",
                condition=Q(number__isnull=True, discarded_at__isnull=True, clerk__isnull=True),
            ),
            models.Index(fields=["clerk", "-id"], name="draft_at_counter", condition=Q(number__isnull=True)),
        ]
        triggers = guard(ApplicationLife)
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "pre_checking", "pre_returned", "pre_passed"])
                | Q(number__isnull=False, receipt_date__isnull=False, applicant__isnull=False),
                name="received_has_number_date_applicant",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["in_progress", "partly_done", "done"]) | Q(accepted_on__isnull=False),
                name="running_was_accepted",
            ),
        ]

    def __str__(self):
        return f"{self.number or '草稿'} {self.name}"

    @property
    def applicant_shown(self) -> str:
        """The applicant in a list: a person masked, an enterprise by its public name (DOMAIN.md 4.7)."""
        return mask_name(self.applicant_name) if self.applicant_kind == "person" else self.applicant_name

    @property
    def proxy(self) -> Party | None:
        """Who handles it for the applicant; who represents a firm by law is the firm itself, though he filed it from his own account."""
        agent = self.agent
        if agent is None or agent.pk == self.applicant_id:
            return None
        whose = self.applicant
        of_law = whose is not None and (agent.name, agent.id_number) == (whose.legal_rep_name, whose.legal_rep_id)
        return None if of_law else agent

    @property
    def last_day(self) -> date | None:
        """By when it is decided; of a renewal asked for in time no later than the old certificate's end, with which the law decides."""
        return min(self.due_on, self.renew_by) if self.due_on and self.renew_by else self.due_on

    @property
    def handout_label(self) -> str:
        """How the results are handed out; who chose nothing comes to the counter."""
        return HandOut(self.handout or HandOut.COUNTER).label

    @property
    def parcel(self) -> tuple[str, str, str]:
        """(to whom, phone, address) of what goes by courier."""
        return (
            self.recipient or self.applicant_name,
            self.recipient_phone or self.contact_mobile,
            self.recipient_address,
        )

    @property
    def reveal_label(self) -> str:
        return self.number or f"草稿 {self.pk}"

    def demand_need(self, by: Actor, field: str) -> None:
        """Raises Forbidden for an answer that only other departments' members need (sight.needs)."""
        owner, _, name = field.partition(".")
        element = next((e for e in self.form if e["element"] == name), None)
        if owner == "handout" and sight.needs(by, self, self.members.only("code", "department_id")) is not None:
            raise Forbidden("领取方式是窗口和出件的事，不是部门审查所需要的信息。", code="forbidden.need_to_know")
        if owner == "answers" and element:
            know = sight.needs(by, self, self.members.only("code", "department_id"))
            if not sight.needed(element, know):
                raise Forbidden("这一项不是您部门办理的事项所需要的信息。", code="forbidden.need_to_know")

    def reveal_value(self, field: str) -> str:
        """The full value behind a mask of this case: "contact_mobile", "handout.address", "applicant.id_number", "answers.<element>".

        Raises KeyError for what is not masked.
        """
        if field == "contact_mobile":
            return self.contact_mobile
        if parcel := dict(zip(PARCEL, self.parcel, strict=True)).get(field):
            return parcel
        owner, _, name = field.partition(".")
        if owner == "answers":
            element = next(e for e in [*self.plan["elements"], {}] if e.get("element") in (name, None))
            if not personal(element):
                raise KeyError(field)
            return str(self.answers[name])
        party = getattr(self, owner) if owner in ("applicant", "agent") else None
        if party is None:
            raise KeyError(field)
        return party.reveal_value(name)

    def plan_of(self, code: str) -> dict:
        """The frozen definition of one member; of one that an amended situation took out, in the plan that held it."""
        for plan in (self.plan, *reversed(self.plan.get("former", ()))):
            for member in plan["members"]:
                if member["code"] == code:
                    return member
        raise LookupError(code)

    @property
    def listed(self) -> list[dict]:
        """The plan's materials, each as strict and for as many members as the filled-in form makes it."""
        return [as_answered(line, self.plan["answers"], self.answers) for line in self.plan["materials"]]

    @property
    def form(self) -> list[dict]:
        """The plan's fields, each for the members that need it by the answers given."""
        return [as_answered(line, self.plan["answers"], self.answers) for line in self.plan["elements"]]

    def asks(self, element: str) -> bool:
        """Whether the form as it is filled in has this field."""
        line = next((line for line in self.plan["elements"] if line["element"] == element), None)
        return line is not None and shown(line, self.answers, self.plan["answers"])

    def weighed(self, entries) -> list:
        """Lines of the checklist, each as strict as the answers make it: what is stored is as strict as the form could."""
        strict = {line["material"]: line["necessity"] for line in self.listed}
        entries = list(entries)
        for entry in entries:
            entry.necessity = strict.get(entry.code, entry.necessity)
        return entries

    def asked_ever(self, name: str, key: str) -> dict[str, dict]:
        """{key: line} of the plan's `name`; of what an amended situation asks no more, as the plan that asked it said."""
        former = {line[key]: line for plan in self.plan.get("former", ()) for line in plan[name]}
        return former | {line[key]: as_answered(line, self.plan["answers"], self.answers) for line in self.plan[name]}


class Member(MemberLife):
    """One item in an application, with its own number, acceptance, clocks, decision and certificate."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="members", db_index=False)
    position = models.PositiveSmallIntegerField()
    code = models.CharField("事项", max_length=64)
    name = models.CharField("事项名称", max_length=200)
    number = models.CharField("编号", max_length=24, unique=True)
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="+", db_index=False, verbose_name="部门"
    )
    accepted_on = models.DateField("受理日", null=True)
    gap_open = models.BooleanField("容缺未补", default=False)
    gap_cure_by = models.DateField("容缺补齐期限", null=True)
    opinion_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="审查人"
    )
    supplement_by = models.DateField("审查补正截止日", null=True)
    consulted = models.BooleanField("征求过其他部门意见", default=False)
    hearing_held_on = models.DateField("听证日", null=True)
    decision = models.CharField("决定", max_length=8, blank=True)
    decision_reason = models.TextField("理由", blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="决定人"
    )
    decided_on = models.DateField("决定日", null=True)
    valid_to = models.DateField("证照有效期至", null=True)
    served_on = models.DateField("送达日", null=True)
    cancelled_on = models.DateField("证照注销日", null=True)
    ended_on = models.DateField("未经决定而结束的日子", null=True)
    due_on = models.DateField("办结期限", null=True)
    light = models.CharField("时限灯", max_length=8, default="green")

    chain_root_field = "application"
    policy = staticmethod(policy.allow_member)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["application", "code"], name="member_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["granted", "sealed", "ready_for_issue", "collected", "dispatched", "served"])
                | Q(decided_on__isnull=False, gap_open=False),
                name="no_certificate_with_a_gap",
            ),
        ]
        indexes = [
            models.Index(fields=["department", "state", "due_on", "id"], name="member_by_department"),
            BrinIndex(fields=["decided_on", "served_on", "ended_on"], name="member_by_day", **BY_DAY),
            models.Index(fields=["gap_cure_by", "id"], name="member_with_gap", condition=Q(gap_open=True)),
            models.Index(
                fields=["gap_cure_by", "id"],
                name="member_owing_ahead",
                condition=Q(state="waiting", gap_cure_by__isnull=False),
            ),
            models.Index(fields=["decided_on", "id"], name="member_ready", condition=Q(state="ready_for_issue")),
            models.Index(fields=["-decided_on", "-id"], name="member_granted", condition=Q(decision="granted")),
            models.Index("light", DUE_KEY, "id", name="member_lit", condition=~Q(light="green") & Q(state__in=MemberLife.UNDECIDED)),
        ]
        triggers = guard(MemberLife)

    @property
    def owes_ahead(self) -> bool:
        """It waits for its predecessor, and a material that it needs was promised by a day all the same."""
        return self.state == self.State.WAITING and self.gap_cure_by is not None

    @property
    def revoked_on(self) -> date | None:
        """When what was granted on a broken word was revoked: from then on nothing of it is given. Who asks many rows loads their
        commitments with them."""
        return self.commitment.revoked_on if hasattr(self, "commitment") else None

    def __str__(self):
        return f"{self.number} {self.name}"

    @property
    def definition(self) -> dict:
        return self.application.plan_of(self.code)


OUT_OF_HANDS = ("closed", "misrouted")  # states of a job that no longer lies with its department


class Job(JobLife):
    """A department's piece of work on a member: claimed by a reviewer, concluded with an opinion, countersigned by the head."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="jobs")
    member = models.ForeignKey(Member, models.CASCADE, related_name="jobs")
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="+", db_index=False, verbose_name="部门"
    )
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="承办人"
    )
    recommendation = models.CharField("建议", max_length=8, blank=True)
    opinion = models.TextField("审查意见", blank=True)
    checks = models.JSONField("对照标准的结论", default=list, blank=True)  # [{"code", "result", "note"}], see checks.py
    returned = models.BooleanField("曾退回分办", default=False)
    due_on = models.DateField("期限", null=True)
    light = models.CharField("时限灯", max_length=8, default="green")
    opened_at = models.DateTimeField("派发时间", auto_now_add=True)

    chain_root_field = "application"
    policy = staticmethod(policy.allow_job)
    lock_related = ("member", "member__hearing", "member__commitment")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=~Q(state="closed"), name="one_open_job_a_member")
        ]
        indexes = [
            models.Index("department", DUE_KEY, "id", name="job_concluded", condition=Q(state="concluded")),
            models.Index(fields=["assignee", "state", "due_on", "id"], name="job_mine"),
            models.Index(
                "department", DUE_KEY, "id", name="job_by_clock", condition=~Q(state__in=OUT_OF_HANDS)
            ),
            models.Index(fields=["department", "-id"], name="job_done", condition=Q(state="closed")),
        ]
        triggers = guard(JobLife)

    def __str__(self):
        return f"job {self.pk} {self.department_id}"
