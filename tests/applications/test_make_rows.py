"""Rows made, or read, by the kit's short way are those of the long one, for every model of ours."""

import pytest
from django.apps import apps as installed
from django.core.exceptions import FieldDoesNotExist

from apps.applications.models import Application, Member
from apps.kit.rows import fresh, reader

MODELS = [model for model in installed.get_models() if model.__module__.startswith("apps.")]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_without_values_has_the_defaults(model):
    short, long = vars(fresh(model)), vars(model())
    assert short.keys() == long.keys() and short["_state"].adding and short["_state"].db is None
    made = {field.attname for field in model._meta.concrete_fields if callable(field.default)}  # a moment, a chance code
    assert all(short[name] == long[name] for name in long.keys() - made - {"_state"})
    assert all(type(short[name]) is type(long[name]) for name in made)


def test_two_rows_share_no_default():
    one, other = fresh(Application, answers={"a": 1}), fresh(Application)
    other.departments.append("x")
    assert (one.departments, other.answers, fresh(Application).departments) == ([], {}, [])


def test_a_row_that_it_belongs_to_is_given_by_name_or_key():
    case = Application(pk=7)
    member = fresh(Member, application=case, code="a", position=0)
    assert (member.application, member.application_id) == (case, 7)
    assert fresh(Member, application_id=7).application_id == 7


def test_what_is_no_field_is_refused():
    with pytest.raises(FieldDoesNotExist):
        fresh(Member, applicatoin_id=7)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_read_is_the_one_that_django_reads(model):
    names = [field.attname for field in model._meta.concrete_fields]
    for asked in (names, names[: len(names) // 2 + 1]):
        values = [f"value of {name}" for name in asked]
        short, long = reader(model, asked, "default")(values), model.from_db("default", asked, values)
        assert type(short) is type(long)
        states = [row._state for row in (short, long)]
        assert {**vars(short), "_state": 0} == {**vars(long), "_state": 0} and {(state.adding, state.db) for state in states} == {(False, "default")}
        assert short.get_deferred_fields() == long.get_deferred_fields() and short._state.fields_cache == {}
