"""OpenID Connect: who the provider says it is becomes an account that is already here; none is ever made."""

from __future__ import annotations

import jwt
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from .models import User


class SingleSignOn(OIDCAuthenticationBackend):
    """The code flow of mozilla-django-oidc with the checks it leaves out: audience, issuer and every token fault."""

    def _verify_jws(self, payload, key):
        header = jwt.get_unverified_header(payload)
        if header.get("alg") != self.OIDC_RP_SIGN_ALGO:
            raise SuspiciousOperation("unexpected signing algorithm")
        return jwt.decode(
            payload,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=self.OIDC_RP_CLIENT_ID,
            issuer=settings.OIDC_OP_ISSUER or None,
            options={"require": ["exp", "iat", "aud", "sub"]},
        )

    def get_or_create_user(self, access_token, id_token, payload):
        """The active account whose name the claim gives (settings.OIDC_CLAIM), or None."""
        told = self.get_userinfo(access_token, id_token, payload)
        if told.get("sub") != payload["sub"]:
            raise jwt.InvalidTokenError("userinfo of somebody else")
        name = str({**payload, **told}.get(settings.OIDC_CLAIM) or "").strip().lower()
        return User.objects.filter(username=name, is_active=True).first() if name else None
