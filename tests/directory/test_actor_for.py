"""The actor of a request: what it says, what it costs, and that no change of rights outlives a request."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from apps.directory import actions, queries
from apps.directory.addresses import client_address
from apps.directory.backends import PasswordBackend
from apps.directory.models import DirectoryVersion
from apps.directory.queries import actor_for
from apps.journal.actor import SYSTEM
from apps.kit.time import BEIJING
from tests import people

pytestmark = pytest.mark.usefixtures("places")


def test_nobody_is_the_public(rf):
    actor = actor_for(AnonymousUser(), rf.get("/", REMOTE_ADDR="10.0.0.7"))
    assert (actor.kind, actor.id, actor.posts, actor.ip, actor.channel) == ("public", None, (), "10.0.0.7", "online")
    assert actor_for(None).kind == "public"


def test_staff_and_citizens(rf):
    clerk, citizen = people.staff("clerk"), people.citizen()
    actor = actor_for(clerk, rf.get("/"))
    assert (actor.kind, actor.name, actor.channel, actor.party_ids) == ("staff", clerk.name, "counter", ())
    actor = actor_for(citizen, rf.get("/"))
    assert (actor.kind, actor.posts, actor.party_ids, actor.channel) == ("person", (), (citizen.party_id,), "online")


def test_a_township_post_belongs_to_its_node():
    user = people.account()
    actions.give_post(by=SYSTEM, user=user, role="clerk", region="330282107", generalist=True)
    facts = actor_for(user).posts[0]
    assert (facts.region, facts.node) == ("330282107", "330282")


def test_the_second_request_costs_one_statement(django_assert_num_queries):
    user = people.staff("clerk", zones=["shangshi", "minsheng"])
    backend = PasswordBackend()
    actor_for(backend.get_user(user.pk))
    with django_assert_num_queries(1):
        again = actor_for(backend.get_user(user.pk))
    assert again.posts[0].zones == {"shangshi", "minsheng"}


def test_many_posts_cost_no_more_than_one(django_assert_max_num_queries):
    user = people.staff("reviewer")
    for department in ("wsjs",):
        people.staff("reviewer", user=user, department=department)
    people.staff("issue_clerk", user=user)
    with django_assert_max_num_queries(4):
        assert len(actor_for(user).posts) == 3


def test_a_change_rolled_back_leaves_no_trace():
    user = people.staff("clerk")
    actor_for(user)
    try:
        with transaction.atomic():
            actions.end_post(by=SYSTEM, post=user.posts.get(), reason="调离窗口")
            assert not actor_for(user).posts
            raise RuntimeError
    except RuntimeError:
        pass
    assert actor_for(user).has("clerk")


def test_every_change_of_rights_draws_a_new_number():
    admin, holder, other = people.actor("node_admin"), people.staff("reviewer"), people.staff("reviewer")
    post = holder.posts.get()
    clerk = people.staff("clerk").posts.get()
    firm, agent = people.party("enterprise"), people.party()
    from apps.kit.time import today

    seen = {queries.directory_number()}
    changes = [
        lambda: actions.give_post(by=admin, user=people.account(), role="supervisor", region=people.CIXI),
        lambda: actions.set_competence(by=admin, post=clerk, zones=["minsheng"]),
        lambda: actions.set_absence(
            by=admin, post=post, substitute=other, starts_on=today(), ends_on=today(), reason="年休假"
        ),
        lambda: actions.cancel_absence(by=admin, absence=post.absences.get()),
        lambda: actions.lock_user(by=admin, user=other, reason="离岗审查"),
        lambda: actions.unlock_user(by=admin, user=other, reason="审查结束"),
        lambda: actions.end_post(by=admin, post=post, reason="调离审批"),
        lambda: actions.grant_mandate(by=SYSTEM, principal=firm, agent=agent, evidence="授权委托书"),
        lambda: actions.revoke_mandate(by=SYSTEM, mandate=firm.mandates_given.get()),
        lambda: actions.upsert_zones(SYSTEM, [{**people.ZONES[0], "name": "商事"}]),
    ]
    for change in changes:
        change()
        number = queries.directory_number()
        assert number not in seen
        seen.add(number)
    assert DirectoryVersion.objects.count() == 1


def test_the_day_changes_at_beijings_midnight(time_machine):
    time_machine.move_to(datetime(2026, 11, 23, 23, 59, tzinfo=BEIJING))
    user = people.account()
    people.staff("supervisor", user=user, valid_from=datetime(2026, 11, 24).date())
    assert not actor_for(user).posts
    time_machine.shift(timedelta(minutes=2))
    assert actor_for(user).has("supervisor")


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "1.2.3.4", "10.0.0.7"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        (1, "", "10.0.0.7"),
    ],
)
def test_the_callers_address_cannot_be_made_up(rf, settings, hops, forwarded, address):
    settings.TRUSTED_PROXIES = hops
    request = rf.get("/", REMOTE_ADDR="10.0.0.7", headers={"x-forwarded-for": forwarded})
    assert client_address(request) == address


def test_the_cache_is_emptied_when_it_is_full(monkeypatch):
    monkeypatch.setattr(queries, "CACHE_LIMIT", 2)
    users = [people.staff("supervisor") for _ in range(5)]
    for user in users:
        assert actor_for(user).has("supervisor")
    assert len(queries._remembered[1]) <= 2
