"""Letters and questions: who sees them and whose word it is, as a table of posts and verbs, without a database.

`yes`, `403` (he sees it and may not), `404` (it is not there for him). A hall's own letter is answered by its supervisor and checked by the
city's; a department's by its head, and checked by whoever oversees the node.
"""

from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.db.models import Q

from apps.feedback import policy
from apps.feedback.queries import occasions
from apps.journal.actor import PUBLIC, SYSTEM, Actor, PostFacts
from apps.kit.errors import Forbidden, NotYours

CIXI, SISTER, CITY = "330282", "330281", "330200"


def staff(pk: int, role: str, node: str = CIXI, department: str | None = None) -> Actor:
    return Actor("staff", pk, "x", (PostFacts(pk, role, node, node, department=department),))


CAST = {
    "head": staff(1, "head", department="scjg"),
    "reviewer": staff(2, "reviewer", department="scjg"),
    "seal_keeper": staff(13, "seal_keeper", department="scjg"),
    "other_head": staff(3, "head", department="wsjs"),
    "other_reviewer": staff(4, "reviewer", department="wsjs"),
    "clerk": staff(5, "clerk"),
    "city_clerk": staff(6, "clerk", CITY),
    "supervisor": staff(7, "supervisor"),
    "sister": staff(8, "supervisor", SISTER),
    "city": staff(9, "supervisor", CITY),
    "auditor": staff(10, "auditor"),
    "asker": Actor("person", 11, "x", party_ids=(7, 8)),
    "proxy": Actor("person", 12, "x", party_ids=(9, 7)),
    "public": PUBLIC,
}


def answer(allow, actor, verb, row) -> str:
    try:
        allow(actor, verb, row)
    except NotYours:
        return "404"
    except Forbidden:
        return "403"
    return "yes"


def table(allow, verb, row) -> dict[str, str]:
    return {name: told for name, actor in CAST.items() if (told := answer(allow, actor, verb, row)) != "404"}


def letter(node=CIXI, department="", replied_by_id=None):
    return SimpleNamespace(pk=1, node=node, department=department, party_id=7, replied_by_id=replied_by_id)


def listed(where, row) -> set[str]:
    """Who of the cast has the row in his list."""

    def fits(part) -> bool:
        if isinstance(part, Q):
            return (all if part.connector == Q.AND else any)(map(fits, part.children))
        (field, _, how), value = part[0].partition("__"), part[1]
        held = getattr(row, field)
        return held in value if how == "in" else held.startswith(value) if how == "startswith" else held == value

    return {name for name, actor in CAST.items() if fits(where(actor))}


CHECKS = ("uphold", "overrule", "verify", "send_back")
LETTERS = [
    # of a department
    (letter(department="scjg"), ("call_back",), {"head": "yes", "supervisor": "yes", "city": "yes"}),
    (letter(department="scjg"), ("reply", "appeal"), {"head": "yes", "supervisor": "403", "city": "403"}),
    (letter(department="scjg"), CHECKS, {"head": "403", "supervisor": "yes", "city": "yes"}),
    (letter(department="scjg"), ("send", "close"), {"head": "403", "supervisor": "403", "city": "403"}),
    # of a county's hall, of which its supervisor is a part
    (letter(), ("call_back",), {"supervisor": "yes", "city": "yes"}),
    (letter(), ("reply", "appeal"), {"supervisor": "yes", "city": "403"}),
    (letter(), CHECKS, {"supervisor": "403", "city": "yes"}),
    # of the city's hall, above which nobody stands: another person than who replied
    (letter(CITY), ("call_back", "reply", "appeal", *CHECKS), {"city": "yes"}),
    (letter(CITY, replied_by_id=9), (*CHECKS, "pass_on"), {"city": "403"}),
    (letter(department="scjg"), ("pass_on",), {"head": "403", "supervisor": "yes", "city": "yes"}),
    (letter(department="scjg", replied_by_id=7), CHECKS, {"head": "403", "supervisor": "403", "city": "yes"}),
]


