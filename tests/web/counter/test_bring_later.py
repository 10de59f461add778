"""What is brought later at the counter: supplements and tolerated gaps, registered, judged, too late."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localtime

from apps.applications import actions
from apps.applications.models import Application, MaterialEntry
from apps.directory.models import Reveal
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.time import now
from tests import make, people

from .conftest import PNG, act, again, sent, with_gap


class TestLater:
    def test_complete_supplement_is_accepted_that_day(self, desk):
        row = make.awaiting()
        assert act(desk, row, "supplement", materials__premises_proof="in").status_code == 302
        assert again(row).state == "in_progress"
        assert row.materials.get(code="premises_proof").state == "supplemented"
        assert Document.objects.filter(root_id=row.pk, kind="supplement_receipt").count() == 1

    def test_part_of_it_waits_on(self, desk):
        row = make.awaiting(missing=("premises_proof", "id_card"))
        act(desk, row, "supplement", materials__premises_proof="in")
        assert again(row).state == "awaiting_supplement"
        page = desk.get(f"/counter/{row.pk}/supplement/")
        assert "materials__id_card" in page.text and "materials__premises_proof" not in page.text

    def test_scan_alone_registers_nothing_and_is_not_lost(self, desk):
        row = make.awaiting()
        scan = {"material": "premises_proof", "file": SimpleUploadedFile("租赁合同.png", PNG)}
        assert desk.post(f"/counter/{row.pk}/files/", scan).status_code == 200
        assert again(row).state == "awaiting_supplement"
        page = desk.get(f"/counter/{row.pk}/supplement/")
        assert "租赁合同.png" in page.text
        desk.post(f"/counter/{row.pk}/supplement/", sent(page))  # it is ticked: the scan shows that it came
        assert again(row).state == "in_progress"

    def test_what_lies_there_from_home_and_was_not_handed_in_is_registered_without_paper(self, desk):
        """Its line was not shown, and he who came with the paper could not hand it in."""
        row = make.from_home()
        row.materials.exclude(code="premises_proof").exclude(state="expected").update(state="supplied")
        row = actions.receive(by=make.actor("cixi-clerk"), application=row.pk)
        row = actions.ask_supplement(by=make.actor("cixi-clerk"), application=row.pk, gaps=[{"material": "premises_proof"}])
        home = make.actor("enterprise")
        actions.attach(by=home, application=row.pk, material="premises_proof", name="新合同.png", content=PNG)
        assert row.materials.get(code="premises_proof").state == "supplemented"
        page = desk.get(f"/counter/{row.pk}/supplement/")
        assert "materials__premises_proof" in page.text and "新合同.png" in page.text
        desk.post(f"/counter/{row.pk}/supplement/", sent(page))
        line = row.materials.get(code="premises_proof")
        assert (again(row).state, line.state, line.originals, line.copies) == ("in_progress", "supplemented", 0, 0)

    def test_scan_comes_with_the_form(self, desk):
        row = make.awaiting()
        data = sent(desk.get(f"/counter/{row.pk}/supplement/"), materials__premises_proof="in")
        data["files__premises_proof"] = SimpleUploadedFile("租赁合同.png", PNG)
        assert desk.post(f"/counter/{row.pk}/supplement/", data).status_code == 302
        assert again(row).state == "in_progress" and row.attachments.count() == 1

    def test_nothing_ticked_is_told(self, desk):
        row = make.awaiting()
        with people.nothing_written(Document):
            answer = act(desk, row, "supplement")
        assert answer.status_code == 422 and "请勾选这次补交了哪些材料" in answer.text
        assert 'id="id_materials__premises_proof_error"' in answer.text  # at the line itself, where the summary leads

    def test_what_need_not_come_after_all_is_marked_with_its_ground(self, desk):
        row = make.awaiting()
        page = desk.get(f"/counter/{row.pk}/supplement/").text
        assert 'value="waived"' in page and "免交的依据" in page
        assert act(desk, row, "supplement", materials__premises_proof="waived").status_code == 422
        given = {"materials__premises_proof": "waived", "remark__premises_proof": "平台已有，慈产证字第 3 号"}
        assert act(desk, row, "supplement", **given).status_code == 302
        assert again(row).state == "in_progress"
        assert MaterialEntry.objects.get(application=row, code="premises_proof").state == "waived"

    def test_unqualified_needs_its_reason(self, desk):
        row = make.awaiting()
        answer = act(desk, row, "supplement", materials__premises_proof="rejected")
        assert answer.status_code == 422 and "不合格的原因" in answer.text
        act(desk, row, "supplement", materials__premises_proof="rejected", remark__premises_proof="租期已过")
        assert again(row).state == "awaiting_supplement"
        assert MaterialEntry.objects.get(application=row, code="premises_proof").remark == "租期已过"

    def test_what_is_as_bad_as_before_is_registered_and_ends_it(self, desk):
        row, bad = make.received(without=("premises_proof",)), {"state": "rejected", "remark": "租期已过"}
        about = {"gaps": [{"material": "premises_proof"}], "materials": {"premises_proof": bad}}
        actions.ask_supplement(by=make.actor("cixi-clerk"), application=row.pk, **about)
        assert act(desk, row, "supplement").status_code == 422  # nobody said yet that anything came
        assert act(desk, row, "supplement", materials__premises_proof="rejected").status_code == 302
        page = desk.get(f"/counter/{row.pk}/").text
        assert f"/counter/{row.pk}/not-accept/" in page and "补来的不合格：" in page
        next(line for line in row.plan["materials"] if line["material"] == "premises_proof")["necessity"] = "optional"
        type(row).objects.filter(pk=row.pk).update(plan=row.plan)  # what one may leave out ends nothing, as it holds up nothing
        assert f"/counter/{row.pk}/not-accept/" not in desk.get(f"/counter/{row.pk}/").text

    def test_double_click_is_one_supplement(self, desk):
        row = make.awaiting()
        data = sent(desk.get(f"/counter/{row.pk}/supplement/"), materials__premises_proof="in")
        assert desk.post(f"/counter/{row.pk}/supplement/", data).status_code == 302
        with people.nothing_written(Document):
            assert desk.post(f"/counter/{row.pk}/supplement/", data).status_code == 302

    def test_after_the_cure_date_it_is_too_late(self, enter):
        row = make.awaiting()
        with time_machine.travel(now() + timedelta(days=60), tick=False):
            desk = enter()
            with people.nothing_written(Document):
                answer = act(desk, row, "supplement", materials__premises_proof="in")
            assert answer.status_code == 409 and "视为撤回" in answer.text

    def test_gap_is_cured(self, desk):
        row = make.accepted(gaps=["health_certificate"])
        assert act(desk, row, "gap", materials__health_certificate="in").status_code == 302
        assert not row.members.get().gap_open

    def test_what_is_over_is_told_before_anything_is_ticked(self, desk):
        """Opened again from an old tab: it went on explaining what completes the case, and led to a refusal that its page refuses."""
        mended, revoked = make.awaiting(), make.accepted(gaps=["health_certificate"])
        act(desk, mended, "supplement", materials__premises_proof="in")
        actions.withdraw(by=make.actor("cixi-clerk"), application=revoked.pk, reason="不办了")
        for row, where, why in ((mended, "supplement", "这个办件不在补正中。"), (revoked, "gap", "这个办件没有待补的容缺材料。")):
            page = desk.get(f"/counter/{row.pk}/{where}/").text
            assert why in page and "全部补齐的当日受理" not in page and "not-accept/" not in page and "materials__" not in page

    def test_bad_cure_ends_with_reasons(self, desk):
        row = make.awaiting()
        refused = act(desk, row, "not-accept", reason="不行")
        assert refused.status_code == 422
        door, early = f"/counter/{row.pk}/not-accept/", act(desk, row, "not-accept", reason="租赁合同已经过期，不能证明场所使用权")
        assert early.status_code == 409 and "还没有登记不合格的补正" in early.text  # the days of the notice are the applicant's
        assert "disabled" in desk.get(door).text and door not in desk.get(f"/counter/{row.pk}/").text
        home = make.actor("enterprise")
        actions.attach(by=home, application=row.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 old")
        actions.resubmit(by=home, application=row.pk)  # looked through now: it may be as bad as what is brought
        for page in ("", "work/"):
            assert door in desk.get(f"/counter/{row.pk}/{page}").text
        act(desk, row, "not-accept", reason="租赁合同已经过期，不能证明场所使用权")
        assert again(row).state == "not_accepted"

    @pytest.mark.parametrize(("page", "build"), [("supplement", make.received), ("gap", make.accepted)])
    def test_what_was_not_asked_for_has_no_page(self, desk, page, build):
        assert desk.get(f"/counter/{build().pk}/{page}/").status_code == 409


def test_pre_checks_stand_by_the_moment_from_which_an_answer_is_owed(desk, monkeypatch):
    """Not by the day on which somebody began to fill them in, maybe months ago; what was sent back waits anew. Page by page as well."""
    monkeypatch.setattr("apps.web.counter.precheck.SIZE", 1)
    clerk, first, second = make.actor("cixi-clerk"), make.from_home(), make.from_home("tobacco-retail-licence")
    actions.begin_pre_check(by=clerk, application=first.pk)
    actions.return_pre_check(by=clerk, application=first.pk, reason="平面图没有标出操作间")
    later = now() + timedelta(minutes=90)
    with time_machine.travel(later, tick=False):
        actions.submit(by=make.actor("enterprise"), application=first.pk)
    page = desk.get("/counter/pre-checks/")
    assert [line["row"].pk for line in page.context["rows"]] == [second.pk] and "提交时间" in page.text
    after = desk.get("/counter/pre-checks/", {"page": page.context["page"].next})
    assert [line["row"].pk for line in after.context["rows"]] == [first.pk] and f"{localtime(later):%H:%M}" in after.text


def test_a_page_from_before_it_was_sent_back_answers_nothing_of_what_came_since(desk):
    """Left open while a colleague sent it back, and pressed when it had been changed and handed in anew: it passed what nobody had read."""
    clerk, home, row = make.actor("cixi-clerk"), make.actor("enterprise"), make.from_home()
    address = f"/counter/pre-checks/{row.pk}/"
    actions.begin_pre_check(by=clerk, application=row.pk)
    old = desk.get(address).context
    actions.return_pre_check(by=clerk, application=row.pk, reason="平面图没有标出操作间")
    actions.submit(by=home, application=row.pk)
    assert "平面图没有标出操作间" in desk.get(address).text  # what a colleague asked for is compared with what came
    actions.begin_pre_check(by=clerk, application=row.pk)
    pages = [(old["pass_form"], "pass/", {}), (old["pass_form"], "pass/", {"do": "accept"}), (old["back_form"], "return/", {"reason": "经营场所不对"})]
    for form, way, more in pages:
        with people.nothing_written():
            told = desk.post(address + way, {name: form[name].value() or "" for name in form.fields} | more)
        assert told.status_code == 409 and "又重新提交" in told.text and again(row).state == "pre_checking"
    assert "经营场所不对" in told.text  # kept, and after a look at what there is now it may be sent
    shown = told.context["form"]
    assert desk.post(f"{address}return/", {name: shown[name].value() for name in shown.fields}).status_code == 302
    assert again(row).state == "pre_returned"


def test_what_came_from_home_is_read_in_full_against_a_reason_before_it_is_received(desk):
    """Number and address stood masked beside the photograph of the card, and accepting was one press away."""
    row = make.from_home()
    ask = {"field": "contact_mobile", "reason": "与身份证照片核对"}
    actions.begin_pre_check(by=make.actor("cixi-clerk"), application=row.pk)
    assert make.MOBILE not in (page := desk.get(f"/counter/pre-checks/{row.pk}/").text) and "查看（留痕）" in page
    refused, told = (desk.post(f"/counter/{row.pk}/reveal/", ask | more) for more in ({"reason": ""}, {}))
    assert refused.status_code == 422 and make.MOBILE not in refused.text and make.MOBILE in told.text and 'id="p-return"' in told.text
    actions.pass_pre_check(by=make.actor("cixi-clerk"), application=row.pk)
    look = f"/counter/pre-checks/{row.pk}/?look=1"
    assert look in desk.get(f"/counter/{row.pk}/work/").text and "查看（留痕）" in (page := desk.get(look).text) and "退回修改" not in page
    told = desk.post(f"/counter/{row.pk}/reveal/", ask).text
    assert make.MOBILE in told and f"/counter/{row.pk}/work/" in told and Reveal.objects.count() == 2


def test_what_is_sent_later_is_said_on_the_page_and_in_the_story(desk):
    """It was counted as a day on which somebody came."""
    gap, request, letter = with_gap(), make.asked_in_review(), make.awaiting()
    pages = [f"/counter/{gap.pk}/gap/", f"/counter/{request.application_id}/review-supplement/", f"/counter/{letter.pk}/supplement/"]
    assert all("材料是寄来的，申请人没有到窗口" in desk.get(page).text for page in pages)
    first = sent(desk.get(pages[2]), materials__premises_proof="in")
    assert desk.post(pages[2], first | {"by_mail": "on"}).status_code == 302
    assert Event.objects.get(chain=letter.chain, name="application.take_supplement").facts["by_mail"] is True
    assert "材料是寄来的" in desk.get(f"/counter/{letter.pk}/").text
    assert desk.post(pages[2], first).status_code == 422  # another statement is another request
    act(desk, gap, "gap", materials__health_certificate="in")
    assert "by_mail" not in Event.objects.get(chain=gap.chain, name="application.supply_gap").facts
    post, walked = make.awaiting(), make.awaiting()
    Application.objects.filter(pk__in=(post.pk, walked.pk)).update(channel="mail")  # it goes on as it began, unless somebody comes
    page = desk.get(f"/counter/{post.pk}/supplement/")
    assert sent(page)["by_mail"] is True and "by_mail" not in sent(desk.get(pages[1]))
    assert desk.post(f"/counter/{post.pk}/supplement/", sent(page, materials__premises_proof="in")).status_code == 302
    by_hand = sent(desk.get(f"/counter/{walked.pk}/supplement/"), materials__premises_proof="in", by_mail=None)
    assert desk.post(f"/counter/{walked.pk}/supplement/", by_hand).status_code == 302
    facts = [Event.objects.get(chain=one.chain, name="application.take_supplement").facts for one in (post, walked)]
    assert [one.get("by_mail", False) for one in facts] == [True, False] and [one.get("in_person", False) for one in facts] == [False, True]
    assert "材料是带到窗口的" in desk.get(f"/counter/{walked.pk}/").text


def test_what_came_from_home_is_not_told_as_sent_by_post(desk):
    """Of a case that came by post the box is ticked: a file from home that the desk registered stood in the story as an envelope."""
    row = make.awaiting()
    Application.objects.filter(pk=row.pk).update(channel="mail")
    actions.attach(by=make.actor("enterprise"), application=row.pk, material="premises_proof", name="合同.png", content=PNG)
    page = desk.get(f"/counter/{row.pk}/supplement/")
    assert desk.post(f"/counter/{row.pk}/supplement/", sent(page)).status_code == 302
    told = Event.objects.get(chain=row.chain, name="application.take_supplement").facts
    assert told["by_file"] == ["premises_proof"] and not {"by_mail", "in_person"} & told.keys()
    assert "材料是寄来的" not in desk.get(f"/counter/{row.pk}/").text
