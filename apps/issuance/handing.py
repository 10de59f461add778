"""The issue desk: who takes which papers, how he proves himself, and the 送达回证 that comes of it."""

from __future__ import annotations

import hmac
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import filetype
from PIL import Image

from apps.journal.door import Action
from apps.kit import files
from apps.kit.errors import NotYours, Refused, WrongState, raise_all
from apps.kit.ids import DOTS, check_citizen_id, plain
from apps.kit.masking import mask_id
from apps.kit.pictures import pictures, without
from apps.kit.time import beijing_date, now

from .models import Document, HandOver
from .payloads import DocumentSpec
from .queries import handed_over
from .queuing import queue_one
from .secrecy import hide
from .workflow import RENDERED

Method, Relation, Paper = HandOver.Method, HandOver.Relation, HandOver.Paper
IN_PERSON = (Method.DIRECT, Method.AGENT)
TYPED = (*IN_PERSON, Method.LEFT)  # by the desk; else the courier or the case says who takes it
NEEDS_NO_PROXY = (Relation.SELF, Relation.LEGAL_REP)
EVIDENCE_TYPES = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
EVIDENCE_LIMIT = 10 * 1024 * 1024  # bytes
SIGNATURE_LIMIT = 300 * 1024  # bytes
SIGNATURE_SIDE = 2000  # pixels


@dataclass(frozen=True, kw_only=True)
class Collection:
    """What the clerk saw and took at the desk.

    `expected_number` and `expected_names` are the recipient's on the case: a person who comes as `self` (or as `legal_rep`) must show
    the number and one of the names, and who comes for him shows papers of his own. `by_law`: they are a guardian's whom the register
    has shown to be one. `signature` is the name typed by the collector, `signature_image` a drawn one (PNG bytes). Left service (留置)
    needs the reason of the refusal and a witness instead of a signature (民事诉讼法 art. 89, by analogy).
    """

    method: str
    location: str
    collector_name: str
    relation: str
    id_kind: str = ""
    id_number: str = ""
    expected_number: str = ""
    expected_names: Sequence[str] = ()
    by_law: bool = False
    proxy_evidence: bytes | None = None
    signature: str = ""
    signature_image: bytes | None = None
    refusal_reason: str = ""
    witnesses: Sequence[str] = ()
    remark: str = ""
    at: datetime | None = None  # of service, where it was not now and here (by mail)
    sent_by: str = ""  # who sent it: the courier tells the system of the signature, and that serves nothing

    @property
    def himself(self) -> bool:
        """He, or who stands for him by law: nobody need have sent him."""
        return self.by_law or self.relation in NEEDS_NO_PROXY


def hand_over(act: Action, root_id: int, document_ids: Sequence[int], given: Collection) -> HandOver:
    """Enter the hand-over of printed documents in the issue register and queue its 送达回证.

    Raises Refused/Refusals naming every faulty field, NotYours for a document of another case, WrongState for one that
    is not printed or was handed over before. An event stands on every document handed over.
    """
    documents = list(Document.objects.select_for_update().filter(root_id=root_id, pk__in=document_ids).order_by("pk"))
    if not documents:
        raise Refused("hand_over.documents", "请选择要发放的文书。", "documents")
    if len(documents) != len(set(document_ids)):
        raise NotYours
    documents = [act.adopt(document) for document in documents]
    for document in documents:
        act.allow("hand_over", document)
        if document.state != RENDERED:
            raise WrongState(f"“{document.title}”还不能发放：{document.get_state_display()}。")
    _refuse_second(root_id, documents)
    number = _check(given)
    proxy = _evidence(given.proxy_evidence)
    drawn = drawn_signature(given.signature_image)
    moment = given.at or now()
    row = HandOver(
        root_id=root_id,
        members=sorted({document.member_id for document in documents if document.member_id}),
        documents=[_line(document) for document in documents],
        method=given.method,
        location=given.location.strip(),
        collector_name=given.collector_name.strip(),
        relation=given.relation,
        id_kind=given.id_kind if number else "",
        collector_secret=hide(number),
        collector_masked=mask_id(number),
        proxy_path=proxy.path if proxy else "",
        proxy_sha256=proxy.sha256 if proxy else "",
        signature=given.signature.strip(),
        signature_path=drawn.path if drawn else "",
        signature_sha256=drawn.sha256 if drawn else "",
        refusal_reason=given.refusal_reason.strip(),
        witnesses=[name.strip() for name in given.witnesses if name.strip()],
        remark=given.remark.strip(),
        clerk_id=act.by.id,
        clerk_name=given.sent_by or act.by.name,
        at=moment,
    )
    row.receipt = _receipt(act, documents[0], row)
    act.create(row)
    for document in documents:
        act.record(
            document,
            "hand_over",
            hand_over=row.pk,
            method=row.get_method_display(),
            relation=row.get_relation_display(),
        )
    return row


