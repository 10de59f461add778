from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from apps.kit.errors import NotYours

from . import account, board, calendar, cards, cases, clocks, courier, inspections, messages, opinions, public, verbs
from .description import Description

app_name = "api"


class Nowhere(APIView):
    """Any other address under /api/ answers as a problem, not as a page."""

    permission_classes = [AllowAny]
    authentication_classes: list = []

    @extend_schema(exclude=True)
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request, *args, **kwargs):
        raise NotYours("address.unknown", "没有这个接口地址，请看 /api/docs/。")


def by_first_word(patterns: list[URLPattern]) -> list[URLResolver]:
    """The same addresses, those that begin alike behind one door: an address is then compared with its own kind only."""
    groups: dict[str, list[URLPattern]] = {}
    for pattern in patterns:
        word, _, rest = str(pattern.pattern).partition("/")
        groups.setdefault(word, []).append(path(rest, pattern.callback, pattern.default_args, pattern.name))
    return [path(f"{word}/", include(group)) for word, group in groups.items()]


urlpatterns = [
    path("schema/", Description.as_view(), name="schema"),
    # Its script stands at an address of its own: the site's policy lets no inline script run.
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"),
        name="docs",
    ),
    *by_first_word(
        [
            *public.urlpatterns,
            *account.urlpatterns,
            *cases.urlpatterns,
            *clocks.urlpatterns,
            *inspections.urlpatterns,
            *opinions.urlpatterns,
            *verbs.urlpatterns,
            *board.urlpatterns,
            *cards.urlpatterns,
            *calendar.urlpatterns,
            *messages.urlpatterns,
            *courier.urlpatterns,
        ]
    ),
    re_path("", Nowhere.as_view()),
]
