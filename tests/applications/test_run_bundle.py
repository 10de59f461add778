"""One thing: members in parallel and in sequence. Parallel ones are accepted with the whole, a sequential one starts on the
written notice that its predecessors are granted (ZJR 5(3)); the whole's state is derived (DOMAIN.md 3.3, K9)."""

import pytest
import yaml

from apps.applications import actions
from apps.applications.actions import redate
from apps.applications.models import Application, Job, Member
from apps.applications.telling import words_for
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.deadlines.models import Clock
from apps.deadlines.queries import calendar
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.models import Delivery, Event
from apps.kit.errors import NotYours, WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

BIG = {"subject_kind": "enterprise", "small_shop": False, "dining_area": 600}


def restaurant(**given):
    """开饭店: 企业登记, then 食品经营, 排水 and 消防 in parallel."""
    return make.accepted("open-restaurant", situations=given.pop("situations", BIG), **given)


def states(case):
    return {m.code: m.state for m in Member.objects.filter(application=case)}


def head_of(department):
    return make.actor(f"{department}-head")


def decide(case, code, decision="grant"):
    job = Job.objects.get(application=case, member__code=code, state__in=["assigned", "in_hand", "concluded"])
    reviewer = make.actor(f"{job.department_id}-reviewer")
    if job.state == "assigned":
        actions.claim(by=reviewer, job=job.pk)
    actions.conclude(by=reviewer, job=job.pk, recommendation=decision, opinion="审查意见如上。")
    reason = "" if decision == "grant" else "不符合规定的条件和标准要求"
    actions.decide(by=head_of(job.department_id), job=job.pk, decision=decision, reason=reason)
    return Application.objects.get(pk=case.pk)


SUCCESSORS = ["food-licence", "drainage-permit", "fire-check"]


def test_the_first_stage_starts_and_the_others_wait(world):
    case = restaurant()
    assert [one.position for one in case.members.order_by("pk")] == [0, 1, 2, 3]  # numbered in their order, as everything that happens
    assert states(case) == {"enterprise-registration": "accepted", **dict.fromkeys(SUCCESSORS, "waiting")}
    assert [job.member.code for job in Job.objects.filter(application=case)] == ["enterprise-registration"]
    assert Clock.objects.filter(root_id=case.pk, kind="decision").count() == 1
    assert sorted(case.departments) == sorted({"scjg", "xiaofang", "zhujian"})
    assert Document.objects.filter(root_id=case.pk, kind="receipt").count() == 1  # one voucher for the whole


def test_the_acceptance_foresees_what_each_item_may_leave_out(world):
    """Not only what the leading department's first item knows."""
    case = restaurant()
    grounds = {m["name"]: m.get("pause_grounds") or [] for m in case.plan["members"]}
    inspected = [name for name, known in grounds.items() if "inspection" in known]
    assert len(inspected) > 1 and grounds["食品经营许可"]
    told = Document.objects.get(root_id=case.pk, kind="acceptance").payload["excluded"]
    assert f"检验（现场核查）（{'、'.join(inspected)}）" in told


def test_the_acceptance_tells_no_day_of_the_law_for_a_whole_that_waits(world):
    """That of the first item was told as the whole's, though three come after it."""
    told = Document.objects.get(root_id=restaurant().pk, kind="acceptance").payload
    assert (told["legal_limit"], told["legal_due"]) == ("各事项分别计算", None)
    single = Document.objects.get(root_id=make.accepted().pk, kind="acceptance").payload
    assert single["legal_limit"] == "20 个工作日" and single["legal_due"]


def test_a_waiting_member_cannot_be_worked_on(world):
    case = restaurant()
    assert not Job.objects.filter(application=case, member__code="fire-check").exists()
    assert not list(Job.objects.filter(application=case, department="xiaofang"))


def test_a_grant_starts_its_successors_at_once(world):
    case = decide(restaurant(), "enterprise-registration")
    assert states(case) == {"enterprise-registration": "granted", **dict.fromkeys(SUCCESSORS, "accepted")}
    assert case.state == "partly_done"
    jobs = {job.member.code: job.department_id for job in Job.objects.filter(application=case).exclude(state="closed")}
    assert jobs == {"food-licence": "scjg", "drainage-permit": "zhujian", "fire-check": "xiaofang"}
    for member in Member.objects.filter(application=case, code__in=SUCCESSORS):
        assert member.accepted_on == today()
        clock = Clock.objects.get(subject_type="member", subject_id=member.pk, kind="decision")
        assert clock.due_on == member.due_on
    assert case.due_on == max(m.due_on for m in case.members.all())
    starts = Event.objects.filter(chain=case.chain, name="member.accept", by_kind="system").count()
    assert starts == 4
    begun = Event.objects.get(chain=case.chain, name="application.begin_next")
    title, text = words_for(begun, case)
    assert title == f"下一步已受理：{case.name}"
    for member in case.members.filter(code__in=SUCCESSORS):  # whose days the acceptance of the whole could not tell
        assert f"“{member.name}”最迟{member.due_on:%Y年%-m月%-d日}办结" in text


