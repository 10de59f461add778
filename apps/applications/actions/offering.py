"""What is to be applied for today, and where. Whoever has a draft from home is told when what it is for is withdrawn, and when it is
taken in again."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from apps.catalog.queries import holding_items
from apps.catalog.queries_names import definition_names
from apps.catalog.shelf import shelf
from apps.directory import queries as directory
from apps.directory.actions import tell
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.errors import Refused
from apps.kit.time import today

from ..models import Application
from ..telling import told, unsent

BEFORE = "要办的请在那以前提交"
# event -> (title, sentence before its day, sentence from its day on). {what}: what is withdrawn; {name}: the draft's own.
WORDS = {
    "definition.suspend": ("暂停受理：{name}", BEFORE, "恢复受理以前不能提交，填过的内容还在"),
    "definition.cancel": ("停止受理：{name}", BEFORE, "这份申请不能再提交"),
    "definition.resume": ("恢复受理：{name}", "", "这份申请可以接着填、接着提交"),
}


def demand_offered(row: Application) -> None:
    """Raises Refused where what a draft was opened for is not to be applied for any more. The catalogue is seen as it stands now
    for what was handed in too: it runs by today's limits."""
    if (why := not_offered(row)) and row.state in Application.BEFORE_RECEIPT:
        raise withdrawn(why)


def not_offered(row: Application) -> str:
    """Why a draft can be handed in no more, "" where it can: the item, or one that it holds, is not to be applied for today, or not
    at its place."""
    day, known, members = today(), shelf(), row.plan["members"]
    codes = [row.code, *(member["code"] for member in members)]
    known.fetch(codes)
    held = {code: known.on(code, day) for code in codes}
    if gone := next((known.why_not(code, day, coded=False) for code in codes if held[code] is None), ""):
        return gone
    try:
        for place in (row.node_id, row.region_id):  # nothing new comes in where there is no county or township any more
            directory.get_region(place, field="code")
        if row.clerk_id is not None:  # the counter's draft alone is bound to what the counter takes in
            asked = ("accepting", "city_wide")
            now_so = [member | {key: held[member["code"]].entry.content.get(key) for key in asked} for member in members]
            demand_accepted_here(now_so, row.node_id)
    except Refused as refusal:
        return refusal.message
    return ""


def withdrawn(why: str) -> Refused:
    return Refused("item.withdrawn", f"{why}这份草稿现在不能提交；已经收下的件不受影响。", "code")


def demand_accepted_here(members: list[dict], node: str) -> None:
    """统一受理 and 全城通办: accepted at the item's own node, or anywhere in the city when it is city-wide."""
    for member in members:
        own = directory.get_region(member["region"]).node_code
        if member.get("accepting") is False:
            raise Refused(
                "item.not_accepting", f"“{member['name']}”未纳入综合窗口统一受理，请到该部门窗口办理。", "code"
            )
        if own != node and member.get("city_wide") != "city":
            raise Refused(
                "item.elsewhere", f"“{member['name']}”由{directory.get_region(own).name}受理，未开通全城通办。", "code"
            )


def tell_of_offer(*, event: Event) -> None:
    """One message for each draft that is not handed in; told twice it stands once. What was handed in goes on."""
    code, day = event.subject_id, event.facts.get("on")
    title, before, after = WORDS[event.name]
    since, coming = (f"自{date.fromisoformat(day):%Y年%-m月%-d日}起", date.fromisoformat(day) > today()) if day else ("", False)
    what = definition_names([code])[code]
    drafts = Application.objects.filter(number=None, discarded_at=None, clerk=None, state__in=Application.BEFORE_RECEIPT)
    asked = Q(code=code) | Q(code__in=holding_items([code]), plan__members__contains=[{"code": code}])
    with action(SYSTEM) as act:
        for row in drafts.filter(asked).defer("answers", "plan").order_by("pk").iterator():
            tell(
                act,
                parties=told(row),
                kind="case",
                title=title.format(name=row.name),
                text=f"“{what}”{since}{title.partition('：')[0]}；您的申请还{unsent(row)}，{before if coming else after}。",
                link=f"/my/{row.pk}/",
                key=f"event:{event.pk}:{row.pk}",
            )
