"""A case's events told in plain words, to whom may read them; the sentences stand in story_sentences.py."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from apps.journal.models import Event
from apps.kit.masking import mask_name

from .models import Application, Job, Member
from .story_names import Tale
from .story_sentences import STORY


@dataclass(frozen=True)
class Entry:
    at: datetime
    title: str
    detail: str = ""
    who: str = ""  # staff name for colleagues, "窗口" / department for the public
    name: str = ""  # the event's
    subject: str = ""  # "job:12"


ENDS_WITH_THE_WHOLE = {"withdraw", "terminate"}  # of each item, told once when the whole was
_OFF = {  # of which the public knew: of the day that is put off, of the visit that is called off
    "inspection.replan": lambda event, notified: event.facts.get("told"),
    "inspection.cancel": lambda event, notified: notified,
}


def tell(
    application: Application,
    members: Iterable[Member],
    events: Iterable[Event],
    *,
    public: bool,
    hidden: Container[str] = (),
    jobs: Iterable[Job] = (),
    beside: Iterable[models.Model] = (),
    untold: Container[str] = (),
    unsaid: Container[str] = (),
) -> list[Entry]:
    """Newest last. For the public: only public events, and an office instead of a person's name. `hidden` = codes of
    materials that are not named to this reader; `jobs` = the departments' works, `beside` what else belongs to one item (supplements, consultations, …), whose item is named; `untold` =
    subjects ("inspection:12") of which this reader knows nothing, `unsaid` = those of which he reads that it was done, not what was said."""
    tale = Tale(application, members, hidden, jobs, beside)
    entries, whole, known = [], set(), set()
    for event in events:
        told = STORY.get(event.name)
        if told is None or (public and not told.public):
            continue
        subject = f"{event.subject_type}:{event.subject_id}"
        if subject in untold or event.facts.get("about") in untold:
            continue
        about, _, verb = event.name.partition(".")
        if event.name == "inspection.notify":
            known.add(subject)
        elif public and event.name in _OFF and not _OFF[event.name](event, subject in known):
            continue
        if about == "application":
            whole.add(verb)
        elif about == "member" and verb in ENDS_WITH_THE_WHOLE & whole and event.by_kind == "system":
            continue
        item = tale.item(event)
        at_home, too_late = event.by_kind == "person", event.facts.get("void")
        refused = told.left if event.facts.get("left") else told.noticed if event.facts.get("noticed") else ""
        title = (told.from_home if at_home else told.void if too_late else refused) or told.title
        title = f"{item}：{title}" if item else title
        detail = "" if subject in unsaid else told.detail(tale.facts(event), tale)
        entries.append(Entry(event.at, title, detail, _who(event, application, public), event.name, subject))
    return entries


def _who(event: Event, application: Application, public: bool) -> str:
    """Colleagues are named; whose case it is, and who acts for him, is masked here as beside his name, where looking leaves a trace."""
    if event.by_kind == "system":
        return "系统"
    if event.by_kind != "person":
        return "" if public else event.by_name
    if public:  # his own page must not say that he did what another did for him
        proxy = application.proxy
        return "代办人" if proxy and event.by_name == proxy.name else "申请人"
    return application.applicant_shown if event.by_name == application.applicant_name else mask_name(event.by_name)
