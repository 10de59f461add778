"""The public home: search first, then one-things, themes of life and of business, and where a case stands."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import queries
from apps.catalog.models import Kind
from apps.catalog.quality import themes
from apps.web import labels

from .browse import tagged
from .track import TrackForm

BUNDLES_SHOWN = 12


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    bundles = queries.search_definitions(kind=Kind.BUNDLE)[: BUNDLES_SHOWN + 1]
    known = themes()
    return render(
        request,
        "citizen/home.html",
        {
            "bundles": tagged(list(bundles)[:BUNDLES_SHOWN]),
            "more_bundles": len(bundles) > BUNDLES_SHOWN,
            "ways": [(code, label, labels.WAY_MEANS[code]) for code, label in labels.WAYS.items()],
            "personal": known["personal"],  # in the order of a life, and of an enterprise's
            "corporate": known["corporate"],
            "track": TrackForm(),
        },
    )