def _refuse_second(root_id: int, documents: list[Document]) -> None:
    handed = handed_over(root_id)
    for document in documents:
        if document.pk in handed:
            raise WrongState(f"“{document.title}”（{document.number}）已经发放，不能再次发放。")


def _check(given: Collection) -> str:
    """Everything that is wrong, at once. Returns the normalised number of the identity paper ("" where none is needed)."""
    errors: list[Refused] = []

    def wrong(field: str, sentence: str) -> None:
        errors.append(Refused(f"hand_over.{field}", sentence, field))

    for field, choices in (("method", Method), ("relation", Relation)):
        if getattr(given, field) not in choices.values:
            wrong(field, f"请选择{'送达方式' if field == 'method' else '与受送达人的关系'}。")
    for field, label in (("location", "送达地点"), ("collector_name", "收件人姓名")):
        if not getattr(given, field).strip():
            wrong(field, f"请填写{label}。")
    named = {name.strip() for name in given.expected_names}  # what stands in the case is refused to nobody
    if given.method in TYPED and given.collector_name.strip() not in named and (found := pictures(given.collector_name)):
        wrong("collector_name", f"里面有文书上印不出来的符号：{found}，请删去或者改用文字。")
    number = ""
    if given.method in IN_PERSON:
        number = _paper(given, errors)
        himself = given.himself
        names = {_plain(name) for name in given.expected_names if name}
        if himself and names and given.collector_name.strip() and _plain(given.collector_name) not in names:
            wrong("collector_name", "领取人姓名与办件登记的不一致，请对照证件重新录入；如系代领，请选择代领关系并上传代领凭据。")
        signed = _plain(given.signature)
        if not signed:
            wrong("signature", "请收件人签名后再发放。")
        elif signed != _plain(given.collector_name):
            wrong("signature", "签名与收件人姓名不一致，请核对后重新签名。")
        if (given.relation == Relation.AGENT) != (given.method == Method.AGENT):
            wrong("method", "委托代理人领取的，送达方式应选“委托代理人签收”；其他人领取的，选“直接送达”。")
        if not himself and not given.proxy_evidence:
            wrong("proxy_evidence", "代领的，请上传授权委托书或者其他代领凭据。")
    if given.method == Method.LEFT:
        if not given.refusal_reason.strip():
            wrong("refusal_reason", "留置送达应写明拒收事由。")
        if not any(name.strip() for name in given.witnesses):
            wrong("witnesses", "留置送达应至少有一名见证人，请填写其姓名和单位。")
    raise_all(errors)
    return number


def _plain(name: str) -> str:
    """A name without what is written one way or another: spaces, width, the dot inside, what nobody sees."""
    return re.sub(rf"[\s{DOTS}]", "", plain(name)).upper()


