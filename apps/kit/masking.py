"""Masks of DOMAIN.md 4.7: what a list may show of a person; the full value stands behind a logged reveal."""

import re

from psycopg2 import DataError, errors

# 镇海区, 桐乡市, 镇江市: a word for townships in the name of what lies above them; 周巷镇新市路 is a township all the same.
_TOWNSHIP = re.compile(r"街道|[镇乡](?![海江]?[市区县])")
# 古塘小区 and 创业园区 are whole addresses almost, and no district.
_ABOVE = re.compile(r".+?市[^区县\d]{1,2}(?<![小园社])[区县]|.+?(?:(?<![小园社])区|[县市])")

_HOUSE = re.compile(r"(?<=\D)\d")  # from its number on, 故乡大厦 is no township
# Before its @ a mailbox has at most 64 signs; sought without an end, each sign of a long word was followed to the word's end.
_MOBILE_IN, _EMAIL_IN = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)

# What the database adds to a refusal: the statement, the row, the value of a row that it was at.
_REPEATED = re.compile(r"\n(?:LINE \d+|DETAIL|QUERY|CONTEXT):")
# A value that it could not read (class 22), in any language and with the line breaks that were typed: from the first quotation mark after
# the kind of the error to the last one before what follows in a trace.
_KINDS = "|".join(sorted(name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, DataError)))
_UNREAD = re.compile(rf'\b((?:{_KINDS})(?:: |\()[^"]{{0,200}})".*"', re.DOTALL)
_AFTER = re.compile(r"(\n(?:LINE \d+|DETAIL|HINT|QUERY|CONTEXT):|\n(?:The above exception|During handling|Traceback ))")


def mask_name(name: str) -> str:
    if len(name) <= 1:
        return "*" if name else ""
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_id(number: str) -> str:
    """Citizen number: the first four and the last four stay. Of a passport or a permit two and two: a single star would hide nothing."""
    if len(number) <= 8:
        return "*" * len(number)
    kept = 4 if len(number) >= 15 else 2
    return number[:kept] + "*" * (len(number) - 2 * kept) + number[-kept:]


def mask_mobile(number: str) -> str:
    """Of a telephone without its area code two and two stay."""
    if len(number) <= 7:
        return "*" * len(number)
    first, last = (3, 4) if len(number) >= 11 else (2, 2)
    return number[:first] + "*" * (len(number) - first - last) + number[-last:]


def mask_email(address: str) -> str:
    """The first letter and the house that keeps the box."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else "*" * len(address)


def mask_bank(number: str) -> str:
    return "*" * max(len(number) - 4, 0) + number[-4:] if len(number) > 4 else "*" * len(number)


def mask_address(address: str) -> str:
    """Keeps the address down to the township (镇、乡、街道), else to the county or the city."""
    house = _HOUSE.search(address)
    end = house.start() if house else len(address)
    found = _TOWNSHIP.search(address, 1, end) or _ABOVE.match(address, 0, end)
    return address[: found.end() if found else 2] + "****"


def without_value(said: str) -> str:
    """Of a number or a day that the database could not read it repeats all that was typed. `said` names the kind of the error."""
    return "".join(_UNREAD.sub(r'\1"…"', piece) for piece in _AFTER.split(said))


def mask_said(said: str, whom: dict[str, str] | None = None) -> str:
    """What another house or a program wrote, with every mobile and mailbox masked, and of `whom` ({in full: masked}) all."""
    known = {full: masked for full, masked in (whom or {}).items() if full}
    if known:  # in one go, the longest first: an address that holds the name, which may be one character, would be found no more
        every = "|".join(re.escape(full) for full in sorted(known, key=len, reverse=True))
        said = re.sub(every, lambda found: known[found[0]], said)
    said = _MOBILE_IN.sub(lambda found: mask_mobile(found[0]), said)
    return _EMAIL_IN.sub(lambda found: mask_email(found[0]), said)


def mask_error(error: BaseException) -> str:
    """Kind and words of a fault as they may be kept and shown: without what the database repeats of what it refuses, and without
    what no column holds."""
    said = without_value(_REPEATED.split(f"{type(error).__name__}: {error}", maxsplit=1)[0])
    return mask_said("".join(char for char in said if char.isprintable() or char == "\n"))
