"""Codes by short message or e-mail: proof that somebody holds a phone or a mailbox. In Redis for ten minutes, as a hash;
five tries; few sendings.

Nothing here says whether a phone has an account: who asks gets the same answer, the text of the message differs.
"""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from apps.kit.errors import Later, Refused, TooMany, Unavailable
from apps.kit.limits import Limit, neighbourhood
from apps.kit.outside import TOO_SLOW

from .ports import mailer, texter

SECONDS = 600
TRIES = 5
AGAIN_AFTER = 60  # seconds between two messages to one phone or mailbox
PER_PHONE, PER_ADDRESS = Limit("code.phone"), Limit("code.address")
AWAY = "验证码暂时不能核对，请几分钟后再试。"
NO_SMS = "短信暂时发不出去，请稍后再试；也可以带身份证到任一综合窗口办理。"
NO_MAIL = "邮件暂时发不出去，请稍后再试；原来的通知方式不受影响。"


class TooOften(TooMany):
    def __init__(self, seconds: int, field: str):
        super().__init__(seconds, "验证码要得太频繁了，请 {wait}后再试。", "code.too_often", field)


def send(purpose: str, to: str, address: str, *, text: str = "") -> None:
    """Send a fresh code for this purpose, or `text` instead where there is nothing to prove. Raises TooOften, Unavailable.

    `to` is a phone, or with an @ in it a mailbox; `address` is the network address of who asks.
    """
    address, by_mail = neighbourhood(address), "@" in to
    wait = max(PER_PHONE.wait(to), PER_ADDRESS.wait(address))
    if wait or not cache.add(_key("code-sent", purpose, to), 1, AGAIN_AFTER):
        raise TooOften(wait or AGAIN_AFTER, "email" if by_mail else "mobile")
    code = f"{secrets.randbelow(10**6):06d}"
    words = text or f"【一窗】验证码 {code}，10 分钟内有效。工作人员不会向您索要验证码。"
    try:
        carrier = mailer() if by_mail else texter()
        carrier.send(to, words, key=f"code:{secrets.token_hex(12)}", subject="一窗验证码")
    except (Later, Refused) as trouble:
        cache.delete(_key("code-sent", purpose, to))
        if str(trouble).endswith(TOO_SLOW):  # it may have gone out; what has not costs nobody a message, least of all a whole hall
            _count(to, address)
        raise Unavailable(NO_MAIL if by_mail else NO_SMS) from None
    _count(to, address)
    if not text:
        cache.set(_key("code-tries", purpose, to), 0, SECONDS)
        cache.set(_key("code", purpose, to), _hash(purpose, to, code), SECONDS)


def _count(to: str, address: str) -> None:
    PER_PHONE.count(to)
    PER_ADDRESS.count(address)


def check(purpose: str, to: str, code: str) -> None:
    """Raises Refused unless it is the code that was sent last; after five wrong ones a new code is needed. The words are the same where no
    code was sent, because the phone has an account already, or none."""
    tries = _key("code-tries", purpose, to)
    try:
        known, tried = cache.get(_key("code", purpose, to)), cache.incr(tries)  # before it is compared: many at once are many
    except ValueError:  # there are none to count
        raise wrong() from None
    except RedisError as error:
        raise Unavailable(AWAY) from error
    if known is None or tried > TRIES or not hmac.compare_digest(known, _hash(purpose, to, (code or "").strip())):
        raise wrong()
    with suppress(ValueError, RedisError):
        cache.decr(tries)  # who knows it may still have to put the rest of his form right


def wrong() -> Refused:
    return Refused("code.wrong", "验证码不对或者已经过期，请核对收到的信息，或者重新获取。", "code")


def use(purpose: str, to: str) -> None:
    """It proves nothing any more; asked for within the transaction that it lets through: of two at a moment one finds it used. Raises
    Refused or Unavailable, and then nothing is written."""
    try:
        unused = cache.delete(_key("code", purpose, to))
    except RedisError as error:
        raise Unavailable(AWAY) from error
    if not unused:
        raise wrong()


def _key(what: str, purpose: str, to: str) -> str:
    """Who reads the cache learns no phone and no mailbox."""
    return f"{what}:{_hash(what, purpose, to)[:32]}"


def _hash(purpose: str, to: str, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{purpose}:{to}:{code}".encode(), "sha256").hexdigest()
