"""The life of a version and of a definition, through the one door: who, from which state, what blocks, what it leaves."""

from datetime import date, timedelta

import pytest

from apps.catalog import actions
from apps.catalog.models import Definition, DefinitionVersion
from apps.catalog.plan import compile_plan
from apps.catalog.queries_names import codes_named
from apps.catalog.workflow import DefinitionLife, DefinitionState, VersionLife, VersionState
from apps.journal.actor import PUBLIC, SYSTEM
from apps.journal.models import Event
from apps.kit.errors import DomainError, Forbidden, NotYours, Refused, WrongState
from apps.kit.time import today
from tests import people

from .conftest import document, item, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db):
    return people.actor("catalogue", node=people.CIXI)


def draft(**changes) -> DefinitionVersion:
    assert not load(document(items=[item(**changes)]), as_draft=True).problems
    return DefinitionVersion.objects.get(state="draft")


def test_what_is_not_published_yet_is_called_as_its_newest_draft_calls_it(regions):
    draft()
    version = draft(name="改过名的事项")
    row = Definition.objects.get()
    assert (row.state, row.name, version.number) == ("draft", "改过名的事项", 2)
    assert row.search.startswith("改过名")
    load(document(items=[item()]))
    load(document(items=[item(name="还没公布的名")]), as_draft=True)
    assert Definition.objects.get().name == "测试事项"


def in_state(state: str) -> DefinitionVersion:
    """A version brought to a state by lawful steps."""
    version = draft()
    if state == "discarded":
        actions.discard_version(by=SYSTEM, version=version.pk)
    if state in ("checked", "approved", "published", "replaced"):
        actions.check_version(by=SYSTEM, version=version.pk)
    if state in ("approved", "published", "replaced"):
        actions.approve_version(by=SYSTEM, version=version.pk)
    if state in ("published", "replaced"):
        actions.publish_version(by=SYSTEM, version=version.pk)
    if state == "replaced":
        load(document(items=[item(name="后来")]))
    version = DefinitionVersion.objects.get(pk=version.pk)
    assert version.state == state
    return version


MOVES = {
    "check_version": ("draft",),
    "approve_version": ("checked",),
    "publish_version": ("approved",),
    "send_back_version": ("checked", "approved"),
    "discard_version": ("draft", "checked", "approved"),
}


@pytest.mark.parametrize("state", VersionState.values)
@pytest.mark.parametrize("move", MOVES)
def test_every_state_and_move_of_a_version(office, state, move):
    version = in_state(state)
    given = {"reason": "再改"} if move == "send_back_version" else {}
    if state in MOVES[move]:
        getattr(actions, move)(by=office, version=version.pk, **given)
        assert DefinitionVersion.objects.get(pk=version.pk).state != state
    else:
        with people.nothing_written(DefinitionVersion), pytest.raises(WrongState):
            getattr(actions, move)(by=office, version=version.pk, **given)
        assert DefinitionVersion.objects.get(pk=version.pk).state == state


WITHDRAWALS = {
    "suspend_definition": ("published",),
    "resume_definition": ("suspended",),
    "cancel_definition": ("published", "suspended"),
}


def definition_in(state: str) -> None:
    if state == "draft":
        draft()
        return
    load(document(items=[item()]))
    if state == "suspended":
        actions.suspend_definition(by=SYSTEM, code="one", reason="停")
    if state == "cancelled":
        actions.cancel_definition(by=SYSTEM, code="one", reason="停")


@pytest.mark.parametrize("state", DefinitionState.values)
@pytest.mark.parametrize("move", WITHDRAWALS)
def test_every_state_and_move_of_a_definition(office, state, move):
    definition_in(state)
    given = {} if move == "resume_definition" else {"reason": "依据已废止"}
    if state in WITHDRAWALS[move]:
        getattr(actions, move)(by=office, code="one", **given)
        assert Definition.objects.get().state != state
    else:
        with people.nothing_written(Definition), pytest.raises(WrongState):
            getattr(actions, move)(by=office, code="one", **given)


