"""Who files for whom from home, who has begun already, and which of them is told."""

from datetime import timedelta

import pytest
import time_machine

from apps.applications import actions
from apps.applications.models import Application
from apps.catalog.models import Definition
from apps.directory.actions import choose_channels, grant_mandate, revoke_mandate
from apps.directory.models import Mandate, Message, Party, User
from apps.directory.queries import actor_for
from apps.gateway.actions import retry, send_one, sweep
from apps.gateway.handlers import WHY_MAIL, notify
from apps.gateway.models import Outbound
from apps.gateway.queries import address_now
from apps.issuance.models import Document
from apps.issuance.paper import to_html
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.time import now, today
from apps.web.account.identities import HandlerForm
from apps.web.counter.shown import people_of
from apps.web.known import known_answers, known_at_home
from tests import make
from tests.people import nothing_written

from .test_apply_from_home import begin, browser, fill_all, fresh


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


def test_an_item_is_named_as_it_is_called(world):
    """Between commas or on a line of its own, as the form says; what its name holds (、, spaces, a comma) divided it, and it was unknown."""
    Definition.objects.filter(pk=make.FOOD).update(name="食品生产、经营 许可，含现制")
    form = HandlerForm({"scope": f"食品生产、经营 许可，含现制\r\n{make.HEALTH}、fire-check，\n"}, principals=[])
    assert "scope" not in form.errors and form.cleaned_data["scope"] == sorted([make.FOOD, make.HEALTH, "fire-check"])
    wrong = HandlerForm({"scope": "食品生产，fire-check"}, principals=[]).errors["scope"]
    assert wrong == ["没有叫“食品生产”的事项，请从办事事项里抄写名称或编码。"]


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


def test_whose_case_it_is_reads_who_handed_it_in(handler):
    """Once it was handed in, his page named no handler and said that he had done it himself."""
    row = actions.receive(by=make.actor("citizen"), application=make.from_home(by="citizen", principal=handler.principal_id, submit=False).pk)
    pages = [browser(who).get(f"/my/{row.pk}/").text for who in ("enterprise", "citizen")]
    assert ["（王*明代办）" in pages[0], "（您代办）" in pages[1]] == [True, True]
    for page in (*pages, browser("enterprise").post("/track/", {"number": row.number, "phone": row.contact_mobile}).text):
        assert "代办人" in page and "申请人</" not in page.partition("网上收件")[2][:200]
    papers = [to_html(Document.objects.get(root_id=row.pk, kind="receipt"))]
    Party.objects.filter(pk=handler.principal_id).update(legal_rep_name=handler.agent.name, legal_rep_id=handler.agent.id_number)
    pages = [browser(who).get(f"/my/{row.pk}/").text for who in ("enterprise", "citizen")]  # who stands for it by law is the firm itself
    assert ["代办" in page for page in pages] == [False, False]
    row = actions.receive(by=make.actor("citizen"), application=make.from_home(by="citizen", principal=handler.principal_id, submit=False).pk)
    papers += [to_html(Document.objects.get(root_id=row.pk, kind="receipt"))]
    assert [f"<th>委托代理人</th><td>{handler.agent.name}</td>" in paper for paper in papers] == [True, False]
    desk = [one["label"] for one in people_of(Application.objects.get(pk=row.pk), {})]
    assert "法定代表人" in desk and "代理人" not in desk


def test_what_is_registered_is_not_typed_again(handler):
    """Of himself everything; of whom he acts for by authority only what the mandate told him. Taken out it stays out."""
    client = browser("citizen")
    firm, own = begin(client), begin(client, "id-card-renewal", "330282198506150021")
    seen = client.get(f"/my/{firm.pk}/form/1/").context["form"].initial
    assert seen["answers__enterprise_name"] == handler.principal.name
    assert "legal_rep_name" in known_answers(firm) and "legal_rep_name" not in known_at_home(firm, handler.agent_id)
    firm.plan["elements"] += [{"element": "contact_phone"}, {"element": "agent_id"}]
    firm.applicant.mobile, firm.agent.mobile = "13900000001", ""  # who has no number of his own is not told the applicant's
    assert {"contact_phone": "13900000001"}.items() <= known_answers(firm).items()
    assert known_at_home(firm, handler.agent_id)["agent_id"] and "contact_phone" not in known_at_home(firm, handler.agent_id)
    assert "agent_id" not in known_at_home(firm, 0)  # another whom the same applicant has authorised
    address = f"/my/{own.pk}/form/1/"
    page = client.get(address)
    assert "请核对" in page.text and fresh(own).answers == {}
    form = {bound.html_name: bound.value() for bound in page.context["form"]}
    assert (form["answers__applicant_name"], form["answers__applicant_gender"]) == ("王小明", "female")
    assert client.post(address, form | {"answers__applicant_address": ""}).status_code == 302
    assert fresh(own).answers["applicant_id"] == "330282198506150021" and "applicant_address" not in fresh(own).answers
    assert not client.get(address).context["form"].initial["answers__applicant_address"]


