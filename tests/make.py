"""Builders reach a state by the real actions, so every object has a lawful history. They need the `world` fixture.

case = make.accepted(gaps=["floor_plan"])     # an Application of 食品经营许可 at the counter of 慈溪
make.actor("scjg-reviewer")                   # a demo account's Actor; see fixtures/demo.yaml
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

from apps.applications import actions, queries_case
from apps.applications.models import Application, Commitment, Consultation, Hearing, Job, Member, ReviewSupplement
from apps.catalog.standards import points_of
from apps.deadlines.actions import recount
from apps.deadlines.models import Clock
from apps.deadlines.queries import calendar, rule
from apps.directory.models import User
from apps.directory.queries import actor_for
from apps.issuance import queries as documents
from apps.issuance.actions import render
from apps.issuance.handing import Collection
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM, Actor
from apps.journal.delivering import deliver_one
from apps.journal.door import action
from apps.journal.models import Delivery
from apps.kit import files
from apps.kit.time import BEIJING, now, today
from apps.supervision.actions import give_card
from apps.supervision.models import Card

FOOD = "food-licence"
HEALTH = "public-place-health-licence"
PERSON_ID = "330282198506150021"
APPLICANT = {
    "kind": "enterprise",
    "name": "慈溪市一味餐饮有限公司",
    "id_number": "91330282MA2A00001K",
    "mobile": "0574-63001111",
    "legal_rep_name": "李一味",
    "legal_rep_id": PERSON_ID,
}
MOBILE = "13805740001"
TEXTS = {
    "text": "样例",
    "textarea": "样例内容",
    "integer": "10",
    "decimal": "80.5",
    "money": "100000.00",
    "date": "2017-09-01",
    "boolean": True,
    "citizen_id": PERSON_ID,
    "uscc": "91330282MA2A00001K",
    "mobile": MOBILE,
    "phone": "0574-63001111",
    "email": "a@example.cn",
    "address": "慈溪市浒山街道某某路 1 号",
    "region": "330282004",
}


def actor(username: str) -> Actor:
    return actor_for(User.objects.get(username=username))


def user(username: str) -> User:
    return User.objects.get(username=username)


def answers_for(plan: dict) -> dict:
    """A lawful answer to every field of the form that is asked."""
    given = {}
    for element in plan["elements"]:
        kind = element["type"]
        if kind == "choice":
            value = element["choices"][0]["value"]
        elif kind == "multichoice":
            value = [element["choices"][0]["value"]]
        elif kind == "integer":
            low, high = element.get("minimum"), element.get("maximum")
            value = int(max(low if low is not None else 1, min(10, high if high is not None else 10)))
        else:
            value = TEXTS[kind]
        given[element["element"]] = value
    return given


def draft(
    code: str = FOOD,
    *,
    by: str = "cixi-clerk",
    situations: dict | None = None,
    without: tuple[str, ...] = (),
    applicant: dict | None = None,
    mobile: str = MOBILE,
) -> Application:
    """A filled-in draft with every asked material in hand except those named."""
    clerk = actor(by)
    row = actions.open_draft(by=clerk, code=code, situations=situations or {})
    lines = {
        entry.code: {"state": "supplied", "originals": 1}
        for entry in row.materials.all()
        if entry.code not in without and entry.state != "expected"
    }
    return actions.save_draft(
        by=clerk,
        application=row.pk,
        applicant=applicant or APPLICANT,
        contact_mobile=mobile,
        answers=answers_for(row.plan),
        materials=lines,
    )


def from_home(
    code: str = FOOD, *, by: str = "enterprise", principal: int | None = None, situations: dict | None = None, submit: bool = True
) -> Application:
    """Filed from home by a citizen's account (for another): a filled-in draft, handed in for the pre-check when `submit`."""
    citizen = actor(by)
    row = actions.open_draft(by=citizen, code=code, channel="online", principal=principal, situations=situations or {})
    row = actions.save_draft(by=citizen, application=row.pk, contact_mobile=MOBILE, answers=answers_for(row.plan))
    return actions.submit(by=citizen, application=row.pk) if submit else row