def test_every_transition_is_in_the_tables():
    verbs = {name for life in (VersionLife, DefinitionLife) for name in vars(life) if not name.startswith("_")}
    known = {"check_quality", "approve", "publish", "send_back", "discard", "replace", "suspend", "resume", "cancel"}
    assert known == {
        name
        for name in verbs
        if hasattr(getattr(VersionLife, name, None) or getattr(DefinitionLife, name), "_django_fsm")
    }


@pytest.mark.parametrize("move", [*MOVES, *WITHDRAWALS])
@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        (("catalogue", people.CIXI), True),
        (("catalogue", people.CITY), True),
        (("catalogue", "330225"), False),
        (("supervisor", people.CIXI), False),
        (("clerk", people.CIXI), False),
        (("node_admin", people.CIXI), False),
        (None, False),
    ],
)
def test_who_may_move(regions, move, who, allowed):
    actor = people.actor(who[0], node=who[1]) if who else PUBLIC
    if move in MOVES:
        subject = {"version": in_state(MOVES[move][0]).pk}
    else:
        definition_in(WITHDRAWALS[move][0])
        subject = {"code": "one"}
    reason = {"reason": "原因"} if move in ("send_back_version", "suspend_definition", "cancel_definition") else {}
    if allowed:
        getattr(actions, move)(by=actor, **subject, **reason)
    else:
        with people.nothing_written(DefinitionVersion, Definition), pytest.raises((Forbidden, NotYours)):
            getattr(actions, move)(by=actor, **subject, **reason)


def test_check_names_every_blocker_and_stays_a_draft(office):
    version = draft()
    broken = version.content | {
        "handling": "instant",
        "online_depth": "IV",
        "max_visits": 2,
        "zone": "nowhere",
        "result": {"kind": "document", "name": "经营许可证"},
    }
    DefinitionVersion.objects.filter(pk=version.pk).update(content=broken)
    with people.nothing_written(DefinitionVersion), pytest.raises(Refused) as refused:
        actions.check_version(by=office, version=version.pk)
    assert {(error.code, error.field) for error in refused.value.errors} == {
        ("unknown_code", "zone"),
        ("guide.instant", "handling"),
        ("guide.visit_reason", "max_visits"),
        ("guide.online_depth", "online_depth"),
        ("guide.result_kind", "result.kind"),
    }
    assert DefinitionVersion.objects.get().state == "draft"


def test_publishing_closes_the_version_before_and_leaves_plans_of_the_past(office):
    load(document("2017-08-31", items=[item()]))
    load(document("2018-01-01", items=[item(name="新版")]), as_draft=True)
    version = DefinitionVersion.objects.get(state="draft")
    actions.check_version(by=office, version=version.pk)
    actions.approve_version(by=office, version=version.pk)
    actions.publish_version(by=office, version=version.pk)
    old, new = DefinitionVersion.objects.order_by("number")
    assert (old.valid_to, new.valid_from, new.valid_to) == (date(2017, 12, 31), date(2018, 1, 1), None)
    assert new.published_at is not None
    assert compile_plan("one", {}, date(2017, 12, 31))["name"] == "测试事项"
    assert compile_plan("one", {}, date(2018, 1, 1))["name"] == "新版"
    assert Definition.objects.get().name == "新版"
    names = list(Event.objects.filter(chain="definition:one").order_by("seq").values_list("name", flat=True))
    assert names == [
        "definition.publish",
        "definition.draft",
        "definitionversion.check_quality",
        "definitionversion.approve",
        "definitionversion.publish",
        "definition.publish",
    ]


def test_publishing_from_another_day(office):
    version = in_state("approved")
    assert codes_named(["one", version.name]) == {}  # drafts are the office's
    actions.publish_version(by=office, version=version.pk, valid_from=date(2019, 5, 1))
    assert codes_named(["one", version.name]) == {"one": ["one"], version.name: ["one"]}
    with pytest.raises(NotYours):
        compile_plan("one", {}, date(2019, 4, 30))
    assert compile_plan("one", {}, date(2019, 5, 1))["code"] == "one"


