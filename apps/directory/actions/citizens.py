"""What citizens do for themselves: an account by real name, acting for an enterprise or a child, handlers, and leaving.

No answer tells a stranger whether a person, a number or an account exists: a name that does not fit and a number that has an
account already are refused in the same words, and the owner of that account is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import IntegrityError

from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Forbidden, Refused, TooMany, Unavailable, raise_all
from apps.kit.ids import check_citizen_id, check_email, check_mobile, check_uscc, plain_name
from apps.kit.limits import Limit, give_back, neighbourhood, take
from apps.kit.pinyin import initials, pinyin
from apps.kit.time import now, today

from .. import codes, passwords, policy, queries, queries_mandates
from ..models import Mandate, Party, User
from ..ports import identity
from ..signing import check_code, forgive, prove
from ..versioning import draw_number
from .accounts import cut_sessions, locked
from .messages import tell
from .parties import end_former, grant_mandate, revoke_mandate, save_party, tell_of_end

PER_NUMBER, PER_ADDRESS, PER_ACCOUNT = Limit("identity.number"), Limit("identity.address"), Limit("identity.account")
TOO_OFTEN = "核验的次数太多了，请 {wait}后再试，或带身份证到任一综合窗口办理。"
NOT_ONLINE = "没有通过实名核验。请核对姓名和身份证号；仍不行的，请带身份证到任一综合窗口办理。"
ADULT = 18  # years


def ask_code(*, purpose: str, mobile: str, ip: str) -> str:
    """Send a code to this phone; the checked number. The page says the same whether or not the phone has an account."""
    number = check_mobile(mobile, "mobile")
    has_account = User.objects.filter(username=number, kind=User.Kind.CITIZEN, is_active=True).exists()
    text = ""
    if purpose in ("register", "mobile") and has_account:
        text = "【一窗】这个手机号已经有账号，可以直接登录；忘记密码请用“找回密码”。不是本人操作的，请忽略。"
    elif purpose == "reset" and not has_account:
        text = "【一窗】这个手机号还没有账号，请先注册。不是本人操作的，请忽略。"
    codes.send(purpose, number, ip, text=text)
    return number


def register_person(
    *, mobile: str, code: str, name: str, id_number: str, password: str, again: str, ip: str = ""
) -> User:
    """A citizen's account: the phone proved by its code, the person by the identity service (DOMAIN.md row 33).

    Raises Refusals naming the fields, Unavailable while the identity service is silent.
    """
    wrong: list[Refused] = []
    try:
        number = check_citizen_id(id_number, "id_number")
    except Refused as fault:
        wrong.append(fault)
    title = plain_name(name)
    phone = check_mobile(mobile, "mobile")
    user = User(username=phone, name=title[:60], mobile=phone, kind=User.Kind.CITIZEN)
    user.pinyin = f"{pinyin(title)} {initials(title)}"[:200]
    raise_all(wrong + passwords.faults(user, password, again, field="password"))
    codes.check("register", phone, code)
    _demand_match(title, number, ip)
    try:
        with action(SYSTEM) as act:
            party = save_party(by=SYSTEM, kind=Party.Kind.PERSON, name=title, id_number=number)
            taken = User.objects.filter(party=party, is_active=True).first()
            if taken is not None or User.objects.filter(username=phone).exists():
                _warn(act, taken)  # and this phone is not put beside the person: messages and tracking go by it
            else:
                user.party = save_party(by=SYSTEM, kind=Party.Kind.PERSON, name=title, id_number=number, mobile=phone)
                user.set_password(password)
                codes.use("register", phone)
                act.create(user)
                act.record(user, "register", party=party.pk)
    except IntegrityError:  # somebody took this phone at the same moment
        user.pk = None
    if user.pk is None:
        raise Refused("register.identity", NOT_ONLINE, "id_number")
    return user


def _warn(act: Action, owner: User | None) -> None:
    if owner is not None:
        tell(
            act,
            users=[owner.pk],
            kind="account",
            title="有人想用您的身份证号注册账号",
            text="注册没有成功，您的账号不受影响。不是您本人操作的，请留意身份证信息是否外泄；可拨打 12345 咨询。",
            key=f"register:{owner.pk}:{today()}",
        )


def _demand_match(name: str, number: str, ip: str) -> None:
    with _asking(number, (PER_ADDRESS, neighbourhood(ip)), field="id_number"):
        fits = bool(name) and identity().matches(name, number)
    if not fits:
        raise Refused("register.identity", NOT_ONLINE, "id_number")


@contextmanager
def _asking(number: str, who: tuple[Limit, object], *, field: str) -> Iterator[None]:
    """The identity service answers about everybody: asked a few times a day about one number, and by one address or account. A question
    that it has not answered is none, else an hour's silence kept a hall's people out for the day."""
    lines = (PER_NUMBER, number), who
    try:
        take(*lines)
    except TooMany as often:
        raise TooMany(often.seconds, TOO_OFTEN, "register.too_often", field) from None
    try:
        yield
    except Unavailable:
        give_back(*lines)
        raise


def reset_own_password(*, mobile: str, code: str, password: str, again: str) -> User:
    """Who holds the phone sets a new password; every open session of the account ends."""
    phone = check_mobile(mobile, "mobile")
    user = User.objects.filter(username=phone, kind=User.Kind.CITIZEN, is_active=True).first()
    codes.check("reset", phone, code)  # before the password is compared with what is known of its owner
    if user is None:  # no code was ever sent for it
        raise codes.wrong()
    raise_all(passwords.faults(user, password, again, field="password"))
    with action(SYSTEM) as act:
        row = act.lock(User, user.pk)
        if row.username != phone or not row.is_active:  # its owner was quicker: it has another phone, or is closed
            raise codes.wrong()
        codes.use("reset", phone)
        row.set_password(password)
        act.save(row, "password")
        cut_sessions(act, row)
        forgive(row.username)
        act.record(row, "reset_own_password")
    return row


def change_mobile(*, by: Actor, user: User, mobile: str, code: str, password: str) -> str:
    """A new phone: proved by its code, the person by his password. The phone is also the name for signing in. Returns the former one, which
    gateway.actions.change_mobile tells of it."""
    phone = check_mobile(mobile, "mobile")
    prove(user, password)
    codes.check("mobile", phone, code)
    try:
        with action(by) as act:
            row = locked(act, user)
            act.allow("change_mobile", row)
            if User.objects.filter(username=phone).exclude(pk=row.pk).exists():
                raise codes.wrong()
            if row.username == row.mobile or row.username.isdigit():
                row.username = phone
            codes.use("mobile", phone)
            former, row.mobile = row.mobile, phone
            act.save(row, "username", "mobile")
            act.record(row, "change_mobile")
            own = act.lock(Party, row.party_id)
            own.mobile = phone
            act.save(own, "mobile")
            act.written()  # here it shows who was quicker, also where this is a part of a larger action
    except IntegrityError:  # somebody took this phone at the same moment
        raise codes.wrong() from None
    return former


# —— how one is told ——


def ask_email_code(*, by: Actor, user: User, email: str, ip: str) -> str:
    """Send a code to this mailbox; the checked address. Nothing is kept of the address until the code comes back."""
    policy.allow_account(by, "change_email", user)
    address = check_email(email, "email")
    codes.send(f"email:{user.pk}", address, ip)
    return address


def change_email(*, by: Actor, user: User, email: str, code: str = "") -> tuple[User, str]:
    """The mailbox of the account, proved by its code; empty: none any more. It is no name for signing in and resets nothing. Returns the
    account and the former mailbox, which gateway.actions.change_email tells of it."""
    address = check_email(email, "email") if (email or "").strip() else ""
    purpose = f"email:{user.pk}"
    if address:
        codes.check(purpose, address, code)
    with action(by) as act:
        row = locked(act, user)
        act.allow("change_email", row)
        if address:
            codes.use(purpose, address)
        former = row.email
        if row.email != address:
            row.email = address
            act.save(row, "email")
            act.record(row, "change_email", removed=not address)
    return row, former


def choose_channels(*, by: Actor, user: User, wants_sms: bool | None = None, wants_mail: bool | None = None) -> User:
    """By which ways what happens to one's cases is also told; messages in the house always come."""
    with action(by) as act:
        row = locked(act, user)
        act.allow("choose_channels", row)
        given = {"wants_sms": wants_sms, "wants_mail": wants_mail}
        changed = {name: value for name, value in given.items() if value not in (None, getattr(row, name))}
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            act.save(row, *changed)
            act.record(row, "choose_channels", **changed)
    return row


