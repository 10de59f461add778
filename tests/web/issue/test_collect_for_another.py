"""Who comes for another: the desk reads whether the agent on the case still acts for the applicant, and a guardian needs no paper of a child."""

from datetime import date

import pytest
from django.urls import reverse

from apps.applications.models import Application, Member
from apps.directory.actions import grant_mandate, revoke_mandate
from apps.directory.models import Mandate, Message, Party
from apps.issuance.models import HandOver
from apps.journal.actor import SYSTEM
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

from .test_hand_over_results import address, proxy, sent

pytestmark = pytest.mark.django_db
OVER = "代理人的委托已经终止或者到期"


def test_the_desk_is_told_that_the_agents_mandate_has_ended(at):
    """It read his name and number beside the applicant's, as of one who may be given the papers."""
    member, desk = make.sealed(), at("cixi-issue")
    Application.objects.filter(pk=member.application_id).update(agent=make.user("agent").party)
    page = reverse("issue:hand_over", args=[member.application_id])
    assert "代理人身份证号" in desk.get(page).text and OVER not in desk.get(page).text
    for mandate in Mandate.objects.filter(agent=make.user("agent").party, principal=member.application.applicant):
        revoke_mandate(by=SYSTEM, mandate=mandate)
    assert OVER in desk.get(page).text
    him = {"legal_rep_name": make.user("agent").party.name, "legal_rep_id": make.user("agent").party.id_number}
    Party.objects.filter(pk=member.application.applicant_id).update(**him)  # he needs no mandate any more, and stands above by that name
    told = desk.get(page).text
    assert OVER not in told and "代理人身份证号" not in told and "法定代表人身份证号" in told


CHILD = {"kind": "person", "name": "王小豆", "id_number": "330282201503120032", "mobile": make.MOBILE}


def test_a_parent_on_record_collects_for_the_child_without_its_authority(at):
    member, parent, desk = make.sealed(applicant=CHILD), make.user("citizen").party, at("cixi-issue")
    him = {"relation": "guardian", "collector_name": parent.name, "signature": parent.name, "id_number": parent.id_number}
    with nothing_written(HandOver, Member):
        told = desk.post(address(member), sent(member, **him))
        assert told.status_code == 422 and "代领凭据" in told.text  # not on record: the household register is wanted
    kind, until = Mandate.Kind.GUARDIAN, date(2033, 3, 11)
    grant_mandate(by=SYSTEM, principal=member.application.applicant, agent=parent, evidence="户籍", kind=kind, valid_to=until)
    with nothing_written(HandOver, Member):
        other = desk.post(address(member), sent(member, **him | {"collector_name": "王大明", "signature": "王大明"}))
        assert other.status_code == 422 and "与办件登记的不一致" in other.text
        childs = desk.post(address(member), sent(member, **him | {"id_number": CHILD["id_number"]}))
        assert childs.status_code == 422 and "这是申请人" in childs.text
    assert desk.post(address(member), sent(member, **him)).status_code == 302
    line = HandOver.objects.get()
    assert (line.get_relation_display(), line.method, line.proxy_path) == ("监护人", "direct", "")
    make.deliver_all()
    assert not Message.objects.filter(title__startswith="已由他人代领").exists()  # by law he stands for the child


def test_a_parents_number_is_read_as_the_childs_is(at):
    """Over the API in groups, as the card prints it: his own child's was taken so, the parent's was asked for a proof."""
    member, parent = make.sealed(applicant=CHILD), make.user("citizen").party
    by_law = {"kind": Mandate.Kind.GUARDIAN, "evidence": "户籍", "valid_to": date(2033, 3, 11)}
    grant_mandate(by=SYSTEM, principal=member.application.applicant, agent=parent, **by_law)
    him = {"relation": "guardian", "collector_name": parent.name, "signature": parent.name, "id_kind": "citizen_id"}
    taken = {"members": [member.pk], "method": "direct", "location": "慈溪市统一出件窗口", **him}
    number = f"{parent.id_number[:6]} {parent.id_number[6:]}"
    Caller("cixi-issue").post(f"applications/{member.application_id}/hand_over/", taken | {"id_number": number})
    assert HandOver.objects.get().proxy_path == ""


def test_any_other_guardian_brings_his_proof_and_no_unit_has_one(at):
    member, desk = make.sealed(applicant=CHILD), at("cixi-issue")
    her = {"relation": "guardian", "collector_name": "赵小红", "signature": "赵小红", "id_number": "330203199001010014"}
    assert desk.post(address(member), sent(member, **her) | {"proxy_evidence": proxy("户口簿.pdf")}).status_code == 302
    unit = make.sealed()
    with nothing_written(HandOver, Member):
        told = desk.post(address(unit), sent(unit, **her) | {"proxy_evidence": proxy()})
        assert told.status_code == 422 and "单位的办件请选" in told.text
    assert "监护人" not in desk.get(address(unit)).text
