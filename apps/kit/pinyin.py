"""Pinyin for search and sorting: PostgreSQL without ICU cannot order Chinese by sound.

The dictionary is read when it is first needed: most commands never need it, and it takes most of a second.
"""

from functools import lru_cache


@lru_cache(maxsize=4096)
def pinyin(text: str) -> str:
    """食品经营许可 -> shipinjingyingxuke"""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text)).lower()


@lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """食品经营许可 -> spjyxk"""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
