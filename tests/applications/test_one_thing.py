"""What only a one-thing knows: a result handed on, one member taken back, the whole's promise, the lead's reminder, one slip."""

import pytest

from apps.applications import actions, queries_files, queries_issue, story, tracking
from apps.applications.models import Application, Job, MaterialEntry, Member
from apps.deadlines.models import Clock
from apps.directory.models import Department, Message, Post
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import now, today
from tests import make
from tests.people import nothing_written

from .test_run_bundle import SUCCESSORS, decide, restaurant, states


def member(case, code) -> Member:
    return Member.objects.get(application=case, code=code)


def test_the_whole_has_its_own_promise(world):
    """K9: shown = the earlier of the bundle's promise and the latest member; the promise alone while a member waits."""
    case = restaurant()
    promise = Clock.objects.get(root_id=case.pk, kind="bundle")
    assert (promise.subject_type, promise.started_on) == ("application", today())
    assert promise.promised == {"n": 15, "unit": "working"}
    assert Application.objects.get(pk=case.pk).due_on == promise.due_on
    assert make.case("cixi-clerk", case).application.due_on == promise.due_on
    case = decide(case, "enterprise-registration")
    latest = max(m.due_on for m in case.members.all())
    assert case.due_on == min(promise.due_on, latest)
    for code in SUCCESSORS:
        case = decide(case, code)
    promise.refresh_from_db(from_queryset=Clock.objects)
    assert (promise.state, promise.outcome) == ("stopped", "on_time")


def test_the_result_of_one_member_feeds_the_next(world):
    case = restaurant()
    line = next(m for m in case.plan["materials"] if m["supplied_by"])
    entry = MaterialEntry.objects.get(application=case, code=line["material"])
    assert entry.state == "expected"
    case = decide(case, "enterprise-registration")
    entry = MaterialEntry.objects.get(pk=entry.pk)
    paper = Document.objects.get(root_id=case.pk, kind="certificate")
    assert (entry.state, entry.supplier.code, entry.document) == ("supplied", "enterprise-registration", paper)
    assert paper.number in entry.remark
    told = Event.objects.filter(chain=case.chain, name="member.notify")
    assert {event.facts["document"] for event in told} == {paper.number}
    assert told.count() == len(SUCCESSORS)
    # The next department reads the notice and the certificate; the case's other papers are not its business.
    seen = make.case("zhujian-reviewer", case)
    assert any(paper.number in line.detail for line in seen.story)
    needing = set(line["needed_by"])
    reviewer = {
        "food-licence": "scjg-reviewer",
        "drainage-permit": "zhujian-reviewer",
        "fire-check": "xiaofang-reviewer",
    }
    for code, name in reviewer.items():
        if code in needing:
            assert queries_files.document(make.actor(name), paper.pk) == paper


def test_what_is_made_anew_feeds_those_who_still_wait_for_it(world):
    """The next department could open nothing but the superseded certificate."""
    case = decide(restaurant(), "enterprise-registration")
    case = decide(case, "food-licence")
    row = member(case, "enterprise-registration")
    make.filed(case.pk)
    actions.register_seal(by=make.actor("scjg-seal"), member=row.pk, seal_number="3302821000001")
    actions.reissue(by=make.actor("scjg-head"), member=row.pk, reason="名称写错一个字", corrected={"name": "慈溪市壹味餐饮店"})
    _, new = Document.objects.filter(member_id=row.pk, kind="certificate").order_by("pk")
    line = next(m for m in case.plan["materials"] if m["supplied_by"])
    assert MaterialEntry.objects.get(application=case, code=line["material"]).document == new
    assert queries_files.document(make.actor("zhujian-reviewer"), new.pk) == new
    for code in ("drainage-permit", "fire-check"):
        case = decide(case, code)
    make.filed(case.pk)
    actions.register_seal(by=make.actor("scjg-seal"), member=row.pk, seal_number="3302821000001")
    actions.reissue(by=make.actor("cixi-issue"), member=row.pk, reason="申请人书面说明证照遗失")
    assert MaterialEntry.objects.get(application=case, code=line["material"]).document == new  # what it was decided on


def test_a_paper_that_is_cancelled_is_marked_where_it_was_handed_on(world):
    """It lay there as received: who examines it in the next department read nothing else of it."""
    case = decide(restaurant(), "enterprise-registration")
    row = member(case, "enterprise-registration")
    seal(row)
    actions.hand_over(by=make.actor("cixi-issue"), application=case.pk, members=[row.pk], collection=make.collection())
    actions.cancel_certificate(by=make.actor("scjg-head"), member=row.pk, ground="other", reason="依照法规的规定应当注销这份执照。")
    entry = MaterialEntry.objects.get(application=case, supplier=row)
    assert "的证照已于" in entry.remark and "注销。由“" in entry.remark and states(case)["fire-check"] == "accepted"


