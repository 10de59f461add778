"""更正补发 of one certificate of a one-thing whose results are taken together."""

from apps.applications import actions, queries_issue
from apps.applications.models import Member
from apps.directory.models import Message
from tests import make

from .test_one_thing import seal
from .test_reissue_certificate import clean, hand_over, reissue
from .test_what_is_revoked import called, slips
from .test_what_is_revoked import case as small_restaurant  # noqa: F401


def test_of_a_one_thing_taken_together_one_is_made_anew(small_restaurant, days):  # noqa: F811
    """At the desk all wait for it again and are called for again; once they were taken it is fetched alone."""
    case = small_restaurant
    members = list(Member.objects.filter(application=case).select_related("department"))
    for member in members:
        seal(member)
    days.work()
    one, desk = members[0], make.actor("cixi-issue")
    assert (called(case), list(slips(case))) == (1, ["queued"])
    reissue(one)
    assert queries_issue.issue_queue(desk).count() == 0 and list(slips(case)) == ["void"]
    seal(one)
    days.work()
    assert queries_issue.issue_queue(desk).count() == len(members)
    assert sorted(state for state in slips(case)) == ["queued", "void"]
    everything = [member.pk for member in members]
    make.filed(case.pk)
    actions.hand_over(by=desk, application=case.pk, members=everything, collection=make.collection())
    reissue(one)
    seal(one)
    days.work()
    told = Message.objects.filter(root_id=case.pk, title__startswith="可以领取了")
    assert told.exists() and len(hand_over(one).documents) == 1
    assert clean() == []
