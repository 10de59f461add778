"""What `explain_deadline` answers: the contract's examples, and the same rules on other days."""

import pytest

from apps.deadlines.engine.ask import OPERATIONS, ask

from .conftest import BOOK, EXAMPLES, answer

WORKING_20 = {"n": 20, "unit": "working"}
WORKING_10 = {"n": 10, "unit": "working"}
WORKING_5 = {"n": 5, "unit": "working"}


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["id"])
def test_example(case):
    assert ask(case, BOOK) == case["expected"]
    told = ask(case, BOOK, steps=True)
    assert {key: value for key, value in told.items() if key != "steps"} == case["expected"]
    assert told["steps"] and all(isinstance(line, str) and line for line in told["steps"])


def test_every_operation_has_an_example_and_thirteen_there_are():
    assert {case["op"] for case in EXAMPLES} == set(OPERATIONS)
    assert len(OPERATIONS) == 13


@pytest.mark.parametrize(
    ("op", "given", "expected"),
    [
        # -- the calendar and what was known of it
        ("is_working_day", {"date": "2018-12-31"}, {"working_day": False}),
        ("is_working_day", {"date": "2018-12-31", "calendar": "2018-before-12-06"}, {"working_day": True}),
        ("is_working_day", {"date": "2020-02-01"}, {"working_day": False}),
        ("is_working_day", {"date": "2020-02-01", "calendar": "2020-before-01-27"}, {"working_day": True}),
        ("is_working_day", {"date": "2020-02-01", "calendar": "2020-before-01-28"}, {"working_day": False}),
        ("is_working_day", {"date": "2027-05-02"}, {"working_day": False, "provisional": True}),
        ("is_working_day", {"date": "2027-05-03"}, {"working_day": True, "provisional": True}),
        ("is_working_day", {"date": "2027-02-08"}, {"working_day": True, "provisional": True}),
        ("add_working_days", {"start": "2026-12-21", "n": 8}, {"due": "2026-12-31"}),
        ("add_working_days", {"start": "2026-12-31", "n": 0}, {"due": "2026-12-31"}),
        ("add_working_days", {"start": "2027-01-01", "n": 0}, {"due": "2027-01-04", "provisional": True}),
        ("add_working_days", {"start": "2017-09-30", "n": 0}, {"due": "2017-09-30"}),
        ("add_working_days", {"start": "2017-10-01", "n": 0}, {"due": "2017-10-09"}),
        (
            "add_working_days",
            {"start": "2019-12-30", "n": 3, "calendar": "2019-before-11-21"},
            {"due": "2020-01-03", "provisional": True},
        ),
        ("add_working_days", {"start": "2019-12-30", "n": 3, "calendar": "2019-before-11-22"}, {"due": "2020-01-03"}),
        ("count_working_days", {"after": "2017-09-29", "through": "2017-10-09"}, {"working_days": 2}),
        ("count_working_days", {"after": "2017-09-11", "through": "2017-09-11"}, {"working_days": 0}),
        ("count_working_days", {"after": "2017-09-11", "through": "2017-09-04"}, {"working_days": 0}),
        (
            "count_working_days",
            {"after": "2026-12-30", "through": "2027-01-04"},
            {"working_days": 2, "provisional": True},
        ),
        # -- plain days roll, on a holiday and past it; a day inside 2026 is not provisional
        ("calendar_days", {"start": "2017-09-23", "n": 10}, {"due": "2017-10-09"}),
        ("calendar_days", {"start": "2017-09-02", "n": 7}, {"due": "2017-09-11"}),
        ("calendar_days", {"start": "2017-09-02", "n": 0}, {"due": "2017-09-04"}),
        ("calendar_days", {"start": "2026-12-01", "n": 30}, {"due": "2026-12-31"}),
        ("calendar_days", {"start": "2026-12-03", "n": 30}, {"due": "2027-01-04", "provisional": True}),
        # -- receipt: any offset, forwarding changes nothing
        (
            "receipt",
            {"received_at": "2017-09-28T11:59:00-05:00", "notice_days": 5},
            {"receipt_date": "2017-09-29", "notice_due": "2017-10-12"},
        ),
        (
            "receipt",
            {
                "received_at": "2017-09-28T15:59:59Z",
                "notice_days": 5,
                "forwarded_at": "2017-10-09T09:00:00+08:00",
            },
            {"receipt_date": "2017-09-28", "notice_due": "2017-10-11"},
        ),
        (
            "receipt",
            {"received_at": "2017-09-10T09:00+08:00", "notice_days": 0},
            {"receipt_date": "2017-09-10", "notice_due": "2017-09-11"},
        ),
        # -- delivery, remedies, renewal, the check after a commitment
        (
            "deliver",
            {"decision_date": "2017-09-27", "posted_on": "2017-10-16"},
            {"deliver_by": "2017-10-17", "served_on": None, "on_time": None},
        ),
        (
            "deliver",
            {"decision_date": "2017-09-27", "posted_on": "2017-10-16", "signed_on": "2017-10-18"},
            {"deliver_by": "2017-10-17", "served_on": "2017-10-18", "on_time": False},
        ),
        ("remedy", {"served_on": "2019-08-31"}, {"reconsideration_by": "2019-10-30", "litigation_by": "2020-03-02"}),
        ("remedy", {"served_on": "2017-08-02"}, {"reconsideration_by": "2017-10-09", "litigation_by": "2018-02-02"}),
        (
            "renewal",
            {"valid_to": "2018-03-31", "applied_on": "2018-03-02", "decided_on": None, "today": "2018-04-01"},
            {"apply_by": "2018-03-01", "timely": False, "state": "expired"},
        ),
        (
            "renewal",
            {"valid_to": "2018-03-31", "applied_on": "2018-03-01", "decided_on": None, "today": "2018-03-31"},
            {"apply_by": "2018-03-01", "timely": True, "state": "pending"},
        ),
        (
            "renewal",
            {"valid_to": "2018-03-31", "applied_on": "2018-03-05", "decided_on": "2018-03-31", "today": "2018-04-09"},
            {"apply_by": "2018-03-01", "timely": False, "state": "renewed"},
        ),
        (
            "renewal",
            {"valid_to": "2018-03-31", "applied_on": "2018-03-01", "decided_on": "2018-04-03", "today": "2018-04-09"},
            {"apply_by": "2018-03-01", "timely": True, "state": "deemed_renewed"},
        ),
        ("commitment", {"decision_date": "2018-12-28"}, {"inspect_by": "2019-03-28"}),
        # -- the tolerated gap, its three ends
        (
            "cure",
            {
                "accept_date": "2019-05-13",
                "promised": 10,
                "cure_days": 5,
                "today": "2019-05-21",
                "supplied_on": "2019-05-20",
            },
            {"cure_by": "2019-05-20", "decision_due": "2019-05-27", "state": "in_review"},
        ),
        (
            "cure",
            {
                "accept_date": "2019-05-13",
                "promised": 10,
                "cure_days": 5,
                "today": "2019-05-22",
                "supplied_on": "2019-05-21",
            },
            {"cure_by": "2019-05-20", "decision_due": "2019-05-27", "state": "acceptance_revoked"},
        ),
        (
            "cure",
            {"accept_date": "2019-05-13", "promised": 10, "cure_days": 5, "today": "2019-05-20"},
            {"cure_by": "2019-05-20", "decision_due": "2019-05-27", "state": "in_review_with_gap"},
        ),
    ],
)
def test_rule_on_other_days(op, given, expected):
    assert answer(op, **given) == expected