def _paper(given: Collection, errors: list[Refused]) -> str:
    if given.id_kind not in Paper.values:
        errors.append(Refused("hand_over.id_kind", "请选择收件人出示的证件类型。", "id_kind"))
        return ""
    number = given.id_number.strip().upper()
    try:
        if given.id_kind == Paper.CITIZEN:
            number = check_citizen_id(number, "id_number")
        elif not re.fullmatch(r"[A-Z0-9()（）-]{5,20}", number):
            raise Refused("hand_over.id_number", "证件号码应为 5 至 20 位字母或数字，请对照证件重新输入。", "id_number")
    except Refused as error:
        errors.append(error)
        return ""
    expected = given.expected_number.strip().upper()
    himself = given.himself
    if himself and expected and given.id_kind != Paper.CITIZEN:
        told = "办件登记的是居民身份证号码，本人领取的请出示居民身份证；没有带的，可以委托他人代领。"
        errors.append(Refused("hand_over.id_kind", told, "id_kind"))
    elif not himself and number == expected:
        told = "这是申请人（法定代表人）自己的证件号码：代领的，请录入代领人的；他本人来领取的，请改选。"
        errors.append(Refused("hand_over.own_number", told, "id_number"))
    elif himself and expected and not hmac.compare_digest(expected.encode(), number.encode()):
        errors.append(
            Refused(
                "hand_over.not_holder",
                "证件号码与办件登记的不一致，不是本人；如系代领，请选择代领关系并上传代领凭据。",
                "id_number",
            )
        )
    return number


def _evidence(content: bytes | None) -> files.StoredFile | None:
    if not content:
        return None
    kind = filetype.guess_mime(content)
    if kind not in EVIDENCE_TYPES or len(content) > EVIDENCE_LIMIT:
        raise Refused("hand_over.proxy_evidence", "代领凭据应为 10 MB 以内的 PDF、PNG 或 JPG 文件。", "proxy_evidence")
    return files.store(content, EVIDENCE_TYPES[kind])


def drawn_signature(content: bytes | None) -> files.StoredFile | None:
    """The drawn signature, painted on white again so that nothing but its pixels is kept."""
    if not content:
        return None
    refusal = Refused(
        "hand_over.signature_image", "手写签名应为 300 KB 以内的 PNG 图片，请重新签名。", "signature_image"
    )
    if len(content) > SIGNATURE_LIMIT or filetype.guess_mime(content) != "image/png":
        raise refusal
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if max(image.size) > SIGNATURE_SIDE:
                raise refusal
            picture = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise refusal from error
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    out = io.BytesIO()
    paper.save(out, "PNG")
    return files.store(out.getvalue(), ".png")


def _line(document: Document) -> dict:
    return {
        "id": document.pk,
        "kind": document.kind,
        "title": document.title,
        "number": document.number,
        "sha256": document.sha256,
        "copies": 1,
        "item": document.payload["item"]["name"],
    }


def _receipt(act: Action, first: Document, row: HandOver) -> Document:
    known = first.payload
    several = {}
    if len(row.members) > 1:  # of a one-thing: every item by name, and the number of the whole, which the items' numbers begin with
        names = dict.fromkeys(line["item"] for line in row.documents)
        several = {"item": {"name": "、".join(names)}, "case_number": known["case_number"].partition("-")[0]}
    payload = {
        **{name: known[name] for name in ("agency", "applicant", "item", "case_number", "place", "items")},
        **several,
        "date": beijing_date(row.at),
        "handler": {"name": row.clerk_name, "phone": known["handler"]["phone"]},
        "documents": [{name: line[name] for name in ("title", "number", "copies", "item")} for line in row.documents],
        "method": row.get_method_display(),
        "location": row.location,
        "collector": without(row.collector_name) or row.collector_name,  # a courier may say it with a picture
        "relation": row.get_relation_display(),
        "id_kind": row.get_id_kind_display(),
        "id_masked": row.collector_masked,
        "proxy_evidence": f"已存档（SHA-256：{row.proxy_sha256[:16]}…）" if row.proxy_sha256 else "",
        "at": row.at,
        "signature": without(row.signature) or row.signature,
        "signature_image": f"{row.signature_path} {row.signature_sha256}" if row.signature_path else "",
        "refusal_reason": row.refusal_reason,
        "witnesses": row.witnesses,
        "remark": row.remark,
    }
    spec = DocumentSpec("service_receipt", first.root_id, None, first.region, first.department, payload)
    return queue_one(act, spec)
