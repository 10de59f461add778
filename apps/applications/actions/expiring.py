"""What was begun at home and never handed in goes after a while (PIPL 19, 47): warned of first, then emptied.

The days are dated rows of the statute book (`draft_kept`, `draft_warning`); every save begins them anew. The next day that matters stands
on the draft, so the sweep's cost follows what is due. Nobody loses a draft unwarned: if the warning came late, the end comes later.
What a clerk has begun stays with him; when he has been gone as long, nobody sees it, and it is emptied too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from apps.deadlines.queries import rule
from apps.directory.actions import tell
from apps.directory.models import Absence, Post, User
from apps.journal.actor import SYSTEM
from apps.journal.door import Action, action
from apps.kit.errors import database_away
from apps.kit.time import beijing_midnight, now, today

from ..handout import COLUMNS
from ..models import Application
from ..telling import told, unsent

log = logging.getLogger(__name__)

ASIDE = "aside"  # in a draft's plan: {element: answer} of what an earlier situation asked


def kept_from_now(act: Action, row: Application) -> None:
    """It was worked on today."""
    if row.channel == "counter" or row.number:
        return
    on = today()
    row.kept_until, row.warned_on = on + timedelta(days=rule("draft_kept", on).value), None
    act.save(row, "kept_until", "warned_on")


def drafts_due() -> QuerySet[Application]:
    """Drafts from home that are to be warned of or to go; what was begun before these days were counted is due to get one."""
    on = today()
    soon = on + timedelta(days=rule("draft_warning", on).value)
    unwarned = Q(warned_on__isnull=True) & (Q(kept_until__lte=soon) | Q(kept_until__isnull=True))
    drafts = Application.objects.filter(number__isnull=True, discarded_at__isnull=True, clerk__isnull=True)
    return drafts.filter(unwarned | Q(kept_until__lt=on), state__in=Application.BEFORE_RECEIPT)


def drafts_left() -> QuerySet:
    """Begun at a counter by who has not stood at it, as its clerk or his substitute, for as long as a draft from home is kept."""
    since = today() - timedelta(days=rule("draft_kept", today()).value)
    began = beijing_midnight(since)
    posts = Post.objects.filter(role="clerk")
    gone, locked = posts.filter(valid_to__lt=since), User.objects.filter(locked_at__lt=began)
    lent = Absence.objects.filter(Q(cancelled_at=None) | Q(cancelled_at__gte=began), substitute=OuterRef(OuterRef("clerk")), ends_on__gte=since)
    held = posts.filter(Q(user=OuterRef("clerk")) | Q(pk__in=lent.values("post"))).exclude(valid_to__lt=since)
    held = held.annotate(begun_at=ExpressionWrapper(OuterRef("region"), CharField()))  # what a post reaches: sight.py
    there = held.filter(Q(region=OuterRef("node")) | Q(begun_at__startswith=F("region")))
    over = Absence.objects.filter(Q(ends_on__lt=since) | Q(cancelled_at__lt=began), post__role="clerk")  # who may hold no post of his own
    whose = Q(clerk__in=gone.values("user")) | Q(clerk__in=over.values("substitute")) | Q(clerk__in=locked)
    drafts = Application.objects.filter(whose, number__isnull=True)
    drafts = drafts.filter(discarded_at__isnull=True, state__in=Application.BEFORE_RECEIPT)
    return drafts.filter(~Exists(there) | Q(clerk__in=locked))


def mind_drafts(batch: int = 500) -> int:
    """Warn of what ends soon, empty what has ended; returns how many were warned of or emptied."""
    due = drafts_due().order_by("kept_until", "pk").values_list("pk", flat=True)[:batch]
    return _each(mind_draft, due) + _each(_empty_left, drafts_left().order_by("pk").values_list("pk", flat=True)[:batch])


def _each(mind: Callable[..., bool], pks: Iterable[int]) -> int:
    """One that fails, as for a number of the law that has ended, does not keep the others waiting behind it."""
    done = 0
    for pk in list(pks):
        try:
            done += mind(application=pk)
        except Exception as error:
            if database_away(error):
                raise
            log.exception("draft %s was not minded", pk)
    return done


def _empty_left(application: int) -> bool:
    with action(SYSTEM) as act:
        row = act.lock(Application, application)
        if not drafts_left().filter(pk=row.pk).exists():
            return False
        empty(act, row)
        act.record(row, "expire_draft")
    return True


def mind_draft(*, application: int) -> bool:
    """One draft from home. Safe to call twice; False when it was saved or handed in meanwhile."""
    with action(SYSTEM) as act:
        row, on = act.lock(Application, application), today()
        if row.channel == "counter" or row.state not in Application.BEFORE_RECEIPT or row.discarded_at or row.number:
            return False
        if row.kept_until is None:
            kept_from_now(act, row)
            return False
        notice = timedelta(days=rule("draft_warning", on).value)
        if row.warned_on is None and row.kept_until <= on + notice:
            row.kept_until, row.warned_on = max(row.kept_until, on + notice), on
            act.save(row, "kept_until", "warned_on")
            act.record(row, "warn_draft", until=row.kept_until)
            _tell(
                act,
                row,
                f"草稿快到期了：{row.name}",
                f"这份申请还{unsent(row)}，保留到 {row.kept_until:%Y年%-m月%-d日}，之后删除。点开接着填、保存一次，就从那天起重新计算。",
                link=f"/my/{row.pk}/",
                key=f"draft-ends:{row.pk}:{row.kept_until}",
            )
            return True
        if row.warned_on is None or row.kept_until >= on:
            return False
        _tell(
            act,
            row,
            f"草稿已到期删除：{row.name}",
            f"这份申请到期{unsent(row)}，填写的内容和上传的文件已经删除；还要办的，请重新申请。",
            link=f"/items/{row.code}/",
            key=f"draft-ended:{row.pk}",
        )
        empty(act, row)
        act.record(row, "expire_draft")
    return True


def _tell(act: Action, row: Application, title: str, text: str, *, link: str, key: str) -> None:
    tell(
        act,
        parties=told(row),
        kind="case",
        title=title,
        text=text,
        link=link,
        key=key,
    )


def without_aside(plan: dict) -> dict:
    return {name: part for name, part in plan.items() if name != ASIDE} if ASIDE in plan else plan


def empty(act: Action, row: Application) -> None:
    """What was typed goes; that a draft stood here stays in the journal."""
    row.answers, row.applicant, row.agent = {}, None, None
    row.applicant_name = row.applicant_kind = row.contact_mobile = ""
    for column in COLUMNS.values():
        setattr(row, column, "")
    row.discarded_at = now()
    if ASIDE in row.plan:
        row.plan = without_aside(row.plan)
        act.save(row, "plan")
    row.materials.exclude(remark="").update(remark="")
    row.attachments.filter(removed_at__isnull=True).update(removed_at=row.discarded_at)
    emptied = ("answers", "applicant", "applicant_name", "applicant_kind", "agent", "contact_mobile", "discarded_at")
    act.save(row, *emptied, *COLUMNS.values())
