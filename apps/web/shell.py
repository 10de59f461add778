"""The frame around every page: navigation by role, the way to one's desk, how the page looks, and the showcase of components."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from apps.journal.actor import PUBLIC
from apps.kit.forms import BaseForm, CodeField, DateInput
from apps.kit.paging import Page
from apps.kit.time import now, today

from . import labels

VIEWS = [("standard", "标准版"), ("elder", "长辈版")]
THEMES = [("auto", "跟随系统"), ("light", "浅色"), ("dark", "深色"), ("contrast", "高对比")]
REMEMBERED = 365 * 24 * 3600  # seconds that the cookies of the look last

# (text, URL name of the desk, roles that see it): the main navigation of staff, in the order of a case's life.
DESKS = [
    ("综合受理", "counter:home", {"clerk"}),
    ("部门审批", "review:home", {"reviewer", "head"}),
    ("统一出件", "issue:home", {"issue_clerk", "seal_keeper"}),
    ("监督看板", "oversight:board", {"supervisor"}),
    ("事项管理", "catalogue:list", {"catalogue"}),
    ("人员岗位", "people:list", {"node_admin"}),
    ("查看留痕", "audit:reveals", {"auditor"}),
]
PUBLIC_LINKS = [
    ("首页", "citizen:home"),
    ("办事事项", "citizen:catalogue"),
    ("办件查询", "citizen:track"),
    ("证照核验", "citizen:verify"),
]


def actor_of(request: HttpRequest):
    return getattr(request, "actor", PUBLIC)


def desks_of(actor) -> list[dict]:
    """The desks that the actor's posts open: [{"text", "href"}]."""
    return [{"text": text, "href": reverse(name)} for text, name, roles in DESKS if roles & actor.roles]


def _links(pairs, path: str) -> list[dict]:
    found = [(text, reverse(name)) for text, name in pairs]
    return [
        {"text": text, "href": href, "current": path == href or (href != "/" and path.startswith(href))}
        for text, href in found
    ]


def look(request: HttpRequest) -> tuple[str, str]:
    """(view, theme) that this browser asked for; anything unknown is the default."""
    view = request.COOKIES.get("view", "")
    theme = request.COOKIES.get("theme", "")
    return (view if view in dict(VIEWS) else "standard", theme if theme in dict(THEMES) else "auto")