def received(code: str = FOOD, *, by: str = "cixi-clerk", **given) -> Application:
    row = draft(code, by=by, **given)
    return actions.receive(by=actor(by), application=row.pk)


def accepted(
    code: str = FOOD, *, by: str = "cixi-clerk", gaps: tuple[str, ...] | list[str] = (), **given
) -> Application:
    row = received(code, by=by, without=tuple(gaps), **given)
    return actions.accept(by=actor(by), application=row.pk, promised=list(gaps))


def awaiting(code: str = FOOD, *, by: str = "cixi-clerk", missing: tuple[str, ...] = ("premises_proof",), **given):
    """Received without these materials and told of them."""
    row = received(code, by=by, without=missing, **given)
    return actions.ask_supplement(by=actor(by), application=row.pk, gaps=[{"material": code} for code in missing])


def carded(application: Application, light: str = "red") -> Card:
    """What that light brings, as if it had turned today."""
    clock = Clock.objects.get(root_id=application.pk, kind="decision")
    Clock.objects.filter(pk=clock.pk).update(light=light)
    return give_card(clock=clock.pk, light=light, due_on=clock.due_on)


def job_of(application: Application) -> Job:
    return Job.objects.get(application=application)


def member_of(application: Application) -> Member:
    return Member.objects.get(application=application)


def claimed(*, reviewer: str = "scjg-reviewer", **given) -> Job:
    row = accepted(**given)
    return actions.claim(by=actor(reviewer), job=job_of(row).pk)


def fire_check() -> Job:
    """民宿, already registered: the fire brigade's job, claimed; with the standards of trades it answers check points."""
    case = accepted("open-homestay", situations={"already_registered": True, "serves_meals": False})
    row = Job.objects.get(application=case, member__code="fire-check")
    return actions.claim(by=actor("xiaofang-reviewer"), job=row.pk)


def checks(job: Job, **results) -> dict[str, dict]:
    """Every check point of the job's member met, except those named (floor="unmet")."""
    points = points_of(job.application.plan, job.member.code)
    return {point["code"]: {"result": results.get(point["code"], "met")} for point in points}


def asked_in_review(**given) -> ReviewSupplement:
    """The department wants the premises' proof mended, by a day."""
    job = claimed(**given)
    gaps = [{"material": "premises_proof", "problem": "租赁期限已届满"}]
    return actions.ask_in_review(by=actor(f"{job.department_id}-reviewer"), job=job.pk, gaps=gaps)


QUESTION = "该店拟设于居民楼一层，请就本部门职责范围提出意见。"


def consulted(*departments: str, **given) -> Consultation:
    """The responsible department asks another one for its opinion (卫计, unless said)."""
    job = claimed(**given)
    return actions.consult(
        by=actor(f"{job.department_id}-reviewer"),
        member=job.member_id,
        departments=list(departments or ("wsjs",)),
        question=QUESTION,
    )


INTEREST = {"interest": "油烟排放涉及相邻住户的重大利益。", "third_parties": ["王小明"]}


def told_hearing(**given) -> Hearing:
    """A third party's major interest was found; applicant and third party are told of their right."""
    job = claimed(**given)
    return actions.tell_hearing(by=actor(f"{job.department_id}-reviewer"), job=job.pk, **INTEREST)


def soonest_hearing(application: Application):
    """The first morning for which a hearing may be notified today."""
    day = calendar(region=application.node_id).add_working_days(today(), rule("hearing_notice").value).due
    return datetime.combine(day, time(9), BEIJING)


def call_hearing(job: Job, **given) -> Hearing:
    """Notified for the first morning that the law allows."""
    return actions.call_hearing(
        by=actor(f"{job.department_id}-reviewer"),
        job=job.pk,
        **{"at": soonest_hearing(job.application), "place": "三楼听证室", "presider": "林国栋", **given},
    )


def concluded(*, reviewer: str = "scjg-reviewer", recommendation: str = "grant", **given) -> Job:
    job = claimed(reviewer=reviewer, **given)
    return actions.conclude(
        by=actor(reviewer), job=job.pk, recommendation=recommendation, opinion="材料齐全，符合规定的条件。"
    )


