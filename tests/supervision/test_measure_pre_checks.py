"""Pre-checks: who passed is served at once, nothing keyed again; what became of them is kept, and equals a recount."""

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from apps.applications import actions
from apps.applications.models import Application, MaterialEntry
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Refused
from apps.kit.time import today
from apps.supervision import conversion
from apps.supervision.metrics import rows
from apps.supervision.models import DayCount, Progress
from apps.supervision.queries import PRE_CHECK_NAMES, board
from tests import make
from tests.api.client import Caller
from tests.applications.test_amend_situation import SMALL, amend
from tests.people import nothing_written
from tests.settled import count_all
from tests.web.conftest import client_of

pytestmark = pytest.mark.usefixtures("transactional_db", "world")
PAPER = "premises_proof"


def checking(*, paper: bool = False, without: tuple[str, ...] = (), **what) -> Application:
    """From home, looked at by a clerk; `paper`: one material has to be brought, the others may be sent."""
    row = make.from_home(submit=False, **what)
    for line in row.plan["materials"]:
        line["form"] = "paper" if paper and line["material"] == PAPER else "both"
    Application.objects.filter(pk=row.pk).update(plan=row.plan)
    came = row.materials.exclude(code__in=without).exclude(state="expected")
    came.update(state=MaterialEntry.State.SUPPLIED)
    row = actions.submit(by=make.actor("enterprise"), application=row.pk)
    return actions.begin_pre_check(by=make.actor("cixi-clerk"), application=row.pk)


def passed(**given) -> Application:
    return actions.pass_pre_check(by=make.actor("cixi-clerk"), application=checking(**given).pk)


def fresh(row: Application) -> Application:
    return Application.objects.get(pk=row.pk)


def alarms() -> list[dict]:
    return [found for found in patrol()[1] if found["invariant"] == "supervision.pre_checks_agree"]


def test_who_passed_comes_first_and_is_accepted_without_keying(days):
    """At the window: found by his number, opened, the original compared, accepted in one press."""
    waiting = make.received()
    home = passed(paper=True)
    client = client_of("cixi-clerk")
    listed = client.get("/counter/pre-checks/").content.decode()
    assert "等申请人来" in listed and f"/counter/{home.pk}/work/" in listed
    number = home.applicant.id_number
    known = client.post("/counter/party/", {"who": "applicant", "applicant__id_number": number}).content.decode()
    assert known.index(f"/counter/{home.pk}/") < known.index(f"/counter/{waiting.pk}/")
    searched = client.post("/counter/cases/", {"q": number}, follow=True).content.decode()
    assert "预审通过：只核对原件" in searched
    page = client.get(f"/counter/{home.pk}/", follow=True).content.decode()
    assert "不用重新录入" in page and "核原件" in page and "收件并受理" in page and 'name="answers__' not in page
    ticked = {"do": "accept", f"materials__{PAPER}": "in", f"originals__{PAPER}": "1"}
    assert client.post(f"/counter/{home.pk}/work/", ticked).status_code == 302
    case = fresh(home)
    assert (case.state, case.number is None, case.channel) == ("in_progress", False, "online")
    assert Event.objects.get(chain=case.chain, name="application.accept").facts["brought"] == [PAPER]
    # Handed in for good from home it stands first in the queue, before what waits longer.
    days.at(today() + timedelta(days=1))
    second = passed()
    actions.receive(by=make.actor("enterprise"), application=second.pk)
    queue = client_of("cixi-clerk").get("/counter/checking/").content.decode()
    assert queue.index(fresh(second).number) < queue.index("预审通过</span>") < queue.index(waiting.number)


def test_accepted_at_once_where_nothing_has_to_be_brought():
    client = client_of("cixi-clerk")
    brings = checking(paper=True)
    assert "通过并受理" not in client.get(f"/counter/pre-checks/{brings.pk}/").content.decode()
    with nothing_written(Application):
        answer = client.post(f"/counter/pre-checks/{brings.pk}/pass/", {"do": "accept"})
    assert answer.status_code == 422 and "核对原件" in answer.content.decode()
    lacking = checking(without=(PAPER,))
    with nothing_written(Application), pytest.raises(Refused):  # what is missing is no less missing
        actions.pass_and_accept(by=make.actor("cixi-clerk"), application=lacking.pk)
    owes = checking(without=("floor_plan",))
    assert "通过并受理" not in client.get(f"/counter/pre-checks/{owes.pk}/").content.decode()
    owes.materials.filter(code="floor_plan").update(promised=True)
    page = client.get(f"/counter/pre-checks/{owes.pk}/").content.decode()
    assert "通过并受理" in page and "承诺后补的以外，材料齐全" in page
    client.post(f"/counter/pre-checks/{owes.pk}/pass/", {"do": "accept"})
    assert make.member_of(owes).state == "accepted_with_gap"
    row = checking()
    assert "通过并受理" in client.get(f"/counter/pre-checks/{row.pk}/").content.decode()
    answer = client.post(f"/counter/pre-checks/{row.pk}/pass/", {"do": "accept"})
    assert answer["Location"] == f"/counter/{row.pk}/done/"
    row = fresh(row)
    assert (row.state, row.accepted_on, row.pre_passed_on) == ("in_progress", today(), today())
    make.deliver_all()
    assert not row.applicant.messages.filter(title__startswith="预审通过").exists()


