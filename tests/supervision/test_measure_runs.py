"""How often somebody came to a window for a result: by days, up to its service; kept, listed, and counted once from before it was kept."""

from datetime import timedelta

import pytest

from apps.applications import actions
from apps.applications.models import Application, Job, Member
from apps.issuance.models import HandOver
from apps.kit.time import today
from apps.supervision import runs
from apps.supervision.metrics import rows
from apps.supervision.models import DayCount, Progress, ResultRuns
from apps.supervision.queries import board
from tests import make
from tests.applications.test_amend_situation import SMALL, amend
from tests.applications.test_run_bundle import restaurant
from tests.settled import count_all
from tests.web.citizen.test_apply_from_home import PNG

from .comparing import compare, compare_days
from .test_count_what_happened import served_before_it_is_told
from .test_measure_pre_checks import PAPER, checking, passed

pytestmark = pytest.mark.usefixtures("transactional_db", "world")


def told() -> tuple:
    count_all()
    assert compare() == compare_days() == []
    line = board(make.actor("city-supervisor"), since=today() - timedelta(days=300)).total
    return *(line.numbers.get(name, 0) for name in runs.NAMES), line.at_most_once_percent


def listed(name: str) -> dict[int, int]:
    found = rows(make.actor("cixi-supervisor"), name, since=today() - timedelta(days=300), until=today())[1]
    return {member.pk: member.runs for member in found}


REFUSER = {"method": "left", "signature": "", "id_kind": "", "id_number": "", "refusal_reason": "不同意决定", "witnesses": ["居委会王某"]}


def handed(member: Member, **given) -> None:
    by, collection = make.actor("cixi-issue"), make.collection(**given)
    actions.hand_over(by=by, application=member.application_id, members=[member.pk], collection=collection)


