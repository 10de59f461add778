"""The command: one document or one a line, an answer line each, exit codes, the telling."""

import io
import json
import os
import subprocess
import sys
from datetime import date

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from apps.deadlines.actions import set_exception
from apps.deadlines.management.commands.explain_deadline import questions
from apps.deadlines.models import Edition, Rule
from apps.deadlines.queries import remedies
from apps.journal.actor import SYSTEM

from .conftest import EXAMPLES

WORKING_DAY = {"op": "is_working_day", "input": {"date": "2017-09-30"}}


@pytest.fixture
def explain(calendars, monkeypatch):
    """explain(text, *options) -> (answers, exit code, what went to stderr)."""

    def run(text, *options):
        stdin = io.TextIOWrapper(io.BytesIO(text if isinstance(text, bytes) else text.encode()))
        monkeypatch.setattr("sys.stdin", stdin)
        out = io.StringIO()
        try:
            call_command("explain_deadline", "--json", *options, stdout=out)
            code, said = 0, ""
        except CommandError as refusal:
            code, said = refusal.returncode, str(refusal)
        return [json.loads(line) for line in out.getvalue().splitlines()], code, said

    return run


def test_lines_in_lines_out(explain):
    text = "\n".join(json.dumps(case, ensure_ascii=False) for case in EXAMPLES) + "\n"
    answers, code, said = explain(text)
    assert answers == [case["expected"] for case in EXAMPLES]
    assert (code, said) == (0, "")


def test_one_document_on_many_lines(explain):
    assert explain(json.dumps(WORKING_DAY, indent=2)) == ([{"working_day": True}], 0, "")
    assert explain("\ufeff" + json.dumps(WORKING_DAY)) == ([{"working_day": True}], 0, "")


def test_broken_line_spoils_no_other(explain):
    good = json.dumps(WORKING_DAY)
    answers, code, said = explain(f'{good}\n{{"op": \n\n[1]\n{{"op": "receipt", "input": {{}}}}\n{good}')
    assert [("errors" in answer) for answer in answers] == [False, True, True, True, False]
    assert code == 1
    assert "received_at" in said


@pytest.mark.parametrize(
    "text", ["", "\n \n", '{"op": "receipt",\n "input": {\n  "notice_days": 5,,\n }\n}\n', b"\xff\xfe"]
)
def test_unreadable_document_is_refused_once(explain, text):
    answers, code, said = explain(text)
    assert [list(answer) for answer in answers] == [["errors"]]
    assert code == 1 and said


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1" * 5000, "[" * 100_000])
def test_what_is_not_a_number_is_refused(explain, number):
    answers, code, _ = explain(f'{{"op": "add_working_days", "input": {{"start": "2017-09-04", "n": {number}}}}}')
    assert list(answers[0]) == ["errors"]
    assert code == 1


def test_half_a_character_spoils_no_other_line(explain):
    good = json.dumps(WORKING_DAY)
    member = {"code": "食\ud83d", "promised": 3}
    bad = json.dumps({"op": "bundle", "input": {"accept_date": "2017-09-05", "members": [member]}})
    answers, code, said = explain(f"{good}\n{bad}\n" + json.dumps({"op": "\udc00", "input": {}}) + f"\r\n{good}")
    assert [answer.get("working_day") for answer in answers] == [True, None, None, True]
    assert [error["code"] for answer in answers[1:3] for error in answer["errors"]] == ["encoding", "encoding"]
    assert code == 1 and "代理码" in said


def test_a_line_in_another_encoding_spoils_no_other(explain):
    good = json.dumps(WORKING_DAY).encode()
    bad = '{"op": "is_working_day", "input": {"date": "2017-09-30", "事项": "食品"}}'.encode("gbk")
    answers, code, said = explain(b"\n".join([good, bad, b"\xff\xfe", good]))
    assert [answer.get("working_day") for answer in answers] == [True, None, None, True]
    assert [error["code"] for answer in answers[1:3] for error in answer["errors"]] == ["encoding", "encoding"]
    assert code == 1 and "UTF-8" in said


def test_steps_name_the_year_where_it_changes(explain):
    text = json.dumps({"op": "count_working_days", "input": {"after": "2018-12-28", "through": "2019-01-02"}})
    (answer,), _, _ = explain(text, "--steps")
    assert answer["working_days"] == 2
    assert "2019年1月1日（周二）节假日放假，不计" in answer["steps"]
    assert "1月2日（周三）计第2个工作日" in answer["steps"]


def test_steps_tell_the_counting(explain):
    (answer,), _, _ = explain(
        json.dumps({"op": "add_working_days", "input": {"start": "2017-09-27", "n": 5}}), "--steps"
    )
    assert answer["due"] == "2017-10-10"
    assert "9月30日（周六）调休上班，计第3个工作日" in answer["steps"]
    assert "10月1日（周日）节假日放假，不计" in answer["steps"]
    assert answer["steps"][-2] == "到期日：2017年10月10日（周二）。"
    assert "国办发明电〔2016〕17号" in answer["steps"][-1]


def test_steps_of_a_provisional_year_say_so(explain):
    (answer,), _, _ = explain(
        json.dumps({"op": "add_working_days", "input": {"start": "2026-12-21", "n": 10}}), "--steps"
    )
    assert any("2027年" in line and "推定" in line for line in answer["steps"])


def test_without_json_it_reads_as_text(calendars, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(WORKING_DAY)))
    out = io.StringIO()
    call_command("explain_deadline", "--steps", stdout=out)
    assert out.getvalue().splitlines() == [
        "working_day：true",
        "2017年9月30日（周六）调休上班，是工作日。",
        "2017年放假安排：国办发明电〔2016〕17号（2016年12月1日起所知）。",
    ]


