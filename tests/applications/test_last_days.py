"""The last day of a period is still in it: of everything that asks for a day, what it says on the day before, on the day and on the day
after. Without a database, and of what the sweep has not yet seen."""

from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest

from apps.applications.actions.hearings import demand_askable, demand_callable
from apps.applications.actions.intake import demand_in_time
from apps.applications.actions.waiting import (
    demand_answered,
    demand_before,
    demand_decidable,
    demand_heard,
    demand_hearing_opened,
)
from apps.applications.models import Application, Hearing, Job, Member, Opinion
from apps.applications.queries_afterwards import renewable_members
from apps.feedback.models import Enquiry, Rectification
from apps.kit.errors import WrongState
from apps.kit.time import BEIJING, today

DAY = timedelta(days=1)
CONCLUDED = SimpleNamespace(state=Job.State.CONCLUDED)
A, H, M = Application.State, Hearing.State, Member.State


def lets(demand, *given) -> bool:
    try:
        demand(*given)
    except WrongState:
        return False
    return True


def case(state, **more):
    return SimpleNamespace(**{"state": state, "notice_due": None, "cure_by": None, "supplemented_on": None} | more)


def member(state=M.IN_REVIEW, hearing=None, **more):
    given = {"hearing_held_on": None, "supplement_by": None, "definition": {}, "decided_on": None, "decision": "", "gap_open": False}
    row = SimpleNamespace(**given | {"state": state, "valid_to": None, "revoked_on": None, "cancelled_on": None} | more)
    if hearing:
        row.hearing = hearing
    return row


def hearing(state, last=None, **more):
    at = datetime.combine(last or today(), time(9), BEIJING)
    given = {"request_by": last, "hold_by": last, "at": at, "get_state_display": lambda: ""}
    return SimpleNamespace(**given | {"state": state, "member": member()} | more)


def asked_by(name, last):
    return hearing(H.REQUESTED, last, requested_by="third_party", requester=name)


