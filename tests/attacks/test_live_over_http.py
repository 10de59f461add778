"""The whole life over HTTP under random hands: the interface by token and the pages' own forms with their CSRF token, by who may and by who may
not, twice, late and with somebody else's number. Nothing breaks, a refusal says why and leaves nothing, what is not seen is not there, and
what stands at the end is lawful."""

from __future__ import annotations

import json
import logging
import random
import re
from collections import Counter
from html.parser import HTMLParser

from django.db import connection
from django.db.models import Count
from django.template import Template
from django.test import Client
from django.test import utils as instrumented
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from apps.api import tokens
from apps.api.verbs import VERBS
from apps.applications import sight
from apps.applications.models import Application, Job, Member
from apps.deadlines.actions import sweep
from apps.directory.queries import actor_for
from apps.issuance.models import Document
from apps.journal.anchoring import verify
from apps.journal.models import Delivery
from apps.kit import limits
from tests import make, wide
from tests.applications.test_any_life_is_lawful import impossible
from tests.days import deliver
from tests.full import full
from tests.lives import live
from tests.settled import count_all
from tests.web.visitors import described, sample

CODES = [make.FOOD, make.SNACK, make.HEALTH]
HANDS = [
    "cixi-clerk", "cixi-clerk2", "scjg-reviewer", "scjg-reviewer2", "scjg-head", "scjg-seal", "wsjs-reviewer", "wsjs-head", "cixi-issue",
    "cixi-supervisor", "enterprise", "citizen", "city-clerk", "cixi-auditor", "cixi-admin",
]  # fmt: skip
WORDS = "材料齐全，符合规定的条件，特此说明情况。"
SUBJECTS = {"application": Application, "job": Job, "member": Member}
ROWS = "SELECT " + ", ".join(
    f"(SELECT count(*) FROM {table})"
    for table in ("journal_event", "journal_delivery", "journal_receipt", "applications_application", "applications_member",
                  "applications_job", "issuance_document", "applications_attachment", "applications_parcel", "deadlines_clock")
)  # fmt: skip
PAGES = {
    "clerk": ["counter/{case}/", "counter/{case}/work/", "counter/{case}/supplement/", "counter/{case}/gap/", "counter/{case}/correct/",
              "counter/{case}/withdraw/", "counter/{case}/handout/", "counter/pre-checks/{case}/"],
    "reviewer": ["review/{job}/", "review/{job}/hearing/tell/", "review/{job}/return/"],
    "head": ["review/{job}/", "review/{job}/decide/", "review/{job}/pause/", "review/{job}/extend/", "review/{job}/send-back/"],
    "seal_keeper": ["issue/seal/"],
    "issue_clerk": ["issue/{case}/", "issue/{case}/handout/"],
    "supervisor": ["counter/{case}/void/", "review/router/{job}/"],
    "person": ["my/{case}/", "my/{case}/withdraw/", "my/{case}/complain/", "my/{case}/supplement/", "my/{case}/rate/intake/",
               "my/{case}/check/", "my/{case}/handout/"],
}  # fmt: skip


class Forms(HTMLParser):
    """The forms of a page that write: [{"action", "fields": [(tag, attributes, options)]}]."""

    def __init__(self, page: str):
        super().__init__()
        self.found, self.here, self.choices = [], None, None
        self.feed(page)

    def handle_starttag(self, tag, pairs):
        given = dict(pairs)
        if tag == "form":
            self.here = {"action": given.get("action") or "", "fields": []} if given.get("method", "").lower() == "post" else None
            if self.here is not None:
                self.found.append(self.here)
        elif self.here is None:
            return
        elif tag == "option" and self.choices is not None:
            self.choices.append(given.get("value", ""))
        elif tag in ("input", "select", "textarea", "button") and given.get("name"):
            self.choices = []
            self.here["fields"].append((tag, given, self.choices))

    def handle_endtag(self, tag):
        if tag == "form":
            self.here = None


