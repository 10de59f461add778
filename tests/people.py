"""People and places for tests, made by the real actions: every account and post has a lawful history."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count

from django.conf import settings
from django.contrib.auth.hashers import make_password

from apps.directory import actions
from apps.directory.models import Department, Party, Region, User
from apps.directory.queries import actor_for
from apps.journal.actor import SYSTEM
from apps.journal.models import Delivery, Event

PASSWORD = "Correct-Horse-27"
CIXI, CITY = "330282", "330200"
PERSON_ID, OTHER_ID, USCC = "330282198506150021", "330203199001010014", "91330282MA2A00001K"
_numbers = count(1)

DEPARTMENTS = [
    {"code": "scjg", "name": "慈溪市市场监督管理局", "short_name": "市场监管", "region": CIXI},
    {"code": "wsjs", "name": "慈溪市卫生和计划生育局", "short_name": "卫计", "region": CIXI},
    {"code": "nb-scjg", "name": "宁波市市场监督管理局", "short_name": "市场监管", "region": CITY},
]
ZONES = [
    {"code": "shangshi", "name": "商事登记", "hall": "一楼", "windows": ["01", "02"], "region": CIXI},
    {"code": "minsheng", "name": "社会民生", "hall": "二楼", "windows": ["28"], "region": CIXI},
    {"code": "nb-shangshi", "name": "商事登记", "hall": "市中心", "windows": ["A01"], "region": CITY},
]


def places() -> None:
    """Regions, three departments and three zones; those that a catalogue has loaded stay as they are."""
    if not Region.objects.exists():
        actions.load_regions(settings.BASE_DIR / "fixtures" / "regions.yaml")
    if Department.objects.filter(pk__in=["scjg", "nb-scjg"]).count() < 2:
        actions.upsert_departments(SYSTEM, DEPARTMENTS)
        actions.upsert_zones(SYSTEM, ZONES)


def account(name: str = "张三丰", *, node: str = CIXI, username: str | None = None) -> User:
    """A staff account without any post; its password is PASSWORD."""
    places()
    user, _ = actions.invite_staff(
        by=SYSTEM,
        username=username or f"staff{next(_numbers)}",
        name=name,
        region=node,
        encoded=make_password(PASSWORD),
    )
    return user


def staff(role: str, *, node: str = CIXI, department: str | None = None, user: User | None = None, **post) -> User:
    """An account with one post today. A clerk is a generalist, a department's role sits at 市场监管, unless said."""
    user = user or account(node=node)
    if role in ("reviewer", "head", "seal_keeper"):
        department = department or ("scjg" if node == CIXI else "nb-scjg")
    if role == "clerk" and "zones" not in post:
        post.setdefault("generalist", True)
    actions.give_post(by=SYSTEM, user=user, role=role, region=node, department=department, **post)
    return user


def actor(role: str, **kwargs):
    return actor_for(staff(role, **kwargs))


def party(kind: str = "person", **given) -> Party:
    numbers = {"person": PERSON_ID, "enterprise": USCC}
    names = {"person": "王小明", "enterprise": "慈溪市一味餐饮有限公司"}
    return actions.save_party(
        by=SYSTEM, kind=kind, **{"name": names[kind], "id_number": numbers[kind], "mobile": "13805740001", **given}
    )


def citizen(own: Party | None = None, *, username: str | None = None) -> User:
    return actions.open_citizen_account(
        by=SYSTEM,
        username=username or f"citizen{next(_numbers)}",
        party=own or party(),
        encoded=make_password(PASSWORD),
    )


@contextmanager
def nothing_written(*models):
    """No event, no delivery and no row of these models appears inside the block."""
    watched = (Event, Delivery, *models)
    before = [model._base_manager.count() for model in watched]
    yield
    assert [model._base_manager.count() for model in watched] == before
