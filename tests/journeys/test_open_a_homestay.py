"""开民宿 in the browser: four departments come once, look together and say each for itself; what one of them wants mended is looked at
again by it alone; then four decisions and one pick-up."""

import pytest

from apps.applications import actions, queries_inspection
from apps.applications.models import Inspection, Job, RectificationLine
from apps.issuance.models import HandOver
from tests import inspection_make as im
from tests import make
from tests.applications.test_run_bundle import decide, states
from tests.days import Days

from . import hands

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SITUATION = {"already_registered": "true", "serves_meals": "true"}


def visit_of(row) -> Inspection:
    return Inspection.objects.get(application=row)


def test_from_the_counter_to_one_pick_up(sit, axe, time_machine):
    page = sit("cixi-clerk", "/counter/")
    row = hands.begin(page, number=make.APPLICANT["id_number"], words="bms", code=im.HOMESTAY, situations=SITUATION)
    hands.fill(page, row)
    row = hands.accept(page)
    for job in Job.objects.filter(application=row):
        actions.claim(by=im.reviewer(job.department_id), job=job.pk)

    page = sit("gongan-reviewer", f"/review/{hands.job_of(row, 'hotel-special-licence').pk}/")
    page.get_by_role("button", name="发起踏勘").click()
    page.get_by_text("已发起踏勘").wait_for()
    slots = queries_inspection.slots(visit_of(row))
    for department in im.DEPARTMENTS[1:]:
        actions.offer_times(
            by=im.reviewer(department),
            inspection=visit_of(row).pk,
            times=slots[1:4],
            officers=im.officers(department),
        )
    for slot in slots[:3]:
        page.locator(f"[name=times][value='{slot}']").check()
    for place, officer in enumerate(im.officers("gongan")):
        for key, value in officer.items():
            page.locator(f"[name=officers__{place}__{key}]").fill(value)
    page.get_by_role("button", name="报空闲时间").click()
    page.get_by_text("已报空闲时间").wait_for()
    page.locator("[name=place]").fill(im.PLACE)
    axe(page)
    page.get_by_role("button", name="确定时间和地点").click()
    page.get_by_text("已通知申请人").first.wait_for()
    when = visit_of(row).when
    assert f"{when}到{im.PLACE}现场踏勘，请派人到场" in hands.track(page, row)

    Days(time_machine).at(visit_of(row).visit_on)
    look(sit, row, im.DEPARTMENTS)
    for department in im.DEPARTMENTS[:3]:
        im.conclude(visit_of(row), department)
    im.conclude(visit_of(row), "xiaofang", "rectify", lines=["增设应急照明"], days=3)
    told = hands.track(page, row)
    assert "需要整改" in told and "增设应急照明" in told
    page = sit("gongan-reviewer", f"/review/inspections/{visit_of(row).pk}/")
    page.locator("[name=slot]").select_option(index=1)
    page.get_by_role("button", name="安排复查并通知申请人").click()
    page.get_by_text("已安排复查").wait_for()

    Days(time_machine).at(visit_of(row).visit_on)
    look(sit, row, ["xiaofang"])
    page = sit("xiaofang-reviewer", f"/review/inspections/{visit_of(row).pk}/sheet/")
    page.locator("[name=result][value=pass]").check()
    page.locator("[name=words]").fill("应急照明已经增设。")
    page.locator(f"[name=fixed][value='{RectificationLine.objects.get().pk}']").check()
    page.get_by_role("button", name="出具结论").click()
    page.get_by_text("踏勘已完结").wait_for()
    assert "各部门的结论都是符合" in hands.track(page, row)

    for code in states(row):
        row = decide(row, code)
    assert (row.state, row.outcome) == ("done", "granted")
    for department in im.DEPARTMENTS:
        hands.register(sit, row, department)
    hands.collect(sit, row, relation="legal_rep")
    assert set(states(row).values()) == {"collected"}
    assert HandOver.objects.filter(root_id=row.pk).count() == 1
    assert page.faults == []


def look(sit, row, departments) -> None:
    """On the spot: each department fills in its part; the organiser has the applicant sign."""
    visit = visit_of(row)
    for department in departments:
        actions.record_findings(by=im.reviewer(department), inspection=visit.pk, findings=im.FINDINGS)
    page = sit("gongan-reviewer", f"/review/inspections/{visit.pk}/sheet/")
    page.locator("[name=signature]").fill("陈大民")
    page.get_by_role("button", name="登记踏勘完成").click()
    page.get_by_text("已签名：陈大民").wait_for()
