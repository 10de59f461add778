"""What the pages say of a result whose decision was revoked: at the issue desk, to the applicant, to the department; and the API."""

import pytest
from django.urls import reverse

from apps.applications.models import Job, Member
from apps.journal.models import Event
from tests.api.client import Caller
from tests.applications.test_one_thing import seal
from tests.applications.test_what_is_revoked import SIGNED, case, others, revoke  # noqa: F401
from tests.people import nothing_written

from .test_hand_over_results import sent

pytestmark = pytest.mark.django_db


def test_the_desk_sees_why_and_hands_out_the_rest(case, days, at):  # noqa: F811
    page = reverse("issue:hand_over", args=[case.pk])
    for member in others(case):
        seal(member)
    before = at("cixi-issue").get(page)
    assert "要等全部办好，一次领取" in before.text and "小餐饮店登记" in before.context["waits"]
    gone = revoke(case, days)
    desk = at("cixi-issue")
    answer = desk.get(page)
    assert "“小餐饮店登记”承诺不实，决定已于2018年3月27日撤销。" in answer.text
    assert [pk for pk, _ in answer.context["handing"].fields["members"].widget.choices] == [m.pk for m in others(case)]
    assert answer.text.count("已撤销") == 1
    with nothing_written(Member, Event):
        refused = desk.post(page, sent(gone, members=[gone.pk]))
    assert refused.status_code in (409, 422)
    listed = Caller("cixi-issue").get("members/?queue=issue")["results"]
    assert sorted(row["id"] for row in listed) == sorted(m.pk for m in others(case))
    assert desk.post(page, sent(gone, members=[m.pk for m in others(case)])).status_code == 302
    job = Job.objects.get(member=gone)
    for who, address in (
        ("enterprise", reverse("citizen:mine", args=[case.pk])),
        ("scjg-reviewer", reverse("review:job", args=[job.pk])),
        ("cixi-clerk", reverse("counter:case", args=[case.pk])),
    ):
        assert "已撤销" in at(who).get(address).text, who
