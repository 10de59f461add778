"""The chains and the anchors: every kind of tampering is found and named, whatever was switched off to do it."""

import json
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from apps.applications import actions
from apps.applications.models import Application
from apps.journal import anchoring
from apps.journal.anchoring import Broken, _Heads, seal, verify
from apps.journal.models import Anchor, Event
from tests import databases, make
from tests.settled import seal_all
from tests.threads import together


@contextmanager
def behind_the_back():
    """What a person with the database's keys can do: no trigger speaks."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM journal_delivery")
        yield cursor
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def story(world):
    make.claimed(gaps=["floor_plan"])
    case = make.accepted()
    return Event.objects.filter(chain=case.chain, name="application.accept").get()


def test_an_honest_journal_verifies(story):
    assert verify() == Event.objects.count()


TAMPERED = {
    "at": "at + interval '1 microsecond'",
    "chain": "'application:999999'",
    "seq": "seq + 100",
    "name": "'application.void'",
    "subject_type": "'member'",
    "subject_id": "'1'",
    "by_kind": "'system'",
    "by_id": "by_id + 1",
    "by_name": "'他人'",
    "by_post": "by_post + 1",
    "from_state": "'draft'",
    "to_state": "'done'",
    "facts": '\'{"on": "2001-01-01"}\'',
    "hash": "repeat('0', 64)",
}


def test_of_several_broken_events_the_one_written_first_is_named(story):
    """Chains are walked by name: `application:1` is walked before `department:1`, whose event is older."""
    older = Event.objects.exclude(chain=story.chain).filter(chain__gt=story.chain).order_by("pk").first()
    assert older.pk < story.pk
    with behind_the_back() as cursor:
        cursor.execute("UPDATE journal_event SET by_name = '他人' WHERE id IN (%s, %s)", [story.pk, older.pk])
    with pytest.raises(Broken) as found:
        verify()
    assert found.value.event == older.pk
    assert older.chain in str(found.value)


def test_the_table_names_every_column_but_the_numbers():
    assert set(TAMPERED) | {"id", "tx"} == {field.column for field in Event._meta.concrete_fields}


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_every_column_is_covered(story):
    for column, value in TAMPERED.items():
        with undone():
            with behind_the_back() as cursor:
                cursor.execute(f"UPDATE journal_event SET {column} = {value} WHERE id = %s", [story.pk])
            with pytest.raises(Broken) as found:
                verify()
            assert found.value.event == story.pk, column
            assert "application:" in str(found.value), column
    assert verify()


def test_a_null_where_a_value_was(story):
    with behind_the_back() as cursor:
        cursor.execute("UPDATE journal_event SET by_id = NULL, by_post = NULL WHERE id = %s", [story.pk])
    with pytest.raises(Broken) as found:
        verify()
    assert found.value.event == story.pk


def test_a_removed_event_is_missed(story):
    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM journal_event WHERE id = %s", [story.pk])
    with pytest.raises(Broken, match=f"{story.chain} 缺第 {story.seq}"):
        verify()


def test_a_removed_first_event_is_missed(story):
    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM journal_event WHERE chain = %s AND seq = 1", [story.chain])
    with pytest.raises(Broken, match="缺第 1"):
        verify()


def test_a_cut_tail_is_missed(story):
    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM journal_event WHERE chain = %s AND seq >= %s", [story.chain, story.seq])
    with pytest.raises(Broken, match=f"{story.chain} 的末尾缺第 {story.seq} ") as found:
        verify()
    assert found.value.event == Event.objects.get(chain=story.chain, seq=story.seq - 1).pk  # the last that stands


def test_a_whole_chain_removed_is_missed(story):
    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM journal_event WHERE chain = %s", [story.chain])
    with pytest.raises(Broken, match=f"{story.chain} 的末尾缺第 1 至 ") as found:
        verify()
    assert found.value.event is None


@pytest.mark.parametrize("head", [{"chain_seq": 1}, {"chain_head": "0" * 64}])
def test_a_head_that_forgot_the_last_event_is_found_there(story, head):
    Application.objects.filter(pk=int(story.root_id)).update(**head)
    with pytest.raises(Broken, match=f"{story.chain} 的末尾与其主体所记不符") as found:
        verify()
    assert found.value.event == Event.objects.filter(chain=story.chain).latest("seq").pk


@pytest.mark.parametrize("at_once", [1, 2, 7])
def test_chains_are_compared_a_few_at_a_time(story, monkeypatch, at_once):
    """A city has millions: they were all held in memory, to the last."""
    whole = verify()
    monkeypatch.setattr(_Heads, "AT_ONCE", at_once)
    assert verify() == whole
    other = make.received()
    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM journal_event WHERE chain = %s", [other.chain])
        cursor.execute("DELETE FROM journal_event WHERE chain = %s AND seq >= %s", [story.chain, story.seq])
    with pytest.raises(Broken, match=f"{story.chain} 的末尾缺第"):  # of two the one whose subject is first
        verify()


@pytest.mark.parametrize("chain", ["application:x", "application:01", "application:99999999999999999999", "nothing:1"])
def test_a_chain_of_nobody_is_found(story, chain):
    with behind_the_back() as cursor:
        cursor.execute("UPDATE journal_event SET chain = %s WHERE chain = %s", [chain, story.chain])
        head = ""
        for event in Event.objects.filter(chain=chain).order_by("seq"):
            head = event.digest(head)
            cursor.execute("UPDATE journal_event SET hash = %s WHERE id = %s", [head, event.pk])
    Application.objects.filter(pk=int(story.root_id)).update(chain_seq=0, chain_head="")
    with pytest.raises(Broken, match=f"链 {chain} 有事件，其主体却不在或不记得"):
        verify()


def test_a_head_set_back_is_found(story):
    """The subject's row says that nothing ever happened, while its events stand there."""
    Application.objects.filter(pk=int(story.root_id)).update(chain_seq=0, chain_head="")
    with pytest.raises(Broken, match=story.chain):
        verify()


