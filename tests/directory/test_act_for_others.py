"""Acting for others from one's own account: authorised with dates, by law for a child, and told when it ends."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from psycopg2.errors import LockNotAvailable

from apps.applications.actions import save_draft
from apps.directory import actions
from apps.directory.models import Mandate, Message, Party, User
from apps.directory.queries import actor_for
from apps.directory.queries_mandates import mandates_given, mandates_held, standing_mandate
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import now, today
from tests import make
from tests.databases import beside
from tests.people import nothing_written
from tests.threads import behind

from .registering import COMPANY, NAME, NUMBER, PASSWORD, ask, number_of, register


def test_a_legal_representative_authorises_a_handler_with_dates(person, twins):
    me = actor_for(person)
    twins.tie(COMPANY, NUMBER)
    twins.know(COMPANY, "慈溪市一味餐饮有限公司")
    mandate = actions.represent_enterprise(by=me, uscc=COMPANY, name="慈溪市一味餐饮有限公司")
    assert mandate.kind == "legal_rep"
    me = actor_for(User.objects.get(pk=person.pk))
    assert mandate.principal_id in me.party_ids
    given = {"principal": mandate.principal_id, "name": "钱二", "id_number": number_of(date(1980, 5, 5))}
    for valid_to in (None, today() - timedelta(days=1), today() + timedelta(days=732)):
        with nothing_written(Mandate), pytest.raises(Refused):
            actions.authorise_handler(by=me, valid_to=valid_to, **given)
    with nothing_written(Mandate), pytest.raises(Refused) as told:  # it would outlive his office, and his successor never gave it
        actions.authorise_handler(by=me, valid_to=today(), **given | {"name": NAME, "id_number": NUMBER})
    assert (told.value.code, told.value.field) == ("mandate.self", "id_number")
    handler = actions.authorise_handler(by=me, valid_to=today() + timedelta(days=30), scope=["food-licence"], **given)
    assert (handler.agent.name, handler.scope) == ("钱二", ["food-licence"])
    assert Message.objects.filter(party=handler.agent).count() == 1
    # A handler passes nothing on.
    ask(phone="13905746666")
    other = register(twins, phone="13905746666", name="钱二", number=number_of(date(1980, 5, 5)))
    with nothing_written(Mandate), pytest.raises(Forbidden):
        actions.authorise_handler(
            by=actor_for(other),
            valid_to=today(),
            principal=mandate.principal_id,
            name=NAME,
            id_number=NUMBER,
        )
    assert actor_for(other).scoped == ((mandate.principal_id, "food-licence"),)
    stranger = Party.objects.exclude(pk__in=[mandate.principal_id, me.party_ids[0], handler.agent_id]).first()
    for_him = Actor("person", 0, party_ids=(stranger.pk, handler.agent_id))  # acts for the handler, and not for the firm
    with nothing_written(Mandate), pytest.raises(NotYours):
        actions.grant_mandate(by=actor_for(other), principal=mandate.principal, agent=stranger, evidence="网上授权")
    for by, refusal in ((for_him, NotYours), (make.actor("scjg-reviewer"), Forbidden)):
        with nothing_written(Mandate), pytest.raises(refusal):
            actions.revoke_mandate(by=by, mandate=handler)
    with nothing_written(Mandate), pytest.raises(NotYours):  # who stands for one firm gives nothing in the name of another
        actions.grant_mandate(by=me, principal=stranger, agent=handler.agent, evidence="网上授权")
    again = actions.grant_mandate(by=SYSTEM, principal=mandate.principal, agent=handler.agent, evidence="网上授权")
    actions.revoke_mandate(by=actor_for(other), mandate=again)
    assert Message.objects.get(party=mandate.principal, title__endswith="代慈溪市一味餐饮有限公司办理").title.startswith("钱*不再")
    assert Message.objects.filter(party=me.party_ids[0], key=f"revoked:{again.pk}").exists()
    actions.revoke_mandate(by=me, mandate=handler, reason="离职。")
    assert "原因：离职。从现在起" in Message.objects.get(party=handler.agent, title="您不再代慈溪市一味餐饮有限公司办理").text
    assert actor_for(User.objects.get(pk=other.pk)).scoped == ()
    with nothing_written(), pytest.raises(WrongState):
        actions.revoke_mandate(by=me, mandate=handler)
    twins.know(given["id_number"], "钱二")
    with nothing_written(Mandate, Party), pytest.raises(Refused) as told:
        actions.authorise_handler(by=me, valid_to=today(), **given | {"name": "钱三"})
    assert (told.value.code, told.value.field) == ("mandate.identity", "id_number")


def test_what_a_window_enters_of_a_mandate_and_who_hears_of_it(person):
    firm, agent = Party.objects.filter(kind="enterprise").first(), Party.objects.filter(kind="person").exclude(pk=person.party_id).first()
    actions.grant_mandate(by=SYSTEM, principal=firm, agent=person.party, evidence="登记信息", kind="legal_rep")
    paper = {"by": make.actor("cixi-clerk"), "principal": firm, "agent": agent, "evidence": "授权委托书"}
    with nothing_written(Mandate), pytest.raises(Forbidden):  # by law only what the registers say
        actions.grant_mandate(**paper, kind="legal_rep")
    for first, last in ((-5, -1), (5, 2)):
        with nothing_written(Mandate), pytest.raises(Refused) as told:
            actions.grant_mandate(**paper, valid_from=today() + timedelta(first), valid_to=today() + timedelta(last))
        assert told.value.field == "valid_to"
    later = today() + timedelta(5)
    actions.grant_mandate(**paper | {"principal": agent, "agent": firm}, valid_from=later, valid_to=later)
    on = [bool(standing_mandate(agent.pk, firm.pk, "food-licence", later + timedelta(days))) for days in (-1, 0, 1)]
    assert on == [False, True, False]  # its two ends
    actions.grant_mandate(**paper)
    assert Message.objects.filter(party=person.party, title__startswith="窗口登记了一项委托").count() == 1
    given = {(one.kind, one.principal_id) for one in mandates_given(actor_for(person))}
    assert given == {("handler", firm.pk)}  # his firm's, and nobody is taken back here who acts by law


def test_a_mandate_that_has_run_out_is_told_so_and_not_taken_back(person, client, twins, time_machine):
    number = number_of(date(1980, 5, 5))
    twins.know(number, "钱二")
    given = {"principal": person.party_id, "name": "钱二", "id_number": number, "valid_to": today()}
    one = actions.authorise_handler(by=actor_for(person), **given)
    client.force_login(person)
    over = {"principal": one.principal, "agent": one.agent, "valid_from": today(), "evidence": "网上授权", "revoked_at": now()}
    Mandate.objects.bulk_create([Mandate(**over) for _ in range(201)])  # what is over pushes nothing that stands off the page
    assert "/end/" in client.get("/account/identities/").text
    Mandate.objects.exclude(pk=one.pk).delete()
    time_machine.move_to(now() + timedelta(days=1))
    client.force_login(person)
    page = client.get("/account/identities/").text
    assert "到期（含当日）" in page and "/end/" not in page


def test_a_new_representative_ends_the_former_ones_right_and_the_journal_says_so(person, twins):
    twins.know(COMPANY, "慈溪市一味餐饮有限公司")
    twins.tie(COMPANY, NUMBER)
    former = actions.represent_enterprise(by=actor_for(person), uscc=COMPANY, name="慈溪市一味餐饮有限公司")
    number = number_of(date(1980, 5, 5))
    ask(phone="13905746666")
    other = register(twins, phone="13905746666", name="钱二", number=number)
    twins.tie(COMPANY, number)
    Party.objects.filter(id_number=COMPANY).update(legal_rep_id=number)  # as the counter had entered it when that ended nobody's right
    actions.represent_enterprise(by=actor_for(other), uscc=COMPANY, name="慈溪市一味餐饮有限公司")
    assert actor_for(User.objects.get(pk=person.pk)).party_ids == (person.party_id,)
    assert Message.objects.filter(party=person.party, title__startswith="您不再代表").count() == 1
    told = Event.objects.get(name="mandate.revoke", subject_id=str(former.pk))
    assert told.facts["reason"] == "登记机关的法定代表人已变更"
    given = actions.authorise_handler(by=actor_for(other), principal=other.party_id, name=NAME, id_number=NUMBER, valid_to=today())
    Party.objects.filter(pk=other.party_id).update(address="慈溪市人民路1号")
    by = actor_for(other)
    with CaptureQueriesContext(connection) as asked:
        actions.close_account(by=by, user=other, password=PASSWORD, erase_contact=True)
    said = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    # All who change rights want this one row: it is taken once, when nothing else has to be waited for.
    assert [n for n, sql in enumerate(said) if "directory_directoryversion" in sql] == [len(said) - 1]
    last = Event.objects.filter(name="mandate.revoke").order_by("pk").last()
    assert last.facts["reason"] == "账号已注销"
    assert "委托人注销了账号" in Message.objects.get(party=given.agent, key=f"revoked:{given.pk}").text
    assert Message.objects.get(party__id_number=COMPANY, key__startswith="revoked:").title == "钱*不再代慈溪市一味餐饮有限公司办理"
    his = Q(agent=other.party_id) | Q(principal=other.party_id)
    assert not Mandate.objects.filter(his, revoked_at__isnull=True).exists()
    left = Party.objects.get(pk=other.party_id)
    assert (left.name, left.mobile, left.address) == ("钱二", "", "")


def test_who_holds_a_party_keeps_nobody_from_naming_it(world):
    """A message to it, or a case of it, waited at its commit with what everybody wants in its hands: a deadlock."""
    firm = Party.objects.get(kind="enterprise")
    actions.save_party(by=SYSTEM, kind="enterprise", name=firm.name, id_number=firm.id_number)
    with action(SYSTEM) as act:
        act.lock(Party, firm.pk)
    with beside() as other, other.cursor() as cursor:
        cursor.execute("SELECT FROM directory_party WHERE id = %s FOR KEY SHARE NOWAIT", [firm.pk])  # as a foreign key is checked
        with pytest.raises(LockNotAvailable):
            cursor.execute("SELECT FROM directory_party WHERE id = %s FOR SHARE NOWAIT", [firm.pk])


def test_two_people_are_taken_in_the_order_of_their_numbers(person, twins):
    """Where two came, one for the other and at the next counter the other way round, each held one file and waited for the other's."""
    me, owner = actor_for(person), Party.objects.get(pk=person.party_id)
    one = {"kind": "person", "name": "钱二", "id_number": number_of(date(1980, 5, 5))}
    two = {"kind": "person", "name": NAME, "id_number": NUMBER}
    smaller, draft = actions.save_party(by=SYSTEM, **one), make.draft()
    twins.know(one["id_number"], one["name"])

    def takes_the_smaller_first(do, **given) -> None:
        with CaptureQueriesContext(connection) as asked:
            do(**given)
        held = [query["sql"] for query in asked if "lock a party" in query["sql"] or "lock directory_party" in query["sql"]]
        assert [one["id_number"] in sql or f"({smaller.pk})" in sql for sql in held] == [True, False]

    at_the_counter = {"by": make.actor("cixi-clerk"), "application": draft.pk}
    takes_the_smaller_first(save_draft, **at_the_counter, applicant=one, agent=two)
    takes_the_smaller_first(save_draft, **at_the_counter, applicant=two, agent=one)
    given = {"name": one["name"], "id_number": one["id_number"], "valid_to": today()}
    takes_the_smaller_first(actions.authorise_handler, by=me, principal=owner.pk, **given)
    actions.grant_mandate(by=SYSTEM, principal=smaller, agent=owner, evidence="户口簿")
    takes_the_smaller_first(actions.close_account, by=me, user=person, password=PASSWORD, erase_contact=True)


