"""A parcel with results: ordered once whatever breaks on the way, followed by signed callbacks that come twice and out of order, served
on the day of the signature; what comes back lies at the issue desk."""

from datetime import datetime, time, timedelta
from unittest import mock

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from apps.api.shapes_handout import ParcelShape
from apps.applications import actions, tracking
from apps.applications.models import Application, Member, Parcel
from apps.deadlines.models import Clock
from apps.directory.models import Message
from apps.gateway import actions as gateway
from apps.gateway.models import Outbound
from apps.issuance.models import HandOver
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.masking import mask_name
from apps.kit.time import BEIJING, now, today
from tests import make, people
from tests.people import nothing_written
from tests.web.conftest import client_of

PLACE = "慈溪市白沙路街道三北大街2299号"
ROWS = (Application, Member, Parcel, HandOver, Outbound)


def chosen(address: str = PLACE) -> Member:
    member = make.sealed()
    actions.choose_handout(
        by=make.actor("enterprise"), application=member.application_id, way="courier", address=address
    )
    return member


def sent(address: str = PLACE) -> Parcel:
    member = chosen(address)
    row = actions.dispatch(by=make.actor("cixi-issue"), application=member.application_id, members=[member.pk])
    make.deliver_all()
    return row


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def member_of(row: Parcel) -> Member:
    return Member.objects.get(pk=row.members[0])


def test_what_the_courier_repeats_of_the_address_is_masked(world, courier, monkeypatch):
    said = mock.Mock(side_effect=Refused("courier.refused", f"{PLACE}（{make.MOBILE}）没有网点" + "，" * 300))
    monkeypatch.setattr("apps.gateway.adapters.HttpCourier.order", said)
    row = sent()
    gateway.sweep()
    row, told = fresh(row), f"慈溪市白沙路街道****（138****0001）没有网点{'，' * 300}"  # at more length than there is room for
    assert (row.state, row.problem, row.address) == ("declined", told[:200], PLACE)
    assert Outbound.objects.get(service="courier").error == told[:300]
    assert PLACE not in str(Event.objects.get(name="parcel.decline").facts)
    Outbound.objects.filter(service="courier").update(state="pending", next_try_at=now())  # the worker was killed before it noted that
    gateway.sweep()
    assert said.call_count == 1 and Outbound.objects.get(service="courier").state == "sent"


def test_what_is_on_its_way_is_changed_by_nobody_and_the_pages_say_so(world, courier):
    row = sent()
    case, said = row.application_id, "还在路上，这时领取方式和联系手机都不能改"
    for act in (
        lambda: actions.choose_handout(by=make.actor("enterprise"), application=case, way="counter"),
        lambda: actions.change_contact(by=make.actor("cixi-clerk"), application=case, contact_mobile="13905740009"),
    ):
        with nothing_written(*ROWS), pytest.raises(WrongState, match="还在路上"):
            act()
    mine, desk, issue = (client_of(name) for name in ("enterprise", "cixi-clerk", "cixi-issue"))
    for client, page in ((mine, f"/my/{case}/"), (desk, f"/counter/{case}/"), (issue, f"/issue/{case}/")):
        assert said in client.get(page).text, page
    for client, page in ((mine, f"/my/{case}/handout/"), (mine, f"/my/{case}/contact/"), (desk, f"/counter/{case}/contact/")):
        answer = client.get(page)
        assert answer.status_code == 409 and said in answer.text, page


def tell(courier, row: Parcel, status: str, *, at=None, headers=None, **more) -> int:
    facts = {"waybill": row.waybill, "status": status, "at": (at or now()).isoformat(), **more}
    raw, signed = courier.report(**facts)
    answer = Client().post(
        "/api/courier/status/", raw, content_type="application/json", headers={**signed, **(headers or {})}
    )
    assert PLACE not in answer.text and row.recipient not in answer.text
    return answer.status_code


