"""From home: a draft as a list of tasks, kept as it is typed, handed in; the pre-check; the supplement; and who may file for whom."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.applications import actions
from apps.applications.models import Application, Attachment, MaterialEntry
from apps.directory.actions import choose_channels, grant_mandate, revoke_mandate
from apps.directory.models import Mandate, Message, Party, User
from apps.directory.queries import actor_for
from apps.gateway.actions import retry, send_one, sweep
from apps.gateway.handlers import WHY_MAIL, notify
from apps.gateway.models import Outbound
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.masking import mask_mobile
from apps.kit.time import now, today
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xdc\xccY\xe7\x00\x00\x00\x00IEND\xaeB`\x82"
)


def browser(username: str) -> Client:
    client = Client()
    client.force_login(make.user(username), backend="apps.directory.backends.PasswordBackend")
    return client


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
    assert 'href="#upload_file_id_card"' in answer.text


def test_the_pre_check_is_no_receipt(world):
    client = browser("enterprise")
    row = begin(client)
    fill_all(client, row)
    client.post(f"/my/{row.pk}/check/", {"declared": "on", "pre_check": "1"})
    row = fresh(row)
    assert (row.state, row.number, row.receipt_date) == ("submitted", None, None)
    desk = browser("cixi-clerk")
    assert row.name in desk.get("/counter/pre-checks/").content.decode()
    assert desk.post(f"/counter/pre-checks/{row.pk}/begin/").status_code == 302
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


# —— who files for whom ——


def test_who_begins_again_is_led_to_what_he_has_begun(world):
    """A draft or a running case of the same item is told before a second one is opened; others' never."""
    client = browser("enterprise")
    start = f"/apply/{make.FOOD}/"
    assert "内容还在" not in client.get(start).text
    row = begin(client)
    page = client.get(start).text
    assert f'href="/my/{row.pk}/"' in page and "内容还在" in page
    running = make.accepted()
    page = client.get(start).text
    assert f'href="/my/{running.pk}/"' in page and f"编号 {running.number}" in page
    stranger = browser("citizen").get(start).text
    assert running.number not in stranger and "内容还在" not in stranger
    actions.withdraw(by=make.actor("enterprise"), application=running.pk, reason="改日再办")
    assert running.number not in client.get(start).text


@pytest.fixture
def handler(world):
    """王小明, authorised by the enterprise for 食品经营许可 only, until tomorrow."""
    Mandate.objects.all().delete()
    firm, agent = Party.objects.get(kind="enterprise"), make.user("citizen").party
    return grant_mandate(
        by=SYSTEM,
        principal=firm,
        agent=agent,
        evidence="网上授权",
        scope=[make.FOOD],
        valid_to=today() + timedelta(days=1),
    )


def test_a_handler_files_what_his_mandate_covers_and_sees_nothing_else(handler):
    other = make.received("tobacco-retail-licence", applicant=make.APPLICANT)
    client = browser("citizen")
    row = begin(client)
    assert (row.applicant_id, row.agent_id) == (handler.principal_id, handler.agent_id)
    assert "（您代办）" in client.get(f"/my/{row.pk}/").text
    principal = browser("enterprise").get(f"/my/{row.pk}/").text
    assert "（王*明代办）" in principal and "您代办" not in principal
    listed = client.get("/my/").content.decode()
    assert row.name in listed and other.number not in listed
    assert client.get(f"/my/{other.pk}/").status_code == 404
    with nothing_written(Application):
        assert client.post("/apply/tobacco-retail-licence/", {"principal": handler.principal_id}).status_code in (
            403,
            422,
        )


def test_an_ended_mandate_is_refused_clearly(handler):
    client = browser("citizen")
    row = begin(client)
    fill_all(client, row)
    with time_machine.travel(now() + timedelta(days=3)):
        client = browser("citizen")
        answer = client.get(f"/my/{row.pk}/")
        page = answer.content.decode()
        assert answer.status_code == 403 and f"已于{handler.valid_to:%Y年%-m月%-d日}到期" in page and "授权您" in page
        with nothing_written(Application):
            assert client.post(f"/my/{row.pk}/check/", {"declared": "on"}).status_code == 403
    revoke_mandate(by=SYSTEM, mandate=handler)
    assert actor_for(make.user("citizen")).scoped == ()


