"""What a department hands back: to its own list, to the router, and from there to another department."""

import pytest

from apps.applications import actions, queries_review
from apps.applications.models import Application, Job, Member, Note
from apps.applications.queries_clocks import may_suppose
from apps.deadlines.actions import set_exception, withdraw_exception
from apps.deadlines.models import Clock, Extension
from apps.directory.models import Department, Message, Post
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import now, today
from apps.supervision import handlers, queries_cards, tasks
from apps.supervision.actions import answer_card
from apps.supervision.models import Card
from tests import make
from tests.days import deliver
from tests.people import nothing_written

ROWS = (Member, Job, Clock, Document, Note)


def actor(name):
    return make.actor(name)


def again(job):
    return Job.objects.get(pk=job.pk)


def test_a_misrouted_job_goes_back_once(world):
    job = make.job_of(make.accepted())
    reviewer, router = actor("scjg-reviewer"), actor("cixi-supervisor")
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.return_to_router(by=reviewer, job=job.pk, reason="不")
    actions.return_to_router(by=reviewer, job=job.pk, reason="不属市场监管局职责")
    assert list(queries_review.misrouted(router)) == [again(job)]
    word = Message.objects.get(key=f"misrouted:{job.pk}")
    assert (word.user_id, word.link) == (router.id, f"/review/router/{job.pk}/") and "不属市场监管局职责" in word.text
    assert not queries_review.inbox(reviewer).exists()
    assert Clock.objects.get(root_id=job.application_id, kind="decision").state == "running"  # the clock runs on
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.reroute(by=router, job=job.pk, department="no-such", reason="属于卫生计生")
    row = actions.reroute(by=router, job=job.pk, department="wsjs", reason="属于卫生计生")
    case = Application.objects.get(pk=job.application_id)
    member = make.member_of(case)
    assert (row.state, row.department_id, row.returned) == ("assigned", "wsjs", True)
    assert (member.department_id, case.departments) == ("wsjs", ["wsjs"])
    with nothing_written(*ROWS), pytest.raises(NotYours):  # the first department is out of it
        actions.claim(by=reviewer, job=job.pk)
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.return_to_router(by=actor("wsjs-reviewer"), job=job.pk, reason="也不属于我们")
    assert "一次" in told.value.message
    actions.claim(by=actor("wsjs-reviewer"), job=job.pk)
    actions.conclude(by=actor("wsjs-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    assert actions.decide(by=actor("wsjs-head"), job=job.pk, decision="grant").state == "granted"


def test_what_its_department_cannot_send_back_is_rerouted_by_the_router(world):
    """A dispute after the one return, and a department where nobody is left, ended nowhere."""
    job, router = make.job_of(make.accepted()), actor("cixi-supervisor")
    elsewhere = {"by": router, "job": job.pk, "reason": "属于该部门职责"}
    with nothing_written(*ROWS), pytest.raises(WrongState, match="由承办部门先退回"):
        actions.reroute(**elsewhere, department="wsjs")
    gone = Post.objects.filter(role="reviewer", department="scjg")
    gone.update(ended_at=now())
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已经在"):
        actions.reroute(**elsewhere, department="scjg")
    actions.reroute(**elsewhere, department="wsjs")
    actions.return_to_router(by=actor("wsjs-reviewer"), job=job.pk, reason="也不属于我们")
    actions.reroute(**elsewhere, department="gongan")
    actions.reroute(**elsewhere, department="wsjs")  # gongan, which may not send it back, was right
    assert (again(job).state, make.member_of(job.application).department_id) == ("assigned", "wsjs")
    actions.claim(by=actor("wsjs-reviewer"), job=job.pk)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="办理中"):
        actions.reroute(**elsewhere, department="gongan")


def test_what_was_in_hand_where_nobody_is_left_is_examined_anew_elsewhere(world):
    """A department that was merged away: what it had begun waited for a head to be named there, who could do nothing but give it to
    reviewers that there are none of."""
    router = {"by": actor("cixi-supervisor"), "department": "wsjs", "reason": "并入卫生计生"}
    claimed, concluded = make.claimed(), make.concluded()
    told = make.told_hearing()
    heard = told.member.jobs.get()
    staff = Post.objects.filter(department="scjg")
    staff.filter(role="reviewer").update(ended_at=now())
    with nothing_written(*ROWS), pytest.raises(WrongState, match="待负责人决定"):
        actions.reroute(job=concluded.pk, **router)  # there is a head who decides
    staff.filter(role="head").update(ended_at=now())
    for job in (claimed, concluded, heard):
        with nothing_written(*ROWS), pytest.raises(WrongState, match="已经在"):
            actions.reroute(job=job.pk, **router | {"department": "scjg"})
        actions.reroute(job=job.pk, **router)
        job = again(job)
        assert (job.state, job.department_id, job.assignee, job.recommendation, job.opinion, job.checks) == ("assigned", "wsjs", None, "", "", [])
        running = Clock.objects.filter(root_id=job.application_id, stopped_on=None, kind__in=("decision", "step"))
        assert {clock.department for clock in running} == {"wsjs"}
        actions.claim(by=actor("wsjs-reviewer"), job=job.pk)
    assert Clock.objects.filter(root_id=concluded.application_id, kind="step", stopped_on=None).count() == 1
    actions.request_hearing(by=actor("wsjs-reviewer"), hearing=told.pk, who="applicant")
    make.call_hearing(again(heard))
    for job in (claimed, concluded):
        actions.conclude(by=actor("wsjs-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
        assert actions.decide(by=actor("wsjs-head"), job=job.pk, decision="grant").state == "granted"


def test_all_at_once_leaves_what_another_router_has_sent_on_meanwhile(world):
    """Sent where nobody sits yet either, it was taken from there by who had it on his list as the first department's."""
    job, by = make.claimed(), actor("cixi-supervisor")
    Post.objects.filter(department__in=("scjg", "wsjs")).update(ended_at=now())
    actions.reroute(by=by, job=job.pk, department="wsjs", reason="并入卫生计生")
    with nothing_written(*ROWS):
        bulk = actions.reroute_many(by=by, jobs=[job.pk], left="scjg", department="lvyou", reason="并入文化旅游")
    assert bulk.done == [] and "现在在" in bulk.refused[job.pk]


def test_the_days_of_a_hearing_go_with_the_item(world, days):
    """That it was not held in time was asked of the head of a department that had gone, and the one who has it did not see the red card."""
    asked = actions.request_hearing(by=actor("cixi-clerk"), hearing=make.told_hearing().pk, who="applicant")
    Post.objects.filter(department="scjg").update(ended_at=now())
    actions.reroute(by=actor("cixi-supervisor"), job=make.job_of(asked.application).pk, department="wsjs", reason="并入卫生计生")
    clocks = Clock.objects.filter(root_id=asked.application_id)
    assert set(clocks.exclude(state="stopped").values_list("kind", "department")) == {(kind, "wsjs") for kind in ("decision", "step", "hearing_hold")}
    assert clocks.get(kind="hearing_request").department == "scjg"  # over while it was theirs
    days.pass_over(asked.hold_by)
    card = Card.objects.get(kind="hearing_hold")
    assert card.department_id == "wsjs" and answer_card(by=actor("wsjs-head"), card=card.pk, reason="接手时已经来不及通知").state == "answered"


def test_the_applicants_own_days_bind_no_department_after_it_either(world):
    """The day for what he promised was made the new department's, whose head might then ask what would become of it."""
    case = make.accepted(gaps=("floor_plan",))
    Post.objects.filter(department="scjg").update(ended_at=now())
    actions.reroute(by=actor("cixi-supervisor"), job=make.job_of(case).pk, department="wsjs", reason="并入卫生计生")
    clocks = Clock.objects.filter(root_id=case.pk).exclude(state="stopped")
    assert dict(clocks.values_list("kind", "department")) == {"decision": "wsjs", "gap": ""}
    case = Application.objects.get(pk=case.pk)
    assert may_suppose(actor("wsjs-head"), clocks.get(kind="decision"), case) and not may_suppose(actor("wsjs-head"), clocks.get(kind="gap"), case)


@pytest.fixture
def rerouted(world):
    job = make.job_of(make.accepted())
    actions.return_to_router(by=actor("scjg-reviewer"), job=job.pk, reason="不属市场监管局职责")
    return actions.reroute(by=actor("cixi-supervisor"), job=job.pk, department="wsjs", reason="属于卫生计生")


def test_the_router_sends_it_nowhere_where_nobody_has_the_power(world):
    job = make.job_of(make.accepted())
    actions.return_to_router(by=actor("scjg-reviewer"), job=job.pk, reason="不属市场监管局职责")
    bank = Department.objects.create(code="bank", name="某银行慈溪支行", region_id="330282", kind="bank")
    for department in ("nb-scjg", bank.pk):
        with nothing_written(*ROWS), pytest.raises(Refused) as refusal:
            actions.reroute(by=actor("cixi-supervisor"), job=job.pk, department=department, reason="属于该部门职责")
        assert (refusal.value.code, refusal.value.field) == ("reroute.elsewhere", "department")
    assert again(job).state == "misrouted"


def test_a_rerouted_case_speaks_with_the_voice_of_who_has_it(rerouted):
    office = Department.objects.get(pk="wsjs")
    actions.claim(by=actor("wsjs-reviewer"), job=rerouted.pk)
    actions.extend(by=actor("wsjs-head"), job=rerouted.pk, days=3, reason="需要补充调查")
    assert office.name in Extension.objects.get().approver
    actions.conclude(by=actor("wsjs-reviewer"), job=rerouted.pk, recommendation="grant", opinion="符合条件")
    actions.decide(by=actor("wsjs-head"), job=rerouted.pk, decision="grant")
    papers = Document.objects.filter(root_id=rerouted.application_id).exclude(kind__in=["receipt", "acceptance"])
    assert {paper.kind for paper in papers} == {"extension_notice", "grant", "certificate"}
    for paper in papers:
        assert (paper.department, paper.payload["agency"]["name"]) == ("wsjs", office.name)
        assert paper.payload["handler"]["phone"] == paper.payload["agency"]["phone"] == office.phone


def test_the_whole_of_a_rerouted_item_too(rerouted):
    actions.withdraw(by=actor("cixi-clerk"), application=rerouted.application_id, reason="不再经营")
    paper = Document.objects.get(root_id=rerouted.application_id, kind="withdrawal")
    assert (paper.department, paper.payload["agency"]["name"]) == ("wsjs", Department.objects.get(pk="wsjs").name)


def test_the_card_is_given_to_the_department_that_has_it(rerouted, days):
    clock = Clock.objects.get(root_id=rerouted.application_id, kind="decision")
    assert clock.department == "wsjs"
    days.pass_to(clock.yellow_on)
    days.work()
    assert Card.objects.get(clock=clock).department_id == "wsjs"


def test_what_is_in_hand_is_not_sent_back_to_the_router(world):
    job = make.claimed()
    with nothing_written(*ROWS), pytest.raises(WrongState, match="请先退回待领办"):
        actions.return_to_router(by=actor("scjg-reviewer"), job=job.pk, reason="不属我局职责")
    job = make.concluded()
    for sent_back in (False, True):  # nor given back any more: it was told to go a way that there is not
        if sent_back:
            actions.send_back(by=actor("scjg-head"), job=job.pk, reason="不属我局职责")
        with nothing_written(*ROWS), pytest.raises(WrongState, match=r"^已经提出过审查意见，不能再退回分办"):
            actions.return_to_router(by=actor("scjg-reviewer"), job=job.pk, reason="不属我局职责")


def test_the_router_may_send_it_back_to_whence_it_came(world):
    job = make.job_of(make.accepted())
    actions.return_to_router(by=actor("scjg-reviewer"), job=job.pk, reason="不属我局职责")
    row = actions.reroute(by=actor("cixi-supervisor"), job=job.pk, department="scjg", reason="依三定方案属市场监管")
    assert (row.state, row.department_id) == ("assigned", "scjg")


def test_who_claimed_a_job_gives_it_back_before_any_opinion_stands(world):
    job, reviewer = make.claimed(), actor("scjg-reviewer")
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.give_back(by=reviewer, job=job.pk, reason="错")
    for other in ("scjg-reviewer2", "scjg-head"):
        with nothing_written(*ROWS), pytest.raises(Forbidden):
            actions.give_back(by=actor(other), job=job.pk, reason="不是我领的。")
    row = actions.give_back(by=reviewer, job=job.pk, reason="领错了，不是我办的。")
    assert (row.state, row.assignee) == ("assigned", None)
    with nothing_written(*ROWS), pytest.raises(Forbidden, match="还没有人领办"):  # from a page that was open before: nobody else has it
        actions.give_back(by=reviewer, job=job.pk, reason="领错了，不是我办的。")
    assert again(job) in queries_review.inbox(actor("scjg-reviewer2"))
    actions.claim(by=actor("scjg-reviewer2"), job=job.pk)
    actions.give_back(by=actor("scjg-reviewer2"), job=job.pk, reason="属于卫生计生的职责。")
    actions.return_to_router(by=reviewer, job=job.pk, reason="属于卫生计生的职责。")
    actions.reroute(by=actor("cixi-supervisor"), job=job.pk, department="wsjs", reason="属于卫生计生的职责。")
    actions.claim(by=actor("wsjs-reviewer"), job=job.pk)
    actions.conclude(by=actor("wsjs-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    actions.send_back(by=actor("wsjs-head"), job=job.pk, reason="请再核实一次。")
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.give_back(by=actor("wsjs-reviewer"), job=job.pk, reason="不想办了，退回。")
    assert "负责人改派" in told.value.message


def test_what_has_begun_in_its_name_is_not_given_back(world):
    job = make.job_of(make.told_hearing().application)
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.give_back(by=actor("scjg-reviewer"), job=job.pk, reason="领错了，不是我办的。")
    assert "听证" in told.value.message


def test_a_question_that_still_waits_for_its_answer_is_not_left_behind(world):
    asked = make.consulted("gongan")
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.give_back(by=actor("scjg-reviewer"), job=make.job_of(asked.application).pk, reason="领错了，不是我办的。")
    assert "征求意见" in told.value.message


def test_nor_one_whose_notice_of_a_special_procedure_is_on_its_way(world):
    job = make.claimed()
    actions.pause(by=actor("scjg-head"), job=job.pk, service="later", **make.TESTING)
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.give_back(by=actor("scjg-reviewer"), job=job.pk, reason="领错了，不是我办的。")
    assert "特别程序" in told.value.message
    actions.drop_pause(by=actor("scjg-head"), job=job.pk, reason=f"{'告知书开错了，不需要检测。':长<500}")
    assert actions.give_back(by=actor("scjg-reviewer"), job=job.pk, reason="领错了，不是我办的。").state == "assigned"
    with nothing_written(*ROWS), pytest.raises(WrongState, match="请先领办"):  # nor does one begin before it goes to another department
        actions.pause(by=actor("scjg-head"), job=job.pk, **make.TESTING)


def test_nor_does_a_question_stay_behind_when_it_goes_back_to_the_router(world):
    job, reviewer = make.job_of(make.accepted()), actor("scjg-reviewer")
    asked = actions.consult(by=reviewer, member=job.member_id, departments=["gongan"], question=make.QUESTION)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="先撤回征求意见"):
        actions.return_to_router(by=reviewer, job=job.pk, reason="属于卫生计生的职责。")
    actions.recall_consultation(by=reviewer, consultation=asked.pk, reason="不属于我们，撤回征求意见。")
    assert actions.return_to_router(by=reviewer, job=job.pk, reason="属于卫生计生的职责。").state == "misrouted"


def test_a_question_that_was_answered_holds_nothing_back(world):
    """It cannot be recalled any more: what was asked whose work it is would have kept it where it does not belong."""
    job, reviewer = make.claimed(), actor("scjg-reviewer")
    asked = actions.consult(by=reviewer, member=job.member_id, departments=["gongan"], question=make.QUESTION)
    actions.answer_opinion(by=actor("gongan-reviewer"), opinion=asked.opinions.get().pk, answer="disagree", reason="属于卫生计生的职责。")
    actions.give_back(by=reviewer, job=job.pk, reason="属于卫生计生的职责。")
    assert actions.return_to_router(by=reviewer, job=job.pk, reason="属于卫生计生的职责。").state == "misrouted"


def test_what_a_department_that_is_gone_owes_is_owed_by_who_took_its_work_over(world, days):
    """Its red card stood with nobody who could say why: all that was left was to take it back."""
    case, other, router = make.claimed().application, make.claimed().application, make.actor("cixi-supervisor")
    days.pass_over(case.members.get().due_on)
    owed = Card.objects.filter(application=case, state="given")
    cards, posts = set(owed.values_list("pk", flat=True)), Post.objects.filter(role__in=("reviewer", "head"))
    for role, at, department in (("reviewer", "scjg", "wsjs"), ("reviewer", "wsjs", "scjg"), ("head", "scjg", "wsjs")):
        assert cards and set(owed.values_list("pk", "department")) == {(pk, "scjg") for pk in cards}  # whose head answers for what was late there
        posts.filter(department=at, role=role).update(ended_at=now())
        actions.reroute(by=router, job=make.job_of(case).pk, department=department, reason="部门职责调整")
        deliver()
    assert set(owed.values_list("pk", "department")) == {(pk, "wsjs") for pk in cards}
    assert set(Card.objects.filter(application=other, state="given").values_list("department", flat=True)) == {"scjg"}  # it is not rerouted yet
    head = make.actor("wsjs-head")
    card = queries_cards.cards(head).latest("pk")
    assert "接办部门" in Message.objects.filter(user=make.user("wsjs-head"), kind="card", link=f"/cards/{card.pk}/").get().text
    assert Event.objects.get(chain=card.chain, name="card.hand_on").facts == {"before": "scjg", "department": "wsjs"}
    with nothing_written(Card, Message):
        handlers.work_handed_on(Event.objects.filter(name="job.reroute").latest("pk"))
    assert answer_card(by=head, card=card.pk, reason="部门合并期间没有人办理").state == "answered"


def test_told_out_of_order_what_is_owed_goes_to_who_has_the_work_now(world, days):
    """The first way was told after the second: the card lay with a department that is gone as well, and nobody could give the reason."""
    case, posts = make.claimed().application, Post.objects.filter(role__in=("reviewer", "head"))
    days.pass_over(case.members.get().due_on)
    for left, department in (("scjg", "wsjs"), ("wsjs", "gongan")):
        posts.filter(department=left).update(ended_at=now())
        actions.reroute(by=actor("cixi-supervisor"), job=make.job_of(case).pk, department=department, reason="部门职责调整")
    for event in Event.objects.filter(name="job.reroute").order_by("-pk"):
        handlers.work_handed_on(event)
    assert set(Card.objects.filter(application=case, state="given").values_list("department", flat=True)) == {"gongan"}


def test_who_has_reviewers_answers_for_what_was_late_with_it_though_its_head_is_still_to_come(world, days):
    case = make.accepted()
    days.pass_over(case.members.get().due_on)
    actions.return_to_router(by=actor("scjg-reviewer"), job=make.job_of(case).pk, reason="不属市场监管局职责")
    Post.objects.filter(department="scjg", role="head").update(ended_at=now())
    actions.reroute(by=actor("cixi-supervisor"), job=make.job_of(case).pk, department="wsjs", reason="属于卫生计生")
    deliver()
    assert set(Card.objects.filter(application=case, state="given").values_list("department", flat=True)) == {"scjg"}


def test_what_is_owed_goes_along_too_when_the_head_leaves_after_the_work(world, days):
    """It stood with nobody for good: only the way of the work itself was looked at, and the head was still there then."""
    case, other, posts = make.claimed().application, make.claimed().application, Post.objects.filter(department="scjg")
    days.pass_over(case.members.get().due_on)
    posts.filter(role="reviewer").update(ended_at=now())
    actions.reroute(by=actor("cixi-supervisor"), job=make.job_of(case).pk, department="wsjs", reason="部门职责调整")
    deliver()
    with nothing_written(Card, Message):
        tasks.mind_owed()  # its head is there
    posts.filter(role="head").update(ended_at=now())
    tasks.mind_owed()
    assert [{*Card.objects.filter(application=one, state="given").values_list("department", flat=True)} for one in (case, other)] == [{"wsjs"}, {"scjg"}]
    assert Message.objects.filter(user=make.user("wsjs-head"), text__contains="接办部门").count() == Card.objects.filter(department="wsjs", state="given").count()
    with nothing_written(Card, Message):
        tasks.mind_owed()


def test_who_has_the_work_now_is_reminded_of_its_days(world, days):
    """The reminder stayed open in the list of the department that is out of it, and was in nobody else's."""
    case = make.claimed().application
    days.pass_over(Clock.objects.get(root_id=case.pk, kind="step").due_on)
    reminder = Card.objects.get(application=case, kind="step")
    assert reminder in queries_cards.cards(actor("scjg-head"), state="open")
    actions.give_back(by=actor("scjg-reviewer"), job=make.job_of(case).pk, reason="不属市场监管局职责")
    actions.return_to_router(by=actor("scjg-reviewer"), job=make.job_of(case).pk, reason="不属市场监管局职责")
    actions.reroute(by=actor("cixi-supervisor"), job=make.job_of(case).pk, department="wsjs", reason="属于卫生计生")
    deliver()
    assert reminder in queries_cards.cards(actor("wsjs-head"), state="open") and not queries_cards.cards(actor("scjg-head"), form="alert").exists()
    told = Message.objects.filter(kind="card", title__startswith="提醒：")
    assert [told.filter(user=make.user(name)).count() for name in ("wsjs-head", "wsjs-reviewer", "scjg-head", "cixi-supervisor")] == [1, 1, 1, 1]
    with nothing_written(Card, Message):
        handlers.work_handed_on(Event.objects.filter(name="job.reroute").latest("pk"))


def test_a_card_that_is_given_again_goes_to_who_has_the_work_by_then(world, days):
    """It went to the department that had handed the work back: who has it now read nothing, and could not give the reason."""
    case = make.accepted()
    days.pass_to(Clock.objects.get(root_id=case.pk, kind="decision").yellow_on)
    cards = Card.objects.filter(application=case, kind="decision")
    closed = set_exception(by=actor("cixi-admin"), region="330282", day=today(), working=False, reason="台风停业")
    days.work()
    assert cards.get().state == "lapsed"
    actions.return_to_router(by=actor("scjg-reviewer"), job=make.job_of(case).pk, reason="不属市场监管局职责")
    actions.reroute(by=actor("cixi-supervisor"), job=make.job_of(case).pk, department="wsjs", reason="属于卫生计生")
    withdraw_exception(by=actor("cixi-admin"), exception=closed.pk, reason="台风转向")
    days.work()
    days.work()
    card = cards.get()
    assert (card.state, card.department_id) == ("given", "wsjs")
    told = Message.objects.filter(title__startswith="黄牌：", link=f"/cards/{card.pk}/")
    assert told.filter(user=make.user("wsjs-head")).exists() and told.filter(user=make.user("scjg-head")).count() == 1  # the first time
    assert answer_card(by=actor("wsjs-head"), card=card.pk, reason="刚刚转来，正在审查").state == "answered"
