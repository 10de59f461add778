"""Where a request comes from."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings

from apps.kit.limits import neighbourhood


def client_address(request) -> str:
    """The caller's address: the peer's, or behind `TRUSTED_PROXIES` proxies the one the outermost of them saw."""
    hops = settings.TRUSTED_PROXIES
    if hops:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= hops:
            return _without_port(chain[-hops])
    return request.META.get("REMOTE_ADDR", "")


def _without_port(text: str) -> str:
    """Some proxies write 1.2.3.4:5678 or [2001:db8::1]:5678; "" for what is no address."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0] if text.count(":") == 1 else text
    try:
        return str(ip_address(bare))
    except ValueError:
        return ""


def counted_address(request) -> str:
    """The caller's address as it is counted against limits; "" when a proxy sent none that is one."""
    return neighbourhood(client_address(request))
