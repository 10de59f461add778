"""Bearer tokens for programs: signed, twelve hours, cut together with the user's sessions. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header

from apps.directory.backends import with_version
from apps.directory.models import User
from apps.kit.prepared import Prepared

SALT = "api.token"
_active = Prepared("account", lambda pk: with_version().filter(pk=pk, is_active=True))
LIFETIME = 12 * 3600  # seconds


def issue(user: User) -> str:
    return signing.dumps({"u": user.pk, "s": next(_seals(user))}, salt=SALT)


def _seals(user: User) -> Iterator[str]:
    """Change with the password and whenever the user's sessions are ended; the present key's first, then those of earlier keys."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    told = chain([user.get_session_auth_hash()], user.get_session_auth_fallback_hash())
    return (salted_hmac(SALT, one, secret=key).hexdigest()[:16] for key, one in zip(keys, told, strict=True))


def owner(token: str) -> User | None:
    try:
        facts = signing.loads(token, salt=SALT, max_age=LIFETIME)
        user = _active.first(facts["u"])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    return user if user and any(constant_time_compare(facts.get("s", ""), seal) for seal in _seals(user)) else None


class BearerAuthentication(BaseAuthentication):
    keyword = b"bearer"

    def authenticate(self, request):
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword:
            return None
        user = owner(parts[1].decode("latin-1")) if len(parts) == 2 else None
        if user is None:
            raise exceptions.AuthenticationFailed("令牌无效或已过期，请重新获取。")
        return user, None

    def authenticate_header(self, request):
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):
    """How the published schema names it."""

    target_class = "apps.api.tokens.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}