def test_no_calendar_is_said_and_not_guessed(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(WORKING_DAY)))
    out = io.StringIO()
    with pytest.raises(CommandError, match="load_calendars"):
        call_command("explain_deadline", "--json", stdout=out)
    assert list(json.loads(out.getvalue())) == ["errors"]


def test_a_number_that_the_statute_book_lacks_spoils_no_other_line(explain):
    Rule.objects.filter(code="delivery").delete()
    Edition.objects.update(number=F("number") + 1)
    good, lacking = json.dumps(WORKING_DAY), json.dumps({"op": "deliver", "input": {"decision_date": "2017-09-27"}})
    answers, code, said = explain(f"{good}\n{lacking}\n{good}")
    assert [answer.get("working_day") for answer in answers] == [True, None, True]
    assert [error["code"] for error in answers[1]["errors"]] == ["rule.unknown"]
    assert code == 1 and "delivery" in said


@pytest.mark.parametrize("region", ["", "慈溪", "33028", "330282-Z", "３３０２８２"])
def test_a_region_that_is_no_code_is_wrong_usage(explain, region):
    answers, code, said = explain(json.dumps(WORKING_DAY), "--region", region)
    assert (answers, code) == ([], 2) and "330282" in said


def test_region_asks_by_its_local_days(explain):
    set_exception(by=SYSTEM, region="330225", day=date(2017, 9, 15), working=False, reason="台风“泰利”停业")
    text = json.dumps({"op": "add_working_days", "input": {"start": "2017-09-14", "n": 1}})
    assert explain(text)[0] == [{"due": "2017-09-15"}]
    assert explain(text, "--region", "330282")[0] == [{"due": "2017-09-15"}]
    (answer,), _, _ = explain(text, "--region", "330225", "--steps")
    assert answer["due"] == "2017-09-18"
    assert "9月15日（周五）本地停业：台风“泰利”停业，不计" in answer["steps"]


def test_a_closed_hall_gives_no_day_more_before_the_court(explain):
    """60 days from the 4th end on Friday 3 November: the hall is closed, the court is not."""
    set_exception(by=SYSTEM, region="330225", day=date(2017, 11, 3), working=False, reason="停电")
    text = json.dumps({"op": "remedy", "input": {"served_on": "2017-09-04"}})
    (answer,), _, _ = explain(text, "--region", "330225", "--steps")
    assert answer["reconsideration_by"] == "2017-11-03" == remedies(date(2017, 9, 4)).reconsideration.due.isoformat()
    assert not any("停电" in line for line in answer["steps"])


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('{"a": 1}', 1),
        ('{"a": 1}\n{"b": 2}', 2),
        ('{\n"a":\n1}', 1),
        ("{x\n{y", 2),
        ('{"op": "x"}\n{\n{"op": "x"}', 3),
        ("nonsense\nmore nonsense", 2),
    ],
)
def test_questions_are_lines_unless_they_are_one_document(text, count):
    assert len(list(questions(text))) == count


def test_as_a_program_it_prints_only_answers(calendars_for_threads):
    """Exit codes and streams of the real process, on the test's own database."""
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].rpartition("/")
    environment = {**os.environ, "DATABASE_URL": f"{url[0]}/{name}"}

    def run(text, *options, **more):
        return subprocess.run(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "explain_deadline", *options],
            input=text,
            capture_output=True,
            encoding="utf-8",
            env=environment | more,
            cwd="/",
        )

    done = run(json.dumps(WORKING_DAY), "--json")
    assert (done.returncode, done.stdout) == (0, '{"working_day": true}\n')
    refused = run('{"op": "x", "input": {}}\n' + json.dumps(WORKING_DAY), "--json")
    assert refused.returncode == 1
    assert len(refused.stdout.splitlines()) == 2
    assert "“x”" in refused.stderr
    assert run("", "--bogus").returncode == 2
    # Whatever the caller's terminal writes, a GBK one too: the answer is UTF-8.
    elsewhere = run('{"op": "x", "input": {}}', "--json", PYTHONIOENCODING="gbk")
    assert "“x”" in json.loads(elsewhere.stdout)["errors"][0]["message"]
    assert "“x”" in elsewhere.stderr
