"""The head's decision: read the documents first, confirm, and never on one's own acceptance or opinion."""

import pytest
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Application, Job, Member
from apps.directory import actions as directory
from apps.directory.models import Department
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.time import today
from tests import inspection_make as im
from tests import make
from tests.people import nothing_written

pytestmark = pytest.mark.django_db
REASON = "经营场所与污染源的距离不足，不符合规定的条件。"


def address(job: Job) -> str:
    return reverse("review:decide", args=[job.pk])


class TestPreview:
    def test_grant_shows_what_will_be_printed_and_stores_nothing(self, at):
        job = make.concluded()
        with nothing_written(Document):
            answer = at("scjg-head").get(address(job), {"decision": "grant"})
        titles = [sheet["title"] for sheet in answer.context["previews"]]
        assert titles == ["准予行政许可决定书", "食品经营许可证"]
        assert "慈溪市一味餐饮有限公司" in answer.context["previews"][0]["html"]
        assert "第××××××号" in answer.context["previews"][0]["html"]

    def test_refusal_tells_the_remedies_and_the_typed_reason(self, at):
        job = make.concluded(recommendation="refuse")
        client = at("scjg-head")
        assert client.get(address(job), {"decision": "refuse"}).context["form"]["reason"].value() == job.opinion
        with nothing_written(Document, Member):
            answer = client.post(address(job), {"decision": "refuse", "reason": REASON, "look": "1"})
        html = answer.context["previews"][0]["html"]
        assert answer.status_code == 200 and REASON in html
        assert "六十日内" in html and "六个月内" in html and "行政复议" in html
        assert Member.objects.get(jobs=job).state == "in_review"
        row = job.member.application
        row.plan["members"][0] |= {"basis": []}  # a licence that names no law rests on the sheet's: told once
        Application.objects.filter(pk=row.pk).update(plan=row.plan)
        html = client.post(address(job), {"decision": "refuse", "reason": REASON, "look": "1"}).context["previews"][0]["html"]
        assert html.partition("、依据</h2>")[2].count("第三十八条第二款") == 1
        # the same of a public utility, for a service that names no law: it is no authority
        row.plan["members"][0] |= {"type": "20"}
        Application.objects.filter(pk=row.pk).update(plan=row.plan)
        Department.objects.filter(pk="scjg").update(kind="utility")
        answer = client.post(address(job), {"decision": "refuse", "reason": REASON, "look": "1"})
        html = answer.context["previews"][0]["html"]
        assert "不行使行政权力" in html and "办事指南公布的办理条件" in html and "复议" not in answer.text and "许可法" not in html

    def test_a_refusal_against_the_proposal_does_not_state_the_proposal_as_its_facts(self, at):
        """What the reviewer wrote for a grant would say in the refusal that everything is in order."""
        job = make.concluded()
        client = at("scjg-head")
        assert "认定的事实也请写在这里" in client.get(address(job), {"decision": "refuse"}).text
        answer = client.post(address(job), {"decision": "refuse", "reason": REASON, "look": "1"})
        html = answer.context["previews"][0]["html"]
        assert "一、事实和理由" in html and "三、救济途径" in html and REASON in html and job.opinion not in html

    def test_words_that_cannot_be_printed_are_told(self, at):
        job = make.concluded()
        answer = at("scjg-head").post(address(job), {"decision": "grant", "reason": "符合\x07条件。", "look": "1"})
        assert answer.status_code in (200, 422) and answer.context["previews"] == []
        assert "控制字符" in answer.context["no_preview"]


