"""A paper promised for an item of a one-thing that still waits for its predecessor: the day is told, and it can be brought."""

import pytest

from apps.applications import actions
from apps.applications.models import Member
from apps.deadlines.engine.telling import full
from apps.deadlines.models import Clock
from apps.issuance import queries as documents
from apps.kit.time import today
from tests import make
from tests.web.conftest import client_of

from .test_run_bundle import decide, restaurant

LATER, PAPER = "food-licence", "health_certificate"


@pytest.fixture
def case(world):
    return restaurant(gaps=[PAPER])


def test_the_day_is_told_wherever_the_next_step_is(case):
    notice = case.notices.get(kind="gap")
    member = case.members.get(code=LATER)
    assert (member.state, member.gap_open, member.gap_cure_by) == ("waiting", False, notice.cure_by)
    assert not case.members.exclude(pk=member.pk).filter(gap_cure_by__isnull=False).exists()
    told = f"请在 {full(notice.cure_by)}前（含当日）补齐承诺的材料：可以在网上补，也可以到受理窗口。"
    assert make.case("cixi-clerk", case).now[2] == told
    assert told in client_of("cixi-clerk").get(f"/counter/{case.pk}/done/").text
    assert told in client_of("cixi-clerk").get(f"/counter/{case.pk}/").text


def test_it_can_be_brought_before_the_item_begins(case):
    clerk, page = client_of("cixi-clerk"), f"/counter/{case.pk}/gap/"
    assert f'href="{page}"' in clerk.get(f"/counter/{case.pk}/").text
    actions.supply_gap(by=make.actor("cixi-clerk"), application=case.pk, materials={PAPER: {"state": "supplied", "originals": 1}})
    assert Member.objects.get(application=case, code=LATER).gap_cure_by is None
    assert make.case("cixi-clerk", case).now[2] == "不用做什么。"
    assert f'href="{page}"' not in clerk.get(f"/counter/{case.pk}/").text
    decide(case, "enterprise-registration")
    assert case.members.get(code=LATER).state == "accepted"


def test_what_is_not_brought_stands_as_a_gap_of_the_same_day(case):
    decide(case, "enterprise-registration")
    member = case.members.get(code=LATER)
    assert (member.state, member.gap_open, member.gap_cure_by) == ("accepted_with_gap", True, case.notices.get(kind="gap").cure_by)


def test_a_gap_that_ended_first_hides_not_that_the_others_were_late(case, days):
    """The law revokes as of the gap's day; the whole ended with what was decided last."""
    promise = Clock.objects.get(root_id=case.pk, kind="bundle")
    assert case.notices.get(kind="gap").cure_by <= promise.due_on
    days.after(promise.due_on)  # nobody has swept
    for code in ("enterprise-registration", "drainage-permit", "fire-check"):
        decide(case, code, "grant" if code == "enterprise-registration" else "refuse")
    days.work()
    promise = Clock.objects.get(pk=promise.pk)
    assert case.members.get(code=LATER).state == "acceptance_revoked"
    assert (promise.outcome, promise.stopped_on) == ("overdue_promised", today())
    # The one notice of acceptance holds for the others.
    assert documents.verify(documents.current(case.pk, "acceptance_with_gap").verify_code)["status"] in ("waiting", "valid")


def test_the_list_of_gaps_names_each_owed_material_and_its_day(case):
    """The item that owes it has not begun: the clerk who looks who owes what finds it all the same, until it came."""
    day = case.notices.get(kind="gap").cure_by
    told = f"健康证明（{day:%Y年%-m月%-d日}前，含当日）"
    clerk = client_of("cixi-clerk")
    page = clerk.get("/counter/gaps/").text
    assert case.number in page and told in page and "前一事项办成后开始办理" in page
    desk = clerk.get("/counter/").text
    assert f"{day:%Y年%-m月%-d日}前" in desk[desk.index(case.number) :].partition("</li>")[0]
    decide(case, "enterprise-registration")
    page = clerk.get("/counter/gaps/").text
    assert told in page and "前一事项办成后开始办理" not in page
    actions.supply_gap(by=make.actor("cixi-clerk"), application=case.pk, materials={PAPER: {"state": "supplied", "originals": 1}})
    assert case.number not in clerk.get("/counter/gaps/").text
