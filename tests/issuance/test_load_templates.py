"""Templates and letterheads by date: loaded as often as one likes, never rewritten."""

from datetime import date
from pathlib import Path

import pgtrigger
import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.template.loader import get_template

from apps.issuance.loading import load_templates, rows
from apps.issuance.models import DocumentTemplate, Kind, Letterhead
from apps.kit.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_loaded():
    with pgtrigger.ignore("issuance.DocumentTemplate:template_kept"):
        DocumentTemplate.objects.all().delete()
    Letterhead.objects.all().delete()


def test_loading_twice_adds_once():
    first = load_templates()
    assert first["templates"] > 13
    assert load_templates() == {"templates": 0, "letterheads": 0}


@pytest.mark.parametrize("kind", Kind.values)
@pytest.mark.parametrize(
    "day", [date(2016, 1, 4), date(2019, 1, 1), date(2024, 1, 1), date(2026, 11, 23), date(2040, 1, 1)]
)
def test_every_kind_has_one_template_on_every_day(kind, day):
    holding = [
        row
        for row in rows()["templates"]
        if row["kind"] == kind and row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"])
    ]
    assert len(holding) == 1
    get_template(holding[0]["html"])


def test_every_node_can_be_contested_somewhere():
    load_templates()
    nodes = {row["scope"] for row in rows()["letterheads"] if row["scope"].startswith("33")}
    assert len(nodes) == 17
    assert not Letterhead.objects.filter(scope__in=nodes, court="").exists()
    assert not Letterhead.objects.filter(scope__in=nodes, reconsideration_body="").exists()


def test_folded_chinese_lines_have_no_gaps():
    text = "\n".join(str(row["texts"]) + row["remedies"] for row in rows()["templates"])
    assert "， " not in text
    assert "。 " not in text


def changed(tmp_path: Path, change) -> Path:
    data = yaml.safe_load((Path(settings.BASE_DIR) / "fixtures/templates.yaml").read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "templates.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


def test_a_known_version_that_says_something_else_is_refused(tmp_path):
    load_templates()
    with pytest.raises(Refused, match="请增加一个新版本"):
        load_templates(changed(tmp_path, lambda data: data["templates"][0].update(title="别的标题")))
    assert DocumentTemplate.objects.get(kind="receipt", version=1).title == "收件凭证"


def test_a_change_of_law_ends_the_old_row_and_adds_a_new_one(tmp_path):
    load_templates()

    def reform(data):
        last = [row for row in data["templates"] if row["kind"] == "grant"][-1]
        data["templates"].append({**last, "version": last["version"] + 1, "valid_from": date(2028, 1, 1)})
        last["valid_to"] = date(2027, 12, 31)

    assert load_templates(changed(tmp_path, reform))["templates"] == 1
    assert list(
        DocumentTemplate.objects.filter(kind="grant").order_by("version").values_list("valid_to", flat=True)
    ) == [
        date(2016, 12, 31),
        date(2027, 12, 31),
        None,
    ]


def test_the_command_says_what_it_added_and_what_is_wrong(tmp_path, capsys):
    call_command("load_templates")
    assert "新增文书模板" in capsys.readouterr().out
    bad = changed(tmp_path, lambda data: data["templates"].append({**data["templates"][0], "kind": "letter"}))
    with pytest.raises(CommandError, match="不认识的种类“letter”"):
        call_command("load_templates", bad)
    with pytest.raises(CommandError):
        call_command("load_templates", tmp_path / "nothing.yaml")
