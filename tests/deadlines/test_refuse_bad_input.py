"""Every fault is named by its key, in Chinese; all of one question at once."""

import pytest

from apps.deadlines.engine.ask import ask
from apps.deadlines.engine.reading import BadInput

from .conftest import BOOK, EXAMPLES

LIMIT = {"n": 20, "unit": "working"}


def faults(document):
    with pytest.raises(BadInput) as refused:
        ask(document, BOOK)
    errors = refused.value.errors
    assert errors
    for error in errors:
        assert error["message"]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in error["message"])
    return {error["path"]: error["code"] for error in errors}


@pytest.mark.parametrize("document", [None, [], "x", 5, True, {}])
def test_no_question(document):
    assert faults(document)


def test_unknown_operation_is_named():
    with pytest.raises(BadInput, match="due_tomorrow"):
        ask({"op": "due_tomorrow", "input": {}}, BOOK)
    assert faults({"op": "due_tomorrow", "input": {}}) == {"op": "unknown"}
    assert faults({"op": ["remedy"], "input": {}}) == {"op": "unknown"}


@pytest.mark.parametrize(("value", "said"), [(True, "true"), ([None], "[null]"), ({"a": "事"}, '{"a": "事"}'), ("x" * 90, f"“{'x' * 39}…")])
def test_what_was_sent_is_shown_as_it_was_sent(value, said):
    for document in ({"op": value, "input": {}}, {"op": "add_working_days", "input": {"start": value, "n": value}}):
        with pytest.raises(BadInput) as refused:
            ask(document, BOOK)
        assert all(said in error["message"] for error in refused.value.errors)


def test_input_must_be_there_and_be_an_object():
    assert faults({"op": "remedy"}) == {"input": "missing"}
    assert faults({"op": "remedy", "input": None}) == {"input": "type"}
    assert faults({"op": "remedy", "input": ["2017-08-31"]}) == {"input": "type"}


REQUIRED = {
    "is_working_day": ["date"],
    "add_working_days": ["start", "n"],
    "count_working_days": ["after", "through"],
    "calendar_days": ["start", "n"],
    "receipt": ["received_at", "notice_days"],
    "acceptance": ["receipt_date", "notice_days", "today"],
    "decision_due": ["accept_date"],
    "deliver": ["decision_date"],
    "remedy": ["served_on"],
    "renewal": ["valid_to", "applied_on", "decided_on", "today"],
    "cure": ["accept_date", "promised", "cure_days", "today"],
    "commitment": ["decision_date"],
    "bundle": ["accept_date", "members"],
}


@pytest.mark.parametrize(("op", "key"), [(op, key) for op, keys in REQUIRED.items() for key in keys])
def test_missing_key_is_named(op, key):
    example = next(case for case in EXAMPLES if case["op"] == op)
    given = {name: value for name, value in example["input"].items() if name != key}
    assert faults({"op": op, "input": given}) == {f"input.{key}": "missing"}


def test_all_faults_at_once():
    assert set(faults({"op": "cure", "input": {"accept_date": "2017-02-30", "promised": -1, "cure_days": "5"}})) == {
        "input.accept_date",
        "input.promised",
        "input.cure_days",
        "input.today",
    }


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2017-02-30", "impossible_date"),
        ("2017-13-01", "impossible_date"),
        ("2017-02-29", "impossible_date"),
        ("20170901", "type"),
        ("2017-9-1", "type"),
        ("昨天", "type"),
        ("２０１７-09-01", "type"),
        (20170901, "type"),
        (True, "type"),
        ("0001-01-01", "range"),
        ("9999-12-31", "range"),
    ],
)
def test_impossible_date(value, code):
    assert faults({"op": "remedy", "input": {"served_on": value}}) == {"input.served_on": code}


