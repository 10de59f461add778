"""A row is shown as the framework would show it."""

import pytest

from apps.api import (
    base,
    cards,
    messages,
    shapes,
    shapes_consultation,
    shapes_handout,
    shapes_inspection,
    shapes_review,
)
from apps.api.base import shown
from apps.applications import queries_case
from apps.applications.models import Application, Job
from apps.kit.rows import fresh
from tests import make

ROOMS = (shapes, shapes_consultation, shapes_handout, shapes_inspection, shapes_review, cards, messages)
SHAPES = {
    shape: shape.Meta.model
    for room in ROOMS
    for shape in vars(room).values()
    if isinstance(shape, type) and hasattr(getattr(shape, "Meta", None), "model")
}


def same(shape, row):
    assert shown(shape, row) == base._form(shape).to_representation(row)


def test_every_row_of_some_lives(world):
    make.accepted(gaps=["floor_plan"])
    make.received(), make.draft(), make.paused(), make.awaiting(), make.collected()
    seen = set()
    for shape, model in SHAPES.items():
        for row in model.objects.all():
            same(shape, row)
            seen.add(shape)
    assert {shapes.ApplicationShape, shapes.MemberShape, shapes.JobShape} <= seen


def test_a_whole_case(world):
    clerk = make.actor("cixi-clerk")
    same(shapes.CaseShape, queries_case.case(clerk, make.collected().application_id))


@pytest.mark.parametrize("row", [{"name": "a", "items": 1}, {"name": None}, {"items": "7"}], ids=str)
def test_what_is_no_row_but_a_mapping(row):
    class Shape(shapes.s.Serializer):
        name = shapes.s.CharField(required=False)
        items = shapes.s.IntegerField(required=False)

    same(Shape, row)


def test_a_row_without_values_or_with_those_of_another_type():
    same(shapes.JobShape, fresh(Job, state=Job.State.ASSIGNED, department_id="scjg", due_on=None, returned=1, assignee_id="7"))
    row = Application(state="draft")
    row.number = 7
    same(shapes.ApplicationShape, row)
