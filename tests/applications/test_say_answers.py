"""An answer as a person reads it, on pages and papers."""

import pytest

from apps.applications.papers import answer_words


@pytest.mark.parametrize(
    ("element", "value", "words"),
    [
        ({"type": "date"}, "2020-02-09", "2020年2月9日"),
        ({"type": "boolean"}, False, "否"),
        ({"type": "multichoice", "choices": [{"value": "a", "label": "甲"}]}, ["a", "gone"], "甲、gone"),
        ({"type": "text"}, "2020-02-09", "2020-02-09"),
    ],
)
def test_words(element, value, words):
    assert answer_words(element, value) == words
