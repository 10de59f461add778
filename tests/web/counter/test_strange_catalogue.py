"""Another catalogue than ours, at the edges of its format: codes with dots, markup in names, every kind of field, members that bring
members. It goes through the pages, the papers and the public's pages like any other."""

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.applications import actions
from apps.applications.models import Application, Job, Member
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.schema import element_types
from apps.catalog.loading.source import read
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.invariants import patrol
from tests import make, people

from .conftest import PNG, sent

NAME = "登记<b>“特殊”</b>&许可{{ x }}"
KINDS = element_types()
CHOICES = [{"value": "x.1", "label": "甲<i>"}, {"value": "是 否", "label": "乙"}]


def catalogue() -> dict:
    elements = [
        {"code": f"e.{kind}", "name": f"项目 {kind} <u>", "type": kind, "group": "组 & 别", "hint": "提示 <s>"}
        | ({"choices": CHOICES} if kind in ("choice", "multichoice") else {})
        for kind in KINDS
    ]
    first = {
        "code": "9.first_item-x",
        "name": NAME,
        "type": "20",
        "department": "d.1-e_x",
        "zone": "z.1",
        "handling": "promised",
        "legal_limit": None,
        "promised_limit": {"days": 3, "unit": "calendar"},
        "max_visits": 1,
        "visit_reason": "核对 <原件>",
        "city_wide": "county",
        "audience": ["person"],
        "situations": [
            {"code": "s.kind", "question": "哪一种 <?>", "type": "choice", "choices": CHOICES},
            {"code": "s.size", "question": "多大", "type": "decimal"},
        ],
        "fields": [{"element": row["code"], "required": True} for row in elements]
        + [{"element": "e.more", "when": [{"element": "e.integer", "over": 5}, {"situation": "s.size", "at_least": 1.5}]}],
        "materials": [
            {"material": "m.form", "necessity": "required", "originals": 1},
            {"material": "m.late", "necessity": "tolerable", "copies": 2},
            {"material": "m.if", "necessity": "required", "when": [{"element": "e.choice", "is": "x.1"}]},
        ],
        "fees": [
            {"name": "核定的费", "amount": None},
            {"name": "条件费", "amount": "8.00", "when": [{"situation": "s.size", "over": 1}]},
        ],
        "result": {"kind": "certificate", "name": "特殊登记证", "licence_type": "lic.1", "valid_years": 1},
    }
    second = {
        **first,
        "code": "second.item",
        "name": "后一项",
        "handling": "instant",
        "promised_limit": {"days": 0, "unit": "working"},
        "situations": [],
        "fields": [{"element": "e.text"}],
        "materials": [{"material": "m.result", "necessity": "required"}, {"material": "m.form", "necessity": "optional"}],
        "fees": [],
        "result": {"kind": "none"},
    }
    return {
        "format": "yichuang-catalog/1",
        "as_of": "2017-08-31",
        "node": "330282",
        "departments": [{"code": "d.1-e_x", "name": "特别局<b>"}],
        "zones": [{"code": "z.1", "name": "特别板块"}],
        "elements": [*elements, {"code": "e.more", "name": "更多", "type": "text"}],
        "materials": [
            {"code": "m.form", "name": "申请表 <form>", "kind": "form"},
            {"code": "m.late", "name": "后补材料", "kind": "other"},
            {"code": "m.if", "name": "有条件的材料", "kind": "certificate"},
            {"code": "m.result", "name": "前一项的证", "kind": "certificate", "licence_type": "lic.1"},
        ],
        "items": [first, second],
        "bundles": [
            {
                "code": "0.bundle",
                "name": "特别一件事",
                "lead": {"department": "d.1-e_x", "criterion": "sector_regulator"},
                "members": [{"item": "9.first_item-x"}, {"item": "second.item", "after": ["9.first_item-x"]}],
            }
        ],
    }


@pytest.fixture
def strange(world):
    text = yaml.safe_dump(catalogue(), allow_unicode=True)
    report = load_catalogue(by=SYSTEM, sources=[read("strange.yaml", text.encode())])
    assert not report.problems, [str(one) for one in report.problems]
    return {role: people.staff(role, department="d.1-e_x") for role in ("reviewer", "head", "seal_keeper")}


