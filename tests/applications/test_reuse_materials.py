"""What the platform holds already instead of an upload: one's own, valid today, with its provenance."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.applications import actions, queries_afterwards, queries_files, queries_issue, queries_vault
from apps.applications.models import Application, Attachment, MaterialEntry, Member
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit import files
from apps.kit.errors import Forbidden, NotYours, Refused
from apps.kit.time import now, today
from tests import make
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import browser

PDF = b"%PDF-1.4\n%%EOF"
LICENCE = "enterprise-registration"


def held(draft, by="enterprise") -> dict:
    return queries_vault.held_for(make.actor(by), draft)


def reuse(draft, source, by="enterprise", material="business_licence"):
    return actions.reuse(by=make.actor(by), application=draft.pk, material=material, source=source)


@pytest.fixture
def issued(world):
    """The business licence of 一味餐饮, sealed; its paper is a file of a few bytes."""
    member = make.decided(code=LICENCE)
    make.filed(member.application_id)
    return actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")


def test_an_issued_certificate_is_chosen_with_its_provenance(issued):
    draft = make.from_home(submit=False)
    (one,) = held(draft)["business_licence"]
    paper = Document.objects.get(member_id=issued.pk, kind="certificate")
    assert one.source == f"certificate:{paper.pk}" and paper.number in one.origin and "长期有效" in one.origin
    client = browser("enterprise")
    page = client.get(f"/my/{draft.pk}/materials/").content.decode()
    assert "您已有的，可以直接用" in page and paper.number in page
    answer = client.post(f"/my/{draft.pk}/reuse/business_licence/", {"source": one.source})
    assert answer.status_code == 302
    row = queries_files.files_of(draft)[0]
    assert (row.origin, row.scan, row.content_type) == (one.origin, "clean", "application/pdf")
    assert files.read(row.path) == files.read(paper.path)
    assert MaterialEntry.objects.get(application=draft, code="business_licence").state == "supplied"
    event = Event.objects.get(chain=draft.chain, name="application.reuse")
    assert event.facts == {"material": "business_licence", "sha256": paper.sha256, "source": one.source}
    page = client.get(f"/my/{draft.pk}/materials/").content.decode()
    assert "您已有的" not in page and "本平台签发的证照" in page
    with nothing_written(Attachment):
        again = client.post(f"/my/{draft.pk}/reuse/business_licence/", {"source": one.source})
    assert again.status_code == 422 and "已经放在这里" in again.content.decode()
    case = actions.receive(by=make.actor("enterprise"), application=draft.pk)
    assert "本平台签发的证照" in browser("cixi-clerk").get(f"/counter/{case.pk}/").content.decode()
    other = {"kind": "person", "name": "王小明", "id_number": make.PERSON_ID}
    actions.correct(by=make.actor("cixi-clerk"), application=case.pk, applicant=other, reason="申请人录错")
    assert not queries_files.files_of(case)  # what the former one had is no proof of the other's
    assert MaterialEntry.objects.get(application=case, code="business_licence").state == "missing"


def test_what_does_not_hold_today_is_not_offered(issued):
    draft = make.from_home(submit=False)
    source = held(draft)["business_licence"][0].source
    assert "id_card" not in held(draft)  # each certificate for its own material only
    Member.objects.filter(pk=make.decided(code=LICENCE).pk).update(state="sealed", cancelled_on=today())
    assert held(draft)["business_licence"][0].source == source  # the newest of the item was cancelled, the one before it holds
    Member.objects.filter(pk=issued.pk).update(valid_to=today())
    assert f"{today():%Y年%-m月%-d日}" in held(draft)["business_licence"][0].origin
    with time_machine.travel(now() + timedelta(days=1)), nothing_written(Attachment), pytest.raises(Refused) as told:
        reuse(draft, source)
    assert told.value.code == "vault.gone" and "失效" in told.value.message
    with nothing_written(Attachment), pytest.raises(Refused):
        reuse(draft, source, material="id_card")
    certificate = Document.objects.filter(member_id=issued.pk, kind="certificate")
    certificate.update(extended_to=today() + timedelta(days=1))  # renewed by law, the new one is not handed out yet
    with time_machine.travel(now() + timedelta(days=1)):
        assert f"{today():%Y年%-m月%-d日}" in held(draft)["business_licence"][0].origin
    certificate.update(state="void", void_reason="证照已注销")
    assert not held(draft)


def test_a_certificate_that_is_not_sealed_yet_is_not_offered(world):
    member = make.decided(code=LICENCE)
    make.filed(member.application_id)
    assert not held(make.from_home(submit=False))


def test_what_an_accepted_case_took_is_offered_again(world):
    first = make.received()
    for code, content in (("id_card", PDF), ("premises_proof", PDF + b"1"), ("floor_plan", PDF + b"2")):
        actions.attach(by=make.actor("cixi-clerk"), application=first.pk, material=code, name="证.pdf", content=content)
    draft = make.from_home(submit=False)
    assert not held(draft)  # nobody has looked at it yet
    first = actions.accept(by=make.actor("cixi-clerk"), application=first.pk)
    assert set(held(draft)) == {"id_card", "premises_proof", "floor_plan"}
    one = held(draft)["floor_plan"][0]
    assert first.number in one.origin and "本人此前办件" in one.origin
    reuse(draft, one.source, material="floor_plan")
    assert MaterialEntry.objects.get(application=draft, code="floor_plan").state == "supplied"
    case = make.awaiting()  # here it mends what was told of
    Application.objects.filter(pk=case.pk).update(applicant=draft.applicant)
    reuse(case, held(case)["premises_proof"][0].source, material="premises_proof")
    entry = MaterialEntry.objects.get(application=case, code="premises_proof")
    assert entry.state == "supplemented"
    actions.resubmit(by=make.actor("enterprise"), application=case.pk)
    other = {"kind": "person", "name": "王小明", "id_number": make.PERSON_ID}
    actions.correct(by=make.actor("cixi-clerk"), application=case.pk, applicant=other, reason="申请人录错")
    entry.refresh_from_db()
    assert entry.state == "missing"  # it was the former one's
    first.materials.filter(code="id_card").update(state="rejected")
    Attachment.objects.filter(application=first, material__code="premises_proof").update(scan="infected")
    assert set(held(draft)) == {"floor_plan"}


def test_what_was_found_faulty_is_not_offered_again(world):
    """The illegible scan, once the good one had come, was offered as taken in with that case."""
    clerk, citizen, reviewer = make.actor("cixi-clerk"), make.actor("enterprise"), make.actor("scjg-reviewer")
    first, draft = make.received(), make.from_home(submit=False)
    actions.attach(by=clerk, application=first.pk, material="premises_proof", name="旧.pdf", content=PDF + b"1")
    wrong = {"premises_proof": {"state": "rejected", "remark": "租期已过"}}
    gaps = [{"material": "premises_proof", "requirement": "请交新的"}]
    actions.ask_supplement(by=clerk, application=first.pk, gaps=gaps, materials=wrong)
    actions.attach(by=citizen, application=first.pk, material="premises_proof", name="新.pdf", content=PDF + b"2")
    actions.resubmit(by=citizen, application=first.pk)
    first = actions.accept(by=clerk, application=first.pk)
    (one,) = held(draft)["premises_proof"]
    assert one.name == "新.pdf"
    job = actions.claim(by=reviewer, job=make.job_of(first).pk)
    actions.ask_in_review(by=reviewer, job=job.pk, gaps=[{"material": "premises_proof", "problem": "少一页"}])
    assert not held(draft)
    with pytest.raises(Refused):
        reuse(draft, one.source, material="premises_proof")


def test_what_a_later_case_found_faulty_is_not_offered_from_the_earlier_one(world):
    """The lease of the first case had run out by the second, where the counter sent it back: the third was offered it all the same."""
    clerk, citizen = make.actor("cixi-clerk"), make.actor("enterprise")
    first, second, third = make.received(), make.from_home(submit=False), make.from_home(submit=False)
    actions.attach(by=clerk, application=first.pk, material="premises_proof", name="租约.pdf", content=PDF)
    actions.accept(by=clerk, application=first.pk)
    reuse(second, held(second)["premises_proof"][0].source, material="premises_proof")
    second.materials.exclude(code="premises_proof").update(state="supplied")
    actions.receive(by=citizen, application=second.pk)
    assert held(third)["premises_proof"]
    wrong = {"premises_proof": {"state": "rejected", "remark": "租期已过"}}
    actions.ask_supplement(by=clerk, application=second.pk, gaps=[{"material": "premises_proof"}], materials=wrong)
    assert not held(third) and not held(second)
    actions.attach(by=citizen, application=second.pk, material="premises_proof", name="新租约.pdf", content=PDF + b"2")
    assert not held(third)  # handed in once more and not judged yet, the old one is what it was
    worn_out = Attachment.objects.get(application=second, material__code="premises_proof", name="租约.pdf")
    actions.remove_attachment(by=clerk, application=second.pk, attachment=worn_out.pk)
    assert not held(third)  # nor does the desk mend it by taking it off the list


def test_nobody_chooses_what_is_anothers(issued):
    source = held(make.from_home(submit=False))["business_licence"][0].source
    others = make.from_home("id-card-renewal", by="citizen", submit=False)
    assert not held(others, "citizen")
    draft = make.from_home(submit=False)
    with nothing_written(Attachment, MaterialEntry):
        with pytest.raises(NotYours):
            reuse(draft, source, by="citizen")
        with pytest.raises(Refused):
            reuse(others, source, by="citizen", material=others.plan["materials"][-1]["material"])
        with pytest.raises(Forbidden):
            reuse(draft, source, by="cixi-clerk")
    assert browser("citizen").post(f"/my/{draft.pk}/reuse/business_licence/", {"source": source}).status_code == 404


def test_what_one_has_costs_the_same_for_one_material_and_for_many(issued):
    from tests.applications.test_statements import cost

    draft = make.from_home(submit=False)
    for code in [entry.code for entry in draft.materials.all()]:
        first = make.received()
        actions.attach(by=make.actor("cixi-clerk"), application=first.pk, material=code, name="a.pdf", content=PDF)
        actions.accept(by=make.actor("cixi-clerk"), application=first.pk)
    me = make.actor("enterprise")
    assert cost(lambda: queries_vault.held_for(me, draft)) == 3


OTHER = {**make.APPLICANT, "name": "慈溪市二味餐饮有限公司", "id_number": "91350100M000100Y43"}


def test_what_the_platform_holds_is_not_asked_for(issued):
    """Neither by the notice of gaps nor at the acceptance, whether the clerk names it or not: he waives it, or says why it does not do."""
    clerk, number = make.actor("cixi-clerk"), make.certificate_of(issued)
    case, unfit = (make.received(without=("business_licence", "premises_proof")) for _ in range(2))
    for named in (["business_licence", "premises_proof"], ["premises_proof"]):
        with nothing_written(MaterialEntry), pytest.raises(Refused) as told:
            actions.ask_supplement(by=clerk, application=case.pk, gaps=[{"material": code} for code in named])
        assert [(e.code, e.field) for e in told.value.errors] == [("material.on_record", "gaps.business_licence")]
        assert number in told.value.message and "免交" in told.value.message
    with nothing_written(MaterialEntry), pytest.raises(Refused) as told:
        actions.accept(by=clerk, application=case.pk)
    assert {e.code for e in told.value.errors} == {"material.on_record", "accept.main_missing"}
    ask = {"by": clerk, "gaps": [{"material": "premises_proof"}]}
    waived = {"business_licence": {"state": "waived", "remark": f"平台已有，{number}"}}
    row = actions.ask_supplement(application=case.pk, materials=waived, **ask)
    assert [gap["material"] for gap in row.notices.get().gaps] == ["premises_proof"]
    ask["gaps"] += [{"material": "business_licence"}]
    wrong = {"business_licence": {"state": "rejected", "remark": "是另一处经营场所的"}}
    assert len(actions.ask_supplement(application=unfit.pk, materials=wrong, **ask).notices.get().gaps) == 2
    stranger = make.received(without=("business_licence", "premises_proof"), applicant=OTHER)
    assert len(actions.ask_supplement(application=stranger.pk, **ask).notices.get().gaps) == 2


def made_optional(case) -> None:
    """The licence is what one may leave out, in the case's plan and in its checklist."""
    next(line for line in case.plan["materials"] if line["material"] == "business_licence")["necessity"] = "optional"
    Application.objects.filter(pk=case.pk).update(plan=case.plan)
    case.materials.filter(code="business_licence").update(necessity="optional")


