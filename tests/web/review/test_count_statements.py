"""A list costs the same however long it is; a move costs the same however many materials there are."""

import pytest
from django.urls import reverse

from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
LIST, MOVE = 6, 14


def test_lists(at, statements):
    for _ in range(3):
        make.accepted()
        make.concluded()
        make.decided()
    client, head = at("scjg-reviewer"), at("scjg-head")
    for _ in range(2):
        for who, name in (
            (client, "review:home"),
            (client, "review:done"),
            (client, "review:export"),
            (head, "review:countersign"),
            (at("cixi-supervisor"), "review:router"),
        ):
            who.get(reverse(name))  # what a process remembers is remembered
            with statements(LIST):
                assert who.get(reverse(name)).status_code == 200
        for _ in range(4):
            make.accepted()


MOVES = {
    "claim": ("scjg-reviewer", lambda: make.job_of(make.accepted()), {}),
    "conclude": ("scjg-reviewer", make.claimed, {"recommendation": "grant", "opinion": "材料齐全，符合条件。"}),
    "note": ("scjg-reviewer", make.claimed, {"text": "一条备注。"}),
    "return": ("scjg-reviewer", lambda: make.job_of(make.accepted()), {"reason": "不属于本局职责。"}),
    "send_back": ("scjg-head", make.concluded, {"reason": "请补充核查情况。"}),
    "reassign": ("scjg-head", make.claimed, {"reason": "承办人出差一周。"}),
    "decide": ("scjg-head", make.concluded, {"decision": "grant"}),
}


@pytest.mark.parametrize("name", sorted(MOVES))
def test_moves(at, statements, name):
    username, build, sent = MOVES[name]
    client = at(username)
    client.get(reverse("review:home"))
    job = build()
    if name == "reassign":
        sent = {**sent, "assignee": make.user("scjg-reviewer2").pk}
    with statements(MOVE):
        answer = client.post(reverse(f"review:{name}", args=[job.pk]), {"once": "k", **sent})
    assert answer.status_code == 302
