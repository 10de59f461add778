"""Rows made by the kit's short way are those of the long one, for every model that the actions make so."""

import pytest
from django.core.exceptions import FieldDoesNotExist

from apps.applications.models import Application, Job, MaterialEntry, Member
from apps.deadlines.models import Clock
from apps.directory.models import Message, Party
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.fresh import fresh

MODELS = [Application, Member, Job, MaterialEntry, Clock, Document, Event, Message, Party]
OF_THE_MOMENT = {"opened_at", "queued_at", "started_at", "updated_at", "created_at", "at"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_without_values_has_the_defaults(model):
    short, long = vars(fresh(model)), vars(model())
    assert short.keys() == long.keys() and short["_state"].adding and short["_state"].db is None
    assert all(short[name] == long[name] for name in long.keys() - OF_THE_MOMENT - {"_state"})


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
