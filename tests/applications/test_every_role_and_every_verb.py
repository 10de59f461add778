"""Who may do what: an independent table of eyes (for whom does a case exist?) and hands (who may do the verb?).

The answer of a verb is 404 for whoever does not see the case, 403 for whoever sees it and may not, and otherwise yes.
"""

import pytest

from apps.applications import actions, policy_verbs, sight
from apps.applications.models import (
    Application,
    Attachment,
    Cancellation,
    Job,
    MaterialEntry,
    Member,
    Note,
    Notice,
    Parcel,
)
from apps.directory.actions import grant_mandate
from apps.directory.models import User
from apps.directory.queries import actor_for
from apps.issuance.models import Document
from apps.journal.actor import PUBLIC, SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused
from apps.kit.time import now, today
from tests import make, people
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import PNG

from .cast import cast, cast_of_department, lend
from .eyes_and_hands import (
    EYES,
    HANDS_ON_APPLICATION,
    HANDS_ON_CANCELLATION,
    HANDS_ON_COMMITMENT,
    HANDS_ON_CONSULTATION,
    HANDS_ON_HEARING,
    HANDS_ON_INSPECTION,
    HANDS_ON_INSPECTION_PART,
    HANDS_ON_JOB,
    HANDS_ON_MEMBER,
    HANDS_ON_OPINION,
    HANDS_ON_PARCEL,
    HANDS_ON_RENEWAL,
    HANDS_ON_SUPPLEMENT,
    HEARD,
)


def answer(subject, actor, verb) -> str:
    try:
        subject.policy(actor, verb, subject)
    except NotYours:
        return "404"
    except Forbidden:
        return "403"
    return "yes"


def expected(name: str, eyes: str, hands: str, *, system: bool) -> str:
    if name == "system":
        return "yes" if system else "403"
    if name not in eyes.split():
        return "404"
    return "yes" if name in hands.split() else "403"


def compare(subject, actors, eyes, table) -> list:
    return [
        (verb, name, want, got)
        for verb, hands in table.items()
        for name, actor in actors.items()
        for want in [expected(name, eyes, hands, system="system" in hands.split())]
        if (got := answer(subject, actor, verb)) != want
    ]


def test_the_tables_name_every_verb():
    assert set(policy_verbs.APPLICATION_VERBS) == set(HANDS_ON_APPLICATION)
    assert set(policy_verbs.MEMBER_VERBS) == set(HANDS_ON_MEMBER)
    assert set(policy_verbs.JOB_VERBS) == set(HANDS_ON_JOB)
    assert set(policy_verbs.INSPECTION_VERBS) == set(HANDS_ON_INSPECTION)
    assert set(policy_verbs.INSPECTION_PART_VERBS) == set(HANDS_ON_INSPECTION_PART)
    assert set(policy_verbs.HEARING_VERBS) == set(HANDS_ON_HEARING)
    assert set(policy_verbs.CONSULTATION_VERBS) == set(HANDS_ON_CONSULTATION)
    assert set(policy_verbs.OPINION_VERBS) == set(HANDS_ON_OPINION)
    assert set(policy_verbs.SUPPLEMENT_VERBS) == set(HANDS_ON_SUPPLEMENT)
    assert set(policy_verbs.COMMITMENT_VERBS) == set(HANDS_ON_COMMITMENT)
    assert set(policy_verbs.RENEWAL_VERBS) == set(HANDS_ON_RENEWAL)
    assert set(policy_verbs.CANCELLATION_VERBS) == set(HANDS_ON_CANCELLATION)
    assert set(policy_verbs.PARCEL_VERBS) == set(HANDS_ON_PARCEL)


def case_in(state: str) -> Application:
    if state == "draft at the counter":
        return make.draft()
    if state in ("draft from home", "submitted"):
        return make.from_home(submit=state == "submitted")
    return make.received() if state == "received" else make.accepted()


@pytest.mark.parametrize("state", EYES)
def test_verbs_on_an_application(world, state):
    actors, hands = cast(), HANDS_ON_APPLICATION
    row = case_in(state)
    if state == "draft at the counter":  # he reads what the clerk types, and has no hand in it
        hands = {verb: " ".join(set(who.split()) - {"applicant", "proxy"}) for verb, who in hands.items()}
    assert compare(row, actors, EYES[state], hands) == []


