"""The contact phone of a case that was handed in: any that the applicant names at the counter, the account's own from home."""

import pytest

from apps.applications import actions
from apps.applications.models import Application
from apps.directory.models import Message
from apps.journal.models import Event
from apps.kit.errors import Refused, WrongState
from tests import make
from tests.days import deliver
from tests.people import nothing_written

NEW = "13805749999"


def mobile_of(row: Application) -> str:
    return Application.objects.values_list("contact_mobile", flat=True).get(pk=row.pk)


def told(row: Application) -> list[dict]:
    return list(Event.objects.filter(name="application.change_contact", subject_id=row.pk).values_list("facts", flat=True))


def test_at_the_counter_any_phone_after_acceptance_too(world):
    row = make.accepted()
    actions.change_contact(by=make.actor("cixi-clerk"), application=row.pk, contact_mobile=f"+86 {NEW}")
    assert mobile_of(row) == NEW and len(told(row)) == 1 and NEW not in str(told(row))
    actions.change_contact(by=make.actor("cixi-clerk"), application=row.pk, contact_mobile=NEW)
    assert len(told(row)) == 1
    for wrong in ("", "1380574", "057463001234"):
        with nothing_written(), pytest.raises(Refused) as refused:
            actions.change_contact(by=make.actor("cixi-clerk"), application=row.pk, contact_mobile=wrong)
        assert refused.value.field == "contact_mobile"


def test_the_applicant_learns_what_was_changed_at_the_desk_and_not_what_he_changed_himself(world):
    row, clerk, citizen = make.accepted(), make.actor("cixi-clerk"), make.actor("enterprise")
    parcel = {"way": "courier", "recipient": "李一味", "address": "慈溪市白沙路街道三北大街2299号"}
    deliver()
    said = Message.objects.filter(root_id=row.pk, title__contains="已更改：").order_by("pk")
    actions.change_contact(by=citizen, application=row.pk)
    actions.choose_handout(by=citizen, application=row.pk, **parcel)
    deliver()
    assert not said.exists()
    actions.change_contact(by=clerk, application=row.pk, contact_mobile=NEW)
    actions.choose_handout(by=clerk, application=row.pk, **{**parcel, "recipient": "张三", "address": "慈溪市别处路 1 号 2 室"})
    deliver()
    assert [(one.party_id, one.title[:4]) for one in said] == [(row.applicant_id, "联系手机"), (row.applicant_id, "领取方式")]
    assert all("不是您要求的" in one.text for one in said)
    assert not any(word in one.text for one in said for word in (NEW, "张三", "别处路"))


def test_the_applicant_learns_what_who_acts_for_him_changed_from_home(world):
    row, agent = make.accepted(), make.user("agent")
    agent.mobile = NEW
    agent.save()
    deliver()
    actions.change_contact(by=make.actor("agent"), application=row.pk)
    parcel = {"way": "courier", "recipient": "张三", "address": "慈溪市别处路 1 号 2 室"}
    actions.choose_handout(by=make.actor("agent"), application=row.pk, **parcel)
    deliver()
    said = Message.objects.filter(root_id=row.pk, title__contains="已更改：").order_by("pk")
    assert [(one.party_id, one.title[:4]) for one in said] == [(row.applicant_id, "联系手机"), (row.applicant_id, "领取方式")]
    assert all("代您办理的人" in one.text and "不是您同意的" in one.text for one in said)
    assert not any(word in one.text for one in said for word in (NEW, "张三", "别处路"))
    Application.objects.filter(pk=row.pk).update(agent=agent.party)  # he came to the counter with the case: he is told of it otherwise
    actions.choose_handout(by=make.actor("agent"), application=row.pk, way="counter")
    deliver()
    assert [one.party_id for one in said.all()] == [row.applicant_id] * 3


def test_from_home_the_phone_that_the_account_has_proved(world):
    row, citizen = make.accepted(), make.actor("enterprise")
    own = make.user("enterprise").mobile
    assert own and mobile_of(row) != NEW
    with nothing_written(), pytest.raises(Refused, match="登录用的手机号"):
        actions.change_contact(by=citizen, application=row.pk, contact_mobile=NEW)
    user = make.user("enterprise")
    user.mobile = NEW
    user.save()
    actions.change_contact(by=citizen, application=row.pk)
    assert mobile_of(row) == NEW
    user.mobile = ""
    user.save()
    with nothing_written(), pytest.raises(WrongState, match="没有手机号"):
        actions.change_contact(by=citizen, application=row.pk)


def test_a_draft_and_what_is_over_are_left_alone(world):
    clerk = make.actor("cixi-clerk")
    over = make.collected().application
    for row, words in ((make.draft(), "在草稿里改"), (over, "不用再改")):
        with nothing_written(), pytest.raises(WrongState, match=words):
            actions.change_contact(by=clerk, application=row.pk, contact_mobile=NEW)


def test_the_pages(client, world):
    row, user = make.accepted(), make.user("enterprise")
    user.mobile = NEW
    user.save()
    client.force_login(user)
    page = f"/my/{row.pk}/contact/"
    assert page in client.get(f"/my/{row.pk}/").text
    assert "138****9999" in client.get(page).text
    assert client.post(page, {}, follow=True).redirect_chain[-1][0] == f"/my/{row.pk}/" and mobile_of(row) == NEW
    again = client.get(page).text
    assert "已经是您登录用的手机号" in again and "disabled" in again
    client.force_login(make.user("cixi-clerk"))
    desk = f"/counter/{row.pk}/contact/"
    assert desk in client.get(f"/counter/{row.pk}/").text
    asked = client.get(desk)
    assert NEW not in asked.text and "counter/base.html" in [one.name for one in asked.templates]
    assert client.post(desk, {"contact_mobile": "12"}).status_code == 422
    assert client.post(desk, {"contact_mobile": make.MOBILE}).status_code == 302 and mobile_of(row) == make.MOBILE
    over = make.collected().application
    assert "contact/" not in client.get(f"/counter/{over.pk}/").text
    assert client.get(f"/counter/{over.pk}/contact/").status_code == 409
