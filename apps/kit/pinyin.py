"""Pinyin for search and sorting: PostgreSQL without ICU cannot order Chinese by sound.

The dictionary is read when it is first needed: most commands never need it, and it takes most of a second.
"""

from functools import lru_cache


def pinyin(text: str) -> str:
    """食品经营许可 -> shipinjingyingxuke"""
    return "".join(_sounds(text))


def initials(text: str) -> str:
    """食品经营许可 -> spjyxk"""
    return "".join(sound[:1] for sound in _sounds(text))


@lru_cache(maxsize=4096)
def _sounds(text: str) -> list[str]:
    """By character: its syllable, or itself where it has none."""
    from pypinyin import lazy_pinyin

    return [sound.lower() for sound in lazy_pinyin(text, errors=list)]
