"""What is found in the real catalogue, and what its guides say."""

from datetime import date

import pytest

from apps.catalog import queries
from apps.catalog.everyday import _words
from apps.catalog.ways import WAYS
from apps.kit.errors import NotYours
from apps.kit.paging import keyset_page

pytestmark = pytest.mark.django_db
DAY = date(2017, 8, 31)


def found(rows) -> set[str]:
    return {row.definition_id for row in rows}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("食品经营", "food-licence"),
        ("spjy", "food-licence"),
        ("shipinjingying", "food-licence"),
        ("SPJYXK", "food-licence"),
        ("food-lic", "food-licence"),
        ("11330282MB0F0100784000131003000", "food-licence"),
        ("许可 食品", "food-licence"),
        ("餐饮店", "open-restaurant"),
        ("kcyd", "open-restaurant"),
    ],
)
def test_search_by_words_sound_initials_and_code(real_catalogue, words, code):
    assert code in found(queries.search_definitions(words, day=DAY))


@pytest.mark.parametrize(
    ("words", "code"),
    [("sipinjinyin", "food-licence"), ("shipingjingying", "food-licence"), ("yancaozuanmai", "tobacco-retail-licence")],
)
def test_sounds_that_the_ear_does_not_tell_apart(real_catalogue, words, code):
    assert not queries.search_definitions(words).exists()
    assert code in {row.definition_id for row in queries.resembling(words)}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("开饭店", "food-licence"),
        ("驾照换证", "driving-licence-renewal"),
        ("房产证过户", "title-transfer"),
        ("孩子要上户口", "birth-household-registration"),
        ("丢了身份证", "id-card-renewal"),
        ("实品经营", "food-licence"),
    ],
)
def test_what_people_call_otherwise(real_catalogue, words, code):
    assert not queries.search_definitions(words).exists()
    assert code in {row.definition_id for row in queries.resembling(words)}


def test_everyday_words_lead_to_what_there_is(real_catalogue):
    names = "".join(queries.holding().values_list("name", flat=True))
    everyday, _ = _words()
    assert not [word for word, terms in everyday.items() if not any(term in names for term in terms)]
    assert not queries.resembling("申请登记许可证明")  # what is in every name explains nothing


def test_search_takes_no_pattern(real_catalogue):
    assert not queries.search_definitions("%", day=DAY).exists()
    assert not queries.search_definitions("f__d", day=DAY).exists()


def test_search_filters(real_catalogue):
    city = queries.search_definitions(region="330200", day=DAY)
    assert len(city) == 15
    assert {row.definition.region_id for row in city} == {"330200"}
    assert found(queries.search_definitions(kind="bundle", day=DAY, theme="生育收养")) == {"newborn"}
    assert "newborn" not in found(queries.search_definitions(audience="enterprise", day=DAY))
    assert found(queries.search_definitions(department="lvyou", kind="item", day=DAY)) == {"travel-agency-licence"}
    assert not queries.search_definitions("食品", day=date(2016, 12, 31)).exists()


def test_search_is_paged_by_key_in_few_statements(real_catalogue, django_assert_num_queries):
    rows = queries.search_definitions(day=DAY)
    with django_assert_num_queries(1):
        first = keyset_page(rows, ("pinyin", "id"), size=20)
        _ = [(row.definition.region.name, row.definition.department.name) for row in first.rows]
    second = keyset_page(rows, ("pinyin", "id"), first.next, size=20)
    sounds = [row.pinyin for row in first.rows + second.rows]
    assert sounds == sorted(sounds)
    assert not found(first.rows) & found(second.rows)


def test_guide_names_everything_behind_its_codes(real_catalogue):
    guide = queries.guide("food-licence", DAY)
    assert guide["department"].name == "慈溪市市场监督管理局"
    assert guide["zone"].name == "综合审批"
    assert guide["materials"][0]["name"] == "申请表"
    assert guide["elements"][0]["name"] == "单位（字号）名称"
    bundle = queries.guide("open-restaurant", DAY)
    assert [row["name"] for row in bundle["members"]][:2] == ["企业设立登记", "个体工商户登记"]
    with pytest.raises(NotYours):
        queries.guide("nothing", DAY)


def test_situations_before_any_answer(real_catalogue):
    asked = [row["code"] for row in queries.situations("open-restaurant", DAY)]
    assert asked == ["subject_kind", "small_shop", "dining_area"]


def test_a_way_finds_what_shows_it(real_catalogue):
    """For every way: the filter and the tags say the same, of items and of one-things."""
    rows = list(queries.search_definitions(day=DAY))
    told = queries.ways_of(rows, DAY)
    for way in WAYS:
        filtered = {row.pk for row in queries.search_definitions(way=way, day=DAY)}
        assert filtered == {row.pk for row in rows if way in told[row.pk]}, way
    kinds = {row.definition.kind for row in rows if "online" in told[row.pk]}
    assert kinds == {"item", "bundle"}
