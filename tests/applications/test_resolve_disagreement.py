"""Opinions of other departments that go apart: what a decision waits for, and the lead's word on it."""

from datetime import date
from types import SimpleNamespace

import pytest

from apps.applications import actions, consulted, queries, queries_consultation
from apps.applications.models import Consultation, Job
from apps.directory.models import Message
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from tests import make, people
from tests.people import nothing_written
from tests.web.conftest import client_of

from .test_consult_departments import MONDAY, QUESTION, ROWS, ask, concluded, decide, now, say


def test_a_conflict_waits_for_the_leads_word(world):
    job = concluded(make.claimed())
    asked = ask(job, "wsjs", "gongan")
    say(asked, "wsjs", "agree")
    with nothing_written(*ROWS), pytest.raises(WrongState):
        resolve(asked)  # not all are in
    say(asked, "gongan", "disagree")
    (seen,) = make.case("scjg-reviewer", job.application).consultations
    assert (seen.conflicting, [one.answer_given for one in seen.answers]) == (True, ["agree", "disagree"])
    for decision in ("grant", "refuse"):
        with nothing_written(*ROWS), pytest.raises(WrongState) as refused:
            decide(job, decision, "经审查不符合规定的条件和标准。")
        assert "公安" in refused.value.message and "写明怎样处理" in refused.value.message
    for reason in ("", "已协调"):
        with nothing_written(*ROWS), pytest.raises(Refused):
            resolve(asked, reason=reason)
    with nothing_written(*ROWS), pytest.raises(NotYours):
        resolve(asked, by="wsjs-head")
    resolved = resolve(asked)
    assert (resolved.state, resolved.resolved_by.username) == ("resolved", "scjg-head")
    assert decide(job).state == "granted"


def resolve(asked: Consultation, *, by: str = "scjg-head", reason: str = "经会商，公安部门的意见作为许可后的监管条件。"):
    return actions.resolve_consultation(by=make.actor(by), consultation=asked.pk, reason=reason)


def test_what_came_while_the_page_stood_open_is_read_first(office):
    """A late disagreement opens a conflict again that was resolved without it: a moment earlier nobody ever read it."""
    office.at(MONDAY)
    asked = ask(concluded(make.claimed()), "wsjs", "gongan", "xiaofang", days=2)
    say(asked, "wsjs")
    say(asked, "gongan", "disagree")
    office.at(date(2026, 11, 5))
    head, page = client_of("scjg-head"), f"/review/consultations/{asked.pk}/"
    sent = {"reason": "经会商，公安部门的意见作为许可后的监管条件。", "seen": head.get(page).context["form"]["seen"].value()}
    say(asked, "xiaofang", "disagree")
    with nothing_written(*ROWS, Event):
        refused = head.post(page, sent)
    assert refused.status_code == 409 and "又来了部门的意见" in refused.text
    sent["seen"] = refused.context["form"]["seen"].value()
    assert head.post(page, sent).status_code == 302 and now(asked).state == "resolved"


def test_who_accepted_the_case_does_not_resolve_what_is_said_of_it(world):
    """After that word it may be granted: it is part of what is examined, whatever post he holds by then."""
    both = people.account(name="多岗人")
    for role in ("clerk", "head"):
        people.staff(role, user=both)
    job = make.job_of(make.accepted(by=both.username))
    job = concluded(actions.claim(by=make.actor("scjg-reviewer"), job=job.pk))
    asked = ask(job, "wsjs", "gongan")
    say(asked, "wsjs")
    say(asked, "gongan", "disagree")
    with nothing_written(*ROWS), pytest.raises(Forbidden, match="受理与办理分离"):
        resolve(asked, by=both.username)
    assert not queries.may(make.actor(both.username), "resolve", now(asked))
    assert resolve(asked).state == "resolved"


def test_one_who_disagrees_alone_stops_a_grant_and_not_a_refusal(world):
    job = concluded(make.claimed())
    say(ask(job, "wsjs"), "wsjs", "disagree")
    with nothing_written(*ROWS), pytest.raises(WrongState):
        decide(job)
    assert decide(job, "refuse", "卫生计生部门不同意，理由见其意见。").state == "refused"


def test_a_late_disagreement_opens_the_conflict_again(office):
    office.at(MONDAY)
    job = concluded(make.claimed())
    asked = ask(job, "wsjs", "gongan", "xiaofang", "zhujian", days=2)
    say(asked, "wsjs")
    office.at(date(2026, 11, 4), 23)
    say(asked, "gongan", "disagree")
    office.at(date(2026, 11, 5))
    resolve(asked)  # as of the moment at which the others fell silent
    say(asked, "zhujian")
    assert now(asked).state == "resolved"  # who agrees brings nothing new
    assert list(Event.objects.filter(name="opinion.answer").order_by("seq").values_list("facts__late", flat=True)) == [False, False, True]
    say(asked, "xiaofang", "disagree")
    assert (now(asked).state, now(asked).resolution) == ("gathered", "")
    with nothing_written(*ROWS), pytest.raises(WrongState):
        decide(job)
    resolve(asked)
    assert decide(job).state == "granted"


