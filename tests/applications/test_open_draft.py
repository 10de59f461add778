import json
from datetime import timedelta

import pytest

from apps.applications import actions, queries, queries_case
from apps.applications.handout import take_over
from apps.applications.models import Application, Attachment, MaterialEntry
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.catalog.plan import compile_plan
from apps.catalog.queries import acceptable_by
from apps.directory import queries as directory
from apps.directory.models import Post, Region
from apps.directory.queries import actor_for
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.door import Action
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refusals, Refused, WrongState
from apps.kit.time import today
from apps.supervision import metrics
from tests import make, people
from tests.applications.test_run_bundle import BIG
from tests.catalog.conftest import document, item, load
from tests.people import nothing_written


def test_a_draft_has_the_plan_of_today_and_its_checklist(world):
    row = actions.open_draft(by=make.actor("cixi-clerk"), code=make.FOOD)
    assert (row.state, row.number, row.node_id, row.departments) == ("draft", None, "330282", ["scjg"])
    assert [entry.code for entry in row.materials.all()] == [line["material"] for line in row.plan["materials"]]
    assert Event.objects.get(chain=row.chain).name == "application.open"


@pytest.mark.parametrize(
    ("who", "code", "refusal"),
    [
        ("cixi-clerk", "no-such-item", NotYours),
        ("city-clerk", make.FOOD, Refused),  # not city-wide: the county's own counter
        ("cixi-clerk", "nb-water-abstraction-permit", Refused),
        ("cixi-clerk2", "marriage-registration", Forbidden),  # not her zones
        ("scjg-reviewer", make.FOOD, Forbidden),
        ("cixi-supervisor", make.FOOD, Forbidden),
        ("cixi-admin", make.FOOD, Forbidden),
    ],
)
def test_who_may_not_open_it_leaves_nothing(world, who, code, refusal):
    with nothing_written(Application, MaterialEntry), pytest.raises(refusal):
        actions.open_draft(by=make.actor(who), code=code)


def test_a_city_wide_item_opens_at_another_counter(world):
    row = make.received("tobacco-retail-licence", by="city-clerk")
    assert (row.node_id, row.plan["members"][0]["department"]) == ("330200", "yancao")
    at_home, here = make.received("tobacco-retail-licence"), {"root_id": row.pk}
    places = [Document.objects.get(**about).payload["place"] for about in ({"root_id": at_home.pk}, here)]
    assert places == [at_home.plan["members"][0]["contact"]["address"], "宁波市综合窗口"]  # which window acts for the agency


def test_of_two_counters_the_one_that_accepts_it(world):
    """Who sits in the city's hall and in the county's: each item is taken in where it may be, at its own place first."""
    both = people.staff("clerk", node="330200")
    people.staff("clerk", node="330282", user=both, zones=["zonghe", "shangshi"])
    places = {code: actions.open_draft(by=actor_for(both), code=code).node_id for code in (
        make.FOOD, "tobacco-retail-licence", "nb-enterprise-registration")}  # fmt: skip
    assert places == {make.FOOD: "330282", "tobacco-retail-licence": "330282", "nb-enterprise-registration": "330200"}
    with nothing_written(Application), pytest.raises(Forbidden):
        actions.open_draft(by=actor_for(both), code="marriage-registration")  # a zone that he was not trained for there


def test_no_case_comes_in_at_an_abolished_place(world, monkeypatch):
    """The city's own item was taken in at a county that there is no more, by a clerk whose post nobody had ended; and what was begun
    before, at the counter or at home, could still be handed in there."""
    clerk = make.actor("cixi-clerk")
    code = acceptable_by(clerk).filter(definition__code__startswith="nb-").values_list("definition_id", flat=True)[0]
    begun, at_home = actions.open_draft(by=clerk, code=code), make.from_home(submit=False)
    assert begun.node_id == at_home.node_id == "330282"
    assert actions.not_offered(begun) == ""
    Region.objects.filter(pk="330282").update(valid_to=today() - timedelta(days=1))
    monkeypatch.setattr(directory, "_regions_known", (0.0, {}))
    with nothing_written(Application), pytest.raises(Refused, match=r"慈溪市.*已撤销.*请改用现行的地区"):
        actions.open_draft(by=clerk, code=code)
    assert "慈溪市" in actions.not_offered(begun)
    with nothing_written(Application), pytest.raises(Refused, match=r"慈溪市.*已撤销.*这份草稿现在不能提交"):
        actions.submit(by=make.actor("enterprise"), application=at_home.pk)
    monkeypatch.setattr(directory, "_regions_known", (0.0, {}))


