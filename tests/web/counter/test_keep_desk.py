"""The desk and its lists: what they show, to whom, and at a fixed number of statements however long they are."""

import io
from datetime import timedelta

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.applications import actions
from apps.applications.models import Application
from apps.catalog.actions import suspend_definition
from apps.directory.actions import set_absence
from apps.directory.models import Post
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.time import now, today
from apps.web.counter.day import stats as stats_of
from tests import make
from tests.supervision.test_measure_pre_checks import checking

AUTHENTICATION = 2  # session and account
LIST = 6
LISTS = ["", "cases/", "checking/", "awaiting/", "gaps/", "day/", "cases/?q=食品&state=received,checking", "new/"]


def many(count: int) -> None:
    """So many cases in each list of the desk: real ones, copied row by row in the database (their history is not looked at)."""
    for build in (make.draft, make.received, make.awaiting, lambda: make.accepted(gaps=["health_certificate"])):
        first = build()
        _copy(first, count - 1)


def _copy(row: Application, count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for number in range(count):
            new = _insert(
                cursor,
                "applications_application",
                row.pk,
                {"number": f"{row.number[:15]}{row.pk % 9}{number:04d}"} if row.number else {},
            )
            for table in ("applications_member",):
                cursor.execute(f"SELECT id FROM {table} WHERE application_id = %s", [row.pk])
                for (old,) in cursor.fetchall():
                    _insert(cursor, table, old, {"application_id": new, "number": f"{new}-m-{old}"})
            cursor.execute("SELECT id FROM deadlines_clock WHERE root_id = %s", [row.pk])
            for (old,) in cursor.fetchall():
                _insert(cursor, "deadlines_clock", old, {"root_id": new, "subject_id": 10**6 + new})
        cursor.execute("SET session_replication_role = DEFAULT")


def _insert(cursor, table: str, old: int, changed: dict) -> int:
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    columns = [name for (name,) in cursor.fetchall() if name != "id"]
    values = ", ".join("%s" if name in changed else f'"{name}"' for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    given = [changed[name] for name in columns if name in changed]
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE id = %s RETURNING id", [*given, old]
    )
    return cursor.fetchone()[0]


@pytest.mark.parametrize("count", [3, 30])
def test_lists_cost_the_same_whatever_their_length(desk, count):
    many(count)
    desk.get("/counter/")  # calendars and the catalogue are read once by a process
    for path in LISTS:
        desk.get(f"/counter/{path}")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            answer = desk.get(f"/counter/{path}")
        assert answer.status_code == 200
        assert len(seen) <= LIST + AUTHENTICATION, (path, [q["sql"][:120] for q in seen.captured_queries])


class TestDesk:
    def test_shows_what_waits_and_until_when(self, desk):
        draft, received, waiting = make.draft(), make.received(), make.awaiting()
        gap = make.accepted(gaps=["health_certificate"])
        page = desk.get("/counter/").text
        assert f"/counter/{draft.pk}/work/" in page
        for row in (received, waiting, gap):
            assert row.number in page
        assert page.count("light--green") == 3

    def test_empty_desk_says_so(self, desk):
        page = desk.get("/counter/")
        assert page.status_code == 200 and page.text.count("现在没有") == 4

    def test_knows_nothing_of_other_nodes(self, enter):
        row, draft = make.received(), make.draft()
        other = enter("city-clerk")
        for path in LISTS:
            page = other.get(f"/counter/{path}").text
            assert row.number not in page and f"/counter/{draft.pk}/" not in page

    def test_drafts_are_the_clerks_own(self, enter):
        draft = make.draft()
        assert f"/counter/{draft.pk}/" not in enter("cixi-clerk2").get("/counter/").text

    def test_who_stands_in_for_a_clerk_who_fell_ill_goes_on_with_his_drafts(self, enter):
        draft, colleague = make.draft(), make.user("cixi-clerk2")
        post, day = Post.objects.get(user__username="cixi-clerk"), today()
        set_absence(by=SYSTEM, post=post, substitute=colleague, starts_on=day, ends_on=day + timedelta(2), reason="病假")
        desk = enter("cixi-clerk2")
        assert f"/counter/{draft.pk}/work/" in desk.get("/counter/").text
        assert desk.get(f"/counter/{draft.pk}/work/").status_code == 200
        actions.receive(by=make.actor("cixi-clerk2"), application=draft.pk)

    def test_lists_mask_persons(self, desk):
        person = {"kind": "person", "name": "王小明", "id_number": make.PERSON_ID}
        make.received("individual-registration", applicant=person)
        for path in ("", "cases/", "checking/", "day/"):
            page = desk.get(f"/counter/{path}").text
            assert "王*明" in page and "王小明" not in page and make.PERSON_ID not in page

    @pytest.mark.parametrize("username", ["scjg-reviewer", "cixi-supervisor", "cixi-issue", "citizen"])
    def test_other_posts_have_no_counter(self, enter, username):
        other = enter(username)
        for path in ("", "cases/", "checking/", "awaiting/", "gaps/", "day/", "new/", "items/"):
            assert other.get(f"/counter/{path}").status_code == 403
        assert other.post("/counter/start/", {"q": "食品"}).status_code == 403
        assert other.post("/counter/party/", {"applicant__id_number": make.PERSON_ID}).status_code == 403

    def test_stranger_signs_in_first(self, client, world):
        answer = client.get("/counter/cases/?q=王")
        assert answer.status_code == 302 and answer["Location"].startswith("/account/?next=")


class TestStart:
    def ask(self, client, words: str):
        return client.post("/counter/start/", {"q": words})

    def test_case_number_opens_the_case(self, desk):
        row = make.received()
        assert self.ask(desk, f" {row.number[:8]}-{row.number[8:]} ".lower())["Location"] == f"/counter/{row.pk}/"

    def test_case_of_another_node_is_not_found(self, enter):
        row = make.received()
        answer = self.ask(enter("city-clerk"), row.number)
        assert answer.status_code == 422 and "没有找到" in answer.text

    def test_identity_number_begins_an_intake_and_stands_in_no_address(self, desk):
        answer = self.ask(desk, "３３０２０３１９９００１０１００１４")
        assert answer.status_code == 200 and "李秀兰" in answer.text and "开始填写" in answer.text
        assert answer.context["begins"] == {"item": True}  # who is known is looked at, the cursor stands where one types next

    def test_wrong_digit_is_told_at_once(self, desk):
        answer = self.ask(desk, "330203199001010015")
        assert answer.status_code == 422 and "校验位不对" in answer.text and "330203199001010015" in answer.text

    @pytest.mark.parametrize("words", ["食品经营许可", "spjyxk", "food-licence"])
    def test_words_find_the_item(self, desk, words):
        assert 'value="food-licence" checked' in self.ask(desk, words).text

    def test_everyday_words_find_what_is_meant_and_choose_nothing(self, desk):
        told = self.ask(desk, "开饭店").text
        assert "是不是要办" in told and 'value="food-licence"' in told and "checked" not in told

    def test_a_name_finds_where_the_case_is(self, desk):
        make.received()
        assert self.ask(desk, "一味餐饮")["Location"].startswith("/counter/cases/?q=")
        suspend_definition(by=SYSTEM, code=make.FOOD, reason="系统升级", on=today())
        told = self.ask(desk, "食品经营许可")  # an item's words are no name, though there are cases of it
        assert told.status_code == 200 and "没有您能受理的事项匹配" in told.text

    def test_nothing_found_says_what_to_do(self, desk):
        answer = self.ask(desk, "没有这样的事项")
        assert answer.status_code == 422 and "没有您能受理的事项" in answer.text

    def test_beginning_of_a_number_searches(self, desk):
        assert self.ask(desk, "330282")["Location"] == "/counter/cases/?q=330282"

    @pytest.mark.parametrize(
        "words", ["", " ", "33028219850615002", "1" * 19, "'; DROP TABLE x--", "\x00", "％_", "🙂" * 40]
    )
    def test_hostile_words_are_refused_in_words(self, desk, words):
        assert self.ask(desk, words).status_code in (200, 302, 422)


class TestLists:
    def test_page_by_key(self, desk):
        many(40)
        first = desk.get("/counter/cases/")
        assert len(first.context["rows"]) == 30 and "下一页" in first.text
        second = desk.get("/counter/cases/", {"page": first.context["page"].next})
        numbers = {line["row"].pk for line in first.context["rows"]} & {
            line["row"].pk for line in second.context["rows"]
        }
        assert not numbers and second.context["page"].previous

    def test_search_and_filters(self, desk):
        waiting, received = make.awaiting(), make.received()
        page = desk.get("/counter/cases/", {"state": "awaiting_supplement"}).text
        assert waiting.number in page and received.number not in page
        assert received.number in desk.get("/counter/cases/", {"q": received.number}).text
        assert "没有找到办件" in desk.get("/counter/cases/", {"since": "2099-01-01"}).text
        turned = desk.get("/counter/cases/", {"since": "2099-01-02", "until": "2099-01-01", "export": "xlsx"})
        assert turned.status_code == 422 and "“到”不能早于“收件日从”。" in turned.text  # no list and no sheet as though there were nothing

    def test_search_by_number_leaves_no_number_in_the_address(self, desk):
        row = make.received()
        other = make.received(applicant={**make.APPLICANT, "id_number": "91350100M000100Y43", "name": "福建某某公司"})
        sent_on = desk.post("/counter/cases/", {"q": "91330282MA2A00001K", "state": "received,checking"})["Location"]
        assert "91330282" not in sent_on and "state=received" in sent_on
        page = desk.get(sent_on).text
        assert row.number in page and other.number not in page and "只列这一位申请人" in page
        unknown = desk.post("/counter/cases/", {"q": "330203199001010014"})["Location"]
        assert "没有找到办件" in desk.get(unknown).text
        # Narrowed further it is still this applicant's list; other words look for something else.
        assert f'name="party" value="{row.applicant_id}"' in page
        narrowed = desk.post("/counter/cases/", {"q": "", "party": row.applicant_id, "state": "done"})["Location"]
        assert set(narrowed.partition("?")[2].split("&")) == {"state=done", f"party={row.applicant_id}"}
        assert "party" not in desk.post("/counter/cases/", {"q": "食品", "party": row.applicant_id})["Location"]
        beside = desk.post("/counter/cases/", {"q": "王小明 330203199001010014"})
        assert beside.status_code == 422 and "单独输入" in beside.text
        for typed in ("330203199001010014", "330203 19900101 001x", "王小明330203199001010014"):  # by hand into the address
            by_hand = desk.get("/counter/cases/", {"q": typed})
            assert by_hand.status_code == 422 and "访问日志" in by_hand.text and "导出表格" not in by_hand.text
        faulty = desk.post("/counter/cases/", {"q": "330203199001010015"})
        assert faulty.status_code == 422 and row.number not in faulty.text and "收下的第一件" not in faulty.text
        assert desk.post("/counter/cases/", {"q": "食品"})["Location"].endswith("?q=%E9%A3%9F%E5%93%81")

    def test_export_is_masked_and_no_formula(self, desk):
        person = {"kind": "person", "name": "王小明", "id_number": make.PERSON_ID}
        make.received("individual-registration", applicant=person)
        Application.objects.filter(applicant_name="王小明").update(name='=HYPERLINK("http://x")' + "长" * 40)
        answer = desk.get("/counter/cases/?export=xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
        assert {"王*明"} <= {cell.value for cell in cells} and "王小明" not in {cell.value for cell in cells}
        his = openpyxl.load_workbook(io.BytesIO(desk.get("/counter/cases/?q=王小明&export=xlsx").content)).active
        assert his.max_row == 3 and "；筛选：王*明；" in his["A1"].value
        formula = next(cell for cell in cells if str(cell.value).startswith("=HYPER"))
        assert formula.data_type == "s" and formula.quotePrefix
        beside = [cell.alignment for cell in cells if cell.row == formula.row]
        assert formula.alignment.wrap_text and {one.vertical for one in beside} == {"top"} and len(beside) > 3

    def test_what_was_refused_is_exported_neither_whole_nor_empty(self, desk):
        row = make.received()
        refused = desk.post("/counter/cases/", {"q": "330203199001010015", "state": "received,checking"})
        assert refused.status_code == 422 and "导出表格" not in refused.text
        for query in ("?export=xlsx&state=nonsense", "?export=xlsx&since=2020-13-40&mine=on"):
            answer = desk.get(f"/counter/cases/{query}")
            assert answer.status_code == 422 and "html" in answer["Content-Type"] and row.number not in answer.text
        asked = f"?state=received%2Cchecking&party={row.applicant_id}&mine=on&export=xlsx"
        sheet = openpyxl.load_workbook(io.BytesIO(desk.get(f"/counter/cases/{asked}").content)).active
        assert "筛选：待核对、只看我收的、一位申请人；" in sheet["A1"].value

    @pytest.mark.parametrize(
        "query",
        ["?page=x", "?state=nonsense", "?since=2020-13-40", "?light=%00", "?q=%00", "?q=" + "x" * 500, "?page=%F0"],
    )
    def test_hostile_address_is_never_a_crash(self, desk, query):
        assert desk.get(f"/counter/cases/{query}").status_code in (200, 400, 422)


class TestMyDay:
    def test_counts_the_clerks_own_acts(self, enter):
        desk = enter()
        make.accepted(gaps=["health_certificate"])
        make.awaiting()
        make.received(by="cixi-clerk2")
        stats = {stat.label: stat.number for stat in desk.get("/counter/day/").context["stats"]}
        assert stats["收件"] == 2 and stats["受理"] == 1 and stats["其中容缺受理"] == 1 and stats["一次性告知补正"] == 1

    def test_what_was_looked_at_from_home_and_what_came_for_the_review_are_of_the_day(self, enter):
        """A morning of pre-checks was an empty day, and who took in what a department had asked for had done nothing."""
        clerk, paper = make.actor("cixi-clerk"), {"state": "confirmed"}
        passed, back = checking(), checking()
        actions.pass_pre_check(by=clerk, application=passed.pk)
        actions.return_pre_check(by=clerk, application=back.pk, reason="平面图看不清，请重新上传")
        asked = make.asked_in_review()
        actions.take_in_review(by=clerk, supplement=asked.pk, materials={one["material"]: paper for one in asked.missing})
        answer = enter().get("/counter/day/")
        stats = {stat.label: stat.number for stat in answer.context["stats"]}
        assert (stats["预审"], stats["登记补正、容缺补交"]) == (2, 1)
        assert f'/counter/{passed.pk}/work/">网上申请</a>' in answer.text and "预审退回" in answer.text and ">草稿</a>" not in answer.text

    def test_the_mean_has_one_decimal_half_up(self):
        at = now()
        events = [
            Event(name=f"application.{name}", chain=f"application:{case}", at=at + timedelta(minutes=after), facts={})
            for case, minutes in enumerate((12, 13.1))
            for name, after in (("open", 0), ("receive", minutes))
        ]
        assert stats_of(events)[-1].number == "12.6"

    def test_other_days_are_other_days(self, enter):
        row = make.received()
        with time_machine.travel(now() + timedelta(days=1), tick=False):
            desk = enter()
            assert "这一天没有经手的办件" in desk.get("/counter/day/").text
            assert row.number in desk.get("/counter/day/", {"day": row.receipt_date.isoformat()}).text
            for nonsense in ("x", "0000-00-00", "2999-01-01", "1900-01-01"):
                assert desk.get("/counter/day/", {"day": nonsense}).status_code == 200


def test_what_is_not_offered_any_more_is_only_turned_away(desk):
    """The page of the draft shows no button that must be refused, and what was typed stays."""
    row = make.draft()
    before = desk.get(f"/counter/{row.pk}/work/").text
    for label, starred in (("无需办理的理由", True), ("依据（可不填）", False), ("有权办理的机关", False)):
        assert (f'{label}</label><span class="field__required"' in before) is starred
    suspend_definition(by=SYSTEM, code=make.FOOD, reason="系统升级", on=today())
    after = desk.get(f"/counter/{row.pk}/work/").text
    assert "暂停受理" in after and "慈溪市一味餐饮有限公司" in after
    for act in ("receive", "accept", "accept_gap", "supplement"):
        assert f'value="{act}"' in before and f'value="{act}"' not in after
    for act in ("not_accept", "not_handle", "save", "discard"):
        assert f'value="{act}"' in after


@pytest.mark.parametrize("typed", [make.MOBILE, "138-0574-0001", "+86 １３８０５７４０００１"])
def test_who_calls_and_is_looked_for_by_his_telephone_is_not_said_to_have_no_case(desk, enter, typed):
    """The list said that there was none, perhaps in another node, and the number stood in the address."""
    make.received()
    for address in ("/counter/start/", "/counter/cases/"):
        told = desk.post(address, {"q": typed})
        assert told.status_code == 422 and "这里不按手机号查找" in told.text and "没有找到办件" not in told.text
    told = enter("cixi-supervisor").post("/oversight/cases/", {"q": typed})
    assert told.status_code == 422 and "这里不按手机号查找" in told.text and "没有查到办件" not in told.text


def test_the_beginning_of_a_number_that_reads_like_a_telephone_s_is_still_looked_for(desk):
    assert "q=13010220261" in desk.post("/counter/start/", {"q": "13010220261"})["Location"]
