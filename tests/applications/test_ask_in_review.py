"""A supplement asked for during the review: the clock goes on, what came stands beside what was there, silence ends nothing."""

from datetime import date, timedelta

import pytest

from apps.applications import actions, tracking
from apps.applications.models import Application, Attachment, MaterialEntry, Member, ReviewSupplement
from apps.deadlines.models import Clock
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today
from tests import make
from tests.applications.test_run_bundle import decide, restaurant
from tests.people import nothing_written
from tests.web.conftest import client_of

ROWS = (Member, Clock, Document, ReviewSupplement, MaterialEntry)
MONDAY = date(2026, 11, 2)
PROOF, PLAN = (
    {"material": "premises_proof", "problem": "租赁期限已届满"},
    {"material": "floor_plan", "problem": "未标明后厨"},
)
PDF = b"%PDF-1.4 fresh"


def ask(job, *gaps, **given):
    by = make.actor(f"{job.department_id}-reviewer")
    return actions.ask_in_review(by=by, job=job.pk, gaps=list(gaps), **given)


def take(supplement, *codes, by="cixi-clerk"):
    given = {code: {"originals": 1, "copies": 2, "remark": "新签租赁合同"} for code in codes}
    return actions.take_in_review(by=make.actor(by), supplement=supplement.pk, materials=given)


def told_to(username: str) -> list[str]:
    titles = Message.objects.filter(user__username=username, title__startswith="补正").order_by("pk").values_list("title", flat=True)
    return [title.split("：")[0] for title in titles]


def conclude(job, recommendation="refuse"):
    by = make.actor(f"{job.department_id}-reviewer")
    return actions.conclude(by=by, job=job.pk, recommendation=recommendation, opinion="材料不符合规定的条件。")


def clocks(case):
    return dict(Clock.objects.filter(root_id=case).exclude(state="stopped").values_list("kind", "due_on"))


def without_rectification(days):
    """食品经营许可's own rule excludes 整改; here its plan does not."""
    days.at(MONDAY)
    case = make.accepted()
    case.plan["members"][0]["pause_grounds"] = ["inspection"]
    Application.objects.filter(pk=case.pk).update(plan=case.plan)
    return actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(case).pk)


def test_the_clock_goes_on_and_what_came_stands_beside_what_was_there(long_ago, days):
    job = without_rectification(days)
    before = clocks(job.application_id)["decision"]
    for words in ("problem", "requirement", "how"):  # its notice could not be printed
        with nothing_written(*ROWS), pytest.raises(Refused, match="印不出来的符号：☑") as told:
            ask(job, PROOF | {words: "☑租赁合同"}, PLAN)
        assert told.value.field == "gaps.premises_proof"
    supplement = ask(job, PROOF, PLAN, cure_days=4)
    assert (supplement.state, supplement.cure_by, supplement.excluded) == ("asked", date(2026, 11, 6), False)
    told = Document.objects.get(kind="review_supplement_notice").payload
    assert told["due_on"] == before.isoformat() and not told["excluded"]
    assert [gap["problem"] for gap in told["gaps"]] == ["租赁期限已届满", "未标明后厨"]
    days.at(date(2026, 11, 4))
    supplement = take(supplement, "premises_proof")
    assert [gap["material"] for gap in supplement.missing] == ["floor_plan"]
    slip = Document.objects.get(kind="review_supplement_slip").payload
    assert slip["still_missing"] == ["经营场所平面布局图"] or len(slip["still_missing"]) == 1
    assert clocks(job.application_id) == {
        **clocks(job.application_id),
        "decision": before,
        "review_cure": supplement.cure_by,
    }
    with nothing_written(*ROWS), pytest.raises(Refused):  # came already
        take(supplement, "premises_proof")
    line = MaterialEntry.objects.get(application=job.application_id, code="premises_proof")
    assert (line.state, line.originals, line.copies) == ("supplemented", 1, 0)  # what was there first stays
    assert supplement.came["premises_proof"]["copies"] == 2
    assert not told_to("scjg-reviewer")  # one of two
    assert take(supplement, "floor_plan").state == "complete"
    assert told_to("scjg-reviewer") == ["补正已补齐"]  # who may give no opinion before
    assert clocks(job.application_id).keys() == {"decision", "step"}
    assert Member.objects.get(pk=job.member_id).supplement_by is None
    assert conclude(job, "grant").state == "concluded"


