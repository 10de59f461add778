# ruff: noqa: B023  (what a loop's round makes is called before the round ends)
"""征求意见 between departments: asked by a day, answered or silent on record, and who sees what."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from apps.applications import actions, consulted, queries, queries_case, queries_consultation, queries_files
from apps.applications.models import Application, Attachment, Consultation, Job, Member, Opinion
from apps.applications.tracking import track
from apps.deadlines.models import Clock
from apps.deadlines.queries import calendar
from apps.directory.actions import upsert_departments
from apps.directory.models import Department, Message, Post
from apps.journal.actor import SYSTEM
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import BEIJING, today
from tests import make
from tests.full import full
from tests.people import nothing_written
from tests.threads import lost, together, won
from tests.web.conftest import client_of

from . import test_run_bundle as bundle

ROWS = (Consultation, Opinion, Clock, Member, Message)
MONDAY = date(2026, 11, 2)
QUESTION = "该店拟设于居民楼一层，请就油烟排放和消防疏散提出意见。"
REASON = "现场条件符合本部门管理要求。"


def ask(job: Job, *departments: str, by: str = "", **given) -> Consultation:
    return actions.consult(
        by=make.actor(by or f"{job.department_id}-reviewer"),
        member=job.member_id,
        departments=list(departments),
        question=QUESTION,
        **given,
    )


def say(asked: Consultation, department: str, answer: str = "agree", *, by: str = "", **given) -> Opinion:
    row = asked.opinions.get(department=department)
    given = {"reason": REASON, **({"conditions": "须安装油烟净化设施"} if answer == "conditions" else {}), **given}
    return actions.answer_opinion(by=make.actor(by or f"{department}-reviewer"), opinion=row.pk, answer=answer, **given)


def concluded(job: Job) -> Job:
    return actions.conclude(
        by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。"
    )


def decide(job: Job, decision: str = "grant", reason: str = "") -> Member:
    return actions.decide(by=make.actor("scjg-head"), job=job.pk, decision=decision, reason=reason)


def now(asked: Consultation) -> Consultation:
    return Consultation.objects.get(pk=asked.pk)


def test_asked_by_a_day_of_the_statute_book_while_the_case_goes_on(office):
    office.at(MONDAY)
    job = make.claimed()
    before = Clock.objects.get(root_id=job.application_id, kind="decision")
    asked = ask(job, "wsjs", "gongan", materials=["floor_plan"])
    assert (asked.state, asked.asker_id, asked.due_on) == ("asked", "scjg", date(2026, 11, 9))  # five working days
    assert sorted(asked.opinions.values_list("department", "state")) == [("gongan", "asked"), ("wsjs", "asked")]
    running = Clock.objects.filter(root_id=job.application_id, kind="consultation", state="running")
    assert set(running.values_list("department", "due_on")) == {("gongan", asked.due_on), ("wsjs", asked.due_on)}
    after = Clock.objects.get(pk=before.pk)
    assert (after.due_on, after.state) == (before.due_on, "running")
    for clock in running:  # of the same day: each line names whose it is
        actions.redate(clock=clock, old=clock.due_on, new=MONDAY, facts={"why": "停业", "recount": 1})
    moved = [entry.detail for entry in make.case("scjg-reviewer", job.application).story if entry.title == "环节期限变动"]
    assert {line.partition("由")[0] for line in moved} == {"“卫计”的意见答复期限", "“公安”的意见答复期限"}
    # The limits of departments among themselves are told neither the applicant nor who tracks the case.
    for read in (make.case("enterprise", job.application), track(job.application.number, make.MOBILE)):
        assert {clock.kind for clock in read.clocks} == {"notice", "decision"}
    told = Message.objects.filter(user=make.user("wsjs-reviewer")).exclude(kind="deadline")
    assert [message.link for message in told] == [f"/review/opinions/{asked.opinions.get(department='wsjs').pk}/"]
    assert Message.objects.filter(user=make.user("wsjs-head")).exclude(kind="deadline").count() == 1
    concluded(job)  # the reviewer's opinion may be given meanwhile; the decision waits
    with nothing_written(*ROWS), pytest.raises(WrongState) as refused:
        decide(job)
    assert "卫计" in refused.value.message and "期限届满前不能作出决定" in refused.value.message
    say(asked, "wsjs", "conditions")
    assert now(asked).state == "asked"
    say(asked, "gongan")
    assert now(asked).state == "gathered"
    assert not running.filter(state="running").exists()
    assert decide(job).state == "granted"  # with a condition is no conflict
    assert now(asked).state == "closed"
    titles = [entry.title for entry in make.case("scjg-reviewer", job.application).story]
    assert "向其他部门征求意见" in titles and titles.count("部门答复意见") == 2
    assert "向其他部门征求意见" not in [entry.title for entry in make.case("enterprise", job.application).story]


def test_silence_is_a_result_of_its_own_moment_even_while_everything_was_down(office):
    office.at(MONDAY)
    job = concluded(make.claimed())
    asked = ask(job, "wsjs", "gongan", days=2)
    office.at(date(2026, 11, 4), 23)
    with nothing_written(*ROWS), pytest.raises(WrongState):  # the last day is not over
        decide(job)
    with nothing_written(*ROWS), pytest.raises(Refused, match="请等答复"):
        ask(job, "wsjs")
    office.at(date(2026, 11, 6))  # nobody has swept
    row = asked.opinions.get(department="wsjs")
    assert (row.state, row.standing) == ("asked", "silent")
    late = say(asked, "wsjs", "agree")
    assert (late.state, late.late) == ("answered", True)
    missed = Event.objects.filter(name="opinion.miss")
    as_of = {datetime.fromisoformat(event.facts["as_of"]) for event in missed}
    assert as_of == {datetime(2026, 11, 5, tzinfo=BEIJING)}
    assert dict(asked.opinions.values_list("department", "state")) == {"gongan": "silent", "wsjs": "answered"}
    assert now(asked).state == "gathered"
    office.work()  # the sweep comes after all, and finds nothing to do
    assert Event.objects.filter(name="opinion.miss").count() == 2
    assert decide(job).state == "granted"
    told = Message.objects.filter(title__startswith="不用再答复意见：")  # it might have come late, and lies in no list any more
    assert {row.link for row in told} == {f"/review/opinions/{asked.opinions.get(department='gongan').pk}/"}
    with nothing_written(*ROWS), pytest.raises(WrongState):
        say(asked, "gongan")


def test_the_sweep_reminds_and_records(office):
    office.at(MONDAY)
    asked = ask(make.claimed(), "wsjs")
    for day in (5, 6, 9):
        office.pass_to(date(2026, 11, day))
    keys = Message.objects.filter(user=make.user("wsjs-reviewer")).values_list("key", flat=True)
    pk = asked.opinions.get().pk
    assert list(keys.order_by("pk")) == [f"opinion:{pk}:ask", f"opinion:{pk}:yellow", f"opinion:{pk}:red"]
    office.at(date(2026, 11, 10))  # silent since midnight, swept or not
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已经收齐"):
        actions.recall_consultation(by=make.actor("scjg-reviewer"), consultation=asked.pk, reason="方案已经调整，不再需要")
    office.work()
    assert (asked.opinions.get().state, now(asked).state) == ("silent", "gathered")
    assert Message.objects.filter(user=make.user("scjg-reviewer"), key__startswith="consultation:").count() == 1
    assert actions.miss_opinion(opinion=pk) is False
    assert list(queries_consultation.opinions_for(make.actor("wsjs-reviewer"))) == [asked.opinions.get()]  # it may come late
    say(asked, "wsjs", "disagree")  # and stops a grant then: who was told of the silence is told of it
    told = Message.objects.filter(user=make.user("scjg-reviewer"), key__startswith="consultation:").order_by("pk")
    assert [message.title[:7] for message in told] == ["征求的意见已收", "逾期的意见来了"]


def test_what_is_refused_leaves_nothing(world):
    job = make.claimed()
    wrong = [
        {"departments": []},
        {"departments": ["scjg"]},
        {"departments": ["nowhere"]},
        {"departments": ["wsjs"], "question": "行不行"},
        {"departments": ["wsjs"], "materials": ["deed"]},
        {"departments": ["wsjs"], "days": 0},
        {"departments": ["wsjs"], "days": 60},
    ]
    for given in wrong:
        with nothing_written(*ROWS), pytest.raises(Refused) as refused:
            actions.consult(
                by=make.actor("scjg-reviewer"), member=job.member_id, **{"question": QUESTION, **given}
            )
        assert refused.value.field in {*given, "days"}
    assert {one.region_id for one in consulted.askable(job.member)} == {"330200", "330282"}
    upsert_departments(SYSTEM, [{"code": "bay-wsjs", "name": "杭州湾新区卫生局", "region": "330200-Z5"}])
    zone = Member(department=Department(code="bay-scjg", region_id="330200-Z5"))
    assert {one.region_id for one in consulted.askable(zone)} == {"330200", "330200-Z5"}
    asked = ask(job, "wsjs")
    with nothing_written(*ROWS), pytest.raises(Refused):  # still waited for
        ask(job, "wsjs")
    for given in ({"answer": "maybe"}, {"reason": "行"}, {"answer": "conditions", "conditions": ""}, {"conditions": "须整改到位"}):
        with nothing_written(*ROWS), pytest.raises(Refused):
            say(asked, "wsjs", **{"answer": "agree", **given})
    for who, refusal in (("wsjs-reviewer", NotYours), ("cixi-clerk", Forbidden), ("enterprise", Forbidden)):
        with nothing_written(*ROWS), pytest.raises(refusal):
            ask(job, "gongan", by=who)
    for who, refusal in (("gongan-reviewer", NotYours), ("scjg-reviewer", Forbidden), ("cixi-supervisor", Forbidden)):
        with nothing_written(*ROWS), pytest.raises(refusal):
            say(asked, "wsjs", by=who)
    say(asked, "wsjs")
    with nothing_written(*ROWS), pytest.raises(WrongState):
        say(asked, "wsjs", "disagree")


def test_recalled_with_a_reason_nobody_waits(world):
    job = concluded(make.claimed())
    asked = ask(job, "wsjs", "gongan")
    say(asked, "wsjs", "disagree")
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.recall_consultation(by=make.actor("scjg-reviewer"), consultation=asked.pk, reason="")
    actions.recall_consultation(by=make.actor("scjg-reviewer"), consultation=asked.pk, reason="方案已经调整，不再需要")
    assert dict(asked.opinions.values_list("department", "state")) == {"wsjs": "answered", "gongan": "closed"}
    told = Message.objects.filter(key__endswith=":recall").values_list("user__username", flat=True)
    assert set(told) == {"gongan-reviewer", "gongan-head"}
    assert not Clock.objects.filter(root_id=job.application_id, kind="consultation", state="running").exists()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        say(asked, "gongan")
    assert decide(job).state == "granted"


def missed_and_rerouted(office, department: str) -> Consultation:
    """卫计 let its day pass, then the item that it was asked about went to another department."""
    office.at(MONDAY)
    job = make.job_of(make.accepted())
    asked = ask(job, "wsjs", days=1)
    office.at(date(2026, 11, 4))
    actions.miss_opinion(opinion=asked.opinions.get().pk)
    actions.return_to_router(by=make.actor("scjg-reviewer"), job=job.pk, reason="不属本部门职责")
    actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department=department, reason="属于该部门职责")
    return asked


def test_whose_work_went_elsewhere_lists_no_question_that_he_cannot_open_and_hears_of_no_late_answer(office):
    asked = missed_and_rerouted(office, "gongan")
    listed = {name: list(queries_consultation.consultations_for(make.actor(f"{name}-reviewer"))) for name in ("scjg", "gongan")}
    assert listed == {"scjg": [], "gongan": [asked]}
    say(asked, "wsjs", "disagree")
    told = Message.objects.filter(title__startswith="逾期的意见来了").values_list("user__username", flat=True)
    assert set(told) == {"gongan-reviewer", "gongan-head"}


def test_who_has_the_item_since_hears_of_the_answers_and_may_need_them_no_more(world):
    """Who had asked was merged away: nobody could take the question back, and where another item of the case had been its own, the answers
    were told to nobody."""
    case = bundle.decide(bundle.restaurant(), "enterprise-registration")
    job = actions.claim(by=make.actor("scjg-reviewer"), job=Job.objects.get(application=case, member__code="food-licence").pk)
    first, second = ask(job, "gongan"), ask(job, "lvyou")
    Post.objects.filter(department="scjg").update(ended_at=timezone.now())
    actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="wsjs", reason="机构改革划转")
    assert "scjg" in Application.objects.get(pk=case.pk).departments
    say(first, "gongan")
    told = Message.objects.filter(key__startswith="consultation:").values_list("user__username", flat=True)
    assert set(told) == {"wsjs-reviewer", "wsjs-head"}
    no_more = {"consultation": second.pk, "reason": "方案已经调整，不再需要"}
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        actions.recall_consultation(by=make.actor("xiaofang-reviewer"), **no_more)
    assert actions.recall_consultation(by=make.actor("wsjs-reviewer"), **no_more).state == "recalled"


def test_who_was_asked_and_has_the_item_since_owes_himself_no_opinion(world):
    """The department that took a merged one's work over had been asked by it: its own decision waited for its own answer, to the last day."""
    job = make.claimed()
    first, second = ask(job, "wsjs", "gongan"), ask(job, "huanbao")
    say(first, "gongan")
    Post.objects.filter(department="scjg").update(ended_at=timezone.now())
    for department, states in (("huanbao", [("asked", "answered"), ("closed",)]), ("wsjs", [("closed", "answered"), ("closed",)])):
        actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department=department, reason="机构改革划转")
        assert [tuple(one.opinions.values_list("state", flat=True)) for one in (first, second)] == states
        Post.objects.filter(department="huanbao").update(ended_at=timezone.now())
    assert (now(first).state, now(second).state) == ("gathered", "recalled")
    assert not Clock.objects.filter(root_id=job.application_id, kind="consultation", state="running").exists()
    with nothing_written(*ROWS), pytest.raises(WrongState, match="改由本部门承办"):
        say(first, "wsjs")
    actions.claim(by=make.actor("wsjs-reviewer"), job=job.pk)
    actions.conclude(by=make.actor("wsjs-reviewer"), job=job.pk, recommendation="grant", opinion=REASON)
    assert actions.decide(by=make.actor("wsjs-head"), job=job.pk, decision="grant").state == "granted"
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []


