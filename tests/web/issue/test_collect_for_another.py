"""Who comes for another: the desk reads whether the agent on the case still acts for the applicant."""

import pytest
from django.urls import reverse

from apps.applications.models import Application
from apps.directory.actions import revoke_mandate
from apps.directory.models import Mandate
from apps.journal.actor import SYSTEM
from tests import make

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
