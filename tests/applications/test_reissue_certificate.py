"""更正补发: a certificate that was lost, or on which something is wrong, is made anew, sealed and handed out as the first was."""

from datetime import date, timedelta

import pytest

from apps.applications import actions, queries_issue, tracking
from apps.applications.models import Application, Member, Parcel
from apps.deadlines.models import Clock
from apps.directory.models import Message
from apps.issuance.actions import extend_document
from apps.issuance.models import Document, HandOver, SealRecord
from apps.issuance.queries import verify
from apps.journal.door import action
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import now, today
from tests import make, people
from tests.applications.test_run_bundle import SUCCESSORS, decide, restaurant
from tests.applications.test_words_for_parties import PDF
from tests.people import nothing_written
from tests.settled import count_all

pytestmark = pytest.mark.usefixtures("quick_print")

LOST = "申请人书面说明证照遗失"
WRONG = "单位名称录入时写错一个字"
ROWS = (Application, Member, Document, SealRecord, HandOver, Event, Message)
DAY = timedelta(days=1)


def paper(member, kind="certificate") -> Document:
    return Document.objects.filter(member_id=member.pk, kind=kind).exclude(state="void").get()


def again(member) -> Member:
    return Member.objects.get(pk=member.pk)


def reissue(member, who="cixi-issue", reason=LOST, **given) -> Member:
    return actions.reissue(by=make.actor(who), member=member.pk, reason=reason, **given)


def seal(member) -> Member:
    make.filed(member.application_id)
    return actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")


def hand_over(member, **given) -> HandOver:
    collection = make.collection(**given)
    return actions.hand_over(by=make.actor("cixi-issue"), application=member.application_id, members=[member.pk], collection=collection)


def clean() -> list:
    count_all()
    return [one for one in patrol()[1] if one["invariant"].split(".")[0] in ("applications", "issuance", "supervision")]


@pytest.fixture
def given(long_ago, time_machine) -> Member:
    """Fetched a month ago."""
    time_machine.move_to(now() - 30 * DAY)
    member = make.collected()
    time_machine.move_to(now() + 30 * DAY)
    return member


def test_lost_and_given_once_more_as_it_was(given):
    old, decision = paper(given), paper(given, "grant")
    served, mail = given.served_on, Message.objects.count()
    reissue(given)
    new = paper(given)
    assert (new.number, new.replaces_id, new.payload["applicant"]) == (old.number, old.pk, old.payload["applicant"])
    assert old.verify_code in new.payload["remark"] and "补发" in new.payload["remark"]
    assert verify(old.verify_code)["status"] == "replaced"
    assert verify(old.verify_code)["replaced_by"] == new.verify_code
    assert verify(new.verify_code)["status"] == "waiting"
    assert paper(given, "grant").pk == decision.pk  # the decision was not lost
    make.deliver_all()
    assert "原来的已经作废" in Message.objects.order_by("pk").last().text and Message.objects.count() > mail
    found = tracking.track(given.application.number, make.MOBILE)
    assert "正在更正补发" in found.now[0]
    told = next(entry for entry in found.story if entry.name == "member.reissue")
    assert told.title == "更正补发，原来的作废" and LOST in told.detail and old.number in told.detail
    seal(given)
    assert verify(new.verify_code)["status"] == "valid" and SealRecord.objects.count() == 3
    handed = hand_over(given)
    assert [line["id"] for line in handed.documents] == [new.pk]
    member = again(given)
    assert (member.state, member.served_on) == ("collected", served)  # what counts from the first service stays
    assert clean() == []


def test_corrected_by_the_head_on_the_decision_too(given):
    old, decision = paper(given), paper(given, "grant")
    assert make.TEXTS["phone"] not in [line["value"] for line in old.payload["lines"]]  # it hangs on the wall; on pages a phone is masked
    reissue(given, "scjg-head", WRONG, corrected={"name": "慈溪市壹味餐饮店", "line0": old.payload["lines"][0]["value"]})
    new, anew = paper(given), paper(given, "grant")
    assert new.number == old.number and anew.replaces_id == decision.pk
    for one in (new, anew):
        assert one.payload["applicant"] == old.payload["applicant"] | {"name": "慈溪市壹味餐饮店"}
    assert new.payload["lines"] == old.payload["lines"] and "更正换发" in new.payload["remark"]
    assert Application.objects.get(pk=given.application_id).applicant_name == "慈溪市壹味餐饮店"
    event = Event.objects.get(name="member.reissue")
    assert event.facts["corrected"] == ["名称"] and "壹味" not in str(event.facts)
    assert Document.objects.get(pk=old.pk).void_reason == WRONG
    seal(given)
    assert {line["id"] for line in hand_over(given).documents} == {new.pk, anew.pk}
    assert clean() == []


