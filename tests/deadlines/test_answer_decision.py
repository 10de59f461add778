"""Law and promise, pauses and extensions: `decision_due` on other days than the examples."""

import pytest

from .conftest import answer, pause

WORKING_20 = {"n": 20, "unit": "working"}
WORKING_10 = {"n": 10, "unit": "working"}
WORKING_5 = {"n": 5, "unit": "working"}


def decide(**given):
    return answer("decision_due", **{"accept_date": "2018-03-01", "legal": WORKING_20, **given})


def test_no_law_the_promise_alone_binds():
    assert decide(legal=None, promised=WORKING_5) == {
        "legal_due": None,
        "promised_due": "2018-03-08",
        "effective_due": "2018-03-08",
    }


def test_promise_of_nothing_is_due_at_once():
    given = {"accept_date": "2017-09-10", "legal": WORKING_20, "promised": {"n": 0, "unit": "working"}}
    assert answer("decision_due", **given)["effective_due"] == "2017-09-11"


def test_open_pause_that_began_before_acceptance_leaves_no_day_out_of_an_instant_item():
    found = decide(legal={"n": 0, "unit": "working"}, pauses=[pause("2018-02-26", None)])
    assert (found["state"], found["legal_due"], found["promised_days_left"]) == ("paused", None, 0)
    assert found["excluded_working_days"] == 0  # an open pause has excluded nothing yet (E17)


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


CLAMPED = {
    "accept_date": "2019-05-06",
    "legal": {"n": 7, "unit": "calendar"},
    "promised": WORKING_5,
    "extensions": [extension(10, "2019-05-08")],
}  # the law ends on 2019-05-23, the promise alone would on 2019-05-27


def test_pause_after_the_law_ended_plays_no_part_in_a_promise_that_ends_with_it():
    found = answer("decision_due", **CLAMPED, pauses=[pause("2019-05-24", "2019-05-30")])
    assert (found["promised_due"], found["excluded_working_days"]) == ("2019-05-23", 0)


def test_open_pause_after_the_law_ended_leaves_the_promise_no_days():
    found = answer("decision_due", **CLAMPED, pauses=[pause("2019-05-24", None)], decided_on="2019-05-30")
    assert found == {
        "legal_due": "2019-05-23",
        "promised_due": "2019-05-23",
        "effective_due": None,
        "excluded_working_days": 0,
        "outcome": "overdue_legal",
        "state": "paused",
    }


def test_extension_adds_days_of_the_clock_s_own_unit():
    found = answer(
        "decision_due",
        accept_date="2018-03-01",
        legal={"n": 15, "unit": "calendar"},
        extensions=[extension(10, "2018-03-16")],
    )
    assert found["legal_due"] == "2018-03-26"  # 25 plain days


def test_instant_item_rolls_past_a_pause_and_says_how_many_days():
    # Saturday 4 May 2019 is a holiday, the 5th a make-up workday; the pause leaves out the 5th to the 8th.
    found = answer(
        "decision_due",
        accept_date="2019-05-04",
        promised={"n": 0, "unit": "working"},
        pauses=[pause("2019-05-01", "2019-05-08")],
    )
    assert (found["effective_due"], found["excluded_working_days"]) == ("2019-05-09", 4)


def test_extensions_and_pauses_may_be_told_in_any_order():
    pauses = [pause("2018-03-20", "2018-03-23"), pause("2018-03-02", "2018-03-05"), pause("2018-03-04", "2018-03-07")]
    extensions = [extension(4, "2018-03-12"), extension(5, "2018-03-09")]
    found = decide(promised=WORKING_10, pauses=pauses, extensions=extensions)
    # 1 counted day to the 2nd; the 5th to the 7th and the 21st to the 23rd are out; 15 days with the earlier extension.
    assert found == {
        "legal_due": "2018-04-16",
        "promised_due": "2018-03-30",
        "effective_due": "2018-03-30",
        "excluded_working_days": 6,
        "rejected_extensions": ["second_extension"],
    }
    assert found == decide(promised=WORKING_10, pauses=pauses[::-1], extensions=extensions[::-1])


def test_provisional_when_only_one_clock_reaches_the_unpublished_year():
    found = answer("decision_due", accept_date="2026-12-14", legal=WORKING_20, promised=WORKING_5)
    assert (found["effective_due"], found["provisional"]) == ("2026-12-21", True)


def test_a_day_on_which_an_open_pause_holds_the_clock_is_not_counted_and_makes_nothing_provisional():
    held = answer("decision_due", accept_date="2026-12-21", legal=WORKING_20, promised=WORKING_5, pauses=[pause("2026-12-24", None)])
    assert held["effective_due"] is None and "provisional" not in held
    into = answer("decision_due", accept_date="2026-12-21", legal=WORKING_20, promised=WORKING_20, pauses=[pause("2026-12-31", None)])
    assert into["effective_due"] is None and "provisional" not in into
    beyond = answer("decision_due", accept_date="2026-12-21", legal=WORKING_20, promised=WORKING_20, pauses=[pause("2027-01-06", None)])
    assert beyond["provisional"] is True


def test_each_clock_alone_can_make_the_answer_provisional():
    # The promise reaches 2027, the law ends before; then the other way round is the test above.
    found = answer("decision_due", accept_date="2026-12-28", legal={"n": 3, "unit": "calendar"}, promised=WORKING_5)
    assert (found["legal_due"], found["promised_due"], found["provisional"]) == ("2026-12-31", "2027-01-05", True)


def test_plain_days_rest_on_a_year_in_which_only_the_pause_lies():
    # The period begins and ends in 2017; of what was left out, the days of 2016 rest on no notice.
    found = answer(
        "decision_due",
        accept_date="2016-12-26",
        legal={"n": 20, "unit": "calendar"},
        pauses=[pause("2016-12-27", "2016-12-30")],
    )
    assert (found["effective_due"], found["excluded_working_days"]) == ("2017-01-18", 3)
    assert found["provisional"]


def test_a_promise_cut_by_the_law_rests_on_what_the_law_rests_on():
    # Extended, the promise would reach 2027; the law ends it on Christmas Eve, and needs no notice of 2027.
    found = answer(
        "decision_due",
        accept_date="2026-12-14",
        legal={"n": 5, "unit": "calendar"},
        promised=WORKING_10,
        extensions=[extension(5, "2026-12-18")],
    )
    assert (found["legal_due"], found["promised_due"]) == ("2026-12-24", "2026-12-24")
    assert "provisional" not in found



def test_who_approves_after_the_earlier_of_both_days_is_late():
    # 7 plain days end before 10 working days: the day that binds is the law's.
    found = answer(
        "decision_due",
        accept_date="2017-09-04",
        legal={"n": 7, "unit": "calendar"},
        promised=WORKING_10,
        extensions=[extension(5, "2017-09-12")],
    )
    assert (found["legal_due"], found["rejected_extensions"]) == ("2017-09-11", ["approved_after_due"])
