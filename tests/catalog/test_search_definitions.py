"""What a clerk may accept, what an office sees, what batches count."""

from datetime import date

import pytest

from apps.catalog import actions, queries, queries_in_use, queries_office
from apps.catalog.exporting import standing
from apps.catalog.models import Definition
from apps.catalog.shelf import shelf
from apps.catalog.ways import bundle_ways, lasting, own_ways
from apps.directory.models import Window
from apps.journal.actor import PUBLIC, SYSTEM
from apps.kit.errors import Forbidden, NotYours
from tests import make, people

from .conftest import document, item, load

pytestmark = pytest.mark.django_db
DAY = date(2017, 8, 31)


def found(rows) -> set[str]:
    return {row.definition_id for row in rows}


ITEMS = [
    item("here", zone="shangshi"),
    item("county", zone="minsheng", city_wide="county"),
    item("town", region="330282004"),
    item("off", zone="shangshi", accepting=False),
    item("far", region="330225"),
    item("far-city", region="330200", department="nb-scjg", zone="nb-shangshi", city_wide="city"),
    item("any", city_wide="county"),
]


@pytest.mark.parametrize(
    ("post", "codes"),
    [
        ({"generalist": True}, {"here", "county", "far-city", "any"}),
        ({"zones": ["shangshi"]}, {"here", "far-city", "any"}),
        ({"zones": ["minsheng"]}, {"county", "any"}),
        ({"generalist": True, "node": "330282004"}, {"county", "town", "any", "far-city"}),
        ({"generalist": True, "node": "330200"}, {"far-city"}),
        ({"generalist": True, "node": "330225"}, {"far", "far-city"}),
    ],
)
def test_what_a_clerk_may_accept(regions, post, codes):
    actor = people.actor("clerk", **post) if post.get("node") != "330282004" else _township_clerk()
    assert not load(document(items=ITEMS)).problems
    assert found(queries.acceptable_by(actor, day=DAY)) == codes
    assert {row["code"] for row in ITEMS if queries.may_accept(actor, row["code"], day=DAY)} == codes


def test_one_may_be_accepted_where_it_stands_in_the_list(world):
    """Of the whole catalogue, one-things too: for every counter, all-round or trained for some zones."""
    known = shelf()
    codes = list(Definition.objects.values_list("code", flat=True))
    posts = [people.actor("clerk", node=node) for node in ("330282", "330200", "330281")]
    posts += [people.actor("clerk", zones=["minsheng"]), make.actor("cixi-clerk2"), people.actor("reviewer"), PUBLIC]
    for actor in posts:
        listed = found(queries.acceptable_by(actor))
        assert {code for code in codes if queries.may_accept(actor, code, known=known)} == listed
    assert not queries.may_accept(posts[0], "no-such-item")


def _township_clerk():
    from apps.directory.queries import actor_for

    user = people.account()
    people.actions.give_post(by=SYSTEM, user=user, role="clerk", region="330282004", department=None, generalist=True)
    return actor_for(user)


def test_an_item_that_goes_to_the_township_is_the_county_s_until_then(regions):
    """Published ahead, it was taken from the county's desk at once, and given to the township's."""
    county, town = people.actor("clerk"), _township_clerk()
    load(document("2017-08-31", items=[item()]))
    load(document("2018-01-01", items=[item(region="330282004", level="5")]))
    for day, clerk, other in ((date(2017, 12, 31), county, town), (date(2018, 1, 1), town, county)):
        assert (found(queries.acceptable_by(clerk, day=day)), found(queries.acceptable_by(other, day=day))) == ({"one"}, set())
        assert (queries.may_accept(clerk, "one", day=day), queries.may_accept(other, "one", day=day)) == (True, False)


TOLERABLE = [{"material": "proof", "necessity": "tolerable"}]


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        ({}, []),
        ({"promised_limit": {"days": 0, "unit": "working"}}, ["instant"]),
        ({"promised_limit": {"days": 1, "unit": "working"}}, []),
        ({"commitment_route": True}, ["simplified"]),
        ({"materials": TOLERABLE}, ["simplified"]),
        ({"materials": [{"material": "proof", "necessity": "optional"}]}, []),
        ({"channels": ["counter", "mail"]}, []),
        ({"channels": ["mobile", "agent"]}, ["online", "assisted"]),
        ({"channels": ["kiosk"]}, ["nearby"]),
        ({"level": "5"}, ["nearby"]),
        ({"level": "4", "city_wide": "county"}, ["nearby"]),
        ({"city_wide": "city"}, ["nearby", "choice"]),
        ({"inspection": "joint"}, ["joint"]),
        ({"inspection": "single"}, []),
        ({"contact": {"enquiry": "0574-63000001"}}, []),
        ({"contact": {"enquiry": "0574-63000001", "complaint": "0574-63000002"}}, ["guaranteed"]),
        ({"materials": [{"material": "report", "necessity": "required", "source": "intermediary"}]}, ["choice"]),
        ({"members": [{"item": "a"}]}, ["simplified", "joint"]),
        ({"members": [{"item": "a"}], "promised_limit": {"days": 0, "unit": "working"}}, ["instant", "simplified", "joint"]),
    ],
)
def test_which_of_the_eight_ways(said, ways):
    assert own_ways(said) == ways


