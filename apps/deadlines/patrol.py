from datetime import timedelta

from apps.journal.invariants import invariant
from apps.kit.time import now

from .models import Clock


@invariant("deadlines.sweep_keeps_up")
def sweep_keeps_up():
    """A moment that passed an hour ago and still waits: nobody sweeps, and nobody is warned."""
    late = Clock.objects.filter(next_change_at__lt=now() - timedelta(hours=1)).order_by("next_change_at")[:20]
    for clock in late:
        yield {"what": "期限已到而没有变灯", "where": clock.chain, "since": clock.next_change_at.isoformat()}
