"""Everybody who might come near a case of 食品经营许可 at the counter of 慈溪."""

from datetime import timedelta

from apps.directory.actions import set_absence
from apps.journal.actor import PUBLIC, SYSTEM, Actor
from apps.kit.time import today
from tests import make, people

YUYAO = "330281"


def cast() -> dict[str, Actor]:
    return {
        "system": SYSTEM,
        "public": PUBLIC,
        "clerk": make.actor("cixi-clerk"),
        "specialist": make.actor("cixi-clerk2"),  # trained for the item's zone
        "untrained": people.actor("clerk", zones=["minsheng"]),
        "issue": make.actor("cixi-issue"),
        "reviewer": make.actor("scjg-reviewer"),
        "reviewer2": make.actor("scjg-reviewer2"),
        "head": make.actor("scjg-head"),
        "seal": make.actor("scjg-seal"),
        "supervisor": make.actor("cixi-supervisor"),
        "city_supervisor": make.actor("city-supervisor"),
        # sisters: the same posts elsewhere
        **{f"other_{name}": actor for name, actor in cast_of_department("wsjs").items()},
        "city_reviewer": make.actor("nb-scjg-reviewer"),
        "city_clerk": make.actor("city-clerk"),
        "city_issue": make.actor("city-issue"),
        "sister_clerk": people.actor("clerk", node=YUYAO),
        "sister_issue": people.actor("issue_clerk", node=YUYAO),
        "sister_supervisor": people.actor("supervisor", node=YUYAO),
        # posts that never touch a case
        "catalogue": make.actor("cixi-catalogue"),
        "node_admin": make.actor("cixi-admin"),
        "auditor": make.actor("cixi-auditor"),
        "city_admin": make.actor("city-admin"),
        "city_auditor": make.actor("city-auditor"),
        # citizens
        "applicant": make.actor("enterprise"),
        "proxy": make.actor("agent"),
        "stranger": make.actor("citizen"),
    }


def cast_of_department(code: str) -> dict[str, Actor]:
    return {"reviewer": make.actor(f"{code}-reviewer"), "head": make.actor(f"{code}-head")}


def lend(holder, substitute, *, role: str) -> None:
    set_absence(
        by=SYSTEM,
        post=holder.posts.get(role=role),
        substitute=substitute,
        starts_on=today(),
        ends_on=today() + timedelta(days=3),
        reason="年休假",
    )
