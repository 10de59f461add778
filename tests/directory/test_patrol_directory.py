"""The patrol finds what no action would make: here the rows are bent behind its back."""

from datetime import timedelta

import pytest

from apps.directory import actions
from apps.directory.models import Absence, Post, Region
from apps.journal.actor import SYSTEM
from apps.journal.invariants import patrol
from apps.kit.time import now, today
from tests import people

pytestmark = pytest.mark.usefixtures("places")


def found() -> set[str]:
    return {row["invariant"] for row in patrol()[1] if row["invariant"].startswith("directory.")}


def test_lawful_people_are_no_violation():
    head, reviewer = people.staff("head"), people.staff("reviewer")
    people.staff("clerk", zones=["shangshi"], user=reviewer)
    day = today()
    actions.set_absence(
        by=SYSTEM, post=head.posts.get(), substitute=reviewer, starts_on=day, ends_on=day, reason="年休假"
    )
    before = people.staff("clerk", zones=["shangshi"], valid_to=day)
    people.staff("supervisor", user=before, valid_from=day + timedelta(1))
    assert not found()
    Post.objects.filter(user=before, role="supervisor").update(valid_from=day)  # one day with both
    assert found() == {"directory.duties_apart"}
    Post.objects.filter(user=before, role="clerk").update(valid_from=day - timedelta(9), valid_to=day - timedelta(1))
    assert not found()  # what is over is history
    Post.objects.filter(user=before, role="clerk").update(valid_to=None, ended_at=now())
    assert not found()
    Post.objects.filter(user=before, role="clerk").update(ended_at=None)
    assert found() == {"directory.duties_apart"}
    Post.objects.filter(user=before, role="supervisor").delete()
    Region.objects.filter(pk=people.CIXI).update(valid_to=day)  # its last day
    assert not found()


def test_what_it_finds():
    user, other = people.staff("clerk", zones=["shangshi"]), people.staff("reviewer")
    post = user.posts.get()
    Post.objects.create(user=user, role="supervisor", region_id=people.CIXI)
    assert found() == {"directory.duties_apart"}
    Post.objects.filter(role="supervisor").update(user=people.citizen())
    assert found() == {"directory.post_of_staff"}
    Post.objects.filter(role="supervisor").delete()
    Post.objects.filter(pk=post.pk).update(region="330211")
    assert found() == {"directory.post_in_its_node"}
    Post.objects.filter(pk=post.pk).update(region=people.CIXI)
    assert not found()
    post.zones.add("nb-shangshi")
    assert found() == {"directory.post_in_its_node"}
    post.zones.remove("nb-shangshi")
    Post.objects.filter(user=other).update(department="nb-scjg")
    assert found() == {"directory.post_in_its_node"}
    Post.objects.filter(user=other).update(department="scjg")
    Region.objects.filter(pk=people.CIXI).update(valid_to=today() - timedelta(1))
    assert found() == {"directory.region_in_force"}
    Region.objects.filter(pk=people.CIXI).update(valid_to=None)
    day = today()
    Absence.objects.create(
        post=post, holder=people.account(), substitute=other, starts_on=day, ends_on=day, reason="错"
    )
    assert found() == {"directory.absence_of_the_holder"}
