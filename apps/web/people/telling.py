"""What happened to an account and its posts, in plain words, from the journal's events."""

from __future__ import annotations

from apps.journal.models import Event
from apps.kit.days import day_cn
from apps.web import labels

TITLES = {
    "user.invite": "建立账号",
    "user.lock": "锁定账号",
    "user.unlock": "解锁账号",
    "user.reset_password": "重置密码",
    "user.change_password": "本人修改密码",
    "user.set_second_factor": "绑定验证器",
    "user.new_recovery_codes": "重新生成备用码",
    "user.reset_second_factor": "解除验证器",
    "user.end_session": "本人退出一处登录",
    "user.reveal": "查看完整手机号",
    "post.give": "任职",
    "post.end": "结束任职",
    "post.set_competence": "调整受理范围",
    "absence.set": "安排代理",
    "absence.cancel": "取消代理",
}


def told(event: Event) -> dict:
    """An entry of components/timeline.html."""
    facts, title = event.facts, TITLES.get(event.name, event.name)
    if role := facts.get("role"):
        title = f"{title}：{labels.ROLES.get(role, role)}"
    if event.name == "absence.set":
        title = f"{title}：{day_cn(facts['starts_on'])} 至 {day_cn(facts['ends_on'])}"
    if event.name == "post.end" and not facts.get("at_once"):
        title = f"{title}：最后一日 {day_cn(facts['on'])}"
    return {"at": event.at, "title": title, "who": event.by_name, "detail": facts.get("reason", "")}