def test_nor_one_that_it_had_missed(office):
    asked = missed_and_rerouted(office, "wsjs")
    assert (now(asked).state, asked.opinions.get().state) == ("gathered", "closed")


def test_withdrawn_meanwhile_nothing_is_left_to_answer(world):
    job = make.claimed()
    asked = ask(job, "wsjs")
    actions.withdraw(by=make.actor("enterprise"), application=job.application_id, reason="不办了")
    assert (now(asked).state, asked.opinions.get().state) == ("closed", "closed")
    heard = Message.objects.filter(title__startswith="不用再答复意见：")  # as when it is recalled: it was told a day
    assert {row.user.username for row in heard} == {"wsjs-reviewer", "wsjs-head"}
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []
    assert not Clock.objects.filter(root_id=job.application_id, state="running").exists()


def test_who_is_asked_sees_the_question_and_what_was_enclosed_and_no_more(world):
    job = make.claimed()
    clerk = make.actor("cixi-clerk")
    case = job.application
    for material in ("floor_plan", "id_card"):
        actions.attach(by=clerk, application=case.pk, material=material, name="a.pdf", content=b"%PDF-1.4 x")
    plan, card = (Attachment.objects.get(material__code=code) for code in ("floor_plan", "id_card"))
    asked = ask(job, "wsjs", materials=["floor_plan"])
    who, pk = make.actor("wsjs-reviewer"), asked.opinions.get().pk
    seen = queries_consultation.asked(who, pk)
    assert [entry.code for entry in seen.materials] == ["floor_plan"]
    assert queries_files.attachment(who, plan.pk) == plan
    for hidden in (
        lambda: queries_files.attachment(who, card.pk),
        lambda: queries_case.case(who, case.pk),
        lambda: queries_consultation.consultation(who, asked.pk),
        lambda: queries_consultation.asked(make.actor("gongan-reviewer"), pk),
        lambda: queries_files.attachment(make.actor("gongan-reviewer"), plan.pk),
        lambda: queries_files.attachment(make.actor("citizen"), plan.pk),
    ):
        with pytest.raises(NotYours):
            hidden()
    assert not queries.applications_for(who).filter(pk=case.pk).exists()
    # A message about the case (its answer is due on another day) leads to the question.
    assert client_of("wsjs-reviewer").get(f"/cases/{case.pk}/").headers["Location"] == f"/review/opinions/{pk}/"
    assert client_of("gongan-reviewer").get(f"/cases/{case.pk}/").status_code == 404
    say(asked, "wsjs")
    decide(concluded(job))
    with pytest.raises(NotYours):  # the case is decided: the files are no longer needed
        queries_files.attachment(who, plan.pk)
    assert queries_consultation.asked(who, pk).materials == []
    assert list(queries_consultation.opinions_for(who, over=True)) == [asked.opinions.get()]


