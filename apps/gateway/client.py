"""One HTTP client for all adapters: signed, bounded (apps/kit/outside.py); troubles are told apart.

A caller that can wait gets `Later` and comes again with the same key; one with a person before it turns that into `Unavailable`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

from django.conf import settings

from apps.kit import outside
from apps.kit.errors import Later, Refused

JUDGED = (400, 409, 410, 422)  # it has read what we want and says no; other 4xx are about us
FRESH = 300  # seconds that a signature holds


def readable(said: object, most: int) -> str:
    """What a service says, as far as a column can keep it and a page can show it: no NUL, no half of a character."""
    return "".join(char for char in str(said)[:most] if char.isprintable())


class Client:
    """Speaks to the service that settings.SERVICES names: {"url", "secret", "seconds"}."""

    def __init__(self, service: str):
        self.service = service
        given = settings.SERVICES.get(service) or {}
        self.url = (given.get("url") or "").rstrip("/")
        self.secret = (given.get("secret") or "").encode()
        self.seconds = float(given.get("seconds") or 5)

    def post(self, path: str, body: dict | bytes, *, key: str = "") -> dict[str, Any]:
        """The service's answer. Raises Later (not configured, no or a faulty answer, 408, 425, 429, 5xx) and Refused (other 4xx):
        its code ends in `.refused` where the service has judged what we want, in `.denied` where it does not let us in."""
        if not self.url:
            raise Later(f"{self.service}: not configured")
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        try:
            answer = outside.ask(
                "POST", self.url + path, seconds=self.seconds, data=raw, headers=self._headers(raw, key, isinstance(body, bytes))
            )
        except outside.Silent as why:
            raise Later(f"{self.service}: {why}") from None
        return self._told(answer.status, answer.content)

    def _told(self, status: int, content: bytes) -> dict[str, Any]:
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            told = None
        if 400 <= status < 500 and status not in (408, 425, 429):
            message = readable(told.get("message", "") if isinstance(told, dict) else "", 300)
            what = "refused" if status in JUDGED else "denied"
            raise Refused(f"{self.service}.{what}", message or "对方系统拒绝了这次请求。")
        if status != 200 or not isinstance(told, dict):
            raise Later(f"{self.service}: answered {status}{', no JSON object' if status == 200 else ''}")
        return told

    def trusts(self, at: str, key: str, raw: bytes, signature: str) -> bool:
        """Is this what the service sent us, just now? Never without a secret of its own."""
        fresh = at.isascii() and at.isdigit() and len(at) < 12 and abs(time.time() - int(at)) <= FRESH
        return bool(self.secret) and fresh and hmac.compare_digest(self._signed(at, key, raw).encode(), signature.encode())

    def _signed(self, at: str, key: str, raw: bytes) -> str:
        return hmac.new(self.secret, f"{at}.{key}.".encode() + raw, hashlib.sha256).hexdigest()

    def _headers(self, raw: bytes, key: str, binary: bool) -> dict[str, str]:
        at = str(int(time.time()))
        return {
            "Content-Type": "application/octet-stream" if binary else "application/json; charset=utf-8",
            "Idempotency-Key": key,
            "X-Timestamp": at,
            "X-Signature": self._signed(at, key, raw),
        }
