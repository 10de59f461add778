"""Every address × every role. The resolver says what there is; the tables below say who may come in, and are the whole of
it: an address that no line covers fails the test, so a new page is entered here by hand.

A door that is not yours answers 403 or 404 (or 405 for a method it has not), a stranger is sent to sign in; nothing is ever
answered with a 500, and another node's object is never shown.
"""

from __future__ import annotations

import random
import re
from datetime import date
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver

from apps.applications import actions
from apps.applications.models import Attachment, InspectionPhoto, Job, Parcel
from apps.catalog.models import Definition, DefinitionVersion
from apps.deadlines.actions import set_exception
from apps.deadlines.models import Clock
from apps.directory.actions import set_absence
from apps.directory.models import Mandate, Post
from apps.feedback import actions as feedback
from apps.gateway.models import Outbound
from apps.issuance.models import Document, HandOver
from apps.journal.actor import SYSTEM
from apps.journal.models import Delivery
from apps.kit.time import today
from tests import make, people
from tests.full import full
from tests.people import nothing_written

# —— who comes in: the first line whose beginning fits the address's name ——
EVERYBODY = "anonymous citizen applicant clerk issue reviewer head seal supervisor catalogue admin auditor"
SIGNED_IN = EVERYBODY.removeprefix("anonymous ")
OF_THE_CASE = "applicant clerk issue reviewer head seal supervisor"
DOORS = {
    # pages for all
    "citizen:": EVERYBODY,
    "citizen:start": "citizen applicant",
    "citizen:my": "citizen applicant",
    "citizen:mine": "applicant",
    "citizen:draft": "applicant",
    "citizen:handout": "applicant",
    "citizen:supplement": "applicant",
    "citizen:hand_in": "applicant",
    "citizen:mend": "applicant",
    "citizen:for_good": "applicant",
    "citizen:withdraw": "applicant",
    "citizen:commitment": "applicant",
    "citizen:rate": "applicant",
    "citizen:ratings": EVERYBODY,
    "citizen:complain": "applicant",
    "citizen:my_questions": "citizen applicant",
    "citizen:ask": "citizen applicant",
    "citizen:question_withdraw": "citizen",
    "citizen:renew": "applicant",
    "signin": EVERYBODY,
    "signout": EVERYBODY,
    "preferences": EVERYBODY,
    "styleguide": EVERYBODY,
    "single_": EVERYBODY,
    # pages of one's own
    "desk": SIGNED_IN,
    "password": SIGNED_IN,
    "resume": SIGNED_IN,
    "second_factor": SIGNED_IN,
    "message": SIGNED_IN,
    "session": SIGNED_IN,
    "identit": "citizen applicant",
    "own_": "citizen applicant",
    # an account of one's own, or its password again
    "register": EVERYBODY,
    "forgot": EVERYBODY,
    # what hangs on a case
    "clock_why": OF_THE_CASE,
    "case_anywhere": OF_THE_CASE,
    "clock_what_if": "head supervisor",
    "card": "reviewer head supervisor",
    "card_answer": "head",
    "card_withdraw": "supervisor",
    "attachment": OF_THE_CASE,
    "photo": OF_THE_CASE,
    "document_print": OF_THE_CASE,
    "document": OF_THE_CASE,
    # desks
    "counter:cases": "clerk",
    "counter:case": "clerk supervisor",
    "counter:reveal": "clerk supervisor",
    "counter:note": "clerk supervisor",
    "counter:void": "supervisor",
    "counter:": "clerk",
    "review:countersign": "head",
    "review:router": "supervisor",
    "review:reroute": "supervisor",
    "review:claim": "reviewer",
    "review:return": "reviewer",
    "review:hearing": "reviewer",
    "review:hearing_request": "reviewer head",
    "review:supplement": "reviewer",
    "review:commitment": "reviewer",
    "review:commitments": "reviewer head",
    "review:commitment_check": "reviewer head",
    "review:commitment_revoke": "head",
    "review:commitment_repair": "head",
    "review:reassign": "head",
    "review:send_back": "head",
    "review:decide": "head",
    "review:pause": "head",
    "review:serve_pause": "reviewer head",
    "review:drop_pause": "head",
    "review:resume": "reviewer head",
    "review:extend": "head",
    "review:inspection": "reviewer head",
    "review:plan_inspection": "reviewer head",
    "review:home": "reviewer head",
    "review:done": "reviewer head",
    "review:export": "reviewer head",
    "review:led": "reviewer head",
    "review:lead_": "reviewer head supervisor",
    "review:claim_many": "reviewer head",
    "review:save_view": "reviewer head",
    "review:forget_view": "reviewer head",
    "review:opinion": "reviewer head",
    "review:consultations": "reviewer head",
    "review:consultation_recall": "reviewer head",
    "review:consult": "reviewer head",
    "review:consultation": "reviewer head supervisor",
    "review:": "reviewer head supervisor",
    "issue:home": "issue seal",
    "issue:seal": "seal",
    "issue:": "issue",
    "oversight:": "supervisor",
    "catalogue:": "catalogue",
    "people:": "admin",
    # the administrator of a county keeps its own days; notices and lights are the city's
    "calendar:publish": "",
    "calendar:light_add": "",
    "calendar:add": "admin",
    "calendar:withdraw": "admin",
    "calendar:": "supervisor admin",
    # the letter is the department's of the case; the question is asked by another citizen of the same department
    "feedback:letters": "head supervisor",
    "feedback:ratings": "head supervisor",
    "feedback:letter": "head supervisor",
    "feedback:call": "head supervisor",
    "feedback:reply": "head",
    "feedback:appeal": "head",
    "feedback:decide": "supervisor",
    "feedback:judge": "supervisor",
    "feedback:questions": "clerk reviewer head supervisor",
    "feedback:question": "reviewer head supervisor",
    "feedback:question_publish": "head supervisor",
    "feedback:question_unpublish": "head supervisor",
    "audit:": "auditor",
    # for programs
    "api:schema": EVERYBODY,
    "api:docs": EVERYBODY,
    "api:token": EVERYBODY,
    "api:item-": EVERYBODY,
    "api:track": EVERYBODY,
    "api:verify": EVERYBODY,
    "api:-": EVERYBODY,
    "api:me": SIGNED_IN,
    "api:account": "citizen applicant",
    "api:message-": SIGNED_IN,
    "api:board": "supervisor",
    "api:card-": "reviewer head supervisor",
    "api:card-answer": "head",
    "api:card-withdraw": "supervisor",
    "api:calendar-year": EVERYBODY,
    "api:calendar-exceptions": "admin",
    "api:calendar-withdraw": "admin",
    "api:calendar-notices": "",
    "api:application-list": SIGNED_IN,
    "api:job-list": SIGNED_IN,
    "api:member-list": SIGNED_IN,
    "api:application-get": OF_THE_CASE,
    "api:application-form": OF_THE_CASE,
    "api:attachment-file": OF_THE_CASE,
    "api:document-file": OF_THE_CASE,
    "api:clock-why": OF_THE_CASE,
    "api:clock-what_if": "head supervisor",
    "api:application-reveal": OF_THE_CASE,
    "api:photo-file": OF_THE_CASE,
    "api:inspection-list": SIGNED_IN,
    "api:inspection-get": OF_THE_CASE,
    "api:inspection-": "reviewer head",
    "api:application-plan_inspection": "reviewer head",
    "api:application-note": "clerk reviewer head supervisor",
    "api:application-void": "supervisor",
    "api:application-terminate": "supervisor",
    "api:application-hand_over": "issue",
    "api:application-dispatch": "issue",
    "api:parcel-enter_status": "issue",
    "api:courier-status": "",  # by signature only
    "api:application-submit": "applicant",
    "api:application-resubmit": "applicant",
    "api:application-rate": "applicant",
    "api:application-complain": "applicant",
    "api:application-save": "clerk applicant",
    "api:application-receive": "clerk applicant",
    "api:application-withdraw": "clerk applicant",
    "api:application-mark_renewal": "clerk applicant",
    "api:application-reprint": "clerk",
    "api:application-attach": "clerk applicant",
    "api:application-choose_handout": "clerk issue applicant",
    "api:application-mend": "applicant",
    "api:application-": "clerk",
    "api:job-reroute": "supervisor",
    "api:job-reassign": "head",
    "api:job-send_back": "head",
    "api:job-decide": "head",
    "api:job-pause": "head",
    "api:job-serve_pause": "reviewer head",
    "api:job-drop_pause": "head",
    "api:job-resume": "reviewer head",
    "api:job-extend": "head",
    "api:job-": "reviewer",
    "api:member-consult": "reviewer head",
    "api:opinion-list": SIGNED_IN,
    "api:opinion-": "reviewer head",
    "api:consultation-get": "reviewer head supervisor",
    "api:consultation-": "reviewer head",
    "api:member-seal": "seal",
    "api:member-withdraw": "clerk applicant",
    "api:member-open_renewal": "clerk applicant",
    "api:member-sign_commitment": "clerk applicant reviewer",
    "api:commitment-": "reviewer head",
    "api:commitment-revoke": "head",
    "api:commitment-repair": "head",
    "api:member-remind": "supervisor",
    "api:application-coordinate": "supervisor",
    "api:supplement-take": "clerk applicant",
    "api:hearing-request": "clerk applicant reviewer head",
}
# —— what stands in the address: pk or code, by the address's name ——
DRAFT = {"applicant", "work", "save", "upload", "due", "discard"}
ACCOUNTS = {
    "citizen": "citizen",
    "applicant": "enterprise",
    "clerk": "cixi-clerk",
    "issue": "cixi-issue",
    "reviewer": "scjg-reviewer",
    "head": "scjg-head",
    "seal": "scjg-seal",
    "supervisor": "cixi-supervisor",
    "catalogue": "cixi-catalogue",
    "admin": "cixi-admin",
    "auditor": "cixi-auditor",
}
SISTERS = {  # the same post at 余姚, which has nothing to do with a case of 慈溪
    "clerk": "clerk",
    "issue": "issue_clerk",
    "supervisor": "supervisor",
    "admin": "node_admin",
}