def test_a_one_thing_has_the_ways_that_its_lasting_items_share():
    always, asked = {"item": "a"}, {"item": "b", "when": {"q": True}}
    assert (lasting([always, asked]), lasting([asked])) == (["a"], ["b"])
    assert bundle_ways(["joint"], [["online", "nearby", "instant"], ["online", "assisted"]]) == ["online", "joint"]
    assert bundle_ways(["joint"], []) == ["joint"]


def test_nobody_else_accepts_anything(regions):
    people.places()
    assert not load(document(items=ITEMS[:3])).problems
    for actor in (PUBLIC, people.actor("catalogue"), people.actor("reviewer"), people.actor("issue_clerk", generalist=True)):
        assert not queries.acceptable_by(actor, day=DAY).exists() and not queries.may_accept(actor, "here", day=DAY)


def test_a_closed_window_is_not_exported(regions):
    """The file, loaded again, would open it."""
    people.places()
    closed, *open_ones = Window.objects.filter(zone="shangshi").order_by("number")
    Window.objects.filter(pk=closed.pk).update(closed=True)
    assert standing("zones", ["shangshi"])["shangshi"].get("windows", []) == [window.number for window in open_ones]


def test_a_one_thing_of_another_node_is_taken_in_where_all_of_it_may_be(regions):
    """Also what only some of its cases need: of one's own node that can be handed on."""
    members = [{"item": "far-city"}, {"item": "here", "when": [{"situation": "big", "is": True}]}]
    lead = {"department": "office", "criterion": "general_intake"}
    asked = {"code": "big", "question": "面积大吗？", "type": "boolean"}
    people.places()
    whole = {"code": "thing", "name": "一件事", "lead": lead, "situations": [asked], "members": members}
    assert not load(document(items=[ITEMS[0], ITEMS[5]], bundles=[whole])).problems
    for node, taken in ((people.CIXI, True), ("330225", False)):
        clerk = people.actor("clerk", node=node)
        assert ("thing" in found(queries.acceptable_by(clerk, day=DAY)), queries.may_accept(clerk, "thing", day=DAY)) == (taken, taken)


def test_withdrawn_and_drafts_are_not_accepted_or_found(regions):
    actor = people.actor("clerk")
    load(document(items=[item("gone"), item("stays")]))
    load(document(items=[item("draft")]), as_draft=True)
    actions.suspend_definition(by=SYSTEM, code="gone", reason="停", on=DAY)
    assert found(queries.acceptable_by(actor, day=DAY)) == {"stays"}
    assert found(queries.search_definitions(day=DAY)) == {"stays"}


def test_main_and_sub_items(regions):
    load(document(items=[item("main", name="主项"), item("sub", name="子项", main_item="main")]))
    assert queries.guide("sub", DAY)["main_item"] == "主项"
    assert [row["definition_id"] for row in queries.guide("main", DAY)["sub_items"]] == ["sub"]


def test_office_sees_its_node_with_drafts(regions):
    load(document(items=[item("mine"), item("far", region="330225")]))
    load(document(items=[item("draft")]), as_draft=True)
    county, city = people.actor("catalogue"), people.actor("catalogue", node=people.CITY)
    assert {row.code for row in queries_office.office_definitions(county)} == {"mine", "draft"}
    assert {row.code for row in queries_office.office_definitions(city)} == {"mine", "draft", "far"}
    assert {row.code for row in queries_office.office_definitions(city, node="330225")} == {"far"}
    assert queries_office.office_definition(county, "draft").code == "draft"
    with pytest.raises(Forbidden):
        queries_office.office_definitions(people.actor("clerk"))
    load(document(items=[item("secret", region="330225")]), as_draft=True)
    with pytest.raises(NotYours):
        queries_office.office_definition(county, "secret")


