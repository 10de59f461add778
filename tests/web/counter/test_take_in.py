"""The one page of an intake, each of its acts, by form posts alone: what happens, and what must not."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from apps.applications import actions
from apps.applications.models import Application, Attachment, Member
from apps.directory.actions import set_competence
from apps.directory.models import Mandate, Party, Post
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from tests import make, people

from .conftest import PNG, again, opened, sent

PERSON = "330203199001010014"
HOUSE = "title-transfer"


def work(client, row, do: str, **changes):
    """Open the page and press a button."""
    page = client.get(f"/counter/{row.pk}/work/")
    return client.post(f"/counter/{row.pk}/work/", sent(page, do=do, **changes))


class TestIdentify:
    def test_page_begins_empty_and_is_kept_nowhere(self, desk):
        make.draft()
        answer = desk.get("/counter/new/")
        assert "no-store" in answer["Cache-Control"] and people.USCC not in answer.text
        assert 'autocomplete="off"' in answer.text and "13805740001" not in answer.text

    def test_number_is_checked_at_once(self, desk):
        wrong = desk.post("/counter/party/", {"who": "applicant", "applicant__id_number": "91330282MA2A00001X"})
        assert "校验位不对" in wrong.text
        right = desk.post("/counter/party/", {"who": "applicant", "applicant__id_number": people.USCC})
        assert "慈溪市一味餐饮有限公司" in right.text and "已带出" in right.text

    def test_data_of_an_earlier_number_never_stands_beside_another(self, desk):
        filled = {"who": "applicant", "applicant__id_number": PERSON, "applicant__filled_for": people.USCC}
        answer = desk.post("/counter/party/", filled | {"applicant__name": "慈溪市一味餐饮有限公司"})
        assert "慈溪市一味餐饮有限公司" not in answer.text and "李秀兰" in answer.text

    def test_nor_is_it_put_down_for_another_where_the_number_was_not_looked_up(self, desk):
        """Quicker than the answer, or without a line: the draft had the second one's number with the first one's name and phone."""
        left = {"do": "open", "code": "food-licence", "applicant__id_number": PERSON, "applicant__filled_for": people.USCC}
        left |= {"applicant__name": "慈溪市一味餐饮有限公司", "applicant__mobile": "13805740003", "once": "k1"}
        with people.nothing_written(Application):
            answer = desk.post("/counter/new/", left)
        assert answer.status_code == 422 and "号码改过了" in answer.text and "慈溪市一味餐饮有限公司" not in answer.text
        row = Application.objects.get(pk=int(desk.post("/counter/new/", sent(answer, do="open"))["Location"].split("/")[2]))
        assert row.applicant_name == "李秀兰" and row.contact_mobile != "13805740003"
        page = desk.get(f"/counter/{row.pk}/applicant/")
        with people.nothing_written(Application):
            assert desk.post(f"/counter/{row.pk}/applicant/", sent(page, do="open", applicant__id_number=people.USCC)).status_code == 422

    def test_running_cases_of_the_applicant_are_offered(self, desk):
        waiting, ended = make.awaiting(), make.received()
        actions.withdraw(by=make.actor("cixi-clerk"), application=ended.pk, reason="不办了")
        answer = desk.post("/counter/start/", {"q": people.USCC})
        assert waiting.number in answer.text and ended.number not in answer.text

    def test_number_is_asked_by_post_only(self, desk):
        assert desk.get("/counter/party/").status_code == 405

    @pytest.mark.parametrize("words", ["食品经营", "spjyxk", "food-licence"])
    def test_item_is_found_by_words_initials_and_code(self, desk, words):
        assert "food-licence" in desk.get("/counter/items/", {"q": words}).text

    def test_only_what_the_clerk_may_accept(self, enter):
        trained = enter("cixi-clerk2")  # 商事登记、综合审批 only
        assert "没有您能受理的事项" in trained.get("/counter/items/", {"q": "houseright-transfer 不动产转移"}).text
        with people.nothing_written(Application):
            data = {
                "do": "open",
                "code": "no-such-item",
                "applicant__id_number": people.USCC,
                "applicant__name": "某某公司",
            }
            assert trained.post("/counter/new/", data).status_code == 422

    def test_opens_a_draft_filled_from_the_file(self, desk):
        row = opened(desk)
        assert row.answers["enterprise_name"] == "慈溪市一味餐饮有限公司" and row.answers["legal_rep_name"] == "戚家栋"
        assert row.contact_mobile == "13805740003" and row.number is None

    def test_double_click_opens_one_draft(self, desk):
        assert opened(desk) == opened(desk)
        assert Application.objects.count() == 1

    def test_agent_comes_with_a_mandate(self, desk):
        person = {"applicant__id_number": "330282198506150021", "applicant__name": "王小明"}
        agent = {"agent__id_number": PERSON, "agent__name": "李秀兰", "agent__mobile": "13805740002"}
        refused = desk.post("/counter/new/", {"do": "open", "code": "food-licence", **person, **agent})
        assert refused.status_code == 422 and "委托依据" in refused.text and not Application.objects.exists()
        row = opened(desk, **person, **agent, evidence="授权委托书 2026-11-01")
        mandate = Mandate.objects.get(principal=row.applicant)
        assert mandate.agent == row.agent and mandate.scope == ["food-licence"]
        assert row.contact_mobile == "13805740002" and row.answers["contact_name"] == "李秀兰"

    def test_agent_answers_the_question_whether_there_is_one(self, desk):
        own = opened(desk, code="enterprise-registration")
        assert own.plan["answers"] == {"by_agent": False}
        assert "power_of_attorney" not in {line["material"] for line in own.plan["materials"]}
        agent = {"agent__id_number": PERSON, "agent__name": "李秀兰", "agent__mobile": "13805740002", "evidence": "授权委托书"}
        page = desk.get(f"/counter/{own.pk}/applicant/")  # the colleague who came turns out to be no representative
        assert desk.post(f"/counter/{own.pk}/applicant/", sent(page, do="open", **agent)).status_code == 302
        own = again(own)
        assert own.plan["answers"] == {"by_agent": True} and own.contact_mobile == "13805740002"
        assert own.answers["agent_name"] == "李秀兰"
        page = desk.get(f"/counter/{own.pk}/applicant/")  # and then he comes himself, and leaves no phone
        alone = dict.fromkeys((*agent, "applicant__mobile"), "")
        assert desk.post(f"/counter/{own.pk}/applicant/", sent(page, do="open") | alone).status_code == 302
        assert (again(own).agent, again(own).contact_mobile) == (None, "")  # the former agent would be told of this case

    def test_the_questions_alone_take_nothing_back_and_ask_nothing_that_is_known(self, desk):
        row = opened(desk, code="open-restaurant")
        path = f"/counter/{row.pk}/work/"
        page = desk.get(path)
        assert 'name="contact_mobile"' not in page.text  # the browser sends what is on the page
        told = {"subject_kind": "enterprise", "small_shop": "false", "dining_area": "120"}
        data = {"do": "save", "draft": "1", "stood": page.context["form"]["stood"].value()}
        data |= {f"situations__{code}": answer for code, answer in told.items()}
        assert desk.post(path, data).status_code == 302
        row = again(row)
        assert row.contact_mobile == "13805740003" and row.answers["enterprise_name"] == "慈溪市一味餐饮有限公司"
        assert row.plan["answers"]["by_agent"] is False and 'name="contact_mobile"' in desk.get(path).text

    def test_faults_are_told_together_and_nothing_is_lost(self, desk):
        data = {"do": "open", "applicant__id_number": "330282198506150029", "applicant__name": "王小明", "q": "食品"}
        answer = desk.post("/counter/new/", data)
        assert answer.status_code == 422 and "请选择要办的事项" in answer.text
        assert "330282198506150029" in answer.text and "王小明" in answer.text and "校验位不对" in answer.text

    def test_another_applicant_takes_his_data_with_him(self, desk):
        row = opened(desk)
        page = desk.get(f"/counter/{row.pk}/applicant/")
        changed = sent(page, do="open", applicant__id_number="330282198506150021", applicant__name="王小明")
        changed |= {"applicant__mobile": "13805740001", "applicant__filled_for": ""}
        assert desk.post(f"/counter/{row.pk}/applicant/", changed).status_code == 302
        row = again(row)
        assert row.applicant_name == "王小明" and row.answers.get("legal_rep_name") == "王小明"
        assert "慈溪市一味餐饮有限公司" not in str(row.answers)
        assert row.contact_mobile == "13805740001"  # the former one's phone would be told of this case


class TestKeep:
    def test_what_is_right_is_kept_when_something_is_wrong(self, desk):
        row = opened(desk)
        answer = work(desk, row, "receive", answers__premises_area="很大", answers__premises_address="浒山街道1号")
        assert answer.status_code == 422
        told = [error["message"] for error in answer.context["form"].error_list]  # all of it at once, down the page
        places = [next(n for n, words in enumerate(told) if name in words) for name in ("从业人数", "使用面积", "是否售酒")]
        assert places == sorted(places)
        assert "很大" in answer.text and "应为数" in answer.text and answer.text.count("浒山街道1号")
        row = again(row)
        assert row.answers["premises_address"] == "浒山街道1号" and "premises_area" not in row.answers
        assert row.number is None

    def test_autosave_says_what_could_not_be_saved(self, desk):
        row = opened(desk)
        page = desk.get(f"/counter/{row.pk}/work/")
        data = sent(page, answers__staff_count="三个", answers__premises_address="浒山街道2号")
        told = desk.post(f"/counter/{row.pk}/save/", data, headers={"HX-Request": "true"})
        assert told.status_code == 200 and "没有保存" in told.text
        row = again(row)
        assert row.answers["premises_address"] == "浒山街道2号"

    def test_blank_takes_an_answer_back(self, desk):
        row = make.draft()
        work(desk, row, "save", answers__premises_address="")
        row = again(row)
        assert "premises_address" not in row.answers

    def test_rejected_without_reason_is_told_at_its_line(self, desk):
        row = make.draft()
        answer = work(desk, row, "save", materials__id_card="rejected", answers__premises_address="浒山街道3号")
        assert answer.status_code == 422 and "不合格的原因" in answer.text
        assert 'href="#id_materials__id_card_0"' in answer.text
        row = again(row)
        assert row.answers["premises_address"] == "浒山街道3号"

    def test_changed_situation_asks_anew_before_anything_is_done(self, desk):
        row = opened(desk, code="enterprise-registration")
        answer = work(desk, row, "receive", situations__by_agent="true")
        assert answer.status_code == 302 and answer["Location"].endswith("/work/")
        row = again(row)
        assert row.plan["answers"] == {"by_agent": True} and row.number is None
        assert "power_of_attorney" in {entry.code for entry in row.materials.all()}

    def test_autosave_leaves_the_situation_alone(self, desk):
        row = opened(desk, code="enterprise-registration")
        page = desk.get(f"/counter/{row.pk}/work/")
        typed = sent(page, situations__by_agent="true", answers__staff_count="3")
        desk.post(f"/counter/{row.pk}/save/", typed, headers={"HX-Request": "true"})
        assert again(row).plan["answers"] == {"by_agent": False}

    def test_ticks_made_with_a_changed_situation_are_kept(self, desk):
        row = opened(desk, code="enterprise-registration")
        work(desk, row, "save", situations__by_agent="true", materials__id_card="in")
        assert again(row).materials.get(code="id_card").state == "confirmed"

    def test_open_question_stops_the_act(self, desk):
        row = make.draft("enterprise-registration")
        answer = work(desk, row, "receive")
        assert answer.status_code == 422 and "请先回答办理情形的问题" in answer.text and again(row).number is None
        answer = work(desk, opened(desk), "receive")
        assert '<a href="#id_materials__' in answer.text.partition("至少收下一件材料")[0][-120:]  # to the first mark of the list

    def test_discard_forgets_what_was_typed(self, desk):
        row = make.draft()
        assert desk.get(f"/counter/{row.pk}/discard/").status_code == 200
        desk.post(f"/counter/{row.pk}/discard/")
        row = again(row)
        assert row.answers == {} and row.applicant_name == "" and row.discarded_at
        assert desk.get(f"/counter/{make.received().pk}/discard/").status_code == 409  # no draft any more: nothing to ask

    def test_scan_without_a_script(self, desk):
        row = make.draft(without=("floor_plan",))
        page = desk.get(f"/counter/{row.pk}/work/")
        scan = SimpleUploadedFile("../平面图.exe", PNG, "image/png")
        data = sent(page, do="save") | {"files__floor_plan": scan}
        assert desk.post(f"/counter/{row.pk}/work/", data).status_code == 302
        kept = Attachment.objects.get()
        assert kept.name == "平面图.png" and kept.material.state == "supplied"
        file = desk.get(f"/files/attachment/{kept.pk}/")
        assert file.status_code == 200 and "sandbox" in file["Content-Security-Policy"]
        assert file["X-Content-Type-Options"] == "nosniff"
        work(desk, row, f"remove:{kept.pk}")
        kept.refresh_from_db()
        assert kept.removed_at

    def test_several_photos_of_one_material_are_one_paper(self, desk):
        """As from home: upright, in their order, one PDF; sent twice, kept once; unticked, or with a PDF among them, one by one."""
        row = make.draft(without=("floor_plan",))
        page = desk.get(f"/counter/{row.pk}/work/")
        out = BytesIO()
        Image.new("RGB", (30, 20), "white").save(out, "PNG")
        photo = out.getvalue()
        photos = lambda: [SimpleUploadedFile(f"{n}.png", photo, "image/png") for n in "ab"]  # noqa: E731
        for _ in range(2):
            desk.post(f"/counter/{row.pk}/work/", sent(page, do="save") | {"files__floor_plan": photos(), "together": "1"})
        kept = Attachment.objects.get()
        assert (kept.content_type, kept.name) == ("application/pdf", f"{kept.material.name}.pdf")
        up = f"/counter/{row.pk}/files/"
        assert desk.post(up, {"material": "id_card", "file": photos(), "together": "1"}).status_code == 200
        assert Attachment.objects.filter(material__code="id_card").count() == 1
        broken = [*photos(), SimpleUploadedFile("c.png", photo[:45], "image/png")]
        answer = desk.post(up, {"material": "business_licence", "file": broken, "together": "1"})
        assert answer.status_code == 422 and "第 3 张" in answer.text
        pdf = SimpleUploadedFile("b.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")
        mixed = [SimpleUploadedFile("a.png", photo, "image/png"), pdf]
        desk.post(up, {"material": "business_licence", "file": mixed, "together": "1"})
        assert Attachment.objects.filter(material__code="business_licence").count() == 2

    def test_foreign_file_is_refused_at_its_material(self, desk):
        row = make.draft()
        page = desk.get(f"/counter/{row.pk}/work/")
        data = sent(page, do="save") | {"files__id_card": SimpleUploadedFile("a.png", b"MZ" + b"\0" * 99)}
        answer = desk.post(f"/counter/{row.pk}/work/", data)
        assert answer.status_code == 422 and "只接收" in answer.text and not Attachment.objects.exists()


class TestOthers:
    """Nobody else: no row, no event."""

    PAGES = ["work", "save", "files", "due", "discard", "done", "papers", "applicant"]

    @pytest.mark.parametrize("username", ["cixi-clerk2", "city-clerk"])
    def test_draft_of_another_clerk_does_not_exist(self, enter, username):
        row = make.draft()
        other = enter(username)
        with people.nothing_written(Application, Party, Document):
            for page in ("work", "discard", "applicant"):
                assert other.get(f"/counter/{row.pk}/{page}/").status_code == 404
                assert other.post(f"/counter/{row.pk}/{page}/", {"do": "receive", "draft": "1"}).status_code == 404

    @pytest.mark.parametrize("username", ["scjg-reviewer", "cixi-issue", "cixi-auditor", "cixi-admin", "citizen"])
    def test_other_posts_are_told_whose_page_it_is(self, enter, username):
        row = make.received()
        other = enter(username)
        with people.nothing_written(Application, Document):
            for page in self.PAGES:
                assert other.get(f"/counter/{row.pk}/{page}/").status_code == 403
                assert other.post(f"/counter/{row.pk}/{page}/", {"do": "accept"}).status_code == 403

    def test_stranger_is_asked_to_sign_in(self, client, world):
        row = make.received()
        for page in self.PAGES:
            assert client.get(f"/counter/{row.pk}/{page}/")["Location"].startswith("/account/")

    def test_clerk_without_the_zone_is_refused(self, enter):
        row = make.received("individual-registration")
        other = make.user("cixi-clerk2")
        post = Post.objects.get(user=other)
        set_competence(by=SYSTEM, post=post, zones=["minsheng"], generalist=False)
        trained = enter("cixi-clerk2")
        with people.nothing_written(Document, Member):
            answer = work(trained, row, "accept")
        assert answer.status_code == 403 and "受理资格" in answer.text


def test_what_it_costs_follows_what_is_filled_in(desk):
    row = make.draft(HOUSE, situations={"by_agent": False})
    for use, told in ((None, "看申请表怎么填"), ("residential", "80.00 元"), ("non_residential", "550.00 元")):
        answers = {code: answer for code, answer in row.answers.items() if code != "house_use"}
        Application.objects.filter(pk=row.pk).update(answers=answers | ({"house_use": use} if use else {}))
        assert f"收费：{told}" in desk.get(f"/counter/{row.pk}/work/").text
    assert " · 不收费" in desk.get(f"/counter/{make.draft().pk}/work/").text
