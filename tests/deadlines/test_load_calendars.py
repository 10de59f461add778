"""Loading is repeatable, cheap when nothing changed, and names every fault of a file."""

from datetime import date, timedelta
from io import StringIO

import pytest
import yaml
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from apps.deadlines import publishing, queries
from apps.deadlines.loading import load
from apps.deadlines.models import CalendarVersion, CardRule, Edition, LightRule, Rule
from apps.journal.actor import SYSTEM, Actor, PostFacts
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refusals, Refused
from apps.kit.time import today

from .conftest import FIXTURES


def loaded():
    return [list(model.objects.order_by("pk").values()) for model in (CalendarVersion, Rule, LightRule, CardRule)]


def test_load_twice_changes_nothing(calendars, django_assert_num_queries):
    before, edition, events = loaded(), Edition.objects.get(), Event.objects.count()
    with django_assert_num_queries(1):
        call_command("load_calendars", stderr=(said := StringIO()))
    assert "没有变更" in said.getvalue()
    assert loaded() == before
    assert Edition.objects.get().number == edition.number
    assert Event.objects.count() == events == 1


def test_load_publishes_all_years_and_law(calendars):
    assert sorted(set(CalendarVersion.objects.values_list("year", flat=True))) == list(range(2017, 2027))
    assert CalendarVersion.objects.filter(superseded_on__isnull=False).count() == 3
    assert queries.rule("delivery").value == 10
    assert queries.rule("litigation", date(2014, 5, 1)).value == 3
    assert queries.rule("litigation", date(2017, 5, 1)).value == 6
    assert queries.rule("commitment_check", date(2017, 5, 1)).value == 60  # before it held: the first row


def test_a_rule_that_has_ended_is_told_and_not_used_on(calendars):
    Rule.objects.filter(code="delivery").update(valid_to=date(2018, 6, 30))
    Edition.objects.update(number=F("number") + 1)
    assert queries.rule("delivery", date(2018, 6, 30)).value == 10
    with pytest.raises(Refused, match=r"颁发、送达证件.*2018-06-30") as told:
        queries.rule("delivery", date(2018, 7, 1))
    assert told.value.code == "rule.ended"


def statute(tmp_path, **changed):
    """The book that ships, with one more row of what is changed: code = its columns."""
    book = yaml.safe_load((FIXTURES / "statute.yaml").read_text())
    for code, columns in changed.items():
        last = [row for row in book["rules"] if row["code"] == code] or [{**book["rules"][0], "code": code}]
        book["rules"].append({**last[-1], **columns})
    path = tmp_path / "statute.yaml"
    path.write_text(yaml.safe_dump(book, allow_unicode=True))
    return FIXTURES / "calendar.yaml", path, FIXTURES / "lights.yaml"


@pytest.mark.parametrize(("code", "unit"), [("cure", "calendar"), ("delivery", "month"), ("renewal", "working"), ("litigation", "calendar")])
def test_a_number_of_the_law_in_a_unit_in_which_nobody_counts_it_is_refused(calendars, tmp_path, code, unit):
    """Fifteen calendar days to supplement were counted as fifteen working days, and with months nothing could be received any more."""
    with pytest.raises(Refused, match=rf"“{code}”按.*计算，不能写成 {unit}") as refused:
        load(*statute(tmp_path, **{code: {"value": 15, "unit": unit, "valid_from": "2027-01-01"}}))
    assert refused.value.field.endswith("].unit")
    assert not Rule.objects.filter(valid_from="2027-01-01").exists()


def test_a_number_that_nobody_uses_and_one_that_ends_are_told(calendars, tmp_path):
    """A misspelt code left the old number in force without a word; of one that ends, the first whose work was refused was told."""
    told = []
    load(*statute(tmp_path, cuer={"valid_from": "2027-01-01"}, renewal={"valid_from": "2005-01-01", "valid_to": "2027-03-31"}), told=told)
    assert ["“cuer”这个数字" in told[0], "届满前申请延续”（renewal）只到 2027-03-31，以后没有" in told[1], len(told)] == [True, True, 2]
    told.clear()
    load(*statute(tmp_path, renewal={"valid_from": "2027-05-01"}, public_notice={"valid_from": "2023-01-01"}), told=told)
    assert ["renewal）只到 2027-03-31，到 2027-05-01 前没有" in told[0], len(told)] == [True, 1]
    told.clear()
    load(*statute(tmp_path, renewal={"valid_from": "2027-04-01"}), told=told)
    assert told == []


@pytest.fixture
def notice_2027(tmp_path):
    """A file with one more year, whose days are invented."""
    days_off = ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"]
    year = {"year": 2027, "known_from": "2026-11-25", "days_off": days_off, "make_up": ["2027-01-09"]}
    path = tmp_path / "2027.yaml"
    path.write_text(yaml.safe_dump({"years": [year], "superseded": []}))
    return path


