"""A handler's mandate for an enterprise ran out while his draft lay: refused on a phone in words that say until when it held and what to
do; after a new mandate he goes on where he stopped."""

from datetime import timedelta

import pytest

from apps.applications.models import Application
from apps.directory.actions import grant_mandate
from apps.directory.models import Mandate, Party
from apps.directory.versioning import draw_now
from apps.journal.actor import SYSTEM
from apps.kit.time import today
from tests import make
from tests.journeys.test_open_a_restaurant_from_home import fits, sign_in
from tests.people import nothing_written

pytestmark = pytest.mark.browser


def test_it_is_refused_clearly(transactional_db, world, phone, axe):
    Mandate.objects.all().delete()
    firm, agent = Party.objects.get(kind="enterprise"), make.user("citizen").party
    given = {"by": SYSTEM, "principal": firm, "agent": agent, "evidence": "网上授权", "scope": [make.FOOD]}
    ended = today() - timedelta(days=1)
    old = grant_mandate(**given, valid_to=today() + timedelta(days=9))
    row = make.from_home(by="citizen", principal=firm.pk, submit=False)
    Mandate.objects.filter(pk=old.pk).update(valid_from=ended - timedelta(days=30), valid_to=ended)
    draw_now()

    sign_in(phone, "citizen")
    told = f"已于{ended:%Y年%-m月%-d日}到期"
    with nothing_written(Application):
        for path, words in (
            (f"/my/{row.pk}/check/", "授权以后您就能办"),
            (f"/apply/{make.FOOD}/", "重新授权"),
            ("/account/identities/", "已经结束的授权"),
        ):
            phone.goto(path)
            for details in phone.locator("main details").all():
                details.locator("summary").click()
            text = phone.inner_text("main")
            assert firm.name in text and told in text and words in text, path
            axe(phone)
            fits(phone)
    grant_mandate(**given, valid_to=today() + timedelta(days=9))
    phone.goto(f"/my/{row.pk}/")
    assert "核对并提交" in phone.inner_text("main")