def test_silence_ends_nothing_and_the_department_decides_on_what_it_has(long_ago, days):
    job = without_rectification(days)
    supplement = ask(job, PROOF, cure_days=3)
    days.pass_to(supplement.cure_by)  # the last day is not past
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        conclude(job)
    assert "期限没有届满" in told.value.message
    days.at(supplement.cure_by, 23)
    days.after(supplement.cure_by)
    days.at(date(2026, 11, 10))  # everything was down for days
    days.work()
    assert ReviewSupplement.objects.get().state == "unanswered"
    assert told_to("scjg-reviewer") == ["补正期限已过"]
    case = Application.objects.get(pk=job.application_id)
    assert (case.state, Member.objects.get(pk=job.member_id).state) == ("in_progress", "in_review")
    assert actions.expire_in_review(member=job.member_id) is False
    concluded = conclude(job)
    reason = "经营场所证明逾期未更正，不符合规定条件。"
    member = actions.decide(by=make.actor("scjg-head"), job=concluded.pk, decision="refuse", reason=reason)
    assert (member.state, ReviewSupplement.objects.get().state) == ("refused", "closed")
    with nothing_written(*ROWS), pytest.raises(WrongState):
        take(supplement, "premises_proof")
    story = [entry.title for entry in make.case("enterprise", case).story]
    assert "审查中要求补正" in story and "审查补正期限已过" in story


def test_what_comes_late_is_still_taken_while_nothing_is_decided(long_ago, days):
    job = without_rectification(days)
    supplement = ask(job, PROOF, cure_days=1)
    days.pass_over(supplement.cure_by)
    assert take(supplement, "premises_proof").state == "complete"
    assert Event.objects.get(name="reviewsupplement.take").facts["late"] is True


@pytest.mark.parametrize("first", ["what is late", "what is asked now"])
def test_of_two_requests_each_keeps_its_own_day(long_ago, days, first):
    """What came late ended the day of what was asked since: a refusal need not wait for it, and it could never run out."""
    job = without_rectification(days)
    late = ask(job, PROOF, cure_days=1)
    days.pass_over(late.cure_by)
    asked = ask(job, PLAN, cure_days=2)
    if first == "what is late":
        assert take(late, "premises_proof").state == "complete"
        with nothing_written(*ROWS), pytest.raises(WrongState, match="期限没有届满"):
            conclude(job)
        days.pass_over(asked.cure_by)
        assert ReviewSupplement.objects.get(pk=asked.pk).state == "unanswered"
        return
    assert take(asked, "floor_plan").state == "complete" and "review_cure" not in clocks(job.application_id)
    assert Member.objects.get(pk=job.member_id).supplement_by == late.cure_by
    actions.decide(by=make.actor("scjg-head"), job=conclude(job).pk, decision="refuse", reason="经营场所证明逾期未更正，不符合规定条件。")
    assert ReviewSupplement.objects.get(pk=late.pk).state == "closed"


def test_what_the_answer_put_right_asks_no_more_is_not_waited_for(world):
    """An answer neither, which the form takes no more: nobody could give it, and the notice's case ended as withdrawn."""
    draft, line = make.draft(without=("floor_plan",)), [{"element": "premises_area", "over": 5}]
    next(one for one in draft.plan["materials"] if one["material"] == "floor_plan")["when"] = line
    form = draft.plan["elements"]
    form.append({**form[0], "element": "why", "name": "面积说明", "type": "text", "required": False, "when": line})
    Application.objects.filter(pk=draft.pk).update(plan=draft.plan)
    by, home, area = make.actor("cixi-clerk"), make.actor("enterprise"), draft.answers["premises_area"]
    wrong = [{"element": code, "problem": "与产权证上的面积不一致"} for code in ("premises_area", "why")]
    actions.receive(by=by, application=draft.pk)
    actions.ask_supplement(by=by, application=draft.pk, fields=wrong, gaps=[{"material": "floor_plan"}])
    actions.mend(by=home, application=draft.pk, answers={"premises_area": "4", "why": "自有"})
    client = client_of("enterprise")
    page = client.get(f"/my/{draft.pk}/supplement/")
    assert "要补的都传好了，还没有提交" in client.get(f"/my/{draft.pk}/").text
    assert (page.context["waiting"], [line.element for line, _ in page.context["answers"]]) == (0, ["premises_area"])
    assert actions.resubmit(by=home, application=draft.pk).state == "checking"
    case = actions.accept(by=by, application=draft.pk)
    Application.objects.filter(pk=draft.pk).update(answers=case.answers | {"premises_area": area})
    job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(case).pk)
    supplement = ask(job, PLAN, fields=wrong)
    assert actions.take_in_review(by=by, supplement=supplement.pk, answers={"premises_area": "4"}).state == "complete"


