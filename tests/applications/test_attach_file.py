"""Scans at a material: the bytes decide what a file is, never its name."""

import os
import resource
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from apps.applications import actions, queries_files
from apps.applications.models import Application, Attachment, MaterialEntry
from apps.journal.models import Event
from apps.kit import files
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
HTML = b"<html><script>alert(1)</script></html>"


def picture(kind="PNG", size=(2, 2)):
    out = BytesIO()
    Image.new("RGB", size).save(out, kind)
    return out.getvalue()


def attach(case, content, name="身份证.png", by="cixi-clerk", material="id_card"):
    return actions.attach(by=make.actor(by), application=case.pk, material=material, name=name, content=content)


def test_bytes_and_their_name_are_on_the_disk_before_a_row_names_them(tmp_path, monkeypatch):
    """Only the bytes were: when the power failed the row was there, and nobody found the file."""
    kept, disk = [], tmp_path / "files"
    monkeypatch.setattr(files, "_to_disk", lambda handle: kept.append(Path(os.readlink(f"/proc/self/fd/{handle}"))))
    own = disk / files.store(PDF, ".pdf").path
    bytes_first, *folders = kept
    assert bytes_first.parent == disk / "drafts" and {*folders} == {own.parent, own.parent.parent, disk, tmp_path}
    files.store(PDF, ".pdf")
    assert len(kept) == 1 + len(folders)  # it lies there


@pytest.mark.parametrize(
    ("content", "kind", "suffix"),
    [(picture(), "image/png", ".png"), (picture("JPEG"), "image/jpeg", ".jpg"), (PDF, "application/pdf", ".pdf")],
)
def test_a_good_file_is_stored_once_and_told(world, content, kind, suffix):
    case = make.received()
    row = attach(case, content, name="身份证.exe")
    assert (row.content_type, row.name, row.size) == (kind, f"身份证{suffix}", len(content))
    assert files.read(row.path) == content
    event = Event.objects.filter(chain=case.chain, name="application.attach").get()
    assert (event.facts["sha256"], event.facts["material"]) == (row.sha256, "id_card")


