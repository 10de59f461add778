"""The machine's clock runs a year ahead and is set back: nothing waits for that year, nothing is numbered twice, the journal holds."""

from datetime import timedelta

import time_machine
from django.core.cache import cache

from apps.api import tokens
from apps.applications import actions
from apps.gateway import actions as gateway
from apps.gateway.models import Outbound
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.delivering import sweep
from apps.journal.door import action
from apps.journal.models import Delivery
from apps.kit.time import now
from tests import make


def test_a_clock_that_was_ahead_leaves_nothing_waiting(world, twins, monkeypatch):
    rung: list[Delivery] = []
    monkeypatch.setattr("apps.journal.delivering.ring", rung.extend)
    clerk = make.actor("cixi-clerk")
    with time_machine.travel(now() + timedelta(days=10), tick=True):
        ahead = make.received()
        token = tokens.issue(make.user("cixi-clerk"))
        with action(SYSTEM) as act:
            gateway.post(act, [Outbound(service="sms", key="ahead", to=make.MOBILE, text="您的办件已收件。", region="330282")])
    cache.clear()
    after = make.received()
    assert ahead.number != after.number
    # Work goes on upon what was written ahead of time, and its deliveries and messages do not wait for that day.
    case = actions.accept(by=clerk, application=ahead.pk)
    assert case.state == "in_progress"
    while sweep():
        pass
    waiting = set(Delivery.objects.filter(event__chain=ahead.chain).values_list("pk", flat=True))
    assert waiting and waiting <= {row.pk for row in rung}
    assert gateway.sweep() == 1 and len(twins.sent["sms"]) == 1
    assert tokens.owner(token) == make.user("cixi-clerk")  # of the future: as old as it is, not older
    verify()
