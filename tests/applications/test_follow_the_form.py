"""What hangs on a field of the form is told of a case as its form was filled in: its fees, and the materials that were asked for."""

import pytest
import yaml

from apps.applications import actions, display, queries_counter
from apps.applications.actions.one_thing import only_for
from apps.applications.models import Member
from apps.applications.papers_decision import certificate_lines
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from tests import make
from tests.api.client import Caller
from tests.web.citizen.test_apply_from_home import browser
from tests.web.conftest import client_of

FILE = {
    "format": "yichuang-catalog/1",
    "as_of": "2017-08-31",
    "node": "330282",
    "elements": [
        {"code": "has_pool", "name": "有无泳池", "type": "boolean"},
        {"code": "rooms_let", "name": "客房数", "type": "integer"},
    ],
    "materials": [
        {"code": "house_deed", "name": "房产证明", "kind": "other"},
        {"code": "pool_report", "name": "水质报告", "kind": "other"},
    ],
    "items": [
        {
            "code": "guest-house",
            "name": "民宿登记",
            "type": "07",
            "department": "lvyou",
            "handling": "promised",
            "legal_limit": None,
            "promised_limit": {"days": 5, "unit": "working"},
            "max_visits": 0,
            "fields": [{"element": "has_pool", "required": True}, {"element": "rooms_let", "required": True}],
            "fees": [
                {"name": "牌匾费", "amount": "35.50"},
                {"name": "水质检测费", "amount": "200", "when": [{"element": "has_pool", "is": True}]},
                {"name": "评估费", "amount": None, "when": [{"element": "rooms_let", "over": 15}]},
            ],
            "materials": [
                {"material": "house_deed", "necessity": "required"},
                {"material": "pool_report", "necessity": "required", "when": [{"element": "has_pool", "is": True}]},
            ],
            "result": {"kind": "none"},
        }
    ],
}


def _item(code: str, name: str, department: str, days: int, materials: list[dict], **more) -> dict:
    return {
        **{"code": code, "name": name, "type": "20", "department": department, "handling": "promised", "legal_limit": None},
        **{"promised_limit": {"days": days, "unit": "working"}, "max_visits": 0, "result": {"kind": "none"}},
        **{"fields": [{"element": "has_pool", "required": True}, {"element": "rooms_let"} | more], "materials": materials},
    }


POOL = [{"element": "has_pool", "is": True}]
WHOLE = {
    **{"format": FILE["format"], "as_of": FILE["as_of"], "node": FILE["node"]},
    "materials": [
        {"code": "pool_plan", "name": "泳池平面图", "kind": "other"},
        {"code": "pool_map", "name": "位置图", "kind": "other"},
    ],
    "items": [
        _item(
            *("pool-permit", "泳池登记", "lvyou", 3),
            [
                {"material": "pool_plan", "necessity": "tolerable", "copies": 2, "when": POOL},
                {"material": "pool_map", "necessity": "required", "when": POOL},
                {"material": "house_deed", "necessity": "required"},
            ],
        ),
        _item(
            *("pool-note", "泳池备案", "wenguang", 9),
            [{"material": "pool_plan", "necessity": "optional"}, {"material": "pool_map", "necessity": "tolerable"}],
            when=POOL,
        ),
    ],
    "bundles": [
        {
            "code": "pool-thing",
            "name": "开泳池一件事",
            "lead": {"department": "lvyou", "criterion": "sector_regulator"},
            "members": [{"item": "pool-permit"}, {"item": "pool-note"}],
        }
    ],
}


@pytest.fixture
def houses(world):
    text = yaml.safe_dump(FILE, allow_unicode=True).encode()
    assert not load_catalogue(by=SYSTEM, sources=[read("house.yaml", text)]).problems

    def accepted(pool: bool, rooms: str = "3"):
        clerk, row = make.actor("cixi-clerk"), make.draft("guest-house", without=() if pool else ("pool_report",))
        actions.save_draft(by=clerk, application=row.pk, answers={"has_pool": pool, "rooms_let": rooms})
        actions.receive(by=clerk, application=row.pk)
        return actions.accept(by=clerk, application=row.pk)

    return accepted


@pytest.mark.parametrize(
    ("pool", "rooms", "owed"),
    [(True, "15", ["牌匾费", "水质检测费"]), (False, "16", ["牌匾费", "评估费"]), (False, "3", ["牌匾费"])],
)
def test_only_fees_that_the_filled_in_form_brings_stand_on_the_paper(houses, pool, rooms, owed):
    row = houses(pool, rooms)
    assert row.plan["fees_total"] == "35.50"  # before the form is filled in
    paper = Document.objects.get(root_id=row.pk, kind="acceptance")
    assert [fee["name"] for fee in paper.payload["fees"]] == owed


@pytest.mark.parametrize(("pool", "listed"), [(True, ["house_deed", "pool_report"]), (False, ["house_deed"])])
def test_a_material_that_was_not_asked_for_is_not_told_as_lacking(houses, pool, listed):
    """At the department it stood as required and not handed in, in a case that was accepted as complete."""
    row = houses(pool)
    for name in ("cixi-clerk", "lvyou-reviewer"):
        assert [entry.code for entry in make.case(name, row).materials] == listed


