"""Every address × every role. The resolver says what there is; the table of doors (doors.py) says who may come in, and is the whole of
it: an address that no line covers fails the test, so a new page is entered here by hand.

A door that is not yours answers 403 or 404 (or 405 for a method it has not), a stranger is sent to sign in; nothing is ever
answered with a 500, and another node's object is never shown.
"""

from __future__ import annotations

import random
import re
from datetime import date
from unittest import mock
from urllib.parse import quote

import pytest
from django.test import Client

from apps.applications import actions
from apps.applications.models import Attachment, Cancellation, InspectionPhoto, Job, Parcel
from apps.catalog.models import Definition, DefinitionVersion
from apps.deadlines.actions import set_exception
from apps.deadlines.models import Clock
from apps.directory.actions import set_absence, upsert_departments
from apps.directory.models import Mandate, Post
from apps.feedback import actions as feedback
from apps.gateway.models import Outbound
from apps.issuance.models import Document, HandOver
from apps.journal.actor import SYSTEM
from apps.journal.models import Delivery
from apps.kit.time import today
from tests import make, people
from tests.full import FULL, full
from tests.people import nothing_written
from tests.web.doors import ACCOUNTS, DOORS, addresses, door
from tests.web.visitors import Answer, Visitor, described_at, quick, sample

# Addresses of the counter at which a draft is asked for.
DRAFT = {"applicant", "work", "save", "upload", "due", "discard"}


def test_every_address_has_a_line():
    assert [name for name, _ in addresses() if door(name) is None] == []


def test_every_line_has_an_address():
    names = [name for name, _ in addresses()]
    assert [key for key in DOORS if not any(name.startswith(key) for name in names)] == []