# What is asked, and the answers when its last day is tomorrow, today, yesterday.
RULES = {
    "a word of the counter": (lambda last: lets(demand_in_time, case(A.RECEIVED, notice_due=last)), True, True, False),
    "the same while it is looked at": (lambda last: lets(demand_in_time, case(A.CHECKING, notice_due=last)), True, True, False),
    "a supplement": (lambda last: lets(demand_in_time, case(A.AWAITING_SUPPLEMENT, cure_by=last, notice_due=last)), True, True, False),
    "what runs": (lambda last: lets(demand_in_time, case(A.IN_PROGRESS, cure_by=last, notice_due=last)), True, True, True),
    "a refusal before what was asked for": (lambda last: lets(demand_answered, member(supplement_by=last), "refuse"), False, False, True),
    "a grant before what was asked for": (lambda last: lets(demand_answered, member(supplement_by=last), "grant"), True, True, True),
    "a refusal before what was promised": (lambda last: lets(demand_decidable, CONCLUDED, member(gap_open=True, gap_cure_by=last)), True, True, False),
    "a decision while a hearing may be asked for": (lambda last: lets(demand_heard, member(hearing=hearing(H.TOLD, last))), False, False, True),
    "a decision after it was waived": (lambda last: lets(demand_heard, member(hearing=hearing(H.WAIVED, last))), True, True, True),
    "a decision before a hearing": (lambda last: lets(demand_heard, member(hearing=hearing(H.CALLED, last))), False, False, False),
    "the same when it was asked for": (lambda last: lets(demand_heard, member(hearing=hearing(H.REQUESTED, last))), False, False, False),
    "asking for a hearing": (lambda last: lets(demand_askable, hearing(H.TOLD, last)), True, True, False),
    "another's asking beside it": (lambda last: lets(demand_askable, asked_by("李某", last), "third_party", "王某"), True, True, False),
    "asking for it again": (lambda last: lets(demand_askable, asked_by("李某", last), "third_party", "李某"), False, False, False),
    "asking after it was waived": (lambda last: lets(demand_askable, hearing(H.WAIVED, last)), False, False, False),
    "asking when it is decided": (lambda last: lets(demand_askable, hearing(H.TOLD, last, member=member(M.GRANTED))), False, False, False),
    "notifying one that was waived": (lambda last: lets(demand_callable, member(hearing=hearing(H.WAIVED, last))), False, False, False),
    "notifying a hearing that nobody asked for": (lambda last: lets(demand_callable, member(hearing=hearing(H.TOLD, last))), False, False, False),
    "notifying one that was asked for": (lambda last: lets(demand_callable, member(hearing=hearing(H.REQUESTED, last))), True, True, True),
    "a pause for a hearing": (lambda last: lets(demand_hearing_opened, member(hearing=hearing(H.CALLED, last))), True, True, False),
    "a pause for one that is to be called": (lambda last: lets(demand_hearing_opened, member(hearing=hearing(H.REQUESTED, last))), True, True, True),
    "a pause for one that nobody wants": (lambda last: lets(demand_hearing_opened, member(hearing=hearing(H.TOLD, last))), False, False, False),
    "a notice served before it was held": (lambda last: lets(demand_before, last, "hearing", today()), True, False, False),
    "an opinion": (lambda last: not Opinion(state=Opinion.State.ASKED, due_on=last).overdue, True, True, False),
    "its standing": (lambda last: Opinion(state=Opinion.State.ASKED, due_on=last).standing == "asked", True, True, False),
    "an opinion that came": (lambda last: not Opinion(state=Opinion.State.ANSWERED, due_on=last).overdue, True, True, True),
    "an opinion of today": (lambda last: not Opinion(answered_on=today(), due_on=last).late, True, True, False),
    "a certificate": (lambda last: bool(renewable_members([member(decision="granted", valid_to=last)])), True, True, False),
    "a revoked one": (lambda last: bool(renewable_members([member(decision="granted", valid_to=last, revoked_on=last)])), False, False, False),
    "a letter": (lambda last: not Rectification(state=Rectification.State.SENT, due_on=last).waits_past_its_day, True, True, False),
    "a letter that was answered": (lambda last: not Rectification(state=Rectification.State.REPLIED, due_on=last).waits_past_its_day, True, True, True),
    "a question": (lambda last: not Enquiry(state=Enquiry.State.ASKED, reply_by=last).waits_past_its_day, True, True, False),
}  # fmt: skip


@pytest.mark.parametrize("what", RULES)
def test_the_last_day_is_still_in_it(what):
    asked, *answers = RULES[what]
    assert [asked(today() + DAY), asked(today()), asked(today() - DAY)] == answers


def test_what_law_wants_a_hearing_waits_for_it():
    wanted = {"definition": {"hearing_required": True}}
    assert not lets(demand_heard, member(**wanted)) and not lets(demand_heard, member(hearing=hearing(H.TOLD, today() - DAY), **wanted))
    assert lets(demand_heard, member(hearing_held_on=today(), **wanted)) and lets(demand_heard, member())
    assert not lets(demand_hearing_opened, member()) and lets(demand_callable, member(**wanted))
    assert not lets(demand_callable, member(hearing_held_on=today()))


def test_where_no_day_was_told_nothing_waits():
    assert lets(demand_answered, member(), "refuse") and lets(demand_before, None, "hearing", today())
    assert not Opinion(due_on=today() - DAY).late
    assert renewable_members([member(decision="granted"), member(decision="refused", valid_to=today())]) == []


def test_what_is_decided_ended_paused_or_without_an_opinion_is_not_decided():
    concluded, in_hand = CONCLUDED, SimpleNamespace(state=Job.State.IN_HAND)
    shown = {"get_state_display": lambda: "", "decision": "granted"}
    assert lets(demand_decidable, concluded, member())
    assert not lets(demand_decidable, in_hand, member()) and not lets(demand_decidable, concluded, member(M.PAUSED))
    assert not lets(demand_decidable, concluded, member(M.WITHDRAWN, **shown))
    for decision, said in (("granted", "准予"), ("refused", "不予")):
        with pytest.raises(WrongState, match=f"作出{said}的决定"):
            demand_decidable(concluded, member(M.SEALED, decided_on=today(), decision=decision))
