"""A one-thing of which one decision is revoked: the others wait for it no more, and nobody is called for what is void."""

import pytest
import yaml

from apps.applications import actions, queries_issue, tracking
from apps.applications.models import Application, Commitment, Job, Member
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import WrongState
from tests import make
from tests.people import nothing_written

from .test_amend_situation import amend
from .test_commit_and_check import FOUND, GRANTED, WHY
from .test_one_thing import seal
from .test_run_bundle import decide

SMALL = {"subject_kind": "enterprise", "small_shop": True, "dining_area": 40}
SIGNED = "small-catering-registration"


@pytest.fixture
def case(long_ago, days) -> Application:
    """开小饭店, all taken together: decided, the registration on a signed commitment."""
    days.at(GRANTED)
    row = make.accepted("open-restaurant", situations=SMALL)
    Application.objects.filter(pk=row.pk).update(issue="together")
    while job := Job.objects.filter(application=row).exclude(state="closed").select_related("member").first():
        if job.member.code == SIGNED:
            actions.sign_commitment(by=make.actor("cixi-clerk"), member=job.member_id, signed_by="李一味")
        decide(row, job.member.code)
    return Application.objects.get(pk=row.pk)


def others(case) -> list[Member]:
    return list(Member.objects.filter(application=case).exclude(code=SIGNED))


def revoke(case, days) -> Member:
    promised = Commitment.objects.get(application=case)
    actions.rectify_commitment(by=make.actor("scjg-reviewer"), commitment=promised.pk, findings=FOUND)
    days.pass_over(Commitment.objects.get(pk=promised.pk).rectify_by)
    actions.revoke_commitment(by=make.actor("scjg-head"), commitment=promised.pk, reason=WHY)
    days.work()
    return Member.objects.get(pk=promised.member_id)


def called(case) -> int:
    return Message.objects.filter(root_id=case.pk, title__startswith="全部办好，可以领取了").values("title").distinct().count()


def slips(case) -> dict[str, list[str]]:
    found = Document.objects.filter(root_id=case.pk, kind="pickup_slip")
    return {slip.state: sorted({line["item"] for line in slip.payload["results"]}) for slip in found}


def names(rows) -> list[str]:
    return sorted(row.name for row in rows)


@pytest.mark.parametrize("last", ["revoked", "sealed"])
def test_the_others_wait_no_more(case, days, last):
    """Whichever comes last, the revocation or the others' seals: they may be fetched, and the applicant is told once."""
    issue = make.actor("cixi-issue")
    for step in (["seal", "revoke"] if last == "revoked" else ["revoke", "seal"]):
        assert not queries_issue.issue_queue(issue).exists() and called(case) == 0 and slips(case) == {}
        if step == "revoke":
            gone = revoke(case, days)
        else:
            for member in others(case):
                seal(member)
    days.work()
    assert gone.state == "granted" and names(queries_issue.issue_queue(issue)) == names(others(case))
    assert called(case) == 1 and list(slips(case).values()) == [names(others(case))]
    pks = [member.pk for member in others(case)]
    actions.hand_over(by=issue, application=case.pk, members=pks, collection=make.collection())
    assert {member.state for member in others(case)} == {"collected"}
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []


def test_a_slip_that_calls_for_what_is_revoked_is_made_anew(case, days):
    for member in Member.objects.filter(application=case):
        seal(member)
    everything = names(Member.objects.filter(application=case))
    assert list(slips(case).values()) == [everything]
    gone = revoke(case, days)
    assert slips(case)["void"] == everything and [rows for state, rows in slips(case).items() if state != "void"] == [
        names(others(case))
    ]
    with nothing_written(Member, Document), pytest.raises(WrongState):
        actions.hand_over(
            by=make.actor("cixi-issue"), application=case.pk, members=[gone.pk], collection=make.collection()
        )
    said = tracking.track(case.number, make.MOBILE).now
    assert gone.name in said[0] and "结果已办好" in said[0]


def chain(**given) -> Application:
    """A one-thing in which one item waits for what was granted on a commitment, and for another that takes its time; with a big hall
    a further one comes after the commitment's."""
    members = [
        {"item": SIGNED},
        {"item": "drainage-permit"},
        {"item": "hotel-special-licence", "after": [SIGNED, "drainage-permit"]},
        {"item": "fire-check", "after": [SIGNED], "when": [{"situation": "big", "is": True}]},
    ]
    text = {
        "code": "chain", "name": "一串事", "region": "330282", "kind": "joint", "valid_from": "2017-01-01", "valid_to": None,
        "lead": {"department": "scjg", "criterion": "general_intake"}, "audience": ["enterprise"], "themes": ["准营准办"],
        "issue": "as_ready", "situations": [{"code": "big", "question": "大吗？", "type": "boolean"}], "members": members,
    }  # fmt: skip
    text = {"format": "yichuang-catalog/1", "as_of": "2017-08-31", "node": "330282", "bundles": [text]}
    assert not load_catalogue(by=SYSTEM, sources=[read("chain.yaml", yaml.safe_dump(text, allow_unicode=True).encode())]).problems
    return make.accepted("chain", situations={"big": False}, **given)


@pytest.mark.parametrize("how", ["revoked", "cancelled"])
def test_nothing_begins_on_what_is_no_longer_in_force(long_ago, days, how):
    """What waits for another item as well began with that one's grant, on a certificate that was void by then."""
    days.at(GRANTED)
    case = chain()
    signed = Member.objects.get(application=case, code=SIGNED)
    if how == "revoked":
        actions.sign_commitment(by=make.actor("cixi-clerk"), member=signed.pk, signed_by="李一味")
    decide(case, SIGNED)
    if how == "revoked":
        revoke(case, days)
        why = "前一事项的决定已经撤销"
    else:
        seal(signed)
        given = {"application": case.pk, "members": [signed.pk], "collection": make.collection()}
        actions.hand_over(by=make.actor("cixi-issue"), **given)
        actions.cancel_certificate(by=make.actor("scjg-head"), member=signed.pk, ground="force_majeure", reason="经营场所已经拆除，不能再经营。")
        why = "前一事项的证照已经注销"
    gone = Member.objects.get(application=case, code="hotel-special-licence")
    assert gone.state == "not_started"
    assert Event.objects.get(chain=case.chain, name="member.not_start", subject_id=str(gone.pk)).facts["reason"] == why
    assert amend(case, {"big": True}).state == "partly_done"
    assert Member.objects.get(application=case, code="fire-check").state == "not_started"
    told = Document.objects.get(root_id=case.pk, kind="amendment").payload["changes"]
    assert [line["change"] for line in told] == ["新增，前一事项没有办成，不再启动"]
    assert decide(case, "drainage-permit").state == "done"
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []
