"""The issue desk's lists cost the same however long they are; a hand-over and a registration stay within a move's cost."""

import pytest
from django.urls import reverse

from apps.deadlines.models import Clock
from tests import make
from tests.applications.test_reissue_certificate import a_whole_at_the_desk

from .test_hand_over_results import address, sent

pytestmark = pytest.mark.django_db(transaction=True)
LIST, MOVE = 6, 14


def test_lists(at, statements):
    make.sealed()
    make.collected()
    make.decided()
    clerk, keeper = at("cixi-issue"), at("scjg-seal")
    for _ in range(2):
        for who, name in ((clerk, "issue:home"), (clerk, "issue:register"), (keeper, "issue:seal")):
            who.get(reverse(name))
            with statements(LIST) as ran:
                assert who.get(reverse(name)).status_code == 200
            of_clocks = [one["sql"] for one in ran if f'FROM "{Clock._meta.db_table}"' in one["sql"]]
            assert all('"root_id" IN' in sql for sql in of_clocks) and bool(of_clocks) == (name == "issue:home")  # there is an index of it
        make.sealed()
        make.decided()
        make.collected()


def test_a_whole_costs_what_one_result_costs(at, statements):
    client = at("cixi-issue")
    for page in (address(make.sealed()), address(a_whole_at_the_desk("together")[0])):
        client.get(page)
        with statements(LIST):
            assert client.get(page).status_code == 200


def test_hand_over(at, statements):
    member, client = make.sealed(), at("cixi-issue")
    client.get(address(member))
    with statements(MOVE):
        assert client.post(address(member), sent(member, once="k")).status_code == 302


def test_seal(at, statements):
    member, client = make.decided(), at("scjg-seal")
    make.filed(member.application_id)
    client.get(reverse("issue:seal"))
    with statements(MOVE):
        answer = client.post(reverse("issue:seal_register"), {"members": [member.pk], "seal_number": "3302821000001"})
    assert "已登记 1 件" in answer.text
