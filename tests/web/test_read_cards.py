"""The pages and endpoints of cards: found from the board, filtered, paged, sorted, exported, answered, withdrawn."""

import re
from io import BytesIO

import openpyxl
import pytest

from apps.applications import actions
from apps.applications.models import Application, Member
from apps.directory.models import Post
from apps.journal.models import Event
from apps.kit.time import now, today
from apps.supervision.handlers import work_handed_on
from apps.supervision.models import Card
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written


@pytest.fixture
def card(world):
    return make.carded(make.claimed().application)


def test_from_the_board_to_the_answer_and_back(at, card, statements):
    supervisor, head = at("cixi-supervisor"), at("scjg-head")
    board = supervisor.get("/oversight/").text
    assert 'href="/cards/?state=open&amp;form=red"' in board
    with statements(12):
        listed = supervisor.get("/cards/?state=open&form=red").text
    assert f'<a class="nowrap" href="/cards/{card.pk}/">红牌' in listed  # in large type numbers break, no word of two signs
    assert card.application.number in listed and "待说明" in listed and "审批期限即将到期" in listed
    assert "没有符合条件" in supervisor.get("/cards/?form=yellow").text
    assert "没有使用" in supervisor.get("/cards/?state=dreaming").text
    page = supervisor.get(f"/cards/{card.pk}/").text
    assert "撤销这张牌" in page and "提交说明" not in page and f"/why/{card.clock_id}/" in page
    assert "投递受阻" in page and "待我决定" not in page  # the rooms of the desk one came from stay at the side
    page = head.get(f"/cards/{card.pk}/").text
    assert "提交说明" in page and "撤销这张牌" not in page and "待我决定" in page
    Card.objects.filter(pk=card.pk).update(light="overdue")
    again = head.post(f"/cards/{card.pk}/answer/", {"reason": "忙", "once": "z"})
    assert "申请人和凭编号查询的人也会看到" in again.text  # not only before it was refused
    Card.objects.filter(pk=card.pk).update(light="red")
    with nothing_written(Card):
        refused = head.post(f"/cards/{card.pk}/answer/", {"reason": "忙", "once": "a"})
        assert refused.status_code == 422 and "错误：" in refused.text and "4 至 500" in refused.text
        assert head.post(f"/cards/{card.pk}/withdraw/", {"reason": "写明的理由"}).status_code == 403
        assert at("wsjs-head").get(f"/cards/{card.pk}/").status_code == 404
    answer = head.post(f"/cards/{card.pk}/answer/", {"reason": "等待检测报告", "once": "b"}, follow=True)
    assert "说明已提交" in answer.text
    assert "等待检测报告" in answer.text and "提交说明" not in answer.text
    answer = supervisor.post(f"/cards/{card.pk}/withdraw/", {"reason": "检测机构原因", "once": "c"}, follow=True)
    assert "已撤销" in answer.text and "检测机构原因" in answer.text
    assert at("scjg-reviewer").get("/cards/").status_code == 200 and at("cixi-clerk").get("/cards/").status_code == 403


def test_who_owes_it_for_another_reads_whose_it_was(at, card):
    """Who read the card took the delay for that of the department which has the work now."""
    first, said = card.department.name, "给出时由"
    assert said not in at("cixi-supervisor").get(f"/cards/{card.pk}/").text
    for left, department in (("scjg", "wsjs"), ("wsjs", "gongan")):
        Post.objects.filter(department=left).update(ended_at=now())
        actions.reroute(by=make.actor("cixi-supervisor"), job=make.job_of(card.application).pk, department=department, reason="部门职责调整")
        work_handed_on(Event.objects.filter(name="job.reroute").latest("pk"))
    for who in ("gongan-head", "cixi-supervisor"):
        assert f"{said}{first}承办" in at(who).get(f"/cards/{card.pk}/").text, who


def test_the_export_writes_texts_and_no_formulas(at, card):
    Card.objects.filter(pk=card.pk).update(name="=HYPERLINK(1)")
    answer = at("scjg-head").get("/cards/export/?sort=due")
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    rows = list(sheet.iter_rows())
    assert re.fullmatch(r"截至 \d{4}年\d+月\d+日 \d\d:\d\d；筛选：顺序：期限早的在前", rows[0][0].value)
    line = dict(zip((cell.value for cell in rows[1]), rows[2], strict=False))
    assert line["事项"].value == "=HYPERLINK(1)" and line["事项"].data_type == "s" and line["事项"].quotePrefix
    assert (line["类别"].value, line["状态"].value) == ("红牌", "待说明")
    assert line["到期日"].is_date and line["给出日"].is_date  # sorted and filtered as days
    wide = {name: sheet.column_dimensions[cell.column_letter].width for name, cell in line.items()}
    assert wide["类别"] < wide["办件编号"] < wide["依据"] and sheet.auto_filter.ref == "A2:M3"
    assert sheet.print_title_rows == "$2:$2" and sheet.page_setup.orientation == "landscape"


