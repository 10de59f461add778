from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.directory import actions
from apps.directory.models import Post, Role, Window
from apps.directory.queries import actor_for
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import BEIJING, today
from tests import people
from tests.people import nothing_written

NOON = datetime(2026, 11, 23, 12, tzinfo=BEIJING)
pytestmark = pytest.mark.usefixtures("places")


@pytest.mark.parametrize("role", Role.values)
def test_every_role_can_be_given_and_is_told(role):
    admin = people.actor("node_admin", node=people.CITY)
    user = people.account()
    where = {"department": "scjg"} if role in ("reviewer", "head", "seal_keeper") else {"region": people.CIXI}
    more = {"zones": ["shangshi"]} if role == "clerk" else {}
    post = actions.give_post(by=admin, user=user, role=role, **where, **more)
    held = actor_for(user)
    assert held.roles == {role}
    assert held.posts[0].node == people.CIXI
    event = Event.objects.latest("id")
    assert (event.name, event.chain) == ("post.give", f"post:{post.pk}")
    assert event.facts["role"] == role and event.by_id == admin.id


def test_a_clerk_is_competent_for_his_zones_only():
    user = people.staff("clerk", zones=["shangshi"])
    facts = actor_for(user).posts[0]
    assert facts.zones == {"shangshi"} and not facts.generalist


REFUSED = [
    ({"role": "mayor", "region": "330282"}, "role"),
    ({"role": "reviewer", "region": "330282"}, "department"),
    ({"role": "head", "region": "330282"}, "department"),
    ({"role": "seal_keeper", "region": "330282"}, "department"),
    ({"role": "reviewer", "department": "none"}, "department"),
    ({"role": "reviewer", "region": "330282", "department": "nb-scjg"}, "department"),
    ({"role": "clerk", "region": "330282"}, "zones"),
    ({"role": "clerk", "region": "330282", "zones": ["nb-shangshi"]}, "zones"),
    ({"role": "clerk", "region": "330282", "zones": ["nowhere", "shangshi"]}, "zones"),
    ({"role": "clerk", "region": "330282", "zones": ["shangshi"], "generalist": True}, "zones"),
    ({"role": "reviewer", "department": "scjg", "zones": ["shangshi"]}, "zones"),
    ({"role": "reviewer", "department": "scjg", "generalist": True}, "generalist"),
    ({"role": "supervisor", "region": "330204"}, "region"),
    ({"role": "supervisor", "region": "999999"}, "region"),
    ({"role": "supervisor"}, "region"),
    # Who sits in a township but oversees would oversee the county.
    *(({"role": role, "region": "330282107"}, "region") for role in ("supervisor", "catalogue", "node_admin", "auditor")),
    ({"role": "supervisor", "region": "330282", "valid_to": today() - timedelta(1)}, "valid_to"),
    ({"role": "supervisor", "region": "330282", "valid_from": today() - timedelta(9), "valid_to": today() - timedelta(1)}, "valid_to"),
]


@pytest.mark.parametrize(("given", "field"), REFUSED)
def test_refused_with_the_field(given, field):
    admin = people.actor("node_admin", node=people.CITY)
    user = people.account()
    with nothing_written(Post), pytest.raises(Refused) as refusal:
        actions.give_post(by=admin, user=user, **given)
    assert refusal.value.field == field


PAIRS = [
    ("auditor", "supervisor", False),
    ("auditor", "clerk", False),
    ("supervisor", "clerk", False),
    ("supervisor", "reviewer", False),
    ("node_admin", "head", False),
    ("node_admin", "issue_clerk", False),
    ("supervisor", "node_admin", True),
    ("supervisor", "catalogue", True),
    ("clerk", "issue_clerk", True),
    ("clerk", "reviewer", True),
    ("reviewer", "head", True),
    ("head", "seal_keeper", True),
]


@pytest.mark.parametrize(("first", "second", "together"), [*PAIRS, *((b, a, ok) for a, b, ok in PAIRS)])
def test_duties_that_one_person_may_not_hold_together(first, second, together):
    user = people.staff(first)
    if together:
        people.staff(second, user=user)
        assert actor_for(user).roles == {first, second}
        return
    with nothing_written(Post), pytest.raises(Refused) as refusal:
        people.staff(second, user=user)
    assert refusal.value.code == "post.incompatible"


