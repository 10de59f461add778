"""A department at which nobody stands any more: who oversees the node hears of it when there is work, once for that time."""

from django.urls import reverse

from apps.applications import actions
from apps.directory import actions as directory
from apps.directory.models import Message
from apps.journal.actor import SYSTEM
from tests import make
from tests.web.conftest import client_of


def test_work_that_comes_when_nobody_is_left_is_told_when_it_comes(world):
    """Nothing waited when they went: nobody was told, and the first word was that it is late."""
    for name in ("scjg-reviewer", "scjg-reviewer2", "scjg-head", "scjg-seal"):
        directory.lock_user(by=SYSTEM, user=make.user(name), reason="部门撤并")
    make.deliver_all()
    watch = Message.objects.filter(user=make.user("cixi-supervisor"), title__contains="件").order_by("title")
    actions.tell_terms_over()
    assert not watch.exists()
    job = make.job_of(make.accepted())
    for _ in range(2):
        actions.tell_terms_over()
    assert [said.title for said in watch] == ["慈溪市市场监督管理局没有审批人员：1 件待审查", "慈溪市市场监督管理局没有负责人：1 件在办"]
    assert watch[0].link == reverse("review:router") and str(job.application.number) in client_of("cixi-supervisor").get(watch[0].link).text
    watch.delete()
    actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="wsjs", reason="并入卫生计生")
    actions.tell_terms_over()
    assert not watch.exists()


def test_a_second_time_in_which_nobody_is_left_is_told_again(world):
    make.accepted()
    head = make.user("scjg-head")
    watch = Message.objects.filter(user=make.user("cixi-supervisor"), title__contains="没有负责人")
    for n in (1, 2):
        directory.end_post(by=SYSTEM, post=head.posts.get(ended_at=None), reason="岗位调整")
        make.deliver_all()
        actions.tell_terms_over()  # who comes second finds it told
        assert watch.count() == n
        directory.give_post(by=SYSTEM, user=head, role="head", department="scjg")
