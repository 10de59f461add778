"""A number as it is typed in a Chinese sentence: full-width digits, a comma between thousands, a space before or behind."""

_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－，", "0123456789.-,")


def plain_digits(value: object) -> str:
    """In plain ASCII where it is a number; whoever reads it judges whether it is one."""
    return str(value).translate(_FULL_WIDTH).replace(",", "").strip()
