"""OpenID Connect: who the provider says it is becomes an account that is already here; none is ever made."""

from __future__ import annotations

import json

import jwt
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from apps.kit import outside
from apps.kit.errors import Refused
from apps.kit.ids import check_mobile

from .models import User

PROVED = ("email", "phone_number")  # claims beside which the provider says whether it has proved them
OF_A_SIGN_IN = ("exp", "iat", "aud", "sub")  # what its token must have
OF_A_PERSON = ("aud", "sub")  # signed facts were asked for just now and need no end
SKEW = 60  # seconds that the provider's clock may differ from ours


class SingleSignOn(OIDCAuthenticationBackend):
    """The code flow of mozilla-django-oidc with the checks it leaves out: audience, issuer and every token fault; the provider is
    asked like every other house, so that none of its answers leads our secret or a token elsewhere."""

    _required = OF_A_SIGN_IN

    def verify_token(self, token, *, require=OF_A_SIGN_IN, **known):
        self._required = require
        return super().verify_token(token, **known)

    def _verify_jws(self, payload, key):
        return jwt.decode(
            payload,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=self.OIDC_RP_CLIENT_ID,
            issuer=settings.OIDC_OP_ISSUER or None,
            leeway=SKEW,
            options={"require": [*self._required]},
        )

    def get_token(self, payload):
        return self._facts(self._ask("POST", self.OIDC_OP_TOKEN_ENDPOINT, data=payload))

    def get_userinfo(self, access_token, id_token, payload):
        answer = self._ask("GET", self.OIDC_OP_USER_ENDPOINT, headers={"Authorization": f"Bearer {access_token}"})
        signed = answer.kind.startswith("application/jwt")
        return self.verify_token(answer.content.decode(), require=OF_A_PERSON) if signed else self._facts(answer)

    def retrieve_matching_jwk(self, token):
        """The provider's key of this number and algorithm."""
        head, keys = jwt.get_unverified_header(token), self._facts(self._ask("GET", self.OIDC_OP_JWKS_ENDPOINT))["keys"]
        for key in keys if isinstance(keys, list) else ():
            if isinstance(key, dict) and key.get("kid") == head["kid"] and key.get("alg", head["alg"]) == head["alg"]:
                return jwt.PyJWK(key)
        raise SuspiciousOperation("no key of this token")

    @staticmethod
    def _ask(method: str, url: str, **sent) -> outside.Answer:
        answer = outside.ask(method, url, seconds=settings.OIDC_TIMEOUT, **sent)
        if answer.status != 200:
            raise SuspiciousOperation(f"the provider answered {answer.status}")
        return answer

    @staticmethod
    def _facts(answer: outside.Answer) -> dict:
        try:
            facts = json.loads(answer.content)
        except (ValueError, RecursionError):
            facts = None
        if not isinstance(facts, dict):
            raise SuspiciousOperation("the provider answered nonsense")
        return facts

    def get_or_create_user(self, access_token, id_token, payload):
        """The active account whose name the claim gives (settings.OIDC_CLAIM), or None. A mailbox or a phone that the provider has not
        proved is anybody's to claim."""
        try:
            told = self.get_userinfo(access_token, id_token, payload)
        except SuspiciousOperation as fault:  # the library would say that there is no account
            raise ValueError(str(fault)) from fault
        if told.get("sub") != payload["sub"]:
            raise jwt.InvalidTokenError("userinfo of somebody else")
        facts, claim = {**payload, **told}, settings.OIDC_CLAIM
        if claim in PROVED and facts.get(f"{claim}_verified") is not True:
            return None
        name = _account(facts.get(claim), claim)
        return User.objects.filter(username=name, is_active=True).first() if name else None


def _account(told: object, claim: str) -> str:
    """The name of an account here, or "". Nothing but ASCII's capitals is made small and nothing is trimmed: of the sign for Kelvin or of
    a blank behind it the provider makes a name that is somebody else's."""
    if not isinstance(told, str):
        return ""
    if claim == "phone_number":  # as telephones are written there: +86 138…
        try:
            return check_mobile(told)
        except Refused:
            return ""
    return told.lower() if told.isascii() and told.isprintable() else ""
