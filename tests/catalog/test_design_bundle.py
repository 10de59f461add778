"""The designer: a bundle composed step by step as a draft, what it comes to, and its file, which loaded again changes nothing."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.catalog import actions, composing, insight
from apps.catalog.exporting import as_yaml, catalogue_file
from apps.catalog.loading.source import read
from apps.catalog.models import Definition, DefinitionVersion
from apps.catalog.plan import compile_draft, compile_plan
from apps.catalog.questions import Entry
from apps.catalog.rehearsal import rehearse
from apps.deadlines.queries import calendar
from apps.directory.queries import node_of
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import DomainError, Forbidden, NotYours, Refused, WrongState
from apps.kit.time import today
from apps.web.catalogue.design_forms import SituationEditForm
from tests import people
from tests.full import full
from tests.people import nothing_written

from .conftest import document, item, load

pytestmark = pytest.mark.django_db
CODES = ["a", "b", "c", "d"]
ASK = {"code": "big", "question": "面积大吗？", "type": "boolean"}
AREA = {"code": "area", "question": "多少平方米？", "type": "decimal"}
KIND = {
    "code": "kind",
    "question": "哪一种？",
    "type": "choice",
    "choices": [{"value": "x", "label": "甲"}, {"value": "y", "label": "乙"}],
}
WHO = {
    "code": "who",
    "question": "谁来办？",
    "type": "choice",
    "choices": [{"value": "self", "label": "本人"}, {"value": "family", "label": "配偶、子女"}],
}


@pytest.fixture
def ground(db):
    people.places()
    paper = {"code": "plan_drawing", "name": "平面图", "kind": "other"}
    rows = [
        item(
            code,
            name=f"{code}号事项",
            promised_limit={"days": days, "unit": "working"},
            materials=[{"material": "plan_drawing", "necessity": "required"}],
        )
        for code, days in zip(CODES, (3, 5, 2, 0), strict=True)
    ]
    rows[3] |= {"handling": "instant"}
    load(document(materials=[paper], items=rows))


@pytest.fixture
def office(ground):
    return people.actor("catalogue")


def started(by, code="thing") -> DefinitionVersion:
    content = composing.blank(
        code=code, name="办某件事", region="330282", department="office", criterion="general_intake"
    )
    return actions.start_bundle(by=by, content=content)


def revise(by, version, content, **more):
    seen = DefinitionVersion.objects.get(pk=version.pk).digest
    return actions.revise_bundle(by=by, version=version.pk, seen=seen, content=content, **more)


def composed(*codes, **facts) -> dict:
    content = composing.blank(
        code="thing", name="办某件事", region="330282", department="office", criterion="general_intake"
    )
    for code in codes:
        content = composing.add_member(content, code)
    return composing.with_facts(content, facts)


def published(by, version) -> DefinitionVersion:
    for move in (actions.check_version, actions.approve_version, actions.publish_version):
        move(by=by, version=version.pk)
    return DefinitionVersion.objects.get(pk=version.pk)


def whole(content):
    plan = compile_draft(Entry("thing", "bundle", content), {}, today(), whole=True)
    return plan, insight.path(plan["members"])


# --- the life of a draft -----------------------------------------------------------------------------------------


def test_from_nothing_to_publication_and_a_second_version(office):
    version = started(office)
    assert (version.state, Definition.objects.get(pk="thing").state) == ("draft", "draft")
    with pytest.raises(Refused):
        actions.check_version(by=office, version=version.pk)
    on_the_spot = composed("a", "b", promised_limit={"days": 0, "unit": "working"})
    content = composing.set_member(on_the_spot, "b", after=["a"], when=[], inspected=False)
    first = published(office, revise(office, version, content, valid_from=today()))
    assert first.ways == ["instant", "simplified", "joint"]  # as it was revised, not as it was begun: 当即办 finds it
    assert compile_plan("thing", {}, today())["stages"] == [["a"], ["b"]]
    draft = actions.open_draft(by=office, code="thing")
    assert (draft.number, draft.content) == (2, first.content)
    assert actions.open_draft(by=office, code="thing").pk == draft.pk
    revise(office, draft, composing.drop_member(draft.content, "a") | {"name": "办另一件事"})
    assert Definition.objects.get(pk="thing").name == "办某件事"  # until it is published
    first.refresh_from_db()
    assert first.content == content | {"code": "thing"}  # what is published stays as it was
    assert compile_plan("thing", {}, today())["stages"] == [["a"], ["b"]]
    actions.discard_version(by=office, version=draft.pk)
    again = actions.open_draft(by=office, code="thing")
    assert again.content == first.content
    revise(office, again, composing.drop_member(again.content, "a"))
    actions.discard_version(by=office, version=again.pk)
    actions.cancel_definition(by=SYSTEM, code="thing", reason="误取消")
    assert actions.open_draft(by=office, code="thing").content == first.content  # not what was thrown away


def test_a_second_version_ends_when_the_first_does_unless_it_is_told_otherwise(office):
    """A one-thing for one season, changed in the designer, went on for ever."""
    end = today() + timedelta(days=60)
    load(document(bundles=[composed("a", "b") | {"valid_to": end.isoformat()}]))
    draft = actions.open_draft(by=office, code="thing")
    assert (draft.valid_from, draft.stated_to) == (today(), end)  # no day that is over is written anew
    revise(office, draft, composing.drop_member(draft.content, "a"))
    assert published(office, draft).valid_to == end
    again = actions.open_draft(by=office, code="thing")
    with nothing_written(DefinitionVersion), pytest.raises(Refused):
        revise(office, again, again.content, valid_from=today(), valid_to=today() - timedelta(days=1))
    revise(office, again, again.content, valid_from=today() + timedelta(days=1))
    ends = Event.objects.filter(name="definition.revise").order_by("pk").values_list("facts__valid_to", flat=True)
    assert list(ends) == [end.isoformat(), None]  # the journal says when the day was taken away
    assert published(office, again).valid_to is None


def test_what_is_refused_leaves_nothing(office):
    version = started(office)
    other = people.actor("catalogue", node="330225")
    content = composed("a")
    with nothing_written(Definition, DefinitionVersion):
        for code in ("thing", "a", "Bad code"):
            with pytest.raises(Refused):
                started(office, code)
        with pytest.raises((NotYours, Forbidden)):
            revise(other, version, content)
        with pytest.raises(Forbidden):
            started(other, "elsewhere")
        with pytest.raises(WrongState):  # somebody else was faster
            actions.revise_bundle(by=office, version=version.pk, seen="old", content=content)
        with pytest.raises(Refused):
            actions.open_draft(by=office, code="a")
    published(office, revise(office, version, content))
    with nothing_written(DefinitionVersion), pytest.raises(WrongState):
        revise(office, version, composed("a", "b"))


def test_a_copy_of_the_code_cannot_move_to_another_definition_or_node(office):
    version = started(office)
    row = revise(office, version, composed("a") | {"code": "stolen", "region": "330225"})
    assert (row.content["code"], row.content["region"]) == ("thing", "330282")


# --- composing ---------------------------------------------------------------------------------------------------


def test_members_move_and_leave_with_every_mention_of_them():
    content = composed("a", "b", "c")
    content = composing.set_member(
        content, "c", after=["a", "b"], when=[{"situation": "big", "is": True}], inspected=True
    )
    content = composing.set_member(content, "a", after=[], when=[], inspected=True)
    assert content["joint_inspection"] == ["c", "a"]
    assert composing.members(composing.shift_member(content, "c", -1)) == ["a", "c", "b"]
    assert composing.members(composing.shift_member(content, "c", 1)) == ["a", "b", "c"]
    gone = composing.drop_member(content, "a")
    assert gone["members"] == [{"item": "b"}, {"item": "c", "after": ["b"], "when": [{"situation": "big", "is": True}]}]
    assert gone["joint_inspection"] == ["c"]
    assert "joint_inspection" not in composing.set_member(gone, "c", after=[], when=[], inspected=False)
    for slip in (
        lambda: composing.add_member(content, "a"),
        lambda: composing.drop_member(content, "z"),
        lambda: composing.set_member(content, "a", after=["a"], when=[], inspected=False),
        lambda: composing.set_member(content, "a", after=["z"], when=[], inspected=False),
        lambda: composing.drop_situation(content | {"situations": [ASK]}, "big"),
        lambda: composing.set_situation(content | {"situations": [ASK]}, ASK | {"code": "large"}, "big"),
        lambda: composing.set_situation(content | {"situations": [ASK]}, ASK),
    ):
        with pytest.raises(Refused):
            slip()


@pytest.mark.parametrize(
    ("question", "operator", "text", "line"),
    [
        (ASK, "is", "是", {"is": True}),
        (ASK, "is", "否", {"is": False}),
        (KIND, "is", "甲", {"is": "x"}),
        (KIND, "in", "甲、y", {"in": ["x", "y"]}),
        (WHO, "is", "配偶、子女", {"is": "family"}),
        (WHO, "in", "本人，family", {"in": ["self", "family"]}),
        (WHO, "in", "family", {"in": ["family"]}),
        (AREA, "over", "300", {"over": 300}),
        (AREA, "at_least", "0.5", {"at_least": 0.5}),
        (ASK, "is", "也许", None),
        (KIND, "is", "丙", None),
        (KIND, "is", "甲、乙", None),
        (KIND, "over", "甲", None),
        (AREA, "over", "三百", None),
        (AREA, "over", "1、2", None),
        (AREA, "is", "", None),
    ],
)
def test_a_condition_as_it_is_typed(question, operator, text, line):
    if line is None:
        with pytest.raises(Refused):
            composing.parse_condition(question, operator, text, "value0")
        return
    found = composing.parse_condition(question, operator, text, "value0")
    assert found == {"situation": question["code"], **line}
    typed = composing.condition_text(found, {question["code"]: question})
    assert composing.parse_condition(question, *typed[1:], "value0") == found


# --- what it comes to --------------------------------------------------------------------------------------------


def test_a_loaded_choice_with_a_space_in_its_value_stays_when_its_question_is_saved():
    """“two rooms 两间 房” came back as the value two: what was conditional on the former asked nobody any more."""
    row = {"code": "size", "question": "几间房？", "type": "choice", "choices": [{"value": "two rooms", "label": "两间 房"}, {"value": "one", "label": "一间"}]}
    told = SituationEditForm.told(row)
    form = SituationEditForm({**told, "seen": "x"}, seen="x", initial=told)
    assert form.is_valid(), form.errors
    assert form.situation == row
    more = SituationEditForm({**told, "seen": "x", "choices": "three rooms\n two rooms 房"}, seen="x", initial=told)
    assert more.is_valid()
    assert more.situation["choices"] == [{"value": "three", "label": "rooms"}, {"value": "two rooms", "label": "房"}]


def test_the_slowest_way_and_the_savings_by_hand(ground):
    """a 3 then b 5; c 2 beside them; d on the spot after all."""
    content = composed(
        *CODES, promised_limit={"days": 7, "unit": "working"}, baseline_limit={"days": 16, "unit": "working"}
    )
    content = composing.set_member(content, "b", after=["a"], when=[], inspected=False)
    content = composing.set_member(
        content, "d", after=["b", "c"], when=[{"situation": "big", "is": True}], inspected=False
    )
    plan, found = whole(content | {"situations": [ASK]})
    assert (found.codes, found.limit) == (["a", "b"], {"days": 8, "unit": "working"})
    told = {row.what: (row.separate, row.together, row.saved) for row in insight.savings(plan)}
    assert told["材料"] == ("4 份", "1 份", "75.0%")
    assert told["时间（各项承诺依次办）"] == ("10 个工作日", "7 个工作日", "30.0%")
    assert told["时间（改革前）"] == ("16 个工作日", "7 个工作日", "56.3%")
    words = insight.warnings(content, plan, found, node_of)
    assert [line for line in words if "8 个工作日" in line and "7 个工作日" in line and "a号事项 → b号事项" in line]


def test_warnings_of_members(ground):
    load(
        document(
            node="330225",
            departments=[{"code": "far_office", "name": "远处"}],
            items=[
                item(
                    "far",
                    department="far_office",
                    accepting=False,
                    channels=["counter"],
                    max_visits=1,
                    visit_reason="核验原件",
                    inspection="joint",
                )
            ],
        )
    )
    content = composing.set_member(composed("a", "far"), "a", after=[], when=[], inspected=True)
    content["lead"] = {"department": "scjg", "criterion": "sector_regulator"}
    plan, found = whole(content)
    words = "\n".join(insight.warnings(content, plan, found, node_of))
    for part in (
        "别的节点",
        "没有打开统一受理",
        "不能网上办也不能寄递",
        "不需要现场核查",
        "没有列进来",
        "牵头部门不办",
        "没有写整件事的承诺",
        "没有改革前期限",
    ):
        assert part in words
    content["region"], plan["members"] = "330200", [plan["members"][0] | {"region": region} for region in ("330200", "330200-Z1")]
    near, far = ("别的节点（330200", "别的节点（330200-Z1）")
    words = "\n".join(insight.warnings(content, plan, found, node_of))
    assert words.count(near) == 1 and far in words  # a zone's code begins as its city's does


def test_what_only_an_unasked_question_would_bring_is_told():
    """The one-thing dropped its question, and a member's own material, field or fee that hung on it was gone without a word."""
    shop = {"name": "甲事项", "materials": [{"material": "plan", "when": [{"situation": "big", "is": True}, {"element": "floor", "over": 1}]}]}
    items = [Entry("a", "item", shop), Entry("b", "item", {"name": "乙事项", "fees": [{"name": "费", "when": [{"situation": "area", "over": 9}]}]})]
    assert insight.unasked(items, {"big": ASK, "area": AREA}) == []
    (told,) = insight.unasked(items, {"area": AREA})
    assert "甲事项" in told and "big" in told


