"""Who works here: accounts, their posts (a role at a place, with dates) and substitutes for absences (AB岗)."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

from apps.journal.models import Chained
from apps.kit.time import today

from .. import policy
from .places import Department, Region, Window, Zone


class DateRange(Func):
    """daterange(from, to, '[]'): both ends are valid days, an open end is NULL."""

    function = "daterange"
    output_field = DateRangeField()


class Role(models.TextChoices):
    CLERK = "clerk", "综合窗口受理员"
    ISSUE_CLERK = "issue_clerk", "出件员"
    REVIEWER = "reviewer", "审批人员"
    HEAD = "head", "部门负责人"
    SEAL_KEEPER = "seal_keeper", "印章管理员"
    SUPERVISOR = "supervisor", "监督人员"
    CATALOGUE = "catalogue", "目录管理员"
    NODE_ADMIN = "node_admin", "节点管理员"
    AUDITOR = "auditor", "审计员"


class UserManager(BaseUserManager):
    def get_by_natural_key(self, username: str):
        return self.get(username__iexact=username)


class User(AbstractBaseUser, PermissionsMixin, Chained):
    """An account. Rights never stand on the account: staff get them by posts, citizens by their party and mandates.

    `session_epoch` is part of the session hash: raising it cuts every open session for good.
    """

    class Kind(models.TextChoices):
        STAFF = "staff", "工作人员"
        CITIZEN = "citizen", "办事人"

    username = models.CharField(
        "账号",
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_.@-]{2,59}$", "账号用小写字母、数字、点、横线，至少 3 位。")],
    )
    name = models.CharField("姓名", max_length=60)
    mobile = models.CharField("手机号", max_length=20, blank=True)
    email = models.CharField("邮箱", max_length=200, blank=True)  # only one that a code has proved stands here
    wants_sms = models.BooleanField("收短信", default=True)
    wants_mail = models.BooleanField("收电子邮件", default=True)
    kind = models.CharField("类别", max_length=8, choices=Kind.choices, default=Kind.STAFF)
    party = models.ForeignKey(
        "directory.Party", models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name="办事人"
    )
    home = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属节点")
    pinyin = models.CharField(max_length=200, editable=False, blank=True)
    is_active = models.BooleanField("可用", default=True)
    must_change_password = models.BooleanField("须修改密码", default=False)
    temporary_until = models.DateTimeField("临时密码有效期", null=True, blank=True)
    locked_at = models.DateTimeField("锁定时间", null=True, blank=True)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    city_given: bool = False  # holds a post that his node's administrator cannot give; set by who asks the policy

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = "账号"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="staff", party__isnull=True, home__isnull=False)
                | Q(kind="citizen", party__isnull=False),
                name="staff_have_a_node_citizens_a_party",
            ),
            models.CheckConstraint(
                condition=Q(locked_at__isnull=True) | Q(is_active=False), name="locked_account_is_inactive"
            ),
        ]
        indexes = [models.Index(fields=["home", "pinyin", "id"], name="user_list")]

    def __str__(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        return f"{super().get_session_auth_hash()}.{self.session_epoch}"

    def get_session_auth_fallback_hash(self):
        for part in super().get_session_auth_fallback_hash():
            yield f"{part}.{self.session_epoch}"

    @property
    def node_code(self) -> str | None:
        return self.home_id

    def policy(self, actor, verb: str, subject):
        return policy.allow_account(actor, verb, self)

    def reveal_value(self, field: str) -> str:
        if field != "mobile":
            raise KeyError(field)
        return self.mobile


class PostQuerySet(models.QuerySet):
    def on(self, day: date):
        """Posts that hold on this day (Beijing date)."""
        return self.filter(valid_from__lte=day, ended_at__isnull=True).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )


class Post(Chained):
    """A role held at a place between two dates. `ended_at` ends it at once, before its last day is over."""

    user = models.ForeignKey(User, models.PROTECT, related_name="posts", verbose_name="人员")
    role = models.CharField("岗位", max_length=12, choices=Role.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="地区")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name="部门"
    )
    zones = models.ManyToManyField(Zone, blank=True, related_name="+", verbose_name="可受理板块")
    generalist = models.BooleanField("全科（本节点全部板块）", default=False)
    window = models.ForeignKey(Window, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="窗口")
    valid_from = models.DateField("开始日", default=today)
    valid_to = models.DateField("最后一日", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = "任职"
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="post_role_is_known"),
            models.CheckConstraint(
                condition=~Q(role__in=policy.DEPARTMENT_ROLES) | Q(department__isnull=False),
                name="post_role_needs_department",
            ),
            models.CheckConstraint(
                condition=Q(role__in=policy.COUNTER_ROLES) | Q(generalist=False),
                name="post_only_counter_is_generalist",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="post_dates_in_order",
            ),
            ExclusionConstraint(
                name="post_not_held_twice_at_once",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("region", RangeOperators.EQUAL),
                    (Coalesce("department_id", Value("")), RangeOperators.EQUAL),
                    (
                        DateRange("valid_from", "valid_to", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["region", "role"], name="post_by_place")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}（{self.department.label if self.department_id else self.region.name}）"

    @property
    def node_code(self) -> str:
        return self.region.node_code

    def policy(self, actor, verb: str, subject) -> None:
        policy.allow_post(actor, verb, self)


class Absence(models.Model):
    """Days on which a post is lent to a substitute (AB岗); the holder does not exercise it meanwhile."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="absences", verbose_name="任职")
    holder = models.ForeignKey(User, models.PROTECT, related_name="absences", verbose_name="缺席人")
    substitute = models.ForeignKey(User, models.PROTECT, related_name="substitutions", verbose_name="代理人")
    starts_on = models.DateField("开始日")
    ends_on = models.DateField("最后一日")
    reason = models.CharField("原因", max_length=200)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)

    chain_root_field = "post"

    class Meta:
        verbose_name = "缺席代理"
        constraints = [
            models.CheckConstraint(condition=~Q(substitute=F("holder")), name="substitute_is_not_holder"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="absence_dates_in_order"),
            ExclusionConstraint(
                name="one_substitute_a_day",
                expressions=[
                    ("post", RangeOperators.EQUAL),
                    (
                        DateRange("starts_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(cancelled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} → {self.substitute}"

    def policy(self, actor, verb: str, subject) -> None:
        policy.allow_post(actor, verb, self.post)
