"""联合踏勘: one visit out of everybody's free times, two officers a department, one sheet, a conclusion each, one list."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.applications import actions, queries_inspection, tracking, visiting
from apps.applications.actions.inspection_planning import checked_officers
from apps.applications.models import (
    Inspection,
    InspectionPart,
    InspectionPhoto,
    RectificationLine,
)
from apps.deadlines.models import Clock
from apps.directory.models import Message
from apps.gateway.twins import EICAR
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import today
from tests import inspection_make as im
from tests import make
from tests.people import nothing_written

pytestmark = pytest.mark.django_db
ROWS = (Inspection, InspectionPart, InspectionPhoto, RectificationLine, Document, Clock)

# —— the proposal (pure) ——

DAYS = [f"2017-10-{day:02d}/{half}" for day in range(9, 15) for half in ("am", "pm")]
offers = st.lists(st.sets(st.sampled_from(DAYS)), max_size=5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offers, st.integers(8, 15))
def test_proposed_are_the_half_days_that_everybody_has_free_the_earliest_first(offers, day):
    now = date(2017, 10, day)
    free = [slot for slot in DAYS if offers and all(slot in offer for offer in offers) and slot > f"{now}/zz"]
    assert visiting.common(offers, now) == free


def test_slots_are_half_days_of_working_days_from_tomorrow(world):
    visit = im.planned()
    slots = queries_inspection.slots(visit)
    assert len(slots) == 20 and slots == sorted(slots)
    assert min(visiting.parse(slot)[0] for slot in slots) > today()


# —— planning ——


def test_one_visit_of_all_members_that_the_bundle_joins(world):
    visit = im.planned()
    assert visit.organiser_id == "gongan"  # the lead (旅游) has no member here: the first department of the visit
    assert visit.departments == sorted(im.DEPARTMENTS)
    assert InspectionPart.objects.filter(inspection=visit).count() == 4
    with nothing_written(*ROWS), pytest.raises(WrongState):
        im.planned(visit.application)


def test_a_single_item_is_visited_by_its_own_department(world):
    job = make.claimed()
    visit = actions.plan_inspection(by=im.reviewer("scjg"), application=job.application_id)
    assert (visit.organiser_id, visit.departments) == ("scjg", ["scjg"])


def test_who_does_not_organise_does_not_plan(world):
    case = im.homestay()
    with nothing_written(*ROWS):
        for who, refusal in [("scjg-reviewer", Forbidden), ("cixi-clerk", Forbidden), ("yancao-reviewer", NotYours)]:
            with pytest.raises(refusal):
                actions.plan_inspection(by=make.actor(who), application=case.pk)


def test_an_item_without_inspection_has_no_visit(world):
    case = make.accepted("enterprise-registration")
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.plan_inspection(by=im.reviewer("scjg"), application=case.pk)


def test_two_officers_with_different_badges(world):
    visit = im.planned()
    slots = queries_inspection.slots(visit)
    bad = [
        [],
        im.officers("scjg", 1),
        [{"name": "王五", "badge": "ZF-0001"}] * 2,
        [{"name": "王五", "badge": "ZF-0001"}, {"name": "赵六", "badge": ""}],
        [{"name": "王五", "badge": "ZF-0001"}, {"name": "赵六", "badge": "ZF-0001"}],
    ]
    with nothing_written(*ROWS):
        for officers in bad:
            with pytest.raises(Refused) as told:
                actions.offer_times(by=im.reviewer("scjg"), inspection=visit.pk, times=slots[:1], officers=officers)
            assert told.value.field.startswith("officers")
    with pytest.raises(Refused) as told:  # the line that lacks it, though one above is blank
        checked_officers([{}, {"name": "王五", "badge": "ZF-0001"}, {"name": "赵六", "badge": ""}])
    assert told.value.field == "officers.2.badge"
    named = [{"name": "王", "badge": "ZF-0001"}, {"name": "赵六", "badge": "ZF-0002"}]  # his whole name is one character
    assert checked_officers(named) == named


def test_free_times_are_half_days_to_come(world):
    visit = im.planned()
    with nothing_written(*ROWS):
        for times in ([], [f"{today()}/am"], ["morgen"], ["2030-01-01/am"]):
            with pytest.raises(Refused):
                actions.offer_times(by=im.reviewer("scjg"), inspection=visit.pk, times=times)


def test_the_confirmed_visit_is_told_in_writing_and_in_the_story(world):
    visit = im.notified()
    case = visit.application
    assert visit.state == "notified"
    assert visit.visit_on > today()
    paper = Document.objects.get(root_id=case.pk, kind="inspection_notice")
    assert paper.payload["when"] == visit.when and paper.payload["where"] == im.PLACE
    assert len(paper.payload["officers"]) == 4 and "ZF-scjg-01" in str(paper.payload["officers"])
    told = [entry for entry in make.case("enterprise", case).story if entry.title == "通知踏勘时间"]
    assert len(told) == 1 and visit.when in told[0].detail
    assert visit.when in make.case("enterprise", case).now[2]


def test_a_slot_that_is_not_common_is_refused(world):
    visit = im.answered()
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        actions.confirm_visit(
            by=im.organiser(visit), inspection=visit.pk, slot=queries_inspection.slots(visit)[0], place=im.PLACE
        )
    assert told.value.field == "slot"
    slot = queries_inspection.visit(im.organiser(visit), visit.pk).common[0]
    with nothing_written(*ROWS), pytest.raises(Refused, match="印不出来的符号") as told:  # the notice, perhaps released by another, repeats it
        actions.confirm_visit(by=im.organiser(visit), inspection=visit.pk, slot=slot, place=f"📍{im.PLACE}")
    assert told.value.field == "place"


def test_a_silent_department_holds_nobody_up_after_its_day(world, days):
    visit = im.answered(without=("wsjs",))
    slot = queries_inspection.visit(im.organiser(visit), visit.pk).common[0]

    def confirm():
        return actions.confirm_visit(by=im.organiser(visit), inspection=visit.pk, slot=slot, place=im.PLACE)

    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        confirm()
    assert "卫计" in told.value.message
    days.after(visit.reply_by)
    slot = queries_inspection.visit(im.organiser(visit), visit.pk).common[0]
    assert confirm().state == "confirmed_by_all"  # its officers are still unnamed
    assert actions.notify_applicant(by=im.organiser(visit), inspection=visit.pk).state == "notified"
    event = Event.objects.get(name="inspection.notify", chain=visit.application.chain)
    assert event.facts["lacking"] == ["wsjs"]


def test_naming_the_last_officers_releases_the_notice(world):
    visit = im.planned()
    slots = queries_inspection.slots(visit)
    for department in visit.departments:
        named = None if department == "wsjs" else im.officers(department)
        actions.offer_times(by=im.reviewer(department), inspection=visit.pk, times=slots, officers=named)
    actions.confirm_visit(by=im.organiser(visit), inspection=visit.pk, slot=slots[0], place=im.PLACE)
    assert im.state(visit) == "confirmed_by_all"
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.notify_applicant(by=im.organiser(visit), inspection=visit.pk)
    actions.name_officers(by=im.reviewer("wsjs"), inspection=visit.pk, officers=im.officers("wsjs"))
    assert im.state(visit) == "notified"


def test_who_fixes_the_day_hears_when_the_last_answer_came(world):
    """Nobody else may fix it, and the time for the decision runs meanwhile."""

    def heard(department: str) -> list[str]:
        found = Message.objects.filter(user=im.reviewer(department).id, title__startswith="各部门都报了踏勘时间")
        return list(found.values_list("link", flat=True))

    visit = im.answered(without=("wsjs",))
    assert heard(visit.organiser_id) == []
    for _ in range(2):  # given again it is not told again
        actions.offer_times(by=im.reviewer("wsjs"), inspection=visit.pk, times=queries_inspection.slots(visit)[3:6])
        assert heard(visit.organiser_id) == [f"/review/inspections/{visit.pk}/"]
    assert heard("wsjs") == heard("scjg") == []


def test_a_day_that_cannot_be_kept_is_asked_for_again(world):
    visit = im.notified()
    actions.replan_visit(by=im.organiser(visit), inspection=visit.pk, reason="台风停工")
    assert im.state(visit) == "planned"
    assert not InspectionPart.objects.filter(inspection=visit, answered_on__isnull=False).exists()
    assert any(entry.title == "踏勘改期" for entry in make.case("enterprise", visit.application).story)
    told = {name: [one.title.split("：")[0] for one in Message.objects.filter(user=im.reviewer(name).id).order_by("pk")] for name in im.DEPARTMENTS}
    come = ["请报踏勘时间", "踏勘时间已定", "踏勘改期"]  # nobody sets out on a day that is off
    assert told == {name: ["各部门都报了踏勘时间"] if name == visit.organiser_id else come for name in im.DEPARTMENTS}


@pytest.mark.parametrize("notified", [True, False])
def test_of_a_visit_he_was_never_told_of_the_applicant_reads_nothing(world, notified):
    """He read that a visit was called off of which he had never heard; and did not hear that the new day which he awaited does not come."""
    visit, off = (im.notified(), ("踏勘改期", "踏勘取消")) if notified else (im.answered(), ("踏勘取消",))
    if notified:
        actions.replan_visit(by=im.organiser(visit), inspection=visit.pk, reason="台风停工")
    actions.cancel_inspection(by=im.organiser(visit), inspection=visit.pk, reason="改为书面核查")
    row = visit.application
    read = {who: [one.title for one in make.case(who, row).story if one.title in off] for who in ("enterprise", "cixi-clerk")}
    assert read == {"enterprise": list(off) if notified else [], "cixi-clerk": list(off)}
    make.deliver_all()
    heard = Message.objects.filter(user=None, title__startswith="踏勘").order_by("pk").values_list("title", flat=True)
    assert [title[:4] for title in heard if title[:4] in off] == read["enterprise"]
    assert [one.title for one in tracking.track(row.number, make.MOBILE).story if one.title in off] == read["enterprise"]


def test_that_a_day_he_was_not_told_of_is_off_the_applicant_does_not_read(world):
    """The new day was put off before it was told; he heard nothing of it, and the department's reason stood in his story."""
    visit = im.notified()
    actions.replan_visit(by=im.organiser(visit), inspection=visit.pk, reason="台风停工")
    for department in visit.departments:
        actions.offer_times(by=im.reviewer(department), inspection=visit.pk, times=queries_inspection.slots(visit)[4:8])
    InspectionPart.objects.filter(inspection=visit).update(officers=[])  # as of who joined since: the day is fixed, and not told
    slot = queries_inspection.visit(im.organiser(visit), visit.pk).common[0]
    assert actions.confirm_visit(by=im.organiser(visit), inspection=visit.pk, slot=slot, place=im.PLACE).state == "confirmed_by_all"
    actions.replan_visit(by=im.organiser(visit), inspection=visit.pk, reason="两名踏勘人员请假")
    row = visit.application
    for who, reasons in (("enterprise", ["台风停工"]), ("cixi-clerk", ["台风停工", "两名踏勘人员请假"])):
        assert [one.detail for one in make.case(who, row).story if one.title == "踏勘改期"] == reasons


