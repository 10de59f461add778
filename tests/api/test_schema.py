"""The interface describes itself completely, and the description can be browsed without the internet."""

from __future__ import annotations

import json
import re
from unittest import mock

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from tests.api.described import description


def test_the_schema_is_valid_and_without_warnings(tmp_path):
    """And in the language of who reads it: what classes say of themselves in English is for who reads the code."""
    told = tmp_path / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(told))
    shapes = json.loads(told.read_text())["components"]["schemas"]
    assert [name for name, shape in shapes.items() if not re.search("[\u4e00-\u9fff]", shape.get("description", "无"))] == []


def test_no_answer_is_an_object_of_which_nothing_is_told():
    """But for the properties of the catalogue format, answers by their code, and what the board compares."""
    blind: dict[str, set] = {}
    for name, shape in description()["components"]["schemas"].items():
        if found := {field for field, told in shape.get("properties", {}).items() if _open(told)}:
            blind[name] = found
    assert {name: fields for name, fields in blind.items() if not name.endswith("In")} == {
        **{name: {"when"} for name in ("FieldUseTold", "MaterialTold", "UseTold")},  # told in words
        "ElementTold": {"when", "required_when"},
        "FormTold": {"answers", "savings", "standard"},
        "GuideTold": {"content", "members"},
        "MemberTold": {"fees", "result"},
        "NoticePreview": {"changes"},
        "PlanTold": {"answers"},
        "SavingsTold": {"published"},
    }


def test_what_a_code_may_be_is_told_where_it_stands():
    """A program reads `decision` and has nobody to ask whether it says grant or granted."""
    codes = {"state", "status", "light", "outcome", "decision", "recommendation", "result", "answer", "kind", "necessity", "issue", "role", "scan", "unit"}
    blind = {
        f"{name}.{field}"
        for name, shape in description()["components"]["schemas"].items()
        for field, told in shape.get("properties", {}).items()
        if field in codes and told.get("type") == "string" and not {"enum", "description"} & told.keys()
    }
    words_of_people = {"CancellationShape.answer", "ResumeIn.result"}
    of_the_catalogue = {"MaterialTold.kind"}  # told with the format of catalogues
    assert blind - words_of_people - of_the_catalogue == set()
    assert "granted" in description()["components"]["schemas"]["MemberShape"]["properties"]["decision"]["description"]


def _open(told: dict) -> bool:
    """Whether anything at all may stand in it."""
    inner = [told["items"]] if "items" in told else [one for at in ("anyOf", "allOf", "oneOf") for one in told.get(at, ())]
    return told.get("additionalProperties") == {} or any(map(_open, inner)) or (not inner and not {"type", "$ref"} & told.keys())


def test_it_is_made_once_whoever_asks_and_however_often(db, client):
    for kind, form in (("", "yaml"), ("?format=json", "json"), ("?lang=en&version=2", "yaml")):
        first = client.get(f"/api/schema/{kind}")
        with mock.patch.object(SchemaGenerator, "get_schema", side_effect=AssertionError):
            again = client.get(f"/api/schema/{kind}")
        assert first.status_code == again.status_code == 200 and first.content == again.content, kind
        assert form in again["Content-Disposition"] and "/api/applications/file/" in again.text


@pytest.mark.browser
def test_the_docs_open_offline(live_server, page, transactional_db):
    foreign, told = [], []
    page.on("request", lambda request: foreign.append(request.url) if live_server.url not in request.url else None)
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.goto(f"{live_server.url}/api/docs/")
    page.locator("#operations-tag-account").wait_for(timeout=30_000)
    page.mouse.wheel(0, 100_000)  # of so many verbs only those in sight are drawn
    page.locator("#operations-tag-public").wait_for(timeout=30_000)
    assert [url for url in foreign if not url.startswith("data:")] == []
    assert [text for text in told if "Content Security Policy" in text and "script" in text] == []
