"""Where a post reaches: the hall its whole node, a township's counter what it took in itself, the city every node of its own."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from types import SimpleNamespace

import pytest

from apps.applications import policy, sight
from apps.applications.models import Application, Member
from apps.applications.queries_issue import issue_queue
from apps.journal.actor import Actor, PostFacts
from apps.kit.errors import Forbidden, NotYours, WrongState
from apps.kit.time import today
from tests import make

HALL, TOWN, NEXT_TOWN, SISTER, CITY = "330282", "330282004", "330282107", "330281", "330200"
DAY = timedelta(days=1)


def at(region: str, role: str = "clerk", **more) -> Actor:
    return Actor("staff", 0, "窗口", (PostFacts(1, role, region, region if "-" in region else region[:6], **more),))


def case(**more) -> SimpleNamespace:
    """Accepted at the hall of Cixi and worked on by one department."""
    whose = {"node_id": HALL, "region_id": HALL, "departments": ["scjg"], "lead": "", "applicant_id": 7, "agent_id": None, "code": "food"}
    life = {"number": "1", "state": "in_progress", "channel": "counter", "clerk_id": 1, "discarded_at": None, "acceptor_id": None}
    plan = {"members": [{"code": "food", "department": "scjg"}]}
    return SimpleNamespace(**whose | life | {"plan": plan, "accepted_on": today() - DAY, "renew_by": None} | more)


def test_a_townships_counter_reaches_what_it_took_in_and_the_nodes_hall_all(world):
    member, home = make.sealed(), make.from_home(submit=True)
    rows = Application.objects.filter(pk__in=[member.application_id, home.pk])
    for taken_in_at, reaching in ((TOWN, {HALL, TOWN}), (HALL, {HALL})):
        rows.update(region=taken_in_at)
        member = Member.objects.select_related("application").get(pk=member.pk)
        for role, region in product(("clerk", "issue_clerk"), (HALL, TOWN, NEXT_TOWN, SISTER, CITY)):
            by, near = at(region, role), region in reaching
            seen = {member.application_id, *([home.pk] if role == "clerk" else [])} if near else set()
            assert set(rows.filter(sight.scope(by)).values_list("pk", flat=True)) == seen
            assert {row.pk for row in rows.all() if sight.sees(by, row)} == seen
            assert (sight.needs(by, member.application, [member]) is None) == near
            assert issue_queue(by).filter(pk=member.pk).exists() == (near and role == "issue_clerk")
            if near:
                assert policy.allow_application(by, "choose_handout", member.application) == by.posts[0]
            else:
                with pytest.raises(NotYours):
                    policy.allow_application(by, "choose_handout", member.application)
    both = Actor("staff", 0, "两岗", (*at(SISTER).posts, *at(HALL, "issue_clerk").posts))  # a clerk, but not of this hall
    assert set(rows.filter(sight.scope(both)).values_list("pk", flat=True)) == {member.application_id}
    assert {row.pk for row in rows.all() if sight.sees(both, row)} == {member.application_id}


def test_a_lent_post_brings_the_drafts_that_it_reaches_and_not_those_of_the_absent_clerks_other_post(world):
    draft = make.draft()
    rows = Application.objects.filter(pk=draft.pk)
    for region, acting_for, seen in ((HALL, draft.clerk_id, True), (SISTER, draft.clerk_id, False), (HALL, None, False)):
        by = at(region, acting_for=acting_for)
        assert rows.filter(sight.scope(by)).exists() == sight.sees(by, draft) == seen
    for region, seen in ((HALL, True), (SISTER, False), (CITY, False)):  # moved there, he could do nothing with it
        by = replace(at(region), id=draft.clerk_id)
        assert rows.filter(sight.scope(by)).exists() == sight.sees(by, draft) == seen


def test_zones_of_another_nodes_item_are_not_this_halls():
    def may(*members: tuple[str, str], by: str = HALL, **post) -> bool:
        plan = {"members": [{"zone": zone, "region": region} for zone, region in members]}
        return policy.competent(at(by, **({"zones": frozenset("a")} | post)), SimpleNamespace(plan=plan))

    assert may(("a", HALL)) and may(("a", TOWN)) and may(("", HALL)) and may(("b", CITY)) and may(("a", HALL), ("b", CITY))
    assert not may(("b", HALL)) and not may(("b", TOWN)) and not may(("a", HALL), ("b", HALL))
    # A development zone's code begins as its city's, and the city's window takes in what that zone offers in the whole city.
    assert may(("b", f"{CITY}-Z1"), by=CITY) and not may(("b", CITY), by=CITY) and may(("b", CITY), by=f"{CITY}-Z1")
    assert may(("b", HALL), generalist=True) and not may(("b", HALL), generalist=True, role="issue_clerk")


def test_renewed_by_law_is_what_was_accepted_by_the_last_day_when_that_is_over():
    def renewed(last, accepted_on) -> bool:
        return policy.renewed_by_law(SimpleNamespace(renew_by=last, accepted_on=accepted_on))

    yesterday = today() - DAY
    assert renewed(yesterday, yesterday) and renewed(yesterday, yesterday - DAY)
    assert not renewed(today(), yesterday)  # the last day is not over
    assert not renewed(yesterday, today()) and not renewed(yesterday, None) and not renewed(None, yesterday)


def test_the_city_oversees_its_own_nodes_and_nobody_oversees_the_city():
    city, county = at(CITY, "supervisor").posts[0], at(HALL, "supervisor").posts[0]
    assert city.oversees(CITY) and city.oversees(HALL) and county.oversees(HALL)
    assert not city.oversees("330402") and not county.oversees(SISTER) and not county.oversees(CITY)


def test_ones_own_post_stands_before_a_lent_one():
    own, lent = (PostFacts(pk, "head", HALL, HALL, department="scjg", acting_for=of) for pk, of in ((1, None), (2, 9)))
    for posts in ((own, lent), (lent, own)):
        by = Actor("staff", 5, "局长", posts)
        assert by.post("head") == by.post("head", department="scjg", node=HALL) == own
        assert by.post("head", department="wsjs") is by.post("head", node=SISTER) is by.post("clerk") is None
        assert policy._roles_on_application(by, case()) == {"head": own}


def test_nobody_is_involved_by_a_post_without_a_department():
    for department in (None, ""):
        by = at(HALL, "reviewer", department=department)
        assert not sight.sees(by, case()) and policy._roles_on_application(by, case()) == {}
    assert sight.sees(at(HALL, "reviewer", department="xzsp"), case(lead="xzsp"))


def test_what_was_renewed_by_law_is_read_and_spoken_of_and_nothing_else():
    clerk, over = at(HALL), case(renew_by=today() - DAY)
    for verb in ("note", "reveal", "reprint"):
        assert policy.allow_application(clerk, verb, over) == clerk.posts[0]
    for verb in ("amend", "withdraw", "correct", "choose_handout", "supply_gap"):
        assert policy.allow_application(clerk, verb, case()) == clerk.posts[0]
        with pytest.raises(WrongState, match="视为准予延续"):
            policy.allow_application(clerk, verb, over)


def test_who_asked_recalls_and_the_lead_resolves():
    asked = SimpleNamespace(
        application=case(departments=["a", "b"], lead="l"),
        member=SimpleNamespace(department_id="a", code="food"),
        awaited_by="b",
        resolver="l",
    )
    may = {}
    for verb, department in product(("ask", "recall", "resolve"), "abl"):
        try:
            may.setdefault(verb, "")
            policy.allow_consultation(at(HALL, "head", department=department), verb, asked)
            may[verb] += department
        except Forbidden:
            pass
    assert may == {"ask": "al", "recall": "b", "resolve": "l"}


def test_what_one_post_lets_see_another_post_elsewhere_does_not_let_do():
    here, there = at(HALL, "reviewer", department="scjg").posts, at(HALL, "reviewer", department="wsjs").posts
    job = SimpleNamespace(
        application=case(), member=SimpleNamespace(code="food"), department_id="scjg", assignee_id=None
    )
    for posts, may, subject, verb in (
        ((*here, *at(SISTER).posts), policy.allow_application, case(), "amend"),
        ((*here, *at(NEXT_TOWN, "issue_clerk").posts), policy.allow_application, case(), "choose_handout"),
        ((*here, *at(SISTER, "supervisor").posts), policy.allow_application, case(), "void"),
        ((*here, *at(SISTER, "supervisor").posts), policy.allow_job, job, "reroute"),
        ((*there, *at(HALL).posts), policy.allow_job, job, "claim"),
    ):
        with pytest.raises(Forbidden):
            may(Actor("staff", 5, "多岗人", posts), verb, subject)
    assert policy.allow_job(Actor("staff", 5, "多岗人", (*there, *here)), "claim", job) == here[0]


def test_who_accepted_the_case_takes_part_in_a_visit_and_does_not_conclude_it():
    part = SimpleNamespace(application=case(acceptor_id=5), department_id="scjg", codes=["food"])
    post = PostFacts(1, "reviewer", HALL, HALL, department="scjg")
    acceptor, colleague = (Actor("staff", pk, "x", (post,)) for pk in (5, 6))
    for verb in ("offer", "name_officers", "record"):
        assert policy.allow_inspection_part(acceptor, verb, part) == post
    assert policy.allow_inspection_part(colleague, "conclude", part) == post
    with pytest.raises(Forbidden, match="受理与办理分离") as told:
        policy.allow_inspection_part(acceptor, "conclude", part)
    assert told.value.code == "forbidden.separation"
    plan = part.application.plan | {"former": [{"by": 6, "added": ["food"]}, {"by": 7, "added": ["other"]}]}
    later = SimpleNamespace(application=case(plan=plan), department_id="scjg", codes=["food"])  # a colleague took the item in afterwards
    assert policy.allow_inspection_part(acceptor, "conclude", later) == post
    with pytest.raises(Forbidden):
        policy.allow_inspection_part(colleague, "conclude", later)


def test_who_accepted_the_case_gives_no_departments_opinion_of_it():
    asked = SimpleNamespace(application=case(acceptor_id=5), department_id="wsjs", consultation=SimpleNamespace(member=SimpleNamespace(code="food")))
    post = PostFacts(1, "reviewer", HALL, HALL, department="wsjs")
    assert policy.allow_opinion(Actor("staff", 6, "x", (post,)), "answer", asked) == post
    with pytest.raises(Forbidden, match="受理与办理分离"):
        policy.allow_opinion(Actor("staff", 5, "x", (post,)), "answer", asked)


def test_whom_a_mandate_lets_see_is_the_same_in_the_list_as_at_the_case(world):
    filed, agent = make.received(), make.user("citizen").party_id
    rows = Application.objects.filter(pk=filed.pk)
    rows.update(agent=agent)
    for party_ids, scoped, channel, seen in (
        ((filed.applicant_id,), (), "online", True),
        ((0, filed.applicant_id), (), "online", True),  # he acts for the applicant in everything
        ((0,), ((filed.applicant_id, filed.code),), "online", True),  # in this item
        ((0,), ((filed.applicant_id, "another-item"), (agent, filed.code)), "counter", False),
        ((agent,), (), "counter", True),  # there he showed his paper
        ((agent,), (), "online", False),
        ((0, agent), (), "counter", False),  # who acts for an agent does not act for the agent's principals
        ((), (), "counter", False),
    ):
        rows.update(channel=channel)
        by, row = Actor("person", 99, "x", party_ids=party_ids, scoped=scoped), rows.get()
        assert (rows.filter(sight.scope(by)).exists(), sight.sees(by, row)) == (seen, seen)
        assert sight.acts(by, row) == (seen and agent not in party_ids)
