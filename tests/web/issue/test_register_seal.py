"""The seal register: printed documents of decided cases, entered one by one or many at once, each bound to its bytes."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Member
from apps.directory import actions as directory
from apps.directory.models import Message, Post
from apps.issuance import paper
from apps.issuance.models import Document, SealRecord
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.time import now, today
from tests import make
from tests.people import nothing_written

pytestmark = pytest.mark.django_db
SEAL = "3302821000001"
DESK = "/issue/seal/"


def ready(**given) -> Member:
    member = make.decided(**given)
    make.printed(member.application_id)
    return member


def register(client, *members, number=SEAL):
    return client.post(reverse("issue:seal_register"), {"members": [m.pk for m in members], "seal_number": number})


def test_who_oversees_and_the_head_hear_that_nobody_keeps_the_seal_any_more(world, time_machine):
    """Merged away, or its only keeper gone: what was decided lay there, and the first word was that it is served too late."""
    time_machine.move_to(now())
    make.decided()
    post = make.user("scjg-seal").posts.get()
    told = Message.objects.filter(title="慈溪市市场监督管理局没有印章管理员：1 件待用印").order_by("pk")
    Post.objects.filter(pk=post.pk).update(valid_to=today())
    actions.tell_terms_over()
    assert not told.exists()  # the day itself is worked
    time_machine.shift(timedelta(days=1))
    for _ in range(2):
        actions.tell_terms_over()
    assert [one.user.username for one in told] == ["scjg-head", "cixi-supervisor"] and "请联系节点管理员任命" in told[0].text
    told.delete()
    directory.give_post(by=SYSTEM, user=make.user("scjg-reviewer2"), role="seal_keeper", department=post.department_id)
    actions.tell_terms_over()
    assert not told.exists()


class TestDesk:
    def test_documents_with_number_digest_and_state(self, at):
        member = ready()
        waiting = make.decided(decision="refuse")
        answer = at("scjg-seal").get(DESK)
        rows = {row["member"].pk: row for row in answer.context["rows"]}
        assert rows[member.pk]["ready"] and not rows[waiting.pk]["ready"]
        for document in Document.objects.filter(member_id=member.pk):
            assert document.number in answer.text and document.sha256 in answer.text
            assert reverse("document", args=[document.pk]) in answer.text
        assert "正在生成" in answer.text and answer.text.count('name="members"') == 1

    def test_stuck_document_names_its_characters(self, at, monkeypatch):
        def broken(document):
            raise paper.Unprintable("字库缺少这些字：𬭊，请人工处理（生僻字）。", by_hand=True)

        monkeypatch.setattr(paper, "make", broken)
        ready()
        text = at("scjg-seal").get(DESK).text
        assert "字库缺少这些字：𬭊" in text and "生僻字，待人工处理" in text
        assert "点“重新生成”" in text and "还在生成" not in text  # who mends it, and nothing to wait for

    def test_keeper_lands_here(self, at):
        assert at("scjg-seal").get("/issue/")["Location"] == DESK

    def test_nothing_to_seal(self, at):
        assert "没有待登记的文书" in at("scjg-seal").get(DESK).text

    def test_keeper_opens_the_pdf(self, at):
        member = ready()
        document = Document.objects.filter(member_id=member.pk).first()
        assert at("scjg-seal").get(reverse("document", args=[document.pk])).content.startswith(b"%PDF")


class TestRegister:
    def test_many_at_once_each_told(self, at):
        first, second, unprinted = ready(), ready(decision="refuse"), make.decided()
        answer = register(at("scjg-seal"), first, second, unprinted)
        assert answer.status_code == 200 and "已登记 2 件" in answer.text and "文书还在生成" in answer.text
        states = [Member.objects.get(pk=member.pk).state for member in (first, second, unprinted)]
        assert states == ["ready_for_issue", "ready_for_issue", "granted"]
        record = SealRecord.objects.filter(document__member_id=first.pk).first()
        assert (record.seal_number, record.keeper_name) == (SEAL, "余海英")
        assert record.sha256 == record.document.sha256

    @pytest.mark.parametrize("state", ["stuck", "failed"])
    def test_who_waits_for_a_paper_that_cannot_be_printed_is_told_so(self, at, state):
        member = make.decided()
        Document.objects.filter(member_id=member.pk).update(state=state, problem="字库缺少这些字：𱁬（U+3106C），请人工处理（生僻字）。")
        answer = register(at("scjg-seal"), member).text
        assert "点“重新生成”以后再登记用印" in answer and "稍后再登记用印" not in answer and "将重试" not in answer

    def test_sent_twice_is_registered_once(self, at):
        member, client = ready(), at("scjg-seal")
        for _ in range(2):
            assert "已登记 1 件" in register(client, member).text
        assert Event.objects.filter(name="member.seal").count() == 1
        other = register(client, member, number="3302821000002")  # from a page that was opened before
        assert f"已用印章编号 {SEAL} 登记，这次的编号没有记入" in other.text and "已登记 1 件" not in other.text

    def test_number_is_remembered_for_the_next(self, at):
        member, client = ready(), at("scjg-seal")
        register(client, member)
        ready()
        assert client.get(DESK).context["form"]["seal_number"].value() == SEAL

    @pytest.mark.parametrize("number", ["", "\x00", "9" * 41, "abc", "12345", "abcdefg"])
    def test_faulty_number_is_told_and_the_ticks_stay(self, at, number):
        member = ready()
        with nothing_written(SealRecord):
            answer = register(at("scjg-seal"), member, number=number)
        assert answer.status_code == 422 and "印章编号" in answer.text and " checked" in answer.text
        assert at("scjg-seal").get(DESK).context["form"]["seal_number"].value() != number or not number

    def test_nothing_ticked(self, at):
        ready()
        answer = at("scjg-seal").post(
            reverse("issue:seal_register"), {"members": ["x", "-3", "9" * 30], "seal_number": SEAL}
        )
        assert answer.status_code == 422 and "请先勾选" in answer.text and 'aria-current="page"><span>用印登记' in answer.text

    @pytest.mark.parametrize("username", ["cixi-issue", "scjg-reviewer", "scjg-head", "cixi-clerk", "cixi-supervisor"])
    def test_not_by_another_post(self, at, username):
        member, client = ready(), at(username)
        with nothing_written(SealRecord):
            assert register(client, member).status_code == 403
            assert client.get(DESK).status_code == 403

    @pytest.mark.parametrize("username", ["wsjs-head", "nb-scjg-head"])
    def test_not_by_the_keeper_of_another_department(self, at, username):
        member, client = ready(), at(username)
        with nothing_written(SealRecord):
            answer = register(client, member)
        assert "不在本部门" in answer.text and "没有找到" in answer.text
        assert member.application.number not in client.get(DESK).text
        document = Document.objects.filter(member_id=member.pk).first()
        assert client.get(reverse("document", args=[document.pk])).status_code == 404
