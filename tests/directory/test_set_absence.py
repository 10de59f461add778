from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.directory import actions
from apps.directory.models import Absence, Post
from apps.directory.queries import actor_for
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import BEIJING, today
from tests import people
from tests.people import nothing_written
from tests.threads import lost, together

NOON = datetime(2026, 11, 23, 12, tzinfo=BEIJING)
pytestmark = pytest.mark.usefixtures("places")


def lend(holder, substitute, *, by=None, first=0, last=2, reason="年休假"):
    return actions.set_absence(
        by=by or SYSTEM,
        post=holder.posts.get(),
        substitute=substitute,
        starts_on=today() + timedelta(first),
        ends_on=today() + timedelta(last),
        reason=reason,
    )


def test_the_post_is_with_the_substitute_for_these_days_only(time_machine):
    time_machine.move_to(NOON)
    holder, substitute = people.staff("head"), people.staff("reviewer")
    lend(holder, substitute, first=1, last=2)
    assert actor_for(holder).roles == {"head"}
    assert actor_for(substitute).roles == {"reviewer"}
    for _ in range(2):
        time_machine.shift(timedelta(days=1))
        lent = actor_for(substitute).post("head")
        assert (lent.acting_for, lent.department, lent.id) == (holder.pk, "scjg", holder.posts.get().pk)
        assert not actor_for(holder).posts
    time_machine.shift(timedelta(days=1))
    assert actor_for(holder).roles == {"head"}
    assert actor_for(substitute).roles == {"reviewer"}


def test_a_lent_post_carries_its_zones():
    holder, substitute = people.staff("clerk", zones=["minsheng"]), people.staff("clerk", zones=["shangshi"])
    lend(holder, substitute)
    zones = {post.acting_for: post.zones for post in actor_for(substitute).posts}
    assert zones == {None: {"shangshi"}, holder.pk: {"minsheng"}}


def test_own_posts_come_before_lent_ones():
    holder, substitute = people.staff("reviewer"), people.staff("reviewer")
    lend(holder, substitute)
    assert actor_for(substitute).post("reviewer").acting_for is None


def test_it_is_told_on_the_posts_chain_and_can_be_cancelled():
    holder, substitute = people.staff("head"), people.staff("reviewer")
    admin = people.actor("node_admin")
    absence = lend(holder, substitute, by=admin)
    event = Event.objects.latest("id")
    assert (event.name, event.chain) == ("absence.set", f"post:{holder.posts.get().pk}")
    assert event.facts["substitute"] == substitute.pk
    actions.cancel_absence(by=admin, absence=absence)
    assert actor_for(holder).roles == {"head"} and actor_for(substitute).roles == {"reviewer"}
    assert Event.objects.latest("id").name == "absence.cancel"
    with nothing_written(), pytest.raises(WrongState):
        actions.cancel_absence(by=admin, absence=absence)
    lend(holder, substitute, by=admin)  # the days are free again


def test_who_cannot_stand_in():
    holder = people.staff("head")
    admin = people.actor("node_admin")
    elsewhere = people.staff("reviewer", department="wsjs")
    without = people.account()
    locked = people.staff("reviewer")
    actions.lock_user(by=admin, user=locked, reason="离岗审查")
    for person in (holder, elsewhere, without, locked):
        with nothing_written(Absence), pytest.raises(Refused) as refusal:
            lend(holder, person, by=admin)
        assert refusal.value.field == "substitute"


def test_duties_stay_apart_also_by_lending():
    counter, watcher = people.staff("clerk"), people.staff("supervisor")
    with nothing_written(Absence), pytest.raises(Refused) as refusal:
        lend(counter, watcher)
    assert refusal.value.code == "absence.incompatible"
    colleague = people.staff("clerk")
    lend(counter, colleague, first=1, last=5)
    with pytest.raises(Refused) as refusal:
        people.staff("supervisor", user=colleague)
    assert refusal.value.code == "post.incompatible"


def test_a_post_that_ends_before_he_stands_in_is_no_conflict():
    colleague = people.staff("clerk")
    lend(people.staff("clerk"), colleague, first=5, last=9)
    actions.end_post(by=people.actor("node_admin"), post=colleague.posts.get(), reason="岗位调整")
    people.staff("supervisor", user=colleague, valid_to=today() + timedelta(4))
    other = people.staff("clerk")
    lent = lend(people.staff("clerk"), other, first=5, last=9)
    actions.end_post(by=people.actor("node_admin"), post=other.posts.get(), reason="岗位调整")
    with nothing_written(Post), pytest.raises(Refused):
        people.staff("supervisor", user=other, valid_to=today() + timedelta(5))
    actions.cancel_absence(by=SYSTEM, absence=lent)
    people.staff("supervisor", user=other, valid_to=today() + timedelta(5))
    third = people.staff("catalogue")
    lend(people.staff("clerk"), third, first=0, last=1)
    people.staff("supervisor", user=third, valid_from=today() + timedelta(2))