def test_what_it_lets_go_another_department_does_not_wait_for(world):
    """A request of which nothing was left could only run out."""
    case, (asks, waits) = decide(restaurant(), "enterprise-registration"), ("food-licence", "drainage-permit")
    next(one for one in case.plan["materials"] if one["material"] == "pipe_drawing")["when"] = [{"element": "premises_area", "over": 5}]
    Application.objects.filter(pk=case.pk).update(plan=case.plan)
    jobs = {job.member.code: job for job in case.jobs.filter(member__code__in=[asks, waits])}
    for job in jobs.values():
        actions.claim(by=make.actor(f"{job.department_id}-reviewer"), job=job.pk)
    other = ask(jobs[waits], {"material": "pipe_drawing", "problem": "没有盖章"})
    wrong = ask(jobs[asks], fields=[{"element": "premises_area", "problem": "与产权证上的面积不一致"}])
    actions.take_in_review(by=make.actor("cixi-clerk"), supplement=wrong.pk, answers={"premises_area": "4"})
    assert ReviewSupplement.objects.get(pk=other.pk).state == "complete"
    assert Member.objects.get(pk=jobs[waits].member_id).supplement_by is None


def test_what_the_answer_put_right_asks_for_anew_is_told_where_it_is_decided(world):
    """The request was complete, plan and explanation never came, and reviewer and head granted it without a word. It holds nothing back:
    who was deemed accepted was asked for nothing, and the department decides on what it has."""
    draft = make.draft(without=("floor_plan",))
    line = next(one for one in draft.plan["materials"] if one["material"] == "floor_plan")
    line["when"] = [{"element": "premises_area", "over": 500}]
    form, larger = draft.plan["elements"], {"required": True, "when": line["when"], "required_when": None}
    form.append({**form[0], "element": "why", "name": "面积说明", "type": "text", **larger})
    Application.objects.filter(pk=draft.pk).update(plan=draft.plan)
    actions.receive(by=make.actor("cixi-clerk"), application=draft.pk)
    job = make.job_of(actions.accept(by=make.actor("cixi-clerk"), application=draft.pk))
    reviewer, head, page, told = client_of("scjg-reviewer"), client_of("scjg-head"), f"/review/{job.pk}/", f"应填的没有填：面积说明；应交的材料没有交：{line['name']}"
    job = actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    supplement = ask(job, fields=[{"element": "premises_area", "problem": "与产权证上的面积不一致"}])
    assert told not in reviewer.get(page).text
    assert actions.take_in_review(by=make.actor("cixi-clerk"), supplement=supplement.pk, answers={"premises_area": "600"}).state == "complete"
    assert told in reviewer.get(page).text
    conclude(job, "grant")
    assert told in head.get(page).text and told in head.get(f"{page}decide/").text
    assert told not in head.get(f"{page}decide/?decision=refuse").text
    assert actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant").state == "granted"


def test_the_opinion_does_not_wait_for_the_sweep(long_ago, days):
    job = without_rectification(days)
    supplement = ask(job, PROOF, cure_days=1)
    days.after(supplement.cure_by)
    assert conclude(job).state == "concluded"


def test_an_items_own_rule_leaves_the_time_out(long_ago, days):
    days.at(MONDAY)
    supplement = make.asked_in_review()
    assert supplement.excluded and Document.objects.get(kind="review_supplement_notice").payload["excluded"]


def test_one_at_a_time_and_each_gap_once(long_ago, days):
    job = without_rectification(days)
    supplement = ask(job, PROOF, cure_days=2)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        ask(job, PLAN)
    take(supplement, "premises_proof")
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        ask(job, PROOF)
    assert told.value.code == "review.once"
    assert ask(job, PLAN, cure_days=1).state == "asked"


def test_what_may_be_asked(long_ago, days):
    job = without_rectification(days)
    foreign = {"material": "no_such_thing", "problem": "想看一看"}
    for gaps in ([], [foreign], [{"material": "premises_proof"}], [{"material": "premises_proof", "problem": "旧"}]):
        with nothing_written(*ROWS), pytest.raises(Refused):
            ask(job, *gaps)
    due = clocks(job.application_id)["decision"]
    with nothing_written(*ROWS), pytest.raises(Refused) as told:  # the clock goes on: it must come before the end
        ask(job, PROOF, cure_days=30)
    assert told.value.field == "cure_days" and f"{due:%Y年%-m月%-d日}" in told.value.message
    days.at(due)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="来不及补正"):  # nor does the last day itself leave time for it
        ask(job, PROOF)
    days.at(due + timedelta(days=1))
    assert ask(job, PROOF).state == "asked"  # who is late already is not made late by asking
    gap = make.claimed(gaps=["floor_plan"])
    with nothing_written(*ROWS), pytest.raises(Refused):  # promised already
        ask(gap, PLAN)