# —— on the spot ——


def test_nothing_is_recorded_before_the_day(world):
    visit = im.notified()
    with nothing_written(*ROWS):
        for call in (
            lambda: actions.record_findings(by=im.reviewer("scjg"), inspection=visit.pk, findings=im.FINDINGS),
            lambda: actions.add_photo(by=im.reviewer("scjg"), inspection=visit.pk, name="a.png", content=im.PNG),
            lambda: actions.hold_visit(
                by=im.organiser(visit), inspection=visit.pk, present=["scjg"], signature="陈大民"
            ),
            lambda: im.conclude(visit, "scjg"),
        ):
            with pytest.raises(WrongState):
                call()


def test_photos_are_pictures_by_their_bytes(world, days):
    visit = im.on_the_day(days, im.notified())
    row = actions.add_photo(
        by=im.reviewer("scjg"), inspection=visit.pk, name="../x.pdf", content=im.PNG, caption="后厨"
    )
    assert (row.content_type, row.name) == ("image/png", "x.png")
    assert queries_inspection.photo(make.actor("cixi-clerk"), row.pk) == row
    for other in ("yancao-reviewer", "enterprise"):  # the applicant reads what the papers say, and no department's notes
        with pytest.raises(NotYours):
            queries_inspection.photo(make.actor(other), row.pk)
    with nothing_written(*ROWS):
        for content in (b"", b"%PDF-1.4 x", b"<svg/>", im.PNG[:40]):
            with pytest.raises(Refused):
                actions.add_photo(by=im.reviewer("scjg"), inspection=visit.pk, name="a.png", content=content)