class TestDecide:
    def test_grant(self, at):
        job = make.concluded()
        answer = at("scjg-head").post(address(job), {"decision": "grant", "reason": ""}, follow=True)
        assert answer.status_code == 200 and "已作出准予的决定" in answer.text
        member = Member.objects.get(jobs=job)
        assert (member.state, member.decided_by) == ("granted", make.user("scjg-head"))
        kinds = set(Document.objects.filter(member_id=member.pk).values_list("kind", flat=True))
        assert kinds == {"grant", "certificate"}

    def test_refuse_with_reason(self, at):
        job = make.concluded(recommendation="refuse")
        assert at("scjg-head").post(address(job), {"decision": "refuse", "reason": REASON}).status_code == 302
        member = Member.objects.get(jobs=job)
        assert member.state == "refused" and member.decision_reason == REASON
        assert REASON in at("scjg-reviewer").get(reverse("review:job", args=[job.pk])).text

    def test_clicked_twice_is_decided_once(self, at):
        job = make.concluded()
        client = at("scjg-head")
        key = client.get(address(job)).context["form"]["once"].value()
        for _ in range(2):
            answer = client.post(address(job), {"once": key, "decision": "grant"})
            assert answer.status_code == 302
        assert Event.objects.filter(name="member.grant").count() == 1

    def test_on_an_opinion_that_was_given_anew_since_the_page_was_opened(self, at):
        """Sent back on another tab, and proposed the other way: what was read is not what would be decided on."""
        job, client = make.concluded(recommendation="refuse"), at("scjg-head")
        shown = client.get(address(job), {"decision": "refuse"}).context["form"]
        sent = {name: shown[name].value() for name in ("once", "seen", "decision", "reason")}
        actions.send_back(by=make.actor("scjg-head"), job=job.pk, reason="请再核对一次现场")
        actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="复查以后符合条件。")
        with nothing_written(Document):
            answer = client.post(address(job), sent)
        assert answer.status_code == 409 and "重新提交过" in answer.text and "复查以后符合条件。" in answer.text
        assert Member.objects.get(jobs=job).state == "in_review"
        sent["seen"] = answer.context["form"]["seen"].value()
        assert [client.post(address(job), sent).status_code for _ in range(2)] == [302, 302]
        assert Member.objects.get(jobs=job).state == "refused"  # read by now, and explained

    def test_on_papers_that_would_say_something_else_by_now(self, at):
        """What the applicant puts right is of use until the decision: the certificate said what nobody had read."""
        job, client, home = make.claimed(), at("scjg-head"), make.actor("enterprise")
        reviewer, wrong = make.actor("scjg-reviewer"), {"element": "premises_area", "problem": "与平面图上的面积不一致"}
        asked = actions.ask_in_review(by=reviewer, job=job.pk, gaps=[], fields=[wrong])
        actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
        shown = client.get(address(job)).context["form"]
        sent = {name: shown[name].value() for name in ("once", "seen", "decision")}
        actions.mend(by=home, application=job.application_id, supplement=asked.pk, answers={"premises_area": "9600"})
        with nothing_written(Document, Event):
            answer = client.post(address(job), sent)
        assert answer.status_code == 409 and "更正过，决定没有作出" in answer.text
        actions.add_note(by=reviewer, application=job.application_id, text="面积已核对")  # says nothing on a paper
        sent["seen"] = answer.context["form"]["seen"].value()
        assert [client.post(address(job), sent).status_code for _ in range(2)] == [302, 302]
        assert Member.objects.get(jobs=job).state == "granted"

    @pytest.mark.parametrize(
        "sent,told",
        [
            ({"decision": "refuse", "reason": "太短"}, "至少 10 个字"),
            ({"decision": "refuse", "reason": REASON}, None),
            ({"decision": "refuse", "reason": ""}, "至少 10 个字"),
            ({"decision": "burn", "reason": REASON}, "不在可选范围内"),
            ({}, "请选择"),
            ({"decision": "grant", "reason": "长" * 2001}, "“准予的内容”最多填写 2000 个字"),
        ],
    )
    def test_against_the_opinion_or_without_reason(self, at, sent, told):
        job = make.concluded()
        answer = at("scjg-head").post(address(job), sent)
        if told is None:
            assert answer.status_code == 302
            return
        assert answer.status_code == 422 and told in answer.text and sent.get("reason", "") in answer.text
        called = "不予的事实和理由</label>" if sent.get("decision") == "refuse" else "准予的内容</label>"
        assert called in answer.text and "写进决定书" in answer.text  # as before it was refused
        assert Member.objects.get(jobs=job).state == "in_review"

    def test_no_grant_with_an_open_gap(self, at):
        job = make.concluded(gaps=["floor_plan"])
        client = at("scjg-head")
        asked = client.get(address(job), {"decision": "grant"}).text
        assert "容缺材料还没有补齐，不能准予" in asked and "确认准予" not in asked  # what would be refused is not asked for
        assert "确认不予" in client.get(address(job), {"decision": "refuse"}).text
        with nothing_written(Document):
            answer = client.post(address(job), {"decision": "grant", "reason": "同意。"})
        assert answer.status_code == 409 and "容缺材料还没有补齐" in answer.text and "同意。" in answer.text

    def test_before_the_opinion_or_after_the_decision(self, at):
        job = make.claimed()
        client = at("scjg-head")
        assert "审查意见还没有提交" in client.get(address(job)).text
        assert client.post(address(job), {"decision": "grant"}).status_code == 409

    def test_what_was_decided_is_told_and_not_asked_again(self, at):
        job, client = make.concluded(), at("scjg-head")
        client.post(address(job), {"decision": "grant"})
        for answer in (
            client.get(address(job), {"decision": "refuse"}),
            client.post(address(job), {"decision": "refuse", "reason": REASON}),  # from a page that was open before
        ):
            assert f"已于{today():%Y年%-m月%-d日}作出准予的决定" in answer.text
        assert answer.status_code == 409 and REASON in answer.text
        assert "确认不予" not in client.get(address(job), {"decision": "refuse"}).text

    def test_what_it_waits_for_is_told_before_the_words_are_written(self, at):
        job, client = make.concluded(), at("scjg-head")
        client.post(reverse("review:pause", args=[job.pk]), make.TESTING | {"service": "electronic"})
        told = client.get(address(job)).text
        assert "特别程序还没有结束" in told and "确认准予" not in told

    def test_a_visit_that_is_not_concluded_is_told_as_well(self, at):
        job = Job.objects.get(application=im.planned().application, department="scjg")
        actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
        told = at("scjg-head").get(address(job)).text
        assert "踏勘结论还没有出具" in told and "确认准予" not in told

    def test_that_nobody_looked_at_the_place_is_told_and_holds_nothing_back(self, at, days):
        """The reviewer's page said that a visit is wanted and not arranged; who granted read nothing of it."""
        job, client = make.concluded(), at("scjg-head")
        told = client.get(address(job)).text
        assert "没有踏勘过" in told and "确认准予" in told
        assert "没有踏勘过" not in client.get(address(job), {"decision": "refuse"}).text
        job = Job.objects.get(application=im.concluded(days).application, department="scjg")
        actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
        told = at("scjg-head").get(address(job)).text
        assert "确认准予" in told and "没有踏勘过" not in told

    def test_who_cannot_call_for_the_joint_visit_is_told_who_can(self, at):
        """It was sent back to the case page, which offers him nothing."""
        for job in Job.objects.filter(application=im.homestay()).order_by("department"):
            actions.conclude(by=im.reviewer(job.department_id), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
            desk = at(f"{job.department_id}-head")
            told, offered = desk.get(address(job)).text, "发起踏勘，征集" in desk.get(f"/review/{job.pk}/").text
            assert ["请返回办件页发起踏勘" in told, "请组织联合踏勘的部门发起" in told] == [offered, not offered]

    def test_what_is_granted_on_a_commitment_is_looked_at_afterwards(self, at):
        row = make.accepted(make.SNACK)
        member = make.member_of(row)
        type(row).objects.filter(pk=row.pk).update(plan=row.plan | {"joint_inspection": [member.code]})
        job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(row).pk)
        actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
        assert "没有踏勘过" in at("scjg-head").get(address(job)).text
        actions.sign_commitment(by=make.actor("cixi-clerk"), member=member.pk, signed_by="李一味")
        told = at("scjg-head").get(address(job)).text
        assert "确认准予" in told and "没有踏勘过" not in told

    def test_opinions_that_it_waits_for_are_told_as_well(self, at):
        asked, client = make.consulted(), at("scjg-head")
        job = make.job_of(asked.application)
        actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
        told = client.get(address(job)).text
        assert "已向卫计征求意见" in told and "确认准予" not in told
        opinion = asked.opinions.get().pk
        actions.answer_opinion(by=make.actor("wsjs-reviewer"), opinion=opinion, answer="disagree", reason="通道宽度不足。")
        told = client.get(address(job)).text
        assert "卫计不同意" in told and "确认准予" not in told
        assert "确认不予" in client.get(address(job), {"decision": "refuse"}).text  # it agrees with a refusal


