"""The sound of a name and its first letters, by which it is found and sorted."""

import pytest

from apps.kit.pinyin import initials, pinyin


@pytest.mark.parametrize(
    ("text", "sound", "letters"),
    [
        ("食品经营许可", "shipinjingyingxuke", "spjyxk"),
        ("重庆ABC公司", "chongqingabcgongsi", "cqabcgs"),
        ("1号·店（有限）", "1hao·dian（youxian）", "1h·d（yx）"),
        ("", "", ""),
    ],
)
def test_letters_and_sound_come_of_one_reading(text, sound, letters):
    assert (pinyin(text), initials(text)) == (sound, letters)
