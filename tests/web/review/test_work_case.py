"""The case page and its acts: every act by its form, told when refused, done once when sent twice."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Application, Attachment, Job, Member, Note
from apps.directory.models import Message, Reveal
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.time import BEIJING, today
from apps.web.review.opinions import demand_complete
from tests import make
from tests.people import nothing_written

pytestmark = pytest.mark.django_db
WORDS = "材料齐全，符合规定的条件。"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


def page(job: Job) -> str:
    return reverse("review:job", args=[job.pk])


def events(job: Job, name: str) -> int:
    return Event.objects.filter(chain=f"application:{job.application_id}", name=name).count()


class TestPage:
    def test_everything_of_the_case_masked(self, at):
        job = make.claimed(gaps=["floor_plan"])
        answer = at("scjg-reviewer").get(page(job))
        text = answer.text
        assert job.application.number in text and "3302**********0021" in text and "138****0001" in text
        assert make.PERSON_ID not in text and make.MOBILE not in text
        assert "容缺未补" in text and "承诺后补" in text and "为什么是这一天" in text and "予以受理" in text
        assert answer["Cache-Control"].startswith("max-age=0, no-cache")
        # Once the applicant withdraws, nobody waits for it any more: neither here nor among the finished work.
        actions.withdraw(by=make.actor("enterprise"), application=job.application_id, reason="不办了")
        ended = at("scjg-reviewer").get(page(job)).text, at("scjg-reviewer").get(reverse("review:done")).text
        assert all(job.application.number in text and "容缺未补" not in text for text in ended)

    def test_only_fields_and_materials_of_this_item(self, at, monkeypatch):
        job = make.claimed()
        plan = job.application.plan
        plan["elements"][0]["needed_by"] = ["another-item"]
        plan["materials"][0]["needed_by"] = ["another-item"]
        Application.objects.filter(pk=job.application_id).update(plan=plan)
        context = at("scjg-reviewer").get(page(job)).context
        shown = [row["name"] for _, rows in context["groups"] for row in rows]
        assert plan["elements"][0]["name"] not in shown
        assert plan["materials"][0]["name"] not in [row["entry"].name for row in context["materials"]]

    def test_what_changed_since_the_last_look(self, at):
        job = make.job_of(make.accepted())
        client = at("scjg-reviewer")
        assert "您上次查看后有变化" not in client.get(page(job)).text
        actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
        assert "您上次查看后有变化" not in client.get(page(job)).text  # what one's own claim set off is no news
        actions.add_note(by=make.actor("scjg-head"), application=job.application_id, text="请看附件二。")
        text = client.get(page(job)).text
        assert "您上次查看后有变化" in text and "新 · 内部备注" in text
        assert "您上次查看后有变化" not in client.get(page(job)).text
        cache.clear()
        assert "您上次查看后有变化" not in client.get(page(job)).text

    def test_why_this_date_is_told_to_whoever_sees_the_case(self, at):
        job = make.claimed()
        clock = at("scjg-reviewer").get(page(job)).context["clocks"][-1]
        address = reverse("clock_why", args=[clock.pk])
        text = at("scjg-reviewer").get(address, {"back": page(job)}).text
        assert "计第1个工作日" in text.replace(" ", "") and page(job) in text
        assert at("scjg-reviewer").get(address, {"back": "//evil.example/"}).context["back"] == ""
        assert at("wsjs-reviewer").get(address).status_code == 404
        assert at("nb-scjg-reviewer").get(address).status_code == 404

    def test_scans_open_through_the_checked_door(self, at, client):
        job = make.job_of(make.accepted())
        actions.attach(
            by=make.actor("cixi-clerk"),
            application=job.application_id,
            material="business_licence",
            name="营业执照.png",
            content=PNG,
        )
        reviewer = at("scjg-reviewer")
        address = reverse("attachment", args=[Attachment.objects.get().pk])
        assert address in reviewer.get(page(job)).text
        answer = reviewer.get(address)
        assert answer.content == PNG and answer["Content-Type"] == "image/png"
        assert "sandbox" in answer["Content-Security-Policy"] and answer["Content-Disposition"].startswith("attachment")
        assert at("wsjs-reviewer").get(address).status_code == 404
        assert client.get(address)["Location"].startswith("/account/?next=")

    def test_documents_open_when_printed(self, at, client):
        job = make.claimed()
        reviewer, paper = at("scjg-reviewer"), Document.objects.filter(root_id=job.application_id).first()
        address = reverse("document", args=[paper.pk])
        assert reviewer.get(address).status_code == 409
        make.printed(job.application_id)
        answer = reviewer.get(address)
        assert answer.content.startswith(b"%PDF") and answer["Content-Type"] == "application/pdf"
        assert at("nb-scjg-reviewer").get(address).status_code == 404
        assert client.get(address).status_code == 302


class TestClaim:
    def test_claimed_once_even_when_clicked_twice(self, at):
        job = make.job_of(make.accepted())
        client = at("scjg-reviewer")
        key = client.get(page(job)).context["forms"]["claim"]["once"].value()
        for _ in range(2):
            answer = client.post(reverse("review:claim", args=[job.pk]), {"once": key})
            assert answer.status_code == 302
        job = Job.objects.get(pk=job.pk)
        assert job.state == "in_hand" and events(job, "job.claim") == 1

    def test_too_late_is_told_on_the_page(self, at):
        job = make.claimed(reviewer="scjg-reviewer2")
        with nothing_written(Job):
            answer = at("scjg-reviewer").post(reverse("review:claim", args=[job.pk]))
        assert answer.status_code == 409 and "error-summary" in answer.text and "罗敏芝正在审查" in answer.text


class TestOpinion:
    def test_goes_to_the_head_once(self, at):
        job = make.claimed()
        client = at("scjg-reviewer")
        key = client.get(page(job)).context["forms"]["opinion"]["once"].value()
        sent = {"once": key, "recommendation": "grant", "opinion": WORDS}
        for _ in range(2):
            assert client.post(reverse("review:conclude", args=[job.pk]), sent)["Location"] == page(job)
        job = Job.objects.get(pk=job.pk)
        assert (job.state, job.opinion, events(job, "job.conclude")) == ("concluded", WORDS, 1)

    def test_same_form_with_other_words_is_told(self, at):
        job = make.claimed()
        client, sent = at("scjg-reviewer"), {"once": "k1", "recommendation": "grant", "opinion": WORDS}
        client.post(reverse("review:conclude", args=[job.pk]), sent)
        answer = client.post(reverse("review:conclude", args=[job.pk]), {**sent, "opinion": "改了主意，建议不予。"})
        assert answer.status_code == 422 and "这张表单已经提交过" in answer.text and "幂等" not in answer.text

    @pytest.mark.parametrize(
        "sent,told",
        [
            ({}, "请选择“建议”"),
            ({"recommendation": "grant", "opinion": "好"}, "至少 4 个字"),
            ({"recommendation": "refuse", "opinion": "x" * 2001}, "最多填写 2000 个字"),
            ({"recommendation": "perhaps", "opinion": WORDS}, "不在可选范围内"),
        ],
    )
    def test_what_is_wrong_is_told_and_what_was_typed_kept(self, at, sent, told):
        job = make.claimed()
        with nothing_written(Job):
            answer = at("scjg-reviewer").post(reverse("review:conclude", args=[job.pk]), sent)
        assert answer.status_code == 422 and told in answer.text and "<title>错误：" in answer.text
        assert sent.get("opinion", "") in answer.text

    def test_wording_is_put_into_the_form_and_nothing_is_done(self, at):
        job = make.claimed()
        with nothing_written(Job):
            answer = at("scjg-reviewer").post(
                reverse("review:conclude", args=[job.pk]), {"wording": "grant", "opinion": "我先写了一句。"}
            )
        assert answer.status_code == 200
        form = answer.context["forms"]["opinion"]
        assert form["opinion"].value().startswith("我先写了一句。\n经审查，慈溪市一味餐饮有限公司")
        assert form["recommendation"].value() == "grant" and "取得营业执照" in form["opinion"].value()
        assert "autofocus" in str(form["opinion"])
        assert 'data-guard="typed"' in answer.text  # what was typed is still put down nowhere

    def test_wording_of_a_refusal_asks_for_facts(self, at):
        job = make.claimed()
        answer = at("scjg-reviewer").post(reverse("review:conclude", args=[job.pk]), {"wording": "refuse"})
        words = answer.context["forms"]["opinion"]["opinion"].value()
        assert "查明的事实：" in words
        sent = {"recommendation": "refuse", "opinion": words}
        told = at("scjg-reviewer").post(reverse("review:conclude", args=[job.pk]), sent)
        assert told.status_code == 422 and "“查明的事实：”后面还空着" in told.text
        demand_complete(words.replace("查明的事实：", "查明的事实：\r\n1. 没有取得营业执照。"))  # begun on the next line
        with pytest.raises(ValidationError, match="“依据：”后面还空着"):
            demand_complete("查明的事实：没有营业执照。\n依据：\n\n建议不予。")

    def test_sent_back_shows_the_reason_and_keeps_the_earlier_opinion(self, at):
        job = make.concluded()
        answer = at("scjg-head").post(
            reverse("review:send_back", args=[job.pk]), {"reason": "请补充现场核查的情况。"}, follow=True
        )
        assert answer.status_code == 200
        told = Message.objects.get(user=make.user("scjg-reviewer"), title__startswith="负责人退回重审")
        assert told.link == page(job) and "现场核查" not in told.text
        text = at("scjg-reviewer").get(page(job)).text
        assert "负责人退回重审" in text and "请补充现场核查的情况。" in text and WORDS in text
        actions.conclude(
            by=make.actor("scjg-reviewer"), job=job.pk, recommendation="refuse", opinion="现场核查不符合要求。"
        )
        told = [entry.detail for entry in at("scjg-head").get(page(job)).context["opinions"]]
        assert told == [f"建议准予：{WORDS}", "建议不予：现场核查不符合要求。"]


class TestOtherActs:
    def test_back_to_the_router_once_with_a_reason(self, at):
        job = make.job_of(make.accepted())
        client, address = at("scjg-reviewer"), reverse("review:return", args=[job.pk])
        assert "可以退回一次" in client.get(address).text
        assert client.post(address, {"reason": "短"}).status_code == 422
        assert client.post(address, {"reason": "不属于本局的职责范围。"})["Location"] == "/review/"
        job = Job.objects.get(pk=job.pk)
        assert job.state == "misrouted" and job.returned
        actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="scjg", reason="仍是你局职责。")
        answer = client.post(address, {"reason": "还是不属于本局。"})
        assert answer.status_code == 409 and "已退回分办过一次" in answer.text and "还是不属于本局。" in answer.text
        assert "退回分办</a>" not in client.get(page(job)).text

    def test_head_gives_it_to_another_reviewer(self, at):
        job = make.claimed()
        client, address = at("scjg-head"), reverse("review:reassign", args=[job.pk])
        assert "罗敏芝" in client.get(address).text and "周丽华" not in client.get(address).text
        other = make.user("scjg-reviewer2")
        assert client.post(address, {"assignee": other.pk, "reason": "徐国平出差一周。"})["Location"] == page(job)
        job = Job.objects.get(pk=job.pk)
        assert job.assignee == other and events(job, "job.reassign") == 1
        told = {row.user.username: row.title.split("：")[0] for row in Message.objects.filter(link=page(job)).select_related("user")}
        assert told == {"scjg-reviewer2": "改由您承办", "scjg-reviewer": "不再由您承办"}

    def test_who_has_it_is_not_offered_and_told_from_a_page_that_stood_open(self, at):
        job, client = make.claimed(), at("scjg-head")
        address, him = reverse("review:reassign", args=[job.pk]), job.assignee_id
        assert f'<option value="{him}"' not in client.get(address).text
        with nothing_written(Job):
            answer = client.post(address, {"assignee": him, "reason": "请他来办理。"})
        assert answer.status_code == 422 and "已经由徐国平承办，请另选一人" in answer.text

    def test_not_to_somebody_of_another_department(self, at):
        job = make.claimed()
        with nothing_written(Job):
            answer = at("scjg-head").post(
                reverse("review:reassign", args=[job.pk]),
                {"assignee": make.user("wsjs-reviewer").pk, "reason": "请他来办理。"},
            )
        assert answer.status_code == 422 and "不在可选范围内" in answer.text

    def test_note_for_colleagues_once(self, at):
        job = make.claimed()
        client, address = at("scjg-reviewer"), reverse("review:note", args=[job.pk])
        for _ in range(2):
            client.post(address, {"once": "n1", "text": "已电话联系申请人。"})
        assert Note.objects.get().text == "已电话联系申请人。"
        assert "已电话联系申请人。" in at("scjg-head").get(page(job)).text
        section = client.post(address, {"once": "n2", "text": "另约周三。"}, headers={"HX-Request": "true"})
        assert section.status_code == 200 and "另约周三。" in section.text.partition('<section class="panel no-print" id="notes"')[2]  # no redirect: an opinion half typed stays
        Note.objects.latest("pk").delete()
        assert client.post(address, {"text": ""}).status_code == 422
        assert "已电话联系" not in str(make.case("scjg-reviewer", job.application).now)

    def test_a_failed_document_can_be_printed_again_by_the_head(self, at, monkeypatch):
        from apps.issuance import paper

        def broken(document):
            raise paper.Unprintable("字库缺少这些字：某，请人工处理（生僻字）。", by_hand=True)

        job = make.claimed()
        with monkeypatch.context() as patch:
            patch.setattr(paper, "make", broken)
            make.printed(job.application_id)
        text = at("scjg-head").get(page(job)).text
        assert "字库缺少这些字" in text and "重新生成" in text
        assert "重新生成" not in at("scjg-reviewer").get(page(job)).text
        stuck = Document.objects.filter(root_id=job.application_id).first()
        key = {"next": page(job), "once": re.search(rf'document/{stuck.pk}/print/".*?name="once" value="(.+?)"', text)[1]}
        answer = at("scjg-head").post(reverse("document_print", args=[stuck.pk]), key)
        assert answer["Location"] == page(job)
        stuck = Document.objects.get(pk=stuck.pk)
        assert stuck.state == "queued"
        twice = at("scjg-head").post(reverse("document_print", args=[stuck.pk]), key)  # the second click of the same page
        assert (twice.status_code, twice["Location"]) == (302, page(job))
        assert at("wsjs-head").post(reverse("document_print", args=[stuck.pk])).status_code == 404


class TestReveal:
    def ask(self, client, job, field, reason="核对法定代表人身份"):
        return client.post(reverse("review:reveal", args=[job.pk]), {"field": field, "reason": reason})

    def test_shown_once_and_written_down(self, at):
        job = make.claimed()
        client = at("scjg-reviewer")
        answer = self.ask(client, job, "applicant.legal_rep_id")
        assert answer.status_code == 200 and make.PERSON_ID in answer.text
        row = Reveal.objects.get()
        assert row.by == make.user("scjg-reviewer") and row.field == "applicant.legal_rep_id"
        assert make.PERSON_ID not in client.get(page(job)).text
        assert "data-in-place" in answer.text  # an opinion that is half typed beside it stays: a script asks for the value alone
        sent = {"path": reverse("review:reveal", args=[job.pk]), "headers": {"HX-Request": "true"}}
        value = client.post(**sent, data={"field": "applicant.legal_rep_id", "reason": "核对法定代表人身份"})
        assert make.PERSON_ID in value.text and "<html" not in value.text and "no-store" in value["Cache-Control"]
        refused = client.post(**sent, data={"field": "applicant.legal_rep_id", "reason": ""})
        assert refused.status_code == 422 and refused["HX-Retarget"] == "find [data-denied]" and "<" not in refused.text
        assert Reveal.objects.count() == 2

    def test_answers_of_the_form(self, at):
        job = make.claimed()
        answer = self.ask(at("scjg-reviewer"), job, "answers.legal_rep_mobile")
        assert answer.status_code == 200 and make.MOBILE in answer.text

    @pytest.mark.parametrize(
        "field,reason",
        [
            ("applicant.legal_rep_id", ""),
            ("applicant.password", "看一下密码"),
            ("answers.x", "看一下"),
            ("\x00", "看一下看"),
        ],
    )
    def test_without_reason_or_field_nothing_is_shown(self, at, field, reason):
        job = make.claimed()
        with nothing_written(Reveal):
            answer = self.ask(at("scjg-reviewer"), job, field, reason)
        assert answer.status_code == 422 and make.PERSON_ID not in answer.text
        assert "没有显示完整信息" in answer.text

    def test_not_for_another_department(self, at):
        job = make.claimed()
        with nothing_written(Reveal):
            assert self.ask(at("wsjs-reviewer"), job, "contact_mobile").status_code == 404


class TestStalePage:
    """A page that is opened after the work has gone on says so before anything is typed."""

    OVER = {
        "scjg-reviewer": ("return", "supplement", "hearing/tell", "hearing/call"),
        "scjg-head": ("send-back", "reassign"),
    }

    def test_what_is_over_is_not_asked_for(self, at):
        job = make.concluded()
        actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")
        for who, acts in self.OVER.items():
            for act in acts:
                answer = at(who).get(f"/review/{job.pk}/{act}/")
                assert answer.status_code == 409 and "现在是“已结束”" in answer.text and 'name="once"' not in answer.text
        asked = at("scjg-reviewer").get(f"/review/members/{job.member_id}/consult/")
        assert asked.status_code == 409 and "不用再征求意见" in asked.text and 'name="question"' not in asked.text

    def test_a_problem_without_its_tick_is_not_left_out_of_the_notice(self, at):
        job = make.claimed()
        sent = {"ask__id_card": "on", "gaps__id_card": "已过有效期", "gaps__premises_proof": "租赁期限已届满"}
        told = at("scjg-reviewer").post(f"/review/{job.pk}/supplement/", sent)
        assert told.status_code == 422 and "但没有勾选这份材料" in told.text and not job.member.supplements.exists()

    def test_what_could_not_be_answered_in_time_is_not_asked_for(self, at):
        job = make.claimed(code="small-catering-registration")  # no rectification that would stop its clock
        Member.objects.filter(pk=job.member_id).update(due_on=today() + timedelta(days=1))
        for act, told in ((f"{job.pk}/supplement", "来不及补正"), (f"members/{job.member_id}/consult", "来不及答复")):
            answer = at("scjg-reviewer").get(f"/review/{act}/")
            assert answer.status_code == 409 and told in answer.text and 'name="once"' not in answer.text

    def test_sent_back_already(self, at):
        job, head = make.concluded(), at("scjg-head")
        page = f"/review/{job.pk}/send-back/"
        assert head.get(page).status_code == 200
        actions.send_back(by=make.actor("scjg-head"), job=job.pk, reason="请补充核查情况。")
        assert "现在是“办理中”" in head.get(page).text
        late = head.post(page, {"reason": "另一个理由，写了很久。"})
        assert late.status_code == 409 and "另一个理由，写了很久。" in late.text

    def test_a_second_request_waits_for_the_first_and_is_found_after_its_day(self, at, time_machine):
        asked = make.asked_in_review()
        job = make.job_of(asked.application)
        page, case = f"/review/{job.pk}/supplement/", f"/review/{job.pk}/"
        told = at("scjg-reviewer").get(page)
        assert told.status_code == 409 and "上一次补正还没有到期" in told.text and "ask__" not in told.text
        assert page not in at("scjg-reviewer").get(case).text
        assert f"在 <strong>{asked.cure_by:%Y年%-m月%-d日}</strong> 前（含当日）补正" in at("scjg-head").get(case).text  # who may extend meanwhile
        time_machine.move_to(datetime.combine(asked.cure_by + timedelta(1), time(10), BEIJING))
        actions.expire_in_review(member=job.member_id)
        assert "review.css" in at("scjg-reviewer").get(page).text
        told = at("scjg-reviewer").get(case).text
        assert f"没有在 {asked.cure_by:%Y年%-m月%-d日} 前补齐" in told and page in told
        assert at("scjg-reviewer").get(page).status_code == 200

    def test_who_claimed_it_gives_it_back(self, at):
        job = make.claimed()
        client, address = at("scjg-reviewer"), reverse("review:give_back", args=[job.pk])
        assert address in client.get(page(job)).text and "退回待领办" in client.get(address).text
        assert address not in at("scjg-head").get(page(job)).text
        assert at("scjg-reviewer2").post(address, {"reason": "不是我领的。"}).status_code == 403
        assert at("scjg-reviewer").post(address, {"reason": "领错了，不是我的。"})["Location"] == "/review/"
        assert Job.objects.get(pk=job.pk).state == "assigned"
