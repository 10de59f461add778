"""A received case at the counter: its page, corrections and ends; statements of every move."""


import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.applications import actions
from apps.applications.models import Application, Hearing, Note
from apps.directory.models import Reveal
from apps.issuance.models import Document
from tests import make, people

from ..conftest import client_of
from .conftest import act, again, sent, with_gap

AUTHENTICATION = 2


class TestCasePage:
    def test_masks_what_is_personal(self, desk):
        person = {
            "kind": "person",
            "name": "王小明",
            "id_number": make.PERSON_ID,
            "address": "慈溪市浒山街道团圈新村8号",
        }
        row = make.received("individual-registration", applicant=person)
        page = desk.get(f"/counter/{row.pk}/").text
        for whole in ("王小明", make.PERSON_ID, make.MOBILE, "团圈新村"):
            assert whole not in page
        assert "王*明" in page and "3302**********0021" in page and "138****0001" in page
        # What he did from home is told of him under the same mask, and of who acts for him; a colleague is named.
        actions.withdraw(by=make.actor("citizen"), application=row.pk, reason="改日再办")
        page = desk.get(f"/counter/{row.pk}/").text
        assert "王小明" not in page and "</time> · 王*明" in page and "</time> · 陈晓燕" in page
        Application.objects.filter(pk=row.pk).update(applicant_name="李一味")
        assert "</time> · 王*明" in desk.get(f"/counter/{row.pk}/").text

    @pytest.mark.parametrize("username", ["cixi-clerk", "enterprise"])
    def test_costs_the_same_however_many_hearings_were_asked_for(self, at, username):
        case, costs = make.accepted("open-homestay", situations={"already_registered": True, "serves_meals": True}), []
        page = f"/counter/{case.pk}/" if username == "cixi-clerk" else f"/my/{case.pk}/"
        client, own = at(username), make.actor("enterprise")
        for job in case.jobs.select_related("member").order_by("pk"):
            reviewer = make.actor(f"{job.department_id}-reviewer")
            actions.claim(by=reviewer, job=job.pk)
            hearing = actions.tell_hearing(by=reviewer, job=job.pk, **make.INTEREST)
            actions.request_hearing(by=own, hearing=hearing.pk, who="applicant")
        for asked in Hearing.objects.order_by("pk"):
            client.get(page)
            with CaptureQueriesContext(connection) as ran:
                assert "撤回听证" in client.get(page).text
            costs.append(len(ran))
            actions.withdraw_hearing(by=own, hearing=asked.pk, reason="不要听证了。")
        assert len(costs) > 1 and len(set(costs)) == 1

    def test_reveal_shows_once_and_is_recorded(self, desk):
        row = make.received()
        ask = {"field": "contact_mobile", "reason": "电话通知补材料"}
        answer = desk.post(f"/counter/{row.pk}/reveal/", ask)
        assert make.MOBILE in answer.text and "no-store" in answer["Cache-Control"]
        kept = Reveal.objects.get()
        assert kept.field == "contact_mobile" and kept.by.username == "cixi-clerk" and kept.reason == "电话通知补材料"
        assert make.MOBILE not in desk.get(f"/counter/{row.pk}/").text
        in_place = {"path": f"/counter/{row.pk}/reveal/", "headers": {"HX-Request": "true"}}
        alone, refused = (desk.post(**in_place, data=ask | {"reason": reason}) for reason in ("再打一次电话", ""))
        assert make.MOBILE in alone.text and "<html" not in alone.text  # a note that is half typed stays
        assert refused.status_code == 422 and "HX-Retarget" in refused and "请写明原因" in refused.text

    @pytest.mark.parametrize(
        ("field", "reason"),
        [
            ("contact_mobile", "看"),
            ("answers.nope", "核对身份"),
            ("plan", "核对身份"),
            ("", "核对身份"),
            ("x" * 300, "核对身份"),
            ("agent.name", "核对身份"),
            ("applicant.chain_head", "核对身份"),
            ("answers.", "核对身份"),
            ("\x00", "核对身份"),
        ],
    )
    def test_reveal_without_ground_is_refused(self, desk, field, reason):
        row = make.received()
        with people.nothing_written(Reveal):
            assert desk.post(f"/counter/{row.pk}/reveal/", {"field": field, "reason": reason}).status_code == 422

    def test_note_is_kept_once(self, desk):
        row = make.received()
        for _ in range(2):
            desk.post(f"/counter/{row.pk}/notes/", {"text": "申请人下午再来", "once": "n1"})
        assert Note.objects.count() == 1 and "申请人下午再来" in desk.get(f"/counter/{row.pk}/").text
        refused = desk.post(f"/counter/{row.pk}/notes/", {"text": "字" * 1001})
        assert refused.status_code == 422 and "最多填写 1000 个字" in refused.text

    def test_reprint_voids_the_old_voucher(self, desk):
        row = make.received()
        assert desk.post(f"/counter/{row.pk}/reprint/", {"reason": "申请人遗失"}).status_code == 302
        assert sorted(Document.objects.values_list("state", flat=True)) == ["queued", "void"]

    def test_printed_voucher_opens(self, desk):
        row = make.received()
        printing = desk.get(f"/counter/{row.pk}/papers/").text
        assert "正在生成" in printing and 'id="papers-again"' in printing  # what has an id keeps the focus while the rest comes anew
        make.printed(row.pk)
        page = desk.get(f"/counter/{row.pk}/papers/").text
        paper = Document.objects.get()
        assert f'id="paper-{paper.pk}" href="/files/document/{paper.pk}/"' in page and "every 2s" not in page
        assert f'<span class="only-print">{paper.title}</span>' in page  # on paper the button is not there, and the number named nothing
        assert desk.get(f"/files/document/{paper.pk}/").content.startswith(b"%PDF")

    def test_offers_only_what_is_allowed_now(self, desk):
        received, waiting, running = make.received(), make.awaiting(), make.accepted()
        page = desk.get(f"/counter/{received.pk}/").text
        assert "核对材料，作出处理" in page and "登记补正材料" not in page and "录入作废" not in page
        page = desk.get(f"/counter/{waiting.pk}/").text
        assert "登记补正材料" in page and "更正录入" not in page
        page = desk.get(f"/counter/{running.pk}/").text
        assert "更正录入" not in page and "登记容缺补交" not in page and "申请人撤回" in page and "受理资格" not in page
        both = desk.get(f"/counter/{make.asked_in_review(gaps=['floor_plan']).application_id}/").text
        assert "登记容缺补交" in both and "登记审查补正材料" in both and both.count('data-key="k"') == 1  # one key, one act
        assert "补交通知书列明的材料：可以在网上补，也可以到受理窗口" in both
        other = client_of(people.staff("clerk", zones=["minsheng"]).username)  # whose zones are others, sees it and takes nothing in
        for row, words in ((received, "我来核对"), (received, "核对材料，作出处理"), (waiting, "登记补正材料")):
            page = other.get(f"/counter/{row.pk}/").text
            assert words not in page and "受理资格的窗口办" in page and "记下备注" in page

    def test_clerk_takes_a_received_case_in_hand(self, desk):
        row = make.received()
        shown = desk.get(f"/counter/{row.pk}/")
        key = {"once": shown.context["begin"]["once"].value()}
        assert "我来核对" in shown.text and key["once"] in shown.text
        for _ in range(2):  # clicked twice
            assert desk.post(f"/counter/{row.pk}/begin/", key)["Location"] == f"/counter/{row.pk}/work/"
        assert again(row).state == "checking"
        late = desk.post(f"/counter/{row.pk}/begin/")  # on a page that was open before
        assert late.status_code == 409 and "现在是“材料核对中”" in late.text and "办件经过" in late.text

    def test_why_page_counts_day_by_day(self, desk):
        row = make.received()
        clock = desk.get(f"/counter/{row.pk}/").context["clocks"][0]
        assert "工作日" in desk.get(f"/why/{clock.pk}/").text


