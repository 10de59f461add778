"""Names that the sentences of a story need: this case's materials, answers and items."""

from __future__ import annotations

from collections.abc import Container, Iterable

from django.db import models

from apps.journal.models import Event

from .handout import NAMES
from .models import Application, Job, Member, Opinion
from .models.notice import answer_key


class Tale:
    """Names that sentences need: materials and members of this case."""

    def __init__(
        self,
        application: Application,
        members: Iterable[Member],
        hidden: Container[str] = (),
        jobs: Iterable[Job] = (),
        beside: Iterable[models.Model] = (),
    ):
        self.hidden = hidden  # materials and answers that the reader does not need to know of
        self.materials = {m["material"]: m["name"] for m in application.plan["materials"]}
        self.elements = {e["element"]: e["name"] for e in application.plan["elements"]}
        self.elements |= {code: NAMES[part] for part, code in application.plan.get("handout", {}).items()}
        self.members = {str(member.pk): member for member in members}
        self.many = len(self.members) > 1
        self.parts = _parts(self.members, [*jobs, *beside]) if self.many else {}
        self.plan = application.plan

    def item(self, event: Event) -> str:
        """The item of a one-thing that an event is about, "" for the whole."""
        if not self.many:
            return ""
        if event.subject_type == "member" and event.subject_id in self.members:
            return self.members[event.subject_id].name
        return self.parts.get((event.subject_type, event.subject_id), "")

    def facts(self, event: Event) -> dict:
        """What happened; of what a utility or a bank did also that it is no act of an authority. Why the system let a clock rest is the
        visit, told on a line of its own to whom it is told: here all departments would read its hour and place, once for each item."""
        if event.name in ("member.pause", "member.notify_pause") and event.by_kind == "system":
            return {name: value for name, value in event.facts.items() if name != "reason"}
        member = self.members.get(event.subject_id) if event.subject_type == "member" else None
        return event.facts if member is None or member.department.holds_power else event.facts | {"powerless": True}

    def answers(self, codes: Iterable[str]) -> str:
        names = self.fields(codes)
        return f"更正填写内容：{names}" if names else ""

    def fields(self, codes: Iterable[str]) -> str:
        return "、".join(self.elements.get(code, code) for code in codes if answer_key(code) not in self.hidden)

    def names(self, codes: Iterable[str]) -> str:
        return "、".join(self.materials.get(code, code) for code in codes if code not in self.hidden)


def _parts(members: dict[str, Member], rows: list[models.Model]) -> dict[tuple[str, str], str]:
    """The item of a one-thing that each row of the review is about; the hearing and the commitment of an item were read with it."""
    own = [getattr(member, name) for member in members.values() for name in ("hearing", "commitment") if hasattr(member, name)]
    about = {(row._meta.model_name, str(row.pk)): str(row.member_id) for row in (*own, *rows) if not isinstance(row, Opinion)}
    about |= {
        ("opinion", str(row.pk)): about.get(("consultation", str(row.consultation_id)), "") for row in rows if isinstance(row, Opinion)
    }
    return {key: members[member].name for key, member in about.items() if member in members}