def ordered(courier) -> Parcel:
    row = sent()
    assert gateway.sweep() == 1
    return fresh(row)


def test_ordered_once_whatever_breaks(world, courier):
    row = sent()
    make.deliver_all()
    order = Outbound.objects.get(service="courier")
    assert PLACE not in str(vars(order)) and make.MOBILE not in str(vars(order))
    courier.secret = b"another"  # 401: our fault, and no answer about the parcel
    assert gateway.sweep() == 0 and fresh(order).state == "stuck" and fresh(row).state == "requested"
    courier.secret = b"between us"
    gateway.retry(by=make.actor("cixi-supervisor"), outbound=order.pk)
    for how in ("down", "lost", "nonsense"):
        courier.behave("courier", how)
        with time_machine.travel(fresh(order).next_try_at + timedelta(seconds=1), tick=True):
            assert gateway.sweep() == 0
    assert fresh(row).state == "requested" and member_of(row).state == "dispatched" and fresh(order).error
    courier.behave("courier", "")
    with time_machine.travel(fresh(order).next_try_at + timedelta(seconds=1), tick=True):
        assert gateway.sweep() == 1 and gateway.sweep() == 0
    assert [one["address"] for one in courier.sent["courier"]] == [PLACE]
    assert fresh(row).waybill == courier.sent["courier"][0]["waybill"] == fresh(order).reference
    told = Event.objects.get(name="parcel.take_waybill").facts
    assert told == {"waybill": fresh(row).waybill}


def test_served_on_the_day_of_the_signature(world, courier):
    row = ordered(courier)
    assert tell(courier, row, "collected", at=row.at - timedelta(minutes=4)) == 200  # his clock is slow, or fast
    assert tell(courier, row, "out_for_delivery", at=now() + timedelta(minutes=4)) == 200
    seen = Event.objects.count()
    assert tell(courier, row, "collected") == tell(courier, row, "out_for_delivery") == 200  # late, and twice
    assert (fresh(row).state, Event.objects.count()) == ("out_for_delivery", seen)
    with time_machine.travel(now() + timedelta(days=2), tick=True):
        signed = now() - timedelta(days=1)
        assert tell(courier, row, "signed", at=signed, signed_by="门卫老张") == 200
        served = member_of(row)
        assert (served.state, served.served_on) == ("served", today() - timedelta(days=1))
        line = HandOver.objects.get()
        assert (line.method, line.collector_name, line.at.date()) == ("mail", "门卫老张", signed.date())
        assert line.relation == "staff" and PLACE not in line.location  # who signs for a unit is no family of it
        sender = make.user("cixi-issue").name  # 送达人: who sent it, not the program that was told of the signature
        assert line.clerk_name == line.receipt.payload["handler"]["name"] == sender
        assert not Clock.objects.filter(subject_id=served.pk, kind="delivery", stopped_on__isnull=True).exists()
        assert "门卫" not in str(list(Event.objects.values_list("facts")))
        seen = Event.objects.count()
        assert tell(courier, row, "signed") == tell(courier, row, "returned") == 200
        assert (Event.objects.count(), fresh(row).state) == (seen, "signed")


@pytest.mark.parametrize(("signer", "other"), [("门卫老张", True), ("本人签收", False), ("慈溪市一味餐饮有限公司", False), ("王小明", False), ("李一味", False), ("申请人", False)])
def test_who_waits_for_it_learns_that_another_signed(world, courier, signer, other):
    member = chosen()
    actions.choose_handout(by=make.actor("enterprise"), application=member.application_id, way="courier", recipient="王小明", address=PLACE)
    actions.dispatch(by=make.actor("cixi-issue"), application=member.application_id, members=[member.pk])
    make.deliver_all()
    assert gateway.sweep() == 1
    row = Parcel.objects.get()
    assert tell(courier, row, "signed", signed_by=signer) == 200
    make.deliver_all()
    title, text = Message.objects.filter(title__startswith="已送达").values_list("title", "text").get()
    story = {line.title: line.detail for line in tracking.track(row.application.number, make.MOBILE).story}["结果已送达"]
    assert ("由他人签收" in title, "请马上联系出件窗口" in text, "由他人签收" in story) == (other, other, other) and signer not in text + story
    mine = client_of("enterprise").get(f"/my/{row.application_id}/").text
    desk = client_of("cixi-issue").get(f"/issue/{row.application_id}/").text
    assert ("由 门**张 签收" in mine, "由 门**张 签收" in desk) == (other, other) and HandOver.objects.get().collector_name == {"本人签收": "王小明", "申请人": row.application.applicant_name}.get(signer, signer)


