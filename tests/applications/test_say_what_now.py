"""What the applicant is told to do now, where a case is between two of its ends."""

import pytest

from apps.applications import actions, tracking
from apps.applications.models import Application
from tests import make

from .test_run_bundle import SUCCESSORS, decide, restaurant


def sealed(case: Application, code: str) -> None:
    make.filed(case.pk)
    member = case.members.get(code=code)
    keeper = "scjg-seal" if member.department_id == "scjg" else f"{member.department_id}-head"
    actions.register_seal(by=make.actor(keeper), member=member.pk, seal_number="3302821000001")


def told(case: Application) -> tuple[str, str, str]:
    """The same for the applicant's page and for whoever knows number and phone."""
    row = Application.objects.get(pk=case.pk)
    said = tracking.track(row.number, row.contact_mobile).now
    assert make.case("cixi-clerk", row).now == said
    return said


@pytest.mark.parametrize(
    ("issue", "what_to_do"),
    [("together", "等全部办好后一次领取"), ("as_ready", "可以先领取已经办好的：")],
)
def test_nobody_is_called_while_a_decided_one_is_still_at_the_seal(world, issue, what_to_do):
    case = restaurant()
    Application.objects.filter(pk=case.pk).update(issue=issue)
    codes = ["enterprise-registration", *SUCCESSORS]
    for code in codes:
        case = decide(case, code, "refuse" if code == "fire-check" else "grant")
    for code in codes[:-1]:
        sealed(case, code)
    assert case.state == "done"
    what, holder, todo = told(case)
    assert (what, holder) == ("有的结果已办好，其他的正在制证、登记用印。", "审批部门")
    assert what_to_do in todo
    sealed(case, codes[-1])
    assert told(case)[:2] == ("结果已办好。", "出件窗口")
