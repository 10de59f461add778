"""The same form on two tabs or devices: each saves what was changed on it, and takes nothing of the other's away."""

import pytest

from apps.applications import actions
from apps.applications.models import Application
from apps.web.citizen.filling import groups_of
from tests import make
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import browser, fresh

BY_SCRIPT = {"X-Autosave": "1"}


def place_of(row: Application, element: str) -> int:
    return next(i for i, (_, found) in enumerate(groups_of(row), 1) if any(e["element"] == element for e in found))


@pytest.fixture
def draft(world):
    citizen = make.actor("enterprise")
    row = actions.open_draft(by=citizen, code=make.FOOD, channel="online")
    return row, f"/my/{row.pk}/form/{place_of(row, 'premises_area')}/"


def page_of(client, address: str) -> dict:
    """What the page sends when nothing is typed on it."""
    form = client.get(address).context["form"]
    return {bound.html_name: value for bound in form if (value := bound.value()) not in (None, [])}


def test_a_page_that_stood_open_takes_nothing_away(draft):
    row, address = draft
    desk, phone = browser("enterprise"), browser("enterprise")
    old, new = page_of(desk, address), page_of(phone, address)
    phone.post(address, new | {"answers__premises_area": "80", "answers__premises_address": "白沙路 1 号"})
    saved = desk.post(address, old | {"answers__premises_address": "白沙路 2 号"}, headers=BY_SCRIPT).json()
    assert saved["faults"] == [] and fresh(row).answers == {"premises_area": "80", "premises_address": "白沙路 2 号"}
    # Typed back to what it was on this page: that is a change too.
    old |= {"stood": saved["stood"]}
    assert desk.post(address, old).status_code == 302
    assert fresh(row).answers == {"premises_area": "80"}
    phone.post(address, page_of(phone, address) | {"answers__premises_area": ""})
    assert fresh(row).answers == {}
    for marks in ("[" * 5000, "9" * 5000, "[1]"):  # are none, and every field counts as changed
        assert phone.post(address, page_of(phone, address) | {"stood": marks}, headers=BY_SCRIPT).json()["saved"]


def test_what_is_wrong_stays_wrong_until_it_is_put_right(draft):
    row, address = draft
    client = browser("enterprise")
    page = page_of(client, address) | {"answers__premises_area": "-80"}
    for _ in range(2):
        told = client.post(address, page, headers=BY_SCRIPT).json()
        assert "不能小于 0" in told["faults"][0]
        page |= {"stood": told["stood"], "answers__premises_address": "白沙路 1 号"}
    shown = client.post(address, page)
    assert shown.status_code == 422 and "-80" in shown.text
    page |= {"stood": shown.context["form"]["stood"].value(), "answers__premises_area": "80"}
    assert client.post(address, page).status_code == 302
    assert fresh(row).answers == {"premises_area": "80", "premises_address": "白沙路 1 号"}


def test_the_page_of_another_situation_keeps_what_is_still_asked(draft):
    """The first page's headings are others by now: nothing typed on it is put under the wrong one or lost."""
    row, _ = draft
    client = browser("enterprise")
    groups = groups_of(row)
    last = f"/my/{row.pk}/form/{len(groups)}/"
    page = page_of(client, last)
    element = groups[-1][1][-1]
    typed = f"answers__{element['element']}"
    value = make.answers_for({"elements": [element]})[element["element"]]
    page[typed] = str(value).lower() if isinstance(value, bool) else value
    plan = fresh(row).plan
    plan |= {"elements": [one | {"group": "合在一起"} for one in plan["elements"]]}
    Application.objects.filter(pk=row.pk).update(plan=plan)
    assert client.get(last).status_code == 404
    answer = client.post(last, page, follow=True)
    assert answer.redirect_chain[-1][0] == f"/my/{row.pk}/" and "按新的情形列出" in answer.text
    assert fresh(row).answers == {element["element"]: value}


def test_what_was_answered_elsewhere_stays_answered(world):
    row = make.from_home("open-restaurant", submit=False)
    address = f"/my/{row.pk}/situations/"
    desk, phone = browser("enterprise"), browser("enterprise")
    old, new = page_of(desk, address), page_of(phone, address)
    phone.post(address, new | {"s_subject_kind": "enterprise", "s_small_shop": "false"})
    desk.post(address, old | {"s_dining_area": "80"})
    assert fresh(row).plan["answers"] == {"subject_kind": "enterprise", "small_shop": False, "dining_area": "80"}
    refused = desk.post(address, page_of(desk, address) | {"s_dining_area": "many"})
    phone.post(address, page_of(phone, address) | {"s_small_shop": "true"})
    again = {bound.html_name: value for bound in refused.context["form"] if (value := bound.value()) not in (None, [])}
    assert refused.status_code == 422 and desk.post(address, again | {"s_dining_area": ""}).status_code == 302
    assert fresh(row).plan["answers"] == {"subject_kind": "enterprise", "small_shop": True}


