"""What a whole case shows, derived from its members (K9): the due day, the light, what may be handed out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from .models import Application, IssueMode, Job, Member

SEVERITY = ("green", "yellow", "red", "overdue")


def latest_due(members: Iterable[Member]) -> date | None:
    """The latest member's due day; unknown while a member waits or stands under a pause. Who ended without a decision
    does not count."""
    dues = [member.due_on for member in members if member.state not in Member.ENDED]
    return None if None in dues else max(dues, default=None)


def due(members: Iterable[Member], promise: date | None) -> date | None:
    """What the applicant is told: the earlier of the whole's own promise and the latest member's day. While the latter is
    unknown it is the promise; a case without a promise of its own then shows none."""
    known = [day for day in (latest_due(members), promise) if day is not None]
    return min(known, default=None)


def light(members: Iterable[Member], promise: str = "green") -> str:
    """The worst light among the undecided members and the running clock of the whole."""
    lights = [member.light for member in members if member.state in Member.UNDECIDED]
    return max([*lights, promise], key=SEVERITY.index)


SAID = {"granted": "grant", "refused": "refuse"}


def apart(stages: list[list[str]], members: Iterable[Member], jobs: Iterable[Job]) -> dict[str, list[Member]]:
    """{"grant": […], "refuse": […]}: what departments that work side by side said so far (the decision, else the opinion
    that waits for the head), where it goes apart within a stage; {} while they agree."""
    waits = {job.member_id: job.recommendation for job in jobs if job.state == Job.State.CONCLUDED}
    said = {m.code: (m, SAID.get(m.decision) or waits.get(m.pk, "")) for m in members}
    found: dict[str, list[Member]] = {}
    for stage in stages:
        heard = [said[code] for code in stage if code in said]
        if {"grant", "refuse"} <= {word for _, word in heard}:
            for member, word in heard:
                if word:
                    found.setdefault(word, []).append(member)
    return found


S = Member.State
OVER = [*Member.DECIDED, *Member.ENDED]
NOT_YET_AT_THE_DESK = [S.GRANTED, S.REFUSED, S.SEALED]


def unfinished(members: Iterable[Member]) -> list[Member]:
    """Who is neither ended nor handed out nor ready at the issue desk. What is revoked has nothing to bring there. The members come
    with their commitments."""
    return [
        member
        for member in members
        if member.state not in OVER or (member.state in NOT_YET_AT_THE_DESK and not member.revoked_on)
    ]


def revoked_words(member: Member) -> str:
    return f"“{member.name}”承诺不实，决定已于{member.revoked_on:%Y年%-m月%-d日}撤销"


def void(members: Iterable[Member]) -> dict[str, str]:
    """{code: why} of the items of which nothing is in force any more, though they were granted: what waits for them does not begin. The
    members come with their commitments."""
    return {m.code: "前一事项的决定已经撤销" if m.revoked_on else "前一事项的证照已经注销" for m in members if m.revoked_on or m.cancelled_on}


def taken_together(row: Application, members: list[Member]) -> bool:
    return row.issue == IssueMode.TOGETHER and len(members) > 1


def waits_for(row: Application, members: list[Member]) -> str:
    """Why what is ready may not be handed out yet, "" when it may: who takes everything at once waits for the last, and not for what he
    had already and is made anew."""
    waiting = [one for one in unfinished(members) if one.served_on is None] if taken_together(row, members) else []
    if not waiting:
        return ""
    names = "、".join(member.name for member in waiting)
    return f"这件事全部办好后一次领取，还在等：{names}。"
