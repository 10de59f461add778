"""The seal register: bound to the stored bytes, under the keeper's own hand, once."""

from pathlib import Path

import pytest
from django.conf import settings

from apps.issuance.actions import register_seal, void_document
from apps.issuance.models import SealRecord
from apps.journal.actor import PUBLIC, Actor
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState

from .samples import filed, queued, spec, staff

pytestmark = pytest.mark.django_db


def seal(document, by=None, number="3302820000123"):
    with action(by or staff("seal_keeper")) as act:
        return register_seal(act, document.pk, seal_number=number)


def test_registers_number_digest_and_keeper():
    document = filed("grant")
    record = seal(document, number=" 3302820000123 ")
    assert (record.seal_number, record.sha256) == ("3302820000123", document.sha256)
    assert (record.keeper_id, record.keeper_name) == (7, "李强")
    event = Event.objects.get(name="document.seal")
    assert event.facts == {"seal_number": "3302820000123", "sha256": document.sha256, "keeper": "李强"}
    assert type(document).objects.get(pk=document.pk).sealed


def refused(error, document, *, match=None, **given):
    events = Event.objects.count()
    with pytest.raises(error, match=match):
        seal(document, **given)
    assert not SealRecord.objects.filter(document=document).exists()
    assert Event.objects.count() == events


def test_a_changed_file_is_refused():
    document = filed("grant")
    path = Path(settings.FILES_DIR) / document.path
    path.write_bytes(path.read_bytes() + b" ")
    refused(Refused, document, match="SHA-256 不一致")


def test_a_lost_file_is_refused():
    document = filed("grant")
    (Path(settings.FILES_DIR) / document.path).unlink()
    refused(Refused, document, match="找不到")


def test_what_is_not_printed_cannot_be_sealed():
    refused(WrongState, queued(spec("grant"))[0], match="还没有生成")


def test_a_void_document_cannot_be_sealed():
    document = filed("grant")
    with action(staff("supervisor")) as act:
        void_document(act, document.pk, reason="误发")
    refused(WrongState, document, match="还没有生成|不能登记")


def test_a_seal_needs_its_number():
    refused(Refused, filed("grant"), match="请填写印章编号", number="  ")


@pytest.mark.parametrize("number", ["1", "不知道", "abcdefg", "33028210000①你", "3302821000001;", "9" * 41])
def test_what_can_be_no_code_of_a_seal_is_refused(number):
    refused(Refused, filed("grant"), match="印章编码：6 到 40 位", number=number)


@pytest.mark.parametrize(
    "number", ["3302821000001", "33028210000012", "330282-1000001", "３３０２８２１０００００１", "zj330282e0001"]
)
def test_codes_as_they_are_read_off_a_seal(number):
    assert seal(filed("grant"), number=number).seal_number.isascii()


def test_once_only():
    document = filed("grant")
    seal(document)
    with pytest.raises(WrongState, match="已经登记签章"):
        seal(document)
    assert SealRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (staff("seal_keeper", department="gongan"), Forbidden),
        (staff("head"), Forbidden),
        (staff("clerk"), Forbidden),
        (staff("issue_clerk"), Forbidden),
        (Actor("person", 3, "陈美丽"), NotYours),
        (PUBLIC, NotYours),
    ],
)
def test_only_the_keeper_of_the_department(by, error):
    refused(error, filed("grant"), by=by)