def fetched(case: int) -> None:
    """Reviewed, granted, sealed and taken at the desk today."""
    job = Job.objects.get(application=case)
    if job.state == "assigned":
        actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
    member = actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")
    make.filed(case)
    handed(actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001"))


@pytest.fixture(autouse=True)
def plain_papers(monkeypatch):
    """Nobody looks at them."""
    monkeypatch.setattr(make, "printed", make.filed)


def test_days_at_a_window_count_up_to_the_service_of_each_result(office):
    assert told() == (0, 0, 0, "—")
    once = make.collected()  # handed in and fetched on one day
    slow, left, post = make.sealed(), make.sealed(), make.sealed()
    Application.objects.filter(pk=post.application_id).update(channel="mail")
    served_before_it_is_told(office)  # the courier's; its slip says the day on which the papers were handed in
    handed(slow), handed(left, **REFUSER), handed(post, **REFUSER)
    assert told() == (1, 3, 1, "80.0%")
    assert (listed("ran_never"), listed("ran_again"), listed("ran_beyond")) == ({post.pk: 0}, {slow.pk: 2}, {slow.pk: 2})
    assert listed("ran_once").keys() >= {once.pk, left.pk}
    actions.reissue(by=make.actor("cixi-issue"), member=once.pk, reason="申请人书面说明证照遗失")  # served before: it is not served again
    make.filed(once.application_id)
    handed(actions.register_seal(by=make.actor("scjg-seal"), member=once.pk, seal_number="3302821000001"))
    assert told() == (1, 3, 1, "80.0%")
    line = HandOver.objects.get(members=[slow.pk])
    actions.take_back(by=make.actor("cixi-issue"), hand_over=line.pk, reason="交给了同名的人")
    assert told() == (1, 3, 0, "100.0%")
    # An installation that did not keep it: counted once, at the first rollup; what is taken back meanwhile is not taken off before it is in.
    DayCount.objects.filter(name__in=runs.NAMES).delete()
    Application.objects.filter(pk=post.application_id).update(channel="agent")  # who goes for others is none of their runs either
    Progress.objects.update(runs=False, beyond=False, channels=False)
    actions.take_back(by=make.actor("cixi-issue"), hand_over=HandOver.objects.get(members=[left.pk]).pk, reason="登记错了办件")
    assert told() == told() == (1, 2, 0, "100.0%")
    office.at(today() + timedelta(days=1))
    handed(slow)  # to its holder, who had not been here when it was given to another
    assert told() == (1, 2, 1, "75.0%") and listed("ran_again")[slow.pk] == 2
    DayCount.objects.filter(name="ran_beyond").delete()
    ResultRuns.objects.update(promised=None)  # of before it was kept
    Progress.objects.update(beyond=False)
    assert told() == (1, 2, 1, "75.0%") and listed("ran_beyond") == {slow.pk: 2}
    Application.objects.filter(pk=slow.application_id).update(plan=slow.application.plan | {"members": [{"max_visits": 2}]})
    Application.objects.filter(pk=once.application_id).update(plan=once.application.plan | {"members": [{"max_visits": 0}]})
    Progress.objects.update(beyond=False)
    assert told() == (1, 2, 1, "75.0%") and not listed("ran_beyond")  # twice was promised, and once is his own choice


def test_what_was_fetched_stays_a_run_where_only_what_was_made_anew_is_taken_back(office):
    member = make.sealed()
    office.at(today() + timedelta(days=1))
    handed(member)
    actions.reissue(by=make.actor("cixi-issue"), member=member.pk, reason="申请人书面说明证照遗失")
    make.filed(member.application_id)
    handed(actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001"))
    again = HandOver.objects.filter(members=[member.pk]).latest("pk")
    actions.take_back(by=make.actor("cixi-issue"), hand_over=again.pk, reason="交给了同名的人")
    assert told() == (0, 0, 1, "0.0%") and listed("ran_again") == {member.pk: 2}


def test_what_is_decided_on_the_spot_is_counted_by_cases():
    make.grant(make.accepted("individual-registration")), make.decided()
    count_all()
    assert board(make.actor("city-supervisor")).total.instant_percent == "50.0%"
    assert compare() == compare_days() == []
    DayCount.objects.filter(name="instant").delete()
    Progress.objects.update(instant=False)
    make.grant(make.accepted("individual-registration"))
    count_all()
    assert board(make.actor("city-supervisor")).total.instant_percent == "66.7%"
    assert compare() == compare_days() == []


def test_what_is_brought_to_the_counter_is_a_run_of_its_day(office):
    """A supplement, one asked for in the review, a gap, an original of what came from home."""
    clerk, paper = make.actor("cixi-clerk"), {"state": "confirmed"}
    gap, asked, request = make.accepted(gaps=["floor_plan"]), make.awaiting(), make.asked_in_review()
    home, afar = passed(paper=True), actions.pass_and_accept(by=clerk, application=checking().pk)
    office.at(today() + timedelta(days=1))
    actions.supply_gap(by=clerk, application=gap.pk, materials={"floor_plan": paper})
    actions.take_supplement(by=clerk, application=asked.pk, materials={"premises_proof": paper})
    actions.take_in_review(by=clerk, supplement=request.pk, materials={one["material"]: paper for one in request.missing})
    actions.receive(by=make.actor("enterprise"), application=home.pk)
    actions.accept(by=clerk, application=home.pk, materials={PAPER: {"state": "confirmed", "originals": 1}})
    office.at(today() + timedelta(days=1))
    cases = [gap.pk, asked.pk, request.application_id, home.pk]
    for case in [*cases, afar.pk]:
        fetched(case)
    assert told() == (0, 1, 4, "20.0%") and listed("ran_once").keys() == {make.member_of(afar).pk}  # received with nothing to bring
    assert [listed("ran_again")[make.member_of(Application.objects.get(pk=case)).pk] for case in cases] == [3, 3, 3, 2]
    Application.objects.filter(pk=home.pk).update(channel="mail")  # then the paper that the counter entered lay in an envelope
    Progress.objects.update(runs=False, beyond=False, channels=False)
    assert told() == (0, 2, 3, "40.0%")


def test_what_is_sent_later_to_a_case_begun_at_the_window_is_no_run(office):
    """No page could say so: the day on which the envelope was opened counted as one on which somebody came."""
    clerk, paper = make.actor("cixi-clerk"), {"state": "confirmed", "originals": 1}
    gap, asked, request = make.accepted(gaps=["floor_plan"]), make.awaiting(), make.asked_in_review()
    office.at(today() + timedelta(days=1))
    actions.supply_gap(by=clerk, application=gap.pk, materials={"floor_plan": paper}, by_mail=True)
    actions.take_supplement(by=clerk, application=asked.pk, materials={PAPER: paper}, by_mail=True)
    lines = {one["material"]: {"originals": 1} for one in request.missing}
    actions.take_in_review(by=clerk, supplement=request.pk, materials=lines, by_mail=True)
    office.at(today() + timedelta(days=1))
    cases = [gap.pk, asked.pk, request.application_id]
    for case in cases:
        fetched(case)
    assert told() == (0, 0, 3, "0.0%")
    assert [listed("ran_again")[make.member_of(Application.objects.get(pk=case)).pk] for case in cases] == [2, 2, 2]  # the receipt, and the result


def test_what_is_sent_before_a_case_is_accepted_is_no_run(office):
    """Originals of what came from home, and what was still lacking: entered with the acceptance or the notice, which could not say so."""
    clerk, paper, other = make.actor("cixi-clerk"), {"state": "confirmed", "originals": 1}, "floor_plan"
    homes = [passed(paper=True), passed(paper=True)]
    late, asked = make.received(without=(PAPER,)), make.received(without=(PAPER, other))
    office.at(today() + timedelta(days=1))
    for home in homes:
        actions.receive(by=make.actor("enterprise"), application=home.pk)
    for case, sent in ((homes[0], True), (homes[1], False), (late, True)):
        actions.accept(by=clerk, application=case.pk, materials={PAPER: paper}, by_mail=sent)
    actions.ask_supplement(by=clerk, application=asked.pk, materials={PAPER: paper}, gaps=[{"material": other}], by_mail=True)
    actions.take_supplement(by=clerk, application=asked.pk, materials={other: paper}, by_mail=True)
    office.at(today() + timedelta(days=1))
    cases = (*homes, late, asked)
    for case in cases:
        fetched(case.pk)
    told()
    runs = dict(ResultRuns.objects.values_list("member_id", "value"))
    assert [runs[make.member_of(Application.objects.get(pk=case.pk)).pk] for case in cases] == [1, 2, 2, 2]


def test_what_was_still_lacking_at_the_counter_and_comes_another_day_is_a_run_of_that_day(office):
    """Nobody asked for it in writing: it is entered as the case is accepted. What is only compared then was left there before."""
    clerk, paper = make.actor("cixi-clerk"), {"state": "confirmed", "originals": 1}
    late, whole, scanned = make.received(without=(PAPER,)), make.received(), make.received(without=(PAPER,))
    early = make.received(without=(PAPER,))
    actions.attach(by=clerk, application=early.pk, material=PAPER, name="a.png", content=PNG)
    office.at(today() + timedelta(days=1))
    for case in (late, whole):
        actions.accept(by=clerk, application=case.pk, materials={PAPER: paper})
    actions.attach(by=clerk, application=scanned.pk, material=PAPER, name="a.png", content=PNG)  # in hand by its scan before the act
    actions.accept(by=clerk, application=scanned.pk, materials={PAPER: {"originals": 1}})
    actions.accept(by=clerk, application=early.pk)  # scanned on the day of receipt
    office.at(today() + timedelta(days=1))
    cases = (late, whole, scanned, early)
    for case in cases:
        fetched(case.pk)
    assert told() == (0, 0, 4, "0.0%")
    assert [listed("ran_again")[make.member_of(case).pk] for case in cases] == [3, 2, 3, 2]


def test_what_was_sent_from_home_and_is_only_registered_at_the_counter_is_no_run(office):
    clerk, home, cases = make.actor("cixi-clerk"), make.actor("enterprise"), []
    make.received()  # by it the counter knows who comes for them
    for copies in (0, 1):  # without and with paper; an answer was put right from home, too
        row = make.from_home()
        row.materials.exclude(code=PAPER).exclude(state="expected").update(state="supplied")
        actions.receive(by=home, application=row.pk)
        actions.ask_supplement(by=clerk, application=row.pk, gaps=[{"material": PAPER}], fields=[{"element": "contact_name", "problem": "与证件不一致"}])
        actions.attach(by=home, application=row.pk, material=PAPER, name="a.png", content=PNG)
        actions.mend(by=home, application=row.pk, answers={"contact_name": "王大明"})
        if not copies:  # what is found bad was no more brought than what is good, and the next file comes from home as well
            actions.take_supplement(by=clerk, application=row.pk, materials={PAPER: {"state": "rejected", "remark": "看不清"}})
            actions.attach(by=home, application=row.pk, material=PAPER, name="b.png", content=PNG)
        came = {"state": "confirmed", "originals": 0, "copies": copies}
        cases.append(actions.take_supplement(by=clerk, application=row.pk, materials={PAPER: came}))
    office.at(today() + timedelta(days=1))
    for case in cases:
        fetched(case.pk)
    assert told() == (0, 1, 1, "50.0%") and listed("ran_once").keys() == {make.member_of(cases[0]).pk}


def test_what_is_brought_with_an_amendment_is_a_run_of_its_day(office):
    """Paper at the counter; what a case from home has in hand without any is none."""
    came, home = restaurant(situations=SMALL), restaurant(situations=SMALL)
    Application.objects.filter(pk=home.pk).update(channel="online")
    office.at(today() + timedelta(days=1))
    amend(came, {"dining_area": "600"})
    plan = actions.amending.replanned(Application.objects.get(pk=home.pk), {"dining_area": "600"})
    known = {entry.code for entry in home.materials.all()}
    fresh = [line["material"] for line in plan["materials"] if line["material"] not in known and not line["supplied_by"]]
    amend(home, {"dining_area": "600"}, materials={code: {"state": "confirmed"} for code in fresh})
    assert fresh
    office.at(today() + timedelta(days=1))
    fetched(came.pk), fetched(home.pk)
    told()
    first = {one.pk: one.application_id for one in Member.objects.filter(code="enterprise-registration")}
    assert {first[row.member_id]: row.value for row in ResultRuns.objects.all()} == {came.pk: 3, home.pk: 1}


def test_who_walks_in_with_what_his_letter_lacked_has_come(office):
    """Of a case that came by post no later visit was counted, whatever was said; an amendment could not say that its papers were sent."""
    clerk, paper = make.actor("cixi-clerk"), {"state": "confirmed", "originals": 1}
    letters, amended, scanned = [make.awaiting() for _ in "123"], restaurant(situations=SMALL), make.received(without=(PAPER,))
    Application.objects.filter(pk__in=[one.pk for one in (*letters, scanned)]).update(channel="mail")
    office.at(today() + timedelta(days=1))
    for letter, said in zip(letters, ({}, {"by_mail": True}, {"by_mail": False}), strict=True):
        actions.take_supplement(by=clerk, application=letter.pk, materials={PAPER: paper}, **said)
    amend(amended, {"dining_area": "600"}, by_mail=True)
    actions.attach(by=clerk, application=scanned.pk, material=PAPER, name="a.png", content=PNG)  # in hand by its scan before the act
    actions.accept(by=clerk, application=scanned.pk, by_mail=False)
    office.at(today() + timedelta(days=1))
    for case in (*letters, amended, scanned):
        fetched(case.pk)
    told()
    cases = dict(Member.objects.values_list("pk", "application_id"))
    runs = {cases[member]: value for member, value in ResultRuns.objects.values_list("member_id", "value")}
    assert [runs[case.pk] for case in (*letters, amended, scanned)] == [1, 1, 2, 2, 2]