def test_what_the_other_side_takes_back_at_this_moment_keeps_nobody_in_his_account(transactional_db, world):
    """Who left while his principal was taking the mandate back was told that it is revoked already, and his account stayed; one that he
    gave on another page in that moment outlived the account."""
    agent, owner = make.user("citizen"), Party.objects.get(id_number=COMPANY)
    other = actions.save_party(by=SYSTEM, kind="person", name="钱二", id_number=number_of(date(1980, 5, 5)))
    taken = actions.grant_mandate(by=SYSTEM, principal=owner, agent=agent.party, evidence="授权委托书")
    leave = {"by": actor_for(agent), "user": agent, "password": "Yichuang-2017", "erase_contact": False}
    with transaction.atomic():
        actions.revoke_mandate(by=SYSTEM, mandate=taken, reason="换人经办")
        given = actions.grant_mandate(by=SYSTEM, principal=agent.party, agent=other, evidence="网上授权")
        found = behind(lambda: actions.close_account(**leave))
    assert found() == agent
    assert not User.objects.get(pk=agent.pk).is_active
    assert Event.objects.filter(name="mandate.revoke", subject_id=str(taken.pk)).count() == 1
    assert Mandate.objects.get(pk=given.pk).revoked_at


def test_another_representative_entered_at_the_counter_ends_the_former_ones_right(person, twins):
    """The firm shows its new licence at the window; its new head may never open an account. Who is still the head binds it again."""
    twins.know(COMPANY, "慈溪市一味餐饮有限公司")
    twins.tie(COMPANY, NUMBER)
    given = {"uscc": COMPANY, "name": "慈溪市一味餐饮有限公司"}
    mandate = actions.represent_enterprise(by=actor_for(person), **given)
    firm = {"by": make.actor("cixi-clerk"), "kind": "enterprise", "name": given["name"], "id_number": COMPANY}
    actions.save_party(**firm, mobile="0574-63001112", legal_rep_name=NAME, legal_rep_id=NUMBER)
    assert mandate.principal_id in actor_for(User.objects.get(pk=person.pk)).party_ids
    handler = actions.grant_mandate(by=SYSTEM, principal=mandate.principal, agent=person.party, evidence="授权书", scope=["food-licence"])
    actions.save_party(**firm, legal_rep_name="钱二", legal_rep_id=number_of(date(1980, 5, 5)))
    assert mandates_held(actor_for(User.objects.get(pk=person.pk))) == [handler]
    assert actor_for(User.objects.get(pk=person.pk)).party_ids == (person.party_id,)
    told = Event.objects.get(name="mandate.revoke", subject_id=str(mandate.pk))
    assert told.facts["reason"] == "窗口登记的法定代表人已变更"
    told = Message.objects.get(party=person.party, title__startswith="您不再代表").text
    assert "重新绑定" in told and "授权您经办的" in told  # a mandate as handler goes on
    again = actions.represent_enterprise(by=actor_for(person), **given)
    assert actions.represent_enterprise(by=actor_for(person), **given).pk == again.pk  # once more changes nothing
    assert again.pk != mandate.pk and again.principal_id in actor_for(User.objects.get(pk=person.pk)).party_ids