def test_a_word_kept_from_a_slip_of_before_is_no_other(world, courier):
    """Up to today 本人 was kept as it stood: the page said to who had signed himself that 本* had."""
    row = ordered(courier)
    assert tell(courier, row, "signed", signed_by="张三") == 200 and fresh(row).signed_by_other
    for word in ("本人", "本人签收", "申请人"):
        Parcel.objects.update(signed_by=word)
        assert not fresh(row).signed_by_other and "本* 签收" not in client_of("enterprise").get(f"/my/{row.application_id}/").text
        assert mask_name(word) not in client_of("cixi-issue").get(f"/issue/parcels/{row.pk}/").text + ParcelShape(fresh(row)).data["signed_by"]


def test_what_comes_back_is_the_desks_again(world, courier):
    row = ordered(courier)
    said = f"{row.recipient}（{make.MOBILE}）拒收，{PLACE}没有人；派送员 13905740009"
    assert tell(courier, row, "refused", reason=said) == 200
    assert (fresh(row).state, member_of(row).state) == ("refused", "dispatched")
    kept = Event.objects.get(name="parcel.refuse").facts["reason"]  # for ever, and read by who tracks
    assert kept == fresh(row).problem == f"{mask_name(row.recipient)}（138****0001）拒收，慈溪市白沙路街道****没有人；派送员 139****0009"
    assert tell(courier, row, "returned") == 200
    assert (fresh(row).state, member_of(row).state, member_of(row).served_on) == ("returned", "ready_for_issue", None)
    # An address where the courier does not go: its answer, no fault; the desk has it again.
    issue = make.actor("cixi-issue")
    case = row.application_id
    actions.choose_handout(by=issue, application=case, way="courier", address="海南省三沙市西沙永兴岛1号")
    again = actions.dispatch(by=issue, application=case, members=row.members)
    make.deliver_all()
    gateway.sweep()
    assert (fresh(again).state, member_of(row).state) == ("declined", "ready_for_issue")
    with nothing_written(*ROWS):  # told twice, as after a kill
        actions.decline(parcel=again.pk, reason="不在派送范围内")
    actions.choose_handout(by=issue, application=case, way="courier", address=PLACE)
    third = actions.dispatch(by=issue, application=case, members=row.members)
    make.deliver_all()
    gateway.sweep()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.enter_status(by=issue, parcel=row.pk, status="signed", at=now())
    with nothing_written(*ROWS), pytest.raises(NotYours):
        actions.enter_status(by=make.actor("enterprise"), parcel=0, status="signed", at=now())
    for away in (-1, 1):
        with nothing_written(*ROWS), pytest.raises(Refused, match="不能早于寄出那天，也不能晚于今天"):
            actions.enter_status(by=issue, parcel=third.pk, status="signed", at=now() + timedelta(days=away))
    actions.enter_status(by=issue, parcel=third.pk, status="signed", at=now())  # from the slip
    assert member_of(row).state == "served"