@pytest.mark.parametrize(
    ("value", "code"),
    [(-1, "range"), (10**9, "range"), ("5", "type"), (5.0, "type"), (True, "type"), ([5], "type"), (None, "missing")],
)
def test_impossible_number(value, code):
    given = {"start": "2017-09-04", "n": value}
    assert faults({"op": "add_working_days", "input": given}) == {"input.n": code}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2017-09-28T17:30:00", "type"),  # whose half past five?
        ("2017-09-28", "type"),
        ("2017-02-30T10:00:00Z", "impossible_date"),
        ("2017-09-28T25:00:00Z", "impossible_date"),
        (1506619800, "type"),
    ],
)
def test_impossible_instant(value, code):
    given = {"received_at": value, "notice_days": 5}
    assert faults({"op": "receipt", "input": given}) == {"input.received_at": code}


@pytest.mark.parametrize(
    ("value", "code"),
    [("2019", "type"), ("2019-03-22", "type"), ("2019-before-02-30", "impossible_date"), (2019, "type")],
)
def test_impossible_calendar(value, code):
    given = {"start": "2019-04-24", "n": 5, "calendar": value}
    assert faults({"op": "add_working_days", "input": given}) == {"input.calendar": code}


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({}, "input.legal", "missing"),
        ({"legal": {"n": 20}}, "input.legal.unit", "missing"),
        ({"legal": {"n": 20, "unit": "week"}}, "input.legal.unit", "unknown"),
        ({"legal": 20}, "input.legal", "type"),
        ({"legal": {"n": -1, "unit": "working"}}, "input.legal.n", "range"),
        ({"legal": LIMIT, "pauses": {}}, "input.pauses", "type"),
        ({"legal": LIMIT, "pauses": [5]}, "input.pauses[0]", "type"),
        ({"legal": LIMIT, "pauses": [{"start": "2018-03-05", "type": "hearing"}]}, "input.pauses[0].end", "missing"),
        ({"legal": LIMIT, "pauses": [{"start": "2018-03-05", "end": None}]}, "input.pauses[0].type", "missing"),
        (
            {"legal": LIMIT, "pauses": [{"start": "2018-03-05", "end": "2018-03-04", "type": "hearing"}]},
            "input.pauses[0].end",
            "range",
        ),
        (
            {"legal": LIMIT, "pauses": [{"start": "2018-03-05", "end": None, "type": "hearing", "lawful": "no"}]},
            "input.pauses[0].lawful",
            "type",
        ),
        ({"legal": LIMIT, "extensions": [{"days": 5}]}, "input.extensions[0].approved_on", "missing"),
        (
            {"legal": LIMIT, "extensions": [{"days": -5, "approved_on": "2018-03-05"}]},
            "input.extensions[0].days",
            "range",
        ),
        ({"legal": LIMIT, "extension_cap": -1}, "input.extension_cap", "range"),
        ({"legal": LIMIT, "decided_on": "2018-02-30"}, "input.decided_on", "impossible_date"),
    ],
)
def test_decision_due(given, path, code):
    assert faults({"op": "decision_due", "input": {"accept_date": "2018-03-01", **given}}) == {path: code}


def test_acceptance_action():
    given = {"receipt_date": "2017-09-04", "notice_days": 5, "today": "2017-09-05", "action": {"kind": "shrug"}}
    assert faults({"op": "acceptance", "input": given}) == {
        "input.action.kind": "unknown",
        "input.action.on": "missing",
    }


@pytest.mark.parametrize(
    ("members", "path", "code"),
    [
        ([], "input.members", "missing"),
        ("A", "input.members", "type"),
        ([{"promised": 3}], "input.members[0].code", "missing"),
        ([{"code": "A"}], "input.members[0].promised", "missing"),
        ([{"code": "A", "promised": 3, "after": "Q"}], "input.members[0].after", "unknown"),
        ([{"code": "A", "promised": 3, "after": 5}], "input.members[0].after", "type"),
        ([{"code": "A", "promised": 3, "after": "A"}], "input.members", "cycle"),
        (
            [
                {"code": "A", "promised": 3, "after": "C"},
                {"code": "B", "promised": 3, "after": ["A"]},
                {"code": "C", "promised": 3, "after": "B"},
            ],
            "input.members",
            "cycle",
        ),
    ],
)
def test_bundle(members, path, code):
    assert faults({"op": "bundle", "input": {"accept_date": "2017-09-05", "members": members}}) == {path: code}