def addresses():
    """(name, pattern, roles that come in)."""

    def walk(resolver, space="", before=""):
        for entry in resolver.url_patterns:
            here = before + str(entry.pattern)
            if isinstance(entry, URLPattern):
                yield f"{space}{entry.name or '-'}", here
            else:
                yield from walk(entry, space + (f"{entry.namespace}:" if entry.namespace else ""), here)

    return list(walk(get_resolver()))


def door(name: str) -> set[str] | None:
    line = next((key for key in sorted(DOORS, key=len, reverse=True) if name.startswith(key)), None)
    return None if line is None else set(DOORS[line].split())



def test_every_address_has_a_line():
    assert [name for name, _ in addresses() if door(name) is None] == []


def test_every_line_has_an_address():
    names = [name for name, _ in addresses()]
    assert [key for key in DOORS if not any(name.startswith(key) for name in names)] == []


class City:
    """One case in each stage that an address may ask for, and everybody's browser."""

    def __init__(self):
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
        client.force_login(user, backend="apps.directory.backends.PasswordBackend")
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
        if what.startswith(("hearing-", "supplement-", "commitment-")):
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
        return {"issue:handed": "handed", "oversight:retry": "stuck", "oversight:retry_message": "unsent"}.get(
            name, "version" if "versions/" in pattern else ""
        )


