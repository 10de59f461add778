"""A department at which nobody stands any more: who oversees the node hears of it when there is work, once for that time."""

from datetime import timedelta

import time_machine
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Application
from apps.directory import actions as directory
from apps.directory.models import Message, Post
from apps.journal.actor import SYSTEM
from apps.kit.time import now
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
    actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="wsjs", reason="并入卫生计生")
    actions.tell_terms_over()
    assert watch.all().count() == 2
    for _ in range(2):  # what still waits was told: a third that comes is on the page
        make.accepted()
        actions.tell_terms_over()
        assert watch.all().count() == 4  # the catalogue names that department still, and what was told of before is gone


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


def test_who_is_named_for_later_is_not_taken_for_who_went(world):
    """The gap before him was told under his name, and the one that he left behind himself to nobody."""
    make.accepted()
    watch = Message.objects.filter(user=make.user("cixi-supervisor"), title__contains="没有负责人")
    later = now() + timedelta(days=3)
    named = directory.give_post(by=SYSTEM, user=make.user("scjg-seal"), role="head", department="scjg", valid_from=later.date())
    directory.end_post(by=SYSTEM, post=make.user("scjg-head").posts.get(role="head"), reason="岗位调整")
    make.deliver_all()
    assert watch.count() == 1
    with time_machine.travel(later, tick=False):
        actions.tell_terms_over()
        assert watch.count() == 1
        directory.end_post(by=SYSTEM, post=named, reason="岗位调整")
        make.deliver_all()
    assert watch.count() == 2


def test_who_is_locked_again_is_told_again_also_beside_one_who_went_before(world):
    make.accepted()
    head, once = make.user("scjg-head"), now()
    watch = Message.objects.filter(user=make.user("cixi-supervisor"), title__contains="没有负责人")
    directory.end_post(by=SYSTEM, post=directory.give_post(by=SYSTEM, user=make.user("scjg-seal"), role="head", department="scjg"), reason="岗位调整")
    for n in (1, 2):
        with time_machine.travel(once + timedelta(hours=n), tick=False):
            directory.lock_user(by=SYSTEM, user=head, reason="长期出差")
            make.deliver_all()
            actions.tell_terms_over()
            assert watch.count() == n
            directory.unlock_user(by=SYSTEM, user=head, reason="已经回来")


def test_who_may_route_what_came_in_elsewhere_is_told_of_it(world):
    """What another node's hall took in is routed by who oversees that hall: he heard nothing, and who was told found nothing to route."""
    there = make.accepted("tobacco-retail-licence", by="city-clerk")
    here = make.accepted("tobacco-retail-licence")
    for post in Post.objects.filter(department="yancao", role="reviewer", ended_at=None):
        directory.end_post(by=SYSTEM, post=post, reason="部门撤并")
    make.deliver_all()
    actions.tell_terms_over()
    told = Message.objects.filter(title__contains="没有审批人员").values_list("user__username", "title")
    assert {name: title[-6:] for name, title in told} == {"cixi-supervisor": "2 件待审查", "city-supervisor": "1 件待审查"}
    pages = {name: client_of(name).get(reverse("review:router")).text for name in ("cixi-supervisor", "city-supervisor")}
    assert str(here.number) in pages["cixi-supervisor"] and str(there.number) not in pages["cixi-supervisor"]
    assert str(there.number) in pages["city-supervisor"]
    actions.reroute(by=make.actor("city-supervisor"), job=make.job_of(there).pk, department="scjg", reason="并入市场监管")
    make.accepted("tobacco-retail-licence", by="city-clerk")
    actions.tell_terms_over()
    assert {name: told.filter(user__username=name).count() for name in ("cixi-supervisor", "city-supervisor")} == {"cixi-supervisor": 1, "city-supervisor": 2}


def test_who_routes_for_several_nodes_is_told_of_all_that_came_in_there(world):
    """Where nodes have nobody of their own, one word of the first of them was all that the city heard."""
    _, other = (make.accepted("tobacco-retail-licence", by="city-clerk") for _ in "12")
    Application.objects.filter(pk=other.pk).update(node="330281")
    for post in Post.objects.filter(department="yancao", role="reviewer", ended_at=None):
        directory.end_post(by=SYSTEM, post=post, reason="部门撤并")
    make.deliver_all()
    told = Message.objects.filter(title__contains="没有审批人员", user=make.user("city-supervisor"))
    assert [said.title[-6:] for said in told] == ["2 件待审查"]


def test_who_was_named_and_never_came_is_not_taken_for_who_went(world):
    """On what would have been his first day the same gap was told once more, under his name."""
    make.accepted()
    watch = Message.objects.filter(user=make.user("cixi-supervisor"), title__contains="没有负责人")
    first = now() + timedelta(days=3)
    named = directory.give_post(by=SYSTEM, user=make.user("scjg-seal"), role="head", department="scjg", valid_from=first.date())
    directory.end_post(by=SYSTEM, post=make.user("scjg-head").posts.get(role="head"), reason="岗位调整")
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        directory.end_post(by=SYSTEM, post=named, reason="另有任用")
        make.deliver_all()
    with time_machine.travel(first, tick=False):
        actions.tell_terms_over()
    assert watch.count() == 1