def test_verbs_on_members_and_jobs(world):
    actors = cast()
    job = make.claimed()
    member = make.member_of(job.application)
    member.application = job.application
    assert compare(member, actors, EYES["accepted"], HANDS_ON_MEMBER) == []
    assert compare(job, actors, EYES["accepted"], HANDS_ON_JOB) == []


def test_verbs_on_an_inspection_and_its_parts(world):
    actors = cast()
    case = make.accepted()
    visit = actions.plan_inspection(by=actors["reviewer"], application=case.pk)
    part = visit.parts.get()
    part.application = visit.application
    assert compare(visit, actors, EYES["accepted"], HANDS_ON_INSPECTION) == []
    assert compare(part, actors, EYES["accepted"], HANDS_ON_INSPECTION_PART) == []


def test_verbs_on_what_stands_beside_a_member(world):
    actors = cast()
    assert compare(make.told_hearing(), actors, EYES["accepted"], HANDS_ON_HEARING) == []
    asked = make.consulted()
    assert compare(asked, actors, EYES["accepted"], HANDS_ON_CONSULTATION) == []
    eyes = f"{EYES['accepted']} other_reviewer other_head"
    assert compare(asked.opinions.get(), actors, eyes, HANDS_ON_OPINION) == []
    assert compare(make.asked_in_review(), actors, EYES["accepted"], HANDS_ON_SUPPLEMENT) == []
    assert compare(make.committed(), actors, EYES["accepted"], HANDS_ON_COMMITMENT) == []
    renewal = make.renewing(make.decided(), accept=True).renewal
    parcel = Parcel(application=renewal.application)
    assert compare(parcel, actors, EYES["accepted"], HANDS_ON_PARCEL) == []
    assert compare(renewal, actors, EYES["accepted"], HANDS_ON_RENEWAL) == []
    asked = Cancellation(application=renewal.application, member=renewal.application.members.get())
    assert compare(asked, actors, EYES["accepted"], HANDS_ON_CANCELLATION) == []


def test_what_the_list_shows_is_what_the_row_admits(world):
    """`scope` and `sees` are one answer, for every demo account, on cases in every kind of state."""
    rows = [
        make.draft(),
        make.from_home(submit=False),
        make.from_home(submit=True),
        make.received(),
        make.awaiting(),
        make.accepted(),
        make.accepted(gaps=["floor_plan"]),
        make.accepted("tobacco-retail-licence"),
        make.accepted("nb-publication-retail-licence", by="city-clerk"),
        make.concluded().application,
        make.received(
            applicant={"kind": "person", "name": "王小明", "id_number": make.PERSON_ID, "mobile": make.MOBILE}
        ),
        make.received("enterprise-registration", by="city-clerk"),
    ]
    gone = make.draft()
    actions.discard(by=make.actor("cixi-clerk"), application=gone.pk)
    rows = list(Application.objects.filter(pk__in=[row.pk for row in [*rows, gone]]))
    actors = [actor_for(user) for user in User.objects.all()] + list(cast().values()) + [PUBLIC, SYSTEM]
    assert len(actors) > 100
    for actor in actors:
        listed = set(Application.objects.filter(sight.scope(actor)).values_list("pk", flat=True))
        for row in rows:
            assert (row.pk in listed) == sight.sees(actor, row), (actor.name, actor.roles, row.state, row.code)


def test_who_acts_for_an_agent_does_not_act_for_the_agents_principals(world):
    agent, clerk = make.user("citizen").party, make.actor("cixi-clerk")
    shown = {"kind": "person", "name": agent.name, "id_number": agent.id_number}
    case = actions.receive(by=clerk, application=actions.save_draft(by=clerk, application=make.draft().pk, agent=shown).pk)
    other = people.citizen(people.party(id_number="330282199003070016", name="赵一凡"), username="13905749999")
    grant_mandate(by=SYSTEM, principal=agent, agent=other.party, evidence="授权委托书")
    handler = actor_for(other)
    assert case.agent_id in handler.party_ids and sight.sees(make.actor("citizen"), case)
    assert not sight.sees(handler, case) and not Application.objects.filter(sight.scope(handler), pk=case.pk).exists()
    with nothing_written(*ROWS), pytest.raises(NotYours):
        actions.withdraw(by=handler, application=case.pk, reason="不办了")