def test_a_draft_is_private(world):
    row = make.draft()
    other = make.actor("cixi-clerk2")
    for name in ("cixi-clerk2", "cixi-supervisor", "scjg-reviewer", "cixi-issue", "city-supervisor"):
        assert row not in queries.applications_for(make.actor(name))
        with pytest.raises(NotYours):
            queries_case.case(make.actor(name), row.pk)
    with nothing_written(MaterialEntry), pytest.raises(NotYours):
        actions.save_draft(by=other, application=row.pk, contact_mobile=make.MOBILE)
    with nothing_written(MaterialEntry), pytest.raises(NotYours):
        actions.receive(by=other, application=row.pk)


def test_every_fault_of_the_form_is_told_at_once(world):
    clerk = make.actor("cixi-clerk")
    row = actions.open_draft(by=clerk, code=make.FOOD)
    with nothing_written(MaterialEntry), pytest.raises(Refusals) as told:
        actions.receive(by=clerk, application=row.pk)
    fields = {error.field for error in told.value.errors}
    assert {"applicant.id_number", "contact_mobile", "materials"} <= fields
    assert len(fields) > 4
    assert Application.objects.get(pk=row.pk).state == "draft"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"applicant": {"kind": "person", "name": "王", "id_number": "330282198506150022"}}, "applicant.id_number"),
        ({"applicant": {"kind": "enterprise", "name": "某", "id_number": "91330282MA2A00001X"}}, "applicant.id_number"),
        ({"contact_mobile": "1234"}, "contact_mobile"),
        ({"materials": {"nothing": {"state": "supplied"}}}, "materials.nothing"),
        ({"materials": {"id_card": {"state": "granted"}}}, "materials.id_card"),
        ({"materials": {"id_card": {"state": "rejected"}}}, "materials.id_card"),
        ({"materials": {"id_card": {"state": "waived"}}}, "materials.id_card"),
        ({"materials": {"id_card": {"originals": -1}}}, "materials.id_card"),
        ({"materials": {"id_card": {"copies": "一"}}}, "materials.id_card"),
        ({"materials": {"id_card": "yes"}}, "materials.id_card"),
    ],
)
def test_a_faulty_value_is_refused_by_field(world, given, field):
    row = actions.open_draft(by=make.actor("cixi-clerk"), code=make.FOOD)
    with nothing_written(), pytest.raises(Refused) as told:
        actions.save_draft(by=make.actor("cixi-clerk"), application=row.pk, **given)
    assert field in {error.field for error in told.value.errors}


def test_a_discarded_draft_forgets_what_was_typed(world):
    row = make.draft()
    clerk = make.actor("cixi-clerk")
    actions.save_draft(by=clerk, application=row.pk, materials={"id_card": {"remark": "王小明的身份证"}})
    actions.attach(by=clerk, application=row.pk, material="id_card", name="a.pdf", content=b"%PDF-1.4 x")
    actions.discard(by=clerk, application=row.pk)
    kept = Application.objects.get(pk=row.pk)
    assert (kept.answers, kept.applicant, kept.applicant_name, kept.contact_mobile) == ({}, None, "", "")
    assert not MaterialEntry.objects.filter(application=row).exclude(remark="").exists()
    assert not Attachment.objects.filter(application=row, removed_at__isnull=True).exists()
    assert [e.name for e in Event.objects.filter(chain=row.chain).order_by("seq")][-1] == "application.discard"


def test_a_received_case_is_no_draft(world):
    row = make.received()
    with nothing_written(), pytest.raises(WrongState):
        actions.save_draft(by=make.actor("cixi-clerk"), application=row.pk, contact_mobile=make.MOBILE)
    with nothing_written(), pytest.raises(WrongState):
        actions.discard(by=make.actor("cixi-clerk"), application=row.pk)
    handed_in = make.from_home(submit=True)
    with nothing_written(), pytest.raises(WrongState, match="可以放弃这份申请"):  # it said to look again
        actions.withdraw(by=make.actor("enterprise"), application=handed_in.pk, reason="不办了")


