"""Numbers with check digits: citizen number (GB 11643), USCC (GB 32100), case serials (ISO 7064 MOD 37,36), mobiles."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

from django.core.exceptions import ValidationError as NotAnAddress
from django.core.validators import EmailValidator
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.iso7064 import mod_37_36

from .errors import Refused
from .time import today

BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = {letter: value for value, letter in enumerate(BASE36)}
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_EMAIL = EmailValidator(allowlist=[])
_CITIZEN = re.compile(r"(?<![0-9A-Z])[0-9]{17}[0-9X](?![0-9A-Z])")
_HAN = "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
DOTS = ".．。•‧∙⋅・･·"  # that keyboards have for the one in 阿依努尔·买买提
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")  # what turns the direction of reading is refused, not left out
_DOT = re.compile(f"(?<={_HAN}) ?[{DOTS}] ?(?={_HAN})")
_PHONE = re.compile(r"(0\d{2,3}-?)?[2-9]\d{6,7}(-\d{1,6})?|1[3-9]\d{9}|400-?\d{3}-?\d{4}", re.ASCII)


def plain(text: str | None) -> str:
    """As a Chinese input method may have typed it: full-width letters and digits are the plain ones, and never a number of
    their own beside it. The marks that nobody sees, which a telephone's address book copies around a number, are no part of it."""
    return seen(unicodedata.normalize("NFKC", text or ""))


def seen(text: str) -> str:
    """Without the marks that nobody sees: they come along with what is pasted."""
    return text if text.isprintable() else "".join(char for char in text if unicodedata.category(char) != "Cf")


def bare(text: str | None) -> str:
    """A number as its check reads it, right or wrong."""
    return plain(text).strip().upper().replace(" ", "")


def plain_name(text: str | None) -> str:
    """As cards and licences print it: one space, and in 阿依努尔·买买提 the one dot, whichever of the like the keyboard had. The
    register of persons knows no other, and who looks for the name would not find it."""
    return _DOT.sub("·", " ".join(_UNSEEN.sub("", text or "").split()))


def check_citizen_id(text: str, field: str | None = None) -> str:
    """The 18-character citizen number in its standard form. Raises Refused naming what is wrong (GB 11643).

    The birth date must exist and have come; the region code may be an abolished one, since its holders keep it.
    """
    number = bare(text)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise Refused("citizen_id.format", "身份证号应为 18 位，前 17 位是数字，末位是数字或 X。", field)
    try:
        born = ric.get_birth_date(number)
        if ric.calc_check_digit(number) != number[17]:
            raise InvalidChecksum
    except InvalidChecksum:
        raise Refused("citizen_id.check", "身份证号的校验位不对，请对照证件重新输入。", field) from None
    except ValidationError:
        raise Refused("citizen_id.birth", "身份证号里的出生日期不存在，请对照证件重新输入。", field) from None
    if born > today():
        raise Refused("citizen_id.birth", "身份证号里的出生日期还没有到，请对照证件重新输入。", field)
    return number


def names_a_citizen(text: str) -> bool:
    """Is it, or stands among its words, what has the form of a citizen number, right or mistyped? It goes into no address: these
    stay in logs. An enterprise's code may be of digits only; it is public."""
    told = plain(text).upper()
    joined = "".join(letter for letter in told if not letter.isspace() and letter != "-")
    return not all(_enterprises(number) for number in (*_CITIZEN.findall(told), *_CITIZEN.findall(joined)))


def _enterprises(number: str) -> bool:
    """A right code of an enterprise, and no day of birth in it: every 31st citizen number would pass the check alone."""
    try:
        check_uscc(number)
        return not 1800 <= date(int(number[6:10]), int(number[10:12]), int(number[12:14])).year < 2100
    except Refused:
        return False
    except ValueError:
        return True


def check_uscc(text: str, field: str | None = None) -> str:
    """The 18-character unified social credit code. Raises Refused (GB 32100)."""
    code = bare(text)
    if not re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{18}", code):
        raise Refused("uscc.format", "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z）。", field)
    if uscc.calc_check_digit(code[:17]) != code[17]:
        raise Refused("uscc.check", "统一社会信用代码的校验位不对，请对照执照重新输入。", field)
    return code


def check_mobile(text: str, field: str | None = None) -> str:
    number = re.sub(r"[\s-]", "", plain(text)).removeprefix("+86")
    if not _MOBILE.fullmatch(number):
        raise Refused("mobile.format", "手机号应为 11 位数字，以 1 开头。", field)
    return number


def check_phone(text: str, field: str | None = None) -> str:
    number = re.sub(r"\s", "", plain(text))
    if not _PHONE.fullmatch(number):
        raise Refused("phone.format", "电话应为手机号，或带区号的固定电话，如 0574-63007000。", field)
    return number


def check_email(text: str, field: str | None = None) -> str:
    """The address with its domain in small letters; at most 200 characters (RFC 5321 allows 254). Raises Refused."""
    name, at, domain = (text or "").strip().rpartition("@")
    address = f"{name}{at}{domain.lower()}"
    try:
        _EMAIL(address)
    except NotAnAddress:
        address = ""
    if not 0 < len(address) <= 200:
        raise Refused("email.format", "邮箱地址不对，应像 name@example.cn，最长 200 个字符。", field)
    return address


def base36(number: int, width: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = BASE36[rest] + digits
    return digits.rjust(width, "0")


def case_number(region: str, day: str, serial: int) -> str:
    """region (6) + yyyymmdd + serial (5, base 36, modulo 36^5) + MOD 37,36 check = 20 characters."""
    stem = f"{region[:6]}{day}{base36(serial % 36**5, 5)}"
    return stem + mod_37_36.calc_check_digit(stem)


def case_numbers(region: str, day: str, serials: Iterable[int]) -> Iterator[str]:
    """Many of one day: the check of what they have in common is computed once."""
    start = f"{region[:6]}{day}"
    common = mod_37_36.checksum(start)
    for serial in serials:
        check, tail = common, base36(serial % 36**5, 5)
        for letter in tail:
            check = ((check or 36) * 2 % 37 + _VALUES[letter]) % 36
        yield start + tail + BASE36[(1 - (check or 36) * 2 % 37) % 36]


def check_case_number(text: str, field: str | None = None) -> str:
    number = re.sub(r"[\s-]", "", plain(text)).upper()
    if not re.fullmatch(r"[0-9]{14}[0-9A-Z]{6}", number) or not mod_37_36.is_valid(number):
        raise Refused("case_number.check", "办件编号不对，请对照凭证上的 20 位编号重新输入。", field)
    return number
