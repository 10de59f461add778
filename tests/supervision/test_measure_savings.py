"""Materials and days saved by finished one-things: kept as they end, equal to a recount, shown with formula and published figure."""

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from apps.applications.models import Application
from apps.deadlines.queries import calendar
from apps.journal.actor import Actor, PostFacts
from apps.journal.invariants import patrol
from apps.kit.errors import Forbidden
from apps.kit.time import today
from apps.supervision.models import BundleCount, Progress
from apps.supervision.published import published
from apps.supervision.queries_savings import savings
from apps.supervision.savings import measured
from tests import make
from tests.api.client import Caller
from tests.applications.test_run_bundle import SUCCESSORS, decide, restaurant
from tests.settled import count_all
from tests.web.conftest import client_of

pytestmark = pytest.mark.usefixtures("transactional_db", "world")


def finished(days=None, *, refused: str = "") -> Application:
    case = restaurant()
    if days:
        days.at(today() + timedelta(days=4))
    case = decide(case, "enterprise-registration")
    for code in SUCCESSORS:
        case = decide(case, code, "refuse" if code == refused else "grant")
    assert case.state == "done"
    return case


def alarms() -> list[dict]:
    return [found for found in patrol()[1] if found["invariant"] == "supervision.savings_agree"]


def test_the_number_of_finished_one_things_opens_them(days, monkeypatch):
    """As every number of the board does; the sheet of them too. A single item and what is not finished are not among them."""
    case = finished(days, refused=SUCCESSORS[0])
    other = decide(restaurant(), "enterprise-registration")
    make.decided()
    count_all()
    client = client_of("cixi-supervisor")
    page = client.get("/oversight/savings/").text
    href = re.search(r'href="(/oversight/rows/one_things/[^"]*code=[^"]*)"', page)[1].replace("&amp;", "&")
    for address in (href, re.sub("&code=[^&]*", "", href)):
        listed = client.get(address).text
        assert case.number in listed and other.number not in listed and listed.count("/oversight/cases/") - 1 == 1
        assert "办结日" in listed and ">一件事的节省</a>" in listed
    assert f"<strong>{case.name}</strong>" in client.get(href).text
    ahead = client.get("/oversight/savings/", {"until": f"{today() + timedelta(days=90)}"})  # the year up to today: its list is one as well
    assert ahead.context["asked"]["until"] == today() and case.number in client.get(ahead.context["total"]["href"]).text
    board, own = client.get("/oversight/"), client.get("/oversight/savings/")
    assert [stat["number"] for stat in board.context["savings"]["stats"]] == [stat["number"] for stat in own.context["stats"]]
    assert {stat["href"] for stat in board.context["savings"]["stats"]} == {"/oversight/savings/"} and 'href="/oversight/savings/">' in board.text
    sheet = load_workbook(io.BytesIO(client.get(href.replace("one_things/", "one_things/export/")).content)).active
    assert [row[0] for row in sheet.values][3:] == [case.number]
    assert other.number not in client.get(href.replace(f"code={case.code}", "code=nothing")).text
    monkeypatch.setattr("apps.web.oversight.savings.published", lambda actor: {})  # of another city
    assert "公布的数字" in page and "公布的数字" not in client.get("/oversight/savings/").text


