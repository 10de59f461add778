"""What a changed situation does to promised and demanded materials: owed anew, owed no more, and until when."""

from datetime import timedelta

import pytest

from apps.applications import actions
from apps.applications.models import Application, Job, Member, ReviewSupplement
from apps.deadlines.models import Clock
from apps.deadlines.queries import calendar
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written
from tests.web.conftest import client_of

from .test_amend_situation import FIRST, SMALL, amend
from .test_run_bundle import decide, restaurant, states


@pytest.fixture
def also_asks(monkeypatch):
    """The amended plan asks for one more tolerable material, of these members; or no more for the material `instead_of`,
    or for one only under a condition."""
    compiled = actions.amending.compile_again

    def given(*members, instead_of=None, only_when=("", None), material="late_paper"):
        def plan(*asked):
            found = compiled(*asked)
            lines = [line for line in found["materials"] if line["material"] != instead_of]
            lines = [line | {"when": only_when[1]} if line["material"] == only_when[0] else line for line in lines]
            extra = {
                **lines[0],
                "material": material,
                "name": "后补材料",
                "necessity": "tolerable",
                "supplied_by": None,
                "when": None,
            }
            if members:
                lines.append({**extra, "needed_by": list(members)})
            return {**found, "materials": lines}

        monkeypatch.setattr(actions.amending, "compile_again", plan)

    return given


def gap_clocks(case):
    return {(c.subject_id, c.state) for c in Clock.objects.filter(root_id=case.pk, kind="gap")}


def test_a_gap_that_the_new_situation_brings_holds_who_is_under_review_already(world, also_asks):
    case = restaurant(situations=SMALL)
    also_asks(FIRST)
    amend(case, {"dining_area": "250"}, materials={}, promised=["late_paper"])
    member = Member.objects.get(application=case, code=FIRST)
    notice = case.notices.get(kind="gap")
    assert (member.state, member.gap_open, member.gap_cure_by) == ("accepted", True, notice.cure_by)
    assert gap_clocks(case) == {(member.pk, "running")}
    told = Document.objects.get(root_id=case.pk, kind="amendment").payload
    name = next(line["name"] for line in Application.objects.get(pk=case.pk).plan["materials"] if line["material"] == "late_paper")
    owed = f"继续审查；请在{notice.cure_by:%Y年%-m月%-d日}前（含当日）补交{name}"
    assert [one["change"] for one in told["changes"] if one["item"] == member.name] == [owed]
    assert [line for line in told["materials"] if line.startswith(name)] == [f"{name}（{member.name}）"]
    job = Job.objects.get(application=case)
    with pytest.raises((Refused, WrongState), match="容缺"):
        decide(case, FIRST)
    actions.supply_gap(
        by=make.actor("cixi-clerk"), application=case.pk, materials={"late_paper": {"state": "supplied"}}
    )
    actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")
    assert case.members.get(code=FIRST).state == "granted"


def test_what_it_brings_is_revoked_in_time_though_nobody_has_claimed_it(world, also_asks, days):
    """In time: its days end with those of the item that is under review already, not with as many again from today."""
    case = restaurant(situations=SMALL)
    due_on = case.members.get(code=FIRST).due_on
    also_asks(FIRST)
    days.at(due_on)
    with nothing_written(Member, Document), pytest.raises(Refused, match="没有留给申请人补齐的工作日"):
        amend(case, {"dining_area": "250"}, materials={}, promised=["late_paper"])
    days.at(calendar(region=case.node_id).previous_working_day(due_on - timedelta(days=1)))
    amend(case, {"dining_area": "250"}, materials={}, promised=["late_paper"])
    member = case.members.get(code=FIRST)
    assert member.gap_cure_by == due_on
    days.after(member.gap_cure_by)
    assert actions.revoke_for_gap(member=member.pk)
    assert states(case)[FIRST] == "acceptance_revoked"


def test_what_it_brings_does_not_outlast_an_item_that_stands_still(world, also_asks):
    """The days it will have when it goes on: fifteen are expected, and its own three follow."""
    case = restaurant(situations=SMALL)
    also_asks(FIRST)
    case.plan["members"][0]["pause_grounds"] = ["testing"]
    Application.objects.filter(pk=case.pk).update(plan=case.plan)
    job = actions.claim(by=make.actor("scjg-reviewer"), job=Job.objects.get(application=case).pk)
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
    with nothing_written(Member, Document), pytest.raises(Refused, match=r"特别程序如期结束后的办结期限.*最多 18 个工作日"):
        amend(case, {"dining_area": "250"}, materials={}, promised=["late_paper"], cure_days=19)


def owing_restaurant(code="late_paper", **given):
    case = make.received("open-restaurant", situations=SMALL, **given)
    return actions.accept(by=make.actor("cixi-clerk"), application=case.pk, promised=[code])


@pytest.fixture
def owed_from_the_start(monkeypatch):
    from apps.applications.actions import drafting

    compiled = drafting.compile_plan

    def plan(*asked, **named):
        found = compiled(*asked, **named)
        extra = {**found["materials"][0], "material": "late_paper", "name": "后补材料", "necessity": "tolerable"}
        extra |= {"supplied_by": None, "when": None, "needed_by": [FIRST]}
        return {**found, "materials": [*found["materials"], extra]}

    monkeypatch.setattr(drafting, "compile_plan", plan)


