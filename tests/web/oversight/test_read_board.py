"""The supervisor's board as it is read: which days, which unit, which place; the rows behind a number; sheets that say the same."""

from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Application, Job, Member
from apps.catalog.models import DefinitionVersion
from apps.directory.models import Region
from apps.feedback import actions as feedback
from apps.feedback.models import Rectification, Score
from apps.issuance.models import Document
from apps.kit.days import day_cn
from apps.kit.paging import keyset_page
from apps.kit.rounding import mean, percent
from apps.kit.time import BEIJING, now, today
from apps.supervision.metrics import rows
from apps.web.oversight import items
from tests import make
from tests.api.client import Caller
from tests.catalog.conftest import document, load
from tests.settled import count_all

pytestmark = pytest.mark.usefixtures("transactional_db", "world")

def sheet(answer) -> list[list]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(BytesIO(answer.content)).active.iter_rows()]


def table(answer) -> list[dict]:
    """The lines under the head, by its names."""
    lines = sheet(answer)
    head = next(n for n, line in enumerate(lines) if len([value for value in line if value]) > 1)
    return [dict(zip(lines[head], line, strict=True)) for line in lines[head + 1 :]]


def work(job: Job, decision: str = "grant"):
    """Reviewed and decided by its own department."""
    reviewer, head = (make.actor(f"{job.department_id}-{role}") for role in ("reviewer", "head"))
    actions.claim(by=reviewer, job=job.pk)
    actions.conclude(by=reviewer, job=job.pk, recommendation=decision, opinion="审查意见如上。")
    return actions.decide(by=head, job=job.pk, decision=decision)


@pytest.fixture
def retiring(world):
    """A one-thing of which one member is decided, and the others wait."""
    case = make.accepted("retire", situations={"has_fund": True})
    work(Job.objects.filter(application=case).order_by("pk")[0])
    count_all()
    return case


def test_one_decimal_half_up():
    """1 of 16 is 6.25 %: 6.3, not 6.2."""
    assert (percent(1, 16), percent(3, 3), percent(0, 7), percent(0, 0)) == ("6.3%", "100.0%", "0.0%", "—")
    assert (mean(5, 4), mean(1, 20), mean(0, 3), mean(0, 0)) == ("1.3", "0.1", "0.0", "—")


def test_a_period_that_has_not_begun_is_refused(at):
    tomorrow = today() + timedelta(days=1)
    answer = at("cixi-supervisor").get(f"/oversight/?since={tomorrow}")
    assert answer.status_code == 422 and "“从”不能晚于今天" in answer.text
    assert answer.text.index('id="id_since_error"') < answer.text.index('name="since"')  # below it, the field stood above its row
    assert f"{tomorrow:%Y年%-m月%-d日} 至" not in answer.text
    assert at("cixi-supervisor").get(f"/oversight/savings/?since={tomorrow}").status_code == 422


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (date(2026, 3, 31), {"本月": ("2026-03-01", "2026-03-31"), "上月": ("2026-02-01", "2026-02-28")}),
        (date(2026, 1, 1), {"本月": ("2026-01-01", "2026-01-01"), "上月": ("2025-12-01", "2025-12-31")}),
        (date(2026, 11, 30), {"昨天": ("2026-11-29", "2026-11-29"), "上周": ("2026-11-23", "2026-11-29")}),  # on Monday morning
    ],
)
def test_periods_that_are_asked_for_often(office, at, day, months):
    office.at(day, 0)
    page = at("city-supervisor").get("/oversight/?node=330282").text
    for text, (since, until) in months.items():
        assert f'<a href="?since={since}&amp;until={until}&amp;node=330282">{text}</a>' in page
    assert f'href="?since={day}&amp;until={day}&amp;node=330282" aria-current="true">今天' in page
    assert f"慈溪市；{day:%Y年%-m月%-d日}" in page
    assert "这 30 天没有收件，也没有办结" in page and "<rect" not in page.split('id="chart-title"', 1)[1].split("</section>", 1)[0]


