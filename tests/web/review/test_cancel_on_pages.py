"""注销 on the pages and over the API: asked for at home or at the counter, answered or ordered by the department's head, told everywhere."""

import pytest
from django.urls import reverse

from apps.applications.models import Cancellation, Member
from apps.catalog.queries import licences
from apps.issuance.models import Document
from apps.kit.time import today
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_print")]
ROWS = (Cancellation, Document, Member)
WHY = "门店转让，不再经营餐饮"
BECAUSE = "企业已经办理注销登记，主体依法终止"
DAY = f"{today():%Y年%-m月%-d日}"


@pytest.fixture
def member(world) -> Member:
    return make.collected()


def place(name: str, member: Member) -> str:
    desk = name.partition(":")[0]
    if desk == "review":
        return reverse(name, args=[make.job_of(member.application).pk])
    return reverse(name, args=[member.application_id, member.pk])


def case_of(desk: str, member: Member) -> str:
    name = {"citizen": "citizen:mine", "counter": "counter:case", "review": "review:job"}[desk]
    return reverse(name, args=[make.job_of(member.application).pk if desk == "review" else member.application_id])


def test_asked_for_from_home_answered_by_the_head_and_told_everywhere(member, at):
    me, head, asking = at("enterprise"), at("scjg-head"), place("citizen:cancel", member)
    assert "为这里的证照申请延续" in at("cixi-clerk").get(case_of("counter", member)).text
    offered = me.get(case_of("citizen", member)).text
    assert asking in offered and '<section class="panel no-print" aria-labelledby="cancelling">' in offered  # on paper a bare "注销" reads as done
    asked = me.get(asking)
    assert "不能恢复" in asked.text and "原件已经交回" not in asked.text
    with nothing_written(*ROWS):
        assert "请填写“为什么注销”" in me.post(asking, {"reason": "", "original": "to_come"}).text
        assert at("citizen").get(asking).status_code == 404
    sent = {"reason": WHY, "original": "to_come", "once": asked.context["form"]["once"].value()}
    assert [me.post(asking, sent).status_code for _ in range(2)] == [302, 302]
    shown = me.get(case_of("citizen", member)).text
    assert '<section class="panel" aria-labelledby="cancelling">' in shown and "注销待决定" in shown and WHY in shown and asking not in shown and place("citizen:cancel_withdraw", member) in shown
    assert "正等部门决定" in me.get(asking).text
    assert "为这里的证照申请延续" not in at("cixi-clerk").get(case_of("counter", member)).text  # it would be refused

    listed = head.get(reverse("review:cancellations")).text
    assert member.application.number in listed and WHY in listed
    assert place("review:cancellation", member) in head.get(case_of("review", member)).text
    assert place("review:cancellation", member) not in at("scjg-reviewer").get(case_of("review", member)).text
    with nothing_written(*ROWS):
        assert at("scjg-reviewer").get(place("review:cancellation", member)).status_code == 403
        refused = head.post(place("review:cancellation", member), {"result": "decline", "reason": "不行"})
        assert refused.status_code == 422 and "10 到 500" in refused.text
        crossed = head.post(place("review:cancellation", member), {"result": "grant", "reason": "立案调查的案件还没有办结"})
        assert crossed.status_code == 422 and "不予的请改选" in crossed.text and "案件还没有办结</textarea>" in crossed.text
    asked = head.get(place("review:cancellation", member))
    sent = {"result": "grant", "reason": "", "once": asked.context["form"]["once"].value()}
    assert [head.post(place("review:cancellation", member), sent).status_code for _ in range(2)] == [302, 302]
    assert head.get(place("review:cancellation", member)).status_code == 409

    paper = Document.objects.filter(member_id=member.pk, kind="certificate").get()
    told = at("citizen").get(reverse("citizen:verify_code", args=[paper.verify_code])).text
    assert "已注销" in told and f"<dt>注销日期</dt><dd>{DAY}" in told and "作废日期" not in told
    at("citizen").get(reverse("citizen:granted"))
    assert member.code in {one.code for one in licences()}
    assert "已注销" in at("citizen").get(reverse("citizen:granted"), {"q": paper.number}).text
    for who, desk in (("enterprise", "citizen"), ("cixi-clerk", "counter"), ("scjg-head", "review")):
        text = at(who).get(case_of(desk, member)).text
        assert "已注销" in text and "准予注销" in text, desk
        assert "/renew/" not in text and "/reissue/" not in text and "/cancel/" not in text, desk
    shown = me.get(case_of("citizen", member)).text
    assert "请把原件交回受理窗口" in shown and "请把注销的证照原件交回受理窗口" in shown and "不用做什么" not in shown
    decided = head.get(case_of("review", member)).text.partition("<h3>决定</h3>")[2].partition("</div>")[0]
    assert "准予</span>" in decided and "已注销" not in decided  # on the day of the decision
    clerk, bringing = at("cixi-clerk"), place("counter:cancel_original", member)
    assert bringing in clerk.get(case_of("counter", member)).text and "登记交回" in clerk.get(bringing).text
    assert [clerk.post(bringing).status_code for _ in range(2)] == [302, 409]
    assert "原件交回受理窗口" not in me.get(case_of("citizen", member)).text and "没有等着交回的原件" in clerk.get(bringing).text
    desk = at("cixi-issue").get(reverse("issue:hand_over", args=[member.application_id])).text
    assert "已于" in desk and "转交作出决定的部门" in desk and "/reissue/" not in desk and "还没有文书" not in desk