def test_photos_lie_in_quarantine_until_the_scanner_has_answered(world, days, twins):
    visit = im.on_the_day(days, im.notified())

    def upload(content):
        return actions.add_photo(by=im.reviewer("scjg"), inspection=visit.pk, name="a.png", content=content)

    twins.behave("scanner", "down")
    row, clerk = upload(im.PNG), make.actor("cixi-clerk")
    assert row.quarantined
    with pytest.raises(WrongState, match="安全检查"):
        queries_inspection.photo(clerk, row.pk)
    twins.behave("scanner", "")
    days.at(visit.visit_on, 11)
    assert actions.examine_waiting() == 1
    assert queries_inspection.photo(clerk, row.pk).scan == "clean"
    with pytest.raises(Refused, match="病毒"):
        upload(im.picture(EICAR))
    infected = InspectionPhoto.objects.get(scan="infected")
    with pytest.raises(NotYours):
        queries_inspection.photo(clerk, infected.pk)
    shown = queries_inspection.visit(im.reviewer("wsjs"), visit.pk)
    assert [photo.pk for part in shown.parts for photo in part.photos.all()] == [row.pk]
    told = Event.objects.filter(chain=visit.application.chain, name__startswith="inspectionpart.").values_list("name")
    assert {("inspectionpart.clear_photo",), ("inspectionpart.refuse_photo",)} <= set(told)


