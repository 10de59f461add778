"""How far an extension may go and who must approve it, by the frozen item and the statute book (XKF art. 42)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.catalog.compiler import stated
from apps.deadlines.engine import decision
from apps.deadlines.models import Clock
from apps.deadlines.queries import Shelf
from apps.kit.days import shared_unit
from apps.kit.errors import Refused

from .models import Member

SHORTEST_REASON = 4


@dataclass(frozen=True, slots=True)
class Power:
    """`cap` days at most; the department's head may approve `own` of them, the rest is for the body above him."""

    cap: int
    own: int
    law: str  # the clause that the head's own power comes from
    higher: str  # who approves beyond it
    unit: str = "日"  # of the days, where both limits are counted in it

    def words(self) -> str:
        """What the page says before the act."""
        if not self.cap:
            return f"这个事项不得延长期限（{self.law}和本事项的规定）。"
        own = f"{min(self.own, self.cap)} {self.unit}以内由本部门负责人批准" if self.own else f"须由{self.higher}批准"
        more = f"，超过的须由{self.higher}批准" if self.own and self.cap > self.own else ""
        return f"只能延长一次，最多 {self.cap} {self.unit}，应在承诺期限届满以前批准，并把理由告知申请人；{own}{more}（{self.law}）。"

    def above(self, days: int) -> bool:
        return days > self.own

    def who(self, days: int) -> str:
        return f"延长 {days} {self.unit}须由{self.higher}批准，请写明批准机关和文号。"

    def refusal(self, why: str, clock: Clock) -> Refused:
        """The sentence with its law for a reason of `engine.decision.judge`."""
        by = f"（{self.law}和本事项的规定）"
        over = f"最多延长 {self.cap} {self.unit}{by}，请改正天数。" if self.cap else f"这个事项不得延长期限{by}。"
        granted = clock.intervals.extension
        before = f"已于 {granted.approved_on:%Y年%-m月%-d日} 延长过 {granted.days} {self.unit}" if granted else "已经延长过"
        dues = [due for due in (clock.promised_due, clock.legal_due) if due]
        late = f"期限已于 {min(dues):%Y年%-m月%-d日} 届满" if dues else "期限已经届满"
        return {
            decision.SECOND: Refused(why, f"{before}，期限只能延长一次（{self.law}）。", "days"),
            decision.OVER_CAP: Refused(why, over, "days"),
            decision.LATE: Refused(why, f"{late}，延长应在届满以前批准（{self.law}）；请尽快作出决定。", "days"),
            decision.UNTOLD: Refused(
                why, f"延长期限的理由应告知申请人（{self.law}），请写明（至少 {SHORTEST_REASON} 个字）。", "reason"
            ),
        }[why]


def to_extend(member: Member, book: Shelf) -> Power:
    """By the item as the case froze it, and the law of the day of its acceptance."""
    return to_extend_item(member.definition, member.accepted_on, book)


def to_extend_item(item: dict, on: date, book: Shelf) -> Power:
    """The item's own cap binds, else the law's; within the general cap the department's head approves (42(1)).

    Where several agencies decide as one (art. 26: the law's 45 days) the people's government approves every extension
    (42(2)); beyond the general cap, whoever the item's own law names.
    """
    own = stated(item, "extension_cap")
    general, joint = book.rule("extension_cap", on), book.rule("joint_decision", on)
    limit = item["legal_limit"] or {}
    unit = shared_unit((item["promised_limit"], item["legal_limit"]))
    if (limit.get("days"), limit.get("unit")) == (joint.value, joint.unit):
        law = book.rule("joint_extension_cap", on)
        return Power(law.value if own is None else own, 0, law.source, "本级人民政府", unit)
    return Power(general.value if own is None else own, general.value, general.source, "专门规定的批准机关", unit)