def test_who_waits_is_told_where_the_envelope_is(world, courier):
    """Nobody is told that it comes while no courier has it, or after it was refused at the door."""

    def now_told() -> str:
        case = row.application
        told = tracking.track(case.number, case.contact_mobile).now
        assert make.case("enterprise", case).now == told
        return told[0] + told[2]

    row = sent()
    assert "等快递公司接单" in now_told()
    gateway.sweep()
    row = fresh(row)
    assert now_told().startswith("结果已交寄，等快递员揽收。") and "请留意快递" in now_told()
    tell(courier, row, "refused", reason="收件人拒收")
    make.deliver_all()
    assert "没有送达" in now_told() and "请留意快递" not in now_told()
    assert "退回以后可以更改领取方式" in Message.objects.get(title__startswith="快递被拒收").text
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.choose_handout(by=make.actor("enterprise"), application=row.application_id, way="counter")
    tell(courier, row, "returned")
    assert "结果在出件窗口" in now_told()


def test_the_desk_takes_back_what_no_courier_has_fetched(world, courier):
    """While the courier is silent the results would lie at the desk and nobody could hand them over."""
    row, issue = sent(), make.actor("cixi-issue")
    given = {"by": issue, "application": row.application_id, "members": row.members}
    courier.behave("courier", "lost")  # he has the order, and his answer does not come
    assert gateway.sweep() == 0 and fresh(row).state == "requested" and len(courier.sent["courier"]) == 1
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.hand_over(**given, collection=make.collection())
    desk, page = client_of("cixi-issue"), f"/issue/parcels/{row.pk}/"
    told = desk.get(page).text
    assert "取消快递" in told and 'value="signed"' not in told and "签收人" not in told  # nothing else can be said of it
    entered = {"status": "called_off", "on": today().isoformat()}
    with nothing_written(*ROWS):
        assert desk.post(page, entered).status_code == 422  # why?
        with pytest.raises(Forbidden):
            actions.enter_status(by=make.actor("enterprise"), parcel=row.pk, status="called_off", at=now(), reason="来窗口领取")
    assert desk.post(page, {**entered, "reason": "申请人来窗口领取"}).status_code == 302
    assert (fresh(row).state, member_of(row).state) == ("called_off", "ready_for_issue")
    assert "没有送达，结果在出件窗口" in desk.get(page).text
    make.deliver_all()
    courier.behave("courier", "")
    with time_machine.travel(now() + timedelta(minutes=2), tick=True):
        gateway.sweep()
    assert not Outbound.objects.filter(service="courier", state="pending").exists()
    assert courier._called_off == {f"parcel:{row.pk}"} and fresh(row).state == "called_off"
    actions.hand_over(**given, collection=make.collection())
    assert member_of(row).state == "collected"


def test_a_page_that_stood_open_is_told_what_became_of_the_parcel(world, courier):
    """It asked for the reason, which the page of a parcel that was given up has no field for."""
    row = ordered(courier)
    tell(courier, row, "lost")
    entered = {"status": "returned", "on": today().isoformat(), "reason": "退回窗口了"}
    with nothing_written(*ROWS):
        late = client_of("cixi-issue").post(f"/issue/parcels/{row.pk}/", entered)
    assert late.status_code == 409 and "不能再这样登记" in late.text and "请写明" not in late.text


def test_what_the_courier_has_fetched_is_not_taken_back(world, courier):
    row = ordered(courier)
    assert "不寄了" in client_of("cixi-issue").get(f"/issue/parcels/{row.pk}/").text
    tell(courier, row, "collected")
    entered = {"status": "called_off", "on": today().isoformat(), "reason": "申请人来窗口领取"}
    with nothing_written(*ROWS):
        actions.call_off(parcel=row.pk)  # a word that crossed his
        late = client_of("cixi-issue").post(f"/issue/parcels/{row.pk}/", entered)
    assert late.status_code == 409 and "已揽收" in late.text and 'value="called_off"' not in late.text