def test_publishing_what_already_holds_is_refused(office):
    version = in_state("approved")
    load(document(items=[item()]))
    with people.nothing_written(DefinitionVersion), pytest.raises(Refused) as refused:
        actions.publish_version(by=office, version=version.pk)
    assert refused.value.code == "version.same"


def test_what_was_cancelled_is_published_again_as_it_was(office):
    """The page of the cancelling says that a new version takes it into use again; one that changed nothing was refused as already published."""
    version = in_state("approved")
    load(document(items=[item()]))
    actions.cancel_definition(by=SYSTEM, code="one", reason="误取消")
    with pytest.raises(NotYours):
        compile_plan("one", {}, today())
    actions.publish_version(by=office, version=version.pk, valid_from=today())
    assert compile_plan("one", {}, today())["version_id"] == version.pk
    held = DefinitionVersion.objects.filter(definition="one", state="published").order_by("valid_from")
    assert [row.valid_to for row in held] == [today() - timedelta(days=1), None]


def test_a_version_for_days_to_come_brings_nothing_back_before_them(office):
    """What was withdrawn was in use again from the moment of the publication, by the version that had been withdrawn."""
    later, new = today() + timedelta(days=9), item(name="新版")
    load(document(items=[item()]))
    load(document(later.isoformat(), items=[new]), as_draft=True)
    version = DefinitionVersion.objects.get(state="draft").pk
    actions.check_version(by=office, version=version)
    actions.approve_version(by=office, version=version)
    actions.suspend_definition(by=SYSTEM, code="one", reason="依据修订")
    with people.nothing_written(Definition, DefinitionVersion), pytest.raises(Refused, match="旧版本会先恢复受理") as refused:
        actions.publish_version(by=office, version=version)
    assert refused.value.field == "valid_from"
    load(document(later.isoformat(), items=[new]))  # a file is read all the same
    for day in (today(), later):
        with pytest.raises(NotYours, match="暂停受理"):
            compile_plan("one", {}, day)
    actions.resume_definition(by=SYSTEM, code="one")
    assert compile_plan("one", {}, later)["name"] == "新版"


def test_a_withdrawal_to_come_stands_whatever_is_published_for_the_days_before(office):
    """A new telephone number took the end of an item away."""
    end = today() + timedelta(days=9)
    load(document(items=[item()]))
    actions.cancel_definition(by=SYSTEM, code="one", reason="废止", on=end)
    load(document(today().isoformat(), items=[item(name="改了电话")]))
    assert compile_plan("one", {}, today())["name"] == "改了电话"
    with pytest.raises(NotYours, match="停止受理"):
        compile_plan("one", {}, end)
    load(document(end.isoformat(), items=[item(name="接着办")]))  # for the very day
    assert compile_plan("one", {}, end)["name"] == "接着办"


def test_publishing_asks_again_whether_what_it_refers_to_is_there(office):
    version = in_state("approved")
    content = version.content | {"zone": "gone"}
    DefinitionVersion.objects.filter(pk=version.pk).update(content=content)
    with pytest.raises(Refused) as refused:
        actions.publish_version(by=office, version=version.pk)
    assert refused.value.code == "unknown_code"