def filled(form: dict, rng: random.Random) -> dict[str, list[str]]:
    """As somebody might fill it."""
    sent: dict[str, list[str]] = {}
    radios: dict[str, list[str]] = {}
    buttons = []
    for tag, given, choices in form["fields"]:
        name, kind, value = given["name"], given.get("type", "text"), given.get("value", "")
        if tag == "button" or kind == "submit":
            buttons.append((name, value))
        elif kind == "radio":
            radios.setdefault(name, []).append(value)
        elif kind == "checkbox":
            if rng.random() < 0.7:
                sent.setdefault(name, []).append(value or "on")
        elif tag == "select":
            sent[name] = [rng.choice(choices)] if choices else []
        elif kind == "hidden" or value:
            sent[name] = [value]
        elif kind != "file":
            sent[name] = [{"date": "2026-12-01", "number": "5", "time": "09:00"}.get(kind, WORDS)]
    sent |= {name: [rng.choice(values)] for name, values in radios.items()}
    if buttons:
        name, value = rng.choice(buttons)
        sent[name] = [value]
    return sent


class Lives(RuleBasedStateMachine):
    steps = rounds = 0
    answered: Counter = Counter()
    reached: set[str] = set()

    def __init__(self):
        super().__init__()
        self.cases: list[int] = []
        self.sent: list[tuple] = []  # (method, path, body, key, answer) that were accepted
        self.old: list[tuple] = []  # (who, address, what was filled in) of pages opened earlier
        self.browsers: dict[str, Client] = {}

    # —— asking ——

    @staticmethod
    def rows() -> tuple:
        with connection.cursor() as cursor:
            cursor.execute(ROWS)
            return cursor.fetchone()

    def told(self, call, unseen: bool):
        """One request: no fault; a refusal has a code and words and leaves nothing; what is not seen is not given."""
        before = self.rows()
        answer = call()
        Lives.steps += 1
        self.answered[answer.status_code] += 1
        assert answer.status_code < 500, answer.content[:2000]
        if answer.status_code >= 400:
            assert self.rows() == before, answer.content[:500]
            if answer["Content-Type"] == "application/problem+json":
                problem = answer.json()
                assert problem["code"] and re.search("[一-鿿]", problem["detail"]), problem
            elif answer.status_code != 405:
                assert re.search("[一-鿿]{4}", answer.content.decode())
        elif unseen:
            assert self.rows() == before and answer.status_code != 200, answer.content[:500]
        return answer

    def ask(self, who: str, path: str, body: dict, *, case: Application | None = None, key: str = ""):
        user = make.user(who)
        unseen = case is not None and not sight.sees(actor_for(user), case)
        head = {"Authorization": f"Bearer {tokens.issue(user)}"} | ({"Idempotency-Key": key} if key else {})
        text = json.dumps(body)
        answer = self.told(lambda: Client().post(f"/api/{path}", text, content_type="application/json", headers=head), unseen)
        if unseen:
            assert answer.status_code in (403, 404, 422), (who, path, answer.status_code)
        if answer.status_code < 300 and key:
            self.sent.append((who, path, body, key, answer.json()))
        return answer

    def case(self, rng) -> Application | None:
        keys = list(Application.objects.filter(pk__in=self.cases, discarded_at=None).order_by("pk").values_list("pk", flat=True))
        return Application.objects.get(pk=rng.choice(keys)) if keys else None

    # —— what people do ——

    @rule(seed=st.integers(0, 2**32))
    def file(self, seed):
        rng = random.Random(seed)
        if len(self.cases) >= 6:
            return self.go_on(seed)
        who = rng.choice(["cixi-clerk"] * 4 + ["enterprise"] * 2 + HANDS)
        if who == "enterprise" or rng.random() < 0.2:
            answer = self.ask(who, "applications/", {"code": rng.choice(CODES)}, key=f"k{seed}")
        else:
            body = wide.filing(rng.choice(CODES), without=rng.choice([(), (), ("floor_plan",)]))
            body |= {"promised": ["floor_plan"]} if rng.random() < 0.3 else {}
            answer = self.ask(who, "applications/file/", body, key=f"k{seed}")
        if answer.status_code == 201:
            self.cases.append(answer.json()["id"])

    @rule(seed=st.integers(0, 2**32))
    def go_on(self, seed):
        """The next step of a case, mostly by who does it."""
        rng = random.Random(seed)
        case = self.case(rng)
        step = case and self.next_step(case)
        if not step:
            return self.try_anything(seed)
        who, path, body = step
        self.ask(rng.choice([who] * 4 + HANDS[:3]), path, body, case=case, key=f"k{seed}")

    go_on_again = rule(seed=st.integers(0, 2**32))(lambda self, seed: self.go_on(seed))

    def next_step(self, case: Application) -> tuple[str, str, dict] | None:
        at, state = f"applications/{case.pk}", case.state
        lines = {line.code: {"state": "supplied", "originals": 1} for line in case.materials.all() if not line.in_hand and line.state != "expected"}
        if state in ("draft", "pre_returned"):
            if case.channel == "counter":
                given = {"applicant": make.APPLICANT, "contact_mobile": make.MOBILE, "answers": make.answers_for(case.plan), "materials": lines}
                return ("cixi-clerk", f"{at}/receive/", {}) if case.answers else ("cixi-clerk", f"{at}/save/", given)
            given = {"contact_mobile": make.MOBILE, "answers": make.answers_for(case.plan)}
            return ("enterprise", f"{at}/submit/", {}) if case.answers else ("enterprise", f"{at}/save/", given)
        if state in ("submitted", "pre_checking"):
            return "cixi-clerk", f"{at}/{'begin' if state == 'submitted' else 'pass'}_pre_check/", {}
        if state == "pre_passed":
            return "cixi-clerk", f"{at}/receive/", {}
        if state in ("received", "checking"):
            return "cixi-clerk", f"{at}/accept/", {"materials": lines} if lines else {}
        if state == "awaiting_supplement":
            return "cixi-clerk", f"{at}/take_supplement/", {"materials": lines}
        if state in ("in_progress", "partly_done", "done"):
            return self.next_of_member(case)
        return None

    def next_of_member(self, case: Application) -> tuple[str, str, dict] | None:
        if case.members.filter(gap_open=True).exists():
            return "cixi-clerk", f"applications/{case.pk}/supply_gap/", {
                "materials": {line.code: {"state": "supplied", "originals": 1} for line in case.materials.all() if not line.in_hand}
            }
        job = Job.objects.filter(application=case, state__in=["assigned", "in_hand", "concluded"]).first()
        if job:
            verb, body = {
                "assigned": ("claim", {}),
                "in_hand": ("conclude", {"recommendation": "grant", "opinion": WORDS}),
                "concluded": ("decide", {"decision": job.recommendation, "reason": WORDS}),
            }[job.state]
            who = job.assignee.username if job.state == "in_hand" else f"{job.department_id}-{'head' if verb == 'decide' else 'reviewer'}"
            return who, f"jobs/{job.pk}/{verb}/", body
        member = case.members.filter(state__in=["granted", "refused", "ready_for_issue"]).first()
        if member is None:
            return "enterprise", f"applications/{case.pk}/rate/", {"step": "intake", "level": 1}
        if member.state != "ready_for_issue":
            make.filed(case.pk)
            keeper = "scjg-seal" if member.department_id == "scjg" else f"{member.department_id}-head"
            return keeper, f"members/{member.pk}/seal/", {"seal_number": "3302821000001"}
        given = {"members": [member.pk], "method": "direct", "location": "出件窗口", "collector_name": "李一味", "relation": "legal_rep"}
        shown = {"id_kind": "citizen_id", "id_number": make.PERSON_ID, "signature": "李一味"}
        return "cixi-issue", f"applications/{case.pk}/hand_over/", given | shown

    @rule(seed=st.integers(0, 2**32))
    def try_anything(self, seed):
        """Any verb on anything by anybody, the body as the description asks for it."""
        rng = random.Random(seed)
        case = self.case(rng)
        if case is None:
            return
        keys = {name: [case.pk] if name == "application" else list(model.objects.filter(application=case).order_by("pk").values_list("pk", flat=True))
                for name, model in SUBJECTS.items()}  # fmt: skip
        verb = rng.choice([verb for verb in VERBS if keys.get(verb.subject)])
        body = sample(described()[f"/api/{verb.subject}s/{{}}/{verb.name}/"]["post"], rng)
        self.ask(rng.choice(HANDS), f"{verb.subject}s/{rng.choice(keys[verb.subject])}/{verb.name}/", body or {}, case=case)

    @rule(seed=st.integers(0, 2**32))
    def send_again(self, seed):
        """A key sent again gives the first answer; with another body it is refused."""
        rng = random.Random(seed)
        if not self.sent:
            return
        who, path, body, key, first = rng.choice(self.sent)
        before = self.rows()
        if rng.random() < 0.7:
            answer = self.ask(who, path, body, key=key)
            assert answer.json() == first and answer["Idempotent-Replayed"] == "true"
            self.sent.pop()
        else:
            assert self.ask(who, path, {**body, "unknown": 1}, key=key).status_code == 422
        assert self.rows() == before

    @rule(seed=st.integers(0, 2**32))
    def use_a_page(self, seed):
        """Whatever form the page offers, filled somehow; now and then twice, late, or without its token."""
        rng = random.Random(seed)
        case = self.case(rng)
        if case is None:
            return
        if self.old and rng.random() < 0.2:
            return self.post(*rng.choice(self.old), case=None)
        who = rng.choice(HANDS)
        actor = make.actor(who)
        job = Job.objects.filter(application=case).order_by("pk").first()
        kind = rng.choice(sorted(actor.roles & PAGES.keys()) or ["person"])
        places = [place for place in PAGES[kind] if job or "{job}" not in place]
        if not places:
            return self.try_anything(seed)
        place = rng.choice(places)
        address = "/" + place.format(case=case.pk, job=job and job.pk)
        unseen = str(case.pk) in address and not sight.sees(actor, case)
        page = self.told(lambda: self.browser(who).get(address), unseen)
        if unseen:
            assert page.status_code in (302, 403, 404), (who, address, page.status_code)
        forms = [form for form in Forms(page.content.decode()).found if not re.match("/(account|preferences)", form["action"])]
        if page.status_code == 200 and forms:
            form = rng.choice(forms)
            sent = (who, form["action"] or address, filled(form, rng))
            if rng.random() < 0.1:
                bare = {name: value for name, value in sent[2].items() if name != "csrfmiddlewaretoken"}
                assert self.told(lambda: self.browser(who).post(sent[1], bare), False).status_code == 403
                return
            self.post(*sent, case=case if "{" in place else None)  # the keeper's desk holds many cases
            if rng.random() < 0.3:
                self.old.append(sent)

    def post(self, who: str, address: str, sent: dict, *, case):
        self.told(lambda: self.browser(who).post(address, sent), case is not None and not sight.sees(make.actor(who), case))

    def browser(self, who: str) -> Client:
        if who not in self.browsers:
            self.browsers[who] = Client(enforce_csrf_checks=True, raise_request_exception=False)
            self.browsers[who].force_login(make.user(who))
        return self.browsers[who]

    def teardown(self):
        for rows in (Application.objects.filter(pk__in=self.cases), Member.objects.filter(application__in=self.cases)):
            self.reached.update(rows.values_list("state", flat=True))
        sweep()
        deliver()
        verify()
        count_all()
        assert impossible() == []
        assert not Delivery.objects.filter(state="stuck").exists()
        assert not Delivery.objects.values("event", "listener").annotate(times=Count("pk")).filter(times__gt=1).exists()
        # What is made anew bears the number of the paper that it supersedes.
        for rows in (Application.objects, Member.objects, Document.objects.filter(replaced_by=None)):
            numbers = list(rows.exclude(number=None).exclude(number="").values_list("number", flat=True))
            assert len(numbers) == len(set(numbers)), rows.model


def test_live_over_http(world, monkeypatch):
    """1,600 steps, which are some 800 to 1,000 requests; full: 10,000 requests."""
    monkeypatch.setattr(limits, "_ask", lambda question, of: None)
    monkeypatch.setattr(Template, "_render", instrumented._TestState.saved_data.template_render)
    logging.disable(logging.CRITICAL)

    try:
        while Lives.steps < full(300, 10_000) and Lives.rounds < 20:
            Lives.rounds += 1
            live(Lives, lives=full(16, 40), steps=100, shrink=False)
    finally:
        logging.disable(logging.NOTSET)
    # How many of the steps find something to ask, and how far a few lives come, hangs on what their pages offer: little is demanded.
    assert Lives.steps >= full(300, 10_000), Lives.answered
    assert Lives.reached >= full({"in_progress"}, {"in_progress", "done", "granted", "collected"})
