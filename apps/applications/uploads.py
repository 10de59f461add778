"""What a sent file is, by its bytes alone: refused with the cure, or made fit to keep. Nothing here executes or renders it.

A picture is decoded within a limit of pixels, turned upright and stored without its metadata (PIPL 6: where and with what a photo was
taken is nobody's business). A PDF is kept as it came; what could act in it is looked for also where its objects lie compressed.
"""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain

import filetype
from django.conf import settings
from PIL import Image, ImageFile, ImageOps

from apps.kit.errors import Refused

ACCEPTED_TYPES = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
PIXELS = 80_000_000  # A3 at 600 dots an inch is 70 million
INFLATED = 512 * 2**20  # bytes that the streams of one PDF may be read from and grow to
OBJECTS = 16 * 2**20  # and of those the ones that hold objects
STREAMS = 50_000  # of one PDF; a scan has a few hundred
ESCAPES = 100_000  # in its names, or what looks like one; of 20 MB at random some six hundred do
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
CHUNK = 64 * 1024
A4 = (2480, 3508)  # pixels at 300 an inch
ACTIVE = (b"/JavaScript", b"/Launch", b"/RichMedia", b"/Rendition", b"/OnInstantiate", b"/SubmitForm", b"/ImportData")
_XFA = re.compile(rb"/XFA[\s\0\[%]")  # a name to its end: four bytes alone turn up by chance in one of two hundred scans of 20 MB
# What a picture may carry along: how dense and how coloured, nothing about where, when and with what.
HARMLESS = {"dpi", "jfif", "jfif_version", "jfif_unit", "jfif_density", "gamma", "srgb", "chromaticity", "interlace"}
HARMLESS |= {"transparency", "aspect", "progressive", "progression", "adobe", "adobe_transform"}
SEGMENTS = {"APP0": b"JFIF", "APP14": b"Adobe"}  # of a JPEG
CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"hIST", b"pHYs", b"IDAT", b"IEND"}  # of a PNG
ZIPPED = b"PK\x05\x06"  # the end of a ZIP, in whose last 65,557 bytes everybody looks for it
BEHIND = 65_557
BROKEN = "图片不完整或者已经损坏，打不开；请重新拍照或扫描后再传。"
# What a stream of objects says of itself, should it not give its type: where the first one lies, and how many they are.
_HOLDS, _COUNTS = re.compile(rb"/First\s+\d+(?!\s+\d+\s+R)"), re.compile(rb"/N\s+\d")
_START = re.compile(rb"(?<!end)stream[^\r\n]*(?:\r\n?|\n)")  # viewers pass over what else stands in its line; asked up to the last end of one
log = logging.getLogger(__name__)
_decoding = threading.Lock()
_unpacked = threading.Lock()  # one picture of a process at a time: of the most pixels it takes half a gigabyte, and threads add up
CURES = {
    "heic": "这是苹果手机的 HEIC 照片：请在“设置—相机—格式”里选“兼容性最佳”后重拍，或者转成 JPG 再上传。",
    "docx": "这是 Word、Excel 或 WPS 文档，可能带宏：请另存为 PDF 再上传。",
    "zip": "这是压缩包：请解压后把里面的 PDF 或照片逐个上传。",
    "exe": "这是程序，不能上传；请上传材料的照片或 PDF。",
}
CURES |= dict.fromkeys(("heif", "avif"), CURES["heic"]) | dict.fromkeys(("rar", "7z", "gz", "bz2", "xz", "tar"), CURES["zip"])
CURES |= dict.fromkeys(("doc", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf"), CURES["docx"])
CURES |= dict.fromkeys(("elf", "dex", "crx", "swf"), CURES["exe"])


@dataclass(frozen=True, slots=True)
class Limits:
    """What one material takes; the catalogue may set its own (`max_mb`, `max_pages`), never more bytes than the platform."""

    size: int  # bytes of one file
    pages: int

    @classmethod
    def of(cls, material: dict) -> Limits:
        own = material.get("max_mb")
        size = min(own * 2**20, settings.UPLOAD_LIMIT) if own else settings.UPLOAD_LIMIT
        return cls(size, material.get("max_pages") or settings.UPLOAD_PAGES)

    @property
    def megabytes(self) -> int:
        return self.size // 2**20


@dataclass(frozen=True, slots=True)
class Fit:
    """A file that may be kept."""

    kind: str  # its media type
    content: bytes
    pages: int
    note: str = ""  # what the reader should know of it

    @property
    def suffix(self) -> str:
        return ACCEPTED_TYPES[self.kind]


def fit(content: bytes, limits: Limits | None = None, accepted: Collection[str] = tuple(ACCEPTED_TYPES)) -> Fit:
    """Raises Refused for what is empty, too large, of a foreign kind, broken, a bomb, encrypted or able to act."""
    limits = limits or Limits.of({})
    if not content:
        raise Refused("attach.empty", "文件是空的，请重新扫描或选择。", "file")
    demand_size(len(content), limits)
    found = filetype.guess(content[:4096])
    kind = found.mime if found else ""
    if kind not in accepted:
        named = "JPG、PNG 图片和 PDF 文件" if "application/pdf" in accepted else "JPG、PNG 图片"
        cure = CURES.get(found.extension if found else "", "请按文件的真实内容转换后再上传，只改文件名没有用。")
        raise Refused("attach.type", f"只接收 {named}。{cure}", "file")
    if kind != "application/pdf":
        with _unpacked:
            return _upright(content, kind)
    pages = _pages(content)
    if pages > limits.pages:
        raise Refused(
            "attach.pages", f"文件有 {pages} 页，这件材料最多 {limits.pages} 页；请只留需要的页，或者分成几份。", "file"
        )
    return Fit(kind, content, pages)


def demand_size(size: int, limits: Limits) -> None:
    """Before the bytes are read at all."""
    if size > limits.size:
        raise Refused("attach.size", f"文件超过 {limits.megabytes} MB，请降低扫描分辨率，或者分成几份上传。", "file")


def together(pictures: list[bytes], limits: Limits) -> bytes:
    """Several pictures as one PDF, a page each, in the order given. Raises Refused, naming the picture that is at fault."""
    if len(pictures) > limits.pages:
        raise Refused("attach.pages", f"选了 {len(pictures)} 张，这件材料最多 {limits.pages} 页；请分次上传。", "file")
    pages = []
    for place, content in enumerate(pictures, 1):
        try:
            upright = fit(content, limits, accepted=("image/jpeg", "image/png"))
            if upright.note:
                raise Refused("attach.broken", upright.note, "file")
        except Refused as refusal:
            raise Refused(refusal.code, f"第 {place} 张：{refusal.message}", refusal.field) from None
        with _unpacked:
            page, out = _on_white(Image.open(BytesIO(upright.content))), BytesIO()
            page.thumbnail(A4 if page.height >= page.width else A4[::-1])
            page.save(out, "JPEG", quality=85)
            pages.append((page.width, page.height, b"Gray" if page.mode == "L" else b"RGB", out.getvalue()))
            del page
    paper = _bound(pages)
    demand_size(len(paper), limits)
    return paper


def _bound(pages: list[tuple[int, int, bytes, bytes]]) -> bytes:
    """A PDF of JPEGs, each on a page of its size at 300 to the inch. By hand: Pillow's writer holds every page unpacked, so that a
    few megabytes of plain pictures would take gigabytes. Undated: the same pictures are the same paper, and when is nobody's business."""
    numbers = range(3, 3 + 3 * len(pages), 3)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects = [b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Count %d /Kids [%s]>>" % (len(pages), kids)]
    for number, (width, height, colours, jpeg) in zip(numbers, pages, strict=True):
        size = (width * 72 / 300, height * 72 / 300)
        about = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /Device%s /Filter /DCTDecode"
        objects += [
            b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R" % (*size, number + 1)
            + b" /Resources <</XObject <</image %d 0 R>>>>>>" % (number + 2),
            _stream(b"", b"q %.2f 0 0 %.2f 0 0 cm /image Do Q" % size),
            _stream(about % (width, height, colours), jpeg),
        ]
    out, places = BytesIO(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    out.seek(0, 2)
    for number, one in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, one))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def _stream(about: bytes, content: bytes) -> bytes:
    return b"<<%s /Length %d>>\nstream\n%s\nendstream" % (about, len(content), content)


def clean_name(name: str, suffix: str) -> str:
    """A name fit for a header and a screen: no path, no control or direction characters, the suffix of the real type."""
    base = re.split(r"[\\/]", name or "")[-1]
    base = "".join(c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] != "C")
    stem = base.rsplit(".", 1)[0].strip(" .")[:100] or "扫描件"
    return stem + suffix


# —— pictures ——


def _upright(content: bytes, kind: str) -> Fit:
    """The picture as it is meant to be seen, alone: what already is, stays as it came byte for byte.

    So does what cannot be decoded, with a note: it does no harm, and who sent it learns at once that it does not open.
    """
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > PIXELS:
                raise Image.DecompressionBombError
            _load_whole(picture)
            if _alone(picture, content):
                return Fit(kind, content, 1)
            upright = ImageOps.exif_transpose(picture)
            out = BytesIO()
            if kind == "image/png":
                _without_notes(upright).save(out, "PNG", dpi=picture.info.get("dpi", (72, 72)))
            else:
                _on_white(upright).save(out, "JPEG", quality=90)
            return Fit(kind, out.getvalue(), 1)
    except Image.DecompressionBombError:
        raise Refused("attach.pixels", "图片的像素太多；请把扫描分辨率降到 300 再扫，或者把照片缩小。", "file") from None
    except Exception as error:  # whatever a decoder may say of bytes made to break it
        log.info("a picture does not open: %s", error)
        return Fit(kind, content, 1, BROKEN)


def _load_whole(picture: Image.Image) -> None:
    """Decode all of it. The PDF printer tells Pillow for the whole process to put up with halves: here it must not."""
    with _decoding:
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            picture.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _alone(picture: Image.Image, content: bytes) -> bool:
    """One picture, upright, and nothing beside it: no metadata, no second picture, nothing behind its end, no archive anywhere."""
    whole = _jpeg_alone(picture, content) if picture.format == "JPEG" else picture.format == "PNG" and _png_alone(content)
    plain = getattr(picture, "n_frames", 1) == 1 and ZIPPED not in content
    return whole and plain and not picture.getexif() and set(picture.info) <= HARMLESS


def _jpeg_alone(picture: Image.Image, content: bytes) -> bool:
    """Its first end is the file's, and no program's own segment stands in it."""
    known = all(body.startswith(SEGMENTS.get(name, b"\0" * 9)) for name, body in picture.applist)
    return known and content.find(b"\xff\xd9") == len(content) - 2


def _png_alone(content: bytes) -> bool:
    """Chunk after chunk of the known ones up to the end, which is the file's."""
    at, name = 8, b""
    while name != b"IEND" and at + 12 <= len(content):
        name = content[at + 4 : at + 8]
        if name not in CHUNKS:
            return False
        at += 12 + int.from_bytes(content[at : at + 4])
    return name == b"IEND" and at == len(content)


def _without_notes(picture: Image.Image) -> Image.Image:
    bare = picture.copy()
    bare.info = {key: value for key, value in picture.info.items() if key == "transparency"}
    return bare


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, in colours that every viewer knows."""
    if picture.mode in ("L", "RGB"):
        return _without_notes(picture)
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value / 256).convert("RGB")
    seen = picture.convert("RGBA")
    page = Image.new("RGB", seen.size, "white")
    page.paste(seen, mask=seen.getchannel("A"))
    return page


# —— PDF ——


def _pages(pdf: bytes) -> int:
    """How many pages it has, as far as they are written in the open or in its compressed objects.

    Raises Refused for what is locked, can act, grows without measure or hides something else behind its end.
    """
    if re.search(rb"/(?:FlateDecode|Fl)\s*/(?:FlateDecode|Fl)\b", pdf):
        raise _bomb()
    if ZIPPED in pdf[min(max(pdf.rfind(b"%%EOF"), 0), max(len(pdf) - BEHIND, 0)) :]:
        raise Refused("attach.mixed", "PDF 后面夹带了压缩包；请用“打印成 PDF”重新导出后再上传。", "file")
    pages, escapes = 0, ESCAPES
    for text in chain((pdf,), _objects(pdf)):
        names, spelt = _ESCAPE.subn(_sign, text, escapes + 1)
        escapes -= spelt
        if escapes < 0:
            raise _wrapped()
        if b"/Encrypt" in names:
            raise Refused("attach.active", "PDF 加了密码或限制，窗口打不开；请去掉密码，另存后再上传。", "file")
        if any(name in names for name in ACTIVE) or _XFA.search(names):
            raise Refused(
                "attach.active", "PDF 里带有脚本等可执行的内容；请用“打印成 PDF”重新导出后再上传。", "file"
            )
        pages += len(re.findall(rb"/Type\s*/Page(?![A-Za-z])", names))
    return pages


def _objects(pdf: bytes) -> Iterator[bytes]:
    """The streams that hold objects, opened; every other compressed stream is only measured. Described is a stream by all that
    stands before it since the last one: however long its description is made, and whatever is written in it. A start in a remark or a
    text would cut that in two: what was said before a start behind which nothing was packed holds for the next as well."""
    left, room, before = INFLATED, OBJECTS, 0
    holds = packed = filtered = False
    # In a last line that never ends each start would be followed to the end of the file: a hundred thousand bytes took a minute.
    lines = max(pdf.rfind(b"\n"), pdf.rfind(b"\r")) + 1
    for number, start in enumerate(_START.finditer(pdf, 0, lines)):
        if number == STREAMS:  # 20 MB of empty ones would be looked at for a minute
            raise _bomb()
        described = _plain_names(pdf[before : start.end()])
        before = start.end()
        holds = holds or b"/ObjStm" in described or bool(_HOLDS.search(described) and _COUNTS.search(described))
        packed, filtered = packed or b"/Fl" in described, filtered or b"/Filter" in described
        if not (packed or holds):
            continue
        kept, came = [], False
        for piece, read in _inflated(pdf, start.end()):
            came = came or bool(piece)
            left -= len(piece) + read  # streams that read one another may give little and cost much
            room -= len(piece) if holds else 0
            if left < 0 or room < 0:
                raise _bomb()
            if holds:
                kept.append(piece)
        if holds and not (came or filtered):
            continue  # one that is not packed was read with the file
        if holds and (b"/Predictor" in described or not re.match(rb"\s*\d+\s+\d+", b"".join(kept))):
            raise _wrapped()
        if kept:
            yield b"".join(kept)
        if came:
            holds = packed = filtered = False


def _inflated(pdf: bytes, at: int) -> Iterator[tuple[bytes, int]]:
    """The stream that begins there, piece by piece, with the bytes that each was read from; of a false start or a broken one
    what came out before the fault."""
    opened, view, pending = zlib.decompressobj(), memoryview(pdf), b""
    try:
        while not opened.eof and (pending or at < len(pdf)):
            if not pending:
                pending, at = view[at : at + CHUNK], at + CHUNK
            given, piece = len(pending), opened.decompress(pending, 2**20)
            pending = opened.unconsumed_tail
            yield piece, given - len(pending) - len(opened.unused_data)
    except zlib.error:
        return


def _wrapped() -> Refused:
    return Refused("attach.active", "PDF 的内容用少见的方式包了起来，无法检查；请用“打印成 PDF”重新导出。", "file")


def _bomb() -> Refused:
    return Refused("attach.bomb", "文件解开后大得不合情理，没有收下；请用“打印成 PDF”重新导出后再上传。", "file")


def _plain_names(pdf: bytes) -> bytes:
    """A PDF name may be spelt with escapes: /J#61vaScript is /JavaScript."""
    return _ESCAPE.sub(_sign, pdf)


def _sign(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16)])
