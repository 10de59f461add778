"""What was sent after the session had ended waits for its owner, and for nobody else."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from apps.applications.models import Application
from apps.directory.models import Mandate, User
from apps.kit.time import now
from apps.web import kept
from tests import make
from tests.people import nothing_written


def enter(client: Client, username: str, **more):
    return client.post("/account/", {"username": username, "password": "Yichuang-2017", **more})


@pytest.fixture
def cut_off(world):
    """(client, draft): an enterprise's browser whose session has just been deleted."""
    row = make.from_home(submit=False)
    client = Client()
    assert enter(client, "enterprise")["Location"] == "/desk/"
    Session.objects.all().delete()
    return client, row


def late(client: Client, row: Application, **more):
    return client.post(f"/my/{row.pk}/form/1/", {"contact_mobile": "13805748888", **more})


def test_it_is_offered_to_the_same_account_and_sent_by_its_hand(cut_off):
    client, row = cut_off
    with nothing_written(Application):
        answer = late(client, row)
    assert answer["Location"].startswith("/account/?next=")
    assert enter(client, "enterprise")["Location"] == "/account/resume/"
    page = client.get("/account/resume/").text
    assert "13805748888" in page and f'action="/my/{row.pk}/form/1/"' in page
    assert Application.objects.get(pk=row.pk).contact_mobile == make.MOBILE  # looking saves nothing
    late(client, row)
    assert Application.objects.get(pk=row.pk).contact_mobile == "13805748888"
    assert client.get("/account/resume/")["Location"] == "/desk/"  # done, no longer offered


def test_nobody_else_who_signs_in_there_sees_it(cut_off):
    client, row = cut_off
    late(client, row)
    assert enter(client, "citizen")["Location"] == "/desk/"
    assert client.get("/account/resume/")["Location"] == "/desk/"
    client.post("/account/out/")
    assert enter(client, "enterprise")["Location"] == "/desk/"  # thrown away, not kept for later


def test_it_can_be_thrown_away_and_grows_old(cut_off, time_machine):
    client, row = cut_off
    late(client, row)
    enter(client, "enterprise")
    answer = client.post("/account/resume/", headers={"referer": "http://testserver/account/resume/"})
    assert answer.status_code == 302 and client.get("/account/resume/").status_code == 302
    Session.objects.all().delete()
    late(client, row)
    time_machine.move_to(now().timestamp() + kept.SECONDS + 60)
    assert enter(client, "enterprise")["Location"] == "/desk/"


@pytest.mark.parametrize(
    "more", [{"password": "geheim"}, {"answers__business_scope": "长" * kept.LIMIT}], ids=["secret", "too long"]
)
def test_what_is_secret_or_too_long_is_not_kept(cut_off, more):
    client, row = cut_off
    late(client, row, **more)
    assert enter(client, "enterprise")["Location"] == "/desk/"


def test_a_browser_on_which_nobody_signed_in_keeps_nothing(world):
    row = make.from_home(submit=False)
    stranger = Client()
    late(stranger, row)
    stranger.cookies[kept.SEAT] = "1:forged:note"
    late(stranger, row)
    assert not Session.objects.exists()


def test_of_the_accounts_own_pages_only_the_mandates_are_kept(world):
    client = Client()
    enter(client, "citizen")
    for place, sent, kept_for_him in (
        ("identities/handler/", {"name": "钱二", "scope": "食品经营许可"}, True),
        ("notices/email/", {"email": "wang@example.cn", "code": "123456"}, False),
        ("password/", {"old": "geheim-eins", "new": "geheim-zwei", "again": "geheim-zwei"}, False),
        ("data/close/", {"password": "geheim"}, False),
    ):
        Session.objects.all().delete()
        with nothing_written(User, Mandate):
            assert client.post(f"/account/{place}", sent)["Location"].startswith("/account/?next="), place
        assert enter(client, "citizen")["Location"] == ("/account/resume/" if kept_for_him else "/desk/"), place
        if kept_for_him:
            assert "食品经营许可" in client.get("/account/resume/").text
            client.post("/account/resume/")


def test_a_clerk_finds_his_form_again_too(world):
    row = make.accepted()
    client = Client()
    enter(client, "cixi-clerk")
    Session.objects.all().delete()
    client.post(f"/counter/{row.pk}/notes/", {"text": "申请人来电询问进度"}, headers={"referer": "http://testserver/counter/"})
    assert enter(client, "cixi-clerk")["Location"] == "/account/resume/"
    assert "申请人来电询问进度" in client.get("/account/resume/").text


def test_what_a_script_had_sent_goes_on_to_the_page_of_the_intake(world):
    row = make.draft()
    client = Client()
    enter(client, "cixi-clerk")
    Session.objects.all().delete()
    address, typed = f"/counter/{row.pk}/save/", {"draft": "1", "answers__premises_address": "浒山街道9号", "materials__id_card": "in"}
    client.post(address, typed, headers={"HX-Request": "true"})
    assert enter(client, "cixi-clerk")["Location"] == "/account/resume/"
    told = client.get("/account/resume/").text
    assert "<dt>经营场所地址</dt><dd>浒山街道9号</dd>" in told and "<dd>收到</dd>" in told and 'name="draft"' in told
    assert "这 2 项内容" in told
    assert client.post(address, typed)["Location"] == f"/counter/{row.pk}/work/"
    assert Application.objects.get(pk=row.pk).answers["premises_address"] == "浒山街道9号"


def test_a_button_alone_is_pressed_again_on_its_page(world):
    job = make.job_of(make.accepted())
    client = Client()
    enter(client, "scjg-reviewer")
    Session.objects.all().delete()
    client.post(f"/review/{job.pk}/claim/", {"once": "a-key"})
    assert enter(client, "scjg-reviewer")["Location"] == "/desk/"  # its own page is opened again, nothing waits