# —— acting for others ——


def represent_enterprise(*, by: Actor, uscc: str, name: str) -> Mandate:
    """The legal representative, as the registry knows him, may act for the enterprise and authorise its handlers.
    Raises Refused where the registry knows it otherwise."""
    me = _me(by)
    number = check_uscc(uscc, "uscc")
    title = plain_name(name)
    if not 2 <= len(title) <= 120:
        raise Refused("party.name", "请填写营业执照上的企业名称。", "name")
    with _asking(number, (PER_ACCOUNT, by.id), field="uscc"):
        fits = identity().represents(uscc=number, enterprise=title, name=me.name, id_number=me.id_number)
    if not fits:
        raise Refused(
            "enterprise.identity",
            "登记机关的信息里，您不是这家企业的法定代表人，或者名称、代码不一致；请核对。",
            "uscc",
        )
    with action(SYSTEM) as act:
        principal = save_party(
            by=SYSTEM,
            kind=Party.Kind.ENTERPRISE,
            name=title,
            id_number=number,
            legal_rep_name=me.name,
            legal_rep_id=me.id_number,
        )
        act.written()
        end_former(act, principal)  # also one who stayed when the counter had read the new one off the licence before
        return _by_law(principal, me, Mandate.Kind.LEGAL_REP, "登记机关的法定代表人信息", None)


