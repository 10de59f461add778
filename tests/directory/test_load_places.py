from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from apps.directory import actions, queries
from apps.directory.models import Department, DirectoryVersion, Hall, Post, Region, Window, Zone
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Refused
from tests import people
from tests.people import nothing_written

FILE = settings.BASE_DIR / "fixtures" / "regions.yaml"


@pytest.fixture
def regions(db):
    actions.load_regions(FILE)


def test_the_seventeen_nodes(regions):
    nodes = queries.nodes()
    assert len(nodes) == 17
    assert [region.level for region in nodes].count("county") == 10
    assert [region.level for region in nodes].count("zone") == 6
    assert Region.objects.get(pk="330282107901").node_code == "330282"
    assert Region.objects.get(pk="330200-Z5").node_code == "330200-Z5"


def test_abolished_codes_stay_and_are_refused_for_new_work(regions):
    assert Region.objects.get(pk="330204").name == "江东区"
    with pytest.raises(Refused, match="330204"):
        queries.get_region("330204")
    from datetime import date

    assert queries.get_region("330283", day=date(2016, 9, 13)).name == "奉化市"
    with pytest.raises(Refused):
        queries.get_region("330213", day=date(2016, 9, 13))
    with pytest.raises(Refused):
        queries.get_region("330199")


def test_loading_again_changes_nothing(regions, django_assert_max_num_queries):
    with nothing_written(Region), django_assert_max_num_queries(3):
        assert actions.load_regions(FILE) == {"created": 0, "changed": 0, "unchanged": 38}


def test_a_house_of_another_city_reads_its_own_places_again(db, tmp_path, settings):
    """Without a file the command read Ningbo's into it, and what was once read stays."""
    settings.REGIONS_FILE = tmp_path / "regions.yaml"
    settings.REGIONS_FILE.write_text("regions:\n  - {code: '430100', name: 长沙市, level: city}\n", encoding="utf-8")
    call_command("load_regions", stderr=StringIO())
    assert [region.name for region in Region.objects.all()] == ["长沙市"]


def test_a_municipality_is_one_city(regions, tmp_path):
    """重庆's districts are 5001.., its counties 5002..: no file of it could be read, and four digits would have been a city of their own."""
    rows = [
        "{code: '500000', name: 重庆市, level: city}",
        "{code: '500101', name: 万州区, level: county, parent: '500000'}",
        "{code: '500229', name: 城口县, level: county, parent: '500000'}",
        "{code: '500229100', name: 葛城街道, level: township, parent: '500229'}",
    ]
    (tmp_path / "regions.yaml").write_text("regions:\n" + "".join(f"  - {row}\n" for row in rows), encoding="utf-8")
    assert actions.load_regions(tmp_path / "regions.yaml")["created"] == 4
    (supervisor,) = people.actor("supervisor", node="500000").posts
    assert supervisor.oversees("500101") and supervisor.oversees("500229") and not supervisor.oversees("510104")
    assert Region.objects.filter(**supervisor.overseen("node_code")).count() == 4
    assert queries.overseers("500229") == list(Post.objects.filter(pk=supervisor.id).values_list("user", flat=True))
    (tmp_path / "more.yaml").write_text("regions: [{code: '510104', name: 锦江区, level: county, parent: '500000'}]", encoding="utf-8")
    with pytest.raises(Refused, match="应以 50 开头"):
        actions.load_regions(tmp_path / "more.yaml")


def test_the_headings_of_a_municipality_are_no_places(regions, tmp_path):
    """GB/T 2260 lists 500100 (市辖区) and 500200 (县) above its places: who had a post at one of them reached all of the city."""
    for heading, said in (
        ("{code: '500100', name: 市辖区, level: county, parent: '500000'}", "末两位不是 00"),
        ("{code: '500200', name: 县, level: city}", "直辖市的编码是 500000"),
    ):
        file = tmp_path / "regions.yaml"
        file.write_text(f"regions: [{{code: '500000', name: 重庆市, level: city}}, {heading}]", encoding="utf-8")
        with nothing_written(Region), pytest.raises(Refused, match=said) as refusal:
            actions.load_regions(file)
        assert [error.field for error in refusal.value.errors] == ["regions[1].code"]