def test_a_refusal_hands_nothing_on(world):
    case = decide(restaurant(), "enterprise-registration", "refuse")
    assert not Event.objects.filter(chain=case.chain, name="member.notify").exists()
    assert {e.state for e in case.materials.all() if e.supplier_id} == set()


def test_one_member_is_taken_back_and_the_rest_goes_on(world):
    case = restaurant()
    with pytest.raises(WrongState, match="其余的事项都要等它办出来"):  # the first of all, and no “last one”
        actions.withdraw_member(by=make.actor("enterprise"), member=member(case, "enterprise-registration").pk, reason="不办了")
    case = decide(case, "enterprise-registration")
    row = actions.withdraw_member(by=make.actor("enterprise"), member=member(case, "fire-check").pk, reason="不扩大了")
    assert row.state == "withdrawn"
    assert Document.objects.get(root_id=case.pk, kind="withdrawal").member_id == row.pk
    assert states(case)["food-licence"] == "accepted"
    case = decide(case, "food-licence")
    actions.withdraw_member(by=make.actor("enterprise"), member=member(case, "drainage-permit").pk, reason="另行办理")
    # The last one that was open: the whole could not be withdrawn any more.
    assert Application.objects.values_list("state", "outcome").get(pk=case.pk) == ("done", "partly_granted")


def test_what_comes_after_a_withdrawn_one_is_not_started(world):
    case = make.accepted("open-ktv", situations={"already_registered": True})
    clerk = make.actor("cixi-clerk")
    actions.withdraw_member(by=clerk, member=member(case, "fire-check").pk, reason="先不做消防")
    assert states(case) == {
        "fire-check": "withdrawn",
        "public-place-health-licence": "accepted",
        "entertainment-licence": "not_started",
    }
    with nothing_written(Member, Document), pytest.raises(WrongState, match="最后在办"):  # the last one: the whole is withdrawn
        actions.withdraw_member(by=clerk, member=member(case, "public-place-health-licence").pk, reason="也不办了")


def test_a_decided_one_is_not_taken_back(world):
    case = decide(restaurant(), "enterprise-registration")
    with nothing_written(Member, Document), pytest.raises(WrongState):
        actions.withdraw_member(
            by=make.actor("enterprise"), member=member(case, "enterprise-registration").pk, reason="不要了"
        )
    for name, refusal in (("scjg-head", Forbidden), ("citizen", NotYours)):
        with nothing_written(Member, Document), pytest.raises(refusal):
            actions.withdraw_member(by=make.actor(name), member=member(case, "fire-check").pk, reason="不要了")


def test_the_lead_chases_once_a_day_and_decides_for_nobody(world, time_machine):
    case, lead = restaurant(), make.actor("scjg-head")
    with nothing_written(Member), pytest.raises(WrongState):  # it has not begun
        actions.remind(by=lead, member=member(case, "fire-check").pk)
    case = decide(case, "enterprise-registration")
    other = member(case, "fire-check")
    actions.remind(by=lead, member=other.pk, text="请尽快现场检查")
    heard = Message.objects.filter(key__startswith="remind:", text__contains="请尽快现场检查")
    assert {one.user.username for one in heard} == {"xiaofang-head", "xiaofang-reviewer"}
    with nothing_written(Member), pytest.raises(WrongState):
        actions.remind(by=lead, member=other.pk)
    for name, refusal in (("zhujian-head", Forbidden), ("cixi-clerk", Forbidden), ("wsjs-head", NotYours)):
        with nothing_written(Member), pytest.raises(refusal):
            actions.remind(by=make.actor(name), member=member(case, "drainage-permit").pk)
    assert any(line.title.endswith("催办") for line in make.case("xiaofang-reviewer", case).story)
    lost = Job.objects.get(member=member(case, "drainage-permit"))
    actions.return_to_router(by=make.actor("zhujian-reviewer"), job=lost.pk, reason="不属本科室职责")
    actions.remind(by=lead, member=lost.member_id)  # told to who sends it on, and no more to who handed it back
    told = Message.objects.filter(key__startswith=f"remind:{lost.member_id}:")
    assert {(one.user.username, one.link) for one in told} == {("cixi-supervisor", f"/review/router/{lost.pk}/")}
    Post.objects.filter(department="scjg").update(ended_at=now())
    with nothing_written(Member), pytest.raises(WrongState, match="催办没有人收到"):
        actions.remind(by=make.actor("cixi-supervisor"), member=member(case, "food-licence").pk)