def test_who_is_not_the_representative_is_refused(person, twins):
    twins.tie(COMPANY, "330203199001010014")
    with nothing_written(Mandate), pytest.raises(Refused) as told:
        actions.represent_enterprise(by=actor_for(person), uscc=COMPANY, name="慈溪市一味餐饮有限公司")
    assert told.value.field == "uscc"


def test_a_parent_acts_for_a_child_until_the_day_before_it_is_eighteen(person, twins):
    born = today().replace(year=today().year - 10, day=1)
    mandate = actions.guard_child(by=actor_for(person), name="赵小凡", id_number=number_of(born))
    assert mandate.valid_to == born.replace(year=born.year + 18) - timedelta(days=1)
    assert actions.guard_child(by=actor_for(person), name="赵小凡", id_number=number_of(born)).pk == mandate.pk
    twins.tie(number_of(born, 7), "330203199001010014")
    with nothing_written(Mandate, Party), pytest.raises(Refused) as told:
        actions.guard_child(by=actor_for(person), name="钱小凡", id_number=number_of(born, 7))
    assert told.value.code == "child.identity"
    leap = actions.guard_child(by=actor_for(person), name="赵闰", id_number=number_of(date(2020, 2, 29)))
    assert leap.valid_to == date(2038, 2, 28)  # 1 March is its birthday in a year that has no 29 February
    nearly = actions.guard_child(by=actor_for(person), name="赵将满", id_number=number_of(today() - timedelta(days=17 * 365 + 300)))
    given = {"by": actor_for(User.objects.get(pk=person.pk)), "principal": nearly.principal_id, "name": "钱二"}
    given["id_number"] = number_of(date(1980, 5, 5))
    with nothing_written(Mandate), pytest.raises(Refused, match="赵将满") as told:  # whom it wants then, it says itself
        actions.authorise_handler(**given, valid_to=nearly.valid_to + timedelta(days=1))
    assert told.value.field == "valid_to"
    assert actions.authorise_handler(**given, valid_to=nearly.valid_to).valid_to == nearly.valid_to
    grown = number_of(date(today().year - 18, today().month, min(today().day, 28)), 5)
    with nothing_written(Mandate), pytest.raises(Refused) as told:
        actions.guard_child(by=actor_for(person), name="赵大凡", id_number=grown)
    assert told.value.code == "child.grown"