def test_a_discarded_draft_is_gone_for_everybody(world):
    clerk = make.actor("cixi-clerk")
    row = make.draft()
    actions.discard(by=clerk, application=row.pk)
    with nothing_written(Application, MaterialEntry, Document):
        for again in [
            lambda: actions.discard(by=clerk, application=row.pk),
            lambda: actions.save_draft(by=clerk, application=row.pk, contact_mobile=make.MOBILE),
            lambda: actions.receive(by=clerk, application=row.pk),
        ]:
            with pytest.raises(NotYours):
                again()


ROWS = (Application, Member, Job, MaterialEntry, Attachment, Cancellation, Notice, Note, Document)


def doing(case, job):
    """Every public action of the room, tried on a case: {verb: (table, call)}."""
    pk, member = case.pk, job.member_id if job else 0
    on_application = {
        "save": lambda by: actions.save_draft(by=by, application=pk, contact_mobile="13805740009"),
        "discard": lambda by: actions.discard(by=by, application=pk),
        "submit": lambda by: actions.submit(by=by, application=pk),
        "begin_pre_check": lambda by: actions.begin_pre_check(by=by, application=pk),
        "return_pre_check": lambda by: actions.return_pre_check(by=by, application=pk, reason="请补充平面图"),
        "pass_pre_check": lambda by: actions.pass_pre_check(by=by, application=pk),
        "receive": lambda by: actions.receive(by=by, application=pk),
        "begin_check": lambda by: actions.begin_check(by=by, application=pk),
        "attach": lambda by: actions.attach(by=by, application=pk, material="id_card", name="a.png", content=PNG),
        "change_contact": lambda by: actions.change_contact(
            by=by, application=pk, contact_mobile="" if by.kind == "person" else "13805740009"
        ),
        "choose_handout": lambda by: actions.choose_handout(by=by, application=pk, way="counter"),
        "correct": lambda by: actions.correct(by=by, application=pk, reason="手机录错", contact_mobile="13805740009"),
        "reprint": lambda by: actions.reprint_receipt(by=by, application=pk),
        "ask_supplement": lambda by: actions.ask_supplement(by=by, application=pk, gaps=[{"material": "floor_plan"}]),
        "take_supplement": lambda by: actions.take_supplement(by=by, application=pk, materials={"floor_plan": {}}),
        "resubmit": lambda by: actions.resubmit(by=by, application=pk),
        "supply_gap": lambda by: actions.supply_gap(by=by, application=pk, materials={"floor_plan": {}}),
        "accept": lambda by: actions.accept(by=by, application=pk),
        "not_handle": lambda by: actions.not_handle(by=by, application=pk, reason="无需办理许可"),
        "not_accept": lambda by: actions.not_accept(by=by, application=pk, ground="other", reason="不符合条件"),
        "withdraw": lambda by: actions.withdraw(by=by, application=pk, reason="不办了"),
        "coordinate": lambda by: actions.coordinate(by=by, application=pk, reason="已经会商一致"),
        "void": lambda by: actions.void(by=by, application=pk, reason="录错了事项"),
        "terminate": lambda by: actions.terminate(by=by, application=pk, reason="企业已注销"),
        "amend": lambda by: actions.amend_situation(by=by, application=pk, situations={}, reason="情形填错"),
        "note": lambda by: actions.add_note(by=by, application=pk, text="备注"),
        "mark_renewal": lambda by: actions.mark_renewal(by=by, application=pk, certificate="慈政服证字1号"),
    }
    if job is None:
        return {verb: (HANDS_ON_APPLICATION, call) for verb, call in on_application.items()}
    on_job = {
        "claim": lambda by: actions.claim(by=by, job=job.pk),
        "give_back": lambda by: actions.give_back(by=by, job=job.pk, reason="领错了的"),
        "return_to_router": lambda by: actions.return_to_router(by=by, job=job.pk, reason="不属本科室"),
        "conclude": lambda by: actions.conclude(by=by, job=job.pk, recommendation="grant", opinion="符合条件"),
        "reassign": lambda by: actions.reassign(by=by, job=job.pk, assignee=1, reason="工作调整"),
        "send_back": lambda by: actions.send_back(by=by, job=job.pk, reason="请再核实"),
        "reroute": lambda by: actions.reroute(by=by, job=job.pk, department="wsjs", reason="属于卫计"),
        "ask_in_review": lambda by: actions.ask_in_review(by=by, job=job.pk, gaps=[{"material": "floor_plan"}]),
        "tell_hearing": lambda by: actions.tell_hearing(by=by, job=job.pk, **make.INTEREST),
        "call_hearing": lambda by: actions.call_hearing(
            by=by, job=job.pk, at=now(), place="三楼", presider="林国栋", reason="涉及公共利益"
        ),
        "ask": lambda by: actions.consult(by=by, member=member, departments=["wsjs"], question=make.QUESTION),
        "record_hearing": lambda by: actions.record_hearing(
            by=by, job=job.pk, held_on=today(), record="听证会依法举行，记录在案。"
        ),
    }
    on_member = {
        "pause": lambda by: actions.pause(by=by, job=job.pk, **make.TESTING),
        "serve_pause": lambda by: actions.serve_pause(by=by, job=job.pk, method="mail", on=today()),
        "drop_pause": lambda by: actions.drop_pause(by=by, job=job.pk, reason="填写有误"),
        "resume": lambda by: actions.resume(by=by, job=job.pk),
        "extend": lambda by: actions.extend(by=by, job=job.pk, days=5, reason="情况复杂"),
        "grant": lambda by: actions.decide(by=by, job=job.pk, decision="grant"),
        "refuse": lambda by: actions.decide(by=by, job=job.pk, decision="refuse", reason="不符合规定的条件和标准"),
        "withdraw of one": lambda by: actions.withdraw_member(by=by, member=member, reason="不办了"),
        "sign": lambda by: actions.sign_commitment(by=by, member=member, signed_by="李一味"),
        "remind": lambda by: actions.remind(by=by, member=member),
        "seal": lambda by: actions.register_seal(by=by, member=member, seal_number="3302821000001"),
        "reissue": lambda by: actions.reissue(by=by, member=member, reason="申请人遗失证照"),
        "ask of a certificate": lambda by: actions.ask_cancellation(by=by, member=member, reason="不再经营"),
        "order of a certificate": lambda by: actions.cancel_certificate(by=by, member=member, ground="other", reason="依法应当注销的其他情形"),
        "dispatch": lambda by: actions.dispatch(by=by, application=pk, members=[member]),
        "collect": lambda by: actions.hand_over(by=by, application=pk, members=[member], collection=make.collection()),
    }
    return {
        **{verb: (HANDS_ON_APPLICATION, call) for verb, call in on_application.items()},
        **{verb: (HANDS_ON_JOB if verb in HANDS_ON_JOB else HEARD if verb in HEARD else HANDS_ON_CONSULTATION, call) for verb, call in on_job.items()},
        **{
            verb: (HANDS_ON_COMMITMENT if verb == "sign" else HANDS_ON_CANCELLATION if "certificate" in verb else HANDS_ON_MEMBER, call)
            for verb, call in on_member.items()
        },
    }