def test_the_lead_asks_and_resolves_for_all_and_decides_for_none(world):
    """办民宿 is led by the tourism office, which has no member of its own in it."""
    case = make.accepted("open-homestay", situations={"already_registered": True, "serves_meals": False})
    lead, fire = make.actor("lvyou-head"), case.members.get(code="fire-check")
    job = actions.claim(by=make.actor("xiaofang-reviewer"), job=Job.objects.get(member=fire).pk)
    asked = actions.consult(by=lead, member=fire.pk, departments=["gongan", "wsjs"], question=QUESTION)
    assert asked.asker_id == "lvyou"
    say(asked, "gongan", "disagree")
    say(asked, "wsjs")
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        resolve(asked, by="xiaofang-head")
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        resolve(asked, by="gongan-head")
    assert resolve(asked, by="lvyou-head").state == "resolved"
    own = ask(job, "gongan", "wsjs")  # the department's own question: the lead learns where opinions go apart
    say(own, "gongan", "disagree")
    say(own, "wsjs")
    assert Message.objects.filter(user=lead.id, key__startswith=f"consultation:{own.pk}:").exists()
    assert own in queries_consultation.consultations_for(lead)

    def words(who: str) -> str:
        return next(one.detail for one in make.case(who, asked.application).story if one.name == "consultation.resolve")

    assert {who: "会商" in words(who) for who in ("lvyou-reviewer", "cixi-supervisor")} == {"lvyou-reviewer": True, "cixi-supervisor": True}
    sisters = set(asked.application.departments) - {asked.asker_id, asked.member.department_id}
    assert sisters and not [one for one in sisters if words(f"{one}-reviewer")]
    assert client_of("lvyou-head").get(f"/cases/{case.pk}/").headers["Location"] == f"/review/lead/{case.pk}/"
    assert {member.pk for member in make.case("lvyou-head", case).members} == set(case.members.values_list("pk", flat=True))
    # Another department's member in the same case is none of theirs: they see that it is consulted, not what was asked.
    assert make.case("wsjs-reviewer", case).consultations == []
    assert len(make.case("xiaofang-reviewer", case).consultations) == len(make.case("lvyou-head", case).consultations) == 2
    lead_too = make.actor("lvyou-reviewer")
    for call in (
        lambda: actions.conclude(by=lead_too, job=job.pk, recommendation="grant", opinion="符合条件"),
        lambda: actions.decide(by=lead, job=job.pk, decision="grant"),
        lambda: actions.decide(by=lead, job=job.pk, decision="refuse", reason="不符合规定的条件和标准"),
        lambda: actions.reassign(by=lead, job=job.pk, assignee=lead.id, reason="牵头部门调整"),
        lambda: actions.pause(by=lead, job=job.pk, **make.TESTING),
        lambda: actions.extend(by=lead, job=job.pk, days=5, reason="情况复杂"),
        lambda: actions.send_back(by=lead, job=job.pk, reason="请再核实"),
    ):
        with nothing_written(*ROWS, Job), pytest.raises(Forbidden):
            call()


@pytest.mark.parametrize(
    ("said", "grant", "refuse"),  # what a decision waits for: the answers, the lead's word, or nothing
    [
        ("", "", ""),
        ("agree conditions", "", ""),
        ("agree disagree", "the lead", "the lead"),
        ("conditions disagree silent", "the lead", "the lead"),
        ("disagree disagree", "the lead", ""),  # a refusal contradicts nobody
        ("disagree silent", "the lead", ""),
        ("silent silent", "", ""),
        ("asked disagree", "answers", "answers"),
        ("asked agree", "answers", "answers"),
    ],
)
def test_what_a_decision_waits_for(monkeypatch, said, grant, refuse):
    label = SimpleNamespace(label="牵头部门")
    monkeypatch.setattr(consulted.directory, "department", lambda code: label)
    opinions = [
        SimpleNamespace(
            department=SimpleNamespace(label="卫计"), answer_given="" if word in ("asked", "silent") else word, standing=word if word == "asked" else "answered"
        )
        for word in said.split()
    ]
    waits = {"answers": "已向卫计征求意见", "the lead": "请先由牵头部门写明怎样处理"}
    for decision, told in (("grant", grant), ("refuse", refuse)):
        for state, resolved in (("gathered", ""), ("resolved", "the lead")):
            row = SimpleNamespace(state=state, due_on=MONDAY, resolver="x")
            words = consulted.waits(row, opinions, decision)
            assert (waits[told] in words) if told and told != resolved else words == ""
    assert consulted.conflict(opinions) == (grant == refuse == "the lead")