TESTING = {
    "ground": "testing",
    "expected_days": 15,
    "organiser": "宁波市食品检验检测研究院",
    "basis": "食品安全法第八十七条",
}


SNACK = "small-catering-registration"  # granted on a commitment


def committed(*, applicant: dict | None = None, **given) -> Commitment:
    """Registered on a signed commitment, which waits for its check."""
    row = accepted(SNACK, applicant=applicant, **given)
    signed = actions.sign_commitment(by=actor("cixi-clerk"), member=member_of(row).pk, signed_by="李一味")
    grant(row)
    return Commitment.objects.get(pk=signed.pk)


def grant(row: Application) -> Member:
    """What was accepted is reviewed and granted today."""
    job = actions.claim(by=actor("scjg-reviewer"), job=job_of(row).pk)
    actions.conclude(by=actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
    return actions.decide(by=actor("scjg-head"), job=job.pk, decision="grant")


def certificate_of(member: Member) -> str:
    """The number of the certificate in force."""
    return documents.current_of_members(member.application_id, [member.pk], ["certificate"])[-1].number


def renewing(old: Member, *, accept: bool = True, **given) -> Application:
    """The holder asks today to renew the certificate that was granted on `old`."""
    row = (accepted if accept else received)(old.code, **given)
    actions.mark_renewal(by=actor("cixi-clerk"), application=row.pk, certificate=certificate_of(old))
    return Application.objects.get(pk=row.pk)


def paused(*, head: str = "scjg-head", ground: str = "testing", **given) -> Job:
    """In review, then in a special procedure whose notice was served electronically."""
    job = claimed(**given)
    actions.pause(by=actor(head), job=job.pk, **{**TESTING, "ground": ground})
    return Job.objects.get(pk=job.pk)


def decided(*, decision: str = "grant", head: str = "scjg-head", **given) -> Member:
    job = concluded(recommendation=decision, **given)
    reason = "" if decision == "grant" else "经营场所与污染源距离不足，不符合规定条件。"
    return actions.decide(by=actor(head), job=job.pk, decision=decision, reason=reason)


def printed(application_id: int) -> None:
    """Print every document that waits (what the pdf worker does)."""
    for pk in documents.queued_ids(application_id):
        render(pk)


def filed(application_id: int) -> None:
    """The same moves with a file of a few bytes: for tests that do not look at the paper."""
    for pk in documents.queued_ids(application_id):
        stored = files.store(f"%PDF-1.7 {pk}".encode(), ".pdf")
        with action(SYSTEM) as act:
            row = act.lock(Document, pk)
            act.move(row, "render", path=stored.path, sha256=stored.sha256, size=stored.size, pages=1, at=now())


def sealed(*, keeper: str = "scjg-seal", papers: Callable[[int], None] = filed, **given) -> Member:
    """Decided, its papers made (`papers=make.printed`: real ones) and registered: it lies at the issue desk."""
    member = decided(**given)
    papers(member.application_id)
    return actions.register_seal(by=actor(keeper), member=member.pk, seal_number="3302821000001")


def collection(**given) -> Collection:
    """The legal representative comes himself."""
    return Collection(
        **{
            "method": "direct",
            "location": "慈溪市行政服务中心出件窗口",
            "collector_name": "李一味",
            "relation": "legal_rep",
            "id_kind": "citizen_id",
            "id_number": PERSON_ID,
            "signature": "李一味",
            **given,
        }
    )


def collected(*, issue: str = "cixi-issue", **given) -> Member:
    member = sealed(**given)
    actions.hand_over(by=actor(issue), application=member.application_id, members=[member.pk], collection=collection())
    return Member.objects.get(pk=member.pk)


def deliver_all(limit: int = 200) -> int:
    """Deliver every due row and count clocks again where that was asked, until nothing is left (what the workers do);
    returns how many were delivered."""
    done = 0
    recount()
    while due := list(Delivery.objects.filter(state="pending").order_by("pk").values_list("pk", flat=True)[:limit]):
        for pk in due:
            deliver_one(pk)
        done += len(due)
        recount()
    return done


def case(username: str, application: Application) -> queries_case.Case:
    return queries_case.case(actor(username), application.pk)
