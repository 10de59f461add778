"""`when`: which answers make a line hold, and what is not known yet. Plans, forms and checks all ask here."""

from decimal import Decimal

import pytest

from apps.catalog.conditions import holds, line_holds


@pytest.mark.parametrize(
    ("line", "fitting", "others"),
    [
        ({"is": True}, [True], [False, "true", 1, "是", None, []]),
        ({"is": False}, [False], [True, 0, "", None]),
        ({"is": 1}, [1, 1.0, "1", "1.00", Decimal("1")], [True, 2, "一", "１", ""]),
        ({"is": "1"}, ["1"], [1, "1.0", " 1"]),
        ({"is": "hot"}, ["hot", ["cold", "hot"]], ["Hot", "cold", [], ["cold"]]),
        ({"in": ["hot", 3]}, ["hot", 3, "3", ["x", 3]], ["cold", True, 4, ["x"]]),
        ({"at_least": 100}, [100, "100", "100.00", 100.5, ["7", "100"]], [99, "99.99", -100, True, "很多", "1e3", None]),
        ({"over": 100}, ["100.01", 101, Decimal("100.1")], [100, "100", "100.00", "-101", True, ""]),
        ({"over": -1}, ["0", "-0.5", 0], ["-1", "-2", False]),
    ],
)
def test_which_answers_make_a_line_hold(line, fitting, others):
    assert [line_holds(line, answer) for answer in fitting] == [True] * len(fitting)
    assert [line_holds(line, answer) for answer in others] == [False] * len(others)


YES, NO = {"situation": "yes", "is": True}, {"situation": "no", "is": True}
NEVER, LATER = {"situation": "unasked", "is": True}, {"element": "seats", "at_least": 10}


@pytest.mark.parametrize(
    ("when", "before", "ten", "nine"),  # the form is not filled in, or has so many seats
    [
        (None, True, True, True),
        ([], True, True, True),
        ([YES], True, True, True),
        ([YES, NO], False, False, False),
        ([NEVER], False, False, False),
        ([LATER], None, True, False),
        ([YES, LATER], None, True, False),
        ([LATER, YES], None, True, False),
        ([LATER, NO], False, False, False),
        ([[NO], [YES]], True, True, True),
        ([[NO], [LATER]], None, True, False),
        ([[LATER], [YES]], True, True, True),
        ([[NO, LATER], [NEVER]], False, False, False),
        ([[YES, LATER], [YES, NO]], None, True, False),
    ],
)
def test_all_lines_hold_or_one_list_of_them_does(when, before, ten, nine):
    answers = {"yes": True, "no": False}
    assert [holds(when, answers), holds(when, answers, {"seats": 10}), holds(when, answers, {"seats": 9})] == [before, ten, nine]
    assert holds(when, answers, {}) == nine  # left empty it does not hold
