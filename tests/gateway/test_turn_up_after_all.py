"""A parcel that was given up, lost or replaced, and turns up after all: served once, on the day of the signature, and told where it helps."""

import pytest

from apps.applications import actions, tracking
from apps.applications.models import Application, Parcel
from apps.deadlines.models import Clock
from apps.directory.models import Message
from apps.gateway import actions as gateway
from apps.issuance.models import HandOver
from apps.journal.models import Event
from apps.kit.errors import WrongState
from apps.kit.time import now, today
from tests import make, people
from tests.people import nothing_written
from tests.web.conftest import client_of

from .test_order_courier import ROWS, fresh, member_of, ordered, tell


@pytest.mark.parametrize("how", ["lost", "called_off"])
def test_what_was_given_up_and_came_after_all_is_served(world, courier, how):
    row, issue = ordered(courier), make.actor("cixi-issue")
    if how == "lost":
        assert tell(courier, row, "lost") == 200
    else:
        actions.enter_status(by=issue, parcel=row.pk, status=how, at=now(), reason="来窗口领取")
    with nothing_written(*ROWS):
        assert tell(courier, row, "collected") == tell(courier, row, "returned") == 200
    assert (fresh(row).state, member_of(row).state) == (how, "ready_for_issue")
    assert tell(courier, row, "signed", signed_by="门卫老张") == tell(courier, row, "signed") == 200
    served = member_of(row)
    assert (fresh(row).state, served.state, served.served_on) == ("signed", "served", today())
    assert HandOver.objects.get().collector_name == "门卫老张"
    assert not Clock.objects.filter(subject_id=served.pk, kind="delivery", stopped_on__isnull=True).exists()
    make.deliver_all()
    assert Message.objects.filter(title__startswith="已送达").exists()


def test_who_says_at_the_desk_that_it_came_after_all(world, courier):
    row = ordered(courier)
    tell(courier, row, "lost", reason="车辆起火")
    told = tracking.track(row.application.number, make.MOBILE).now[2]
    assert told.startswith("快递丢失了") and "请核对收件地址" not in told  # nothing was wrong with it, and nothing lies at the desk
    desk, page = client_of("cixi-issue"), f"/issue/parcels/{row.pk}/"
    told = desk.get(page).text
    assert "后来送到了" in told and row.application.applicant_name in told and 'value="returned"' not in told
    assert desk.post(page, {"status": "signed", "on": today().isoformat()}).status_code == 302
    assert (fresh(row).state, member_of(row).state) == ("signed", "served") and "登记已签收" not in desk.get(page).text
    assert row.application.applicant_name in desk.get("/issue/register/").text  # a unit is no person to be masked


def test_what_was_given_otherwise_is_not_served_by_a_late_envelope(world, courier):
    row, issue = ordered(courier), make.actor("cixi-issue")
    tell(courier, row, "lost")
    actions.hand_over(by=issue, application=row.application_id, members=row.members, collection=make.collection())
    # Of the same case another result is on its way: nobody is to call that one off.
    Parcel.objects.create(application_id=row.application_id, members=[row.members[0] + 1], recipient="x", phone="x", address="x")
    with nothing_written(*ROWS):
        assert tell(courier, row, "signed") == 200
        with pytest.raises(WrongState):
            actions.enter_status(by=issue, parcel=row.pk, status="signed", at=now())
    assert "登记已签收" not in client_of("cixi-issue").get(f"/issue/parcels/{row.pk}/").text


def test_what_was_lost_and_sent_again_is_told_when_the_first_turns_up(world, courier):
    """It serves nothing, for the results are on their way a second time; the desk can still keep the second one back."""
    row, issue = ordered(courier), make.actor("cixi-issue")
    people.staff("issue_clerk", node="330282107", user=people.account())  # a township's desk, which has nothing to do with the hall's
    tell(courier, row, "lost")
    second = actions.dispatch(by=issue, application=row.application_id, members=row.members)
    assert tell(courier, row, "signed", signed_by="门卫老张") == tell(courier, row, "signed") == 200
    assert (fresh(row).state, member_of(row).state, HandOver.objects.count()) == ("lost", "dispatched", 0)
    titles = [one.title for one in tracking.track(row.application.number, make.MOBILE).story]
    assert titles.count("先寄的快递后来签收了") == 1
    told = Message.objects.get(title__startswith="先寄的快递后来签收了")
    assert told.user_id == issue.id and told.link == f"/issue/parcels/{second.pk}/" and row.waybill in told.text
    actions.enter_status(by=issue, parcel=second.pk, status="called_off", at=now(), reason="先寄的已经送到")
    Application.objects.filter(pk=row.application_id).update(applicant_name="阿依努尔·买买提")
    actions.enter_status(by=issue, parcel=row.pk, status="signed", at=now(), signed_by="阿依努尔.买买提")
    assert (fresh(row).state, member_of(row).state) == ("signed", "served")
    assert HandOver.objects.get().relation == "self"  # whichever dot the keyboard had


def test_a_late_signature_does_not_disturb_the_desk_once_the_second_is_on_its_way(world, courier):
    row, issue = ordered(courier), make.actor("cixi-issue")
    tell(courier, row, "lost")
    second = actions.dispatch(by=issue, application=row.application_id, members=row.members)
    make.deliver_all()
    assert gateway.sweep() == 1 and tell(courier, fresh(second), "collected") == 200
    assert tell(courier, row, "signed", signed_by="门卫老张") == 200
    assert Event.objects.filter(name="parcel.sign_late").count() == 1
    assert not Message.objects.filter(title__startswith="先寄的快递后来签收了").exists()


def test_what_is_not_signed_for_in_time_is_asked_of_the_courier(world, days):
    """Its last day is told to the issue desk, which is not to send, or to have fetched, what it has given away."""
    member, desk = make.sealed(), make.actor("cixi-issue")
    case = member.application_id
    actions.choose_handout(by=desk, application=case, way="courier", address="慈溪市白沙路街道三北大街2299号")
    actions.dispatch(by=desk, application=case, members=[member.pk])
    days.pass_over(Clock.objects.get(root_id=case, kind="delivery").due_on)
    text = Message.objects.get(user=make.user("cixi-issue"), kind="card").text
    assert "向快递公司核实" in text and "寄出" not in text


def test_a_picture_in_the_address_or_with_who_signed_keeps_no_receipt_from_being_made(world):
    """It was typed for the courier, or by him; the receipt that repeats it would wait for a font that there is not."""
    member, desk = make.sealed(), make.actor("cixi-issue")
    actions.choose_handout(by=desk, application=member.application_id, way="courier", address="📍慈溪市白沙路街道三北大街2299号")
    row = actions.dispatch(by=desk, application=member.application_id, members=[member.pk])
    actions.take_waybill(parcel=row.pk, waybill="SF10000001")
    actions.enter_status(by=desk, parcel=row.pk, status="signed", at=now(), signed_by="李一味✅")
    line = HandOver.objects.get()
    assert (line.collector_name, line.receipt.payload["collector"]) == ("李一味✅", "李一味")  # the register keeps what was said
    assert line.location == line.receipt.payload["location"] == "慈溪市白沙路街道****"