def test_the_board_says_its_units_and_why_departments_are_more(at, retiring):
    page = at("cixi-supervisor").get("/oversight/").text
    assert "各部门相加会多于合计" in page and "不随期间变" in page
    assert "最高一天 1<" in page and "这 30 天没有" not in page
    ways = page.split('id="channels-title"', 1)[1].split("</section>", 1)[0]  # only those by which anything came
    assert "100.0%" in ways and 'href="/oversight/rows/from_counter/' in ways and "网上" not in ways
    told = {line["名称"]: line for line in table(at("cixi-supervisor").get("/oversight/export/"))}
    whole = told["合计"]
    departments = [line for line in told.values() if line["类别"] == "部门"]
    assert (whole["窗口收件（件）"], whole["网上收件（件）"]) == (1, 0)
    assert whole["收件（件）"] == 1 < sum(line["收件（件）"] for line in departments)
    assert whole["办结（项）"] == 1 == sum(line["办结（项）"] for line in departments)
    assert (whole["按时办结率"], whole["最多跑一次率"]) == (1, "—")  # shares are numbers in a sheet, to be sorted and counted on with
    assert whole["在办（现在，项）"] == sum(line["在办（现在，项）"] for line in departments) > 0
    for name in ("待受理（现在，件）", "补正（件）", "不予受理（件）", "撤回（件）", "领取（项）", "撤销受理（项）"):
        assert whole[name] == 0
    assert "节点：慈溪市" in str(sheet(at("city-supervisor").get("/oversight/export/?node=330282"))[:4])
    assert "节点：全部" in str(sheet(at("city-supervisor").get("/oversight/export/"))[:4])
    for kind in ("", "savings/", "items/", "rows/open/"):  # a county's numbers, sent on, passed for the whole city's
        top = str(sheet(at("cixi-supervisor").get(f"/oversight/{kind}export/"))[:4])
        assert "：慈溪市" in top and "：全部" not in top.replace("部门：全部", ""), top
    for kind, until in (("", "数字更新于："), ("savings/", "数字更新于："), ("items/", "截至 "), ("rows/open/", "现在（"), ("rows/received/", "（截至 ")):
        assert f"{until}{day_cn(today())}" in str(sheet(at("cixi-supervisor").get(f"/oversight/{kind}export/"))[:4]), kind  # of a day that goes on
    assert "。</p><p>来源" not in at("cixi-supervisor").get("/oversight/savings/").text  # on paper a semicolon stands between them


def test_rows_say_whose_they_are_and_the_day_that_counts(at, retiring):
    """A decided member of a one-thing that goes on has no running clock; what is filtered is named, on the page and in the sheet."""
    (done,) = retiring.members.exclude(decision="")
    asked = f"node=330282&department={done.department_id}&since={today() - timedelta(days=3)}&until={today()}"
    supervisor = at("city-supervisor")
    page = supervisor.get(f"/oversight/rows/on_time/?{asked}").text
    assert f"<strong>慈溪市，{done.department.name}</strong>" in page
    assert "决定日" in page and "还有" not in page
    assert f'<a href="/oversight/?node=330282&amp;since={today() - timedelta(days=3)}&amp;until={today()}">监督看板</a>' in page
    days = f"since={today() - timedelta(days=3)}&amp;until={today()}"  # what stands now leads back to the days that were looked at
    assert f'href="/oversight/rows/open/?node=330282&amp;{days}"' in supervisor.get(f"/oversight/?node=330282&{days.replace('amp;', '')}").text
    assert f'<a href="/oversight/?{days}">监督看板</a>' in supervisor.get(f"/oversight/rows/open/?{days.replace('amp;', '')}").text
    assert 'href="/oversight/rows/open/"' in supervisor.get("/oversight/").text
    running = supervisor.get("/oversight/rows/open/").text
    assert f'no-print"><a href="/review/lead/{retiring.pk}/"' in running and "/review/lead/" not in page  # chased where it is seen to lie
    assert 'data-label="部门"><span>' in running  # one block beside its label on a phone
    assert ("还有" in running or "今天到期" in running) and "无人领办" in running and "承办人" not in page  # who has it in hand: of what is counted as it stands
    answer = supervisor.get("/oversight/rows/open/export/")
    assert {line["承办人"] for line in table(answer)} == {"无人领办"}
    assert f"期间：现在（{day_cn(today())} " in str(sheet(answer)[:2])
    answer = supervisor.get(f"/oversight/rows/on_time/export/?{asked}")
    (line,) = table(answer)
    assert (line["部门"], line["决定日"].date(), line["办件编号"]) == (done.department.name, today(), retiring.number)
    assert f"慈溪市，{done.department.name}" in str(sheet(answer)[:3])
    cases = supervisor.get("/oversight/rows/received/").text
    assert '<th scope="col">节点</th>' in cases and '<th scope="col">部门</th>' not in cases
    waits = make.received()
    assert f"告知至 {waits.notice_due:%Y年%-m月%-d日}" in supervisor.get("/oversight/rows/checking/").text
    assert {line["期限"].date() for line in table(supervisor.get("/oversight/rows/checking/export/"))} == {waits.notice_due}


