"""One draft on two tabs of a counter, or on two counters: each page saves what was changed on it and takes nothing away."""

import json
import re

import pytest

from apps.applications.models import Application
from tests import make

from .conftest import sent


@pytest.fixture
def draft(world):
    row = make.draft()
    return row, f"/counter/{row.pk}/work/", f"/counter/{row.pk}/save/"


def fresh(row: Application) -> Application:
    return Application.objects.get(pk=row.pk)


def stood(answer) -> str:
    found = re.search(r'name="stood" id="id_stood" value="([^"]*)"', answer.text)
    return found[1].replace("&quot;", '"')


def test_a_page_that_stood_open_takes_nothing_away(desk, draft):
    row, page, save = draft
    before = fresh(row).answers
    old, new = sent(desk.get(page)), sent(desk.get(page))
    line = next(name for name in new if name.startswith("materials__")).removeprefix("materials__")
    desk.post(save, new | {"answers__premises_area": "81", "contact_mobile": "13805749999", f"materials__{line}": "missing"})
    first = desk.post(save, old | {"answers__premises_address": "白沙路 2 号"})
    now = fresh(row)
    assert now.answers == before | {"premises_area": "81", "premises_address": "白沙路 2 号"}
    assert (now.contact_mobile, now.materials.get(code=line).state) == ("13805749999", "missing")
    # Typed back to what it was on this page is a change, too; and an act takes what the other page has saved.
    old |= {"stood": stood(first), "answers__premises_address": before.get("premises_address", "")}
    desk.post(page, old | {"do": "receive"})
    now = fresh(row)
    assert now.number and now.answers == before | {"premises_area": "81"}
    assert now.materials.get(code=line).state == "missing"


def test_what_is_wrong_is_still_to_be_saved(desk, draft):
    row, page, save = draft
    dotted = json.loads(json.dumps([row.plan, row.answers]).replace('"premises_area"', '"premises.area"'))  # as other catalogues name it
    Application.objects.filter(pk=row.pk).update(plan=dotted[0], answers=dotted[1])
    shown = sent(desk.get(page)) | {"answers__premises.area": "-80"}
    shown["answers__premises_address"] = "白沙路 3 号"
    answer = desk.post(save, shown)
    assert "填得不对" in answer.text
    other = sent(desk.get(page), do="save", answers__premises_address="白沙路 4 号")
    assert desk.post(page, other).status_code == 302
    again = desk.post(page, shown | {"stood": stood(answer), "do": "save"})
    assert again.status_code == 422 and 'value="-80"' in again.text
    assert desk.post(page, sent(again, do="save") | {"answers__premises.area": "82"}).status_code == 302
    assert (fresh(row).answers["premises.area"], fresh(row).answers["premises_address"]) == ("82", "白沙路 4 号")


def test_a_situation_changed_elsewhere_stays_and_is_told(desk, world):
    row = make.draft("open-homestay", situations={"already_registered": True, "serves_meals": False})
    page, save = f"/counter/{row.pk}/work/", f"/counter/{row.pk}/save/"
    old, new = sent(desk.get(page)), sent(desk.get(page))
    assert desk.post(page, new | {"situations__serves_meals": "true", "do": "save"}).status_code == 302
    before = fresh(row)
    told = desk.post(save, old | {"contact_mobile": "13805748888"})
    now = fresh(row)
    assert "办理情形在别的页面改过" in told.text and now.contact_mobile == "13805748888"
    desk.post(page, old | {"do": "save", "stood": stood(told), "contact_mobile": "13805748888"})
    assert fresh(row).plan["answers"] == {"already_registered": True, "serves_meals": True}
    assert fresh(row).answers == before.answers


def test_a_double_click_on_a_page_that_stood_open_is_one_act(desk, draft):
    row, page, save = draft
    old, new = sent(desk.get(page)), sent(desk.get(page))
    desk.post(save, new | {"answers__premises_area": "81"})
    answers = [desk.post(page, old | {"do": "receive"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert fresh(row).number and fresh(row).answers["premises_area"] == "81"
