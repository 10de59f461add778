"""Accounts, posts, parties, the calendar, the catalogue and documents: who may do what, as tables without a database.

`yes`, `403` (he sees it and may not), `404` (it is not there for him).
"""

from types import SimpleNamespace

import pytest

from apps.catalog import policy as catalog
from apps.deadlines import policy as deadlines
from apps.directory import policy
from apps.issuance import policy as issuance
from apps.journal.actor import PUBLIC, SYSTEM, Actor, PostFacts
from apps.kit.errors import Forbidden, NotYours

CIXI, SISTER, CITY = "330282", "330281", "330200"


def staff(role: str, node: str = CIXI, pk: int = 1, department: str | None = None) -> Actor:
    return Actor("staff", pk, "x", (PostFacts(pk, role, node, node, department=department),))


def answer(allow, *given) -> str:
    try:
        allow(*given)
    except NotYours:
        return "404"
    except Forbidden:
        return "403"
    return "yes"


ADMIN, NEIGHBOUR, CITYS = staff("node_admin"), staff("node_admin", SISTER), staff("node_admin", CITY)
CLERK, AUDITOR = staff("clerk"), staff("auditor")
ROLES = (*policy.HANDLING_ROLES, *policy.OVERSIGHT_ROLES)
EVERYBODY = (SYSTEM, ADMIN, NEIGHBOUR, CITYS, CLERK, AUDITOR, PUBLIC)


def account(pk=9, kind="staff", home_id=CIXI, city_given=False):
    return SimpleNamespace(pk=pk, kind=kind, home_id=home_id, city_given=city_given)


@pytest.mark.parametrize(
    ("user", "verbs", "told"),
    [
        (account(), ("view", "invite", "lock", "reset_password", "reveal"), "yes yes 404 yes 403 403 403"),
        (account(home_id=CITY), ("view", "lock"), "yes 404 404 yes 403 403 403"),
        (account(home_id=None), ("view", "lock"), "yes 404 404 yes 403 403 403"),
        (account(city_given=True), ("lock", "unlock", "reset_password", "reset_second_factor"), "yes 403 404 yes 403 403 403"),
        (account(city_given=True), ("view", "reveal"), "yes yes 404 yes 403 403 403"),
        (account(pk=1), ("lock", "reset_second_factor", "invite"), "yes 403 404 403 403 403 403"),  # every one of them is number 1
        (account(pk=1), ("view",), "yes yes 404 yes 403 403 403"),
        (account(kind="citizen"), ("view", "lock", "open"), "yes 404 404 404 404 404 404"),
        (account(kind="citizen", home_id=None), ("reset_second_factor",), "yes yes yes yes 404 404 404"),
        (account(pk=1), policy.OWN_VERBS, "403 yes yes yes yes yes 403"),
        (account(), policy.OWN_VERBS, "403 403 403 403 403 403 403"),
    ],
)
def test_accounts(user, verbs, told):
    for verb in verbs:
        assert " ".join(answer(policy.allow_account, by, verb, user) for by in EVERYBODY) == told, verb


@pytest.mark.parametrize(
    ("role", "node", "holder", "told"),
    [
        ("clerk", CIXI, 9, "yes yes 404 yes 403 403 403"),
        ("clerk", CITY, 9, "yes 404 404 yes 403 403 403"),
        ("clerk", CIXI, 1, "yes 403 404 403 403 403 403"),
        ("auditor", CIXI, 9, "yes 403 404 yes 403 403 403"),
        ("node_admin", CIXI, 9, "yes 403 404 yes 403 403 403"),
        ("supervisor", CIXI, 9, "yes yes 404 yes 403 403 403"),
    ],
)
def test_posts(role, node, holder, told):
    post = SimpleNamespace(role=role, region=SimpleNamespace(node_code=node), user_id=holder)
    for verb in ("give", "end", "set_competence", "set_absence", "cancel_absence"):
        assert " ".join(answer(policy.allow_post, by, verb, post) for by in EVERYBODY) == told
    assert not any(policy.incompatible(same, same) for same in ROLES)  # an auditor of two nodes


def test_the_administrator_and_the_auditor_of_any_city_have_it_whole():
    """The software's own regions are one city's; a house that serves another had an administrator of nothing but the city's node."""
    chief, zones, reads = staff("node_admin", "330300"), staff("node_admin", "330300-Z1"), staff("auditor", "330300")
    assert (policy.admin_nodes(chief), policy.audit_nodes(reads)) == (None, None)
    assert policy.admin_nodes(zones) == {"330300-Z1"}
    post = SimpleNamespace(role="auditor", region=SimpleNamespace(node_code="330382"), user_id=9)
    assert answer(policy.allow_post, chief, "give", post) == "yes"
    assert answer(policy.allow_account, chief, "lock", account(home_id="330382", city_given=True)) == "yes"


