"""Quarantine: what the scanner has not answered for is neither opened nor handed in; what is infected is never served."""

from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.applications import actions, queries_case, queries_files
from apps.applications.models import Application, Attachment, MaterialEntry
from apps.directory.models import Message
from apps.gateway.twins import EICAR
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import Later, NotYours, Refused, WrongState
from apps.kit.time import BEIJING, now, today
from tests import make
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import PNG, browser

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def attach(case, content=PDF, by="enterprise", material="floor_plan"):
    return actions.attach(by=make.actor(by), application=case.pk, material=material, name="图.pdf", content=content)


def line(case, code="floor_plan") -> MaterialEntry:
    return MaterialEntry.objects.get(application=case, code=code)


@pytest.fixture
def draft(world, twins):
    return make.from_home(submit=False)


def test_a_harmless_file_is_in_hand_at_once(draft, twins):
    row = attach(draft)
    assert (row.scan, line(draft).state, twins.calls) == ("clean", "supplied", {"scanner": 1})
    assert queries_files.attachment(make.actor("enterprise"), row.pk) == row
    names = list(Event.objects.filter(chain=draft.chain).order_by("seq").values_list("name", flat=True))
    assert names[-2:] == ["application.attach", "application.clear_file"]


@pytest.mark.parametrize("how", ["down", "failing", "nonsense", "slow"])
def test_while_the_scanner_is_silent_the_file_stays_in_quarantine(draft, twins, settings, how):
    twins.slow, settings.SERVICES["scanner"]["seconds"] = 0.4, 0.2
    twins.behave("scanner", how)
    row, citizen = attach(draft), make.actor("enterprise")
    assert (row.scan, row.quarantined, line(draft).state) == ("waiting", True, "missing")
    with nothing_written(Application, MaterialEntry):
        for hand_in in (actions.submit, actions.receive):
            with pytest.raises(Refused) as told:
                hand_in(by=citizen, application=draft.pk)
            assert told.value.code == "attach.quarantined"
            assert "图.pdf" in told.value.message and "稍后再试" in told.value.message and "移除" in told.value.message
        with pytest.raises(WrongState, match="安全检查"):
            queries_files.attachment(citizen, row.pk)


def test_nobody_is_kept_waiting_for_a_scanner_that_is_known_to_be_silent(draft, twins):
    twins.behave("scanner", "lost")
    attach(draft)
    with time_machine.travel(now() + timedelta(minutes=1)):
        actions.examine_waiting()
    assert twins.calls["scanner"] == 2
    assert attach(draft, PDF + b"\n").scan == "waiting"
    assert twins.calls["scanner"] == 2


def test_the_sweep_asks_again_and_lets_it_through(draft, twins):
    twins.behave("scanner", "down")
    rows = [attach(draft), attach(draft, PDF + b"\n")]
    with time_machine.travel(now() + timedelta(minutes=1)):
        assert actions.examine_waiting() == 0
    twins.behave("scanner", "")
    with time_machine.travel(now() + timedelta(minutes=10)):
        assert actions.examine_waiting() == 2
        assert actions.examine_waiting() == 0
        assert not actions.examine(rows[0].pk)
    assert {row.scan for row in Attachment.objects.filter(application=draft)} == {"clean"}
    assert line(draft).state == "supplied"
    assert actions.receive(by=make.actor("enterprise"), application=draft.pk).number


def test_a_file_that_the_scanner_chokes_on_holds_nobody_else_up(draft, twins, monkeypatch):
    """It was asked about before all others, each round ended with it, and no upload was examined while its sender waited."""
    answer = twins.answer
    monkeypatch.setattr(twins, "answer", lambda *asked: (500, {}) if b"choke" in asked[3] else answer(*asked))
    choking, other = attach(draft, PDF + b"choke"), attach(draft, PDF + b"\n")
    Attachment.objects.filter(pk=choking.pk).update(scan_tries=7, next_scan_at=now() - timedelta(minutes=1))
    Attachment.objects.filter(pk=other.pk).update(scan_tries=0, scan="waiting", next_scan_at=now())
    assert actions.examine_waiting() == 1
    Attachment.objects.filter(pk=choking.pk).update(next_scan_at=now())
    assert attach(draft, PDF + b"\n\n").scan == "clean"