@pytest.mark.parametrize(("row", "verbs", "told"), LETTERS)
def test_whose_word_a_letter_wants(row, verbs, told):
    for verb in verbs:
        assert table(policy.allow_rectification, verb, row) == told
        assert answer(policy.allow_rectification, SYSTEM, verb, row) == ("yes" if verb == "send" else "403")
    assert {name for name, actor in CAST.items() if policy.sees_rectification(actor, row)} == set(told) == listed(policy.rectifications, row)


@pytest.mark.parametrize(("row", "who"), [(letter(department="scjg"), "head"), (letter(), "supervisor"), (letter(CITY, replied_by_id=9), "city")])
def test_the_unit_that_answers_is_told_why_it_does_not_check(row, who):
    for verb in CHECKS:
        with pytest.raises(Forbidden, match="核查由答复的部门以外的人员办理") as told:
            policy.allow_rectification(CAST[who], verb, row)
        assert told.value.code == "forbidden.separation"
    elsewhere = Actor("staff", 21, "x", (*CAST["head"].posts, *CAST["sister"].posts))
    assert answer(policy.allow_rectification, elsewhere, "verify", letter(department="scjg")) == "403"


def test_a_complaint_and_a_rating_are_ones_own():
    staff_may_not = {name: "403" for name, actor in CAST.items() if actor.kind != "person"}
    assert table(policy.allow_rectification, "complain", letter()) == staff_may_not | {"asker": "yes"}
    assert table(policy.allow_rating, "rate", letter()) == staff_may_not | {"asker": "yes"}
    nameless = Actor("public", None, "匿名", party_ids=(7,))  # how an anonymous rating is written
    assert answer(policy.allow_rating, nameless, "rate", letter()) == "yes"
    assert answer(policy.allow_rating, Actor("public", None, "匿名", party_ids=(9, 7)), "rate", letter()) == "404"


@pytest.mark.parametrize(
    ("row", "replies", "publishes"),
    [
        (letter(department="scjg"), {"head", "reviewer", "supervisor", "city"}, {"head", "supervisor", "city"}),
        (letter(), {"clerk", "supervisor", "city"}, {"supervisor", "city"}),
        (letter(CITY), {"city_clerk", "city"}, {"city"}),
        (letter(SISTER, "yyjg"), {"sister", "city"}, {"sister", "city"}),
    ],
)
def test_who_answers_a_question_and_who_puts_it_before_everybody(row, replies, publishes):
    for verb in ("reply", "pass_on"):
        assert table(policy.allow_enquiry, verb, row) == dict.fromkeys(replies, "yes")
    for verb in ("publish", "unpublish"):
        assert table(policy.allow_enquiry, verb, row) == dict.fromkeys(replies, "403") | dict.fromkeys(publishes, "yes")
    for verb in ("ask", "withdraw"):
        assert table(policy.allow_enquiry, verb, row) == {
            name: "yes" if name == "asker" else "403" for name, actor in CAST.items() if name != "proxy"
        }
    assert listed(policy.enquiries, row) == replies | {"asker"}
    both = Actor("staff", 20, "x", (*CAST["reviewer"].posts, *CAST["head"].posts))
    assert policy.allow_enquiry(both, "publish", letter(department="scjg")).role == "head"


@pytest.mark.parametrize(
    ("state", "decided", "told"),
    [
        ("received", False, "intake"),
        ("voided", False, ""),
        ("not_accepted", False, "intake result"),  # no member ever came to a decision
        ("in_progress", False, "intake"),
        ("in_progress", True, "intake result"),  # one result is out
    ],
)
def test_what_of_a_case_can_be_rated(state, decided, told):
    case = Mock(number="33028220261129000001", state=state, lead="scjg")
    case.inspections.order_by.return_value = []
    case.members.filter.return_value.exists.return_value = decided
    assert " ".join(one.name for one in occasions(case)) == told
    case.number = None
    assert "intake" not in [one.name for one in occasions(case)]