def test_whose_mandate_has_ended_is_told_no_more(handler, twins):
    firm, agent = make.user("enterprise"), make.user("citizen")
    User.objects.filter(pk=agent.pk).update(email="agent@example.cn")
    row = make.from_home(by="citizen", principal=handler.principal_id, submit=False)
    actions.receive(by=actor_for(agent), application=row.pk)
    make.deliver_all()
    count = lambda **of: Message.objects.filter(root_id=row.pk, **of).count()  # noqa: E731
    assert count(party=agent.party) == count(party=firm.party) == 1
    revoke_mandate(by=SYSTEM, mandate=handler)
    actions.withdraw(by=actor_for(firm), application=row.pk, reason="改日再办")
    make.deliver_all()
    assert (count(party=agent.party), count(party=firm.party)) == (1, 2)
    mails = Outbound.objects.filter(root_id=row.pk, to="agent@example.cn")
    assert [("已收件" in sent.text, "已撤回" in sent.text) for sent in mails] == [(True, False)]


def test_the_parties_are_told_once_and_each_phone_by_one_message(world, twins):
    row = make.accepted()
    make.deliver_all()
    make.deliver_all()
    sent = list(Outbound.objects.filter(root_id=row.pk).values_list("to", "text"))
    # Received and accepted: to the phone of the case and to that of the applicant's account.
    assert len(sent) == len(set(sent)) == 4
    assert {to for to, _ in sent} == {make.MOBILE, make.user("enterprise").mobile}
    assert not [text for _, text in sent if "点开" in text] and any("到“一窗”看哪天办结" in text for _, text in sent)  # no link there
    row = make.draft()
    Application.objects.filter(pk=row.pk).update(wants_sms=False)
    actions.receive(by=make.actor("cixi-clerk"), application=row.pk)
    make.deliver_all()
    assert not Outbound.objects.filter(root_id=row.pk).exists()


def test_every_party_is_told_by_mail_once_in_the_words_of_the_message(handler, twins):
    """The applicant, who files for him, and who stands for him by law; each way with a key of its own."""
    firm, agent, chief = make.user("enterprise"), make.user("citizen"), make.user("agent")
    grant_mandate(by=SYSTEM, principal=handler.principal, agent=chief.party, evidence="登记", kind="legal_rep")
    for user in (firm, agent, chief):
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.cn")
    choose_channels(by=actor_for(agent), user=agent, wants_sms=False)
    choose_channels(by=actor_for(chief), user=chief, wants_mail=False)
    row = make.from_home(by="citizen", principal=handler.principal_id, submit=False)
    twins.behave("mail", "down")
    actions.receive(by=actor_for(agent), application=row.pk)
    make.deliver_all()
    event = Event.objects.get(name="application.receive", chain=f"application:{row.pk}")
    notify(event)  # told twice
    told = {sent.key: sent for sent in Outbound.objects.filter(root_id=row.pk)}
    phones = {sent.to for sent in told.values() if sent.service == "sms"}
    assert phones == {make.MOBILE, firm.mobile, chief.mobile} - {agent.mobile}
    mails = [sent for sent in told.values() if sent.service == "mail"]
    assert {sent.to for sent in mails} == {"enterprise@example.cn", "citizen@example.cn"}
    assert set(Message.objects.filter(root_id=row.pk).values_list("party", flat=True)) == {
        firm.party_id, agent.party_id, chief.party_id,
    }  # fmt: skip
    short = next(sent.text for sent in told.values() if sent.service == "sms")
    assert {sent.text for sent in mails} == {f"{short}\n\n{WHY_MAIL}"}  # nothing that the short message does not say
    assert not any(send_one(sent.pk) for sent in mails)
    twins.behave("mail", "")
    with time_machine.travel(now() + timedelta(minutes=2)):
        assert sweep() >= len(mails)
        assert sweep() == 0
    assert sorted(sent["to"] for sent in twins.sent["mail"]) == ["citizen@example.cn", "enterprise@example.cn"]
    assert set(Outbound.objects.filter(service="mail").values_list("to", flat=True)) == {"c***@example.cn", "e***@example.cn"}
    # The case itself may want no e-mail.
    actions.withdraw(by=actor_for(agent), application=row.pk, reason="改日再办")
    Application.objects.filter(pk=row.pk).update(wants_mail=False)
    make.deliver_all()
    assert Outbound.objects.filter(root_id=row.pk, service="mail").count() == len(mails)