class City:
    """One case in each stage that an address may ask for, and everybody's browser."""

    def __init__(self):
        with mock.patch.object(make, "printed", make.filed):  # nobody looks at its paper
            handed = make.collected()
        case = make.accepted(gaps=["floor_plan"])
        clerk = make.actor("cixi-clerk")
        actions.attach(by=clerk, application=case.pk, material="id_card", name="a.pdf", content=b"%PDF-1.4 x")
        job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(case).pk)
        lost = make.job_of(make.accepted())
        actions.return_to_router(by=make.actor("scjg-reviewer"), job=lost.pk, reason="不属本科室职责")
        post = Post.objects.get(user__username="scjg-reviewer2")
        absence = set_absence(
            by=SYSTEM,
            post=Post.objects.get(user__username="cixi-clerk2"),
            substitute=make.user("cixi-clerk"),
            starts_on=today(),
            ends_on=today(),
            reason="年休假",
        )
        exception = set_exception(
            by=SYSTEM, region="330282", day=date(2026, 11, 24), working=False, reason="台风停业一天"
        )
        visit = actions.plan_inspection(by=make.actor("scjg-reviewer"), application=case.pk)
        stored = Attachment.objects.values("name", "content_type", "size", "sha256", "path", "scan", "by").get()
        photo = InspectionPhoto.objects.create(part=visit.parts.get(), by_id=stored.pop("by"), **stored)
        stuck = Delivery.objects.filter(event__chain=case.chain).first()
        Delivery.objects.filter(pk=stuck.pk).update(state="stuck")
        promised, asked = make.committed(), make.asked_in_review()
        self.number = case.number
        self.pk = {
            "": case.pk,
            "draft": make.draft().pk,
            "handed_in": make.from_home().pk,
            "from_home": make.from_home(submit=False).pk,
            "job": job.pk,
            "lost": lost.pk,
            "member": handed.pk,
            "item": make.member_of(case).pk,
            "led": make.accepted("open-pharmacy", situations={"already_registered": True}).pk,
            "handed": HandOver.objects.get().pk,
            "clock": Clock.objects.get(root_id=case.pk, kind="decision").pk,
            "card": make.carded(case).pk,
            "attachment": Attachment.objects.get().pk,
            "inspection": visit.pk,
            "photo": photo.pk,
            "document": Document.objects.filter(root_id=handed.application_id, state="rendered").first().pk,
            "stuck": stuck.pk,
            "unsent": Outbound.objects.create(service="sms", key="x", to="", text="", region="330282", state="stuck").pk,
            "parcel": Parcel.objects.create(application=handed.application, members=[handed.pk], waybill="YT1").pk,
            "version": DefinitionVersion.objects.filter(definition=make.FOOD).first().pk,
            "user": make.user("scjg-reviewer2").pk,
            "post": post.pk,
            "absence": absence.pk,
            "mandate": Mandate.objects.get().pk,
            "supplement": asked.pk,
            "supplemented": asked.application_id,
            "consultation": make.consulted("gongan").pk,
            "opinion": make.consulted("scjg", reviewer="wsjs-reviewer", code=make.HEALTH).opinions.get().pk,
            "open_member": job.member_id,
            "hearing": make.told_hearing().pk,
            "commitment": promised.pk,
            "cancellation": Cancellation.objects.create(application=handed.application, member=handed, state="asked").pk,
            "promised": make.job_of(promised.application).pk,
            "exception": exception.pk,
            "letter": feedback.complain(
                by=make.actor("enterprise"), application=case.pk, text="窗口让我回去换一张照片"
            ).pk,
            "question": feedback.ask(by=make.actor("citizen"), question="要本人到场吗，几点上班", code=make.FOOD).pk,
        }
        assert Job.objects.filter(pk=job.pk).exists()
        self.browsers = {"anonymous": Client(raise_request_exception=False)}
        for role, account in ACCOUNTS.items():
            self.browsers[role] = self.browser(make.user(account))

    @staticmethod
    def browser(user) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    def address(self, name: str, pattern: str) -> str:
        place = pattern.lstrip("^").rstrip("$")
        place = re.sub(r"\(\?P<code>[^)]*\)", make.FOOD, place)
        place = place.replace("(?P<pk>[0-9]+)", "<int:pk>").replace("<int:place>", "1").replace("<int:file>", "1")
        place = place.replace("<int:member>", str(self.pk["item"])).replace("<int:of>", str(self.pk["supplement"]))
        place = place.replace("<slug:name>", "received").replace("<path:rest>", "nowhere/").replace("<int:year>", "2026")
        place = place.replace("<str:code>", make.FOOD if "item" in pattern else "ABCD-EFGH-JKLM")
        return "/" + place.replace("<int:pk>", str(self.pk[self.kind(name, pattern)]))

    @staticmethod
    def kind(name: str, pattern: str) -> str:
        desk, _, what = name.rpartition(":")
        if what.startswith("precheck_") or what == "precheck":
            return "handed_in"
        if "<int:of>" in pattern:
            return "supplemented"
        if desk == "citizen" and what.startswith("draft_"):
            return "from_home"
        if desk == "feedback" or what == "question_withdraw":
            return "question" if what.startswith("question") else "letter"
        if what == "identity_end":
            return "mandate"
        if what.startswith(("clock_", "clock-")):
            return "clock"
        if what.startswith("card"):
            return "card"
        if what.startswith(("attachment", "document")) and "-attach" not in what:
            return what.split("-")[0].split("_")[0]
        if "exceptions/" in pattern:
            return "exception"
        if "inspections/" in pattern:
            return "inspection"
        if what.startswith("photo"):
            return "photo"
        if what.startswith(("opinion", "consultation")):
            return "consultation" if what.startswith("consultation") else "opinion"
        if what == "consult":
            return "open_member"
        if what.startswith("commitment_"):
            return "promised"
        if desk == "review":
            return "lost" if what == "reroute" else "led" if what.startswith("lead_") else "job"
        if what.startswith(("hearing-", "supplement-", "commitment-", "cancellation-")):
            return what.split("-")[0]
        if what.startswith("job-"):
            return "lost" if what == "job-reroute" else "job"
        if what.startswith("member-"):
            return "member"
        if desk == "counter" and what in DRAFT:
            return "draft"
        if desk == "people":
            return "post" if "posts/" in pattern else "absence" if "absences/" in pattern else "user"
        if what in ("parcel", "parcel-enter_status"):
            return "parcel"
        return {"issue:handed": "handed", "issue:take_back": "handed", "api:hand_over-take_back": "handed", "oversight:retry": "stuck", "oversight:retry_message": "unsent"}.get(
            name, "version" if "versions/" in pattern else ""
        )


NOBODY = 987_654_321  # no row has this key
UNDESCRIBED = {"api:schema", "api:docs", "api:-"}
FOR_ALL_ALIKE = {"api:schema", "api:docs", "styleguide", "keys"}  # dear, and the same whoever asks


@pytest.fixture
def city(world):
    with quick():
        yield City()


# —— at which place: its own node, the department next door, a sister node (another district), the city ——
STAFF = {
    "clerk": "clerk", "issue": "issue_clerk", "reviewer": "reviewer", "head": "head", "seal": "seal_keeper",
    "supervisor": "supervisor", "catalogue": "catalogue", "admin": "node_admin", "auditor": "auditor",
}  # fmt: skip
OF_A_DEPARTMENT = ("reviewer", "head", "seal")
PLACES = {"beside": ("330282", "huanbao"), "sister": ("330281", "yy-scjg"), "city": ("330200", "nb-scjg")}


