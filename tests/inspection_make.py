"""Builders of joint site inspections, by the real actions; they need the `world` fixture. The story: 办民宿, four departments.

visit = inspection_make.notified()          # planned, answered, confirmed: the applicant has been told
inspection_make.on_the_day(days, visit)     # move the clock to the day of the visit
inspection_make.held(days)                  # … and it was held; each department owes its conclusion
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from apps.applications import actions, queries_inspection
from apps.applications.models import Application, Inspection, InspectionPart, Job
from tests import make

HOMESTAY = "open-homestay"
DEPARTMENTS = ("gongan", "scjg", "wsjs", "xiaofang")
PLACE = "慈溪市掌起镇陈家村 8 号"
FINDINGS = [{"point": "布局和设施与经营项目相适应", "verdict": "ok", "words": ""}]


def picture(pixels: bytes) -> bytes:
    """A PNG in which these bytes can be found again: one row, nothing packed."""
    row, out = Image.new("P", (len(pixels), 1)), BytesIO()
    row.putpalette([level for level in range(256) for _ in "rgb"])
    row.putdata(list(pixels))
    row.save(out, "PNG", compress_level=0)
    return out.getvalue()


PNG = picture(b"\x80")


def homestay(**situations) -> Application:
    """Accepted: hotel licence, health, food and fire run side by side; every job is in hand."""
    case = make.accepted(HOMESTAY, situations={"already_registered": True, "serves_meals": True, **situations})
    for job in Job.objects.filter(application=case):
        actions.claim(by=reviewer(job.department_id), job=job.pk)
    return Application.objects.get(pk=case.pk)


def reviewer(department: str):
    return make.actor(f"{department}-reviewer")


def organiser(visit: Inspection):
    return reviewer(visit.organiser_id)


def officers(department: str, n: int = 2) -> list[dict]:
    return [{"name": f"{'甲乙丙'[i]}{department}", "badge": f"ZF-{department}-{i + 1:02d}"} for i in range(n)]


def state(visit):
    return Inspection.objects.get(pk=visit.pk).state


def planned(case: Application | None = None) -> Inspection:
    case = case or homestay()
    lead = case.plan["lead_department"]
    by = lead if lead in case.departments else case.plan_of(case.plan["joint_inspection"][0])["department"]
    return actions.plan_inspection(by=reviewer(by), application=case.pk)


def answered(case: Application | None = None, *, without: tuple[str, ...] = ()) -> Inspection:
    visit = planned(case)
    slots = queries_inspection.slots(visit)
    for place, department in enumerate(visit.departments):
        if department not in without:
            actions.offer_times(
                by=reviewer(department),
                inspection=visit.pk,
                times=slots[place : place + 12],
                officers=officers(department),
            )
    return visit


def notified(case: Application | None = None) -> Inspection:
    visit = answered(case)
    slot = queries_inspection.visit(organiser(visit), visit.pk).common[0]
    return actions.confirm_visit(by=organiser(visit), inspection=visit.pk, slot=slot, place=PLACE)


def on_the_day(days, visit: Inspection) -> Inspection:
    days.at(visit.visit_on)
    return visit


def held(days, case: Application | None = None, *, present: tuple[str, ...] | None = None) -> Inspection:
    visit = on_the_day(days, notified(case))
    for department in present or visit.departments:
        actions.record_findings(by=reviewer(department), inspection=visit.pk, findings=FINDINGS)
    return actions.hold_visit(
        by=organiser(visit), inspection=visit.pk, present=list(present or visit.departments), signature="陈大民"
    )


def conclude(visit: Inspection, department: str, result: str = "pass", **given) -> InspectionPart:
    return actions.conclude_inspection(
        by=reviewer(department), inspection=visit.pk, result=result, words="现场与申请材料一致。", **given
    )


def concluded(days, case: Application | None = None, **results: str) -> Inspection:
    """Held, and every department has concluded: "pass" unless said (gongan="fail")."""
    visit = held(days, case)
    for department in visit.departments:
        result = results.get(department, "pass")
        given = {"lines": [f"{department} 要求整改的一条"]} if result == "rectify" else {}
        conclude(visit, department, result, **given)
    return Inspection.objects.get(pk=visit.pk)
