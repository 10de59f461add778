import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.applications.models import Application
from apps.directory import actions, queries_reveals
from apps.directory.models import Party, Reveal, User
from apps.directory.queries import actor_for
from apps.journal.actor import PUBLIC, SYSTEM, Actor
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused
from apps.kit.time import now, today
from tests import people
from tests.people import PERSON_ID, nothing_written
from tests.threads import behind

pytestmark = pytest.mark.usefixtures("places")
WHY = "核对申请人身份"


def test_the_full_value_and_who_what_why():
    clerk, party = replace(people.actor("clerk"), ip="10.0.0.1"), people.party()
    assert actions.reveal(by=clerk, subject=party, field="id_number", reason=f"  {WHY} ") == PERSON_ID
    row = Reveal.objects.get()
    assert (row.by_id, row.address, row.node_code, row.subject_label, row.field, row.reason) == (
        clerk.id,
        "10.0.0.1",
        people.CIXI,
        "王*明",
        "id_number",
        WHY,
    )
    event = Event.objects.latest("id")
    assert (event.name, event.chain) == ("party.reveal", f"party:{party.pk}")
    assert PERSON_ID not in str(event.facts)


@pytest.mark.parametrize(("field", "reason"), [("id_number", "看看"), ("id_number", "  "), ("pinyin", WHY), ("x", WHY)])
def test_refused(field, reason):
    clerk, party = people.actor("clerk"), people.party()
    with nothing_written(Reveal), pytest.raises(Refused):
        actions.reveal(by=clerk, subject=party, field=field, reason=reason)


WHO = {
    "clerk": True,
    "issue_clerk": True,
    "reviewer": True,
    "head": True,
    "seal_keeper": True,
    "supervisor": True,
    "catalogue": False,
    "node_admin": False,
    "auditor": False,
}


@pytest.mark.parametrize(("role", "may"), WHO.items())
def test_who_may(role, may):
    by, party = people.actor(role), people.party()
    if may:
        assert actions.reveal(by=by, subject=party, field="mobile", reason=WHY) == "13805740001"
        return
    with nothing_written(Reveal), pytest.raises(Forbidden):
        actions.reveal(by=by, subject=party, field="mobile", reason=WHY)


def test_only_staff_reveals():
    party = people.party()
    for by in (PUBLIC, SYSTEM, actor_for(people.citizen(party))):
        with nothing_written(Reveal), pytest.raises(Forbidden):
            actions.reveal(by=by, subject=party, field="mobile", reason=WHY)


def test_a_colleagues_mobile_is_for_his_administrator():
    user, _ = actions.invite_staff(
        by=SYSTEM, username="somebody", name="某人", region=people.CIXI, mobile="13805740001"
    )
    assert actions.reveal(by=people.actor("node_admin"), subject=user, field="mobile", reason=WHY) == "13805740001"
    assert "*" in Reveal.objects.get().subject_label
    for role, node, refusal in [("clerk", people.CIXI, Forbidden), ("node_admin", "330211", NotYours)]:
        by = people.actor(role, node=node)
        with nothing_written(Reveal), pytest.raises(refusal):
            actions.reveal(by=by, subject=user, field="mobile", reason=WHY)


@pytest.mark.parametrize(("role", "of_whom", "field"), [("node_admin", people.account, "mobile"), ("clerk", people.party, "id_number")])
def test_the_auditor_of_the_post_that_let_him_reads_of_it(role, of_whom, field):
    """It stood under his first post, which let him do nothing of the kind, and its auditor alone heard of it."""
    both = people.staff("catalogue", node="330211")
    people.staff(role, user=both)
    actions.reveal(by=actor_for(both), subject=of_whom(), field=field, reason=WHY)
    assert Reveal.objects.get().node_code == people.CIXI
    assert Event.objects.latest("id").by_post == both.posts.get(role=role).pk


def test_not_without_end(settings, time_machine):
    time_machine.move_to(now())
    settings.REVEALS_PER_TEN_MINUTES = 3
    clerk, party = people.actor("clerk"), people.party()
    for _ in range(3):
        actions.reveal(by=clerk, subject=party, field="mobile", reason=WHY)
    with nothing_written(Reveal), pytest.raises(Refused) as refusal:
        actions.reveal(by=clerk, subject=party, field="mobile", reason=WHY)
    assert refusal.value.code == "reveal.too_many"
    assert actions.reveal(by=people.actor("clerk"), subject=party, field="mobile", reason=WHY)  # each has his own number
    time_machine.shift(timedelta(minutes=9))
    with pytest.raises(Refused):
        actions.reveal(by=clerk, subject=party, field="mobile", reason=WHY)
    time_machine.shift(timedelta(minutes=2))
    assert actions.reveal(by=clerk, subject=party, field="mobile", reason=WHY)


