"""Single sign-on by OpenID Connect (off unless the installation names a provider)."""

from __future__ import annotations

import logging

import jwt
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from mozilla_django_oidc.views import OIDCAuthenticationRequestView

from apps.directory.oidc import SingleSignOn
from apps.kit.outside import Silent

from .signin import proceed

log = logging.getLogger(__name__)


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """To the provider, with a state, a nonce and a code challenge kept in the session."""
    if not settings.OIDC_ON:
        raise Http404
    return OIDCAuthenticationRequestView.as_view()(request)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider: the state must be ours and unused, the token good, the account known here."""
    if not settings.OIDC_ON:
        raise Http404
    states = request.session.get("oidc_states", {})
    kept = states.pop(request.GET.get("state", ""), None)
    if kept is not None:  # else whoever comes with nothing would leave a session in the database each time
        request.session["oidc_states"] = states
    if request.GET.get("error"):
        return _failed(request, "单点登录没有完成：您取消了登录，或对方没有同意。", 403)
    if kept is None or not request.GET.get("code"):
        return _failed(request, "这次单点登录已经过期或不是从本页发起的，请重新登录。", 400)
    try:
        user = SingleSignOn().authenticate(request, nonce=kept["nonce"], code_verifier=kept["code_verifier"])
    except (SuspiciousOperation, jwt.PyJWTError, Silent, KeyError, ValueError) as error:
        log.warning("single sign-on failed: %s", type(error).__name__)
        return _failed(request, "单点登录没有通过验证，请稍后重试，或改用账号密码登录。", 502)
    if user is None:
        return _failed(request, "您在统一身份认证中的账号还没有与本平台的账号对应，请联系本节点的管理员。", 403)
    return proceed(request, user, request.session.pop("oidc_login_next", None) or "")


def _failed(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    context = {"errors": [{"href": "", "message": sentence}], "has_errors": True}
    return render(request, "account/single_failed.html", context, status=status)