def test_members_end_separately_and_the_whole_is_derived(world):
    case = decide(restaurant(), "enterprise-registration")
    case = decide(case, "food-licence")
    assert (case.state, case.outcome) == ("partly_done", "")
    case = decide(case, "fire-check", "refuse")
    assert case.state == "partly_done"
    case = decide(case, "drainage-permit")
    assert (case.state, case.outcome, case.ended_on) == ("done", "partly_granted", today())
    assert Event.objects.filter(chain=case.chain, name="application.finish").count() == 1
    assert Event.objects.filter(chain=case.chain, name="application.part").count() == 1


def test_all_granted(world):
    case = restaurant()
    for code in ["enterprise-registration", *SUCCESSORS]:
        case = decide(case, code)
    assert (case.state, case.outcome) == ("done", "granted")


def test_a_refused_predecessor_ends_its_successors_unstarted(world):
    case = decide(restaurant(), "enterprise-registration", "refuse")
    assert states(case) == {"enterprise-registration": "refused", **dict.fromkeys(SUCCESSORS, "not_started")}
    assert (case.state, case.outcome) == ("done", "refused")
    assert not Job.objects.filter(application=case).exclude(state="closed").exists()
    ended = Event.objects.filter(chain=case.chain, name="member.not_start")
    assert {words_for(event, case)[0] for event in ended} == {
        f"不再启动：{member.name}" for member in case.members.all() if member.code in SUCCESSORS
    }
    assert "前一事项未获准予" in words_for(ended.first(), case)[1]
    assert Delivery.objects.filter(event__in=ended, listener="applications.tell").count() == len(SUCCESSORS)
    assert [c.kind for c in Clock.objects.filter(root_id=case.pk, stopped_on__isnull=True)] == ["delivery"]


def test_two_predecessors_must_both_be_granted(world):
    """开 KTV: 娱乐场所 needs the registration and the fire check."""
    case = make.accepted("open-ktv", situations={"already_registered": False})
    case = decide(case, "enterprise-registration")
    assert states(case)["entertainment-licence"] == "waiting"
    case = decide(case, "fire-check")
    assert states(case)["entertainment-licence"] == "accepted"
    other = make.accepted("open-ktv", situations={"already_registered": False})
    other = decide(other, "enterprise-registration")
    other = decide(other, "fire-check", "refuse")
    assert states(other) == {
        "enterprise-registration": "granted",
        "fire-check": "refused",
        "public-place-health-licence": "accepted",
        "entertainment-licence": "not_started",
    }
    assert decide(other, "public-place-health-licence").outcome == "partly_granted"


def test_a_chain_falls_as_a_whole(world):
    """办民办医院: each needs the one before; the end of the first ends them all, in order."""
    case = make.accepted("open-private-hospital", situations={"needs_setup": True, "non_profit": True})
    case = decide(case, "clinic-setup", "refuse")
    assert states(case) == {
        "clinic-setup": "refused",
        "clinic-licence": "not_started",
        "ngo-registration": "not_started",
    }
    assert (case.state, case.outcome) == ("done", "refused")


def test_what_the_applicant_already_has_is_no_predecessor(world):
    case = make.accepted("open-ktv", situations={"already_registered": True})
    assert states(case) == {
        "fire-check": "accepted",
        "public-place-health-licence": "accepted",
        "entertainment-licence": "waiting",
    }


def test_parallel_members_all_start_together(world):
    case = make.accepted("retire", situations={"has_fund": True})
    assert set(states(case).values()) == {"accepted"}
    assert {member.accepted_on for member in case.members.all()} == {today()}
    assert Job.objects.filter(application=case).count() == 3
    clock = Clock.objects.get(root_id=case.pk, kind="decision", subject_id=case.members.get(code="retirement").pk)
    redate(clock=clock, old=clock.due_on, new=today(), facts={"why": "停业", "recount": 1})
    assert make.case("enterprise", case).story[-1].detail.startswith("“基本养老金申领（退休）”的审批期限由 ")  # of three such limits


def test_a_withdrawn_bundle_ends_whole_before_any_decision(world):
    case = restaurant()
    row = actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="不办了")
    assert row.state == "withdrawn"
    assert set(states(case).values()) == {"withdrawn"}
    assert not Job.objects.filter(application=case).exclude(state="closed").exists()


def test_after_one_decision_it_is_not_withdrawn(world):
    case = decide(restaurant(), "enterprise-registration")
    with nothing_written(Member, Job, Document), pytest.raises(WrongState, match="还没有决定的事项可以逐项撤回"):
        actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="不办了")


