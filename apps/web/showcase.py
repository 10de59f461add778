"""The showcase at /styleguide/: every component in every state, to look at after a change of the styles."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.kit.forms import BaseForm, CodeField, DateInput
from apps.kit.paging import Page
from apps.kit.time import now, today

from . import labels
from .shell import actor_of


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
    form = ShowcaseForm(request.POST if request.method == "POST" else {"name": "王小明" * 9, "number": "330282"})
    return render(
        request,
        "web/styleguide.html",
        status=form.status if request.method == "POST" else 200,
        context={
            "form": form,
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
                    "detail": "营业执照复印件可在 5 个工作日内补交。",
                },
                {"at": at, "title": "部门正在审查", "state": "now", "detail": "审查通过后由负责人作出决定。"},
            ],
            "tasks": [
                {"text": "填写申请表", "href": "#", "state": "done"},
                {"text": "上传材料", "href": "#", "hint": "共6份，其中2份可从证照库调取", "state": "doing"},
                {"text": "选择领取方式", "href": "#", "state": "todo"},
                {"text": "检查并提交", "href": "", "state": "later"},
            ],
            "answers": [
                {"name": "申请人", "text": "慈溪市一味餐饮有限公司"},
                {"name": "经营场所", "text": "浙江省宁波市慈溪市白沙路街道三北大街2299号", "note": "与营业执照一致"},
            ],
            "rows": [
                {"number": "3302822026112300001A", "name": "慈*市一味餐饮有限公司", "table": "member", "state": "in_review", "materials": 12},
                {"number": "3302822026112300002B", "name": "王*明", "table": "application", "state": "awaiting_supplement", "materials": 3},
            ],
            "tabs": [
                {"text": "待办", "href": "#", "count": 12, "current": True},
                {"text": "在办", "href": "#", "count": 4},
                {"text": "已办", "href": "#"},
            ],
            "page": Page([], next="a", previous="b"),
            "side": [
                {"text": "待办", "href": "#", "count": 12, "current": True},
                {"text": "待签批", "href": "#", "count": 2},
                {"text": "我的一天", "href": "#"},
            ],
        },
    )