def test_from_home_a_new_file_comes_first(long_ago, days):
    job = without_rectification(days)
    Application.objects.filter(pk=job.application_id).update(channel="online")
    form = MaterialEntry.objects.filter(application=job.application_id, code="application_form")
    form.update(originals=0, remark="网上填报")
    supplement = ask(job, PROOF, {"material": "application_form", "problem": "第二页填写不全"})
    citizen = make.actor("enterprise")
    wrong = actions.attach(by=citizen, application=job.application_id, material="application_form", name="错.pdf", content=PDF)
    actions.remove_attachment(by=citizen, application=job.application_id, attachment=wrong.pk)
    assert form.get().state == "supplied"  # what was filled in stands
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        take(supplement, "premises_proof", by="enterprise")
    assert "上传" in told.value.message
    days.at(date(2026, 11, 3))
    for code in (asked := ("premises_proof", "application_form")):
        actions.attach(by=citizen, application=job.application_id, material=code, name="新.pdf", content=PDF)
    assert take(supplement, *asked, by="enterprise").state == "complete"
    assert all(file.at > supplement.asked_at for file in Attachment.objects.filter(removed_at=None))


def test_a_promise_ends_with_the_answer_that_asked_for_it(world):
    """Put right in review, the answer asks for the plan no more: nothing is owed, no acceptance is revoked for it, and it may be granted."""
    clerk = make.actor("cixi-clerk")
    draft = make.draft(without=("floor_plan",))
    plan = draft.plan
    line = next(one for one in plan["materials"] if one["material"] == "floor_plan")
    line["when"] = [{"element": "premises_area", "over": 50}]
    Application.objects.filter(pk=draft.pk).update(plan=plan)
    row = actions.accept(by=clerk, application=actions.receive(by=clerk, application=draft.pk).pk, promised=["floor_plan"])
    job = make.job_of(row)
    actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    wrong = {"element": "premises_area", "problem": "与产权证上的面积不一致"}
    asked = actions.ask_in_review(by=make.actor("scjg-reviewer"), job=job.pk, fields=[wrong])
    member = make.member_of(row)
    assert member.gap_open and Clock.objects.get(root_id=row.pk, kind="gap").stopped_on is None
    actions.mend(by=make.actor("enterprise"), application=row.pk, supplement=asked.pk, answers={"premises_area": "60"})
    assert make.member_of(row).gap_open
    actions.mend(by=make.actor("enterprise"), application=row.pk, supplement=asked.pk, answers={"premises_area": "40"})
    assert not make.member_of(row).gap_open and Clock.objects.get(root_id=row.pk, kind="gap").stopped_on == today()
    assert Event.objects.filter(name="member.cure_gap", subject_id=member.pk).count() == 1


def test_in_a_one_thing_the_story_says_of_which_item_more_was_asked(world):
    """Two departments asked on one day, and the applicant read two equal lines, and of a hearing not of what."""
    case, by = decide(restaurant(), "enterprise-registration"), make.actor("wsjs-reviewer")
    jobs = {job.member.code: job for job in case.jobs.filter(state="assigned")}
    for code, what in (("food-licence", "floor_plan"), ("drainage-permit", "pipe_drawing")):
        actions.claim(by=make.actor(f"{jobs[code].department_id}-reviewer"), job=jobs[code].pk)
        ask(jobs[code], {"material": what, "problem": "没有盖章"})
    job = jobs["food-licence"]
    reviewer = make.actor(f"{job.department_id}-reviewer")
    actions.tell_hearing(by=reviewer, job=job.pk, **make.INTEREST)
    asked = actions.consult(by=reviewer, member=job.member_id, departments=["wsjs"], question="经营场所的卫生条件是否符合要求？")
    actions.answer_opinion(by=by, opinion=asked.opinions.get().pk, answer="agree", reason="符合要求，没有意见。")
    food, drain = (jobs[code].member.name for code in ("food-licence", "drainage-permit"))
    public = [f"{food}：审查中要求补正", f"{drain}：审查中要求补正", f"{food}：告知听证权利"]
    inner = [f"{food}：向其他部门征求意见", f"{food}：部门答复意见", f"{food}：征求的意见已收齐"]
    number, told = Application.objects.get(pk=case.pk).number, {}
    for who, story in (
        ("tracked", tracking.track(number, make.MOBILE).story),
        *((name, make.case(name, case).story) for name in ("enterprise", "cixi-clerk")),
    ):
        told[who] = [one.title for one in story if one.name.partition(".")[0] in ("reviewsupplement", "hearing", "consultation", "opinion")]
    assert told == {"tracked": public, "enterprise": public, "cixi-clerk": public + inner}
