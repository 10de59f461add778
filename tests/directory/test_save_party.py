import threading

import pytest
from django.db import IntegrityError, connection, transaction

from apps.directory import actions, queries
from apps.directory.models import Mandate, Party
from apps.directory.queries import actor_for
from apps.directory.queries_mandates import (
    mandate_for,
    mandates_ended,
    mandates_held,
    principals_for,
    standing_mandate,
)
from apps.journal.actor import PUBLIC, SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused
from apps.kit.time import now
from tests import people
from tests.people import OTHER_ID, PERSON_ID, USCC, nothing_written

GOOD = {"kind": "person", "name": "王小明", "id_number": PERSON_ID, "mobile": "13805740001"}
FIRM = {"kind": "enterprise", "name": "慈溪市一味餐饮有限公司", "id_number": USCC}


def test_a_new_party_is_kept_with_its_pinyin_and_told_without_its_data(places):
    clerk = people.actor("clerk")
    party = actions.save_party(by=clerk, **GOOD, address="浙江省宁波市慈溪市浒山街道1号")
    assert party.pinyin == "wangxiaoming wxm"
    event = Event.objects.latest("id")
    assert (event.name, event.chain, event.facts) == ("party.register", f"party:{party.pk}", {"kind": "person"})


def test_the_same_number_is_the_same_party_brought_up_to_date(places):
    clerk = people.actor("clerk")
    first = actions.save_party(by=clerk, **GOOD, address="旧地址")
    again = actions.save_party(by=clerk, **{**GOOD, "mobile": "139 0574 0001"}, address="")
    assert again.pk == first.pk and Party.objects.count() == 1
    assert (again.mobile, again.address) == ("13905740001", "旧地址")
    event = Event.objects.latest("id")
    assert (event.name, event.facts) == ("party.update", {"fields": ["mobile"]})


def test_nothing_new_writes_nothing(places):
    clerk = people.actor("clerk")
    actions.save_party(by=clerk, **GOOD)
    with nothing_written(Party):
        actions.save_party(by=clerk, **GOOD)


def test_an_enterprise_has_a_representative_and_a_person_none_and_may_be_called_by_one_character(places):
    firm = actions.save_party(by=SYSTEM, **FIRM, legal_rep_name="戚家栋", legal_rep_id=OTHER_ID)
    assert (firm.legal_rep_name, firm.legal_rep_id) == ("戚家栋", OTHER_ID)
    person = actions.save_party(by=SYSTEM, **{**GOOD, "name": "难"}, legal_rep_name="戚家栋", legal_rep_id=OTHER_ID)
    assert (person.legal_rep_name, person.legal_rep_id) == ("", "")
    with pytest.raises(IntegrityError), transaction.atomic():
        Party.objects.filter(pk=person.pk).update(legal_rep_name="别人")


def test_everything_wrong_is_told_at_once(places):
    clerk = people.actor("clerk")
    with nothing_written(Party), pytest.raises(Refused) as refusal:
        actions.save_party(by=clerk, kind="person", name=" ", id_number="330282198506150022", mobile="123")
    assert [error.field for error in refusal.value.errors] == ["name", "id_number", "mobile"]
    with nothing_written(Party), pytest.raises(Refused) as refusal:
        actions.save_party(by=clerk, **{**FIRM, "name": "王", "id_number": PERSON_ID}, legal_rep_id="1", address="长" * 201)
    assert [error.field for error in refusal.value.errors] == ["name", "id_number", "legal_rep_id", "address"]
    unseen = {"name": "宁波\x07公司", "legal_rep_name": "李\x0b四\x07", "address": "人民路\x7f1 号"}
    # No paper of his could ever be made:
    pictured = {"name": "宁波😀公司", "legal_rep_name": "李四✔", "address": "\uf0b7人民路1 号"}
    for faulty in (unseen, pictured):
        with nothing_written(Party), pytest.raises(Refused) as refusal:
            actions.save_party(by=clerk, **{**FIRM, **faulty})
        assert [error.field for error in refusal.value.errors] == list(faulty)
    old = actions.save_party(by=clerk, **FIRM)  # taken before such signs were refused: what is not typed anew is kept
    Party.objects.filter(pk=old.pk).update(**pictured)
    assert actions.save_party(by=clerk, **{**FIRM, **pictured}).pk == old.pk
    with pytest.raises(Refused) as refusal:
        actions.save_party(by=clerk, **{**FIRM, **pictured, "address": "➢人民路1 号"})
    assert refusal.value.field == "address"
    with nothing_written(Party), pytest.raises(Refused) as refusal:
        actions.save_party(by=clerk, **{**GOOD, "kind": "robot"})
    assert refusal.value.field == "kind"


