"""A decision that is revoked before its parcel went, while it is on its way, or after it came: what the pages and the API say, and that
a courier who tells the truth is never refused."""

import pytest
from django.urls import reverse

from apps.applications import actions, tracking
from apps.applications.models import Application, Commitment, Job, Member, Parcel
from apps.deadlines.models import Clock
from apps.directory.models import Message
from apps.gateway import actions as gateway
from apps.issuance.models import HandOver
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import WrongState
from apps.kit.time import now, today
from apps.supervision.rollup import rollup
from tests import make
from tests.api.client import Caller
from tests.applications.conftest import days, long_ago  # noqa: F401
from tests.applications.test_commit_and_check import FOUND, GRANTED, WHY
from tests.people import nothing_written
from tests.web.conftest import client_of

from .test_order_courier import PLACE, courier, fresh, tell  # noqa: F401

ROWS = (Application, Member, Parcel, HandOver, Clock, Event)


@pytest.fixture
def promised(long_ago, days, courier) -> Commitment:  # noqa: F811
    days.at(GRANTED)
    row = make.committed()
    actions.choose_handout(by=make.actor("enterprise"), application=row.application_id, way="courier", address=PLACE)
    return row


def sealed(promised) -> None:
    make.printed(promised.application_id)
    actions.register_seal(by=make.actor("scjg-seal"), member=promised.member_id, seal_number="3302821000001")


def dispatched(promised) -> Parcel:
    row = actions.dispatch(by=make.actor("cixi-issue"), application=promised.application_id, members=[promised.member_id])
    make.deliver_all()
    assert gateway.sweep() == 1
    return fresh(row)


def revoke(promised, days) -> Member:  # noqa: F811
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
    rollup()
    assert [one for one in patrol()[1] if one["invariant"].split(".")[0] in ("applications", "supervision")] == []


@pytest.mark.parametrize("at_the_desk", [False, True])
def test_not_sent_yet(promised, days, at_the_desk):  # noqa: F811
    if at_the_desk:
        sealed(promised)
    revoke(promised, days)
    the_rest_holds(promised)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.dispatch(by=make.actor("cixi-issue"), application=promised.application_id, members=[promised.member_id])


def test_signed_for_after_it_was_revoked(promised, days, courier):  # noqa: F811
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
def test_comes_back_after_it_was_revoked(promised, days, courier, status):  # noqa: F811
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


def test_revoked_before_the_courier_answered(promised, days):  # noqa: F811
    sealed(promised)
    row = actions.dispatch(by=make.actor("cixi-issue"), application=promised.application_id, members=[promised.member_id])
    revoke(promised, days)
    before = told(promised)
    make.deliver_all()
    assert gateway.sweep() == 1
    days.work()
    assert fresh(row).state == "waybill" and told(promised) == before  # nobody is told of a day of service to come
    assert "请从包裹里取出来" in pages(promised)["cixi-issue"]
    the_rest_holds(promised)


def test_revoked_after_it_was_served(promised, days, courier):  # noqa: F811
    sealed(promised)
    parcel = dispatched(promised)
    assert tell(courier, parcel, "signed", at=now()) == 200
    assert len(tracking.track(promised.application.number, make.MOBILE).remedies) == 1
    member = revoke(promised, days)
    assert (member.state, member.served_on) == ("served", GRANTED) and HandOver.objects.count() == 1
    the_rest_holds(promised)
    assert "已经领取的决定书和证照作废" in pages(promised)["cixi-issue"]
