"""Cards: for whom there is one and who may do what with it, without a database."""

from types import SimpleNamespace

import pytest

from apps.journal.actor import SYSTEM, Actor, PostFacts
from apps.kit.errors import Forbidden, NotYours
from apps.supervision.policy import CARD_VERBS, allow_card

CARD = SimpleNamespace(node_id="330282", department_id="scjg")


def at(role: str, node: str = "330282", department: str | None = None, acting_for: int | None = None) -> PostFacts:
    return PostFacts(1 if acting_for is None else 2, role, node, node, department=department, acting_for=acting_for)


@pytest.mark.parametrize(
    ("post", "may"),  # what he does with a card of 市场监管 at Cixi; None: there is no such card for him
    [
        (at("head", department="scjg"), "answer"),
        (at("reviewer", department="scjg"), ""),
        (at("seal_keeper", department="scjg"), None),
        (at("head", department="wsjs"), None),
        (at("head", "330200", department="nb-scjg"), None),
        (at("supervisor"), "withdraw"),
        (at("supervisor", "330200"), "withdraw"),
        (at("supervisor", "330281"), None),
        (at("clerk"), None),
        (at("auditor"), None),
    ],
)
def test_who_may_what_with_a_card(post, may):
    by = Actor("staff", 5, "x", (post,))
    for verb in CARD_VERBS:
        if verb == may:
            assert allow_card(by, verb, CARD) == post
        else:
            with pytest.raises(NotYours if may is None else Forbidden):
                allow_card(by, verb, CARD)


def test_the_system_gives_and_takes_and_answers_for_nobody():
    for verb in CARD_VERBS:
        if verb in ("give", "announce", "lapse"):
            assert allow_card(SYSTEM, verb, CARD) is None
        else:
            with pytest.raises(Forbidden):
                allow_card(SYSTEM, verb, CARD)


def test_a_card_without_a_department_is_the_supervisors_alone_and_ones_own_post_stands_first():
    alert = SimpleNamespace(node_id="330282", department_id=None)
    with pytest.raises(NotYours):
        allow_card(Actor("staff", 5, "x", (at("head", department="scjg"),)), "answer", alert)
    own, lent = at("head", department="scjg"), at("head", department="scjg", acting_for=9)
    for posts in ((own, lent), (lent, own)):
        assert allow_card(Actor("staff", 5, "x", posts), "answer", CARD) == own
