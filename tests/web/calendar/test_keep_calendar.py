"""The calendar's pages: a year is read, a notice published after a look at what it does, a day closed and opened again; and the API."""

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.deadlines import publishing
from apps.deadlines.actions import recount
from apps.deadlines.models import CalendarVersion, Clock, LightRule, LocalException
from apps.directory.models import Post
from apps.journal.models import Event
from apps.kit.days import day_cn
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written
from tests.web.conftest import client_of

NOTICE = {
    "year": "2027",
    "notice": "国办发明电〔2026〕9号",
    "known_from": "2026-11-25",
    "sources": "https://www.gov.cn/2027.htm",
    "days_off": "一、元旦：1月1日（周五）至3日放假，共3天。\n二、春节：2月5日至11日",
    "make_up": "2027-02-20",
}


@pytest.fixture
def at(world, time_machine):
    time_machine.move_to("2026-11-25T04:00:00Z")
    Post.objects.update(valid_from=date(2017, 4, 1))
    return client_of


def test_a_year_is_read(at, django_assert_max_num_queries):
    client = at("cixi-supervisor")
    assert client.get("/calendar/")["Location"] == "/calendar/2026/"
    client.get("/calendar/2026/")
    with django_assert_max_num_queries(10):
        page = client.get("/calendar/2026/").text
    assert "慈溪市" in page and "2027 年的放假通知还没有载入" in page and "班" in page
    assert "发布放假安排" not in page and "登记本地例外</a>" not in page
    assert "推定" in client.get("/calendar/2027/?region=").text
    assert "与前一版不同" in client.get("/calendar/2019/").text
    assert client.get("/calendar/9999/").status_code == 404
    assert client.get("/calendar/2026/?region=nowhere").status_code == 200


def test_a_notice_is_seen_before_it_counts(at):
    case = make.accepted()
    Clock.objects.filter(root_id=case.pk, kind="decision").update(started_on=date(2026, 12, 25))
    client = at("city-admin")
    with nothing_written(CalendarVersion):
        page = client.post("/calendar/publish/", {**NOTICE, "step": "check"}).text
    assert "确认发布" in page and "2027年2月20日" in page and "共试算" in page
    assert "data-said" in page and "发布以后会怎样" in page  # what it would do takes the focus
    assert re.search(r"10月1日[^、]*是法定节假日，发布以后却要上班", page)  # left out of the notice; told, and its publisher's to decide
    seen = {"seen": re.search(r'name="seen" value="(\w+)"', page)[1], "step": "publish", "once": "k"}
    with nothing_written(CalendarVersion):  # typed on after the look, and confirmed
        assert "核对以后内容又改过" in client.post("/calendar/publish/", {**NOTICE, **seen, "make_up": ""}).text
    answer = client.post("/calendar/publish/", {**NOTICE, **seen}, follow=True)
    assert "2027 年的放假安排已发布" in answer.text and "国办发明电〔2026〕9号" in answer.text
    assert CalendarVersion.objects.get(year=2027).days_off[0] == date(2027, 1, 1)
    recount()
    assert "放假通知还没有载入" not in client.get("/calendar/2027/").text
    at_once = client.post("/calendar/publish/", {**NOTICE, "make_up": "", "step": "check"})
    assert at_once.status_code == 422 and "更正最早明天（2026-11-26）发布" in at_once.text
    page = client.get("/calendar/publish/?year=2027")  # what is changed in mid-year is not typed once more
    form, standing = page.context["form"], CalendarVersion.objects.get(year=2027)
    for name in ("days_off", "make_up"):
        assert publishing.read_days(form.initial[name], 2027, name) == getattr(standing, name)
    assert "已经填好现行的放假和调休" in page.text and "国办发明电〔2026〕9号" in page.text
    other = NOTICE | {name: form.initial[name] for name in ("days_off", "make_up")} | {"year": 2028, "step": "check"}
    assert client.post("/calendar/publish/", other).status_code == 422  # they are of their own year
    assert client.get(f"/calendar/publish/?year={'1' * 5000}").status_code == 200  # no number that Python reads
    again = client.post("/calendar/publish/", {**NOTICE, "step": "publish", "once": "k"})
    assert again.status_code == 302 and Event.objects.filter(name="edition.publish").count() == 1


