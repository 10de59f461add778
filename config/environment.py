"""The environment, read strictly. A value that cannot be meant is refused by its variable's name with what may stand there: taken
for another it switches a protection off (`SECURE_HTTPS=true`, `YICHUANG_ENV=prod`) and nobody learns of it. Set but empty is
not set, since that is how docker-compose.yml hands on what nobody has set.
"""

import math
import os
import re
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def listed(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def flag(name: str, default: bool) -> bool:
    return choice(name, ("1", "0"), "1" if default else "0") == "1"


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    given = text(name, default)
    if given not in allowed:
        _refuse(name, f"应是 {' 或 '.join(filter(None, allowed))}", f"must be {' or '.join(filter(None, allowed))}", given)
    return given


def whole(name: str, default: int, least: int = 1) -> int:
    given = text(name, str(default))
    if not (given.isascii() and given.isdigit()) or int(given) < least:
        _refuse(name, f"应是不小于 {least} 的整数", f"must be a whole number from {least}", given)
    return int(given)


def factor(name: str, default: float) -> float:
    given = text(name, str(default))
    try:
        number = float(given)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        _refuse(name, "应是大于 0 的数，如 100 或 0.5", "must be a number above 0", given)
    return number


def address(name: str, *schemes: str) -> str:
    """Never repeated in what is said of it: it may hold a password."""
    return _address(name, text(name), schemes)


def addresses(name: str, *schemes: str) -> list[str]:
    return [_address(name, one, schemes) for one in listed(name)]


def hosts(name: str, default: str) -> list[str]:
    """As a browser names them, without port and scheme: what never fits is told here, not by a 400 on every page."""
    for given in (found := listed(name, default)):
        if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*|\[[0-9a-fA-F:.]+\]", given, re.ASCII):
            _refuse(
                name,
                "应是用逗号分开的主机名，不带 https:// 和端口，如 zwfw.example.cn；以“.”开头的包括下级域名",
                "must be host names without scheme and port, separated by commas; one that begins with a dot means all below it",
                given,
            )
    return found


def readable(name: str) -> str:
    if (given := text(name)) and not os.access(given, os.R_OK):
        _refuse(name, "应是一个读得到的文件", "must be a file that can be read", given)
    return given


def together(first: str, *others: str) -> bool:
    """Whether `first` is set; then all others have to be."""
    if text(first) and (missing := [name for name in others if not text(name)]):
        raise ImproperlyConfigured(
            f"设置了 {first}，还缺少环境变量 / {first} needs these environment variables: {', '.join(missing)}"
        )
    return bool(text(first))


def _address(name: str, given: str, schemes: tuple[str, ...]) -> str:
    if given:
        try:
            parts = urlsplit(given)
            meant = parts.scheme in schemes and (parts.netloc or (parts.path.strip("/") and "http" not in parts.scheme))
            _ = parts.port  # a ValueError if that is no number
        except ValueError:
            meant = False
        if not meant:
            begins = " 或 ".join(f"{scheme}://" for scheme in schemes)
            signs = ("，用户名和密码里的 @ / ? # % 写作 %40 %2F %3F %23 %25", ", with such signs in user and password written so") if "@" in given else ("", "")
            _refuse(name, f"应是以 {begins} 开头的地址{signs[0]}", f"must be an address that begins with {begins.replace('或', 'or')}{signs[1]}")
    return given


def _refuse(name: str, chinese: str, english: str, given: str = "") -> None:
    here = f"，这里是“{given}”" if given else ""
    raise ImproperlyConfigured(f"环境变量 {name} {chinese}{here} / the environment variable {name} {english}")
