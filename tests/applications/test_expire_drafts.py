"""What was begun at home and never handed in: kept from the last save on, warned of, then emptied; nobody loses it unwarned."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db.models import F

from apps.applications import actions, queries
from apps.applications.actions import expiring
from apps.applications.models import Application, Attachment
from apps.deadlines.models import Edition, Rule
from apps.deadlines.queries import rule
from apps.directory.actions import end_post, give_post, lock_user, set_absence
from apps.directory.models import Message
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit import files
from apps.kit.errors import NotYours, Refused
from apps.kit.time import now, today
from tests import make
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import browser

PDF = b"%PDF-1.4\n%%EOF"


def after(days: int):
    return time_machine.travel(now() + timedelta(days=days))


def fresh(row: Application) -> Application:
    return Application.objects.get(pk=row.pk)


@pytest.fixture
def draft(world):
    return make.from_home(submit=False)


def laid_aside(path: str, seconds: int = files.REST + 60) -> None:
    """As if it had been stored long ago."""
    then = time.time() - seconds
    os.utime(Path(settings.FILES_DIR) / path, (then, then))


def put(row: Application, content: bytes, by: str = "enterprise") -> Attachment:
    return actions.attach(by=make.actor(by), application=row.pk, material="id_card", name="李一味.pdf", content=content)


def on_the_disk(path: str) -> bool:
    return (Path(settings.FILES_DIR) / path).exists()


def test_the_files_of_a_discarded_draft_leave_the_disk_but_none_that_another_row_names(draft, monkeypatch):
    other = make.received()
    own, shared = put(draft, PDF), put(draft, PDF + b"\n")
    assert put(other, PDF + b"\n", by="cixi-clerk").path == shared.path != own.path
    laid_aside(own.path)
    assert actions.shred() == 0 and on_the_disk(own.path)  # of a draft that stands nothing goes
    actions.discard(by=make.actor("enterprise"), application=draft.pk)
    assert actions.shred() == 0 and on_the_disk(own.path)
    Application.objects.filter(pk=draft.pk).update(discarded_at=now() - timedelta(days=1))
    files.store(PDF, ".pdf")  # somebody stores the same, and his row is not written yet
    assert actions.shred() == 1 and on_the_disk(own.path)  # the shared one lost its name alone
    laid_aside(own.path)
    looks = iter([False, True])
    with monkeypatch.context() as patch:
        patch.setattr(files, "_fresh", lambda file: next(looks))
        assert actions.shred() == 0 and on_the_disk(own.path)  # somebody was quicker, and it is put back
    assert (actions.shred(), actions.shred()) == (1, 0)
    assert not on_the_disk(own.path) and on_the_disk(shared.path)
    assert not list(Path(settings.FILES_DIR).rglob("*.gone"))
    assert set(Attachment.objects.filter(application=draft).values_list("path", "name")) == {("", "已删除")}
    assert files.store(PDF, ".pdf").path == own.path and on_the_disk(own.path)


def test_a_file_that_is_gone_already_or_half_taken_away_is_no_fault(draft):
    own = put(draft, PDF)
    actions.discard(by=make.actor("enterprise"), application=draft.pk)
    Application.objects.filter(pk=draft.pk).update(discarded_at=now() - timedelta(days=1))
    file = Path(settings.FILES_DIR) / own.path
    laid_aside(own.path)
    file.rename(file.with_name(f"{file.name}.gone"))  # killed in between
    assert actions.shred() == 1 and list(file.parent.iterdir()) == []
    half = [Path(settings.FILES_DIR) / "drafts" / name for name in ("tmp1", "tmp2")]  # somebody was killed while he wrote, or writes now
    [one.write_bytes(PDF[:9]) for one in half]
    laid_aside("drafts/tmp1")
    assert actions.shred() == 0 and [one.exists() for one in half] == [False, True]


def test_warned_of_once_then_emptied(draft):
    kept, notice = rule("draft_kept").value, rule("draft_warning").value
    assert fresh(draft).kept_until == today() + timedelta(days=kept)
    with nothing_written(Application, Message):
        assert actions.mind_drafts() == 0
    actions.attach(by=make.actor("enterprise"), application=draft.pk, material="id_card", name="a.pdf", content=PDF)
    with after(kept - notice):
        assert (actions.mind_drafts(), actions.mind_drafts()) == (1, 0)
        told = Message.objects.get(party=draft.applicant)
        day = fresh(draft).kept_until
        assert told.title.startswith("草稿快到期了") and f"{day:%Y年%-m月%-d日}" in told.text
        assert "保留到" in browser("enterprise").get(f"/my/{draft.pk}/").content.decode()
    with after(kept):  # the last day is still a day
        assert actions.mind_drafts() == 0
        assert queries.get(make.actor("enterprise"), draft.pk)
    with after(kept + 1):
        assert (actions.mind_drafts(), actions.mind_drafts()) == (1, 0)
        with pytest.raises(NotYours):
            queries.get(make.actor("enterprise"), draft.pk)
    row = fresh(draft)
    assert (row.answers, row.applicant, row.contact_mobile, bool(row.discarded_at)) == ({}, None, "", True)
    assert not Attachment.objects.filter(application=row, removed_at__isnull=True).exists()
    assert Message.objects.filter(party=draft.applicant, title__startswith="草稿已到期删除").count() == 1
    names = list(Event.objects.filter(chain=row.chain).order_by("seq").values_list("name", flat=True))
    assert names[-2:] == ["application.warn_draft", "application.expire_draft"]


def test_what_the_pre_check_sent_back_is_not_called_never_handed_in(world):
    row, client, clerk = make.from_home(), browser("enterprise"), make.actor("cixi-clerk")
    actions.begin_pre_check(by=clerk, application=row.pk)
    actions.return_pre_check(by=clerk, application=row.pk, reason="平面图没有标出操作间")
    pages = [client.get("/my/").text, client.get(f"/my/{row.pk}/").text]
    kept = rule("draft_kept").value
    with after(kept):
        actions.mind_drafts()
    with after(kept + 8):
        actions.mind_drafts()
    told = list(Message.objects.filter(party=row.applicant, title__startswith="草稿").order_by("pk").values_list("text", flat=True))
    assert len(told) == 2 and all("没有重新提交" in text for text in [*pages, *told])


def test_a_save_begins_the_days_anew(draft):
    kept = rule("draft_kept").value
    with after(kept - 1):
        actions.mind_drafts()
        assert fresh(draft).warned_on == today()
        page = f"/my/{draft.pk}/form/1/"
        me, marks = browser("enterprise"), {}
        for field in me.get(page).context["form"]:
            marks[field.html_name] = field.value()
        assert me.post(page, {name: value for name, value in marks.items() if value is not None}).status_code == 302  # nothing changed
        row = fresh(draft)
        assert (row.warned_on, row.kept_until) == (None, today() + timedelta(days=kept))
    with after(kept + 5):
        assert actions.mind_drafts() == 0


def test_a_late_warning_moves_the_end(draft):
    """The house stood still for a year: it is warned of first and goes only after the days of the warning."""
    with after(365):
        assert actions.mind_drafts() == 1
        row = fresh(draft)
        assert (row.discarded_at, row.kept_until) == (None, today() + timedelta(days=rule("draft_warning").value))


def test_a_draft_from_before_these_days_gets_one(draft):
    Application.objects.filter(pk=draft.pk).update(kept_until=None)
    assert actions.mind_drafts() == 0
    assert fresh(draft).kept_until == today() + timedelta(days=rule("draft_kept").value)


def test_only_what_was_begun_at_home_and_not_handed_in_goes(world):
    rows = [make.draft(), make.received(), make.from_home()]
    with after(1000), nothing_written(Application, Message):
        assert actions.mind_drafts() == 0
        assert not any(actions.mind_draft(application=row.pk) for row in rows)


def test_the_days_are_dated_rows(world):
    assert {row.source for row in Rule.objects.filter(code__startswith="draft_")} == {"个人信息保护法第十九条，中心自定天数"}


def test_one_that_cannot_be_minded_stops_no_other(draft, monkeypatch):
    """Neither one draft that fails keeps those behind it, nor the days of one kind that have ended the drafts of the other."""
    kept, first, each = rule("draft_kept").value, make.from_home(submit=False), expiring.mind_draft
    Application.objects.filter(pk=first.pk).update(kept_until=today())

    def fails_for_the_first(*, application):
        assert application != first.pk
        return each(application=application)

    monkeypatch.setattr(expiring, "mind_draft", fails_for_the_first)
    Rule.objects.filter(code="draft_kept").update(valid_to=today())
    Edition.objects.update(number=F("number") + 1)
    with after(kept - 1), pytest.raises(Refused, match="draft_kept"):  # whose turn comes after all that are due
        actions.mind_drafts()
    assert fresh(draft).warned_on and not fresh(first).warned_on


@pytest.mark.parametrize("way", ["ended", "moved", "near", "locked"])
def test_what_a_clerk_left_at_a_counter_ends_when_he_has_been_gone_as_long(world, way):
    row, home = make.draft(by="cixi-clerk2"), make.draft()
    clerk = make.user("cixi-clerk2")
    if way == "locked":
        lock_user(by=SYSTEM, user=clerk, reason="调离本单位")
    else:
        end_post(by=SYSTEM, post=clerk.posts.get(), reason="调离本单位")
    if way in ("moved", "near"):  # to another node, or to a township that does not reach what the hall began
        give_post(by=SYSTEM, user=clerk, role="clerk", region={"moved": "330203", "near": "330282002"}[way], generalist=True)
    days = rule("draft_kept", today()).value
    with after(days):
        assert actions.mind_drafts() == 0  # the last day is not over
    with after(days + 1):
        assert (actions.mind_drafts(), actions.mind_drafts()) == (1, 0)
        if way == "ended":  # who comes back to stand in for a clerk is there
            give_post(by=SYSTEM, user=clerk, role="issue_clerk", region="330282")
            lent, last = make.user("cixi-clerk").posts.get(), today() + timedelta(days=9)
            set_absence(by=SYSTEM, post=lent, substitute=clerk, starts_on=today(), ends_on=last, reason="休假")
            assert make.draft(by="cixi-clerk2") and actions.mind_drafts() == 0
    assert (fresh(row).applicant_name, fresh(row).answers) == ("", {}) and fresh(row).discarded_at
    assert fresh(home).answers  # its clerk is there


def test_what_a_substitute_began_ends_when_he_has_been_gone_as_long(world):
    """He has no post of a clerk's own: nobody saw what he had begun, and it was kept for good."""
    days, own = rule("draft_kept", today()).value, make.draft()
    away = {"starts_on": today(), "ends_on": today(), "reason": "年休假"}
    set_absence(by=SYSTEM, post=make.user("cixi-clerk").posts.get(), substitute=make.user("cixi-issue"), **away)
    row = make.draft(by="cixi-issue")
    with after(days):
        assert actions.mind_drafts() == 0
    with after(days + 1):
        assert (actions.mind_drafts(), actions.mind_drafts()) == (1, 0)
    assert fresh(row).discarded_at and fresh(own).answers
