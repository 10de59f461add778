"""README: after a change of SECRET_KEY, whose earlier value stands in SECRET_KEY_FALLBACKS, sessions and tokens still hold."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.directory.models import User
from tests import make
from tests.api.client import Caller


@pytest.mark.parametrize(("fallbacks", "status"), [(["another one", "the first"], 200), (["another one"], 401)])
def test_a_token_and_a_session_of_an_earlier_key(world, settings, fallbacks, status):
    settings.SECRET_KEY = "the first"
    caller, browser = Caller("cixi-clerk"), Client()
    browser.force_login(make.user("cixi-clerk"))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the second", fallbacks
    assert caller.raw("get", "me/").status_code == status
    assert browser.get("/api/me/").status_code == status
    User.objects.filter(username="cixi-clerk").update(session_epoch=1)  # his sessions are ended
    assert caller.raw("get", "me/").status_code == browser.get("/api/me/").status_code == 401