@contextmanager
def full_disk():
    """No file of this process grows beyond a few bytes: no longer than needed, the report of the run may go to one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_keeps_nothing(world):
    case = make.received()
    clerk = Client()
    clerk.force_login(make.user("cixi-clerk"))
    data = {"file": SimpleUploadedFile("身份证.pdf", PDF)}
    with nothing_written(Attachment), full_disk():
        answer = clerk.post(f"/api/applications/{case.pk}/attachments/", {**data, "material": "id_card"})
    assert answer.status_code == 503 and answer.json()["errors"][0]["field"] == "file", answer.content
    assert "存不下" in answer.json()["detail"]
    assert not [file for file in settings.FILES_DIR.rglob("*") if file.is_file()]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "attach.empty"),
        (HTML, "attach.type"),
        (b"MZ\x90\x00" + b"\0" * 100, "attach.type"),
        (b"PK\x03\x04" + b"\0" * 100, "attach.type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "attach.type"),
        (picture("GIF"), "attach.type"),
        (HTML + PDF, "attach.type"),  # a page with a PDF behind it
        (b"GIF89a" + PDF, "attach.type"),
        (PDF + b"/Encrypt 5 0 R", "attach.active"),
        (PDF + b"/JavaScript (app.alert)", "attach.active"),
        (PDF + b"/JS (app.alert)/S/JavaScript", "attach.active"),
        (PDF + b"/Launch", "attach.active"),
        (PDF + b"/J#61vaScript (app.alert)", "attach.active"),  # the name spelt with an escape
    ],
)
def test_a_hostile_file_is_refused(world, content, code):
    case = make.received()
    with nothing_written(Attachment, MaterialEntry), pytest.raises(Refused) as told:
        attach(case, content, name="身份证.png")
    assert told.value.code == code


@pytest.mark.parametrize("tail", [HTML, b"PK\x03\x04 a zip behind the picture", b"\0" * 4096])
def test_what_hangs_behind_a_picture_does_no_harm(world, tail):
    """A polyglot stays a picture: it is served as image/png with nosniff, never as a page."""
    row = attach(make.received(), picture() + tail, name="x.html")
    assert (row.content_type, row.name) == ("image/png", "x.png")


def test_too_large_is_refused_before_anything_is_stored(world, monkeypatch):
    monkeypatch.setattr(settings, "UPLOAD_LIMIT", 1000)
    case = make.received()
    with nothing_written(Attachment), pytest.raises(Refused) as told:
        attach(case, PDF + b" " * 1000)
    assert told.value.code == "attach.size"
    assert not list(settings.FILES_DIR.rglob("*")) if settings.FILES_DIR.exists() else True


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("..\\..\\windows\\system.ini", "system.png"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie: x=1.png"),
        ("\u202egnp.exe", "gnp.png"),
        ("\0", "扫描件.png"),
        ("", "扫描件.png"),
        (".htaccess", "扫描件.png"),
        ("名" * 300 + ".png", "名" * 100 + ".png"),
    ],
)
def test_a_name_becomes_harmless(world, name, kept):
    assert attach(make.received(), picture(), name=name).name == kept


def test_at_most_twenty_files_a_material(world, monkeypatch):
    from apps.applications.actions import files as room

    monkeypatch.setattr(room, "PER_MATERIAL", 2)
    case = make.received()
    attach(case, picture(), name="a.png")
    attach(case, picture(size=(3, 3)), name="b.png")
    with nothing_written(Attachment), pytest.raises(Refused) as told:
        attach(case, picture(size=(4, 4)), name="c.png")
    assert told.value.code == "attach.many"


def test_a_material_that_is_not_asked_takes_no_file(world):
    case = make.received()
    with nothing_written(Attachment), pytest.raises(Refused):
        attach(case, picture(), material="unheard_of")


@pytest.mark.parametrize("silence", [False, True])
def test_a_promise_that_no_notice_gives_a_day_is_none(world, silence):
    """Promised in the draft; then it came all the same, or the law's silence accepted the case: a file sent later met an error of ours,
    and the department could not ask for it."""
    citizen, clerk = make.actor("enterprise"), make.actor("cixi-clerk")
    case = make.from_home(submit=False)
    actions.save_draft(by=citizen, application=case.pk, materials={"floor_plan": {"promised": True}})
    actions.receive(by=citizen, application=case.pk)
    if silence:
        Application.objects.filter(pk=case.pk).update(notice_due=today() - timedelta(days=1))
        assert actions.deem_accepted(application=case.pk)
    else:
        here = {entry.code: {"state": "supplied"} for entry in case.materials.all()}
        actions.accept(by=clerk, application=case.pk, materials=here)
    with nothing_written(Attachment), pytest.raises(WrongState, match="请联系窗口"):
        attach(case, PDF, by="enterprise", material="floor_plan")
    job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(case).pk)
    asked = {"material": "floor_plan", "problem": "没有标明后厨"}
    actions.ask_in_review(by=make.actor("scjg-reviewer"), job=job.pk, gaps=[asked])
    attach(case, PDF, by="enterprise", material="floor_plan")


def test_what_came_from_home_is_not_in_hand_when_the_counter_takes_it_off(world):
    case, clerk = make.from_home(submit=False), make.actor("cixi-clerk")
    file = attach(case, PDF, by="enterprise", material="floor_plan")
    actions.submit(by=make.actor("enterprise"), application=case.pk)
    actions.remove_attachment(by=clerk, application=case.pk, attachment=file.pk)
    assert MaterialEntry.objects.get(application=case, code="floor_plan").state == "missing"


def test_an_ended_case_takes_no_file(world):
    case = make.received()
    actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="不办了")
    with nothing_written(Attachment), pytest.raises(WrongState):
        attach(case, picture())


def test_a_scan_makes_a_missing_line_supplied(world):
    case = make.received(without=("floor_plan",))
    attach(case, picture(), material="floor_plan")
    assert case.materials.get(code="floor_plan").state == "supplied"


def test_a_wrong_scan_is_taken_off_before_acceptance_and_stays_in_the_journal(world):
    case = make.received()
    row = attach(case, picture())
    clerk = make.actor("cixi-clerk")
    actions.remove_attachment(by=clerk, application=case.pk, attachment=row.pk)
    row.refresh_from_db()
    assert row.removed_at
    assert files.read(row.path)
    with pytest.raises(NotYours):  # it may be a stranger's: nobody opens it by its number
        queries_files.attachment(clerk, row.pk)
    with nothing_written(Attachment), pytest.raises(NotYours):
        actions.remove_attachment(by=clerk, application=case.pk, attachment=row.pk)
    kept = attach(case, picture(size=(3, 3)))
    actions.accept(by=clerk, application=case.pk)
    with nothing_written(Attachment), pytest.raises(WrongState):
        actions.remove_attachment(by=clerk, application=case.pk, attachment=kept.pk)
    other = make.received()
    with nothing_written(Attachment), pytest.raises(NotYours):
        actions.remove_attachment(by=clerk, application=other.pk, attachment=kept.pk)


def test_who_does_not_see_the_case_does_not_see_its_files(world):
    row = attach(make.received(), picture())
    assert queries_files.attachment(make.actor("cixi-clerk2"), row.pk) == row
    for name in ("scjg-reviewer", "city-clerk", "citizen", "cixi-auditor", "cixi-admin"):
        with pytest.raises(NotYours):
            queries_files.attachment(make.actor(name), row.pk)
