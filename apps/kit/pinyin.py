"""Pinyin for search and sorting: PostgreSQL without ICU cannot order Chinese by sound."""

from pypinyin import Style, lazy_pinyin


def pinyin(text: str) -> str:
    """食品经营许可 -> shipinjingyingxuke"""
    return "".join(lazy_pinyin(text)).lower()


def initials(text: str) -> str:
    """食品经营许可 -> spjyxk"""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
