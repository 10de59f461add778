"""A number as a Chinese keyboard gives it, and the sentence about one that cannot be: on the public's page, from home, at the counter."""

import pytest

from apps.applications import actions
from apps.applications.models import Application
from apps.web.answering import plain_digits
from tests import make
from tests.people import nothing_written
from tests.web.conftest import client_of

SITUATION = {"subject_kind": "individual", "small_shop": "true", "by_agent": "false"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [("１２", "12"), (" 80.5 ", "80.5"), ("８０．５", "80.5"), ("－3", "-3"), ("1,000", "1,000"), ("１２，３４５．６", "12，345.6"), ("12 间", "12 间"), ("１０－５０", "１０－５０"), ("５²", "５²"), ("", "")],
)
def test_plain_digits(typed, read):
    assert plain_digits(typed) == read


def test_in_the_guide(world, client):
    given = {f"s_{code}": value for code, value in SITUATION.items()}
    assert client.get("/items/open-restaurant/", given | {"s_dining_area": "８０．５ "}).context["open_questions"] == 0
    wrong = client.get("/items/open-restaurant/", given | {"s_dining_area": "-3"})
    assert wrong.status_code == 422
    assert wrong.text.count("“营业面积是多少平方米？”不能答“-3”，请用数字写 0 或更大的数，最多 15 位整数、六位小数。") == 2  # above, and at its field
    assert "dining_area）" not in wrong.text


def test_from_home_and_at_the_counter(world):
    me, home, desk = make.actor("enterprise"), client_of("enterprise"), client_of("cixi-clerk")
    row = actions.open_draft(by=me, code="open-restaurant", channel="online", situations={})
    given = {f"s_{code}": value for code, value in SITUATION.items()}
    home.post(f"/my/{row.pk}/situations/", given | {"s_dining_area": "８０．５"})
    assert Application.objects.get(pk=row.pk).plan["answers"]["dining_area"] == "80.5"
    row = actions.open_draft(by=make.actor("cixi-clerk"), code="open-restaurant", situations={})
    asked = {f"situations__{code}": value for code, value in SITUATION.items()} | {"do": "save", "draft": "1"}
    with nothing_written(Application):
        answer = desk.post(f"/counter/{row.pk}/work/", {**asked, "situations__dining_area": "８０平"})
    assert answer.status_code == 422 and "不能答“８０平”" in answer.text and "（dining_area）" not in answer.text
    desk.post(f"/counter/{row.pk}/work/", {**asked, "situations__dining_area": "８０．５"})
    row = Application.objects.get(pk=row.pk)
    assert row.plan["answers"]["dining_area"] == "80.5"
    desk.post(f"/counter/{row.pk}/work/", {**asked, "situations__dining_area": "80.5", "answers__premises_area": "９６ "})
    assert Application.objects.get(pk=row.pk).answers["premises_area"] == "96"
