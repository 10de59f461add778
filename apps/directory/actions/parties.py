"""Files of citizens and enterprises, mandates, and the logged reveal of a masked value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Forbidden, Refused, WrongState, raise_all
from apps.kit.ids import check_citizen_id, check_mobile, check_phone, check_uscc, plain_name
from apps.kit.masking import mask_name
from apps.kit.pictures import pictures
from apps.kit.pinyin import initials, pinyin
from apps.kit.prepared import execute
from apps.kit.rows import fresh
from apps.kit.time import now, today
from apps.kit.yamlfile import UNSTORABLE

from ..models import Mandate, Message, Party, Reveal, User
from ..queries_mandates import representatives, standing_on
from ..versioning import draw_number
from .messages import tell
from .posts import checked_reason

ENDS_SOON = timedelta(days=7)
_COLUMNS = ("name", "mobile", "legal_rep_name", "legal_rep_id", "address", "pinyin")

_ALL = [field.attname for field in Party._meta.concrete_fields]
_GIVEN = [name for name in _ALL if name != Party._meta.pk.attname]
_INSERT = (
    f"INSERT INTO {Party._meta.db_table} ({', '.join(_GIVEN)}) VALUES ({', '.join(['%s'] * len(_GIVEN))})"  # noqa: S608
    f" ON CONFLICT (kind, id_number) DO UPDATE SET updated_at = {Party._meta.db_table}.updated_at RETURNING {', '.join(_ALL)}, (xmax = 0)"
)


def save_party(
    *,
    by: Actor,
    kind: str,
    name: str,
    id_number: str,
    mobile: str = "",
    legal_rep_name: str = "",
    legal_rep_id: str = "",
    address: str = "",
) -> Party:
    """The party with this number, made or brought up to date; what is left empty keeps its stored value.

    Raises Refusals for everything wrong at once: digits, mobile, name.
    """
    given = _checked_party(kind, name, id_number, mobile, legal_rep_name, legal_rep_id, address)
    with action(by) as act:
        party, fresh = _insert_or_lock(given)
        party = act.adopt(party)
        act.allow("save", party)
        changed = [
            column
            for column in _COLUMNS
            if not fresh and getattr(given, column) and getattr(given, column) != getattr(party, column)
        ]
        for column in changed:
            setattr(party, column, getattr(given, column))
        if fresh:
            act.record(party, "register", kind=kind)
        elif changed:
            party.updated_at = now()
            act.save(party, *changed, "updated_at")
            act.record(party, "update", fields=[column for column in changed if column != "pinyin"])
        if "legal_rep_id" in changed:
            end_former(act, party)
    return party


def end_former(act: Action, enterprise: Party) -> None:
    """Another stands in its licence now: who represented it by law does so no more. He is told, for he may be right."""
    former = Mandate.objects.filter(principal=enterprise, kind=Mandate.Kind.LEGAL_REP, revoked_at__isnull=True)
    told_by = "登记机关" if act.by.is_system else "窗口登记"
    for mandate in former.exclude(agent__id_number=enterprise.legal_rep_id).order_by("pk"):
        revoke_mandate(by=SYSTEM, mandate=mandate, reason=f"{told_by}的法定代表人已变更")
        tell(
            act.as_system(),
            parties=[mandate.agent_id],
            kind="account",
            title=f"您不再代表{enterprise.name}",
            text=f"{told_by}的法定代表人已经变更，您不能再以法定代表人的身份替它办事；它另外授权您经办的，在授权范围内照常。没有变更的，请在“身份和授权”里重新绑定企业，当场核验。",
            link="/account/identities/",
            key=f"former:{mandate.pk}",
        )


def _checked_party(kind, name, id_number, mobile, legal_rep_name, legal_rep_id, address) -> Party:
    errors: list[Refused] = []

    def checked(check, value: str, field: str, needed: bool = False) -> str:
        if not (value or "").strip() and not needed:
            return ""
        try:
            return check(value, field)
        except Refused as error:
            errors.append(error)
            return ""

    if kind not in Party.Kind.values:
        raise Refused("party.kind", "请选择个人或企业（组织）。", "kind")
    person = kind == Party.Kind.PERSON
    title = plain_name(name)
    if not (1 if person else 2) <= len(title) <= 120:  # some people's whole name is one character
        label = "姓名，不超过" if person else "企业名称，2 到"
        errors.append(Refused("party.name", f"请填写{label} 120 个字。", "name"))
    number = checked(check_citizen_id if person else check_uscc, id_number, "id_number", needed=True)
    phone = checked(check_mobile if person else check_phone, mobile, "mobile")
    representative = "" if person else plain_name(legal_rep_name)[:60]
    representative_id = "" if person else checked(check_citizen_id, legal_rep_id, "legal_rep_id")
    place = " ".join((address or "").split())
    if len(place) > 200:
        errors.append(Refused("party.address", "地址不超过 200 个字。", "address"))
    typed = (("name", title), ("legal_rep_name", representative), ("address", place))
    stands = _as_it_stands(kind, number) if pictures("".join(text for _, text in typed)) else {}
    for field, text in typed:
        if UNSTORABLE.search(text):  # every paper of his cases bears it, and none could be made
            errors.append(Refused(f"party.{field}", "含有不能显示的字符，请重新输入。", field))
        elif stands.get(field) != text and (found := pictures(text)):
            errors.append(Refused(f"party.{field}", f"含有文书上印不出来的符号：{found}，请删去或者改用文字。", field))
    raise_all(errors)
    return fresh(
        Party,
        kind=kind,
        name=title,
        id_number=number,
        mobile=phone,
        legal_rep_name=representative,
        legal_rep_id=representative_id,
        address=place,
        pinyin=f"{pinyin(title)} {initials(title)}"[:400],
        updated_at=now(),
    )


def _as_it_stands(kind: str, number: str) -> dict[str, str]:
    """What the file of this number says, from before such signs were refused: a renewal takes it over, and nobody typed it."""
    return Party.objects.filter(kind=kind, id_number=number).values("name", "legal_rep_name", "address").first() or {}


def _insert_or_lock(given: Party) -> tuple[Party, bool]:
    """One statement: the new row, or the existing one locked as it is (two counters at once never collide)."""
    with connection.cursor() as cursor:
        execute(cursor, "insert or lock a party", _INSERT, [getattr(given, name) for name in _GIVEN])
        *values, fresh = cursor.fetchone()
    return Party.from_db(connection.alias, _ALL, values), fresh


def grant_mandate(
    *,
    by: Actor,
    principal: Party,
    agent: Party,
    evidence: str,
    scope: Sequence[str] = (),
    valid_from: date | None = None,
    valid_to: date | None = None,
    kind: str = Mandate.Kind.HANDLER,
) -> Mandate:
    """The principal lets the agent act for it, for the items of `scope` (codes; empty = all). A handler cannot pass it on;
    only the system, which has asked the registers, grants one that holds by law (`kind`)."""
    basis = " ".join((evidence or "").split())
    starts = valid_from or today()
    errors = []
    if not 2 <= len(basis) <= 200:
        errors.append(Refused("mandate.evidence", "请写明委托依据（如授权委托书编号）。", "evidence"))
    if valid_to and valid_to < max(starts, today()):
        errors.append(Refused("mandate.valid_to", "最后一日不能早于开始日，也不能已经过去。", "valid_to"))
    if principal.pk == agent.pk:
        errors.append(Refused("mandate.self", "委托人和受托人不能是同一人。", "agent"))
    if kind != Mandate.Kind.HANDLER and not by.is_system:
        raise Forbidden
    with action(by) as act:
        row = act.lock(Party, principal.pk)
        row.representatives = representatives(row.pk)
        act.allow("grant_mandate", row)
        raise_all(errors)
        mandate = act.create(
            Mandate(
                principal=row,
                agent=agent,
                scope=sorted(set(scope)),
                valid_from=starts,
                valid_to=valid_to,
                evidence=basis,
                kind=kind,
            )
        )
        act.record(mandate, "grant", agent=agent.pk, scope=mandate.scope, valid_from=starts, valid_to=valid_to)
        draw_number(act)
        if by.kind == "staff":
            _tell_principal(act, mandate)
    return mandate


def _tell_principal(act: Action, mandate: Mandate) -> None:
    """A paper was shown at a window where he did not stand himself: he hears of it, and takes it back if it is none of his."""
    principal = mandate.principal
    tell(
        act.as_system(),
        parties=[principal.pk, *sorted(principal.representatives)],
        kind="account",
        title=f"窗口登记了一项委托：{mask_name(mandate.agent.name)}",
        text=f"{mask_name(mandate.agent.name)}在窗口出示委托（{mandate.evidence}），代{principal.name}办事。不是您委托的，请在“身份和授权”里收回，并拨打 12345 反映。",
        link="/account/identities/",
        key=f"entrusted:{mandate.pk}",
    )


def revoke_mandate(*, by: Actor, mandate: Mandate, reason: str = "") -> Mandate:
    """Ends the agent's right from the next request on; what he filed before stays filed. The agent himself may give it up. The other
    side is told, where it is not the system that ends it: that one says why itself.
    Raises WrongState where it was revoked."""
    with action(by) as act:
        row = act.lock(Mandate, mandate.pk)
        if by.kind != "person" or by.party_ids[:1] != (row.agent_id,):
            row.principal.representatives = representatives(row.principal_id)
            act.allow("revoke_mandate", row)
        if row.revoked_at:
            raise WrongState("这项委托已经撤销。")
        row.revoked_at = now()
        act.save(row, "revoked_at")
        act.record(row, "revoke", reason=reason[:200])
        if not by.is_system:
            tell_of_end(act, row, given_up=by.party_ids[:1] == (row.agent_id,), reason=reason[:200])
        draw_number(act)
    return row


def tell_of_end(act: Action, mandate: Mandate, *, given_up: bool, reason: str) -> None:
    """Taken back, to the agent; given up, to the principal and who represents him by law."""
    principal, agent = mandate.principal, mask_name(mandate.agent.name)
    why = f"原因：{reason.rstrip('。')}。" if reason else ""
    if given_up:
        told = representatives(principal.pk) - {mandate.agent_id}
        parties, title = [principal.pk, *sorted(told)], f"{agent}不再代{principal.name}办理"
        text = f"{agent}退出了这项委托。{why}已经提交的不受影响；要接着委托别人的，请在“身份和授权”里授权。"
    else:
        parties, title = [mandate.agent_id], f"您不再代{principal.name}办理"
        text = f"这项授权已经收回。{why}从现在起不能再代为办理，已经提交的不受影响。"
    about = {"kind": "account", "link": "/account/identities/", "key": f"revoked:{mandate.pk}"}
    tell(act.as_system(), parties=parties, title=title, text=text, **about)


def tell_mandates_ending() -> None:
    """A handler's authorisation that ends within a week is told to both sides, once, while it can still be given anew. Not one that
    was given for no longer, or all of which another of the two covers until later, be it the law that lets him act; of equal ones one."""
    on, last, scope = today(), OuterRef("valid_to"), OuterRef("scope")
    others = Mandate.objects.filter(principal=OuterRef("principal"), agent=OuterRef("agent"), revoked_at=None)
    later = others.filter(Q(valid_to=None) | Q(valid_to__gt=last))
    equal = others.filter(valid_to=last, scope=scope, pk__gt=OuterRef("pk"))
    goes_on = Exists(later.filter(scope=[])) | Exists(equal) | ~Q(scope=[]) & Exists(later.filter(scope__contains=scope))
    told = Message.objects.filter(party=OuterRef("agent"), key=Concat(Value("mandate_ends:"), Cast(OuterRef("pk"), models.TextField())))
    ending = standing_on(on).filter(kind=Mandate.Kind.HANDLER, valid_to__lte=on + ENDS_SOON, valid_from__lt=F("valid_to") - ENDS_SOON)
    for mandate in ending.exclude(goes_on).exclude(Exists(told)).select_related("principal", "agent").order_by("pk"):
        principal, agent = mandate.principal, mask_name(mandate.agent.name)
        until = f"这项授权到{mandate.valid_to:%Y年%-m月%-d日}为止"
        about = {"kind": "account", "link": "/account/identities/", "key": f"mandate_ends:{mandate.pk}"}
        with action(SYSTEM) as act:
            tell(
                act,
                parties=[principal.pk, *sorted(representatives(principal.pk))],
                title=f"给{agent}的授权快到期了",
                text=f"{until}，以后{agent}不能再凭它代{principal.name}办理。还要他办的，请在“身份和授权”里再授权一次，或者带新的委托书到窗口登记。",
                **about,
            )
            tell(
                act,
                parties=[mandate.agent_id],
                title=f"代{principal.name}办理的授权快到期了",
                text=f"{until}，以后不能再凭它代为办理。还要接着办的，请对方再授权一次。",
                **about,
            )


def reveal(*, by: Actor, subject: models.Model, field: str, reason: str) -> str:
    """The full value behind a mask, for a staff member whom the subject's policy lets; who, what, why are kept for good.

    A subject offers `reveal_value(field)` (KeyError for what is not masked) and may offer `reveal_label` and
    `demand_need(by, field)` (need to know: raises Forbidden); a party or an account does so here. Raises Refused (reason under 4 characters, unknown field, too many in ten minutes).
    """
    if by.kind != "staff":
        raise Forbidden("只有工作人员可以查看完整信息。")
    why = checked_reason(reason)
    own = User.objects.select_for_update(no_key=True).filter(pk=by.id).values_list("pk")
    with action(by) as act:
        if (
            isinstance(subject, User) and by.id < subject.pk
        ):  # of accounts the lower number first, as everywhere: two look each other up
            list(own)
        row = act.lock(type(subject), subject.pk)
        # Who has posts at two nodes looked by the one that let him: its auditor reads of it.
        post = act.allow("reveal", row) or next(iter(by.posts), None)
        if hasattr(row, "demand_need"):
            row.demand_need(by, field)
        try:
            value = row.reveal_value(field)
        except KeyError:
            raise Refused("reveal.field", "没有这一项需要掩码的信息。", "field") from None
        list(own)  # many at one moment: one after the other
        recent = Reveal.objects.filter(by_id=by.id, at__gt=now() - timedelta(minutes=10)).count()
        if recent >= settings.REVEALS_PER_TEN_MINUTES:
            raise Refused("reveal.too_many", "短时间内查看过多，请稍后再试；确有需要请联系节点管理员。", "reason")
        Reveal.objects.create(
            by_id=by.id,
            node_code=post.node if post else "",
            subject_type=row._meta.model_name,
            subject_id=row.pk,
            subject_label=getattr(row, "reveal_label", None) or mask_name(str(row)),
            field=field,
            reason=why,
            address=by.ip or None,
        )
        act.record(row, "reveal", field=field, reason=why)
    return value