def test_a_circle_and_a_missing_member_are_told(office):
    version = started(office)
    content = composing.set_member(composed("a", "b"), "a", after=["b"], when=[], inspected=False)
    content = composing.set_member(content, "b", after=["a"], when=[], inspected=False)
    with pytest.raises(DomainError):
        whole(content)
    codes = {found.code for found in actions.blockers(revise(office, version, content))}
    assert codes == {"cycle"}
    actions.cancel_definition(by=SYSTEM, code="a", reason="废止")
    with pytest.raises(DomainError, match=r"成员事项“a号事项”（a）自.*起停止受理"):
        whole(composed("a"))


def test_a_rehearsal_on_the_real_calendar(world):
    """二手房过户 accepted on the last working day before the National Day of 2017: each starts on the notice before it."""
    plan = compile_plan("second-hand-house", {"transfer_water": True}, date(2017, 9, 30))
    told = rehearse(plan, date(2017, 9, 30), calendar(region="330282"))
    by_code = {step.member["code"]: step for step in told.steps}
    assert by_code["deed-tax"].accepted_on == date(2017, 9, 30)
    assert by_code["title-transfer"].accepted_on == by_code["deed-tax"].due_on
    assert by_code["water-transfer"].accepted_on == by_code["title-transfer"].due_on
    assert told.latest == max(step.due_on for step in told.steps)
    assert told.cap.due == date(2017, 10, 13)  # five working days after 30 September: the 9th to the 13th
    assert told.shown == min(told.latest, told.cap.due)
    assert all(step.lines for step in told.steps)


