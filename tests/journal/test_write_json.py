"""The fast way of writing JSON and Python's own say the same."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer

from apps.api.parsing import BeijingEncoder, BeijingJSONRenderer
from apps.applications.models import Application
from apps.kit.jsontext import as_text, packed, text, unpacked
from tests import make

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    | st.dates() | st.datetimes(timezones=st.just(UTC)) | st.times() | st.decimals(allow_nan=False, allow_infinity=False)
    | st.uuids() | st.sampled_from(Application.State) | st.just(gettext_lazy("一窗"))
)  # fmt: skip
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner), max_leaves=30)


@given(VALUES)
def test_it_is_read_as_what_django_writes(value):
    slow = json.loads(json.dumps(value, cls=DjangoJSONEncoder))
    assert unpacked(packed(value)) == slow
    assert json.loads(text(value)) == slow


def test_whole_numbers_of_any_size_stay_whole():
    for number in (2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**40):
        assert unpacked(packed([number])) == [number]
        assert text([number]) == f"[{number}]"


def test_it_is_short_and_keeps_characters():
    moment = datetime(2026, 11, 27, 1, 2, 3, 456789, UTC)
    told = {"名": "一窗", "at": moment, "on": date(2026, 1, 2), "n": Decimal("1.20"), "id": UUID(int=7), "t": time(1, 2), "f": 0.1}
    assert text(told) == json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    assert as_text(packed({1: "a"})) == '{"1":"a"}'


@pytest.mark.parametrize("value", [object(), {1, 2}, [timedelta]])
def test_what_no_json_can_say_is_refused(value):
    with pytest.raises(TypeError):
        packed(value)


class Framework(JSONRenderer):
    encoder_class = BeijingEncoder


@given(VALUES)
def test_an_answer_is_written_as_the_framework_writes_it(value):
    told = {"value": value}
    assert json.loads(BeijingJSONRenderer().render(told)) == json.loads(Framework().render(told))


def test_an_answer_breaks_no_script_and_is_indented_when_asked():
    told = {"name": "一\u2028二\u2029三"}
    assert BeijingJSONRenderer().render(told) == Framework().render(told)
    assert BeijingJSONRenderer().render(told, "application/json; indent=2") == Framework().render(told, "application/json; indent=2")
    assert BeijingJSONRenderer().render(None) == b""


def test_a_plan_is_read_as_any_json_column(world):
    made = make.draft()
    plain = Application.objects.annotate(text=Cast("plan", TextField())).values_list("text", flat=True).get(pk=made.pk)
    assert Application.objects.get(pk=made.pk).plan == json.loads(plain)
    read = Application.objects.filter(pk=made.pk).values_list("plan", "plan__kind", "plan__items").get()
    assert read == (json.loads(plain), json.loads(plain)["kind"], json.loads(plain).get("items"))
    assert Application._meta.get_field("plan").deconstruct()[1] == "django.db.models.JSONField"
