"""Whoever has a draft from home is told when what it is for is withdrawn, and when it is taken in again."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from apps.catalog.queries import definition_names, holding_item
from apps.directory.actions import tell
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.time import today

from ..models import Application
from ..telling import told

BEFORE = "要办的请在那以前提交"
# event -> (title, sentence before its day, sentence from its day on). {what}: what is withdrawn; {name}: the draft's own.
WORDS = {
    "definition.suspend": ("暂停受理：{name}", BEFORE, "恢复受理以前不能提交，填过的内容还在"),
    "definition.cancel": ("停止受理：{name}", BEFORE, "这份申请不能再提交"),
    "definition.resume": ("恢复受理：{name}", "", "这份申请可以接着填、接着提交"),
}


def tell_of_offer(*, event: Event) -> None:
    """One message for each draft that is not handed in; told twice it stands once. What was handed in goes on."""
    code, day = event.subject_id, event.facts.get("on")
    title, before, after = WORDS[event.name]
    since, coming = (f"自{date.fromisoformat(day):%Y年%-m月%-d日}起", date.fromisoformat(day) > today()) if day else ("", False)
    what = definition_names([code])[code]
    drafts = Application.objects.filter(number=None, discarded_at=None, clerk=None, state__in=Application.BEFORE_RECEIPT)
    asked = Q(code=code) | Q(code__in=holding_item(code), plan__members__contains=[{"code": code}])
    with action(SYSTEM) as act:
        for row in drafts.filter(asked).defer("answers", "plan").order_by("pk").iterator():
            tell(
                act,
                parties=told(row),
                kind="case",
                title=title.format(name=row.name),
                text=f"“{what}”{since}{title.partition('：')[0]}；您的申请还没有提交，{before if coming else after}。",
                link=f"/my/{row.pk}/",
                key=f"event:{event.pk}:{row.pk}",
            )