def test_other_answers_change_the_plan_and_keep_what_is_still_asked(world):
    clerk = make.actor("cixi-clerk")
    row = make.draft(
        "open-restaurant", situations={"subject_kind": "enterprise", "small_shop": False, "dining_area": 120}
    )
    before = {e.code: e.state for e in row.materials.all()}
    row = actions.save_draft(
        by=clerk, application=row.pk, situations={"subject_kind": "enterprise", "small_shop": False, "dining_area": 600}
    )
    after = {e.code: e.state for e in row.materials.all()}
    assert "xiaofang" in row.departments
    assert set(after) - set(before)  # the fire check asks for more
    assert all(after[code] == state for code, state in before.items() if code in after)


def test_answers_that_come_with_other_situations_are_of_the_form_that_these_ask_for(world):
    small = {"subject_kind": "enterprise", "small_shop": False, "dining_area": 120}
    row = make.draft("open-restaurant", situations=small)
    before = row.answers
    big = take_over(compile_plan("open-restaurant", {**small, "dining_area": 600}, today()))
    new = {code: value for code, value in make.answers_for(big).items() if code not in before}
    given = {"by": make.actor("cixi-clerk"), "application": row.pk}
    assert new
    row = actions.save_draft(**given, situations={**small, "dining_area": 600}, answers={**before, **new})
    assert new.keys() <= row.answers.keys()
    row = actions.save_draft(**given, situations=small, answers={**row.answers, "enterprise_name": "慈溪新名餐饮有限公司"})
    assert not new.keys() & row.answers.keys() and row.answers["enterprise_name"] == "慈溪新名餐饮有限公司"
    with nothing_written(MaterialEntry), pytest.raises(Refused, match="no_such_field"):
        actions.save_draft(**given, situations={**small, "dining_area": 600}, answers={"no_such_field": "x"})
    assert str(Application.objects.get(pk=row.pk).plan["answers"]["dining_area"]) == "120"


def test_a_citizen_files_only_for_himself(world):
    citizen = make.actor("citizen")
    row = actions.open_draft(by=citizen, code=make.FOOD, channel="online")
    assert row.applicant_id == citizen.party_ids[0]
    with nothing_written(Application), pytest.raises(Forbidden):
        actions.save_draft(by=citizen, application=row.pk, applicant=make.APPLICANT)
    with pytest.raises(NotYours):
        actions.save_draft(by=make.actor("enterprise"), application=row.pk, contact_mobile=make.MOBILE)


def test_from_home_to_the_counter(world):
    """Handed in, looked through, sent back with every gap, handed in again, passed, received at the counter."""
    clerk, citizen = make.actor("cixi-clerk2"), make.actor("enterprise")
    row = make.from_home(submit=False)
    actions.attach(by=citizen, application=row.pk, material="id_card", name="a.pdf", content=b"%PDF-1.4 x")
    actions.submit(by=citizen, application=row.pk)
    actions.begin_pre_check(by=clerk, application=row.pk)
    with nothing_written(), pytest.raises(Refused):
        actions.return_pre_check(by=clerk, application=row.pk, reason=" ")
    actions.return_pre_check(by=clerk, application=row.pk, reason="请补充平面图和健康证明")
    with pytest.raises(NotYours):
        queries_case.case(clerk, row.pk)  # with the applicant again
    actions.submit(by=citizen, application=row.pk)
    actions.begin_pre_check(by=clerk, application=row.pk)
    actions.pass_pre_check(by=clerk, application=row.pk)
    received = actions.receive(by=clerk, application=row.pk)
    assert (received.state, received.channel, len(received.number)) == ("received", "online", 20)


def test_a_pre_check_is_answered_by_who_may_accept_the_item(world):
    """Begun by a colleague or not: an answer of a clerk who never learnt the item would be worth nothing."""
    row, untrained = make.from_home(), people.actor("clerk", zones=["minsheng"])
    actions.begin_pre_check(by=make.actor("cixi-clerk"), application=row.pk)
    for act, given in ((actions.pass_pre_check, {}), (actions.return_pre_check, {"reason": "平面图看不清"})):
        with nothing_written(Application), pytest.raises(Forbidden) as told:
            act(by=untrained, application=row.pk, **given)
        assert told.value.code == "forbidden.competence"