class TestCorrect:
    def test_lays_no_personal_data_open(self, desk):
        person = {"kind": "person", "name": "王小明", "id_number": make.PERSON_ID}
        row = make.received("individual-registration", applicant=person)
        page = desk.get(f"/counter/{row.pk}/correct/").text
        for whole in ("王小明", make.PERSON_ID, make.MOBILE):
            assert whole not in page
        before = again(row)
        assert act(desk, row, "correct", reason="经营范围录错", answers__business_scope="餐饮服务").status_code == 302
        after = again(row)
        assert after.answers == {**before.answers, "business_scope": "餐饮服务"}
        assert (after.applicant_id, after.contact_mobile) == (before.applicant_id, before.contact_mobile)

    def test_mends_and_reprints(self, desk):
        row = make.received()
        same = {**row.answers, "enterprise_name": row.applicant_name, "uscc": row.applicant.id_number}
        Application.objects.filter(pk=row.pk).update(answers=same)  # as the desk fills it in from the file
        changed = {"reason": "面积录错", "answers__premises_area": "99", "applicant__name": "慈溪阿依努尔.买买提烤馕坊"}
        assert act(desk, row, "correct", **changed).status_code == 302
        row = again(row)
        assert row.answers["premises_area"] == "99" and row.applicant_name == "慈溪阿依努尔·买买提烤馕坊"
        assert (row.answers["enterprise_name"], row.answers["uscc"]) == (row.applicant_name, same["uscc"])
        assert Document.objects.filter(root_id=row.pk, kind="receipt", state="void").count() == 1

    def test_refused_correction_keeps_what_was_typed(self, desk):
        row = make.received()
        answer = act(desk, row, "correct", reason="", answers__premises_area="99")
        assert answer.status_code == 422 and 'value="99"' in answer.text and "更正的原因" in answer.text
        assert again(row).answers["premises_area"] != "99"

    def test_wrong_number_is_told_at_its_field(self, desk):
        row = make.received()
        answer = act(desk, row, "correct", reason="证号录错", applicant__id_number="91330282MA2A00001X")
        assert answer.status_code == 422 and answer.context["form"].errors["applicant__id_number"]

    def test_too_late_after_acceptance(self, desk):
        row = make.accepted()
        assert desk.get(f"/counter/{row.pk}/correct/").status_code == 409
        with people.nothing_written(Document):
            assert desk.post(f"/counter/{row.pk}/correct/", {"reason": "录错了"}).status_code in (409, 422)


