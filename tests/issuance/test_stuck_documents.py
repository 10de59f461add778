"""What cannot be printed waits for a person and says why, and holds up nothing beside it; rare characters are printed."""

import errno
import hashlib
import sys
from contextlib import nullcontext
from io import StringIO
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.issuance import glyphs, paper
from apps.issuance.actions import render, requeue
from apps.issuance.handlers import render_for
from apps.issuance.models import Document
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.errors import Later

from .samples import printed, queued, spec, staff, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["䶮晓", "周㛃", "𠮷田", "王䶮㛃𠮷", "\ufeff张\u200b三\U000e0100"])
def test_rare_characters_that_the_fonts_have_are_printed(name):
    """And what was pasted along unseen keeps no paper from being printed."""
    document = printed("certificate", applicant={"kind": "person", "name": name})
    assert document.state == "rendered"
    assert glyphs.shown(name) in text_of(document)


def test_a_character_no_font_has_goes_to_a_person_and_names_it():
    document = printed("receipt", applicant={"kind": "person", "name": "张\U000323af三\ue123"})
    assert (document.state, document.path) == ("stuck", "")
    assert document.problem == ("字库缺少这些字：\U000323af（U+323AF）、\ue123（U+E123），请人工处理（生僻字）。")
    assert Event.objects.get().to_state == "stuck"


def test_a_stuck_document_beside_a_good_one_does_not_stop_it():
    stuck, good = queued(spec("receipt", applicant={"kind": "person", "name": "\ue123"}), spec("acceptance"))
    render_for(Event(chain="application:1", name="application.accept"))
    states = dict(Document.objects.values_list("pk", "state"))
    assert (states[stuck.pk], states[good.pk]) == ("stuck", "rendered")


def test_a_stuck_document_is_tried_again_when_a_person_says_so(monkeypatch):
    document = printed("receipt", applicant={"kind": "person", "name": "\ue123"})
    with action(staff("clerk")) as act:
        requeue(act, document.pk)
    event = Event.objects.get(name="document.requeue")
    assert event.deliveries.get().listener == "issuance.render"
    monkeypatch.setattr(glyphs, "missing", lambda text: [])
    render_for(event)
    assert Document.objects.get(pk=document.pk).state == "rendered"


def test_without_libpango_the_document_waits_and_says_why(monkeypatch):
    paper.press.cache_clear()
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.setattr("builtins.__import__", _without_pango(__import__))
    try:
        document = printed("receipt")
        assert document.state == "failed"
        assert "libpango-1.0-0" in document.problem
        assert document.problem.startswith("PDF 组件缺失")
    finally:
        monkeypatch.undo()
        paper.press.cache_clear()
    call_command("requeue_documents")
    render_for(Event.objects.get(name="document.requeue"))
    document = Document.objects.get(pk=document.pk)
    assert document.state == "rendered"
    # A restored house has lost what was printed after its last back-up: the same command makes the same bytes again, and no others.
    lost = Path(settings.FILES_DIR) / document.path
    lost.write_bytes(b"%PDF-1.7 half")
    call_command("requeue_documents", stdout=(said := StringIO()))
    assert "补印丢失的文书文件 1 份" in said.getvalue()
    assert hashlib.sha256(lost.read_bytes()).hexdigest() == document.sha256
    lost.unlink()
    monkeypatch.setattr(paper, "make", lambda _: paper.Printed(b"%PDF-1.7 other", 1))
    with pytest.raises(CommandError, match=document.number):
        call_command("requeue_documents")
    assert not lost.exists()


def _without_pango(original):
    def load(name, *args, **kwargs):
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return original(name, *args, **kwargs)

    return load


def test_without_any_chinese_font_the_document_waits_and_says_why(monkeypatch):
    paper.press.cache_clear()
    monkeypatch.setattr(glyphs, "faces", lambda: ())
    assert "fonts-noto-cjk" in printed("receipt").problem
    paper.press.cache_clear()


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (OSError(errno.EIO, "Input/output error"), "failed", "（Input/output error），请系统管理员检查"),
        (PermissionError(errno.EACCES, "Permission denied"), "failed", "（Permission denied），请系统管理员检查"),
        (OSError(errno.ENOSPC, "No space left on device"), "queued", ""),
        (FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"), "queued", ""),  # Python's word for: full everywhere
    ],
)
def test_fonts_that_cannot_be_read_are_told_and_only_a_full_disk_is_waited_for(monkeypatch, error, state, said):
    """Each was taken for a full disk: the paper was tried again for two hours, and nobody was told what to mend."""
    document = queued(spec("receipt"))[0]
    paper.press.cache_clear()
    monkeypatch.setattr(glyphs, "font_css", MagicMock(side_effect=error))
    with pytest.raises(Later, match="文书文件写入失败") if state == "queued" else nullcontext():
        render(document.pk)
    document = Document.objects.get(pk=document.pk)
    assert document.state == state and said in document.problem


def test_a_faulty_template_leaves_the_document_failed_and_says_so(monkeypatch):
    document = queued(spec("acceptance"))[0]
    document.template.texts = {"opening": "{no_such_field}"}
    with pytest.raises(paper.Unprintable, match=r"文书模板.*有误"):
        paper.to_html(document)


def test_a_lost_signature_leaves_its_paper_failed_and_says_so():
    """A restored house may have lost it: what waits behind it is printed, and what stands is made again."""
    document = printed("service_receipt", signature_image=f"no/ne/lost.png {'0' * 64}")
    assert document.state == "failed" and document.problem.startswith("手写签名的文件丢失")