def test_an_infected_file_is_refused_and_exists_for_nobody(draft):
    with pytest.raises(Refused, match="病毒") as told:
        attach(draft, PDF + EICAR)
    assert told.value.code == "attach.infected"
    row = Attachment.objects.get(application=draft)
    assert (row.scan, bool(row.removed_at), line(draft).state) == ("infected", True, "missing")
    assert not queries_files.files_of(draft)
    for name in ("enterprise", "cixi-clerk", "cixi-supervisor"):
        with pytest.raises(NotYours):
            queries_files.attachment(make.actor(name), row.pk)
    assert browser("enterprise").get(f"/files/attachment/{row.pk}/").status_code == 404


def test_what_turns_out_infected_later_is_taken_off_and_told(draft, twins):
    twins.behave("scanner", "lost")
    attach(draft, PDF + EICAR)
    twins.behave("scanner", "")
    with time_machine.travel(now() + timedelta(minutes=10)):
        assert actions.examine_waiting() == 1
    make.deliver_all()
    assert Message.objects.get(party=draft.applicant, root_id=draft.pk).title.startswith("文件有病毒")
    assert not queries_files.files_of(draft)
    assert actions.receive(by=make.actor("enterprise"), application=draft.pk).number


def test_the_counter_is_told_the_same(world, twins):
    twins.behave("scanner", "down")
    case = make.draft(without=("floor_plan",))
    row, clerk = attach(case, by="cixi-clerk"), make.actor("cixi-clerk")
    with nothing_written(Application, MaterialEntry), pytest.raises(Refused, match="纸质件") as told:
        actions.receive(by=clerk, application=case.pk)
    assert told.value.field == "materials.floor_plan"
    desk = browser("cixi-clerk")
    sent = {"material": "floor_plan", "file": SimpleUploadedFile("b.pdf", PDF + b"\n")}
    assert "安全检查中" in desk.post(f"/counter/{case.pk}/files/", sent).content.decode()
    actions.remove_attachment(by=clerk, application=case.pk, attachment=row.pk)
    actions.remove_attachment(by=clerk, application=case.pk, attachment=queries_files.files_of(case)[0].pk)
    assert actions.receive(by=clerk, application=case.pk).number


def test_an_infected_supplement_cures_nothing(world, twins):
    case = make.awaiting()
    twins.behave("scanner", "down")
    attach(case, material="premises_proof")
    with nothing_written(Application, MaterialEntry), pytest.raises(Refused) as told:
        actions.resubmit(by=make.actor("enterprise"), application=case.pk)
    assert told.value.code == "attach.quarantined"
    twins.behave("scanner", "")
    with time_machine.travel(now() + timedelta(minutes=10)):
        actions.examine_waiting()
    assert line(case, "premises_proof").state == "supplemented"
    assert actions.resubmit(by=make.actor("enterprise"), application=case.pk).state == "checking"