def test_a_situation_brings_nothing_to_a_township_that_goes_nowhere_but_to_the_county(world):
    """Alone the item is not taken in there; with a one-thing's situation it was."""
    asked = {"code": "pier", "question": "要停泊吗？", "type": "boolean"}
    members = [{"item": "wide"}, {"item": "one", "when": [{"situation": "pier", "is": True}]}]
    lead = {"department": "office", "criterion": "general_intake"}
    thing = {"code": "thing", "name": "某件事", "lead": lead, "situations": [asked], "members": members}
    load(document(items=[item("wide", city_wide="county"), item("one")], bundles=[thing]))
    town, county = people.staff("clerk"), people.actor("clerk")
    Post.objects.filter(user=town).update(region="330282004")
    row = actions.open_draft(by=actor_for(town), code="thing", situations={"pier": False})
    with nothing_written(Application), pytest.raises(Refused) as told:
        actions.save_draft(by=actor_for(town), application=row.pk, situations={"pier": True})
    assert told.value.code == "situations.elsewhere" and "慈溪市本级的窗口" in told.value.message
    with nothing_written(Application), pytest.raises(Refused, match="慈溪市本级的窗口受理，请转到那里"):  # not that he was never trained
        actions.open_draft(by=actor_for(town), code="one")
    assert actions.open_draft(by=county, code="thing", situations={"pier": True}).plan["members"][1]["code"] == "one"


def test_a_duplicate_is_told_and_not_forbidden(world):
    first = make.received()
    second = make.draft()
    clerk = make.actor("cixi-clerk")
    assert queries.duplicates(clerk, second) == [first]
    assert actions.receive(by=clerk, application=second.pk).state == "received"
    ended = make.received(applicant={"kind": "person", "name": "王小明", "id_number": people.PERSON_ID})
    actions.withdraw(by=clerk, application=ended.pk, reason="不办了")
    again = make.draft(applicant={"kind": "person", "name": "王小明", "id_number": people.PERSON_ID})
    assert queries.duplicates(clerk, again) == []
    whole = make.received("open-restaurant", situations=BIG)  # the same item as one of several, and the other way round
    assert queries.duplicates(clerk, make.draft()) == [whole, second, first]
    assert queries.duplicates(clerk, make.draft("open-restaurant", situations=BIG)) == [whole, second, first]
    actions.accept(by=clerk, application=whole.pk)
    assert queries.duplicates(clerk, make.draft()) == [whole, second, first]
    actions.withdraw_member(by=clerk, member=whole.members.get(code=make.FOOD).pk, reason="不办了")
    assert queries.duplicates(clerk, make.draft()) == [second, first]


def test_what_was_handed_in_is_thrown_away_by_its_applicant_until_somebody_receives_it(world, client, monkeypatch):
    clerk, firm, row = make.actor("cixi-clerk"), make.actor("enterprise"), make.from_home()
    with nothing_written(Application), pytest.raises(Forbidden):
        actions.discard(by=clerk, application=row.pk)
    actions.begin_pre_check(by=clerk, application=row.pk)
    with nothing_written(Application), pytest.raises(WrongState, match="预审"):
        actions.discard(by=firm, application=row.pk)
    actions.pass_pre_check(by=clerk, application=row.pk)
    client.force_login(make.user("enterprise"))
    assert f"/my/{row.pk}/discard/" in client.get(f"/my/{row.pk}/").content.decode()
    assert "删除这份申请" in client.get(f"/my/{row.pk}/discard/").content.decode()
    assert client.post(f"/my/{row.pk}/discard/").url == "/my/"
    kept = Application.objects.get(pk=row.pk)
    assert (kept.answers, kept.applicant, kept.contact_mobile) == ({}, None, "")
    assert row not in queries.applications_for(clerk) and row not in queries.applications_for(firm)
    period = {"since": today(), "until": today()}
    assert list(metrics.rows(make.actor("cixi-supervisor"), "pre_passed", **period)[1]) == [row]  # the board still counts it
    gone = make.from_home()
    assert actions.discard_drafts(by=firm) == 1 and Application.objects.get(pk=gone.pk).discarded_at
    taken, gone, lock = make.from_home(), make.from_home(), Action.lock

    def late(act, model, pk, **given):
        if pk == taken.pk and act.by == firm:  # a clerk was quicker: the other one goes all the same, and the account is closed without an error
            actions.begin_pre_check(by=clerk, application=taken.pk)
        return lock(act, model, pk, **given)

    monkeypatch.setattr(Action, "lock", late)
    assert actions.discard_drafts(by=firm) == 1 and Application.objects.get(pk=gone.pk).discarded_at
    assert Application.objects.get(pk=taken.pk).discarded_at is None