@pytest.mark.parametrize(
    ("op", "changed", "path"),
    [
        ("acceptance", {"action": {"kind": "accept", "on": "2017-09-01"}}, "input.action.on"),
        ("acceptance", {"full_supplement_on": "2017-09-05"}, "input.full_supplement_on"),  # asked for on the 6th
        ("acceptance", {"cure_by": "2017-09-05"}, "input.cure_by"),
        ("acceptance", {"receipt_date": "2017-09-22", "action": None}, "input.today"),
        ("decision_due", {"decided_on": "2017-09-07"}, "input.decided_on"),
        ("deliver", {"posted_on": "2017-09-26"}, "input.posted_on"),
        ("deliver", {"signed_on": "2017-09-26"}, "input.signed_on"),
        ("deliver", {"posted_on": "2017-10-17"}, "input.signed_on"),  # signed for on the 16th
        ("renewal", {"decided_on": "2018-02-27"}, "input.decided_on"),
        ("renewal", {"today": "2018-02-27"}, "input.today"),
        ("cure", {"supplied_on": "2019-05-12"}, "input.supplied_on"),
        ("cure", {"today": "2019-05-12"}, "input.today"),
    ],
)
def test_days_that_cannot_follow_each_other_are_refused(op, changed, path):
    by_op = {"acceptance": "E14", "decision_due": "E15"}
    example = next(case for case in EXAMPLES if case["op"] == op and case["id"] == by_op.get(op, case["id"]))
    assert faults({"op": op, "input": {**example["input"], **changed}}) == {path: "order"}


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        ({"notified_on": "2017-09-04"}, {}, "input.members[0].notified_on"),  # before it was accepted
        ({"notified_on": "2017-09-07"}, {"notified_on": "2017-09-06"}, "input.members[1].notified_on"),
        ({}, {"notified_on": "2017-09-08"}, "input.members[1].notified_on"),  # it waits, so it cannot be done
        ({"result": "refused"}, {"notified_on": "2017-09-08"}, "input.members[1].notified_on"),  # never started
    ],
)
def test_a_member_finishes_only_after_it_was_accepted(first, second, path):
    members = [
        {"code": "甲", "promised": 3, **first},
        {"code": "乙", "promised": 3, "after": "甲", **second},
        {"code": "丙", "promised": 3, "after": "乙"},
    ]
    assert faults({"op": "bundle", "input": {"accept_date": "2017-09-05", "members": members}}) == {path: "order"}


def test_bundle_names_the_circle_and_the_doubled_code():
    circle = [{"code": "甲", "promised": 3, "after": "乙"}, {"code": "乙", "promised": 3, "after": "甲"}]
    with pytest.raises(BadInput, match=r"甲.*乙|乙.*甲"):
        ask({"op": "bundle", "input": {"accept_date": "2017-09-05", "members": circle}}, BOOK)
    twice = [{"code": "A", "promised": 3}, {"code": "A", "promised": 4}]
    assert faults({"op": "bundle", "input": {"accept_date": "2017-09-05", "members": twice}}) == {
        "input.members[0].code": "duplicate",
        "input.members[1].code": "duplicate",
    }


def test_unknown_extra_keys_are_facts_without_effect():
    given = {"served_on": "2017-08-31", "item": "食品经营许可", "signed": None}
    assert ask({"op": "remedy", "input": given, "id": 7}, BOOK)["litigation_by"] == "2018-02-28"
