"""What `explain_deadline` answers: the contract's examples, and the same rules on other days."""

import pytest

from apps.deadlines.engine.ask import OPERATIONS, ask

from .conftest import BOOK, EXAMPLES, answer


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
        # The fixed days on which no notice is needed, each in a year in which it is no weekend.
        ("is_working_day", {"date": "2029-01-01"}, {"working_day": False, "provisional": True}),
        ("is_working_day", {"date": "2028-05-01"}, {"working_day": False, "provisional": True}),
        ("is_working_day", {"date": "2028-05-02"}, {"working_day": False, "provisional": True}),
        ("is_working_day", {"date": "2029-10-01"}, {"working_day": False, "provisional": True}),
        ("is_working_day", {"date": "2029-10-02"}, {"working_day": False, "provisional": True}),
        ("is_working_day", {"date": "2029-10-03"}, {"working_day": False, "provisional": True}),
        ("is_working_day", {"date": "2029-10-04"}, {"working_day": True, "provisional": True}),
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
        # A year without a notice makes an answer provisional wherever it lies in the span.
        (
            "count_working_days",
            {"after": "2016-12-29", "through": "2017-01-03"},
            {"working_days": 2, "provisional": True},
        ),
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
        (
            "receipt",
            {"received_at": "2017-09-28T23:59:59+08", "notice_days": 5, "forwarded_at": "2017-10-09"},
            {"receipt_date": "2017-09-28", "notice_due": "2017-10-11"},
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
        (
            "deliver",
            {"decision_date": "2017-09-27", "posted_on": "2017-09-28", "signed_on": "2017-10-17"},
            {"deliver_by": "2017-10-17", "served_on": "2017-10-17", "on_time": True},
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


@pytest.mark.parametrize(
    ("state", "words"), [("lapsed", "视为撤回"), ("not_accepted", "不予受理"), ("acceptance_revoked", "撤销受理"), ("按撤回处理", "按撤回处理")],
)
def test_how_an_uncured_gap_ends_is_told_in_chinese(state, words):
    given = {**RECEIVED, "today": "2017-09-14", "action": ASKED, "cure_by": "2017-09-13", "lapse_state": state}
    told = ask({"op": "acceptance", "input": given}, BOOK, steps=True)
    assert told["steps"][-1] == f"补正期限已过，没有补齐：{words}。"


@pytest.mark.parametrize(
    ("start", "known", "words"),
    [
        ("2016-12-20", None, "2016年的放假安排没有收录"),  # published long ago, and in no calendar here
        ("2026-12-25", None, "2027年的放假通知计算时尚未公布"),
        ("2018-12-25", "2018-before-12-06", "2019年的放假通知计算时尚未公布"),
    ],
)
def test_a_year_without_an_arrangement_says_why_it_has_none(start, known, words):
    given = {"start": start, "n": 10} | ({"calendar": known} if known else {})
    told = ask({"op": "add_working_days", "input": given}, BOOK, steps=True)
    assert told["provisional"] and any(line.startswith(words) for line in told["steps"])
