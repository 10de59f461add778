"""注销 (XKF 70): a certificate ends because its holder asks for it, or on a ground of the law; what was granted stays granted."""

from datetime import timedelta

import pytest

from apps.applications import actions, cancelling, queries_granted, tracking
from apps.applications.models import Application, Cancellation, Member
from apps.directory.models import Message, Post
from apps.directory.queries import actor_for
from apps.directory.versioning import draw_now
from apps.issuance.models import Document
from apps.issuance.queries import verify
from apps.journal.invariants import patrol
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import now, today
from tests import make, people
from tests.people import nothing_written
from tests.threads import together

pytestmark = pytest.mark.usefixtures("quick_print")

WHY = "门店转让，不再经营餐饮"
BECAUSE = "企业已经办理注销登记，主体依法终止"
ROWS = (Application, Member, Cancellation, Document, Message)
DAY = timedelta(days=1)


@pytest.fixture
def given(world) -> Member:
    return make.collected()


def ask(member, who="enterprise", **given) -> Cancellation:
    return actions.ask_cancellation(**{"by": make.actor(who), "member": member.pk, "reason": WHY, **given})


def grant(request, who="scjg-head") -> Cancellation:
    return actions.grant_cancellation(by=make.actor(who), cancellation=request.pk)


def cancel(member, who="scjg-head", **given) -> Cancellation:
    return actions.cancel_certificate(**{"by": make.actor(who), "member": member.pk, "ground": "dissolved", "reason": BECAUSE, **given})


def paper(member, kind="certificate") -> Document:
    return Document.objects.filter(member_id=member.pk, kind=kind).latest("pk")


def again(member) -> Member:
    return Member.objects.select_related("application").get(pk=member.pk)


def clean() -> bool:
    return [found for found in patrol()[1] if found["invariant"].startswith(("applications.", "issuance."))] == []


def on_register(member) -> queries_granted.Granted:
    return queries_granted.lines(queries_granted.granted(codes=[member.code]))[0]


def test_asked_for_from_home_and_confirmed_by_the_head(given):
    old, decision = paper(given), paper(given, "grant")
    with nothing_written(*ROWS), pytest.raises(Refused, match="印不出来的符号"):  # the decision repeats it, whose head could change nothing
        ask(given, reason=f"{WHY}🙏")
    request = ask(given)
    assert (request.state, request.certificate, request.clause) == ("asked", old.number, "被许可人申请注销（行政许可法第七十条第六项）")
    assert verify(old.verify_code)["status"] == "valid" and on_register(given).status == "valid"
    asked = Message.objects.get(title__startswith="申请注销：")
    assert (asked.user, asked.link) == (make.user("scjg-head"), "/review/cancellations/") and old.number in asked.text
    actions.take_original(by=make.actor("cixi-clerk"), cancellation=request.pk)  # it is brought before the answer
    found = tracking.track(given.application.number, make.MOBILE)
    assert "等部门决定" in found.now[0] and "审批部门" in found.now[1]
    grant(request)
    member = again(given)
    assert (member.state, member.cancelled_on, member.served_on) == ("collected", today(), given.served_on)
    for one in (old, decision):
        told = verify(one.verify_code)
        assert (told["status"], told["status_label"], told["cancelled_on"]) == ("cancelled", "已注销", today())
    line = on_register(member)
    assert (line.status, line.on) == ("cancelled", today())
    assert paper(given, "cancellation").title == "注销行政许可决定书" and paper(given, "cancellation").payload["reason"] == WHY
    make.deliver_all()
    texts = [f"{one.title} {one.text}" for one in Message.objects.order_by("pk")]
    assert any("收到注销申请" in text for text in texts) and f"从 {today():%Y年%-m月%-d日} 起不再有效" in texts[-1]
    found = tracking.track(given.application.number, make.MOBILE)
    assert "注销，不再有效" in found.now[0] and [entry.title for entry in found.story][-2:] == ["注销的证照原件已交回", "准予注销"]
    assert clean()


