"""The stuck list: a supervisor sees and retries what belongs to his nodes; what belongs to no case, the city only."""

import pytest

from apps.journal.models import Delivery, Event
from apps.kit.errors import Forbidden, NotYours
from apps.supervision import actions, queries
from tests import make
from tests.people import nothing_written


def stuck_of(case):
    row = Delivery.objects.filter(event__chain=case.chain).first()
    Delivery.objects.filter(pk=row.pk).update(state="stuck", attempts=8, error="KeyError: x")
    return row


def test_scope_and_retry(world):
    cixi, city = stuck_of(make.received()), stuck_of(make.received("tobacco-retail-licence", by="city-clerk"))
    own, all_of_it = make.actor("cixi-supervisor"), make.actor("city-supervisor")
    assert list(queries.stuck(own)) == [cixi]
    assert list(queries.stuck(all_of_it)) == [cixi, city]
    with nothing_written(), pytest.raises(NotYours):
        actions.retry(by=own, delivery=city.pk)
    actions.retry(by=own, delivery=cixi.pk)
    event = Event.objects.get(chain=f"delivery:{cixi.pk}")
    assert (event.name, event.by_id) == ("delivery.retry", own.id)
    assert Delivery.objects.get(pk=cixi.pk).state == "pending"
    assert not queries.stuck(own).exists()
    with nothing_written(), pytest.raises(NotYours):
        actions.retry(by=own, delivery=cixi.pk)


@pytest.mark.parametrize("who", ["cixi-clerk", "scjg-head", "cixi-admin", "cixi-auditor", "citizen"])
def test_nobody_else(world, who):
    row = stuck_of(make.received())
    with nothing_written(), pytest.raises(Forbidden):
        actions.retry(by=make.actor(who), delivery=row.pk)
    with pytest.raises(Forbidden):
        queries.stuck(make.actor(who))


def test_a_delivery_of_a_clock_belongs_to_the_case_of_its_clock(world, days):
    """A lapse that could not be carried out is of a case too: its own supervisor must see it."""
    from apps.deadlines.actions import sweep

    case = make.received()
    days.after(case.notice_due)
    sweep()
    row = Delivery.objects.get(listener="applications.lapsed")
    Delivery.objects.filter(pk=row.pk).update(state="stuck")
    assert list(queries.stuck(make.actor("cixi-supervisor"))) == [row]
    assert not queries.stuck(make.actor("cixi-supervisor")).exclude(pk=row.pk).exists()