class TestEnds:
    def test_withdrawal_needs_the_signed_request(self, desk):
        row = make.accepted()
        refused = act(desk, row, "withdraw", reason="不办了")
        assert refused.status_code == 422 and again(row).state == "in_progress"
        way = 'id="s-handout"'
        assert way in desk.get(f"/counter/{row.pk}/").text
        act(desk, row, "withdraw", reason="不办了", signed="on")
        assert again(row).state == "withdrawn"
        assert way not in desk.get(f"/counter/{row.pk}/").text  # nothing goes out by it

    def test_one_item_of_a_one_thing_is_taken_back(self, desk):
        row = make.accepted("open-ktv", situations={"already_registered": True})
        first, other, later = row.members.order_by("position")
        page = desk.get(f"/counter/{row.pk}/").text
        assert f"待“{first.name}”办结后启动" in page and f'clock__item small">{other.name}<' in page
        where = f"withdraw/{other.pk}"
        assert f"/counter/{row.pk}/{where}/" in page
        along = desk.get(f"/counter/{row.pk}/withdraw/{first.pk}/").text
        assert "一起不再办的" in along and later.name in along and "一起不再办的" not in desk.get(f"/counter/{row.pk}/{where}/").text
        act(desk, row, where, reason="不做公共场所", signed="on")
        assert again(other).state == "withdrawn" and again(row).state == "partly_done"
        page = desk.get(f"/counter/{row.pk}/{where}/").text  # from an old tab
        assert "这一项现在是“已撤回”，不能撤回。" in page and 'name="reason"' not in page
        assert "请撤回整件申请" in desk.get(f"/counter/{row.pk}/withdraw/{first.pk}/").text
        act(desk, row, f"withdraw/{first.pk}", reason="也不办了", signed="on")  # the last with what comes after it
        assert again(first).state == "accepted" and again(later).state == "waiting"
        strange = make.member_of(make.accepted())
        assert desk.get(f"/counter/{row.pk}/withdraw/{strange.pk}/").status_code == 404

    def test_withdrawal_after_the_decision_is_refused(self, desk):
        member = make.decided()
        row = Application.objects.get(pk=member.application_id)
        with people.nothing_written(Document):
            answer = act(desk, row, "withdraw", reason="不办了", signed="on")
        assert answer.status_code == 409

    def test_what_is_not_taken_back_any_more_is_told_before_a_reason_is_written(self, desk):
        """Opened again from an old tab, or by going back in the browser."""
        decided, taken_back = Application.objects.get(pk=make.decided().application_id), make.accepted()
        act(desk, taken_back, "withdraw", reason="不办了", signed="on")
        for row, why in ((decided, "已经作出决定，不能撤回；"), (taken_back, "这个办件现在是“已撤回”，不能撤回。")):
            page = desk.get(f"/counter/{row.pk}/withdraw/").text
            assert why in page and 'name="reason"' not in page, row.state

    def test_voiding_is_the_supervisors(self, enter):
        row = make.received()
        with people.nothing_written(Document):
            asked = enter("cixi-clerk").get(f"/counter/{row.pk}/void/")
            assert asked.status_code == 403 and "由监督人员办理" in asked.text
            assert enter("cixi-clerk").post(f"/counter/{row.pk}/void/", {"reason": "录错了人"}).status_code == 403
        supervisor = enter("cixi-supervisor")
        assert "录入作废" in supervisor.get(f"/counter/{row.pk}/").text
        act(supervisor, row, "void", reason="身份证号录成了别人的")
        assert again(row).state == "voided"

    def test_double_click_ends_once(self, desk):
        row = make.accepted()
        data = sent(desk.get(f"/counter/{row.pk}/withdraw/"), reason="不办了", signed="on")
        for _ in range(2):
            assert desk.post(f"/counter/{row.pk}/withdraw/", data).status_code == 302
        assert Document.objects.filter(root_id=row.pk, kind="withdrawal").count() == 1


