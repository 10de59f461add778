import io
import json

import pytest
from django.core.management import CommandError, call_command

from apps.directory.models import Party, Post, Role, User
from apps.directory.queries import actor_for
from apps.kit.ids import check_citizen_id, check_uscc
from tests.people import nothing_written


def run(*arguments) -> str:
    out = io.StringIO()
    call_command("load_demo", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_without_departments_it_says_what_to_do_first(db):
    call_command("load_regions", stderr=io.StringIO())
    with nothing_written(User, Party), pytest.raises(CommandError, match="load_catalog"):
        run()


def test_never_in_production_unless_forced(world, settings):
    settings.PRODUCTION = True
    with nothing_written(User), pytest.raises(CommandError, match="--force"):
        run()
    run("--force")


def test_twice_changes_nothing_and_what_was_changed_stays(world):
    user = User.objects.get(username="cixi-clerk")
    user.set_password("Ganz-Anderes-9")
    user.save()
    with nothing_written(User, Party, Post):
        run()
    user.refresh_from_db()
    assert user.check_password("Ganz-Anderes-9")


def test_one_primary_account_of_every_role_that_can_sign_in(world, client):
    listed = json.loads(run("--list", "--primary", "--json"))["accounts"]
    roles = set()
    for row in listed:
        user = User.objects.get(username=row["username"])
        roles |= actor_for(user).roles
        client.post("/account/", {"username": row["username"], "password": row["password"]})
        assert client.session["_auth_user_id"] == str(user.pk), row
        client.post("/account/out/")
    assert roles == set(Role.values)
    assert {row["role"] for row in listed} >= {"办事人", "审计员"}


def test_every_department_with_items_can_decide(world):
    from apps.catalog.models import Definition

    wanted = set(Definition.objects.filter(kind="item").values_list("department_id", flat=True))
    for role in ("reviewer", "head", "seal_keeper"):
        assert wanted <= set(Post.objects.filter(role=role).values_list("department_id", flat=True))


def test_the_clerk_may_accept_for_every_zone_and_the_agent_acts_for_the_firm(world):
    assert actor_for(User.objects.get(username="cixi-clerk")).posts[0].generalist
    assert actor_for(User.objects.get(username="cixi-clerk2")).posts[0].zones == {"shangshi", "zonghe"}
    assert len(actor_for(User.objects.get(username="agent")).party_ids) == 2


def test_all_numbers_hold(world):
    for party in Party.objects.all():
        check = check_citizen_id if party.kind == "person" else check_uscc
        assert check(party.id_number) == party.id_number
        if party.legal_rep_id:
            check_citizen_id(party.legal_rep_id)


def test_the_table_for_people(world):
    lines = run("--list").splitlines()
    assert len(lines) == 1 + User.objects.count()
    assert lines[1].split() == [
        "综合窗口受理员",
        "cixi-clerk",
        "Yichuang-2017",
        "陈晓燕",
        "慈溪综合窗口受理（全科，全部板块）",
    ]
