"""Calls the API as somebody, by token; every answer is held to the published description."""

from __future__ import annotations

import json

from django.test import Client

from apps.api import tokens
from tests import make
from tests.api.described import faults


class Caller:
    def __init__(self, username: str | None):
        self.client = Client(raise_request_exception=True)
        self.auth = {}
        if username:
            self.auth = {"HTTP_AUTHORIZATION": f"Bearer {tokens.issue(make.user(username))}"}

    def raw(self, method: str, path: str, body: dict | None = None, *, headers: dict | None = None):
        given = {} if method == "get" else {"data": json.dumps(body or {}), "content_type": "application/json"}
        answer = getattr(self.client, method)(f"/api/{path}", **given, **self.auth, headers=headers or {})
        assert not (wrong := faults(method, f"/api/{path}", answer)), (method, path, answer.status_code, wrong)
        return answer

    def get(self, path: str) -> dict:
        return self._checked(self.raw("get", path), 200)

    def post(self, path: str, body: dict | None = None, *, expect: int = 200) -> dict:
        return self._checked(self.raw("post", path, body), expect)

    @staticmethod
    def _checked(answer, status: int) -> dict:
        assert answer.status_code == status, answer.content.decode()[:2000]
        return answer.json()