def everybody() -> dict[tuple[str, str], Visitor]:
    """{(role, place): visitor}: every post at every place, citizens and nobody at their own."""
    sister = {"code": "yy-scjg", "name": "余姚市市场监督管理局", "short_name": "市场监管", "region": "330281"}
    upsert_departments(SYSTEM, [sister])
    found = {("anonymous", "own"): Visitor()} | {(role, "own"): Visitor(make.user(name)) for role, name in ACCOUNTS.items()}
    for place, (node, department) in PLACES.items():
        for role in OF_A_DEPARTMENT if place == "beside" else STAFF:
            at = department if role in OF_A_DEPARTMENT else None
            found[role, place] = Visitor(people.staff(STAFF[role], node=node, department=at))
    return found


OVERSEERS = ("supervisor", "catalogue", "admin", "auditor")  # at the city they reach every node of it
OF_THE_CITY = {("calendar:publish", "admin"), ("calendar:light_add", "admin"), ("api:calendar-notices", "admin")}
PUBLISHED = ("calendar:withdraw", "api:calendar-withdraw")  # everybody reads every node's calendar: that a day is there is no secret
REFUSED = (401, 403, 404, 405)


def has_key(pattern: str) -> bool:
    return "<int:pk>" in pattern or "(?P<pk>" in pattern


def comes_in(name: str, pattern: str, role: str, at: str) -> bool:
    """The lines above for somebody's own node. Elsewhere the door opens to the same posts, and what has a key there is not there:
    except for the city's overseers, and that every office reads what another has published."""
    if at == "city" and (name, role) in OF_THE_CITY:
        return True
    reaches = at == "own" or not has_key(pattern) or (at == "city" and role in OVERSEERS) or name.startswith("catalogue:")
    return role in door(name) and reaches


def of_another(name: str, who: tuple[str, str]) -> bool:
    """What is seen but kept by another node's office: forms may open, nothing may be written."""
    return (who == ("catalogue", "sister") and name.startswith("catalogue:")) or (name, who) == ("api:calendar-exceptions", ("admin", "sister"))


def kept_by_another(name: str, who: tuple[str, str], method: str) -> bool:
    """Who may look may not write: another office's, or a draft that somebody else has opened and alone discards."""
    return method == "delete" or (method == "post" and of_another(name, who))


class Table:
    """What went wrong, door by door."""

    def __init__(self, city: City):
        self.city, self.wrong = city, []

    def knock(self, name: str, pattern: str, who: tuple[str, str], visitor: Visitor, method: str) -> None:
        documented = described_at(pattern) if name.startswith("api:") and name not in UNDESCRIBED else None
        place = self.city.address(name, pattern)
        body = sample((documented or {}).get(method))
        answer = visitor.ask(method, place, body)
        status = 401 if answer.status == 302 and answer.to.startswith("/account/?next=") else answer.status
        foreign = method not in ("get", "post") if documented is None else method not in documented
        inside = comes_in(name, pattern, *who)
        if status >= 500 or (foreign and documented is not None and status not in REFUSED):
            self.wrong.append((name, who, method, status))
        elif inside and not foreign and status in (401, 403) and who[0] != "anonymous" and not kept_by_another(name, who, method):
            self.wrong.append((name, who, method, status, "does not open"))
        elif not inside and status not in REFUSED and not (documented and status == 422):
            self.wrong.append((name, who, method, status, "opens"))
        if answer.status == 200 and "anonymous" not in door(name) and not {"private", "no-store"} & set(re.split(r",\s*", answer.cached)):
            self.wrong.append((name, who, method, "may be kept by a cache", answer.cached))
        if answer.wrote and (not inside or foreign or of_another(name, who)) and (left := visitor.leaves(method, place, body)):
            self.wrong.append((name, who, method, status, "leaves", left))
        # What is elsewhere answers as what is nowhere; so does a faulty body, which is told before anybody is looked at.
        # The city's supervisor sees every case of the city, and is told that he may not.
        elsewhere = who[1] != "own" and who[0] in full(door(name), STAFF) and name not in PUBLISHED and who != ("supervisor", "city")
        if not inside and has_key(pattern) and (elsewhere or status == 422):
            key = str(self.city.pk[City.kind(name, pattern)])
            nowhere = visitor.ask(method, place.replace(f"/{key}/", f"/{NOBODY}/", 1), body)
            if without(answer, key) != without(nowhere, str(NOBODY)):
                self.wrong.append((name, who, method, without(answer, key), without(nowhere, str(NOBODY))))


