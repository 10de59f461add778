"""The supervisor's own two acts open where they can be done, and lead back to the case where they cannot."""

import pytest

from apps.applications.models import Application
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