def guard_child(*, by: Actor, name: str, id_number: str) -> Mandate:
    """A parent acts for a child until the day before its eighteenth birthday (Civil Code art. 17, 23, 27).
    Raises Refused for a grown-up, and where no register shows it."""
    me = _me(by)
    number, title = check_citizen_id(id_number, "id_number"), plain_name(name)
    grown = _birthday(number, ADULT)
    if grown <= today():
        raise Refused("child.grown", "已满十八周岁的，请由本人注册账号，或由本人书面授权。", "id_number")
    with _asking(number, (PER_ACCOUNT, by.id), field="id_number"):
        fits = bool(title) and identity().guards(child=title, child_number=number, name=me.name, id_number=me.id_number)
    if not fits:
        raise Refused(
            "child.identity", "没有查到您与孩子的监护关系；请核对，或带户口簿到任一综合窗口办理。", "id_number"
        )
    with action(SYSTEM):
        child = save_party(by=SYSTEM, kind=Party.Kind.PERSON, name=title, id_number=number)
        return _by_law(child, me, Mandate.Kind.GUARDIAN, "户籍登记的亲子关系", grown - timedelta(days=1))


def _by_law(principal: Party, agent: Party, kind: str, evidence: str, until: date | None) -> Mandate:
    standing = Mandate.objects.filter(principal=principal, agent=agent, kind=kind, revoked_at__isnull=True).first()
    return standing or grant_mandate(
        by=SYSTEM, principal=principal, agent=agent, evidence=evidence, kind=kind, valid_to=until
    )