def test_who_was_told_what_is_missing_is_listed_with_the_day_of_the_telling(at, office):
    """By which the number counts it, whenever it was received: a list of this week showed days of last week alone."""
    case = make.received(without=("premises_proof",))
    office.at(today() + timedelta(days=1))
    actions.ask_supplement(by=make.actor("cixi-clerk"), application=case.pk, gaps=[{"material": "premises_proof"}])
    page = at("cixi-supervisor").get("/oversight/rows/supplement/").text
    assert f'data-label="告知日" class="nowrap">{today():%Y年%-m月%-d日}' in page and case.receipt_date < today()
    (line,) = table(at("cixi-supervisor").get("/oversight/rows/supplement/export/"))
    assert (line["收件日"].date(), line["告知日"].date()) == (case.receipt_date, today())


def test_rows_of_a_period_that_is_not_understood_say_so(at, retiring):
    answer = at("cixi-supervisor").get("/oversight/rows/received/?since=2026-02-30")
    assert answer.status_code == 422 and "下面是今天的" in answer.text
    for room, faulty in (("", "since=abc"), ("savings/", "since=abc"), ("items/", "share=nope"), ("rows/received/", "since=2026-02-30")):
        told = at("cixi-supervisor").get(f"/oversight/{room}export/?{faulty}")  # no sheet of today or of everything instead
        assert (told.status_code, told["Location"]) == (302, f"/oversight/{room}?{faulty}")


def test_the_api_tells_every_number_also_where_nothing_was_counted(world):
    caller = Caller("city-supervisor")
    empty = caller.get("board/")["total"]
    assert {empty[name] for name in ("received", "open", "overdue", "voided", "late", "collected")} == {0}
    assert empty["on_time_percent"] == "—"
    for address in ("board/?node=330299", "board/savings/?node=330299"):
        answer = caller.raw("get", address)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "node")
    assert Caller("cixi-supervisor").raw("get", "board/?node=330200").status_code == 403


def test_where_a_light_burns_what_is_due_first_stands_first(at, office):
    """What is due today must not stand behind what came in later and is due tomorrow; so on every page and in the sheet. What stands
    still has no day, comes last and is on a page of its own when the page before is full."""
    late, first, second, still, held = (make.accepted().pk for _ in range(5))
    for pk, days in ((late, 2), (first, 0), (second, 1), (still, None), (held, None)):
        Member.objects.filter(application=pk).update(light="red", due_on=None if days is None else today() + timedelta(days=days))
    numbers = [Application.objects.get(pk=pk).number for pk in (first, second, late, still, held)]
    supervisor = at("cixi-supervisor")
    page = supervisor.get("/oversight/rows/red/").text
    assert sorted(numbers, key=page.index) == numbers and "期限早的在前" in page and "今天" in page
    assert [line["办件编号"] for line in table(supervisor.get("/oversight/rows/red/export/"))] == numbers
    metric, found = rows(make.actor("cixi-supervisor"), "red", since=today(), until=today())
    walked, pages = [], [keyset_page(found, metric.order, size=1)]
    while pages[-1].next:
        pages.append(keyset_page(found, metric.order, pages[-1].next, size=1))
    for page in pages:
        walked += [row.application.number for row in page.rows]
    assert walked == numbers


