"""A distributed PostgreSQL puts a row where its node is. Every table says how it would be placed: by a column of its own, by
the row that it belongs to, or as a copy on every server (config/decisions/2026-11-26-growing.md)."""

import pytest
from django.apps import apps

from apps.directory.models import Region

# The way from a row to its node.
PLACED = {
    "applications": {
        "Application": "node",
        **dict.fromkeys(
            ["Member", "Job", "MaterialEntry", "Attachment", "Notice", "AnswerChange", "Note", "Consultation", "Opinion",
             "Inspection", "InspectionPart", "Parcel", "Hearing", "ReviewSupplement", "Commitment", "Renewal", "Cancellation"],
            "application.node",
        ),
        "RectificationLine": "part.application.node",
        "InspectionPhoto": "part.application.node",
    },
    "deadlines": {"Clock": "region", "Extension": "clock.region", "LocalException": "region", "Recount": "region"},
    "issuance": {"Document": "region", "SealRecord": "document.region"},
    "feedback": {"Rating": "node", "Rectification": "node", "Enquiry": "node", "Score": "node"},
    "supervision": {"Card": "node", **dict.fromkeys(["DayCount", "Gauge", "BundleCount", "OpenMember", "ResultRuns"], "node")},
    "gateway": {"Outbound": "region"},
}  # fmt: skip
# Small and the same for everybody: a copy on every server.
COPIED = {
    "directory": {"Region", "Department", "Hall", "Zone", "Window", "DirectoryVersion", "User", "Post", "Absence", "Party", "Mandate", "OpenSession"},
    "deadlines": {"Edition", "CalendarVersion", "Rule", "LightRule", "CardRule"},
    "catalog": {"Revision", "Element", "MaterialType", "Batch", "Definition", "DefinitionVersion", "Standard"},
    "issuance": {"DocumentTemplate", "Letterhead", "SheetEdition"},
}  # fmt: skip
# No way to a node by a key of the database: these would get a column first.
WITHOUT = {
    "journal": {"Event", "Delivery", "Anchor", "Receipt"},  # a chain names its subject in text
    "deadlines": {"Pause"},  # root_id
    "issuance": {"HandOver"},  # root_id
    "directory": {"Reveal", "Message"},  # of an account, about a case
    "catalog": {"SavedCheck"},  # nobody's yet
    "supervision": {"Progress", "FinishedDays"},  # of the whole city
}

MODELS = [model for config in apps.get_app_configs() if config.name.startswith("apps.") for model in config.get_models()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_table_says_how_it_would_be_placed(model):
    room, name = model._meta.app_label, model.__name__
    said = [name in PLACED.get(room, {}), name in COPIED.get(room, set()), name in WITHOUT.get(room, set())]
    assert said.count(True) == 1, "say in one of the three lists where its rows would stand"
    way = PLACED.get(room, {}).get(name)
    if way is None:
        return
    *through, last = way.split(".")
    for step in through:
        model = model._meta.get_field(step).related_model
    assert last in ("node", "region")
    assert model._meta.get_field(last).related_model in (Region, None)  # None: the node's code
