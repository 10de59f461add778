"""The applicant's own choice for one item: taken back alone, or granted on his signed word; too late is told, not hidden."""

import pytest

from apps.applications import actions
from apps.applications.models import Commitment, Job, Member
from apps.directory.actions import grant_mandate
from apps.directory.models import Message
from apps.directory.queries import actor_for
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from tests import make
from tests.api.client import Caller
from tests.applications.test_run_bundle import decide
from tests.days import deliver
from tests.people import nothing_written
from tests.web.conftest import client_of as browser

ROWS = (Commitment, Member, Job, Document)


@pytest.fixture
def client(world):
    return browser("enterprise")


def member(case, code: str) -> Member:
    return case.members.get(code=code)


def test_one_item_is_taken_back_with_what_waits_for_it(client):
    case = make.accepted("open-ktv", situations={"already_registered": True})
    fire, health = member(case, "fire-check"), member(case, "public-place-health-licence")
    place, page = f"/my/{case.pk}/withdraw/{fire.pk}/", f"/my/{case.pk}/"
    assert place in client.get(page).text
    asked = client.get(place).text
    assert "一起不再办的" in asked and member(case, "entertainment-licence").name in asked and "其他事项照常办理" in asked
    stranger, elsewhere = browser("citizen"), make.accepted()
    with nothing_written(*ROWS):
        assert client.post(place, {"reason": ""}).status_code == 422
        assert stranger.get(place).status_code == stranger.post(place, {"reason": "不办了"}).status_code == 404
        assert client.get(f"/my/{elsewhere.pk}/withdraw/{fire.pk}/").status_code == 404  # of another case
    assert client.post(place, {"reason": "先不做消防"}).status_code == 302
    assert [member(case, one.code).state for one in (fire, health)] == ["withdrawn", "accepted"]
    # The last one is the whole; and what is over is not taken back again.
    shown = client.get(page).text
    assert "请撤回整件申请" in shown and f"/my/{case.pk}/withdraw/{health.pk}/" not in shown
    for one, why in ((health, "请撤回整件申请"), (fire, "已经结束")):
        late = client.get(f"/my/{case.pk}/withdraw/{one.pk}/").text
        assert why in late and "disabled>确认撤回这一项" in late and "<textarea" not in late
        with nothing_written(*ROWS):
            assert client.post(f"/my/{case.pk}/withdraw/{one.pk}/", {"reason": "不办了"}).status_code == 409


def test_where_one_is_decided_the_rest_is_taken_back_item_by_item(client):
    case = make.accepted("open-ktv", situations={"already_registered": True})
    whole, page = f"/my/{case.pk}/withdraw/", f"/my/{case.pk}/"
    assert f'href="{whole}"' in client.get(page).text and client.get(whole).status_code == 200
    decide(case, "fire-check", "refuse")
    assert f'href="{whole}"' not in client.get(page).text
    told = client.get(whole)
    assert told.status_code == 409 and "可以在办件页一项一项撤回" in told.text
    health = member(case, "public-place-health-licence")
    assert client.post(f"{whole}{health.pk}/", {"reason": "不办了"}).status_code == 302


def test_a_commitment_is_read_and_signed_from_home(client):
    case = make.accepted(make.SNACK)
    one = make.member_of(case)
    place, page = f"/my/{case.pk}/commitment/{one.pk}/", f"/my/{case.pk}/"
    assert place in client.get(page).text
    asked = client.get(place).text
    assert "从业人员持健康证明" in asked and "60 个工作日内核查" in asked and "第十四条" in asked
    stranger = browser("citizen")
    with nothing_written(*ROWS):
        assert client.post(place, {}).status_code == 422  # not agreed to
        assert stranger.get(place).status_code == stranger.post(place, {"agreed": "on"}).status_code == 404
    assert client.post(place, {"agreed": "on"}).status_code == 302
    signed = Commitment.objects.get()
    assert (signed.state, signed.signed_by) == ("signed", case.applicant_name) and "健康证明" in signed.text
    shown = client.get(page).text
    assert "已签署承诺" in shown and place not in shown
    again = client.get(place).text
    assert "已经登记过承诺书" in again and "disabled>签署承诺书" in again
    with nothing_written(*ROWS):
        assert client.post(place, {"agreed": "on"}).status_code == 409


def test_the_handler_signs_in_his_own_name_and_only_what_is_open(client):
    plain, late, open_one = make.accepted(), make.accepted(make.SNACK), make.accepted(make.SNACK)
    make.grant(late)
    for case, why in ((plain, "没有开通告知承诺"), (late, "决定前")):
        place = f"/my/{case.pk}/commitment/{make.member_of(case).pk}/"
        assert place not in client.get(f"/my/{case.pk}/").text and why in client.get(place).text
        with nothing_written(*ROWS):
            assert client.post(place, {"agreed": "on"}).status_code in (409, 422)
    agent = make.user("citizen")
    grant_mandate(by=SYSTEM, principal=open_one.applicant, agent=agent.party, evidence="网上授权")
    assert open_one.applicant_id in actor_for(agent).party_ids
    program, address = Caller("citizen"), f"members/{make.member_of(open_one).pk}/sign_commitment/"
    own = f"{agent.party.name}（代{open_one.applicant_name}）"
    for given, field in (({"signed_by": "李一味"}, "signed_by"), ({"signed_by": own, "text": "本人不作任何承诺。"}, "text")):
        with nothing_written(*ROWS):
            assert program.post(address, given, expect=422)["errors"][0]["field"] == field
    answer = browser("citizen").post(f"/my/{open_one.pk}/commitment/{make.member_of(open_one).pk}/", {"agreed": "on"})
    assert answer.status_code == 302
    assert Commitment.objects.get().signed_by == own
    deliver()
    said = Message.objects.filter(title__startswith="已签署告知承诺书：")
    assert [(one.party_id, one.root_id) for one in said] == [(open_one.applicant_id, open_one.pk)], "who answers for it learns of it"


@pytest.mark.parametrize("who", ["enterprise", "cixi-clerk"])
def test_who_signs_himself_is_told_nothing(world, who):
    row = make.accepted(make.SNACK)
    actions.sign_commitment(by=make.actor(who), member=make.member_of(row).pk, signed_by="李一味")
    deliver()
    assert not Message.objects.filter(root_id=row.pk, title__contains="承诺").exists()