@pytest.fixture
def city(world):
    return City()


def ask(client: Client, method: str, place: str) -> int:
    """The status of the answer; whatever was done is undone."""
    kept = client.cookies.copy()
    with transaction.atomic():
        if place.startswith("/api/") and method == "post":
            response = client.post(place, data={}, content_type="application/json")
        else:
            response = getattr(client, method)(place)
        if getattr(response, "streaming", False):
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    client.cookies = kept
    to_sign_in = response.status_code == 302 and response["Location"].startswith("/account/?next=")
    return 401 if to_sign_in else response.status_code


def fits(status: int, role: str, comes_in: bool, sees_no_object: bool) -> bool:
    if comes_in:
        return status < 500 and status not in ((401, 403) if role != "anonymous" else ())
    if role == "anonymous":
        return status in (401, 403, 404, 405)
    return status in (403, 404, 405) or (sees_no_object and status in (409, 415, 422))


def test_the_doors(city):
    """All desks on one city, which is dear to make."""
    wrong = []
    for name, pattern in addresses():
        rng = random.Random(name)
        inside, place = door(name), city.address(name, pattern)
        outside = sorted(set(city.browsers) - inside)
        # Short: everybody looks (where nearly all may: three of them and who may not), and who may, one who may not and a
        # stranger also write. Full: everybody does both.
        writers = {*sorted(inside)[:2], "anonymous", *rng.sample(outside, min(1, len(outside)))}
        lookers = {*outside, *(inside if outside[1:] else {"anonymous", *rng.sample(sorted(inside), 2)})}
        for role, client in city.browsers.items():
            writes, looks = (role in some for some in full((writers, lookers), (city.browsers, city.browsers)))
            for method in ["get"] * looks + ["post"] * writes:
                status = ask(client, method, place)
                # A faulty body is told before the right to send it is asked; nothing was done either way.
                if not fits(status, role, role in inside, name.startswith("api:") and method == "post"):
                    wrong.append((name, role, method, status))
    assert not wrong, "\n".join(map(str, wrong))


