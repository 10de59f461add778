"""Questions to outside services, asked while a person waits."""

import pytest

from apps.directory.ports import identity
from apps.gateway.twins import EICAR, Twins
from apps.kit.errors import Later, Unavailable
from apps.kit.ports import port

NUMBER = "330282198506150021"


def test_the_register_knows_whose_number_it_is(twins):
    twins.know(NUMBER, "李秀兰")
    assert identity().matches("李秀兰", NUMBER) is True
    assert identity().matches("王小明", NUMBER) is False


@pytest.mark.parametrize("how", ["down", "failing", "nonsense", "lost"])
def test_silence_is_neither_yes_nor_no(twins, how):
    twins.behave("identity", how)
    with pytest.raises(Unavailable) as told:
        identity().matches("李秀兰", NUMBER)
    assert told.value.status == 503 and "请稍后再试" in told.value.message


def test_a_false_signature_is_refused(twins, settings):
    settings.SERVICES["identity"]["secret"] = "of somebody else"
    with pytest.raises(Unavailable):
        identity().matches("李秀兰", NUMBER)
    assert "identity" not in twins.calls


def test_the_scanner_finds_the_test_file_and_nothing_else(twins):
    assert port("scanner").infected(b"%PDF-1.7 " + EICAR) == "EICAR-Test-File"
    assert port("scanner").infected(b"%PDF-1.7 hello") == ""


@pytest.mark.parametrize("how", ["down", "failing", "nonsense"])
def test_a_silent_scanner_gives_no_verdict(twins, how):
    twins.behave("scanner", how)
    with pytest.raises(Later):
        port("scanner").infected(b"%PDF-1.7")


def test_a_redirect_is_not_followed(twins, settings, monkeypatch):
    monkeypatch.setattr(Twins, "answer", lambda *given: (302, {"match": True}))
    with pytest.raises(Unavailable):
        identity().matches("李秀兰", NUMBER)


def test_a_twin_has_named_behaviours_only():
    with pytest.raises(ValueError):
        Twins().behave("sms", "moody")