class TestSeparation:
    def head_too(self, username: str) -> None:
        directory.give_post(by=SYSTEM, user=make.user(username), role="head", region="330282", department="scjg")

    def test_reviewer_does_not_decide_on_his_own_opinion(self, at):
        job = make.concluded()
        self.head_too("scjg-reviewer")
        client = at("scjg-reviewer")
        page = client.get(reverse("review:job", args=[job.pk]))
        assert "受理人、审查人不能作出决定" in page.text and "准予…" not in page.text
        assert client.get(address(job)).status_code == 403
        with nothing_written(Document):
            answer = client.post(address(job), {"decision": "grant", "reason": "我自己同意。"})
        assert answer.status_code == 403 and "受理人、审查人不能作出决定" in answer.text
        assert "我自己同意。" in answer.text

    def test_acceptor_does_not_decide(self, at):
        job = make.concluded()
        self.head_too("cixi-clerk")
        with nothing_written(Document):
            answer = at("cixi-clerk").post(address(job), {"decision": "grant"})
        assert answer.status_code == 403 and "受理与办理分离" in answer.text

    def test_acceptor_does_not_review(self, at):
        job = make.job_of(make.accepted())
        directory.give_post(
            by=SYSTEM, user=make.user("cixi-clerk"), role="reviewer", region="330282", department="scjg"
        )
        client = at("cixi-clerk")
        page = client.get(reverse("review:job", args=[job.pk]))
        assert "您受理了这个办件，不能再审查它" in page.text and "领办这件工作" not in page.text
        with nothing_written(Job):
            answer = client.post(reverse("review:claim", args=[job.pk]))
        assert answer.status_code == 403 and "不能再审查它" in answer.text

    def test_head_does_not_give_it_to_the_acceptor(self, at):
        job = make.job_of(make.accepted())
        directory.give_post(
            by=SYSTEM, user=make.user("cixi-clerk"), role="reviewer", region="330282", department="scjg"
        )
        answer = at("scjg-head").post(
            reverse("review:reassign", args=[job.pk]),
            {"assignee": make.user("cixi-clerk").pk, "reason": "请他来审查。"},
        )
        assert answer.status_code == 422 and "受理了这个办件的人不能审查它" in answer.text

    def test_colleague_does_not_write_the_opinion_of_another(self, at):
        job = make.claimed()
        with nothing_written(Job):
            answer = at("scjg-reviewer2").post(
                reverse("review:conclude", args=[job.pk]), {"recommendation": "grant", "opinion": "我看可以的。"}
            )
        assert answer.status_code == 403 and "由他人领办" in answer.text


