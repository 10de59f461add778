"""What a list may be asked (?name=value): told in the published schema and held at the door by the same words.

A misspelt filter that is passed over in silence answers with everything, and an impossible value with nothing; both look like an
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.settings import api_settings

from apps.directory.queries import nodes
from apps.kit.errors import Refused, raise_all
from apps.kit.time import parse_day

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def reads(**told) -> Callable:
    """`extend_schema` for a GET that takes the query parameters named in it and no others."""

    def mark(method: Callable) -> Callable:
        method.asks = {one.name: one for one in told.get("parameters", ()) if one.location == OpenApiParameter.QUERY}
        return extend_schema(**told)(method)

    return mark


def demand_known(method: Callable | None, given: Mapping[str, str]) -> None:
    """Raises Refused for every name or value that the method does not take; a method that says nothing takes what it likes."""
    asks = getattr(method, "asks", None)
    if asks is None:
        return
    faults = []
    for name, value in given.items():
        if name == api_settings.URL_FORMAT_OVERRIDE:
            continue
        told = asks.get(name)
        if told is None:
            listed = f"，可以用 {'、'.join(asks)}" if asks else ""
            faults.append(Refused("input.unknown", f"不认识的参数“{name[:40]}”，请检查拼写{listed}。", name))
        elif choices := _choices(told):
            said = value.lower() if told.type in (bool, OpenApiTypes.BOOL) else value
            parts = said.split(",") if told.many else [said]
            if value and not all(part in choices for part in parts):
                faults.append(Refused("input.choice", f"“{name}”应为 {'、'.join(choices)} 之一，收到的是“{value[:40]}”。", name))
    raise_all(faults)


def _choices(told: OpenApiParameter) -> list[str]:
    return list(BOOLEANS) if told.type in (bool, OpenApiTypes.BOOL) else [str(one) for one in told.enum or ()]


def flag(request, name: str) -> bool:
    return BOOLEANS.get(request.query_params.get(name, "").lower(), False)


def node(request) -> str:
    """?node=, "" for all. Raises Refused for a code that no node has: zeros would look like an answer."""
    code = request.query_params.get("node", "")
    if code and code not in {region.code for region in nodes()}:
        raise Refused("node.unknown", "没有这个节点，请核对节点编码（市本级、区县（市）或者开发区的编码）。", "node")
    return code


def period(request) -> dict[str, date | None]:
    """?since= and ?until=. Raises Refused for a day that there is not, and for a period that ends before it begins."""
    since, until = (parse_day(request.query_params.get(name), name) for name in ("since", "until"))
    if since and until and since > until:
        raise Refused("period.order", "起始日不能晚于截止日。", "since")
    return {"since": since, "until": until}
