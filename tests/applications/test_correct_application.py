"""A mis-keyed intake is mended and its voucher reprinted, or voided by the supervisor: before acceptance only."""

import pytest

from apps.applications import actions, queries_files
from apps.applications.models import Application, MaterialEntry
from apps.deadlines.models import Clock
from apps.directory.models import Department, Message
from apps.issuance.models import Document
from apps.issuance.paper import to_html
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from tests import make
from tests.days import deliver
from tests.people import nothing_written

ROWS = (Document, MaterialEntry, Clock)


def vouchers(case):
    return list(Document.objects.filter(root_id=case.pk, kind="receipt").order_by("pk"))


def correct(case, by="cixi-clerk", reason="手机号录错", **given):
    return actions.correct(by=make.actor(by), application=case.pk, reason=reason, **given)


def test_the_old_voucher_is_void_and_a_new_one_is_printed(world):
    case = make.received()
    answers = {**case.answers}
    name = next(e["element"] for e in case.plan["elements"] if e["type"] == "text")
    row = correct(
        case,
        contact_mobile="13805740009",
        answers={name: "改正后的名称"},
        materials={"id_card": {"originals": 0, "copies": 2}},
    )
    old, new = vouchers(case)
    assert (old.state, new.state, new.number != old.number) == ("void", "queued", True)
    assert (row.number, row.receipt_date, row.contact_mobile) == (case.number, case.receipt_date, "13805740009")
    assert row.answers == {**answers, name: "改正后的名称"}
    event = Event.objects.get(chain=case.chain, name="application.correct")
    assert event.facts == {"reason": "手机号录错", "fields": [name], "materials": ["id_card"]}
    assert "13805740009" not in str(event.facts)


def test_a_wrong_applicant_is_mended(world):
    case = make.received()
    row = correct(
        case, applicant={"kind": "person", "name": "王小明", "id_number": make.PERSON_ID}, reason="申请人录错"
    )
    assert (row.applicant_name, row.applicant_kind) == ("王小明", "person")
    old, new = vouchers(case)  # whom the first one names is no business of who applies in truth
    assert [paper.pk for paper in make.case("citizen", case).documents] == [new.pk]
    with pytest.raises(NotYours):
        queries_files.document(make.actor("citizen"), old.pk)
    assert {old.pk, new.pk} == {paper.pk for paper in make.case("cixi-clerk", case).documents}
    assert queries_files.document(make.actor("cixi-clerk"), old.pk) == old


def test_whose_case_it_is_in_truth_learns_that_it_is_in_and_who_was_told_so_that_it_is_not_his(world):
    case = make.received()
    deliver()
    wrong, said = case.applicant_id, Message.objects.filter(root_id=case.pk)
    correct(case, contact_mobile="13805740009")
    deliver()
    assert [(one.party_id, one.title[:6]) for one in said.order_by("pk")] == [(wrong, "已收件：食品"), (wrong, "联系手机已更")]  # as where it is changed by itself
    correct(case, contact_mobile="13805740009", answers={**case.answers, "premises_area": "62.5"})
    deliver()
    assert said.count() == 2  # any other slip of the pen is told to nobody
    row = correct(case, applicant={"kind": "person", "name": "王小明", "id_number": make.PERSON_ID}, reason="申请人录错")
    deliver()
    told = said.get(party=row.applicant_id)
    assert told.title.startswith("已收件，申请人已更正") and case.number in told.text and told.link == f"/my/{case.pk}/"
    former = Message.objects.get(party=wrong, title__startswith="不是您的办件")
    assert case.number in former.text and "王小明" not in former.title + former.text
    assert "my" not in former.link  # he sees no page of it


@pytest.mark.parametrize(
    "given",
    [
        {"reason": " "},
        {"contact_mobile": "12"},
        {"contact_mobile": ""},
        {"applicant": {"kind": "person", "name": "王", "id_number": "330282198506150022"}},
        {"materials": {"unheard_of": {"state": "supplied"}}},
    ],
)
def test_a_faulty_correction_changes_nothing(world, given):
    case = make.received()
    with nothing_written(*ROWS), pytest.raises(Refused):
        correct(case, **given)
    assert [paper.state for paper in vouchers(case)] == ["queued"]


def test_after_acceptance_nothing_is_corrected(world):
    for case in (make.accepted(), make.awaiting()):
        with nothing_written(*ROWS), pytest.raises(WrongState):
            correct(case, contact_mobile="13805740009")


def test_a_lost_voucher_is_printed_again(world):
    """With what it said: what came for the notice of gaps was not received on that day."""
    case, came = make.awaiting(), {"premises_proof": {"state": "confirmed", "originals": 1}}
    actions.take_supplement(by=make.actor("cixi-clerk"), application=case.pk, materials=came)
    actions.reprint_receipt(by=make.actor("cixi-clerk2"), application=case.pk)
    old, new = vouchers(case)
    assert (old.state, new.state) == ("void", "queued")
    assert new.payload == old.payload


