"""Errors as problem details (RFC 9457): {"type", "title", "status", "detail", "code", "errors": [{"code", "message", "field"}]}."""

from __future__ import annotations

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.kit.errors import DomainError, TooMany

TYPE = "application/problem+json"
TITLES = {
    400: "请求的格式不对",
    401: "请先登录",
    403: "无权办理",
    404: "没有找到",
    405: "不支持的方法",
    406: "不支持的返回格式",
    409: "当前状态不能这样办",
    411: "没有写明长度",
    413: "内容太大",
    415: "不支持的内容类型",
    422: "提交的内容有误",
    429: "请求太多，请稍后再试",
    503: "外部服务暂时没有应答",
}

BROKEN_OFF = "连接在中途断了，请求体没有收全，什么都没有写入；请用同一个 Idempotency-Key 原样再发。"


class ProblemError(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField(allow_null=True)


class Problem(serializers.Serializer):
    """What every error answers."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemError(many=True)


def problem(
    status: int, code: str, detail: str, errors: list[dict] | None = None, headers: dict | None = None
) -> Response:
    title = TITLES.get(status, "没有办成")
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
    }
    return Response(body, status=status, headers=headers, content_type=TYPE)


def name_their_type(result: dict, **_) -> dict:
    """For the published schema: a problem has a content type of its own, whatever the endpoint answers else; and every endpoint may
    answer that it was asked too often, told too much or without its length, or asked for something else than JSON, that what it stands on does
    not answer just now, and one that looks at a token that it holds no longer, or not yet."""
    for shape in result["components"]["schemas"].values():
        if "enum" not in shape:
            shape.pop("description", None)  # the classes' own words, as below: for who reads the code
    told = {"description": "", "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for method, operation in (each for methods in result["paths"].values() for each in methods.items()):
        operation.pop("description", None)
        may = ["406", "429", "503"] + ["411"] * (method != "get") + ["413"] * ("requestBody" in operation)
        may += ["401", "403"] * bool(operation.get("security"))
        for status in may:
            operation["responses"].setdefault(status, told)
        for response in operation["responses"].values():
            content = response.get("content", {})
            if content.get("application/json", {}).get("schema") == {"$ref": "#/components/schemas/Problem"}:
                content[TYPE] = content.pop("application/json")
    return result


def handle(error: Exception, context: dict) -> Response | None:
    """DRF's exception handler. What is not a known refusal goes on to the 500 page and the log."""
    if isinstance(error, DomainError):
        headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooMany) else None
        return problem(error.status, error.code, error.message, [each.as_dict() for each in error.errors], headers)
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flatten(error.detail))
        return problem(422, errors[0]["code"], errors[0]["message"], errors)
    if isinstance(error, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return problem(413, "too_large", "一次提交的内容太多，请分次提交。")
    if isinstance(error, UnreadablePostError):
        return problem(400, "broken_off", BROKEN_OFF)
    if isinstance(error, Http404):
        return problem(404, "not_found", "没有找到您要的内容。")
    if isinstance(error, PermissionDenied):
        return problem(403, "forbidden", "您不能办理这一步。")
    response = exception_handler(error, context)
    if response is None:
        return None
    headers = {name: response[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in response}
    if isinstance(error, exceptions.ParseError):
        if context["request"].content_type.startswith("multipart/"):
            return problem(400, "multipart.syntax", "上传的内容读不出来：请以 multipart/form-data 提交，并带上 boundary。")
        return problem(400, "json.syntax", "请求体不是正确的 JSON（UTF-8，不带 BOM），请检查编码、括号、引号和逗号。")
    code = getattr(error, "default_code", "error")
    words = {
        401: "请先登录，或令牌已过期，请重新获取。",
        403: "您不能办理这一步；若用网页会话访问，请带上 CSRF 令牌。",
        405: "这个地址不支持该方法。",
        406: "只能以 JSON 作答。",
        413: "上传的内容太大。",
        415: "请以 application/json 提交（上传文件用 multipart/form-data）。",
        429: "请求太多，请稍后再试。",
    }
    return problem(response.status_code, code, words.get(response.status_code, str(error)), headers=headers)


# Where the framework's own Chinese says something else.
_WORDS = {"null_characters_not_allowed": "含有不能使用的空字符，请删去后重试。"}


def _flatten(detail, path: str = ""):
    if isinstance(detail, dict):
        for name, inner in detail.items():
            here = path if name == "non_field_errors" else f"{path}.{name}".strip(".")
            yield from _flatten(inner, here)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            deeper = isinstance(inner, dict)
            yield from _flatten(inner, f"{path}.{place}".strip(".") if deeper else path)
    else:
        yield {
            "code": f"input.{getattr(detail, 'code', 'invalid')}",
            "message": f"{path}：{_WORDS.get(getattr(detail, 'code', ''), detail)}",
            "field": path or None,
        }