def test_the_same_post_twice_at_once_is_refused_but_not_one_after_the_other():
    day = today()
    user = people.staff("supervisor", valid_to=day + timedelta(10))
    with nothing_written(Post), pytest.raises(Refused) as refusal:
        people.staff("supervisor", user=user, valid_from=day + timedelta(10))
    assert refusal.value.code == "post.twice"
    people.staff("supervisor", user=user, valid_from=day + timedelta(11))
    later = people.staff("supervisor", valid_from=day + timedelta(9))
    with nothing_written(Post), pytest.raises(Refused):
        people.staff("supervisor", user=later, valid_to=day + timedelta(9))
    people.staff("supervisor", user=later, valid_from=day + timedelta(8), valid_to=day + timedelta(8))


def test_the_database_refuses_what_walks_past_the_action():
    user = people.staff("supervisor")
    post = user.posts.get()
    twin = Post(user=user, role="supervisor", region=post.region, valid_from=today())
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(role="reviewer")
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(role="mayor")
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(valid_to=today() - timedelta(1))


def test_a_locked_account_or_a_citizens_gets_no_post():
    admin = people.actor("node_admin")
    user = people.account()
    actions.lock_user(by=admin, user=user, reason="离岗审查")
    for one in (user, people.citizen()):
        with nothing_written(Post), pytest.raises(Refused) as refusal:
            people.staff("supervisor", user=one)
        assert refusal.value.field == "user"


WHO = [
    # role and node of the actor, role and node of the post, what happens
    ("node_admin", "330282", "clerk", "330282", None),
    ("node_admin", "330200", "clerk", "330282", None),
    ("node_admin", "330200", "node_admin", "330282", None),
    ("node_admin", "330200", "auditor", "330282", None),
    ("node_admin", "330282", "node_admin", "330282", Forbidden),
    ("node_admin", "330282", "auditor", "330282", Forbidden),
    ("node_admin", "330282", "clerk", "330200", NotYours),
    ("node_admin", "330211", "clerk", "330282", NotYours),
    *((role, "330282", "clerk", "330282", Forbidden) for role in Role.values if role != "node_admin"),
]


@pytest.mark.parametrize(("role", "node", "wanted", "where", "refusal"), WHO)
def test_who_gives_posts(role, node, wanted, where, refusal):
    by = people.actor(role, node=node)
    user = people.account(node=where)
    more = {"generalist": True} if wanted == "clerk" else {}
    if refusal is None:
        assert actions.give_post(by=by, user=user, role=wanted, region=where, **more).pk
        return
    with nothing_written(Post), pytest.raises(refusal):
        actions.give_post(by=by, user=user, role=wanted, region=where, **more)


def test_nobody_gives_himself_a_post():
    admin = people.staff("node_admin", node=people.CITY)
    with nothing_written(Post), pytest.raises(Forbidden):
        actions.give_post(by=actor_for(admin), user=admin, role="supervisor", region=people.CITY)


def test_a_post_ends_with_the_next_request():
    admin = people.actor("node_admin")
    user = people.staff("clerk")
    post = user.posts.get()
    assert actor_for(user).has("clerk")
    actions.end_post(by=admin, post=post, reason="调离窗口")
    assert not actor_for(user).posts
    event = Event.objects.latest("id")
    assert (event.name, event.facts["reason"], event.facts["at_once"]) == ("post.end", "调离窗口", True)
    with nothing_written(), pytest.raises(WrongState):
        actions.end_post(by=admin, post=post, reason="调离窗口")
    people.staff("clerk", user=user)  # and it can be given again the same day
    assert actor_for(user).has("clerk")


def test_a_post_ends_later(time_machine):
    time_machine.move_to(NOON)
    admin = people.actor("node_admin")
    user = people.staff("clerk")
    last = today() + timedelta(3)
    actions.end_post(by=admin, post=user.posts.get(), reason="合同到期", on=last)
    assert actor_for(user).has("clerk")
    time_machine.shift(timedelta(days=3))
    assert actor_for(user).has("clerk")
    time_machine.shift(timedelta(days=1))
    assert not actor_for(user).posts


