"""What somebody could do for another is over when that other has said so: also in what he filed for him at the counter."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.api import tokens
from apps.applications import actions
from apps.applications.models import Application, Member
from apps.directory.actions import grant_mandate, revoke_mandate
from apps.directory.models import Mandate, Message, Party
from apps.directory.queries import actor_for
from tests import make
from tests.people import nothing_written

ACTS = {
    "withdraw": {"reason": "我不想办了"},
    "choose_handout": {"way": "courier", "recipient": "王五", "phone": "13805740055", "address": "宁波市江北区某某路 1 号"},
    "change_contact": {},
}


@pytest.fixture
def filed(world) -> tuple[Application, Mandate]:
    """Accepted at the counter with an agent, whose authority the clerk has recorded."""
    Mandate.objects.all().delete()
    clerk, agent = make.actor("cixi-clerk"), make.user("citizen").party
    row = make.draft()
    given = {"kind": "person", "name": agent.name, "id_number": agent.id_number, "mobile": "13805740055"}
    row = actions.save_draft(by=clerk, application=row.pk, agent=given)
    firm = Party.objects.get(pk=row.applicant_id)
    mandate = grant_mandate(by=clerk, principal=firm, agent=agent, evidence="授权委托书一号", scope=[make.FOOD])
    actions.receive(by=clerk, application=row.pk)
    return actions.accept(by=clerk, application=row.pk), mandate


def test_the_agent_of_the_counter_does_nothing_after_his_mandate_was_taken_back(filed):
    """He sent the certificate to his own address, took the phone and withdrew the case. What he filed he goes on seeing."""
    row, mandate = filed
    agent = make.user("citizen")
    api, page = {"Authorization": f"Bearer {tokens.issue(agent)}"}, Client()
    page.force_login(agent)
    shown = page.get(f"/my/{row.pk}/").text
    assert "撤回" in shown and "只能查看" not in shown
    revoke_mandate(by=make.actor("cixi-clerk"), mandate=mandate, reason="不再委托")
    shown = page.get(f"/my/{row.pk}/")
    assert shown.status_code == 200 and not any(shown.context["may"].values())
    assert "只能查看" in shown.text
    with nothing_written(Application, Member):
        for verb, given in ACTS.items():
            answer = page.post(f"/api/applications/{row.pk}/{verb}/", given, content_type="application/json", headers=api)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden.mandate"), verb
        for place in ("withdraw", "contact", "handout", "renewal", "supplement"):
            assert page.get(f"/my/{row.pk}/{place}/").status_code == 403, place
        told = page.post(f"/my/{row.pk}/withdraw/", {"reason": "我不想办了"})
        assert told.status_code == 403 and "授权" in told.text
        assert page.post(f"/my/{row.pk}/materials/premises_proof/").status_code == 403
    kept = Application.objects.get(pk=row.pk)
    # What the applicant gives from then on is not told him in full: nobody masks what is one's own.
    actions.choose_handout(by=make.actor("enterprise"), application=row.pk, way="courier", recipient="陈大民", address="慈溪市白沙路街道三北大街2299号")
    mine = Client()
    mine.force_login(make.user("enterprise"))
    told = {"own": mine.get(f"/my/{row.pk}/").text, "his": page.get(f"/my/{row.pk}/").text, "api": str(page.get(f"/api/applications/{row.pk}/", headers=api).json())}
    assert {who: ("大街2299号" in words, "陈大民" in words) for who, words in told.items()} == {"own": (True, True), "his": (False, False), "api": (False, False)}
    assert (kept.state, kept.handout, kept.contact_mobile) == (row.state, row.handout, make.MOBILE)


def test_whoever_is_said_to_have_entrusted_somebody_hears_of_it(filed):
    """A clerk who is paid for it needs the principal's number alone: the friend then sees and does all of that item."""
    _, mandate = filed
    told = Message.objects.get(party=mandate.principal, key=f"entrusted:{mandate.pk}")
    assert "王*明" in told.title and mandate.agent.name not in told.title + told.text and "收回" in told.text
    owner = Client()
    owner.force_login(make.user("enterprise"))
    assert f"/account/identities/{mandate.pk}/end/" in owner.get(told.link).text


def test_with_a_new_mandate_he_goes_on(filed):
    row, mandate = filed
    agent, clerk = make.user("citizen"), make.actor("cixi-clerk")
    revoke_mandate(by=clerk, mandate=mandate)
    grant_mandate(by=clerk, principal=mandate.principal, agent=agent.party, evidence="授权委托书二号")
    assert actions.withdraw(by=actor_for(agent), application=row.pk, reason="改到明年再办").state == "withdrawn"
