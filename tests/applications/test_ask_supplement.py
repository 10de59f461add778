import pytest

from apps.applications import actions
from apps.applications.models import MaterialEntry, Member, Notice
from apps.deadlines.models import Clock
from apps.deadlines.queries import calendar
from apps.issuance.models import Document
from apps.issuance.paper import to_html
from apps.journal.models import Event
from apps.kit.errors import Refusals, Refused, WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

ROWS = (Notice, Clock, Document, Member)


def ask(case, *gaps, by="cixi-clerk", **given):
    return actions.ask_supplement(
        by=make.actor(by), application=case.pk, gaps=[{"material": gap} for gap in gaps], **given
    )


def running(case):
    return set(Clock.objects.filter(root_id=case.pk, stopped_on__isnull=True).values_list("kind", flat=True))


def test_all_gaps_stand_in_one_notice(world):
    case = make.received(without=("premises_proof", "floor_plan"))
    for partial in (["premises_proof"], ["floor_plan"]):
        with nothing_written(*ROWS), pytest.raises(Refused) as told:
            ask(case, *partial)
        assert [e.code for e in told.value.errors] == ["supplement.not_all"]
    row = ask(case, "premises_proof", "floor_plan")
    notice = Notice.objects.get(application=case)
    assert (row.state, row.cure_by) == ("awaiting_supplement", notice.cure_by)
    assert [gap["material"] for gap in notice.gaps] == ["premises_proof", "floor_plan"]
    assert all(gap["requirement"] and gap["problem"] == "缺少" for gap in notice.gaps)
    assert running(case) == {"cure"}
    paper = Document.objects.get(root_id=case.pk, kind="supplement_notice").payload
    assert paper["cure_by"] and paper["how"].startswith("到原受理窗口")


def test_a_standard_of_spaces_asks_for_what_the_guide_says(world):
    """It says nothing, and no notice is made with an empty line: neither a supplement nor a promise could be told."""
    case = make.received(without=("premises_proof",))
    line = next(line for line in case.plan["materials"] if line["material"] == "premises_proof")
    line |= {"standard": " \u3000", "originals": 0, "copies": 0, "uses": []}
    case.save(update_fields=["plan"])
    ask(case, "premises_proof")
    (gap,) = Document.objects.get(root_id=case.pk, kind="supplement_notice").payload["gaps"]
    assert gap["requirement"] == "按办事指南的要求提交"


@pytest.mark.parametrize(
    ("gaps", "code"),
    [
        ([], "supplement.empty"),
        (["premises_proof", "id_card"], "supplement.in_hand"),
        (["premises_proof", "bank_statement"], "supplement.unknown"),
    ],
)
def test_an_unlawful_list_is_refused(world, gaps, code):
    case = make.received(without=("premises_proof",))
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        ask(case, *gaps)
    assert code in {e.code for e in told.value.errors}


def test_what_no_paper_can_say_is_not_asked_for(world):
    """The notice would stand and never be printed; what the counter typed as the requirement passed unseen."""
    case, by = make.received(without=("premises_proof",)), make.actor("cixi-clerk")
    for words in ("requirement", "how"):
        with nothing_written(*ROWS), pytest.raises(Refused, match="印不出来的符号：☑") as told:
            actions.ask_supplement(by=by, application=case.pk, gaps=[{"material": "premises_proof", words: "☑原件一份"}])
        assert told.value.field == "gaps.premises_proof"


def test_all_faults_of_the_list_at_once(world):
    case = make.received(without=("premises_proof", "floor_plan"))
    with nothing_written(*ROWS), pytest.raises(Refusals) as told:
        ask(case, "id_card", "unheard_of")
    assert sorted(e.code for e in told.value.errors) == [
        "supplement.in_hand",
        "supplement.not_all",
        "supplement.not_all",
        "supplement.unknown",
    ]


def test_a_complete_case_cannot_be_asked_for_more(world):
    case = make.received()
    with nothing_written(*ROWS), pytest.raises(Refused):
        ask(case)
    with nothing_written(*ROWS), pytest.raises(Refused):
        ask(case, "id_card")