@pytest.mark.usefixtures("transactional_db", "world")
def test_two_of_one_department_answer_at_once_and_two_departments_gather_once():
    for _ in range(full(2, 30)):
        job = make.claimed()
        asked = ask(job, "wsjs")
        pk = asked.opinions.get().pk
        hands = [(make.actor("wsjs-reviewer"), "agree"), (make.actor("wsjs-head"), "disagree")]
        found = together(
            *[
                lambda by=by, answer=answer: actions.answer_opinion(by=by, opinion=pk, answer=answer, reason=REASON)
                for by, answer in hands
            ]
        )
        assert (len(won(found)), [type(error) for error in lost(found)]) == (1, [WrongState])
        assert asked.opinions.get().answer_given == won(found)[0].answer_given
        both = ask(job, "gongan", "xiaofang")
        found = together(*[lambda d=d: say(both, d) for d in ("gongan", "xiaofang")])
        assert len(won(found)) == 2
        for row in (asked, both):
            events = Event.objects.filter(subject_type="consultation", subject_id=str(row.pk), name="consultation.gather")
            assert (events.count(), now(row).state) == (1, "gathered")


def test_an_answer_is_due_before_the_case_is(office):
    office.at(MONDAY)
    job = make.claimed()
    member = Member.objects.get(pk=job.member_id)
    asked = ask(job, "wsjs")
    assert today() < asked.due_on < member.due_on
    most = calendar(region=job.application.node_id).count(MONDAY, member.due_on) - 1
    with nothing_written(*ROWS), pytest.raises(Refused, match=f"最多 {most} 个工作日"):
        ask(job, "gongan", days=most + 1)
    office.at(member.due_on)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="来不及答复"):  # nor on the last day itself
        ask(job, "gongan", days=1)
    office.at(member.due_on + timedelta(days=1))
    assert ask(job, "gongan", days=3).due_on > member.due_on  # overdue anyway: the case binds nobody's answer
    day_before = Clock.objects.get(root_id=job.application_id, kind="decision").due_on
    assert day_before == member.due_on
    paused = make.claimed()  # nor is it longer where the case stands still: fifteen days are expected, and its own ten follow
    actions.pause(by=make.actor("scjg-head"), job=paused.pk, **make.TESTING)
    with nothing_written(*ROWS), pytest.raises(Refused, match=r"特别程序如期结束后的办结期限.*最多 24 个工作日"):
        ask(paused, "gongan", days=25)
    assert ask(paused, "gongan", days=24)
