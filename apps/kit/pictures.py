"""Signs of which the fonts of the papers have nothing and never will: emoji and other pictures, and what a word processor's symbol
fonts leave behind in a text that is pasted. No letters: a rare one of a name is printed by hand (生僻字)."""

from __future__ import annotations

import re

_PICTURE = re.compile(
    "[\u2023\u2043\u20e3\u2139\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u25b8-\u25bb\u25c2-\u25c5\u2610-\u2615\u2618-\u261b\u2620-\u262e"
    "\u2630-\u263b\u2648-\u2653\u2692-\u269f\u26a1-\u26bc\u26c4-\u2701\u2705-\u2712\u2714-\u2719\u271b-\u2728\u272a-\u273c\u273e\u2741-\u2755"
    "\u2757\u2763-\u2767\u2794-\u27a0\u27a2-\u27bf\u2b1b\u2b1c\u2b24\u2b50\u2b55"
    "\uf000-\uf0ff\U0001f000-\U0001f0ff\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]"
)


def pictures(text: str) -> str:
    """Those of the text, each once, as they are named to people; "" mostly."""
    return (
        ""
        if text.isascii()
        else "、".join(f"{sign}（U+{ord(sign):04X}）" for sign in dict.fromkeys(_PICTURE.findall(text)))
    )


def without(text: str) -> str:
    """The text as a paper can say it, of what was typed for something else: an address for the courier, the name of a file."""
    return _PICTURE.sub("", text)