def frame(request: HttpRequest) -> dict:
    """Context processor: `shell` for base.html; no statement is run."""
    actor = actor_of(request)
    view, theme = look(request)
    desks = desks_of(actor)
    for desk in desks:
        desk["current"] = request.path.startswith(desk["href"])
    posts = sorted({labels.ROLES[role] for role in actor.roles})
    return {
        "shell": {
            "view": view,
            "theme": theme,
            "views": VIEWS,
            "themes": THEMES,
            "nav": desks or _links(PUBLIC_LINKS, request.path),
            "foot": _links(PUBLIC_LINKS[1:], request.path),
            "signed_in": actor.id is not None,
            "name": actor.name,
            "post": "、".join(posts) if len(posts) < 3 else f"{posts[0]}等{len(posts)}岗",
            "desk": reverse("desk") if desks else "",
            "sign_in": settings.LOGIN_URL,
            "sign_out": reverse("signout"),
        }
    }


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Where work begins: the one desk of this person, or a choice of desks; citizens go to the public home."""
    actor = actor_of(request)
    if actor.id is None:
        return redirect(f"{settings.LOGIN_URL}?next={request.path}")
    desks = desks_of(actor)
    if len(desks) == 1:
        return redirect(desks[0]["href"])
    if desks or actor.kind == "staff":
        return render(request, "web/desk.html", {"desks": desks})
    return redirect("citizen:home")


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember how the page shall look, in two cookies that hold nothing personal, and go back."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = redirect(target)
    for name, choices in (("view", VIEWS), ("theme", THEMES)):
        value = request.POST.get(name)
        if value in dict(choices):
            response.set_cookie(
                name, value, max_age=REMEMBERED, httponly=True, samesite="Lax", secure=request.is_secure()
            )
    return response


class ShowcaseForm(BaseForm):
    """Every kind of field once, for the showcase."""

    name = forms.CharField(label="申请人姓名", max_length=20, help_text="与身份证上的写法一致。")
    number = CodeField(label="公民身份号码", max_length=18, widget=forms.TextInput(attrs={"class": "w-m"}))
    born = forms.DateField(label="出生日期", widget=DateInput)
    people = forms.IntegerField(label="从业人数", min_value=1, widget=forms.NumberInput(attrs={"class": "w-xs"}))
    place = forms.ChoiceField(
        label="经营场所所在地", choices=[("", "请选择"), ("330282", "慈溪市"), ("330205", "江北区")]
    )
    kind = forms.ChoiceField(
        label="主体业态", widget=forms.RadioSelect, choices=[("a", "食品销售经营者"), ("b", "餐饮服务经营者")]
    )
    extras = forms.MultipleChoiceField(
        label="经营项目",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("1", "预包装食品销售"), ("2", "散装食品销售"), ("3", "热食类食品制售")],
    )
    note = forms.CharField(label="补充说明", required=False, widget=forms.Textarea, help_text="没有可以不填。")
    scan = forms.FileField(label="营业执照扫描件", required=False)
    promise = forms.BooleanField(label="以上内容真实有效，愿意承担相应责任")


def showcase(request: HttpRequest) -> HttpResponse:
    """Every component with every state, to look at; for developers and signed-in staff."""
    if not settings.DEBUG and actor_of(request).kind != "staff":
        raise Http404
    day, at = today(), now()
    return render(
        request,
        "web/styleguide.html",
        {
            "form": ShowcaseForm(
                request.POST if request.method == "POST" else {"name": "王小明" * 9, "number": "330282"}
            ),
            "tables": {table: list(states) for table, states in labels.TABLES.items()},
            "lights": [
                ("green", day + timedelta(9)),
                ("yellow", day + timedelta(3)),
                ("red", day),
                ("overdue", day - timedelta(2)),
                ("paused", None),
                ("stopped", day),
            ],
            "why": [
                "11月23日（周一）受理，当日不计入。",
                "11月24日（周二）是第1个工作日。",
                "11月28日、29日是周六、周日，不计入。",
                "12月4日（周五）是第9个工作日，为最后一天。",
            ],
            "timeline": [
                {"at": at - timedelta(2), "title": "窗口已收到材料", "who": "慈溪市行政服务中心 综合窗口"},
                {
                    "at": at - timedelta(1),
                    "title": "已经受理",
                    "who": "慈溪市市场监督管理局",
                    "detail": "营业执照复印件可在5个工作日内补交。",
                },
                {"at": at, "title": "部门正在审查", "state": "now", "detail": "审查通过后由负责人作出决定。"},
                {"title": "作出决定", "state": "ahead"},
            ],
            "tasks": [
                {"text": "填写申请表", "href": "#", "state": "done"},
                {"text": "上传材料", "href": "#", "hint": "共6份，其中2份可从证照库调取", "state": "doing"},
                {"text": "选择领取方式", "href": "#", "state": "todo"},
                {"text": "检查并提交", "href": "", "state": "later"},
            ],
            "answers": [
                {"label": "申请人", "value": "慈溪市一味餐饮有限公司", "href": "#"},
                {"label": "经营场所", "value": "浙江省宁波市慈溪市白沙路街道三北大街2299号", "href": "#"},
                {"label": "备注", "value": ""},
            ],
            "rows": [
                [
                    {"text": "3302822026112300001A", "href": "#"},
                    "慈*市一味餐饮有限公司",
                    {"tag": ("member", "in_review")},
                    {"text": "12", "num": True},
                ],
                [
                    {"text": "3302822026112300002B", "href": "#"},
                    "王*明",
                    {"tag": ("application", "awaiting_supplement")},
                    {"text": "3", "num": True},
                ],
            ],
            "head": ["办件编号", "申请人", "状态", {"text": "材料", "num": True}],
            "tabs": [
                {"text": "待办", "href": "#", "count": 12, "current": True},
                {"text": "在办", "href": "#", "count": 4},
                {"text": "已办", "href": "#"},
            ],
            "page": Page([], next="a", previous="b"),
            "crumbs": [{"text": "首页", "href": "/"}, {"text": "办事事项", "href": "#"}, {"text": "食品经营许可"}],
            "side": [
                {"text": "待办", "href": "#", "count": 12, "current": True},
                {"text": "待签批", "href": "#", "count": 2},
                {"text": "我的一天", "href": "#"},
            ],
            "options": [
                {"value": "self", "label": "本人领取", "hint": "请带身份证原件。"},
                {"value": "post", "label": "快递送达", "checked": True},
            ],
            "files": [{"name": "营业执照.pdf", "size": 482133, "href": "#"}],
        },
    )