RECEIVED = {"receipt_date": "2017-09-04", "notice_days": 5}  # the notice is due on 2017-09-11
ASKED = {"kind": "notice", "on": "2017-09-06"}


@pytest.mark.parametrize(
    ("given", "state", "accept_date"),
    [
        ({"today": "2017-09-08", "action": {"kind": "accept", "on": "2017-09-08"}}, "accepted", "2017-09-08"),
        ({"today": "2017-09-11", "action": {"kind": "accept", "on": "2017-09-11"}}, "accepted", "2017-09-11"),
        # A word that comes too late finds the case accepted already; one that is still to come is not known today.
        ({"today": "2017-09-13", "action": {"kind": "accept", "on": "2017-09-12"}}, "deemed_accepted", "2017-09-04"),
        ({"today": "2017-09-13", "action": {"kind": "notice", "on": "2017-09-12"}}, "deemed_accepted", "2017-09-04"),
        ({"today": "2017-09-05", "action": ASKED}, "under_check", None),
        ({"today": "2017-09-06", "action": ASKED}, "awaiting_supplement", None),
        ({"today": "2017-09-13", "action": ASKED, "cure_by": "2017-09-13"}, "awaiting_supplement", None),
        ({"today": "2017-09-14", "action": ASKED, "cure_by": "2017-09-13"}, "lapsed", None),
        (
            {"today": "2017-09-14", "action": ASKED, "cure_by": "2017-09-13", "lapse_state": "withdrawn"},
            "withdrawn",
            None,
        ),
        (
            {"today": "2017-09-20", "action": ASKED, "cure_by": "2017-09-13", "full_supplement_on": "2017-09-13"},
            "accepted",
            "2017-09-13",
        ),
        (
            {"today": "2017-09-20", "action": ASKED, "cure_by": "2017-09-13", "full_supplement_on": "2017-09-14"},
            "lapsed",
            None,
        ),
        ({"today": "2017-09-20", "action": ASKED, "full_supplement_on": "2017-09-21"}, "awaiting_supplement", None),
    ],
)
def test_acceptance(given, state, accept_date):
    expected = {"state": state, "accept_date": accept_date, "notice_due": "2017-09-11"}
    assert answer("acceptance", **RECEIVED, **given) == expected