def test_a_lead_without_a_member_of_its_own_sees_the_progress(world):
    """办民宿 is led by the tourism office, which decides nothing in it."""
    case = make.accepted("open-homestay", situations={"already_registered": True, "serves_meals": False})
    assert "lvyou" not in case.departments
    seen = make.case("lvyou-head", case)
    assert {m.code for m in seen.members} == set(states(case))
    assert (seen.materials, seen.needs) == ([], frozenset())
    actions.remind(by=make.actor("lvyou-head"), member=member(case, "fire-check").pk)


def test_who_has_the_item_for_which_it_was_led_leads_the_whole(world):
    """The lead's only item went to another department, as when the two were merged: who had nothing left of the case led it for good."""
    case = make.accepted("open-printing-plant", situations={"already_registered": True, "eia_class": "form"})
    job = Job.objects.get(member=member(case, "printing-licence"))
    assert (case.lead, [one.code for one in case.members.filter(department="wenguang")]) == ("wenguang", ["printing-licence"])
    actions.return_to_router(by=make.actor("wenguang-reviewer"), job=job.pk, reason="职责划转")
    actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="wsjs", reason="职责划转")
    case = Application.objects.get(pk=case.pk)
    assert case.lead == "wsjs" and "wenguang" not in case.departments
    with nothing_written(Member), pytest.raises(NotYours):
        actions.remind(by=make.actor("wenguang-head"), member=member(case, "eia-form").pk)
    actions.remind(by=make.actor("wsjs-head"), member=member(case, "eia-form").pk)
    actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="不再经营")
    paper = Document.objects.get(root_id=case.pk, kind="withdrawal")
    assert (paper.department, paper.payload["agency"]["name"]) == ("wsjs", Department.objects.get(pk="wsjs").name)


def test_where_nobody_is_left_the_lead_goes_with_the_first_item(world):
    """Another of its items waits for this one, or is decided: its department was merged away all the same."""
    case = restaurant()
    job = Job.objects.get(member=member(case, "enterprise-registration"))
    assert case.lead == job.department_id == member(case, "food-licence").department_id == "scjg"
    Post.objects.filter(department="scjg", role="reviewer").update(ended_at=now())
    router = {"by": make.actor("cixi-supervisor"), "job": job.pk, "reason": "机构改革划转"}
    actions.reroute(department="wsjs", **router)
    assert Application.objects.get(pk=case.pk).lead == "scjg"  # a head is there, who leads
    Post.objects.filter(department="scjg").update(ended_at=now())
    case = restaurant()
    actions.reroute(department="wsjs", **router | {"job": Job.objects.get(application=case).pk})
    assert Application.objects.get(pk=case.pk).lead == "wsjs"


def test_the_results_wait_for_each_other_where_they_are_taken_together(world):
    case = make.accepted("open-ktv", situations={"already_registered": True})
    assert case.issue == "together"
    case.plan["members"] = [{**one, "hearing_required": False} for one in case.plan["members"]]  # a story of its own
    Application.objects.filter(pk=case.pk).update(plan=case.plan)
    case = decide(case, "fire-check")
    first = member(case, "fire-check")
    seal(first)
    issue = make.actor("cixi-issue")
    assert not queries_issue.issue_queue(issue).exists()
    with nothing_written(Member, Document), pytest.raises(WrongState) as told:
        actions.hand_over(by=issue, application=case.pk, members=[first.pk], collection=make.collection())
    assert "公共场所" in told.value.message
    case = decide(case, "public-place-health-licence", "refuse")
    case = decide(case, "entertainment-licence")
    for code in ("public-place-health-licence", "entertainment-licence"):
        assert not Document.objects.filter(root_id=case.pk, kind="pickup_slip").exists()
        seal(member(case, code))
    slip = Document.objects.get(root_id=case.pk, kind="pickup_slip")
    assert slip.payload["waits_for_all"]
    assert {line["item"] for line in slip.payload["results"]} == set(case.members.values_list("name", flat=True))
    ready = list(queries_issue.issue_queue(issue))
    assert len(ready) == 3
    actions.hand_over(by=issue, application=case.pk, members=[m.pk for m in ready], collection=make.collection())
    assert set(states(case).values()) == {"collected"}


