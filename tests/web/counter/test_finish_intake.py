"""How an intake ends, each by form posts alone: received, accepted, turned away, told of every gap."""

from datetime import timedelta

import pytest

from apps.applications import actions, papers
from apps.applications.models import Application, Member
from apps.applications.telling import words_for
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.time import today
from tests import make, people
from tests.supervision.test_measure_pre_checks import PAPER, passed
from tests.web.conftest import client_of

from .conftest import sent
from .test_take_in import again, opened, work


class TestActs:
    def test_receive(self, desk):
        row = make.draft()
        assert work(desk, row, "receive")["Location"] == f"/counter/{row.pk}/done/"
        row = again(row)
        assert row.state == "received" and row.number and row.notice_due
        assert Document.objects.get(root_id=row.pk).kind == "receipt"
        done = desk.get(f"/counter/{row.pk}/done/")
        assert row.number in done.text and "为什么是这一天" in done.text and "下一位" in done.text

    def test_receive_and_accept_is_one_transaction(self, desk):
        row = make.draft()
        work(desk, row, "accept")
        row = again(row)
        assert row.state == "in_progress" and row.due_on
        assert row.acceptor.username == "cixi-clerk"

    def test_refused_acceptance_leaves_the_draft_unreceived(self, desk):
        row = make.draft(without=("id_card",))
        with people.nothing_written(Document, Member):
            answer = work(desk, row, "accept")
        assert answer.status_code == 422 and "缺少主要材料" in answer.text
        row = again(row)
        assert row.state == "draft" and row.number is None

    def test_of_what_another_page_accepted_nothing_is_offered_that_would_drop_what_was_typed(self, desk):
        """"保存草稿" stood above the words that this page can do nothing any more, and led away from what they said is kept below."""
        row = make.draft()
        assert 'value="save"' in desk.get(f"/counter/{row.pk}/work/").text
        work(desk, row, "accept")
        late = desk.post(f"/counter/{row.pk}/work/", {"draft": "1", "do": "accept", "answers__contact_name": "陈二民"})
        assert late.status_code == 409 and "这一页不能再办" in late.text and "陈二民" in late.text
        assert 'value="save"' not in late.text and 'value="discard"' not in late.text and "/save/" not in late.text
        assert "自动保存" not in late.text and 'name="do"' not in late.text
        row = make.draft()
        work(desk, row, "not_handle", free_reason="这项经营依法不需要取得许可。", answers__enterprise_name="")
        late = desk.post(f"/counter/{row.pk}/work/", {"draft": "1", "do": "accept"})
        assert late.status_code == 409 and "现在是“无需办理”，不能办理这一步" in late.text and "必填，请填写" not in late.text

    @pytest.mark.parametrize("meanwhile", ["receive", "accept"])
    def test_what_is_saved_on_the_page_of_a_draft_that_is_none_any_more_is_not_dropped(self, desk, meanwhile):
        """"保存草稿", pressed before the page could say that it is over, led to the case without a word, and what was typed was gone."""
        row = make.draft("open-homestay", situations={"already_registered": True, "serves_meals": False})
        page = desk.get(f"/counter/{row.pk}/work/")
        assert "按新的情形更新清单" in page.text
        work(desk, row, meanwhile)
        for do in ("save", "remove:1", "accept"):
            with people.nothing_written(Document, Member):
                late = desk.post(f"/counter/{row.pk}/work/", sent(page, do=do, answers__contact_name="陈二民"))
            assert late.status_code == 409 and "这一页不能再办" in late.text and "陈二民" in late.text
            assert 'name="do"' not in late.text  # nothing is offered, not in the panels of the acts either

    def test_accept_with_gap_needs_the_promise(self, desk):
        row = make.draft(without=("health_certificate",))
        answer = work(desk, row, "accept_gap")
        assert answer.status_code == 422 and 'id="act-gap" open' in answer.text and "须由申请人书面承诺" in answer.text
        work(desk, row, "accept_gap", promised__health_certificate="on", gap_days="3")
        member = Member.objects.get(application=row)
        assert member.state == "accepted_with_gap" and member.gap_open

    def test_gap_days_beyond_the_promise_are_refused_at_their_box(self, desk):
        row = make.draft(without=("health_certificate",))
        answer = work(desk, row, "accept_gap", promised__health_certificate="on", gap_days="30")
        assert answer.status_code == 422 and answer.context["form"].errors["gap_days"]

    def test_one_time_notice_lists_every_gap(self, desk):
        row = make.draft(without=("premises_proof", "health_certificate"))
        work(desk, row, "supplement", gaps__premises_proof="租赁合同原件，写明面积和租期")
        row = again(row)
        assert row.state == "awaiting_supplement"
        told = {gap["material"]: gap for gap in row.notices.get().gaps}
        assert set(told) == {"premises_proof", "health_certificate"}
        assert told["premises_proof"]["requirement"] == "租赁合同原件，写明面积和租期"

    def test_a_certificate_on_record_is_waived_and_not_asked_for(self, desk):
        held = make.decided(code="enterprise-registration")
        make.filed(held.application_id)
        actions.register_seal(by=make.actor("scjg-seal"), member=held.pk, seal_number="3302821000001")
        number, row = make.certificate_of(held), make.draft(without=("business_licence",))
        for do, place in (("supplement", "gaps"), ("accept", "materials")):
            answer = work(desk, row, do)
            assert answer.status_code == 422 and number in answer.context["form"].errors[f"{place}__business_licence"][0]
        work(desk, row, "accept", materials__business_licence="waived", remark__business_licence=f"平台已有，{number}")
        assert again(row).state == "in_progress"

    def test_nothing_missing_no_notice(self, desk):
        row = make.draft()
        answer = work(desk, row, "supplement")
        assert answer.status_code == 422 and "应当受理" in answer.text
        row = again(row)
        assert row.state == "draft"

    def test_not_accept_names_the_competent_agency_and_needs_no_complete_form(self, desk):
        row = opened(desk)
        answer = work(desk, row, "not_accept", ground="not_our_power", reason="应由市级办理")
        assert answer.status_code == 422 and "有权办理的机关" in answer.text
        work(
            desk,
            row,
            "not_accept",
            ground="not_our_power",
            reason="应由市级办理",
            competent_agency="宁波市市场监督管理局",
        )
        row = again(row)
        assert row.state == "not_accepted"
        assert Document.objects.filter(root_id=row.pk, kind="non_acceptance").exists()
        assert "应由市级办理。请向宁波市市场监督管理局提出申请。" in desk.get(f"/counter/{row.pk}/").text

    def test_not_handle(self, desk):
        row = opened(desk)
        refused = work(desk, row, "not_handle", free_reason="")
        assert refused.status_code == 422 and refused.context["form"].errors.get("free_reason"), refused.context[
            "form"
        ].errors
        work(desk, row, "not_handle", free_reason="仅销售预包装食品，备案即可")
        row = again(row)
        assert row.state == "not_handled"

    @pytest.mark.parametrize("do", ["receive", "accept"])
    def test_double_click_makes_one_case(self, desk, do):
        row = make.draft()
        data = sent(desk.get(f"/counter/{row.pk}/work/"), do=do)
        first = desk.post(f"/counter/{row.pk}/work/", data)
        with people.nothing_written(Application, Document, Member):
            second = desk.post(f"/counter/{row.pk}/work/", data)
        assert first["Location"] == second["Location"] == f"/counter/{row.pk}/done/"
        assert Application.objects.filter(number__isnull=False).count() == 1

    def test_second_of_two_clerks_is_told_and_changes_nothing(self, desk):
        row = make.received()
        data = sent(desk.get(f"/counter/{row.pk}/work/"), do="accept")
        actions.accept(by=make.actor("cixi-clerk2"), application=row.pk)
        with people.nothing_written(Document, Member):
            answer = desk.post(f"/counter/{row.pk}/work/", data)
        assert answer.status_code == 409 and f'<a href="/counter/{row.pk}/">看这件现在的情况</a>' in answer.text
        assert again(row).acceptor.username == "cixi-clerk2"

    def test_received_case_is_checked_on_the_same_page(self, desk):
        row = make.received(without=("floor_plan",))
        page = desk.get(f"/counter/{row.pk}/work/")
        assert 'name="answers__' not in page.text and "收件并" not in page.text
        assert work(desk, row, "accept", materials__floor_plan="in")["Location"].endswith("/done/")
        row = again(row)
        assert row.state == "in_progress" and row.materials.get(code="floor_plan").state == "confirmed"

    def test_same_applicant_same_item_is_warned_of(self, desk):
        first, second = make.received(), make.draft()
        assert first.number in desk.get(f"/counter/{second.pk}/work/").text

    def test_due_day_of_another_number_of_days(self, desk):
        row = make.draft()
        assert "年" in desk.get(f"/counter/{row.pk}/due/", {"gap_days": "3"}).text
        for nonsense in ("0", "99", "-1", "１", "x" * 99, "²"):
            assert "1 到 60" in desk.get(f"/counter/{row.pk}/due/", {"gap_days": nonsense}).text


