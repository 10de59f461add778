"""Promises that span rooms: charters, migrations, the switchboard, background work, pages under the strict policy."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.template import engines
from django.utils.module_loading import import_string

from config.celery import app
from config.runner.places import PROJECT
from config.switchboard import LISTENERS

ROOMS = sorted(file.parent for file in (PROJECT / "apps").glob("*/__init__.py"))
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
SOURCES = sorted(file for file in (PROJECT / "apps").rglob("*.py") if "migrations" not in file.parts)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_opens_with_its_charter(room: Path):
    charter = ast.get_docstring(ast.parse((room / "__init__.py").read_text()))
    assert charter and len(charter) > 30, "one sentence that says what the room is for"
    assert charter.rstrip().endswith(".") and charter.count(". ") == 0
    config = apps.get_app_config(room.name)
    assert config.name == f"apps.{room.name}" and re.search(r"[\u4e00-\u9fff]", str(config.verbose_name))


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


LINES = [(event, *line) for event, lines in LISTENERS.items() for line in lines]


@pytest.mark.parametrize(("event", "listener", "handler", "queue"), LINES, ids=lambda value: value)
def test_a_line_of_the_switchboard_leads_somewhere(event, listener, handler, queue, settings):
    assert callable(import_string(handler))
    assert queue in settings.CELERY_TASK_QUEUES
    model = event.split(".")[0]
    assert any(known._meta.model_name == model for known in apps.get_models()), f"no model is called {model}"


def test_no_event_tells_one_listener_twice():
    for event, lines in LISTENERS.items():
        names = [listener for listener, _, _ in lines]
        assert len(names) == len(set(names)), event


def _own_tasks() -> list[str]:
    app.loader.import_default_modules()
    return [name for name in app.tasks if not name.startswith("celery.")]


def test_every_task_has_a_name_of_its_room():
    rooms = {room.name for room in ROOMS} | {"ops"}
    for name in _own_tasks():
        assert re.fullmatch(r"\w+\.\w+", name) and name.split(".")[0] in rooms, name


def test_everything_on_the_schedule_exists_and_expires_before_its_next_tick():
    own = _own_tasks()
    for what, entry in app.conf.beat_schedule.items():
        assert entry["task"] in own, what
        assert 0 < entry["options"]["expires"] <= entry["schedule"], what


def test_every_file_that_a_template_names_is_there():
    missing = []
    for template in TEMPLATES:
        for name in re.findall(r"{%\s*static\s+['\"]([^'\"]+)['\"]", template.read_text()):
            if not finders.find(name):
                missing.append(f"{template.relative_to(PROJECT)}: {name}")
    assert not missing


def test_the_static_files_can_be_named_by_their_content(settings, tmp_path):
    """As script/server does at a start: a style sheet that names a file that is not there stops it."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", "--no-input", verbosity=0)
    assert (tmp_path / "staticfiles.json").exists()


# Printed documents are made by WeasyPrint on the server: no browser, no policy.
PAGES = [template for template in TEMPLATES if "documents" not in template.parts and "issuance" not in template.parts]


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a style attribute", r"<[^>]*\sstyle\s*="),
        ("an event attribute", r"<[^>]*\son[a-z]+\s*="),
        ("a script in the page", r"<script(?![^>]*\ssrc=)[^>]*>"),
        ("a style sheet in the page", r"<style[\s>]"),
        ("a javascript address", r"javascript:"),
        ("an address of another house", r"(?:src|href)=[\"'](?:https?:)?//"),
    ],
)
def test_no_page_has_what_the_policy_forbids(what, pattern):
    found = [str(page.relative_to(PROJECT)) for page in PAGES if re.search(pattern, _sent(page), re.I)]
    assert not found, what


def _sent(page: Path) -> str:
    return re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", page.read_text(), flags=re.S)


def test_a_page_loads_no_tags_that_it_does_not_use():
    known = engines["django"].engine.template_libraries
    idle = []
    for page in TEMPLATES:
        text = page.read_text()
        for library in " ".join(re.findall(r"{% load ([^%]+)%}", text)).split():
            has = known[library]
            if not re.search(rf"{{%-? (?:{'|'.join(has.tags) or '$^'})\b|\|(?:{'|'.join(has.filters) or '$^'})\b", text):
                idle.append(f"{page.relative_to(PROJECT)}: {library}")
    assert idle == []


def test_no_room_listens_to_model_signals():
    pattern = re.compile(r"signals\.(post|pre)_(save|delete)|@receiver\(")
    assert not [str(file.relative_to(PROJECT)) for file in SOURCES if pattern.search(file.read_text())]


def test_a_day_is_written_one_way():
    """2026年12月4日 everywhere: templates and the counting of days write no leading zero, so sentences may not either."""
    assert not [str(file.relative_to(PROJECT)) for file in SOURCES if re.search("%m月|%d日", file.read_text())]


@pytest.mark.parametrize("name", ["script/server", "script/manage", "script/backup", "script/restore", "script/test", ".ci/run"])
def test_a_script_is_thin_and_can_be_run(name):
    script = PROJECT / name
    assert script.stat().st_mode & 0o111
    lines = [line for line in script.read_text().splitlines() if line and not line.startswith("#")]
    assert len(lines) == 1 and lines[0].startswith("exec ")


def test_the_readme_lists_every_decision_and_leads_nowhere_else():
    named = re.findall(r"\]\((?!https?:|#)([^)#]+)", (PROJECT / "README.md").read_text())
    assert [place for place in named if not (PROJECT / place).exists()] == []
    pages = {f"config/decisions/{page.name}" for page in (PROJECT / "config/decisions").glob("*.md")}
    assert pages - set(named) == set()
