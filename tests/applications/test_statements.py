# ruff: noqa: B023  (what a loop's round makes is called before the round ends)
"""What a move and a list cost in statements, BEGIN/COMMIT/SAVEPOINT counted: the same for one material or twenty, one
department or six, three rows or sixty."""

from django.db import connection

from apps.applications import actions, queries, queries_review
from apps.applications.models import Application, Job, MaterialEntry
from apps.directory.queries import actor_for
from apps.kit.paging import keyset_page
from apps.kit.time import today
from tests import make, people, wide
from tests.api.client import Caller

FILING, OPINION, STEP, OPENING, GET, SERVED, PAGE, CATALOGUE = 5, 6, 5, 8, 2, 4, 2, 1
AUTHENTICATION = 1
MOVE, PAUSE, LIST = 11, 12, 1  # a pause also locks the case's clocks and tells the applicant
WHOLE = 5  # a one-thing's: the other members, the clock of the whole, what is handed on, what is still owed, its end
# Inside a test's transaction SAVEPOINT and RELEASE stand where BEGIN and COMMIT would: the count is the same.


class Count:
    """Every statement that goes to PostgreSQL, transaction control too."""

    def __enter__(self):
        connection.force_debug_cursor, self.kept = True, connection.force_debug_cursor
        connection.queries_log.clear()
        return self

    def __exit__(self, *_):
        connection.force_debug_cursor = self.kept
        # Two that make one trip to the database are two; Django tells of a BEGIN by itself.
        self.seen = [sql for entry in connection.queries_log for sql in entry["sql"].split("; EXECUTE ")]

    def __int__(self):
        return len(self.seen)


def cost(call) -> int:
    with Count() as counted:
        call()
    print(len(counted.seen), *[sql[:110] for sql in counted.seen], sep="\n   ")
    return len(counted.seen)


def costs_of_a_life(code=make.FOOD, change=None, **given) -> dict[str, int]:
    """One case from draft to decision; the cost of each move."""
    clerk = make.actor("cixi-clerk")
    case = make.draft(code, **given)
    if change:
        change(case)
    found = {"receive": cost(lambda: actions.receive(by=clerk, application=case.pk))}
    found["begin_check"] = cost(lambda: actions.begin_check(by=clerk, application=case.pk))
    found["accept"] = cost(lambda: actions.accept(by=clerk, application=case.pk))
    for place, job in enumerate(Job.objects.filter(application=case).order_by("pk")):
        reviewer, head = make.actor(f"{job.department_id}-reviewer"), make.actor(f"{job.department_id}-head")
        found[f"claim{place}"] = cost(lambda: actions.claim(by=reviewer, job=job.pk))
        found[f"conclude{place}"] = cost(
            lambda: actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="符合条件")
        )
        found[f"send_back{place}"] = cost(lambda: actions.send_back(by=head, job=job.pk, reason="请再核实"))
        actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="符合条件")
        found[f"decide{place}"] = cost(lambda: actions.decide(by=head, job=job.pk, decision="grant"))
    return found


def test_a_move_stays_within_its_price(world):
    costs_of_a_life()  # caches of definitions and calendars are warm, as they are in a running house
    costs = costs_of_a_life()
    assert {name: n for name, n in costs.items() if n > MOVE} == {}


def test_other_ways_out(world):
    clerk, citizen, supervisor = make.actor("cixi-clerk"), make.actor("enterprise"), make.actor("cixi-supervisor")
    make.received()
    ways = {
        "ask_supplement": lambda case: actions.ask_supplement(
            by=clerk, application=case.pk, gaps=[{"material": "premises_proof"}]
        ),
        "not_accept": lambda case: actions.not_accept(
            by=clerk, application=case.pk, ground="other", reason="不符合条件"
        ),
        "withdraw": lambda case: actions.withdraw(by=citizen, application=case.pk, reason="不办了"),
        "void": lambda case: actions.void(by=supervisor, application=case.pk, reason="录入错误作废"),
    }
    costs = {}
    for name, way in ways.items():
        case = make.received(without=("premises_proof",))
        costs[name] = cost(lambda: way(case))
    late = make.awaiting()
    costs["take_supplement"] = cost(
        lambda: actions.take_supplement(
            by=clerk, application=late.pk, materials={"premises_proof": {"state": "supplied"}}
        )
    )
    gap = make.received(without=("floor_plan",))
    costs["accept_with_gap"] = cost(lambda: actions.accept(by=clerk, application=gap.pk, promised=["floor_plan"]))
    costs["supply_gap"] = cost(
        lambda: actions.supply_gap(by=clerk, application=gap.pk, materials={"floor_plan": {"state": "supplied"}})
    )
    assert {name: n for name, n in costs.items() if n > MOVE} == {}


