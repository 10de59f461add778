"""`bundle` on other members than the examples."""

from .conftest import answer, pause


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


def test_successor_of_several_waits_for_the_one_that_is_not_finished():
    found = answer(
        "bundle",
        accept_date="2017-09-05",
        members=members(("A", {"notified_on": "2017-09-07"}), ("B", {}), ("C", {"after": ["A", "B"]})),
    )
    assert found["members"]["C"] == {"accept_date": None, "due": None, "state": "waiting"}
    assert found["bundle_due"] is None


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