def test_a_line_of_the_certificate_is_put_right_and_bad_words_are_named(given):
    old = paper(given)
    label = old.payload["lines"][1]["label"]
    wrong = {"name": "\u200b ", "line0": "壹味😀店", "line1": "长" * 501, "line99": "没有"}
    with nothing_written(*ROWS), pytest.raises(Refused) as refusal:  # nobody could print the emoji, and the old one would be void
        reissue(given, "scjg-head", WRONG, corrected=wrong)
    assert {one.field for one in refusal.value.errors} == {f"corrected.{key}" for key in wrong}
    assert "字库没有的字：😀（U+1F600）" in str(refusal.value.errors)
    reissue(given, "scjg-head", WRONG, corrected={"line1": "更正后的内容", "name": " 慈溪市\n壹味　餐饮店"})
    assert paper(given).payload["applicant"]["name"] == "慈溪市 壹味 餐饮店"  # as it would be taken at the counter
    assert paper(given).payload["lines"][1] == {"label": label, "value": "更正后的内容"}


def test_what_lies_at_the_desk_is_corrected_before_it_is_given(world):
    member = make.sealed()
    old, decision = paper(member), paper(member, "grant")
    reissue(member)
    seal(member)
    assert Clock.objects.filter(kind="delivery", state="running").count() == 1
    assert {line["id"] for line in hand_over(member).documents} == {paper(member).pk, decision.pk}
    assert (again(member).served_on, verify(old.verify_code)["status"]) == (today(), "replaced")
    assert clean() == []


def test_twice_lost(given):
    for _ in range(2):
        reissue(given)
        with nothing_written(*ROWS), pytest.raises(WrongState, match="正在制作"):
            reissue(given)
        seal(given)
        assert len(hand_over(given).documents) == 1
    assert Document.objects.filter(member_id=given.pk, kind="certificate").count() == 3 and clean() == []


def test_everybody_else_is_denied(given):
    refused = {
        NotYours: ["citizen", "city-issue", "wsjs-reviewer"],
        Forbidden: ["enterprise", "cixi-clerk", "scjg-reviewer", "scjg-seal", "cixi-supervisor"],
    }
    with nothing_written(*ROWS):
        for error, names in refused.items():
            for name in names:
                with pytest.raises(error):
                    reissue(given, name)
                    pytest.fail(name)
        with pytest.raises(Forbidden, match="部门负责人更正"):
            reissue(given, corrected={"name": "慈溪市壹味餐饮店"})
        for reason in ("", "丢了", "长" * 201):
            with pytest.raises(Refused, match="原因"):
                reissue(given, reason=reason)


@pytest.mark.parametrize("case", ["refused", "undecided", "sent", "expired"])
def test_what_there_is_nothing_to_make_anew_of(world, time_machine, case):
    if case == "undecided":
        member = make.member_of(make.accepted())
    elif case == "refused":
        member = make.sealed(decision="refuse")
    else:
        member = make.sealed()
    if case == "sent":
        Application.objects.filter(pk=member.application_id).update(handout="courier", recipient_address="慈溪市浒山街道三北大街 1 号 2 幢")
        actions.dispatch(by=make.actor("cixi-issue"), application=member.application_id, members=[member.pk])
    if case == "expired":
        paper(member)
        Member.objects.filter(pk=member.pk).update(valid_to=today() - DAY)
    words = {"refused": "没有准予", "undecided": "没有准予", "sent": "快递途中", "expired": "届满"}[case]
    with nothing_written(*ROWS), pytest.raises(WrongState, match=words):
        reissue(member)


def test_what_was_extended_by_law_stays_extended(given):
    old, until = paper(given), date(2099, 1, 1)
    with action(make.actor("scjg-head")) as act:
        extend_document(act, old.pk, until=until)
    reissue(given)
    seal(given)
    assert verify(paper(given).verify_code)["extended_to"] == until
    assert paper(given).payload["remark"].endswith("有效期依法延续至2099年1月1日。")  # the line of the old end alone made it run out


def test_a_lost_parcel_that_comes_after_all_serves_no_superseded_paper(world):
    member = make.sealed()
    Application.objects.filter(pk=member.application_id).update(handout="courier", recipient_address="慈溪市浒山街道三北大街 1 号 2 幢")
    desk = make.actor("cixi-issue")
    parcel = actions.dispatch(by=desk, application=member.application_id, members=[member.pk])
    actions.take_waybill(parcel=parcel.pk, waybill="SF1")
    actions.enter_status(by=desk, parcel=parcel.pk, status="lost", at=now(), reason="快递公司确认丢失")
    reissue(member, reason="快递丢失，重新制作")
    seal(member)
    actions.courier_says(waybill="SF1", status="signed", at=now())
    assert (again(member).state, Parcel.objects.get().state) == ("ready_for_issue", "lost")
    second = actions.dispatch(by=desk, application=member.application_id, members=[member.pk])
    actions.take_waybill(parcel=second.pk, waybill="SF2")
    actions.courier_says(waybill="SF2", status="signed", at=now())
    assert (again(member).state, again(member).served_on) == ("served", today()) and clean() == []


