"""注销: on which grounds of the day a certificate may be cancelled, and what stands against it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from apps.issuance.models import Document
from apps.issuance.queries import current_of_members, words_of
from apps.issuance.workflow import DECIDES
from apps.kit.errors import WrongState
from apps.kit.time import today

from . import whole
from .models import Cancellation, Commitment, Member, Renewal
from .reissue import main_paper

S = Member.State
GIVEN = (S.COLLECTED, S.SERVED, S.ARCHIVED)
ASKED = "asked"  # the ground of who asks for it himself


@dataclass(frozen=True, slots=True)
class Ground:
    """One of the law's list as it stands on a day: a line of the decision's dated template, in its order. `when`: only for who asks himself,
    only for what has run out, only for a person or an enterprise; "" for all."""

    code: str
    clause: str
    when: str


def listed(on: date) -> list[Ground]:
    found = []
    for name, clause in words_of("cancellation", on).items():
        what, _, rest = name.partition(".")
        if what == "ground":
            order, code, *when = rest.split(".")
            found.append((order, Ground(code, clause, "".join(when))))
    return [ground for _, ground in sorted(found, key=lambda pair: pair[0])]


def grounds(member: Member, paper: Document) -> list[Ground]:
    """Those on which the department may cancel it of itself today. What ran out and was renewed is not 届满未延续."""
    fitting = {"", member.application.applicant_kind}
    if has_run_out(member, paper) and not Renewal.objects.filter(of=member, state__in=Renewal.GRANTED).exists():
        fitting.add("expired")
    return [ground for ground in listed(today()) if ground.when in fitting]


def on_request() -> Ground:
    return next(ground for ground in listed(today()) if ground.when == ASKED)


def has_run_out(member: Member, paper: Document) -> bool:
    last = paper.extended_to or member.valid_to
    return last is not None and last < today()


def lasts(member: Member) -> bool:
    """What is granted goes on: a licence, or anything with a certificate. A service that was rendered has nothing that could end."""
    definition = member.definition
    return definition["type"] == "01" or definition["result"]["kind"] == "certificate"


def papers_in_force(member: Member, *, lock: bool = False) -> list[Document]:
    return current_of_members(member.application_id, [member.pk], DECIDES, lock=lock)


def demand_cancellable(member: Member, papers: Collection[Document]) -> Document:
    """The certificate, or the decision where there is none. Raises WrongState where it cannot be cancelled (now), saying why."""
    if member.cancelled_on:
        raise WrongState(f"{cancelled_words(member)}。")
    if member.revoked_on:
        raise WrongState(f"{whole.revoked_words(member)}，不用再注销。")
    if member.decision != "granted":
        raise WrongState("没有准予的决定，没有证照可以注销。")
    if not lasts(member):
        raise WrongState(f"“{member.name}”不是许可，也没有发放证照，没有可以注销的。")
    if member.state not in GIVEN:
        why = "正在更正补发" if member.served_on else "还没有交到持证人手里"
        raise WrongState(f"证照{why}，交付以后才能注销。")
    paper = main_paper(list(papers))
    if paper is None:
        raise WrongState("没有有效的证照或者决定书可以注销。")
    check = getattr(member, "commitment", None)
    if check is not None and check.state == Commitment.State.TO_INSPECT:
        raise WrongState("这份证照按告知承诺发出，还没有核查；登记核查结果以后才能注销。")
    if check is not None and check.state == Commitment.State.RECTIFYING:
        raise WrongState("核查与承诺不符，正在限期整改；整改到位以后才能注销，没有到位的依法撤销。")
    if Renewal.objects.filter(of=member, state=Renewal.State.PENDING).exists():
        raise WrongState("这份证照的延续申请正在办理；办结或者撤回以后才能注销。")
    return paper


def demand_askable(member: Member) -> Document:
    """The same for its holder. Raises WrongState where it has run out, or while a request of his waits."""
    if open_request(member) is not None:
        raise WrongState("已经申请注销这份证照，正等部门决定。")
    paper = demand_cancellable(member, papers_in_force(member))
    if has_run_out(member, paper):
        raise WrongState("证照的有效期已经届满，不用申请注销。")
    return paper


def demand_orderable(member: Member, papers: Collection[Document]) -> Document:
    """The same for the department without a request. Raises WrongState while one waits for its answer."""
    if open_request(member) is not None:
        raise WrongState("持证人已经申请注销这份证照，请对他的申请作出决定。")
    return demand_cancellable(member, papers)


def paper_of(member: Member) -> Document | None:
    """What the holder has in his hands."""
    return main_paper(papers_in_force(member))


def cancelled_words(member: Member) -> str:
    return f"“{member.name}”的证照已于{member.cancelled_on:%Y年%-m月%-d日}注销"


def open_request(member: Member) -> Cancellation | None:
    """What its holder asked for and nobody decided yet."""
    return Cancellation.objects.filter(member=member, state=Cancellation.State.ASKED).first()


def demand_no_request(member: Member, otherwise: str) -> None:
    """Raises WrongState while a request is open. `otherwise`: what waits for its end."""
    if open_request(member) is not None:
        raise WrongState(f"持证人已经申请注销这份证照，部门决定以前不能{otherwise}；不注销的，请先撤回注销申请。")