def test_what_is_misspelt_is_told_and_not_read_in_silence(calendars, notice_2027):
    """“superseded_at” left a calendar in force for good, and nobody heard that it had not been read."""
    given = yaml.safe_load(notice_2027.read_text())
    given["years"][0]["superseded_at"] = "2026-12-01"
    notice_2027.write_text(yaml.safe_dump(given | {"superceded": []}))
    call_command("load_calendars", str(notice_2027), stderr=(said := StringIO()))
    assert [line.split(" 的 ")[-1] for line in said.getvalue().splitlines() if "不认识" in line] == [
        "years[0].superseded_at：不认识的字段，没有读。", "superceded：不认识的字段，没有读。"
    ]  # fmt: skip
    call_command("load_calendars", stderr=(said := StringIO()))
    assert "不认识" not in said.getvalue()


def test_a_notice_known_only_in_days_to_come_is_told(calendars, notice_2027):
    """A mistyped year of its announcement put it before every amendment of that year, and the amended days were never counted by."""
    for known_from, told in ((today() + timedelta(days=1), 1), (today(), 0)):
        year = {"year": today().year + 1, "known_from": str(known_from), "days_off": [], "make_up": []}
        notice_2027.write_text(yaml.safe_dump({"years": [year]}))
        call_command("load_calendars", str(notice_2027), stderr=(said := StringIO()))
        assert said.getvalue().count(f"years[0].known_from：{known_from} 还没有到") == told


def test_a_list_that_belongs_to_another_file_is_told(calendars, notice_2027):
    """A new number of the law written into the calendar's file was dropped without a word, and the old one went on counting."""
    given = yaml.safe_load(notice_2027.read_text())
    notice_2027.write_text(yaml.safe_dump(given | {"rules": [{"code": "delivery", "value": 15}], "cards": []}))
    call_command("load_calendars", str(notice_2027), stderr=(said := StringIO()))
    assert [line.split(" 的 ")[-1] for line in said.getvalue().splitlines() if "不起作用" in line] == [
        "cards：它属于红黄灯规则文件，写在这里不起作用，没有读。", "rules：它属于法定期限文件，写在这里不起作用，没有读。"
    ]  # fmt: skip


def test_new_notice_ends_the_guess(calendars, notice_2027):
    guessed = queries.calendar().add_working_days(date(2026, 12, 31), 1)
    assert (guessed.due, guessed.provisional) == (date(2027, 1, 4), True)
    call_command("load_calendars", str(notice_2027))
    known = queries.calendar().add_working_days(date(2026, 12, 31), 1)
    assert (known.due, known.provisional) == (date(2027, 1, 5), False)
    assert CalendarVersion.objects.filter(year=2017).exists()
    assert Event.objects.get(name="edition.load", seq=2).facts["years"] == [2027]


def test_correction_replaces_the_row(calendars, notice_2027):
    call_command("load_calendars", str(notice_2027))
    notice_2027.write_text(notice_2027.read_text().replace("2027-01-09", "2027-01-10"))
    call_command("load_calendars", str(notice_2027))
    assert CalendarVersion.objects.get(year=2027).make_up == [date(2027, 1, 10)]


def test_what_a_page_has_ended_stays_ended_when_the_files_are_loaded_again(calendars, notice_2027):
    """Two rules of lights stood in force, and the notice that another one replaced was told as if none had."""
    day = today() + timedelta(days=1)
    days = {"yellow_days": 9, "yellow_percent": 50, "red_days": 3, "red_percent": 10}
    publishing.set_light_rule(by=SYSTEM, kind="", valid_from=day, **days)
    standing = CalendarVersion.objects.get(year=2026)
    notice = {"year": 2026, "notice": "样例〔2026〕2号", "known_from": today(), "sources": ["x"], "make_up": [], "days_off": standing.days_off}
    publishing.publish(by=SYSTEM, given=notice)
    before = loaded()
    call_command("load_calendars", str(notice_2027))
    call_command("load_calendars")
    CalendarVersion.objects.filter(year=2027).delete()
    assert loaded() == before
    assert set(LightRule.objects.filter(kind="").values_list("valid_to", flat=True)) == {today(), None}