def test_batches_count_distinct_items_and_keep_the_withdrawn(regions):
    batches = [
        {"code": "b1", "name": "第一批", "published_on": "2017-02-27", "level": "4"},
        {"code": "b2", "name": "第二批", "published_on": "2017-03-29", "level": "4"},
        {"code": "b3", "name": "第三批", "published_on": "2017-08-03", "level": "4"},
    ]
    load(document("2017-01-01", batches=batches, items=[item("a", batch="b1"), item("b", batch="b1"), item("c")]))
    load(document("2017-03-01", items=[item("b", batch="b2"), item("d", batch="b2")]))
    actions.cancel_definition(by=SYSTEM, code="a", reason="合并", on=date(2017, 6, 1))

    def counts(day):
        rows = queries.batches(day)
        return [(row["batch"].code, row["items"], row["new"], row["cumulative"], row["withdrawn"]) for row in rows]

    assert counts(date(2017, 2, 26)) == []
    assert counts(date(2017, 5, 31)) == [("b1", 2, 2, 2, 0), ("b2", 2, 1, 3, 0)]
    assert counts(date(2017, 6, 1))[-1] == ("b2", 2, 1, 3, 1)  # from the very day on
    assert counts(date(2017, 8, 31)) == [("b1", 2, 2, 2, 1), ("b2", 2, 1, 3, 1), ("b3", 0, 0, 3, 1)]


def test_a_batch_that_lets_an_item_end_withdraws_it(regions):
    """By its last day, without a word of withdrawal; from the day on which another version holds it is in use again."""
    batches = [
        {"code": "b1", "name": "第一批", "published_on": "2017-02-27", "level": "4"},
        {"code": "b2", "name": "第二批", "published_on": "2017-03-29", "level": "4"},
    ]
    load(document("2017-01-01", batches=batches, items=[item("a", batch="b1"), item("b", batch="b1")]))
    ends = {"batch": "b2", "valid_to": "2017-06-30"}
    load(document("2017-04-01", items=[item("a", **ends), item("b", **ends)]))
    load(document("2017-09-01", items=[item("b", batch="b2")]))

    def withdrawn(day):
        return [row["withdrawn"] for row in queries.batches(day)]

    assert withdrawn(date(2017, 6, 30)) == [0, 0]
    assert withdrawn(date(2017, 7, 1)) == [2, 2]
    assert queries_in_use.in_use(date(2017, 7, 1))["items"] == 0
    assert withdrawn(date(2017, 9, 1)) == [1, 1]


def test_items_in_use_leave_out_drafts_and_withdrawn(regions):
    load(document(items=[item("a", at_most_once=True, channels=["counter", "online"]), item("b", max_visits=2, visit_reason="验车"), item("c")]))
    load(document(items=[item("d")]), as_draft=True)
    actions.cancel_definition(by=SYSTEM, code="c", reason="停", on=DAY)
    counted = {"items": 2, "accepting": 2, "at_most_once": 1, "more_often": 1, "zero_visits": 1, "instant": 0, "online": 1, "city_wide": 0}
    assert queries_in_use.in_use(DAY) == counted
    assert list(queries_in_use.in_use_by("node", day=DAY).values()) == [counted]
    for share, number in counted.items():
        assert queries_in_use.items_in_use(share, day=DAY).count() == number


@pytest.mark.parametrize("words", ["ｓｐｊｙ", "ＳＰ", "ｆｏｏｄ-1", "饭店(二手)", "饭店（二手）", "ＡＢ超市", "１号"])
def test_what_is_typed_wide_is_found(regions, words):
    """The input method stands on wide letters, digits or narrow brackets as often as not."""
    names = {"food-1": "食品经营许可", "second": "饭店（二手）变更", "shop": "ＡＢ超市 1号 备案"}
    load(document(items=[item(code, name=name) for code, name in names.items()]))
    for rows in (queries.search_definitions(words, day=DAY), queries_office.office_definitions(SYSTEM, words)):
        assert len({getattr(row, "definition_id", row.pk) for row in rows}) == 1


def test_differences_are_told_by_code():
    old = {"name": "甲", "materials": [{"material": "a.d", "copies": 1}, {"material": "b"}], "basis": ["x"]}
    new = {
        "name": "乙",
        "materials": [{"material": "a.d", "copies": 2}, {"material": "c"}],
        "basis": ["x", "y"],
        "courier": True,
    }
    assert queries_office.differences(old, new) == [
        {"path": ("name",), "old": "甲", "new": "乙"},
        {"path": ("materials", "a.d", "copies"), "old": 1, "new": 2},
        {"path": ("materials", "b"), "old": {"material": "b"}, "new": None},
        {"path": ("materials", "c"), "old": None, "new": {"material": "c"}},
        {"path": ("basis",), "old": ["x"], "new": ["x", "y"]},
        {"path": ("courier",), "old": None, "new": True},
    ]
    swapped = queries_office.differences({"m": [{"code": "a"}, {"code": "b"}]}, {"m": [{"code": "b"}, {"code": "a"}]})
    assert [row["path"] for row in swapped] == [("m（顺序）",)]