def test_nobody_is_revoked_for_a_material_that_is_asked_no_more(world, owed_from_the_start):
    case = owing_restaurant(without=("late_paper",))
    member = case.members.get(code=FIRST)
    assert member.gap_open
    amend(case, {"dining_area": "250"}, materials={})
    assert not case.members.get(code=FIRST).gap_open
    assert gap_clocks(case) == {(member.pk, "stopped")}
    told = Document.objects.get(root_id=case.pk, kind="amendment").payload["changes"]
    assert [one["change"] for one in told if one["item"] == member.name] == ["继续审查，承诺的材料不用再补"]
    assert Event.objects.get(chain=case.chain, name="application.amend").facts["quit"] == [member.name]
    assert decide(case, FIRST).members.get(code=FIRST).state == "granted"


def test_what_the_law_has_ended_is_not_amended_away(world, owed_from_the_start, days):
    """Before the sweep had come, whose promise was over owed no more by the new situation, or was taken out: its acceptance stood, or it ended
    another way than the law had ended it."""
    case = owing_restaurant(without=("late_paper",))
    days.after(case.members.get(code=FIRST).gap_cure_by)
    for brought in ({}, {"late_paper": {"state": "supplied", "originals": 1}}):
        with nothing_written(Member, Document), pytest.raises(WrongState, match=r"容缺补齐期限.*已过"):
            amend(case, {"dining_area": "250"}, materials=brought)
    days.work()
    assert states(case)[FIRST] == "acceptance_revoked"


def test_what_a_department_asked_for_in_review_is_asked_no_more(world, also_asks):
    """The pages on which it is handed in fell over it, and a request of which nothing was left could only run out."""
    case = restaurant(situations=SMALL)
    job, reviewer = Job.objects.get(application=case), make.actor("scjg-reviewer")
    actions.claim(by=reviewer, job=job.pk)
    gaps = [{"material": code, "problem": "没有盖章"} for code in ("charter", "premises_proof")]
    asked = actions.ask_in_review(by=reviewer, job=job.pk, gaps=gaps)
    also_asks(instead_of="charter")
    amend(case, {"dining_area": "250"}, materials={})
    assert [gap["material"] for gap in ReviewSupplement.objects.get().missing] == ["premises_proof"]
    for who, page in (("cixi-clerk", f"/counter/{case.pk}/review-supplement/"), ("enterprise", f"/my/{case.pk}/supplement/{asked.pk}/")):
        told = client_of(who).get(page)
        assert told.status_code == 200 and "租赁" in told.text and "章程" not in told.text.partition("<main")[2]
    area = case.answers["premises_area"]
    also_asks(only_when=("premises_proof", [{"element": "premises_area", "over": 5}]))
    amend(case, {"dining_area": "255"}, materials={}, answers={"premises_area": area})
    assert ReviewSupplement.objects.get().state == "asked"
    amend(case, {"dining_area": "260"}, materials={}, answers={"premises_area": "4"})  # nor what an answer amended with it asks no more
    assert ReviewSupplement.objects.get().state == "complete" and Member.objects.get(pk=job.member_id).supplement_by is None
    assert Clock.objects.get(root_id=case.pk, kind="review_cure").state == "stopped"


def test_the_page_of_what_is_owed_leaves_out_what_is_asked_no_more(world, also_asks):
    owed = ("health_certificate", "test_report")
    case = make.received("open-restaurant", situations=SMALL, without=owed)
    bad = {"health_certificate": {"state": "rejected", "remark": "已过期"}}  # it stays on record, as what came does
    actions.accept(by=make.actor("cixi-clerk"), application=case.pk, promised=list(owed), materials=bad)
    also_asks(instead_of="health_certificate")
    amend(case, {"dining_area": "250"}, materials={})
    page = client_of("cixi-clerk").get(f"/counter/{case.pk}/gap/")
    assert page.status_code == 200 and "materials__test_report" in page.text and "materials__health_certificate" not in page.text


def test_an_added_member_owes_what_was_promised_before(world, owed_from_the_start, also_asks, days):
    case = owing_restaurant(without=("late_paper",))
    also_asks(FIRST, material="later_paper")
    with pytest.raises(Refused, match="容缺已经一次性告知过") as told:  # one notice of all gaps: no second one
        amend(case, {"dining_area": "250"}, materials={}, promised=["later_paper"])
    assert told.value.field == "materials.later_paper" and case.notices.filter(kind="gap").count() == 1
    also_asks(FIRST, "fire-check")
    before = actions.amending.compile_again

    def at_once(*asked):
        found = before(*asked)
        return {**found, "members": [{**m, "after": []} if m["code"] == "fire-check" else m for m in found["members"]]}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions.amending, "compile_again", at_once)
        on, last = today(), case.notices.get(kind="gap").cure_by
        days.after(last)  # its own acceptance would be revoked the next minute
        owing = Member.objects.filter(application=case, gap_open=True)
        held = list(owing.values_list("pk", flat=True))
        owing.update(gap_open=False)  # whoever owed it is over, else the law has ended an item here
        with pytest.raises(Refused) as told:
            amend(case, {"dining_area": "600"})
        assert told.value.field == "promised.late_paper"
        Member.objects.filter(pk__in=held).update(gap_open=True)
        days.at(on)
        amend(case, {"dining_area": "600"})
    added = case.members.get(code="fire-check")
    assert (added.state, added.gap_open) == ("accepted_with_gap", True)
    assert added.gap_cure_by == case.notices.get(kind="gap").cure_by
    told = Document.objects.get(root_id=case.pk, kind="amendment").payload["changes"]
    owed = f"新增，今日受理；请在{added.gap_cure_by:%Y年%-m月%-d日}前（含当日）补交后补材料"
    assert [one["change"] for one in told if one["item"] == added.name] == [owed]
    assert {(added.pk, "running"), (case.members.get(code=FIRST).pk, "running")} == gap_clocks(case)
