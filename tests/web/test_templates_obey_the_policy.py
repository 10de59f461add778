"""The strict content policy holds because no template needs an exception: nothing inline, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR) / "templates"
PAPER = "documents"  # printed by WeasyPrint, never sent to a browser
TEMPLATES = sorted(
    str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html") if not str(path.relative_to(ROOT)).startswith(PAPER)
)
COMPONENTS = [name for name in TEMPLATES if name.startswith("components/")]
FORBIDDEN = {
    "inline style": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.I),
    "event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "javascript address": re.compile(r"javascript:", re.I),
    "script evaluated by htmx": re.compile(r"hx-on|hx-vars|hx-vals=['\"]js:", re.I),
    "resource from elsewhere": re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=['\"](?:https?:)?//", re.I),
}


def text_of(name: str) -> str:
    source = (ROOT / name).read_text()
    return re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", source, flags=re.S)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_needs_no_exception_of_the_policy(name):
    source = text_of(name)
    found = {what: match.group(0) for what, pattern in FORBIDDEN.items() if (match := pattern.search(source))}
    assert not found


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_compiles(name):
    get_template(name)


@pytest.mark.parametrize("name", COMPONENTS)
def test_component_says_what_it_takes(name):
    assert re.match(r"\s*({#|{% comment %})", (ROOT / name).read_text())


def test_styles_load_nothing():
    for path in (Path(settings.BASE_DIR) / "static" / "css").glob("*.css"):
        assert "@import" not in path.read_text() and "url(" not in path.read_text()


def test_colours_of_clocks_are_used_by_clocks_only():
    """Green, yellow and red say how much time is left; only rules of lights and of their charts may wear them."""
    for path in (Path(settings.BASE_DIR) / "static" / "css").glob("*.css"):
        if path.name in ("tokens.css", "dark.css"):
            continue
        for rule in re.findall(r"([^{}]+){([^{}]*)}", path.read_text()):
            if "--light-" in rule[1]:
                assert "light" in rule[0] or ".chart" in rule[0], rule[0].strip()
