"""文书核验: by the code under the QR or by the file itself; masked, and no to everything that is not ours."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.issuance import limits
from apps.issuance import queries as documents
from apps.kit import files
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def receipt():
    case = make.received()
    make.printed(case.pk)
    return documents.documents_of(case.pk)[0]


def test_code_opens_the_facts(client, receipt):
    for address in (f"/verify/{receipt.verify_code}/", f"/v/{receipt.verify_code}/", f"/verify/{receipt.verify_code}"):
        answer = client.get(address, follow=True)
        assert answer.status_code == 200 and "真实，现在有效" in answer.text
    assert "<dt>文号</dt>" in answer.text and "<dt>申请人</dt>" in answer.text  # what only a certificate has is a holder
    assert receipt.number in answer.text and "未签章" in answer.text and receipt.sha256 in answer.text
    assert f"/track/?number={receipt.payload['case_number']}" in answer.text  # the voucher's code leads on to its case
    assert make.PERSON_ID not in answer.text and make.MOBILE not in answer.text


def test_code_typed_by_hand(client, receipt):
    typed = f"{receipt.verify_code[:4]}-{receipt.verify_code[4:8]} {receipt.verify_code[8:]}".lower()
    answer = client.post("/verify/", {"code": typed}, follow=True)
    assert answer.status_code == 200 and receipt.number in answer.text


def test_file_itself(client, receipt):
    content = files.read(receipt.path)
    answer = client.post("/verify/", {"file": SimpleUploadedFile("a.pdf", content)})
    assert answer.status_code == 200 and receipt.number in answer.text


def test_changed_file(client, receipt):
    content = files.read(receipt.path) + b" "
    answer = client.post("/verify/", {"file": SimpleUploadedFile("a.pdf", content)})
    assert answer.status_code == 404 and "不是本平台出具的原文件" in answer.text


def test_sealed_certificate_shows_its_seal(client):
    member = make.sealed(papers=make.printed)
    codes = [d.verify_code for d in documents.documents_of(member.application_id) if d.kind == "certificate"]
    answer = client.get(f"/verify/{codes[0]}/")
    assert "3302821000001" in answer.text and "有效期" in answer.text and "<dt>持证人</dt>" in answer.text


@pytest.mark.parametrize("code", ["AAAAAAAAAAAA", "x", "%00", "'; --", "A" * 300])
def test_unknown_code(client, code):
    answer = client.get(f"/verify/{code}/")
    assert answer.status_code == 404 and "没有这份文书" in answer.text


@pytest.mark.parametrize("code", ["A/B", "//evil.example", "..", "A?B", "1;2"])
def test_what_no_code_is_made_of(client, code):
    answer = client.post("/verify/", {"code": code})
    assert answer.status_code == 404 and "没有这份文书" in answer.text


def test_no_path_leads_out_of_the_files(settings):
    (settings.FILES_DIR.parent / "secret").write_bytes(b"x")
    with pytest.raises(FileNotFoundError):
        files.read("../secret")


def test_nothing_given(client):
    answer = client.post("/verify/", {})
    assert answer.status_code == 422 and "请填写“查询码”" in answer.text


def test_guessing_is_limited(client):
    for n in range(limits.VERIFY_WRONG.times):
        client.get(f"{'/api' if n % 2 else ''}/verify/GUESS{n:07d}/")
    assert {client.get(f"{where}/verify/ANOTHERGUESS/").status_code for where in ("", "/api")} == {429}
    assert client.get("/verify/ANOTHERGUESS/", REMOTE_ADDR="10.1.1.9").status_code == 404