def test_a_rejected_paper_is_a_gap_with_its_reason(world):
    case = make.received()
    ask(case, "id_card", materials={"id_card": {"state": "rejected", "remark": "证件已过期"}})
    assert Notice.objects.get(application=case).gaps[0]["problem"] == "不合格：证件已过期"


def test_there_is_no_second_notice(world):
    case = make.awaiting()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        ask(case, "premises_proof")


@pytest.mark.parametrize("days_given", [0, -1, 61, "x"])
def test_an_impossible_period_is_refused(world, days_given):
    case = make.received(without=("premises_proof",))
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        ask(case, "premises_proof", cure_days=days_given)
    assert told.value.field == "cure_days"


def test_when_everything_is_in_it_is_accepted_that_day(world):
    case = make.awaiting(missing=("premises_proof", "floor_plan"))
    clerk = make.actor("cixi-clerk")
    row = actions.take_supplement(by=clerk, application=case.pk, materials={"premises_proof": {"state": "supplied"}})
    assert row.state == "awaiting_supplement"
    assert not row.members.exists()
    row = actions.take_supplement(by=clerk, application=case.pk, materials={"floor_plan": {"state": "supplied"}})
    assert (row.state, row.deemed, row.acceptor_id) == ("in_progress", False, clerk.id)
    kinds = list(Document.objects.filter(root_id=case.pk).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["receipt", "supplement_notice", "supplement_receipt", "supplement_receipt", "acceptance"]
    assert running(case) == {"decision"}
    assert MaterialEntry.objects.get(application=case, code="floor_plan").state == "supplemented"


def test_a_scan_put_in_first_still_counts_as_brought(world):
    """The clerk scans the paper, then ticks it: that the line already says "supplied" is no reason to refuse it."""
    case = make.awaiting()
    clerk = make.actor("cixi-clerk")
    actions.attach(by=clerk, application=case.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 x")
    row = actions.take_supplement(by=clerk, application=case.pk, materials={"premises_proof": {"state": "supplied"}})
    assert row.state == "in_progress"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"unheard_of": {"state": "supplied"}},
        {"premises_proof": {"state": "missing"}},
        {"premises_proof": {"originals": 1}},  # a program that counts without saying that it came would read a receipt in the 200
    ],
)
def test_nothing_brought_is_no_supplement(world, given):
    case = make.awaiting()
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.take_supplement(by=make.actor("cixi-clerk"), application=case.pk, materials=given)


def test_a_supplement_nobody_asked_for_is_refused(world):
    case = make.received()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.take_supplement(
            by=make.actor("cixi-clerk"), application=case.pk, materials={"id_card": {"state": "supplied"}}
        )


def test_accepting_past_the_notice_is_refused(world):
    """While it waits for the supplement the way in is the supplement."""
    case = make.awaiting(missing=("floor_plan",))
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.accept(by=make.actor("cixi-clerk"), application=case.pk, promised=["floor_plan"])