@pytest.mark.parametrize("role", ["clerk", "issue_clerk"])
def test_the_counter_keeps_the_files(places, role):
    assert actions.save_party(by=people.actor(role), **GOOD).pk


@pytest.mark.parametrize(
    "role", ["reviewer", "head", "seal_keeper", "supervisor", "catalogue", "node_admin", "auditor"]
)
def test_nobody_else_does(places, role):
    by = people.actor(role)
    with nothing_written(Party), pytest.raises(Forbidden):
        actions.save_party(by=by, **GOOD)


def test_a_citizen_keeps_his_own_file_only(places):
    own = people.party()
    me = actor_for(people.citizen(own))
    assert actions.save_party(by=me, **{**GOOD, "mobile": "13905740009"}).mobile == "13905740009"
    with nothing_written(Party), pytest.raises(NotYours):
        actions.save_party(by=me, **FIRM)
    with nothing_written(Party), pytest.raises(Forbidden):
        actions.save_party(by=PUBLIC, **GOOD)


def test_one_party_per_kind_and_number_in_the_database(places):
    party = people.party()
    twin = Party(kind=party.kind, name="又一个", id_number=party.id_number)
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


@pytest.mark.django_db(transaction=True)
def test_two_counters_at_once_make_one_party():
    people.places()
    clerks = [people.actor("clerk"), people.actor("clerk")]
    start, found, errors = threading.Barrier(2), [], []

    def register(clerk):
        try:
            start.wait()
            found.append(actions.save_party(by=clerk, **GOOD).pk)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=register, args=(clerk,)) for clerk in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(set(found)) == 1
    assert Event.objects.filter(name="party.register").count() == 1


def test_a_known_party_costs_three_statements(places, django_assert_max_num_queries):
    clerk = people.actor("clerk")
    actions.save_party(by=clerk, **GOOD)
    with django_assert_max_num_queries(5):  # savepoint, the row locked, row, event, release
        actions.save_party(by=clerk, **{**GOOD, "mobile": "13905740001"})


def test_find_party_by_the_whole_number_only(places):
    party = people.party()
    assert queries.find_party(people.actor("clerk"), "person", PERSON_ID.lower()) == party
    assert queries.find_party(people.actor("clerk"), "person", OTHER_ID) is None
    with pytest.raises(Refused):
        queries.find_party(people.actor("clerk"), "person", PERSON_ID[:10])
    with pytest.raises(Forbidden):
        queries.find_party(people.actor("catalogue"), "person", PERSON_ID)


def mandate(by=SYSTEM, **given) -> Mandate:
    firm, agent = people.party("enterprise"), people.party(name="李秀兰", id_number=OTHER_ID)
    return actions.grant_mandate(by=by, principal=firm, agent=agent, evidence="授权委托书", **given)


def test_an_agent_acts_for_the_principal_until_it_is_revoked(places):
    agent = people.citizen(people.party(name="李秀兰", id_number=OTHER_ID))
    assert len(actor_for(agent).party_ids) == 1
    row = mandate()
    assert actor_for(agent).party_ids == (agent.party_id, row.principal_id)
    event = Event.objects.latest("id")
    assert (event.name, event.chain) == ("mandate.grant", f"party:{row.principal_id}")
    actions.revoke_mandate(by=people.actor("clerk"), mandate=row, reason="到期不续")
    assert actor_for(agent).party_ids == (agent.party_id,)
    assert Event.objects.latest("id").name == "mandate.revoke"