def test_nor_is_what_one_may_leave_out_or_what_the_department_asks_for(issued):
    """An optional line is demanded as soon as a notice names it; the department says what is wrong with what there is."""
    number = make.certificate_of(issued)
    case = make.received(without=("business_licence", "premises_proof"))
    made_optional(case)
    both = [{"material": code} for code in ("business_licence", "premises_proof")]
    with nothing_written(MaterialEntry), pytest.raises(Refused, match=number):
        actions.ask_supplement(by=make.actor("cixi-clerk"), application=case.pk, gaps=both)
    assert len(actions.ask_supplement(by=make.actor("cixi-clerk"), application=case.pk, gaps=both[1:]).notices.get().gaps) == 1
    row = make.accepted()
    made_optional(row)
    row.materials.filter(code="business_licence").update(state="missing")
    job, reviewer = make.job_of(row), make.actor("scjg-reviewer")
    actions.claim(by=reviewer, job=job.pk)
    with nothing_written(MaterialEntry), pytest.raises(Refused, match=number):
        actions.ask_in_review(by=reviewer, job=job.pk, gaps=both[:1])
    wrong = [both[0] | {"problem": "是另一处经营场所的"}]
    assert actions.ask_in_review(by=reviewer, job=job.pk, gaps=wrong).gaps[0]["material"] == "business_licence"


