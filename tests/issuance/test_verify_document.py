"""Public verification: by code or by the file itself, a person's name masked, never more than the public facts."""

from datetime import date

import pytest
import time_machine
from django.test import Client

from apps.issuance.actions import register_seal, replace_document, void_document
from apps.issuance.models import Document
from apps.issuance.queries import document_file, documents_of, verify, verify_upload
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit import files
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.time import today

from .samples import filed, printed, queued, spec, staff

pytestmark = pytest.mark.django_db
PERSON = {"kind": "person", "name": "欧阳建国", "number": "3302**********0014", "phone": "138****5678"}


def sealed(kind: str, **given) -> Document:
    document = filed(kind, **given)
    with action(staff("seal_keeper")) as act:
        register_seal(act, document.pk, seal_number="3302820000123")
    return document


@pytest.mark.parametrize("kind", ["certificate", "grant", "refusal"])
def test_a_decision_is_in_force_when_its_seal_is_registered(kind):
    """The store of certificates takes it from then on; before, the page said “真实，现在有效”."""
    document = filed(kind)
    assert verify(document.verify_code)["status"] == "unsealed"
    page = Client().get(f"/verify/{document.verify_code}/").text
    assert "还没有登记用印" in page and "现在有效" not in page
    with action(staff("seal_keeper")) as act:
        register_seal(act, document.pk, seal_number="3302820000123")
    assert verify(document.verify_code)["status"] == "valid"


@time_machine.travel("2026-11-24 09:00+08:00")
def test_a_certificate_says_what_the_public_may_know():
    document = filed("certificate", applicant=PERSON)
    with action(staff("seal_keeper")) as act:
        record = register_seal(act, document.pk, seal_number="3302820000123")
    assert verify(document.verify_code) == {
        "code": document.verify_code,
        "kind": "certificate",
        "title": "食品经营许可证",
        "number": document.number,
        "agency": "慈溪市市场监督管理局",
        "item": "食品经营许可",
        "case_number": "330282202611230001XA",
        "holder": "欧**国",
        "date": date(2026, 11, 23),
        "status": "valid",
        "status_label": "有效",
        "valid_from": date(2026, 11, 23),
        "valid_to": date(2031, 11, 22),
        "extended_to": None,
        "voided_on": None,
        "cancelled_on": None,
        "sha256": document.sha256,
        "seal": {"number": "3302820000123", "at": record.at},
        "replaced_by": None,
    }


def test_an_enterprise_is_named_in_full():
    assert verify(filed("grant").verify_code)["holder"] == "慈溪市好味道餐饮有限公司"


@pytest.mark.parametrize("form", ["{0}", "{1}", " {1} ", "{2}", "{3}", "{4}"])
def test_the_code_is_found_as_people_type_it(form):
    code = queued(spec("receipt"))[0].verify_code
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)  # full-width, as a Chinese input method types
    stroked = f"{code[:4]}－{code[4:8]}—{code[8:]}"
    typed = form.format(code, f"{code[:4]}-{code[4:8]}-{code[8:]}", code.lower(), wide, stroked)
    assert (verify(typed)["status"], verify(typed)["status_label"]) == ("waiting", "正在制作")
    assert verify(code[:-1]) is None  # a part of it finds nothing: nobody feels his way to the whole


@pytest.mark.parametrize("code", ["", "ABCD", "'; DROP TABLE", "A" * 500, "文书"])
def test_a_code_of_nobody_is_none(code):
    assert verify(code) is None


@pytest.mark.parametrize(("day", "status"), [("2031-11-22", "valid"), ("2031-11-23", "expired")])
def test_the_last_day_of_validity_still_counts(day, status):
    document = sealed("certificate")
    with time_machine.travel(f"{day} 00:30+08:00"):
        assert verify(document.verify_code)["status"] == status