def test_a_choice_of_the_hand_out_is_not_wiped_by_an_older_page(world):
    row = make.from_home("open-restaurant", submit=False)
    address, parcel = f"/my/{row.pk}/handout/", {"handout__way": "courier", "handout__address": "慈溪市白沙路街道三北大街1号"}
    desk, phone = browser("enterprise"), browser("enterprise")
    old, new = page_of(desk, address), page_of(phone, address)
    phone.post(address, new | parcel)
    told = desk.post(address, old | {"handout__recipient": "李一味", "handout__phone": "12"}, headers=BY_SCRIPT).json()
    assert len(told["faults"]) == 1 and "收件电话" in told["faults"][0]
    stored = fresh(row)
    assert (stored.handout, stored.recipient_address, stored.recipient) == (*parcel.values(), "李一味")
    page = old | {"handout__recipient": "李一味", "handout__phone": make.MOBILE, "stood": told["stood"]}
    assert desk.post(address, page, headers=BY_SCRIPT).json()["faults"] == []
    assert fresh(row).recipient_phone == make.MOBILE and fresh(row).recipient_address == parcel["handout__address"]


def test_what_was_handed_in_on_the_other_page_is_one_click_away(world):
    """The way back led to the page that was refused, and to it again."""
    row = make.from_home()
    me, form, case = browser("enterprise"), f"/my/{row.pk}/form/1/", f'href="/my/{row.pk}/"'
    for told in (me.get(form), me.post(form, {"contact_mobile": "13900000000"}, headers={"referer": f"http://testserver{form}"})):
        assert told.status_code == 409 and case in told.text and "打开这个办件" in told.text
        assert "回到上一页" not in told.text
    assert "13900000000" in told.text and "照着重填" not in told.text


def test_what_is_declared_is_what_the_page_showed(world):
    """Changed by who fills it in too, or on the phone, after the last look was opened: it was declared to be true unseen."""
    row, me = make.from_home(submit=False), browser("enterprise")
    address = f"/my/{row.pk}/check/"
    for more in ({}, {"pre_check": "1"}):
        old = page_of(me, address) | {"declared": "on"} | more
        changed = {"answers": {"premises_address": f"白沙路 {len(more) + 3} 号"}}
        actions.save_draft(by=make.actor("enterprise"), application=row.pk, **changed)
        with nothing_written():
            told = me.post(address, old)
        assert told.status_code == 409 and "打开这一页以后改过" in told.text and changed["answers"]["premises_address"] in told.text
    form = told.context["form"]
    assert not form["declared"].value()
    again = {"declared": "on"} | {name: value for name in form.fields if (value := form[name].value())}
    assert me.post(address, again | {"pre_check": "1"}).status_code == 302 and fresh(row).state == "submitted"


def test_a_page_from_before_it_was_sent_back_hands_nothing_in(world):
    row, me, clerk = make.from_home(), browser("enterprise"), make.actor("cixi-clerk")
    actions.begin_pre_check(by=clerk, application=row.pk)
    actions.return_pre_check(by=clerk, application=row.pk, reason="平面图没有标出操作间\n健康证过期")
    with nothing_written():
        told = me.post(f"/my/{row.pk}/for-good/", {"once": "x"}, follow=True)
    assert "没有正式提交" in told.text and "平面图没有标出操作间" in told.text and fresh(row).state == "pre_returned"
    assert "操作间<br>健康证" in told.text  # line by line, as it was written
    actions.submit(by=make.actor("enterprise"), application=row.pk)
    assert "操作间<br>健康证" in me.get(f"/my/{row.pk}/").text


def test_a_page_of_the_hand_out_from_before_it_was_handed_in_changes_nothing_while_it_is_typed(world):
    """It changed the case with each pause in typing, and told its reader that he was signed out."""
    row, me = make.from_home(submit=False), browser("enterprise")
    address = f"/my/{row.pk}/handout/"
    old = page_of(me, address) | {"handout__way": "courier", "handout__address": "慈溪市白沙路街道三北大街2299号"}
    actions.submit(by=make.actor("enterprise"), application=row.pk)
    with nothing_written():
        assert me.post(address, old, headers=BY_SCRIPT).status_code == 409
    assert me.post(address, old).status_code == 302 and fresh(row).handout == "courier"