def test_an_authorisation_that_ends_soon_is_told_to_both_sides_once(person, twins, days):
    me, on = actor_for(person), today()
    twins.know(number_of(date(1980, 5, 5)), "钱二")
    given = {"principal": me.party_ids[0], "name": "钱二", "id_number": number_of(date(1980, 5, 5))}
    short = actions.authorise_handler(by=me, valid_to=on + timedelta(days=7), **given)  # was never meant to go on
    soon = actions.authorise_handler(by=me, valid_to=on + timedelta(days=20), scope=["food-licence"], **given)
    actions.authorise_handler(by=me, valid_to=on + timedelta(days=21), scope=["retire"], **given)

    def told() -> list[tuple]:
        actions.tell_mandates_ending()
        rows = Message.objects.filter(key__startswith="mandate_ends:").order_by("pk")
        return [(row.party_id, row.key, row.title) for row in rows]

    assert told() == []
    days.at(on + timedelta(days=12))
    assert told() == []
    days.at(on + timedelta(days=13))
    both = [
        (me.party_ids[0], f"mandate_ends:{soon.pk}", "给钱*的授权快到期了"),
        (soon.agent_id, f"mandate_ends:{soon.pk}", f"代{soon.principal.name}办理的授权快到期了"),
    ]
    assert told() == both and told() == both
    text = Message.objects.filter(key=f"mandate_ends:{soon.pk}").first().text
    assert f"{soon.valid_to:%Y年%-m月%-d日}" in text
    actions.authorise_handler(by=me, valid_to=on + timedelta(days=60), **given)  # for all: it goes on without a gap
    days.at(on + timedelta(days=14))
    assert told() == both
    assert short.pk