def test_a_renewed_certificate_does_not_hold_before_its_first_day():
    document = sealed("certificate", valid_from=date(2026, 12, 15))
    with time_machine.travel("2026-12-14 23:30+08:00"):
        facts = verify(document.verify_code)
        assert (facts["status"], facts["status_label"]) == ("not_yet", "尚未生效（2026年12月15日起有效）")
        page = Client().get(f"/verify/{document.verify_code}/").text
        assert "尚未生效" in page
        assert "现在有效" not in page
    with time_machine.travel("2026-12-15 00:30+08:00"):
        assert verify(document.verify_code)["status"] == "valid"


def test_a_decision_that_grants_later_days_holds_at_once():
    document = sealed("grant", valid_from=date(2031, 1, 1))
    with time_machine.travel("2026-12-14 09:00+08:00"):
        assert verify(document.verify_code)["status"] == "valid"


def test_a_void_document_says_so():
    document = filed("grant")
    with action(staff("supervisor")) as act:
        void_document(act, document.pk, reason="误发")
    facts = verify(document.verify_code)
    assert (facts["status"], facts["status_label"], facts["voided_on"]) == ("void", "已作废", today())
    assert "作废日期" in Client().get(f"/verify/{document.verify_code}/").text  # who was shown the paper asks since when


def test_a_reprint_voids_the_old_and_names_the_new():
    old = filed("receipt")
    with action(staff("clerk")) as act:
        new = replace_document(act, old.pk, reason="申请人姓名录入有误", payload=None)
    assert new.number != old.number
    assert verify(old.verify_code)["status"] == "replaced"
    assert verify(old.verify_code)["replaced_by"] == new.verify_code
    assert Document.objects.get(pk=new.pk).replaces_id == old.pk
    assert {e.name for e in Event.objects.all()} == {"document.render", "document.void", "document.queue"}


def test_a_reprinted_certificate_keeps_its_number():
    old = filed("certificate")
    with action(staff("supervisor")) as act:
        new = replace_document(act, old.pk, reason="补发")
    assert new.number == old.number
    assert new.verify_code != old.verify_code


def test_a_document_is_replaced_once():
    old = filed("receipt")
    with action(staff("clerk")) as act:
        replace_document(act, old.pk, reason="补打")
    with pytest.raises(WrongState), action(staff("clerk")) as act:
        replace_document(act, old.pk, reason="补打")
    assert Document.objects.count() == 2


def test_voiding_needs_a_reason():
    document = filed("receipt")
    with pytest.raises(Refused, match="请填写作废原因"), action(staff("supervisor")) as act:
        void_document(act, document.pk, reason=" ")
    assert verify(document.verify_code)["status"] == "valid"


def test_an_uploaded_file_is_known_by_its_bytes():
    document = filed("certificate")
    content = files.read(document.path)
    assert verify_upload(content)["number"] == document.number
    assert verify_upload(content + b" ") is None
    assert verify_upload(b"") is None


def test_a_file_is_given_only_with_its_case(settings, tmp_path):
    document = filed("grant")
    content, name = document_file(1, document.pk)
    assert content.startswith(b"%PDF-1.7")
    assert name == f"准予行政许可决定书-{document.number}.pdf"
    with pytest.raises(NotYours):
        document_file(2, document.pk)
    settings.FILES_DIR = tmp_path / "restored from before it was copied"
    with pytest.raises(NotYours, match="存储里找不到这个文件"):
        document_file(1, document.pk)


def test_a_file_that_is_not_there_yet_says_why():
    with pytest.raises(WrongState, match="正在生成"):
        document_file(1, queued(spec("grant"))[0].pk)
    stuck = printed("grant", applicant={"kind": "person", "name": "\ue123"})
    with pytest.raises(WrongState, match="生僻字"):
        document_file(1, stuck.pk)


def test_the_documents_of_a_case_in_one_statement(django_assert_num_queries):
    documents = queued(spec("receipt"), spec("acceptance"), spec("receipt", root_id=2))
    with django_assert_num_queries(1):
        rows = documents_of(1)
        assert [(row.pk, row.sealed, row.replaces_id, hasattr(row, "replaced_by")) for row in rows] == [
            (documents[0].pk, False, None, False),
            (documents[1].pk, False, None, False),
        ]