def test_counted_as_they_end_and_shown(days):
    case = finished(days, refused=SUCCESSORS[0])
    decide(restaurant(), "enterprise-registration")  # not finished: counts nowhere
    make.decided()  # a single item saves nothing
    count_all()
    supervisor = make.actor("cixi-supervisor")
    seen = savings(supervisor)
    (row,) = seen.bundles
    plan = case.plan
    taken = calendar(region=case.node_id).count(case.accepted_on, case.ended_on)
    assert taken > 0
    assert row.sums == {
        "cases": 1,
        "materials_before": plan["materials_before"],
        "materials_after": plan["materials_after"],
        "timed": 1,
        "days_before": 33,
        "days_promised": 15,
        "days_taken": taken,
    }
    assert row.percents["materials"] == f"{plan['saving_percent']}%"
    assert row.percents["promised"] == "54.5%"  # 1 − 15/33
    assert seen.total.sums == row.sums and seen.means == row.percents
    assert {key: figure["value"] for key, figure in published(supervisor).items()} == {
        "bundle_material_saving": 30,
        "bundle_time_saving": 20,
    }
    assert published(Actor("staff", posts=(PostFacts(1, "supervisor", "431921", "431921"),))) == {}  # of another city nothing was
    assert alarms() == []
    # Another day, another node, another's post.
    yesterday = today() - timedelta(days=1)
    assert savings(supervisor, since=yesterday, until=yesterday).bundles == []
    assert savings(make.actor("city-supervisor"), node="330282").total.sums["cases"] == 1
    for who, where in (("cixi-supervisor", "330281"), ("scjg-head", "")):
        with pytest.raises(Forbidden):
            savings(make.actor(who), node=where)
    # On the page, in the sheet, over the API.
    client = client_of("cixi-supervisor")
    answer = client.get("/oversight/savings/")
    told = answer.content.decode()
    # How many the catalogue offers, and what was printed of it: twice, and otherwise.
    offered, several = answer.context["in_use"]
    assert offered["number"] == len(client.get(offered["href"]).context["page"].rows) >= several["number"] > 0
    assert offered["published"] == "2017年8月31日公布 50 件；另一处说法 59 件" and several["published"] == "2017年8月31日公布（按另一处说法）42 件"
    assert row.name in told and "54.5%" in told and "公布约 20%" in told and "1 − 合并后的材料数" in told
    sheet = load_workbook(io.BytesIO(client.get("/oversight/savings/export/?node=330282").content)).active
    assert sheet["A1"].value.endswith("；节点：慈溪市")
    assert any(line[0] == row.name and line[1] == 1 for line in sheet.iter_rows(values_only=True))
    over = Caller("cixi-supervisor").get("board/savings/")
    assert (over["bundles"][0]["percents"]["promised"], over["published"][1]["value"]) == ("54.5%", 20)
    # A number that was tampered with is found.
    BundleCount.objects.filter(name="materials_after").update(value=1)
    assert [found["where"].split("/")[-1] for found in alarms()] == ["materials_after"]


def test_weighted_and_unweighted_differ_and_each_event_counts_once():
    """Two one-things of different size: the total weighs cases, the mean one-things; a rollup again adds nothing."""
    finished()
    finished()
    count_all()
    count_all()
    assert {key: value for key, value in measured().items() if value} == {
        (row.day, row.node, row.code, row.name): row.value for row in BundleCount.objects.all()
    }
    day, node = BundleCount.objects.values_list("day", "node").first()
    other = {"cases": 1, "materials_before": 10, "materials_after": 9}  # without a baseline
    for name, value in other.items():
        BundleCount.objects.create(day=day, node=node, code="retire", name=name, value=value)
        BundleCount.objects.create(day=day, node="330281", code="retire", name=name, value=value)  # a sister's
    seen = savings(make.actor("cixi-supervisor"))
    big, small = seen.bundles
    assert (big.sums["cases"], small.percents) == (2, {"materials": "10.0%", "promised": "—", "taken": "—"})
    assert seen.total.percents["promised"] == seen.means["promised"] == "54.5%"
    assert seen.means["materials"] != seen.total.percents["materials"]
    case = Application.objects.filter(state="done").first()
    plain = {**case.plan, "promised_limit": {"days": 15, "unit": "calendar"}}  # other days than the baseline's are not compared
    Application.objects.filter(pk=case.pk).update(plan=plain)
    assert (measured()[day, node, case.code, "timed"], measured()[day, node, case.code, "cases"]) == (1, 2)
    Application.objects.filter(pk=case.pk).update(outcome="terminated")
    assert measured()[day, node, case.code, "cases"] == 1


def test_what_ended_before_these_sums_were_kept_is_counted_once():
    """A house that already runs: its finished one-things were read by the rollup of yesterday's software."""
    finished()
    count_all()
    kept = list(BundleCount.objects.order_by("pk").values_list("name", "value"))
    BundleCount.objects.all().delete()
    Progress.objects.update(bundles=False)
    assert alarms() == []  # nothing is compared before they are in
    for _ in range(2):
        count_all()
        assert list(BundleCount.objects.order_by("pk").values_list("name", "value")) == kept
