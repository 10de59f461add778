"""A letter on two pages: nobody's verdict is spoken over an answer that he has not read."""

import pytest

from apps.feedback import actions
from apps.feedback.models import Rectification
from tests import make
from tests.people import nothing_written

from .test_pages import bad  # noqa: F401

REPLY = {"measures": "已经培训窗口人员", "answer": "向您致歉，已整改"}


@pytest.fixture
def letter(bad):  # noqa: F811
    by = make.actor("cixi-supervisor")
    actions.call_back(by=by, rectification=bad.pk, note="已电话了解情况")
    return bad


def test_another_answer_than_was_checked_is_not_given_to_the_citizen(letter, at):
    """Sent back by a colleague and answered anew meanwhile: the page that stood open told the citizen what nobody had checked."""
    hall, city, page = make.actor("cixi-supervisor"), at("city-supervisor"), f"/feedback/{letter.pk}/judge/"
    actions.reply(by=hall, rectification=letter.pk, **REPLY)
    sent = {"settled": "yes", "words": "已核查属实", "once": "a", "seen": city.get(page).context["form"]["seen"].value()}
    actions.judge(by=make.actor("city-supervisor"), rectification=letter.pk, settled=False, words="没有看到培训记录")
    actions.reply(by=hall, rectification=letter.pk, measures="没有什么要改的", answer="您记错了，不用再来问")
    with nothing_written(Rectification):
        shown = city.post(page, sent)
    assert shown.status_code == 409 and "另有答复" in shown.text and "您记错了" in shown.text
    again = sent | {"settled": "no", "words": "答复态度生硬", "seen": shown.context["form"]["seen"].value()}
    assert [city.post(page, again).status_code for _ in range(2)] == [302, 302]
    assert Rectification.objects.get().state == "sent_back"


def test_an_appeal_is_judged_by_who_has_read_it(letter, at):
    hall, city, page = make.actor("cixi-supervisor"), at("city-supervisor"), f"/feedback/{letter.pk}/decide/"
    actions.appeal(by=hall, rectification=letter.pk, reason="录像里没有多跑")
    sent = {"right": "yes", "reason": "录像属实，没有多跑", "once": "a", "seen": city.get(page).context["form"]["seen"].value()}
    Rectification.objects.update(appeal_reason="不是本单位的事")  # passed on, and appealed by the one that has it now
    with nothing_written(Rectification):
        shown = city.post(page, sent)
    assert shown.status_code == 409 and "不是本单位的事" in shown.text
    assert city.post(page, sent | {"seen": shown.context["form"]["seen"].value()}).status_code == 302
