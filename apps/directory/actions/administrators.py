"""Who opens the house: the first administrator of a node is named by whoever runs the machine; everybody else by an administrator, on his pages."""

from __future__ import annotations

from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.journal.actor import SYSTEM
from apps.kit.errors import Refused
from apps.kit.places import city_of
from apps.kit.time import today

from .. import queries
from ..models import Post, Region, Role, User
from .accounts import invite_staff, reset_password, reset_second_factor, unlock_user
from .posts import give_post


@transaction.atomic
def open_house(*, node: str, username: str, name: str, mobile: str = "") -> tuple[User, str]:
    """The account, its post and its temporary password. Raises Refused naming the field, and where an administrator can do it himself."""
    place = _node(node)
    Region.objects.select_for_update().get(pk=place.pk)  # two machines at once: the second sees what the first has named
    over = city_of(place.pk)
    for code in dict.fromkeys((place.pk, over)):
        if standing := queries.holders(Role.NODE_ADMIN, node=code):
            who = "、".join(User.objects.filter(pk__in=standing).order_by("pk").values_list("username", flat=True))
            where = "这个节点" if code == place.pk else "市级"
            raise Refused(
                "administrator.stands",
                f"{where}已有管理员（账号 {who}），请由他在“人员岗位”任命；他进不来时用 --again --reason 给他新的临时密码。",
                "node",
            )
    user, password = invite_staff(by=SYSTEM, username=username, name=name, region=place.pk, mobile=mobile)
    give_post(by=SYSTEM, user=user, role=Role.NODE_ADMIN, region=place.pk)
    return user, password


@transaction.atomic
def let_in_again(*, node: str, username: str, reason: str) -> tuple[User, str]:
    """An administrator of the node whom no other administrator can help: lock and authenticator taken off, a new temporary password.
    Each is recorded with the reason. Raises Refused naming the field."""
    place = _node(node)
    held = Post.objects.on(today()).filter(role=Role.NODE_ADMIN, region=place)
    user = User.objects.filter(username=username.strip().lower(), pk__in=held.values("user")).first()
    if user is None:
        raise Refused("administrator.unknown", f"{place.name}没有账号为“{username}”的节点管理员，请核对。", "username")
    if not user.is_active:
        unlock_user(by=SYSTEM, user=user, reason=reason)
    if TOTPDevice.objects.filter(user=user).exists():
        reset_second_factor(by=SYSTEM, user=user, reason=reason)
    password = reset_password(by=SYSTEM, user=user, reason=reason)
    user.refresh_from_db()
    return user, password


def _node(code: str) -> Region:
    place = queries.get_region(code.strip(), field="node")
    if not place.is_node:
        raise Refused("administrator.node", f"“{place.name}”不是节点，请写市、区县或园区的编码。", "node")
    return place
