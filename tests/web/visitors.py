"""Somebody at a door, as cheaply as a table of twenty thousand requests needs it: the whole middleware and the view run, but no test client
copies contexts, an account is read once, the counter is silent, and a page of an error is the words that it tells.

    with quick():
        answer = Visitor(user).ask("post", "/counter/7/accept/")
"""

from __future__ import annotations

import copy
import json
import logging
import random
import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from unittest import mock

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.base import BaseHandler
from django.db import connection, transaction
from django.http import HttpResponse
from django.template import Template
from django.test import Client, RequestFactory
from django.test import utils as instrumented
from drf_spectacular.generators import SchemaGenerator

from apps.directory.backends import LoadsUser
from apps.directory.sessions import SEEN, SessionStore
from apps.kit import limits
from apps.kit.time import today
from tests.databases import marks

READS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET |SHOW)", re.I)
KEPT_OF_THE_BROWSER = re.compile(r'"django_session"')
TOKENS = re.compile(r'"csrfmiddlewaretoken" value="\w+"|name="once" value="[\w-]+"|"(X-CSRFToken)": ?"\w+"')


@dataclass
class Answer:
    status: int
    to: str  # where it sends
    body: str
    statements: int
    cached: str  # what it lets caches on the way do with it
    wrote: list[str] = field(default_factory=list)  # statements that write; all of it is undone

    @property
    def told(self) -> tuple:
        return self.status, self.to, self.body


class Visitor:
    def __init__(self, user=None):
        self.cookies = ""
        if user is not None:
            client = Client()
            client.force_login(user)
            self.cookies = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
            self.ask("get", "/account/messages/")  # what a process remembers of a person is remembered

    def ask(self, method: str, place: str, body: dict | bytes | None = None) -> Answer:
        """The answer to an empty form, or to this body (a dict as JSON, bytes as a file); whatever was done is undone."""
        given = {}
        if isinstance(body, bytes):
            given = {"data": {"file": SimpleUploadedFile("a.pdf", body), "material": "id_card"}}
        elif place.startswith("/api/") and method in ("post", "put", "patch", "delete"):
            given = {"content_type": "application/json", "data": json.dumps(body or {})}
        request = getattr(RequestFactory(HTTP_COOKIE=self.cookies), method)(place, **given)
        request._dont_enforce_csrf_checks = True
        ran: list[str] = []

        def watch(execute, sql, params, many, context):
            ran.append(sql)
            return execute(sql, params, many, context)

        with transaction.atomic():
            with connection.execute_wrapper(watch):
                response = _handler().get_response(request)
            body = response.getvalue()
            for close in response._resource_closers:
                close()
            wrote = [sql for sql in ran if not READS.match(sql) and not KEPT_OF_THE_BROWSER.search(sql)]
            transaction.set_rollback(True)
        text = TOKENS.sub("", body.decode(errors="replace"))
        return Answer(response.status_code, response.headers.get("Location", ""), text, len(ran), response.headers.get("Cache-Control", ""), wrote)

    def leaves(self, method: str, place: str, body: dict | bytes | None = None) -> list[str]:
        """Tables that are not as they were, although the request was refused."""
        tables = [name for name in connection.introspection.table_names() if name != "django_session"]
        undo, kept = transaction.set_rollback, {}

        def look(_):
            with connection.cursor() as cursor:
                kept["after"] = marks(cursor, tables)
            undo(True)

        with connection.cursor() as cursor:
            before = marks(cursor, tables)
        with mock.patch.object(transaction, "set_rollback", look):
            self.ask(method, place, body)
        return [table for table in tables if kept["after"][table] != before[table]]


@cache
def _handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _words(request, template: str, context: dict | None = None, *, status: int = 200, **_) -> HttpResponse:
    told = {name: value for name, value in (context or {}).items() if name != "back"}
    return HttpResponse(f"{template} {told}", status=status)


# —— a body as the description asks for it ——


@cache
def described() -> dict[str, dict[str, dict]]:
    """{path with {} for its keys: {method: the shape of its body, with every reference put in place}} of the published interface."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return {
        re.sub(r"{\w+}", "{}", path): {method: _body(schema, each) for method, each in methods.items()}
        for path, methods in schema["paths"].items()
    }


def described_at(pattern: str) -> dict[str, dict]:
    """The same by the resolver's pattern."""
    return described()["/" + re.sub(r"<[\w:]+>", "{}", pattern)]


def _body(schema: dict, operation: dict) -> dict:
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        return {"type": "file"}
    return _whole(schema, content["application/json"]["schema"]) if content else {}


def _whole(schema: dict, shape):
    if isinstance(shape, list):
        return [_whole(schema, each) for each in shape]
    if not isinstance(shape, dict):
        return shape
    if "$ref" in shape:
        return _whole(schema, schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]])
    return {name: _whole(schema, each) for name, each in shape.items()}


def sample(shape: dict | None, rng: random.Random | None = None) -> dict | bytes | None:
    """A well-formed body of the shape: the first of every choice, or any; bytes for a file, None for none."""
    if not shape:
        return None
    pick = rng.choice if rng else (lambda some: some[0])
    for some in ("allOf", "oneOf", "anyOf"):
        if some in shape:
            return sample(pick(shape[some]), rng)
    if "enum" in shape:
        return pick(shape["enum"])
    kind = shape.get("type")
    if kind == "file":
        return b"%PDF-1.4 x"
    if kind == "object":
        asked = {name: sample(shape["properties"][name], rng) for name in shape.get("required", ())}
        return asked | ({"region": "330282"} if "region" in shape.get("properties", ()) else {})
    if kind == "array":
        return [sample(shape["items"], rng)]
    if kind in ("integer", "number"):
        return max(1, shape.get("minimum", 1))
    texts = {"date": today().isoformat(), "date-time": f"{today()}T09:00:00+08:00", "email": "a@example.cn"}
    return True if kind == "boolean" else texts.get(shape.get("format"), "理由充分，特此说明情况。")


@contextmanager
def quick():
    """What stands beside the doors is remembered or left out. (The tables of limits, sessions and error pages have tests of their own.)"""
    people, sessions = {}, {}
    account, session = LoadsUser.get_user, SessionStore.load

    def get_user(self, pk):
        if pk not in people:
            people[pk] = account(self, pk)
        return copy.copy(people[pk])

    def load(self):
        if self.session_key not in sessions:
            sessions[self.session_key] = {**session(self), SEEN: 2**40}
        return dict(sessions[self.session_key])

    whole = instrumented._TestState.saved_data.template_render
    with ExitStack() as stack:
        for patched in (
            mock.patch.object(LoadsUser, "get_user", get_user),
            mock.patch.object(SessionStore, "load", load),
            mock.patch.object(limits, "_ask", lambda question, of: None),
            mock.patch.object(Template, "_render", whole),
            mock.patch("apps.web.errors.render", _words),
        ):
            stack.enter_context(patched)
        logging.disable(logging.CRITICAL)
        stack.callback(logging.disable, logging.NOTSET)
        yield
