"""The supervisor's own two acts open where they can be done, and lead back to the case where they cannot."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.applications.models import Application
from apps.web.oversight.cases import _to_reroute
from tests import make
from tests.people import nothing_written
from tests.web.conftest import client_of

pytestmark = pytest.mark.django_db
REASON = {"reason": "申请人已经注销"}


@pytest.mark.parametrize(
    ("verb", "fits", "ends", "late"),
    [("void", make.received, "voided", make.accepted), ("terminate", make.accepted, "done", make.received)],
)
def test_open_where_it_can_be_done(world, verb, fits, ends, late):
    supervisor = client_of("cixi-supervisor")
    row, other = fits(), late()
    page = f"/oversight/cases/{row.pk}/{verb}/"
    assert supervisor.get(page).status_code == 200
    assert supervisor.post(page, {"reason": "错"}).status_code == 422
    assert supervisor.post(page, REASON)["Location"] == f"/oversight/cases/{row.pk}/"
    assert Application.objects.get(pk=row.pk).state == ends
    for gone in (row, other):
        page = f"/oversight/cases/{gone.pk}/{verb}/"
        back = supervisor.get(page, follow=True)
        assert back.redirect_chain and "不能再" in back.text
        with nothing_written():
            assert supervisor.post(page, REASON).status_code == 409


def test_what_lies_alike_with_one_department_is_asked_about_once(world):
    supervisor, jobs = make.actor("cixi-supervisor"), [make.claimed() for _ in range(3)]
    asked = []
    for some in (jobs[:1], jobs):
        with CaptureQueriesContext(connection) as told:
            assert not _to_reroute(supervisor, some)
        asked.append(len(told))
    assert asked[0] == asked[1] > 0