def test_a_subject_removed_from_under_its_events_is_found(story):
    from apps.applications.models import Attachment, Job, MaterialEntry, Member, Notice

    pk = int(story.root_id)
    with behind_the_back() as cursor:
        for model in (Attachment, MaterialEntry, Notice, Job, Member):
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE application_id = %s", [pk])
        cursor.execute("DELETE FROM applications_application WHERE id = %s", [pk])
    with pytest.raises(Broken, match=story.chain):
        verify()


def rehash(chain):
    """What a careful forger does: the chain is made consistent again, its head too."""
    head = ""
    with behind_the_back() as cursor:
        for event in Event.objects.filter(chain=chain).order_by("seq"):
            head = event.digest(head)
            cursor.execute("UPDATE journal_event SET hash = %s WHERE id = %s", [head, event.pk])
    Application.objects.filter(pk=int(chain.partition(":")[2])).update(chain_head=head)


# —— the global chain: real commits, since an anchor stops at the transactions that are still open ——


TAMPERED_NUMBERS = [
    "UPDATE journal_event SET tx = tx + 1000000 WHERE id = (SELECT max(id) FROM journal_event)",
    "UPDATE journal_event SET id = id + 1000000 WHERE id = (SELECT max(id) FROM journal_event)",
    "UPDATE journal_anchor SET hash = repeat('0', 64) WHERE id = (SELECT min(id) FROM journal_anchor)",
    "UPDATE journal_anchor SET count = count + 1 WHERE id = (SELECT max(id) FROM journal_anchor)",
    "UPDATE journal_anchor SET horizon = horizon + 1 WHERE id = (SELECT max(id) FROM journal_anchor)",
    "DELETE FROM journal_anchor WHERE id = (SELECT min(id) FROM journal_anchor)",
    "DELETE FROM journal_anchor WHERE id = (SELECT min(id) + 1 FROM journal_anchor)",
]


def test_the_global_chain_covers_what_a_chain_cannot(transactional_db, world, monkeypatch):
    cases = []
    for _ in range(3):
        cases.append(make.received())
        assert seal()
    assert verify() == Event.objects.count()
    assert seal() is None  # nothing new, nothing sealed
    assert sum(Anchor.objects.values_list("count", flat=True)) == Event.objects.count()
    for tampering in TAMPERED_NUMBERS:
        with undone():
            with behind_the_back() as cursor:
                cursor.execute(tampering)
            with pytest.raises(Broken, match=r"锚点.*（20\d\d-.*现有 \d+ 个）"):
                verify()
    # The careful forger makes the chain and its head consistent again: the anchor knows.
    with undone():
        with behind_the_back() as cursor:
            cursor.execute("UPDATE journal_event SET by_name = '他人' WHERE chain = %s AND seq = 2", [cases[1].chain])
        rehash(cases[1].chain)
        with pytest.raises(Broken, match="个锚点"):
            verify()
    with databases.beside() as other:
        other.cursor().execute(f"SELECT pg_advisory_xact_lock({anchoring._LOCK})")
        make.received()
        assert seal() is None  # another is at it: two upon one anchor would break their chain
    with connection._nodb_cursor() as elsewhere:
        elsewhere.execute("BEGIN; SELECT pg_current_xact_id()")
        make.received()
        seal_all()  # holds nobody up here
        assert sum(Anchor.objects.values_list("count", flat=True)) == Event.objects.count()
        elsewhere.execute("ROLLBACK")
    seen, check = Event.objects.count(), _Heads.demand_right

    def while_the_house_goes_on(heads):
        together(lambda: actions.begin_check(by=make.actor("cixi-clerk"), application=cases[0].pk))
        check(heads)

    monkeypatch.setattr(_Heads, "demand_right", while_the_house_goes_on)
    assert verify() == seen == Event.objects.count() - 1