def test_a_city_right_under_its_province_is_told_where_it_stands(regions, tmp_path):
    """仙桃 is a county by its code: as a city it was refused without a word of how its house can be set up."""
    rows = ["{code: '429000', name: 省直辖, level: city}", "{code: '429004', name: 仙桃市, level: county, parent: '429000'}"]
    (tmp_path / "regions.yaml").write_text("regions: [{code: '429004', name: 仙桃市, level: city}]", encoding="utf-8")
    with pytest.raises(Refused, match="上级写 429000"):
        actions.load_regions(tmp_path / "regions.yaml")
    (tmp_path / "regions.yaml").write_text(f"regions: [{', '.join(rows)}]", encoding="utf-8")
    assert actions.load_regions(tmp_path / "regions.yaml")["created"] == 2


def test_a_changed_name_is_one_event(regions, tmp_path):
    text = FILE.read_text(encoding="utf-8").replace("name: 慈城镇", "name: 慈城古镇")
    (tmp_path / "regions.yaml").write_text(text, encoding="utf-8")
    before = DirectoryVersion.objects.get().number
    assert actions.load_regions(tmp_path / "regions.yaml")["changed"] == 1
    event = Event.objects.latest("id")
    assert event.name == "directoryversion.load_regions"
    assert event.facts == {"created": [], "changed": ["330205103"]}
    assert DirectoryVersion.objects.get().number != before


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("{code: '3302', name: 某地, level: county, parent: '330200'}", "regions[1].code"),
        ("{code: '330299', name: 某地, level: province, parent: '330200'}", "regions[1].level"),
        ("{code: '330299', name: 某地, level: [county], parent: '330200'}", "regions[1].level"),
        ("{code: '330299', name: 某地, level: county, parent: '330000'}", "regions[1].parent"),
        (
            "{code: '330299', name: 某地, level: county, parent: '330200', valid_to: '2017-02-30'}",
            "regions[1].valid_to",
        ),
        (
            "{code: '330299', name: 某地, level: county, parent: '330200', valid_from: '2018-01-01', "
            "valid_to: '2017-01-01'}",
            "regions[1].valid_to",
        ),
        ("{code: '330200', name: 又一个, level: county, parent: '330200'}", "regions[1].code"),
        ("{code: '330299', name: 某地, level: county, parent: '330200', colour: red}", "regions[1].colour"),
        ("{code: 330299, name: 某地, level: county, parent: '330200'}", "regions[1]"),
        ("{code: '330299', name: [某地], level: county, parent: '330200'}", "regions[1]"),
        ("{code: '３３０２９９', name: 某地, level: county, parent: '330200'}", "regions[1].code"),
        (f"{{code: '330299', name: {'长' * 61}, level: county, parent: '330200'}}", "regions[1].name"),
        ("{code: '330299', name: 某地, level: county, parent: '330200', note: {a: 1}}", "regions[1].note"),
        ("{code: '330299', name: 某地, level: county, parent: ['330200']}", "regions[1].parent"),
        ("{code: '330299', name: 某地, level: county, parent: '330200', valid_to: 2017-02-30}", "regions[1].valid_to"),
        ("just text", "regions[1]"),
        ("{code: '330106', name: 西湖区, level: county, parent: '330200'}", "regions[1].code"),  # Hangzhou's
        ("{code: '330200-Z0', name: 某区, level: zone, parent: '330200'}", "regions[1].code"),
        ("{code: '330100-Z1', name: 某区, level: zone, parent: '330200'}", "regions[1].code"),
        ("{code: '330282004', name: 某地, level: county, parent: '330200'}", "regions[1].code"),
        ("{code: '330282', name: 某街道, level: township, parent: '330200'}", "regions[1].code"),
        ("{code: '330282002', name: 某街道, level: township, parent: '330282'}", "regions[1].parent"),  # neither before it nor loaded
    ],
)
def test_faults_name_their_place_and_write_nothing(db, tmp_path, entry, place):
    file = tmp_path / "regions.yaml"
    file.write_text(
        f"regions:\n  - {{code: '330200', name: 宁波市, level: city, parent: null}}\n  - {entry}\n", encoding="utf-8"
    )
    with nothing_written(Region), pytest.raises(Refused) as refusal:
        actions.load_regions(file)
    assert [error.field for error in refusal.value.errors] == [place]
    assert refusal.value.message.startswith(f"{file} 的 regions[1]")


