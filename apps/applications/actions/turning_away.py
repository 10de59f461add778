"""The ways in which a received case is not accepted: no permit is needed, not our power, a bad cure."""

from __future__ import annotations

from collections.abc import Iterable

from apps.issuance.actions import queue_documents
from apps.journal.actor import Actor
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import today

from .. import papers
from ..grounds import NOT_ACCEPTED
from ..models import Application, MaterialEntry, Notice
from . import checklist
from .holding import demand_printable, hold
from .intake import end_before_acceptance
from .mending import judged_bad

State = Application.State


def not_handle(*, by: Actor, application: int, reason: str, basis: str = "") -> Application:
    """No permit is needed for this: told at once (XKF 32(1))."""
    return _turn_away(by, application, "not_handle", "no_permit_needed", reason, basis, "")


def not_accept(
    *, by: Actor, application: int, ground: str, reason: str, basis: str = "", competent_agency: str = ""
) -> Application:
    """Not accepted (不予受理): one of the grounds NOT_ACCEPTED (not_our_power names the competent agency); reasons and remedies in writing."""
    errors = []
    if ground not in NOT_ACCEPTED:
        errors.append(Refused("not_accept.ground", "请选择不予受理的情形。", "ground"))
    if ground == "not_our_power" and not competent_agency.strip():
        errors.append(Refused("not_accept.agency", "不属于本机关职权的，请写明有权办理的机关。", "competent_agency"))
    competent = competent_agency if ground == "not_our_power" else ""  # typed before another ground was chosen
    return _turn_away(by, application, "not_accept", ground, reason, basis, competent, errors)


def _turn_away(
    by: Actor,
    application: int,
    verb: str,
    ground: str,
    reason: str,
    basis: str,
    competent: str,
    errors: Iterable[Refused] = (),
) -> Application:
    """What was filled in wrongly is told to whoever may do it: to everybody else there is no such case."""
    if len(reason.strip()) < 4:
        errors = [*errors, Refused(f"{verb}.reason", "请写明理由（至少 4 个字），申请人有权知道。", "reason")]
    with action(by) as act:
        row = hold(act, application, verb)
        raise_all(list(errors))
        demand_printable(basis, "basis")
        demand_printable(competent, "competent_agency")
        if ground == "bad_cure":
            demand_cured_badly(row)
        act.move(row, verb, reason=reason.strip(), facts={"ground": ground, "competent_agency": competent.strip()})
        end_before_acceptance(act, row)
        default = {
            "no_permit_needed": "《中华人民共和国行政许可法》第三十二条第一款第一项",
            "not_our_power": "《中华人民共和国行政许可法》第三十二条第一款第二项",
            "bad_cure": "《中华人民共和国行政许可法》第三十二条第一款第四项",
        }.get(ground, "《中华人民共和国行政许可法》第三十二条")
        paper = papers.non_acceptance(
            row,
            by,
            today(),
            ground=ground,
            reason=reason.strip(),
            basis=[basis.strip() or default],
            competent=competent.strip(),
        )
        queue_documents(act, [papers.spec("non_acceptance", row, paper)])
    return row


def demand_cured_badly(row: Application) -> None:
    """What came has to be on record as bad before the case ends for it: the days of the notice are the applicant's, also for the rest where
    a part came in order, and where nothing comes in them the law treats the case as withdrawn, which bars nobody and refuses nothing
    (ZJR 11). Raises WrongState."""
    if row.supplemented_on:
        return
    if row.state != State.AWAITING_SUPPLEMENT:
        raise WrongState("只有补正不合格的办件才能以此为由不予受理。")
    seen = list(Event.objects.filter(chain=row.chain, name="application.take_supplement").values_list("facts", flat=True))
    rejected = {code for facts in seen for code in facts.get("rejected", ())}
    bad = False
    if rejected or any("faulty" in facts for facts in seen):  # and nothing better came since, and it is still wanted
        notice = row.notices.get(kind=Notice.Kind.SUPPLEMENT)
        rejected &= {gap["material"] for gap in notice.gaps}
        lines = checklist.missing(row, row.materials.all()) if rejected else ()
        bad = any(one.code in rejected and one.state == MaterialEntry.State.REJECTED for one in lines) or bool(judged_bad(row, notice))
    if not bad:
        raise WrongState(
            f"还没有登记不合格的补正：补来了而不符合要求的，请先在“登记补正材料”里记为不合格，再不予受理；没有补来的，{row.cure_by:%Y年%-m月%-d日}（含当日）以前等申请人补，到期没有补齐的依法视为撤回。"
        )
