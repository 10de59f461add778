"""States of people and posts that should be impossible, whatever path led there."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from django.db.models import F

from apps.journal.invariants import invariant, told
from apps.kit.time import today

from . import policy
from .models import Absence, Post
from .queries_people import open_posts


@invariant("directory.duties_apart")
def duties_apart():
    held: dict[int, list[Post]] = defaultdict(list)
    for post in open_posts().only("user_id", "role", "valid_from", "valid_to").order_by("id"):
        held[post.user_id].append(post)
    for posts in held.values():
        for one, other in combinations(posts, 2):
            together = (one.valid_to is None or one.valid_to >= other.valid_from) and (
                other.valid_to is None or other.valid_to >= one.valid_from
            )
            if together and policy.incompatible(one.role, other.role):
                yield {
                    "what": "同一人不应兼任办理与监督、管理或审计的岗位",
                    "where": f"post:{one.pk}, post:{other.pk}",
                }


@invariant("directory.post_in_its_node")
def post_in_its_node():
    foreign = (
        open_posts().filter(department__isnull=False).exclude(region__node_code=F("department__region__node_code"))
    )
    yield from told(foreign, "岗位的部门应在岗位所在的节点")
    zoned = open_posts().filter(zones__isnull=False).exclude(region__node_code=F("zones__region__node_code"))
    yield from told(zoned.distinct(), "岗位的板块应在岗位所在的节点")


@invariant("directory.post_of_staff")
def post_of_staff():
    yield from told(Post.objects.exclude(user__kind="staff"), "只有工作人员可以任职")


@invariant("directory.region_in_force")
def region_in_force():
    yield from told(open_posts().filter(region__valid_to__lt=today()), "在任的岗位不应挂在已撤销的地区")


@invariant("directory.absence_of_the_holder")
def absence_of_the_holder():
    yield from told(Absence.objects.exclude(holder=F("post__user")), "缺席人应是岗位的任职人")
