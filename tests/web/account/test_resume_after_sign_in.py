"""What was sent after the session had ended waits for its owner, and for nobody else."""

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
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


def throw_away(client: Client, path: str) -> None:
    assert client.post("/account/resume/", {"path": path}).status_code == 302


def test_it_is_offered_to_the_same_account_and_sent_by_its_hand(cut_off):
    client, row = cut_off
    assert "没有丢" not in client.get("/account/").text
    with nothing_written(Application):
        answer = late(client, row)
    assert answer["Location"].startswith("/account/?next=")
    told = client.get(answer["Location"]).text  # before he wonders, and signs in
    assert "刚才填的内容没有丢" in told and "13805748888" not in told
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


def test_each_page_keeps_its_own(cut_off):
    """Two tabs: the second one's late form does not replace the first one's, a page's later one does; there is an end to it."""
    client, row = cut_off
    first, second = f"/my/{row.pk}/form/1/", f"/my/{row.pk}/handout/"
    late(client, row, contact_mobile="13805741111")
    client.post(second, {"handout__way": "courier"})
    late(client, row)
    assert enter(client, "enterprise")["Location"] == "/account/resume/"
    page = client.get("/account/resume/").text
    assert "一共有 2 张页面的内容" in page and "13805748888" in page and "快递送达" in page and "13805741111" not in page
    late(client, row)
    assert Application.objects.get(pk=row.pk).contact_mobile == "13805748888"
    left = client.get(f"/my/{row.pk}/").text  # wherever he goes then, the other one is not forgotten
    assert "还有 1 张页面的内容" in left and 'href="/account/resume/"' in left
    page = client.get("/account/resume/").text
    assert "快递送达" in page and "13805748888" not in page and "还有 1 张" not in page
    throw_away(client, second)
    assert "没有存上" not in client.get(f"/my/{row.pk}/").text
    Session.objects.all().delete()
    for number in range(kept.MOST + 1):
        client.post(f"{first}?tab={number}", {"contact_mobile": f"1380574900{number}"})
    enter(client, "enterprise")
    page = client.get("/account/resume/").text
    assert page.count("接着提交</button>") == kept.MOST and "13805749000" not in page and "13805749004" in page


def test_it_can_be_thrown_away_and_grows_old(cut_off, time_machine):
    client, row = cut_off
    late(client, row)
    enter(client, "enterprise")
    assert client.post("/account/resume/", {"path": "/another/"})["Location"] == "/account/resume/"
    throw_away(client, f"/my/{row.pk}/form/1/")
    assert client.get("/account/resume/").status_code == 302
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
            throw_away(client, f"/account/{place}")


def test_a_clerk_finds_his_form_again_too(world):
    row = make.accepted()
    client = Client()
    enter(client, "cixi-clerk")
    Session.objects.all().delete()
    client.post(f"/counter/{row.pk}/notes/", {"text": "申请人来电询问进度"}, headers={"referer": "http://testserver/counter/"})
    assert enter(client, "cixi-clerk")["Location"] == "/account/resume/"
    assert "申请人来电询问进度" in client.get("/account/resume/").text


@pytest.mark.parametrize(
    ("page", "piece"), [("/counter/{}/work/", "/counter/{}/save/"), ("/counter/new/", "/counter/party/")]
)
def test_what_a_script_had_sent_goes_on_to_its_page(world, page, piece):
    row = make.draft()
    page, piece = page.format(row.pk), piece.format(row.pk)
    client = Client()
    enter(client, "cixi-clerk")
    Session.objects.all().delete()
    sent = {"draft": "1", "answers__premises_address": "浒山街道9号", "materials__id_card": "in", "applicant__name": "王小明"}
    by_script = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    client.post(piece, sent, headers=by_script)
    assert enter(client, "cixi-clerk")["Location"] == "/account/resume/"
    told = client.get("/account/resume/").text
    assert "<dt>经营场所地址</dt><dd>浒山街道9号</dd>" in told and "<dd>收到</dd>" in told and f'action="{page}"' in told
    assert "这 3 项内容" in told and 'name="draft"' in told
    answer = client.post(page, sent)
    if page.endswith("/work/"):
        assert answer["Location"] == page
        assert Application.objects.get(pk=row.pk).answers["premises_address"] == "浒山街道9号"
    else:
        assert 'value="王小明"' in answer.text
    assert client.get("/account/resume/")["Location"] == "/desk/"