def test_what_another_authorisation_covers_ends_nothing_and_what_it_does_not_cover_is_told(person, twins, days):
    """Of equal ones both were told; one for more items, or a firm's new legal representative, was told that he could not act any more."""
    me, on = actor_for(person), today()
    given = {"principal": me.party_ids[0], "name": "钱二", "id_number": number_of(date(1980, 5, 5))}
    twins.know(given["id_number"], "钱二")

    def let(until: int, *scope: str) -> Mandate:
        return actions.authorise_handler(by=me, valid_to=on + timedelta(days=until), scope=list(scope), **given)

    def told() -> list[str]:
        actions.tell_mandates_ending()
        rows = Message.objects.filter(key__startswith="mandate_ends:", party=Party.objects.get(name="钱二"))
        return [*rows.order_by("pk").values_list("key", flat=True)]

    let(20, "food-licence")
    again = let(20, "food-licence")
    retire, everything = let(20, "retire"), let(21)
    assert let(60, "food-licence", "open-ktv")  # covers neither all nor the other item
    days.at(on + timedelta(days=13))
    assert told() == []  # what is for everything goes on a day longer
    days.at(on + timedelta(days=14))
    assert told() == [f"mandate_ends:{everything.pk}"]
    actions.revoke_mandate(by=me, mandate=everything, reason="写错了")
    assert told() == [f"mandate_ends:{one.pk}" for one in (everything, retire)]
    Mandate.objects.filter(valid_to=on + timedelta(days=60)).update(revoked_at=now())
    assert told() == [f"mandate_ends:{one.pk}" for one in (everything, retire, again)]
    assert "凭它" in Message.objects.filter(key=f"mandate_ends:{retire.pk}").first().text
    Message.objects.filter(key__startswith="mandate_ends:").delete()
    agent = again.agent
    actions.grant_mandate(by=SYSTEM, principal=again.principal, agent=agent, evidence="登记机关", kind=Mandate.Kind.LEGAL_REP)
    assert told() == []