def decide(**given):
    return answer("decision_due", **{"accept_date": "2018-03-01", "legal": WORKING_20, **given})


def pause(start, end, **more):
    return {"start": start, "end": end, "type": "hearing", **more}


def test_no_law_the_promise_alone_binds():
    assert decide(legal=None, promised=WORKING_5) == {
        "legal_due": None,
        "promised_due": "2018-03-08",
        "effective_due": "2018-03-08",
    }


def test_promise_of_nothing_is_due_at_once():
    given = {"accept_date": "2017-09-10", "legal": WORKING_20, "promised": {"n": 0, "unit": "working"}}
    assert answer("decision_due", **given)["effective_due"] == "2017-09-11"


def test_overlapping_pauses_exclude_their_union():
    once = decide(promised=WORKING_10, pauses=[pause("2018-03-05", "2018-03-12")])
    twice = decide(promised=WORKING_10, pauses=[pause("2018-03-05", "2018-03-09"), pause("2018-03-07", "2018-03-12")])
    assert once == twice
    assert once["excluded_working_days"] == 5


def test_touching_pauses_do_not_count_a_day_twice():
    apart = decide(promised=WORKING_10, pauses=[pause("2018-03-05", "2018-03-07"), pause("2018-03-07", "2018-03-12")])
    assert apart["excluded_working_days"] == 5


@pytest.mark.parametrize(
    "void",
    [
        pause("2018-03-05", "2018-03-12", lawful=False),
        pause("2018-03-05", "2018-03-12", notified=False),
        pause("2018-03-05", None, notified=False),
        pause("2018-03-15", "2018-03-20"),  # begins on the due date, which still counts
        pause("2018-04-02", "2018-04-20"),
        pause("2018-02-10", "2018-03-01"),  # over before the clock began
        pause("2018-03-05", "2018-03-05"),
    ],
)
def test_pause_without_effect_on_the_promise(void):
    found = decide(promised=WORKING_10, pauses=[void])
    assert found["promised_due"] == found["effective_due"] == "2018-03-15"
    assert found["excluded_working_days"] == 0
    assert "state" not in found


def test_pause_after_the_promise_still_moves_the_law():
    found = decide(promised=WORKING_10, pauses=[pause("2018-03-20", "2018-03-23")])
    assert (found["promised_due"], found["legal_due"], found["excluded_working_days"]) == (
        "2018-03-15",
        "2018-04-03",
        0,
    )