def test_the_same_over_the_api(card):
    other = make.carded(make.accepted(), light="yellow")
    supervisor, head = Caller("city-supervisor"), Caller("scjg-head")
    found = supervisor.get("cards/?state=open&size=1")
    assert [row["id"] for row in found["results"]] == [other.pk]
    assert [row["id"] for row in supervisor.get(f"cards/?state=open&size=1&page={found['next']}")["results"]] == [
        card.pk
    ]
    assert [row["id"] for row in head.get("cards/?sort=old")["results"]] == [card.pk, other.pk]
    assert [row["id"] for row in head.get("cards/?light=yellow&node=330282&department=scjg")["results"]] == [other.pk]
    assert head.get(f"cards/?number={card.application.number}")["results"][0]["state_label"] == "待说明"
    assert head.raw("get", "cards/?state=dreaming").status_code == 422
    assert head.raw("get", "cards/?sort=dreaming").status_code == 422
    assert supervisor.get("board/")["cards"] == {"yellow": 1, "red": 1, "alert": 0}
    assert Caller("enterprise").raw("get", "cards/").status_code == 403
    assert Caller("wsjs-head").raw("get", f"cards/{card.pk}/").status_code == 404
    assert head.post(f"cards/{card.pk}/answer/", {"reason": "忙"}, expect=422)["errors"][0]["field"] == "reason"
    assert supervisor.raw("post", f"cards/{card.pk}/answer/", {"reason": "写明的理由"}).status_code == 403
    assert head.post(f"cards/{card.pk}/answer/", {"reason": "等待检测报告"})["state"] == "answered"
    assert head.raw("post", f"cards/{card.pk}/answer/", {"reason": "等待检测报告"}).status_code == 409
    assert supervisor.post(f"cards/{card.pk}/withdraw/", {"reason": "检测机构原因"})["state"] == "withdrawn"


def test_where_next_years_notice_is_missing_the_board_and_every_list_say_so(at, world, time_machine):
    time_machine.move_to("2026-12-20T04:00:00Z")
    job = make.concluded()
    assert Member.objects.get().due_on.year == 2027 and today().year == 2026
    for who, page in (
        ("cixi-supervisor", "/oversight/rows/open/"),
        ("cixi-supervisor", "/oversight/rows/accepted/"),
        ("cixi-clerk", "/counter/cases/"),
        ("scjg-head", f"/review/{job.pk}/decide/"),
        ("scjg-head", "/review/countersign/"),
        ("scjg-reviewer", f"/review/{job.pk}/"),
        ("scjg-reviewer", "/review/"),
    ):
        assert "（推定）" in at(who).get(page).text, page
    assert "2027 年的放假通知还没有载入" in at("cixi-supervisor").get("/oversight/").text
    assert Caller("cixi-supervisor").get("board/")["missing_notice"] == 2027


def test_who_oversees_one_node_is_not_asked_which_and_a_department_is_named(at, card):
    """Other nodes would only ever answer with nothing; a department comes with the address and stood nowhere."""
    own, city = at("cixi-supervisor"), at("city-supervisor")
    assert 'name="node"' not in own.get("/cards/").text
    page = city.get(f"/cards/?department={card.department_id}&node=330282").text
    assert 'name="node"' in page and f"只看<strong>{card.department.name}</strong>的" in page
    assert card.application.number in page
    answer = city.get(f"/cards/export/?department={card.department_id}&node=330282")
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert sheet["A1"].value.partition("；")[2] == f"筛选：节点：慈溪市；部门：{card.department.name}"
    assert card.application.number in own.get("/cards/?node=330200").text  # not understood, not used
    Application.objects.filter(pk=card.application_id).update(departments=["wsjs"])  # sent on since: its lateness is still to be explained
    page = at("scjg-head").get(f"/cards/{card.pk}/").text
    assert "提交说明" in page and card.application.number in page and "/why/" not in page and "/cases/" not in page
