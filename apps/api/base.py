"""The common ground of all endpoints: actor, account steps, pages, and writes done once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from django.http import Http404, UnreadablePostError
from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import APIException
from rest_framework.fields import (
    BooleanField,
    CharField,
    ChoiceField,
    DictField,
    Field,
    IntegerField,
    ListField,
    SkipField,
)
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.relations import PKOnlyObject
from rest_framework.response import Response
from rest_framework.serializers import ListSerializer, Serializer
from rest_framework.views import APIView

from apps.directory.limiting import demand
from apps.directory.queries import actor_for, pending_step
from apps.journal.once import once
from apps.kit import bodies, replica
from apps.kit.errors import DomainError, Forbidden, Refused, raise_all
from apps.kit.paging import keyset_page
from apps.kit.yamlfile import NEVER

from . import asking


@cache
def _form(shape: type[Serializer]) -> Serializer:
    """One serializer for all: to make its fields anew costs more than to fill or to read them."""
    form = shape()
    _name_the_cure(form)
    return form


def _name_the_cure(field: Field, wanted: bool = False) -> None:
    """The framework says of a wrong value that it is wrong; here also what would be right. `wanted`: it cannot be left out."""
    null = "不能为 null；这一项必须填写。" if wanted else "不能为 null；不填的，请去掉这一项。"
    told = {"null": null, "not_a_dict": "应为一个 JSON 对象。", "not_a_list": "应为一个 JSON 数组。"}
    if isinstance(field, Serializer):
        told["invalid"] = told["not_a_dict"]
    elif isinstance(field, ChoiceField):
        words = [value if label == value else f"{value}（{label}）" for value, label in field.choices.items()]
        told["invalid_choice"] = f"应为 {'、'.join(words)} 之一，收到的是“{{input!s:.40}}”。"
    field.error_messages = {**field.error_messages, **told}
    for inner in field.fields.values() if isinstance(field, Serializer) else ():
        _name_the_cure(inner, inner.required)
    if hasattr(field, "child"):
        _name_the_cure(field.child)


def shown(shape: type[Serializer], row) -> dict:
    """A row in its shape: what its `to_representation` makes of it, most columns by a plain look at the row."""
    told = {}
    for name, source, as_is, field in _columns(shape):
        value = getattr(row, source, row) if source else row
        if value is row or callable(value):
            try:
                value = field.get_attribute(row)
            except SkipField:
                continue
        if isinstance(value, PKOnlyObject) and value.pk is None:
            value = None
        told[name] = value if value is None or type(value) is as_is else field.to_representation(value)
    return told


@cache
def _columns(shape: type[Serializer]) -> list[tuple[str, str, type | None, Field]]:
    """Of each property its name; the row's attribute, where no more than that is asked for; of which type a value is shown as
    it is; and the field."""
    return [
        (
            field.field_name,
            field.source if type(field).get_attribute is Field.get_attribute and len(field.source_attrs) == 1 else "",
            _AS_IS.get(type(field)),
            field,
        )
        for field in _form(shape)._readable_fields
    ]


_AS_IS = {CharField: str, IntegerField: int, BooleanField: bool}


STEPS = {"password": "请先在网页上修改初始密码。", "second_factor": "您的岗位要求两步验证，请先在网页上绑定验证器。"}


class AsItIs(BaseContentNegotiation):
    """For what is handed over as a file: a program that says it takes a PDF must not be told that there is only JSON."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class Desk(APIView):
    """An endpoint for signed-in people: `self.actor` is who asks. Every request is counted, also one that nobody signed."""

    counts_itself = True
    called: dict[str, str] = {}  # what the rooms call otherwise than the body does

    def handle_exception(self, exc):
        """A refusal names the property that was sent. What the body's own reading refuses (`input.…`) already does."""
        told = exc.errors if isinstance(exc, DomainError) else []
        for error in (one for one in told if not one.code.startswith("input.")):
            error.field = self._as_sent(error.field)
            root, dot, rest = (error.field or "").partition(".")
            error.field = f"{self.called[root]}{dot}{rest}".strip(".") if root in self.called else error.field
        return super().handle_exception(exc)

    def _as_sent(self, field: str | None) -> str | None:
        """Of what a paper names `documents.<kind>.<path>` the property that was sent: of the same name, or the place."""
        kept, sent = (field or "").split("."), getattr(self.request, "_full_data", None)
        if kept[0] != "documents" or len(kept) < 3 or not isinstance(sent, dict):
            return field
        known = (kept[2], "place") if kept[2] == "location" else (kept[2],)
        return next((name for name in known if name in sent), field)

    def perform_content_negotiation(self, request, force=False):
        try:
            return super().perform_content_negotiation(request, force)
        except Http404:
            raise Refused("input.choice", "只能以 JSON 作答：format 只能是 json，也可以不写。", "format") from None

    def initial(self, request, *args, **kwargs):
        try:
            super().initial(request, *args, **kwargs)
        except APIException:
            self._count(request, actor_for(None, request))
            raise
        self.actor = actor_for(request.user, request)
        self._count(request, self.actor)
        if bodies.broken(request):  # the guard of a session has read it, and goes by a header
            raise UnreadablePostError
        if request.user.is_authenticated and (step := pending_step(request.user)):
            raise Forbidden(STEPS[step], code=f"account.{step}")
        # PostgreSQL holds no NUL in a text; bodies are checked by their shapes, the address is checked here.
        for name, value in (*request.query_params.items(), *kwargs.items()):
            if isinstance(value, str) and "\x00" in value:
                raise Refused("input.null", f"“{name}”里有不能使用的空字符，请删去后重试。", name)
        if method := getattr(self, request.method.lower(), None):
            asking.demand_known(method, request.query_params)

    @staticmethod
    def _count(request, actor) -> None:
        demand(request, actor, "api", request.resolver_match.view_name)

    def finalize_response(self, request, response, *args, **kwargs):
        """What was told to one caller is kept by no cache on the way."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "private, no-store")
        return answer

    def read(self, request, shape) -> dict:
        """The body in its shape. An unknown property is refused: a misspelt one must not be lost in silence."""
        form = _form(shape)
        if not isinstance(request.data, dict):
            raise Refused("input.object", "请求体应为一个 JSON 对象。")
        self._demand_clean(_unknown(form, request.data), request.data)
        return dict(form.run_validation(request.data))

    def read_upload(self, request, shape) -> dict:
        """The parts of an upload in their shape. An unknown part is refused as a property is, and one sent twice: of two files the
        first was lost in silence."""
        form = shape(data=request.data)
        self._demand_clean(set(request.data) - set(form.fields), request.data)
        parts = request.data.lists() if isinstance(request.data, MultiValueDict) else ()  # of no body at all it is a plain dict
        for name, sent in parts:
            if len(sent) > 1:
                raise Refused("input.repeated", f"“{name}”一次只收一个，收到 {len(sent)} 个；请分次上传。", name)
        form.is_valid(raise_exception=True)
        return form.validated_data

    @staticmethod
    def _demand_clean(unknown: Iterable[str], data: dict) -> None:
        if unknown := sorted(unknown):
            raise Refused("input.unknown", f"不认识的字段“{unknown[0]}”，请检查拼写。", unknown[0])
        raise_all(
            [Refused("input.control", f"{path}：含有不能显示的控制字符，请删去后重试。", path) for path in _unprintable(data)]
        )

    def write(self, request, do: Callable[[], dict], status: int = 200, asked: dict | None = None) -> Response:
        """Do it, once for an Idempotency-Key; a repeated request gets the first answer, marked as replayed. `asked` says what
        was asked where the body is no JSON."""
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return Response(do(), status=status)
        body = asked or (request.data if isinstance(request.data, dict) else None)
        answer, replayed = once(self.actor, key, [request.method, request.path, body], do)
        return Response(answer, status=status, headers={"Idempotent-Replayed": "true"} if replayed else None)

    def page(
        self, request, rows, order: tuple[str, ...], shape, *, complete: Callable[[list], None] | None = None, **beside
    ) -> Response:
        """{"results", "next", "previous"} and what stands `beside`: tokens for ?page=; ?size= up to 100. `complete`: what the
        rows of the page are to carry for their shape."""
        size = _size(request.query_params.get("size") or "50")

        def read() -> dict:
            found = keyset_page(rows, order, request.query_params.get("page"), size)
            if complete:
                complete(found.rows)
            results = [shown(shape, row) for row in found.rows]
            return {"results": results, "next": found.next, "previous": found.previous, **beside}

        return self.told_late(request, read)

    @staticmethod
    def told_late(request, read: Callable[[], dict]) -> Response:
        """What may come from a replica; the answer then says how far that was."""
        answer = Response(replica.read(request._request, read))
        if as_of := getattr(request._request, "data_as_of", None):
            answer.headers["Data-As-Of"] = as_of.isoformat()
        return answer


def _unknown(field: Field, data, path: str = "") -> Iterator[str]:
    """Where the data has a property that its shape has not, however deep."""
    if isinstance(field, Serializer) and isinstance(data, dict):
        for name, inner in data.items():
            here = f"{path}.{name}".strip(".")
            if name in field.fields:
                yield from _unknown(field.fields[name], inner, here)
            else:
                yield here
    elif isinstance(field, (ListSerializer, ListField)) and isinstance(data, list):
        for place, inner in enumerate(data):
            yield from _unknown(field.child, inner, f"{path}.{place}")
    elif isinstance(field, DictField) and isinstance(data, dict):
        for name, inner in data.items():
            yield from _unknown(field.child, inner, f"{path}.{name}")


# What no paper can print, and what turns the direction of reading. (NUL is refused by the shapes.)
_UNPRINTABLE = re.compile(f"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069{NEVER}]")


def _unprintable(data, path: str = "") -> Iterator[str]:
    """Where a text has such a character: what is kept is read by people, and the papers would refuse it under a name of theirs."""
    if isinstance(data, str):
        if _UNPRINTABLE.search(data):
            yield path
    elif isinstance(data, (dict, list)):
        for name, inner in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _unprintable(inner, f"{path}.{name}".strip("."))


def _size(text: str) -> int:
    size = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= size <= 100:
        raise Refused("page.size", f"每页条数（size）应为 1 到 100 的整数，收到的是“{text[:40]}”。", "size")
    return size