def enter(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed(page, **changes) -> dict:
    """The page's form, every field answered lawfully."""
    data = sent(page)
    for kind in KINDS:
        value = make.TEXTS.get(kind) or {"choice": "x.1", "multichoice": ["x.1", "是 否"]}[kind]
        data[f"answers__e.{kind}"] = {True: "true"}.get(value, value) if isinstance(value, bool) else value
    return data | changes


SITUATIONS = {"situations__s.kind": "x.1", "situations__s.size": "1.5"}


def at_the_counter(desk, code: str) -> Application:
    data = {"do": "open", "code": code, "applicant__id_number": people.PERSON_ID, "applicant__name": "王小明"}
    answer = desk.post("/counter/new/", data | {"applicant__mobile": make.MOBILE})
    assert answer.status_code == 302, answer.context["form"].errors
    row = Application.objects.get(pk=int(answer["Location"].split("/")[2]))
    page = desk.get(f"/counter/{row.pk}/work/")
    assert NAME not in page.text and "<form>" not in page.text
    assert desk.post(f"/counter/{row.pk}/work/", sent(page, do="save", **SITUATIONS)).status_code == 302
    wrong = desk.post(
        f"/counter/{row.pk}/work/", typed(desk.get(f"/counter/{row.pk}/work/"), do="save", **{"answers__e.date": "昨天"})
    )
    assert wrong.status_code == 422 and 'href="#id_answers__e.date"' in wrong.text
    page = desk.get(f"/counter/{row.pk}/work/")
    lines = {"materials__m.form": "in", "originals__m.form": "1", "materials__m.if": "in", "promised__m.late": "on"}
    answer = desk.post(f"/counter/{row.pk}/work/", typed(page, do="accept_gap", **lines, **{"answers__e.more": "更多的"}))
    assert answer.status_code == 302, answer.context["form"].errors
    return Application.objects.get(pk=row.pk)


def through_the_department(row: Application, strange, code: str) -> None:
    job = Job.objects.get(application=row, member__code=code)
    reviewer, head = enter(strange["reviewer"]), enter(strange["head"])
    assert reviewer.get("/review/").status_code == 200
    actions.claim(by=make.actor(strange["reviewer"].username), job=job.pk)
    page = reviewer.get(f"/review/{job.pk}/")
    assert page.status_code == 200 and NAME not in page.text
    by = make.actor(strange["reviewer"].username)
    actions.conclude(by=by, job=job.pk, recommendation="grant", opinion="符合条件，建议准予")
    page = head.get(f"/review/{job.pk}/decide/?decision=grant")
    assert page.status_code == 200 and page.context["previews"], page.context.get("no_preview")
    assert head.post(f"/review/{job.pk}/decide/", sent(page, decision="grant", reason="")).status_code == 302


def test_a_single_item_from_the_counter_to_the_papers(desk, strange):
    row = at_the_counter(desk, "9.first_item-x")
    assert row.state == "in_progress" and row.answers["e.more"] == "更多的"
    assert [fee["name"] for fee in row.plan["members"][0]["fees"]] == ["核定的费", "条件费"]
    page = desk.get(f"/counter/{row.pk}/gap/")
    answer = desk.post(f"/counter/{row.pk}/gap/", sent(page, **{"materials__m.late": "in", "copies__m.late": "2"}))
    assert answer.status_code == 302, answer.context["form"].errors
    through_the_department(row, strange, "9.first_item-x")
    make.printed(row.pk)
    states = dict(Document.objects.filter(root_id=row.pk).values_list("kind", "state"))
    assert set(states.values()) == {"rendered"}, states
    assert {"receipt", "acceptance_with_gap", "grant", "certificate"} <= states.keys()
    for path in (f"/counter/{row.pk}/", "/counter/cases/?q=特殊", f"/counter/{row.pk}/done/"):
        page = desk.get(path)
        assert page.status_code == 200 and NAME not in page.text, path
    tracked = Client().post("/track/", {"number": row.number, "phone": make.MOBILE})
    assert tracked.status_code == 200 and NAME not in tracked.text
    assert not patrol()[1]


def test_a_one_thing_whose_later_member_takes_the_earlier_result(desk, strange):
    row = at_the_counter(desk, "0.bundle")
    page, owed = desk.get(f"/counter/{row.pk}/gap/"), "<h3>承诺后补的材料</h3>"
    assert owed in desk.get(f"/counter/{row.pk}/done/").text
    desk.post(f"/counter/{row.pk}/gap/", sent(page, **{"materials__m.late": "in"}))
    assert owed not in desk.get(f"/counter/{row.pk}/done/").text  # what came is not told as still to come
    through_the_department(row, strange, "9.first_item-x")
    later = Member.objects.get(application=row, code="second.item")
    assert later.state == "accepted" and row.materials.get(code="m.result").state == "supplied"
    through_the_department(row, strange, "second.item")
    assert Application.objects.get(pk=row.pk).outcome == "granted"


def test_what_a_member_brings_forth_is_no_gap_of_the_applicant(desk, strange):
    data = {"do": "open", "code": "0.bundle", "applicant__id_number": people.PERSON_ID, "applicant__name": "王小明"}
    answer = desk.post("/counter/new/", data | {"applicant__mobile": make.MOBILE})
    page = desk.get(answer["Location"])
    desk.post(answer["Location"], sent(page, do="save", **SITUATIONS))
    page = desk.get(answer["Location"])
    assert "由“" in page.text  # its line is there, and says who brings it
    assert [line.code for line in page.context["short"]] == ["m.form", "m.late"]
    assert [line.code for line in page.context["blocking"]] == ["m.form"]


def test_from_home(strange):
    """The situations first, then the one page of the form, a file at each material, the promise of the tolerable one."""
    user = make.user("citizen")
    client, party = enter(user), user.party_id
    begun = client.post("/apply/9.first_item-x/", {"principal": party})
    assert begun.status_code == 302, begun.text[-1500:]
    row = Application.objects.get()
    told = client.post(f"/my/{row.pk}/situations/", {"s_s.kind": "x.1", "s_s.size": "很大"})
    assert told.status_code == 422 and told.context["form"].errors.keys() == {"s_s.size"}
    client.post(f"/my/{row.pk}/situations/", {"s_s.kind": "x.1", "s_s.size": "1.5"})
    row = Application.objects.get()
    assert row.plan["answers"] == {"s.kind": "x.1", "s.size": "1.5"}
    given = {name: value for name, value in typed(client.get(f"/my/{row.pk}/form/1/")).items() if name != "do"}
    given |= {"contact_mobile": make.MOBILE, "answers__e.more": "更多的"}
    wrong = client.post(f"/my/{row.pk}/form/1/", given | {"answers__e.date": "昨天"})
    assert wrong.status_code == 422 and 'href="#id_answers__e.date"' in wrong.text and NAME not in wrong.text
    answer = client.post(f"/my/{row.pk}/form/1/", given)
    assert answer.status_code == 302, answer.context["form"].errors
    page = client.get(f"/my/{row.pk}/materials/")
    assert page.status_code == 200 and "<form>" not in page.text
    for code in ("m.form", "m.if"):
        file = SimpleUploadedFile("a.png", PNG, "image/png")
        assert client.post(f"/my/{row.pk}/materials/{code}/", {"file": [file]}).status_code == 302
    client.post(f"/my/{row.pk}/promise/m.late/", {"promised": "1"})
    done = client.post(f"/my/{row.pk}/check/", {"declared": "on"})
    assert done.status_code == 302, done.text[-1500:]
    row = Application.objects.get()
    assert row.state == "received"
    assert actions.accept(by=make.actor("cixi-clerk"), application=row.pk, promised=["m.late"]).state == "in_progress"
    assert client.get(f"/my/{row.pk}/").status_code == 200


@pytest.mark.parametrize("path", ["/items/9.first_item-x/", "/items/0.bundle/", "/items/second.item/", "/items/?q=特殊"])
def test_the_public_reads_it(strange, path):
    page = Client().get(path)
    assert page.status_code == 200 and NAME not in page.text


def test_the_office_reads_it(strange):
    office = enter(make.user("cixi-catalogue"))
    for path in ("/catalogue/", "/catalogue/items/9.first_item-x/", "/catalogue/items/0.bundle/"):
        page = office.get(path)
        assert page.status_code == 200 and NAME not in page.text, path
    file = office.get("/catalogue/items/9.first_item-x/export.yaml")
    assert read("again.yaml", file.content).data["items"][0]["name"] == NAME
