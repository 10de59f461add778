"""Who acts and who applies: holders of posts as they stand today, and applicants made up with right check digits."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from random import Random

from stdnum.cn import ric, uscc

from apps.directory.models import Party, Post, Region, Role
from apps.directory.policy import COUNTER_ROLES
from apps.directory.queries import actor_for, nodes
from apps.journal.actor import Actor
from apps.kit.errors import Refused
from apps.kit.pinyin import initials, pinyin
from apps.kit.places import stem_of
from apps.kit.time import today

SURNAMES = "陈王张李林徐周沈黄胡岑罗余孙叶郑毛戚施许杨吴史方董柴陆赵冯章"
GIVEN = "建国明华丽芳伟敏静强磊军洋勇艳杰娟涛超秀英霞平刚桂兰玉萍红波海燕晓东宁静远文博雨欣"
TRADES = ("餐饮", "食品", "百货", "五金", "模具", "电器", "服饰", "塑料", "宾馆", "物流", "药房", "美容", "水产", "轴承")


class Cast:
    """The staff by their posts of today, read before the stories go back in time. Raises Refused when the node has nobody at
    the counter or at the issue desk."""

    def __init__(self, node: str):
        self.node = node
        posts = Post.objects.on(today()).filter(region__node_code__startswith=stem_of(node), user__is_active=True)
        rows = list(posts.select_related("user", "region").order_by("-generalist", "pk"))  # all-round clerks first
        actors = {post.user_id: actor_for(post.user) for post in rows}
        self._held: dict[tuple[str, str], list[Actor]] = defaultdict(list)
        for post in rows:
            place = post.department_id or post.region.node_code
            self._held[post.role, place].append(actors[post.user_id])
        for role in COUNTER_ROLES:
            if not self._held[role, node]:
                raise Refused(
                    "simulate.staff",
                    f"节点 {node} 没有在岗的{Role(role).label}；请先任命，或用 load_demo 读入演示人员。",
                    "node",
                )

    @property
    def clerk(self) -> Actor:
        return self._held[Role.CLERK, self.node][0]

    @property
    def issuer(self) -> Actor:
        return self._held[Role.ISSUE_CLERK, self.node][0]

    def of(self, department: str, role: str, *others: Actor) -> Actor | None:
        """Someone with that post at the department who is none of the others (duties apart)."""
        return next((one for one in self._held[role, department] if one not in others), None)


def staffed_nodes(wanted: list[str]) -> list[str]:
    """The nodes asked for, or all that have a clerk and an issue desk today. Raises Refused for an unknown one."""
    known = {region.pk for region in nodes()}
    for code in wanted:
        if code not in known:
            raise Refused("simulate.node", f"没有编码为“{code}”的节点；可用：{'、'.join(sorted(known))}。", "node")
    if wanted:
        return list(dict.fromkeys(wanted))
    posts = Post.objects.on(today())
    held = [set(posts.filter(role=role).values_list("region__node_code", flat=True)) for role in COUNTER_ROLES]
    return sorted(known.intersection(*held))


@dataclass(frozen=True, slots=True)
class Applicant:
    kind: str
    name: str
    id_number: str
    mobile: str
    legal_rep_name: str = ""
    legal_rep_id: str = ""

    def as_given(self) -> dict:
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


def citizen_number(rng: Random, county: str) -> str:
    stem = f"{county}{rng.randint(1950, 1999)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randint(0, 999):03d}"
    return stem + ric.calc_check_digit(stem + "0")


def enterprise_number(rng: Random, county: str) -> str:
    stem = f"91{county}MA{''.join(rng.choice('0123456789ABCDEFGH') for _ in range(7))}"
    return _with_check(stem)


def _with_check(stem: str) -> str:
    return stem + uscc.calc_check_digit(stem)


def applicants(rng: Random, node: str, count: int, *, persons: bool) -> list[Applicant]:
    """Different numbers, none of them held by anybody yet; the names may be the same, as in life."""
    county, town = node[:6], Region.objects.get(pk=node).name.removesuffix("市").removesuffix("区")
    made: dict[str, Applicant] = {}
    while len(made) < count:
        fresh = [_person(rng, county) if persons else _enterprise(rng, county, town) for _ in range(count - len(made))]
        numbers = [one.id_number for one in fresh]
        taken = set(Party.objects.filter(id_number__in=numbers).values_list("id_number", flat=True))
        made |= {one.id_number: one for one in fresh if one.id_number not in taken}
    return list(made.values())


def _person(rng: Random, county: str) -> Applicant:
    name = rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(2))
    return Applicant(Party.Kind.PERSON, name, citizen_number(rng, county), _mobile(rng))


def _enterprise(rng: Random, county: str, town: str) -> Applicant:
    word = "".join(rng.choice(GIVEN) for _ in range(rng.choice((2, 2, 3))))
    return Applicant(
        Party.Kind.ENTERPRISE,
        f"{town}{word}{rng.choice(TRADES)}有限公司",
        enterprise_number(rng, county),
        _mobile(rng),
        rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN),
        citizen_number(rng, county),
    )


_SPOKEN = re.compile("|".join([*TRADES, "."]))


def sound(name: str) -> str:
    """As `save_party` keeps it for the search. Letter by letter, save what a firm trades in: few sounds, each looked up once."""
    parts = _SPOKEN.findall(name)
    return f"{''.join(map(pinyin, parts))} {''.join(map(initials, parts))}"


def _mobile(rng: Random) -> str:
    return f"1{rng.choice('3578')}{rng.randint(0, 999_999_999):09d}"
