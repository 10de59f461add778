"""A decision that is revoked before its parcel went, while it is on its way, or after it came: what the pages and the API say, and that
a courier who tells the truth is never refused."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse

from apps.applications import actions, tracking
from apps.applications.models import Application, Commitment, Job, Member, Parcel
from apps.deadlines.models import Clock
from apps.directory.models import Department, Message
from apps.gateway import actions as gateway
from apps.gateway import queries
from apps.gateway.models import Outbound
from apps.issuance.models import HandOver
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import WrongState
from apps.kit.time import BEIJING, now, today
from tests import make
from tests.api.client import Caller
from tests.applications.test_commit_and_check import FOUND, GRANTED, WHY
from tests.applications.test_run_bundle import decide, restaurant
from tests.people import nothing_written
from tests.settled import count_all
from tests.web.conftest import client_of

from .test_order_courier import PLACE, fresh, tell

ORDER = b'{"recipient": "x", "phone": "x", "address": "x"}'
ROWS = (Application, Member, Parcel, HandOver, Clock, Event)


@pytest.fixture
def promised(long_ago, days, courier) -> Commitment:
    days.at(GRANTED)
    row = make.committed()
    actions.choose_handout(by=make.actor("enterprise"), application=row.application_id, way="courier", address=PLACE)
    return row


def sealed(promised) -> None:
    make.filed(promised.application_id)
    actions.register_seal(by=make.actor("scjg-seal"), member=promised.member_id, seal_number="3302821000001")


def dispatched(promised) -> Parcel:
    row = actions.dispatch(by=make.actor("cixi-issue"), application=promised.application_id, members=[promised.member_id])
    make.deliver_all()
    assert gateway.sweep() == 1
    return fresh(row)


def revoke(promised, days) -> Member:
    actions.rectify_commitment(by=make.actor("scjg-reviewer"), commitment=promised.pk, findings=FOUND)
    days.pass_over(fresh(promised).rectify_by)
    actions.revoke_commitment(by=make.actor("scjg-head"), commitment=promised.pk, reason=WHY)
    days.work()
    return Member.objects.get(pk=promised.member_id)


def pages(promised) -> dict[str, str]:
    """What each of them reads of the case."""
    case, job = promised.application_id, Job.objects.get(member=promised.member_id)
    addresses = {
        "enterprise": reverse("citizen:mine", args=[case]),
        "cixi-issue": reverse("issue:hand_over", args=[case]),
        "scjg-reviewer": reverse("review:job", args=[job.pk]),
        "cixi-clerk": reverse("counter:case", args=[case]),
    }
    return {who: client_of(who).get(address).text for who, address in addresses.items()}


def told(promised) -> list[str]:
    return list(Message.objects.filter(root_id=promised.application_id).order_by("pk").values_list("title", flat=True))


def the_rest_holds(promised) -> None:
    """Nothing is left to choose, to hand out or to contest but the revocation; every page says that it is revoked."""
    shown = pages(promised)
    for who, page in shown.items():
        assert ("已撤销" in page or who == "cixi-clerk") and "承诺不实，" in page, who
        assert "更改领取方式" not in page and 'tag--waiting">待领取' not in page, who
    assert "承诺不实，决定已于2018年3月27日撤销" in shown["cixi-issue"]
    case = promised.application
    with nothing_written(*ROWS), pytest.raises(WrongState) as refusal:
        actions.choose_handout(by=make.actor("enterprise"), application=case.pk, way="counter")
    assert "撤销" in refusal.value.message
    refused = Caller("enterprise").raw(
        "post", f"applications/{case.pk}/choose_handout/", {"way": "counter"}, headers={"Idempotency-Key": "k"}
    )
    assert refused.status_code == 409
    assert client_of("enterprise").get(reverse("citizen:handout", args=[case.pk])).status_code == 409
    found = tracking.track(case.number, make.MOBILE)
    assert found.now[0] == "“小餐饮店登记”承诺不实，决定已经撤销，证照失效。" and found.remedies == []
    assert Caller("enterprise").get(f"applications/{case.pk}/")["commitments"][0]["state"] == "revoked"
    assert queries.over(Event(name="application.announce", chain=case.chain))  # told late, it would call him for what nobody hands out
    count_all()
    assert [one for one in patrol()[1] if one["invariant"].split(".")[0] in ("applications", "supervision")] == []


@pytest.mark.parametrize("at_the_desk", [False, True])
def test_not_sent_yet(promised, days, at_the_desk):
    if at_the_desk:
        sealed(promised)
    revoke(promised, days)
    the_rest_holds(promised)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.dispatch(by=make.actor("cixi-issue"), application=promised.application_id, members=[promised.member_id])


def test_signed_for_after_it_was_revoked(promised, days, courier):
    sealed(promised)
    parcel = dispatched(promised)
    revoke(promised, days)
    the_rest_holds(promised)
    assert "请联系快递公司退回" in pages(promised)["cixi-issue"]
    desk = client_of("cixi-issue").get(reverse("issue:parcel", args=[parcel.pk])).text
    assert "请联系快递公司退回" in desk and "手工登记" in desk
    assert "收到了也不算送达" in tracking.track(promised.application.number, make.MOBILE).now[2]
    before = told(promised)
    assert tell(courier, parcel, "signed", at=now(), signed_by="门卫老张") == 200
    days.work()
    member = Member.objects.get(pk=promised.member_id)
    assert (fresh(parcel).state, fresh(parcel).signed_on, member.state, member.served_on) == ("signed", today(), "served", None)
    assert not HandOver.objects.exists() and told(promised) == before
    titles = [entry.title for entry in tracking.track(promised.application.number, make.MOBILE).story]
    assert titles[-1] == "快递签收了，决定已经撤销，不算送达" and "结果已送达" not in titles
    the_rest_holds(promised)


@pytest.mark.parametrize("status", ["returned", "lost", "refused"])
def test_comes_back_after_it_was_revoked(promised, days, courier, status):
    sealed(promised)
    parcel = dispatched(promised)
    revoke(promised, days)
    before = told(promised)
    assert tell(courier, parcel, status, at=now(), reason="查无此人") == 200
    days.work()
    assert fresh(parcel).state == status and told(promised) == before  # nobody is asked for another address
    the_rest_holds(promised)
    desk = client_of("cixi-issue").get(reverse("issue:parcel", args=[parcel.pk])).text
    assert "再寄" not in desk.replace("也不再寄", "") and "已经作废" in desk


def ordered_by(promised) -> Parcel:
    sealed(promised)
    return actions.dispatch(by=make.actor("cixi-issue"), application=promised.application_id, members=[promised.member_id])


def called_off(row, promised, days) -> None:
    days.work()
    member = Member.objects.get(pk=promised.member_id)
    assert (fresh(row).state, member.state, member.served_on) == ("called_off", "ready_for_issue", None)
    assert Event.objects.filter(name="parcel.call_off").count() == 1
    desk = pages(promised)["cixi-issue"]
    assert "已取消" in desk and "不再交付，也不再寄" in desk
    the_rest_holds(promised)


def test_revoked_before_the_courier_was_asked(promised, days, courier):
    """He is asked for nothing, and if the order comes to him yet he knows that it does not count."""
    row = ordered_by(promised)
    revoke(promised, days)
    before = told(promised)
    courier.behave("courier", "down")
    make.deliver_all()
    assert gateway.sweep() == 1 and fresh(row).state == "requested"  # the order is done with, the calling-off waits
    desk = client_of("cixi-issue").get(reverse("issue:parcel", args=[row.pk])).text
    assert "正在通知快递公司不用上门" in desk and "系统会一直重试" not in desk
    courier.behave("courier", "")
    days.machine.shift(timedelta(hours=1))
    assert gateway.sweep() == 1 and gateway.sweep() == 0
    assert courier.sent["courier"] == [] and told(promised) == before
    assert courier.answer("courier", "order", f"parcel:{row.pk}", ORDER)[0] == 422
    called_off(row, promised, days)


def test_revoked_while_the_couriers_answer_was_lost(promised, days, courier):
    """The order lies with him although nobody here knows it: he is told not to come, and not asked once more."""
    row = ordered_by(promised)
    courier.behave("courier", "lost")
    make.deliver_all()
    assert gateway.sweep() == 0 and len(courier.sent["courier"]) == 1
    revoke(promised, days)
    make.deliver_all()
    assert gateway.sweep() == 1  # told, and this answer is lost as well
    courier.behave("courier", "")
    days.machine.shift(timedelta(hours=1))
    assert gateway.sweep() == 1 and gateway.sweep() == 0
    assert len(courier.sent["courier"]) == 1
    called_off(row, promised, days)


def test_revoked_before_the_courier_came(promised, days, courier):
    sealed(promised)
    row = dispatched(promised)
    revoke(promised, days)
    before = told(promised)
    make.deliver_all()
    courier.secret = b"another"  # our fault: a person has to look
    assert gateway.sweep() == 0
    listed = client_of("cixi-supervisor").get("/oversight/stuck/").text
    assert "取消快递" in listed and "快递下单" not in listed
    courier.secret = b"between us"
    gateway.retry(by=make.actor("cixi-supervisor"), outbound=Outbound.objects.get(key=f"parcel:{row.pk}:off").pk)
    assert gateway.sweep() == 1 and told(promised) == before
    called_off(row, promised, days)
    seen = Event.objects.count()
    assert tell(courier, row, "signed", at=now()) == 200 and Event.objects.count() == seen
    actions.call_off(parcel=row.pk)
    assert Event.objects.count() == seen


def test_the_courier_had_fetched_it(promised, days, courier):
    """He says so: his word is taken, what follows is what follows to every envelope on its way."""
    sealed(promised)
    row = dispatched(promised)
    courier.report(waybill=row.waybill, status="collected", at=now().isoformat())  # on its way to us
    revoke(promised, days)
    make.deliver_all()
    assert gateway.sweep() == 1 and gateway.sweep() == 0
    assert Outbound.objects.get(key=f"parcel:{row.pk}:off").error == "快递员已经取走" and fresh(row).state == "waybill"
    assert tell(courier, row, "signed", at=now()) == 200
    days.work()
    member = Member.objects.get(pk=promised.member_id)
    assert (fresh(row).state, member.state, member.served_on) == ("signed", "served", None)
    the_rest_holds(promised)


def test_one_revoked_and_one_in_force_in_one_envelope(long_ago, days, courier):
    """Nobody calls the courier off: what is in force is delivered, and the day of service counts for it alone."""
    days.at(GRANTED)
    case = restaurant(situations={"subject_kind": "enterprise", "small_shop": True, "dining_area": 80})
    decide(case, "enterprise-registration")
    valid, broken = (case.members.get(code=code) for code in ("enterprise-registration", "small-catering-registration"))
    row = actions.sign_commitment(by=make.actor("cixi-clerk"), member=broken.pk, signed_by="李一味")
    decide(case, broken.code)
    make.filed(case.pk)
    for member in (valid, broken):
        actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")
    issue = make.actor("cixi-issue")
    actions.choose_handout(by=issue, application=case.pk, way="courier", address=PLACE)
    parcel = actions.dispatch(by=issue, application=case.pk, members=[valid.pk, broken.pk])
    revoke(fresh(row), days)
    make.deliver_all()
    assert gateway.sweep() == 1 and not Outbound.objects.filter(key__endswith=":off").exists()
    assert len(courier.sent["courier"]) == 1
    assert tell(courier, fresh(parcel), "signed", at=now(), signed_by="李一味") == 200
    assert "void" not in Event.objects.get(name="parcel.sign").facts  # something in it counts
    days.work()
    assert [(one.state, one.served_on) for one in (fresh(valid), fresh(broken))] == [("served", today()), ("served", None)]
    line = HandOver.objects.get()
    assert line.members == [valid.pk] and {paper["item"] for paper in line.documents} == {valid.name}
    open_delivery = Clock.objects.filter(kind="delivery", stopped_on__isnull=True)
    assert not open_delivery.filter(subject_id__in=[valid.pk, broken.pk]).exists()
    assert Clock.objects.get(kind="delivery", subject_id=valid.pk).stopped_on == today()
    remedies = tracking.track(case.number, make.MOBILE).remedies
    assert len(remedies) == 1
    count_all()
    assert [one for one in patrol()[1] if one["invariant"].split(".")[0] in ("applications", "supervision")] == []


def test_revoked_after_it_was_served(promised, days, courier):
    sealed(promised)
    parcel, midnight = dispatched(promised), datetime.combine(GRANTED, time(), BEIJING)
    Parcel.objects.filter(pk=parcel.pk).update(at=midnight)
    assert tell(courier, parcel, "signed", at=midnight - timedelta(minutes=4)) == 200  # his clock is slow: not before it was sent
    assert Clock.objects.filter(kind="commitment", stopped_on__isnull=True).exists()  # what was promised is still to be looked at
    told = tracking.track(promised.application.number, make.MOBILE)
    assert len(told.remedies) == 1 and "申请复议" in told.story[-1].detail
    Department.objects.update(kind="bank")  # what a bank gives is no act of an authority
    told = tracking.track(promised.application.number, make.MOBILE)
    assert told.remedies == [] and told.story[-1].detail == f"送达日 {GRANTED:%Y年%-m月%-d日}。"
    Department.objects.update(kind="department")
    member = revoke(promised, days)
    assert (member.state, member.served_on) == ("served", GRANTED) and HandOver.objects.count() == 1
    the_rest_holds(promised)
    assert "已经领取的决定书和证照作废" in pages(promised)["cixi-issue"]