def test_the_scanners_silence_costs_nobody_the_last_day(world, twins):
    case = make.awaiting()
    with time_machine.travel(datetime.combine(case.cure_by, time(23, 50), BEIJING)):
        twins.behave("scanner", "down")
        attach(case, material="premises_proof")
        with nothing_written(Application), pytest.raises(Refused, match="不算逾期"):
            actions.resubmit(by=make.actor("enterprise"), application=case.pk)
    with time_machine.travel(datetime.combine(case.cure_by + timedelta(days=2), time(9), BEIJING)):
        with nothing_written(Application), pytest.raises(Later):
            actions.lapse(application=case.pk)
        twins.behave("scanner", "")
        assert actions.examine_waiting() == 1
        make.deliver_all()
        assert actions.lapse(application=case.pk) is False
        issued = today()
    row = Application.objects.get(pk=case.pk)
    assert (row.state, row.supplemented_on) == ("checking", case.cure_by)
    paper = Document.objects.get(root_id=case.pk, kind="supplement_receipt")  # his proof that it came in time
    received = datetime.fromisoformat(paper.payload["received_at"]).astimezone(BEIJING)
    assert (received.date(), f"{received:%H:%M}", paper.day) == (case.cure_by, "23:50", issued)


def test_nor_does_it_hold_who_wants_no_more(world, twins):
    """What came by the last day waited for the scanner: the law had ended nothing, and who took his case back was told that it had."""
    awaiting, gap, over = make.awaiting(), make.accepted(gaps=("floor_plan",)), make.accepted(gaps=("floor_plan",))
    twins.behave("scanner", "down")
    for case, material in ((awaiting, "premises_proof"), (gap, "floor_plan"), (over, "floor_plan")):
        attach(case, material=material)
    with time_machine.travel(now() + timedelta(days=90)):
        for case in (awaiting, gap):
            assert actions.withdraw(by=make.actor("enterprise"), application=case.pk, reason="不再经营").state == "withdrawn"
        actions.terminate(by=make.actor("cixi-supervisor"), application=over.pk, reason="申请人已注销")
        assert make.member_of(over).state == "terminated"
        twins.behave("scanner", "")
        actions.examine_waiting()
        make.deliver_all()
    states = [Application.objects.get(pk=case.pk).state for case in (awaiting, gap, over)]
    assert states == ["withdrawn", "withdrawn", "done"]


def test_the_last_file_that_came_gives_the_day_whichever_is_answered_last(world, twins):
    case = make.awaiting(missing=("premises_proof", "floor_plan"))
    twins.behave("scanner", "down")
    with time_machine.travel(datetime.combine(case.cure_by - timedelta(days=1), time(9), BEIJING)):
        early = attach(case, material="premises_proof")
    with time_machine.travel(datetime.combine(case.cure_by, time(9), BEIJING)):
        late = attach(case, PDF + b"\n")
    twins.behave("scanner", "")
    with time_machine.travel(datetime.combine(case.cure_by + timedelta(days=2), time(9), BEIJING)):
        with nothing_written(Attachment), pytest.raises(WrongState, match="视为撤回"):  # while it waits nothing more comes, and nothing goes
            attach(case, PDF + b"\n\n")
        with nothing_written(Attachment), pytest.raises(WrongState, match="视为撤回"):
            actions.remove_attachment(by=make.actor("enterprise"), application=case.pk, attachment=early.pk)
        for file in (late, early):
            assert actions.examine(file.pk)
            make.deliver_all()
    row = Application.objects.get(pk=case.pk)
    assert (row.state, row.supplemented_on) == ("checking", case.cure_by)


def test_what_is_still_missing_after_a_late_answer_lapses(world, twins):
    """By itself: the message that its day was over has been given up while the scanner was silent."""
    case = make.awaiting(missing=("premises_proof", "business_licence"))
    with time_machine.travel(datetime.combine(case.cure_by, time(12), BEIJING)):
        twins.behave("scanner", "down")
        attach(case, material="premises_proof")
    twins.behave("scanner", "")
    with time_machine.travel(datetime.combine(case.cure_by + timedelta(days=2), time(9), BEIJING)):
        actions.examine_waiting()
        make.deliver_all()
        assert Application.objects.get(pk=case.pk).state == "lapsed"