def test_numbers_that_stand_still_say_since_when(at, office):
    """The counting runs every second; where it stands the board must not look like an answer of now."""
    count_all()  # what the world itself is made of
    make.accepted()
    assert "还没有计入" not in at("cixi-supervisor").get("/oversight/").text
    began = now()
    office.at(today() + timedelta(days=1))
    supervisor = at("cixi-supervisor")
    page = supervisor.get("/oversight/").text
    assert f"{began.astimezone(BEIJING):%Y年%-m月%-d日}" in page and "以后的办理还没有计入" in page
    assert Caller("cixi-supervisor").get("board/")["behind_since"]
    count_all()
    assert "还没有计入" not in supervisor.get("/oversight/").text
    assert Caller("cixi-supervisor").get("board/")["behind_since"] is None


@pytest.mark.parametrize("page", ["", "savings/", "export/", "savings/export/", "rows/received/"])
def test_days_of_another_age_break_nothing(at, page):
    supervisor = at("cixi-supervisor")
    for asked in ("until=0001-01-01", "since=0001-01-01", "since=0001-01-01&until=0001-01-02", "until=9999-12-31"):
        answer = supervisor.get(f"/oversight/{page}?{asked}")
        assert answer.status_code == (200 if "9999" in asked else 302 if "export" in page else 422), asked


def test_what_people_say_stands_on_the_board_and_opens_its_list(at):
    case = make.accepted()
    given = {"by": make.actor("enterprise"), "application": case.pk, "step": "intake"}
    feedback.rate(**given, level=4, tags=["late"])
    feedback.ask(by=make.actor("citizen"), question="现场核查的时候要本人在吗？", code=make.FOOD)
    Rectification.objects.update(overdue=True)
    Score.objects.create(node="330226", month=today().replace(day=1), level=1, value=1)  # another county's is none of this one's
    for username, query in (("cixi-supervisor", ""), ("city-supervisor", "?node=330282"), ("city-supervisor", "?node=330281")):
        client = at(username)
        voices = client.get(f"/oversight/{query}").context["voices"]
        here = int("330281" not in query)
        assert [stat["number"] for stat in voices] == [40.0 if here else "—", here, here, here, 0]
        assert [row.mean for row in client.get(voices[0]["href"]).context["scores"][:1]] == [40.0 if here else None]
        for stat in voices[1:]:
            assert len(client.get(stat["href"]).context["page"].rows) == stat["number"], stat["href"]


def test_the_share_of_items_at_most_once_stands_on_the_board_and_opens_the_items(at):
    """What the catalogue says, each with its formula, source and day; the number opens exactly the items that it counts."""
    for username, query, share in (
        ("cixi-supervisor", "", percent(88, 91)),
        ("city-supervisor", "", percent(103, 106)),
        ("city-supervisor", "?node=330281", "—"),
    ):
        client = at(username)
        shown = {stat["name"]: stat for stat in client.get(f"/oversight/{query}").context["items"]}
        assert list(shown) == ["at_most_once", "zero_visits", "instant"]
        for stat in shown.values():
            assert len(table(client.get(stat["href"].replace("items/", "items/export/")))) == stat["part"], stat
            assert len(client.get(stat["href"]).context["page"].rows) == min(stat["part"], 50)
        assert shown["at_most_once"]["number"] == share


def test_items_that_want_more_visits_say_why_and_nodes_are_compared(at, monkeypatch):
    client = at("city-supervisor")
    page = client.get("/oversight/items/?share=more_often")
    rows = page.context["page"].rows
    assert len(rows) == 3 and all(row.visits > 1 and row.reason in page.text for row in rows)
    assert "简单平均 96.7%，合计相除 96.7%，平均 88.0 项（1 个" in page.text  # of the counties: the city's own 15 of 15 are none
    assert "84.2%、约 801 项" in page.text
    assert [len(client.get(href).context["page"].rows) for _, _, href in page.context["nodes"]["rows"][0]["cells"]] == [15, 15, 15, 9, 4, 15]
    counted = dict.fromkeys(items.SHARES, 4)
    counties = {"330203": counted | {"at_most_once": 1}, "330282": counted | {"items": 8}}
    with monkeypatch.context() as patched:
        patched.setattr(items, "in_use_by", lambda *_: counties | {"330200": counted, "330200-Z1": counted})
        assert "简单平均 37.5%，合计相除 41.7%，平均 2.5 项（2 个" in client.get("/oversight/items/").text
    own = at("cixi-supervisor").get("/oversight/items/")  # of one node the departments are compared
    lines, counted = own.context["departments"]["rows"], own.context["stats"]
    assert "简单平均" not in own.text and "按部门" in own.text
    assert [sum(line["cells"][n][1] for line in lines) for n in (0, 1)] == [stat["part"] for stat in counted[:2]]
    for label, number, href in lines[0]["cells"]:
        assert len(at("cixi-supervisor").get(href).context["page"].rows) == number, label
    assert lines[0]["name"] + "在用事项" in at("cixi-supervisor").get(lines[0]["cells"][0][2]).text
    assert at("cixi-supervisor").get("/oversight/items/?department=x").status_code == 422
    # What was printed stands beside what is counted, of the same place only.
    assert "2017年8月31日公布 973 项、92.1%" in own.text and "1413 项" not in own.text
    assert "2017年8月31日公布 84.2%、约 801 项" in page.text and "92.1%" not in page.text
    assert at("cixi-supervisor").get("/oversight/items/?node=330200").status_code == 422