def test_plain_days_are_paused_by_the_day():
    found = answer(
        "decision_due",
        accept_date="2018-03-01",
        legal={"n": 15, "unit": "calendar"},
        pauses=[pause("2018-03-05", "2018-03-12")],
    )
    # 4 days to the 5th, 11 more from the 13th; seven plain days are left out, of which five are working days.
    assert found["legal_due"] == "2018-03-23"
    assert found["excluded_working_days"] == 5


def test_open_pause_leaves_alone_what_ran_out_before():
    found = decide(promised=WORKING_5, pauses=[pause("2018-03-12", None)])
    assert found == {
        "legal_due": None,
        "promised_due": "2018-03-08",
        "effective_due": None,
        "excluded_working_days": 0,
        "state": "paused",
        "legal_days_left": 13,
    }


def test_closed_pause_before_an_open_one_is_left_out_of_the_days_left():
    found = decide(promised=WORKING_10, pauses=[pause("2018-03-05", "2018-03-07"), pause("2018-03-09", None)])
    assert (found["promised_days_left"], found["legal_days_left"], found["excluded_working_days"]) == (6, 16, 2)


def test_open_pause_on_the_last_day_comes_too_late():
    found = decide(promised=WORKING_10, pauses=[pause("2018-03-15", None)])
    assert found["promised_due"] == "2018-03-15"
    assert "promised_days_left" not in found
    assert found["legal_days_left"] == 10


@pytest.mark.parametrize(
    ("decided_on", "outcome"),
    [
        ("2018-03-15", "on_time"),
        ("2018-03-16", "overdue_promised"),
        ("2018-03-29", "overdue_promised"),
        ("2018-03-30", "overdue_legal"),
    ],
)
def test_outcome(decided_on, outcome):
    assert decide(promised=WORKING_10, decided_on=decided_on)["outcome"] == outcome


def test_outcome_while_paused_looks_only_at_what_ran_out():
    paused = [pause("2018-03-12", None)]
    assert decide(promised=WORKING_10, pauses=paused, decided_on="2018-06-01")["outcome"] == "on_time"
    assert decide(promised=WORKING_5, pauses=paused, decided_on="2018-06-01")["outcome"] == "overdue_promised"


def test_law_that_bites_before_the_promise_is_overdue_by_law():
    given = {"accept_date": "2019-09-27", "legal": {"n": 7, "unit": "calendar"}, "promised": WORKING_5}
    assert answer("decision_due", **given, decided_on="2019-10-09")["outcome"] == "overdue_legal"


def extension(days, approved_on, **more):
    return {"days": days, "approved_on": approved_on, **more}


def test_extension_adds_to_both_clocks():
    found = decide(promised=WORKING_10, extensions=[extension(10, "2018-03-15")])
    assert (found["promised_due"], found["legal_due"]) == ("2018-03-29", "2018-04-13")
    assert "rejected_extensions" not in found


@pytest.mark.parametrize(
    ("extensions", "reasons"),
    [
        ([extension(11, "2018-03-10")], ["over_cap"]),
        ([extension(11, "2018-04-30", reason_told=False)], ["over_cap"]),
        ([extension(5, "2018-03-16", reason_told=False)], ["approved_after_due"]),
        ([extension(5, "2018-03-16")], ["approved_after_due"]),  # after the promise, before the law's day
        ([extension(5, "2018-03-10", reason_told=False)], ["reason_not_told"]),
        ([extension(15, "2018-03-10"), extension(5, "2018-03-10", reason_told=False)], ["over_cap", "reason_not_told"]),
    ],
)
def test_void_extension_changes_nothing(extensions, reasons):
    found = decide(promised=WORKING_10, extensions=extensions)
    assert found["rejected_extensions"] == reasons
    assert (found["promised_due"], found["legal_due"]) == ("2018-03-15", "2018-03-29")


