"""Lists and addresses over the API: masked and paged, what is not yours does not exist, a question that is not known is refused by name."""

from __future__ import annotations

import pytest

from apps.applications.models import Application
from tests import make


def test_what_is_not_yours_does_not_exist(call):
    row = make.received()
    for name in ("city-clerk", "scjg-reviewer", "wsjs-reviewer", "cixi-auditor", "cixi-catalogue", "citizen"):
        caller = call(name)
        assert caller.raw("get", f"applications/{row.pk}/").status_code == 404, name
        assert caller.raw("post", f"applications/{row.pk}/accept/", {}).status_code == 404, name
        assert caller.get("applications/")["results"] == [], name
    assert Application.objects.get(pk=row.pk).state == "received"


def test_lists_mask_and_page(call):
    for _ in range(3):
        make.received()
    clerk = call("cixi-clerk")
    first = clerk.get("applications/?size=2")
    assert len(first["results"]) == 2 and first["next"]
    second = clerk.get(f"applications/?size=2&page={first['next']}")
    assert len(second["results"]) == 1 and second["next"] is None
    back = clerk.get(f"applications/?size=2&page={second['previous']}")
    assert back["results"] == first["results"] and back["next"] and back["previous"] is None  # a mark tells its second


@pytest.mark.parametrize("size", ["0", "101", "-1", "ten", "9" * 30, "1_0", "１０"])
def test_a_size_that_is_not_offered_is_told_and_not_bent(call, size):
    answer = call("cixi-clerk").raw("get", f"applications/?size={size}")
    assert answer.status_code == 422 and "1 到 100" in answer.content.decode()
    assert answer.json()["errors"][0]["field"] == "size"


@pytest.mark.parametrize("size", ["1", "100"])
def test_the_ends_of_the_offered_sizes(call, size):
    assert call("cixi-clerk").get(f"applications/?size={size}")["results"] == []


@pytest.mark.parametrize(
    ("caller", "path", "field"),
    [
        *((None, f"items/?{name}=%00", name) for name in ("q", "region", "audience", "theme", "kind", "department", "way")),
        (None, "items/%00/", "code"),
        (None, "verify/a%00b/", "code"),
        *(("cixi-clerk", f"applications/?{name}=%00", name) for name in ("q", "state", "light", "code", "department")),
        ("cixi-supervisor", "board/?node=%00", "node"),
    ],
)
def test_a_null_character_in_the_address_is_refused_by_name(call, caller, path, field):
    answer = call(caller).raw("get", path)
    assert answer.status_code == 422 and answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("caller", "path", "field"),
    [
        (None, "items/?kind=foo", "kind"),
        (None, "items/?audience=everybody", "audience"),
        (None, "items/?way=never", "way"),
        (None, "items/?sort=name", "sort"),
        (None, "items/food-licence/?asof=2017-01-01", "asof"),
        ("cixi-clerk", "applications/?state=received,nix", "state"),
        ("cixi-clerk", "applications/?light=purple", "light"),
        ("cixi-clerk", "applications/?ordering=-id", "ordering"),
        ("cixi-clerk", "applications/?since=2026-02-01&until=2026-01-31", "since"),
        ("cixi-supervisor", "board/?since=2026-02-01&until=2026-01-31", "since"),
        ("scjg-reviewer", "jobs/?queue=inbox&state=open", "state"),
        ("scjg-reviewer", "opinions/?over=maybe", "over"),
        ("citizen", "messages/?unread=maybe", "unread"),
    ],
)
def test_a_question_that_a_list_does_not_know_is_refused_by_name(call, caller, path, field):
    answer = call(caller).raw("get", path)
    assert answer.status_code == 422, answer.content.decode()
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_question_that_a_list_knows_is_answered(call):
    make.received()
    clerk = call("cixi-clerk")
    assert len(clerk.get("applications/?state=received,checking&light=&format=json")["results"]) == 1
    assert clerk.get("applications/?state=done")["results"] == []
    assert call("citizen").get("messages/?unread=True")["results"] == []
