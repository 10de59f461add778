"""在线咨询: asked, answered within its day, passed on when it is another's, and published for everybody with the same question."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from django.db.models import Exists, OuterRef, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Concat

from apps.catalog import queries as catalog
from apps.directory import queries as directory
from apps.directory.actions import tell
from apps.directory.models import Party
from apps.directory.policy import DESK_ROLES
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refused, WrongState, raise_all
from apps.kit.time import beijing_date, now, today

from ..models import Enquiry
from ..policy import CITIZENS_ONLY
from ..queries import answer_by

OVERDUE = "enquiry.overdue"
OPEN_AT_ONCE = 5  # questions of one citizen that wait for an answer
_CITIZEN_ID = re.compile(r"(?<![\dA-Za-z])\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx](?![\dA-Za-z])", re.ASCII)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)", re.ASCII)


def ask(*, by: Actor, question: str, code: str = "") -> Enquiry:
    """A question about an item goes to its department; one without an item to the hall of the city.

    Raises Refused, Forbidden for staff, NotYours for an item that is not there.
    """
    if by.kind != "person" or not by.party_ids:
        raise Forbidden(CITIZENS_ONLY)
    question = question.strip()
    if not 6 <= len(question) <= 1000:
        raise Refused("enquiry.question", "请把问题写清楚（6 至 1000 字），不要写身份证号、银行卡号。", "question")
    department, name = "", ""
    if not code:
        node = directory.city()
    else:
        told = catalog.guide(code)
        node, department = told["region"].node_code, told["department"].pk
        name = told["content"]["name"]
    with action(by) as act:
        list(
            Party.objects.select_for_update(no_key=True).filter(pk=by.party_ids[0]).values_list("pk")
        )  # his own of one moment: one by one
        waiting = Enquiry.objects.filter(party=by.party_ids[0], state=Enquiry.State.ASKED).count()
        if waiting >= OPEN_AT_ONCE:
            raise WrongState(f"您有 {waiting} 个问题在等答复，请等答复后再问；急事请拨打 12345。")
        row = Enquiry(
            party_id=by.party_ids[0],
            code=code,
            name=name,
            node=node,
            department=department,
            question=question,
            reply_by=answer_by(node, act=act),
        )
        act.allow("ask", row)
        act.create(row)
        act.record(row, "ask", code=code, department=department, reply_by=row.reply_by)
        _tell_answerers(act, row)
    return row


def redate_enquiries(*, first: date, last: date, why: str) -> int:
    """The calendar of these days has changed: questions that wait through them get their day anew, and both sides are told."""
    waiting = Enquiry.objects.filter(state=Enquiry.State.ASKED, reply_by__gte=first).order_by("pk")
    rows = [(pk, node, beijing_date(at)) for pk, node, at in waiting.values_list("pk", "node", "asked_at")]
    return sum(_redate(pk, node, on, why) for pk, node, on in rows if on <= last)


def _redate(pk: int, node: str, asked_on: date, why: str) -> bool:
    with action(SYSTEM) as act:
        row = act.lock(Enquiry, pk)
        old, new = row.reply_by, answer_by(node, asked_on, act=act)
        if row.state != Enquiry.State.ASKED or new == old:
            return False
        row.reply_by = new
        act.save(row, "reply_by")
        act.record(row, "redate", old=old, new=new, why=why)
        about = {
            "kind": "feedback",
            "title": f"答复期限{'提前' if new < old else '推后'}：{row.name or '综合问题'}",
            "text": f"在线咨询的答复期限由{old:%Y年%-m月%-d日}改为{new:%Y年%-m月%-d日}。原因：{why}。",
        }
        key = f"enquiry:{row.pk}:redate:{row.chain_seq}"
        tell(act, users=_answerers(row), link=f"/feedback/questions/{row.pk}/", key=key, **about)
        tell(act, parties=[row.party_id], link="/my/questions/", key=f"{key}:asker", **about)
    return True


def remind_enquiries() -> int:
    """Questions whose day has passed unanswered: who should answer and who watches are told, once a day of reply."""
    chain, day = Concat(Value("enquiry:"), Cast(OuterRef("pk"), TextField())), Cast(OuterRef("reply_by"), TextField())
    told = Event.objects.annotate(day=KT("facts__reply_by")).filter(chain=chain, name=OVERDUE, day=day)
    late = Enquiry.objects.filter(~Exists(told), state=Enquiry.State.ASKED, reply_by__lt=today()).order_by("pk")
    return sum(_remind(pk) for pk in late.values_list("pk", flat=True))


def _remind(pk: int) -> bool:
    with action(SYSTEM) as act:
        row = act.lock(Enquiry, pk)
        if not _note_late(act, row):
            return False
        tell(
            act,
            users=[*_answerers(row), *directory.overseers(row.node)],
            kind="feedback",
            title=f"咨询超期未答复：{row.name or '综合问题'}",
            text=f"应在 {row.reply_by:%Y年%-m月%-d日} 前答复，请尽快答复：{row.question}",
            link=f"/feedback/questions/{row.pk}/",
            key=f"enquiry:{row.pk}:overdue:{row.reply_by}",
        )
    return True


def _note_late(act: Action, row: Enquiry) -> bool:
    """It waits past its day, which nobody has written down yet: here too where the answer, or who passes it on, comes before the reminder."""
    known = Event.objects.filter(chain=row.chain, name=OVERDUE, facts__reply_by=row.reply_by.isoformat())
    if not row.waits_past_its_day or known.exists():
        return False
    act.as_system().record(row, "overdue", reply_by=row.reply_by)
    return True


def withdraw(*, by: Actor, enquiry: int) -> Enquiry:
    with action(by) as act:
        return act.move(act.lock(Enquiry, enquiry), "withdraw")


def reply(*, by: Actor, enquiry: int, answer: str) -> Enquiry:
    """The answer goes to who asked; a late one is noted as late. Raises Refused for fewer than 4 or more than 2000 characters."""
    answer = answer.strip()
    if not 4 <= len(answer) <= 2000:
        raise Refused("enquiry.answer", "请写明答复（4 至 2000 字）。", "answer")
    with action(by) as act:
        row = act.lock(Enquiry, enquiry)
        act.allow("reply", row)
        _note_late(act, row)
        act.move(row, "reply", answer=answer)
        row.answered_at = now()
        act.save(row, "answered_at")
        tell(
            act.as_system(),
            parties=[row.party_id],
            kind="feedback",
            title="您的咨询有答复了",
            text=answer,
            link="/my/questions/",
            key=f"enquiry:{row.pk}:answered",
        )
    return row


def pass_on(*, by: Actor, enquiry: int, department: str, reason: str) -> Enquiry:
    """To the department whose business it is; the day stays.
    Raises Refused without a reason, or for where it lies; WrongState once it is answered or withdrawn."""
    if len(reason.strip()) < 4:
        raise Refused("enquiry.reason", "请写明为什么转给它（至少 4 个字）。", "reason")
    to = directory.department(department)
    with action(by) as act:
        row = act.lock(Enquiry, enquiry)
        act.allow("pass_on", row)
        if row.state != Enquiry.State.ASKED:
            raise WrongState("这个问题已经答复或者撤回，不用再转。")
        if row.department == to.pk:
            raise Refused("enquiry.department", "已经在这个部门，请另选一个。", "department")
        before = row.department
        row.department, row.node = to.pk, to.region.node_code
        act.save(row, "department", "node")
        act.record(row, "pass_on", reason=reason.strip(), before=before, department=to.pk)
        _tell_answerers(act, row, f"转来的原因：{reason.strip().rstrip('。')}。")
    return row


def publish(*, by: Actor, enquiry: int, question: str, answer: str) -> Enquiry:
    """Question and answer, in words that name nobody, for the guide of the item and the frequent questions.
    Raises WrongState before it is answered."""
    errors = []
    if not 6 <= len(question.strip()) <= 300:
        errors.append(Refused("enquiry.public_question", "公开的问题写 6 至 300 字，删去个人情况。", "question"))
    if not 4 <= len(answer.strip()) <= 2000:
        errors.append(Refused("enquiry.public_answer", "公开的答复写 4 至 2000 字。", "answer"))
    raise_all(errors)
    with action(by) as act:
        row = act.lock(Enquiry, enquiry)
        act.allow("publish", row)
        if row.state != Enquiry.State.ANSWERED:
            raise WrongState("答复以后才能公开。")
        raise_all(_who_can_be_known(row, question, answer))
        row.public_question, row.public_answer, row.published_on = question.strip(), answer.strip(), today()
        act.save(row, "public_question", "public_answer", "published_on")
        act.record(row, "publish", question=row.public_question, answer=row.public_answer)
    return row


def _who_can_be_known(row: Enquiry, question: str, answer: str) -> list[Refused]:
    """What would tell everybody who asked: his name, a citizen number, a mobile."""
    errors = []
    name = _bare(directory.party(row.party_id).name)
    for field, label, text in (("question", "公开的问题", question), ("answer", "公开的答复", answer)):
        plain = unicodedata.normalize("NFKC", text)
        told = [word for word, shown in (("咨询人的姓名或名称", len(name) > 1 and name in _bare(plain)), *_numbers_in(plain)) if shown]
        if told:
            errors.append(Refused("enquiry.names", f"{label}里有{'、'.join(told)}，请删去或改写后再公开。", field))
    return errors


def _bare(text: str) -> str:
    """Without what a name is written with one time and not another: the width of its brackets, spaces, the dot inside, capitals."""
    return re.sub(r"[\s·•・.]", "", unicodedata.normalize("NFKC", text)).casefold()


def _numbers_in(text: str) -> list[tuple[str, bool]]:
    return [("身份证号", bool(_CITIZEN_ID.search(text))), ("手机号", bool(_MOBILE.search(text)))]


def unpublish(*, by: Actor, enquiry: int, reason: str) -> Enquiry:
    """Taken from the public pages; the answer stays with who asked. Raises Refused without a reason, WrongState where it is not published."""
    if len(reason.strip()) < 4:
        raise Refused("enquiry.reason", "请写明为什么不再公开（至少 4 个字）。", "reason")
    with action(by) as act:
        row = act.lock(Enquiry, enquiry)
        act.allow("unpublish", row)
        if row.published_on is None:
            raise WrongState("这个问题没有公开。")
        row.published_on = None
        act.save(row, "published_on")
        act.record(row, "unpublish", reason=reason.strip())
    return row


def _answerers(row: Enquiry) -> list[int]:
    if not row.department:
        return directory.overseers(row.node)
    held = (directory.holders(role, department=row.department) for role in DESK_ROLES)
    return [user for users in held for user in users] or directory.overseers(row.node)


def _tell_answerers(act: Action, row: Enquiry, passed: str = "") -> None:
    """Each time it comes to them: what is passed on and passed back is told anew."""
    tell(
        act.as_system(),
        users=_answerers(row),
        kind="feedback",
        title=f"在线咨询：{row.name or '综合问题'}",
        text=f"{passed}请在 {row.reply_by:%Y年%-m月%-d日} 前（含当日）答复：{row.question}",
        link=f"/feedback/questions/{row.pk}/",
        key=f"enquiry:{row.pk}:{row.department}:{row.chain_seq}",
    )
