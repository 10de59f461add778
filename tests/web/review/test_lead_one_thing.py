"""牵头的一件事: the lead sees every item's progress, chases, and writes how opinions that go apart were brought together."""

import re

import pytest
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Application, Job, Member
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refused, WrongState
from tests import make
from tests.applications.test_run_bundle import decide, restaurant
from tests.people import nothing_written

pytestmark = pytest.mark.django_db
BROUGHT = "三家会商：消防整改后复查，其余照常办理。"


def opine(case, code, recommendation):
    job = Job.objects.get(application=case, member__code=code)
    reviewer = make.actor(f"{job.department_id}-reviewer")
    actions.claim(by=reviewer, job=job.pk)
    return actions.conclude(by=reviewer, job=job.pk, recommendation=recommendation, opinion="现场核查，意见如上。")


@pytest.fixture
def apart(world) -> Application:
    """开餐饮店 behind its registration: 食品 would grant, 消防 would refuse, 排水 has not spoken."""
    case = decide(restaurant(), "enterprise-registration")
    opine(case, "food-licence", "grant")
    opine(case, "fire-check", "refuse")
    return case


def lead(case, name="lead_case"):
    return reverse(f"review:{name}", args=[case.pk])


def test_a_lead_without_an_item_of_its_own_follows_and_chases(at):
    case = make.accepted("open-homestay", situations={"already_registered": True, "serves_meals": False})
    desk = at("lvyou-reviewer")
    listed = desk.get(reverse("review:led")).text
    assert case.number in listed and "3 项中 0 项有结果" in listed
    page = desk.get(lead(case)).text
    assert all(member.name in page for member in case.members.all())
    plan = case.plan
    assert not [m["name"] for m in plan["materials"] if m["name"] in page] and make.MOBILE not in page
    two = list(case.members.order_by("position").values_list("pk", flat=True))[:2]
    sent = {"members": two, "text": "请尽快安排现场检查。"}
    assert desk.post(lead(case, "lead_chase"), sent).status_code == 302
    assert Event.objects.filter(chain=case.chain, name="member.remind").count() == 2
    assert desk.get(lead(case)).text.count('name="members"') == 1  # once a day
    with nothing_written(Member):
        assert desk.post(lead(case, "lead_chase"), {"members": two}).status_code == 409  # today they were chased already
        assert desk.post(lead(case, "lead_chase"), {"members": []}).status_code == 422


def test_who_does_not_lead_has_no_such_page(at):
    case = restaurant()
    assert at("scjg-head").get(lead(case)).status_code == 200
    overseen = at("cixi-supervisor")
    case_page = reverse("oversight:case", args=[case.pk])
    back = f'<a href="{case_page}">{case.number}</a>'  # 查办件 is the list, as on the case's own page
    assert back in overseen.get(lead(case)).text and lead(case) in overseen.get(case_page).text  # there and back
    assert 'aria-label="监督"' in overseen.get(lead(case)).text  # his desk, not a department's
    heads = re.findall(r'clock__item small">([^<]+)', overseen.get(case_page).text)
    assert heads and len(heads) == len(set(heads))  # an item's clocks stand together, under its name
    alone = lead(make.accepted())  # one item: it need not be ticked first
    assert overseen.get(alone).text.count("checked") == 1
    for name, status in (("zhujian-head", 403), ("huanbao-head", 404), ("nb-scjg-head", 404), ("cixi-clerk", 403)):
        with nothing_written(Member):
            assert at(name).get(lead(case)).status_code == status, name
            assert at(name).post(lead(case, "lead_chase"), {}).status_code == status, name
            assert at(name).post(lead(case, "lead_coordinate"), {"reason": BROUGHT}).status_code == status, name
    assert case.number not in at("zhujian-head").get(reverse("review:led")).text


def test_opinions_that_go_apart_are_seen_by_all_and_brought_together(at, apart):
    fire = Job.objects.get(application=apart, member__code="fire-check")
    pages = {name: at(name).get(reverse("review:job", args=[fire.pk])).text for name in ("xiaofang-head",)}
    pages["scjg-head"] = at("scjg-head").get(lead(apart)).text
    for text in pages.values():
        assert "并联办理的部门意见有分歧" in text and "由牵头部门协调" in text
    desk = at("scjg-head")
    with nothing_written(Application):
        assert desk.post(lead(apart, "lead_coordinate"), {"reason": "短"}).status_code == 422
    assert desk.post(lead(apart, "lead_coordinate"), {"reason": BROUGHT}).status_code == 302
    assert BROUGHT in at("xiaofang-head").get(reverse("review:job", args=[fire.pk])).text
    event = Event.objects.get(chain=apart.chain, name="application.coordinate")
    assert event.facts["reason"] == BROUGHT and len(event.facts["grant"]) == len(event.facts["refuse"]) == 1
    # It decides for nobody: each head still does, and a newer opinion opens the question again.
    assert {m.decision for m in apart.members.exclude(code="enterprise-registration")} == {""}
    opine(apart, "drainage-permit", "grant")
    assert BROUGHT not in desk.get(lead(apart)).text.split("各事项")[0]


def test_the_guards_of_bringing_together(world, apart):
    agreed = decide(restaurant(), "enterprise-registration")  # nobody behind it has spoken
    for by, case, reason, refusal in (
        ("zhujian-head", apart, BROUGHT, Forbidden),
        ("cixi-clerk", apart, BROUGHT, Forbidden),
        ("scjg-head", apart, " 短 ", Refused),
        ("scjg-head", agreed, BROUGHT, WrongState),
    ):
        with nothing_written(Application, Member), pytest.raises(refusal):
            actions.coordinate(by=make.actor(by), application=case.pk, reason=reason)
    actions.withdraw_member(
        by=make.actor("cixi-clerk"), member=Member.objects.get(application=apart, code="fire-check").pk, reason="不办了"
    )
    with nothing_written(Application), pytest.raises(WrongState):  # who left has no opinion any more
        actions.coordinate(by=make.actor("scjg-head"), application=apart.pk, reason=BROUGHT)