def test_a_one_thing_is_published_with_its_items_and_not_before(office):
    lead = {"department": "office", "criterion": "general_intake"}
    thing = {"code": "thing", "name": "一件事", "lead": lead, "members": [{"item": "one"}]}
    assert not load(document(items=[item()], bundles=[thing]), as_draft=True).problems
    drafts = {row.definition_id: row.pk for row in DefinitionVersion.objects.all()}
    whole = drafts["thing"]
    for pk in drafts.values():
        actions.check_version(by=office, version=pk)
        actions.approve_version(by=office, version=pk)
    with people.nothing_written(DefinitionVersion), pytest.raises(Refused, match=r"“one”.*没有有效的版本.*请先公布它"):
        actions.publish_version(by=office, version=whole)
    actions.publish_version(by=office, version=drafts["one"], valid_from=date(2019, 5, 1))
    with people.nothing_written(DefinitionVersion), pytest.raises(Refused, match=r"自2019年5月1日起受理.*或者把生效日改到") as refused:
        actions.publish_version(by=office, version=whole)
    assert refused.value.field == "valid_from"
    assert actions.publish_version(by=office, version=whole, valid_from=date(2019, 5, 1)).state == "published"
    actions.suspend_definition(by=SYSTEM, code="one", reason="系统升级")
    assert not load(document(today().isoformat(), bundles=[thing | {"name": "改名"}, thing | {"code": "other"}]), as_draft=True).problems
    drafts = {row.definition_id: row.pk for row in DefinitionVersion.objects.filter(state="draft")}
    for pk in drafts.values():
        actions.check_version(by=office, version=pk)
        actions.approve_version(by=office, version=pk)
    assert actions.publish_version(by=office, version=drafts["thing"]).state == "published"  # it is public all the same
    with pytest.raises(Refused, match="暂停受理。请先恢复受理"):
        actions.publish_version(by=office, version=drafts["other"])


def test_withdrawal_needs_a_reason(regions):
    load(document(items=[item()]))
    for reason in ("", "  "):
        with people.nothing_written(Definition), pytest.raises(Refused) as refused:
            actions.cancel_definition(by=SYSTEM, code="one", reason=reason)
        assert refused.value.field == "reason"
    actions.suspend_definition(by=SYSTEM, code="one", reason="停")
    actions.cancel_definition(by=SYSTEM, code="one", reason="废止", on=today() + timedelta(days=9))
    assert Definition.objects.get(pk="one").withdrawn_on == today()  # it was out of use already


@pytest.mark.parametrize("withdraw", [actions.suspend_definition, actions.cancel_definition])
def test_days_on_which_it_was_in_use_are_not_taken_back(regions, withdraw):
    load(document("2017-08-31", items=[item()]))
    load(document("2018-03-01", items=[item(name="新")]))
    for on in (date(1999, 1, 1), date(2018, 2, 28)):  # before the version that holds, by which cases came in
        with people.nothing_written(Definition), pytest.raises(Refused, match="2018年3月1日") as refused:
            withdraw(by=SYSTEM, code="one", reason="系统升级", on=on)
        assert refused.value.field == "on"
    actions.suspend_definition(by=SYSTEM, code="one", reason="系统升级", on=date(2018, 3, 1))
    actions.resume_definition(by=SYSTEM, code="one")
    with people.nothing_written(Definition), pytest.raises(Refused, match="恢复受理"):
        withdraw(by=SYSTEM, code="one", reason="系统升级", on=today() - timedelta(days=1))
    withdraw(by=SYSTEM, code="one", reason="系统升级", on=today())


def test_a_suspended_definition_has_no_plan_until_it_is_resumed(regions):
    load(document(items=[item()]))
    actions.suspend_definition(by=SYSTEM, code="one", reason="系统升级")
    with pytest.raises(NotYours):
        compile_plan("one", {}, today())
    assert compile_plan("one", {}, today() - timedelta(days=1))["code"] == "one"
    actions.resume_definition(by=SYSTEM, code="one")
    assert compile_plan("one", {}, today())["code"] == "one"


def test_a_county_office_writes_its_own_node_and_nothing_shared(regions, office):
    mine = document(items=[item()])
    load(document())
    assert not load(mine, by=office).problems
    for part in (
        document(node="330225", items=[item("other")]),
        document(elements=[{"code": "e", "name": "甲", "type": "text"}]),
        document(departments=[{"code": "office", "name": "测试部门"}, {"code": "x", "name": "城", "region": "330200"}]),
    ):
        with people.nothing_written(Definition, DefinitionVersion), pytest.raises(DomainError) as refused:
            load(part, by=office)
        assert refused.value.status == 403
    load(document(elements=[{"code": "e", "name": "甲", "type": "text"}]))
    assert not load(document(elements=[{"code": "e", "name": "甲", "type": "text"}]), by=office).problems