def test_whose_mandate_names_other_items_is_told_so(handler):
    """The firm was not in the list, and he was sent to bind what only its representative can."""
    client, said = browser("citizen"), f"{handler.principal.name}授权您办理的事项里没有“"
    pages = [client.get(f"/apply/{code}/").text for code in (make.FOOD, "tobacco-retail-licence", "residence-permit")]
    assert [(said in page, "另行授权" in page) for page in pages] == [(False, False), (True, True), (False, False)]  # no firm asks for the last


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
    grant_mandate(by=SYSTEM, principal=firm.party, agent=agent.party, evidence="网上授权", scope=["fire-check"])  # of another item
    actions.withdraw(by=actor_for(firm), application=row.pk, reason="改日再办")
    paper = Document.objects.get(root_id=row.pk, kind="withdrawal")
    assert paper.payload["requested_by"] == firm.party.name  # who asked for it, not who filed it
    make.deliver_all()
    assert (count(party=agent.party), count(party=firm.party)) == (1, 2)
    mails = Outbound.objects.filter(root_id=row.pk, to="agent@example.cn")
    assert [("已收件" in sent.text, "已撤回" in sent.text) for sent in mails] == [(True, False)]


def test_who_hands_in_what_a_former_handler_filled_in_files_it_himself(handler):
    """No paper names as agent who had no mandate on its day, and his is no promise that another made; while it stands he is named."""
    firm = make.actor("enterprise")
    named = lambda row: Document.objects.get(root_id=row.pk, kind="receipt").payload["applicant"]["agent"]  # noqa: E731
    stands, once, first = (make.from_home(by="citizen", principal=handler.principal_id, submit=False) for _ in range(3))
    assert named(actions.receive(by=firm, application=stands.pk)) == handler.agent.name
    revoke_mandate(by=firm, mandate=handler)
    assert named(actions.receive(by=firm, application=once.pk)) == ""
    actions.submit(by=firm, application=first.pk)
    assert [fresh(row).agent_id for row in (stands, once, first)] == [handler.agent_id, None, None]


def test_the_phone_that_came_with_a_former_handler_hears_no_more(handler, twins):
    """His mandate was taken back, yet each step was sent to him: his phone stood in the case as he had begun it."""
    firm, sms = make.actor("enterprise"), Outbound.objects.filter(service="sms")
    filed, begun, typed = (make.from_home(by="citizen", principal=handler.principal_id, submit=False) for _ in range(3))
    Application.objects.filter(pk=typed.pk).update(contact_mobile="13805740009")  # of somebody else: it was chosen
    assert filed.contact_mobile == begun.contact_mobile == handler.agent.mobile
    actions.receive(by=make.actor("citizen"), application=filed.pk)
    make.deliver_all()
    assert handler.agent.mobile in {sent.to for sent in sms}
    before = {sent.pk for sent in sms}
    revoke_mandate(by=firm, mandate=handler)
    actions.withdraw(by=firm, application=filed.pk, reason="改日再办")
    for row in (begun, typed):
        actions.receive(by=firm, application=row.pk)
    make.deliver_all()
    told = [{sent.to for sent in sms.filter(root_id=row.pk).exclude(pk__in=before)} for row in (filed, begun, typed)]
    own = handler.principal.mobile
    assert told == [{own}, {own}, {own, "13805740009"}] and fresh(begun).contact_mobile == own


def test_what_ended_between_sending_in_and_receipt_is_a_mandate_no_more(handler):
    clerk, row = make.actor("cixi-clerk"), make.from_home(by="citizen", principal=handler.principal_id)
    for look in (actions.begin_pre_check, actions.pass_pre_check):
        look(by=clerk, application=row.pk)
    with time_machine.travel(now() + timedelta(days=3)):
        actions.receive(by=clerk, application=row.pk)
        actions.withdraw(by=clerk, application=row.pk, reason="改日再办")
    paper = Document.objects.get(root_id=row.pk, kind="withdrawal")
    assert paper.payload["requested_by"] == handler.principal.name


def test_at_the_counter_nobody_asks_by_a_mandate_that_has_ended(handler):
    """Who takes back there what a handler had filed from home, or promises what is owed, is the applicant, once the handler stands for
    him no more."""
    clerk, files = make.actor("cixi-clerk"), actor_for(make.user("citizen"))
    drafts = [make.from_home(by="citizen", principal=handler.principal_id, submit=False) for _ in range(3)]
    before, after, owes = (actions.receive(by=files, application=row.pk) for row in drafts)
    brought = {one.code: {"state": "supplied", "originals": 1} for one in owes.materials.all() if one.code != "floor_plan"}
    actions.correct(by=clerk, application=owes.pk, reason="带来原件", materials=brought)
    actions.withdraw(by=clerk, application=before.pk, reason="改日再办")
    revoke_mandate(by=SYSTEM, mandate=handler)
    actions.withdraw(by=clerk, application=after.pk, reason="改日再办")
    actions.accept(by=clerk, application=owes.pk, promised=["floor_plan"])
    promise = Document.objects.get(kind="acceptance_with_gap").payload["promise"]
    assert promise["signed_by"] == handler.principal.name
    papers = Document.objects.filter(kind="withdrawal").order_by("root_id")
    assert [paper.payload["requested_by"] for paper in papers] == [handler.agent.name, handler.principal.name]


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
    late = Outbound(service="sms", key="event:1:of another", to="13905740009", root_id=row.pk)
    assert [address_now(late), address_now(Outbound(service="sms", key=late.key, to="13905740001", root_id=row.pk))] == [late.to, ""]
    Application.objects.filter(pk=row.pk).update(wants_sms=False)  # nor any more of this case
    assert address_now(late) == ""