def test_second_extension_is_void_whatever_else_ails_it():
    found = decide(
        promised=WORKING_10,
        extensions=[extension(3, "2018-03-10"), extension(99, "2018-09-01", reason_told=False)],
    )
    assert found["rejected_extensions"] == ["second_extension"]
    assert found["promised_due"] == "2018-03-20"


def test_void_extension_does_not_use_up_the_only_chance():
    found = decide(promised=WORKING_10, extensions=[extension(30, "2018-03-05"), extension(3, "2018-03-10")])
    assert found["rejected_extensions"] == ["over_cap"]
    assert found["promised_due"] == "2018-03-20"


def test_cap_may_be_given_and_may_forbid():
    extensions = [extension(3, "2018-03-10")]
    assert decide(extensions=extensions, extension_cap=0)["rejected_extensions"] == ["over_cap"]
    assert "rejected_extensions" not in decide(extensions=[extension(15, "2018-03-10")], extension_cap=15)


def test_extended_promise_never_passes_the_law():
    found = answer(
        "decision_due",
        accept_date="2019-05-06",
        legal={"n": 7, "unit": "calendar"},
        promised=WORKING_5,
        extensions=[extension(10, "2019-05-08")],
    )
    assert found["legal_due"] == found["promised_due"] == found["effective_due"] == "2019-05-23"


def test_provisional_when_only_one_clock_reaches_the_unpublished_year():
    found = answer("decision_due", accept_date="2026-12-14", legal=WORKING_20, promised=WORKING_5)
    assert (found["effective_due"], found["provisional"]) == ("2026-12-21", True)


def members(*rows):
    return [{"code": code, "promised": 3, **more} for code, more in rows]


def test_successor_of_several_starts_with_the_last_notice():
    found = answer(
        "bundle",
        accept_date="2017-09-05",
        members=members(
            ("A", {"notified_on": "2017-09-07"}), ("B", {"notified_on": "2017-09-12"}), ("C", {"after": ["A", "B"]})
        ),
    )
    assert found["members"]["C"] == {"accept_date": "2017-09-12", "due": "2017-09-15"}
    assert found["bundle_due"] == "2017-09-15"


def test_refusal_keeps_all_descendants_from_starting_and_they_do_not_count():
    found = answer(
        "bundle",
        accept_date="2017-09-05",
        members=members(
            ("A", {"result": "refused", "notified_on": "2017-09-07"}),
            ("B", {"after": "A"}),
            ("C", {"after": ["B", "D"]}),
            ("D", {"notified_on": "2017-09-08"}),
        ),
    )
    assert {code: member.get("state") for code, member in found["members"].items()} == {
        "A": None,
        "B": "not_started",
        "C": "not_started",
        "D": None,
    }
    assert found["bundle_due"] == "2017-09-08"


def test_one_that_waits_for_a_waiting_one_waits_too():
    found = answer(
        "bundle", accept_date="2017-09-05", members=members(("C", {"after": "B"}), ("B", {"after": "A"}), ("A", {}))
    )
    assert [found["members"][code].get("state") for code in "ABC"] == [None, "waiting", "waiting"]
    assert found["bundle_due"] is None


def test_pause_of_one_member_moves_only_that_member():
    found = answer(
        "bundle",
        accept_date="2018-03-01",
        members=members(("A", {"pauses": [pause("2018-03-02", "2018-03-09")]}), ("B", {})),
    )
    assert found["members"]["A"]["due"] == "2018-03-13"
    assert found["members"]["B"]["due"] == "2018-03-06"
    assert found["bundle_due"] == "2018-03-13"


def test_open_pause_of_a_member_leaves_the_bundle_without_a_day():
    found = answer(
        "bundle",
        accept_date="2018-03-01",
        members=members(("A", {"pauses": [pause("2018-03-02", None)]}), ("B", {})),
    )
    assert found["members"]["A"] == {"accept_date": "2018-03-01", "due": None}
    assert found["bundle_due"] is None


def test_member_may_promise_plain_days():
    rows = [{"code": "A", "promised": {"n": 7, "unit": "calendar"}}]
    assert answer("bundle", accept_date="2017-09-02", members=rows)["bundle_due"] == "2017-09-11"
