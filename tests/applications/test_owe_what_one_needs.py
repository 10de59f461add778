"""One document, asked by the items of a one-thing with differing strictness: required, 容缺, optional. The list asks for it once, as strictly as
the strictest; what follows when it does not come is each item's own."""

import pytest

from apps.applications import actions, queries_counter
from apps.applications.models import Application
from apps.deadlines.models import Clock
from apps.kit.errors import Refused
from apps.web.review.telling import lacking
from tests import make
from tests.people import nothing_written
from tests.web.conftest import client_of

from .test_run_bundle import decide, load_bundle, states, wide_item

PAPER = "health_certificate"
FAR = [{"situation": "far", "is": True}]


def asking(code: str, necessity: str, promised: int = 9, **more) -> dict:
    lines = [{"material": "floor_plan", "necessity": "required", "originals": 1}, {"material": PAPER, "necessity": necessity, "originals": 1}]
    return wide_item(code, promised, 20, "working") | {"materials": lines} | more


def case_of(*items: dict, members: list[dict], **given) -> Application:
    question = {"code": "far", "question": "是否跨区？", "type": "boolean"}
    load_bundle(list(items), members, situations=[question])
    return make.accepted("paired", gaps=[PAPER], **given)


def test_what_is_optional_for_an_item_is_not_owed_by_it(world, days):
    """It was granted nothing until another item's paper came, had to have it sooner than that item, and lost its acceptance for it."""
    case = case_of(
        asking("spared", "optional", promised=1),
        asking("owing", "tolerable"),
        asking("later", "optional"),
        members=[{"item": "spared"}, {"item": "owing"}, {"item": "later", "after": ["spared"]}],
    )
    notice = case.notices.get(kind="gap")
    assert notice.days == 5  # the centre's standard, within the nine days of who owes it
    assert states(case) == {"spared": "accepted", "owing": "accepted_with_gap", "later": "waiting"}
    owing = case.members.get(code="owing")
    assert list(Clock.objects.filter(root_id=case.pk, kind="gap").values_list("subject_id", flat=True)) == [owing.pk]
    assert not any(one.owes_ahead for one in case.members.all())
    assert [list(queries_counter.owed(case.members.filter(code=code)).values()) for code in ("spared", "later")] == [[[]], [[]]]
    decide(case, "spared")
    assert states(case)["later"] == "accepted"
    days.pass_over(notice.cure_by)
    assert states(case) == {"spared": "granted", "owing": "acceptance_revoked", "later": "accepted"}
    decide(case, "later")


def test_no_promise_takes_the_place_of_what_a_new_item_requires(world):
    """An item came in by an amended situation and was accepted, though its main material was only promised, for another one."""
    case = case_of(
        asking("owing", "tolerable"),
        asking("added", "required"),
        members=[{"item": "owing"}, {"item": "added", "when": FAR}],
        situations={"far": False},
    )
    amended = {"by": make.actor("cixi-clerk"), "application": case.pk, "situations": {"far": True}, "reason": "申请人实际跨区经营"}
    with nothing_written(), pytest.raises(Refused, match=r"缺少主要材料.*请现在收下") as refused:
        actions.amend_situation(**amended, promised=[PAPER])
    assert refused.value.field == f"materials.{PAPER}"
    page = client_of("cixi-clerk").post(f"/counter/{case.pk}/amend/", {"do": "look", "situations__far": "true"})
    assert f'name="materials__{PAPER}"' in page.text
    actions.amend_situation(**amended, materials={PAPER: {"state": "supplied", "originals": 1}})
    assert states(case) == {"owing": "accepted_with_gap", "added": "accepted"}
    assert not case.members.filter(gap_open=True).exists()


