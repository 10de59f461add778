"""A hand-over to the wrong person is taken back on its day by who did it: the results lie at the desk again, and nothing was served."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.applications.models import Member
from apps.deadlines.models import Clock
from apps.directory.models import Message
from apps.issuance.models import Document, HandOver
from apps.kit.time import now
from tests import make
from tests.people import nothing_written

from .test_hand_over_results import address, sent

pytestmark = pytest.mark.django_db


class TestTakeBack:
    """Handed to the wrong person: on the same day who did it takes it back, with a reason."""

    def handed(self, client) -> tuple[Member, HandOver, str]:
        member = make.sealed()
        client.post(address(member), sent(member))
        line = HandOver.objects.latest("pk")
        return member, line, reverse("issue:take_back", args=[line.pk])

    def test_the_results_lie_at_the_desk_again_and_nothing_was_served(self, at):
        desk = at("cixi-issue")
        member, line, back = self.handed(desk)
        due = Clock.objects.get(subject_id=member.pk, kind="delivery").due_on
        assert back in desk.get(reverse("issue:handed", args=[line.pk])).text
        assert all(words in desk.get(back).text for words in ("撤销这次交付", 'aria-label="统一出件"'))
        with nothing_written(Member, HandOver, Document, Clock):
            assert desk.post(back, {"reason": "错"}).status_code == 422
        assert desk.post(back, {"reason": "交给了同名的人，已当场收回"})["Location"] == address(member)
        again = Member.objects.get(pk=member.pk)
        assert (again.state, again.served_on) == ("ready_for_issue", None)
        clock = Clock.objects.get(subject_id=member.pk, kind="delivery", state="running")
        assert clock.due_on == due
        assert "已撤销" in desk.get(reverse("issue:register")).text
        page = desk.get(reverse("issue:handed", args=[line.pk])).text
        assert "送达回证作废" in page and "已当场收回" in page and back not in page
        make.deliver_all()
        assert Message.objects.filter(title__startswith="领取登记已撤销：").exists()
        story = make.case("enterprise", member.application).story
        assert "已当场收回" in next(one.detail for one in story if one.title == "领取登记已撤销，结果仍在出件窗口")
        assert desk.post(back, {"reason": "再撤销一次试试"}).status_code == 409
        assert desk.post(address(member), sent(member)).status_code == 302  # to the right one
        assert Member.objects.get(pk=member.pk).state == "collected" and HandOver.objects.count() == 2

    def test_not_by_another_nor_on_another_day_nor_what_a_courier_served(self, at, time_machine):
        _member, _line, back = self.handed(at("cixi-issue"))
        with nothing_written(Member, HandOver, Document, Clock):
            assert at("city-issue").get(back).status_code == 404
            for strange in ("cixi-clerk", "scjg-reviewer"):
                assert at(strange).post(back, {"reason": "不是我交付的"}).status_code == 403
        time_machine.move_to(now() + timedelta(days=1))
        with nothing_written(Member, HandOver, Document, Clock):
            answer = at("cixi-issue").post(back, {"reason": "第二天才发现交错"})
        assert answer.status_code == 409 and "当天" in answer.text