def test_faults_are_named_and_nothing_is_loaded(db, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "years": [
                    {
                        "year": 2027,
                        "known_from": "2026-11-31",
                        "days_off": ["2027-01-01", "2027-01-01", "2026-12-31"],
                        "make_up": ["2027-01-05", "2027-01-02", "x"],
                    },
                    {"year": 2026, "known_from": "2036-11-30", "days_off": [], "make_up": []},
                    {"year": "next", "known_from": "2026-11-30", "days_off": None, "make_up": []},
                    7,
                ]
            }
        )
    )
    with pytest.raises(CommandError) as refused:
        call_command("load_calendars", str(path))
    said = str(refused.value)
    for words in (
        "years[0].known_from：“2026-11-31”",
        "years[0].days_off：2027-01-01 写了两次",
        "years[0].days_off：2026-12-31 不在 2027 年内",
        "years[0].make_up：2027-01-05 不是周六或周日",
        "years[0].make_up：“x”不是日期",
        "years[1].known_from：2036-11-30 已经过了 2026 年",
        "years[2].year：“next”",
        "years[2].days_off：应是日期列表",
        "years[3]：应是键值",
    ):
        assert f"{path} 的 {words}" in said
    assert "None" not in said and said.count("years[3]") == 1
    assert not CalendarVersion.objects.exists() and not Event.objects.exists()


@pytest.mark.parametrize("content", ["[", "- 1", "years: []", "a: 1"])
def test_unreadable_file_is_refused(db, tmp_path, content):
    path = tmp_path / "bad.yaml"
    path.write_text(content)
    with pytest.raises(CommandError):
        call_command("load_calendars", str(path))
    with pytest.raises(CommandError, match="读不到"):
        call_command("load_calendars", str(tmp_path / "nowhere.yaml"))


YEAR = "years:\n  - year: 2027\n    known_from: 2026-11-25\n    make_up: []\n    days_off: [2027-01-01]\n"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("2027-01-01", "2027-02-29"), "years[0].days_off：“2027-02-29”不是日期"),  # unquoted, so that YAML itself takes it for a day
        (("2026-11-25", "2026-11-31"), "years[0].known_from：“2026-11-31”不是日期"),
        (("year: 2027", "year: 99999999999"), "years[0].year：“99999999999”应是 1949 到 2200 的整数"),
        (("year: 2027", "year: '2027'"), "years[0].year：“2027”应是 1949 到 2200 的整数，请去掉引号"),
        (("year: 2027", "year: " + "9" * 5000), "第 2 行，这里不是可读的数"),
        (("year: 2027", "year: 03753"), "第 2 行，03753 不是十进制的数"),  # octal: 2027 of all years
        (("make_up: []", "days_off: []"), "第 5 行，“days_off”在同一处写了两次"),
        (("make_up: []", 'notice: "号\\0"'), "第 4 行，含有不能保存的字符"),
        (("make_up: []", f"notice: {'长' * 201}"), "years[0].notice：有 201 个字，最多 200 个字"),
        (("make_up: []", "notice: [1, 2"), "第 5 行，"),
        (("make_up: []", "\tnotice: x"), "第 4 行，缩进只能用空格，不能用制表符"),
        (("make_up: []", "make_up: !!python/name:os.system []"), "第 4 行，不支持“!”开头的标记"),
        (("make_up: []", "notice: !!bool xyz"), "第 4 行，写的值不是它的标记"),
        (("make_up: []", "notice: !!timestamp x"), "第 4 行，写的值不是它的标记"),
        (("make_up: []", "make_up: " + "[" * 5000), "bad.yaml 不是有效的 YAML：第 "),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(db, tmp_path, changed, said):
    path = tmp_path / "bad.yaml"
    path.write_text(YEAR.replace(*changed))
    with pytest.raises(CommandError) as refused:
        call_command("load_calendars", str(path))
    assert said in str(refused.value) and "None" not in str(refused.value)
    assert not CalendarVersion.objects.exists()


def test_a_statutory_holiday_left_out_of_a_notice_is_told(calendars, tmp_path):
    """A notice whose New Year was forgotten loaded without a word, and periods ended on 1 January; the page said so before it counted."""
    path = tmp_path / "2027.yaml"
    path.write_text(YEAR)
    call_command("load_calendars", str(path), stderr=(said := StringIO()))
    assert "years[0].days_off：2027-10-01 是法定节假日" in said.getvalue()  # 1 to 3 May, 2 and 3 October: at the weekend
    path.write_text(YEAR.replace("01]", "01, 2027-10-01]").replace("[]", "[2027-05-01]"))
    call_command("load_calendars", str(path), stderr=(said := StringIO()))
    assert "：2027-05-01 是法定节假日" in said.getvalue()
    path.write_text(YEAR.replace("01]", "01, 2027-10-01]"))
    call_command("load_calendars", str(path), stderr=(said := StringIO()))
    assert "法定节假日，" not in said.getvalue()