def test_signature_or_its_refusal(world, days):
    visit = im.on_the_day(days, im.notified())
    with nothing_written(*ROWS):
        for given in ({}, {"signature": "陈大民", "signature_refused": "不在场"}):
            with pytest.raises(Refused):
                actions.hold_visit(by=im.organiser(visit), inspection=visit.pk, present=["scjg"], **given)
        for present in ([], ["yancao"]):
            with pytest.raises(Refused):
                actions.hold_visit(by=im.organiser(visit), inspection=visit.pk, present=present, signature="陈大民")
    row = actions.hold_visit(
        by=im.organiser(visit), inspection=visit.pk, present=["scjg"], signature_refused="申请人不在场"
    )
    assert row.state == "held"


def test_who_answers_after_it_was_called_off_reads_that_it_was(world):
    """He was told that the time is fixed, or that the visit is still to come, and kept the day free."""
    visit = im.answered()
    slot = queries_inspection.slots(visit)[0]
    actions.cancel_inspection(by=im.organiser(visit), inspection=visit.pk, reason="改为书面核查")
    for late in (
        lambda: actions.offer_times(by=im.reviewer("wsjs"), inspection=visit.pk, times=[slot], officers=im.officers("wsjs")),
        lambda: im.conclude(visit, "wsjs"),
    ):
        with nothing_written(Inspection, InspectionPart), pytest.raises(WrongState, match=r"^踏勘已取消，不用再"):
            late()
