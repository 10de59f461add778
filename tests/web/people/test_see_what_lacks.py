"""岗位齐备: a node says what it lacks to carry what its catalogue offers."""

import re

import pytest

from apps.directory.models import Post, Window
from apps.kit.time import now
from tests.web.conftest import client_of

pytestmark = pytest.mark.usefixtures("world")


def rows(username: str) -> dict[str, str]:
    """{node: its line in words}."""
    body = client_of(username).get("/people/ready/").content.decode()
    lines = re.findall(r"<tr>(.*?)</tr>", body, re.S)[1:]
    words = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", line)).strip() for line in lines]
    return {line.partition(" ")[0]: line for line in words}


def test_a_node_says_what_it_lacks():
    """Nobody who decides, one person for both posts, a zone without a clerk or a window: each stops cases that were taken in."""
    assert {name: line.split()[1] for name, line in rows("cixi-admin").items()} == {"慈溪市": "齐备"}  # his own node, and no other
    everywhere = rows("city-admin")
    assert len(everywhere) == 17 and "没有开办" in everywhere["余姚市"]
    held = Post.objects.filter(department="scjg", ended_at=None)
    held.filter(role="reviewer").exclude(user__username="scjg-reviewer").update(ended_at=now())
    held.filter(role="head").update(user=held.get(role="reviewer").user)
    Post.objects.filter(department="wsjs", role__in=["head", "seal_keeper"]).update(ended_at=now())
    counter = Post.objects.filter(region="330282", role__in=["clerk", "issue_clerk"])
    counter.exclude(user__username="cixi-clerk2").update(ended_at=now())
    Window.objects.filter(zone__code="shangshi").update(closed=True)
    (line,) = rows("cixi-admin").values()
    assert "还缺" in line and "慈溪市市场监督管理局里审查的和决定的是同一个人" in line
    assert "的“部门负责人”“印章管理员”没有人任职" in line and "“出件员”没有人任职" in line
    assert "板块没有能受理的综合窗口受理员" in line and "板块没有开着的窗口" in line
    counter.update(ended_at=now())
    assert "“综合窗口受理员”没有人任职" in rows("cixi-admin")["慈溪市"]


def test_its_cost_does_not_grow_and_nobody_else_reads_it(django_assert_max_num_queries):
    client = client_of("city-admin")
    client.get("/people/ready/")
    with django_assert_max_num_queries(12):
        client.get("/people/ready/")
    assert client_of("cixi-supervisor").get("/people/ready/").status_code == 403