def test_a_mandate_for_one_item_reaches_that_item_only(places):
    agent = people.citizen(people.party(name="李秀兰", id_number=OTHER_ID))
    row = mandate(scope=["food-licence"])
    assert actor_for(agent).party_ids == (agent.party_id,)
    assert actor_for(agent).scoped == ((row.principal_id, "food-licence"),)
    assert mandates_held(actor_for(agent)) == [row]
    stands = [standing_mandate(row.principal_id, row.agent_id, code) for code in ("food-licence", "hygiene")]
    assert stands == [row, None]
    people.party(name="王小明", id_number=PERSON_ID)  # stands beside it all
    reach = [principals_for(actor_for(agent), code) for code in ("food-licence", "hygiene")]
    assert reach == [[agent.party, row.principal], [agent.party]]
    actions.revoke_mandate(by=SYSTEM, mandate=row)
    assert mandates_held(actor_for(agent)) == []
    other = {"principal": row.principal, "agent": row.agent, "valid_from": row.valid_from, "revoked_at": now()}
    whole = Mandate.objects.bulk_create([Mandate(scope=["hygiene"] * (n < 20), **other) for n in range(21)])[-1]
    assert mandates_ended(row.agent_id, row.principal_id, "food-licence") == [whole, row]  # the others push it off no page


def test_a_mandate_holds_between_its_days(places, time_machine):
    from datetime import datetime, timedelta

    from apps.kit.time import BEIJING, today

    time_machine.move_to(datetime(2026, 11, 23, 12, tzinfo=BEIJING))
    agent = people.citizen(people.party(name="李秀兰", id_number=OTHER_ID))
    mandate(valid_from=today() + timedelta(1), valid_to=today() + timedelta(2))
    reach = []
    for _ in range(4):
        reach.append((len(actor_for(agent).party_ids), len(mandates_held(actor_for(agent)))))
        time_machine.shift(timedelta(days=1))
    assert reach == [(1, 1), (2, 1), (2, 1), (1, 0)]


def test_no_agent_passes_a_mandate_on(places):
    agent_user = people.citizen(people.party(name="李秀兰", id_number=OTHER_ID))
    row = mandate()
    third = people.party(name="王小明", id_number=PERSON_ID)
    me = actor_for(agent_user)
    with nothing_written(Mandate), pytest.raises(NotYours):
        actions.grant_mandate(by=me, principal=row.principal, agent=third, evidence="转委托")
    stranger = actor_for(people.citizen(third, username="third"))
    with nothing_written(), pytest.raises(NotYours):
        actions.revoke_mandate(by=stranger, mandate=row)
    with pytest.raises(NotYours):
        mandate_for(stranger, row.pk)
    assert mandate_for(me, row.pk) == row
    assert actions.revoke_mandate(by=me, mandate=row).revoked_at  # to give it up is the agent's own right
    own = actions.grant_mandate(by=me, principal=agent_user.party, agent=third, evidence="自己的委托")
    assert own.pk
    firm = actions.grant_mandate(by=SYSTEM, principal=row.principal, agent=agent_user.party, evidence="授权委托书")
    other = actions.grant_mandate(by=SYSTEM, principal=third, agent=row.principal, evidence="委托公司的")
    assert mandates_held(actor_for(agent_user)) == [firm]  # whom the firm acts for is not his to read
    with pytest.raises(NotYours):
        mandate_for(actor_for(agent_user), other.pk)


@pytest.mark.parametrize(
    ("given", "field"), [({"evidence": ""}, "evidence"), ({"valid_to": "2016-01-01"}, "valid_to"), ({}, "agent")]
)
def test_mandates_refused(places, given, field):
    from datetime import date

    firm, agent = people.party("enterprise"), people.party()
    if "valid_to" in given:
        given = {"valid_to": date.fromisoformat(given["valid_to"])}
    wanted = {"principal": firm, "agent": agent, "evidence": "授权委托书", **given}
    if field == "agent":
        wanted["agent"] = firm
    with nothing_written(Mandate), pytest.raises(Refused) as refusal:
        actions.grant_mandate(by=SYSTEM, **wanted)
    assert refusal.value.field == field
