"""All kept counters anew, from the whole journal: for when the patrol finds one that does not agree with its list."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Min

from apps.journal.models import Event
from apps.kit.errors import Refused
from apps.kit.time import beijing_date

from .kept_later import RECEIVE
from .models import BundleCount, DayCount, FinishedDays, Gauge, OpenMember, Progress, ResultRuns
from .patrol import AS_MEASURED
from .reading import last_of_earlier
from .rollup import LATER, count_by_id, rollup

KEPT = (DayCount, Gauge, OpenMember, ResultRuns, FinishedDays, BundleCount)


def recount() -> int:
    """How many events were read. In one transaction: the board shows the old numbers until all the new ones are there, and events that
    come meanwhile are counted after it. Raises Refused where years of the journal are not here: their numbers could not be made again."""
    with transaction.atomic():
        Progress.objects.get_or_create(pk=1)
        progress = Progress.objects.select_for_update().get(pk=1)
        _demand_whole_journal()
        measured = list(BundleCount.objects.filter(name=AS_MEASURED))
        for model in KEPT:
            model.objects.all().delete()
        earlier = last_of_earlier(progress)
        progress.horizon = progress.after_event = 0
        for flag in LATER:
            setattr(progress, flag, True)  # every event is read: nothing is older than the counting
        read = count_by_id(progress, earlier)
        progress.save()
        while some := rollup():
            read += some
        BundleCount.objects.filter(name=AS_MEASURED).delete()
        BundleCount.objects.bulk_create(measured)  # as it was on its day, see there
    return read


def _demand_whole_journal() -> None:
    oldest = DayCount.objects.filter(name="received").order_by("day").values_list("day", flat=True).first()
    first = Event.objects.filter(name=RECEIVE).aggregate(at=Min("at"))["at"]  # what was written first need not tell of the first day
    if oldest and (first is None or oldest < beijing_date(first)):
        told = f"日志里没有{oldest:%Y年%-m月%-d日}的事件，那时的数算不出来。请把取下的年份挂回来再重算"
        raise Refused("recount.journal", f"{told}。")