def test_faults_stand_at_their_fields(at):
    client = at("city-admin")
    faulty = {**NOTICE, "days_off": "2月30日", "make_up": "2027-02-22", "known_from": "2026-11-26", "step": "publish"}
    with nothing_written(CalendarVersion):
        answer = client.post("/calendar/publish/", faulty)
        assert answer.status_code == 422 and "“2月30日”不是日期" in answer.text
        answer = client.post("/calendar/publish/", {**faulty, "days_off": "2月5日"})
        assert "2027-02-22 不是周六或周日" in answer.text
        answer = client.post("/calendar/publish/", {**faulty, "days_off": "2月5日", "make_up": ""})
        assert "所知日不能晚于今天" in answer.text
        assert at("cixi-admin").post("/calendar/publish/", {**NOTICE, "step": "publish"}).status_code == 403


HOSTILE = (  # names for names for names; endless nesting; no day; a number without end; half a character; a program
    (
        "years:\n- sources:\n  - &a [x, x]\n"
        + "".join(f"  - &{two} [*{one}, *{one}]\n" for one, two in zip("abcdefgh", "bcdefghi", strict=True)),
        "不能用“*”引用别处",
    ),
    ("years: " + "[" * 20_000, "不是有效的 YAML"),
    ("years: [{year: 2027, known_from: 2026-99-99}]", 'value="2026-99-99"'),
    ("years: [{year: " + "9" * 5000 + "}]", "第 1 行，这里不是可读的数"),
    ('years: [{notice: "\\ud800"}]\n\0', "不是有效的 YAML"),
    ("years: [{year: !!float x}]", "第 1 行，写的值不是它的标记"),
    ("years: [!!python/object/apply:os.system [id]]", "第 1 行，不支持“!”开头的标记"),
)


def test_a_file_fills_the_form(at):
    client = at("city-admin")
    text = "years:\n  - {year: 2027, known_from: '2026-11-25', notice: 文号, sources: [a], days_off: ['2027-01-01'], make_up: []}\n"

    def send(content: str | bytes):
        return client.post(
            "/calendar/publish/", {"step": "file", "file": SimpleUploadedFile("c.yaml", content if isinstance(content, bytes) else content.encode())}
        )

    page = send(text).text
    assert "确认发布" in page and "2027-01-01" in page
    assert re.search(r'name="once" value="[\w-]+"', page)  # pressed twice it is published once
    for bad, told in (
        (text + text.replace("years:\n", ""), "一次只发布一年"),
        ("a: [", "不是有效的 YAML"),
        ("a: 1", "没有 years"),
        (b"PK\x03\x04\x14\xc7", "是 Excel、Word 一类的文件，不是 YAML"),
        ("节".encode("gbk"), "请另存为 UTF-8"),
        (text.replace("2027-01-01", "x" * 100_000), "不会超过 100 KB"),
        *HOSTILE,
    ):
        answer = send(bad)
        assert answer.status_code == 422 and told in answer.text and 'value="2027"' in answer.text
        assert "<title>错误：" in answer.text


def test_a_node_closes_for_a_day(at):
    case = make.accepted()
    clock = Clock.objects.get(root_id=case.pk, kind="decision")
    client = at("cixi-admin")
    sent = {"region": "330282", "day": clock.due_on.isoformat(), "working": "no", "reason": "暴雨停电"}
    page = client.post("/calendar/exceptions/add/", {**sent, "step": "check"}).text
    assert "推后 1 个" in page and "法定节假日" not in page and not LocalException.objects.exists()
    answer = client.post("/calendar/exceptions/add/", {**sent, "step": "publish"}, follow=True)
    assert "暴雨停电" in answer.text and f"已登记慈溪市 {day_cn(clock.due_on)}，" in answer.text
    refused = client.post("/calendar/exceptions/add/", {**sent, "region": "330281", "step": "publish"})
    assert refused.status_code == 422 and LocalException.objects.count() == 1
    for day, told in (("2126-12-01", "2126年12月1日不在"), ("2026-12-06", "2026年12月6日本来就不上班")):  # said before anything is confirmed
        seen = client.post("/calendar/exceptions/add/", {**sent, "day": day, "step": "check"})
        assert seen.status_code == 422 and told in seen.text
    row = LocalException.objects.get()
    assert day_cn(row.day) in client.get(f"/calendar/exceptions/{row.pk}/withdraw/").text
    assert client.post(f"/calendar/exceptions/{row.pk}/withdraw/", {"reason": ""}).status_code == 422
    client.post(f"/calendar/exceptions/{row.pk}/withdraw/", {"reason": "来电了"})
    assert LocalException.objects.get().withdrawn
    assert at("cixi-supervisor").post(f"/calendar/exceptions/{row.pk}/withdraw/", {"reason": "x"}).status_code == 403