def test_a_gap_that_turns_out_infected_after_its_day_is_not_cured(world, twins):
    case = make.accepted(gaps=("floor_plan",))
    last = make.member_of(case).gap_cure_by
    with time_machine.travel(datetime.combine(last, time(12), BEIJING)):
        twins.behave("scanner", "down")
        attach(case, PDF + EICAR)
    twins.behave("scanner", "")
    with time_machine.travel(datetime.combine(last + timedelta(days=2), time(9), BEIJING)):
        actions.examine_waiting()
        make.deliver_all()
        assert make.member_of(case).state == "acceptance_revoked"


def test_a_gap_that_was_closed_on_its_last_day_came_then_whenever_the_scanner_answers(world, twins):
    case = make.accepted(gaps=("floor_plan",))
    last = make.member_of(case).gap_cure_by
    with time_machine.travel(datetime.combine(last, time(23, 50), BEIJING)):
        twins.behave("scanner", "down")
        attach(case)
    twins.behave("scanner", "")
    with time_machine.travel(datetime.combine(last + timedelta(days=2), time(9), BEIJING)):
        actions.examine_waiting()
        make.deliver_all()
    assert not make.member_of(case).gap_open
    paper, notice = Document.objects.get(root_id=case.pk, kind="supplement_receipt"), case.notices.get(kind="gap")
    received = datetime.fromisoformat(paper.payload["received_at"]).astimezone(BEIJING)
    assert received.date() == last and notice.came["floor_plan"]["on"] == last.isoformat()


def test_what_stood_before_the_scanner_stays_open_and_is_examined_too(world):
    case = make.received()
    row = attach(case, by="cixi-clerk", material="id_card")
    Attachment.objects.filter(pk=row.pk).update(scan="before", next_scan_at=now())
    assert queries_files.attachment(make.actor("cixi-clerk"), row.pk).scan == "before"
    assert actions.examine_waiting() == 1
    row.refresh_from_db()
    assert row.scan == "clean"


def test_the_page_shows_the_quarantine_and_the_cure(draft, twins):
    twins.behave("scanner", "down")
    client = browser("enterprise")
    file = SimpleUploadedFile("图.pdf", PDF)
    assert client.post(f"/my/{draft.pk}/materials/floor_plan/", {"file": [file]}).status_code == 302
    page = client.get(f"/my/{draft.pk}/materials/").content.decode()
    assert "安全检查中" in page and "自动再查" in page
    check = client.post(f"/my/{draft.pk}/check/", {"declared": "on"})
    assert check.status_code == 422 and "还在做安全检查" in check.content.decode()


def test_several_photos_come_as_one_paper(world):
    case, client = make.from_home(submit=False), browser("enterprise")

    def photos():
        return [SimpleUploadedFile(f"{n}.png", PNG, "image/png") for n in range(3)]

    client.post(f"/my/{case.pk}/materials/floor_plan/", {"file": photos(), "together": "1"})
    assert [(file.name, file.content_type) for file in queries_files.files_of(case)] == [
        ("场所平面布置图.pdf", "application/pdf")
    ]
    with nothing_written(Attachment):  # twelve pages are too many for it, told before anything is kept
        answer = client.post(f"/my/{case.pk}/materials/floor_plan/", {"file": photos() * 4, "together": "1"})
    assert answer.status_code == 422 and "最多 10 页" in answer.content.decode()
    client.post(f"/my/{case.pk}/materials/id_card/", {"file": photos()})
    assert len(queries_files.files_of(case)) == 4
    assert "不超过 10 MB、4 页" in client.get(f"/my/{case.pk}/materials/").content.decode()


def test_an_own_receipt_is_told_as_such(world):
    titles = [entry.title for entry in queries_case.case(make.actor("cixi-clerk"), make.received().pk).story]
    assert "窗口收件" in titles and "网上收件" not in titles
    case = make.from_home(submit=False)
    actions.receive(by=make.actor("enterprise"), application=case.pk)
    titles = [entry.title for entry in queries_case.case(make.actor("cixi-clerk"), case.pk).story]
    assert "网上收件" in titles and "窗口收件" not in titles
