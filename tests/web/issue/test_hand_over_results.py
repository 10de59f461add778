"""The unified issue desk: find the case, check who stands there, hand over against a signature, print the receipt."""

import base64
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from apps.applications import actions
from apps.applications.models import Member
from apps.deadlines.models import Clock
from apps.directory import queries as directory
from apps.directory.actions import save_party
from apps.directory.models import Message, Region, Reveal
from apps.gateway.twins import EICAR
from apps.issuance import paper
from apps.issuance.models import Document, HandOver
from apps.journal.models import Event
from apps.kit.errors import Later
from apps.kit.time import today
from tests import make
from tests.applications.test_choose_handout import retired
from tests.people import nothing_written

pytestmark = pytest.mark.django_db
HOME = "/issue/"
PERSON = {"kind": "person", "name": "王小明", "id_number": "330203199001010014", "mobile": "13805740002"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def address(member: Member) -> str:
    return reverse("issue:hand_over", args=[member.application_id])


def sent(member: Member, **given) -> dict:
    """The legal representative comes himself."""
    return {
        "members": [member.pk],
        "relation": "legal_rep",
        "collector_name": "李一味",
        "id_kind": "citizen_id",
        "id_number": make.PERSON_ID,
        "signature": "李一味",
        "location": "慈溪市统一出件窗口",
        **given,
    }


def proxy(name: str = "委托书.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def drawn(mode: str = "RGBA", size=(60, 20)) -> str:
    out = io.BytesIO()
    Image.new(mode, size, (0, 0, 0, 255)).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


class TestFind:
    def test_what_lies_here_oldest_first_and_masked(self, at):
        first, second = make.sealed(applicant=PERSON), make.sealed()
        answer = at("cixi-issue").get(HOME)
        assert [row.pk for row in answer.context["page"].rows] == [first.pk, second.pk]
        assert "王*明" in answer.text and "王小明" not in answer.text

    def test_each_says_by_when_it_should_be_served(self, at):
        member = make.sealed()
        clock = Clock.objects.get(subject_type="member", subject_id=member.pk, kind="delivery")
        shown = at("cixi-issue").get(HOME).text.partition('data-label="送达期限"')[2].partition("</td>")[0]
        assert clock.due_on.isoformat() in shown and "还有" in shown
        Clock.objects.filter(pk=clock.pk).update(light="overdue")
        assert "超期" in at("cixi-issue").get(HOME).text

    @pytest.mark.parametrize("words", ["number", PERSON["id_number"], "王小明"])
    def test_one_case_found_leads_straight_to_it(self, at, words):
        member = make.sealed(applicant=PERSON)
        make.sealed()
        words = member.application.number if words == "number" else words
        assert at("cixi-issue").post(HOME, {"q": words})["Location"] == address(member)

    def test_the_code_on_the_voucher_is_scanned(self, at):
        """The page asks for it, and a scanner types the whole address, through an input method in wide letters."""
        member, waits = make.sealed(), make.received()
        desk = at("cixi-issue")
        for wide in (False, True):
            typed = paper.address(Document.objects.get(root_id=member.application_id, kind="receipt"))
            typed = "".join(chr(ord(letter) + 0xFEE0) for letter in typed) if wide else typed
            assert desk.post(HOME, {"q": typed})["Location"] == address(member)
        typed = paper.address(Document.objects.get(root_id=waits.pk, kind="receipt"))
        assert waits.number in desk.post(HOME, {"q": typed}).text and "没有找到" in at("city-issue").post(HOME, {"q": typed}).text
        assert "没有找到" in desk.post(HOME, {"q": "http://localhost/verify/GUESS2345678/"}).text

    def test_several_are_listed(self, at):
        make.sealed(), make.sealed()
        answer = at("cixi-issue").post(HOME, {"q": "一味"})
        assert answer.status_code == 200 and len(answer.context["page"].rows) == 2

    def test_not_ready_says_where_it_stands(self, at):
        case = make.accepted()
        answer = at("cixi-issue").post(HOME, {"q": case.number})
        assert "还没有可以领取的结果" in answer.text and "办理中" in answer.text
        assert "现在没有可以领取的结果" in at("cixi-issue").get(reverse("issue:hand_over", args=[case.pk])).text

    def test_sister_node_finds_nothing(self, at):
        member = make.sealed()
        client = at("city-issue")
        assert "没有找到" in client.post(HOME, {"q": member.application.number}).text
        assert client.get(address(member)).status_code == 404

    @pytest.mark.parametrize("words", ["\x00", "%", "'; --", "x" * 201, "😀", "　"])
    def test_strange_words(self, at, words):
        answer = at("cixi-issue").post(HOME, {"q": words})
        assert answer.status_code == 200 or (answer.text.count("field__error") == 1 and "<title>错误：" in answer.text)

    def test_nothing_waits(self, at):
        assert "没有待领取的结果" in at("cixi-issue").get(HOME).text


class TestHandOver:
    def test_to_the_legal_representative(self, at, monkeypatch):
        member, client = make.sealed(), at("cixi-issue")
        page = client.get(address(member))
        assert "3302**********0021" in page.text and make.PERSON_ID not in page.text
        assert page.context["form"]["location"].value() == "慈溪市统一出件窗口"
        monkeypatch.setattr(directory, "_regions_known", (0.0, {}))
        Region.objects.filter(pk="330282").update(valid_to=today() - timedelta(1))  # merged since: what lies here is still given
        assert "慈溪市统一出件窗口" in at("cixi-issue").get(address(member)).text
        assert page.text.count("autofocus") == 1 and "autofocus" in str(page.context["form"]["collector_name"])
        answer = client.post(address(member), sent(member), follow=True)
        assert answer.status_code == 200 and "结果已交付" in answer.text and make.PERSON_ID not in answer.text
        line = HandOver.objects.get()
        assert (line.relation, line.collector_name, line.clerk_name) == ("legal_rep", "李一味", "胡佩君")
        assert len(line.documents) == 2
        handed = Member.objects.get(pk=member.pk)
        assert handed.state == "collected" and handed.served_on

    def test_service_receipt_opens_when_printed(self, at):
        member, client = make.sealed(), at("cixi-issue")
        client.post(address(member), sent(member))
        line = HandOver.objects.get()
        result = reverse("issue:handed", args=[line.pk])
        assert "正在生成" in client.get(result).text
        make.printed(member.application_id)
        paper = reverse("document", args=[line.receipt_id])
        assert paper in client.get(result).text
        assert client.get(paper).content.startswith(b"%PDF")

    def test_applicant_in_person(self, at):
        member = make.sealed(applicant=PERSON)
        given = sent(
            member, relation="self", collector_name="王小明", signature="王小明", id_number="330203 19900101 0014"
        )
        assert at("cixi-issue").post(address(member), given).status_code == 302

    def test_who_has_another_name_since_he_applied_shows_it(self, at):
        member = make.sealed(applicant=PERSON)
        save_party(by=make.actor("cixi-clerk"), **PERSON | {"name": "王晓明"})
        given = sent(member, relation="self", collector_name="王晓明", signature="王晓明", id_number=PERSON["id_number"])
        assert at("cixi-issue").post(address(member), given).status_code == 302

    def test_clicked_twice_is_handed_once(self, at):
        member, client = make.sealed(), at("cixi-issue")
        key = client.get(address(member)).context["form"]["once"].value()
        targets = {client.post(address(member), sent(member, once=key))["Location"] for _ in range(2)}
        assert len(targets) == 1 and HandOver.objects.count() == 1
        assert Event.objects.filter(name="member.collect").count() == 1

    def test_second_hand_over_is_refused(self, at):
        member, client = make.collected(), at("cixi-issue")
        with nothing_written(HandOver, Document):
            answer = client.post(address(member), sent(member))
        assert answer.status_code == 409 and "已经交付" in answer.text

    @pytest.mark.parametrize("name,given", [("委托代理人", "agent"), ("单位负责收件的人", "staff")])
    def test_proxy_with_his_paper(self, at, name, given):
        member, client = make.sealed(), at("cixi-issue")
        told = sent(member, relation=given, collector_name="赵小红", signature="赵小红", id_number="330203199001010014")
        with nothing_written(HandOver, Document):
            refused = client.post(address(member), told)
        assert refused.status_code == 422 and "代领凭据" in refused.text
        done = client.post(address(member), told | {"proxy_evidence": proxy()})
        assert done.status_code == 302
        line = HandOver.objects.get()
        assert line.get_relation_display() == name and line.proxy_sha256

    def test_who_is_not_here_learns_once_what_was_taken_for_him(self, at):
        member = make.sealed()
        told = sent(member, relation="agent", collector_name="赵小红", signature="赵小红", id_number="330203199001010014")
        at("cixi-issue").post(address(member), told | {"proxy_evidence": proxy()})
        make.deliver_all()
        (row,) = Message.objects.filter(root_id=member.application_id, title__startswith="已由他人代领")
        assert "委托代理人凭代领凭据领走了：“食品经营许可”" in row.text and "赵" not in row.text
        mine = at("enterprise").get(reverse("citizen:mine", args=[member.application_id])).text
        assert "结果由他人代领" in mine and "前（含当日）申请行政复议" in mine

    def test_what_was_left_with_who_refused_it_is_not_told_as_fetched(self, at):
        member = make.sealed()
        desk, page = at("cixi-issue"), address(member)
        refused = sent(member, relation="staff", collector_name="赵小红", id_number="", signature="", location="住所", refusal_reason="不同意决定")
        with nothing_written(HandOver):
            answer = desk.post(page, refused)
        assert answer.status_code == 422 and "至少有一名见证人" in answer.text and "请填写“证件号码”" not in answer.text
        with nothing_written(HandOver):  # a witness is not passed over: the reason is asked for, in the open
            answer = desk.post(page, refused | {"refusal_reason": "", "witnesses": "居委会王某"})
        assert "留置送达应写明拒收事由" in answer.text and '<details class="field" open>' in answer.text
        assert desk.post(page, refused | {"witnesses": "居委会王某、李某"}).status_code == 302
        line = HandOver.objects.get()
        assert (line.method, line.witnesses, line.collector_masked) == ("left", ["居委会王某", "李某"], "")
        text = desk.get(reverse("issue:handed", args=[line.pk])).text
        assert "不同意决定" in text and "居委会王某" in text and "留置的这天就是送达日" in text and "签收日" not in text
        assert "留置送达" in desk.get(reverse("issue:register")).text
        story = [one.title for one in make.case("cixi-issue", member.application).story]
        assert "已留置送达" in desk.get(page).text
        reviewed = at("scjg-reviewer").get(reverse("review:job", args=[make.job_of(member.application).pk])).text
        assert "已留置送达" in reviewed and "已领取" not in reviewed
        finished = at("scjg-reviewer").get(reverse("review:done")).text
        assert "已留置送达" in finished and "已领取" not in finished
        assert "拒收，已依法留置送达" in story and not {"结果已领取", "结果由他人代领"} & set(story)

    def test_who_came_himself_is_told_nothing_more(self, at):
        member = make.sealed()
        at("cixi-issue").post(address(member), sent(member, collector_name="李 一味"))
        told = next(one for one in make.case("enterprise", member.application).story if one.title == "结果已领取")
        assert told.detail.startswith(f"送达日 {today():%Y年%-m月%-d日}；申请复议")  # as of a parcel that was signed for
        assert HandOver.objects.exists() and not Event.objects.filter(name="application.hand_to_proxy").exists()

    def test_drawn_signature_is_kept_with_the_typed_one(self, at):
        member = make.sealed()
        answer = at("cixi-issue").post(address(member), sent(member, signature_drawn=drawn()))
        assert answer.status_code == 302 and HandOver.objects.get().signature_sha256


class TestRefused:
    @pytest.mark.parametrize(
        "given,told",
        [
            ({"id_number": "330203199001010014"}, "不是本人"),
            ({"collector_name": "李二味", "signature": "李二味"}, "姓名与办件登记的不一致"),
            ({"id_kind": "passport", "id_number": "E12345678"}, "请出示居民身份证"),
            ({"relation": "staff"}, "请录入代领人的"),
            ({"id_number": "330282198506150022"}, "校验位不对"),
            ({"id_number": ""}, "请填写“证件号码”"),
            ({"signature": "别人"}, "签名与收件人姓名不一致"),
            ({"signature": ""}, "请填写“领取人签名”"),
            ({"relation": "self"}, "单位的办件请选法定代表人"),
            ({"relation": "boss"}, "不在可选范围内"),
            ({"members": []}, "请选择"),
            ({"members": ["7", "x"]}, "请重新选择“交付的结果”"),
            ({"members": ["922337203685477580"]}, "不属于这个办件"),
            ({"id_kind": "passport", "id_number": "!!"}, "5 至 20 位"),
            ({"location": " "}, "请填写“交付地点”"),
            ({"signature_drawn": "data:text/html;base64,PHNjcmlwdD4="}, "手写签名没有传好"),
            ({"signature_drawn": "data:image/png;base64,@@@"}, "手写签名没有传好"),
            ({"signature_drawn": "data:image/png;base64,SGVsbG8="}, "PNG 图片"),
            ({"collector_name": "\x00"}, "领取人姓名"),
            ({"collector_name": "李" * 101}, "最多填写 100 个字"),
        ],
    )
    def test_told_at_the_field_and_what_was_typed_stays(self, at, given, told):
        member = make.sealed()
        with nothing_written(HandOver, Document):
            answer = at("cixi-issue").post(address(member), sent(member, **given, remark="雨天来的"))
        assert answer.status_code == 422 and told in answer.text
        assert "雨天来的" in answer.text and "<title>错误：" in answer.text
        assert Member.objects.get(pk=member.pk).state == "ready_for_issue"

    @pytest.mark.parametrize(
        "content,name",
        [
            (b"MZ\x90\x00", "a.pdf"),
            (b"<html>", "a.png"),
            (b"", "a.pdf"),
            (PDF.replace(b"<<>>endobj", b"<</S/J#61vaScript>>endobj"), "a.pdf"),
            (PDF + EICAR, "a.pdf"),
        ],
    )
    def test_proxy_paper_that_is_none(self, at, content, name):
        member = make.sealed()
        told = sent(
            member, relation="agent", collector_name="赵小红", signature="赵小红", id_number="330203199001010014"
        )
        answer = at("cixi-issue").post(address(member), told | {"proxy_evidence": proxy(name, content)})
        assert answer.status_code == 422 and not HandOver.objects.exists()
        assert "请再选一次" in answer.text

    def test_proxy_paper_for_which_the_scanner_is_silent(self, at, monkeypatch):
        """Never taken on trust: nothing is handed over, and it is said what to do."""
        monkeypatch.setattr("tests.scanner.Scanner.infected", lambda self, content: (_ for _ in ()).throw(Later("静默")))
        member = make.sealed()
        told = sent(member, relation="agent", collector_name="赵小红", signature="赵小红", id_number="330203199001010014")
        with nothing_written(HandOver, Document):
            answer = at("cixi-issue").post(address(member), told | {"proxy_evidence": proxy()})
        assert answer.status_code == 422 and "没有应答" in answer.text

    def test_without_a_number_on_record_nobody_is_the_legal_representative(self, at):
        plain = {key: value for key, value in make.APPLICANT.items() if key != "legal_rep_id"}
        plain |= {"id_number": "91330282MA2A00002N", "name": "慈溪市无名餐饮有限公司"}
        member = make.sealed(applicant=plain)
        with nothing_written(HandOver):
            answer = at("cixi-issue").post(address(member), sent(member))
        assert answer.status_code == 422 and "无法核对" in answer.text
        left = sent(member, id_number="", signature="", refusal_reason="不同意决定", witnesses="居委会王某")
        assert at("cixi-issue").post(address(member), left).status_code == 302  # who refuses shows no number

    def test_result_of_another_case(self, at):
        mine, other = make.sealed(), make.sealed()
        with nothing_written(HandOver):
            answer = at("cixi-issue").post(address(mine), sent(mine, members=[other.pk]))
        assert answer.status_code == 422

    @pytest.mark.parametrize("username", ["scjg-seal", "scjg-reviewer", "scjg-head", "cixi-clerk", "cixi-supervisor"])
    def test_not_by_another_post(self, at, username):
        member, client = make.sealed(), at(username)
        with nothing_written(HandOver):
            assert client.post(address(member), sent(member)).status_code == 403
            assert client.get(address(member)).status_code == 403
            assert client.get(reverse("issue:register")).status_code == 403

    def test_not_by_a_sister_node(self, at):
        member, client = make.sealed(), at("city-issue")
        with nothing_written(HandOver, Reveal):
            assert client.post(address(member), sent(member)).status_code == 404
            told = {"field": "applicant.legal_rep_id", "reason": "核对身份"}
            assert client.post(reverse("issue:reveal", args=[member.application_id]), told).status_code == 404

    def test_number_in_full_only_with_a_reason(self, at):
        member, client = make.sealed(), at("cixi-issue")
        reveal = reverse("issue:reveal", args=[member.application_id])
        assert client.post(reveal, {"field": "applicant.legal_rep_id", "reason": ""}).status_code == 422
        answer = client.post(reveal, {"field": "applicant.legal_rep_id", "reason": "号码看不清，当面核对"})
        assert answer.status_code == 200 and make.PERSON_ID in answer.text
        assert Reveal.objects.get().by == make.user("cixi-issue")
        asked = {"field": "applicant.legal_rep_id", "reason": "再当面核对一次"}
        alone = client.post(reveal, asked, headers={"HX-Request": "true"}).text  # the collector that is half typed stays
        assert make.PERSON_ID in alone and "collector_name" not in alone


class TestRegister:
    def test_of_the_day_with_receipts_to_print_again(self, at):
        member = make.collected()
        make.filed(member.application_id)
        client = at("cixi-issue")
        text = client.get(reverse("issue:register")).text
        assert "李*味" in text and "补打" in text and "3302**********0021" in text
        assert "这一天没有出件" in client.get(reverse("issue:register"), {"day": "2017-09-01"}).text
        assert client.get(reverse("issue:register"), {"day": "yesterday"}).status_code == 200

    def test_sister_node_has_its_own(self, at):
        make.collected()
        client = at("city-issue")
        assert "这一天没有出件" in client.get(reverse("issue:register")).text
        assert client.get(reverse("issue:handed", args=[HandOver.objects.get().pk])).status_code == 404

    def test_exported_masked(self, at):
        import openpyxl

        make.collected()
        answer = at("cixi-issue").get(reverse("issue:register_export"))
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        cells = [cell.value for row in sheet.iter_rows() for cell in row]
        assert "李*味" in cells and "李一味" not in cells and make.PERSON_ID not in cells

    @pytest.mark.parametrize("pk", ["0", "9" * 30])
    def test_numbers_beyond_everything(self, at, pk):
        client = at("cixi-issue")
        for path in (f"/issue/{pk}/", f"/issue/handed/{pk}/"):
            assert client.get(path).status_code == 404
        assert client.post(f"/issue/{pk}/", {}).status_code == 404


def test_the_receipt_of_several_results_names_them_all(at):
    """It bore the first one's name and number over all of them."""
    case = retired("as_ready")
    rows, desk = list(case.members.order_by("pk")), at("cixi-issue")
    known = sent(rows[0], relation="self", collector_name="王小明", signature="王小明", id_number=PERSON["id_number"])
    done = desk.post(address(rows[0]), known | {"members": [row.pk for row in rows]})
    paper = HandOver.objects.get().receipt.payload
    assert (paper["item"]["name"], paper["case_number"]) == ("、".join(row.name for row in rows), case.number)
    for page in (done["Location"], reverse("issue:register")):
        assert all(f"（{row.name}）" in desk.get(page).text for row in rows)


def test_why_nothing_can_be_handed_out_before_and_without_a_decision(at):
    waits = make.received()
    page = reverse("issue:hand_over", args=[waits.pk])
    assert "这件还没有受理。" in at("cixi-issue").get(page).text
    actions.withdraw(by=make.actor("cixi-clerk"), application=waits.pk, reason="不办了")
    assert "没有受理就结束了" in at("cixi-issue").get(page).text
    told = [at("cixi-issue").get(reverse("issue:hand_over", args=[case.pk])).context["nothing"] for case in (make.accepted(), make.decided().application)]
    assert told == ["部门还没有作出决定。", "部门已经作出决定，文书还没有登记用印。"]