def test_time_stands_still_and_runs_on_at_the_same_price(world):
    reviewer, head = make.actor("scjg-reviewer"), make.actor("scjg-head")
    make.paused()

    def costs(job):
        on = {"job": job.pk}
        later = {**make.TESTING, "service": "later"}
        return {
            "notice by hand": cost(lambda: actions.pause(by=head, **on, **later)),
            "drop": cost(lambda: actions.drop_pause(by=head, **on, reason="填写有误")),
            "pause": cost(lambda: actions.pause(by=head, **on, **make.TESTING)),
            "extend": cost(lambda: actions.extend(by=head, **on, days=5, reason="情况复杂需要复核")),
            "resume": cost(lambda: actions.resume(by=reviewer, **on)),
            "notice again": cost(lambda: actions.pause(by=head, **on, **later)),
            "serve": cost(lambda: actions.serve_pause(by=reviewer, **on, method="direct", on=today())),
        }

    one = costs(make.claimed())
    bundle = make.accepted("retire", situations={"has_fund": True})
    job = Job.objects.filter(application=bundle).order_by("pk").first()
    bundle.plan["members"] = [{**member, "pause_grounds": ["testing"]} for member in bundle.plan["members"]]
    Application.objects.filter(pk=bundle.pk).update(plan=bundle.plan)
    reviewer, head = make.actor(f"{job.department_id}-reviewer"), make.actor(f"{job.department_id}-head")
    actions.claim(by=reviewer, job=job.pk)
    of_a_bundle = costs(job)  # the other members and the clock of the whole are read where a day or light moves
    assert {name: n for name, n in of_a_bundle.items() if not -1 <= n - one[name] <= 2 or n > PAUSE} == {}  # no visit is looked for
    assert {name: n for name, n in one.items() if n > PAUSE} == {}


def test_twenty_materials_cost_what_two_do(world):
    """A checklist twenty lines long, made longer than any of the catalogue's."""
    make.accepted("resident-medical-insurance")
    few = costs_of_a_life("resident-medical-insurance")

    def longer(case):
        line = case.plan["materials"][0]
        case.plan["materials"] += [{**line, "material": f"more{n}", "name": f"材料{n}"} for n in range(20)]
        Application.objects.filter(pk=case.pk).update(plan=case.plan)
        MaterialEntry.objects.bulk_create(
            [
                MaterialEntry(
                    application=case,
                    position=100 + n,
                    code=f"more{n}",
                    name=f"材料{n}",
                    necessity="required",
                    state="supplied",
                    originals=1,
                )
                for n in range(20)
            ]
        )

    many = costs_of_a_life("resident-medical-insurance", change=longer)
    assert few == many


def test_twenty_gaps_cost_what_one_does(world):
    clerk = make.actor("cixi-clerk")

    def price(*gaps):
        case = make.received(without=gaps)
        told = [{"material": gap} for gap in gaps]
        return cost(lambda: actions.ask_supplement(by=clerk, application=case.pk, gaps=told))

    price("id_card")
    assert price("id_card") == price(
        "id_card", "business_licence", "premises_proof", "floor_plan", "health_certificate"
    )


def situations(code):
    """The answers that bring in the most members."""
    from apps.catalog.queries import situations as asked
    from apps.kit.time import today

    answers = {}
    for question in asked(code, today()):
        kind = question["type"]
        answers[question["code"]] = (
            True
            if kind == "boolean"
            else 100
            if kind in ("number", "integer", "decimal")
            else question["choices"][0]["value"]
        )
    return answers


def test_six_departments_cost_what_two_do(world):
    """企业开办: one registration, then five members of as many departments start on its grant; 卖香烟: one and one."""
    wide = situations("start-a-company")
    make.accepted("start-a-company", situations=wide)
    two = costs_of_a_life("sell-cigarettes", situations={"already_registered": False})
    six = costs_of_a_life("start-a-company", situations=wide)
    # The first of the two is done on the spot and has no timed step: its clock is stopped, asked for and inserted in up to three.
    assert {name: (two[name], six[name]) for name in two if not 0 <= six[name] - two[name] <= 3} == {}
    assert {name: n for name, n in six.items() if n > MOVE + WHOLE} == {}


def test_three_parallel_departments_accept_at_the_price_of_one(world):
    make.accepted("retire", situations={"has_fund": True})
    one = costs_of_a_life("retire", situations={"has_fund": False})
    three = costs_of_a_life("retire", situations={"has_fund": True})
    assert three["accept"] <= one["accept"]
    assert max(n for name, n in three.items() if name.startswith("decide")) <= MOVE


