"""The issue desk: identity or proxy, signature, one hand-over per paper, and a 送达回证 that says it all."""

import io
import struct
import zlib
from dataclasses import replace

import pytest
from PIL import Image

from apps.issuance.actions import Collection, hand_over, render, void_document
from apps.issuance.handing import drawn_signature
from apps.issuance.models import Document, HandOver
from apps.journal.actor import PUBLIC, Actor
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit import files
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState

from .samples import filed, queued, spec, staff, text_of

pytestmark = pytest.mark.django_db

NUMBER = "330203199001010014"
SELF = Collection(
    method="direct",
    location="统一出件窗口",
    collector_name="陈美丽",
    relation="legal_rep",
    id_kind="citizen_id",
    id_number=NUMBER,
    expected_number=NUMBER,
    signature="陈美丽",
)
PROXY = replace(
    SELF,
    method="agent",
    relation="agent",
    collector_name="赵建国",
    signature="赵 建国",
    expected_number="330282198506150021",
    proxy_evidence=b"%PDF-1.7\n...",
)
LEFT = Collection(
    method="left",
    location="慈溪市三北大街 168 号",
    collector_name="陈美丽",
    relation="legal_rep",
    refusal_reason="不同意决定内容",
    witnesses=["浒山社区居委会 张三", " "],
)


def png(size=(300, 120), mode="RGBA") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, "PNG")
    return out.getvalue()


def claims(side: int) -> bytes:
    """A small picture that says it is so many pixels high and wide."""
    head = b"IHDR" + struct.pack(">II", side, side) + b"\x08\x06\0\0\0"
    small = png()
    return small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]


def give(documents, given, by=None, root_id=1) -> HandOver:
    with action(by or staff("issue_clerk")) as act:
        return hand_over(act, root_id, [document.pk for document in documents], given)


def faults(given) -> dict[str, str]:
    document = filed("grant")
    with pytest.raises(Refused) as caught:
        give([document], given)
    assert not HandOver.objects.exists()
    assert not Document.objects.filter(kind="service_receipt").exists()
    assert not Event.objects.filter(name="document.hand_over").exists()
    return {error.field: error.message for error in caught.value.errors}


def test_the_legal_representative_takes_decision_and_certificate():
    papers = [filed("grant"), filed("certificate")]
    row = give(papers, replace(SELF, signature_image=png()))
    stored = HandOver.objects.get(pk=row.pk)
    assert stored.members == [1]
    assert [line["sha256"] for line in stored.documents] == [paper.sha256 for paper in papers]
    assert (stored.clerk_id, stored.clerk_name) == (7, "李强")
    assert stored.collector_masked == "3302**********0014"
    assert NUMBER not in stored.collector_secret
    assert stored.collector_number == NUMBER
    assert Event.objects.filter(name="document.hand_over").count() == 2

    receipt = stored.receipt
    rung = Event.objects.get(name="document.queue", chain=receipt.chain)
    assert rung.deliveries.get().listener == "issuance.render"
    assert render(receipt.pk)
    text = text_of(Document.objects.get(pk=receipt.pk))
    for words in ("送达回证", "直接送达", "法定代表人", "3302**********0014", papers[0].number, "李强", "未签章"):
        assert words in text
    assert NUMBER not in text


def test_no_full_number_in_the_journal_or_the_receipt():
    row = give([filed("grant")], PROXY)
    assert NUMBER not in str(list(Event.objects.values_list("facts", flat=True)))
    assert NUMBER not in str(row.receipt.payload)


def test_a_proxy_brings_evidence_and_it_is_kept():
    row = give([filed("grant")], PROXY)
    assert files.read(row.proxy_path) == PROXY.proxy_evidence
    assert row.receipt.payload["proxy_evidence"].startswith("已存档")


def test_a_proxy_may_show_a_passport_of_which_little_is_told():
    row = give([filed("grant")], replace(PROXY, id_kind="passport", id_number="e12345678"))
    assert (row.collector_number, row.collector_masked) == ("E12345678", "E1*****78")


def test_of_a_drawn_signature_the_ink_is_kept_on_white():
    drawn, out = Image.new("RGBA", (30, 10)), io.BytesIO()
    drawn.putpixel((3, 4), (0, 0, 0, 255))
    drawn.save(out, "PNG")
    kept = Image.open(io.BytesIO(files.read(drawn_signature(out.getvalue()).path)))
    assert (kept.format, kept.mode, kept.size) == ("PNG", "RGB", (30, 10))
    assert kept.getpixel((3, 4)) == (0, 0, 0) and kept.getpixel((4, 4)) == (255, 255, 255)


def test_where_no_name_is_known_none_is_compared():
    assert give([filed("grant")], replace(SELF, expected_names=["", "陈 美丽"])).collector_name == "陈美丽"
    assert give([filed("certificate")], replace(SELF, expected_names=[""])).collector_name == "陈美丽"
    dotted = replace(SELF, collector_name="阿依努尔·买买提", signature="阿依努尔。买买提", expected_names=["阿依努尔•买买提"])
    assert give([filed("certificate")], dotted).signature == "阿依努尔。买买提"