@pytest.mark.parametrize("from_home", [False, True])
def test_a_bad_cure_ends_in_non_acceptance(world, from_home):
    """Badly cured: a third end with its own paper, neither lapse nor revocation (ZJR 11)."""
    case = make.awaiting()
    clerk, home = make.actor("cixi-clerk"), make.actor("enterprise")
    if from_home:
        actions.attach(by=home, application=case.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 old")
        actions.resubmit(by=home, application=case.pk)
    else:
        judged = {"premises_proof": {"state": "rejected", "remark": "租赁合同已到期"}}
        actions.take_supplement(by=clerk, application=case.pk, materials=judged)
    row = actions.not_accept(by=clerk, application=case.pk, ground="bad_cure", reason="补正的租赁合同已到期")
    assert row.state == "not_accepted"
    paper = Document.objects.get(root_id=case.pk, kind="non_acceptance")
    office = case.plan["members"][0]
    assert f"审批咨询服务：{office['department_name']}，电话 {office['contact']['enquiry']}" in to_html(paper)  # every refusal names whom to ask
    assert paper.payload["basis"] == ["《中华人民共和国行政许可法》第三十二条第一款第四项"]  # the province's, where it holds, is the paper's own
    assert running(case) == set()
    assert Event.objects.filter(chain=case.chain, name="application.not_accept").get().facts["ground"] == "bad_cure"


def test_uncured_is_treated_as_withdrawn(world, days):
    case = make.awaiting()
    days.pass_to(case.cure_by)
    case.refresh_from_db(fields=["light"])
    from apps.applications.models import Application

    assert Application.objects.get(pk=case.pk).state == "awaiting_supplement"  # the last day is the applicant's
    days.after(case.cure_by)
    clerk = make.actor("cixi-clerk")
    with nothing_written(*ROWS), pytest.raises(WrongState):  # nobody swept yet: the law was faster
        actions.take_supplement(by=clerk, application=case.pk, materials={"premises_proof": {"state": "supplied"}})
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.not_accept(by=clerk, application=case.pk, ground="bad_cure", reason="补正不合格")
    days.work()
    days.work()
    row = Application.objects.get(pk=case.pk)
    assert (row.state, row.outcome) == ("lapsed", "")
    assert list(Document.objects.filter(root_id=case.pk).order_by("pk").values_list("kind", flat=True)) == [
        "receipt",
        "supplement_notice",
        "withdrawal",
    ]
    paper = Document.objects.get(root_id=case.pk, kind="withdrawal")
    assert (paper.title, paper.payload["requested_by"]) == ("视为撤回申请告知书", "")  # nobody asked for it
    told = to_html(paper)
    assert f"{row.cure_by:%Y年%-m月%-d日}），没有全部补正" in told and "第十一条" in told
    assert "要求撤回" not in told and "准予撤回" not in told and "备齐材料后" in told
    lapse = Event.objects.get(chain=case.chain, name="application.lapse")
    assert (lapse.by_kind, lapse.to_state) == ("system", "lapsed")
    assert running(case) == set()


def test_silence_after_a_complete_supplement_is_told_as_that(world, days):
    """It was told what was missing, and everything came: what the law's silence follows is not a notice that never came."""
    case, home = make.awaiting(), make.actor("enterprise")
    days.pass_to(case.cure_by)
    actions.attach(by=home, application=case.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 new")
    row = actions.resubmit(by=home, application=case.pk)
    days.after(row.notice_due)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="自补正收齐之日起视为受理"):
        actions.accept(by=make.actor("cixi-clerk"), application=case.pk)
    days.work()
    row.refresh_from_db(fields=["accepted_on"])
    assert row.accepted_on == case.cure_by
    told = to_html(Document.objects.get(root_id=case.pk, kind="acceptance"))
    assert f"全部内容已于{case.cure_by:%Y年%-m月%-d日}收齐" in told and "未在法定期限内告知补正内容" not in told


def test_what_is_tolerated_after_a_supplement_has_its_days_from_when_it_is_told(world, days):
    """The acceptance is dated back to the supplement, the promise is not: its last day would have been over before it was signed."""
    case, home = make.awaiting(), make.actor("enterprise")
    actions.attach(by=home, application=case.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 new")
    row = actions.resubmit(by=home, application=case.pk)
    days.pass_to(row.notice_due)
    bad = {"floor_plan": {"state": "rejected", "remark": "看不清"}}
    given = {"by": make.actor("cixi-clerk"), "application": case.pk, "promised": ["floor_plan"], "materials": bad}
    office, promise = calendar(region=case.node_id), case.plan["members"][0]["promised_limit"]
    left = office.count(today(), office.add_working_days(row.supplemented_on, promise["days"]).due)
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        actions.accept(**given, cure_days=left + 1)
    assert told.value.code == "accept.cure_too_long"
    done = actions.accept(**given, cure_days=2)
    notice, paper = Notice.objects.get(application=case, kind="gap"), Document.objects.get(root_id=case.pk, kind="acceptance_with_gap").payload
    assert (done.accepted_on, notice.issued_on) == (row.supplemented_on, today())
    assert notice.cure_by == office.add_working_days(today(), 2).due
    assert (paper["date"], paper["accepted_on"]) == (today().isoformat(), row.supplemented_on.isoformat())
