"""A document's frozen content as a PDF: the same content gives the same bytes, so a render that is done again is harmless."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import logging
import re
import typing
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import segno
from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

from apps.directory.models import Department
from apps.kit import files
from apps.kit.days import day_cn
from apps.kit.time import BEIJING

from . import glyphs
from .models import Document
from .payloads import PAYLOADS

log = logging.getLogger(__name__)

NO_ENGINE = "PDF 组件缺失：请系统管理员安装 libpango-1.0-0、libpangoft2-1.0-0、libharfbuzz-subset0，然后重新生成。"
NO_FONTS = "缺少中文字体：请系统管理员安装 fonts-noto-cjk，然后重新生成。"
NO_WAY = "打印文书要用的字体或者临时目录读写不了（{}），请系统管理员检查，然后重新生成。"
NO_REMEDIES = "本单位不行使行政权力，办理结果不是行政行为。如有异议，可以向本单位或者政务服务中心反映；合同争议可以依法提起民事诉讼。"


class Unprintable(Exception):
    """Why a document could not be printed, in words for the clerk. `by_hand` = a rare character (生僻字人工处理)."""

    def __init__(self, sentence: str, *, by_hand: bool = False):
        super().__init__(sentence)
        self.by_hand = by_hand


@dataclass(frozen=True)
class Printed:
    content: bytes
    pages: int


@dataclass(frozen=True)
class Press:
    """What a process needs once: WeasyPrint, one FontConfiguration (a fresh one per render grows to 500 MB) and styles."""

    weasyprint: Any
    fonts: Any
    styles: list


@cache
def press() -> Press:
    """Raises Unprintable when libpango or every Chinese font is missing or cannot be read, NoRoom when the cut fonts find none for a moment.
    Made lazily, after the worker has forked."""
    try:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except OSError as error:  # cffi cannot load the shared library
        log.error("WeasyPrint cannot load: %s", error)
        raise Unprintable(NO_ENGINE) from error
    if not glyphs.faces():
        raise Unprintable(NO_FONTS)
    fonts = FontConfiguration()
    local = URLFetcher(allowed_protocols=("file",))
    sheet = (Path(settings.BASE_DIR) / "templates/documents/style.css").read_text(encoding="utf-8")
    try:
        with TemporaryDirectory() as place:  # WeasyPrint keeps copies of its own
            styles = [
                weasyprint.CSS(string=source, font_config=fonts, url_fetcher=local)
                for source in (glyphs.font_css(Path(place)), sheet)
            ]
    except OSError as error:
        log.error("the cut fonts are not made: %s", error)
        if files.full(error):
            raise files.NoRoom from error
        raise Unprintable(NO_WAY.format(error.strerror or type(error).__name__)) from error
    return Press(weasyprint, fonts, styles)


def make(document: Document) -> Printed:
    """Raises Unprintable, or NoRoom; never prints a box and never fetches anything from outside."""
    machine = press()
    options = {
        "pdf_variant": "pdf/a-3b",
        "pdf_identifier": document.verify_code.encode(),
        "attachments": _attachments(machine, document),
    }
    return _printed(machine, to_html(document), options)


def leaflet(source: str, key: str) -> bytes:
    """A page for the applicant's own use, which is no document: no number, no seal, not stored. `key` identifies the content."""
    return _printed(press(), source, {"pdf_identifier": key.encode()}).content


def _printed(machine: Press, source: str, options: dict) -> Printed:
    absent = glyphs.missing(printed_text(source))
    if absent:
        raise Unprintable(
            f"字库缺少这些字：{'、'.join(map(glyphs.name_of, absent))}，请人工处理（生僻字）。", by_hand=True
        )
    from weasyprint.urls import URLFetcher

    sealed_off = URLFetcher(allowed_protocols=("data",))
    pages = machine.weasyprint.HTML(string=source, url_fetcher=sealed_off).render(
        font_config=machine.fonts, stylesheets=machine.styles, **options
    )
    return Printed(pages.write_pdf(**options), len(pages.pages))


def to_html(document: Document) -> str:
    """Raises Unprintable when the template is missing or faulty, or a signature that stands on the paper is lost."""
    template, data = document.template, display(document.kind, document.payload)
    office = (document.department and Department.objects.filter(pk=document.department).first()) or Department()
    if "lines" in data:
        # The holder's own rows stand above: an answer that only repeats them is not printed twice.
        told = set(data["applicant"].values())
        data["lines"] = [line for line in data["lines"] if line["value"] not in told]
    # A template holds every sentence it may need; one about a day that this document does not have is not chosen.
    absent = dict.fromkeys(data, "")
    words = {**absent, **_flat(data), **document.payload["office"], "title": document.title, "number": document.number}
    try:
        say = {name: text.format_map(words) for name, text in template.texts.items() if isinstance(text, str)}
        return render_to_string(
            template.html,
            {
                "document": document,
                "d": data,
                "say": say,
                "basis": template.basis.format_map(words),
                "remedies": template.remedies.format_map(words) if office.holds_power else NO_REMEDIES,
                "url": address(document),
                "qr": segno.make(address(document), error="m", micro=False).svg_data_uri(border=1, scale=4),
                "code": "-".join(re.findall("....", document.verify_code)),
                "created": document.queued_at.astimezone(BEIJING).isoformat(timespec="seconds"),
                "signature": _picture(data.get("signature_image", "")),
                "day": day_cn(document.day),
                "phone": _phone(office, data),
                "set": _set(document, data) if "lines" in data else "",
            },
        )
    except (KeyError, ValueError, TemplateDoesNotExist) as error:
        raise Unprintable(f"文书模板“{template}”有误（{error}），请系统管理员修正后重新生成。") from error