def test_files_of_parties():
    owner, parent, child, handler, stranger = (
        Actor("person", pk, "x", party_ids=parties) for pk, parties in ((1, (7,)), (2, (8, 7)), (3, (9,)), (4, (10, 7)), (5, (11,)))
    )
    file = SimpleNamespace(pk=7, representatives=frozenset({8}))
    people = (owner, parent, handler, child, stranger, PUBLIC, SYSTEM)
    may = lambda verb: " ".join(answer(policy.allow_party, by, verb, file) for by in people)  # noqa: E731
    assert may("view") == "yes yes yes 404 404 403 yes" and may("save") == "yes 404 404 404 404 403 yes"
    assert may("grant_mandate") == may("revoke_mandate") == "yes yes 404 404 404 403 yes"  # a handler passes nothing on
    assert may("reveal") == "yes 404 404 404 404 403 yes"
    assert answer(policy.allow_party, stranger, "save", SimpleNamespace(pk=None, representatives=frozenset())) == "404"
    for role in ROLES:
        reads, keeps = role in (*policy.HANDLING_ROLES, "supervisor"), role in policy.COUNTER_ROLES
        for verb, yes in (("view", reads), ("reveal", reads), ("save", keeps), ("grant_mandate", keeps), ("revoke_mandate", keeps)):
            assert answer(policy.allow_party, staff(role), verb, file) == ("yes" if yes else "403")
    assert [answer(policy.allow_reveal_list, by) for by in EVERYBODY] == ["yes", "403", "403", "403", "403", "yes", "403"]
    assert policy.audit_nodes(AUDITOR) == {CIXI} and policy.audit_nodes(staff("auditor", CITY)) is policy.audit_nodes(SYSTEM) is None


def test_the_calendar():
    assert [answer(deadlines.allow_calendar, by, "load", None) for by in EVERYBODY] == ["yes", "403", "403", "yes", "403", "403", "403"]
    for region, told in ((CIXI, "yes yes 403 yes 403 403 403"), (CITY, "yes 403 403 yes 403 403 403"), ("", "yes 403 403 yes 403 403 403")):
        row = SimpleNamespace(region=region)
        assert " ".join(answer(deadlines.allow_exception, by, "register", row) for by in EVERYBODY) == told
    for elsewhere in (staff("supervisor", CITY), staff("catalogue", CITY)):
        assert answer(deadlines.allow_calendar, elsewhere, "load", None) == "403"


def test_the_catalogue():
    office, city = staff("catalogue"), staff("catalogue", CITY)
    cast = (SYSTEM, office, staff("catalogue", SISTER), city, CLERK, PUBLIC)
    of = lambda node, state: SimpleNamespace(state=state, region=SimpleNamespace(node_code=node))  # noqa: E731
    may = lambda verb, row: " ".join(answer(catalog.allow_definition, by, verb, row) for by in cast)  # noqa: E731
    assert may("edit", of(CIXI, "draft")) == may("publish", of(CIXI, "published")) == "yes yes 403 yes 403 403"
    assert may("view", of(CIXI, "draft")) == "yes yes 404 yes 403 403" and may("view", of(CIXI, "published")) == "yes yes yes yes 403 403"
    assert may("edit", of(CITY, "published")) == "yes 403 403 yes 403 403"
    assert " ".join(answer(catalog.allow_shared, by, "id_card") for by in cast) == "yes 403 403 yes 403 403"
    assert " ".join(answer(catalog.allow_node, by, CIXI) for by in cast) == "yes yes 403 yes 403 403"
    assert " ".join(answer(catalog.allow_node, by, None) for by in cast) == "yes 403 403 yes 403 403"


def test_documents():
    paper = SimpleNamespace(department="scjg")
    may = {
        "requeue": {"clerk", "issue_clerk", "head", "supervisor"},
        "void": {"clerk", "issue_clerk", "reviewer", "head", "supervisor"},
        "seal": {"seal_keeper"},
        "hand_over": {"issue_clerk"},
        "render": set(),
        "fail": set(),
        "stick": set(),
    }
    assert set(issuance.ROLES) == set(may)
    for verb, roles in may.items():
        assert answer(issuance.allow, SYSTEM, verb, paper) == "yes"
        assert answer(issuance.allow, PUBLIC, verb, paper) == answer(issuance.allow, Actor("person", 3, "x"), verb, paper) == "404"
        for role in ROLES:
            assert answer(issuance.allow, staff(role, department="scjg"), verb, paper) == ("yes" if role in roles else "403")
            there = "yes" if role in roles and verb != "seal" else "403"  # a seal is the department's own
            assert answer(issuance.allow, staff(role, department="wsjs"), verb, paper) == there
