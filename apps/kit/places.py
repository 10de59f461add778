"""Which codes of places (GB/T 2260) belong to one city."""

# 北京, 天津, 上海, 重庆: the city is its province, and its districts (1101.., its counties 5002..) share two digits with it.
_MUNICIPALITIES = ("11", "12", "31", "50")


def stem_of(code: str) -> str:
    """The digits with which every code of the place's city begins."""
    return code[: 2 if code.startswith(_MUNICIPALITIES) else 4]


def city_of(code: str) -> str:
    """The code of the place's city."""
    return stem_of(code).ljust(6, "0")