@pytest.mark.parametrize("state", ["received", "accepted"])
def test_whom_the_table_denies_leaves_no_trace(world, state):
    """Through the actions themselves: the right refusal, no row, no event, no delivery."""
    actors = cast()
    case = case_in(state)
    job = make.job_of(case) if state == "accepted" else None
    for verb, (table, call) in doing(case, job).items():
        hands = table[verb.partition(" of ")[0]]
        with nothing_written(*ROWS):
            for name, actor in actors.items():
                want = expected(name, EYES[state], hands, system="system" in hands.split())
                if want == "yes" or name == "system":
                    continue
                with pytest.raises(NotYours if want == "404" else Forbidden):
                    call(actor)
                    pytest.fail(f"{name} did {verb}")


# —— separation of duties: acceptor ≠ reviewer ≠ decider, by the person and not by the post ——


def department_person(*roles):
    """One person with several posts: what the demo never gives, and what must still not be enough."""
    user = people.account(name="多岗人")
    for role in roles:
        people.staff(role, user=user)
    return user


def test_the_acceptor_neither_reviews_nor_decides(world):
    both = department_person("clerk", "reviewer", "head")
    case = make.accepted(by=both.username)
    job = make.job_of(case)
    with nothing_written(Job), pytest.raises(Forbidden):
        actions.claim(by=actor_for(both), job=job.pk)
    with nothing_written(Job), pytest.raises(Refused):
        actions.reassign(by=actor_for(both), job=job.pk, assignee=both.pk, reason="自己来办")
    reviewer = make.actor("scjg-reviewer")
    actions.claim(by=reviewer, job=job.pk)
    actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="符合条件")
    for decision in ("grant", "refuse"):
        with nothing_written(Document, Member), pytest.raises(Forbidden):
            actions.decide(by=actor_for(both), job=job.pk, decision=decision, reason="不符合规定的条件和标准")


