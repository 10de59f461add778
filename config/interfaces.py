"""How the interfaces for programs read, answer and describe themselves: the part of the settings that REST framework reads."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.api.tokens.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["apps.api.parsing.BeijingJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsing.BoundedJSONParser"],
    "EXCEPTION_HANDLER": "apps.api.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "一窗接口",
    "VERSION": "1.0.0",
    "DESCRIPTION": "令牌：POST /api/token/ 用账号密码换取，十二小时有效，随后每个请求带 Authorization: Bearer …。\n\n"
    "写操作可以带 Idempotency-Key（参数里没有列它的除外）：七天以内，同一个键的重复请求只办一次，并得到第一次的答复；被拒绝的请求不占用键，改正以后可以用原来的键再发。\n\n"
    "列表按标记翻页：把答复里的 next、previous 放进 ?page=。不认识的参数、字段一律拒绝。时刻都带北京时间的时区；没有写时区的按北京时间读。\n\n"
    "出错的答复是 application/problem+json：code 供程序判断，errors 逐项写明字段和改法。429 按 Retry-After 再发；503 过一会儿原样再发，用原来的键。",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "RecommendationEnum": "apps.api.shapes_review.DECISIONS",
        "ChannelEnum": "apps.applications.models.Channel",
        "InspectionResultEnum": "apps.applications.models.InspectionPart.Result",
        "HandOutEnum": "apps.applications.handout.HandOut",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.api.problems.name_their_type",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
}