# How a certificate is set: the rows above its foot, and the letters that one of them holds of a label and of a value.
SETS = (("", 10, 9, 39), ("dense", 14, 10, 47), ("tight", 19, 12, 52))


def _set(document: Document, data: dict) -> str:
    """The largest letters in which everything stands on one page above the code and the issuer, which lie at its end; "flow": on several."""
    holder = data["applicant"]
    told = [("", text) for name in ("name", "number", "legal_rep", "address") if (text := holder.get(name))]
    told += [(line["label"], line["value"]) for line in data["lines"]] + [("有效期", data.get("remark") or "")]
    told += [("", "")] * (bool(data.get("remark")) + len(document.title) // 25)  # a remark has a row of its own, a long title a second line
    for name, most, of_label, of_value in SETS:
        if sum(max(-(-len(label) // of_label), -(-len(text) // of_value), 1) for label, text in told) <= most:
            return name
    return "flow"


def _phone(office: Department, data: dict) -> str:
    """Whom to ask at the foot: the line of the item's guide, else the department's own, as the guide's page shows it."""
    return data["handler"]["phone"] or data["agency"]["phone"] or office.phone


def address(document: Document) -> str:
    """The page behind the QR code: it verifies the document and leads on to the progress of the case."""
    return f"{document.payload['office']['site']}/verify/{document.verify_code}/"


def printed_text(source: str) -> str:
    """Everything that reaches the paper: the markup's text without styles and tags."""
    source = re.sub(r"<(style|title)\b.*?</\1>", "", source, flags=re.S)
    return html.unescape(re.sub(r"<[^>]*>", " ", source))


def display(kind: str, payload: dict) -> dict:
    """The payload with its days and minutes in Chinese words, by the kind's dataclass."""
    return _shown(PAYLOADS[kind], payload)


def _shown(hint: Any, value: Any) -> Any:
    if value is None or value == "":
        return value
    if typing.get_origin(hint) is Annotated:
        return day_cn(value) if typing.get_args(hint)[1] == "day" else chinese_minute(value)
    if typing.get_origin(hint) is tuple:
        return [_shown(typing.get_args(hint)[0], one) for one in value]
    if is_dataclass(hint):
        hints = typing.get_type_hints(hint, include_extras=True)
        # What was frozen before its kind had a field does not hold it.
        return {spec.name: _shown(hints[spec.name], value.get(spec.name, spec.default)) for spec in fields(hint)}
    inner = [one for one in typing.get_args(hint) if one is not type(None)]
    return _shown(inner[0], value) if len(inner) == 1 and inner[0] is not hint else value


def chinese_minute(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(BEIJING)
    return f"{day_cn(moment.date())}{moment.hour}时{moment.minute:02d}分"


def _flat(data: dict) -> dict:
    return {name: value for name, value in data.items() if isinstance(value, (str, int))} | {
        "agency": data["agency"]["name"],
        "applicant": data["applicant"]["name"],
        "item": data["item"]["name"],
    }


def _picture(stored: str) -> str:
    """A stored handwritten signature ("path sha256") as a data address. Raises Unprintable where its bytes were lost or changed."""
    if not stored:
        return ""
    path, digest = stored.split(" ")
    try:
        content = files.read(path)
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != digest:
        raise Unprintable("手写签名的文件丢失，或者与登记的 SHA-256 不一致，请系统管理员从备份里找回，然后重新生成。")
    return "data:image/png;base64," + base64.b64encode(content).decode()


def _attachments(machine: Press, document: Document) -> list:
    """A certificate carries its own content as JSON (PDF/A-3, relationship Data), for machines."""
    if document.kind != "certificate":
        return []
    content = {key: value for key, value in document.payload.items() if key != "office"}
    content |= {"number": document.number, "verify_code": document.verify_code, "verify_url": address(document)}
    return [
        machine.weasyprint.Attachment(
            string=json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1),
            name="certificate.json",
            description="证照数据",
            relationship="Data",
            created=document.queued_at,
            modified=document.queued_at,
        )
    ]