def test_another_nodes_objects_do_not_exist(city):
    """The same post at a sister node: the door opens, the object is not there."""
    wrong = []
    sisters = {role: city.browser(people.staff(post, node="330281")) for role, post in SISTERS.items()}
    sisters["reviewer"], sisters["head"] = (
        city.browser(make.user("wsjs-reviewer")),
        city.browser(make.user("wsjs-head")),
    )
    for name, pattern in addresses():
        if "<int:pk>" not in pattern:
            continue
        place = city.address(name, pattern)
        for role in sorted(door(name) & set(sisters)):
            for method in ("get", "post"):
                status = ask(sisters[role], method, place)
                told = (404, 405) if not place.startswith("/api/") else (403, 404, 405, 415, 422)
                if status not in (*told, 403):
                    wrong.append((name, role, method, status))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_sisters_catalogue_office_reads_and_does_not_touch(city):
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


NOBODY = 987_654_321  # no row has this key


def answer(client: Client, method: str, place: str, key: str) -> tuple:
    """What can be learnt from an answer: status, where it sends, body without what was asked, how many statements it took."""
    kept, ours = client.cookies.copy(), place.startswith("/api/") and method == "post"
    with transaction.atomic(), CaptureQueriesContext(connection) as ran:
        response = client.post(place, {}, content_type="application/json") if ours else getattr(client, method)(place)
        transaction.set_rollback(True)
    client.cookies = kept
    body = response.getvalue().decode(errors="replace")
    body, where = re.sub(r'"csrfmiddlewaretoken" value="\w+"', "", body), response.headers.get("Location", "")
    for part in (f"/{key}/", quote(f"/{key}/", safe="")):
        body, where = body.replace(part, "/…/"), where.replace(part, "/…/")
    return response.status_code, where, len(ran), body


def test_another_persons_number_is_as_none(city):
    """No address tells a stranger or a citizen whether there is a case, a file, a question, a mandate with this number: same status, same
    words, as many statements. In the same city: absurd keys are answered plainly."""
    told = []
    for name, pattern in addresses():
        open_to = door(name) & {"citizen", "applicant"}
        if not ("<int:pk>" in pattern or "(?P<pk>" in pattern) or not (open_to or name.startswith("api:")):
            continue
        place = city.address(name, pattern)
        key = str(city.pk[city.kind(name, pattern)])
        nowhere = place.replace(f"/{key}/", f"/{NOBODY}/", 1)
        other = "applicant" if name == "citizen:question_withdraw" else "citizen"  # whose it is not
        for role, method in (("anonymous", "post"), (other, "get"), (other, "post")):
            there, none = (answer(city.browsers[role], method, at, pk) for at, pk in ((place, key), (nowhere, str(NOBODY))))
            if there != none:
                told.append((name, role, method, there[:3], none[:3]))
    assert not told, "\n".join(map(str, told))
    numbers_that_are_none(city)


def numbers_that_are_none(city):
    wrong = []
    for name, pattern in addresses():
        if "<int:pk>" not in pattern or name.startswith("api:"):
            continue
        for pk in ("0", "9" * 30):
            place = "/" + pattern.replace("<int:pk>", pk)
            for role in sorted(door(name) - {"anonymous"})[:1]:
                status = ask(city.browsers[role], "get", place)
                if status not in (404, 405):
                    wrong.append((name, pk, role, status))
    assert not wrong, "\n".join(map(str, wrong))