def test_left_service_needs_no_signature_but_reason_and_witness():
    row = give([filed("refusal")], LEFT)
    assert row.witnesses == ["浒山社区居委会 张三"]
    render(row.receipt_id)
    text = text_of(Document.objects.get(pk=row.receipt_id))
    assert "不同意决定内容" in text
    assert "视为送达" in text


def test_all_faults_at_once():
    found = faults(Collection(method="direct", location=" ", collector_name="", relation="cousin"))
    assert set(found) == {"location", "collector_name", "relation", "id_kind", "signature", "proxy_evidence"}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"id_number": "330203199001010015"}, "id_number", "校验位"),
        ({"id_number": "330282198506150021"}, "id_number", "不是本人"),
        ({"signature": ""}, "signature", "请收件人签名"),
        ({"signature": "陈美"}, "signature", "不一致"),
        ({"method": "agent"}, "method", "委托代理人"),
        ({"relation": "family"}, "proxy_evidence", "代领凭据"),
        ({"id_kind": "passport", "id_number": "E1"}, "id_number", "5 至 20 位"),
        ({"relation": "family", "proxy_evidence": b"%PDF-1.7"}, "id_number", "请录入代领人的"),
        ({"expected_names": ["陈美雨"]}, "collector_name", "姓名与办件登记的不一致"),
        ({"id_kind": "passport", "id_number": "E12345678"}, "id_kind", "请出示居民身份证"),
        ({"relation": "family", "expected_number": "", "proxy_evidence": b"MZ program"}, "proxy_evidence", "PDF、PNG 或 JPG"),
        ({"relation": "family", "expected_number": "", "proxy_evidence": b"%PDF-1.7" + bytes(10 * 2**20)}, "proxy_evidence", "10 MB"),
        ({"signature_image": b"GIF89a"}, "signature_image", "PNG"),
        ({"signature_image": b"\x89PNG\r\n\x1a\n" + b"0" * 60}, "signature_image", "PNG"),
        ({"signature_image": png((4000, 10))}, "signature_image", "PNG"),
        ({"signature_image": claims(60_000)}, "signature_image", "PNG"),
        ({"signature_image": b"\x89PNG\r\n\x1a\n" + b"0" * 400_000}, "signature_image", "300 KB"),
        ({"method": "left", "refusal_reason": "", "witnesses": []}, "witnesses", "见证人"),
        ({"method": "pigeon"}, "method", "送达方式"),
        ({"collector_name": "陈美丽✔", "signature": "陈美丽✔"}, "collector_name", "印不出来的符号：✔"),
        ({"method": "left", "collector_name": "陈美丽😀", "refusal_reason": "不要", "witnesses": ["张三"]}, "collector_name", "印不出来的符号"),
    ],
)
def test_what_is_wrong_is_named_with_its_cure(change, field, words):
    assert words in faults(replace(SELF, **change))[field]


def test_a_name_that_stands_in_the_case_is_refused_to_nobody_and_its_receipt_is_printed():
    named = {"collector_name": "陈美丽✔", "signature": "陈美丽✔", "expected_names": ["陈美丽✔"]}
    row = give([filed("certificate")], replace(SELF, **named))
    told = Document.objects.get(pk=row.receipt_id).payload
    assert (told["collector"], told["signature"]) == ("陈美丽", "陈美丽")


def test_a_paper_is_handed_over_once():
    document = filed("grant")
    give([document], SELF)
    with pytest.raises(WrongState, match=r"已经发放，不能再次发放。$"):  # and no way is named that there is not
        give([document], SELF)
    assert HandOver.objects.count() == 1


def test_what_is_not_printed_or_void_stays_at_the_desk():
    waiting, void = queued(spec("grant"))[0], filed("certificate")
    with action(staff("supervisor")) as act:
        void_document(act, void.pk, reason="误发")
    for document, words in ((waiting, "待生成"), (void, "已作废")):
        with pytest.raises(WrongState, match=words):
            give([document], SELF)
    assert not HandOver.objects.exists()


def test_a_document_of_another_case_does_not_exist():
    ours, theirs = filed("grant"), queued(spec("grant", root_id=2))[0]
    with pytest.raises(NotYours):
        give([ours, theirs], SELF)
    with pytest.raises(Refused, match="请选择"):
        give([theirs], SELF)


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (staff("clerk"), Forbidden),
        (staff("reviewer"), Forbidden),
        (staff("seal_keeper"), Forbidden),
        (Actor("person", 3, "陈美丽"), NotYours),
        (PUBLIC, NotYours),
    ],
)
def test_only_the_issue_desk_hands_over(by, error):
    document = filed("grant")
    events = Event.objects.count()
    with pytest.raises(error):
        give([document], SELF, by=by)
    assert not HandOver.objects.exists()
    assert Event.objects.count() == events


def test_statements_do_not_grow_with_the_papers(django_assert_num_queries):
    papers = [filed("grant"), filed("certificate"), filed("refusal")]
    # Two savepoint statements of the test; lock, earlier hand-overs, templates, 送达回证, and all that was gathered.
    with django_assert_num_queries(7):
        give(papers, SELF)