NOTHING = {
    "code": "nothing-needed",
    "name": "也许不用办",
    "lead": {"department": "scjg", "criterion": "general_intake"},
    "situations": [{"code": "wanted", "question": "要办吗？", "type": "boolean"}],
    "members": [{"item": make.FOOD, "when": [{"situation": "wanted", "is": True}]}],
}


def test_answers_by_which_nothing_is_needed_make_no_case(world, client):
    """A draft may be on its way there, and is shown; handed in, taken in, corrected or amended so it is refused in words."""
    text = {"format": "yichuang-catalog/1", "as_of": "2017-08-31", "node": "330282", "bundles": [NOTHING]}
    assert not load_catalogue(by=SYSTEM, sources=[read("nothing.json", json.dumps(text).encode())]).problems
    clerk, firm, no, yes = make.actor("cixi-clerk"), make.actor("enterprise"), {"wanted": False}, {"wanted": True}
    row, home = make.draft("nothing-needed"), make.from_home("nothing-needed", submit=False)
    client.force_login(make.user("cixi-clerk"))
    assert client.get(f"/counter/{row.pk}/work/").status_code == 200
    held, running = make.received("nothing-needed", situations=yes), make.accepted("nothing-needed", situations=yes)
    given = {"applicant": make.APPLICANT, "contact_mobile": make.MOBILE}
    refused = [
        lambda: actions.receive(by=clerk, application=row.pk),
        lambda: actions.receive(by=clerk, application=row.pk, to_turn_away=True),
        lambda: actions.submit(by=firm, application=home.pk),
        lambda: actions.file(by=clerk, code="nothing-needed", situations=no, **given),
        lambda: actions.correct(by=clerk, application=held.pk, reason="答错了", situations=no),
        lambda: actions.amend_situation(by=clerk, application=running.pk, reason="当时答错了", situations=no),
    ]
    for act in refused:
        with nothing_written(Application, MaterialEntry), pytest.raises(Refused) as told:
            act()
        assert told.value.errors[0].field == "situations", told.value.message


def test_what_another_situation_asks_no_more_is_there_again_when_it_is_asked_again(world):
    """A wrong answer to a question of the situation, put right at once, costs nobody what he had typed; nothing of it is handed in
    or left behind in what is thrown away."""
    small = {"subject_kind": "enterprise", "small_shop": True, "dining_area": 40}
    big = {**small, "small_shop": False, "dining_area": 600}
    row = make.draft("open-restaurant", situations=big)
    given = {"by": make.actor("cixi-clerk"), "application": row.pk}
    before, asked = row.answers, {line["element"] for line in row.plan["elements"]}
    row = actions.save_draft(**given, situations=small)
    less = {line["element"] for line in row.plan["elements"]}
    gone = asked & before.keys() - less
    assert gone and row.answers == {code: value for code, value in before.items() if code not in gone}
    other = {code: "改过的" for code in ("enterprise_name",) if code in less}
    actions.save_draft(**given, answers=other)
    row = actions.save_draft(**given, situations=big)
    assert row.answers == {**before, **other} and "aside" not in row.plan
    row = actions.save_draft(**given, situations=small)
    assert row.plan["aside"].keys() == gone
    thrown = make.draft("open-restaurant", situations=big)
    actions.save_draft(by=given["by"], application=thrown.pk, situations=small)
    actions.discard(by=given["by"], application=thrown.pk)
    assert "aside" not in Application.objects.get(pk=thrown.pk).plan
    lines = {entry.code: {"state": "supplied", "originals": 1} for entry in row.materials.exclude(state="expected")}
    actions.save_draft(**given, materials=lines, answers=make.answers_for(row.plan))
    assert "aside" not in actions.receive(**given).plan
