"""The journal told again: what a decision clock's dates follow from by the events of its case alone."""

from datetime import date

from apps.deadlines.engine import decision
from apps.deadlines.engine.counting import Pause
from apps.deadlines.models import Clock
from apps.deadlines.queries import shelf
from apps.journal.models import Event
from apps.kit.time import beijing_date

BEGINS, ENDS = "member.pause", "member.resume"


def replayed(clock: Clock) -> tuple[date | None, date | None, date | None]:
    """(promised, legal, the day that binds). Limits and place are the clock's own; no stored pause, extension or date is read."""
    begun, pauses, granted = clock.started_on, [], None
    for event in Event.objects.filter(chain=f"application:{clock.root_id}").order_by("seq"):
        if (event.subject_type, event.subject_id) != (clock.subject_type, str(clock.subject_id)):
            continue
        if event.name == BEGINS:
            pauses.append((date.fromisoformat(event.facts["notified_on"]), None))
        elif event.name == ENDS:
            on = date.fromisoformat(event.facts["on"])
            pauses = [(start, end or max(on, start)) for start, end in pauses]
        elif event.name == "member.extend":
            granted = decision.Extension(event.facts["days"], beijing_date(event.at))
    answer = decision.decide_by(
        shelf().calendar(clock.region),
        begun,
        clock.legal_limit,
        clock.promised_limit,
        pauses=[Pause(start, end, "", True, True) for start, end in pauses],
        granted=granted,
    )
    return answer.promised.due, answer.legal.due if answer.legal else None, answer.effective_due
