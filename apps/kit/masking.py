"""Masks of DOMAIN.md 4.7: what a list may show of a person; the full value stands behind a logged reveal."""


def mask_name(name: str) -> str:
    if len(name) <= 1:
        return "*" if name else ""
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_id(number: str) -> str:
    """Citizen number: the first four and the last four stay."""
    return number[:4] + "*" * (len(number) - 8) + number[-4:] if len(number) > 8 else "*" * len(number)


def mask_mobile(number: str) -> str:
    return number[:3] + "*" * (len(number) - 7) + number[-4:] if len(number) > 7 else "*" * len(number)


def mask_email(address: str) -> str:
    """The first letter and the house that keeps the box."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else "*" * len(address)


def mask_bank(number: str) -> str:
    return "*" * max(len(number) - 4, 0) + number[-4:] if len(number) > 4 else "*" * len(number)


def mask_address(address: str) -> str:
    """Keeps the address down to the township (镇、乡、街道)."""
    for unit in ("街道", "镇", "乡", "区", "县", "市"):
        cut = address.find(unit)
        if cut > 0:
            return address[: cut + len(unit)] + "****"
    return address[:2] + "****"
