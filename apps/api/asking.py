"""What a list may be asked (?name=value): told in the published schema and held at the door by the same words.

A misspelt filter that is passed over in silence answers with everything, and an impossible value with nothing; both look like an
answer. So does a filter named twice, of which the last alone would hold.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.settings import api_settings

from apps.catalog.queries_names import definition_names
from apps.directory.models import Region
from apps.directory.queries import department_names
from apps.kit.errors import Refused, raise_all
from apps.kit.ids import names_a_citizen
from apps.kit.time import parse_day, today

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def reads(**told) -> Callable:
    """`extend_schema` for a GET that takes the query parameters named in it and no others; a method that names none takes none."""

    def mark(method: Callable) -> Callable:
        method.asks = {}
        for one in told.get("parameters", ()):
            if not isinstance(one, OpenApiParameter):  # a serializer of them
                method.asks |= {name: OpenApiParameter(name) for name in one().fields}
            elif one.location == OpenApiParameter.QUERY:
                method.asks[one.name] = one
        return extend_schema(**told)(method)

    return mark


def demand_known(method: Callable, given: QueryDict) -> None:
    """Raises Refused for every name or value that the method does not take."""
    asks = getattr(method, "asks", {})
    faults = []
    for name, values in given.lists():
        if name == api_settings.URL_FORMAT_OVERRIDE:
            continue
        told, value = asks.get(name), values[-1]
        if told is None:
            listed = f"，可以用 {'、'.join(asks)}" if asks else ""
            faults.append(Refused("input.unknown", f"不认识的参数“{name[:40]}”，请检查拼写{listed}。", name))
        elif len(values) > 1:
            cure = f"几个值用逗号隔开，如 {name}={','.join(_choices(told)[:2])}" if told.many else "请只留一个"
            faults.append(Refused("input.repeated", f"参数“{name}”写了 {len(values)} 次，{cure}。", name))
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


def words(request, name: str = "q") -> str:
    """?q= of a list of cases. Raises Refused for a citizen number, also a mistyped one: addresses stay in logs."""
    given = request.query_params.get(name, "")
    if names_a_citizen(given):
        told = "身份证号不能写在网址里（网址会留在访问日志里）。请改用办件编号、申请人姓名或者事项名称；凭身份证号查办件，请在窗口页面“全部办件”里查。"
        raise Refused("input.citizen_number", told, name)
    return given


def node(request, name: str = "node", *, past: bool = False) -> str:
    """?node=, "" for all. Raises Refused for a code that no node has (or had, where what is `past` is asked for): zeros would look like
    an answer."""
    code, on = request.query_params.get(name, ""), today()
    known = [one for one in Region.objects.filter(pk=code) if one.is_node] if code else []
    if code and not any(one.valid_on(on) or (past and one.valid_to and one.valid_to < on) for one in known):
        raise Refused("node.unknown", "没有这个节点，请核对节点编码（市本级、区县（市）或者开发区的编码）。", name)
    return code


def department(request, name: str = "department") -> str:
    """?department=, "" for all. Raises Refused for a code that no department has."""
    code = request.query_params.get(name, "")
    if code and code not in department_names([code]):
        raise Refused("department.unknown", "没有这个部门，请核对部门编码（办件、事项里的 department）。", name)
    return code


def item(request, name: str = "code") -> str:
    """?code=, "" for all. Raises Refused for a code that no item or one-thing ever had."""
    code = request.query_params.get(name, "")
    if code and code not in definition_names([code]):
        raise Refused("item.unknown", "没有这个事项，请核对事项编码（GET /api/items/ 可以查到）。", name)
    return code


def period(request) -> dict[str, date | None]:
    """?since= and ?until=. Raises Refused for a day that there is not, and for a period that ends before it begins."""
    since, until = (parse_day(request.query_params.get(name), name) for name in ("since", "until"))
    if since and until and since > until:
        raise Refused("period.order", "起始日不能晚于截止日。", "since")
    return {"since": since, "until": until}


def begun(request) -> dict[str, date | None]:
    """The same for what is counted up to today where no last day is named. Raises Refused for a first day still to come: today's
    numbers are no answer to it."""
    days = period(request)
    if days["since"] and not days["until"] and days["since"] > today():
        raise Refused("period.order", "没有写截止日就是到今天，起始日不能晚于今天。", "since")
    return days
