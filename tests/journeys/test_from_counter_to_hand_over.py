"""The main job, told by the house's own words: 食品经营许可 with one tolerated gap, from the counter to the signature."""

from apps.applications import actions, queries_issue, queries_review, tracking
from apps.applications.models import Application, Member
from apps.issuance.models import Document, HandOver
from apps.journal.anchoring import verify
from apps.journal.invariants import patrol
from apps.kit import files
from tests import make


def test_a_licence_with_one_tolerated_gap(world):
    clerk, head = make.actor("cixi-clerk"), make.actor("scjg-head")
    case = make.accepted(gaps=["floor_plan"])
    reviewer = make.actor("scjg-reviewer")
    job = queries_review.inbox(reviewer).get()
    actions.claim(by=reviewer, job=job.pk)
    actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="现场条件符合食品经营要求。")
    actions.supply_gap(by=clerk, application=case.pk, materials={"floor_plan": {"state": "supplied", "originals": 1}})
    assert list(queries_review.countersign_queue(head)) == [job]
    member = actions.decide(by=head, job=job.pk, decision="grant")
    make.printed(case.pk)
    papers = {paper.kind: paper for paper in Document.objects.filter(root_id=case.pk)}
    assert set(papers) == {"receipt", "acceptance_with_gap", "supplement_receipt", "grant", "certificate"}
    assert all(files.read(paper.path).startswith(b"%PDF") for paper in papers.values())
    assert list(queries_issue.seal_queue(make.actor("scjg-seal"))) == [member]
    actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")
    issue = make.actor("cixi-issue")
    assert list(queries_issue.issue_queue(issue)) == [member]
    actions.hand_over(by=issue, application=case.pk, members=[member.pk], collection=make.collection())
    assert Member.objects.get(pk=member.pk).state == "collected"
    assert HandOver.objects.get(root_id=case.pk)
    assert not queries_issue.issue_queue(issue).exists()

    case = Application.objects.get(pk=case.pk)
    told = tracking.track(case.number, make.MOBILE)
    assert (told.number, told.state) == (case.number, "done")
    assert len(told.story) >= 6
    assert tracking.track(case.number, "13800000000") is None
    verify()
    assert patrol()[1] == []