def test_what_was_sent_to_the_hall_is_neither_brought_nor_filed_from_home(desk):
    """No page could say so: it was taken in as brought, and counted as a day on which somebody came. Over the API the form counted as
    filled in from home, though it lay in no envelope."""
    assert "材料是寄来的" in desk.get("/counter/new/").text
    row = opened(desk, by_mail="on")
    walked = opened(desk, once="k2")
    assert (row.channel, walked.channel) == ("mail", "counter")
    assert ["材料寄来" in desk.get(f"/counter/{one.pk}/work/").text for one in (row, walked)] == [True, False]  # a slip is seen before receipt
    answers, lines = make.answers_for(row.plan), [one.code for one in row.materials.exclude(state="expected")]
    given = {"by": make.actor("cixi-clerk"), "application": row.pk, "answers": answers, "contact_mobile": make.MOBILE}
    actions.save_draft(**given)
    with people.nothing_written(Document, Member):
        assert "至少收下一件材料才能收件" in work(desk, row, "receive").text
    actions.save_draft(**given, materials={code: {"state": "supplied", "originals": 1} for code in lines if code != "application_form"})
    with people.nothing_written(Document, Member):
        refused = work(desk, row, "accept")
    assert refused.status_code == 422 and "缺少主要材料" in refused.text
    actions.save_draft(**given, materials={"application_form": {"state": "supplied", "originals": 1}})
    assert "要核对" not in desk.get(f"/counter/{row.pk}/work/").text  # its originals lie there
    post, brought = make.awaiting(), make.awaiting()
    Application.objects.filter(pk=post.pk).update(channel="mail")
    told = [papers.supplement_notice(again(one), one.notices.get(), make.actor("cixi-clerk")).how for one in (post, brought)]
    assert [how.startswith("寄到或者送到") for how in told] == [True, False]  # he need not come for what is lacking
    pages = [desk.get(f"/counter/{one.pk}/done/").text for one in (post, brought)]  # and so say the pages, on which nobody who sent it is spoken to
    assert ["也可以寄到或者送到原窗口" in page and "申请人没有到窗口" in page for page in pages] == [True, False]
    assert ["请告诉申请人" in page for page in pages] == [False, True]
    home = client_of("enterprise")
    assert ["寄到或者送到窗口补交" in home.get(f"/my/{one.pk}/supplement/").text for one in (post, brought)] == [True, False]
    accepted = Event(name="application.accept", subject_type="application", facts={"cure_by": "2018-03-09"})
    assert ["也可以寄到或者送到受理窗口" in words_for(accepted, again(one))[1] for one in (post, brought)] == [True, False]
    assert work(desk, row, "accept").status_code == 302 and again(row).state == "in_progress"
    assert "材料寄来" in desk.get(f"/counter/{row.pk}/").text
    assert "请他在网上看。申请人要做的：不用做什么。" in desk.get(f"/counter/{row.pk}/done/").text  # the clerk has the papers to send