def test_a_filing_and_its_reading_cost_the_same_for_one_and_for_twenty(world):
    """Over HTTP, the idempotency key included: authentication does not count; the definition's version is asked with the numbers."""
    clerk, spent, read, opinion, step = Caller("cixi-clerk"), {}, {}, {}, {}
    for code, wide_by in (("narrow", 1), ("broad", 20)):
        body = wide.filing(wide.thing(code, departments=wide_by, materials=wide_by))
        for turn in range(2):  # the second finds the catalogue in the process's memory
            key = {"Idempotency-Key": f"{code}{turn}"}
            answers = []
            spent[code] = cost(lambda: answers.append(clerk.raw("post", "applications/file/", body, headers=key))) - AUTHENTICATION
        pk = answers[0].json()["id"]
        read[code] = cost(lambda: clerk.get(f"applications/{pk}/")) - AUTHENTICATION
        reviewer, head = (people.staff(role, department=f"{code}-office1") for role in ("reviewer", "head"))
        job = Job.objects.filter(application=pk).order_by("pk").first().pk
        actions.claim(by=actor_for(reviewer), job=job)
        desk, decider = Caller(reviewer.username), Caller(head.username)
        for caller in (desk, decider):
            caller.get("me/")  # their posts are remembered, as in a running house
        said = {"recommendation": "grant", "opinion": "符合条件"}
        opinion[code] = cost(lambda: desk.raw("post", f"jobs/{job}/conclude/", said, headers=key)) - AUTHENTICATION
        step[code] = cost(lambda: decider.raw("post", f"jobs/{job}/decide/", {"decision": "grant"}, headers=key)) - AUTHENTICATION
    states = Application.objects.order_by("code", "pk").values_list("state", flat=True)
    assert list(states) == ["in_progress", "partly_done", "in_progress", "done"]
    assert Job.objects.filter(application__code="broad").count() == 40
    assert spent["narrow"] == spent["broad"] <= FILING
    assert read["narrow"] == read["broad"] <= GET
    assert opinion["narrow"] == opinion["broad"] <= OPINION
    assert step["narrow"] == step["broad"] <= STEP


def test_a_case_that_was_served_is_read_at_a_fixed_price(world):
    """With what was handed over, its documents and its story: over HTTP, authentication not counted."""
    case = make.collected().application_id
    assert cost(lambda: Caller("cixi-clerk").get(f"applications/{case}/")) - AUTHENTICATION <= SERVED


def test_a_step_that_opens_a_stage_costs_the_same_for_one_department_and_for_twenty(world):
    """Over HTTP with its key: the first member's grant starts the others, their jobs and their clocks."""
    step = {}
    for opens in (1, 20):
        code = wide.thing(f"staged{opens}", departments=1 + opens, materials=opens, staged=True)
        pk = Caller("cixi-clerk").raw("post", "applications/file/", wide.filing(code)).json()["id"]
        reviewer, head = (people.staff(role, department=f"{code}-office1") for role in ("reviewer", "head"))
        (job,) = Job.objects.filter(application=pk)
        actions.claim(by=actor_for(reviewer), job=job.pk)
        actions.conclude(by=actor_for(reviewer), job=job.pk, recommendation="grant", opinion="符合条件")
        decider, key = Caller(head.username), {"Idempotency-Key": code}
        decider.get("me/")
        address = f"jobs/{job.pk}/decide/"
        step[opens] = cost(lambda: decider.raw("post", address, {"decision": "grant"}, headers=key)) - AUTHENTICATION
        assert Job.objects.filter(application=pk, state=Job.State.ASSIGNED).count() == opens
    assert step[1] == step[20] <= OPENING


def test_lists_cost_the_same_for_three_rows_and_sixty(world):
    clerk, reviewer, head = make.actor("cixi-clerk"), make.actor("scjg-reviewer"), make.actor("scjg-head")
    inbox, api = ("due_key", "id"), Caller("cixi-clerk")
    lists = {
        "cases": lambda: keyset_page(queries.applications_for(clerk), ("-id",), size=50).rows,
        "found": lambda: list(queries.find(clerk, "餐饮")[:50]),
        "inbox": lambda: keyset_page(queries_review.by_clock(queries_review.inbox(reviewer)), inbox, size=50).rows,
        "countersign": lambda: list(queries_review.countersign_queue(head)[:50]),
        "counts": lambda: queries_review.inbox_counts(reviewer),
        "items": lambda: queries_review.inbox_items(reviewer),
        "over HTTP": lambda: api.get("applications/?state=in_progress&size=50&q=餐饮"),
    }

    def read(rows):
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, Job):
                assert f"{row.application.number}{row.member.name}{row.department.name}"
            elif isinstance(row, Application):
                assert f"{row.number}{row.node.name}{row.region.name}"

    def costs():
        return {name: cost(lambda: read(call())) for name, call in lists.items()}

    for _ in range(3):
        make.accepted()
    costs()
    few = costs()
    for _ in range(17):
        make.accepted()
    many = costs()
    assert few == many
    # The rows and the kept counts; items called so, and whether anybody is.
    assert many.pop("over HTTP") - AUTHENTICATION <= PAGE + CATALOGUE + 1
    assert many.pop("found") <= LIST + CATALOGUE + 1
    assert max(many.values()) <= LIST