def test_in_another_cluster_whose_numbers_begin_anew_each_is_sealed_once(story, monkeypatch):
    """The new events fell into the first anchor, which begins with number 0: none was sealed, and the journal did not verify any more."""
    numbers = iter((2**40, 2**39, 2**38))
    monkeypatch.setattr(anchoring, "settled_below", lambda: next(numbers))
    counts = [seal().count]
    for _ in range(2):  # in another, and from there in yet another
        make.received()
        counts.append(seal().count)
    assert sum(counts) == verify() == Event.objects.count()
    assert len(set(Anchor.objects.values_list("after_event", flat=True))) == 3


def test_what_ends_elsewhere_at_this_moment_holds_nobody_up(db, monkeypatch):
    """Another database's transaction that was in the snapshot and is gone when its owner is looked up was taken for one of ours."""
    with connection._nodb_cursor() as elsewhere, connection.cursor() as cursor:
        elsewhere.execute("BEGIN; SELECT pg_current_xact_id()::text::bigint")
        (number,) = elsewhere.fetchone()
        with connection._nodb_cursor() as later:
            later.execute("SELECT pg_current_xact_id()")
        cursor.execute("SELECT pg_current_snapshot()::text")
        (seen,) = cursor.fetchone()
        elsewhere.execute("ROLLBACK")
        assert str(number) in seen.split(":")[2].split(",")
        monkeypatch.setattr(anchoring, "_SETTLED", anchoring._SETTLED.replace("pg_current_snapshot()", f"CAST('{seen}' AS pg_snapshot)"))
        assert anchoring.settled_below() > number


def test_a_smaller_number_that_commits_later_is_still_sealed(transactional_db, world):
    """Two real connections: the first has drawn its number and is open while the second commits and is sealed."""
    slow, quick = make.received(), make.received()
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        event = Event.objects.filter(chain=slow.chain).latest("seq")
        late = Event(
            **{f.attname: getattr(event, f.attname) for f in Event._meta.concrete_fields if f.name not in ("id", "tx")}
        )
        late.seq, late.name = event.seq + 1, "application.wave"
        late.hash = late.digest(event.hash)
        columns = [f for f in Event._meta.concrete_fields if f.name not in ("id", "tx")]
        with other.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO journal_event ({', '.join(f.column for f in columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
                [f.get_db_prep_save(getattr(late, f.attname), connection) for f in columns],
            )
            cursor.execute(
                "UPDATE applications_application SET chain_seq = %s, chain_head = %s WHERE id = %s",
                [late.seq, late.hash, slow.pk],
            )
        assert seal()  # up to the very number that is still open
        actions.begin_check(by=make.actor("cixi-clerk"), application=quick.pk)
        assert seal() is None  # the quick one is above the horizon of what is still open
        other.commit()
    finally:
        other.close()
    anchor = seal()
    assert anchor.count == 2
    assert verify() == Event.objects.count() == sum(Anchor.objects.values_list("count", flat=True))


def run(name, *args):
    out, err = StringIO(), StringIO()
    try:
        call_command(name, *args, stdout=out, stderr=err)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_command_says_so_in_json_and_by_its_exit_code(story):
    code, out, _ = run("verify_journal", "--json")
    assert (code, json.loads(out)) == (0, {"ok": True, "events": Event.objects.count()})
    code, out, _ = run("verify_journal")
    assert code == 0
    assert "完好" in out
    with behind_the_back() as cursor:
        cursor.execute("UPDATE journal_event SET by_name = 'x' WHERE id = %s", [story.pk])
    code, out, err = run("verify_journal", "--json")
    answer = json.loads(out)
    assert (code, answer["ok"], answer["event"]) == (1, False, story.pk)
    assert story.chain in answer["errors"][0]
    assert err.strip()


def test_the_patrol_finds_the_impossible_and_says_where(story):
    code, out, _ = run("patrol", "--json")
    answer = json.loads(out)
    assert (code, answer["violations"]) == (0, [])
    assert len(answer["checked"]) >= 8
    with behind_the_back() as cursor:
        cursor.execute("UPDATE applications_job SET state = 'closed' WHERE application_id = %s", [int(story.root_id)])
    code, out, err = run("patrol", "--json")
    found = json.loads(out)["violations"]
    assert code == 1
    assert err.strip()
    assert {v["invariant"] for v in found} == {"applications.undecided_member_has_one_open_job"}
    code, out, _ = run("patrol")
    assert code == 1 and f"{found[0]['what']}（{found[0]['where']}）［{found[0]['invariant']}］" in out