def test_originals_that_were_sent_are_said_as_what_came_from_home_is_accepted(desk):
    """No page could say so: who had filed from home and sent his papers was counted as one who came."""
    home, here = passed(paper=True), make.received()
    shown = [desk.get(f"/counter/{one.pk}/work/") for one in (home, here)]
    assert ["材料是寄来的，申请人没有到窗口" in page.text for page in shown] == [True, False]  # of today's receipt he who stands here brings the rest
    page, first = f"/counter/{home.pk}/work/", sent(shown[0], do="accept", **{f"materials__{PAPER}": "in", f"originals__{PAPER}": "1"})
    assert [desk.post(page, first | {"by_mail": "on"}).status_code for _ in "12"] == [302, 302]  # a double click
    assert Event.objects.get(chain=home.chain, name="application.accept").facts["by_mail"] is True
    assert desk.post(page, first).status_code == 422  # another statement is another request
    assert "材料是寄来的" in desk.get(f"/counter/{home.pk}/").text


def test_nobody_brought_the_originals_of_what_was_handed_in_for_good_from_home(desk):
    """The page had them entered before anybody came: told what is lacking, who sat at home had run once and his originals were seen."""
    home = passed(paper=True)
    stands_here = desk.get(f"/counter/{home.pk}/work/").context["form"][f"originals__{PAPER}"].value()
    actions.receive(by=make.actor("enterprise"), application=home.pk)
    desk.post(f"/counter/{home.pk}/begin/", {"once": "b"})
    page = desk.get(f"/counter/{home.pk}/work/")
    assert (stands_here, page.context["form"][f"originals__{PAPER}"].value()) == (1, 0) and "核原件" in page.text
    other = next(one.code for one in home.materials.exclude(code=PAPER) if f"materials__{one.code}" in page.context["form"].fields)
    bad = {f"materials__{other}": "rejected", f"remark__{other}": "看不清"}
    assert desk.post(f"/counter/{home.pk}/work/", sent(page, do="supplement", **bad)).status_code == 302
    assert "brought" not in Event.objects.get(chain=home.chain, name="application.ask_supplement").facts
    assert home.materials.get(code=PAPER).originals == 0


def test_who_was_received_at_the_window_before_he_is_accepted_stands_there_with_his_originals(desk, days):
    """收件 alone is a button of the page: the next one took him for somebody at home."""
    home = passed(paper=True)
    assert desk.post(f"/counter/{home.pk}/work/", sent(desk.get(f"/counter/{home.pk}/work/"), do="receive")).status_code == 302
    desk.post(f"/counter/{home.pk}/begin/", {"once": "b"})
    page = f"/counter/{home.pk}/work/"
    stands_here = desk.get(page).context["form"][f"originals__{PAPER}"].value()
    days.at(today() + timedelta(days=1))
    gone = client_of("cixi-clerk").get(page).context["form"][f"originals__{PAPER}"].value()
    assert (stands_here, gone) == (1, 0)