def test_a_head_does_not_hand_the_case_to_its_acceptor(world):
    both = department_person("clerk", "reviewer")
    job = make.job_of(make.accepted(by=both.username))
    with nothing_written(Job), pytest.raises(Refused) as told:
        actions.reassign(by=make.actor("scjg-head"), job=job.pk, assignee=both.pk, reason="工作调整")
    assert told.value.code == "reassign.separation"


def test_the_reviewer_does_not_decide(world):
    both = department_person("reviewer", "head")
    job = make.concluded(reviewer=both.username)
    for decision in ("grant", "refuse"):
        with nothing_written(Document, Member), pytest.raises(Forbidden):
            actions.decide(by=actor_for(both), job=job.pk, decision=decision, reason="不符合规定的条件和标准")
    assert actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant").state == "granted"


@pytest.mark.parametrize("first", ["accepted", "reviewed"])
def test_a_substitute_does_not_get_round_it(world, first):
    """The head is away and lends his post to the very person who accepted, or reviewed, the case."""
    head = User.objects.get(username="scjg-head")
    if first == "accepted":
        # One who stands at the counter and belongs to the department is a lawful substitute of its head.
        stand_in = department_person("clerk", "reviewer")
        case = make.accepted(by=stand_in.username)
        job = make.job_of(case)
        reviewer = make.actor("scjg-reviewer")
        actions.claim(by=reviewer, job=job.pk)
        actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="符合条件")
    else:
        stand_in = User.objects.get(username="scjg-reviewer2")
        job = make.concluded(reviewer="scjg-reviewer2")
    lend(head, stand_in, role="head")
    actor = actor_for(stand_in)
    assert actor.has("head", department="scjg")
    with nothing_written(Document, Member), pytest.raises(Forbidden) as told:
        actions.decide(by=actor, job=job.pk, decision="grant")
    assert told.value.code == "forbidden.separation"


def test_a_substitute_who_did_neither_decides_and_the_event_names_the_lent_post(world):
    head, stand_in = User.objects.get(username="scjg-head"), User.objects.get(username="scjg-reviewer2")
    job = make.concluded(reviewer="scjg-reviewer")
    lend(head, stand_in, role="head")
    with nothing_written(Member), pytest.raises(NotYours):  # he is away: his post is not with him
        actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")
    actions.decide(by=actor_for(stand_in), job=job.pk, decision="grant")
    event = Event.objects.get(name="member.grant", chain=f"application:{job.application_id}")
    assert event.by_id == stand_in.pk
    assert event.by_post == head.posts.get(role="head").pk


def test_other_departments_do_not_see_each_others_words(world):
    """A department of the bundle reads the case; a department that is in none of its members gets 404."""
    actors = cast_of_department("wsjs")
    case = make.accepted()
    for actor in actors.values():
        assert not sight.sees(actor, case)
        assert not Application.objects.filter(sight.scope(actor), pk=case.pk).exists()