def test_an_item_that_goes_to_another_department_on_a_day_to_come_is_its_own_until_then(at):
    held, office = DefinitionVersion.objects.get(definition=make.FOOD, state="published"), at("cixi-supervisor")
    lines = {line["name"]: line["cells"][0] for line in office.get("/oversight/items/").context["departments"]["rows"]}
    moved = held.content | {"department": "wsjs", "valid_from": str(today() + timedelta(days=9))}
    assert not load(document(departments=[], items=[moved])).problems
    assert {line["name"]: line["cells"][0] for line in office.get("/oversight/items/").context["departments"]["rows"]} == lines
    rows = table(office.get("/oversight/items/export/?department=scjg"))
    assert len(rows) == lines["慈溪市市场监督管理局"][1] and {row["部门"] for row in rows} == {"慈溪市市场监督管理局"}
    assert make.FOOD in {row["编码"] for row in rows}


def test_every_number_of_the_board_says_as_of_when(at):
    count_all()
    page = at("city-supervisor").get("/oversight/").text
    assert page.count("<p>来源：") == page.count("<p>截至：") > 20


def test_the_share_on_time_opens_what_was_on_time_and_the_late_ones_stand_beside(at, retiring):
    page = at("cixi-supervisor").get("/oversight/").text
    assert 'href="/oversight/rows/on_time/' in page.split("按时办结率", 1)[1].split("</div>", 1)[0]
    assert "超期办结" in page.split('id="rest-title"', 1)[1]


def test_the_board_on_the_wall_renews_itself_and_can_be_told_not_to(at, retiring):
    """Today's numbers of the board, without a name or a number of anybody; moving content that can be stopped (WCAG 2.2.2)."""
    supervisor = at("city-supervisor")
    assert 'href="/oversight/screen/?node=330282"' in supervisor.get("/oversight/?node=330282").text
    page = supervisor.get("/oversight/screen/?node=330282").text
    assert 'hx-get="/oversight/screen/?node=330282" hx-trigger="every 60s"' in page
    assert "慈溪市监督看板" in page and retiring.number not in page and "数字更新于" in page
    assert 'id="screen-back" href="/oversight/?node=330282"' in page and 'id="screen-still"' in page  # who stands there keeps the focus
    still = supervisor.get("/oversight/screen/?node=330282&still=on").text
    assert "hx-trigger" not in still and 'href="?node=330282">每分钟自动刷新' in still
    strange = at("cixi-supervisor").get("/oversight/screen/?node=330200")  # all of his are shown, and he is told so
    assert strange.status_code == 422 and 'role="alert">' + strange.context["form"].errors["node"][0] in strange.text
    whole, wall = (supervisor.get(f"/oversight/{place}").context for place in ("", "screen/"))
    assert [(one["label"], one["number"]) for one in wall["stats"]] == [(one["label"], one["number"]) for one in whole["first"]]