def test_the_conversion_equals_a_recount(days):
    start = today()
    clerk, citizen = make.actor("cixi-clerk"), make.actor("enterprise")
    passed()  # never comes
    actions.pass_and_accept(by=clerk, application=checking().pk)
    came, silent = passed(paper=True), passed()
    gap, tolerated = passed(without=(PAPER,)), passed(without=("floor_plan",))
    make.accepted()  # no pre-check: counts nowhere here
    days.at(start + timedelta(days=1))
    for row in (came, gap, silent, tolerated):
        actions.receive(by=citizen, application=row.pk)
    actions.accept(by=clerk, application=came.pk, materials={PAPER: {"originals": 1}})
    actions.accept(by=clerk, application=tolerated.pk, promised=["floor_plan"])
    actions.ask_supplement(by=clerk, application=gap.pk, gaps=[{"material": PAPER}])
    count_all()
    supervisor = make.actor("cixi-supervisor")
    assert board(supervisor, since=start, until=start).total.numbers["pre_accepted"] == 3
    days.at(start + timedelta(days=2))
    actions.take_supplement(by=clerk, application=gap.pk, materials={PAPER: {"state": "supplied", "originals": 1}})
    days.pass_to(start + timedelta(days=30))
    assert fresh(silent).deemed
    count_all()
    count_all()
    line = board(supervisor, since=start, until=start).total
    assert {name: line.numbers[name] for name in conversion.NAMES} == {
        "pre_passed": 6,
        "pre_accepted": 5,
        "pre_clean": 3,
        "pre_at_once": 3,  # one at once, one by silence, one with a promise
        "pre_visits": 2,
        "pre_days": 5,  # 0 + 1 + 2 + 1 + 1
    }
    assert [*line.pre_check.values()] == ["83.3%", "60.0%", "0.4", "1.0"]
    for name in PRE_CHECK_NAMES:
        for who in ("cixi-supervisor", "city-supervisor"):
            assert rows(make.actor(who), name, since=start, until=start)[1].count() == line.numbers[name], name
    assert rows(make.actor("city-supervisor"), "pre_passed", node="330281", since=start, until=start)[1].count() == 0
    assert board(supervisor).total.numbers.get("pre_passed") is None  # kept under the day of the pass
    assert alarms() == []
    # On the board, behind the number, in the sheet, over the API.
    client, query = client_of("cixi-supervisor"), {"since": start.isoformat(), "until": start.isoformat()}
    page = client.get("/oversight/", query).content.decode()
    assert "预审转化" in page and "83.3%" in page
    behind = client.get("/oversight/rows/pre_passed/", query).content.decode()
    assert "还没有正式提交" in behind and fresh(came).number in behind
    for place in ("/oversight/export/", "/oversight/rows/pre_clean/export/"):
        sheet = load_workbook(io.BytesIO(client.get(place, query).content)).active
        assert any("预审通过" in str(cell) for line in sheet.iter_rows(values_only=True) for cell in line), place
    told = Caller("cixi-supervisor").get(f"board/?since={start}&until={start}")["total"]
    assert (told["pre_clean"], told["pre_check"]["visits_each"]) == (3, "0.4")
    # Counted before these sums were kept: once, by the first rollup that knows of them. Tampered with: found.
    kept = sorted(DayCount.objects.filter(name__in=conversion.NAMES).values_list("day", "name", "value"))
    DayCount.objects.filter(name__in=conversion.NAMES).delete()
    Progress.objects.update(pre_checks=False)
    assert alarms() == []
    for _ in range(2):
        count_all()
        assert sorted(DayCount.objects.filter(name__in=conversion.NAMES).values_list("day", "name", "value")) == kept
    DayCount.objects.filter(name="pre_clean").update(value=9)
    assert [found["where"].split("/")[-1] for found in alarms()] == ["pre_clean"]


def test_what_came_by_post_or_after_the_acceptance_is_no_visit():
    """A recount took the paper of a changed situation for one, and the envelope counted as a walk to the window."""
    clerk = make.actor("cixi-clerk")
    sent = passed(paper=True)
    actions.receive(by=make.actor("enterprise"), application=sent.pk)
    actions.accept(by=clerk, application=sent.pk, materials={PAPER: {"originals": 1}}, by_mail=True)
    later = actions.pass_and_accept(by=clerk, application=checking(code="open-restaurant", situations={**SMALL, "by_agent": False}).pk)
    count_all()
    amend(later, {"dining_area": "600"})
    assert Event.objects.get(name="application.amend").facts["brought"]
    count_all()
    line = board(make.actor("cixi-supervisor"), since=today(), until=today()).total.numbers
    assert (line["pre_accepted"], line["pre_at_once"], line.get("pre_visits", 0)) == (2, 2, 0)
    assert alarms() == []