@pytest.mark.parametrize("back", ["lost", "returned", "called_off"])
def test_what_is_made_anew_is_told_of_as_what_lies_there_now(world, back):
    """Of an earlier parcel it is over that it did not arrive: a lost one was to be made anew still when it lay at the desk, and of what was
    given there after it came back the applicant was to check his address."""
    member = make.sealed()
    Application.objects.filter(pk=member.application_id).update(handout="courier", recipient_address="慈溪市浒山街道三北大街 1 号 2 幢")
    desk = make.actor("cixi-issue")
    parcel = actions.dispatch(by=desk, application=member.application_id, members=[member.pk])
    actions.take_waybill(parcel=parcel.pk, waybill="SF1")
    actions.enter_status(by=desk, parcel=parcel.pk, status=back, at=now(), reason="地址查无此人")
    told = tracking.track(member.application.number, make.MOBILE).now[2]
    assert {"lost": "重新制作", "returned": "快递没有送达", "called_off": "快递取消了"}[back] in told
    if back != "lost":
        hand_over(member)
    reissue(member)
    seal(member)
    told = tracking.track(member.application.number, make.MOBILE).now[2]
    assert told.startswith("不用做什么，出件窗口会按您留的地址寄出")


def test_what_was_given_once_more_to_the_wrong_person_leaves_the_first_service_as_it_was(given):
    served = given.served_on
    reissue(given)
    seal(given)
    line = hand_over(given)
    actions.take_back(by=make.actor("cixi-issue"), hand_over=line.pk, reason="交给了同名的人，已收回")
    assert (again(given).state, again(given).served_on) == ("ready_for_issue", served)
    assert not Clock.objects.filter(subject_id=given.pk, kind="delivery", stopped_on__isnull=True).exists()
    assert clean() == []
    hand_over(given)
    assert (again(given).state, again(given).served_on) == ("collected", served) and clean() == []


def a_whole_at_the_desk(issue: str) -> list[Member]:
    case = restaurant()
    Application.objects.filter(pk=case.pk).update(issue=issue)
    for code in ("enterprise-registration", *SUCCESSORS):
        decide(case, code)
    make.filed(case.pk)
    for member in case.members.all():
        keeper = people.actor("seal_keeper", department=member.department_id)
        actions.register_seal(by=keeper, member=member.pk, seal_number="3302821000001")
    return list(case.members.order_by("pk"))


def test_what_was_given_and_is_made_anew_keeps_nothing_else_at_the_desk(world):
    """Who takes everything at once had it all: two lost certificates come one by one, and what still lies there may be fetched."""
    first, second, third, _ = a_whole_at_the_desk("together")
    desk = make.actor("cixi-issue")
    for member in (first, second):
        hand_over(member)
        reissue(member)
    assert third in queries_issue.issue_queue(desk)
    assert third.name in tracking.track(third.application.number, make.MOBILE).now[2]
    hand_over(third)
    make.filed(first.application_id)
    keeper = people.actor("seal_keeper", department=first.department_id)
    actions.register_seal(by=keeper, member=first.pk, seal_number="3302821000001")
    assert first in queries_issue.issue_queue(desk)
    hand_over(first)
    assert clean() == []


def test_a_second_hand_over_tells_nobody_of_a_second_day_of_service(given):
    """By courier and by a proxy: the applicant was told that the decision was served again, with the days for a remedy from then."""
    case = given.application
    reissue(given)
    seal(given)
    Application.objects.filter(pk=case.pk).update(handout="courier", recipient_address="慈溪市浒山街道三北大街 1 号 2 幢")
    parcel = actions.dispatch(by=make.actor("cixi-issue"), application=case.pk, members=[given.pk])
    actions.take_waybill(parcel=parcel.pk, waybill="SF1")
    actions.courier_says(waybill="SF1", status="signed", at=now())
    reissue(given)
    seal(given)
    hand_over(given, method="agent", relation="agent", collector_name="赵小红", signature="赵小红", id_number="330203199001010014", proxy_evidence=PDF)
    make.deliver_all()
    told = [f"{one.title} {one.text}" for one in Message.objects.order_by("pk")][-6:]
    assert not [one for one in told if "送达日是" in one or "就是送达日" in one or "签收的那天是" in one], told
    assert sum("送达日不变" in one for one in told) == 3
    assert "签收的那天" not in "".join(entry.detail for entry in tracking.track(case.number, make.MOBILE).story)
