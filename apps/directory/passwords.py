"""What a new password must be: all that is wrong with it at once, in our own sentences (one of Django's has no Chinese)."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.kit.errors import Refused

from .models import User

SENTENCES = {
    "password_too_short": "密码至少 {least} 个字符，现在有 {length} 个。",
    "password_too_common": "这个密码太常见，容易被猜到，请换一个。",
    "password_entirely_numeric": "密码不能全是数字，请加上字母或符号。",
    "password_too_similar": "密码与账号、姓名或手机号太相近，请换一个。",
}


def faults(user: User, new: str, again: str, *, field: str) -> list[Refused]:
    """Empty: it will do. `field` is where the new password is typed."""
    found = [Refused("password.again", "两次输入的密码不一样。", "again")] if new != again else []
    try:
        validate_password(new, user)
    except ValidationError as error:
        for one in error.error_list:
            least = (one.params or {}).get("min_length")
            found.append(Refused("password.weak", SENTENCES[one.code].format(least=least, length=len(new)), field))
    return found
