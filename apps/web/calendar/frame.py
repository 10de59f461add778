"""What the pages of the calendar share."""

from __future__ import annotations

from hashlib import sha256

from django.http import HttpRequest
from django.urls import reverse

from apps.deadlines import policy
from apps.directory import queries as directory
from apps.directory.policy import admin_nodes
from apps.web.access import staff
from apps.web.once import OnceForm

reader = staff("node_admin", "supervisor")
keeper = staff("node_admin")


def side(request: HttpRequest) -> list[dict]:
    links = [("工作日历", reverse("calendar:home")), ("亮灯规则", reverse("calendar:lights"))]
    lights = request.path.startswith(links[1][1])
    return [{"text": text, "href": href, "current": lights == (href == links[1][1])} for text, href in links]


def keeps_city(actor) -> bool:
    return policy.keeps_city(actor)


def own_places(actor) -> list[tuple[str, str]]:
    """(code, name) of the places for which the actor may register a local exception; "" = every node."""
    nodes = admin_nodes(actor)
    whole = [("", "全市所有节点")] if keeps_city(actor) else []
    return whole + [(node.pk, node.name) for node in directory.nodes() if nodes is None or node.pk in nodes]


def place_name(region: str) -> str:
    return directory.region_name(region) if region else "全市"


def as_seen(form: OnceForm) -> str:
    """What stood on the form when its effect was shown; spaces and line breaks come back otherwise and change nothing."""
    told = ("".join(str(form.cleaned_data.get(name)).split()) for name in form.fields if name != "once")
    return sha256("|".join(told).encode()).hexdigest()[:16]


def changed_since(request: HttpRequest, form: OnceForm) -> bool:
    """Something was typed after the look at what it would do: that is shown before it counts."""
    seen = request.POST.get("seen")
    return seen is not None and form.is_valid() and seen != as_seen(form)