def seal(row: Member) -> None:
    make.filed(row.application_id)
    who = "scjg-seal" if row.department_id == "scjg" else f"{row.department_id}-head"
    actions.register_seal(by=make.actor(who), member=row.pk, seal_number="3302821000001")


def test_the_applicant_chooses_where_the_one_thing_lets_him(world):
    clerk = make.actor("cixi-clerk")
    given = {"mother_insured": False, "birth_recorded": True}
    row = actions.open_draft(by=clerk, code="newborn", situations=given)
    assert row.issue == "as_ready"
    assert actions.save_draft(by=clerk, application=row.pk, issue="together").issue == "together"
    fixed = actions.open_draft(by=clerk, code="open-ktv", situations={"already_registered": True})
    for wrong, on in (("as_ready", fixed), ("sometimes", row)):
        with nothing_written(Application), pytest.raises(Refused):
            actions.save_draft(by=clerk, application=on.pk, issue=wrong)


def test_a_gap_of_one_who_waits_is_his_when_he_starts(world):
    """No certificate while a gap is open, also of a member that began later (K10)."""
    case = restaurant()
    line = next(
        m
        for m in case.plan["materials"]
        if m["necessity"] == "tolerable" and not m["supplied_by"] and "enterprise-registration" not in m["needed_by"]
    )
    case = decide(restaurant(gaps=[line["material"]]), "enterprise-registration")
    needing = Member.objects.filter(application=case, code__in=line["needed_by"])
    assert {m.state for m in needing} == {"accepted_with_gap"}
    assert Clock.objects.filter(root_id=case.pk, kind="gap").count() == len(needing)
    with pytest.raises(WrongState):
        decide(case, needing[0].code)
    assert not Document.objects.filter(root_id=case.pk, member_id=needing[0].pk).exists()
    actions.supply_gap(
        by=make.actor("cixi-clerk"), application=case.pk, materials={line["material"]: {"state": "confirmed"}}
    )
    assert not Member.objects.filter(application=case, gap_open=True).exists()


def test_a_department_reads_of_a_gap_only_where_it_needs_the_material(world):
    """Elsewhere the line of acceptance ended in “容缺后补：” and named nothing."""
    line = next(m for m in restaurant().plan["materials"] if m["necessity"] == "tolerable" and m["needed_by"] == ["drainage-permit"])
    case = restaurant(gaps=[line["material"]])
    told = [next(one for one in make.case(name, case).story if one.title == "予以受理") for name in ("zhujian-head", "xiaofang-head")]
    assert [one.detail for one in told] == [f"容缺后补：{line['name']}", ""]


def test_what_came_for_a_notice_is_cut_to_who_needs_it(world):
    given = {"subject_kind": "enterprise", "small_shop": False, "dining_area": 600}
    plan = make.draft("open-restaurant", situations=given).plan
    code = next(m["material"] for m in plan["materials"] if m["needed_by"] == ["drainage-permit"] and not m["supplied_by"])
    case = make.awaiting("open-restaurant", situations=given, missing=(code,))
    came = {code: {"state": "supplied", "originals": 1, "remark": "业主电话另附"}}
    actions.take_supplement(by=make.actor("cixi-clerk"), application=case.pk, materials=came)
    told = [make.case(name, case).notices[0] for name in ("zhujian-head", "xiaofang-head")]
    assert [(len(one.gaps), list(one.came)) for one in told] == [(1, [code]), (0, [])]
    story = {entry.name: entry.detail for entry in make.case("xiaofang-head", case).story}  # names nothing, and leaves no gap where it would
    assert "前（含当日）补齐。逾期" in story["application.ask_supplement"] and story["application.take_supplement"] == ""


def test_a_department_reads_of_a_pre_check_and_of_a_virus_nothing_of_what_others_need(world):
    """The clerk's whole list stood there in his own words; of a material that is not named a colon was left at the head of the line."""
    given = {"subject_kind": "enterprise", "small_shop": False, "dining_area": 600, "by_agent": False}
    home, clerk, owner = make.from_home("open-restaurant", situations=given), make.actor("cixi-clerk"), make.actor("enterprise")
    actions.begin_pre_check(by=clerk, application=home.pk)
    actions.return_pre_check(by=clerk, application=home.pk, reason="排水管线图看不清")
    home.materials.exclude(state="expected").update(state=MaterialEntry.State.SUPPLIED)
    actions.receive(by=owner, application=home.pk)
    home = actions.accept(by=clerk, application=home.pk)
    line = next(m for m in home.plan["materials"] if m["needed_by"] == ["drainage-permit"])
    virus = Event(name="application.refuse_file", at=now(), subject_type="application", by_kind="system", facts={"material": line["material"]})
    told = [[e.detail for e in make.case(name, home).story if e.title == "预审退回"] for name in ("cixi-clerk", "enterprise", "xiaofang-head")]
    told += [[e.detail for e in story.tell(home, [], [virus], public=False, hidden=hidden)] for hidden in ((), {line["material"]})]
    assert told == [["排水管线图看不清"]] * 2 + [[""], [f"{line['name']}：请杀毒后重新拍照、扫描再上传。"], ["请杀毒后重新拍照、扫描再上传。"]]


