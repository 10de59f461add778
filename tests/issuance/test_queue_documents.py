"""Documents are frozen and numbered in bulk: one statement to ask, numbers from a sequence, law by the document's date."""

import re
from dataclasses import replace
from datetime import date

import pgtrigger
import pytest
from django.db import connection, transaction

from apps.issuance import sheets
from apps.issuance.actions import queue_documents
from apps.issuance.loading import load_templates
from apps.issuance.models import Document, DocumentTemplate, Letterhead
from apps.issuance.paper import to_html
from apps.issuance.queuing import drafted
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.errors import Refused

from .samples import payload, queued, spec

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def templates():
    load_templates()


@pytest.mark.parametrize("count", [1, 12])
def test_one_statement_to_ask_and_none_to_write_whatever_the_number(count, django_assert_num_queries):
    specs = [spec("acceptance", member_id=at) for at in range(count)]
    drafted(specs)  # reads what has changed since this process last asked
    with action(SYSTEM) as act, django_assert_num_queries(1) as captured:
        documents = queue_documents(act, specs)
    assert [query["sql"].split()[0] for query in captured] == ["EXECUTE"]
    assert set(Document.objects.values_list("pk", flat=True)) == {document.pk for document in documents}
    assert len(documents) == count


def test_no_documents_no_statement(django_assert_num_queries):
    with action(SYSTEM) as act, django_assert_num_queries(0):
        assert queue_documents(act, []) == []


def test_number_names_agency_year_and_a_serial_of_the_sequence():
    first, second = queued(spec("grant"), spec("acceptance"))
    numbers = [re.fullmatch(r"(.+)〔2026〕第(\d{6})号", document.number) for document in (first, second)]
    assert [match[1] for match in numbers] == ["慈市监许准字", "慈市监受字"]
    assert int(numbers[1][2]) == int(numbers[0][2]) + 1


def test_serials_go_on_after_a_rollback():
    before = queued(spec("grant"))[0]
    with pytest.raises(ZeroDivisionError), action(SYSTEM) as act:
        queue_documents(act, [spec("grant")])
        raise ZeroDivisionError
    after = queued(spec("grant"))[0]
    assert int(after.number[-7:-1]) == int(before.number[-7:-1]) + 2


def test_what_is_kept_of_templates_and_letterheads_is_read_again_when_one_has_changed(django_assert_num_queries):
    known = Letterhead.objects.create(scope="kept", word="甲", valid_from=date(2017, 1, 1))
    asked = replace(spec("receipt"), department="kept")
    assert queued(asked)[0].number.startswith("甲收字")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Letterhead.objects.filter(pk=known.pk).update(word="乙")
        assert queued(asked)[0].number.startswith("乙收字")
        raise ZeroDivisionError
    assert queued(asked)[0].number.startswith("甲收字")
    with django_assert_num_queries(1):
        drafted([asked])
    known.delete()
    assert not queued(asked)[0].number.startswith("甲")


def test_a_department_without_a_word_of_its_own_takes_its_nodes(monkeypatch):
    township = spec("receipt")
    township = type(township)("receipt", 1, None, "330282107", "bianmin", payload("receipt"))
    zone = type(township)("receipt", 1, None, "330200-Z5", "guanwei", payload("receipt"))
    elsewhere = type(township)("receipt", 1, None, "331000", "", payload("receipt"))
    assert [d.number.split("收字")[0] for d in queued(township, zone, elsewhere)] == ["慈政服", "甬新政服", "政服"]
    # A township that a development zone looks after keeps the code of its county.
    monkeypatch.setattr(sheets.directory, "node_of", {"330282107": "330200-Z5"}.get)
    assert queued(township)[0].number.startswith("甬新政服")


def test_verification_codes_differ_and_have_no_letters_that_look_alike():
    codes = {document.verify_code for document in queued(*(spec("receipt") for _ in range(50)))}
    assert len(codes) == 50
    assert all(re.fullmatch("[2-9A-HJ-NP-Z]{12}", code) for code in codes)


def test_the_decision_names_the_certificate_queued_beside_it():
    grant, certificate, other = queued(
        spec("grant", certificate_number="", certificate_name=""),
        spec("certificate"),
        spec("grant", member_id=2, certificate_number="", certificate_name=""),
    )
    assert grant.payload["certificate_number"] == certificate.number
    assert grant.payload["certificate_name"] == certificate.title == "食品经营许可证"
    assert other.payload["certificate_number"] == ""


def test_a_certificate_may_bring_its_own_number():
    assert queued(spec("certificate", certificate_number="JY23302820012345"))[0].number == "JY23302820012345"


@pytest.mark.parametrize(
    ("day", "version", "article"),
    [
        (date(2017, 9, 1), 1, "第九条"),
        (date(2023, 12, 31), 1, "第九条"),
        (date(2024, 1, 1), 2, "第二十条"),
    ],
)
def test_the_law_of_the_documents_own_date_holds(day, version, article):
    document = queued(spec("refusal", date=day))[0]
    assert document.template.version == version
    assert article in document.template.remedies


def test_a_day_without_law_is_refused_in_words():
    with pytest.raises(Refused, match="2001-01-01 没有生效的"):
        queued(spec("refusal", date=date(2001, 1, 1)))


def test_one_faulty_document_and_nothing_is_queued():
    serial = "SELECT last_value FROM issuance_document_serial"
    with connection.cursor() as cursor:
        cursor.execute(serial)
        before = cursor.fetchone()
    with pytest.raises(Refused):
        queued(spec("receipt"), spec("refusal", basis=[]))
    assert not Document.objects.exists()
    assert not Event.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(serial)
        assert cursor.fetchone() == before


def test_an_item_that_is_no_licence_has_another_title():
    papers = queued(spec("grant"), spec("grant", licence=False), spec("refusal", licence=False))
    assert [d.title for d in papers] == ["准予行政许可决定书", "准予办理决定书", "不予办理决定书"]
    # Only a licence is laid open to everybody (XKF 40), and only then the paper has words under such a heading.
    assert ["送达和公开" in to_html(d) for d in papers] == [True, False, False]


def test_a_new_installation_takes_the_templates_that_ship_with_it():
    with pgtrigger.ignore("issuance.DocumentTemplate:template_kept"):
        DocumentTemplate.objects.all().delete()
    assert queued(spec("receipt"))[0].template_id
    assert DocumentTemplate.objects.count() > 13