def test_cases_are_searched_for_without_a_person_s_number_in_the_address(at):
    """As at the counter: the number comes by POST, and goes on as that of the file."""
    case, supervisor = make.accepted(), at("cixi-supervisor")
    number = case.applicant.id_number
    for typed in (number, f" {number[:6]} {number[6:].lower()} "):
        answer = supervisor.post("/oversight/cases/", {"q": typed})
        assert answer.status_code == 302 and answer["Location"] == f"/oversight/cases/?party={case.applicant_id}"
    elsewhere = [make.user("citizen").party.id_number, "330282199003078018"]  # known, without a case here; and nobody
    assert [supervisor.post("/oversight/cases/", {"q": one})["Location"] for one in elsewhere] == ["/oversight/cases/?party=0"] * 2
    page = supervisor.get(answer["Location"])
    assert [row.pk for row in page.context["page"].rows] == [case.pk] and number not in page.text
    assert at("city-supervisor").get(answer["Location"]).context["page"].rows
    by_hand = supervisor.get("/oversight/cases/", {"q": make.PERSON_ID})
    assert by_hand.status_code == 422 and "访问日志" in by_hand.text and not by_hand.context["page"].rows
    faulty = supervisor.post("/oversight/cases/", {"q": number[:-1] + ("A" if number[-1] != "A" else "B")})
    assert faulty.status_code == 422 and "<title>错误：" in faulty.text and case.number not in faulty.text
    assert supervisor.post("/oversight/cases/", {"q": case.number}, follow=True).context["page"].rows[0].pk == case.pk
    assert supervisor.post("/oversight/cases/", {"q": "食品"}, follow=True).context["page"].rows[0].pk == case.pk
    assert supervisor.post("/oversight/cases/", {"q": ""})["Location"] == "/oversight/cases/"
    beside = supervisor.post("/oversight/cases/", {"q": f"李四 {make.PERSON_ID}"})
    assert beside.status_code == 422 and "单独输入" in beside.text


def test_the_code_on_a_paper_is_scanned_whatever_the_length_of_our_address(at, settings):
    case = make.received()
    code = Document.objects.get(root_id=case.pk, kind="receipt").verify_code
    typed = f"https://yi-chuang.zheng-wu-fu-wu.ning-bo.example.gov.cn/zheng-wu/verify/{code}/"
    for username, boxes in {"cixi-supervisor": ["/oversight/cases/"], "cixi-clerk": ["/counter/cases/", "/counter/start/"]}.items():
        for box in boxes:
            answer = at(username).post(box, {"q": typed}, follow=True)
            assert answer.status_code == 200 and [row.pk for row in answer.context["page"].rows] == [case.pk]


@pytest.mark.parametrize(
    "name, index", [("checking", "application_unaccepted"), ("yellow", "member_lit"), ("red", "member_lit"), ("overdue", "member_lit")]
)
def test_what_waits_is_walked_in_its_order(name, index):
    """However much lies at a node: gathered and sorted, the first page would cost what is open there; so would it if all clocks
    whose day is provisional (推定) were gathered for it."""
    make.received()
    make.accepted()
    metric, found = rows(make.actor("cixi-supervisor"), name, since=today(), until=today())
    found = found.order_by(*metric.order)
    with connection.cursor() as cursor:
        # Two rows are sorted as cheaply as they are walked: what the planner may not do, no statistics of the day can bring back.
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        try:
            plan = found[:51].explain()
        finally:
            cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan; RESET enable_sort")
    walked = plan.partition("SubPlan")[0]
    assert f"using {index}" in walked and "Sort" not in walked
    assert "EXISTS" not in str(found.query)  # what it asks of each row may be gathered for all


def test_a_node_that_is_no_more_keeps_its_numbers_and_their_rows(at):
    """A district merged into another: its line stood on the board, and every number of it opened a page that refused the district."""
    make.accepted()
    count_all()
    Region.objects.filter(pk="330282").update(valid_to=today() - timedelta(days=1))
    board = at("city-supervisor").get("/oversight/").text
    assert "慈溪市（已撤销）" in board and "奉化市" not in board  # gone before anything was counted
    for href in (f"/oversight/rows/open/?node=330282&since={today()}&until={today()}", "/oversight/?node=330282", "/oversight/?node=330282&since=2026-01-01"):
        assert at("city-supervisor").get(href).status_code == 200
    for page in map(reverse, ("cards", "feedback:letters", "oversight:items")):
        assert "慈溪市（已撤销）" in at("city-supervisor").get(page).text, page
