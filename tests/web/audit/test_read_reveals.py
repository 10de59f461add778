"""The auditor's page: who looked at what and why; reading only."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from apps.directory import actions
from apps.directory.models import Region, Reveal, Role, User
from apps.directory.queries import actor_for
from apps.directory.queries_reveals import places_of
from apps.kit.days import day_cn
from apps.kit.time import today
from tests import make, people
from tests.people import PERSON_ID, nothing_written


@pytest.fixture
def seen(places):
    """Two reveals by one clerk; the second one's reason looks like a formula."""
    clerk = people.staff("clerk", user=people.account("陈晓燕", username="cixi-clerk"))
    party = people.party()
    actions.reveal(by=actor_for(clerk), subject=party, field="id_number", reason="核对申请人身份")
    actions.reveal(by=actor_for(clerk), subject=party, field="mobile", reason='=HYPERLINK("http://x")')
    return party


def body(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_who_what_why_and_never_the_value(enter, seen):
    page = body(enter(people.staff("auditor")).get("/audit/"))
    for word in ("陈晓燕", "王*明", "证件号码", "手机号", "核对申请人身份", "慈溪市"):
        assert word in page
    assert PERSON_ID not in page and "13805740001" not in page


def test_who_has_posts_at_two_nodes_is_read_of_where_he_looked(enter, world):
    both = people.staff("clerk", user=people.account("丁一舟", node="330200"), node="330200")
    people.staff("clerk", user=both)
    actions.reveal(by=actor_for(both), subject=make.received(), field="contact_mobile", reason="电话通知补正")
    for auditor, reads in (("cixi-auditor", True), ("city-auditor", True), ("yuyao-auditor", False)):
        user = User.objects.filter(username=auditor).first() or people.staff("auditor", node="330281" if not reads else "330200")
        page = body(enter(user).get("/audit/"))
        assert ("丁一舟" in page) is ("联系手机" in page) is reads, auditor


def test_a_node_that_is_no_more_is_still_named(enter, seen):
    """It stood there as a number, and on the page of him who was looked at as nothing."""
    Region.objects.filter(pk="330282").update(valid_to=today() - timedelta(days=1))
    client = enter(people.staff("auditor", node="330200"))
    assert body(client.get("/audit/")).count("慈溪市（已撤销）") == 2
    sheet = load_workbook(BytesIO(client.get("/audit/?export=xlsx").content)).active
    assert [cell.value for row in sheet.iter_rows() for cell in row].count("慈溪市（已撤销）") == 2
    assert set(places_of(Reveal.objects.all()).values()) == {"慈溪市（已撤销）"}


@pytest.mark.parametrize("role", [role for role in Role.values if role != "auditor"])
def test_nobody_else(enter, places, role):
    client = enter(people.staff(role))
    for address in ("/audit/", "/audit/?export=xlsx"):
        assert client.get(address).status_code == 403


def test_strangers_sign_in_and_citizens_do_not_see_it(enter, client, places):
    assert client.get("/audit/")["Location"].startswith("/account/")
    assert enter(people.citizen()).get("/audit/").status_code == 403


def test_it_only_reads(enter, seen):
    client = enter(people.staff("auditor"))
    with nothing_written():
        assert client.post("/audit/").status_code == 405


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 2),
        ("person=陈", 2),
        ("person=cixi-clerk", 2),
        ("person=别人", 0),
        ("subject=王*明", 2),
        ("subject=party:0", 0),
        ("since={today}&until={today}", 2),
        ("until={before}", 0),
        ("since={after}", 0),
    ],
)
def test_filters(enter, seen, query, rows):
    day = today()
    query = query.format(today=day, before=day - timedelta(1), after=day + timedelta(1))
    page = enter(people.staff("auditor")).get(f"/audit/?{query}").content.decode()
    assert page.count('data-label="理由"') == rows


@pytest.mark.parametrize(
    ("query", "field"), [("since=2017-13-01", "since"), ("since=2017-09-02&until=2017-09-01", "until")]
)
def test_wrong_dates_are_named(enter, seen, query, field):
    page = enter(people.staff("auditor")).get(f"/audit/?{query}")
    assert page.status_code == 422 and list(page.context["form"].errors) == [field]


def test_the_sheet_holds_texts_never_formulas(enter, seen):
    answer = enter(people.staff("auditor")).get("/audit/?export=xlsx&person=陈晓燕")
    assert "attachment" in answer["Content-Disposition"]
    sheet = load_workbook(BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    day = day_cn(today())
    assert cells[0].value == f"敏感信息查看记录，最早 至 {day}；查看人：陈晓燕；导出于 {day}。对象已掩码。"
    assert any(cell.value == '=HYPERLINK("http://x")' for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert PERSON_ID not in {str(cell.value) for cell in cells}


def test_pages_by_key_at_a_fixed_cost(enter, seen, settings, django_assert_max_num_queries):
    settings.REVEALS_PER_TEN_MINUTES = 1000
    clerk = people.actor("clerk")
    for number in range(60):
        actions.reveal(by=clerk, subject=seen, field="mobile", reason=f"第{number:02}次核对")
    client = enter(people.staff("auditor"))
    client.get("/audit/")
    with django_assert_max_num_queries(8):  # two of them tell who asks
        first = client.get("/audit/").content.decode()
    assert first.count('data-label="理由"') == 50
    second = client.get(
        "/audit/" + re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    ).content.decode()
    assert second.count('data-label="理由"') == 12


def test_an_empty_page_says_what_it_is_for(enter, places):
    assert "还没有查看记录" in body(enter(people.staff("auditor")).get("/audit/"))