def test_taken_at_the_counter_with_the_original_and_declined_or_taken_back(given):
    request = ask(given, "cixi-clerk", original="returned")
    assert (request.original, request.taken_by_id) == ("returned", make.user("cixi-clerk").pk)
    both = people.account(name="多岗人")
    people.staff("head", user=both)
    Cancellation.objects.filter(pk=request.pk).update(taken_by=both)
    with nothing_written(*ROWS), pytest.raises(Forbidden, match="受理与办理分离"):
        actions.grant_cancellation(by=actor_for(both), cancellation=request.pk)
    declined = actions.decline_cancellation(by=make.actor("scjg-head"), cancellation=request.pk, reason="立案调查的案件还没有办结")
    assert (declined.state, declined.answer, again(given).cancelled_on) == ("declined", "立案调查的案件还没有办结", None)
    assert paper(given, "cancellation_declined").payload["asked_on"] == today().isoformat()
    assert verify(paper(given).verify_code)["status"] == "valid"
    with nothing_written(*ROWS), pytest.raises(WrongState, match="不用交回原件"):
        actions.take_original(by=make.actor("cixi-clerk"), cancellation=request.pk)
    second = ask(given)  # after what stood against it is over
    actions.withdraw_cancellation(by=make.actor("enterprise"), cancellation=second.pk, reason="继续经营")
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已撤回注销申请"):
        grant(second)
    grant(ask(given))
    assert tracking.track(given.application.number, make.MOBILE).now[2] == "请把注销的证照原件交回受理窗口。"
    assert clean()


def test_where_nobody_can_decide_who_oversees_is_told(given):
    """The department was merged into another, or its head has left: the holder's request was told to nobody."""
    Post.objects.filter(role="head", department=given.department_id).update(ended_at=now())
    draw_now()
    request = ask(given)
    (told,) = Message.objects.filter(key=f"cancellation:{request.pk}")
    assert (told.user, told.link, told.root_id) == (make.user("cixi-supervisor"), "", given.application_id)
    assert "没有负责人能决定，请联系节点管理员任命" in told.text


def test_ordered_on_a_ground_of_the_law(given):
    with nothing_written(*ROWS):
        for ground in ("asked", "expired", "died", "nothing", ""):  # his own wish, not run out, a person's
            with pytest.raises(Refused, match="dissolved：法人或者其他组织依法终止") as refusal:
                cancel(given, ground=ground)
            assert refusal.value.field == "ground"
        with pytest.raises(Refused, match="10 到 500"):
            cancel(given, reason="终止")
    order = cancel(given, original="lost")
    assert (order.state, order.clause) == ("granted", "法人或者其他组织依法终止（行政许可法第七十条第三项）")
    found = actions.take_original(by=make.actor("cixi-clerk"), cancellation=order.pk)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="不用再登记"):
        actions.take_original(by=make.actor("cixi-clerk"), cancellation=order.pk)
    assert found.original == "returned" and "注销的证照原件已交回" in [one.title for one in tracking.track(given.application.number, make.MOBILE).story]
    assert paper(given, "cancellation").payload["original"] == "lost" and again(given).cancelled_on == today()
    make.deliver_all()
    assert "理由和救济途径见注销决定书" in Message.objects.order_by("pk").last().text and clean()


def test_what_has_run_out_is_cancelled_as_such(given):
    Member.objects.filter(pk=given.pk).update(valid_to=today() - DAY)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已经届满"):
        ask(given)
    plan = given.application.plan["members"][0]
    plan["type"], plan["result"] = "20", {"kind": "document"}  # a service that was rendered
    with pytest.raises(WrongState, match="没有可以注销的"):
        cancelling.demand_cancellable(given, [paper(given)])
    assert cancel(given, ground="expired", reason="有效期届满，持证人没有申请延续").ground == "expired"


def test_everybody_else_is_denied(given):
    request = ask(given)
    acts = {
        lambda by: actions.grant_cancellation(by=by, cancellation=request.pk): "enterprise cixi-clerk scjg-reviewer cixi-issue cixi-supervisor",
        lambda by: actions.decline_cancellation(by=by, cancellation=request.pk, reason=BECAUSE): "enterprise cixi-clerk scjg-reviewer",
        lambda by: actions.withdraw_cancellation(by=by, cancellation=request.pk, reason="继续经营"): "scjg-head scjg-reviewer cixi-issue",
        lambda by: actions.ask_cancellation(by=by, member=given.pk, reason=WHY): "scjg-head scjg-reviewer cixi-issue",
        lambda by: actions.cancel_certificate(by=by, member=given.pk, ground="other", reason=BECAUSE): "enterprise cixi-clerk scjg-reviewer",
    }
    with nothing_written(*ROWS):
        for act, known in acts.items():
            for name in known.split():
                with pytest.raises(Forbidden):
                    act(make.actor(name))
            for name in ("citizen", "city-clerk", "wsjs-head"):
                with pytest.raises(NotYours):
                    act(make.actor(name))
        with pytest.raises(Refused, match="交回受理窗口"):  # from home nobody has seen it
            ask(given, original="returned")
        with pytest.raises(WrongState, match="正等部门决定"):
            ask(given)
        with pytest.raises(WrongState, match="对他的申请作出决定"):
            cancel(given)