def test_each_page_of_an_application_says_of_which(world):
    """Two drafts stand open on two tabs; who listens hears the title alone."""
    row, client = make.from_home(submit=False), browser("enterprise")
    told = [client.get(f"/my/{row.pk}/{part}/").text.partition("<title>")[2].partition(" - ")[0] for part in ("form/1", "materials", "handout", "check")]
    assert all(title.endswith(f"：{row.name}") for title in told) and "（1/" in told[0]
    assert [title.partition("：")[0] for title in told[1:]] == ["上传材料", "领取方式", "核对并提交"]


def test_a_message_that_waited_asks_again_whether_and_where_it_is_wanted(world, twins):
    """Given up at the carrier, sent again by the supervisor days later."""
    firm, row = make.user("enterprise"), make.from_home(submit=False)
    User.objects.filter(pk=firm.pk).update(email="firm@example.cn")
    for way in ("sms", "mail"):
        twins.behave(way, "down")
    actions.receive(by=actor_for(firm), application=row.pk)
    make.deliver_all()
    waiting = Outbound.objects.filter(root_id=row.pk)
    assert not any(send_one(sent.pk) for sent in waiting) and {sent.to for sent in waiting} == {make.MOBILE, firm.mobile, "firm@example.cn"}
    User.objects.filter(pk=firm.pk).update(wants_mail=False)
    Application.objects.filter(pk=row.pk).update(contact_mobile="13905740009")  # corrected at the counter
    waiting.update(state="stuck")
    for sent in waiting:
        retry(by=make.actor("cixi-supervisor"), outbound=sent.pk)
    for way in ("sms", "mail"):
        twins.behave(way, "")
    assert all(send_one(sent.pk) for sent in waiting)
    assert {sent["to"] for sent in twins.sent["sms"]} == {"13905740009", firm.mobile} and not twins.sent["mail"]
    unsent = Outbound.objects.get(root_id=row.pk, service="mail")
    assert unsent.sent_at is None and "选择不收" in unsent.error and unsent.to == "f***@example.cn"


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


def test_questions_left_open_keep_it_from_being_handed_in(world):
    """As at the counter: what an open question would ask for stood in no list, and the case went in without it."""
    client, citizen = browser("enterprise"), make.actor("enterprise")
    row = make.from_home("open-restaurant", submit=False)
    assert row.plan["answers"] == {}
    assert client.post(f"/my/{row.pk}/check/", {"declared": "on"}, follow=True).redirect_chain == [(f"/my/{row.pk}/", 302)]
    assert fresh(row).number is None
    lawful = {"boolean": "true", "integer": "30", "decimal": "30"}
    while asked := [one for one in row.plan["situations"] if one["code"] not in row.plan["answers"]]:
        given = {one["code"]: lawful.get(one["type"]) or one["choices"][0]["value"] for one in asked}
        row = actions.save_draft(by=citizen, application=row.pk, situations={**row.plan["answers"], **given})
    actions.save_draft(by=citizen, application=row.pk, answers=make.answers_for(row.plan))
    client.post(f"/my/{row.pk}/check/", {"declared": "on"})
    assert fresh(row).number


def test_ones_own_phone_is_the_one_that_signs_in(world):
    """The counter keeps another for the enterprise."""
    make.accepted()
    page = browser("enterprise").get("/account/data/").text
    assert f"<dt>手机号</dt><dd>{mask_mobile(make.user('enterprise').mobile)}</dd>" in page
    assert f"<dt>联系电话</dt><dd>{mask_mobile(make.APPLICANT['mobile'])}</dd>" in page