def without(answer: Answer, key: str) -> tuple:
    """What can be learnt from it, but the number that was asked."""
    told = answer.told
    return tuple(str(part).replace(f"/{key}/", "/…/").replace(quote(f"/{key}/", safe=""), "/…/") for part in told)


OTHERS = ["put", "patch", "delete"]


def test_the_doors(city):
    """Every address × every post at every place × every method: whoever may comes in, nobody else does, and a refusal leaves no row."""
    table, visitors = Table(city), everybody()
    for name, pattern in addresses():
        rng, open_to = random.Random(name), sorted(door(name))
        few = random.Random(f"few {name}").sample(open_to, min(len(open_to), 2))  # short: where many may come in, these
        if name in FOR_ALL_ALIKE:
            visitors_here = {who: visitors[who] for who in [("anonymous", "own"), ("clerk", "own")]}
        else:
            visitors_here = visitors
        for who, visitor in visitors_here.items():
            # Short: at their own node those who may come in (at most two), elsewhere one in sixteen of them, and some of those who have no
            # such post: they are turned away before anything is looked at. One of the methods that no form sends. Full: everybody everywhere.
            own, has_post = who[1] == "own", who[0] in door(name)
            share = (1 if own else 1 / 16) if has_post else (1 / 10 if own else 1 / 60)
            methods = [method for method in ("get", "post") if FULL or rng.random() < share]
            if not FULL and has_post and who[0] not in few:
                continue
            if FULL or who in (("anonymous", "own"), (min(door(name), default=""), "own")):
                methods += full([rng.choice(OTHERS)], OTHERS)
            for method in methods:
                table.knock(name, pattern, who, visitor, method)
    assert not table.wrong, "\n".join(map(str, table.wrong))


def test_what_is_not_theirs(city):
    """One city for both: it costs more than they do."""
    a_sisters_catalogue_office_reads_and_does_not_touch(city)
    another_persons_number_is_as_none(city)
    numbers_that_are_none()


def a_sisters_catalogue_office_reads_and_does_not_touch(city):
    """What is published is everybody's to read; to change it, one must keep that node's catalogue."""
    office = city.browser(people.staff("catalogue", node="330281"))
    for name, pattern in addresses():
        if name in (
            "catalogue:suspend",
            "catalogue:resume",
            "catalogue:cancel",
            "catalogue:publish",
            "catalogue:check",
        ):
            with nothing_written(Definition):
                before = Definition.objects.get(pk=make.FOOD).state
                office.post(city.address(name, pattern), {"reason": "上级要求停止办理", "valid_from": today()})
                assert Definition.objects.get(pk=make.FOOD).state == before


def another_persons_number_is_as_none(city):
    """No address tells a stranger or a citizen whether there is a case, a file, a question, a mandate with this number: same status, same
    words, as many statements. In the same city: absurd keys are answered plainly."""
    told = []
    visitors = {role: Visitor(make.user(ACCOUNTS[role])) for role in ("citizen", "applicant")} | {"anonymous": Visitor()}
    for name, pattern in addresses():
        open_to = door(name) & {"citizen", "applicant"}
        if not has_key(pattern) or not (open_to or name.startswith("api:")) or name in PUBLISHED:
            continue
        place = city.address(name, pattern)
        key = str(city.pk[city.kind(name, pattern)])
        nowhere = place.replace(f"/{key}/", f"/{NOBODY}/", 1)
        other = "applicant" if name == "citizen:question_withdraw" else "citizen"  # whose it is not
        for role, method in (("anonymous", "post"), (other, "get"), (other, "post")):
            body = sample(described_at(pattern).get(method)) if name.startswith("api:") else None
            answers = (visitors[role].ask(method, at, body) for at in (place, nowhere))
            there, none = (
                (answer.statements, *without(answer, pk)) for answer, pk in zip(answers, (key, str(NOBODY)), strict=True)
            )
            if there != none:
                told.append((name, role, method, there, none))
    assert not told, "\n".join(map(str, told))


def numbers_that_are_none():
    wrong, visitors = [], {role: Visitor(make.user(name)) for role, name in ACCOUNTS.items()}
    for name, pattern in addresses():
        if "<int:pk>" not in pattern or name.startswith("api:"):
            continue
        for pk in ("0", "9" * 30):
            place = "/" + pattern.replace("<int:pk>", pk)
            for role in sorted(door(name) - {"anonymous"})[:1]:
                status = visitors[role].ask("get", place).status
                if status not in (404, 405):
                    wrong.append((name, pk, role, status))
    assert not wrong, "\n".join(map(str, wrong))