def test_what_is_over_is_not_ended_nor_changed_and_its_last_day_counts(time_machine):
    time_machine.move_to(NOON)
    admin, day = people.actor("node_admin"), today()
    user = people.staff("clerk", valid_from=day - timedelta(9), valid_to=day)
    post, stranger = user.posts.get(), people.actor("node_admin", node="330211")
    for by, refusal in ((stranger, NotYours), (people.actor("clerk"), Forbidden)):
        with nothing_written(Post), pytest.raises(refusal):
            actions.end_post(by=by, post=post, reason="调离窗口")
    actions.set_competence(by=admin, post=post, generalist=True)
    with nothing_written(Post), pytest.raises(Refused):
        actions.end_post(by=admin, post=post, reason="合同到期", on=day + timedelta(1))
    assert actions.end_post(by=admin, post=post, reason="合同到期", on=day).valid_to == day
    time_machine.shift(timedelta(days=1))
    for act in (
        lambda: actions.end_post(by=admin, post=post, reason="调离窗口"),
        lambda: actions.set_competence(by=admin, post=post, generalist=True),
    ):
        with nothing_written(Post), pytest.raises(WrongState):
            act()
    people.staff("clerk", user=user, valid_from=day + timedelta(5))
    later = user.posts.get(valid_from=day + timedelta(5))
    with nothing_written(Post), pytest.raises(Refused):  # before it has begun
        actions.end_post(by=admin, post=later, reason="合同到期", on=day + timedelta(4))
    ended = actions.end_post(by=admin, post=later, reason="调离窗口")
    assert (ended.valid_to, bool(ended.ended_at)) == (day + timedelta(5), True)
    with nothing_written(Post), pytest.raises(WrongState):
        actions.set_competence(by=admin, post=later, generalist=True)
    time_machine.shift(timedelta(days=4))
    assert not actor_for(user).posts


@pytest.mark.parametrize("days", [-1, 400])
def test_an_end_outside_the_post_is_refused(days):
    admin = people.actor("node_admin")
    user = people.staff("clerk", valid_to=today() + timedelta(30))
    with nothing_written(), pytest.raises(Refused) as refusal:
        actions.end_post(by=admin, post=user.posts.get(), reason="合同到期", on=today() + timedelta(days))
    assert refusal.value.field == "on"


@pytest.mark.parametrize("reason", ["", "  ", "调离", "调" * 201])
def test_an_end_needs_a_reason(reason):
    admin = people.actor("node_admin")
    user = people.staff("clerk")
    with nothing_written(), pytest.raises(Refused) as refusal:
        actions.end_post(by=admin, post=user.posts.get(), reason=reason)
    assert refusal.value.field == "reason"


def test_competence_changes_at_once():
    admin = people.actor("node_admin")
    user = people.staff("clerk", zones=["shangshi"])
    window = Window.objects.get(zone="minsheng")
    actions.set_competence(by=admin, post=user.posts.get(), zones=["minsheng"], window=window)
    assert actor_for(user).posts[0].zones == {"minsheng"}
    assert user.posts.get().window == window
    actions.set_competence(by=admin, post=user.posts.get(), generalist=True)
    assert actor_for(user).posts[0].generalist
    assert Event.objects.latest("id").facts == {"zones": [], "generalist": True, "window": None}


def test_competence_of_another_node_or_role_is_refused():
    admin = people.actor("node_admin")
    clerk = people.staff("clerk", zones=["shangshi"]).posts.get()
    foreign, closed = Window.objects.get(zone="nb-shangshi"), Window.objects.filter(zone="shangshi").first()
    Window.objects.filter(pk=closed.pk).update(closed=True)
    closed.refresh_from_db()
    for given, field in [
        ({"zones": ["nb-shangshi"]}, "zones"),
        ({"zones": []}, "zones"),
        ({"generalist": True, "window": foreign}, "window"),
        ({"generalist": True, "window": closed}, "window"),
    ]:
        with nothing_written(), pytest.raises(Refused) as refusal:
            actions.set_competence(by=admin, post=clerk, **given)
        assert refusal.value.field == field
    reviewer = people.staff("reviewer").posts.get()
    with nothing_written(), pytest.raises(Refused):
        actions.set_competence(by=admin, post=reviewer, zones=["shangshi"])
    stranger = people.actor("node_admin", node="330211")
    with nothing_written(), pytest.raises(NotYours):
        actions.set_competence(by=stranger, post=clerk, generalist=True)


def test_giving_costs_a_fixed_number_of_statements(django_assert_max_num_queries):
    admin = people.actor("node_admin")
    user = people.account()
    with django_assert_max_num_queries(14):
        actions.give_post(by=admin, user=user, role="clerk", region="330282", zones=["shangshi", "minsheng"])


def test_the_system_gives_posts():
    assert actions.give_post(by=SYSTEM, user=people.account(), role="auditor", region="330282").pk