def test_nor_of_what_a_running_item_requires_anew_though_another_paper_was_promised_for_it(world):
    """It went on owing both: what was promised for it was not this one."""
    lines = [{"material": "business_licence", "necessity": "tolerable", "originals": 1}, {"material": PAPER, "necessity": "required", "originals": 1, "when": FAR}]
    both = wide_item("both", 9, 20, "working") | {"materials": lines}
    question = {"code": "far", "question": "是否跨区？", "type": "boolean"}
    load_bundle([asking("owing", "tolerable"), both], [{"item": "owing"}, {"item": "both"}], situations=[question])
    case = make.accepted("paired", gaps=[PAPER, "business_licence"], situations={"far": False})
    amended = {"by": make.actor("cixi-clerk"), "application": case.pk, "situations": {"far": True}, "reason": "申请人实际跨区经营"}
    with nothing_written(), pytest.raises(Refused, match=r"缺少主要材料.*请现在收下"):
        actions.amend_situation(**amended)
    actions.amend_situation(**amended, materials={PAPER: {"state": "supplied", "originals": 1}})
    assert states(case) == {"owing": "accepted_with_gap", "both": "accepted_with_gap"}
    assert [one.code for one in case.members.filter(gap_open=True)] == ["both"]


def test_nor_of_what_a_running_item_requires_by_an_answer_that_the_amended_situation_asks_for(world):
    """The answer, given with the amendment, was taken for one by which it had been promised; its page had no box for the paper."""
    large = {"material": PAPER, "necessity": "required", "originals": 1, "when": [{"element": "premises_area", "over": 500}]}
    lines = [{"material": "business_licence", "necessity": "tolerable", "originals": 1}, large]
    both = wide_item("both", 9, 20, "working") | {"materials": lines, "fields": [{"element": "premises_area", "required": True, "when": FAR}]}
    question = {"code": "far", "question": "是否跨区？", "type": "boolean"}
    load_bundle([asking("owing", "tolerable"), both], [{"item": "owing"}, {"item": "both"}], situations=[question])
    case = make.accepted("paired", gaps=[PAPER, "business_licence"], situations={"far": False})
    amended = {"by": make.actor("cixi-clerk"), "application": case.pk, "situations": {"far": True}, "reason": "申请人实际跨区经营", "answers": {"premises_area": "600"}}
    with nothing_written(), pytest.raises(Refused, match=r"缺少主要材料.*请现在收下"):
        actions.amend_situation(**amended)
    desk, page = client_of("cixi-clerk"), f"/counter/{case.pk}/amend/"
    shown = desk.post(page, {"do": "look", "situations__far": "true"})
    assert f'name="materials__{PAPER}"' in shown.text
    given = {"do": "amend", "situations__far": "true", "looked": shown.context["looked"], "answers__premises_area": "600", "reason": "申请人实际跨区经营"}
    assert desk.post(page, given | {f"materials__{PAPER}": "on"}).status_code == 302
    assert [one.code for one in case.members.filter(gap_open=True)] == ["both"]


def test_a_promise_goes_on_where_nobody_new_requires_it(world):
    case = case_of(
        asking("owing", "tolerable"),
        asking("added", "optional", promised=2),
        members=[{"item": "owing"}, {"item": "added", "when": FAR}],
        situations={"far": False},
    )
    actions.amend_situation(by=make.actor("cixi-clerk"), application=case.pk, situations={"far": True}, reason="申请人实际跨区经营")
    assert states(case) == {"owing": "accepted_with_gap", "added": "accepted"}


def told(case: Application) -> set[str]:
    """The items whose department is told that the paper did not come."""
    found = make.case("scjg-reviewer", case)
    return {one.code for one in found.members if "应交的材料没有交" in lacking(found, one)}


def test_whom_it_is_optional_for_is_not_told_that_it_lacks_it(world, days):
    """Accepted by silence, both departments read that it had to be handed in."""
    load_bundle([asking("strict", "required"), asking("spared", "optional")], [{"item": "strict"}, {"item": "spared"}])
    case = make.received("paired", without=(PAPER,))
    days.after(case.notice_due)
    assert actions.deem_accepted(application=case.pk)
    assert told(case) == {"strict"}


def test_a_promise_for_another_item_is_none_for_what_an_answer_put_right_asks_for(world):
    """What the answer asks of the second item was told to nobody: promised, though not for it."""
    area = {"element": "premises_area", "required": True}
    line = {"material": PAPER, "necessity": "required", "originals": 1, "when": [{"element": "premises_area", "over": 500}]}
    larger = asking("larger", "optional") | {"materials": [line], "fields": [area]}
    case = case_of(asking("owing", "tolerable"), larger, members=[{"item": "owing"}, {"item": "larger"}])
    assert told(case) == set()
    Application.objects.filter(pk=case.pk).update(answers=case.answers | {"premises_area": "600"})
    assert told(case) == {"larger"}