def test_a_file_may_bring_what_is_new_only_and_what_lies_below_moves_along(regions, tmp_path):
    def load(*rows):
        (tmp_path / "more.yaml").write_text("regions: [" + ", ".join(rows) + "]", encoding="utf-8")
        return actions.load_regions(tmp_path / "more.yaml")

    town = "{{code: '330282002', name: 宗汉街道, level: township, parent: '{}'}}"
    zone = "{{code: '330200-Z{}', name: 园区, level: zone, parent: '{}'}}"
    assert load("{code: '330282111', name: 某镇, level: township, parent: '330282'}") == {"created": 1, "changed": 0, "unchanged": 0}
    assert load(town.format("330200-Z5"))["changed"] == 2  # its village, which the file does not name, is of that node as well
    assert {"330200-Z5"} == set(Region.objects.filter(pk__startswith="330282002").values_list("node_code", flat=True))
    assert load(town.format("330282"))["changed"] == 2
    load("{code: '330300', name: 温州市, level: city}", "{code: '330300-Z1', name: 某区, level: zone, parent: '330300'}")
    for row, field in (
        (town.format("330300-Z1"), "code"),  # another city's
        (town.format("330282002901"), "parent"),
        (zone.format(1, "330200-Z2"), "parent"),  # or, when the other followed, a circle
        ("{code: '330200', name: 宁波市, level: county, parent: '330200'}", "code"),
    ):
        with nothing_written(Region), pytest.raises(Refused) as refusal:
            load(row)
        assert [error.field for error in refusal.value.errors] == [f"regions[0].{field}"]


@pytest.mark.parametrize("text", ["", "[1, 2", "regions: []", "regions: 3", "regions: " + "[" * 5000, 'regions: ["\\0"]'])
def test_no_list_is_refused(db, tmp_path, text):
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(CommandError):
        call_command("load_regions", str(tmp_path / "bad.yaml"))


def test_a_missing_file_is_said(db, tmp_path):
    with pytest.raises(CommandError, match=r"none\.yaml：文件不存在"):
        call_command("load_regions", str(tmp_path / "none.yaml"))
    with pytest.raises(CommandError, match="这是文件夹"):
        call_command("load_regions", str(tmp_path))


def test_departments_and_zones(regions):
    assert actions.upsert_departments(SYSTEM, people.DEPARTMENTS) == {"created": 3, "changed": 0}
    assert actions.upsert_zones(SYSTEM, people.ZONES) == {"created": 3, "changed": 0}
    with nothing_written(Department, Zone, Hall, Window):
        assert actions.upsert_departments(SYSTEM, people.DEPARTMENTS) == {"created": 0, "changed": 0}
        assert actions.upsert_zones(SYSTEM, people.ZONES) == {"created": 0, "changed": 0}
    assert Zone.objects.get(pk="shangshi").hall.name == "一楼"
    assert Window.objects.filter(zone="shangshi", closed=False).count() == 2


def test_a_window_no_longer_named_is_closed_and_comes_back(regions):
    actions.upsert_zones(SYSTEM, people.ZONES)
    fewer = [{**people.ZONES[0], "windows": ["01", "03"]}]
    assert actions.upsert_zones(SYSTEM, fewer) == {"created": 0, "changed": 1}
    states = dict(Window.objects.filter(zone="shangshi").values_list("number", "closed"))
    assert states == {"01": False, "02": True, "03": False}
    actions.upsert_zones(SYSTEM, people.ZONES)
    states = dict(Window.objects.filter(zone="shangshi").values_list("number", "closed"))
    assert states == {"01": False, "02": False, "03": True}


def test_many_rows_cost_as_much_as_one(regions, django_assert_max_num_queries):
    rows = [{**people.DEPARTMENTS[0], "code": f"d{n}"} for n in range(200)]
    with django_assert_max_num_queries(9):
        actions.upsert_departments(SYSTEM, rows)


def test_dates_out_of_order_are_refused_by_the_database(regions):
    with pytest.raises(IntegrityError), transaction.atomic():
        Region.objects.filter(pk="330282").update(valid_from="2020-01-01", valid_to="2019-01-01")
