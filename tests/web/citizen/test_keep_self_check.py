"""A self-check from the guide: kept under a number that names nobody, on paper, and opened at the counter with its answers."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.applications.models import Application
from apps.catalog import self_check
from apps.catalog.models import SavedCheck
from apps.catalog.plan import compile_plan
from apps.issuance import paper
from apps.kit.time import now, today
from tests import make

RESTAURANT = "open-restaurant"


def answered(code=RESTAURANT) -> dict:
    """Every question with an answer, also those that an answer brings up, as the guide's form sends them."""
    given: dict[str, str] = {}
    while open_ones := [row for row in compile_plan(code, given, today())["situations"] if row["code"] not in given]:
        for question in open_ones:
            kind = question["type"]
            value = "true" if kind == "boolean" else question["choices"][0]["value"] if kind == "choice" else "10"
            given[question["code"]] = value
    return {f"s_{name}": value for name, value in given.items()}


@pytest.fixture
def kept(world) -> SavedCheck:
    answer = Client().post(f"/checklists/of/{RESTAURANT}/", answered())
    assert answer.status_code == 302, answer.text
    return SavedCheck.objects.get()


def test_it_is_found_by_its_number_and_says_what_one_needs(kept):
    page = Client().get(f"/checklists/{kept.number}/").text
    for words in (self_check.shown(kept.number), "要带的材料", "居民身份证", "承诺办结", "您的情形"):
        assert words in page
    assert self_check.find(f" {self_check.shown(kept.number).lower()} ") == kept
    guide = Client().get(f"/items/{RESTAURANT}/", answered()).text
    assert f"/checklists/of/{RESTAURANT}/" in guide
    assert f"/checklists/of/{RESTAURANT}/" not in Client().get(f"/items/{RESTAURANT}/").text


def test_the_paper_leads_to_the_house_and_not_to_the_name_that_was_asked(kept, settings, monkeypatch):
    settings.SITE_URL = "https://yichuang.example.gov.cn/"
    printed = []
    monkeypatch.setattr(paper, "leaflet", lambda source, key: printed.append(source) or b"%PDF")
    assert Client().get(f"/checklists/{kept.number}/pdf/", headers={"Host": "localhost"}).status_code == 200
    assert f"https://yichuang.example.gov.cn/checklists/{kept.number}/" in printed[0] and "localhost" not in printed[0]
    assert '<section class="end"><table class="close">' in printed[0]  # off the table above it


@pytest.mark.pdf
def test_it_is_a_pdf(kept):
    answer = Client().get(f"/checklists/{kept.number}/pdf/")
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert answer["Content-Disposition"] == f'attachment; filename="{kept.number}.pdf"'


def test_what_is_open_wrong_or_unknown_is_not_kept(world):
    nobody = Client()
    assert nobody.post(f"/checklists/of/{RESTAURANT}/", {}).status_code == 422
    assert nobody.post(f"/checklists/of/{RESTAURANT}/", answered() | {"s_small_shop": "perhaps"}).status_code == 422
    assert nobody.post("/checklists/of/no-such-item/", {}).status_code == 404
    assert not SavedCheck.objects.exists()
    for number in ("QD22222222", "QD1", "ABCD"):
        assert nobody.get(f"/checklists/{number}/").status_code == 404


def test_numbers_are_not_guessed_without_end(kept, settings):
    settings.LIMITS = settings.LIMITS | {"self_check.wrong": settings.LIMITS["self_check.wrong"]._replace(times=1)}
    nobody = Client()
    asked = [nobody.get(f"/checklists/{number}/").status_code for number in ("QD22222222", "QD33333333", kept.number)]
    assert asked == [404, 429, 429] and nobody.get(f"/checklists/{kept.number}/", REMOTE_ADDR="10.1.1.9").status_code == 200


def test_it_is_gone_after_half_a_year(kept, time_machine):
    time_machine.move_to(now() + timedelta(days=181))
    assert Client().get(f"/checklists/{kept.number}/").status_code == 404
    self_check.keep(make.FOOD, {})
    assert SavedCheck.objects.get().code == make.FOOD


def test_the_counter_begins_with_its_answers(kept, at):
    clerk = at("cixi-clerk")
    page = clerk.post("/counter/start/", {"q": self_check.shown(kept.number)})
    assert "按自查清单办理" in page.text and kept.number in page.text
    given = {
        "do": "open",
        "check": kept.number,
        "code": RESTAURANT,
        "applicant__id_number": make.APPLICANT["id_number"],
        "applicant__name": make.APPLICANT["name"],
        "applicant__mobile": "13805740001",
    }
    answer = clerk.post("/counter/new/", given)
    assert answer.status_code == 302, answer.text
    row = Application.objects.get()
    assert {name: str(value).lower() for name, value in row.plan["answers"].items()}.items() >= {
        name: value for name, value in kept.answers.items() if name != "by_agent"
    }.items()
    unknown = clerk.post("/counter/start/", {"q": "QD22222222"})
    assert unknown.status_code == 422 and "没有找到这份清单" in unknown.text


@pytest.mark.parametrize("words", ["食品竞营许可", "shipinjingyinxuke", "食品经营许克证", "shipinjinyingxuke"])
def test_a_search_forgives_a_wrong_character_and_a_wrong_letter(world, words):
    page = Client().get("/items/", {"q": words}).text
    assert "您是不是要找" in page and "食品经营许可" in page


def test_but_nonsense_finds_nothing(world):
    page = Client().get("/items/", {"q": "zzqqxxyy"}).text
    assert "您是不是要找" not in page and "没有找到合适的事项" in page