CASES = {
    "undecided": "没有准予", "refused": "没有准予", "at the desk": "还没有交到", "made anew": "正在更正补发",
    "to be checked": "还没有核查", "to be mended": "限期整改", "in renewal": "延续申请正在办理", "cancelled": "已于",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_cancelled(world, case):
    if case == "undecided":
        member = make.member_of(make.accepted())
    elif case in ("refused", "at the desk"):
        member = make.sealed(decision="refuse" if case == "refused" else "grant")
    elif case.startswith("to be"):
        check = make.committed()
        member = check.member
        if case == "to be mended":
            actions.rectify_commitment(by=make.actor("scjg-reviewer"), commitment=check.pk, findings="没有健康证明")
        make.filed(member.application_id)
        actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")
        actions.hand_over(by=make.actor("cixi-issue"), application=member.application_id, members=[member.pk], collection=make.collection())
    else:
        member = make.collected()
    if case == "made anew":
        actions.reissue(by=make.actor("cixi-issue"), member=member.pk, reason="申请人遗失证照")
    elif case == "in renewal":
        make.renewing(member)
    elif case == "cancelled":
        cancel(member)
    with nothing_written(*ROWS):
        for act in (ask, cancel):
            with pytest.raises(WrongState, match=CASES[case]):
                act(member)


def test_nothing_is_made_of_it_any_more_and_nothing_beside_a_request(given, time_machine):
    desk, clerk = make.actor("cixi-issue"), make.actor("cixi-clerk")
    anew = make.accepted(applicant=None)
    number = make.certificate_of(given)
    later = {
        lambda: actions.reissue(by=desk, member=given.pk, reason="申请人遗失证照"): ("已经申请注销", "不再更正补发"),
        lambda: actions.open_renewal(by=make.actor("enterprise"), member=given.pk): ("先撤回注销申请", "没有还在有效期内"),
    }
    request = ask(given)
    with nothing_written(*ROWS):
        for act, (meanwhile, _) in later.items():
            with pytest.raises(WrongState, match=meanwhile):
                act()
        with pytest.raises(Refused, match="先撤回注销申请"):
            actions.mark_renewal(by=clerk, application=anew.pk, certificate=number)
    grant(request)
    line = Document.objects.get(kind="service_receipt").hand_over
    with nothing_written(*ROWS):
        for act, (_, afterwards) in later.items():
            with pytest.raises(WrongState, match=afterwards):
                act()
        with pytest.raises(Refused, match="没有查到"):
            actions.mark_renewal(by=clerk, application=anew.pk, certificate=number)
        with pytest.raises(WrongState, match="不能撤销交付"):
            actions.take_back(by=desk, hand_over=line.pk, reason="交给了同名的人，已收回")


def test_a_renewed_one_that_was_cancelled_leaves_the_old_one_to_be_renewed(given, days):
    old = given
    row = make.renewing(old)
    new = make.grant(row)
    make.filed(row.pk)
    actions.register_seal(by=make.actor("scjg-seal"), member=new.pk, seal_number="3302821000001")
    actions.hand_over(by=make.actor("cixi-issue"), application=row.pk, members=[new.pk], collection=make.collection())
    with pytest.raises(WrongState, match="已经准予延续"):
        actions.open_renewal(by=make.actor("enterprise"), member=old.pk)
    Member.objects.filter(pk=old.pk).update(valid_to=today() - DAY)  # it ran out, and was renewed: not the law's 届满未延续
    with nothing_written(*ROWS), pytest.raises(Refused) as refusal:
        cancel(old, ground="expired")
    assert "有效期届满" not in refusal.value.message
    Member.objects.filter(pk=old.pk).update(valid_to=old.valid_to)
    cancel(new)
    assert actions.open_renewal(by=make.actor("enterprise"), member=old.pk).state == "draft"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_cancel_once(world):
    request = ask(make.collected())
    won = [one for one in together(*[lambda: grant(request)] * 2) if not isinstance(one, Exception)]
    assert len(won) == 1 and Document.objects.filter(kind="cancellation").count() == 1