PAGES = [
    "",
    "work/",
    "correct/",
    "supplement/",
    "gap/",
    "withdraw/",
    "not-accept/",
    "void/",
    "done/",
    "papers/",
    "due/",
]
POSTS = ["work/", "save/", "files/", "correct/", "supplement/", "gap/", "withdraw/", "not-accept/", "void/", "begin/",
         "reveal/", "notes/", "reprint/"]  # fmt: skip


class TestOthers:
    def test_clerk_of_another_node_finds_nothing(self, enter):
        rows = [make.received(), make.awaiting(), make.accepted(gaps=["health_certificate"])]
        other = enter("city-clerk")
        with people.nothing_written(Document, Note, Reveal):
            for row in rows:
                for page in PAGES:
                    assert other.get(f"/counter/{row.pk}/{page}").status_code in (404, 403), page
                for page in POSTS:
                    data = {
                        "reason": "四个字以上的理由",
                        "text": "备注",
                        "field": "contact_mobile",
                        "signed": "on",
                        "do": "accept",
                    }
                    assert other.post(f"/counter/{row.pk}/{page}", data).status_code in (404, 403), page

    @pytest.mark.parametrize(
        "username", ["scjg-reviewer", "scjg-head", "cixi-issue", "cixi-auditor", "citizen", "enterprise"]
    )
    def test_other_posts_do_nothing_here(self, enter, username):
        row = make.awaiting()
        other = enter(username)
        with people.nothing_written(Document, Note, Reveal):
            for page in PAGES:
                assert other.get(f"/counter/{row.pk}/{page}").status_code == 403, page
            for page in POSTS:
                assert other.post(f"/counter/{row.pk}/{page}", {"reason": "四个字以上"}).status_code == 403, page

    def test_supervisor_sees_but_does_not_accept(self, enter):
        row = make.received()
        supervisor = enter("cixi-supervisor")
        assert supervisor.get(f"/counter/{row.pk}/").status_code == 200
        with people.nothing_written(Document):
            for page in ("work/", "correct/", "withdraw/", "reprint/", "begin/"):
                assert supervisor.post(f"/counter/{row.pk}/{page}", {"do": "accept"}).status_code == 403


class TestCost:
    """Statements of a whole page that moves a case, whatever the number of materials: reading the case, the once-key, the move."""

    PAGE = 4  # session and person aside: the case and its checklist (2), the once-key claimed and answered (2)
    MOVE = 14

    def cost(self, client, row, page: str, **changes) -> int:
        data = sent(client.get(f"/counter/{row.pk}/{page}/"), **changes)
        with CaptureQueriesContext(connection) as seen:
            answer = client.post(f"/counter/{row.pk}/{page}/", data)
        assert answer.status_code == 302, answer.context["form"].errors
        self.seen = [q["sql"][:110] for q in seen.captured_queries]
        return len(seen) - AUTHENTICATION

    def test_single_moves(self, desk):
        costs = {
            "receive": self.cost(desk, make.draft(), "work", do="receive"),
            "accept": self.cost(desk, make.received(), "work", do="accept"),
            "supplement": self.cost(desk, make.awaiting(), "supplement", materials__premises_proof="in"),
            "gap": self.cost(desk, with_gap(), "gap", materials__health_certificate="in"),
            "withdraw": self.cost(desk, make.accepted(), "withdraw", reason="不办了", signed="on"),
        }  # fmt: skip
        dear = {name: cost for name, cost in costs.items() if cost > self.MOVE + self.PAGE}
        assert not dear, self.seen

    def test_receive_and_accept_in_one_transaction(self, desk):
        assert self.cost(desk, make.draft(), "work", do="accept") <= 2 * self.MOVE + self.PAGE, self.seen
