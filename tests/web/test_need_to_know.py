"""Need to know as a table (DOMAIN.md row 49): five departments work on one case, one paper is used by four of them. Through
every door (page, scan, export, API) each sees what its own item needs, and nothing else; one refusal leaves the rest right.

What is expected is read from the items of the catalogue, not from the case."""

from __future__ import annotations

import io

import openpyxl
import pytest
import yaml
from django.urls import reverse

from apps.applications import actions
from apps.applications.handout import take_over
from apps.applications.models import Application, Job, Member
from apps.catalog.actions import load_catalogue
from apps.catalog.forms_schema import personal
from apps.catalog.loading.source import read
from apps.catalog.plan import compile_plan
from apps.catalog.standards import points_of
from apps.deadlines.models import Clock
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.invariants import patrol
from apps.kit.errors import Forbidden, NotYours, Refused
from apps.kit.time import today
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written, staff
from tests.web.conftest import client_of

ITEMS = {
    "scjg": "food-licence",
    "gongan": "hotel-special-licence",
    "wsjs": "public-place-health-licence",
    "xiaofang": "fire-check",
    "zhujian": "drainage-permit",
}
SHARED, BY_FOUR = "premises_proof", {"scjg", "gongan", "wsjs", "xiaofang"}
FIVE = {
    "code": "open-inn",
    "name": "开客栈",
    "region": "330282",
    "kind": "joint",
    "valid_from": "2017-01-01",
    "valid_to": None,
    "lead": {"department": "lvyou", "criterion": "sector_regulator"},
    "members": [{"item": code} for code in ITEMS.values()],
    "audience": ["enterprise"],
    "themes": ["准营准办"],
    "issue": "together",
    "promised_limit": {"days": 10, "unit": "working"},
}
SCAN = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
def case(world) -> Application:
    """Accepted, every asked paper with a scan; each department's reviewer has taken his work in hand."""
    text = {"format": "yichuang-catalog/1", "as_of": "2017-08-31", "node": "330282", "bundles": [FIVE]}
    report = load_catalogue(by=SYSTEM, sources=[read("five.yaml", yaml.safe_dump(text, allow_unicode=True).encode())])
    assert not report.problems
    row = make.draft("open-inn")
    clerk = make.actor("cixi-clerk")
    for entry in row.materials.all():
        actions.attach(by=clerk, application=row.pk, material=entry.code, name=f"{entry.code}.png", content=SCAN)
    actions.receive(by=clerk, application=row.pk)
    actions.accept(by=clerk, application=row.pk)
    for department in ITEMS:
        job = Job.objects.get(application=row, department=department)
        actions.claim(by=make.actor(f"{department}-reviewer"), job=job.pk)
    return Application.objects.get(pk=row.pk)


def item(department: str) -> dict:
    return compile_plan(ITEMS[department], {}, today())


def needed(department: str) -> tuple[set[str], set[str]]:
    """(materials, fields) of the department's item, as the catalogue says."""
    plan = item(department)
    return {m["material"] for m in plan["materials"]}, {e["element"] for e in take_over(plan)["elements"]}


def job_of(case, department) -> Job:
    return Job.objects.get(application=case, department=department)


def others_words(case, department) -> set[str]:
    """Names of materials and fields that only others need, and that no other word of the department's own contains."""
    materials, fields = needed(department)
    mine = [m["name"] for m in case.plan["materials"] if m["material"] in materials]
    mine += [e["name"] for e in case.plan["elements"] if e["element"] in fields]
    foreign = {m["name"] for m in case.plan["materials"] if m["material"] not in materials}
    foreign |= {e["name"] for e in case.plan["elements"] if e["element"] not in fields}
    return {name for name in foreign if not any(name in own for own in mine)}


def test_the_case_is_the_one_of_the_story(case):
    assert set(case.departments) == set(ITEMS)
    shared = next(m for m in case.plan["materials"] if m["material"] == SHARED)
    assert set(shared["needed_by"]) == {ITEMS[department] for department in BY_FOUR}
    assert {d for d in ITEMS if SHARED in needed(d)[0]} == BY_FOUR


@pytest.mark.parametrize("department", ITEMS)
def test_each_door_for_each_department(case, at, department):
    materials, fields = needed(department)
    name = f"{department}-reviewer"
    desk, api = at(name), Caller(name)
    scans = {a.material.code: a.pk for a in case.attachments.select_related("material")}
    assert scans.keys() > materials

    # the page
    shown = desk.get(reverse("review:job", args=[job_of(case, department).pk])).text
    for entry in case.plan["materials"]:
        assert (entry["name"] in shown) or entry["material"] not in materials, entry["name"]
    foreign = others_words(case, department)
    assert foreign and not [word for word in foreign if word in shown]

    # the scans, by both doors
    for code, pk in scans.items():
        want = 200 if code in materials else 404
        assert desk.get(reverse("attachment", args=[pk])).status_code == want, code
        assert api.raw("get", f"attachments/{pk}/").status_code == want, code

    # the API
    told = api.get(f"applications/{case.pk}/")
    assert {entry["code"] for entry in told["materials"]} == materials
    assert {answer["code"] for answer in told["answers"]} <= fields
    own = Member.objects.get(application=case, code=ITEMS[department])
    assert {clock["subject"] for clock in told["clocks"]} <= {f"member:{own.pk}", f"application:{case.pk}"}
    assert not [word for word in foreign if word in str(told)]
    form = api.get(f"applications/{case.pk}/form/")
    assert ({e["element"] for e in form["elements"]}, {m["material"] for m in form["materials"]}) == (fields, materials)

    # the export
    sheet = openpyxl.load_workbook(io.BytesIO(desk.get(reverse("review:export")).content)).active
    cells = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    names = {d: Member.objects.get(application=case, code=code).name for d, code in ITEMS.items()}
    assert [d for d, words in names.items() if words in cells] == [department]


