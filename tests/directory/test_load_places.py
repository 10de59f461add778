import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from apps.directory import actions, queries
from apps.directory.models import Department, DirectoryVersion, Hall, Region, Window, Zone
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


@pytest.mark.parametrize("text", ["", "[1, 2", "regions: []", "regions: 3", "regions: " + "[" * 5000, 'regions: ["\\0"]'])
def test_no_list_is_refused(db, tmp_path, text):
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(CommandError):
        call_command("load_regions", str(tmp_path / "bad.yaml"))


def test_a_missing_file_is_said(db, tmp_path):
    with pytest.raises(CommandError, match="找不到文件"):
        call_command("load_regions", str(tmp_path / "none.yaml"))
    with pytest.raises(CommandError, match="读不到文件"):
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
