"""键盘快捷键: the letters that press a button of a desk, told in one place. A test holds this page and the templates together."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.directory.policy import DESK_ROLES

ROLES = {"clerk", *DESK_ROLES}
# Room of the templates -> its name, and (key as in data-key, what it does, where).
KEYS = {
    "counter": (
        "综合窗口",
        [
            ("n", "新收件；接待下一位，上一位的内容清空", "工作台、新收件、全部办件、办结页"),
            ("Enter", "提交这一页：开始填写、保存申请人、更正、登记补正", "新收件、更改申请人、更正录入、补正和容缺补交"),
            ("d", "打开“由代理人办理”", "新收件、更改申请人"),
            ("m", "到材料清单", "收件、核对"),
            ("t", "材料全部收到", "收件、核对"),
            ("s", "保存草稿", "收件"),
            ("r", "收件", "收件"),
            ("a", "受理", "收件、核对"),
            ("g", "打开容缺受理", "收件、核对"),
            ("b", "打开一次性告知补正", "收件、核对"),
            ("j", "打开不予受理", "收件、核对"),
            ("w", "打开无需办理", "收件、核对"),
            ("p", "打开刚出的文书，打印", "办结页"),
            ("k", "接着办：核对材料、登记补正、登记容缺补交", "办件详情"),
        ],
    ),
    "review": (
        "部门审批",
        [
            ("l", "领办（勾选的，或者这一件）", "待办、工作详情"),
            ("y", "到审查意见", "工作详情"),
            ("Enter", "提交给负责人；作出决定", "工作详情、决定前的核对"),
            ("z", "准予…", "工作详情（负责人）"),
            ("b", "不予…", "工作详情（负责人）"),
            ("n", "下一件", "工作详情"),
        ],
    ),
}


@require_GET
def keys(request: HttpRequest) -> HttpResponse:
    rooms = [
        {"id": room, "name": name, "lines": [(f"Alt+{key if len(key) > 1 else key.upper()}", does, where) for key, does, where in lines]}
        for room, (name, lines) in KEYS.items()
    ]
    return render(request, "web/keys.html", {"rooms": rooms})