def test_earlier_opinion_stays_after_the_decision(at):
    job = make.concluded()
    actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")
    assert "材料齐全，符合规定的条件。" in at("scjg-reviewer").get(reverse("review:job", args=[job.pk])).text


def test_no_opinion_on_what_came_after_the_page_was_opened(at):
    """Refused for what lay there by then: the reviewer's page had stood open while the applicant handed it in. A note holds nobody up."""
    job, client = make.claimed(), at("scjg-reviewer")
    page, send = reverse("review:job", args=[job.pk]), reverse("review:conclude", args=[job.pk])
    wrong = {"element": "premises_area", "problem": "与平面图上的面积不一致"}
    asked = actions.ask_in_review(by=make.actor("scjg-reviewer"), job=job.pk, gaps=[], fields=[wrong])
    sent = {"recommendation": "refuse", "opinion": "经营面积没有更正，与平面图不一致。", "once": "a"}
    sent["seen"] = client.get(page).context["forms"]["opinion"]["seen"].value()
    home = make.actor("enterprise")
    actions.mend(by=home, application=job.application_id, supplement=asked.pk, answers={"premises_area": "96"})
    actions.take_in_review(by=home, supplement=asked.pk)
    with nothing_written(Job, Event):
        shown = client.post(send, sent)
    assert shown.status_code == 409 and "又来了补交" in shown.text and "经营面积没有更正" in shown.text
    again = sent | {"recommendation": "grant", "opinion": "面积已经更正，符合条件。", "seen": shown.context["forms"]["opinion"]["seen"].value()}
    actions.add_note(by=make.actor("scjg-head"), application=job.application_id, text="请抓紧。")
    assert [client.post(send, again).status_code for _ in range(2)] == [302, 302]
    assert Job.objects.get(pk=job.pk).recommendation == "grant"