# --- its file ----------------------------------------------------------------------------------------------------


@st.composite
def bundles(draw):
    codes = draw(st.lists(st.sampled_from(CODES), min_size=1, unique=True))
    content = composed(
        *codes,
        issue=draw(st.sampled_from(["together", "as_ready", "applicant_choice"])),
        kind=draw(st.sampled_from(["joint", "merged"])),
        promised_limit=draw(
            st.none()
            | st.fixed_dictionaries({"days": st.integers(0, 60), "unit": st.sampled_from(["working", "calendar"])})
        ),
        baseline_limit=draw(st.none() | st.just({"days": 90, "unit": "working"})),
        themes=draw(st.lists(st.sampled_from(["开办", "经营"]), unique=True)),
    )
    for row in (ASK, AREA, KIND):
        content = composing.set_situation(content, row)
    lines = [
        {"situation": "big", "is": False},
        {"situation": "area", "over": 300},
        {"situation": "kind", "in": ["x", "y"]},
    ]
    for place, code in enumerate(codes):
        content = composing.set_member(
            content,
            code,
            after=draw(st.lists(st.sampled_from(codes[:place]), unique=True)) if place else [],
            when=draw(st.lists(st.sampled_from(lines), unique_by=str)),
            inspected=draw(st.booleans()),
        )
    return content


@settings(max_examples=full(8, 150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=bundles())
def test_an_exported_bundle_loaded_again_changes_nothing(ground, content):
    number = Definition.objects.filter(kind="bundle").count()
    code = f"thing{number}"
    draft = started(SYSTEM, code)
    revise(SYSTEM, draft, content)
    row = DefinitionVersion.objects.get(pk=draft.pk)
    file = as_yaml(catalogue_file([row], today()))
    version = published(SYSTEM, row)
    with nothing_written(DefinitionVersion):
        report = actions.load_catalogue(by=SYSTEM, sources=[read("out.yaml", file.encode())])
    assert not report.problems
    assert report.counts["bundles"] == {"created": 0, "new_version": 0, "unchanged": 1}
    assert as_yaml(catalogue_file([version], today())) == file
