"""Figures as they were printed in 2017, shown beside what is measured and never mixed with it (fixtures/published.yaml)."""

from __future__ import annotations

from functools import cache

import yaml
from django.conf import settings

from apps.journal.actor import Actor
from apps.kit.places import city_of


@cache
def _file() -> dict[str, list[dict]]:
    return yaml.safe_load((settings.BASE_DIR / "fixtures" / "published.yaml").read_text(encoding="utf-8"))


def published(actor: Actor) -> dict[str, dict]:
    """{key: figure} of what the one-things save, as it was printed of the actor's city; of most cities nothing was."""
    cities = {city_of(post.node) for post in actor.posts}
    return {figure["key"]: figure for figure in _file()["figures"] if figure["place"] in cities}


def published_shares(place: str) -> dict[str, list[dict]]:
    """{what of the catalogue in use: [figure]} of a node, or of the "330200 counties" on average. `variant`: the same was also said otherwise."""
    found: dict[str, list[dict]] = {}
    for figure in _file()["catalogue"]:
        if figure["place"] == place:
            found.setdefault(figure["share"], []).append(figure)
    return found