def test_each_gap_is_told_once_and_names_its_departments(world):
    case = make.received(
        "open-restaurant", situations={"subject_kind": "enterprise", "small_shop": False, "dining_area": 600}
    )
    shared = max((m for m in case.plan["materials"] if not m["supplied_by"]), key=lambda m: len(m["needed_by"]))
    clerk = make.actor("cixi-clerk")
    actions.correct(
        by=clerk,
        application=case.pk,
        reason="材料漏标",
        materials={shared["material"]: {"state": "missing", "originals": 0}},
    )
    actions.ask_supplement(by=clerk, application=case.pk, gaps=[{"material": shared["material"]}])
    notice = Document.objects.get(root_id=case.pk, kind="supplement_notice")
    (gap,) = notice.payload["gaps"]
    for code in shared["needed_by"]:
        assert case.plan_of(code)["department_name"] in gap["used_by"]


def told(case) -> list[str]:
    return list(Message.objects.filter(root_id=case.pk).order_by("pk").values_list("title", flat=True))


def test_nobody_is_called_for_a_result_that_waits(world):
    """Taken together: one message when the last one lies there; the public story says so too. A refused one comes with it."""
    given = {"already_registered": True, "serves_meals": False}
    case = make.accepted("open-homestay", situations=given)
    for number, row in enumerate(case.members.all()):
        case = decide(case, row.code, "refuse" if number == 0 else "grant")
        seal(member(case, row.code))
        make.deliver_all()
        last = number == len(case.plan["members"]) - 1
        assert [title for title in told(case) if "领取" in title] == (["全部办好，可以领取了：办民宿"] if last else [])
        if not last:
            assert "全部办好后一次领取" in tracking.track(case.number, make.MOBILE).now[2]
    story = [line.title for line in tracking.track(case.number, make.MOBILE).story]
    assert story.count("全部办好，可以领取") == 1


def test_who_takes_each_as_it_is_ready_is_called_for_each(world):
    case = decide(restaurant(), "enterprise-registration")
    seal(member(case, "enterprise-registration"))
    make.deliver_all()
    assert "可以领取了：企业设立登记" in told(case)
    assert "可以先领取已经办好的：企业设立登记" in tracking.track(case.number, make.MOBILE).now[2]
    issue = make.actor("cixi-issue")
    (ready,) = queries_issue.issue_queue(issue)
    actions.hand_over(by=issue, application=case.pk, members=[ready.pk], collection=make.collection())
    assert states(case)["enterprise-registration"] == "collected"
    actions.ask_cancellation(by=make.actor("enterprise"), member=ready.pk, reason="不再经营")  # while the others are examined
    what, holder, _ = tracking.track(case.number, make.MOBILE).now
    assert "等部门决定" in what and "部门正在审查" in what and holder.startswith("审批部门、")


def test_the_applicants_choice_binds_the_desk(world):
    """新生儿出生 leaves the choice to the applicant: who chose together waits, who did not is handed what is ready."""
    given = {"mother_insured": False, "birth_recorded": True}
    issue = make.actor("cixi-issue")
    for choice, waits in (("together", True), ("as_ready", False)):
        row = make.draft("newborn", situations=given)
        row = actions.save_draft(by=make.actor("cixi-clerk"), application=row.pk, issue=choice)
        actions.receive(by=make.actor("cixi-clerk"), application=row.pk)
        case = actions.accept(by=make.actor("cixi-clerk"), application=row.pk)
        case = decide(case, "birth-certificate")
        first = member(case, "birth-certificate")
        seal(first)
        assert queries_issue.issue_queue(issue).filter(application=case).exists() != waits
        hand = {"application": case.pk, "members": [first.pk], "collection": make.collection()}
        if waits:
            with nothing_written(Member, Document), pytest.raises(WrongState):
                actions.hand_over(by=issue, **hand)
        else:
            actions.hand_over(by=issue, **hand)
            assert states(case)["birth-certificate"] == "collected"