def test_what_is_taken_over_from_elsewhere_in_the_file_is_not_written_twice(db, tmp_path):
    path = tmp_path / "merged.yaml"
    first = "  - &first\n    <<: &base {make_up: [], notice: 样例}\n    year: 2027\n    known_from: 2026-11-25\n    notice: 甲\n    days_off: []\n"
    path.write_text("years:\n" + first + "  - {<<: *first, year: 2028, notice: 乙}\n")
    call_command("load_calendars", str(path))
    assert dict(CalendarVersion.objects.values_list("year", "notice")) == {2027: "甲", 2028: "乙"}
    path.write_text("deep: [[[&first {<<: &base {k: 1}, k: 2}]]]\nyears: {<<: *first, m: 1}\n")  # what is near is read before what is deep
    with pytest.raises(CommandError) as refused:
        call_command("load_calendars", str(path))
    assert "写了两次" not in str(refused.value)


def test_a_file_of_another_encoding_is_told_and_one_of_another_editor_is_read(calendars, tmp_path):
    path = tmp_path / "2027.yaml"
    path.write_bytes(YEAR.replace("make_up: []", "make_up: []\n    notice: 国办发明电〔2026〕1号").encode("gbk"))
    with pytest.raises(CommandError, match="第 5 行，不是 UTF-8"):
        call_command("load_calendars", str(path))
    path.write_bytes(b"\xef\xbb\xbf" + YEAR.replace("\n", "\r\n").encode())
    call_command("load_calendars", str(path))
    assert CalendarVersion.objects.get(year=2027).days_off == [date(2027, 1, 1)]


def test_faults_of_what_a_light_brings_are_named(db, tmp_path):
    path = tmp_path / "lights.yaml"
    rules = yaml.safe_load((FIXTURES / "lights.yaml").read_text())
    rules["cards"][0] |= {"kind": "dreams", "light": "green", "gives": "blue", "source": None}
    path.write_text(yaml.safe_dump(rules, allow_unicode=True))
    with pytest.raises(Refusals) as refused:
        load(FIXTURES / "calendar.yaml", FIXTURES / "statute.yaml", path)
    assert {error.field for error in refused.value.errors} == {
        f"cards[0].{name}" for name in ("kind", "light", "gives", "source")
    }
    assert not CardRule.objects.exists()


@pytest.mark.parametrize(("file", "rows"), [("statute.yaml", "rules"), ("lights.yaml", "lights"), ("lights.yaml", "cards")])
def test_a_row_written_twice_is_told_and_not_tried(db, tmp_path, file, rows):
    """A line copied for a new number whose first day was left as it stood: the database's own words came out."""
    wanted = {name: FIXTURES / name for name in ("statute.yaml", "lights.yaml")}
    found = yaml.safe_load(wanted[file].read_text())
    found[rows].append(dict(found[rows][0]))
    wanted[file] = tmp_path / file
    wanted[file].write_text(yaml.safe_dump(found, allow_unicode=True))
    with pytest.raises(Refused, match="写了两次") as refused:
        load(FIXTURES / "calendar.yaml", *wanted.values())
    assert refused.value.field == f"{rows}[{len(found[rows]) - 1}].valid_from"
    assert not CalendarVersion.objects.exists()


def test_only_the_city_administrator_loads(db):
    files = [FIXTURES / name for name in ("calendar.yaml", "statute.yaml", "lights.yaml")]
    county = Actor("staff", 1, "管理员", posts=(PostFacts(1, "node_admin", "330282", "330282"),))
    with pytest.raises(Forbidden):
        load(*files, by=county)
    assert not CalendarVersion.objects.exists() and not Event.objects.exists()
    city = Actor("staff", 1, "管理员", posts=(PostFacts(1, "node_admin", "330200", "330200"),))
    assert load(*files, by=city)["created"] > 0


def test_calendar_costs_one_small_select_until_it_changes(calendars, django_assert_num_queries):
    queries.calendar(region="330282")
    with django_assert_num_queries(1):
        queries.calendar(region="330225")
    with django_assert_num_queries(1):
        queries.calendar(as_known_on=date(2019, 3, 21))


@pytest.mark.parametrize(("today", "warned"), [("2026-09-30", []), ("2026-10-01", ["deadlines.W001"])])
def test_check_warns_from_october_on(calendars, time_machine, today, warned):
    time_machine.move_to(f"{today}T04:00:00Z")
    found = [w for w in run_checks(tags=["database"], databases=["default"]) if w.id.startswith("deadlines")]
    assert [warning.id for warning in found] == warned
    assert all("/calendar/publish/" in warning.hint for warning in found)
    assert queries.missing_notice() == (2027 if warned else None)


def test_check_asks_no_database_unless_told(calendars, time_machine):
    time_machine.move_to("2026-11-23T04:00:00Z")
    with CaptureQueriesContext(connection) as asked:
        found = run_checks(tags=["database"])
    assert found == []
    assert not asked.captured_queries


def test_check_is_silent_before_the_first_load(db, time_machine):
    time_machine.move_to("2026-11-23T04:00:00Z")
    assert not [
        warning for warning in run_checks(tags=["database"], databases=["default"]) if warning.id == "deadlines.W001"
    ]
