import time

from allauth.idp.oidc.adapter import DefaultOIDCAdapter


class Adapter(DefaultOIDCAdapter):
    """Some users get what a broken or hostile provider would send."""

    def populate_id_token(self, id_token, client, scopes, **kwargs):
        name = kwargs["user"].username if "user" in kwargs else self.request.user.username
        self._spoil(id_token, name)

    def get_claims(self, purpose, user, client, scopes, email=None, **kwargs):
        claims = super().get_claims(purpose, user, client, scopes, email, **kwargs)
        claims["preferred_username"] = user.username
        if purpose == "id_token":
            self._spoil(claims, user.username)
        elif user.username == "impostor":  # the user information of somebody else
            claims |= {"sub": "another", "preferred_username": "cixi-person"}
        return claims

    def _spoil(self, id_token, name):
        if name == "late":  # expired an hour ago
            id_token["exp"] = int(time.time()) - 3600
        elif name == "stray":  # meant for another client
            id_token["aud"] = "another-client"
        elif name == "forger":  # of another issuer
            id_token["iss"] = "https://elsewhere.example"