def test_a_correction_after_the_supplement_keeps_what_the_voucher_said_of_its_day(world, days):
    case, home = make.awaiting(), make.actor("enterprise")
    days.pass_to(case.cure_by)
    actions.attach(by=home, application=case.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 x")
    row = actions.resubmit(by=home, application=case.pk)
    correct(row, contact_mobile="13805740009")
    old, new = (paper.payload for paper in vouchers(case))
    assert (new["materials"], new["notice_last_day"]) == (old["materials"], old["notice_last_day"])


def test_a_correction_after_the_supplement_keeps_the_paper_that_was_bad_at_first(world):
    """It was received on that day, whatever came in its place."""
    case, home = make.received(), make.actor("enterprise")
    bad = {"premises_proof": {"state": "rejected", "remark": "租赁合同已到期"}}
    actions.ask_supplement(by=make.actor("cixi-clerk"), application=case.pk, gaps=[{"material": "premises_proof"}], materials=bad)
    actions.attach(by=home, application=case.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 x")
    correct(actions.resubmit(by=home, application=case.pk), contact_mobile="13805740009")
    old, new = (paper.payload["materials"] for paper in vouchers(case))
    assert new == old  # with the pieces and the remark of its own day


def test_a_draft_has_no_voucher_to_print_again(world):
    draft = make.draft()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.reprint_receipt(by=make.actor("cixi-clerk"), application=draft.pk)


def half_supplied():
    """Told of two, one came: it has its own receipt."""
    case, clerk = make.awaiting(missing=("premises_proof", "floor_plan")), make.actor("cixi-clerk")
    return actions.take_supplement(by=clerk, application=case.pk, materials={"premises_proof": {"state": "supplied"}})


@pytest.mark.parametrize("build", [make.received, half_supplied])
def test_the_supervisor_voids_before_acceptance(world, build):
    case = build()
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        actions.void(by=make.actor("cixi-clerk"), application=case.pk, reason="录入错误作废")
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.void(by=make.actor("cixi-supervisor"), application=case.pk, reason="错")
    row = actions.void(by=make.actor("cixi-supervisor"), application=case.pk, reason="录入错误作废")
    assert (row.state, row.number) == ("voided", case.number)
    assert {paper.state for paper in Document.objects.filter(root_id=case.pk)} == {"void"}  # what asks for a supplement and what says that it came, too
    assert not Clock.objects.filter(root_id=case.pk, stopped_on__isnull=True).exists()
    deliver()  # he holds a voucher and was told that it is in: he does not wait for what nobody works on
    told = Message.objects.get(root_id=case.pk, party=case.applicant_id, title__startswith="收件登记已作废")
    assert case.number in told.text and "不再办理" in told.text and "联系受理窗口" in make.case("cixi-clerk", row).now[0]
    with nothing_written(*ROWS), pytest.raises(WrongState, match="不能补打"):
        actions.reprint_receipt(by=make.actor("cixi-clerk"), application=case.pk)


def test_after_acceptance_nobody_voids(world):
    case = make.accepted()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.void(by=make.actor("cixi-supervisor"), application=case.pk, reason="录入错误作废")


# —— told at once that it is no matter for us ——


def test_no_permit_needed_is_told_at_once(world):
    case = make.received()
    row = actions.not_handle(by=make.actor("cixi-clerk"), application=case.pk, reason="家庭自用无需许可")
    paper = Document.objects.get(root_id=case.pk, kind="non_acceptance")
    assert (row.state, bool(row.ended_on)) == ("not_handled", True)
    assert "第三十二条" in str(paper.payload) and "行政复议" in make.case("cixi-clerk", row).now[2]


def test_not_our_power_names_whose_it_is(world):
    case = make.received()
    clerk = make.actor("cixi-clerk")
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        actions.not_accept(by=clerk, application=case.pk, ground="not_our_power", reason="不属于本机关职权")
    assert told.value.field == "competent_agency"
    row = actions.not_accept(
        by=clerk,
        application=case.pk,
        ground="not_our_power",
        reason="不属于本机关职权",
        competent_agency="宁波市市场监督管理局",
    )
    paper = Document.objects.get(root_id=case.pk, kind="non_acceptance").payload
    assert row.state == "not_accepted"
    assert paper["advice"]["phone"] == paper["handler"]["phone"] == case.plan["members"][0]["contact"]["enquiry"]
    assert "宁波市市场监督管理局" in str(paper)
    assert "不属于本机关职权" in str(paper)
    todo = make.case("cixi-clerk", row).now[2]  # he read that he need not do anything
    assert todo.startswith("请向宁波市市场监督管理局提出申请。") and "行政复议" in todo


def test_whose_it_is_was_typed_before_another_ground_was_chosen(world):
    """The paper sent him to an agency that has nothing to do with it."""
    case = make.received()
    given = {"ground": "other", "reason": "不符合受理条件", "competent_agency": "宁波市市场监督管理局"}
    row = actions.not_accept(by=make.actor("cixi-clerk"), application=case.pk, **given)
    assert "宁波市市场监督管理局" not in str(Document.objects.get(root_id=case.pk, kind="non_acceptance").payload)
    assert "宁波市市场监督管理局" not in make.case("cixi-clerk", row).now[2]


def test_every_refusal_names_a_telephone_also_where_the_guide_has_none(world):
    """DOMAIN.md row 25: the department's own then, as its guide shows it."""
    case = make.received()
    case.plan["members"][0].pop("contact")
    Application.objects.filter(pk=case.pk).update(plan=case.plan)
    actions.not_accept(by=make.actor("cixi-clerk"), application=case.pk, ground="other", reason="不符合受理条件")
    document, office = Document.objects.get(root_id=case.pk, kind="non_acceptance"), Department.objects.get(pk="scjg")
    assert document.payload["advice"] == {"name": office.name, "phone": office.phone, "address": ""} and office.phone
    assert f"电话 {office.phone}</p>" in to_html(document)  # at the foot, as of every paper


@pytest.mark.parametrize(
    ("ground", "reason", "refusal"),
    [("whim", "不想受理", Refused), ("other", "不", Refused), ("bad_cure", "补正不合格", WrongState)],
)
def test_no_turning_away_without_ground_and_reason(world, ground, reason, refusal):
    case = make.received()
    with nothing_written(*ROWS), pytest.raises(refusal):
        actions.not_accept(by=make.actor("cixi-clerk"), application=case.pk, ground=ground, reason=reason)


def test_an_accepted_case_is_not_turned_away(world):
    case = make.accepted()
    clerk = make.actor("cixi-clerk")
    for late in [
        lambda: actions.not_handle(by=clerk, application=case.pk, reason="无需办理许可"),
        lambda: actions.not_accept(by=clerk, application=case.pk, ground="other", reason="不符合条件"),
    ]:
        with nothing_written(*ROWS), pytest.raises(WrongState):
            late()


# —— the applicant takes it back ——


@pytest.mark.parametrize("build", ["received", "awaiting", "accepted", "claimed", "concluded"])
def test_it_may_be_withdrawn_before_the_decision(world, build):
    made = getattr(make, build)()
    case = made if isinstance(made, Application) else made.application
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="")
    row = actions.withdraw(by=make.actor("enterprise"), application=case.pk, reason="不办了")
    assert (row.state, bool(row.ended_on)) == ("withdrawn", True)
    assert {member.state for member in row.members.all()} <= {"withdrawn"}
    assert {job.state for job in row.jobs.all()} <= {"closed"}
    assert not Clock.objects.filter(root_id=case.pk, stopped_on__isnull=True).exists()
    assert Document.objects.filter(root_id=case.pk, kind="withdrawal").count() == 1


@pytest.mark.parametrize("decision", ["grant", "refuse"])
def test_after_the_decision_it_may_not(world, decision):
    member = make.decided(decision=decision)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.withdraw(by=make.actor("enterprise"), application=member.application_id, reason="不办了")


def test_what_came_as_a_file_is_not_given_back_as_an_original(world):
    draft, home = make.from_home(submit=False), make.actor("enterprise")
    actions.attach(by=home, application=draft.pk, material="id_card", name="a.pdf", content=b"%PDF-1.4 x")
    row = actions.receive(by=home, application=draft.pk)
    actions.withdraw(by=home, application=row.pk, reason="不办了")
    paper = Document.objects.get(root_id=row.pk, kind="withdrawal")
    assert paper.payload["returned"] == [] and "没有需要退还的材料原件" in to_html(paper)


def test_a_draft_is_discarded_not_withdrawn(world):
    case = make.draft()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="不办了")


def test_the_supervisor_terminates_what_can_no_longer_be_decided(world):
    case = make.claimed().application
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.terminate(by=make.actor("cixi-supervisor"), application=case.pk, reason="死")
    row = actions.terminate(by=make.actor("cixi-supervisor"), application=case.pk, reason="申请企业已注销")
    assert (row.state, row.outcome, make.member_of(case).state) == ("done", "terminated", "terminated")
    assert not Clock.objects.filter(root_id=case.pk, stopped_on__isnull=True).exists()
    (notice,) = Document.objects.filter(root_id=case.pk, kind="termination")
    told = notice.payload
    assert (told["reason"], told["ended"]) == ("申请企业已注销", [make.member_of(case).name])
    assert {line["name"] for line in told["returned"]} == {entry.name for entry in case.materials.all() if entry.originals}
    for other in (make.received(), make.decided().application):
        with nothing_written(*ROWS), pytest.raises(WrongState):
            actions.terminate(by=make.actor("cixi-supervisor"), application=other.pk, reason="申请企业已注销")