def test_taken_at_the_counter_and_taken_back_there(member, at):
    clerk = at("cixi-clerk")
    assert place("counter:cancel", member) in clerk.get(case_of("counter", member)).text
    unsaid = clerk.post(place("counter:cancel", member), {"reason": WHY})
    assert unsaid.status_code == 422 and "请选择“证照原件”" in unsaid.text and unsaid.context["form"]["original"].value() is None
    assert clerk.get(place("counter:cancel", member)).context["form"]["original"].value() is None
    assert clerk.post(place("counter:cancel", member), {"reason": WHY, "original": "returned"}).status_code == 302
    request = Cancellation.objects.get()
    assert (request.original, request.taken_by.username) == ("returned", "cixi-clerk")
    back = place("counter:cancel_withdraw", member)
    assert back in clerk.get(case_of("counter", member)).text and WHY in clerk.get(back).text
    assert clerk.post(back, {"reason": "继续经营"}).status_code == 302
    assert Cancellation.objects.get().state == "withdrawn" and "可能已经撤回" in clerk.get(back).text


def test_ordered_by_the_head_who_looks_at_it_once_more(member, at):
    head, page = at("scjg-head"), place("review:cancel", member)
    assert page in head.get(case_of("review", member)).text
    asked = head.get(page)
    assert "法人或者其他组织依法终止（行政许可法第七十条第三项）" in asked.text and "被许可人申请注销" not in asked.text
    sent = {"ground": "dissolved", "reason": BECAUSE, "original": "lost", "once": asked.context["form"]["once"].value()}
    with nothing_written(*ROWS):
        assert "请选择“法律规定的情形”" in head.post(page, sent | {"ground": ""}).text
        again = head.post(page, sent)
        assert "请再核对一次" in again.text and BECAUSE in again.text and "原件已经遗失" in again.text and 'name="change"' in again.text
        back = head.post(page, sent | {"sure": "1", "change": "1"})  # nothing of what was typed is lost
        assert back.status_code == 200 and BECAUSE in back.text and back.context["form"]["reason"].value() == BECAUSE
        assert at("scjg-reviewer").post(page, sent | {"sure": "1"}).status_code == 403
        assert head.post(page, sent | {"reason": "终止"}).status_code == 422  # before it is looked at once more
    assert [head.post(page, sent | {"sure": "1"}).status_code for _ in range(2)] == [302, 302]
    over = head.get(page)
    assert over.status_code == 409 and f"已于{DAY}注销" in over.text


def test_the_same_over_the_api(member, world):
    head, me = Caller("scjg-head"), Caller("enterprise")
    asked = me.raw("post", f"members/{member.pk}/ask_cancellation/", {"reason": WHY}, headers={"Idempotency-Key": "a"}).json()
    assert (asked["state"], asked["state_label"], asked["original"]) == ("asked", "注销待决定", "to_come")
    head.post(f"members/{member.pk}/cancel/", {"ground": "other", "reason": BECAUSE}, expect=409)
    declined = head.post(f"cancellations/{asked['id']}/decline/", {"reason": "立案调查的案件还没有办结"})
    assert declined["answer"] == "立案调查的案件还没有办结"
    wrong = head.raw("post", f"members/{member.pk}/cancel/", {"ground": "bored", "reason": BECAUSE})
    assert wrong.status_code == 422 and "force_majeure" in wrong.text
    for _ in range(2):
        done = head.raw("post", f"members/{member.pk}/cancel/", {"ground": "dissolved", "reason": BECAUSE}, headers={"Idempotency-Key": "b"})
        assert (done.json()["state"], done.json()["decided_on"]) == ("granted", today().isoformat())
    told = me.get(f"applications/{member.application_id}/")
    assert [one["state"] for one in told["cancellations"]] == ["declined", "granted"]
    assert (told["members"][0]["state_label"], told["members"][0]["cancelled_on"]) == ("已注销", today().isoformat())
