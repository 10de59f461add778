"""From home: a draft as a list of tasks, kept as it is typed, handed in; the pre-check; the supplement."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.applications import actions
from apps.applications.actions import checklist
from apps.applications.models import Application, Attachment, MaterialEntry
from apps.directory.models import Message, Party
from apps.kit.errors import Refused
from apps.kit.masking import mask_mobile
from apps.kit.time import now, today
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written
from tests.web.conftest import client_of as browser

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xdc\xccY\xe7\x00\x00\x00\x00IEND\xaeB`\x82"
)


def begin(client: Client, code=make.FOOD, principal="91330282MA2A00001K", **query) -> Application:
    party = Party.objects.get(id_number=principal)
    answer = client.post(f"/apply/{code}/", {"principal": party.pk}, query_params=query)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return Application.objects.get(pk=int(answer["Location"].strip("/").split("/")[-1]))


def fill_all(client: Client, row: Application) -> None:
    given = {f"answers__{code}": _typed(value) for code, value in make.answers_for(row.plan).items()}
    given["contact_mobile"] = make.MOBILE
    from apps.web.citizen.filling import groups_of

    for place in range(1, len(groups_of(row)) + 1):
        assert client.post(f"/my/{row.pk}/form/{place}/", given).status_code == 302


def _typed(value):
    return str(value).lower() if isinstance(value, bool) else value


def fresh(row: Application) -> Application:
    return Application.objects.get(pk=row.pk)


def upload(client: Client, row: Application, code: str, content: bytes = PNG, name="a.png"):
    file = SimpleUploadedFile(name, content)
    return client.post(f"/my/{row.pk}/materials/{code}/", {"file": [file]})


def test_from_the_guide_to_the_receipt(world):
    client = browser("enterprise")
    assert "网上申请" in client.get(f"/items/{make.FOOD}/").content.decode()
    row = begin(client)
    page = client.get(f"/my/{row.pk}/").content.decode()
    assert "核对并提交" in page and "还不能开始" in page
    fill_all(client, row)
    for entry in row.materials.exclude(code="floor_plan"):
        assert upload(client, row, entry.code).status_code == 302
    client.post(f"/my/{row.pk}/promise/floor_plan/", {"promised": "1"})
    with nothing_written(Application):  # without the declaration nothing is handed in
        assert client.post(f"/my/{row.pk}/check/", {}).status_code == 422
    assert client.post(f"/my/{row.pk}/check/", {"declared": "on", "wants_sms": "on"}).status_code == 302
    row = fresh(row)
    assert (row.state, row.receipt_date, row.channel) == ("received", today(), "online")
    assert (row.wants_sms, row.wants_mail) == (True, False)
    assert row.number and row.notice_due
    make.deliver_all()
    assert Message.objects.filter(party=row.applicant, root_id=row.pk).count() == 1
    told = client.get(f"/my/{row.pk}/").content.decode()
    assert row.number in told and "收件凭证" in told and "已承诺后补" in told
    accepted = actions.accept(by=make.actor("cixi-clerk"), application=row.pk, promised=["floor_plan"])
    assert accepted.state == "in_progress"


def test_what_is_right_is_kept_and_what_is_wrong_is_named(world):
    client = browser("enterprise")
    row = begin(client)
    from apps.web.citizen.filling import groups_of

    place = next(i for i, (_, es) in enumerate(groups_of(row), 1) if any(e["element"] == "premises_area" for e in es))
    answer = client.post(
        f"/my/{row.pk}/form/{place}/", {"answers__premises_area": "很大", "answers__premises_address": "白沙路 1 号"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "很大" in page and "error" in page
    row = fresh(row)
    assert row.answers == {"premises_address": "白沙路 1 号"}
    # While it is typed a script sends the same page.
    told = client.post(
        f"/my/{row.pk}/form/{place}/",
        {"answers__premises_area": "80", "answers__premises_address": "白沙路 1 号"},
        headers={"X-Autosave": "1"},
    )
    assert told.json() == {"saved": True, "faults": [], "stood": ""}
    told = client.post(f"/my/{row.pk}/form/{place}/", {"answers__premises_area": "-80"}, headers={"X-Autosave": "1"})
    assert told.json() == {"saved": True, "faults": ["“使用面积（平方米）”不能小于 0，现为 -80。"], "stood": ""}
    client.post(f"/my/{row.pk}/form/{place}/", {"answers__premises_address": "白沙路 1 号"})
    other = browser("enterprise")  # another device
    assert "白沙路 1 号" in other.get(f"/my/{row.pk}/form/{place}/").content.decode()


def test_a_strangers_draft_does_not_exist(world):
    row = begin(browser("enterprise"))
    stranger = browser("citizen")
    for page in ("", "situations/", "form/1/", "materials/", "check/", "discard/", "supplement/", "withdraw/"):
        assert stranger.get(f"/my/{row.pk}/{page}").status_code == 404, page
    with nothing_written(Attachment, MaterialEntry):
        assert upload(stranger, row, "id_card").status_code == 404
    assert Client().get(f"/my/{row.pk}/").status_code == 302
    assert browser("cixi-clerk").get("/my/").status_code == 403


@pytest.mark.parametrize(
    ("content", "name", "word"),
    [
        (b"", "empty.png", "空"),
        (b"<html><script>alert(1)</script>", "a.png", "只接收"),
        (b"MZ\x90\x00" + b"\x00" * 60, "a.pdf", "只接收"),
        (b"%PDF-1.4 /Encrypt x", "a.pdf", "密码"),
        (b"%PDF-1.4 /J#61vaScript x", "a.pdf", "可执行"),
        (b"PK\x03\x04" + b"\x00" * 60, "../../etc/a.docx", "只接收"),
    ],
)
def test_a_hostile_file_is_refused_in_words(world, content, name, word):
    client = browser("enterprise")
    row = begin(client)
    with nothing_written(Attachment):
        answer = upload(client, row, "id_card", content, name)
    assert answer.status_code == 422 and answer.text.count(word) > 1  # above the title and at the material
    assert 'href="#upload_file_id_card">居民身份证：' in answer.text


def test_of_several_refused_files_each_is_told_in_a_line_of_its_own(world):
    client = browser("enterprise")
    row = begin(client)
    given = [SimpleUploadedFile("a.png", b""), SimpleUploadedFile("b.pdf", b"MZ" + b"\x00" * 60)]
    with nothing_written(Attachment):
        page = client.post(f"/my/{row.pk}/materials/id_card/", {"file": given}).text
    assert page.count('href="#upload_file_id_card">居民身份证：') == 2  # above the title
    assert re.search(r'id="upload_file_id_card_error">.*a\.png：.*<br>b\.pdf：.*</p>', page)


def test_what_is_sent_twice_lies_once(world):
    client, clerk, row = browser("enterprise"), make.actor("cixi-clerk"), make.from_home(submit=False)
    for _ in range(2):
        assert upload(client, row, "id_card").status_code == 302
    assert row.attachments.count() == 1
    row.materials.exclude(state="expected").update(state="supplied")
    actions.submit(by=make.actor("enterprise"), application=row.pk)
    actions.receive(by=clerk, application=row.pk)
    bad = {"id_card": {"state": "rejected", "remark": "照片看不清"}}
    actions.ask_supplement(by=clerk, application=row.pk, gaps=[{"material": "id_card"}], materials=bad)
    for _ in range(2):  # what was handed in before does not stand for what comes now
        assert upload(client, fresh(row), "id_card").status_code == 302
    assert row.attachments.count() == 2
    actions.take_supplement(by=clerk, application=row.pk, materials=bad)
    assert upload(client, fresh(row), "id_card").status_code == 302  # nothing that was judged bad stands for it: else it went for nothing
    assert (row.attachments.count(), row.materials.get(code="id_card").state) == (3, "supplemented")


def test_what_is_filled_in_is_the_application_form_and_no_other_form(world):
    """A promise that nobody signed, or a mandate that nobody gave, was received as in hand."""
    row = make.from_home("small-catering-registration", submit=False)
    assert "告知承诺书：没有上传" in browser("enterprise").get(f"/my/{row.pk}/check/").content.decode()
    states = dict(actions.receive(by=make.actor("enterprise"), application=row.pk).materials.values_list("code", "state"))
    assert (states["application_form"], states["commitment_letter"]) == ("supplied", "missing")
    applied = ("登记（备案）申请书", "残疾人证申请（审批）表", "居民身份证申领(换领)表", "资格审查表", "行政确认书")
    others = ("授权委托书", "申请材料真实性承诺书", "送达地址确认书", "登记人员清单")
    assert [name for name in (*applied, *others) if checklist.APPLICATION_FORM.search(name)] == list(applied)


def test_the_pre_check_is_no_receipt(world):
    client = browser("enterprise")
    row = begin(client)
    fill_all(client, row)
    client.post(f"/my/{row.pk}/check/", {"declared": "on", "pre_check": "1"})
    row = fresh(row)
    assert (row.state, row.number, row.receipt_date) == ("submitted", None, None)
    page = client.get(f"/my/{row.pk}/").content.decode()
    assert "申请表&ensp;<span class=\"soft\">按填写的内容生成" in page  # not 未交
    # Nobody is told to wait for a receipt that comes only when he hands it in for good, or to tell a number that is not given yet.
    assert "网上提交预审" in page and "预审不是收件" in page and "等待窗口收件" not in page and "报办件编号" not in page
    desk = browser("cixi-clerk")
    assert row.name in desk.get("/counter/pre-checks/").content.decode()
    key = {"once": desk.get(f"/counter/pre-checks/{row.pk}/").context["begin"]["once"].value()}
    for _ in range(2):  # clicked twice
        assert desk.post(f"/counter/pre-checks/{row.pk}/begin/", key)["Location"] == f"/counter/pre-checks/{row.pk}/"
    late = desk.post(f"/counter/pre-checks/{row.pk}/begin/")  # of who began at the same moment, or on a page from before
    assert late.status_code == 409 and "现在是“预审中”" in late.text and "预审结论" in late.text
    assert "预审结论" in desk.get(f"/counter/pre-checks/{row.pk}/").content.decode()
    with nothing_written(Application):
        assert desk.post(f"/counter/pre-checks/{row.pk}/return/", {"reason": ""}).status_code == 422
    desk.post(f"/counter/pre-checks/{row.pk}/return/", {"reason": "平面图没有标出操作间"})
    page = client.get(f"/my/{row.pk}/").content.decode()
    assert "平面图没有标出操作间" in page
    client.post(f"/my/{row.pk}/check/", {"declared": "on", "pre_check": "1"})
    desk.post(f"/counter/pre-checks/{row.pk}/begin/")
    assert desk.post(f"/counter/pre-checks/{row.pk}/pass/").status_code == 302
    assert "等申请人来" in desk.get("/counter/pre-checks/").content.decode()
    assert "正式提交" in client.get(f"/my/{row.pk}/").content.decode()
    assert client.post(f"/my/{row.pk}/for-good/").status_code == 302
    row = fresh(row)
    assert row.state == "received" and row.receipt_date == today()


# —— the supplement ——


@pytest.fixture
def awaiting(world):
    client = browser("enterprise")
    row = begin(client)
    fill_all(client, row)
    for entry in row.materials.exclude(code="premises_proof"):
        upload(client, row, entry.code)
    client.post(f"/my/{row.pk}/check/", {"declared": "on"})
    actions.ask_supplement(
        by=make.actor("cixi-clerk"), application=row.pk, gaps=[{"material": "premises_proof", "requirement": "产权证"}]
    )
    return client, Application.objects.get(pk=row.pk)


def test_a_supplement_from_home_is_accepted_as_of_the_day_it_came(awaiting):
    client, row = awaiting
    assert "产权证" in client.get(f"/my/{row.pk}/supplement/").content.decode()
    with nothing_written(Application):
        early = client.post(f"/my/{row.pk}/supplement/hand-in/")
    assert early.status_code == 422 and early.text.count("”还没有上传") == 2 and 'href="#upload_file_premises_proof"' in early.text
    assert upload(client, row, "premises_proof").status_code == 302
    assert client.post(f"/my/{row.pk}/supplement/hand-in/").status_code == 302
    row = fresh(row)
    came = today()
    assert (row.state, row.supplemented_on) == ("checking", came)
    with time_machine.travel(now() + timedelta(days=2)):
        done = actions.accept(by=make.actor("cixi-clerk"), application=row.pk)
    assert (done.state, done.accepted_on) == ("in_progress", came)


def test_silence_after_a_supplement_is_acceptance_as_of_that_day(awaiting):
    client, row = awaiting
    upload(client, row, "premises_proof")
    client.post(f"/my/{row.pk}/supplement/hand-in/")
    row = fresh(row)
    came = row.supplemented_on
    with time_machine.travel(now() + timedelta(days=30)):
        assert actions.lapse(application=row.pk) is False
        assert actions.deem_accepted(application=row.pk) is True
    row = fresh(row)
    assert (row.deemed, row.accepted_on) == (True, came)


def test_there_is_no_second_notice_after_a_supplement(awaiting):
    client, row = awaiting
    upload(client, row, "premises_proof")
    client.post(f"/my/{row.pk}/supplement/hand-in/")
    from apps.kit.errors import WrongState

    with nothing_written(Application), pytest.raises(WrongState):
        actions.ask_supplement(by=make.actor("cixi-clerk"), application=row.pk, gaps=[{"material": "premises_proof"}])


def test_what_came_is_shown_by_a_file_and_not_by_a_word(world):
    """Through the interface as well: an applicant neither ticks off nor waives what he is asked for."""
    row, program = make.from_home(submit=False), Caller("enterprise")
    line = row.materials.exclude(state="expected").filter(necessity="tolerable").first()
    for said in ({"state": "supplied"}, {"state": "confirmed"}, {"state": "waived", "remark": "免交"}, {"originals": 1}, {"copies": 2}):
        with nothing_written(Application, MaterialEntry):
            told = program.post(f"applications/{row.pk}/save/", {"materials": {line.code: said}}, expect=422)
        assert (told["code"], told["errors"][0]["field"]) == ("material.not_yours", f"materials.{line.code}"), said
    program.post(f"applications/{row.pk}/save/", {"materials": {line.code: {"promised": True}}})
    assert MaterialEntry.objects.get(pk=line.pk).promised


# —— the form and its last page ——


def test_each_page_of_an_application_says_of_which(world):
    """Two drafts stand open on two tabs; who listens hears the title alone."""
    row, client = make.from_home(submit=False), browser("enterprise")
    told = [client.get(f"/my/{row.pk}/{part}/").text.partition("<title>")[2].partition(" - ")[0] for part in ("form/1", "materials", "handout", "check")]
    assert all(title.endswith(f"：{row.name}") for title in told) and "（1/" in told[0]
    assert [title.partition("：")[0] for title in told[1:]] == ["上传材料", "领取方式", "核对并提交"]


def test_the_last_look_asks_for_nothing_that_nobody_uploads(world):
    client = browser("enterprise")
    row = begin(client)
    fill_all(client, row)
    form = next(line["name"] for line in row.plan["materials"] if line["kind"] == "form")
    for entry in row.materials.exclude(code="floor_plan"):
        if entry.name != form:
            upload(client, row, entry.code)
    page = client.get(f"/my/{row.pk}/check/").content.decode()
    assert "还有材料没有上传" in page and f"{form}：按以上内容生成，不用上传" in page  # the floor plan is neither here nor promised
    client.post(f"/my/{row.pk}/promise/floor_plan/", {"promised": "1"})
    page = client.get(f"/my/{row.pk}/check/").content.decode()
    assert "没有上传" not in page and "承诺后补" in page


def answer_all(citizen, row: Application, **more) -> Application:
    lawful = {"boolean": "true", "integer": "30", "decimal": "30"}
    while asked := [one for one in row.plan["situations"] if one["code"] not in row.plan["answers"]]:
        given = {one["code"]: lawful.get(one["type"]) or one["choices"][0]["value"] for one in asked}
        row = actions.save_draft(by=citizen, application=row.pk, situations={**row.plan["answers"], **given})
    return actions.save_draft(by=citizen, application=row.pk, answers=make.answers_for(row.plan), **more)


def test_the_last_look_shows_how_several_results_come(world):
    client, row = browser("citizen"), make.from_home("newborn", by="citizen", submit=False)
    answer_all(make.actor("citizen"), row, issue="together")
    assert "全部办好，一次领取" in client.get(f"/my/{row.pk}/check/").text
    page = client.post(f"/my/{row.pk}/check/", {"declared": "on"}, follow=True).text
    assert "已收件" in page and "全部办好，一次领取" in page


def test_questions_left_open_keep_it_from_being_handed_in(world):
    """As at the counter: what an open question would ask for stood in no list, and the case went in without it."""
    client, citizen = browser("enterprise"), make.actor("enterprise")
    row = make.from_home("open-restaurant", submit=False)
    assert row.plan["answers"] == {}
    plain = make.from_home(submit=False)  # asks nothing: whoever kept the address is not left before an empty page
    assert client.get(f"/my/{plain.pk}/situations/")["Location"] == f"/my/{plain.pk}/"
    assert "个问题没有回答" in client.post(f"/my/{row.pk}/situations/", {"s_": ""}, follow=True).text
    assert client.post(f"/my/{row.pk}/check/", {"declared": "on"}, follow=True).redirect_chain == [(f"/my/{row.pk}/", 302)]
    for door in (actions.submit, actions.receive):  # the page alone held it back, a program went by
        with pytest.raises(Refused, match="请先回答办理情形的问题") as told:
            door(by=citizen, application=row.pk)
        assert told.value.field == "situations" and fresh(row).number is None
    answer_all(citizen, row)
    client.post(f"/my/{row.pk}/check/", {"declared": "on"})
    assert fresh(row).number


def test_ones_own_phone_is_the_one_that_signs_in(world):
    """The counter keeps another for the enterprise."""
    make.accepted()
    page = browser("enterprise").get("/account/data/").text
    assert f"<dt>手机号</dt><dd>{mask_mobile(make.user('enterprise').mobile)}</dd>" in page
    assert f"<dt>联系电话</dt><dd>{mask_mobile(make.APPLICANT['mobile'])}</dd>" in page


def test_what_is_over_is_due_no_more(world):
    make.decided()
    page = browser("enterprise").get("/my/").text
    assert "已办结" in page and "前办结" not in page


def test_applications_are_not_begun_without_end(world, settings):
    settings.LIMITS = settings.LIMITS | {"draft": settings.LIMITS["draft"]._replace(times=2)}
    client, address, me = browser("enterprise"), f"/apply/{make.FOOD}/", Party.objects.get(id_number="91330282MA2A00001K").pk
    for _ in range(2):
        assert client.post(address, {"principal": me}).status_code == 302
    with nothing_written(Application):
        told = client.post(address, {"principal": me})
    assert told.status_code == 429 and "在“我的办件”里可以接着填" in told.text and told["Retry-After"]
    make.from_home(by="citizen", submit=False)  # nobody else waits, nor the counter
    assert [make.draft().channel for _ in range(3)] == ["counter"] * 3


def test_what_waits_for_the_pre_check_is_not_called_unsent_and_is_handed_in_once(world):
    row, client = make.from_home(), browser("enterprise")
    assert "收件时编号" in client.get("/my/").text and "还没有提交" not in client.get("/my/").text
    once = re.search(r'for-good/">.*?name="once" value="([^"]+)"', client.get(f"/my/{row.pk}/").text)[1]
    for _ in range(2):  # pressed twice it is one
        assert client.post(f"/my/{row.pk}/for-good/", {"once": once}).status_code == 302
    assert fresh(row).number
