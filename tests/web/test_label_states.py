"""Every state that a workflow knows has a Chinese word and a tone; a state without one is an error, not a blank."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django_fsm import FSMField

from apps.applications import grounds
from apps.deadlines.engine.counting import Pause
from apps.deadlines.engine.telling import pauses
from apps.web import labels
from tests import make

CSS = (Path(settings.BASE_DIR) / "static" / "css" / "components.css").read_text()


def lives():
    """(model name, state) of every model whose `state` is held by a state machine."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, FSMField) and field.choices:
                for value, _ in field.choices:
                    yield model._meta.model_name, value


@pytest.mark.parametrize(("table", "state"), sorted(set(lives())))
def test_every_state_of_every_workflow_has_a_word(table, state):
    assert labels.label(table, state).text


def test_every_tone_has_a_style():
    for states in labels.TABLES.values():
        for label in states.values():
            assert f".tag--{label.tone} " in CSS


def test_every_light_has_a_style_or_is_grey():
    for label in labels.LIGHTS.values():
        assert label.tone == "stopped" or f".light--{label.tone} " in CSS


def test_unknown_state_is_refused():
    with pytest.raises(labels.LabelMissing, match=r"member\.dreaming"):
        labels.label("member", "dreaming")
    with pytest.raises(labels.LabelMissing):
        labels.word("necessity", "perhaps")


def test_every_code_of_the_catalogue_format_has_a_word():
    """The enumerations of the catalogue schema and the words of the pages are the same lists."""
    schema = next(Path(settings.BASE_DIR).glob("apps/catalog/**/catalog.schema.json")).read_text()

    def codes(name: str) -> set[str]:
        listed = re.search(rf'"{name}"\s*:\s*{{[^{{}}]*?(?:"items"\s*:\s*{{\s*)?"enum"\s*:\s*\[([^\]]*)\]', schema)
        return set(re.findall(r'"([^"]+)"', listed.group(1)))

    for name, table in {
        "necessity": "necessity",
        "handling": "handling",
        "channels": "channel",
        "city_wide": "city_wide",
        "audience": "audience",
        "pause_grounds": "pause_ground",
        "source": "material_source",
        "form": "material_form",
        "criterion": "lead_criterion",
        "role": "step_role",
    }.items():
        assert codes(name) <= set(labels.WORDS[table]), name
    assert codes("pause_grounds") == set(labels.WORDS["pause_ground"])  # a word that no item could name is half a change


def test_article_45_is_cited_for_what_it_names_and_nothing_else():
    """A ground that is added stands in `grounds.OWN_RULE`, or its notice cites a law that does not know it."""
    cited = {one.code for one in grounds.allowed({"pause_grounds": [*grounds.GROUNDS]}) if grounds.XKF_45 in one.law}
    looked = Pause(date(2018, 3, 5), None, "inspection")
    told = [labels.word("pause_ground", "inspection"), *pauses([looked])]  # the page's notice, its paper and why the day is this one call it the same
    assert all(grounds.GROUNDS["inspection"] in words for words in told)
    assert cited == {"hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review"}


@pytest.mark.parametrize(("username", "page"), [("cixi-clerk", "/counter/{}/"), ("cixi-supervisor", "/oversight/cases/{}/")])
def test_a_colleague_is_told_of_the_applicant_who_is_himself_told_as_you(at, username, page):
    row = make.awaiting()
    told = at(username).get(page.format(row.pk)).text
    assert "等待申请人补正材料" in told and "您补正" not in told and ">您<" not in told and "：您。" not in told
    assert make.case(username, row).now[0] == "等待您补正材料。"