def authorise_handler(
    *, by: Actor, principal: int, name: str, id_number: str, valid_to: date | None, scope: list[str] = ()
) -> Mandate:
    """One's own, or the represented enterprise's or child's, handler for these items (none named: all) until a day at most two years
    off, and no longer than a child is one: grown up, it authorises for itself.
    Raises Refused for a last day that cannot be, for himself, or a handler whom the identity service does not know; Forbidden for anybody
    else's."""
    me = _me(by)
    number, title = check_citizen_id(id_number, "id_number"), plain_name(name)
    if number == me.id_number:  # it would outlive his office: whoever represents the enterprise after him never gave it
        raise Refused("mandate.self", "您自己本来就能办，不用授权给自己；请填写经办人的姓名和身份证号。", "id_number")
    if valid_to is None or not today() <= valid_to <= today() + timedelta(days=731):
        raise Refused("mandate.valid_to", "请填写授权的最后一日，今天或以后，最长两年。", "valid_to")
    owner = next((party for party in queries_mandates.principals_of(by) if party.pk == principal), None)
    if owner is None:
        raise Forbidden("只能为本人，您担任法定代表人的企业，或者您监护的孩子授权。")
    until = queries_mandates.last_day_by_law(owner.pk, by.party_ids[0])
    if until and valid_to > until:
        raise Refused("mandate.valid_to", f"您替{owner.name}办事到{until:%Y年%-m月%-d日}为止，授权请不晚于这一天。", "valid_to")
    with _asking(number, (PER_ACCOUNT, by.id), field="id_number"):
        fits = bool(title) and identity().matches(title, number)
    if not fits:
        raise Refused("mandate.identity", "经办人的姓名和身份证号没有通过实名核验，请核对。", "id_number")
    with action(SYSTEM) as act:
        if owner.id_number < number:  # two people are taken in the order of their numbers, as at the counter: neither waits for the other
            act.lock(Party, owner.pk)
        handler = save_party(by=SYSTEM, kind=Party.Kind.PERSON, name=title, id_number=number)
        mandate = grant_mandate(
            by=by, principal=owner, agent=handler, evidence="网上授权", scope=scope, valid_to=valid_to
        )
        tell(
            act,
            parties=[handler.pk],
            kind="account",
            title=f"{owner.name}授权您经办",
            text=f"自今天起至{valid_to:%Y年%-m月%-d日}，您可以代为办理。不认识对方的，请在“身份和授权”里退出。",
            link="/account/identities/",
            key=f"mandate:{mandate.pk}",
        )
    return mandate


def _me(by: Actor) -> Party:
    if by.kind != "person" or not by.party_ids:
        raise Forbidden("请用个人账号登录后办理。")
    me = queries.party(by.party_ids[0])
    if me.kind != Party.Kind.PERSON:
        raise Forbidden("请用法定代表人的个人账号登录后办理。")
    return me


def _birthday(number: str, years: int) -> date:
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    try:
        return born.replace(year=born.year + years)
    except ValueError:  # 29 February: 1 March in a year that has none
        return date(born.year + years, 3, 1)


# —— leaving ——


def close_account(
    *, by: Actor, user: User, password: str, erase_contact: bool, code: str = "", also: Callable[[], object] = lambda: None
) -> User:
    """Delete the account (PIPL 47): nobody signs in any more, mandates end, the phone is forgotten.

    What was filed stays as long as archives must keep it; `erase_contact`: nothing was, so phone and address of the person go too.
    `also`: what goes with the account in a room above, in this transaction: nobody could throw it away afterwards.
    """
    prove(user, password)
    check_code(user, code)
    with action(by) as act:
        row = locked(act, user)
        act.allow("close", row)
        also()
        row.is_active, row.locked_at = False, now()
        row.username, row.name, row.mobile, row.email, row.pinyin = f"closed-{row.pk}", "已注销", "", "", ""
        row.set_unusable_password()
        act.save(row, "is_active", "locked_at", "username", "name", "mobile", "email", "pinyin", "password")
        cut_sessions(act, row)
        act.record(row, "close")
        his = Mandate.objects.filter(agent=row.party_id) | Mandate.objects.filter(principal=row.party_id)
        his = his.filter(revoked_at__isnull=True).select_related("principal", "agent").order_by("pk")
        held = {row.party_id, *his.values_list("principal", flat=True)}
        for party in Party.objects.filter(pk__in=held).order_by("id_number").values_list("pk", flat=True):
            act.lock(Party, party)
        for mandate in his.filter(principal__in=held):  # by now: whoever was waited for may have taken his back, or given one
            revoke_mandate(by=SYSTEM, mandate=mandate, reason="账号已注销")
            if not mandate.over:
                given_up = mandate.agent_id == row.party_id
                tell_of_end(act, mandate, given_up=given_up, reason=f"{'本人' if given_up else '委托人'}注销了账号")
        if erase_contact:
            own = act.lock(Party, row.party_id)
            own.mobile = own.address = ""
            act.save(own, "mobile", "address")
        draw_number(act)
    return row