def test_an_answer_put_right_may_let_a_material_go_that_was_asked_with_it(houses):
    """The page of the supplement fell over it."""
    clerk, row = make.actor("cixi-clerk"), make.draft("guest-house", without=("pool_report",))
    actions.save_draft(by=clerk, application=row.pk, answers={"has_pool": True, "rooms_let": "3"})
    actions.receive(by=clerk, application=row.pk)
    wrong = [{"element": "has_pool", "problem": "现场没有泳池"}]
    actions.ask_supplement(by=clerk, application=row.pk, gaps=[{"material": "pool_report"}], fields=wrong)
    client, place = browser("enterprise"), f"/my/{row.pk}/supplement/"
    assert 'id="m-pool_report"' in client.get(place).text
    assert client.post(f"{place}mend/", {"answers__has_pool": "false"}).status_code == 302
    page = client.get(place)
    assert page.status_code == 200 and 'id="m-pool_report"' not in page.text
    assert client.post(f"{place}hand-in/").status_code == 302


@pytest.mark.parametrize(("pool", "necessity", "copies"), [(True, "tolerable", 2), (False, "optional", 0)])
def test_an_item_whose_condition_does_not_hold_makes_no_material_of_the_whole_stricter(houses, pool, necessity, copies):
    """Two items of a one-thing need one document, the stricter only with a pool. Without one the applicant was still held to it:
    nothing was accepted before he had promised it, and the item that does not need it ran under a gap."""
    text = yaml.safe_dump(WHOLE, allow_unicode=True).encode()
    assert not load_catalogue(by=SYSTEM, sources=[read("whole.yaml", text)]).problems
    clerk, row = make.actor("cixi-clerk"), make.draft("pool-thing", without=("pool_plan",))
    actions.save_draft(by=clerk, application=row.pk, answers={"has_pool": pool, "rooms_let": "3"})
    page = client_of("cixi-clerk").get(f"/counter/{row.pk}/work/").context["form"].lines
    line = next(line for line in page if line.code == "pool_plan")
    assert (line.entry.necessity, line.plan["copies"], line.short) == (necessity, copies, pool)
    actions.receive(by=clerk, application=row.pk)
    actions.accept(by=clerk, application=row.pk, promised=["pool_plan"] if pool else [])
    gaps = dict(Member.objects.filter(application=row).values_list("code", "gap_open"))
    assert gaps == {"pool-permit": pool, "pool-note": False}  # which takes it only if there is one
    assert {entry.code: entry.necessity for entry in make.case("cixi-clerk", row).materials}["pool_plan"] == necessity
    # Nor does such an item see, certify or have mended an answer that only the other one needs.
    for member in Member.objects.filter(application=row).select_related("application"):
        needs, case = pool or member.code == "pool-permit", member.application
        assert ("客房数" in [line.label for line in certificate_lines(case, member)]) is needs
        assert ("客房数" in [line.name for line in display.answers(case, only={member.code})]) is needs
        form = Caller(f"{member.department_id}-reviewer").get(f"applications/{row.pk}/form/")["elements"]
        assert ("rooms_let" in [line["element"] for line in form]) is needs


def test_a_gap_binds_only_the_items_that_need_the_material_by_these_answers(houses):
    """The other way round: what only the item without a condition needs may be owed by that one alone."""
    text = yaml.safe_dump(WHOLE, allow_unicode=True).encode()
    assert not load_catalogue(by=SYSTEM, sources=[read("whole.yaml", text)]).problems
    clerk, row = make.actor("cixi-clerk"), make.draft("pool-thing", without=("pool_map",))
    actions.save_draft(by=clerk, application=row.pk, answers={"has_pool": False})
    actions.receive(by=clerk, application=row.pk)
    actions.accept(by=clerk, application=row.pk, promised=["pool_map"])
    members = {member.code: member for member in Member.objects.filter(application=row)}
    assert {code: member.gap_open for code, member in members.items()} == {"pool-permit": False, "pool-note": True}
    listed = queries_counter.owed(members.values())
    assert {code: [entry.code for entry in listed[member.pk]] for code, member in members.items()} == {"pool-permit": [], "pool-note": ["pool_map"]}
    # And goes back with that one: what the other would need by other answers alone does not keep it.
    back = only_for(members["pool-note"].application, {"pool-note"}, members.values())
    assert "pool_map" in [entry.code for entry in back] and "house_deed" not in [entry.code for entry in back]


@pytest.mark.parametrize(("pool", "promised"), [(False, True), (True, False)])
def test_from_home_too_what_may_follow_hangs_on_the_answers(houses, pool, promised):
    """The page offered the promise, as the answers make it, and the click was refused."""
    text = yaml.safe_dump(WHOLE, allow_unicode=True).encode()
    assert not load_catalogue(by=SYSTEM, sources=[read("whole.yaml", text)]).problems
    row = make.from_home("pool-thing", submit=False)
    actions.save_draft(by=make.actor("enterprise"), application=row.pk, answers={"has_pool": pool})
    browser("enterprise").post(f"/my/{row.pk}/promise/pool_map/", {"promised": "1"})
    assert row.materials.get(code="pool_map").promised is promised