def test_a_promise_is_not_revoked_over_a_certificate_that_was_issued_meanwhile(world, days, monkeypatch):
    case = make.accepted(gaps=["floor_plan"])
    paper = queries_vault.Held("certificate:1", "图.pdf", "本平台签发的证照，文号 慈图1号", "application/pdf", 1, "", "")
    monkeypatch.setattr(queries_vault, "on_record", lambda row, entries: {e.code: paper for e in entries if e.code == "floor_plan"})
    days.after(make.member_of(case).gap_cure_by)
    days.work()
    member, line = make.member_of(case), case.materials.get(code="floor_plan")
    assert (member.state, member.gap_open) == ("accepted_with_gap", False)
    assert line.state == "waived" and "慈图1号" in line.remark
    story = make.case("enterprise", case).story
    assert "不用再交" in next(one.detail for one in story if one.title == "容缺已了结")


def test_of_who_has_many_certificates_an_old_one_is_found_as_well(issued):
    """A chain is given a permit for each of its shops: the licence that it got before them is still no paper to bring."""
    case, permit = Application.objects.get(pk=issued.application_id), Member.objects.get(pk=issued.pk)
    numbered = [f"33028220171129{place:06d}" for place in range(60)]
    later = {"code": "hygiene", "decided_on": today() + timedelta(days=1)}
    for case.number in numbered:
        case.pk = None
        case.save(force_insert=True)
        for name, value in {"pk": None, "application": case, "number": f"{case.number}-01", **later}.items():
            setattr(permit, name, value)
        permit.save(force_insert=True)
    draft, by = make.from_home(submit=False), make.actor("enterprise")
    with CaptureQueriesContext(connection) as asked:
        assert queries_vault.held_for(by, draft)["business_licence"][0].source.startswith("certificate:")
    assert len(asked) == 3


def test_papers_of_several_items_are_found_by_their_cases(issued):
    """The register of papers is sorted by case: asked for an item's alone, it was read from end to end, of the whole city."""
    draft, by = make.from_home(submit=False), make.actor("enterprise")
    Member.objects.filter(pk=issued.pk).update(valid_to=today())
    case = Application.objects.get(pk=make.received(code=LICENCE).pk)
    with CaptureQueriesContext(connection) as asked:
        assert queries_vault.held_for(by, draft)["business_licence"]
        assert queries_afterwards.renewable(case)
        assert queries_issue.seals_of([issued])
    wanted = [one["sql"].partition(" WHERE ")[2] for one in asked if '"issuance_document"' in one["sql"]]
    assert len(wanted) == 4 and all('"root_id"' in text for text in wanted)