def test_a_rule_of_lights_from_tomorrow_on(at):
    client = at("city-admin")
    sent = {"kind": "decision", "valid_from": "2026-12-01", "yellow_days": 6, "yellow_percent": 50}
    sent |= {"red_days": 2, "red_percent": 30}
    with nothing_written(LightRule):
        for change, told in (
            ({"valid_from": "2026-11-25"}, "最早为明天"),
            ({"red_days": 7}, "红灯不能比黄灯早"),
            ({"yellow_percent": 101}, "不能大于"),
        ):
            answer = client.post("/calendar/lights/add/", {**sent, **change})
            assert answer.status_code == 422 and told in answer.text
        assert at("cixi-admin").post("/calendar/lights/add/", sent).status_code == 403
    page = client.post("/calendar/lights/add/", sent, follow=True).text
    assert "新的亮灯规则从2026年12月1日起施行" in page and "环节期限" in page and "一次性告知期限将满" in page
    old, new = LightRule.objects.filter(kind="decision").order_by("valid_from")
    assert (old.valid_to, new.yellow_days) == (date(2026, 11, 30), 6)
    far = client.post("/calendar/lights/add/", {**sent, "valid_from": "2062-12-01"}, follow=True)  # it kept out every other one
    assert far.status_code == 200
    assert "已有2026年12月1日起施行的规则" in client.post("/calendar/lights/add/", sent).text
    client.post("/calendar/lights/add/", {**sent, "valid_from": "2026-12-03"})
    spans = LightRule.objects.filter(kind="decision").order_by("valid_from").values_list("valid_to", flat=True)
    assert list(spans) == [date(2026, 11, 30), date(2026, 12, 2), date(2062, 11, 30), None]


def test_the_same_over_the_api(at):
    case = make.accepted()
    clock = Clock.objects.get(root_id=case.pk, kind="decision")
    anyone, city, county = Caller(None), Caller("city-admin"), Caller("cixi-admin")
    year = anyone.get("calendar/2026/?region=330282")
    assert year["working_days"] == 248 and not year["provisional"] and year["versions"][0]["notice"]
    assert anyone.get("calendar/2027/")["provisional"]
    assert anyone.raw("get", "calendar/2026/?region=1").status_code == 422
    notice = {**NOTICE, "year": 2027, "sources": ["a"], "days_off": ["2027-01-01"], "make_up": []}
    seen = city.post("calendar/notices/", {**notice, "check": True})
    assert seen["checked"] >= 0 and not CalendarVersion.objects.filter(year=2027).exists()
    assert county.raw("post", "calendar/notices/", notice).status_code == 403
    key = {"Idempotency-Key": "n1"}
    first = [city.raw("post", "calendar/notices/", notice, headers=key) for _ in range(2)]
    assert [a.status_code for a in first] == [201, 201] and first[1]["Idempotent-Replayed"] == "true"
    bad = city.raw("post", "calendar/notices/", {**notice, "days_off": ["2026-01-01"]})
    assert bad.status_code == 422 and {e["field"] for e in bad.json()["errors"]} == {"days_off"}
    closed = {"region": "330282", "day": clock.due_on.isoformat(), "working": False, "reason": "停电"}
    row = county.raw("post", "calendar/exceptions/", closed, headers={"Idempotency-Key": "e1"}).json()
    assert county.raw("post", "calendar/exceptions/", {**closed, "region": "330281"}).status_code == 403
    below = county.raw("post", "calendar/exceptions/", {**closed, "region": "330282004"})  # no clock runs by a township's calendar
    assert below.status_code == 422 and "330282" in below.json()["detail"]
    assert closed["day"] in [d["day"] for d in anyone.get(f"calendar/{clock.due_on.year}/?region=330282")["days"]]
    assert county.post(f"calendar/exceptions/{row['id']}/withdraw/", {"reason": "来电"})["withdrawn"]