def test_nobody_stands_in_for_two_whose_duties_are_kept_apart():
    clerk, supervisor, both = people.staff("clerk"), people.staff("supervisor"), people.staff("catalogue")
    stands = lend(clerk, both, first=1, last=3)
    for first, last in ((0, 1), (3, 4), (2, 2)):
        with nothing_written(Absence), pytest.raises(Refused) as refusal:
            lend(supervisor, both, first=first, last=last)
        assert (refusal.value.code, refusal.value.field) == ("absence.incompatible", "substitute")
    lend(supervisor, both, first=4, last=5)
    lend(people.staff("supervisor"), both, first=0, last=0)
    lend(people.staff("supervisor"), people.staff("catalogue"), first=1, last=3)  # another is free for it
    actions.cancel_absence(by=SYSTEM, absence=stands)
    lend(people.staff("supervisor"), both, first=2, last=2)


def test_what_he_holds_no_more_on_these_days_is_no_conflict():
    soon, gone = (people.staff("clerk", valid_to=day) for day in (today() + timedelta(1), None))
    for colleague in (soon, gone):
        people.staff("catalogue", user=colleague)
    over = actions.end_post(by=SYSTEM, post=gone.posts.get(role="clerk"), reason="岗位调整")
    lend(people.staff("supervisor"), gone)
    lend(people.staff("supervisor"), soon, first=2)
    with nothing_written(Absence), pytest.raises(Refused) as refusal:
        actions.set_absence(by=SYSTEM, post=over, substitute=soon, starts_on=today(), ends_on=today(), reason="年休假")
    assert refusal.value.code == "absence.post"


def test_nobody_gets_both_from_two_administrators_at_once(transactional_db):
    clerk, supervisor, both = people.staff("clerk"), people.staff("supervisor"), people.staff("catalogue")
    found = together(lambda: lend(clerk, both), lambda: lend(supervisor, both))
    (refusal,) = lost(found)
    assert refusal.code == "absence.incompatible" and Absence.objects.count() == 1


def test_a_post_that_begins_during_the_absence_counts():
    holder, substitute = people.staff("supervisor"), people.staff("catalogue")
    people.staff("clerk", user=substitute, valid_from=today() + timedelta(2))
    with nothing_written(Absence), pytest.raises(Refused) as refusal:
        lend(holder, substitute, first=1, last=2)
    assert refusal.value.code == "absence.incompatible"
    lend(holder, substitute, first=0, last=1)


def test_nobody_gets_another_ones_post_by_his_own_hand():
    city = people.staff("node_admin", node=people.CITY)
    second = people.staff("node_admin", node=people.CITY)
    other = people.staff("catalogue", node=people.CITY)
    with nothing_written(Absence), pytest.raises(Refused) as refusal:
        lend(other, city, by=actor_for(city))
    assert refusal.value.code == "absence.self"
    with nothing_written(Absence), pytest.raises(Forbidden):
        lend(city, second, by=actor_for(city))


@pytest.mark.parametrize(
    ("first", "last", "field"), [(2, 1, "ends_on"), (-3, -1, "ends_on"), (2, 4, "starts_on"), (0, 1, "starts_on"), (6, 7, "starts_on")]
)
def test_dates_refused(first, last, field):
    holder, substitute = people.staff("head", valid_to=today() + timedelta(5)), people.staff("reviewer")
    lend(holder, substitute, first=1, last=3)
    with nothing_written(Absence), pytest.raises(Refused) as refusal:
        lend(holder, substitute, first=first, last=last)
    assert refusal.value.field == field


def test_an_absent_colleague_does_not_stand_in_nor_does_one_who_stands_in_leave():
    first, second, third = (people.staff("reviewer") for _ in range(3))
    lend(first, second)
    with nothing_written(Absence), pytest.raises(Refused) as refusal:
        lend(third, first)
    assert refusal.value.code == "absence.also_absent"
    with nothing_written(Absence), pytest.raises(Refused) as refusal:
        lend(second, third)
    assert refusal.value.code == "absence.standing_in"


@pytest.mark.parametrize(
    ("role", "node", "refusal"),
    [("clerk", "330282", Forbidden), ("head", "330282", Forbidden), ("node_admin", "330211", NotYours)],
)
def test_who_arranges_it(role, node, refusal):
    holder, substitute = people.staff("head"), people.staff("reviewer")
    by = people.actor(role, node=node, department=None) if role != "head" else people.actor("head", department="wsjs")
    with nothing_written(Absence), pytest.raises(refusal):
        lend(holder, substitute, by=by)
    absence = lend(holder, substitute)
    with nothing_written(Absence), pytest.raises(refusal):
        actions.cancel_absence(by=by, absence=absence)


def test_it_can_be_cancelled_to_its_last_day(time_machine):
    time_machine.move_to(NOON)
    admin, first, second = people.actor("node_admin"), people.staff("head"), people.staff("head", department="wsjs")
    over = lend(first, people.staff("reviewer"), last=0)
    last = lend(second, people.staff("reviewer", department="wsjs"), last=1)
    time_machine.shift(timedelta(days=1))
    with nothing_written(Absence), pytest.raises(WrongState):
        actions.cancel_absence(by=admin, absence=over)
    assert actions.cancel_absence(by=admin, absence=last).cancelled_at


def test_the_database_refuses_a_holder_as_his_own_substitute_and_two_substitutes_a_day():
    holder, substitute, third = people.staff("head"), people.staff("reviewer"), people.staff("reviewer")
    absence = lend(holder, substitute)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.filter(pk=absence.pk).update(substitute=holder)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(
            post=absence.post, holder=holder, substitute=third, starts_on=today(), ends_on=today(), reason="重复"
        )