def test_a_number_given_twice_is_told_and_not_taken(world, courier):
    first = ordered(courier)
    second = sent()
    courier.sent["courier"][0]["key"] = f"parcel:{second.pk}"  # the courier takes it for the first one
    assert gateway.sweep() == 0
    stuck = Outbound.objects.get(service="courier", state="stuck")
    assert first.waybill in stuck.error and "已经是另一件的" in stuck.error and fresh(second).state == "requested"
    courier.sent["courier"].clear()
    gateway.retry(by=make.actor("cixi-supervisor"), outbound=stuck.pk)
    assert gateway.sweep() == 1 and fresh(second).state == "waybill" and fresh(second).waybill != first.waybill


def test_a_number_is_read_as_its_callback_is(world, courier, monkeypatch):
    """Spaces around it would make every callback one of an unknown parcel; a sentence is no number, and would go to the applicant's phone."""
    monkeypatch.setattr(courier, "_order", lambda *_: (200, {"waybill": " YT77\n"}))
    row = ordered(courier)
    Parcel.objects.filter(pk=row.pk).update(recipient="慈" * 100)  # as long as a unit's name may be, and longer than the line for who signed
    with time_machine.travel(datetime.combine(today() + timedelta(days=1), time(23, 58), BEIJING), tick=True):
        assert row.waybill == "YT77" and tell(courier, row, "signed", at=now() + timedelta(minutes=4)) == 200
        assert (fresh(row).state, fresh(row).signed_on, fresh(row).signed_by) == ("signed", today(), "慈" * 60)  # his clock is fast: not on a day that has not come
    monkeypatch.setattr(courier, "_order", lambda *_: (200, {"waybill": "领奖请上 t.cn/1"}))
    assert sent().state == "requested" and gateway.sweep() == 0
    assert Outbound.objects.filter(service="courier").latest("pk").error == "courier: no waybill"


def test_a_stranger_learns_nothing(world, courier):
    row = ordered(courier)
    unknown = Parcel(waybill="YT9999999999", recipient="?")
    with nothing_written(*ROWS):
        assert tell(courier, unknown, "signed") == 404
        for forged in ("0" * 64, "é" * 64):  # of letters that no signature has, too
            assert tell(courier, row, "signed", headers={"X-Signature": forged}) == 403
        assert tell(courier, row, "signed", headers={"X-Timestamp": "1"}) == 403
        assert tell(courier, row, "eaten") == 422
        for impossible in (row.at - timedelta(minutes=6), now() + timedelta(minutes=6)):
            assert tell(courier, row, "signed", at=impossible) == 422
        settings.SERVICES["courier"]["secret"] = ""
        courier.secret = b""
        assert tell(courier, row, "signed") == 403  # without a secret nobody is believed


def test_only_what_may_be_sent_is_sent(world):
    member, issue = make.sealed(), make.actor("cixi-issue")
    about = {"by": issue, "application": member.application_id}
    for members in ([], [member.pk + 1000], [member.pk]):  # nothing, another's, and he wants it at the counter
        with nothing_written(*ROWS), pytest.raises(Refused):
            actions.dispatch(**about, members=members)
    actions.choose_handout(**about, way="courier", address=PLACE)
    actions.dispatch(**about, members=[member.pk])
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.dispatch(**about, members=[member.pk])
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.choose_handout(**about, way="counter")


def test_a_sisters_desk_is_told_of_nothing(world):
    """Whatever it sends: not the case, not its results, not the parcel are there for it."""
    parcel, stranger = sent(), make.actor(people.staff("issue_clerk", node="330281").username)
    other = make.sealed()
    with nothing_written(*ROWS):
        for chosen_by_guess in ([999999], [other.pk]):
            with pytest.raises(NotYours):
                actions.dispatch(by=stranger, application=other.application_id, members=chosen_by_guess)
            with pytest.raises(NotYours):
                actions.hand_over(
                    by=stranger, application=other.application_id, members=chosen_by_guess, collection=make.collection()
                )
        for status in ("signed", "no such status"):
            with pytest.raises(NotYours):
                actions.enter_status(by=stranger, parcel=parcel.pk, status=status, at=now() - timedelta(days=9))