def test_terminated_in_the_middle(world):
    case = decide(restaurant(), "enterprise-registration")
    row = actions.terminate(by=make.actor("cixi-supervisor"), application=case.pk, reason="申请企业已注销")
    assert (row.state, row.outcome) == ("done", "partly_granted")
    assert states(case) == {"enterprise-registration": "granted", **dict.fromkeys(SUCCESSORS, "terminated")}
    notice = Document.objects.get(root_id=case.pk, kind="termination").payload
    ended = {member.name for member in case.members.filter(state="terminated")}
    kept = {line["name"] for line in case.plan["materials"] if "enterprise-registration" in line["needed_by"]}
    assert set(notice["ended"]) == ended and len(notice["items"]) == len(ended) + 1
    assert not kept & {line["name"] for line in notice["returned"]}


def test_a_gap_belongs_to_the_members_that_need_it(world):
    """Only the member that needs the missing paper stands under the gap; the others may be granted."""
    case = make.accepted("completion-acceptance", situations={"has_civil_defence": True})
    plan = case.plan
    tolerable = [m["material"] for m in plan["materials"] if m["necessity"] == "tolerable" and not m.get("supplied_by")]
    if not tolerable:
        pytest.fail("the example lost its tolerable material: choose another bundle")
    gap = tolerable[0]
    case = make.accepted("completion-acceptance", situations={"has_civil_defence": True}, gaps=[gap])
    needing = {code for m in plan["materials"] if m["material"] == gap for code in m["needed_by"]}
    found = states(case)
    assert {code for code, state in found.items() if state == "accepted_with_gap"} == needing
    assert {m.code for m in Member.objects.filter(application=case, gap_open=True)} == needing


def test_a_department_works_on_its_own_member_only(world):
    """The lead sees all members and cannot decide for others; the others see the case once it is accepted."""
    case = decide(restaurant(), "enterprise-registration")
    job = Job.objects.get(application=case, member__code="fire-check")
    for name in ("scjg-reviewer", "scjg-head"):
        actor = make.actor(name)
        assert make.case(name, case).members
        with nothing_written(Member, Job), pytest.raises(Exception) as told:
            if name.endswith("reviewer"):
                actions.claim(by=actor, job=job.pk)
            else:
                actions.decide(by=actor, job=job.pk, decision="grant")
        assert told.value.status in (403, 404)
    with pytest.raises(NotYours):
        make.case("wsjs-reviewer", case)


@pytest.mark.parametrize(("own", "told"), [(None, 9), (12, 9), (5, 5)])
def test_the_notice_tells_limit_and_day_of_one_and_the_same(world, own, told):
    """Three items side by side: the lead's is not the slowest, and not the one whose law has the longest limit. Of the whole's own
    promise and the slowest item the earlier is told (K9), with its own limit."""
    plan = {"quick": (1, 30, "working"), "slow": (9, 20, "working"), "other": (3, None, "")}
    items = [wide_item(code, *given) for code, given in plan.items()]
    load_bundle(items, [{"item": item["code"]} for item in items], own)
    case = make.accepted("paired")
    slow = Clock.objects.get(root_id=case.pk, subject_id=Member.objects.get(application=case, code="slow").pk, kind="decision")
    paper = Document.objects.get(root_id=case.pk, kind="acceptance").payload
    assert (paper["legal_limit"], paper["legal_due"]) == ("20 个工作日", slow.legal_due.isoformat())
    day = calendar(region="330282").add_working_days(case.accepted_on, told).due
    assert (paper["promised_limit"], paper["promised_due"], case.due_on) == (f"{told} 个工作日", day.isoformat(), day)


def test_the_notice_guesses_no_day_of_what_waits(world):
    items = [wide_item("quick", 1, 30, "working"), wide_item("slow", 9, 20, "working")]
    load_bundle(items, [{"item": "quick"}, {"item": "slow", "after": ["quick"]}])
    case = make.accepted("paired")
    paper = Document.objects.get(root_id=case.pk, kind="acceptance").payload
    assert (paper["promised_limit"], paper["promised_due"], case.due_on) == ("10 个工作日", None, None)


def wide_item(code: str, promised: int, legal: int | None, unit: str) -> dict:
    return {
        "code": code,
        "name": f"事项{code}",
        "type": "10",
        "department": "scjg",
        "handling": "promised",
        "legal_limit": {"days": legal, "unit": unit} if legal else None,
        "promised_limit": {"days": promised, "unit": "working"},
        "max_visits": 0,
        "city_wide": "county",
        "materials": [{"material": "floor_plan", "necessity": "required", "originals": 1}],
        "result": {"kind": "none"},
    }


def load_bundle(items: list[dict], members: list[dict], own: int | None = None, **more) -> None:
    text = {
        "format": "yichuang-catalog/1",
        "as_of": "2017-08-31",
        "node": "330282",
        "items": items,
        "bundles": [
            {
                "code": "paired",
                "name": "没有整件承诺的一件事",
                "lead": {"department": "scjg", "criterion": "general_intake"},
                "members": members,
                **({"promised_limit": {"days": own, "unit": "working"}} if own else {}),
                **more,
            }
        ],
    }
    report = load_catalogue(by=SYSTEM, sources=[read("paired.yaml", yaml.safe_dump(text, allow_unicode=True).encode())])
    assert not report.problems, report.problems