def test_a_scan_that_did_not_come_is_no_page_of_its_own(world):
    """The clerk's page has told him, and stands as he filled it in: what the script sent says nothing to him, and would open a piece of a page."""
    row, client = make.draft(), Client()
    enter(client, "cixi-clerk")
    Session.objects.all().delete()
    work = f"/counter/{row.pk}/work/"
    client.post(work, {"contact_mobile": "13805748888", "do": "save"})
    scan = SimpleUploadedFile("scan.pdf", b"%PDF-1.7")
    client.post(f"/counter/{row.pk}/files/", {"material": "floor_plan", "together": "1", "file": scan}, headers={"referer": f"http://testserver{work}"})
    enter(client, "cixi-clerk")
    page = client.get("/account/resume/").text
    assert "13805748888" in page and f'action="{work}"' in page
    assert "floor_plan" not in page and "2 张页面" not in page


def test_files_alone_are_told_as_not_come(cut_off):
    client, row = cut_off
    scan = SimpleUploadedFile("房产证.pdf", b"%PDF-1.7")
    page = f"/my/{row.pk}/materials/"
    client.post(page, {"once": "a-key", "file": scan}, headers={"referer": f"http://testserver{page}"})
    assert enter(client, "enterprise")["Location"] == "/account/resume/"
    told = client.get("/account/resume/").text
    assert "选的 1 个文件没有上传" in told and "接着提交" not in told
    assert client.post("/account/resume/", {"path": page})["Location"] == page


@pytest.mark.parametrize(
    ("who", "page", "sent", "said"),
    [
        ("scjg-head", "/review/{}/decide/", {"decision": "refuse", "reason": "不符合规定的条件"}, "<dt>决定</dt><dd>不予</dd>"),
        ("enterprise", "/my/{}/handout/", {"handout__way": "courier"}, "<dt>领取方式</dt><dd>快递送达</dd>"),
        ("cixi-issue", "/issue/{}/", {"relation": "legal_rep"}, "<dt>谁来领取</dt><dd>法定代表人</dd>"),
        ("cixi-admin", "/people/{}/give/", {"role": "reviewer"}, "<dt>岗位</dt><dd>审批人员</dd>"),
    ],
)
def test_what_was_chosen_is_told_in_words_before_it_is_sent(world, who, page, sent, said):
    job = make.concluded()
    client = Client()
    enter(client, who)
    Session.objects.all().delete()
    client.post(page.format(job.pk if "review" in page else job.application_id), {"once": "a-key", **sent})
    assert enter(client, who)["Location"] == "/account/resume/"
    assert said in client.get("/account/resume/").text


def test_a_button_alone_is_pressed_again_on_its_page(world):
    job = make.job_of(make.accepted())
    client = Client()
    enter(client, "scjg-reviewer")
    Session.objects.all().delete()
    page = f"/review/{job.pk}/"
    answer = client.post(f"{page}claim/", {"once": "a-key"}, headers={"referer": f"http://testserver{page}?back=1"})
    assert client.post(answer["Location"], {"username": "scjg-reviewer", "password": "Yichuang-2017"})["Location"] == f"{page}?back=1"


@pytest.mark.parametrize("named", ["http://testserver//evil.example/x", "http://evil.example/counter/", "http://[evil.example"])
def test_what_was_typed_goes_nowhere_but_here(world, named):
    row = make.draft()
    client = Client()
    enter(client, "cixi-clerk")
    Session.objects.all().delete()
    client.post(f"/counter/{row.pk}/save/", {"draft": "1", "materials__id_card": "in"}, headers={"HX-Request": "true", "HX-Current-URL": named})
    enter(client, "cixi-clerk")
    told = client.get("/account/resume/").text
    assert f'action="/counter/{row.pk}/save/"' in told and "evil" not in told