def test_the_record_cannot_be_changed_or_deleted():
    clerk, party = people.actor("clerk"), people.party()
    actions.reveal(by=clerk, subject=party, field="mobile", reason=WHY)
    for change in (lambda: Reveal.objects.update(reason="别的"), lambda: Reveal.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Reveal.objects.get().reason == WHY


def test_the_auditor_reads_his_node_and_the_citys_auditor_all():
    party = people.party()
    actions.reveal(by=people.actor("clerk"), subject=party, field="mobile", reason=WHY)
    actions.reveal(by=people.actor("clerk", node=people.CITY), subject=party, field="address", reason=WHY)
    here, city = people.actor("auditor"), people.actor("auditor", node=people.CITY)
    assert [row.field for row in queries_reveals.reveals_for(here)] == ["mobile"]
    assert [row.field for row in queries_reveals.reveals_for(city)] == ["address", "mobile"]
    assert [row.field for row in queries_reveals.reveals_for(city, node=people.CIXI)] == ["mobile"]
    for role in WHO:
        if role != "auditor":
            with pytest.raises(Forbidden):
                queries_reveals.reveals_for(people.actor(role))


def test_by_date_person_and_subject():
    party, firm = people.party(), people.party("enterprise")
    firm.name = "慈溪一味·买买提餐饮有限公司"
    firm.save()
    clerk = people.staff("clerk", user=people.account("钱丽君"))
    actions.reveal(by=actor_for(clerk), subject=party, field="mobile", reason=WHY)
    actions.reveal(by=people.actor("clerk"), subject=firm, field="legal_rep_id", reason=WHY)
    auditor = people.actor("auditor")

    def fields(**wanted):
        return {row.field for row in queries_reveals.reveals_for(auditor, **wanted)}

    day = today()
    assert fields(since=day, until=day) == {"mobile", "legal_rep_id"}
    assert fields(until=day - timedelta(1)) == set() == fields(since=day + timedelta(1))
    assert fields(person="钱丽") == fields(person=clerk.username.upper()) == {"mobile"}
    assert fields(subject="一味") == fields(subject="味.买买提") == {"legal_rep_id"}
    assert fields(subject=f"party:{party.pk}") == {"mobile"}
    me = Actor("person", 0, party_ids=(party.pk, firm.pk))  # who acts for a firm reads of himself alone
    assert [row.field for row in queries_reveals.reveals_of(me, Party.objects.none())] == ["mobile"]
    for kept, asked in (("古丽·买买提", "古丽.买"), ("古丽.买买提", "古丽.买")):  # also one invited before names had one dot
        User.objects.filter(username=clerk.username).update(name=kept)
        assert fields(person=asked) == {"mobile"}


def test_one_s_own_looks_are_found_without_reading_the_register_of_all():
    """Of 400 thousand looks each visit of the page on one's own data read every one."""
    firm, clerk = people.party("enterprise"), people.staff("clerk")
    told = {"node_code": people.CIXI, "subject_label": "某", "field": "mobile", "reason": WHY, "at": now(), "by": clerk}
    Reveal.objects.bulk_create(Reveal(subject_type="application", subject_id=900 + n % 900, **told) for n in range(3000))
    Reveal.objects.bulk_create(Reveal(subject_type="party", subject_id=firm.pk, **told) for n in range(3))
    mine = queries_reveals.reveals_of(Actor("person", 0, party_ids=(firm.pk,)), Application.objects.filter(applicant=firm))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE directory_reveal")
    read = json.loads(mine.explain(analyze=True, format="json"))[0]["Plan"]
    assert read["Actual Rows"] == 3 and _most(read) <= 3


def _most(plan: dict) -> int:
    """Rows that the busiest part of a plan took up, those it threw away as well."""
    rows = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return max([rows, *map(_most, plan.get("Plans", ()))])


def test_two_administrators_who_look_each_other_up_wait_and_do_not_stand_in_each_other_s_way(transactional_db):
    """Each held the other's account and waited for his own: one of them was told that the database does not answer."""
    low, high = sorted((people.staff("node_admin") for _ in range(2)), key=lambda user: user.pk)
    User.objects.update(mobile="13805740001")
    locked = User.objects.select_for_update(no_key=True, nowait=True)
    with transaction.atomic():
        locked.get(pk=low.pk)
        told = behind(lambda: actions.reveal(by=actor_for(low), subject=high, field="mobile", reason=WHY))
        assert locked.get(pk=high.pk)  # he waits for his own before he holds another's
    assert told() == "13805740001"