def test_a_masked_value_is_revealed_to_those_who_need_it(case):
    from apps.directory.actions import reveal
    from apps.directory.models import Reveal

    masked = [e for e in case.plan["elements"] if e.get("sensitive") and case.answers.get(e["element"])]
    assert masked
    for department in ITEMS:
        for element in masked:
            given = {"subject": case, "field": f"answers.{element['element']}", "reason": "核对申请信息"}
            if element["element"] in needed(department)[1]:
                assert reveal(by=make.actor(f"{department}-reviewer"), **given)
            else:
                with nothing_written(Reveal), pytest.raises(Forbidden):
                    reveal(by=make.actor(f"{department}-reviewer"), **given)
        # What others need, masked or not, is not even asked about; what is not masked is not revealed.
        mine = needed(department)[1]
        foreign = next(e["element"] for e in case.plan["elements"] if e["element"] not in mine)
        plain = next(e["element"] for e in case.plan["elements"] if e["element"] in mine and not personal(e) and case.answers.get(e["element"]))
        for name, refusal in ((foreign, Forbidden), (plain, Refused)):
            with nothing_written(Reveal), pytest.raises(refusal):
                reveal(by=make.actor(f"{department}-reviewer"), subject=case, field=f"answers.{name}", reason="核对申请信息")


def test_what_one_department_asks_and_hears_is_its_own(case):
    """A gap found in review and a third party's name are not the sisters' business; the lead sees the progress only."""
    gaps = [{"material": "pipe_drawing", "problem": "缺少检查井的位置"}]
    actions.ask_in_review(by=make.actor("zhujian-reviewer"), job=job_of(case, "zhujian").pk, gaps=gaps)
    actions.tell_hearing(by=make.actor("gongan-reviewer"), job=job_of(case, "gongan").pk, **make.INTEREST)
    seen = {name: Caller(f"{name}-reviewer").get(f"applications/{case.pk}/") for name in [*ITEMS, "lvyou"]}
    assert [name for name, told in seen.items() if "检查井" in str(told)] == ["zhujian"]
    assert [name for name, told in seen.items() if "王小明" in str(told)] == ["gongan"]
    assert (seen["lvyou"]["materials"], seen["lvyou"]["answers"]) == ([], [])
    assert {m["code"] for m in seen["lvyou"]["members"]} == set(ITEMS.values())
    with pytest.raises(NotYours):
        make.case("huanbao-reviewer", case)
    # Who has a counter's post at another node as well opens no page of this one's counter.
    both = staff("reviewer", department="zhujian", user=staff("issue_clerk", user=staff("clerk", node="330281"), node="330281"))
    for door in (f"/counter/{case.pk}/", f"/counter/{case.pk}/amend/", f"/issue/{case.pk}/"):
        assert client_of(both.username).get(door).headers["Location"] == f"/cases/{case.pk}/"
    home = client_of(both.username).get(f"/cases/{case.pk}/").headers["Location"]
    assert home == reverse("review:job", args=[job_of(case, "zhujian").pk])


def decide(case, department, decision) -> Member:
    job = job_of(case, department)
    checks = {p["code"]: {"result": "met"} for p in points_of(case.plan, job.member.code)}
    actions.conclude(
        by=make.actor(f"{department}-reviewer"),
        job=job.pk,
        recommendation=decision,
        opinion="现场与图纸核对，意见如上。",
        checks=checks,
    )
    reason = "" if decision == "grant" else "污水未接入市政管网，不符合规定条件。"
    return actions.decide(by=make.actor(f"{department}-head"), job=job.pk, decision=decision, reason=reason)


def test_one_refusal_leaves_the_rest_right(case, at):
    refused = decide(case, "zhujian", "refuse")
    row = Application.objects.get(pk=case.pk)
    assert (row.state, row.outcome) == ("partly_done", "")
    rest = Member.objects.filter(application=case).exclude(pk=refused.pk)
    assert {m.state for m in rest} == {"in_review"}
    running = Clock.objects.filter(root_id=case.pk, kind="decision", stopped_on__isnull=True)
    assert {clock.subject_id for clock in running} == {m.pk for m in rest}
    for department in BY_FOUR:
        decide(case, department, "grant")
    row = Application.objects.get(pk=case.pk)
    assert (row.state, row.outcome) == ("done", "partly_granted")
    papers = dict(
        Document.objects.filter(root_id=case.pk, kind__in=["grant", "refusal"]).values_list("member_id", "kind")
    )
    assert papers == {refused.pk: "refusal", **{m.pk: "grant" for m in rest}}

    make.filed(case.pk)
    for number, department in enumerate(ITEMS, 1):
        member = Member.objects.get(application=case, department=department)
        issue = at("cixi-issue").get(reverse("issue:hand_over", args=[case.pk])).text
        assert "要等全部办好，一次领取" in issue and "确认交付" not in issue, number
        who = "scjg-seal" if department == "scjg" else f"{department}-head"
        actions.register_seal(by=make.actor(who), member=member.pk, seal_number="3302821000001")
    page = at("cixi-issue").get(reverse("issue:hand_over", args=[case.pk])).text
    assert page.count('name="members"') == 5 and "出件方式：全部办好，一次领取" in page
    assert Document.objects.filter(root_id=case.pk, kind="pickup_slip").count() == 1
    # The paper of another's decision stays with that other; the slip of the whole is everybody's.
    seen = {paper.kind: paper.member_id for paper in make.case("zhujian-reviewer", case).documents}
    assert seen["refusal"] == refused.pk and "certificate" not in seen and "pickup_slip" in seen
    verify()
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []
