"""Who types a part of a name finds what has it, whatever index narrows the search; who types something else finds nothing."""

import pytest
from django.db.models import F

from apps.applications import queries, queries_review
from apps.applications.models import Application
from apps.catalog.models import DefinitionVersion, Revision
from apps.directory import actions
from apps.kit.paging import keyset_page
from tests import make


@pytest.fixture
def case(world):
    case = make.accepted()
    Application.objects.filter(pk=case.pk).update(applicant_name="慈溪Abc海 波食品有限公司")
    return Application.objects.select_related("applicant").get(pk=case.pk)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("慈溪Abc海 波食品有限公司", True),
        ("aBC", True),
        ("海 波", True),
        ("有限公司", True),
        ("食品有限公司", True),
        ("波食", True),
        ("营许", True),
        ("波", True),
        (" 慈溪 ", True),
        ("海波", False),
        ("溪慈", False),
        ("司食", False),
        ("食有限公司", False),
        ("食品许可", False),
        ("%", False),
    ],
)
def test_a_part_of_a_name_finds_it(case, words, found):
    assert queries.find(make.actor("cixi-clerk"), words).filter(pk=case.pk).exists() is found


def test_an_item_is_found_by_the_name_that_it_had_and_not_by_one_of_its_others(case):
    """The words are looked for in what the case is called, by the codes of what is or was called so."""
    clerk, version = make.actor("cixi-clerk"), DefinitionVersion.objects.get(definition=case.code)
    first, second = "食品经营许可Abc（新办）", "食品经营登记"
    for name in (second, first):
        version.pk, version.number, version.content = None, version.number + 1, version.content | {"name": name}
        version.state = "replaced"
        version.save()
    Revision.objects.update(number=F("number") + 1)
    Application.objects.filter(pk=case.pk).update(name=first)
    assert {words: queries.find(clerk, words).exists() for words in ("许可aBc（新", "营许", "营登记", "无此事")} == {
        "许可aBc（新": True, "营许": True, "营登记": False, "无此事": False,
    }  # fmt: skip
    assert not queries.find_named(clerk, "营许").exists()


def test_a_name_is_found_by_any_of_the_dots(case):
    made = actions.save_party(by=make.actor("cixi-clerk"), kind="enterprise", name="慈溪阿依努尔•买买提烤馕坊", id_number=case.applicant.id_number)
    for words, stored in (("尔.买", made.name), ("尔·买买", made.name), ("努尔·买买", "阿依努尔.买买提"), ("努尔.买买", "阿依努尔．买买提")):
        Application.objects.filter(pk=case.pk).update(applicant_name=stored)  # also as it was written before names had one dot
        assert queries.find(make.actor("cixi-clerk"), words).get() == queries.find_named(make.actor("cixi-clerk"), words).get() == case
        assert queries_review.filtered_jobs(queries_review.inbox(make.actor("scjg-reviewer")), words=words).exists()


def test_a_number_finds_it_whole_or_begun_and_so_does_the_applicants(case):
    for words in (case.number, case.number[:12], case.applicant.id_number):
        assert queries.find(make.actor("cixi-clerk"), words).filter(pk=case.pk).exists()
        assert not queries.find(make.actor("gongan-reviewer"), words).exists()


def test_of_a_day_the_newest_number_comes_first_page_by_page(case):
    clerk, others = make.actor("cixi-clerk"), [make.received().number for _ in range(2)]
    words = case.number[:14]
    places = queries.order(words)
    first = keyset_page(queries.find(clerk, words), places, size=2)
    second = keyset_page(queries.find(clerk, words), places, first.next, size=2)
    assert [row.number for row in first.rows + second.rows] == sorted([case.number, *others], reverse=True)
    assert queries.order("") == queries.order("慈溪") == queries.order(case.applicant.id_number) == ("-id",)
